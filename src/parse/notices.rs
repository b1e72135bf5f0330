//! Pages that have a text and are no article: errors, logins, consent walls, checks of the browser, told by what they say
//! (`config/notices.tsv`).
//!
//! Precision over recall: only a short text without any time of publication, and never on one phrase alone: a report on cookies is one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::article::parsed::Content;
use crate::text::phrases::Phrases;
use crate::text::scan::Scan;
use crate::text::tables::{NOTICES as TABLE, rows};

/// Characters of a notice's text at most.
const LONGEST: u32 = 1500;

/// Characters of a headline that begins with a phrase may have so many more.
const HEADLINE_REST: usize = 40;

/// Phrases of a text that need no headline. In a long one ("reject all cookies") a shorter one does not count again.
const MANY: usize = 4;

struct Notice {
    told: &'static str,
    headline: Phrases,
    text: Phrases,
}

static NOTICES: LazyLock<Vec<Notice>> = LazyLock::new(|| {
    let of = |kind: &'static str, place: &'static str| {
        Phrases::new(rows(TABLE).filter(move |row| row[0] == kind && row[1] == place).flat_map(|row| row[2].split('|').collect::<Vec<_>>()))
    };
    let kinds = [
        ("error", "the page is an error page"),
        ("login", "the page is a login or registration"),
        ("consent", "the page asks for consent"),
        ("check", "the page checks the browser"),
    ];
    kinds.into_iter().map(|(kind, told)| Notice { told, headline: of(kind, "headline"), text: of(kind, "text") }).collect()
});

/// What a page is, where it is no article; a sentence for its dead letter. `left_out` is what stands below the headline of a flattened
/// page and was not taken for text.
pub(in crate::parse) fn notice(content: &Content, left_out: &str) -> Option<&'static str> {
    if content.published.is_some() || content.character_count > LONGEST {
        return None;
    }
    let titles: Vec<Scan> = content.headline.iter().chain(&content.alternative_headlines).map(|title| Scan::new(title)).collect();
    let (text, left_out) = (Scan::new(content.text.as_deref()?), Scan::new(left_out));
    let is_it = |notice: &&Notice| {
        let in_text = said(&notice.text, &text);
        let any = in_text >= 1 || said(&notice.text, &left_out) >= 1;
        in_text >= MANY || any && titles.iter().any(|title| begins(&notice.headline, title))
    };
    NOTICES.iter().find(is_it).map(|notice| notice.told)
}

fn begins(phrases: &Phrases, title: &Scan) -> bool {
    phrases.end_at(&title.chars, 0).is_some_and(|end| title.chars.len() - end <= HEADLINE_REST)
}

/// How many different phrases a text holds.
fn said(phrases: &Phrases, text: &Scan) -> usize {
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at < text.chars.len() {
        match phrases.end_at(&text.chars, at).filter(|_| text.begins_word(at)) {
            Some(end) => {
                found.insert(&text.chars[at..end]);
                at = end;
            }
            None => at += 1,
        }
    }
    found.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::parsed::TimeSource;
    use crate::parse::dates;
    use crate::parse::dates::DateContext;

    fn of(headline: &str, text: &str) -> Option<&'static str> {
        let content = Content {
            headline: Some(headline.to_owned()),
            text: Some(text.to_owned()),
            character_count: u32::try_from(text.chars().count()).unwrap(),
            ..Content::default()
        };
        notice(&content, "")
    }

    #[test]
    fn pages_that_are_no_article() {
        for (headline, text, expected) in [
            ("404 Not Found", "The requested URL was not found on this server.", "the page is an error page"),
            ("Seite nicht gefunden", "Die gesuchte Seite existiert nicht mehr. Zur Startseite.", "the page is an error page"),
            ("Страница не найдена", "Запрашиваемая страница была удалена.", "the page is an error page"),
            ("ページが見つかりません", "お探しのページは見つかりませんでした。", "the page is an error page"),
            ("Log in", "E-mail address. Forgot your password? Create an account to read on.", "the page is a login or registration"),
            ("Se connecter", "Adresse e-mail, mot de passe oublié ?", "the page is a login or registration"),
            ("We value your privacy", "We and our partners store cookies on your device.", "the page asks for consent"),
            ("The Example", "We and our partners use cookies. We process personal data by legitimate interest.", "the page asks for consent"),
            ("Just a moment...", "Checking your browser before accessing the site.", "the page checks the browser"),
        ] {
            assert_eq!(of(headline, text), Some(expected), "{headline}");
        }
    }

    #[test]
    fn articles_on_such_things_are_articles() {
        for (headline, text) in [
            ("Court bans cookie walls", "The court banned walls that ask for cookies on Tuesday. The regulator had complained of one newspaper's wall."),
            ("Not found in any museum: the bell of Sandwick", "The bell was never seen again after the flood, and nobody knows who has it."),
            ("Login for patients delayed", "The new portal of the hospital will open in May, the minister said."),
            ("Access denied: how a town lost its library", "The doors have been shut since March. Readers stand before them."),
            ("Oops", "The minister said it and the hall laughed."),
        ] {
            assert_eq!(of(headline, text), None, "{headline}");
        }
        let context = DateContext::default();
        let published = dates::publication_time(&dates::find_date("16 May 2026", &context).unwrap(), TimeSource::Visible, &context);
        let text = Some("The requested URL was not found on this server.".into());
        let undated = Content { headline: Some("404 Not Found".into()), text, ..Content::default() };
        assert!(notice(&undated, "").is_some());
        assert_eq!(notice(&Content { published, ..undated }, ""), None);
    }

    #[test]
    fn every_row_is_found() {
        for row in rows(TABLE) {
            assert!(row.len() == 3 && ["headline", "text"].contains(&row[1]), "{row:?}");
            for phrase in row[2].split('|') {
                let scan = Scan::new(phrase);
                let is_found = |notice: &Notice| if row[1] == "text" { said(&notice.text, &scan) == 1 } else { begins(&notice.headline, &scan) };
                assert!(NOTICES.iter().any(is_found) && phrase == phrase.to_lowercase(), "{row:?}: {phrase:?}");
            }
        }
    }
}

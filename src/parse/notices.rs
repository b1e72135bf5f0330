//! Pages that have a text and are no article: errors, logins, consent walls, checks of the browser, told by what they say
//! (`config/notices.tsv`).
//!
//! Precision over recall: only a short text without any time of publication, and never on one phrase alone: a report on cookies is one.

use std::sync::LazyLock;

use super::dates::table::rows;
use crate::article::parsed::Content;

/// Characters of a notice's text at most.
const LONGEST: u32 = 1500;

/// Characters of a headline that begins with a phrase may have so many more.
const HEADLINE_REST: usize = 40;

struct Phrases {
    kind: &'static str,
    in_headline: bool,
    texts: Vec<&'static str>,
}

static TABLE: LazyLock<Vec<Phrases>> = LazyLock::new(|| {
    let read = |row: Vec<&'static str>| match row[..] {
        [kind, place, texts] => Some(Phrases { kind, in_headline: place == "headline", texts: texts.split('|').collect() }),
        _ => None,
    };
    rows(include_str!("../../config/notices.tsv")).filter_map(read).collect()
});

/// What a page is, where it is no article; a sentence for its dead letter.
pub(super) fn notice(content: &Content) -> Option<&'static str> {
    if content.published.is_some() || content.character_count > LONGEST {
        return None;
    }
    let titles = content.headline.iter().chain(&content.alternative_headlines).map(|title| fold(title)).collect::<Vec<_>>();
    let text = fold(content.text.as_deref()?);
    let found = ["error", "login", "consent", "check"].into_iter().find(|kind| {
        let of = |in_headline: bool| TABLE.iter().filter(move |row| row.kind == *kind && row.in_headline == in_headline).flat_map(|row| &row.texts);
        let named = titles.iter().any(|title| of(true).any(|phrase| begins(title, phrase)));
        // In a long phrase ("reject all cookies") a shorter one counts again: a little is enough beside a headline, more without.
        let said = of(false).filter(|phrase| holds(&text, phrase)).take(4).count();
        named && said >= 1 || said >= 4
    })?;
    Some(match found {
        "error" => "the page is an error page",
        "login" => "the page is a login or registration",
        "consent" => "the page asks for consent",
        _ => "the page checks the browser",
    })
}

/// Words in small letters, parted by one space, no marks.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || super::html::body::blocks::is_wide(c) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') && !is_mark(c) {
            out.push(' ');
        } else if is_mark(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A mark that belongs to its letter.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0900..=0x0963)
}

fn begins(title: &str, phrase: &str) -> bool {
    let Some(rest) = title.strip_prefix(phrase) else { return false };
    rest.chars().count() <= HEADLINE_REST && (rest.is_empty() || rest.starts_with(' ') || is_spaceless(phrase))
}

fn holds(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let parted = |side: Option<char>| side.is_none_or(|c| c == ' ') || is_spaceless(phrase);
        parted(text[..at].chars().next_back()) && parted(text[at + phrase.len()..].chars().next())
    })
}

fn is_spaceless(phrase: &str) -> bool {
    phrase.chars().next_back().is_some_and(super::html::body::blocks::is_wide)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::parsed::TimeSource;
    use crate::parse::dates::{self, DateContext};

    fn of(headline: &str, text: &str) -> Option<&'static str> {
        let content = Content {
            headline: Some(headline.to_owned()),
            text: Some(text.to_owned()),
            character_count: u32::try_from(text.chars().count()).unwrap(),
            ..Content::default()
        };
        notice(&content)
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
        assert!(notice(&undated).is_some());
        assert_eq!(notice(&Content { published, ..undated }), None);
    }

    #[test]
    fn the_table_is_folded() {
        for row in TABLE.iter() {
            assert!(["error", "login", "consent", "check"].contains(&row.kind));
            for text in &row.texts {
                assert_eq!(fold(text), *text);
            }
        }
        assert_eq!(TABLE.len(), 8);
    }
}

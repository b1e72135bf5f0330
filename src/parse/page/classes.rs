//! What the class, id and role of an element say it is: evidence, by a table (`config/boilerplate_classes.tsv`). Never a verdict
//! by itself: a page may call its whole text a widget.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::quick::Quick;
use crate::text::tables::{self, BOILERPLATE_CLASSES};

/// What an element is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Readers' comments.
    Comments,
    /// Links to other articles.
    Related,
    /// Buttons to share.
    Share,
    /// Newsletters, apps, donations.
    Newsletter,
    /// Advertisements.
    Advert,
    /// Menus, breadcrumbs, page links.
    Navigation,
    /// Footers and legal notices.
    Footer,
    /// Columns beside the text.
    Sidebar,
    /// About the author.
    Author,
    /// Lists of tags.
    Tags,
    /// Consent.
    Cookie,
    /// Paywalls and logins.
    Paywall,
    /// Who made a picture.
    Credit,
    /// A picture's caption.
    Caption,
    /// Byline, date, kicker.
    Meta,
    /// Players and galleries.
    Media,
    /// What a reader does not see.
    Hidden,
    /// A sentence of the text, shown again.
    Quote,
    /// The text itself.
    Body,
}

/// The evidence of one element: a bit for each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence(u32);

impl Evidence {
    /// It speaks for this kind.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    /// There is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// It speaks for this kind alone.
    pub fn is_only(self, kind: Kind) -> bool {
        self.0 == 1 << kind as u32
    }

    /// The bits, by the number of each kind.
    pub fn bits(self) -> u32 {
        self.0
    }

    fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u32;
    }
}

struct Row {
    words: Vec<&'static str>,
    whole: bool,
    kind: Kind,
}

static TABLE: LazyLock<HashMap<&'static str, Vec<Row>, Quick>> = LazyLock::new(|| {
    let mut table: HashMap<&str, Vec<Row>, Quick> = HashMap::default();
    for row in rows() {
        table.entry(row.words[0]).or_default().push(row);
    }
    table
});

fn rows() -> impl Iterator<Item = Row> {
    tables::rows(BOILERPLATE_CLASSES).map(|row| {
        let (words, kind) = (row[0], row[1]);
        let whole = words.starts_with('=');
        let words = words.trim_start_matches('=').split(' ').collect();
        Row { words, whole, kind: kind_of(kind).expect("every row has a known kind: a test reads the table") }
    })
}

fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "comments" => Kind::Comments,
        "related" => Kind::Related,
        "share" => Kind::Share,
        "newsletter" => Kind::Newsletter,
        "advert" => Kind::Advert,
        "navigation" => Kind::Navigation,
        "footer" => Kind::Footer,
        "sidebar" => Kind::Sidebar,
        "author" => Kind::Author,
        "tags" => Kind::Tags,
        "cookie" => Kind::Cookie,
        "paywall" => Kind::Paywall,
        "credit" => Kind::Credit,
        "caption" => Kind::Caption,
        "meta" => Kind::Meta,
        "media" => Kind::Media,
        "hidden" => Kind::Hidden,
        "quote" => Kind::Quote,
        "body" => Kind::Body,
        _ => return None,
    })
}

/// Names per attribute that are looked at, and bytes of each.
const MAX_NAMES: usize = 24;
const MAX_NAME_BYTES: usize = 80;

/// First words of names that are states, layout variants and the like.
const STATES: [&str; 13] = ["has", "no", "with", "without", "is", "js", "hide", "show", "single", "postid", "category", "tag", "type"];

/// Attributes whose values are names of the element.
const SOURCES: [&str; 9] = ["class", "id", "role", "data-testid", "data-test-id", "data-component", "data-component-name", "data-module", "data-qa"];

/// Finds evidence; remembers what it found for a value, since a page says the same names again and again.
#[derive(Debug, Default)]
pub struct Witness<'a> {
    seen: HashMap<&'a str, Evidence, Quick>,
}

impl<'a> Witness<'a> {
    /// The evidence that an element's own names give.
    pub fn of(&mut self, attributes: &[(&'a str, &'a str)]) -> Evidence {
        let mut found = Evidence::default();
        for (name, value) in attributes {
            if SOURCES.contains(name) {
                found.0 |= self.seen.entry(value).or_insert_with(|| evidence(value)).0;
            }
        }
        found
    }
}

/// The evidence of names separated by white space.
fn evidence(names: &str) -> Evidence {
    let mut found = Evidence::default();
    for name in names.split_ascii_whitespace().take(MAX_NAMES).filter(|name| name.len() <= MAX_NAME_BYTES) {
        let words = words_of(name);
        // States and layout variants ("has-comments", "no-sidebar", "with-share") say nothing of the element itself.
        let is_state = words.first().is_some_and(|w| STATES.contains(&w.as_str()));
        for (at, word) in words.iter().enumerate() {
            let Some(rows) = TABLE.get(word.as_str()) else { continue };
            for row in rows {
                let fits = words[at..].len() >= row.words.len() && row.words.iter().zip(&words[at..]).all(|(a, b)| a == b);
                if fits && (!(row.whole || is_state) || words.len() == row.words.len()) {
                    found.add(row.kind);
                }
            }
        }
    }
    found
}

/// The words of a name: split at case changes and at everything that is no letter; digits go.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_ascii_lowercase() {
            // Most characters of most names.
            word.push(c);
            lower_before = true;
            continue;
        }
        let splits = !c.is_alphabetic() || (c.is_uppercase() && lower_before);
        if splits && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::parse::page::dom::Dom;

    fn of(attributes: &str) -> Evidence {
        let page = format!("<body><div {attributes}>x</div>");
        let arena = Bump::new();
        let dom = Dom::parse(&page, &arena);
        let (_, div) = dom.all().find(|(_, n)| n.name == "div").unwrap();
        div.evidence
    }

    #[test]
    fn every_row_is_found() {
        for row in rows() {
            assert!(of(&format!("class='{}'", row.words.join("-"))).has(row.kind), "{}", row.words.join(" "));
            let ordered: Vec<String> = row.words.iter().map(|w| w.to_lowercase()).collect();
            assert_eq!(ordered, row.words, "rows are lower case");
        }
    }

    #[test]
    fn names_are_split_into_words() {
        assert!(of("class='ArticleBody'").has(Kind::Body));
        assert!(of("class='c-article__body--2'").has(Kind::Body));
        assert!(of("id='related_posts_7'").has(Kind::Related));
        assert!(of("class='ad'").has(Kind::Advert));
        assert!(of("class='ad-hoc'").is_empty());
        assert!(of("class='has-comments no-sidebar'").is_empty());
        assert!(of("class='download'").is_empty());
    }
}

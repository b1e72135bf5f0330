//! The phrases of `config/plain_text.tsv`, and how a line is asked for them.
//!
//! A line is folded once ([`Scan`]); a search walks its word beginnings once a kind.

use std::sync::LazyLock;

use crate::text::scan::Scan;
use crate::text::{phrases::Phrases, rows::rows};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/plain_text.tsv"));

/// The kinds of phrases.
#[derive(Debug)]
pub(in crate::parse) struct Table {
    pub(in crate::parse) ui: Phrases,
    pub(in crate::parse) boilerplate: Phrases,
    pub(in crate::parse) related: Phrases,
    pub(in crate::parse) end: Phrases,
    pub(in crate::parse) comments: Phrases,
    pub(in crate::parse) caption: Phrases,
    pub(in crate::parse) byline: Phrases,
    pub(in crate::parse) published: Phrases,
    pub(in crate::parse) updated: Phrases,
    pub(in crate::parse) opens: Phrases,
}

pub(in crate::parse) static PHRASES: LazyLock<Table> = LazyLock::new(|| {
    let of = |kind: &str| Phrases::new(rows(TABLE).filter(|r| r[0] == kind).flat_map(|r| r[1].split('|').collect::<Vec<_>>()));
    Table {
        ui: of("ui"),
        boilerplate: of("boilerplate"),
        related: of("related"),
        end: of("end"),
        comments: of("comments"),
        caption: of("caption"),
        byline: of("byline"),
        published: of("published"),
        updated: of("updated"),
        opens: of("opens"),
    }
});

/// The end of a phrase that a line begins with.
pub(in crate::parse) fn begins(phrases: &Phrases, line: &Scan) -> Option<usize> {
    phrases.end_at(&line.chars, first_letter(line))
}

/// Whether a line is a phrase, marks around it aside.
pub(in crate::parse) fn is_whole(phrases: &Phrases, line: &Scan) -> bool {
    begins(phrases, line).is_some_and(|end| line.chars[end..].iter().all(|c| !c.is_alphanumeric()))
}

/// Where in a line, in characters, a phrase stands at a word's beginning.
pub(in crate::parse) fn find(phrases: &Phrases, line: &Scan) -> Option<usize> {
    (0..line.chars.len()).find(|at| phrases.may_begin(line.chars[*at]) && line.begins_word(*at) && phrases.end_at(&line.chars, *at).is_some())
}

fn first_letter(line: &Scan) -> usize {
    let is_mark = |c: &char| c.is_whitespace() || matches!(c, '|' | '-' | '•' | '·' | '*' | '[' | '(' | '■' | '▶' | '►' | '●');
    line.chars.iter().take_while(|c| is_mark(c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found() {
        let Table { ui, boilerplate, related, end, comments, caption, byline, published, updated, opens } = &*PHRASES;
        let kinds = [("ui", ui), ("boilerplate", boilerplate), ("related", related), ("end", end), ("comments", comments)];
        let more = [("caption", caption), ("byline", byline), ("published", published), ("updated", updated), ("opens", opens)];
        for row in rows(TABLE) {
            let (_, phrases) = kinds.iter().chain(&more).find(|(kind, _)| *kind == row[0]).unwrap_or_else(|| panic!("{row:?}"));
            for phrase in row[1].split('|') {
                assert!(phrases.end_at(&Scan::new(phrase).chars, 0).is_some() && phrase == phrase.to_lowercase(), "{row:?}: {phrase:?}");
            }
            assert_eq!(row.len(), 2, "{row:?}");
        }
    }

    #[test]
    fn phrases_are_whole_words() {
        let scan = Scan::new("• Share this article!");
        assert!(is_whole(&PHRASES.ui, &scan));
        assert!(!is_whole(&PHRASES.ui, &Scan::new("Shares fell")));
        assert_eq!(find(&PHRASES.caption, &Scan::new("A street. Foto: X")), Some(10));
        assert_eq!(find(&PHRASES.boilerplate, &Scan::new("a biscookie")), None);
    }
}

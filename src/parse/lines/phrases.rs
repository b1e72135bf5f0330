//! The phrases of `config/plain_text.tsv`, and how a line is asked for them.
//!
//! A line is folded once ([`Scan`]); a search walks its word beginnings once a kind.

use std::sync::LazyLock;

use crate::text::scan::Scan;
use crate::text::{phrases::Phrases, rows::rows};

const TABLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/plain_text.tsv"));

// The kinds of phrases.
pub(in crate::parse) static UI: LazyLock<Phrases> = LazyLock::new(|| of("ui"));
pub(in crate::parse) static BOILERPLATE: LazyLock<Phrases> = LazyLock::new(|| of("boilerplate"));
pub(in crate::parse) static RELATED: LazyLock<Phrases> = LazyLock::new(|| of("related"));
pub(in crate::parse) static END: LazyLock<Phrases> = LazyLock::new(|| of("end"));
pub(in crate::parse) static COMMENTS: LazyLock<Phrases> = LazyLock::new(|| of("comments"));
pub(in crate::parse) static CAPTION: LazyLock<Phrases> = LazyLock::new(|| of("caption"));
pub(in crate::parse) static BYLINE: LazyLock<Phrases> = LazyLock::new(|| of("byline"));
pub(in crate::parse) static PUBLISHED: LazyLock<Phrases> = LazyLock::new(|| of("published"));
pub(in crate::parse) static UPDATED: LazyLock<Phrases> = LazyLock::new(|| of("updated"));
pub(in crate::parse) static OPENS: LazyLock<Phrases> = LazyLock::new(|| of("opens"));

fn of(kind: &str) -> Phrases {
    Phrases::new(rows(TABLE).filter(|r| r[0] == kind).flat_map(|r| r[1].split('|').collect::<Vec<_>>()))
}

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
    fn every_row_loads() {
        let kinds = ["ui", "boilerplate", "related", "end", "comments", "caption", "byline", "published", "updated", "opens"];
        for row in rows(TABLE) {
            assert!(row.len() == 2 && kinds.contains(&row[0]), "{row:?}");
            for phrase in row[1].split('|') {
                assert!(!phrase.trim().is_empty() && phrase == phrase.to_lowercase(), "{phrase}");
            }
        }
    }

    #[test]
    fn phrases_are_whole_words() {
        let scan = Scan::new("• Share this article!");
        assert!(is_whole(&UI, &scan));
        assert!(!is_whole(&UI, &Scan::new("Shares fell")));
        assert_eq!(find(&CAPTION, &Scan::new("A street. Foto: X")), Some(10));
        assert_eq!(find(&BOILERPLATE, &Scan::new("a biscookie")), None);
    }
}

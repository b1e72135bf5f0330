//! The phrases that lines are asked for: those of `config/page_phrases.tsv`, and of `config/author_words.tsv` what begins a byline.
//!
//! A line is folded once ([`Scan`]); a search walks its word beginnings once a kind.

use std::sync::LazyLock;

use crate::text::phrases::Phrases;
use crate::text::scan::Scan;
use crate::text::tables::{AUTHOR_WORDS, PAGE_PHRASES, words};

// The kinds of phrases.
pub(in crate::parse) static UI: LazyLock<Phrases> = LazyLock::new(|| of("ui"));
pub(in crate::parse) static BOILERPLATE: LazyLock<Phrases> = LazyLock::new(|| of("boilerplate"));
pub(in crate::parse) static RELATED: LazyLock<Phrases> = LazyLock::new(|| of("related"));
pub(in crate::parse) static END: LazyLock<Phrases> = LazyLock::new(|| of("end"));
pub(in crate::parse) static COMMENTS: LazyLock<Phrases> = LazyLock::new(|| of("comments"));
pub(in crate::parse) static CAPTION: LazyLock<Phrases> = LazyLock::new(|| of("caption"));
pub(in crate::parse) static BYLINE: LazyLock<Phrases> = LazyLock::new(bylines);
pub(in crate::parse) static PUBLISHED: LazyLock<Phrases> = LazyLock::new(|| of("published"));
pub(in crate::parse) static UPDATED: LazyLock<Phrases> = LazyLock::new(|| of("updated"));
pub(in crate::parse) static OPENS: LazyLock<Phrases> = LazyLock::new(|| of("opens"));

fn of(kind: &str) -> Phrases {
    Phrases::new(words(PAGE_PHRASES, kind))
}

fn bylines() -> Phrases {
    let labels = words(AUTHOR_WORDS, "label").map(|word| format!("{word}:"));
    let all: Vec<String> = words(AUTHOR_WORDS, "line").map(str::to_owned).chain(labels).collect();
    Phrases::new(all.iter().map(String::as_str))
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
    use crate::text::tables::rows;

    #[test]
    fn every_row_is_found() {
        let uses = [("ui", &*UI), ("boilerplate", &*BOILERPLATE), ("related", &*RELATED), ("end", &*END), ("comments", &*COMMENTS)];
        let more = [("caption", &*CAPTION), ("published", &*PUBLISHED), ("updated", &*UPDATED), ("opens", &*OPENS)];
        let elsewhere = ["html is", "html begins", "html end"];
        for row in rows(PAGE_PHRASES) {
            for kind in row[0].split(',').filter(|kind| !elsewhere.contains(kind)) {
                let (_, phrases) = uses.iter().chain(&more).find(|(known, _)| *known == kind).unwrap_or_else(|| panic!("{row:?}"));
                for phrase in row[1].split('|') {
                    assert!(phrases.end_at(&Scan::new(phrase).chars, 0).is_some(), "{row:?}: {phrase:?}");
                }
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

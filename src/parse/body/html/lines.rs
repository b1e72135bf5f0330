//! Lines that stand within an article and are none of it, by a table (`config/page_phrases.tsv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::quick::Quick;
use crate::text::tables::{PAGE_PHRASES, words};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Left out.
    Boilerplate,
    /// Left out, and what follows it.
    End,
}

/// Longer blocks are text, whatever they begin with.
const MAX_CHARS: usize = 220;

/// The uses of the table.
const IS: &str = "html is";
const BEGINS: &str = "html begins";
const END: &str = "html end";

struct Table {
    whole: HashMap<&'static str, Line, Quick>,
    /// Beginnings by their first two characters.
    beginnings: HashMap<&'static str, Vec<&'static str>, Quick>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { whole: HashMap::default(), beginnings: HashMap::default() };
    table.whole.extend(words(PAGE_PHRASES, IS).map(|text| (text, Line::Boilerplate)));
    table.whole.extend(words(PAGE_PHRASES, END).map(|text| (text, Line::End)));
    words(PAGE_PHRASES, BEGINS).for_each(|text| table.beginnings.entry(key(text)).or_default().push(text));
    table
});

fn key(text: &str) -> &str {
    text.char_indices().nth(2).map_or(text, |(end, _)| &text[..end])
}

/// What a block's text is, if the table knows it.
pub fn line(text: &str) -> Option<Line> {
    if text.len() > MAX_CHARS && text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let mut lower = text.to_lowercase();
    if !lower.is_ascii() {
        lower = lower.replace('’', "'");
    }
    let lower = lower.trim_start_matches(['>', '»', '›', '•', '·', '-', '–', '—', '|', '►', '▶', '[', '(', '*', ' ', '→', '+', '#', '\u{1f4e7}']);
    let bare = lower.trim_end_matches([':', ' ', '.', '»', '›', '>', '…', ')', ']', '!', '?', '→', '*', '-', '|']);
    let known = [TABLE.whole.get(bare), TABLE.whole.get(lower)];
    if known.contains(&Some(&Line::End)) {
        return Some(Line::End);
    }
    if known != [None, None] {
        return Some(Line::Boilerplate);
    }
    let rows = TABLE.beginnings.get(key(lower))?;
    let fits =
        |row: &&str| lower.strip_prefix(*row).is_some_and(|rest| row.ends_with([':', ' ']) || !rest.starts_with(char::is_alphabetic) || row.ends_with("stor"));
    rows.iter().any(fits).then_some(Line::Boilerplate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found() {
        for text in [IS, BEGINS, END].into_iter().flat_map(|kind| words(PAGE_PHRASES, kind)) {
            assert!(line(text).is_some(), "{text}");
        }
    }

    #[test]
    fn text_is_no_boilerplate() {
        for text in ["Relatedness is a measure.", "Photographers left early.", "Moreover, the court said no.", "Tagesschau sendet heute.", ""] {
            assert_eq!(line(text), None, "{text}");
        }
        let long = format!("Read more about it: {}", "the council met again on Tuesday. ".repeat(10));
        assert_eq!(line(&long), None);
    }
}

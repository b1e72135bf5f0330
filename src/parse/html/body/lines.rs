//! Lines that stand within an article and are none of it, by a table (`config/boilerplate_lines.txt`).

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

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

struct Table {
    whole: BTreeSet<&'static str>,
    ends: BTreeSet<&'static str>,
    /// Beginnings by their first four characters.
    beginnings: HashMap<String, Vec<&'static str>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { whole: BTreeSet::new(), ends: BTreeSet::new(), beginnings: HashMap::new() };
    for row in rows() {
        if let Some(text) = row.strip_prefix("end:") {
            table.ends.insert(text);
        } else if let Some(text) = row.strip_prefix('=') {
            table.whole.insert(text);
        } else {
            table.beginnings.entry(key(row)).or_default().push(row);
        }
    }
    table
});

fn rows() -> impl Iterator<Item = &'static str> {
    include_str!("../../../../config/boilerplate_lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn key(text: &str) -> String {
    text.chars().take(2).collect()
}

/// What a block's text is, if the table knows it.
pub fn line(text: &str) -> Option<Line> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let lower = text.to_lowercase().replace('’', "'");
    let lower = lower.trim_start_matches(['>', '»', '›', '•', '·', '-', '–', '—', '|', '►', '▶', '[', '(', '*', ' ', '→', '+', '#', '\u{1f4e7}']);
    let bare = lower.trim_end_matches([':', ' ', '.', '»', '›', '>', '…', ')', ']', '!', '?', '→', '*', '-', '|']);
    if TABLE.ends.contains(bare) || TABLE.ends.contains(lower) {
        return Some(Line::End);
    }
    if TABLE.whole.contains(bare) || TABLE.whole.contains(lower) {
        return Some(Line::Boilerplate);
    }
    let rows = TABLE.beginnings.get(&key(lower))?;
    let fits =
        |row: &&str| lower.strip_prefix(*row).is_some_and(|rest| row.ends_with([':', ' ']) || !rest.starts_with(char::is_alphabetic) || row.ends_with("stor"));
    rows.iter().any(fits).then_some(Line::Boilerplate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found() {
        for row in rows() {
            let text = row.strip_prefix("end:").or(row.strip_prefix('=')).unwrap_or(row);
            assert!(line(text).is_some(), "{row}");
            assert_eq!(text, text.to_lowercase(), "rows are lower case");
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

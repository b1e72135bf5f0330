//! How many words of a text belong to what surrounds articles, by a table (`config/machine_words.tsv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::letters::is_alphanumeric;
use crate::text::quick::Quick;
use crate::text::tables::{MACHINE_WORDS, words};

/// The kinds of the table, in the order of the counts.
pub const KINDS: [&str; 7] = ["promo", "page", "picture", "person", "law", "trade", "reader"];

/// Words that are looked up: a longer text is judged by its beginning.
const MOST_WORDS: usize = 120;

static TABLE: LazyLock<HashMap<&'static str, u8, Quick>> = LazyLock::new(|| {
    let mut table: HashMap<&str, u8, Quick> = HashMap::default();
    for (kind, word) in rows() {
        *table.entry(word).or_default() |= 1 << kind;
    }
    table
});

fn rows() -> impl Iterator<Item = (usize, &'static str)> {
    (0..).zip(KINDS).flat_map(|(kind, name)| words(MACHINE_WORDS, name).map(move |word| (kind, word)))
}

/// Words of each kind among the first of a text.
pub fn count(text: &str) -> [usize; KINDS.len()] {
    let mut counts = [0; KINDS.len()];
    let mut lower = String::new();
    for word in text.split(|c: char| !is_alphanumeric(c) && c != '\'').filter(|w| !w.is_empty()).take(MOST_WORDS) {
        lower.clear();
        if word.is_ascii() {
            lower.push_str(word);
            lower.make_ascii_lowercase();
        } else {
            lower.extend(word.chars().flat_map(char::to_lowercase));
        }
        let Some(kinds) = TABLE.get(lower.as_str()) else { continue };
        for (kind, count) in counts.iter_mut().enumerate() {
            *count += usize::from(kinds & (1 << kind) != 0);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tables;

    #[test]
    fn every_row_counts() {
        assert!(tables::rows(MACHINE_WORDS).all(|row| row.len() == 2 && KINDS.contains(&row[0])));
        for (kind, word) in rows() {
            assert!(count(word)[kind] == 1, "{word}");
        }
    }

    #[test]
    fn words_are_counted_by_kind() {
        assert_eq!(count("Subscribe to our newsletter, it's free!"), [3, 0, 0, 0, 0, 0, 1]);
        assert_eq!(count("The mayor opened the bridge."), [0; 7]);
    }
}

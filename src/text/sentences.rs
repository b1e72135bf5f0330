//! Sentence borders.
//!
//! A rule for all languages: a line break ends a sentence, and a stop does if what follows looks like a beginning and what stands before is
//! no abbreviation (`config/abbreviations.tsv`). Used by fingerprints, so a change of any output needs a higher fingerprint version. Linear.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::tables::{ABBREVIATIONS, words};

/// The longest abbreviation, in characters.
const LONGEST_ABBREVIATION: usize = 8;

static KNOWN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| words(ABBREVIATIONS, "sentences").collect());

/// The sentences of `text` as byte ranges without the white space around them, in order.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        if c == '\n' {
            push_trimmed(text, start..at, &mut found);
            start = end;
            continue;
        }
        if !is_stop(c) {
            continue;
        }
        while let Some(&(i, next)) = chars.peek() {
            if !is_stop(next) && !is_closing(next) {
                break;
            }
            end = i + next.len_utf8();
            chars.next();
        }
        if is_border(text, at, c, end) {
            push_trimmed(text, start..end, &mut found);
            start = end;
        }
    }
    push_trimmed(text, start..text.len(), &mut found);
    found
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' | '؟' | '۔' | '।' | '॥' | '։' | '။' | '។')
}

/// Stops that need no space after them, because their script writes none.
fn stands_alone(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '．' | '။' | '។' | '।' | '॥')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '›' | '」' | '』' | '）' | '〉' | '》')
}

/// Whether the stop `c` at `at`, with what closes after it up to `end`, ends a sentence.
fn is_border(text: &str, at: usize, c: char, end: usize) -> bool {
    if stands_alone(c) {
        return true;
    }
    let after = &text[end..];
    if !after.starts_with(char::is_whitespace) {
        return after.is_empty();
    }
    let next = after.trim_start().chars().next();
    if next.is_some_and(|n| n.is_lowercase() || matches!(n, ',' | ';' | ':')) {
        return false;
    }
    c != '.' || !ends_with_abbreviation(&text[..at])
}

/// Whether the word at the end of `before` is an initial or a known abbreviation.
fn ends_with_abbreviation(before: &str) -> bool {
    let mut start = before.len();
    for (length, (i, c)) in before.char_indices().rev().enumerate() {
        if !c.is_alphabetic() {
            break;
        }
        if length == LONGEST_ABBREVIATION {
            return false;
        }
        start = i;
    }
    let word = &before[start..];
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (None, _) => false,
        (Some(initial), None) => initial.is_uppercase() || KNOWN.contains(word),
        _ => KNOWN.contains(word.to_lowercase().as_str()),
    }
}

fn push_trimmed(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = range.start + piece.trim_end().len();
    if start < end {
        found.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn borders() {
        assert_eq!(split("It rained. Then it stopped! “Did it?” he asked."), ["It rained.", "Then it stopped!", "“Did it?” he asked."]);
        assert_eq!(
            split("Dr. Ivanov of the U.S. Senate left at 5.30 p.m. on Monday. He ran."),
            ["Dr. Ivanov of the U.S. Senate left at 5.30 p.m. on Monday.", "He ran."]
        );
        assert_eq!(split("Это было в 1998 г. Минск рос."), ["Это было в 1998 г. Минск рос."]);
        assert_eq!(split("天气很好。我们走吧！"), ["天气很好。", "我们走吧！"]);
        assert_eq!(split("A title\n\nA paragraph"), ["A title", "A paragraph"]);
        assert_eq!(split("He said: \"Go.\" She went."), ["He said: \"Go.\"", "She went."]);
        assert_eq!(split("Well... maybe. "), ["Well... maybe."]);
        assert!(split(" \n ").is_empty());
    }

    #[test]
    fn every_abbreviation_counts() {
        let mut rows = 0;
        for word in words(ABBREVIATIONS, "sentences") {
            rows += 1;
            assert!(word.chars().all(char::is_alphabetic) && word.to_lowercase() == word, "{word}");
            assert!(word.chars().count() <= LONGEST_ABBREVIATION, "{word}");
            assert_eq!(split(&format!("Near {word}. Here")).len(), 1, "{word}");
        }
        assert!(rows > 100);
    }

    proptest! {
        #[test]
        fn sentences_cover_all_but_white_space(text in "[a-zA-Z.!?\"\n 。]{0,80}") {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(text[end..range.start].trim().is_empty() && range.start < range.end);
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}

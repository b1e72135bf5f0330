//! Normal forms of text for comparison: two printings of one text have one normal form.
//!
//! Used by fingerprints, so a change of any output needs a higher fingerprint version. Linear, without tables of our own:
//! Unicode's compatibility decomposition (NFKC, UAX #15) and case mappings.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::letters::is_alphanumeric;

/// NFKC with case folded; white space and punctuation stay. Case is folded by way of capitals, so that ß meets SS and ς meets σ.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text.chars().for_each(|c| push_folded(c, &mut folded));
    } else {
        text.nfkc().for_each(|c| push_folded(c, &mut folded));
    }
    folded
}

/// [`fold`], and nothing but letters, marks and digits: punctuation, symbols and white space are out.
pub fn compact(text: &str) -> String {
    let mut compact = fold(text);
    compact.retain(is_word_char);
    compact
}

/// Whether a character is part of a word: a letter, a digit, or a mark on one.
pub fn is_word_char(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { is_alphanumeric(c) || is_combining_mark(c) }
}

fn push_folded(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    for capital in c.to_uppercase() {
        folded.extend(capital.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printings_of_one_text_meet() {
        let pairs = [
            ("“Straße” — ﬁn!", "\"STRASSE\" - fin."),
            ("ΟΔΟΣ", "οδος"),
            ("Москва́, 5 мая", "МОСКВА\u{301} 5 МАЯ"),
            ("cafe\u{301}", "Café"),
            ("news\u{ad}paper", "newspaper"),
            ("２０２６年", "2026 年"),
        ];
        for (a, b) in pairs {
            assert_eq!(compact(a), compact(b));
        }
        assert_ne!(compact("5 of 7"), compact("5 of 8"));
        assert_eq!(compact(" ,.—!\u{a0}"), "");
    }

    proptest! {
        #[test]
        fn compact_holds_word_characters_only(text in "\\PC{0,40}") {
            prop_assert!(compact(&text).chars().all(is_word_char));
        }

        #[test]
        fn spaces_and_punctuation_do_not_count(words in proptest::collection::vec("[a-zа-я0-9]{1,6}", 0..8)) {
            prop_assert_eq!(compact(&words.join(" ")), compact(&words.join(" — ")));
        }
    }
}

//! Words: runs of letters and digits; in scripts without spaces a character each.
//!
//! Used by fingerprints, so a change of any output needs a higher fingerprint version. Knows no language.

use super::normalize::is_word_char;
use super::script::is_unspaced;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The word as printed.
    pub text: &'a str,
    /// Its first byte in the text.
    pub start: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters.
    Word,
    /// Holds a digit.
    Number,
    /// One character of a script without spaces.
    Character,
}

/// The tokens of `text`, in order.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0 }
}

/// Iterator of [`tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        let skipped = rest.find(is_word_char)?;
        let start = self.at + skipped;
        let word = &self.text[start..];
        let mut chars = word.char_indices();
        let (_, first) = chars.next()?;
        if is_unspaced(first) {
            self.at = start + first.len_utf8();
            return Some(Token { text: &word[..first.len_utf8()], start, kind: TokenKind::Character });
        }
        let mut has_digit = first.is_numeric();
        let mut end = word.len();
        for (i, c) in chars {
            if !is_word_char(c) || is_unspaced(c) {
                end = i;
                break;
            }
            has_digit |= c.is_numeric();
        }
        self.at = start + end;
        let (text, kind) = (&word[..end], if has_digit { TokenKind::Number } else { TokenKind::Word });
        Some(Token { text, start, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).map(|t| t.text).collect()
    }

    #[test]
    fn words_numbers_and_characters() {
        assert_eq!(texts("On 5 May, U.S. shares—A1—fell 3.2%."), ["On", "5", "May", "U", "S", "shares", "A1", "fell", "3", "2"]);
        assert_eq!(texts("в Минске 16-го"), ["в", "Минске", "16", "го"]);
        assert_eq!(texts("在2026年open"), ["在", "2026", "年", "open"]);
        assert_eq!(texts("ข่าว").len(), 4);
        assert_eq!(texts("한국 뉴스"), ["한국", "뉴스"]);
        assert_eq!(texts(" … "), Vec::<&str>::new());
        let kinds: Vec<TokenKind> = tokens("a b2 年").map(|t| t.kind).collect();
        assert_eq!(kinds, [TokenKind::Word, TokenKind::Number, TokenKind::Character]);
    }

    proptest! {
        #[test]
        fn tokens_stand_where_they_say(text in "\\PC{0,60}") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.start >= end && !token.text.is_empty());
                end = token.start + token.text.len();
                prop_assert_eq!(&text[token.start..end], token.text);
            }
            let words = text.chars().filter(|c| is_word_char(*c)).count();
            let covered: usize = tokens(&text).map(|t| t.text.chars().count()).sum();
            prop_assert_eq!(covered, words);
        }
    }
}

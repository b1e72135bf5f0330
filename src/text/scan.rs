//! A text as the readers of dates, datelines and phrases see it: folded characters that still know their bytes.
//!
//! Folding is one character to one: case, full-width forms, digits of any script, exotic spaces. It must never change lengths.

use super::fold;
use super::letters::{is_alphanumeric, is_uppercase};
use super::script::runs_on;

/// A text ready for reading: at most [`MOST_CHARS`] characters of it.
#[derive(Debug)]
pub struct Scan {
    /// Folded characters.
    pub chars: Vec<char>,
    /// Which of them were capitals.
    capitals: Vec<bool>,
    /// The byte where each begins, and one past the last.
    bytes: Vec<usize>,
}

/// A date stands early in a line or not at all.
const MOST_CHARS: usize = 4_000;

impl Scan {
    /// Folds a text.
    pub fn new(text: &str) -> Scan {
        let mut chars = Vec::with_capacity(text.len().min(MOST_CHARS));
        let mut capitals = Vec::with_capacity(chars.capacity());
        let mut bytes = Vec::with_capacity(chars.capacity() + 1);
        let mut end = 0;
        for (at, c) in text.char_indices().take(MOST_CHARS) {
            chars.push(fold::character(c));
            capitals.push(is_uppercase(c));
            bytes.push(at);
            end = at + c.len_utf8();
        }
        bytes.push(end);
        Scan { chars, capitals, bytes }
    }

    /// The character at a place.
    pub fn at(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    /// Whether a word, or what is none, may begin at a place.
    pub fn begins_word(&self, i: usize) -> bool {
        let before = i.checked_sub(1).and_then(|i| self.at(i));
        !self.at(i).is_some_and(is_alphanumeric) || before.is_none_or(|b| !is_alphanumeric(b) || runs_on(b))
    }

    /// Whether the character at a place was a capital.
    pub fn capital(&self, i: usize) -> bool {
        self.capitals.get(i) == Some(&true)
    }

    /// Whether a capital stands at a place after a small letter: two words without their space.
    pub fn glued_capital(&self, i: usize) -> bool {
        i > 0 && self.capital(i) && !self.capital(i - 1) && self.chars[i - 1].is_alphabetic()
    }

    /// The byte where a character begins.
    pub fn byte(&self, i: usize) -> usize {
        self.bytes[i.min(self.chars.len())]
    }

    /// The number at a place, of one to `most` digits and no more: value, digits, end.
    pub fn number(&self, start: usize, most: usize) -> Option<(u32, usize, usize)> {
        let most = most.min(9);
        // One more tells that it is too long; a line of nothing but digits is asked at each.
        let digits = self.chars[start.min(self.chars.len())..].iter().take(most + 1).take_while(|c| c.is_ascii_digit()).count();
        if digits == 0 || digits > most {
            return None;
        }
        let value = self.chars[start..start + digits].iter().fold(0, |v, c| v * 10 + c.to_digit(10).unwrap_or(0));
        Some((value, digits, start + digits))
    }

    /// The end of the word at a place: letters, marks, apostrophes within.
    pub fn word_end(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(c) = self.at(end) {
            let inner = c == '\'' && end > start && self.at(end + 1).is_some_and(char::is_alphabetic);
            if !(c.is_alphabetic() || is_mark(c) || inner) {
                break;
            }
            end += 1;
        }
        end
    }

    /// The folded text of a stretch.
    pub fn text(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    /// The first place from `start` on without a space.
    pub fn skip_spaces(&self, mut start: usize) -> usize {
        while self.at(start) == Some(' ') {
            start += 1;
        }
        start
    }
}

/// A combining vowel or tone sign, which `is_alphabetic` leaves out in some scripts.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x064B..=0x0652 | 0x0900..=0x0DFF | 0x0E31..=0x0E4E | 0x1039..=0x103E | 0x200C..=0x200D)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_digits_and_keeps_lengths() {
        let scan = Scan::new("١٦ ۱۶ १६ ๑๖ １６");
        assert_eq!(scan.text(0, scan.chars.len()), "16 16 16 16 16");
        let text = "МОСКВА, İzmir";
        assert_eq!(Scan::new(text).chars.len(), text.chars().count());
        assert_eq!(Scan::new("яб").byte(1), 2);
        assert_eq!(Scan::new("яб").byte(9), 4);
    }

    #[test]
    fn numbers_are_whole() {
        let scan = Scan::new("2021x123456789012");
        assert_eq!(scan.number(0, 4), Some((2021, 4, 4)));
        assert_eq!(scan.number(0, 2), None);
        assert_eq!(scan.number(5, 4), None);
        assert_eq!(scan.number(99, 4), None);
    }
}

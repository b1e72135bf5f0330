//! A text as the date reader sees it: folded characters that still know their bytes.
//!
//! Folding is one character to one: case, full-width forms, digits of any script, exotic spaces. It must never change lengths.

use super::table::spaceless;
use crate::text::letters::{is_alphanumeric, is_small, is_uppercase};

/// A text ready for reading: at most [`MOST_CHARS`] characters of it.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Folded characters.
    pub(crate) chars: Vec<char>,
    /// Which of them were capitals.
    capitals: Vec<bool>,
    /// The byte where each begins, and one past the last.
    bytes: Vec<usize>,
}

/// A date stands early in a line or not at all.
const MOST_CHARS: usize = 4_000;

impl Scan {
    /// Folds a text.
    pub(crate) fn new(text: &str) -> Scan {
        let mut chars = Vec::with_capacity(text.len().min(MOST_CHARS));
        let mut capitals = Vec::with_capacity(chars.capacity());
        let mut bytes = Vec::with_capacity(chars.capacity() + 1);
        let mut end = 0;
        for (at, c) in text.char_indices().take(MOST_CHARS) {
            chars.push(fold(c));
            capitals.push(is_uppercase(c));
            bytes.push(at);
            end = at + c.len_utf8();
        }
        bytes.push(end);
        Scan { chars, capitals, bytes }
    }

    /// The character at a place.
    pub(crate) fn at(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    /// Whether a word, or what is none, may begin at a place.
    pub(crate) fn begins_word(&self, i: usize) -> bool {
        let before = i.checked_sub(1).and_then(|i| self.at(i));
        !self.at(i).is_some_and(is_alphanumeric) || before.is_none_or(|b| !is_alphanumeric(b) || spaceless(b))
    }

    /// Whether the character at a place was a capital.
    pub(crate) fn capital(&self, i: usize) -> bool {
        self.capitals.get(i) == Some(&true)
    }

    /// Whether a capital stands at a place after a small letter: two words without their space.
    pub(crate) fn glued_capital(&self, i: usize) -> bool {
        i > 0 && self.capital(i) && !self.capital(i - 1) && self.chars[i - 1].is_alphabetic()
    }

    /// The byte where a character begins.
    pub(crate) fn byte(&self, i: usize) -> usize {
        self.bytes[i.min(self.chars.len())]
    }

    /// The number at a place, of one to `most` digits and no more: value, digits, end.
    pub(crate) fn number(&self, start: usize, most: usize) -> Option<(u32, usize, usize)> {
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
    pub(crate) fn word_end(&self, start: usize) -> usize {
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
    pub(crate) fn text(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    /// The first place from `start` on without a space.
    pub(crate) fn skip_spaces(&self, mut start: usize) -> usize {
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

/// Folds one character: lower case, ASCII digits, plain spaces, apostrophes and dashes, half-width forms, Arabic letters written two ways.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return if c == '\t' { ' ' } else { c.to_ascii_lowercase() };
    }
    match c {
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => ' ',
        '’' | '‘' | 'ʼ' | '`' | '´' | '′' => '\'',
        '‐' | '‑' | '‒' | '−' | '–' => '-',
        'İ' => 'i',
        'ي' => 'ی',
        'ك' => 'ک',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, |ascii| ascii.to_ascii_lowercase()),
        _ => digit_of(c).unwrap_or_else(|| lower(c)),
    }
}

fn lower(c: char) -> char {
    if is_small(c) {
        return c;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The ASCII digit of a decimal digit of another script. Those blocks of ten begin at code points that Unicode fixes.
fn digit_of(c: char) -> Option<char> {
    const ZEROS: [u32; 14] = [0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x1040];
    let point = u32::from(c);
    let zero = ZEROS.iter().chain(&[0x17E0]).find(|zero| (**zero..**zero + 10).contains(&point))?;
    char::from_digit(point - zero, 10)
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

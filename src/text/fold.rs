//! Foldings: forms in which texts that differ in case and the like are one. What fingerprints fold by is in `normalize`.

use unicode_normalization::char::decompose_canonical;

use super::letters::{is_alphanumeric, is_small};

/// Letters and digits only, in lower case: texts are compared by them.
pub fn letters(text: &str) -> String {
    letters_up_to(text, usize::MAX)
}

/// Like [`letters`], but stops after `limit` bytes.
pub fn letters_up_to(text: &str, limit: usize) -> String {
    let mut folded = String::with_capacity(text.len().min(limit.saturating_add(4)));
    for c in text.chars() {
        if folded.len() > limit {
            break;
        }
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                folded.push(c.to_ascii_lowercase());
            }
        } else if is_alphanumeric(c) {
            if is_small(c) {
                folded.push(c);
            } else {
                folded.extend(c.to_lowercase());
            }
        }
    }
    folded
}

/// Whether a text is folded by [`letters`] to this one; most often its first characters tell.
pub fn is_letters_of(text: &str, folded: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).eq(folded.chars())
}

/// Lower case, without the space around it.
pub fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

/// As tables of names have it: lower case; Latin letters without marks; ё as е; one apostrophe.
pub fn name(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ё' => out.push('е'),
            '’' | 'ʼ' | 'ʻ' | '`' | '´' => out.push('\''),
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                decompose_canonical(c, |part| {
                    if !('\u{300}'..='\u{36f}').contains(&part) {
                        out.push(part);
                    }
                });
            }
            '\u{300}'..='\u{36f}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// Folds one character: lower case, ASCII digits, plain spaces, apostrophes and dashes, half-width forms, Arabic letters written two ways.
pub fn character(c: char) -> char {
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
        _ => digit_of(c).unwrap_or_else(|| lower_character(c)),
    }
}

fn lower_character(c: char) -> char {
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
    fn folds_marks_of_latin_letters_only() {
        assert_eq!(name("Kraków"), "krakow");
        assert_eq!(name("Йошкар"), "йошкар");
        assert_eq!(name("Straße"), "strasse");
    }

    #[test]
    fn letters_are_compared_without_the_rest() {
        assert_eq!(letters("“Straße” № 5 – ОДИН!"), "straße5один");
        assert!(is_letters_of("A-b c", "abc") && !is_letters_of("abcd", "abc"));
        assert!(letters_up_to(&"x".repeat(100), 10).len() <= 11);
    }
}

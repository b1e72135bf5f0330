//! Scripts, where the way they set words apart matters.
//!
//! The sets differ for a reason each: fingerprints and weights were made with theirs, so a change of [`is_unspaced`] needs a higher fingerprint
//! version, and one of [`is_wide`] needs the weights trained anew.

/// A script that is written without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese. A character of it is a token of its own.
pub fn is_unspaced(c: char) -> bool {
    !c.is_ascii()
        && matches!(u32::from(c),
        0x0E00..=0x0E4F | 0x0E80..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17DD | 0x3005..=0x3007 | 0x3041..=0x30FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA9E0..=0xA9FE | 0xAA60..=0xAA7F | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

/// A letter after which a word may end though a letter follows: the scripts without spaces, and Korean, whose particles and units follow words
/// without one.
pub fn runs_on(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1780..=0x17FF | 0x1000..=0x109F | 0x3040..=0x30FF | 0x3400..=0x9FFF) || is_hangul(c)
}

/// A letter that is a word where names are looked up: the tables of names have Chinese, Japanese, Korean and Thai ones.
pub fn is_word_of_names(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{e00}'..='\u{e7f}')
}

/// A letter that says as much as two of an alphabet, where texts are measured.
pub fn is_wide(c: char) -> bool {
    c >= '\u{e00}' && (is_han_or_kana(c) || is_hangul(c) || matches!(c, '\u{f900}'..='\u{faff}' | '\u{e00}'..='\u{e7f}'))
}

/// A Chinese character, or a sign of the Japanese syllabaries.
pub fn is_han_or_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// A syllable of the Korean script, whose words are set apart though particles follow them without a space.
pub fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7af}')
}

/// Thai, Lao, Burmese and Khmer, whose sentences end without a sign.
pub fn is_unmarked(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_what_they_are_asked_for() {
        let sets = |c: char| [is_unspaced(c), runs_on(c), is_word_of_names(c), is_wide(c), is_unmarked(c)];
        assert_eq!(sets('中'), [true, true, true, true, false]);
        assert_eq!(sets('か'), [true, true, true, true, false]);
        assert_eq!(sets('한'), [false, true, true, true, false]);
        assert_eq!(sets('ข'), [true, true, true, true, true]);
        assert_eq!(sets('ក'), [true, true, false, false, true]);
        assert_eq!(sets('я'), [false; 5]);
        assert_eq!(sets('a'), [false; 5]);
    }
}

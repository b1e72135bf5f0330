//! Letters, digits and case by a table: the standard library looks each character of most scripts up in compressed runs, which takes fifty
//! times as long as a character of ASCII, and texts are asked again and again. The same answers, for every character.

use std::sync::LazyLock;

/// A bit for each character of the Basic Multilingual Plane.
struct Bits(Box<[u64]>);

impl Bits {
    fn of(is: fn(char) -> bool) -> Bits {
        let mut bits = vec![0_u64; 1024];
        for c in (0..0x1_0000).filter_map(char::from_u32).filter(|c| is(*c)) {
            bits[c as usize / 64] |= 1 << (c as usize % 64);
        }
        Bits(bits.into())
    }

    /// `None` beyond the plane.
    #[inline]
    fn get(&self, c: char) -> Option<bool> {
        self.0.get(c as usize / 64).map(|bits| bits & 1 << (c as usize % 64) != 0)
    }
}

static ALPHANUMERIC: LazyLock<Bits> = LazyLock::new(|| Bits::of(char::is_alphanumeric));
static CAPITAL: LazyLock<Bits> = LazyLock::new(|| Bits::of(char::is_uppercase));
static SMALL: LazyLock<Bits> = LazyLock::new(|| Bits::of(|c| c.to_lowercase().eq([c])));

/// [`char::is_alphanumeric`].
#[inline]
pub fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { ALPHANUMERIC.get(c).unwrap_or_else(|| c.is_alphanumeric()) }
}

/// [`char::is_uppercase`].
#[inline]
pub fn is_uppercase(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { CAPITAL.get(c).unwrap_or_else(|| c.is_uppercase()) }
}

/// Whether a character in lower case is itself.
#[inline]
pub fn is_small(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_uppercase() } else { SMALL.get(c).unwrap_or_else(|| c.to_lowercase().eq([c])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_what_the_standard_library_says() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let told = (c.is_alphanumeric(), c.is_uppercase(), c.to_lowercase().eq([c]));
            assert_eq!((is_alphanumeric(c), is_uppercase(c), is_small(c)), told, "{c:?}");
        }
    }
}

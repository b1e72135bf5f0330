//! The place of an entry in the index's arrays: counted modulo 2³¹, so that it fits in 32 bits for ever.
//!
//! Two ordinals are compared by their distance on the circle. That is right as long as fewer than 2³⁰ of them are alive.

const MASK: u32 = (1 << 31) - 1;

/// A place in the arrays of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ordinal(u32);

impl Ordinal {
    /// No place: what empty slots and ends of lists hold.
    pub const NONE: Ordinal = Ordinal(u32::MAX);

    /// The place `value` modulo 2³¹.
    pub fn new(value: u32) -> Ordinal {
        Ordinal(value & MASK)
    }

    /// The place after `count` more.
    pub fn plus(self, count: u32) -> Ordinal {
        Ordinal(self.0.wrapping_add(count) & MASK)
    }

    /// The next place.
    pub fn next(self) -> Ordinal {
        self.plus(1)
    }

    /// How many places `self` stands after `earlier`.
    pub fn since(self, earlier: Ordinal) -> u32 {
        self.0.wrapping_sub(earlier.0) & MASK
    }

    /// Whether it stands before `other`.
    pub fn before(self, other: Ordinal) -> bool {
        let ahead = other.since(self);
        ahead != 0 && ahead <= MASK / 2
    }

    /// Whether it is no place.
    pub fn is_none(self) -> bool {
        self == Ordinal::NONE
    }

    /// It, unless it is no place.
    pub fn some(self) -> Option<Ordinal> {
        if self.is_none() { None } else { Some(self) }
    }

    /// Its 32 bits: a key for maps in which it is only looked up, and for [`Self::from_key`].
    pub fn key(self) -> u32 {
        self.0
    }

    /// The place with these bits.
    pub fn from_key(key: u32) -> Ordinal {
        Ordinal(key)
    }

    /// The first of `count` parts that an entry at this place has in an array of parts.
    pub fn parts(self, count: u32) -> Ordinal {
        Ordinal(self.0.wrapping_mul(count) & MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_across_the_wrap() {
        let last = Ordinal::new(MASK);
        assert_eq!(last.next(), Ordinal::new(0));
        assert!(last.before(last.next()) && !last.next().before(last) && !last.before(last));
        assert_eq!(last.plus(5).since(last), 5);
        assert_ne!(last, Ordinal::NONE);
        assert_eq!(last.next().parts(8).since(last.parts(8)), 8);
    }
}

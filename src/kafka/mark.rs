//! The mark: where in the log a transaction stood. It goes into the metadata of the committed offsets, so that a starting worker
//! can tell that the log it finds is not the log it left.

use std::fmt;

use crate::article::Identity;

/// A place in the log: generation, offset, and the identity and time of the entry there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Generation of the log.
    pub generation: u32,
    /// Offset of the entry.
    pub offset: i64,
    /// Identity of the entry.
    pub identity: Identity,
    /// The entry's time in the log, in milliseconds: how old it was tells whether retention may have deleted it.
    pub log_time: i64,
    /// What stands in the log before this offset was two windows older than the entry there: no verdict from there on needs it.
    pub whole_from: i64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "copydesk/1 {} {} ", self.generation, self.offset)?;
        self.identity.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, " {} {}", self.log_time, self.whole_from)
    }
}

impl Mark {
    /// Reads the metadata of a committed offset. `None` where somebody else wrote it.
    pub fn parse(metadata: &str) -> Option<Mark> {
        let mut words = metadata.strip_prefix("copydesk/1 ")?.split(' ');
        let generation = words.next()?.parse().ok()?;
        let offset = words.next()?.parse().ok()?;
        let digits = words.next()?;
        let log_time = words.next()?.parse().ok()?;
        let whole_from = words.next()?.parse().ok()?;
        if digits.len() != 32 || !digits.is_ascii() || words.next().is_some() {
            return None;
        }
        let mut identity = [0; 16];
        for (i, byte) in identity.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Mark { generation, offset, identity: Identity(identity), log_time, whole_from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let mark = Mark { generation: 3, offset: 1 << 40, identity: Identity([0xab; 16]), log_time: 1_700_000_000_000, whole_from: 7 };
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        for other in ["", "copydesk/1 3 4", "copydesk/2 1 1 00", "copydesk/1 1 1 é0", "copydesk/1 1 1 00000000000000000000000000000000 5", "something"] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }
}

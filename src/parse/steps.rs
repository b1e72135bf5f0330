//! The budget of a page: how many steps its reading may take, whatever it is made of.
//!
//! A step is a node that is looked at, or [`BYTES`] bytes of text that are copied or compared. The table of nodes counts by itself, for
//! all who walk it; who walks something else counts here. Once nothing is left, walks end at once and the page is refused: a loop that
//! nobody has thought of costs a page so much and no more. A count, never a clock: a page has the same fate at every attempt.

use std::cell::Cell;

use crate::article::{DeadLetterCode, Refusal, Stage};

/// Bytes that are copied or compared in the time in which a node is looked at.
const BYTES: usize = 16;

/// What a page may take, and what it has taken.
#[derive(Debug)]
pub struct Steps {
    most: u64,
    left: Cell<u64>,
}

impl Steps {
    /// A budget of so many steps.
    pub fn new(most: usize) -> Steps {
        let most = most as u64;
        Steps { most, left: Cell::new(most) }
    }

    /// Takes steps; says whether there are more.
    #[inline]
    pub fn spend(&self, steps: usize) -> bool {
        let left = self.left.get().saturating_sub(steps as u64);
        self.left.set(left);
        left > 0
    }

    /// Takes the steps of a text.
    #[inline]
    pub fn spend_text(&self, bytes: usize) -> bool {
        self.spend(bytes / BYTES)
    }

    /// Nothing is left: what was read since is not all there is.
    #[inline]
    pub fn are_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Steps that were taken.
    pub fn taken(&self) -> u64 {
        self.most - self.left.get()
    }

    /// The refusal of a page that needs more than there are.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.are_spent() {
            let told = format!("it takes more than {} steps to read", self.most);
            return Err(Refusal::hard(Stage::Parse, DeadLetterCode::TooComplex, told));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_stays_spent() {
        let steps = Steps::new(10);
        assert!(steps.spend(4) && steps.spend_text(15) && steps.spend_text(32));
        assert_eq!(steps.taken(), 6);
        assert!(steps.check().is_ok() && !steps.spend(9) && !steps.spend(1));
        assert_eq!(steps.taken(), 10);
        let refusal = steps.check().unwrap_err().dead_letter;
        assert_eq!((refusal.code, refusal.message.contains("10 steps")), (DeadLetterCode::TooComplex, true));
    }
}

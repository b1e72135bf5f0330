//! Where the window before an entry begins.
//!
//! An entry is out once `entries` offsets or `millis` of log time lie between it and a later entry, up to and with the one that is judged;
//! what stands before an entry that is out is out too. The log's clock may jump (a change of leader): going back brings nothing into the window again,
//! and a jump ahead does not keep it empty until the clock has caught up. The border depends on the entries from it on, and on
//! nothing before: so two indexes that began in different places agree.

use std::collections::VecDeque;

use super::ordinal::Ordinal;

/// The borders of the window.
#[derive(Debug)]
pub(super) struct Window {
    millis: i64,
    entries: i64,
    /// Entries that are older than all that follow: their times grow, so the first is the first that leaves.
    oldest: VecDeque<(i64, Ordinal)>,
}

impl Window {
    /// A window of so many milliseconds and so many offsets, whichever is shorter.
    pub fn new(millis: i64, entries: u32) -> Window {
        Window { millis, entries: i64::from(entries), oldest: VecDeque::new() }
    }

    /// The last entry that is out by time for an entry of `log_time`.
    pub fn last_out(&mut self, log_time: i64) -> Option<Ordinal> {
        let mut last = None;
        while let Some(&(time, ordinal)) = self.oldest.front() {
            if log_time.saturating_sub(time) <= self.millis {
                break;
            }
            last = Some(ordinal);
            self.oldest.pop_front();
        }
        last
    }

    /// Whether an entry at `offset` is out by number for one at `judged`.
    pub fn is_far(&self, offset: i64, judged: i64) -> bool {
        judged.saturating_sub(offset) > self.entries
    }

    /// Takes note of an entry.
    pub fn push(&mut self, log_time: i64, ordinal: Ordinal) {
        while self.oldest.back().is_some_and(|&(time, _)| time >= log_time) {
            self.oldest.pop_back();
        }
        self.oldest.push_back((log_time, ordinal));
    }

    /// An entry left the window.
    pub fn leave(&mut self, ordinal: Ordinal) {
        if self.oldest.front().is_some_and(|&(_, first)| first == ordinal) {
            self.oldest.pop_front();
        }
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.oldest.capacity() * size_of::<(i64, Ordinal)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_may_jump() {
        let mut window = Window::new(100, 1000);
        let at = Ordinal::new;
        window.push(1000, at(0));
        window.push(9_000, at(1)); // a wrong clock
        window.push(1010, at(2));
        assert_eq!(window.last_out(1090), None, "the clock that went back leaves the window open");
        window.push(1090, at(3));
        assert_eq!(window.last_out(1111), Some(at(2)), "and what is too old leaves, with all before it");
        assert_eq!(window.last_out(1191), Some(at(3)));
        assert_eq!(window.last_out(i64::MAX), None);
        window.push(i64::MIN, at(4));
        assert_eq!(window.last_out(i64::MAX), Some(at(4)));
    }
}

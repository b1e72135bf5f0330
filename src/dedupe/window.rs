//! Where the window before an entry begins.
//!
//! An entry is out once `entries` offsets or `millis` of log time lie between it and a later entry, up to and with the one that is judged;
//! what stands before an entry that is out is out too. The log's clock may jump (a change of leader): going back brings nothing into the window again,
//! and a jump ahead does not keep it empty until the clock has caught up. The border depends on the entries from it on, and on
//! nothing before: so two indexes that began in different places agree.

use super::column::Column;
use super::ordinal::Ordinal;

/// The borders of the window.
#[derive(Debug)]
pub(super) struct Window {
    millis: i64,
    entries: i64,
    /// Entries that are older than all that follow, with their log times: these grow, so the first is the first that leaves.
    oldest: Column<(i64, Ordinal)>,
}

impl Window {
    /// A window of so many milliseconds and so many offsets, whichever is shorter.
    pub fn new(millis: i64, entries: u32) -> Window {
        Window { millis, entries: i64::from(entries), oldest: Column::new(Ordinal::new(0)) }
    }

    /// Whether the window's first entry is out by time for an entry of `log_time`.
    pub fn is_old(&self, log_time: i64) -> bool {
        self.oldest_time().is_some_and(|time| log_time.saturating_sub(time) > self.millis)
    }

    /// Whether an entry at `offset` is out by number for one at `judged`.
    pub fn is_far(&self, offset: i64, judged: i64) -> bool {
        judged.saturating_sub(offset) > self.entries
    }

    /// The least log time of the window.
    pub fn oldest_time(&self) -> Option<i64> {
        self.oldest.first().map(|&(time, _)| time)
    }

    /// Takes note of an entry.
    pub fn push(&mut self, log_time: i64, ordinal: Ordinal) {
        while self.oldest.last().is_some_and(|&(time, _)| time >= log_time) {
            self.oldest.drop_last();
        }
        self.oldest.push((log_time, ordinal));
    }

    /// An entry left the window.
    pub fn leave(&mut self, ordinal: Ordinal) {
        if self.oldest.first().is_some_and(|&(_, first)| first == ordinal) {
            self.oldest.drop_first();
        }
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.oldest.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets leave, from `first` on, what is old. The first that stays.
    fn leave_old(window: &mut Window, first: u32, log_time: i64) -> u32 {
        let mut first = first;
        while window.is_old(log_time) {
            window.leave(Ordinal::new(first));
            first += 1;
        }
        first
    }

    #[test]
    fn the_clock_may_jump() {
        let mut window = Window::new(100, 1000);
        let at = Ordinal::new;
        window.push(1000, at(0));
        window.push(9_000, at(1)); // a wrong clock
        window.push(1010, at(2));
        assert_eq!(leave_old(&mut window, 0, 1090), 0, "the clock that went back leaves the window open");
        window.push(1090, at(3));
        assert_eq!(window.oldest_time(), Some(1000));
        assert_eq!(leave_old(&mut window, 0, 1111), 3, "and what is too old leaves, with all before it");
        assert_eq!(leave_old(&mut window, 3, 1191), 4);
        assert_eq!((window.is_old(i64::MAX), window.oldest_time()), (false, None));
        window.push(i64::MIN, at(4));
        assert_eq!(leave_old(&mut window, 4, i64::MAX), 5);
    }
}

//! The newest committed records, for the status page: a ring that is bounded in records and in bytes.
//!
//! The worker thread pushes after a commit, the HTTP thread looks. The lock is held while pointers move, never while something is
//! parsed, copied or freed, so nobody waits for long. Nothing here may decide anything: it is a window, not a store.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::labels::OutputKind;

/// Bytes that are kept of a dead letter's value, which may be any raw page: enough to see what it is.
pub const DEAD_LETTER_BYTES: usize = 64 << 10;

/// Bytes that a record takes beside its own.
const OVERHEAD: usize = 256;

/// A header of a record.
pub type Header = (String, Option<Vec<u8>>);

/// A record that was committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// What it is.
    pub kind: OutputKind,
    /// Timestamp of the raw record, milliseconds since the epoch.
    pub received_millis: i64,
    /// When its transaction was committed, milliseconds since the epoch.
    pub committed_millis: i64,
    /// The output record's key.
    pub key: Option<Vec<u8>>,
    /// Its value; of a dead letter the first [`DEAD_LETTER_BYTES`] only.
    pub value: Option<Vec<u8>>,
    /// How long the value was before it was cut.
    pub value_bytes: usize,
    /// Its headers.
    pub headers: Vec<Header>,
}

impl Committed {
    /// A record as it was sent. The value of a dead letter is cut.
    pub fn new(kind: OutputKind, received_millis: i64, committed_millis: i64, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<Header>) -> Committed {
        let value_bytes = value.as_ref().map_or(0, Vec::len);
        let mut value = value;
        if let (OutputKind::DeadLetter, Some(value)) = (kind, &mut value) {
            value.truncate(DEAD_LETTER_BYTES);
            value.shrink_to_fit();
        }
        Committed { kind, received_millis, committed_millis, key, value, value_bytes, headers }
    }

    /// The value of the first header with this name, as text.
    pub fn header(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        let (_, value) = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        value.as_deref().map(String::from_utf8_lossy)
    }

    /// The memory that it takes.
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.capacity() + v.as_ref().map_or(0, Vec::capacity) + 48).sum();
        OVERHEAD + self.key.as_ref().map_or(0, Vec::capacity) + self.value.as_ref().map_or(0, Vec::capacity) + headers
    }
}

/// Some of what is kept.
#[derive(Clone, Debug)]
pub struct Newest {
    /// Number and record, the oldest first.
    pub records: Vec<(u64, Arc<Committed>)>,
    /// The number of the newest record that was committed; 0 before the first.
    pub last: u64,
    /// Records after the asked number that are not among `records`: gone from the ring, or over the asked limit.
    pub missed: u64,
}

/// The ring.
#[derive(Debug, Default)]
pub struct Recent {
    max_records: usize,
    max_bytes: usize,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    records: VecDeque<(u64, Arc<Committed>)>,
    bytes: usize,
    last: u64,
}

impl Recent {
    /// A ring that keeps so many records and so many bytes; with either 0 it keeps nothing.
    pub fn new(max_records: usize, max_bytes: usize) -> Recent {
        Recent { max_records, max_bytes, ring: Mutex::default() }
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.max_records > 0 && self.max_bytes > 0
    }

    /// The most records that are kept.
    pub fn max_records(&self) -> usize {
        self.max_records
    }

    /// Takes a record in. Called by the worker thread alone, once for each committed record, so that numbers have no gaps.
    pub fn push(&self, record: Committed) {
        if !self.is_on() {
            return;
        }
        let bytes = record.bytes();
        let record = Arc::new(record);
        // Freed after the lock.
        let mut gone = Vec::new();
        let mut ring = self.lock();
        ring.last += 1;
        if bytes <= self.max_bytes {
            while ring.records.len() >= self.max_records || ring.bytes + bytes > self.max_bytes {
                let Some((_, oldest)) = ring.records.pop_front() else { break };
                ring.bytes -= oldest.bytes();
                gone.push(oldest);
            }
            let number = ring.last;
            ring.bytes += bytes;
            ring.records.push_back((number, record));
        }
    }

    /// The newest records with numbers above `after`, at most `limit`.
    pub fn after(&self, after: u64, limit: usize) -> Newest {
        let ring = self.lock();
        let first = ring.records.partition_point(|(number, _)| *number <= after);
        let start = first.max(ring.records.len().saturating_sub(limit));
        let records: Vec<_> = ring.records.range(start..).cloned().collect();
        let missed = ring.last.saturating_sub(after).saturating_sub(records.len() as u64);
        Newest { records, last: ring.last, missed }
    }

    /// The record with this number, if it is still kept.
    pub fn get(&self, number: u64) -> Option<Arc<Committed>> {
        let ring = self.lock();
        let index = ring.records.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        ring.records.get(index).map(|(_, record)| record.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // Nothing panics while the ring is half changed.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(bytes: usize) -> Committed {
        Committed::new(OutputKind::Published, 1, 2, None, Some(vec![b'x'; bytes]), Vec::new())
    }

    fn numbers(newest: &Newest) -> Vec<u64> {
        newest.records.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn the_newest_are_kept_and_numbered() {
        let recent = Recent::new(3, 1 << 20);
        (1..=5).for_each(|n| recent.push(event(n)));
        let all = recent.after(0, 100);
        assert_eq!((numbers(&all), all.last, all.missed), (vec![3, 4, 5], 5, 2));
        assert_eq!(all.records[0].1.value_bytes, 3);
        let two = recent.after(0, 2);
        assert_eq!((numbers(&two), two.missed), (vec![4, 5], 3));
        let one = recent.after(4, 100);
        assert_eq!((numbers(&one), one.missed), (vec![5], 0));
        let none = recent.after(5, 100);
        assert_eq!((numbers(&none), none.last, none.missed), (vec![], 5, 0));
        assert_eq!(recent.get(4).unwrap().value_bytes, 4);
        assert_eq!(recent.get(2), None);
        assert_eq!(recent.get(6), None);
    }

    #[test]
    fn bytes_are_bounded_and_a_giant_pushes_nobody_out() {
        let recent = Recent::new(100, 10_000);
        (0..20).for_each(|_| recent.push(event(2_000)));
        let kept = recent.after(0, 100);
        assert_eq!(numbers(&kept), [17, 18, 19, 20]);
        assert!(recent.lock().bytes <= 10_000);
        recent.push(event(10_000));
        let kept = recent.after(0, 100);
        assert_eq!((numbers(&kept), kept.last, kept.missed), (vec![17, 18, 19, 20], 21, 17));
        assert_eq!(recent.get(21), None);
    }

    #[test]
    fn an_end_of_the_ring_gives_all_its_bytes_back() {
        let recent = Recent::new(2, 1 << 20);
        (0..50).for_each(|n| recent.push(event(n * 7)));
        let bytes: usize = recent.after(0, 2).records.iter().map(|(_, r)| r.bytes()).sum();
        assert_eq!(recent.lock().bytes, bytes);
    }

    #[test]
    fn switched_off_it_keeps_nothing() {
        for recent in [Recent::new(0, 1 << 20), Recent::new(10, 0), Recent::default()] {
            recent.push(event(1));
            assert!(!recent.is_on());
            assert_eq!(recent.after(0, 10).last, 0);
        }
    }

    #[test]
    fn a_dead_letter_keeps_its_beginning() {
        let value = Some(vec![b'x'; DEAD_LETTER_BYTES + 5]);
        let headers = vec![("dlq-code".to_owned(), Some(b"oversize".to_vec()))];
        let letter = Committed::new(OutputKind::DeadLetter, 1, 2, None, value.clone(), headers);
        assert_eq!(letter.value.as_ref().unwrap().len(), DEAD_LETTER_BYTES);
        assert_eq!(letter.value_bytes, DEAD_LETTER_BYTES + 5);
        assert_eq!(letter.header("DLQ-Code").unwrap(), "oversize");
        assert_eq!(letter.header("dlq-stage"), None);
        let event = Committed::new(OutputKind::Updated, 1, 2, None, value, Vec::new());
        assert_eq!(event.value.unwrap().len(), DEAD_LETTER_BYTES + 5, "an event is kept whole");
    }
}

//! The join of raw records and outputs, and the counts of the report.
//!
//! It asks no broker and knows no message: records and outputs are told to it, records first. Nothing here grows with the size of
//! a record.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::AuditReport;
use super::output::Parsed;
use crate::article::RawPartition;
use crate::article::identity::EventId;
use crate::article::raw::Origin;

/// How many records of each sort the report names.
const EXAMPLES: usize = 5;

/// Remarks for the reader of the report, each once.
#[derive(Default)]
pub(super) struct Notes {
    lines: BTreeSet<String>,
}

impl Notes {
    pub fn add(&mut self, line: String) {
        self.lines.insert(line);
    }
}

/// The offsets of a raw partition that matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Its first record that is still there.
    pub low: i64,
    /// Committed when the audit began: all before it must have an output.
    pub passed: i64,
    /// Committed when the outputs had settled: none after it may have an output.
    pub end: i64,
}

impl Bounds {
    /// Bounds that lie inside the partition.
    pub fn within(self, high: i64, name: &str, notes: &mut Notes) -> Bounds {
        if self.end > high {
            notes.add(format!(
                "note: the committed offset of {name} is {}, but it ends at {high}: it was deleted and made again, or has lost records",
                self.end
            ));
        }
        if self.low > 0 {
            notes.add(format!("note: {name} begins at offset {}: what stood before it is not audited", self.low));
        }
        let end = self.end.clamp(self.low, high.max(self.low));
        Bounds { end, passed: self.passed.min(end), ..self }
    }
}

/// What is known of a raw partition: which of its offsets are records, and which have one output or more.
struct Account {
    bounds: Bounds,
    records: Bits,
    once: Bits,
    more: Bits,
}

/// The join.
#[derive(Default)]
pub(super) struct Tally {
    partitions: BTreeMap<RawPartition, Account>,
    events: HashSet<[u8; 16]>,
    /// References to events that were not seen yet: how many, and the origin of the first.
    awaited: HashMap<[u8; 16], (u64, RawPartition, i64)>,
    before_low: u64,
    pub report: AuditReport,
}

impl Tally {
    pub fn add_partition(&mut self, partition: RawPartition, bounds: Bounds) {
        let bits = || Bits::new(bounds.low, bounds.end);
        self.partitions.insert(partition, Account { bounds, records: bits(), once: bits(), more: bits() });
    }

    /// Retention deletes while we read: what is gone is not audited.
    pub fn raise_low(&mut self, partition: &RawPartition, low: i64, notes: &mut Notes) {
        let Some(found) = self.partitions.get_mut(partition) else { return };
        if low > found.bounds.low {
            found.bounds.low = low;
            notes.add(format!("note: {partition} begins at offset {low}: what stood before it is not audited"));
        }
    }

    /// A raw record that a committed reader sees.
    pub fn raw_record(&mut self, partition: &RawPartition, offset: i64) {
        if let Some(found) = self.partitions.get_mut(partition) {
            found.records.set(offset);
        }
    }

    pub fn output(&mut self, parsed: Option<Parsed>, place: impl Fn() -> String) {
        let Some(parsed) = parsed else {
            self.unknown(|| format!("unknown: {} can't be read", place()));
            return;
        };
        let Parsed { origin, kind, event_id, supersedes, duplicate_of } = parsed;
        *self.report.kinds.entry(kind).or_default() += 1;
        if let Some(id) = event_id {
            self.events.insert(id.0);
            self.awaited.remove(&id.0);
        }
        for reference in [supersedes, duplicate_of].into_iter().flatten() {
            if !self.events.contains(&reference.0) {
                self.awaited.entry(reference.0).or_insert((0, origin.place(), origin.offset)).0 += 1;
            }
        }
        self.join(&origin, place);
    }

    fn join(&mut self, origin: &Origin, place: impl Fn() -> String) {
        match self.partitions.get_mut(&origin.place()) {
            Some(found) if origin.offset >= 0 && origin.offset < found.bounds.low => self.before_low += 1,
            Some(found) if found.records.get(origin.offset) => {
                if !found.once.set(origin.offset) && found.more.set(origin.offset) {
                    self.report.doubled += 1;
                    let name = format!("doubled: {}@{}", origin.place(), origin.offset);
                    let so_far = self.report.doubled;
                    self.example(so_far, || format!("{name} (again in {})", place()));
                }
            }
            _ => {
                let name = format!("{}@{}", origin.place(), origin.offset);
                self.unknown(|| format!("unknown: {} is of {name}", place()));
            }
        }
    }

    fn unknown(&mut self, text: impl Fn() -> String) {
        self.report.unknown += 1;
        self.example(self.report.unknown, text);
    }

    fn example(&mut self, count: u64, text: impl Fn() -> String) {
        if count <= EXAMPLES as u64 {
            self.report.examples.push(text());
        }
    }

    pub fn finish(mut self, mut notes: Notes) -> AuditReport {
        for (place, partition) in &self.partitions {
            let Bounds { low, passed, .. } = partition.bounds;
            let mut missing = Vec::new();
            for offset in partition.records.ones_in(low, passed) {
                self.report.records += 1;
                if !partition.once.get(offset) {
                    self.report.missing += 1;
                    if self.report.missing <= EXAMPLES as u64 {
                        missing.push(format!("missing: {place}@{offset}"));
                    }
                }
            }
            self.report.examples.append(&mut missing);
        }
        let mut dangling: Vec<_> = self.awaited.iter().map(|(id, (n, place, o))| (place, *o, *n, EventId(*id))).collect();
        dangling.sort_unstable();
        self.report.dangling = dangling.iter().map(|(_, _, n, _)| n).sum();
        let named = dangling.iter().take(EXAMPLES);
        let named: Vec<String> = named.map(|(place, o, _, id)| format!("dangling: the output of {place}@{o} refers to {id}")).collect();
        self.report.examples.extend(named);
        if self.before_low > 0 {
            notes.add(format!("note: {} outputs are of raw records that are gone", self.before_low));
        }
        self.report.notes = notes.lines.into_iter().collect();
        self.report
    }
}

/// A bit for each offset of a range.
struct Bits {
    first: i64,
    end: i64,
    words: Vec<u64>,
}

impl Bits {
    fn new(first: i64, end: i64) -> Bits {
        let length = usize::try_from(end.saturating_sub(first)).unwrap_or(0);
        Bits { first, end: end.max(first), words: vec![0; length.div_ceil(64)] }
    }

    fn position(&self, offset: i64) -> Option<(usize, u64)> {
        if offset < self.first || offset >= self.end {
            return None;
        }
        let bit = usize::try_from(offset - self.first).ok()?;
        Some((bit / 64, 1 << (bit % 64)))
    }

    /// Sets the bit; whether it was clear. Outside the range nothing happens.
    fn set(&mut self, offset: i64) -> bool {
        let Some((word, mask)) = self.position(offset) else { return false };
        let was_clear = self.words[word] & mask == 0;
        self.words[word] |= mask;
        was_clear
    }

    fn get(&self, offset: i64) -> bool {
        self.position(offset).is_some_and(|(word, mask)| self.words[word] & mask != 0)
    }

    /// The offsets from `from` to `to` whose bit is set, ascending.
    fn ones_in(&self, from: i64, to: i64) -> impl Iterator<Item = i64> + '_ {
        (from.max(self.first)..to.min(self.end)).filter(|offset| self.get(*offset))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RAW: &str = "news.raw";

    fn raw(number: i32) -> RawPartition {
        RawPartition::new(RAW, number)
    }

    fn id(n: u8) -> EventId {
        EventId([n; 16])
    }

    fn event(partition: i32, offset: i64, event: u8) -> Parsed {
        Parsed {
            origin: Origin { topic: RAW.into(), partition, offset },
            kind: "published".into(),
            event_id: Some(id(event)),
            supersedes: None,
            duplicate_of: None,
        }
    }

    fn tally(bounds: Bounds, records: &[i64]) -> Tally {
        let mut tally = Tally::default();
        tally.add_partition(raw(0), bounds);
        for offset in records {
            tally.raw_record(&raw(0), *offset);
        }
        tally
    }

    fn four(report: &AuditReport) -> [u64; 4] {
        [report.missing, report.doubled, report.unknown, report.dangling]
    }

    const WHOLE: Bounds = Bounds { low: 0, passed: 5, end: 5 };

    #[test]
    fn gaps_between_records_are_not_missing() {
        let mut tally = tally(WHOLE, &[0, 3]);
        tally.output(Some(event(0, 0, 1)), String::new);
        tally.output(Some(event(0, 3, 2)), String::new);
        let report = tally.finish(Notes::default());
        assert_eq!(four(&report), [0, 0, 0, 0]);
        assert!(report.is_clean());
        assert!(report.to_string().starts_with("0 0 0 0\nmissing doubled unknown dangling\n2 raw records"), "{report}");
    }

    #[test]
    fn each_promise_can_be_broken() {
        let mut tally = tally(WHOLE, &[0, 1, 2, 3]);
        tally.output(Some(event(0, 0, 1)), String::new);
        for _ in 0..3 {
            tally.output(Some(event(0, 1, 2)), || "news.articles/0@9".into());
        }
        tally.output(Some(event(0, 4, 3)), || "gap".into());
        tally.output(Some(event(1, 0, 4)), || "no such partition".into());
        tally.output(None, || "rubbish".into());
        let elsewhere = Parsed { origin: Origin { topic: "other".into(), partition: 0, offset: 0 }, ..event(0, 0, 5) };
        tally.output(Some(elsewhere), || "another topic".into());
        tally.output(Some(Parsed { supersedes: Some(id(9)), ..event(0, 2, 6) }), String::new);
        let report = tally.finish(Notes::default());
        assert_eq!(four(&report), [1, 1, 4, 1]);
        assert!(!report.is_clean());
        assert!(report.examples.contains(&"missing: news.raw/0@3".to_owned()), "{:?}", report.examples);
        assert!(report.examples.contains(&"doubled: news.raw/0@1 (again in news.articles/0@9)".to_owned()));
        assert!(report.examples.contains(&"unknown: gap is of news.raw/0@4".to_owned()));
        assert!(report.examples.iter().any(|e| e.starts_with("dangling: the output of news.raw/0@2 refers to 09090909-")));
    }

    #[test]
    fn a_reference_may_come_before_its_event() {
        let mut tally = tally(WHOLE, &[0, 1, 2]);
        tally.output(Some(Parsed { duplicate_of: Some(id(2)), ..event(0, 0, 1) }), String::new);
        tally.output(Some(event(0, 1, 2)), String::new);
        tally.output(Some(Parsed { supersedes: Some(id(2)), ..event(0, 2, 3) }), String::new);
        assert_eq!(four(&tally.finish(Notes::default())), [0, 0, 0, 0]);
    }

    #[test]
    fn a_running_group_may_be_ahead_of_what_must_be_there() {
        let mut tally = tally(Bounds { passed: 2, ..WHOLE }, &[0, 1, 2, 3, 4]);
        for offset in [0, 1, 3] {
            tally.output(Some(event(0, offset, 1)), String::new);
        }
        assert_eq!(four(&tally.finish(Notes::default())), [0, 0, 0, 0]);
    }

    #[test]
    fn what_retention_took_is_not_audited() {
        let mut notes = Notes::default();
        let bounds = Bounds { low: 2, ..WHOLE }.within(5, "news.raw/0", &mut notes);
        let mut tally = tally(bounds, &[2, 3, 4]);
        tally.raise_low(&raw(0), 3, &mut notes);
        for offset in [0, 2, 3, 4] {
            tally.output(Some(event(0, offset, 1)), String::new);
        }
        let report = tally.finish(notes);
        assert_eq!(four(&report), [0, 0, 0, 0]);
        assert_eq!(report.records, 2);
        assert!(report.notes.iter().any(|n| n.contains("begins at offset 3")), "{:?}", report.notes);
        assert!(report.notes.contains(&"note: 2 outputs are of raw records that are gone".to_owned()));
    }

    #[test]
    fn a_committed_offset_beyond_the_end_is_said() {
        let mut notes = Notes::default();
        let bounds = Bounds { low: 0, passed: i64::MAX, end: i64::MAX }.within(5, "news.raw/0", &mut notes);
        assert_eq!((bounds.passed, bounds.end), (5, 5));
        assert_eq!(notes.lines.len(), 1);
        let behind = Bounds { low: 7, passed: 3, end: 3 }.within(9, "news.raw/0", &mut notes);
        assert_eq!((behind.passed, behind.end), (3, 7));
        assert_eq!(tally(behind, &[]).finish(notes).records, 0);
    }

    proptest! {
        /// The bitmaps give what counting by hand gives.
        #[test]
        fn counts_are_those_of_a_plain_join(
            low in 0i64..100,
            length in 0i64..200,
            records in proptest::collection::btree_set(0i64..300, 0..200),
            outputs in proptest::collection::vec(0i64..300, 0..300),
            passed in 0i64..200,
        ) {
            let end = low + length;
            let passed = low + passed.min(length);
            let mut tally = tally(Bounds { low, passed, end }, &[]);
            let records: BTreeSet<i64> = records.into_iter().filter(|o| (low..end).contains(o)).collect();
            for offset in &records {
                tally.raw_record(&raw(0), *offset);
            }
            let mut counts: HashMap<i64, u64> = HashMap::new();
            for offset in &outputs {
                tally.output(Some(event(0, *offset, 1)), String::new);
                *counts.entry(*offset).or_default() += 1;
            }
            let report = tally.finish(Notes::default());
            let missing = records.iter().filter(|o| **o < passed && !counts.contains_key(o)).count();
            let doubled = counts.iter().filter(|(o, n)| records.contains(o) && **n > 1).count();
            let unknown = outputs.iter().filter(|o| **o >= low && !records.contains(o)).count();
            prop_assert_eq!(four(&report), [missing as u64, doubled as u64, unknown as u64, 0]);
        }
    }
}

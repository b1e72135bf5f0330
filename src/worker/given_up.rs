//! Records that can't come out as they would: their event broke in the making, or the brokers refuse it for good.
//!
//! Each becomes a dead letter when it is read again, and its entry in the log is followed by a skip, so that no copy names it. And a batch in which
//! the brokers refuse a record without saying which is halved until it is found. It must never give up a record that only waits for brokers.

use std::collections::HashMap;

use crate::article::{DeadLetter, DeadLetterCode, Identity, Stage};

use super::batch::{Item, Positions};

/// What was given up and is not committed yet.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    letters: HashMap<Identity, DeadLetter>,
}

impl GivenUp {
    /// The dead letter of a record that was given up.
    pub fn letter(&self, identity: &Identity) -> Option<&DeadLetter> {
        self.letters.get(identity)
    }

    /// From now on the record becomes this dead letter.
    pub fn insert(&mut self, identity: Identity, letter: DeadLetter) {
        self.letters.insert(identity, letter);
    }

    /// The brokers refuse what this record became: it becomes a dead letter, and where that was refused, one without the record's own bytes.
    /// `false` where that was refused too: then nothing more can be taken away.
    pub fn refuse(&mut self, item: &Item, reason: &str) -> bool {
        let identity = item.raw.identity();
        let was_dead_letter = item.finished.as_ref().is_some_and(|finished| finished.is_dead_letter());
        if self.letters.get(&identity).is_some_and(|letter| letter.is_bare) {
            return false;
        }
        let what = if was_dead_letter { "dead letter" } else { "event" };
        let mut letter = DeadLetter::new(Stage::Publish, DeadLetterCode::Unpublishable, format!("the brokers refuse its {what}: {reason}"));
        letter.is_bare = was_dead_letter;
        self.letters.insert(identity, letter);
        true
    }

    /// A record was committed.
    pub fn committed(&mut self, identity: &Identity) {
        if !self.letters.is_empty() {
            self.letters.remove(identity);
        }
    }
}

/// How many records a batch may have while one of them is looked for.
#[derive(Debug, Default)]
pub(super) struct Caution {
    limit: Option<usize>,
    /// Where the batch ended that failed first: behind it batches are as large as ever.
    until: Positions,
    aborts: u32,
}

/// A batch that is aborted so often in a row is halved, whatever the brokers said.
const ABORTS_BEFORE_HALVING: u32 = 3;

impl Caution {
    /// The most records that a batch may have, `most` at any time.
    pub fn limit(&self, most: usize) -> usize {
        self.limit.map_or(most, |limit| limit.min(most))
    }

    /// A record of a batch that had `records` and ended at `end` is refused.
    pub fn refused(&mut self, records: usize, end: &Positions) {
        self.limit = Some((self.limit(records) / 2).max(1));
        for (partition, offset) in end {
            let until = self.until.entry(partition.clone()).or_insert(*offset);
            *until = (*until).max(*offset);
        }
    }

    /// A batch was aborted, for whatever reason but a changed assignment.
    pub fn aborted(&mut self, records: usize, end: &Positions) {
        self.aborts += 1;
        if self.aborts >= ABORTS_BEFORE_HALVING && records > 1 {
            self.refused(records, end);
        }
    }

    /// The group stands here now, after a commit.
    pub fn committed(&mut self, positions: &Positions) {
        self.aborts = 0;
        if self.limit.is_some() {
            self.until.retain(|partition, until| positions.get(partition).is_some_and(|position| position < until));
            if self.until.is_empty() {
                self.limit = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::RawPartition;

    fn at<const N: usize>(positions: [(i32, i64); N]) -> Positions {
        positions.into_iter().map(|(number, offset)| (RawPartition::new("news.raw", number), offset)).collect()
    }

    #[test]
    fn a_batch_is_halved_until_one_record_is_left_and_grows_again_behind_it() {
        let mut caution = Caution::default();
        let end = at([(0, 100), (1, 40)]);
        let mut limits = Vec::new();
        for records in [500, 250, 125, 62, 31, 15, 7, 3, 1] {
            caution.refused(records, &end);
            limits.push(caution.limit(500));
        }
        assert_eq!(limits, [250, 125, 62, 31, 15, 7, 3, 1, 1]);
        caution.committed(&at([(0, 100), (1, 39)]));
        assert_eq!(caution.limit(500), 1);
        caution.committed(&at([(0, 120), (1, 40)]));
        assert_eq!(caution.limit(500), 500);
    }

    #[test]
    fn aborts_in_a_row_halve_and_a_commit_ends_the_row() {
        let mut caution = Caution::default();
        let end = at([(0, 10)]);
        caution.aborted(8, &end);
        caution.aborted(8, &end);
        assert_eq!(caution.limit(8), 8);
        caution.committed(&Positions::new());
        caution.aborted(8, &end);
        caution.aborted(8, &end);
        caution.aborted(8, &end);
        assert_eq!(caution.limit(8), 4);
    }
}

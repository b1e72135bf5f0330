//! A batch: the records of one transaction, from reading to commit, and the offsets between which they stand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::article::{RawArticle, RawPartition};
use crate::kafka::mark::Mark;
use crate::pipeline::{Finished, Prepared};
use crate::worker::log_thread::{Brings, Question};

/// Offsets by partition.
pub type Positions = BTreeMap<RawPartition, i64>;

/// Where a batch is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Records come in; those that are in are being prepared.
    Filling,
    /// Closed; being prepared.
    Preparing,
    /// Waits for the log.
    Judging { since: Instant },
    /// Being finished.
    Finishing,
    /// May be published.
    Ready,
}

/// One record of a batch.
#[derive(Debug)]
pub struct Item {
    pub raw: Arc<RawArticle>,
    /// Bytes of key, value and headers.
    pub bytes: usize,
    /// What it is charged with now: the most that it may hold, and what it holds once that is known.
    pub held: usize,
    /// The pool holds it.
    pub in_pool: bool,
    pub prepared: Option<Box<Prepared>>,
    pub finished: Option<Box<Finished>>,
}

#[derive(Debug)]
pub struct Batch<M> {
    pub id: u64,
    pub step: Step,
    /// The group's metadata when its first record was read.
    pub metadata: M,
    /// The position of each partition before its first record.
    pub begin: Positions,
    /// The position of each partition after its last record.
    pub end: Positions,
    pub items: Vec<Item>,
    pub bytes: usize,
    /// Records that the pool or the log still holds.
    pub outstanding: usize,
    pub opened: Instant,
    pub mark: Option<Mark>,
}

impl<M> Batch<M> {
    pub fn new(id: u64, metadata: M, now: Instant) -> Batch<M> {
        Batch {
            id,
            step: Step::Filling,
            metadata,
            begin: BTreeMap::new(),
            end: BTreeMap::new(),
            items: Vec::new(),
            bytes: 0,
            outstanding: 0,
            opened: now,
            mark: None,
        }
    }

    /// Adds a record that was read when the partition stood at `position`.
    pub fn add(&mut self, raw: Arc<RawArticle>, position: i64, held: usize) -> usize {
        let partition = raw.origin.place();
        self.begin.entry(partition.clone()).or_insert(position);
        self.end.insert(partition, raw.origin.offset + 1);
        let bytes = raw.size();
        self.bytes += bytes;
        self.items.push(Item { raw, bytes, held, in_pool: false, prepared: None, finished: None });
        self.items.len() - 1
    }

    /// What it asks of the log. All its records must be prepared.
    pub fn questions(&self) -> Vec<Question> {
        let question = |item: &Item| Question { identity: item.raw.identity(), brings: brings(item.prepared.as_deref()) };
        self.items.iter().map(question).collect()
    }

    /// Its questions are with the log.
    pub fn has_asked(&mut self) {
        self.step = Step::Judging { since: Instant::now() };
    }

    /// Takes a prepared record out, to be finished.
    pub fn take_prepared(&mut self, index: usize) -> Option<(Arc<RawArticle>, Box<Prepared>)> {
        let item = self.items.get_mut(index)?;
        Some((item.raw.clone(), item.prepared.take()?))
    }

    /// Nothing of it is missing any more: it may be published.
    pub fn is_finished(&self) -> bool {
        self.step == Step::Finishing && self.outstanding == 0 && self.items.iter().all(|item| item.finished.is_some())
    }

    /// What all its records are charged with.
    pub fn held(&self) -> usize {
        self.items.iter().map(|item| item.held).sum()
    }
}

fn brings(prepared: Option<&Prepared>) -> Brings {
    match prepared {
        Some(Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. }) => Brings::Entry(entry.clone()),
        Some(Prepared::Article { refusal: Some(_), .. }) => Brings::Refusal,
        Some(Prepared::Refused(_)) | None => Brings::Nothing,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::article::{Origin, OutputRecord, OutputTopic};
    use crate::pipeline::Fate;

    use super::*;

    /// A raw record of `news.raw`.
    pub fn raw(partition: i32, offset: i64) -> Arc<RawArticle> {
        let origin = Origin { topic: "news.raw".into(), partition, offset };
        Arc::new(RawArticle { origin, timestamp: 1_700_000_000_000 + offset, key: None, value: Some(b"<html>".to_vec()), headers: Vec::new() })
    }

    /// A withdrawal with this value.
    pub fn finished(value: &str) -> Box<Finished> {
        let record = OutputRecord { topic: OutputTopic::Articles, key: None, value: Some(value.into()), headers: Vec::new() };
        Box::new(Finished { record, fate: Fate::Withdrawn, warnings: Vec::new(), unknown_keys: 0, late_refusal: false, unfinished: None })
    }
}

//! A batch: the records of one transaction, from reading to commit, and the offsets between which they stand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::article::{RawArticle, RawPartition};
use crate::kafka::mark::Mark;
use crate::pipeline::{Finished, Prepared};
use crate::worker::log_thread::{Brings, Question};

/// Where a batch is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Records come in; those that are in are being prepared.
    Filling,
    /// Closed; being prepared.
    Preparing,
    /// Waits for the log.
    Judging,
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

/// A batch.
#[derive(Debug)]
pub struct Batch<M> {
    pub id: u64,
    pub step: Step,
    /// The group's metadata when its first record was read.
    pub metadata: M,
    /// The position of each partition before its first record.
    pub begin: BTreeMap<RawPartition, i64>,
    /// The position of each partition after its last record.
    pub end: BTreeMap<RawPartition, i64>,
    pub items: Vec<Item>,
    pub bytes: usize,
    /// Records that the pool or the log still holds.
    pub outstanding: usize,
    pub opened: Instant,
    pub asked: Option<Instant>,
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
            asked: None,
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

    /// Takes a prepared record out, to be finished.
    pub fn take_prepared(&mut self, index: usize) -> Option<(Arc<RawArticle>, Box<Prepared>)> {
        let item = self.items.get_mut(index)?;
        Some((item.raw.clone(), item.prepared.take()?))
    }

    pub fn all_finished(&self) -> bool {
        self.items.iter().all(|item| item.finished.is_some())
    }
}

fn brings(prepared: Option<&Prepared>) -> Brings {
    match prepared {
        Some(Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. }) => Brings::Entry(entry.clone()),
        Some(Prepared::Article { refusal: Some(_), .. }) => Brings::Refusal,
        Some(Prepared::Refused(_)) | None => Brings::Nothing,
    }
}

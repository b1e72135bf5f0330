//! The transaction of the front batch, a step at a time: begin, send, drain, offsets, commit.
//!
//! Nothing here waits longer than one client call, and nothing is counted before its commit.

use std::time::Instant;

use crate::kafka::failpoint;
use crate::kafka::port::{PortError, TransactionalPort};
use crate::pipeline::Fate;
use crate::telemetry::Health;
use crate::telemetry::labels::{Phase, TransactionEnd};

use super::batch::Step;
use super::engine::{Engine, EngineError, Txn};
use super::patience::Backoff;

impl<P: TransactionalPort> Engine<P> {
    /// Takes the front batch's transaction as far as it goes without waiting.
    pub(super) fn publish(&mut self, health: &Health) -> Result<(), EngineError> {
        loop {
            let before = self.txn;
            match self.step_transaction() {
                Ok(()) if self.txn == before => return Ok(()),
                Ok(()) => {}
                Err(PortError::Retry(reason)) => {
                    self.stats.call_repeated(self.txn, &reason);
                    self.in_trouble(reason);
                    return self.after_retry(health);
                }
                Err(error) => return self.recover(error, health),
            }
        }
    }

    pub(super) fn in_trouble(&mut self, reason: String) {
        let since = self.trouble.take().map_or_else(Instant::now, |(since, _)| since);
        self.trouble = Some((since, reason));
    }

    /// A call that is to be repeated: at once in the next round, but not for ever.
    pub(super) fn after_retry(&mut self, health: &Health) -> Result<(), EngineError> {
        let since = match self.txn {
            Txn::None => return Ok(()),
            Txn::Sending { since, .. } | Txn::Draining { since } | Txn::Offsets { since } | Txn::Committing { since } => since,
        };
        if since.elapsed() > self.settings.transaction_timeout {
            return self.recover(PortError::Producer("the transaction outlived its time-out".into()), health);
        }
        Ok(())
    }

    pub(super) fn step_transaction(&mut self) -> Result<(), PortError> {
        match self.txn {
            Txn::None => {
                if self.batches.front().is_some_and(|b| b.step == Step::Ready) {
                    self.check_begin()?;
                    self.port.begin()?;
                    self.txn = Txn::Sending { next: 0, since: Instant::now() };
                }
                Ok(())
            }
            Txn::Sending { next, since } => self.send_from(next, since),
            Txn::Draining { since } => {
                self.port.drive()?;
                if self.port.in_flight() == 0 {
                    self.stats.phase(Phase::Drain, since.elapsed());
                    failpoint::reached("after_produce");
                    self.txn = Txn::Offsets { since: Instant::now() };
                } else if since.elapsed() > self.settings.transaction_timeout {
                    return Err(PortError::Producer("the drain outlived the transaction".into()));
                }
                Ok(())
            }
            Txn::Offsets { since } => {
                let batch = self.batches.front().ok_or_else(|| PortError::Fatal("a transaction without a batch".into()))?;
                let offsets: Vec<(i32, i64)> = batch.end.iter().map(|(p, o)| (*p, *o)).collect();
                let mark = batch.mark.map(|m| m.to_string()).unwrap_or_default();
                if failpoint::strikes("abort_transaction") {
                    return Err(PortError::Abort("made to fail by a test".into()));
                }
                self.port.send_offsets(&offsets, &batch.metadata, &mark)?;
                self.stats.phase(Phase::SendOffsets, since.elapsed());
                failpoint::reached("after_send_offsets");
                self.txn = Txn::Committing { since: Instant::now() };
                Ok(())
            }
            Txn::Committing { since } => {
                self.port.commit()?;
                self.stats.phase(Phase::Commit, since.elapsed());
                failpoint::reached("after_commit");
                self.txn = Txn::None;
                self.committed_front();
                Ok(())
            }
        }
    }

    /// A batch must begin where the last commit ended: over an aborted one it would lose it.
    pub(super) fn check_begin(&self) -> Result<(), PortError> {
        let Some(batch) = self.batches.front() else {
            return Ok(());
        };
        for (partition, begin) in &batch.begin {
            let committed = self.committed.get(partition);
            if committed != Some(begin) {
                return Err(PortError::Abort(format!("batch begins at {begin} of partition {partition}, committed is {committed:?}")));
            }
        }
        Ok(())
    }

    pub(super) fn send_from(&mut self, next: usize, since: Instant) -> Result<(), PortError> {
        let Some(batch) = self.batches.front() else {
            return Err(PortError::Fatal("a transaction without a batch".into()));
        };
        for (index, item) in batch.items.iter().enumerate().skip(next) {
            let finished = item.finished.as_ref().ok_or_else(|| PortError::Fatal("a ready batch is not finished".into()))?;
            if let Err(error) = self.port.send(&finished.record) {
                self.txn = Txn::Sending { next: index, since };
                return Err(error);
            }
        }
        self.stats.phase(Phase::Produce, since.elapsed());
        self.txn = Txn::Draining { since: Instant::now() };
        Ok(())
    }

    /// The front batch is committed: only now its outcomes count.
    pub(super) fn committed_front(&mut self) {
        let Some(batch) = self.batches.pop_front() else {
            return;
        };
        self.backoff = Backoff::default();
        self.stats.batch(batch.items.len(), batch.bytes);
        for (partition, end) in &batch.end {
            self.committed.insert(*partition, *end);
            self.stats.committed_in(*partition);
        }
        for item in batch.items {
            self.in_flight_bytes -= item.bytes;
            let Some(finished) = item.finished else {
                continue;
            };
            // Every fate is named: to lose a message must not compile.
            match finished.fate {
                Fate::Published { updated, published_at } => {
                    self.stats.article(updated, item.bytes, &finished.record);
                    self.stats.times(item.raw.timestamp, published_at);
                }
                Fate::Duplicate(kind) => self.stats.duplicate(kind, item.bytes, &finished.record),
                Fate::Withdrawn => self.stats.withdrawn(item.bytes, &finished.record),
                Fate::DeadLetter(stage, code) => self.stats.dead_letter(stage, code, item.bytes, &finished.record),
            }
            if !matches!(finished.fate, Fate::Published { .. }) {
                self.stats.times(item.raw.timestamp, None);
            }
            self.stats.unknown_keys(finished.unknown_keys);
            self.stats.warnings(&finished.warnings);
            if finished.late_refusal {
                self.stats.late_refusal();
            }
            self.stats.keep(finished.fate, item.raw.timestamp, finished.record);
        }
        self.stats.transaction(TransactionEnd::Committed);
    }
}

//! The transaction of the front batch, a step at a time: begin, send, drain, offsets, commit.
//!
//! Nothing here waits longer than one client call, and nothing is counted before its commit.

use std::time::Instant;

use crate::article::RawPartition;
use crate::kafka::failpoint;
use crate::kafka::port::{PortError, TransactionalPort};
use crate::pipeline::Fate;
use crate::telemetry::Health;
use crate::telemetry::labels::{Phase, TransactionEnd};

use super::batch::Step;
use super::engine::{Engine, EngineError, Trouble, Txn};
use super::patience::Backoff;

const OUTLIVED: &str = "the transaction outlived its time-out";

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
        let now = Instant::now();
        let since = self.trouble.take().map_or(now, |trouble| trouble.since);
        self.trouble = Some(Trouble { since, last: now, reason });
    }

    /// A call that is to be repeated: at once in the next round, but not for ever.
    pub(super) fn after_retry(&mut self, health: &Health) -> Result<(), EngineError> {
        if self.has_outlived_its_time() {
            return self.recover(PortError::Producer(OUTLIVED.into()), health);
        }
        Ok(())
    }

    /// Whether the open transaction is older than the brokers let it become: they abort it by themselves.
    pub(super) fn has_outlived_its_time(&self) -> bool {
        self.txn.begun().is_some_and(|begun| begun.elapsed() > self.settings.transaction_timeout)
    }

    pub(super) fn step_transaction(&mut self) -> Result<(), PortError> {
        match self.txn {
            Txn::None => {
                if self.batches.front().is_some_and(|b| b.step == Step::Ready) {
                    self.check_begin()?;
                    self.port.begin()?;
                    self.txn = Txn::Sending { next: 0, begun: Instant::now() };
                }
                Ok(())
            }
            Txn::Sending { next, begun } => self.send_from(next, begun),
            Txn::Draining { begun, since } => {
                self.port.drive()?;
                if self.port.in_flight() == 0 {
                    self.stats.phase(Phase::Drain, since.elapsed());
                    failpoint::reached("after_produce");
                    self.txn = Txn::Offsets { begun, since: Instant::now() };
                } else if self.has_outlived_its_time() {
                    return Err(PortError::Producer(OUTLIVED.into()));
                }
                Ok(())
            }
            Txn::Offsets { begun, since } => {
                let batch = self.batches.front().ok_or_else(|| PortError::Fatal("a transaction without a batch".into()))?;
                let offsets: Vec<(RawPartition, i64)> = batch.end.iter().map(|(p, o)| (p.clone(), *o)).collect();
                let mark = batch.mark.map(|m| m.to_string()).unwrap_or_default();
                if failpoint::strikes("abort_transaction") {
                    return Err(PortError::Abort("made to fail by a test".into()));
                }
                self.port.send_offsets(&offsets, &batch.metadata, &mark)?;
                self.stats.phase(Phase::SendOffsets, since.elapsed());
                failpoint::reached("after_send_offsets");
                self.txn = Txn::Committing { begun, since: Instant::now() };
                Ok(())
            }
            Txn::Committing { since, .. } => {
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
                return Err(PortError::Abort(format!("batch begins at {begin} of {partition}, committed is {committed:?}")));
            }
        }
        Ok(())
    }

    pub(super) fn send_from(&mut self, next: usize, begun: Instant) -> Result<(), PortError> {
        let Some(batch) = self.batches.front() else {
            return Err(PortError::Fatal("a transaction without a batch".into()));
        };
        for (index, item) in batch.items.iter().enumerate().skip(next) {
            let finished = item.finished.as_ref().ok_or_else(|| PortError::Fatal("a ready batch is not finished".into()))?;
            if let Err(error) = self.port.send(index, &finished.record) {
                self.txn = Txn::Sending { next: index, begun };
                return Err(error);
            }
        }
        self.stats.phase(Phase::Produce, begun.elapsed());
        self.txn = Txn::Draining { begun, since: Instant::now() };
        Ok(())
    }

    /// The front batch is committed: only now its outcomes count.
    pub(super) fn committed_front(&mut self) {
        let Some(batch) = self.batches.pop_front() else {
            return;
        };
        self.backoff = Backoff::default();
        self.stats.batch(batch.items.len(), batch.bytes);
        for (partition, end) in batch.end {
            self.stats.committed_in(&partition);
            self.committed.insert(partition, end);
        }
        self.caution.committed(&self.committed);
        for item in batch.items {
            self.given_up.committed(&item.raw.identity());
            self.in_flight_bytes -= item.held;
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

//! Publishing: the front batch's transaction is taken as far as it goes, and what it committed is counted.
//!
//! Nothing is counted before its commit.

use crate::kafka::port::{PortError, TransactionalPort};
use crate::pipeline::Fate;
use crate::telemetry::labels::TransactionEnd;

use super::batch::Item;
use super::engine::{Engine, EngineError};
use super::patience::Backoff;
use super::transaction::Progress;

impl<P: TransactionalPort> Engine<'_, P> {
    /// Takes the front batch's transaction as far as it goes without waiting, and begins the next.
    pub fn publish(&mut self) -> Result<(), EngineError> {
        loop {
            match self.step_transaction() {
                Ok(Progress::Waits) => return Ok(()),
                Ok(Progress::Moved | Progress::Committed) => {}
                Err(PortError::Retry(reason)) => {
                    self.stats.call_repeated(self.transaction.stage(), &reason);
                    self.in_trouble(reason);
                    // The same call again in the next round, but not for ever.
                    return self.transaction.check_age().or_else(|error| self.recover(error));
                }
                Err(error) => return self.recover(error),
            }
        }
    }

    /// One step of the open transaction; where none is open, one is begun if a batch is ready.
    pub fn step_transaction(&mut self) -> Result<Progress, PortError> {
        if !self.transaction.is_open() {
            if self.in_flight.ready()?.is_none() {
                return Ok(Progress::Waits);
            }
            return self.transaction.begin().map(|()| Progress::Moved);
        }
        let batch = self.in_flight.front().ok_or_else(|| PortError::Fatal("a transaction without a batch".into()))?;
        let progress = self.transaction.step(batch, &mut self.stats)?;
        if progress == Progress::Committed {
            self.count_committed();
        }
        Ok(progress)
    }

    /// The front batch is committed: only now its outcomes count.
    pub fn count_committed(&mut self) {
        let Some(batch) = self.in_flight.take_committed() else {
            return;
        };
        self.backoff = Backoff::default();
        self.stats.batch(batch.items.len(), batch.bytes);
        batch.end.keys().for_each(|partition| self.stats.committed_in(partition));
        self.caution.committed(self.in_flight.committed());
        for item in batch.items {
            self.given_up.committed(&item.raw.identity());
            self.count(item);
        }
        self.stats.transaction(TransactionEnd::Committed);
    }

    fn count(&mut self, item: Item) {
        let Some(finished) = item.finished else {
            return;
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
}

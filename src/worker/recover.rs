//! What goes wrong: aborts, dead producers, changes of the assignment. Each ends in the same way: what is in flight is void, and reading
//! goes back to the committed offsets, asked of the broker.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kafka::port::{PortError, Rebalance, TransactionalPort};
use crate::telemetry::labels::{Phase, TransactionEnd};
use crate::telemetry::{Component, Health};

use super::engine::{Engine, EngineError, Txn};
use super::stats::why_aborted;

impl<P: TransactionalPort> Engine<P> {
    /// Errors in this order: fenced and fatal end the loop, a dead producer is renewed, else the transaction is aborted.
    pub(super) fn recover(&mut self, error: PortError, health: &Health) -> Result<(), EngineError> {
        let why = why_aborted(self.txn, self.settings.transaction_timeout);
        match error {
            PortError::Fenced(_) | PortError::Fatal(_) => Err(error.into()),
            PortError::Producer(reason) => {
                self.stats.producer_failed(self.txn, &reason);
                self.patiently(health, |port| port.renew_producer())?;
                self.give_back(why, health)
            }
            PortError::Abort(reason) | PortError::Retry(reason) => {
                self.stats.call_aborts(self.txn, &reason);
                self.abort_open(health)?;
                self.give_back(why, health)
            }
        }
    }

    /// Aborts the open transaction, if one is; a producer that can't is renewed.
    pub(super) fn abort_open(&mut self, health: &Health) -> Result<(), EngineError> {
        if self.txn == Txn::None {
            return Ok(());
        }
        let started = Instant::now();
        let deadline = started + self.settings.transaction_timeout;
        self.stats.aborting();
        loop {
            health.beat(Component::Worker);
            match self.port.abort() {
                Ok(()) => {
                    self.stats.phase(Phase::Abort, started.elapsed());
                    return Ok(());
                }
                Err(error @ (PortError::Fenced(_) | PortError::Fatal(_))) => {
                    return Err(error.into());
                }
                Err(PortError::Retry(reason)) if Instant::now() < deadline => {
                    self.stats.abort_repeated(&reason);
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => {
                    self.stats.abort_failed(&error.to_string());
                    return self.patiently(health, |port| port.renew_producer());
                }
            }
        }
    }

    /// Everything in flight is void; reading goes back to the committed offsets.
    pub(super) fn give_back(&mut self, end: TransactionEnd, health: &Health) -> Result<(), EngineError> {
        std::thread::sleep(self.backoff.next());
        let expected: Option<BTreeMap<i32, i64>> = match self.txn {
            // The commit was asked for and its answer is not known: the committed offsets tell.
            Txn::Committing { .. } => self.batches.front().map(|b| b.end.clone()),
            Txn::None | Txn::Sending { .. } | Txn::Draining { .. } | Txn::Offsets { .. } => None,
        };
        let positions: BTreeMap<i32, i64> = self.patiently(health, |port| port.rewind())?.into_iter().collect();
        let was_committed = expected.is_some_and(|end| !end.is_empty() && end.iter().all(|(p, o)| positions.get(p) == Some(o)));
        self.txn = Txn::None;
        if was_committed {
            self.committed_front();
        } else {
            self.stats.transaction(end);
        }
        self.drop_batches();
        self.committed = positions.clone();
        self.reading = positions;
        self.paused = false;
        Ok(())
    }

    pub(super) fn drop_batches(&mut self) {
        self.epoch += 1;
        self.pool.set_epoch(self.epoch);
        for batch in self.batches.drain(..) {
            self.stats.rewound(batch.items.len(), batch.bytes);
            // Bytes that the pool still holds are given back when it returns them.
            let free: usize = batch.items.iter().filter(|item| !item.in_pool).map(|item| item.bytes).sum();
            self.in_flight_bytes -= free;
        }
    }

    /// Partitions came or went: what was read under the old generation can't be committed any more.
    pub(super) fn rebalanced(&mut self, change: Rebalance, health: &Health) -> Result<(), EngineError> {
        let started = Instant::now();
        if let Txn::Committing { .. } = self.txn {
            // Its outcome must be known before anything is given back.
            self.finish_commit(health)?;
        }
        self.abort_open(health)?;
        let aborted = self.txn != Txn::None;
        self.txn = Txn::None;
        if aborted {
            self.stats.transaction(TransactionEnd::AbortedRebalance);
        }
        self.drop_batches();
        self.stats.rebalance(&change);
        let positions: BTreeMap<i32, i64> = self.patiently(health, |port| port.rewind())?.into_iter().collect();
        self.committed = positions.clone();
        self.reading = positions;
        self.paused = false;
        let partitions: Vec<i32> = self.committed.keys().copied().collect();
        self.stats.assigned(&partitions);
        self.stats.rebalanced(started.elapsed());
        self.say_standing(health);
        Ok(())
    }

    pub(super) fn finish_commit(&mut self, health: &Health) -> Result<(), EngineError> {
        let deadline = Instant::now() + self.settings.transaction_timeout;
        while let Txn::Committing { .. } = self.txn {
            health.beat(Component::Worker);
            match self.step_transaction() {
                Ok(()) => {}
                Err(PortError::Retry(_)) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => return self.recover(error, health),
            }
        }
        Ok(())
    }
}

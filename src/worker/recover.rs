//! What goes wrong: aborts, dead producers, changes of the assignment. Each ends in the same way: what is in flight is void, and reading
//! goes back to the committed offsets, asked of the broker.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::port::{PortError, Position, Rebalance, TransactionalPort};
use crate::telemetry::labels::{Phase, TransactionEnd};
use crate::telemetry::{Component, Health};

use super::engine::{Engine, EngineError, Txn};
use super::patience::Backoff;
use super::stats::why_aborted;

/// Partitions that can't be read yet are looked at again after this wait, and after twice as long each time that nothing has changed,
const FIRST_LOOK: Duration = Duration::from_millis(200);
/// up to this.
const LAST_LOOK: Duration = Duration::from_secs(15);

impl<P: TransactionalPort> Engine<P> {
    /// Errors in this order: fenced and fatal end the loop, a dead producer is renewed, else the transaction is aborted.
    pub(super) fn recover(&mut self, error: PortError, health: &Health) -> Result<(), EngineError> {
        let why = why_aborted(self.txn, self.settings.transaction_timeout);
        match error {
            // The brokers end a transaction that outlives its time-out by fencing its producer: nobody else need have our name.
            PortError::Fenced(_) if self.has_outlived_its_time() => {
                self.recover(PortError::Producer("the brokers ended a transaction that outlived its time-out".into()), health)
            }
            PortError::Fenced(_) | PortError::Fatal(_) => Err(error.into()),
            PortError::Producer(reason) => {
                self.stats.producer_failed(self.txn, &reason);
                self.patiently(health, |port| port.renew_producer())?;
                self.give_back(why, health)
            }
            PortError::Abort(reason) | PortError::Retry(reason) => {
                self.stats.call_aborts(self.txn, &reason);
                if let Some(batch) = self.batches.front() {
                    self.caution.aborted(batch.items.len(), &batch.end);
                }
                self.abort_open(health)?;
                self.give_back(why, health)
            }
            PortError::Refused { record, reason } => self.refused(record, reason, health),
        }
    }

    /// The brokers refuse a record of the front batch for good, this one or one of them.
    fn refused(&mut self, record: Option<usize>, reason: String, health: &Health) -> Result<(), EngineError> {
        let batch = self.batches.front().ok_or(EngineError::Bounds("a refused record of no batch"))?;
        let number = record.or((batch.items.len() == 1).then_some(0));
        match number.and_then(|number| batch.items.get(number)) {
            Some(item) => {
                self.stats.output_refused(&item.raw.origin, &reason);
                if !self.given_up.refuse(item, &reason) {
                    // Not even what is left of it: the topic of dead letters takes nothing. That is an outage, and is told as one.
                    let (partition, offset) = (item.raw.origin.place(), item.raw.origin.offset);
                    self.in_trouble(format!("the topic of dead letters takes nothing for offset {offset} of {partition}: {reason}"));
                    self.abort_open(health)?;
                    return self.give_back(TransactionEnd::AbortedDelivery, health);
                }
            }
            None => {
                tracing::warn!(reason, records = batch.items.len(), "the brokers refuse a record of a batch: looking for it in half of them");
                self.caution.refused(batch.items.len(), &batch.end);
            }
        }
        // Tried again at once: something else is sent.
        self.backoff = Backoff::default();
        self.abort_open(health)?;
        self.give_back(TransactionEnd::AbortedDelivery, health)
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
                Err(PortError::Fenced(_)) if self.has_outlived_its_time() => {
                    tracing::warn!("the brokers ended a transaction that outlived its time-out, making a new producer");
                    return self.patiently(health, |port| port.renew_producer());
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
        let expected: Option<BTreeMap<RawPartition, i64>> = match self.txn {
            // The commit was asked for and its answer is not known: the committed offsets tell.
            Txn::Committing { .. } => self.batches.front().map(|b| b.end.clone()),
            Txn::None | Txn::Sending { .. } | Txn::Draining { .. } | Txn::Offsets { .. } => None,
        };
        let positions = self.settle(health)?;
        let was_committed = expected.is_some_and(|end| !end.is_empty() && end.iter().all(|(p, o)| positions.get(p) == Some(o)));
        self.txn = Txn::None;
        if was_committed {
            self.committed_front();
        } else {
            self.stats.transaction(end);
        }
        self.drop_batches();
        self.stand_at(positions);
        Ok(())
    }

    /// Goes back to where the group stands. Everything in flight must be void.
    pub(super) fn go_back(&mut self, health: &Health) -> Result<(), EngineError> {
        let positions = self.settle(health)?;
        self.stand_at(positions);
        Ok(())
    }

    fn stand_at(&mut self, positions: BTreeMap<RawPartition, i64>) {
        self.committed = positions.clone();
        self.reading = positions;
        self.paused = false;
    }

    /// Where the group stands in the assigned partitions, once it stands there for everybody: a first choice is committed before anything is read.
    /// Partitions that can't be told of yet are left out; what comes of them is dropped, and they are looked at again soon.
    fn settle(&mut self, health: &Health) -> Result<BTreeMap<RawPartition, i64>, EngineError> {
        let standings = self.patiently(health, |port| port.rewind())?;
        let (mut positions, mut starts, mut unknown) = (BTreeMap::new(), Vec::new(), Vec::new());
        for standing in standings {
            match standing.position {
                Position::Committed(offset) => drop(positions.insert(standing.partition, offset)),
                Position::Start(offset) => starts.push((standing.partition, offset)),
                Position::Unknown(reason) => unknown.push((standing.partition, reason)),
            }
        }
        if !starts.is_empty() {
            match self.port.commit_start(&starts) {
                Ok(()) => {
                    let at: Vec<String> = starts.iter().map(|(partition, offset)| format!("{partition} at {offset}")).collect();
                    tracing::info!(?at, "the group begins here");
                    positions.extend(starts);
                }
                // The group is changing: what it says next is waited for.
                Err(PortError::Retry(reason)) => {
                    unknown.extend(starts.iter().map(|(partition, _)| (partition.clone(), format!("its start can't be committed: {reason}"))))
                }
                Err(error) => return Err(error.into()),
            }
        }
        let wait = self.unsettled.map_or(FIRST_LOOK, |(_, wait)| (wait * 2).min(LAST_LOOK));
        self.unsettled = (!unknown.is_empty()).then(|| (Instant::now() + wait, wait));
        if !unknown.is_empty() {
            let unknown: Vec<String> = unknown.iter().map(|(partition, reason)| format!("{partition}: {reason}")).collect();
            tracing::warn!(?unknown, "partitions can't be read yet");
        }
        Ok(positions)
    }

    pub(super) fn drop_batches(&mut self) {
        self.epoch += 1;
        self.pool.set_epoch(self.epoch);
        for batch in self.batches.drain(..) {
            self.stats.rewound(batch.items.len(), batch.bytes);
            // Bytes that the pool still holds are given back when it returns them.
            let free: usize = batch.items.iter().filter(|item| !item.in_pool).map(|item| item.held).sum();
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
        self.go_back(health)?;
        self.has_joined = true;
        let partitions: Vec<RawPartition> = self.committed.keys().cloned().collect();
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

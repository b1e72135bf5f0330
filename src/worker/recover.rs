//! What goes wrong: aborts, dead producers, changes of the assignment. Each ends in the same way: what is in flight is void, and reading
//! goes back to the committed offsets, asked of the broker.

use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::port::{PortError, Position, Rebalance, TransactionalPort};
use crate::telemetry::labels::TransactionEnd;

use super::batch::Positions;
use super::engine::{Engine, EngineError};
use super::patience::Backoff;

/// Partitions that can't be read yet are looked at again after this wait, and after twice as long each time that nothing has changed,
const FIRST_LOOK: Duration = Duration::from_millis(200);
/// up to this.
const LAST_LOOK: Duration = Duration::from_secs(15);

impl<P: TransactionalPort> Engine<'_, P> {
    /// Repeats a call while it says `Retry`: an outage is waited for.
    pub fn patiently<T>(&mut self, call: impl FnMut(&mut P) -> Result<T, PortError>) -> Result<T, EngineError> {
        Ok(self.patience.call(&mut self.transaction.port, || self.stats.recovery_repeated(), call)?)
    }

    /// Errors in this order: fenced and fatal end the loop, a dead producer is renewed, else the transaction is aborted.
    pub fn recover(&mut self, error: PortError) -> Result<(), EngineError> {
        let why = self.transaction.why_aborted();
        match error {
            PortError::Fenced(_) | PortError::Fatal(_) => Err(error.into()),
            PortError::Producer(reason) => {
                self.stats.producer_failed(self.transaction.stage(), &reason);
                self.transaction.renew_producer(&mut self.stats, self.patience)?;
                self.give_back(why)
            }
            PortError::Abort(reason) | PortError::Retry(reason) => {
                self.stats.call_aborts(self.transaction.stage(), &reason);
                if let Some(batch) = self.in_flight.front() {
                    self.caution.aborted(batch.items.len(), &batch.end);
                }
                self.abort()?;
                self.give_back(why)
            }
            PortError::Refused { record, reason } => self.refused(record, &reason),
        }
    }

    /// The brokers refuse a record of the front batch for good, this one or one of them.
    fn refused(&mut self, record: Option<usize>, reason: &str) -> Result<(), EngineError> {
        let batch = self.in_flight.front().ok_or(EngineError::Bounds("a refused record of no batch"))?;
        let number = record.or((batch.items.len() == 1).then_some(0));
        // Tried again at once, if something else is sent then.
        let mut is_hopeless = false;
        match number.and_then(|number| batch.items.get(number)) {
            Some(item) => {
                self.stats.output_refused(&item.raw.origin, reason);
                is_hopeless = !self.given_up.refuse(item, reason);
                if is_hopeless {
                    // Not even what is left of it: the topic of dead letters takes nothing. That is an outage, and is told as one.
                    let (partition, offset) = (item.raw.origin.place(), item.raw.origin.offset);
                    self.in_trouble(format!("the topic of dead letters takes nothing for offset {offset} of {partition}: {reason}"));
                }
            }
            None => {
                tracing::warn!(reason, records = batch.items.len(), "the brokers refuse a record of a batch: looking for it in half of them");
                self.caution.refused(batch.items.len(), &batch.end);
            }
        }
        if !is_hopeless {
            self.backoff = Backoff::default();
        }
        self.abort()?;
        self.give_back(TransactionEnd::AbortedDelivery)
    }

    /// Aborts the open transaction, if one is.
    pub fn abort(&mut self) -> Result<(), EngineError> {
        Ok(self.transaction.abort(&mut self.stats, self.patience)?)
    }

    /// Everything in flight is void; reading goes back to the committed offsets.
    pub fn give_back(&mut self, end: TransactionEnd) -> Result<(), EngineError> {
        std::thread::sleep(self.backoff.next());
        let group = self.settle()?;
        // Where the commit was tried and its answer is not known, the committed offsets tell.
        let was_committed = self.transaction.is_committing() && self.in_flight.is_front_committed(&group);
        self.transaction.close();
        if was_committed {
            self.count_committed();
        } else {
            self.stats.transaction(end);
        }
        self.drop_batches();
        self.stand_at(group);
        Ok(())
    }

    /// Goes back to where the group stands. Everything in flight must be void.
    pub fn go_back(&mut self) -> Result<(), EngineError> {
        let group = self.settle()?;
        self.stand_at(group);
        Ok(())
    }

    fn stand_at(&mut self, group: Positions) {
        self.in_flight.stand_at(group);
        self.paused = false;
    }

    /// Where the group stands in the assigned partitions, once it stands there for everybody: a first choice is committed before anything is read.
    /// Partitions that can't be told of yet are left out; what comes of them is dropped, and they are looked at again soon.
    fn settle(&mut self) -> Result<Positions, EngineError> {
        let standings = self.patiently(|port| port.rewind())?;
        let (mut positions, mut starts, mut unknown) = (Positions::new(), Vec::new(), Vec::new());
        for standing in standings {
            match standing.position {
                Position::Committed(offset) => drop(positions.insert(standing.partition, offset)),
                Position::Start(offset) => starts.push((standing.partition, offset)),
                Position::Unknown(reason) => unknown.push((standing.partition, reason)),
            }
        }
        if !starts.is_empty() {
            match self.transaction.port.commit_start(&starts) {
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

    /// Everything in flight is void.
    pub fn drop_batches(&mut self) {
        for batch in self.in_flight.void() {
            self.stats.rewound(batch.items.len(), batch.bytes);
        }
        self.pool.set_epoch(self.in_flight.epoch());
    }

    /// Partitions came or went: what was read under the old generation can't be committed any more.
    pub fn rebalanced(&mut self, change: &Rebalance) -> Result<(), EngineError> {
        let started = Instant::now();
        // The outcome of a commit must be known before anything is given back.
        self.finish_commit()?;
        self.abort()?;
        if self.transaction.close() {
            self.stats.transaction(TransactionEnd::AbortedRebalance);
        }
        self.drop_batches();
        self.stats.rebalance(change);
        self.go_back()?;
        self.has_joined = true;
        let partitions: Vec<RawPartition> = self.in_flight.committed().keys().cloned().collect();
        self.stats.assigned(&partitions);
        self.stats.rebalanced(started.elapsed());
        self.say_standing();
        Ok(())
    }

    fn finish_commit(&mut self) -> Result<(), EngineError> {
        let deadline = Instant::now() + self.settings.transaction_timeout;
        while self.transaction.is_committing() {
            self.patience.beat();
            match self.step_transaction() {
                Ok(_) => {}
                Err(PortError::Retry(_)) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                Err(error) => return self.recover(error),
            }
        }
        Ok(())
    }
}

//! The transaction of the front batch, a part at a time: send, drain, offsets, commit; and how it ends otherwise: by an abort or with its producer.
//!
//! It owns the port, which reading uses too. Nothing here waits longer than one client call but an abort. It counts no outcome: after the commit that is
//! for whoever steps it.

use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::failpoint;
use crate::kafka::port::{PortError, TransactionalPort};
use crate::telemetry::labels::{ErrorStage, Phase, TransactionEnd, TransactionState};

use super::batch::Batch;
use super::patience::Patience;
use super::stats::Stats;

/// What is to be done next in an open transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// To hand over the records from this one on.
    Sending { next: usize },
    /// To wait for their deliveries.
    Draining,
    /// To put the batch's offsets into it.
    Offsets,
    /// To commit it. Once that was tried, only the committed offsets tell what became of it.
    Committing,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    part: Part,
    /// The broker's clock runs from then on, whatever part it is in.
    begun: Instant,
    /// When this part began.
    since: Instant,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing: the brokers are waited for.
    Waits,
    /// A part is done; the next can be tried at once.
    Moved,
    /// The batch is committed, and the transaction is over.
    Committed,
}

/// The transactional port and the transaction that is open on it, if one is.
#[derive(Debug)]
pub(super) struct Transaction<P> {
    pub port: P,
    /// The brokers end an older transaction by themselves.
    timeout: Duration,
    open: Option<Open>,
}

impl<P: TransactionalPort> Transaction<P> {
    pub fn new(port: P, timeout: Duration) -> Transaction<P> {
        Transaction { port, timeout, open: None }
    }

    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether its commit is next, or was tried and has no answer yet.
    pub fn is_committing(&self) -> bool {
        self.part() == Some(Part::Committing)
    }

    fn part(&self) -> Option<Part> {
        self.open.map(|open| open.part)
    }

    /// Whether it is older than the brokers let it become.
    fn is_overdue(&self) -> bool {
        self.open.is_some_and(|open| open.begun.elapsed() > self.timeout)
    }

    /// Fails once it is overdue, so that nothing is repeated for ever.
    pub fn check_age(&self) -> Result<(), PortError> {
        if self.is_overdue() { Err(PortError::Producer("the transaction outlived its time-out".into())) } else { Ok(()) }
    }

    /// Begins one. None may be open.
    pub fn begin(&mut self) -> Result<(), PortError> {
        debug_assert!(!self.is_open(), "one batch, one transaction");
        self.port.begin()?;
        let now = Instant::now();
        self.open = Some(Open { part: Part::Sending { next: 0 }, begun: now, since: now });
        Ok(())
    }

    /// Goes on with the open transaction of this batch. After an error it stands where it stood: `Retry` means the same step again.
    pub fn step(&mut self, batch: &Batch<P::Metadata>, stats: &mut Stats) -> Result<Progress, PortError> {
        self.step_part(batch, stats).map_err(|error| match error {
            // The brokers end a transaction that outlives its time-out by fencing its producer: nobody else need have our name.
            PortError::Fenced(_) if self.is_overdue() => PortError::Producer("the brokers ended a transaction that outlived its time-out".into()),
            error => error,
        })
    }

    fn step_part(&mut self, batch: &Batch<P::Metadata>, stats: &mut Stats) -> Result<Progress, PortError> {
        let Some(Open { part, since, .. }) = self.open else {
            return Err(PortError::Fatal("a step without a transaction".into()));
        };
        match part {
            Part::Sending { next } => {
                self.send(batch, next)?;
                stats.phase(Phase::Produce, since.elapsed());
                self.go_on(Part::Draining)
            }
            Part::Draining => {
                self.port.drive()?;
                if self.port.in_flight() > 0 {
                    return self.check_age().map(|()| Progress::Waits);
                }
                stats.phase(Phase::Drain, since.elapsed());
                failpoint::reached("after_produce");
                self.go_on(Part::Offsets)
            }
            Part::Offsets => {
                let offsets: Vec<(RawPartition, i64)> = batch.end.iter().map(|(p, o)| (p.clone(), *o)).collect();
                let mark = batch.mark.map(|m| m.to_string()).unwrap_or_default();
                if failpoint::strikes("abort_transaction") {
                    return Err(PortError::Abort("made to fail by a test".into()));
                }
                self.port.send_offsets(&offsets, &batch.metadata, &mark)?;
                stats.phase(Phase::SendOffsets, since.elapsed());
                failpoint::reached("after_send_offsets");
                self.go_on(Part::Committing)
            }
            Part::Committing => {
                self.port.commit()?;
                stats.phase(Phase::Commit, since.elapsed());
                failpoint::reached("after_commit");
                self.open = None;
                Ok(Progress::Committed)
            }
        }
    }

    /// Hands over the batch's records from `next` on, and keeps where that failed.
    fn send(&mut self, batch: &Batch<P::Metadata>, next: usize) -> Result<(), PortError> {
        for (index, item) in batch.items.iter().enumerate().skip(next) {
            let finished = item.finished.as_ref().ok_or_else(|| PortError::Fatal("a ready batch is not finished".into()))?;
            if let Err(error) = self.port.send(index, &finished.record) {
                self.open = self.open.map(|open| Open { part: Part::Sending { next: index }, ..open });
                return Err(error);
            }
        }
        Ok(())
    }

    fn go_on(&mut self, part: Part) -> Result<Progress, PortError> {
        self.open = self.open.map(|open| Open { part, since: Instant::now(), ..open });
        Ok(Progress::Moved)
    }

    /// Has the brokers abort it, if it is open; a producer that can't is made anew. It counts as open until [`Self::close`]: whether its commit was tried
    /// must be known as long as it is not known what became of it.
    pub fn abort(&mut self, stats: &mut Stats, patience: Patience<'_>) -> Result<(), PortError> {
        if !self.is_open() {
            return Ok(());
        }
        let started = Instant::now();
        stats.aborting();
        loop {
            patience.beat();
            match self.port.abort() {
                Ok(()) => {
                    stats.phase(Phase::Abort, started.elapsed());
                    return Ok(());
                }
                Err(PortError::Fenced(_)) if self.is_overdue() => {
                    tracing::warn!("the brokers ended a transaction that outlived its time-out, making a new producer");
                    return self.renew_producer(stats, patience);
                }
                Err(error @ (PortError::Fenced(_) | PortError::Fatal(_))) => return Err(error),
                Err(PortError::Retry(reason)) if started.elapsed() < self.timeout => {
                    stats.abort_repeated(&reason);
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => {
                    stats.abort_failed(&error.to_string());
                    return self.renew_producer(stats, patience);
                }
            }
        }
    }

    /// A new producer of the same name; the brokers end what the old one left open.
    pub fn renew_producer(&mut self, stats: &mut Stats, patience: Patience<'_>) -> Result<(), PortError> {
        patience.call(&mut self.port, || stats.recovery_repeated(), |port| port.renew_producer())
    }

    /// It is over, however it ended. Whether one was open.
    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    /// Why it is aborted if a call failed now.
    pub fn why_aborted(&self) -> TransactionEnd {
        match self.part() {
            _ if self.is_overdue() => TransactionEnd::AbortedTimeout,
            Some(Part::Sending { .. } | Part::Draining) => TransactionEnd::AbortedDelivery,
            None | Some(Part::Offsets | Part::Committing) => TransactionEnd::AbortedError,
        }
    }

    /// The label of the call that is next.
    pub fn stage(&self) -> ErrorStage {
        match self.part() {
            None | Some(Part::Sending { .. } | Part::Draining) => ErrorStage::Produce,
            Some(Part::Offsets) => ErrorStage::SendOffsets,
            Some(Part::Committing) => ErrorStage::Commit,
        }
    }

    /// The label of where it stands.
    pub fn state(&self) -> TransactionState {
        match self.part() {
            None => TransactionState::Idle,
            Some(Part::Sending { .. } | Part::Draining) => TransactionState::Open,
            Some(Part::Offsets | Part::Committing) => TransactionState::Committing,
        }
    }
}

#[cfg(test)]
mod tests;

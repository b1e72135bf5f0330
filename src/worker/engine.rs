//! The worker's loop: reads, hands to the pool, asks the log, publishes in transactions, and gives everything back on an abort.
//!
//! It owns the transactional port. The way of a batch: Filling → Preparing → Judging → Finishing → Ready → committed, in order.
//! An abort and every change of the assignment raise the epoch: all that is in flight is void, and reading goes back to the committed offsets.
//! It polls the consumer at least every 100 ms while it waits, and never blocks on a channel.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use crate::article::{RawArticle, RawPartition};
use crate::kafka::port::{Polled, PortError, TransactionalPort};
use crate::pipeline::Prepared;
use crate::telemetry::labels::TransactionEnd;
use crate::telemetry::{Component, ComponentState, Health};
use crate::worker::log_thread::{Answer, Ask, Skips};

use super::batch::{Batch, Step};
use super::given_up::{Caution, GivenUp};
use super::patience::{Backoff, patiently};
use super::pool::{Job, Pool, Ticket};
use super::standing::TROUBLE_OVER;
use super::stats::Stats;
use super::watch::Watch;
use crate::stop::Stop;

/// Bounds of the loop.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Bytes that records in flight may hold.
    pub max_in_flight_bytes: usize,
    /// Records of a batch.
    pub batch_max_messages: usize,
    /// Bytes of raw records of a batch.
    pub batch_max_bytes: usize,
    /// How long a batch waits for more records.
    pub batch_max_wait: Duration,
    /// Batches in flight.
    pub max_batches: usize,
    /// The broker aborts a transaction after this time.
    pub transaction_timeout: Duration,
    /// How long a stop may take.
    pub shutdown_grace: Duration,
    /// A record that takes the pool longer is told of. It raises the alarm and decides nothing.
    pub slow_record: Duration,
}

impl EngineSettings {
    /// Records that may be in flight: what the pool's queues must hold, those of void epochs included.
    pub fn max_in_flight_messages(&self) -> usize {
        self.batch_max_messages * (self.max_batches + 1) * 2
    }
}

/// Why the loop ended with an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Kafka.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The log thread has ended.
    #[error("the log thread has ended")]
    LogEnded,
    /// A bound was wrong: a bug.
    #[error("the worker's own bounds failed: {0}")]
    Bounds(&'static str),
}

/// Where the transaction of the front batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Txn {
    None,
    Sending { next: usize, begun: Instant },
    Draining { begun: Instant, since: Instant },
    Offsets { begun: Instant, since: Instant },
    Committing { begun: Instant, since: Instant },
}

impl Txn {
    /// When it was begun: the broker's clock runs from then on, whatever part it is in.
    pub(super) fn begun(self) -> Option<Instant> {
        match self {
            Txn::None => None,
            Txn::Sending { begun, .. } | Txn::Draining { begun, .. } | Txn::Offsets { begun, .. } | Txn::Committing { begun, .. } => Some(begun),
        }
    }
}

/// Kafka calls that fail.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) since: Instant,
    pub(super) last: Instant,
    pub(super) reason: String,
}

/// The worker's loop.
pub struct Engine<P: TransactionalPort> {
    pub(super) port: P,
    pub(super) pool: Pool,
    pub(super) asks: Sender<Ask>,
    pub(super) answers: Receiver<Answer>,
    pub(super) skips: Skips,
    pub(super) settings: EngineSettings,
    pub(super) stats: Stats,
    pub(super) stop: Stop,
    pub(super) epoch: u64,
    pub(super) next_batch: u64,
    pub(super) batches: VecDeque<Batch<P::Metadata>>,
    /// Committed offset of each assigned partition.
    pub(super) committed: BTreeMap<RawPartition, i64>,
    /// Where reading stands.
    pub(super) reading: BTreeMap<RawPartition, i64>,
    pub(super) in_flight_bytes: usize,
    /// Records handed to the pool and not yet back, void ones included.
    pub(super) in_pool: usize,
    pub(super) txn: Txn,
    pub(super) paused: bool,
    pub(super) stalled_since: Option<Instant>,
    pub(super) backoff: Backoff,
    pub(super) lag_taken: Instant,
    pub(super) trouble: Option<Trouble>,
    pub(super) given_up: GivenUp,
    pub(super) caution: Caution,
    /// A record's event broke in the making: its batch is to be given back.
    pub(super) is_unfinished: bool,
    /// The group has said which partitions are ours, be they none.
    pub(super) has_joined: bool,
    /// When to look again where partitions stand that can't be read yet, and after which wait.
    pub(super) unsettled: Option<(Instant, Duration)>,
    pub(super) watch: Watch,
    /// The record that is being worked on for too long, if one is.
    pub(super) stuck: Option<String>,
}

impl<P: TransactionalPort> Engine<P> {
    /// A loop over a port that is initialised.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that the loop owns")]
    pub fn new(
        port: P,
        pool: Pool,
        asks: Sender<Ask>,
        answers: Receiver<Answer>,
        skips: Skips,
        settings: EngineSettings,
        stats: Stats,
        stop: Stop,
    ) -> Engine<P> {
        Engine {
            port,
            pool,
            asks,
            answers,
            skips,
            settings,
            stats,
            stop,
            epoch: 0,
            next_batch: 0,
            batches: VecDeque::new(),
            committed: BTreeMap::new(),
            reading: BTreeMap::new(),
            in_flight_bytes: 0,
            in_pool: 0,
            txn: Txn::None,
            paused: false,
            stalled_since: None,
            backoff: Backoff::default(),
            lag_taken: Instant::now(),
            trouble: None,
            given_up: GivenUp::default(),
            caution: Caution::default(),
            is_unfinished: false,
            has_joined: false,
            unsettled: None,
            watch: Watch::default(),
            stuck: None,
        }
    }

    /// Joins the group and works until the stop is asked for or an error ends it.
    /// It beats once a round.
    pub fn run(&mut self, health: &Health) -> Result<(), EngineError> {
        let result = self.start(health).and_then(|()| self.work(health));
        let result = match result {
            // Asked to stop during an outage: what was not committed is read again by whoever comes next.
            Err(EngineError::Port(PortError::Retry(reason))) if self.stop.asked() => {
                tracing::warn!(reason, "stopping during an outage");
                Ok(())
            }
            other => other,
        };
        let result = result.and_then(|()| self.shut_down(health));
        self.port.close();
        self.stats.publish_now();
        result
    }

    /// Hangs up on the log thread and ends the pool, within the rest of the grace period.
    pub fn end(self) {
        drop(self.asks);
        self.pool.stop(self.settings.shutdown_grace / 4);
    }

    fn start(&mut self, health: &Health) -> Result<(), EngineError> {
        self.patiently(health, |port| port.subscribe())
    }

    /// Repeats a call while it says `Retry`: an outage is waited for.
    pub(super) fn patiently<T>(&mut self, health: &Health, call: impl FnMut(&mut P) -> Result<T, PortError>) -> Result<T, EngineError> {
        let mut turn = |trouble: Option<&str>| {
            health.beat(Component::Worker);
            if let Some(reason) = trouble {
                self.stats.recovery_repeated();
                health.set(Component::Worker, ComponentState::Outage { reason: reason.to_owned() });
            }
        };
        Ok(patiently(&mut self.port, &self.stop, &mut turn, call)?)
    }

    fn work(&mut self, health: &Health) -> Result<(), EngineError> {
        while !self.stop.asked() {
            health.beat(Component::Worker);
            self.round(true, health)?;
        }
        Ok(())
    }

    /// Publishes what is in hand within half the grace period, else gives it back; then leaves the group.
    fn shut_down(&mut self, health: &Health) -> Result<(), EngineError> {
        let deadline = Instant::now() + self.settings.shutdown_grace / 2;
        self.close_filling();
        while !self.batches.is_empty() && Instant::now() < deadline {
            health.beat(Component::Worker);
            self.round(false, health)?;
        }
        if self.txn != Txn::None {
            // What was not committed is read again by whoever comes next.
            if let Err(error) = self.port.abort() {
                tracing::warn!(%error, "abort at shutdown failed; the next instance of this name aborts it");
            }
            self.stats.transaction(TransactionEnd::AbortedShutdown);
        }
        self.drop_batches();
        Ok(())
    }

    /// One turn of the loop.
    fn round(&mut self, reading: bool, health: &Health) -> Result<(), EngineError> {
        let started = Instant::now();
        self.take_results()?;
        self.take_answers()?;
        if std::mem::take(&mut self.is_unfinished) {
            self.abort_open(health)?;
            self.give_back(TransactionEnd::AbortedError, health)?;
        }
        self.close_if_due();
        self.ask()?;
        self.publish(health)?;
        self.stats.transaction_state(self.txn);
        self.stats.busy(started.elapsed());
        self.read(reading, health)?;
        if self.lag_taken.elapsed() >= Duration::from_secs(1) {
            self.lag_taken = Instant::now();
            self.look_around(health);
        }
        if self.txn == Txn::None && self.unsettled.is_some_and(|(at, _)| Instant::now() >= at) {
            self.drop_batches();
            self.go_back(health)?;
        }
        self.stats.waiting(self.pool.depth(), self.batches.iter().filter(|b| b.step == Step::Judging).count());
        self.stats.charged(self.in_flight_bytes);
        self.stats.publish();
        Ok(())
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    fn may_read(&self) -> bool {
        let filling = self.batches.back().is_some_and(|b| b.step == Step::Filling);
        let room = filling || self.batches.len() < self.settings.max_batches;
        // What the log holds now comes back to the pool as well: room for all batches must stay.
        let held_back = self.settings.batch_max_messages * self.settings.max_batches;
        let pool = self.in_pool + held_back < self.settings.max_in_flight_messages();
        room && pool && self.in_flight_bytes < self.settings.max_in_flight_bytes
    }

    fn read(&mut self, reading: bool, health: &Health) -> Result<(), EngineError> {
        let now = Instant::now();
        if reading && self.may_read() {
            self.stalled_since = None;
            if std::mem::take(&mut self.paused) {
                self.port.resume()?;
            }
            // Records that are there are taken at once, up to what may be read; the first is waited for.
            let mut timeout = if self.is_idle() { Duration::from_millis(50) } else { Duration::from_millis(1) };
            for _ in 0..64 {
                if !self.poll(timeout, health)? || !self.may_read() {
                    return Ok(());
                }
                timeout = Duration::ZERO;
            }
            return Ok(());
        }
        // Not polling is the first way of holding back; it must not last, or rebalances would go unheard.
        let since = *self.stalled_since.get_or_insert(now);
        self.wait_for_results(Duration::from_millis(1))?;
        self.stats.backpressure(now.elapsed());
        if now.duration_since(since) >= Duration::from_millis(100) || !reading {
            if !self.paused {
                self.port.pause()?;
                self.paused = true;
            }
            self.poll(Duration::ZERO, health)?;
            self.stalled_since = Some(now);
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.batches.is_empty() && self.in_pool == 0 && self.txn == Txn::None
    }

    /// Polls once. `false` where nothing came.
    fn poll(&mut self, timeout: Duration, health: &Health) -> Result<bool, EngineError> {
        match self.port.poll(timeout) {
            Ok(Polled::Record(raw)) => {
                // One partition may be in trouble while others are read: only the brokers' silence is over.
                if self.port.is_reachable() && self.trouble.as_ref().is_some_and(|t| t.last.elapsed() > TROUBLE_OVER) {
                    self.trouble = None;
                }
                self.take_record(raw).map(|()| true)
            }
            Ok(Polled::Rebalanced(change)) => self.rebalanced(change, health).map(|()| true),
            Ok(Polled::Nothing) => Ok(false),
            Err(PortError::Retry(reason)) => {
                self.stats.read_failed(&reason);
                self.in_trouble(reason);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn take_record(&mut self, raw: RawArticle) -> Result<(), EngineError> {
        let partition = raw.origin.place();
        let Some(&position) = self.reading.get(&partition) else {
            // Of a partition that was given up: its next owner reads it.
            return Ok(());
        };
        if raw.origin.offset < position {
            // Read before the rewind took effect.
            return Ok(());
        }
        self.stats.consumed(raw.size());
        self.reading.insert(partition, raw.origin.offset + 1);
        if self.batches.back().is_none_or(|b| b.step != Step::Filling) {
            let metadata = self.port.metadata()?;
            self.batches.push_back(Batch::new(self.next_batch, metadata, Instant::now()));
            self.next_batch += 1;
        }
        let raw = Arc::new(raw);
        let identity = raw.identity();
        // What was given up here has a skip in the log soon: why it was given up is known better here.
        let given_up = self.given_up.letter(&identity).cloned().map(Prepared::Refused);
        let given_up = given_up.or_else(|| self.skips.contains(&identity).then(Prepared::skipped));
        let epoch = self.epoch;
        let batch = self.batches.back_mut().ok_or(EngineError::Bounds("no batch to fill"))?;
        let held = self.pool.most_bytes(&raw);
        let index = batch.add(raw.clone(), position, held);
        self.in_flight_bytes += held;
        if let Some(prepared) = given_up {
            batch.items[index].prepared = Some(Box::new(prepared));
            self.close_if_due();
            return Ok(());
        }
        batch.outstanding += 1;
        batch.items[index].in_pool = true;
        let ticket = Ticket { epoch, batch: batch.id, index, held };
        self.in_pool += 1;
        if !self.pool.submit(Job::Prepare(ticket, raw)) {
            return Err(EngineError::Bounds("the pool's queue is full"));
        }
        self.close_if_due();
        Ok(())
    }

    fn close_if_due(&mut self) {
        let Some(batch) = self.batches.back() else {
            return;
        };
        let full = batch.items.len() >= self.caution.limit(self.settings.batch_max_messages) || batch.bytes >= self.settings.batch_max_bytes;
        // While others are on their way the batch may grow: a transaction costs the same whatever its size.
        let alone = self.batches.len() == 1;
        let waited = batch.opened.elapsed() >= self.settings.batch_max_wait;
        let starved = self.in_flight_bytes >= self.settings.max_in_flight_bytes;
        if batch.step == Step::Filling && (full || starved || (waited && alone)) {
            self.close_filling();
        }
    }

    fn close_filling(&mut self) {
        let Some(batch) = self.batches.back_mut().filter(|b| b.step == Step::Filling) else {
            return;
        };
        batch.step = Step::Preparing;
        let positions = self.port.positions();
        for (partition, end) in &mut batch.end {
            // Every record that was polled is in a batch, so the client's position is past transaction markers but past no other record.
            *end = positions.get(partition).copied().unwrap_or(*end).max(*end);
            self.reading.insert(partition.clone(), *end);
        }
    }
}

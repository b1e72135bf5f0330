//! The worker's loop: reads, hands to the pool, asks the log, publishes in transactions, and gives everything back on an abort.
//!
//! It drives what it owns: what is in flight (`in_flight`) and the transaction with its port (`transaction`). An abort and every change of the assignment
//! make void all that is in flight, and reading goes back to the committed offsets (`recover`).
//! It polls the consumer at least every 100 ms while it waits, and never blocks on a channel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use crate::article::RawArticle;
use crate::kafka::port::{Polled, PortError, TransactionalPort};
use crate::pipeline::Prepared;
use crate::telemetry::labels::TransactionEnd;
use crate::worker::log_thread::{Answer, Ask, Skips};

use super::given_up::{Caution, GivenUp};
use super::in_flight::InFlight;
use super::patience::{Backoff, Patience};
use super::pool::{Job, Pool};
use super::standing::Trouble;
use super::stats::Stats;
use super::transaction::Transaction;
use super::watch::Watch;

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

/// The worker's loop.
pub(super) struct Engine<'w, P: TransactionalPort> {
    pub transaction: Transaction<P>,
    pub in_flight: InFlight<P::Metadata>,
    pub pool: Pool,
    pub log: LogLines,
    pub settings: EngineSettings,
    pub stats: Stats,
    pub patience: Patience<'w>,
    pub paused: bool,
    pub stalled_since: Option<Instant>,
    pub backoff: Backoff,
    pub looked_around: Instant,
    pub trouble: Option<Trouble>,
    pub given_up: GivenUp,
    pub caution: Caution,
    /// A record's event broke in the making: its batch is to be given back.
    pub is_unfinished: bool,
    /// The group has said which partitions are ours, be they none.
    pub has_joined: bool,
    /// When to look again where partitions stand that can't be read yet, and after which wait.
    pub unsettled: Option<(Instant, Duration)>,
    pub watch: Watch,
    /// The record that is being worked on for too long, if one is.
    pub stuck: Option<String>,
}

/// The loop's ends of the log thread's channels.
#[derive(Debug)]
pub(super) struct LogLines {
    pub asks: Sender<Ask>,
    pub answers: Receiver<Answer>,
    pub skips: Skips,
}

impl<'w, P: TransactionalPort> Engine<'w, P> {
    /// A loop over a port that is initialised.
    pub fn new(port: P, pool: Pool, log: LogLines, settings: EngineSettings, stats: Stats, patience: Patience<'w>) -> Engine<'w, P> {
        Engine {
            transaction: Transaction::new(port, settings.transaction_timeout),
            in_flight: InFlight::new(settings.clone()),
            pool,
            log,
            settings,
            stats,
            patience,
            paused: false,
            stalled_since: None,
            backoff: Backoff::default(),
            looked_around: Instant::now(),
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
    pub fn run(&mut self) -> Result<(), EngineError> {
        let result = match self.patiently(|port| port.subscribe()).and_then(|()| self.work()) {
            // Asked to stop during an outage: what was not committed is read again by whoever comes next.
            Err(EngineError::Port(PortError::Retry(reason))) if self.patience.stop.asked() => {
                tracing::warn!(reason, "stopping during an outage");
                Ok(())
            }
            other => other,
        };
        let result = result.and_then(|()| self.shut_down());
        self.transaction.port.close();
        self.stats.publish_now();
        result
    }

    /// Hangs up on the log thread and ends the pool, within the rest of the grace period.
    pub fn end(self) {
        drop(self.log);
        self.pool.stop(self.settings.shutdown_grace / 4);
    }

    fn work(&mut self) -> Result<(), EngineError> {
        while !self.patience.stop.asked() {
            self.round(true)?;
        }
        Ok(())
    }

    /// Publishes what is in hand within half the grace period, else gives it back; then leaves the group.
    fn shut_down(&mut self) -> Result<(), EngineError> {
        let deadline = Instant::now() + self.settings.shutdown_grace / 2;
        self.close_filling();
        while !self.in_flight.is_empty() && Instant::now() < deadline {
            self.round(false)?;
        }
        if self.transaction.is_open() {
            // What was not committed is read again by whoever comes next.
            if let Err(error) = self.transaction.port.abort() {
                tracing::warn!(%error, "abort at shutdown failed; the next instance of this name aborts it");
            }
            self.stats.transaction(TransactionEnd::AbortedShutdown);
        }
        self.drop_batches();
        Ok(())
    }

    /// One turn of the loop.
    fn round(&mut self, reading: bool) -> Result<(), EngineError> {
        self.patience.beat();
        let started = Instant::now();
        self.take_results()?;
        self.take_answers()?;
        if std::mem::take(&mut self.is_unfinished) {
            self.abort()?;
            self.give_back(TransactionEnd::AbortedError)?;
        }
        self.close_if_due();
        self.ask()?;
        self.publish()?;
        self.stats.transaction_state(self.transaction.state());
        self.stats.busy(started.elapsed());
        self.read(reading)?;
        if self.looked_around.elapsed() >= Duration::from_secs(1) {
            self.looked_around = Instant::now();
            self.look_around();
        }
        if !self.transaction.is_open() && self.unsettled.is_some_and(|(at, _)| Instant::now() >= at) {
            self.drop_batches();
            self.go_back()?;
        }
        self.stats.waiting(self.pool.depth(), self.in_flight.judging());
        self.stats.charged(self.in_flight.bytes());
        self.stats.publish();
        Ok(())
    }

    fn read(&mut self, reading: bool) -> Result<(), EngineError> {
        let now = Instant::now();
        if reading && self.in_flight.may_read() {
            self.stalled_since = None;
            if std::mem::take(&mut self.paused) {
                self.transaction.port.resume()?;
            }
            // Records that are there are taken at once, up to what may be read; the first is waited for.
            let is_idle = self.in_flight.is_idle() && !self.transaction.is_open();
            let mut timeout = Duration::from_millis(if is_idle { 50 } else { 1 });
            for _ in 0..64 {
                if !self.poll(timeout)? || !self.in_flight.may_read() {
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
                self.transaction.port.pause()?;
                self.paused = true;
            }
            self.poll(Duration::ZERO)?;
            self.stalled_since = Some(now);
        }
        Ok(())
    }

    /// Polls once. `false` where nothing came.
    fn poll(&mut self, timeout: Duration) -> Result<bool, EngineError> {
        match self.transaction.port.poll(timeout) {
            Ok(Polled::Record(raw)) => {
                // One partition may be in trouble while others are read: only the brokers' silence is over.
                if self.transaction.port.is_reachable() {
                    self.forget_old_trouble();
                }
                self.take_record(raw).map(|()| true)
            }
            Ok(Polled::Rebalanced(change)) => self.rebalanced(&change).map(|()| true),
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
        if !self.in_flight.wants(&raw.origin) {
            return Ok(());
        }
        self.stats.consumed(raw.size());
        if !self.in_flight.is_filling() {
            self.in_flight.open(self.transaction.port.metadata()?);
        }
        let identity = raw.identity();
        // What was given up here has a skip in the log soon: why it was given up is known better here.
        let given_up = self.given_up.letter(&identity).cloned().map(Prepared::Refused);
        let given_up = given_up.or_else(|| self.log.skips.contains(&identity).then(Prepared::skipped));
        let held = self.pool.most_bytes(&raw);
        if let Some(job) = self.in_flight.add(Arc::new(raw), held, given_up)? {
            self.submit(job)?;
        }
        self.close_if_due();
        Ok(())
    }

    pub fn submit(&self, job: Job) -> Result<(), EngineError> {
        if self.pool.submit(job) { Ok(()) } else { Err(EngineError::Bounds("the pool's queue is full")) }
    }

    fn close_if_due(&mut self) {
        if self.in_flight.is_due(self.caution.limit(self.settings.batch_max_messages)) {
            self.close_filling();
        }
    }

    fn close_filling(&mut self) {
        self.in_flight.close(|| self.transaction.port.positions());
    }
}

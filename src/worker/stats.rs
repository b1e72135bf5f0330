//! The worker thread's books: one method an event, which keeps the numbers that `/metrics` shows. Only the loop calls them.
//!
//! A snapshot is published whole, so every scrape adds up: consumed − rewound = outcomes + in flight.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::article::{DeadLetterCode, DuplicateKind, Millis, Stage};
use crate::kafka::port::Lag;
use crate::pipeline::{Fate, OutputRecord};
use crate::telemetry::labels::{
    Client, ErrorCode, ErrorStage, OutcomeLabel, OutputKind, Phase, Queue, Rebalance, TimedStage, TransactionEnd, TransactionState,
};
use crate::telemetry::{ClientStats, Committed, Metrics, PartitionLag, WorkerSnapshot};

/// A snapshot is published so often at most, but for the end.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(20);

/// The books.
#[derive(Debug)]
pub struct Stats {
    metrics: Arc<Metrics>,
    snapshot: WorkerSnapshot,
    published: Instant,
}

impl Stats {
    /// Empty books that are published to `metrics`.
    pub fn new(metrics: Arc<Metrics>, in_flight_bytes_limit: usize, pool_threads: usize) -> Stats {
        let snapshot = WorkerSnapshot { inflight_bytes_limit: in_flight_bytes_limit as u64, pool_threads: pool_threads as u64, ..WorkerSnapshot::default() };
        Stats { metrics, snapshot, published: Instant::now() }
    }

    /// Publishes the books, if it is time to.
    pub fn publish(&mut self, pool_depth: usize, batches: usize) {
        if self.published.elapsed() >= PUBLISH_INTERVAL {
            self.snapshot.queues.set(Queue::PoolRequests, pool_depth as u64);
            self.snapshot.queues.set(Queue::LogRequests, batches as u64);
            self.publish_now();
        }
    }

    /// Publishes the books.
    pub fn publish_now(&mut self) {
        self.published = Instant::now();
        self.metrics.publish_worker(self.snapshot.clone());
    }

    /// A record was read.
    pub fn consumed(&mut self, bytes: usize) {
        self.snapshot.record_read(bytes as u64);
    }

    /// Records were given back.
    pub fn rewound(&mut self, records: usize, bytes: usize) {
        self.snapshot.records_rewound(records as u64, bytes as u64);
    }

    /// A `published` or `updated` event was committed.
    pub fn article(&mut self, updated: bool, raw_bytes: usize, record: &OutputRecord) {
        let kind = if updated { OutputKind::Updated } else { OutputKind::Published };
        self.snapshot.record_committed(OutcomeLabel::Published, kind, raw_bytes as u64, record.size() as u64);
    }

    /// A duplicate was committed.
    pub fn duplicate(&mut self, kind: DuplicateKind, raw_bytes: usize, record: &OutputRecord) {
        self.snapshot.duplicates.inc(kind);
        self.snapshot.record_committed(OutcomeLabel::Duplicate, OutputKind::Duplicate, raw_bytes as u64, record.size() as u64);
    }

    /// A withdrawal was committed.
    pub fn withdrawn(&mut self, raw_bytes: usize, record: &OutputRecord) {
        self.snapshot.record_committed(OutcomeLabel::Withdrawn, OutputKind::Withdrawn, raw_bytes as u64, record.size() as u64);
    }

    /// A dead letter was committed.
    pub fn dead_letter(&mut self, stage: Stage, code: DeadLetterCode, raw_bytes: usize, record: &OutputRecord) {
        self.snapshot.dead_letters.inc(stage, code);
        self.snapshot.record_committed(OutcomeLabel::DeadLettered, OutputKind::DeadLetter, raw_bytes as u64, record.size() as u64);
    }

    /// When a committed record was received, and when its publisher published it.
    pub fn times(&mut self, received: i64, published: Option<Millis>) {
        self.snapshot.record_times(Timestamp::now().as_millisecond(), received, published.map(|p| p.0));
    }

    /// A committed record, for the status page. It takes the record over: nothing is copied.
    pub fn keep(&mut self, fate: Fate, received: i64, record: OutputRecord) {
        if !self.metrics.recent().is_on() {
            return;
        }
        let kind = match fate {
            Fate::Published { updated: true, .. } => OutputKind::Updated,
            Fate::Published { updated: false, .. } => OutputKind::Published,
            Fate::Duplicate(_) => OutputKind::Duplicate,
            Fate::Withdrawn => OutputKind::Withdrawn,
            Fate::DeadLetter(..) => OutputKind::DeadLetter,
        };
        let OutputRecord { key, value, headers, .. } = record;
        let now = Timestamp::now().as_millisecond();
        self.metrics.recent().push(Committed::new(kind, received, now, key, value, headers));
    }

    /// Unknown keys of a committed record's envelope.
    pub fn unknown_keys(&mut self, keys: u32) {
        self.snapshot.unknown_keys += u64::from(keys);
    }

    /// Records whose entry stood in the log before they were read.
    pub fn reread(&mut self, records: u64) {
        self.snapshot.reread += records;
    }

    /// A record took longer on the pool than anybody likes.
    pub fn slow_record(&mut self) {
        self.snapshot.slow_records += 1;
    }

    /// A committed record that would be refused now.
    pub fn late_refusal(&mut self) {
        self.snapshot.late_refusals += 1;
    }

    /// A batch was closed.
    pub fn batch(&mut self, records: usize, bytes: usize) {
        self.snapshot.batch_messages.observe(records as u64);
        self.snapshot.batch_bytes.observe(bytes as u64);
    }

    /// The pool worked on a record.
    pub fn worked(&mut self, stage: TimedStage, seconds: f64) {
        let time = Duration::from_secs_f64(seconds);
        self.snapshot.stages.of(stage).observe_duration(time);
        self.snapshot.pool_busy_micros += micros(time);
    }

    /// A batch waited for the log.
    pub fn judged(&mut self, time: Duration) {
        self.snapshot.stages.of(TimedStage::Judge).observe_duration(time);
    }

    /// A part of a transaction is over.
    pub fn phase(&mut self, phase: Phase, time: Duration) {
        self.snapshot.phases.of(phase).observe_duration(time);
    }

    /// A transaction, or the work on one, has ended.
    pub fn transaction(&mut self, end: TransactionEnd) {
        self.snapshot.transactions.inc(end);
    }

    /// An error of the worker.
    pub fn error(&mut self, stage: ErrorStage, code: ErrorCode) {
        self.snapshot.errors.inc(stage, code);
    }

    /// Reading was held back.
    pub fn backpressure(&mut self, time: Duration) {
        self.snapshot.backpressure_micros += micros(time);
    }

    /// The loop worked, and did not wait.
    pub fn busy(&mut self, time: Duration) {
        self.snapshot.busy_micros += micros(time);
    }

    /// The group changed the assignment.
    pub fn rebalance(&mut self, change: Rebalance, time: Duration) {
        self.snapshot.rebalances.inc(change);
        self.snapshot.rebalance_duration.observe_duration(time);
    }

    /// These partitions are assigned now; the series of all others end.
    pub fn assigned(&mut self, partitions: &[i32]) {
        self.snapshot.partitions.retain(|p, _| partitions.contains(p));
        for partition in partitions {
            self.snapshot.partitions.entry(*partition).or_default();
        }
    }

    /// How far behind the assigned partitions are.
    pub fn lag(&mut self, lag: &[Lag], oldest: impl Fn(i32) -> Option<i64>) {
        for Lag { partition, messages } in lag {
            if let Some(entry) = self.snapshot.partitions.get_mut(partition) {
                *entry = PartitionLag { messages: u64::try_from(*messages).unwrap_or(0), oldest_millis: oldest(*partition) };
            }
        }
    }

    /// What the client library tells of its clients.
    pub fn clients(&mut self, told: Vec<(Client, ClientStats)>) {
        self.snapshot.clients.extend(told);
    }

    /// Where the transaction stands.
    pub fn transaction_state(&mut self, state: TransactionState) {
        self.snapshot.transaction_state = state;
    }

    /// Partitions assigned, and seconds by which the oldest waiting record is behind.
    pub fn standing(&self) -> (usize, u64) {
        let now = Timestamp::now().as_millisecond();
        let oldest = self.snapshot.partitions.values().filter_map(|lag| lag.oldest_millis).min();
        let seconds = oldest.map_or(0, |oldest| u64::try_from((now - oldest) / 1000).unwrap_or(0));
        (self.snapshot.partitions.len(), seconds)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

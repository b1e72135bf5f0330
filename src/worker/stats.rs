//! The worker thread's books: one method an occurrence, which counts it for `/metrics` and writes its log line where it has one.
//! Only the loop calls them, and nothing else counts or logs what they do.
//!
//! A snapshot is published whole, so every scrape adds up: consumed − rewound = outcomes + in flight.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::article::{DeadLetterCode, DuplicateKind, Millis, Origin, OutputRecord, RawPartition, Stage, Warning};
use crate::kafka::port::{Lag, Rebalance};
use crate::pipeline::Fate;
use crate::telemetry::labels::{
    Client, ErrorCode, ErrorStage, OutcomeLabel, OutputKind, Phase, Queue, Rebalance as GroupChange, TimedStage, TransactionEnd, TransactionState,
};
use crate::telemetry::{ClientStats, Committed, Metrics, WorkerSnapshot};

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
        let snapshot = WorkerSnapshot { charged_bytes_limit: in_flight_bytes_limit as u64, pool_threads: pool_threads as u64, ..WorkerSnapshot::default() };
        Stats { metrics, snapshot, published: Instant::now() }
    }

    /// Publishes the books, if it is time to.
    pub fn publish(&mut self) {
        if self.published.elapsed() >= PUBLISH_INTERVAL {
            self.publish_now();
        }
    }

    /// What waits: records for a thread of the pool, batches for their verdicts.
    pub fn waiting(&mut self, pool: usize, log: usize) {
        self.snapshot.queues.set(Queue::Pool, pool as u64);
        self.snapshot.queues.set(Queue::Log, log as u64);
    }

    /// Memory that records in flight are charged with, in bytes.
    pub fn charged(&mut self, bytes: usize) {
        self.snapshot.charged_bytes = bytes as u64;
    }

    /// How long the pool has been at the record that it has been at the longest; `None` where it is at none.
    pub fn oldest_running(&mut self, age: Option<Duration>) {
        let now = Timestamp::now().as_millisecond();
        self.snapshot.oldest_running_millis = age.map(|age| now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)));
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
    pub fn slow_record(&mut self, origin: &Origin, seconds: f64) {
        tracing::warn!(topic = %origin.topic, partition = origin.partition, offset = origin.offset, seconds, "slow record");
        self.snapshot.slow_records += 1;
    }

    /// Warnings of a committed article.
    pub fn warnings(&mut self, warnings: &[Warning]) {
        warnings.iter().for_each(|warning| self.snapshot.warnings.inc(*warning));
    }

    /// A broker refused the output record of this raw record for good; a dead letter takes its place.
    pub fn output_refused(&mut self, origin: &Origin, reason: &str) {
        tracing::warn!(topic = %origin.topic, partition = origin.partition, offset = origin.offset, reason, "a broker refuses what this record became: a dead letter takes its place");
        self.snapshot.refused_outputs += 1;
    }

    /// A committed record that would be refused now.
    pub fn late_refusal(&mut self) {
        self.snapshot.late_refusals += 1;
    }

    /// A batch was committed.
    pub fn batch(&mut self, records: usize, bytes: usize) {
        self.snapshot.batch_messages.observe(records as u64);
        self.snapshot.batch_bytes.observe(bytes as u64);
    }

    /// The pool worked on a record.
    pub fn worked(&mut self, stage: TimedStage, seconds: f64) {
        self.snapshot.stages.of(stage).observe_duration(Duration::from_secs_f64(seconds));
        self.pool_busy(seconds);
    }

    /// The pool worked, be it on a record that was given back meanwhile.
    pub fn pool_busy(&mut self, seconds: f64) {
        self.snapshot.pool_busy_micros += micros(Duration::from_secs_f64(seconds));
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

    /// Reading the raw topic failed, and is tried again.
    pub fn read_failed(&mut self, reason: &str) {
        tracing::debug!(reason, "reading failed, trying again");
        self.snapshot.errors.inc(ErrorStage::Read, ErrorCode::Retriable);
    }

    /// A call of the transaction is to be repeated.
    pub fn call_repeated(&mut self, stage: ErrorStage, reason: &str) {
        tracing::debug!(reason, "transaction call to be repeated");
        self.snapshot.errors.inc(stage, ErrorCode::Retriable);
    }

    /// A call of the transaction asks for its abort.
    pub fn call_aborts(&mut self, stage: ErrorStage, reason: &str) {
        tracing::warn!(reason, "aborting the transaction");
        self.snapshot.errors.inc(stage, ErrorCode::Abortable);
    }

    /// The producer is beyond use: a new one is made.
    pub fn producer_failed(&mut self, stage: ErrorStage, reason: &str) {
        tracing::warn!(reason, "producer failed, making a new one");
        self.snapshot.errors.inc(stage, ErrorCode::Fatal);
    }

    /// An abort is to be repeated.
    pub fn abort_repeated(&mut self, reason: &str) {
        tracing::warn!(reason, "abort to be repeated");
        self.snapshot.errors.inc(ErrorStage::Abort, ErrorCode::Retriable);
    }

    /// An abort is beyond this producer: a new one is made.
    pub fn abort_failed(&mut self, reason: &str) {
        tracing::warn!(reason, "abort failed, making a new producer");
        self.snapshot.errors.inc(ErrorStage::Abort, ErrorCode::Fatal);
    }

    /// Going back to the committed offsets, or making a new producer, is to be repeated. Who repeats it writes the log line.
    pub fn recovery_repeated(&mut self) {
        self.snapshot.errors.inc(ErrorStage::Recover, ErrorCode::Retriable);
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
    pub fn rebalance(&mut self, change: &Rebalance) {
        let names = |partitions: &[RawPartition]| partitions.iter().map(RawPartition::to_string).collect::<Vec<_>>();
        self.snapshot.rebalances.inc(match change {
            Rebalance::Assigned(partitions) => {
                tracing::info!(partitions = ?names(partitions), "partitions assigned");
                GroupChange::Assign
            }
            Rebalance::Revoked(partitions) => {
                tracing::info!(partitions = ?names(partitions), "partitions revoked");
                GroupChange::Revoke
            }
            Rebalance::Lost(partitions) => {
                tracing::warn!(partitions = ?names(partitions), "assignment lost");
                GroupChange::Lost
            }
        });
    }

    /// The change of the assignment has taken effect.
    pub fn rebalanced(&mut self, time: Duration) {
        self.snapshot.rebalance_duration.observe_duration(time);
    }

    /// These partitions are assigned now; the series of all others end.
    pub fn assigned(&mut self, partitions: &[RawPartition]) {
        self.snapshot.partitions.retain(|p, _| partitions.contains(p));
        for partition in partitions {
            self.snapshot.partitions.entry(partition.clone()).or_default();
        }
    }

    /// How far behind the assigned partitions are. `oldest` is the timestamp of the first record in hand of a partition.
    ///
    /// Where none is in hand and some wait, the first of them is either one that was given back, whose time is known from before, or one
    /// that was not read yet: of that one no more is known than since when it is seen to wait.
    pub fn lag(&mut self, lag: &[Lag], oldest: impl Fn(&RawPartition) -> Option<i64>) {
        let now = Timestamp::now().as_millisecond();
        for Lag { partition, messages } in lag {
            if let Some(entry) = self.snapshot.partitions.get_mut(partition) {
                entry.messages = u64::try_from(*messages).unwrap_or(0);
                // A record without a timestamp has a negative one.
                let in_hand = oldest(partition).filter(|time| *time >= 0);
                entry.oldest_millis = in_hand.or((*messages > 0).then(|| entry.oldest_millis.unwrap_or(now)));
            }
        }
    }

    /// Records of a partition were committed: what waits there now is another.
    pub fn committed_in(&mut self, partition: &RawPartition) {
        if let Some(entry) = self.snapshot.partitions.get_mut(partition) {
            entry.oldest_millis = None;
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

    /// The abort begins. It is published at once: the loop does not come round until the abort is over.
    pub fn aborting(&mut self) {
        self.snapshot.transaction_state = TransactionState::Aborting;
        self.publish_now();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{BuildInfo, Health};

    fn place() -> RawPartition {
        RawPartition::new("news.raw", 3)
    }

    fn stats() -> Stats {
        let health = Arc::new(Health::new(Duration::from_secs(60)));
        let mut stats = Stats::new(Arc::new(Metrics::new(BuildInfo::new("none", "none"), vec!["news.raw".into()], health)), 1 << 20, 1);
        stats.assigned(&[place()]);
        stats
    }

    fn oldest(stats: &Stats) -> Option<i64> {
        stats.snapshot.partitions[&place()].oldest_millis
    }

    fn behind(messages: i64) -> [Lag; 1] {
        [Lag { partition: place(), messages }]
    }

    #[test]
    fn the_age_is_that_of_the_record_in_hand() {
        let mut stats = stats();
        stats.lag(&behind(9), |_| Some(1_700_000_000_000));
        assert_eq!(oldest(&stats), Some(1_700_000_000_000));
        stats.lag(&behind(0), |_| None);
        assert_eq!(oldest(&stats), None, "caught up");
    }

    #[test]
    fn a_record_that_was_given_back_is_as_old_as_it_was() {
        let mut stats = stats();
        stats.lag(&behind(9), |_| Some(1_700_000_000_000));
        stats.lag(&behind(9), |_| None);
        assert_eq!(oldest(&stats), Some(1_700_000_000_000));
    }

    #[test]
    fn a_record_that_was_not_read_is_as_old_as_it_is_seen_to_wait() {
        let mut stats = stats();
        stats.lag(&behind(9), |_| Some(1_700_000_000_000));
        stats.committed_in(&place());
        let before = Timestamp::now().as_millisecond();
        stats.lag(&behind(2), |_| None);
        let seen = oldest(&stats).unwrap();
        assert!(seen >= before, "the one that was committed was another");
        std::thread::sleep(Duration::from_millis(5));
        stats.lag(&behind(2), |_| None);
        assert_eq!(oldest(&stats), Some(seen), "it grows");
        // No timestamp is no time.
        stats.lag(&behind(2), |_| Some(-1));
        assert_eq!(oldest(&stats), Some(seen));
    }

    #[test]
    fn the_oldest_running_record_grows_older() {
        let mut stats = stats();
        stats.oldest_running(Some(Duration::from_secs(40)));
        let since = stats.snapshot.oldest_running_millis.unwrap();
        let age = Timestamp::now().as_millisecond() - since;
        assert!((40_000..45_000).contains(&age), "{age}");
        stats.oldest_running(None);
        assert_eq!(stats.snapshot.oldest_running_millis, None);
    }
}

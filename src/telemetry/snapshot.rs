//! What the two Kafka threads count: plain structs, each filled by its thread alone and published as one value.
//!
//! The law of conservation holds in every published [`WorkerSnapshot`]: what was read and not given back has an outcome or is
//! in flight. Change the parts of it together, between two publications, best by the methods here.

use std::collections::BTreeMap;

use crate::article::RawPartition;
use crate::article::{DeadLetterCode, DuplicateKind, Stage, Warning};

use super::histogram::{self, Histogram, HistogramBy};
use super::labels::{
    Client, Counts, Counts2, ErrorCode, ErrorStage, OutcomeLabel, OutputKind, Phase, Queue, Rebalance, TimedStage, TransactionEnd, TransactionState, VoidReason,
};

/// How far one assigned partition is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionLag {
    /// Last stable offset − committed position.
    pub messages: u64,
    /// Timestamp (milliseconds) of the oldest record that is not committed, or since when one is seen to wait that was not read yet;
    /// `None` where none waits.
    pub oldest_millis: Option<i64>,
}

/// What the worker thread counts. Counters only grow; all times are milliseconds since the epoch.
#[derive(Clone, Debug)]
pub struct WorkerSnapshot {
    /// Records read, those included that were given back later.
    pub consumed: u64,
    /// Bytes of them: key, value, headers.
    pub consumed_bytes: u64,
    /// Records given back: their transaction was aborted or their partition went, and they are read again, here or elsewhere.
    pub rewound: u64,
    /// Records whose transaction was committed, by outcome.
    pub outcomes: Counts<OutcomeLabel>,
    /// Records read and neither committed nor given back.
    pub inflight_messages: u64,
    /// Their bytes as they were read.
    pub inflight_bytes: u64,
    /// Memory that records are charged with, those included that were given back and that the pool still holds.
    pub charged_bytes: u64,
    /// At so much charged memory reading is held back.
    pub charged_bytes_limit: u64,

    /// Output records, committed.
    pub published: Counts<OutputKind>,
    /// Bytes of them.
    pub published_bytes: Counts<OutputKind>,
    /// Copies, committed.
    pub duplicates: Counts<DuplicateKind>,
    /// Dead letters, committed.
    pub dead_letters: Counts2<Stage, DeadLetterCode>,
    /// Records whose entry stood in the log before they were read: a crash or a rebalance came between.
    pub reread: u64,
    /// Records published although they would be refused now (`late_refusal`).
    pub late_refusals: u64,
    /// Envelope keys that are not of the contract.
    pub unknown_keys: u64,
    /// Warnings of committed articles.
    pub warnings: Counts<Warning>,
    /// Output records that a broker refused for good.
    pub refused_outputs: u64,
    /// Records whose timestamp or publication time lies in the future: left out of latency and age.
    pub bad_times: u64,
    /// Calls to Kafka that failed.
    pub errors: Counts2<ErrorStage, ErrorCode>,
    /// Records that took longer than the watchdog likes.
    pub slow_records: u64,
    /// Since when (milliseconds) the pool has been at the record that it has been at the longest; `None` where it is at none.
    pub oldest_running_millis: Option<i64>,

    /// Seconds a record spends in each stage.
    pub stages: HistogramBy<TimedStage>,
    /// Records of a committed batch.
    pub batch_messages: Histogram,
    /// Bytes of a committed batch.
    pub batch_bytes: Histogram,
    /// Parts of a transaction.
    pub phases: HistogramBy<Phase>,
    /// Transactions by their end.
    pub transactions: Counts<TransactionEnd>,
    /// Where the transaction stands.
    pub transaction_state: TransactionState,
    /// From the raw record's timestamp to the commit.
    pub latency: Histogram,
    /// From the article's publication time to the commit.
    pub event_age: Histogram,
    /// When a transaction was last committed.
    pub last_committed_millis: Option<i64>,
    /// The newest raw record's timestamp among committed ones.
    pub last_record_millis: Option<i64>,

    /// The assigned partitions of the raw topics. A partition that is taken away is taken out, and its series end.
    pub partitions: BTreeMap<RawPartition, PartitionLag>,
    /// What the group did.
    pub rebalances: Counts<Rebalance>,
    /// How long the hand-over took.
    pub rebalance_duration: Histogram,

    /// Microseconds that reading was held up because a bound was reached.
    pub backpressure_micros: u64,
    /// Microseconds that the worker thread worked (and did not wait).
    pub busy_micros: u64,
    /// Microseconds that the pool's threads worked, summed.
    pub pool_busy_micros: u64,
    /// Threads of the pool.
    pub pool_threads: u64,
    /// What waits in each queue.
    pub queues: Counts<Queue>,
    /// The clients of this thread.
    pub clients: BTreeMap<Client, ClientStats>,
}

impl Default for WorkerSnapshot {
    fn default() -> Self {
        WorkerSnapshot {
            consumed: 0,
            consumed_bytes: 0,
            rewound: 0,
            outcomes: Counts::default(),
            inflight_messages: 0,
            inflight_bytes: 0,
            charged_bytes: 0,
            charged_bytes_limit: 0,
            published: Counts::default(),
            published_bytes: Counts::default(),
            duplicates: Counts::default(),
            dead_letters: Counts2::default(),
            reread: 0,
            late_refusals: 0,
            unknown_keys: 0,
            warnings: Counts::default(),
            refused_outputs: 0,
            bad_times: 0,
            errors: Counts2::default(),
            slow_records: 0,
            oldest_running_millis: None,
            stages: HistogramBy::new(&histogram::STAGE),
            batch_messages: Histogram::new(&histogram::MESSAGES),
            batch_bytes: Histogram::new(&histogram::BYTES),
            phases: HistogramBy::new(&histogram::BROKER),
            transactions: Counts::default(),
            transaction_state: TransactionState::Idle,
            latency: Histogram::new(&histogram::LATENCY),
            event_age: Histogram::new(&histogram::AGE),
            last_committed_millis: None,
            last_record_millis: None,
            partitions: BTreeMap::new(),
            rebalances: Counts::default(),
            rebalance_duration: Histogram::new(&histogram::BROKER),
            backpressure_micros: 0,
            busy_micros: 0,
            pool_busy_micros: 0,
            pool_threads: 0,
            queues: Counts::default(),
            clients: BTreeMap::new(),
        }
    }
}

impl WorkerSnapshot {
    /// A record was read.
    pub fn record_read(&mut self, bytes: u64) {
        self.consumed += 1;
        self.consumed_bytes += bytes;
        self.inflight_messages += 1;
        self.inflight_bytes += bytes;
    }

    /// Records are given back: they are not committed, and will be read again.
    pub fn records_rewound(&mut self, messages: u64, bytes: u64) {
        self.rewound += messages;
        self.leave_flight(messages, bytes);
    }

    /// A record's transaction was committed. `raw_bytes` as at [`WorkerSnapshot::record_read`], `output_bytes` of the record it became.
    pub fn record_committed(&mut self, outcome: OutcomeLabel, kind: OutputKind, raw_bytes: u64, output_bytes: u64) {
        self.outcomes.inc(outcome);
        self.published.inc(kind);
        self.published_bytes.add(kind, output_bytes);
        self.leave_flight(1, raw_bytes);
    }

    /// When records of one batch reached their readers: their latency, and how old the news is. Times in milliseconds,
    /// `published` where the article has a date.
    pub fn record_times(&mut self, committed: i64, received: i64, published: Option<i64>) {
        if received > committed || published.is_some_and(|p| p > committed) {
            self.bad_times += 1;
        }
        if received <= committed {
            self.latency.observe_millis(committed - received);
            self.last_record_millis = self.last_record_millis.max(Some(received));
        }
        if let Some(published) = published
            && published <= committed
        {
            self.event_age.observe_millis(committed - published);
        }
        self.last_committed_millis = self.last_committed_millis.max(Some(committed));
    }

    /// What was read − given back − has an outcome − is in flight. Zero, or records are lost or counted twice.
    pub fn imbalance(&self) -> i64 {
        let read = i128::from(self.consumed) - i128::from(self.rewound);
        let found = i128::from(self.outcomes.total()) + i128::from(self.inflight_messages);
        i64::try_from(read - found).unwrap_or(i64::MAX)
    }

    fn leave_flight(&mut self, messages: u64, bytes: u64) {
        debug_assert!(self.inflight_messages >= messages && self.inflight_bytes >= bytes, "more leaves than was in flight");
        self.inflight_messages = self.inflight_messages.saturating_sub(messages);
        self.inflight_bytes = self.inflight_bytes.saturating_sub(bytes);
    }
}

/// What the log thread counts.
#[derive(Clone, Debug)]
pub struct LogSnapshot {
    /// Entries appended, those appended again included.
    pub appended: u64,
    /// Entries appended again because their delivery was not known.
    pub reappended: u64,
    /// Entries read, at the start and since.
    pub read: u64,
    /// Entries that count for nothing.
    pub void: Counts<VoidReason>,
    /// Entries that workers with other rules wrote since this one started.
    pub rules_mismatches: u64,
    /// From an append to its read-back.
    pub read_back: Histogram,
    /// From a batch's arrival at the log thread to its last verdict.
    pub verdict: Histogram,
    /// The next offset to read.
    pub position: u64,
    /// The end of the log, as far as known.
    pub end: u64,
    /// Since when (milliseconds) it can't be read or appended to; `None` while it can.
    pub unreachable_millis: Option<i64>,
    /// The generation in force.
    pub generation: u64,
    /// Entries in the index.
    pub index_entries: u64,
    /// The most entries the window allows.
    pub index_entries_limit: u64,
    /// Bytes of the index.
    pub index_bytes: u64,
    /// How far the window reaches back, milliseconds of the log's times.
    pub window_millis: u64,
    /// Whether the number of entries bounds the window, and not its hours.
    pub window_full: bool,
    /// Earlier entries that verdicts looked at.
    pub comparisons: u64,
    /// Verdicts that would have looked at more than the rules allow.
    pub verdicts_cut: u64,
    /// Microseconds that the last rebuild took; `None` before it is done.
    pub restore_micros: Option<u64>,
    /// Entries that it read.
    pub restored: u64,
    /// Microseconds that the log thread worked.
    pub busy_micros: u64,
    /// Calls of the log thread that failed.
    pub errors: Counts2<ErrorStage, ErrorCode>,
    /// The clients of this thread.
    pub clients: BTreeMap<Client, ClientStats>,
}

impl Default for LogSnapshot {
    fn default() -> Self {
        LogSnapshot {
            appended: 0,
            reappended: 0,
            read: 0,
            void: Counts::default(),
            rules_mismatches: 0,
            read_back: Histogram::new(&histogram::BROKER),
            verdict: Histogram::new(&histogram::BROKER),
            position: 0,
            end: 0,
            unreachable_millis: None,
            generation: 0,
            index_entries: 0,
            index_entries_limit: 0,
            index_bytes: 0,
            window_millis: 0,
            window_full: false,
            comparisons: 0,
            verdicts_cut: 0,
            restore_micros: None,
            restored: 0,
            busy_micros: 0,
            errors: Counts2::default(),
            clients: BTreeMap::new(),
        }
    }
}

/// What the client library tells of one client (its statistics callback).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientStats {
    /// Connections to brokers that are up.
    pub brokers_up: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Requests that were not answered in time.
    pub timeouts: u64,
    /// Producer: records that wait for delivery.
    pub queue_messages: u64,
    /// Producer: their bytes.
    pub queue_bytes: u64,
    /// Consumer: bytes fetched and not read yet.
    pub fetch_queue_bytes: u64,
    /// Round trips, by broker id. Take out a broker that is gone.
    pub brokers: BTreeMap<i32, BrokerLatency>,
}

/// Round trips to one broker, microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrokerLatency {
    /// Half of them are not above this.
    pub p50_micros: u64,
    /// 99 % of them are not above this.
    pub p99_micros: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commit_dead_letter(snapshot: &mut WorkerSnapshot, raw_bytes: u64, output_bytes: u64) {
        snapshot.record_committed(OutcomeLabel::DeadLettered, OutputKind::DeadLetter, raw_bytes, output_bytes);
    }

    #[test]
    fn a_dead_letter_counts_everywhere_once() {
        let mut snapshot = WorkerSnapshot::default();
        snapshot.record_read(70);
        assert_eq!((snapshot.inflight_messages, snapshot.inflight_bytes), (1, 70));
        commit_dead_letter(&mut snapshot, 70, 90);
        assert_eq!((snapshot.inflight_messages, snapshot.inflight_bytes), (0, 0));
        assert_eq!(snapshot.outcomes.get(OutcomeLabel::DeadLettered), 1);
        assert_eq!(snapshot.published_bytes.get(OutputKind::DeadLetter), 90);
        assert_eq!(snapshot.imbalance(), 0);
    }

    #[test]
    fn clocks_that_run_ahead_are_counted_apart() {
        let mut snapshot = WorkerSnapshot::default();
        snapshot.record_times(10_000, 9_000, Some(1_000));
        snapshot.record_times(10_000, 11_000, Some(1_000));
        snapshot.record_times(10_000, 9_500, Some(99_000));
        snapshot.record_times(10_000, 9_500, None);
        assert_eq!(snapshot.bad_times, 2);
        assert_eq!(snapshot.latency.count(), 3);
        assert_eq!(snapshot.event_age.count(), 2);
        assert_eq!((snapshot.last_record_millis, snapshot.last_committed_millis), (Some(9_500), Some(10_000)));
    }

    proptest! {
        /// Whatever is read, given back and committed: nothing is lost in the books.
        #[test]
        fn records_are_conserved(steps in prop::collection::vec((0u8..3, 1u64..500), 0..200)) {
            let mut snapshot = WorkerSnapshot::default();
            let mut flying: Vec<u64> = Vec::new();
            for (step, bytes) in steps {
                match step {
                    0 => {
                        snapshot.record_read(bytes);
                        flying.push(bytes);
                    }
                    1 => {
                        snapshot.records_rewound(flying.len() as u64, flying.iter().sum());
                        flying.clear();
                    }
                    _ => {
                        if let Some(bytes) = flying.pop() {
                            commit_dead_letter(&mut snapshot, bytes, 1);
                        }
                    }
                }
                prop_assert_eq!(snapshot.imbalance(), 0);
                prop_assert_eq!(snapshot.inflight_bytes, flying.iter().sum::<u64>());
            }
        }
    }
}

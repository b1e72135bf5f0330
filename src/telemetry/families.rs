//! The metric families: name, type, labels, meaning. The one table that code and docs agree on.
//!
//! Names follow prometheus.io's rules: base units, `_total` for counters, labels from closed sets. A name here is a contract
//! with whoever watches; `docs/metrics.md` and the files in `deploy/` are held to it by a test.

/// What a family counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

impl Kind {
    /// Prometheus' name.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// One metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// Its labels, in order.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

/// Defines families and the list of all.
macro_rules! families {
    ($($constant:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: Family = Family { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };
        )*

        /// All families, in the order of `/metrics`.
        pub const ALL: &[Family] = &[$($constant),*];
    };
}

families! {
    BUILD_INFO: Gauge "copydesk_build_info" ["version", "revision", "librdkafka"] "Always 1. What is running.";
    CONFIG_HASH: Gauge "copydesk_config_hash_info" ["sha"] "Always 1. Hash of the settings and tables that can change an event.";
    HEALTHY: Gauge "copydesk_healthy" ["component"] "1 where the component can work: what /readyz says.";
    HEARTBEAT_AGE: Gauge "copydesk_heartbeat_age_seconds" ["component"] "Seconds since the component's loop came round: what /livez judges.";

    CONSUMED: Counter "copydesk_messages_consumed_total" [] "Records read from the raw topic, those given back later included.";
    CONSUMED_BYTES: Counter "copydesk_messages_consumed_bytes_total" [] "Bytes of records read: key, value, headers.";
    REWOUND: Counter "copydesk_messages_rewound_total" [] "Records read and given back, for their transaction was aborted or their partition went; they are read again, here or elsewhere.";
    OUTCOMES: Counter "copydesk_messages_total" ["outcome"] "Records committed, by outcome. Consumed - rewound = the sum of outcomes + in flight, in every scrape.";
    INFLIGHT_MESSAGES: Gauge "copydesk_inflight_messages" [] "Records read and neither committed nor given back.";
    INFLIGHT_BYTES: Gauge "copydesk_inflight_bytes" [] "Their bytes as they were read.";
    INFLIGHT_CHARGED_BYTES: Gauge "copydesk_inflight_charged_bytes" [] "Memory that records are charged with, those included that were given back and that the pool still holds.";
    INFLIGHT_CHARGED_BYTES_LIMIT: Gauge "copydesk_inflight_charged_bytes_limit" [] "Charged memory at which reading is held back (worker.max_in_flight_bytes).";

    PUBLISHED: Counter "copydesk_events_published_total" ["kind"] "Output records, counted after their commit.";
    PUBLISHED_BYTES: Counter "copydesk_events_published_bytes_total" ["kind"] "Bytes of output records, counted after their commit.";
    DUPLICATES: Counter "copydesk_duplicates_total" ["kind"] "Copies recognised.";
    DEAD_LETTERS: Counter "copydesk_dead_letters_total" ["stage", "code"] "Records refused.";
    WARNINGS: Counter "copydesk_event_warnings_total" ["warning"] "Warnings of published and updated events (quality.warnings), counted after their commit.";
    REFUSED_OUTPUTS: Counter "copydesk_refused_outputs_total" [] "Output records that a broker refused for good; a dead letter took the place of each.";
    ERRORS: Counter "copydesk_errors_total" ["stage", "code"] "Calls to Kafka that failed, and what they asked for.";
    REREAD: Counter "copydesk_messages_reread_total" [] "Records whose entry stood in the log before they were read: a crash or a rebalance came between.";
    LATE_REFUSALS: Counter "copydesk_late_refusals_total" [] "Records published although they would be refused now, for their entry stood in the log.";
    UNKNOWN_KEYS: Counter "copydesk_unknown_envelope_keys_total" [] "Envelope keys that are not of the contract.";
    BAD_TIMES: Counter "copydesk_bad_times_total" [] "Records that claim to come from the future; left out of latency and age.";
    SLOW_RECORDS: Counter "copydesk_slow_messages_total" [] "Records that took the pool longer than 5 s.";
    OLDEST_RUNNING: Gauge "copydesk_oldest_running_record_seconds" [] "Seconds that the pool has been at the record that it has been at the longest; 0 where it is at none.";

    STAGE_DURATION: Histogram "copydesk_stage_duration_seconds" ["stage"] "Seconds a record spends in a stage.";
    BATCH_MESSAGES: Histogram "copydesk_batch_size_messages" [] "Records of a committed batch.";
    BATCH_BYTES: Histogram "copydesk_batch_bytes" [] "Bytes of raw records of a committed batch.";
    TRANSACTION_DURATION: Histogram "copydesk_transaction_duration_seconds" ["phase"] "Seconds of each part of a transaction.";
    TRANSACTIONS: Counter "copydesk_transactions_total" ["result", "reason"] "Transactions by their end.";
    TRANSACTION_STATE: Gauge "copydesk_kafka_transaction_state" ["state"] "1 at the state that the transaction is in.";
    LATENCY: Histogram "copydesk_end_to_end_latency_seconds" [] "From the raw record's timestamp to the commit of what it became.";
    EVENT_AGE: Histogram "copydesk_event_age_seconds" [] "From the article's publication time to the commit.";
    LAST_COMMITTED: Gauge "copydesk_last_committed_timestamp_seconds" [] "When a transaction was last committed; 0 before the first.";
    LAST_RECORD: Gauge "copydesk_last_event_timestamp_seconds" [] "The newest raw record's timestamp among committed ones; absent before the first.";

    LAG_MESSAGES: Gauge "copydesk_consumer_lag_messages" ["topic", "partition"] "Last stable offset - committed position, of assigned partitions.";
    LAG_SECONDS: Gauge "copydesk_consumer_lag_seconds" ["topic", "partition"] "Age of the oldest record not committed, of assigned partitions; of one not read yet the time since it was seen to wait; 0 where none waits.";
    ASSIGNED: Gauge "copydesk_assigned_partitions" ["topic"] "Partitions assigned to this worker.";
    REBALANCES: Counter "copydesk_rebalances_total" ["type"] "What the group did to this worker's assignment.";
    REBALANCE_DURATION: Histogram "copydesk_rebalance_duration_seconds" [] "Seconds that a hand-over of partitions took here.";

    BACKPRESSURE: Counter "copydesk_backpressure_seconds_total" [] "Seconds that reading was held up because a bound was reached.";
    BUSY: Counter "copydesk_worker_busy_seconds_total" ["pool"] "Seconds that threads worked and did not wait; for the pool summed over its threads.";
    THREADS: Gauge "copydesk_worker_threads" ["pool"] "Threads, to divide busy seconds by.";
    QUEUE_DEPTH: Gauge "copydesk_queue_depth" ["queue"] "Records that wait for a thread of the pool, and batches that wait for their verdicts.";

    LOG_APPENDED: Counter "copydesk_log_entries_appended_total" [] "Entries appended to the fingerprint log, those appended again included.";
    LOG_REAPPENDED: Counter "copydesk_log_entries_reappended_total" [] "Entries appended again because their delivery was not known.";
    LOG_READ: Counter "copydesk_log_entries_read_total" [] "Entries read, at the start and since.";
    LOG_VOID: Counter "copydesk_log_entries_void_total" ["reason"] "Entries that count for nothing.";
    LOG_RULES_MISMATCHES: Counter "copydesk_log_rules_mismatches_total" [] "Entries that workers with other rules wrote since this one started; it stays still once a rolling change is through.";
    LOG_READ_BACK: Histogram "copydesk_log_read_back_seconds" [] "From an entry's append to its read-back.";
    LOG_VERDICT: Histogram "copydesk_log_verdict_seconds" [] "From a batch's arrival at the log thread to its last verdict.";
    LOG_LAG: Gauge "copydesk_log_lag_entries" [] "End of the log - next offset to read.";
    LOG_UNREACHABLE: Gauge "copydesk_log_unreachable_seconds" [] "Seconds since the log could last be read and appended to; 0 while it can.";
    LOG_END: Gauge "copydesk_log_end_offset" [] "End of the log; one that goes back is a lost log.";
    LOG_GENERATION: Gauge "copydesk_log_generation" [] "The generation in force.";
    INDEX_ENTRIES: Gauge "copydesk_index_entries" [] "Entries in the index.";
    INDEX_ENTRIES_LIMIT: Gauge "copydesk_index_entries_limit" [] "The most entries that the window allows.";
    INDEX_BYTES: Gauge "copydesk_index_bytes" [] "Bytes of the index.";
    INDEX_WINDOW: Gauge "copydesk_index_window_seconds" [] "How far the window of duplicates reaches back, by the log's times.";
    INDEX_WINDOW_FULL: Gauge "copydesk_index_window_full" [] "1 while the window is bounded by its number of entries and not by its hours.";
    VERDICT_COMPARISONS: Counter "copydesk_verdict_comparisons_total" [] "Earlier entries that verdicts looked at.";
    VERDICTS_CUT: Counter "copydesk_verdicts_cut_total" [] "Verdicts that would have looked at more earlier entries than the rules allow.";
    INDEX_RESTORE: Gauge "copydesk_index_restore_seconds" [] "Seconds that the last rebuild took; absent before it is done.";
    INDEX_RESTORED: Counter "copydesk_index_restored_entries_total" [] "Entries read by rebuilds.";

    BROKER_RTT: Gauge "copydesk_kafka_broker_rtt_seconds" ["client", "broker", "percentile"] "Round trips to a broker, as the client library measures them.";
    REQUEST_RETRIES: Counter "copydesk_kafka_request_retries_total" ["client"] "Requests sent again.";
    REQUEST_ERRORS: Counter "copydesk_kafka_request_errors_total" ["client"] "Requests that failed.";
    REQUEST_TIMEOUTS: Counter "copydesk_kafka_request_timeouts_total" ["client"] "Requests that were not answered in time.";
    PRODUCER_QUEUE_MESSAGES: Gauge "copydesk_kafka_producer_queue_messages" ["client"] "Records that wait for delivery.";
    PRODUCER_QUEUE_BYTES: Gauge "copydesk_kafka_producer_queue_bytes" ["client"] "Bytes of records that wait for delivery.";
    FETCH_QUEUE_BYTES: Gauge "copydesk_kafka_fetch_queue_bytes" ["client"] "Bytes fetched and not read yet.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_rules() {
        for family in ALL {
            let name = family.name;
            assert!(name.starts_with("copydesk_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), family.kind == Kind::Counter, "{name}: counters, and only they, end in _total");
            assert!(!["_bucket", "_sum", "_count", "_ms", "_millis", "_micros"].iter().any(|end| name.ends_with(end)), "{name}");
            assert!(family.help.ends_with('.') && !family.help.contains('|'), "{name}: {}", family.help);
            assert!(!family.labels.contains(&"le"), "{name}");
        }
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = ALL.iter().map(|f| f.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}

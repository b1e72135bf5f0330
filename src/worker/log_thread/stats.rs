//! The log thread's books: one method an occurrence, which counts it for `/metrics` and writes its log line where it has one.
//! Only the log thread calls them, and nothing else counts what it does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::dedupe::Index;
use crate::telemetry::labels::{Client, ErrorCode, ErrorStage, VoidReason};
use crate::telemetry::{ClientStats, LogSnapshot, Metrics};

/// A snapshot is published so often at most.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(50);

/// The books.
#[derive(Debug)]
pub(super) struct LogStats {
    metrics: Arc<Metrics>,
    counts: LogSnapshot,
    published: Instant,
    warned_rules: bool,
    /// When a failure of an append was logged last: while the log is away each entry fails again and again.
    append_warned: Option<Instant>,
    /// When it was said last that the window is bounded by its number of entries.
    window_warned: Option<Instant>,
}

/// A window that its number of entries bounds is told so often.
const WINDOW_INTERVAL: Duration = Duration::from_secs(3600);

/// A failure of an append is logged so often at most.
const WARN_INTERVAL: Duration = Duration::from_secs(30);

impl LogStats {
    /// Empty books that are published to `metrics`.
    pub fn new(metrics: Arc<Metrics>) -> LogStats {
        LogStats { metrics, counts: LogSnapshot::default(), published: Instant::now(), warned_rules: false, append_warned: None, window_warned: None }
    }

    /// The log is read into the index: of this generation, which may come to hold so many entries.
    pub fn restoring(&mut self, generation: u32, entries_limit: u64) {
        self.counts.generation = u64::from(generation);
        self.counts.index_entries_limit = entries_limit;
    }

    /// The index is there.
    pub fn restored(&mut self, time: Duration) {
        self.counts.restore_micros = Some(micros(time));
        self.counts.restored = self.counts.read;
    }

    /// Where the log ends, as last heard of. Its entries up to there that were not read are the lag.
    pub fn end(&mut self, end: i64) {
        self.counts.end = self.counts.position.max(unsigned(end));
    }

    /// The entry before this offset was read.
    pub fn read(&mut self, next_offset: i64) {
        self.counts.read += 1;
        self.counts.position = unsigned(next_offset);
        self.counts.end = self.counts.end.max(self.counts.position);
    }

    /// An entry counts for nothing.
    pub fn void(&mut self, reason: VoidReason) {
        self.counts.void.inc(reason);
    }

    /// An entry counts for nothing, for it can't be read.
    pub fn damaged(&mut self, offset: i64, reason: &str) {
        tracing::warn!(offset, reason, "damaged entry in the fingerprint log");
        self.void(VoidReason::Damaged);
    }

    /// An entry was written by a worker with other rules, after this one started.
    pub fn other_rules(&mut self) {
        if !std::mem::replace(&mut self.warned_rules, true) {
            tracing::warn!("a worker with other rules of duplicates writes to the same log; fine during a rolling change");
        }
        self.counts.rules_mismatches += 1;
    }

    /// An entry was put on its way to the log.
    pub fn appended(&mut self) {
        self.counts.appended += 1;
    }

    /// The client does not take an entry now.
    pub fn append_repeated(&mut self, reason: &str) {
        self.warn_of_append(reason);
        self.counts.errors.inc(ErrorStage::Append, ErrorCode::Retriable);
    }

    /// Whether an entry was delivered is not known: it is appended again.
    pub fn delivery_unknown(&mut self, reason: &str) {
        self.warn_of_append(reason);
        self.counts.errors.inc(ErrorStage::Append, ErrorCode::Delivery);
        self.counts.appended += 1;
        self.counts.reappended += 1;
    }

    fn warn_of_append(&mut self, reason: &str) {
        if self.append_warned.is_none_or(|at| at.elapsed() > WARN_INTERVAL) {
            self.append_warned = Some(Instant::now());
            tracing::warn!(reason, "delivery of a log entry failed or unknown, appending it again");
        }
    }

    /// Reading failed, and is tried again.
    pub fn read_failed(&mut self, reason: &str) {
        tracing::debug!(reason, "reading the fingerprint log failed, trying again");
        self.counts.errors.inc(ErrorStage::Tail, ErrorCode::Retriable);
    }

    /// For how long the log can't be read or appended to; `None` while it can.
    pub fn unreachable(&mut self, time: Option<Duration>) {
        let now = Timestamp::now().as_millisecond();
        self.counts.unreachable_millis = time.map(|time| now.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)));
    }

    /// An entry of ours was read back.
    pub fn read_back(&mut self, waited: Duration) {
        self.counts.read_back.observe_duration(waited);
    }

    /// A batch has its last verdict.
    pub fn judged(&mut self, waited: Duration) {
        self.counts.verdict.observe_duration(waited);
    }

    /// The thread worked, and did not wait.
    pub fn busy(&mut self, time: Duration) {
        self.counts.busy_micros += micros(time);
    }

    /// What the client library tells of its clients.
    pub fn clients(&mut self, told: Vec<(Client, ClientStats)>) {
        self.counts.clients.extend(told);
    }

    /// How far the window reaches, and what verdicts took.
    fn window(&mut self, index: &Index) {
        let (reach, work) = (index.reach(), index.work());
        self.counts.window_millis = reach.map_or(0, |reach| unsigned(reach.millis));
        self.counts.window_full = reach.is_some_and(|reach| reach.by_number);
        (self.counts.comparisons, self.counts.verdicts_cut) = (work.comparisons, work.cut);
        if self.counts.window_full && self.window_warned.is_none_or(|at| at.elapsed() > WINDOW_INTERVAL) {
            self.window_warned = Some(Instant::now());
            let hours = self.counts.window_millis / 3_600_000;
            tracing::warn!(hours, "the window of duplicates holds fewer hours than wanted: raise dedupe.window_entries or lower dedupe.window_hours");
        }
    }

    /// Publishes the books, if it is time to.
    pub fn publish(&mut self, index: &Index) {
        if self.published.elapsed() > PUBLISH_INTERVAL {
            self.publish_now(index);
        }
    }

    /// Publishes the books.
    pub fn publish_now(&mut self, index: &Index) {
        self.published = Instant::now();
        self.counts.index_entries = index.len() as u64;
        self.counts.index_bytes = index.bytes() as u64;
        self.window(index);
        self.metrics.publish_log(self.counts.clone());
    }
}

/// An offset as it is shown; offsets of records are never negative.
fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
impl LogStats {
    /// Books that nobody reads.
    pub(super) fn nowhere() -> LogStats {
        let health = Arc::new(crate::telemetry::Health::new(Duration::from_secs(60)));
        LogStats::new(Arc::new(Metrics::new(crate::telemetry::BuildInfo::new("none", "none"), vec!["news.raw".into()], health)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats() -> LogStats {
        LogStats::nowhere()
    }

    #[test]
    fn what_was_not_read_is_the_lag() {
        let mut stats = stats();
        stats.end(10);
        stats.read(4);
        assert_eq!(stats.counts.end - stats.counts.position, 6);
        // What is heard of the end may be older than what was read.
        stats.end(2);
        assert_eq!((stats.counts.end, stats.counts.position), (4, 4));
        stats.end(7);
        assert_eq!((stats.counts.end, stats.counts.position), (7, 4));
    }

    #[test]
    fn an_outage_counts_from_its_beginning() {
        let mut stats = stats();
        stats.unreachable(Some(Duration::from_secs(9)));
        let age = Timestamp::now().as_millisecond() - stats.counts.unreachable_millis.unwrap();
        assert!((9_000..14_000).contains(&age), "{age}");
        stats.unreachable(None);
        assert_eq!(stats.counts.unreachable_millis, None);
    }
}

//! From snapshots to metric families. Reads one snapshot of each thread, so what it shows belongs together.
//!
//! The crate `prometheus` encodes, and tells of the process; it does not count. Its registered counters are read one by one, while others go on: a scrape
//! would not add up (consumed − rewound = outcomes + in flight).
//!
//! A series of a closed label exists from the start, at zero; one of a partition or a broker exists as long as the thing does.

use prometheus::proto::{self, MetricFamily, MetricType};

use super::families::{self as f, Family, Kind};
use super::health::{Component, Health};
use super::histogram::{Histogram, HistogramBy};
use super::labels::{Client, Counts, DEAD_LETTERS, ERRORS, Label, Thread, TransactionEnd, TransactionState};
use super::metrics::BuildInfo;
use super::snapshot::{ClientStats, LogSnapshot, WorkerSnapshot};

/// What one scrape shows.
pub(super) struct View<'a> {
    pub build: &'a BuildInfo,
    pub raw_topics: &'a [String],
    pub health: &'a Health,
    pub worker: &'a WorkerSnapshot,
    pub log: &'a LogSnapshot,
    pub now_millis: i64,
}

impl View<'_> {
    /// Seconds since then; 0 where there is no such time. Counted from now, so that it grows while the thread that told it stands still.
    fn age(&self, since_millis: Option<i64>) -> f64 {
        since_millis.map_or(0.0, |since| self.now_millis.saturating_sub(since).max(0) as f64 / 1e3)
    }
}

/// All families that have a sample.
pub(super) fn families(view: &View<'_>) -> Vec<MetricFamily> {
    let mut page = Page::default();
    process(view, &mut page);
    messages(view.worker, &mut page);
    outputs(view, &mut page);
    transactions(view.worker, &mut page);
    group(view, &mut page);
    load(view.worker, view.log, &mut page);
    log(view, &mut page);
    clients(view.worker, view.log, &mut page);
    page.families
}

fn process(view: &View<'_>, page: &mut Page) {
    let build = view.build;
    page.samples(&f::BUILD_INFO, [([build.version, build.revision.unwrap_or("unknown"), &build.librdkafka], 1.0)]);
    page.samples(&f::CONFIG_HASH, [([build.config_hash.as_str()], 1.0)]);
    let components = || Component::ALL.iter().copied();
    page.samples(&f::HEALTHY, components().map(|c| ([c.as_str()], flag(view.health.state(c).is_ready()))));
    page.samples(&f::HEARTBEAT_AGE, components().filter_map(|c| Some(([c.as_str()], view.health.age(c)?.as_millis() as f64 / 1e3))));
}

fn messages(worker: &WorkerSnapshot, page: &mut Page) {
    page.number(&f::CONSUMED, worker.consumed);
    page.number(&f::CONSUMED_BYTES, worker.consumed_bytes);
    page.number(&f::REWOUND, worker.rewound);
    page.counts(&f::OUTCOMES, &worker.outcomes);
    page.number(&f::INFLIGHT_MESSAGES, worker.inflight_messages);
    page.number(&f::INFLIGHT_BYTES, worker.inflight_bytes);
    page.number(&f::INFLIGHT_CHARGED_BYTES, worker.charged_bytes);
    page.number(&f::INFLIGHT_CHARGED_BYTES_LIMIT, worker.charged_bytes_limit);
}

fn outputs(view: &View<'_>, page: &mut Page) {
    let (worker, log) = (view.worker, view.log);
    page.counts(&f::PUBLISHED, &worker.published);
    page.counts(&f::PUBLISHED_BYTES, &worker.published_bytes);
    page.counts(&f::DUPLICATES, &worker.duplicates);
    page.pairs(&f::DEAD_LETTERS, DEAD_LETTERS, worker.dead_letters.iter());
    page.counts(&f::WARNINGS, &worker.warnings);
    page.number(&f::REFUSED_OUTPUTS, worker.refused_outputs);
    page.pairs(&f::ERRORS, ERRORS, worker.errors.iter().map(|(stage, code, count)| (stage, code, count + log.errors.get(stage, code))));
    page.number(&f::REREAD, worker.reread);
    page.number(&f::LATE_REFUSALS, worker.late_refusals);
    page.number(&f::UNKNOWN_KEYS, worker.unknown_keys);
    page.number(&f::BAD_TIMES, worker.bad_times);
    page.number(&f::SLOW_RECORDS, worker.slow_records);
    page.age(&f::OLDEST_RUNNING, view.age(worker.oldest_running_millis));
}

fn transactions(worker: &WorkerSnapshot, page: &mut Page) {
    page.histograms(&f::STAGE_DURATION, &worker.stages);
    page.histogram(&f::BATCH_MESSAGES, &worker.batch_messages);
    page.histogram(&f::BATCH_BYTES, &worker.batch_bytes);
    page.histograms(&f::TRANSACTION_DURATION, &worker.phases);
    let ends = worker.transactions.iter().map(|(end, count): (TransactionEnd, u64)| (<[&str; 2]>::from(end.labels()), count as f64));
    page.samples(&f::TRANSACTIONS, ends);
    let state = |state: &TransactionState| ([state.as_str()], flag(*state == worker.transaction_state));
    page.samples(&f::TRANSACTION_STATE, TransactionState::ALL.iter().map(state));
    page.histogram(&f::LATENCY, &worker.latency);
    page.histogram(&f::EVENT_AGE, &worker.event_age);
    let no_label: [&str; 0] = [];
    page.samples(&f::LAST_COMMITTED, [(no_label, worker.last_committed_millis.unwrap_or(0) as f64 / 1e3)]);
    page.samples(&f::LAST_RECORD, worker.last_record_millis.map(|millis| (no_label, millis as f64 / 1e3)));
}

fn group(view: &View<'_>, page: &mut Page) {
    let worker = view.worker;
    let partitions: Vec<(&str, String, _)> = worker.partitions.iter().map(|(partition, lag)| (&*partition.topic, partition.number.to_string(), lag)).collect();
    page.samples(&f::LAG_MESSAGES, partitions.iter().map(|(topic, number, lag)| ([*topic, number], lag.messages as f64)));
    page.samples(&f::LAG_SECONDS, partitions.iter().map(|(topic, number, lag)| ([*topic, number], view.age(lag.oldest_millis))));
    let count = |name: &str| partitions.iter().filter(|(topic, ..)| *topic == name).count() as f64;
    page.samples(&f::ASSIGNED, view.raw_topics.iter().map(|name| ([name.as_str()], count(name))));
    page.counts(&f::REBALANCES, &worker.rebalances);
    page.histogram(&f::REBALANCE_DURATION, &worker.rebalance_duration);
}

fn load(worker: &WorkerSnapshot, log: &LogSnapshot, page: &mut Page) {
    page.seconds(&f::BACKPRESSURE, worker.backpressure_micros);
    let busy = [(Thread::Worker, worker.busy_micros), (Thread::Pool, worker.pool_busy_micros), (Thread::Log, log.busy_micros)];
    page.samples(&f::BUSY, busy.map(|(thread, micros)| ([thread.as_str()], micros as f64 / 1e6)));
    let threads = [(Thread::Worker, 1), (Thread::Pool, worker.pool_threads), (Thread::Log, 1)];
    page.samples(&f::THREADS, threads.map(|(thread, count)| ([thread.as_str()], count as f64)));
    page.counts(&f::QUEUE_DEPTH, &worker.queues);
}

fn log(view: &View<'_>, page: &mut Page) {
    let log = view.log;
    page.number(&f::LOG_APPENDED, log.appended);
    page.number(&f::LOG_REAPPENDED, log.reappended);
    page.number(&f::LOG_READ, log.read);
    page.counts(&f::LOG_VOID, &log.void);
    page.number(&f::LOG_RULES_MISMATCHES, log.rules_mismatches);
    page.histogram(&f::LOG_READ_BACK, &log.read_back);
    page.histogram(&f::LOG_VERDICT, &log.verdict);
    page.number(&f::LOG_LAG, log.end.saturating_sub(log.position));
    page.age(&f::LOG_UNREACHABLE, view.age(log.unreachable_millis));
    page.number(&f::LOG_END, log.end);
    page.number(&f::LOG_GENERATION, log.generation);
    page.number(&f::INDEX_ENTRIES, log.index_entries);
    page.number(&f::INDEX_ENTRIES_LIMIT, log.index_entries_limit);
    page.number(&f::INDEX_BYTES, log.index_bytes);
    page.seconds(&f::INDEX_WINDOW, log.window_millis * 1000);
    page.number(&f::INDEX_WINDOW_FULL, log.window_full.into());
    page.number(&f::VERDICT_COMPARISONS, log.comparisons);
    page.number(&f::VERDICTS_CUT, log.verdicts_cut);
    let no_label: [&str; 0] = [];
    page.samples(&f::INDEX_RESTORE, log.restore_micros.map(|micros| (no_label, micros as f64 / 1e6)));
    page.number(&f::INDEX_RESTORED, log.restored);
}

fn clients(worker: &WorkerSnapshot, log: &LogSnapshot, page: &mut Page) {
    let all: Vec<(Client, &ClientStats)> = worker.clients.iter().chain(&log.clients).map(|(client, stats)| (*client, stats)).collect();
    let mut round_trips = Vec::new();
    for (client, stats) in &all {
        for (broker, rtt) in &stats.brokers {
            for (percentile, micros) in [("50", rtt.p50_micros), ("99", rtt.p99_micros)] {
                round_trips.push(([client.as_str().to_owned(), broker.to_string(), percentile.to_owned()], micros as f64 / 1e6));
            }
        }
    }
    page.samples(&f::BROKER_RTT, round_trips);
    let mut of = |family: &Family, of_producers: Option<bool>, value: fn(&ClientStats) -> u64| {
        let producer = |client: Client| matches!(client, Client::Producer | Client::LogProducer);
        let fitting = all.iter().filter(|(client, _)| of_producers.is_none_or(|wanted| wanted == producer(*client)));
        page.samples(family, fitting.map(|(client, stats)| ([client.as_str()], value(stats) as f64)));
    };
    of(&f::REQUEST_RETRIES, None, |s| s.retries);
    of(&f::REQUEST_ERRORS, None, |s| s.errors);
    of(&f::REQUEST_TIMEOUTS, None, |s| s.timeouts);
    of(&f::PRODUCER_QUEUE_MESSAGES, Some(true), |s| s.queue_messages);
    of(&f::PRODUCER_QUEUE_BYTES, Some(true), |s| s.queue_bytes);
    of(&f::FETCH_QUEUE_BYTES, Some(false), |s| s.fetch_queue_bytes);
}

fn flag(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// The families so far.
#[derive(Default)]
struct Page {
    families: Vec<MetricFamily>,
}

impl Page {
    /// A family; none where it has no sample.
    fn family(&mut self, family: &Family, metrics: Vec<proto::Metric>) {
        if metrics.is_empty() {
            return;
        }
        let mut made = MetricFamily::default();
        made.set_name(family.name.into());
        made.set_help(family.help.into());
        made.set_field_type(match family.kind {
            Kind::Counter => MetricType::COUNTER,
            Kind::Gauge => MetricType::GAUGE,
            Kind::Histogram => MetricType::HISTOGRAM,
        });
        made.set_metric(metrics);
        self.families.push(made);
    }

    /// Labels and value of each sample of a counter or a gauge.
    fn samples<const N: usize, S: AsRef<str>>(&mut self, family: &Family, samples: impl IntoIterator<Item = ([S; N], f64)>) {
        let metric = |(labels, value): ([S; N], f64)| {
            let mut metric = labelled(family, &labels);
            match family.kind {
                Kind::Counter => {
                    let mut counter = proto::Counter::default();
                    counter.set_value(value);
                    metric.set_counter(counter);
                }
                Kind::Gauge | Kind::Histogram => {
                    debug_assert_eq!(family.kind, Kind::Gauge, "{}", family.name);
                    let mut gauge = proto::Gauge::default();
                    gauge.set_value(value);
                    metric.set_gauge(gauge);
                }
            }
            metric
        };
        let metrics = samples.into_iter().map(metric).collect();
        self.family(family, metrics);
    }

    fn number(&mut self, family: &Family, value: u64) {
        self.samples::<0, &str>(family, [([], value as f64)]);
    }

    fn age(&mut self, family: &Family, seconds: f64) {
        self.samples::<0, &str>(family, [([], seconds)]);
    }

    fn seconds(&mut self, family: &Family, micros: u64) {
        self.samples::<0, &str>(family, [([], micros as f64 / 1e6)]);
    }

    fn counts<L: Label>(&mut self, family: &Family, counts: &Counts<L>) {
        self.samples(family, counts.iter().map(|(label, count)| ([label.as_str()], count as f64)));
    }

    /// The listed pairs from the start, another as soon as it occurs: nothing that was counted is left out.
    fn pairs<A: Label, B: Label>(&mut self, family: &Family, listed: &[(A, B)], counts: impl Iterator<Item = (A, B, u64)>) {
        let shown = counts.filter(|(a, b, count)| *count > 0 || listed.contains(&(*a, *b)));
        self.samples(family, shown.map(|(a, b, count)| ([a.as_str(), b.as_str()], count as f64)));
    }

    fn histogram(&mut self, family: &Family, histogram: &Histogram) {
        self.family(family, vec![histogram_metric(family, &[], histogram)]);
    }

    fn histograms<L: Label>(&mut self, family: &Family, histograms: &HistogramBy<L>) {
        let metrics = histograms.iter().map(|(label, histogram)| histogram_metric(family, &[label.as_str()], histogram)).collect();
        self.family(family, metrics);
    }
}

fn labelled<S: AsRef<str>>(family: &Family, values: &[S]) -> proto::Metric {
    debug_assert_eq!(family.labels.len(), values.len(), "{}", family.name);
    let pair = |(name, value): (&&str, &S)| {
        let mut pair = proto::LabelPair::default();
        pair.set_name((*name).into());
        pair.set_value(value.as_ref().into());
        pair
    };
    proto::Metric::from_label(family.labels.iter().zip(values).map(pair).collect())
}

fn histogram_metric(family: &Family, labels: &[&str], histogram: &Histogram) -> proto::Metric {
    debug_assert_eq!(family.kind, Kind::Histogram, "{}", family.name);
    let bucket = |(bound, count)| {
        let mut bucket = proto::Bucket::default();
        bucket.set_upper_bound(bound);
        bucket.set_cumulative_count(count);
        bucket
    };
    let mut made = proto::Histogram::default();
    made.set_bucket(histogram.cumulative().map(bucket).collect());
    made.set_sample_count(histogram.count());
    made.set_sample_sum(histogram.sum());
    let mut metric = labelled(family, labels);
    metric.set_histogram(made);
    metric
}

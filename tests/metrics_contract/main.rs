//! The metrics are a contract with whoever watches: the table in the code, what `/metrics` shows and the docs must name the same families, and
//! every value that is shown must be one that a worker can come to.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod live;
mod scenes;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use copydesk::article::{DeadLetterCode, DuplicateKind, Stage, Warning};
use copydesk::telemetry::families::{ALL, Family, Kind};
use copydesk::telemetry::labels::{
    Client, ErrorCode, ErrorStage, OutcomeLabel, OutputKind, Phase, Queue, Rebalance, Thread, TimedStage, TransactionEnd, TransactionState, VoidReason,
};
use copydesk::telemetry::{Component, Health, Label, Metrics, PartitionLag, WorkerSnapshot};
use regex::Regex;
use stage::Seen;

const NOW: i64 = 1_800_000_000_000;

/// What only the real client's statistics tell: a test below reads them from a live worker.
const OF_THE_CLIENT: &str = "copydesk_kafka_";

/// Values that no scene reaches, each with the reason.
const UNREACHED: &[(&str, &str)] = &[
    (r#"copydesk_dead_letters_total{stage="parse",code="internal"}"#, "a panic of the parser: a defect, and none is known"),
    (r#"copydesk_dead_letters_total{stage="judge",code="internal"}"#, "a verdict that was lost: a defect, and none is known"),
    (r#"copydesk_event_warnings_total{warning="annotator_failed"}"#, "a panic of an annotator: a defect, and none is known"),
];

/// The pool is looked at once a second: whether a record is at work then is chance. tests/kafka_hostile.rs has one that is.
const BY_CHANCE: &str = "copydesk_oldest_running_record_seconds";

/// What the scenes have shown, played once for all tests.
fn seen() -> &'static Seen {
    static SEEN: LazyLock<Seen> = LazyLock::new(scenes::all);
    &SEEN
}

fn metrics() -> Metrics {
    let health = Arc::new(Health::new(Duration::from_secs(60)));
    health.beat(Component::Worker);
    health.beat(Component::Log);
    support::memory::metrics(&health)
}

fn is_of_the_client(name: &str) -> bool {
    name.starts_with(OF_THE_CLIENT) && !name.starts_with("copydesk_kafka_transaction_state")
}

#[test]
fn every_value_that_is_shown_can_be_reached() {
    let unreached: BTreeSet<&str> =
        seen().series.iter().filter(|(series, reached)| !**reached && *series != BY_CHANCE).map(|(series, _)| series.as_str()).collect();
    let excepted: BTreeSet<&str> = UNREACHED.iter().map(|(series, _)| *series).collect();
    let wrong: Vec<_> = unreached.difference(&excepted).collect();
    assert!(wrong.is_empty(), "nothing sets\n{wrong:#?}");
    let stale: Vec<_> = excepted.difference(&unreached).collect();
    assert!(stale.is_empty(), "these are reached, and no exceptions any more\n{stale:#?}");
}

/// Value of the series written exactly so.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().expect("a number")
}

fn row(family: &Family) -> String {
    let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{}` | {} | {} | {} |", family.name, family.kind.as_str(), labels.join(", "), family.help)
}

fn docs() -> String {
    support::files::read("docs/metrics.md")
}

/// Names and types of our families in a scrape, and that none is there twice.
fn types(text: &str) -> BTreeMap<&str, &str> {
    let mut types: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            assert_eq!(types.insert(name, kind), None, "{name} is shown twice");
        }
    }
    types.into_iter().filter(|(name, _)| name.starts_with("copydesk_")).collect()
}

#[test]
fn what_is_shown_is_what_the_table_says() {
    let mut shown = BTreeMap::new();
    seen().pages.iter().for_each(|page| shown.extend(types(page)));
    let table: BTreeMap<&str, &str> = ALL.iter().filter(|f| !is_of_the_client(f.name)).map(|f| (f.name, f.kind.as_str())).collect();
    assert_eq!(shown, table);
}

/// Every series has the labels of its family. The families of a scrape.
fn check_labels(text: &str) -> BTreeSet<&'static str> {
    let line = Regex::new(r#"(?m)^(copydesk_[a-z_]+)(?:\{([^}]*)\})? "#).expect("a pattern");
    let label = Regex::new(r#"([a-z]+)="[^"]*""#).expect("a pattern");
    let mut families = BTreeSet::new();
    for found in line.captures_iter(text) {
        let name = &found[1];
        let of_histogram = |f: &&Family| f.kind == Kind::Histogram && ["_bucket", "_sum", "_count"].iter().any(|end| name.strip_suffix(end) == Some(f.name));
        let family = ALL.iter().find(|f| f.name == name || of_histogram(f)).unwrap_or_else(|| panic!("{name} is not in the table"));
        let labels = found.get(2).map_or("", |m| m.as_str());
        let labels: Vec<&str> = label.captures_iter(labels).map(|l| l.get(1).expect("a name").as_str()).filter(|l| *l != "le").collect();
        assert_eq!(labels, family.labels, "{name}");
        families.insert(family.name);
    }
    families
}

#[test]
fn every_series_has_the_labels_of_its_family() {
    let families: BTreeSet<_> = seen().pages.iter().flat_map(|page| check_labels(page)).collect();
    assert_eq!(families.len(), ALL.iter().filter(|f| !is_of_the_client(f.name)).count());
}

#[test]
fn the_docs_have_every_family_word_for_word() {
    let docs = docs();
    let documented: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `copydesk_")).collect();
    let in_code: Vec<String> = ALL.iter().map(row).collect();
    let expected = in_code.join("\n");
    assert_eq!(documented, in_code, "docs/metrics.md should have\n{expected}");
}

#[test]
fn the_docs_have_every_label_value() {
    let docs = docs();
    fn set<L: Label>(docs: &str, label: &str) {
        let values: Vec<String> = L::ALL.iter().map(|value| format!("`{}`", value.as_str())).collect();
        let row = format!("| {label} | {} |", values.join(", "));
        assert!(docs.lines().any(|line| line == row), "docs/metrics.md lacks\n{row}");
    }
    set::<OutcomeLabel>(&docs, "`outcome`");
    set::<OutputKind>(&docs, "`kind` of `copydesk_events_…`");
    set::<DuplicateKind>(&docs, "`kind` of `copydesk_duplicates_total`");
    set::<Stage>(&docs, "`stage` of `copydesk_dead_letters_total`");
    set::<DeadLetterCode>(&docs, "`code` of `copydesk_dead_letters_total`");
    set::<Warning>(&docs, "`warning`");
    set::<ErrorStage>(&docs, "`stage` of `copydesk_errors_total`");
    set::<ErrorCode>(&docs, "`code` of `copydesk_errors_total`");
    set::<TimedStage>(&docs, "`stage` of `copydesk_stage_duration_seconds`");
    set::<Phase>(&docs, "`phase`");
    set::<TransactionState>(&docs, "`state`");
    set::<Rebalance>(&docs, "`type`");
    set::<Queue>(&docs, "`queue`");
    set::<Thread>(&docs, "`pool`");
    set::<VoidReason>(&docs, "`reason` of `copydesk_log_entries_void_total`");
    set::<Client>(&docs, "`client`");
    set::<Component>(&docs, "`component`");
    for end in TransactionEnd::ALL {
        let (result, reason) = end.labels();
        assert!(docs.contains(&format!("| `{result}` | `{reason}` |")), "docs/metrics.md lacks {result}, {reason}");
    }
}

/// Linux alone gives these.
#[cfg(target_os = "linux")]
#[test]
fn the_docs_have_the_process_families() {
    let (text, docs) = (metrics().render(NOW), docs());
    let process: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE process_")?.split(' ').next()).collect();
    assert!(process.len() >= 6, "{process:?}");
    for name in process {
        assert!(docs.contains(&format!("`process_{name}`")), "docs/metrics.md lacks process_{name}");
    }
}

#[test]
fn closed_labels_exist_from_the_start() {
    let text = metrics().render(NOW);
    assert_eq!(value(&text, "copydesk_messages_total{outcome=\"dead_lettered\"}"), 0.0);
    assert_eq!(value(&text, "copydesk_dead_letters_total{stage=\"decode\",code=\"oversize\"}"), 0.0);
    assert_eq!(value(&text, "copydesk_transactions_total{result=\"aborted\",reason=\"rebalance\"}"), 0.0);
    assert_eq!(value(&text, "copydesk_kafka_transaction_state{state=\"idle\"}"), 1.0);
    assert_eq!(value(&text, "copydesk_last_committed_timestamp_seconds"), 0.0);
    assert!(!text.contains("stage=\"finish\",code=\"oversize\""), "nothing is refused so");
}

/// A pair that nobody listed is shown as soon as it occurs.
#[test]
fn nothing_that_was_counted_is_left_out() {
    let metrics = metrics();
    let mut worker = WorkerSnapshot::default();
    worker.dead_letters.inc(Stage::Finish, DeadLetterCode::Oversize);
    metrics.publish_worker(worker);
    assert_eq!(value(&metrics.render(NOW), "copydesk_dead_letters_total{stage=\"finish\",code=\"oversize\"}"), 1.0);
}

#[test]
fn a_partition_that_went_has_no_series() {
    let metrics = metrics();
    let mut worker = WorkerSnapshot::default();
    worker.partitions.insert(copydesk::article::RawPartition::new("news.raw", 3), PartitionLag { messages: 9, oldest_millis: Some(NOW - 2_500) });
    metrics.publish_worker(worker.clone());
    let text = metrics.render(NOW);
    assert_eq!(value(&text, "copydesk_consumer_lag_messages{topic=\"news.raw\",partition=\"3\"}"), 9.0);
    assert_eq!(value(&text, "copydesk_consumer_lag_seconds{topic=\"news.raw\",partition=\"3\"}"), 2.5);
    assert_eq!(
        value(&metrics.render(NOW + 60_000), "copydesk_consumer_lag_seconds{topic=\"news.raw\",partition=\"3\"}"),
        62.5,
        "it grows while nothing happens"
    );
    worker.partitions.clear();
    metrics.publish_worker(worker);
    let text = metrics.render(NOW);
    assert!(!text.contains("partition=\"3\""));
    assert_eq!(value(&text, "copydesk_assigned_partitions{topic=\"news.raw\"}"), 0.0);
}

#[test]
fn histograms_are_shown_in_seconds() {
    let metrics = metrics();
    let mut worker = WorkerSnapshot::default();
    worker.stages.of(TimedStage::Prepare).observe_duration(Duration::from_millis(3));
    worker.stages.of(TimedStage::Prepare).observe_duration(Duration::from_secs(60));
    metrics.publish_worker(worker);
    let text = metrics.render(NOW);
    let series = |end: &str, le: &str| format!("copydesk_stage_duration_seconds_{end}{{stage=\"prepare\"{le}}}");
    assert_eq!(value(&text, &series("bucket", ",le=\"0.0025\"")), 0.0);
    assert_eq!(value(&text, &series("bucket", ",le=\"0.005\"")), 1.0);
    assert_eq!(value(&text, &series("bucket", ",le=\"+Inf\"")), 2.0);
    assert_eq!(value(&text, &series("count", "")), 2.0);
    assert_eq!(value(&text, &series("sum", "")), 60.003);
}

/// Consumed − rewound = Σ outcomes + in flight, in every scrape, however the worker is caught.
#[test]
fn conservation_holds_in_every_scrape() {
    let metrics = metrics();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut worker = WorkerSnapshot::default();
            for round in 0..3_000u64 {
                (0..5).for_each(|n| worker.record_read(100 + n));
                if round % 3 == 0 {
                    worker.records_rewound(2, 201);
                } else {
                    (0..3).for_each(|n| worker.record_committed(OutcomeLabel::DeadLettered, OutputKind::DeadLetter, 100 + n, 50));
                }
                metrics.publish_worker(worker.clone());
            }
            done.store(true, Ordering::Release);
        });
        let mut scrapes = 0;
        let mut last = -1.0;
        while !done.load(Ordering::Acquire) || scrapes == 0 {
            let text = metrics.render(NOW);
            let consumed = value(&text, "copydesk_messages_consumed_total");
            let outcomes: f64 = OutcomeLabel::ALL.iter().map(|o| value(&text, &format!("copydesk_messages_total{{outcome=\"{}\"}}", o.as_str()))).sum();
            let flying = value(&text, "copydesk_inflight_messages");
            assert_eq!(consumed - value(&text, "copydesk_messages_rewound_total"), outcomes + flying);
            assert!(consumed >= last, "a counter went back");
            last = consumed;
            scrapes += 1;
        }
    });
}

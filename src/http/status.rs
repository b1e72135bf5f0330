//! `/api/status`: what `/metrics` shows, as one JSON value for the status page: totals since the start, from the same snapshots.
//!
//! Rates are the reader's: it takes the difference of two answers. Nothing here keeps a state.

use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Map, Value, json};

use crate::article::RawPartition;
use crate::telemetry::labels::{Counts, Label, Phase, TransactionEnd};
use crate::telemetry::{Histogram, LogSnapshot, WorkerSnapshot};

use super::{Cluster, Shared, now_millis};

/// `GET /api/status`.
pub(super) async fn status(State(shared): State<Shared>) -> Response {
    let now = now_millis();
    let (worker, log) = (shared.metrics.worker(), shared.metrics.log());
    let body = json!({
        "now_millis": now,
        "started_millis": shared.started_millis,
        "build": shared.metrics.build(),
        "cluster": cluster(&shared.cluster),
        "live": shared.health.live(),
        "ready": shared.health.ready(),
        "messages": messages(&worker),
        "duplicates": counts(&worker.duplicates),
        "dead_letters": dead_letters(&worker),
        "errors": errors(&worker, &log),
        "stages": stages(&worker),
        "transactions": transactions(&worker),
        "latency": histogram(&worker.latency),
        "event_age": histogram(&worker.event_age),
        "lag": lag(&worker, now),
        "log": log_status(&log),
        "recent": recent_status(&shared),
    });
    Json(body).into_response()
}

fn cluster(Cluster { bootstrap, group, topics }: &Cluster) -> Value {
    let [articles, duplicates, dead_letters] = topics.outputs();
    let raw = topics.raw.names().join(", ");
    json!({ "bootstrap": bootstrap, "group": group, "raw": raw, "articles": articles, "duplicates": duplicates, "dead_letters": dead_letters })
}

/// How many of the newest records can be asked for, and where none can, why.
fn recent_status(shared: &Shared) -> Value {
    let recent = shared.metrics.recent();
    let off = shared.hidden.or((!recent.is_on()).then_some("The latest events are switched off: http.recent_events or http.recent_bytes is 0."));
    match off {
        Some(why) => json!({ "kept": 0, "last": 0, "off": why }),
        None => json!({ "kept": recent.max_records(), "last": recent.after(u64::MAX, 0).last }),
    }
}

fn messages(worker: &WorkerSnapshot) -> Value {
    json!({
        "consumed": worker.consumed,
        "consumed_bytes": worker.consumed_bytes,
        "rewound": worker.rewound,
        "outcomes": counts(&worker.outcomes),
        "published": counts(&worker.published),
        "published_bytes": counts(&worker.published_bytes),
        "in_flight": worker.inflight_messages,
        "in_flight_bytes": worker.inflight_bytes,
        "in_flight_charged_bytes": worker.charged_bytes,
        "in_flight_bytes_limit": worker.charged_bytes_limit,
        "backpressure_seconds": seconds(worker.backpressure_micros),
        "last_committed_millis": worker.last_committed_millis,
    })
}

fn stages(worker: &WorkerSnapshot) -> Value {
    let mut stages: Map<String, Value> = worker.stages.iter().map(|(stage, times)| (stage.as_str().to_owned(), histogram(times))).collect();
    let commit = worker.phases.iter().find(|(phase, _)| *phase == Phase::Commit);
    stages.insert("commit".to_owned(), commit.map_or(Value::Null, |(_, times)| histogram(times)));
    Value::Object(stages)
}

fn transactions(worker: &WorkerSnapshot) -> Value {
    let ends = worker.transactions.iter().map(|(end, count): (TransactionEnd, u64)| (end.as_str().to_owned(), count.into()));
    let phases = worker.phases.iter().map(|(phase, times)| (phase.as_str().to_owned(), histogram(times)));
    json!({
        "ends": ends.collect::<Map<_, _>>(),
        "phases": phases.collect::<Map<_, _>>(),
        "state": worker.transaction_state.as_str(),
        "batch_messages": histogram(&worker.batch_messages),
    })
}

/// Only what has happened.
fn dead_letters(worker: &WorkerSnapshot) -> Vec<Value> {
    let found = worker.dead_letters.iter().filter(|(_, _, count)| *count > 0);
    found.map(|(stage, code, count)| json!({ "stage": stage.as_str(), "code": code.as_str(), "count": count })).collect()
}

/// Only what has happened.
fn errors(worker: &WorkerSnapshot, log: &LogSnapshot) -> Vec<Value> {
    let both = worker.errors.iter().map(|(stage, code, count)| (stage, code, count + log.errors.get(stage, code)));
    let found = both.filter(|(_, _, count)| *count > 0);
    found.map(|(stage, code, count)| json!({ "stage": stage.as_str(), "code": code.as_str(), "count": count })).collect()
}

fn lag(worker: &WorkerSnapshot, now: i64) -> Vec<Value> {
    let of = |(partition, lag): (&RawPartition, &crate::telemetry::PartitionLag)| {
        let seconds = lag.oldest_millis.map_or(0.0, |oldest| now.saturating_sub(oldest).max(0) as f64 / 1e3);
        json!({ "topic": &*partition.topic, "partition": partition.number, "messages": lag.messages, "seconds": seconds })
    };
    worker.partitions.iter().map(of).collect()
}

fn log_status(log: &LogSnapshot) -> Value {
    json!({
        "appended": log.appended,
        "read": log.read,
        "lag": log.end.saturating_sub(log.position),
        "end": log.end,
        "generation": log.generation,
        "entries": log.index_entries,
        "entries_limit": log.index_entries_limit,
        "bytes": log.index_bytes,
        "rules_mismatches": log.rules_mismatches,
        "read_back": histogram(&log.read_back),
    })
}

fn counts<L: Label>(counts: &Counts<L>) -> Value {
    Value::Object(counts.iter().map(|(label, count)| (label.as_str().to_owned(), count.into())).collect())
}

/// Quantiles since the start, and the cumulative buckets from which a reader makes those of its own time.
fn histogram(histogram: &Histogram) -> Value {
    let quantile = |q| histogram.quantile(q);
    let buckets: Vec<(f64, u64)> = histogram.cumulative().collect();
    json!({ "count": histogram.count(), "sum": histogram.sum(), "p50": quantile(0.5), "p95": quantile(0.95), "p99": quantile(0.99), "buckets": buckets })
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

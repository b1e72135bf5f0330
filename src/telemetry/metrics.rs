//! The metrics of the process: the newest snapshots, what is running, health, and the text that Prometheus scrapes.
//!
//! Counts live in the threads that own them; nothing is counted here. The clock is a parameter.

use std::sync::Arc;

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{Encoder, TextEncoder};
use serde::Serialize;

use super::health::Health;
use super::latest::Latest;
use super::recent::Recent;
use super::render;
use super::snapshot::{LogSnapshot, WorkerSnapshot};

/// What is running: the body of `/version`, and labels of two metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuildInfo {
    /// Version of this crate.
    pub version: &'static str,
    /// Git revision, where it was known at build time (`COPYDESK_REVISION`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<&'static str>,
    /// Version of the Kafka client library.
    pub librdkafka: String,
    /// Hash of the settings and tables that can change an event.
    pub config_hash: String,
}

impl BuildInfo {
    /// This build.
    pub fn new(librdkafka: impl Into<String>, config_hash: impl Into<String>) -> BuildInfo {
        let revision = option_env!("COPYDESK_REVISION").filter(|revision| !revision.is_empty());
        BuildInfo { version: env!("CARGO_PKG_VERSION"), revision, librdkafka: librdkafka.into(), config_hash: config_hash.into() }
    }
}

/// All that a scrape shows. Shared by the two Kafka threads, which publish, and the HTTP server, which renders.
pub struct Metrics {
    build: BuildInfo,
    raw_topics: Vec<String>,
    health: Arc<Health>,
    worker: Latest<WorkerSnapshot>,
    log: Latest<LogSnapshot>,
    recent: Recent,
    process: ProcessCollector,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("build", &self.build).field("raw_topics", &self.raw_topics).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Empty metrics. `raw_topics` are values of the label `topic`.
    pub fn new(build: BuildInfo, raw_topics: Vec<String>, health: Arc<Health>) -> Metrics {
        let (worker, log, recent) = (Latest::default(), Latest::default(), Recent::default());
        Metrics { build, raw_topics, health, worker, log, recent, process: ProcessCollector::for_self() }
    }

    /// Keeps the newest committed records too.
    pub fn keeping(mut self, recent: Recent) -> Metrics {
        self.recent = recent;
        self
    }

    /// The newest committed records; off unless asked for by [`Metrics::keeping`].
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// What is running.
    pub fn build(&self) -> &BuildInfo {
        &self.build
    }

    /// Called by the worker thread, every now and then and after each transaction.
    pub fn publish_worker(&self, snapshot: WorkerSnapshot) {
        debug_assert_eq!(snapshot.imbalance(), 0, "records are lost in the books");
        self.worker.set(snapshot);
    }

    /// Called by the log thread.
    pub fn publish_log(&self, snapshot: LogSnapshot) {
        self.log.set(snapshot);
    }

    /// The newest snapshot of the worker thread.
    pub fn worker(&self) -> Arc<WorkerSnapshot> {
        self.worker.get()
    }

    /// The newest snapshot of the log thread.
    pub fn log(&self) -> Arc<LogSnapshot> {
        self.log.get()
    }

    /// The text format (version 0.0.4). `now_millis` is the wall clock, which ages are counted from.
    pub fn render(&self, now_millis: i64) -> String {
        let worker = self.worker.get();
        let log = self.log.get();
        let view = render::View { build: &self.build, raw_topics: &self.raw_topics, health: &self.health, worker: &worker, log: &log, now_millis };
        let mut families = render::families(&view);
        families.extend(self.process.collect());
        let mut text = Vec::new();
        if let Err(e) = TextEncoder::new().encode(&families, &mut text) {
            // The encoder refuses only a family without samples, and none is made.
            tracing::error!(error = %e, "can't render metrics");
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

//! Workers over the in-memory broker.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::sync::Arc;
use std::time::Duration;

use copydesk::article::OutputTopic;
use copydesk::kafka::memory::{MemoryBroker, MemoryLog, MemoryPort};
use copydesk::pipeline::{Pipeline, PipelineSettings};
use copydesk::telemetry::{BuildInfo, Health, Metrics};
use copydesk::worker::{EngineSettings, Worker};

/// The topics of outputs.
pub const OUTPUTS: [OutputTopic; 3] = [OutputTopic::Articles, OutputTopic::Duplicates, OutputTopic::DeadLetters];

pub type MemoryWorker = Worker<MemoryPort, MemoryLog>;

pub fn pipeline_settings() -> PipelineSettings {
    PipelineSettings { config_hash: "test".into(), ..PipelineSettings::default() }
}

pub fn pipeline() -> Arc<Pipeline> {
    Arc::new(Pipeline::new(pipeline_settings()).expect("the bundled site rules"))
}

/// Small batches, within small bounds.
pub fn settings() -> EngineSettings {
    EngineSettings {
        max_in_flight_bytes: 1 << 20,
        batch_max_messages: 5,
        batch_max_bytes: 1 << 20,
        batch_max_wait: Duration::from_millis(2),
        max_batches: 3,
        transaction_timeout: Duration::from_secs(5),
        shutdown_grace: Duration::from_secs(4),
        slow_record: Duration::from_secs(5),
    }
}

pub fn metrics(health: &Arc<Health>) -> Metrics {
    Metrics::new(BuildInfo::new("2.12.1", "0123456789abcdef"), vec!["news.raw".into()], health.clone())
}

/// Metrics that nobody reads.
pub fn unread() -> Arc<Metrics> {
    Arc::new(metrics(&Arc::new(Health::new(Duration::from_secs(60)))))
}

/// An instance of the group `desk`.
pub fn worker(broker: &MemoryBroker, name: &str, pipeline: Arc<Pipeline>, settings: EngineSettings, metrics: Arc<Metrics>) -> MemoryWorker {
    let (port, log) = broker.connect(name, "desk");
    Worker { port, log, pipeline, raw_topics: vec!["news.raw".into()], settings, threads: 1, metrics }
}

/// Output records that are committed.
pub fn committed(broker: &MemoryBroker) -> usize {
    OUTPUTS.iter().map(|topic| broker.committed(*topic).len()).sum()
}

//! What operators see: metrics, health, the log. A leaf: nothing here knows Kafka, HTTP or the pipeline.
//!
//! Who counts owns the numbers: the worker thread fills a [`WorkerSnapshot`], the log thread a [`LogSnapshot`], each publishes
//! it as one value, and a scrape renders the newest of both. So a scrape never sees half a step, and counting costs no atomics.

pub mod families;
pub(crate) mod health;
pub(crate) mod histogram;
pub mod labels;
mod latest;
pub mod logging;
mod metrics;
pub(crate) mod recent;
mod render;
mod snapshot;

pub use health::{Component, ComponentState, Health};
pub use histogram::{Buckets, Histogram};
pub use labels::{Counts, Counts2, Label};
pub use latest::Latest;
pub use metrics::{BuildInfo, Metrics};
pub use recent::{Committed, Recent};
pub use snapshot::{BrokerLatency, ClientStats, LogSnapshot, PartitionLag, WorkerSnapshot};

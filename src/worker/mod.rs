//! The worker thread: reads batches, has them prepared, judged and finished, and publishes each in one transaction.
//!
//! It owns the transactional port and counts outcomes; nothing else does either. It never blocks on a channel.

mod batch;
pub mod engine;
pub mod lifecycle;
pub mod pool;
mod publish;
mod recover;
pub mod stats;

pub use engine::{Engine, EngineError, EngineSettings, Stop};
pub use lifecycle::{Worker, WorkerError};
pub use pool::Pool;

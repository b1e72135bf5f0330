//! The worker thread: reads batches, has them prepared, judged and finished, and publishes each in one transaction.
//!
//! It owns the transactional port and counts outcomes; nothing else does either. It never blocks on a channel.

mod batch;
pub(crate) mod engine;
mod given_up;
mod in_flight;
pub(crate) mod lifecycle;
pub mod log_thread;
mod patience;
pub(crate) mod pool;
mod publish;
mod recover;
mod results;
mod standing;
pub(crate) mod stats;
mod transaction;
mod watch;

pub use engine::{EngineError, EngineSettings};
pub use lifecycle::{Worker, WorkerError};
pub use pool::Pool;

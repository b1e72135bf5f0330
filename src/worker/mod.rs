//! The worker thread: reads batches, has them prepared, judged and finished, and publishes each in one transaction.
//!
//! It owns the transactional port and counts outcomes; nothing else does either. It never blocks on a channel.

mod batch;
pub mod engine;
mod given_up;
mod in_flight;
pub mod lifecycle;
pub mod log_thread;
mod patience;
pub mod pool;
mod publish;
mod recover;
mod results;
mod standing;
pub mod stats;
mod transaction;
mod watch;

pub use engine::{EngineError, EngineSettings};
pub use lifecycle::{Worker, WorkerError};
pub use pool::Pool;

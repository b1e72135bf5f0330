//! Kafka: the seams, the real client behind them, the honest in-memory broker for tests, and the log thread.
//!
//! Two threads own clients: the worker thread owns a [`port::TransactionalPort`], the log thread a [`port::LogPort`]. Nothing else touches one.

pub mod client;
pub mod failpoint;
pub mod judge;
pub mod log;
pub mod mark;
pub mod memory;
pub mod port;
pub mod transaction;

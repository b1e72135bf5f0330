//! Kafka: the seams, the real clients behind them, the honest in-memory broker for tests, topics, rights and audit.
//!
//! Two threads own clients: the worker thread owns a [`port::TransactionalPort`], the log thread a [`port::LogPort`]. Nothing else touches one.

pub mod audit;
mod callbacks;
pub mod client;
pub mod embedded;
pub mod failpoint;
pub mod headers;
pub mod log;
pub mod mark;
pub mod memory;
pub mod plan;
pub mod port;
mod positions;
pub mod read;
pub mod rights;
pub mod setup;
pub mod tokens;
pub mod topics;
pub mod transaction;

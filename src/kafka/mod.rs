//! kafka

pub mod audit;
pub mod client;
pub mod plan;
pub mod read;
pub mod topics;

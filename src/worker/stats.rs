//! placeholder
use crate::article::{DeadLetterCode, DuplicateKind, Millis, Stage};
use crate::pipeline::OutputRecord;
use std::time::Duration;
/// Counts.
#[derive(Debug, Default, Clone)]
pub struct Stats {
    /// x
    pub consumed: u64,
    /// x
    pub rewound: u64,
    /// x
    pub outcomes: u64,
}
#[allow(missing_docs)]
impl Stats {
    pub fn publish(&mut self, _in_flight: usize, _bytes: usize, _queue: usize, _batches: usize) {}
    pub fn transaction(&mut self, _result: &'static str, _reason: &'static str) {}
    pub fn backpressure(&mut self, _time: Duration) {}
    pub fn error(&mut self, _stage: &'static str, _code: &'static str) {}
    pub fn consumed(&mut self, _bytes: usize) {
        self.consumed += 1;
    }
    pub fn rewound(&mut self, n: usize) {
        self.rewound += n as u64;
    }
    pub fn batch(&mut self, _n: usize, _bytes: usize) {}
    pub fn worked(&mut self, _stage: &'static str, _seconds: f64) {}
    pub fn judged(&mut self, _seconds: f64) {}
    pub fn phase(&mut self, _phase: &'static str, _time: Duration) {}
    pub fn published(&mut self, _updated: bool, _at: Option<Millis>, _record: &OutputRecord) {
        self.outcomes += 1;
    }
    pub fn duplicate(&mut self, _kind: DuplicateKind, _record: &OutputRecord) {
        self.outcomes += 1;
    }
    pub fn withdrawn(&mut self, _record: &OutputRecord) {
        self.outcomes += 1;
    }
    pub fn dead_letter(&mut self, _stage: Stage, _code: DeadLetterCode, _record: &OutputRecord) {
        self.outcomes += 1;
    }
    pub fn end_to_end(&mut self, _timestamp: i64) {}
    pub fn unknown_keys(&mut self, _n: u32) {}
    pub fn rebalance(&mut self, _kind: &'static str) {}
    pub fn lag(&mut self, _lag: &[crate::kafka::port::Lag]) {}
    pub fn assigned(&mut self, _partitions: Vec<i32>) {}
}

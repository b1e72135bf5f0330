//! What the tests on a real broker share: Apache Kafka started by the test itself, clients, and the worker as a process.
//!
//! Use it with `mod support;`. Nothing here may survive the test process: see `process`. Nothing sleeps for a fixed time: things
//! are waited for, up to a generous limit, since the machine may be busy.

// Each test file uses a part of it, and is a crate of its own.
#![allow(dead_code)]

pub mod acls;
pub mod archive;
pub mod client;
pub mod coordinator;
pub mod desk;
pub mod files;
pub mod hostile;
pub mod http;
pub mod jars;
pub mod kafka;
pub mod memory;
pub mod ports;
pub mod process;
pub mod python;
pub mod tls;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use copydesk::config::{RawTopics, TopicSettings};
use copydesk::kafka::audit::AuditReport;
use copydesk::kafka::topics::{Finding, Plan, Severity};

pub use kafka::{Cluster, Options};

/// One broker for all tests of this process that need no more than topics of their own. The watchdog ends it with the process.
pub fn shared_cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(Options::default()))
}

/// A name for a topic, a group or a transactional id that no other test of this process uses.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Asks again and again until there is an answer; panics with `what` after `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// [`wait_for`] a condition.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    wait_for(what, limit, || condition().then_some(()));
}

/// Topics of these names on a cluster of three brokers: 4 raw partitions, 2 of each output.
pub fn plan(prefix: &str) -> Plan {
    let name = |what: &str| format!("{prefix}.{what}");
    let topics = TopicSettings {
        raw: RawTopics(vec![name("raw")]),
        articles: name("articles"),
        duplicates: name("duplicates"),
        dead_letters: name("dead-letters"),
        fingerprints: name("fingerprints"),
        ..TopicSettings::default()
    };
    Plan { topics, raw_partitions: 4, output_partitions: 2, ..Plan::default() }
}

/// The errors among findings, in words.
pub fn errors(findings: &[Finding]) -> Vec<String> {
    findings.iter().filter(|f| f.severity == Severity::Error).map(Finding::to_string).collect()
}

/// Missing, doubled, unknown, dangling.
pub fn four(report: &AuditReport) -> [u64; 4] {
    [report.missing, report.doubled, report.unknown, report.dangling]
}

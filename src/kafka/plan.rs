//! The plan of topics: which there must be, and what is promised of each; below it what a topic as it is does not keep of that (`check`) and the plan
//! for other tools (`print`).
//!
//! Functions of plan and topic only: nothing here asks a broker (that is `topics`). An `error` means that a guarantee can't be
//! kept and the worker must not run; a `warning` is said and lived with.

mod check;
mod print;

use std::collections::BTreeMap;
use std::time::Duration;

pub use check::{ActualTopic, Finding, Severity};

pub use crate::config::memory::RECORD_MARGIN;
use crate::config::{TopicRole, TopicSettings};

/// The most bytes that an entry of the log takes on disk, framing included, if each stood in a batch of its own.
const LOG_ENTRY_BYTES: u64 = 420;

/// Which topics there should be, and what the promises are measured by.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Their names, and what each must keep.
    pub topics: TopicSettings,
    /// Partitions of a new raw topic: the most workers that can share it.
    pub raw_partitions: i32,
    /// Partitions of each new output topic.
    pub output_partitions: i32,
    /// One broker holds the only copy: replication and `min.insync.replicas` are 1.
    pub single_broker: bool,
    /// The window of duplicates, in time.
    pub window: Duration,
    /// The window of duplicates, in log entries.
    pub window_entries: u64,
    /// The longest outage that the log must outlive.
    pub longest_outage: Duration,
    /// Retention of a new log; two windows and the longest outage at least.
    pub log_retention: Duration,
    /// Bytes of the largest event.
    pub max_event_bytes: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            topics: TopicSettings::default(),
            raw_partitions: 12,
            output_partitions: 12,
            single_broker: false,
            window: Duration::from_secs(72 * 3600),
            window_entries: 1_000_000,
            longest_outage: Duration::from_secs(72 * 3600),
            log_retention: Duration::from_secs(14 * 24 * 3600),
            max_event_bytes: 1_000_000,
        }
    }
}

/// A topic as it should be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredTopic {
    /// What it is for.
    pub role: TopicRole,
    /// Its name.
    pub name: String,
    /// Its partitions.
    pub partitions: i32,
    /// Its replicas.
    pub replication: u16,
    /// Its settings by name.
    pub configs: BTreeMap<&'static str, String>,
}

/// The plan contradicts itself, one sentence each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct PlanError(pub Vec<String>);

impl Plan {
    /// The least retention that the log may have: two windows and the longest outage.
    pub fn least_log_retention(&self) -> Duration {
        self.window.saturating_mul(2).saturating_add(self.longest_outage)
    }

    /// Refuses a plan that contradicts itself; all that is wrong is reported at once.
    pub fn validate(&self) -> Result<(), PlanError> {
        let mut problems = Vec::new();
        let mut seen: BTreeMap<&str, TopicRole> = BTreeMap::new();
        for (role, name) in self.topics.all() {
            if let Some(other) = seen.insert(name, role) {
                if other == role {
                    problems.push(format!("{name} is named twice as {}", role.describe()));
                    continue;
                }
                problems.push(format!("{name} can't be both {} and {}", other.describe(), role.describe()));
            }
            problems.extend(bad_name(name).map(|why| format!("{} can't be named {name:?}: {why}", role.describe())));
        }
        if self.topics.raw.names().is_empty() {
            problems.push("there must be a raw topic".to_owned());
        }
        for (what, partitions) in [("raw", self.raw_partitions), ("output", self.output_partitions)] {
            if partitions < 1 {
                problems.push(format!("{what} partitions must be 1 or more, not {partitions}"));
            }
        }
        if self.log_retention < self.least_log_retention() {
            problems.push(format!(
                "the log's retention is {}, but two windows and the longest outage take {}",
                hours(self.log_retention),
                hours(self.least_log_retention())
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(PlanError(problems)) }
    }

    /// Each topic as it should be made.
    pub fn desired(&self) -> Vec<DesiredTopic> {
        self.topics.all().into_iter().map(|(role, name)| self.desired_topic(role, name)).collect()
    }

    fn desired_topic(&self, role: TopicRole, name: &str) -> DesiredTopic {
        let mut configs = BTreeMap::new();
        configs.insert("cleanup.policy", "delete".to_owned());
        configs.insert("min.insync.replicas", self.required_in_sync().to_string());
        configs.insert("unclean.leader.election.enable", "false".to_owned());
        let mut partitions = self.output_partitions;
        match role {
            TopicRole::Raw => {
                partitions = self.raw_partitions;
            }
            TopicRole::Articles | TopicRole::Duplicates | TopicRole::DeadLetters => {}
            TopicRole::Fingerprints => {
                partitions = 1;
                configs.insert("message.timestamp.type", "LogAppendTime".to_owned());
                configs.insert("retention.ms", self.log_retention.as_millis().to_string());
                configs.insert("retention.bytes", "-1".to_owned());
            }
        }
        if let Some(bytes) = self.least_message_bytes(role) {
            configs.insert("max.message.bytes", bytes.to_string());
        }
        configs.retain(|name, _| !self.goes_without(name));
        DesiredTopic { role, name: name.to_owned(), partitions, replication: self.required_replication(), configs }
    }

    /// Replicas that each topic must have.
    fn required_replication(&self) -> u16 {
        if self.single_broker { 1 } else { self.topics.replication }
    }

    /// `min.insync.replicas` that each topic must have.
    fn required_in_sync(&self) -> u16 {
        if self.single_broker { 1 } else { self.topics.min_insync_replicas }
    }

    /// Whether the operator accepts brokers that don't offer this setting.
    fn goes_without(&self, setting: &str) -> bool {
        self.topics.accept_unsupported.iter().any(|accepted| accepted.as_str() == setting)
    }

    /// The least `max.message.bytes`; a dead letter holds the raw record and the reason.
    fn least_message_bytes(&self, role: TopicRole) -> Option<u32> {
        match role {
            TopicRole::Raw => Some(self.topics.max_raw_bytes.saturating_add(RECORD_MARGIN)),
            TopicRole::DeadLetters => Some(self.topics.max_raw_bytes.saturating_add(2 * RECORD_MARGIN)),
            TopicRole::Articles | TopicRole::Duplicates => Some(self.max_event_bytes.saturating_add(RECORD_MARGIN)),
            TopicRole::Fingerprints => None,
        }
    }
}

fn hours(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 3600 && seconds.is_multiple_of(3600) { format!("{} h", seconds / 3600) } else { format!("{seconds} s") }
}

/// Why the brokers would refuse this name (the rules of `org.apache.kafka.common.internals.Topic`).
fn bad_name(name: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Some("it is empty")
    } else if name == "." || name == ".." {
        Some("it is a dot")
    } else if name.len() > 249 {
        Some("it is longer than 249 characters")
    } else if !name.chars().all(allowed) {
        Some("only letters, digits, dot, hyphen and underscore are allowed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;

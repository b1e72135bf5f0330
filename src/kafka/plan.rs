//! The plan of topics: which there must be, and what is promised of each; below it the judgement on a topic as it is (`check`) and the plan for
//! other tools (`print`).
//!
//! Functions of plan and topic only: nothing here asks a broker (that is `topics`). An `error` means that a guarantee can't be
//! kept and the worker must not run; a `warning` is said and lived with.

mod check;
mod print;

use std::collections::BTreeMap;
use std::time::Duration;

pub use check::{ActualTopic, Finding, Severity};

use crate::config::TopicSetting;
pub use crate::config::memory::RECORD_MARGIN;

/// The most bytes that an entry of the log takes on disk, framing included, if each stood in a batch of its own.
const LOG_ENTRY_BYTES: u64 = 420;

/// What a topic is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The raw articles.
    Raw,
    /// `published`, `updated` and `withdrawn` events.
    Articles,
    /// An event for each copy.
    Duplicates,
    /// Refused records.
    DeadLetters,
    /// The log that duplicate decisions rest on.
    Fingerprints,
}

/// Which topics there should be, and what the promises are measured by.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Names of the raw topics.
    pub raw: Vec<String>,
    /// Name of the topic of articles.
    pub articles: String,
    /// Name of the topic of duplicates.
    pub duplicates: String,
    /// Name of the topic of dead letters.
    pub dead_letters: String,
    /// Name of the log.
    pub fingerprints: String,
    /// Partitions of a new raw topic: the most workers that can share it.
    pub raw_partitions: i32,
    /// Partitions of each new output topic.
    pub output_partitions: i32,
    /// Replicas of each topic; 1 with `single_broker`.
    pub replication: u16,
    /// `min.insync.replicas` of each topic; 1 with `single_broker`.
    pub min_insync_replicas: u16,
    /// Settings that the brokers need not offer.
    pub accept_unsupported: Vec<TopicSetting>,
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
    /// Bytes of the largest raw record's value.
    pub max_raw_bytes: u32,
    /// Bytes of the largest event.
    pub max_event_bytes: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            raw: vec!["news.raw".into()],
            articles: "news.articles".into(),
            duplicates: "news.duplicates".into(),
            dead_letters: "news.dead-letters".into(),
            fingerprints: "news.fingerprints".into(),
            raw_partitions: 12,
            output_partitions: 12,
            replication: 3,
            min_insync_replicas: 2,
            accept_unsupported: Vec::new(),
            single_broker: false,
            window: Duration::from_secs(72 * 3600),
            window_entries: 1_000_000,
            longest_outage: Duration::from_secs(72 * 3600),
            log_retention: Duration::from_secs(14 * 24 * 3600),
            max_raw_bytes: 16 << 20,
            max_event_bytes: 1_000_000,
        }
    }
}

/// A topic as it should be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredTopic {
    /// What it is for.
    pub role: Role,
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
    /// The topics with their roles, the raw topics first.
    pub fn names(&self) -> Vec<(Role, &str)> {
        let mut names: Vec<(Role, &str)> = self.raw.iter().map(|name| (Role::Raw, name.as_str())).collect();
        names.extend([
            (Role::Articles, self.articles.as_str()),
            (Role::Duplicates, self.duplicates.as_str()),
            (Role::DeadLetters, self.dead_letters.as_str()),
            (Role::Fingerprints, self.fingerprints.as_str()),
        ]);
        names
    }

    /// The least retention that the log may have: two windows and the longest outage.
    pub fn least_log_retention(&self) -> Duration {
        self.window.saturating_mul(2).saturating_add(self.longest_outage)
    }

    /// Refuses a plan that contradicts itself; all that is wrong is reported at once.
    pub fn validate(&self) -> Result<(), PlanError> {
        let mut problems = Vec::new();
        let mut seen: BTreeMap<&str, Role> = BTreeMap::new();
        for (role, name) in self.names() {
            if let Some(other) = seen.insert(name, role) {
                if other == role {
                    problems.push(format!("{name} is named twice as {}", role.describe()));
                    continue;
                }
                problems.push(format!("{name} can't be both {} and {}", other.describe(), role.describe()));
            }
            problems.extend(bad_name(name).map(|why| format!("{} can't be named {name:?}: {why}", role.describe())));
        }
        if self.raw.is_empty() {
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
        self.names().into_iter().map(|(role, name)| self.desired_topic(role, name)).collect()
    }

    fn desired_topic(&self, role: Role, name: &str) -> DesiredTopic {
        let mut configs = BTreeMap::new();
        configs.insert("cleanup.policy", "delete".to_owned());
        configs.insert("min.insync.replicas", self.required_in_sync().to_string());
        configs.insert("unclean.leader.election.enable", "false".to_owned());
        let mut partitions = self.output_partitions;
        match role {
            Role::Raw => {
                partitions = self.raw_partitions;
            }
            Role::Articles | Role::Duplicates | Role::DeadLetters => {}
            Role::Fingerprints => {
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
        if self.single_broker { 1 } else { self.replication }
    }

    /// `min.insync.replicas` that each topic must have.
    fn required_in_sync(&self) -> u16 {
        if self.single_broker { 1 } else { self.min_insync_replicas }
    }

    /// Whether the operator accepts brokers that don't offer this setting.
    fn goes_without(&self, setting: &str) -> bool {
        self.accept_unsupported.iter().any(|accepted| accepted.as_str() == setting)
    }

    /// The least `max.message.bytes`; a dead letter holds the raw record and the reason.
    fn least_message_bytes(&self, role: Role) -> Option<u32> {
        match role {
            Role::Raw => Some(self.max_raw_bytes.saturating_add(RECORD_MARGIN)),
            Role::DeadLetters => Some(self.max_raw_bytes.saturating_add(2 * RECORD_MARGIN)),
            Role::Articles | Role::Duplicates => Some(self.max_event_bytes.saturating_add(RECORD_MARGIN)),
            Role::Fingerprints => None,
        }
    }
}

impl Role {
    /// The name in reports.
    pub fn describe(self) -> &'static str {
        match self {
            Role::Raw => "the raw topic",
            Role::Articles => "the topic of articles",
            Role::Duplicates => "the topic of duplicates",
            Role::DeadLetters => "the topic of dead letters",
            Role::Fingerprints => "the fingerprint log",
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

//! The plan of topics: which there must be, what is promised of each, and the judgement on a topic as it is.
//!
//! Functions of plan and topic only: nothing here asks a broker (that is `topics`). An `error` means that a guarantee can't be
//! kept and the worker must not run; a `warning` is said and lived with.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Bytes that a record's key, headers and framing may take beside its value.
pub const RECORD_MARGIN: u32 = 64 << 10;
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
    /// The articles as ninjs items (optional).
    Ninjs,
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
    /// Name of the topic of ninjs items, where wanted.
    pub ninjs: Option<String>,
    /// Partitions of a new raw topic: the most workers that can share it.
    pub raw_partitions: i32,
    /// Partitions of each new output topic.
    pub output_partitions: i32,
    /// Replicas of each new topic; 1 with `single_broker`.
    pub replication: i32,
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
            ninjs: None,
            raw_partitions: 12,
            output_partitions: 12,
            replication: 3,
            single_broker: false,
            window: Duration::from_secs(72 * 3600),
            window_entries: 1_000_000,
            longest_outage: Duration::from_secs(72 * 3600),
            log_retention: Duration::from_secs(14 * 24 * 3600),
            max_raw_bytes: 16 << 20,
            max_event_bytes: 4 << 20,
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
    pub replication: i32,
    /// Its settings by name.
    pub configs: BTreeMap<&'static str, String>,
}

/// A topic as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActualTopic {
    /// How many partitions.
    pub partitions: usize,
    /// Replicas of the partition that has the fewest.
    pub replication: usize,
    /// Partitions without a leader.
    pub leaderless: usize,
    /// Its settings by name; empty where they may not be read.
    pub configs: BTreeMap<String, String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Said and lived with.
    Warning,
    /// A guarantee can't be kept: the worker must not run.
    Error,
}

/// What is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The topic.
    pub topic: String,
    /// What, in a short sentence.
    pub what: String,
    /// How bad.
    pub severity: Severity,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}", self.topic, self.what)
    }
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
        names.extend(self.ninjs.as_deref().map(|name| (Role::Ninjs, name)));
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
        if !self.single_broker && self.replication < 3 {
            problems.push(format!("replication must be 3 or more, not {} (or use --single-broker)", self.replication));
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
        configs.insert("min.insync.replicas", self.min_insync().to_string());
        configs.insert("unclean.leader.election.enable", "false".to_owned());
        let mut partitions = self.output_partitions;
        match role {
            Role::Raw => {
                partitions = self.raw_partitions;
            }
            Role::Articles | Role::Duplicates | Role::DeadLetters | Role::Ninjs => {}
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
        let replication = if self.single_broker { 1 } else { self.replication };
        DesiredTopic { role, name: name.to_owned(), partitions, replication, configs }
    }

    fn min_insync(&self) -> u32 {
        if self.single_broker { 1 } else { 2 }
    }

    /// The least `max.message.bytes`; a dead letter holds the raw record and the reason.
    fn least_message_bytes(&self, role: Role) -> Option<u32> {
        match role {
            Role::Raw => Some(self.max_raw_bytes.saturating_add(RECORD_MARGIN)),
            Role::DeadLetters => Some(self.max_raw_bytes.saturating_add(2 * RECORD_MARGIN)),
            Role::Articles | Role::Duplicates | Role::Ninjs => Some(self.max_event_bytes.saturating_add(RECORD_MARGIN)),
            Role::Fingerprints => None,
        }
    }

    /// What is not as promised of a topic. A function of the two: the brokers are not asked.
    pub fn judge(&self, role: Role, name: &str, actual: &ActualTopic) -> Vec<Finding> {
        let mut judge = Judge { topic: name, findings: Vec::new() };
        let is_log = role == Role::Fingerprints;
        let severe = if is_log { Severity::Error } else { Severity::Warning };
        if is_log && actual.partitions != 1 {
            judge.error(format!("has {} partitions, must have exactly 1", actual.partitions));
        }
        if actual.leaderless > 0 {
            judge.warn(format!("{} of {} partitions have no leader now", actual.leaderless, actual.partitions));
        }
        if !self.single_broker && actual.replication < 3 {
            judge.say(severe, format!("has {}, should have 3", counted(actual.replication, "replica")));
        }
        if actual.configs.is_empty() {
            judge.say(severe, "its settings can't be read (this user needs the right DescribeConfigs)".to_owned());
            return judge.findings;
        }
        self.judge_durability(severe, actual, &mut judge);
        self.judge_cleanup(role, actual, &mut judge);
        if is_log {
            self.judge_log(actual, &mut judge);
        }
        if let Some(least) = self.least_message_bytes(role) {
            match number(actual, "max.message.bytes") {
                Some(bytes) if bytes >= i64::from(least) => {}
                Some(bytes) => {
                    // Raw records may be limited further by their producers, and a dead letter is cut.
                    let severe = match role {
                        Role::Raw | Role::DeadLetters => Severity::Warning,
                        _ => Severity::Error,
                    };
                    judge.say(severe, format!("max.message.bytes is {bytes}, should be {least} or more"));
                }
                None => judge.say(Severity::Warning, "max.message.bytes can't be read".to_owned()),
            }
        }
        judge.findings
    }

    fn judge_durability(&self, severe: Severity, actual: &ActualTopic, judge: &mut Judge<'_>) {
        match number(actual, "min.insync.replicas") {
            Some(n) if usize::try_from(n).is_ok_and(|n| n > actual.replication) => {
                let replicas = counted(actual.replication, "replica");
                judge.error(format!("min.insync.replicas is {n}, but it has {replicas}: nothing can be written"));
            }
            Some(n) if n >= i64::from(self.min_insync()) => {}
            Some(n) => judge.say(severe, format!("min.insync.replicas is {n}, must be {}", self.min_insync())),
            None => judge.say(severe, "min.insync.replicas can't be read".to_owned()),
        }
        if value(actual, "unclean.leader.election.enable") != Some("false") && !self.single_broker {
            judge.say(severe, "unclean.leader.election.enable must be false, or acknowledged records can be lost".to_owned());
        }
    }

    fn judge_cleanup(&self, role: Role, actual: &ActualTopic, judge: &mut Judge<'_>) {
        let policy = value(actual, "cleanup.policy").unwrap_or("unknown");
        if policy == "delete" {
            return;
        }
        let policy = if policy.is_empty() { "none" } else { policy };
        if !policy.contains("compact") {
            // Kept for ever: no promise is broken by that, disks are.
            judge.warn(format!("cleanup.policy is {policy}, should be delete"));
            return;
        }
        match role {
            Role::Fingerprints => {
                judge.error(format!("cleanup.policy is {policy}, must be delete: compaction keeps the last record of a key, and the first must win"))
            }
            Role::Duplicates => judge.error(format!("cleanup.policy is {policy}, must be delete: copies would vanish")),
            Role::DeadLetters => {
                judge.error(format!("cleanup.policy is {policy}, must be delete: dead letters would vanish, and one without a key can't be written"))
            }
            Role::Articles | Role::Ninjs => {
                judge.warn(format!("cleanup.policy is {policy}: it keeps the last record of an article, which need not be the greatest version"))
            }
            Role::Raw => {
                judge.warn(format!("cleanup.policy is {policy}: raw records can vanish before they are read"));
            }
        }
    }

    fn judge_log(&self, actual: &ActualTopic, judge: &mut Judge<'_>) {
        let timestamps = value(actual, "message.timestamp.type").unwrap_or("unknown");
        if timestamps != "LogAppendTime" {
            judge.error(format!("message.timestamp.type is {timestamps}, must be LogAppendTime"));
        }
        let least = self.least_log_retention();
        match number(actual, "retention.ms") {
            Some(-1) => {}
            Some(ms) if u128::try_from(ms).is_ok_and(|ms| ms >= least.as_millis()) => {}
            Some(ms) => {
                let kept = hours(Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
                judge.error(format!("retention.ms keeps {kept}, must keep two windows and the longest outage, {}", hours(least)));
            }
            None => judge.error("retention.ms can't be read".to_owned()),
        }
        // A window is a time or a number of entries, whichever is shorter: what holds two windows of entries is enough.
        let least_bytes = self.window_entries.saturating_mul(2 * LOG_ENTRY_BYTES);
        match number(actual, "retention.bytes") {
            Some(-1) => {}
            Some(bytes) if u64::try_from(bytes).is_ok_and(|bytes| bytes >= least_bytes) => {}
            Some(bytes) => judge.error(format!("retention.bytes is {bytes}, must be -1 or at least {least_bytes} (two windows)")),
            None => judge.error("retention.bytes can't be read".to_owned()),
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
            Role::Ninjs => "the topic of ninjs items",
        }
    }
}

struct Judge<'a> {
    topic: &'a str,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn say(&mut self, severity: Severity, what: String) {
        self.findings.push(Finding { topic: self.topic.to_owned(), what, severity });
    }

    fn error(&mut self, what: String) {
        self.say(Severity::Error, what);
    }

    fn warn(&mut self, what: String) {
        self.say(Severity::Warning, what);
    }
}

fn value<'a>(actual: &'a ActualTopic, key: &str) -> Option<&'a str> {
    actual.configs.get(key).map(String::as_str)
}

fn number(actual: &ActualTopic, key: &str) -> Option<i64> {
    value(actual, key)?.parse().ok()
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
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

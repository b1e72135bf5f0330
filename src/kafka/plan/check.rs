//! What a topic as it is does not keep of the plan.
//!
//! Three things are told apart: a setting that is wrong, one that these brokers do not offer (others than Apache Kafka's leave some out), and
//! settings that may not be read at all.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::{LOG_ENTRY_BYTES, Plan, hours};
use crate::config::{TopicRole, TopicSetting};

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

impl Plan {
    /// What is not as promised of a topic. A function of the two: the brokers are not asked.
    pub fn compare(&self, role: TopicRole, name: &str, actual: &ActualTopic) -> Vec<Finding> {
        let mut report = Findings { topic: name, findings: Vec::new() };
        let is_log = role == TopicRole::Fingerprints;
        let severe = if is_log { Severity::Error } else { Severity::Warning };
        if is_log && actual.partitions != 1 {
            report.error(format!("has {} partitions, must have exactly 1", actual.partitions));
        }
        if actual.leaderless > 0 {
            report.warn(format!("{} of {} partitions have no leader now", actual.leaderless, actual.partitions));
        }
        let replicas = self.required_replication();
        if actual.replication < usize::from(replicas) {
            report.say(severe, format!("has {}, should have {replicas}", counted(actual.replication, "replica")));
        }
        if actual.configs.is_empty() {
            report.say(severe, "its settings can't be read (this user needs the right DescribeConfigs)".to_owned());
            return report.findings;
        }
        self.compare_durability(severe, actual, &mut report);
        self.compare_cleanup(severe, role, actual, &mut report);
        if is_log {
            self.compare_log(actual, &mut report);
        }
        if let Some(least) = self.least_message_bytes(role) {
            // Raw records may be limited further by their producers, and a dead letter is cut.
            let severe = match role {
                TopicRole::Raw | TopicRole::DeadLetters => Severity::Warning,
                TopicRole::Articles | TopicRole::Duplicates | TopicRole::Fingerprints => Severity::Error,
            };
            if let Some(bytes) = self.offered(severe, actual, "max.message.bytes", &mut report)
                && bytes.parse::<i64>().map_or(true, |bytes| bytes < i64::from(least))
            {
                report.say(severe, format!("max.message.bytes is {bytes}, should be {least} or more"));
            }
        }
        report.findings
    }

    /// The value of a setting; where these brokers do not offer it, that is said.
    fn offered<'a>(&self, severe: Severity, actual: &'a ActualTopic, setting: &str, report: &mut Findings<'_>) -> Option<&'a str> {
        let found = value(actual, setting);
        if found.is_none() {
            if self.goes_without(setting) {
                report.warn(format!("these brokers do not offer {setting}, and topics.accept_unsupported accepts that"));
            } else if TopicSetting::ALL.iter().any(|known| known.as_str() == setting) {
                report.say(
                    severe,
                    format!("these brokers do not offer {setting}: what it is for can't be checked; topics.accept_unsupported = [\"{setting}\"] accepts that"),
                );
            } else {
                let why = if severe == Severity::Error { ", and there is no going without it" } else { "" };
                report.say(severe, format!("these brokers do not offer {setting}{why}"));
            }
        }
        found
    }

    fn compare_durability(&self, severe: Severity, actual: &ActualTopic, report: &mut Findings<'_>) {
        let required = self.required_in_sync();
        if let Some(found) = self.offered(severe, actual, "min.insync.replicas", report) {
            match found.parse::<usize>() {
                Ok(n) if n > actual.replication => {
                    let replicas = counted(actual.replication, "replica");
                    report.error(format!("min.insync.replicas is {n}, but it has {replicas}: nothing can be written"));
                }
                Ok(n) if n >= usize::from(required) => {}
                Ok(_) | Err(_) => report.say(severe, format!("min.insync.replicas is {found}, must be {required}")),
            }
        }
        if self.single_broker {
            return;
        }
        if self.offered(severe, actual, "unclean.leader.election.enable", report).is_some_and(|found| found != "false") {
            report.say(severe, "unclean.leader.election.enable must be false, or acknowledged records can be lost".to_owned());
        }
    }

    fn compare_cleanup(&self, severe: Severity, role: TopicRole, actual: &ActualTopic, report: &mut Findings<'_>) {
        let Some(policy) = self.offered(severe, actual, "cleanup.policy", report) else { return };
        if policy == "delete" {
            return;
        }
        let policy = if policy.is_empty() { "none" } else { policy };
        if !policy.contains("compact") {
            // Kept for ever: no promise is broken by that, disks are.
            report.warn(format!("cleanup.policy is {policy}, should be delete"));
            return;
        }
        match role {
            TopicRole::Fingerprints => {
                report.error(format!("cleanup.policy is {policy}, must be delete: compaction keeps the last record of a key, and the first must win"))
            }
            TopicRole::Duplicates => report.error(format!("cleanup.policy is {policy}, must be delete: copies would vanish")),
            TopicRole::DeadLetters => {
                report.error(format!("cleanup.policy is {policy}, must be delete: dead letters would vanish, and one without a key can't be written"))
            }
            TopicRole::Articles => {
                report.warn(format!("cleanup.policy is {policy}: it keeps the last record of an article, which need not be the greatest version"))
            }
            TopicRole::Raw => {
                report.warn(format!("cleanup.policy is {policy}: raw records can vanish before they are read"));
            }
        }
    }

    fn compare_log(&self, actual: &ActualTopic, report: &mut Findings<'_>) {
        let error = Severity::Error;
        if let Some(timestamps) = self.offered(error, actual, "message.timestamp.type", report)
            && timestamps != "LogAppendTime"
        {
            report.error(format!("message.timestamp.type is {timestamps}, must be LogAppendTime"));
        }
        let least = self.least_log_retention();
        if let Some(found) = self.offered(error, actual, "retention.ms", report) {
            match found.parse::<i64>() {
                Ok(-1) => {}
                Ok(ms) if u128::try_from(ms).is_ok_and(|ms| ms >= least.as_millis()) => {}
                Ok(ms) => {
                    let kept = hours(Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
                    report.error(format!("retention.ms keeps {kept}, must keep two windows and the longest outage, {}", hours(least)));
                }
                Err(_) => report.error(format!("retention.ms is {found}, which is no number")),
            }
        }
        // A window is a time or a number of entries, whichever is shorter: what holds two windows of entries is enough.
        let least_bytes = self.window_entries.saturating_mul(2 * LOG_ENTRY_BYTES);
        if let Some(found) = self.offered(error, actual, "retention.bytes", report) {
            match found.parse::<i64>() {
                Ok(-1) => {}
                Ok(bytes) if u64::try_from(bytes).is_ok_and(|bytes| bytes >= least_bytes) => {}
                Ok(_) | Err(_) => report.error(format!("retention.bytes is {found}, must be -1 or at least {least_bytes} (two windows)")),
            }
        }
    }
}

struct Findings<'a> {
    topic: &'a str,
    findings: Vec<Finding>,
}

impl Findings<'_> {
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

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

//! The audit: has every raw record that a group has passed exactly one output, and does every reference lead to an event?
//!
//! It reads whole topics as a committed reader would, joins outputs with raw records by topic, partition and offset, and trusts
//! nothing that the worker counted itself. It writes nothing and joins no group. Memory: three bits a raw offset, 16 bytes and
//! table overhead an event.
//!
//! A group that is running can be audited too. The order of steps makes it exact: (1) the committed offsets `C`; (2) the high
//! watermarks of the outputs, which are behind every output for `C`; (3) wait until no transaction is open below them; (4) the
//! committed offsets again, `D`, which are behind every output below the watermarks. Then what is missing is judged against `C`,
//! and what is unknown against `D`.

mod output;
mod tally;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::message::Message;

use crate::article::RawPartition;

use self::output::{Output, parse_output};
use self::tally::{Bounds, Notes, Tally};
use super::client::{Bridge, ClientError, Connection};
use super::read::{self, Stretch};
use crate::config::TopicSettings;

/// How long transactions may stay open, and offsets stay held by one, before the audit gives up.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(120);

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// There is no such topic, or it may not be seen.
    #[error("the topic {0} doesn't exist, or this user may not see it")]
    NoTopic(String),
    /// A transaction stays open.
    #[error("a transaction on {0} is still open after {limit} s", limit = TRANSACTION_LIMIT.as_secs())]
    OpenTransaction(String),
    /// The brokers.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What the audit found. Everything is as promised when the first four are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Raw records below the committed offsets without an output.
    pub missing: u64,
    /// Raw records with more than one output.
    pub doubled: u64,
    /// Outputs that are of no raw record below the committed offsets, or can't be read.
    pub unknown: u64,
    /// References (`supersedes`, `duplicate_of`) to an event that is in no output.
    pub dangling: u64,
    /// Raw records below the committed offsets.
    pub records: u64,
    /// Offsets of the raw topic from the committed ones to its end: what the group has yet to handle.
    pub waiting: u64,
    /// How many outputs of each kind: `published`, `duplicate same_text`, `dead letter not_html`.
    pub kinds: BTreeMap<String, u64>,
    /// What a reader of the numbers must know.
    pub notes: Vec<String>,
    /// A few of the records behind the first four numbers.
    pub examples: Vec<String>,
}

impl AuditReport {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.missing == 0 && self.doubled == 0 && self.unknown == 0 && self.dangling == 0
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {} {}", self.missing, self.doubled, self.unknown, self.dangling)?;
        writeln!(f, "missing doubled unknown dangling")?;
        writeln!(f, "{} raw records below the committed offsets, {} offsets beyond them", self.records, self.waiting)?;
        for (kind, count) in &self.kinds {
            writeln!(f, "{count} {kind}")?;
        }
        for line in self.examples.iter().chain(&self.notes) {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// Audits what `group` has made of the raw topics up to its committed offsets.
pub fn audit(connection: &Connection, group: &str, topics: &TopicSettings) -> Result<AuditReport, AuditError> {
    let settled = connection.consumer("audit", &[("group.id", group), ("isolation.level", "read_committed")])?;
    let newest = connection.consumer("audit", &[("group.id", group), ("isolation.level", "read_uncommitted")])?;
    let outputs = topics.outputs();
    let mut raw = Vec::new();
    for topic in topics.raw.names() {
        raw.push((topic.as_str(), partitions(&settled, topic)?));
    }
    // Without waiting for a transaction that holds offsets: what is committed is enough here.
    let first = committed(&newest, group, &raw)?;
    let mut notes = Notes::default();
    let mut stretches = Vec::with_capacity(outputs.len());
    for topic in outputs {
        stretches.push(output_stretches(&newest, topic, &mut notes)?);
    }
    for (topic, stretches) in outputs.iter().zip(&stretches) {
        wait_until_settled(&settled, topic, stretches)?;
    }
    let last = committed(&settled, group, &raw)?;
    for (topic, _) in raw.iter().filter(|(topic, _)| first.keys().all(|place| *place.topic != **topic)) {
        notes.add(format!("note: the group {group} has committed no offset of {topic}"));
    }

    let mut tally = Tally::default();
    for (topic, numbers) in &raw {
        // One name for all of its records.
        let name: Arc<str> = (*topic).into();
        let mut stretches = Vec::with_capacity(numbers.len());
        for number in numbers {
            let place = RawPartition::new(name.clone(), *number);
            let (low, high) = read::ends(&settled, topic, *number)?;
            let offset_in = |offsets: &BTreeMap<RawPartition, i64>| offsets.get(&place).copied().unwrap_or(0);
            let bounds = Bounds { low, passed: offset_in(&first), end: offset_in(&last) };
            let bounds = bounds.within(high, &place.to_string(), &mut notes);
            tally.report.waiting += high.saturating_sub(bounds.end.max(low)).unsigned_abs();
            stretches.push(Stretch { partition: *number, from: low, to: bounds.end });
            tally.add_partition(place, bounds);
        }
        read::read_committed(connection, group, topic, &stretches, |m| tally.raw_record(&RawPartition::new(name.clone(), m.partition()), m.offset()))?;
        for number in numbers {
            // What retention took while it was read can't be asked for.
            let (low, _) = read::ends(&settled, topic, *number)?;
            tally.raise_low(&RawPartition::new(name.clone(), *number), low, &mut notes);
        }
    }
    read_outputs(connection, group, topics, &stretches, &mut tally)?;
    Ok(tally.finish(notes))
}

/// What the group has committed in these partitions of the raw topics.
fn committed(consumer: &BaseConsumer<Bridge>, group: &str, raw: &[(&str, Vec<i32>)]) -> Result<BTreeMap<RawPartition, i64>, AuditError> {
    let mut all = BTreeMap::new();
    for (topic, numbers) in raw {
        let offsets = read::committed(consumer, group, topic, numbers, TRANSACTION_LIMIT)?;
        all.extend(offsets.into_iter().map(|(number, offset)| (RawPartition::new(*topic, number), offset)));
    }
    Ok(all)
}

/// Tells the tally what stands in the output topics.
fn read_outputs(connection: &Connection, group: &str, topics: &TopicSettings, stretches: &[Vec<Stretch>], tally: &mut Tally) -> Result<(), AuditError> {
    let kinds = [Output::Article, Output::Duplicate, Output::DeadLetter];
    for ((topic, kind), stretches) in topics.outputs().into_iter().zip(kinds).zip(stretches) {
        read::read_committed(connection, group, topic, stretches, |m| {
            let place = || format!("{topic}/{}@{}", m.partition(), m.offset());
            tally.output(parse_output(kind, m), place);
        })?;
    }
    Ok(())
}

fn partitions(consumer: &BaseConsumer<Bridge>, topic: &str) -> Result<Vec<i32>, AuditError> {
    read::partitions(consumer, topic)?.ok_or_else(|| AuditError::NoTopic(topic.to_owned()))
}

/// All that an output topic holds now.
fn output_stretches(newest: &BaseConsumer<Bridge>, topic: &str, notes: &mut Notes) -> Result<Vec<Stretch>, AuditError> {
    let mut stretches = Vec::new();
    for partition in partitions(newest, topic)? {
        let (low, high) = read::ends(newest, topic, partition)?;
        if low > 0 {
            notes.add(format!("note: {topic}/{partition} begins at offset {low}: outputs before it are gone, and count as missing and dangling"));
        }
        stretches.push(Stretch { partition, from: low, to: high });
    }
    Ok(stretches)
}

/// Waits until each transaction that was open below these ends is decided.
fn wait_until_settled(settled: &BaseConsumer<Bridge>, topic: &str, stretches: &[Stretch]) -> Result<(), AuditError> {
    let deadline = Instant::now() + TRANSACTION_LIMIT;
    for stretch in stretches {
        while read::ends(settled, topic, stretch.partition)?.1 < stretch.to {
            if Instant::now() >= deadline {
                return Err(AuditError::OpenTransaction(format!("{topic}/{}", stretch.partition)));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

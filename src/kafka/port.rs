//! The seams to Kafka: the transactional port of the worker thread and the log port of the log thread.
//!
//! Behind them stand the real client ([`super::transaction`], [`super::log`]) and an honest in-memory broker
//! ([`super::memory`]) for tests. Nothing above this file knows a Kafka client.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::article::{OutputRecord, RawArticle, RawPartition};
use crate::telemetry::ClientStats;
use crate::telemetry::labels::Client;

use super::mark::Mark;

/// An error by its consequence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// Another instance has our name: the process must end.
    #[error("fenced: another instance runs under the same name ({0})")]
    Fenced(String),
    /// The producer is dead: a new one with the same transactional id, then back to the committed offsets.
    #[error("the producer failed: {0}")]
    Producer(String),
    /// The transaction must be aborted.
    #[error("the transaction must be aborted: {0}")]
    Abort(String),
    /// The same call again.
    #[error("to be tried again: {0}")]
    Retry(String),
    /// The transaction must be aborted, since the brokers refuse a record of it for good (too large, a policy, not valid): it would never go through.
    #[error("the brokers refuse a record: {reason}")]
    Refused {
        /// The number that it was sent with; `None` where it may be any of the transaction: the brokers refuse a request as a whole.
        record: Option<usize>,
        /// What the brokers said.
        reason: String,
    },
    /// Nothing of these: the process must end, and its supervisor starts it again.
    #[error("{0}")]
    Fatal(String),
}

/// What a poll of the input gave.
#[derive(Debug)]
pub enum Polled {
    /// A record.
    Record(RawArticle),
    /// The assignment has changed. Everything in flight is void.
    Rebalanced(Rebalance),
    /// Nothing in this time.
    Nothing,
}

/// A change of the assignment. It takes effect with the next [`TransactionalPort::rewind`], so that whoever hears of it can abort first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// Partitions came.
    Assigned(Vec<RawPartition>),
    /// Partitions were given up.
    Revoked(Vec<RawPartition>),
    /// Partitions were taken away: somebody else may own them already.
    Lost(Vec<RawPartition>),
}

/// Where an assigned partition stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The partition.
    pub partition: RawPartition,
    /// Its position.
    pub position: Position,
}

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// At the offset that the group has committed.
    Committed(i64),
    /// The group has committed none, or one below the log's start whose loss is accepted: this is its choice. It must be committed
    /// ([`TransactionalPort::commit_start`]) before the first record counts, or whoever comes next would choose anew.
    Start(i64),
    /// It can't be told now, for this reason: the partition has no leader, for instance. The others don't wait for it.
    Unknown(String),
}

/// How far behind a partition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The partition.
    pub partition: RawPartition,
    /// Last stable offset − position.
    pub messages: i64,
}

/// The worker's consumer and transactional producer. One owner: the worker thread.
///
/// The order of a transaction: `begin`, `send` …, `drive` until `in_flight` is 0, `send_offsets`, `commit`.
/// `init` comes before `subscribe`: offsets left pending by a dead instance block the group's reads until then.
pub trait TransactionalPort {
    /// The group's metadata (member, generation), taken when a batch is begun and given back with its offsets.
    type Metadata;

    /// Makes the producer ready and aborts what a dead instance of the same name left open.
    fn init(&mut self) -> Result<(), PortError>;

    /// The newest mark among the committed offsets of the group, of all partitions of the raw topics.
    fn newest_mark(&mut self) -> Result<Option<Mark>, PortError>;

    /// Joins the group.
    fn subscribe(&mut self) -> Result<(), PortError>;

    /// Waits for a record or a change of the assignment, at most `timeout`.
    fn poll(&mut self, timeout: Duration) -> Result<Polled, PortError>;

    /// The group's metadata now.
    fn metadata(&self) -> Result<Self::Metadata, PortError>;

    /// The next offset to read of each assigned partition.
    fn positions(&self) -> BTreeMap<RawPartition, i64>;

    /// No more records from `poll` until [`Self::resume`].
    fn pause(&mut self) -> Result<(), PortError>;

    /// Records again.
    fn resume(&mut self) -> Result<(), PortError>;

    /// Lets a change of the assignment take effect, and goes back to the committed offsets of all assigned partitions, asked of the
    /// broker, or to where a new group starts.
    fn rewind(&mut self) -> Result<Vec<Standing>, PortError>;

    /// Commits where the group begins in partitions of which it has committed nothing: partition and offset.
    fn commit_start(&mut self, starts: &[(RawPartition, i64)]) -> Result<(), PortError>;

    /// How far behind each assigned partition is, as far as it can be told quickly.
    fn lag(&mut self) -> Vec<Lag>;

    /// Whether brokers answer, as far as can be told without asking them.
    fn is_reachable(&self) -> bool {
        true
    }

    /// What the client library tells of its own clients since the last call; none where it has none to tell.
    fn client_stats(&mut self) -> Vec<(Client, ClientStats)> {
        Vec::new()
    }

    /// Begins a transaction.
    fn begin(&mut self) -> Result<(), PortError>;

    /// Hands the record with this number in its batch to the producer. `Retry` where its queue is full.
    fn send(&mut self, number: usize, record: &OutputRecord) -> Result<(), PortError>;

    /// Serves the producer's callbacks. An error where a delivery failed.
    fn drive(&mut self) -> Result<(), PortError>;

    /// Records handed over whose delivery is not known.
    fn in_flight(&self) -> usize;

    /// Puts the next offsets of a batch into the transaction, with the metadata taken when it was begun and a mark for the offsets' metadata.
    fn send_offsets(&mut self, offsets: &[(RawPartition, i64)], metadata: &Self::Metadata, mark: &str) -> Result<(), PortError>;

    /// Commits.
    fn commit(&mut self) -> Result<(), PortError>;

    /// Aborts; records in flight are dropped first.
    fn abort(&mut self) -> Result<(), PortError>;

    /// A new producer of the same name, with whatever the old one left open resolved.
    fn renew_producer(&mut self) -> Result<(), PortError>;

    /// Leaves the group.
    fn close(&mut self);
}

/// A record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Its offset.
    pub offset: i64,
    /// Milliseconds, from the broker's clock.
    pub timestamp: i64,
    /// The encoded entry.
    pub value: Vec<u8>,
}

/// What the log port reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// The next record of the log.
    Record(LogRecord),
    /// The append with this token was acknowledged.
    Delivered(u64),
    /// Whether the append with this token is in the log is not known, or it is not: append again.
    Undelivered(u64, String),
}

/// The log's producer and tail. One owner: the log thread.
pub trait LogPort {
    /// The first offset and the end offset now.
    fn bounds(&mut self) -> Result<(i64, i64), PortError>;

    /// Begins to read at `offset`.
    fn tail_from(&mut self, offset: i64) -> Result<(), PortError>;

    /// Milliseconds of the first record at or after `offset`, if there is one: to find where two windows begin.
    fn offset_at_time(&mut self, timestamp: i64) -> Result<Option<i64>, PortError>;

    /// Hands an entry over to be appended; its fate comes as an event with `token`. `Retry` where the queue is full.
    fn append(&mut self, token: u64, entry: &[u8]) -> Result<(), PortError>;

    /// What has come, waiting at most `timeout` for the first.
    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, PortError>;

    /// The next offset to read. It passes what is no record (markers of transactions), which never comes.
    fn position(&self) -> i64;

    /// The end of the log as last heard of, without asking for it; 0 where nothing was heard.
    fn known_end(&self) -> i64 {
        0
    }

    /// Why the log can't be reached now, as far as can be told without asking for it.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// What the client library tells of its own clients since the last call; none where it has none to tell.
    fn client_stats(&mut self) -> Vec<(Client, ClientStats)> {
        Vec::new()
    }
}

//! Reads a stretch of a topic from one offset to another, by assignment, as a member of no group.
//!
//! For commands that look at whole topics (audit, dead letters). It must never commit an offset, and never wait for ever: a
//! stretch ends where the partition's readable end was reached, or with an error when nothing comes for a minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::client::{Bridge, ClientError, Connection, describe};

/// How long one answer of the brokers may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a read waits without any sign of life.
const STALL_LIMIT: Duration = Duration::from_secs(60);

/// Offsets of one partition: `from` is in, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The partition.
    pub partition: i32,
    /// The first offset.
    pub from: i64,
    /// The first offset that is not read.
    pub to: i64,
}

/// The partitions of a topic, ascending; `None` where there is no such topic (or it may not be seen).
pub fn partitions(consumer: &BaseConsumer<Bridge>, topic: &str) -> Result<Option<Vec<i32>>, ClientError> {
    let doing = || format!("read the metadata of {topic}");
    let metadata = consumer.fetch_metadata(Some(topic), CALL_TIMEOUT).map_err(|e| ClientError::call(doing(), &e))?;
    let Some(found) = metadata.topics().iter().find(|t| t.name() == topic) else { return Ok(None) };
    match found.error().map(RDKafkaErrorCode::from) {
        None => {}
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => return Ok(None),
        Some(code) => return Err(ClientError::Call { doing: doing(), reason: code.to_string() }),
    }
    let mut ids: Vec<i32> = found.partitions().iter().map(|p| p.id()).collect();
    ids.sort_unstable();
    Ok(Some(ids))
}

/// The first offset of a partition and its end, as the consumer's isolation level sees it: the last stable offset for
/// `read_committed`, the high watermark for `read_uncommitted`.
pub fn ends(consumer: &BaseConsumer<Bridge>, topic: &str, partition: i32) -> Result<(i64, i64), ClientError> {
    consumer.fetch_watermarks(topic, partition, CALL_TIMEOUT).map_err(|e| ClientError::call(format!("read the ends of {topic}/{partition}"), &e))
}

/// Calls `each` for the records of these stretches that a `read_committed` reader sees, in the order of the offsets within a
/// partition. `group` is only named to the brokers (they ask for it, and want the right to read it); nothing is committed.
pub fn read_committed(
    connection: &Connection,
    group: &str,
    topic: &str,
    stretches: &[Stretch],
    mut each: impl FnMut(&BorrowedMessage<'_>),
) -> Result<(), ClientError> {
    let mut open: BTreeMap<i32, Stretch> = stretches.iter().filter(|s| s.from < s.to).map(|s| (s.partition, *s)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let settings = [
        ("group.id", group),
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "earliest"),
        ("enable.partition.eof", "true"),
        // The end of a partition is only said when a fetch comes back empty.
        ("fetch.wait.max.ms", "50"),
        ("queued.max.messages.kbytes", "32768"),
    ];
    let consumer = connection.consumer("read", &settings)?;
    let doing = || format!("read {topic}");
    assign(&consumer, topic, open.values()).map_err(|e| ClientError::call(doing(), &e))?;

    let mut last_sign = Instant::now();
    while !open.is_empty() {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => {
                last_sign = Instant::now();
                let Some(stretch) = open.get(&message.partition()).copied() else { continue };
                if message.offset() < stretch.to {
                    each(&message);
                }
                if message.offset() + 1 >= stretch.to {
                    finish(&consumer, topic, stretch.partition, &mut open).map_err(|e| ClientError::call(doing(), &e))?;
                }
            }
            // The end as a committed reader sees it. The last records before `to` may be markers and aborted ones, which never come.
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                last_sign = Instant::now();
                finish(&consumer, topic, partition, &mut open).map_err(|e| ClientError::call(doing(), &e))?;
            }
            Some(Err(error)) if is_final(&error) => return Err(ClientError::call(doing(), &error)),
            // An outage: the client goes on by itself.
            Some(Err(_)) | None => {}
        }
        if last_sign.elapsed() > STALL_LIMIT {
            let last = consumer.context().last_error().map_or_else(|| "no error either".to_owned(), |(_, text)| text);
            let reason = format!("nothing came for {} s ({last})", STALL_LIMIT.as_secs());
            return Err(ClientError::Call { doing: doing(), reason });
        }
    }
    Ok(())
}

fn assign<'a>(consumer: &BaseConsumer<Bridge>, topic: &str, stretches: impl Iterator<Item = &'a Stretch>) -> Result<(), KafkaError> {
    let mut assignment = TopicPartitionList::new();
    for stretch in stretches {
        assignment.add_partition_offset(topic, stretch.partition, Offset::Offset(stretch.from))?;
    }
    consumer.assign(&assignment)
}

/// Stops fetching a partition that was read to its end, so that the others get the bandwidth.
fn finish(consumer: &BaseConsumer<Bridge>, topic: &str, partition: i32, open: &mut BTreeMap<i32, Stretch>) -> Result<(), KafkaError> {
    if open.remove(&partition).is_none() || open.is_empty() {
        return Ok(());
    }
    let mut done = TopicPartitionList::with_capacity(1);
    done.add_partition(topic, partition);
    consumer.pause(&done)
}

/// Whether no retry can mend it.
fn is_final(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumptionFatal(_))
        || matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::GroupAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
                    | RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownTopic
                    | RDKafkaErrorCode::UnknownPartition
                    | RDKafkaErrorCode::Authentication
                    | RDKafkaErrorCode::SSL
            )
        )
}

/// The offsets that a group has committed on these partitions, without joining it; partitions without one are left out.
pub fn committed(consumer: &BaseConsumer<Bridge>, group: &str, topic: &str, partitions: &[i32], limit: Duration) -> Result<BTreeMap<i32, i64>, ClientError> {
    let mut wanted = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        wanted.add_partition(topic, *partition);
    }
    let doing = || format!("read the committed offsets of the group {group}");
    let found = consumer.committed_offsets(wanted, limit).map_err(|error| match error.rdkafka_error_code() {
        // A transaction that holds offsets of the group and was not ended: the brokers keep the answer back.
        Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut) => ClientError::Call {
            doing: doing(),
            reason: format!("no answer for {} s: an unfinished transaction may hold them; try again when it has timed out", limit.as_secs()),
        },
        _ => ClientError::Call { doing: doing(), reason: describe(&error) },
    })?;
    let mut offsets = BTreeMap::new();
    for element in found.elements() {
        element.error().map_err(|e| ClientError::call(doing(), &e))?;
        if let Offset::Offset(offset) = element.offset() {
            offsets.insert(element.partition(), offset);
        }
    }
    Ok(offsets)
}

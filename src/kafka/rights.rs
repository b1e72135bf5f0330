//! Whether this user may do what the worker will do. Each right is tried, and nothing is left behind.
//!
//! The rights to write can only be tried in a transaction, under the worker's own name: that would end a worker which runs under it,
//! so it is done only on demand. Whether the log may be written can't be tried without writing to it.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use crate::article::{OutputRecord, OutputTopic};

use super::client::{Bridge, Connection, describe};
use super::port::{PortError, TransactionalPort};
use super::setup::PortSettings;
use super::transaction::KafkaPort;

const LIMIT: Duration = Duration::from_secs(10);

/// The rights that are missing, a sentence each. `as_worker` tries the writing too, under the worker's name.
pub fn check(settings: PortSettings, as_worker: bool) -> Vec<String> {
    let mut missing = Vec::new();
    let group = settings.group.clone();
    let raw = settings.topics.raw.names();
    for topic in raw.iter().chain([&settings.topics.fingerprints]) {
        if let Err(reason) = may_read(&settings.connection, &group, topic) {
            missing.push(format!("topic {topic}, operation Read: {reason}"));
        }
    }
    if let Some(Err(reason)) = raw.first().map(|topic| may_read_group(&settings.connection, &group, topic)) {
        missing.push(format!("group {group}, operation Read: {reason}"));
    }
    if as_worker {
        missing.extend(may_write(settings).err().map(|error| format!("transactional id or output topics, operation Write: {error}")));
    }
    missing
}

fn consumer(connection: &Connection, group: &str) -> Result<BaseConsumer<Bridge>, String> {
    connection.consumer("check", &[("group.id", group), ("auto.offset.reset", "latest")]).map_err(|e| e.to_string())
}

fn may_read(connection: &Connection, group: &str, topic: &str) -> Result<(), String> {
    let consumer = consumer(connection, group)?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::End).map_err(|e| describe(&e))?;
    consumer.fetch_watermarks(topic, 0, LIMIT).map_err(|e| describe(&e))?;
    consumer.assign(&list).map_err(|e| describe(&e))?;
    // A fetch that is denied says so within its first round.
    let deadline = Instant::now() + Duration::from_secs(1);
    while Instant::now() < deadline {
        if let Some(Err(error)) = consumer.poll(Duration::from_millis(100))
            && is_denied(&error)
        {
            return Err(describe(&error));
        }
    }
    Ok(())
}

fn is_denied(error: &KafkaError) -> bool {
    let denied = [RDKafkaErrorCode::TopicAuthorizationFailed, RDKafkaErrorCode::GroupAuthorizationFailed];
    error.rdkafka_error_code().is_some_and(|code| denied.contains(&code))
}

fn may_read_group(connection: &Connection, group: &str, topic: &str) -> Result<(), String> {
    let consumer = consumer(connection, group)?;
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, 0);
    match consumer.committed_offsets(list, LIMIT) {
        Err(error) if is_denied(&error) => Err(describe(&error)),
        // Offsets that an open transaction holds back are no question of rights.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn may_write(settings: PortSettings) -> Result<(), PortError> {
    let mut port = KafkaPort::new(settings)?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = port.init() {
        if !matches!(error, PortError::Retry(_)) || Instant::now() > deadline {
            return Err(error);
        }
    }
    port.begin()?;
    for topic in [OutputTopic::Articles, OutputTopic::Duplicates, OutputTopic::DeadLetters] {
        port.send(0, &OutputRecord { topic, key: None, value: Some(b"{}".to_vec()), headers: Vec::new() })?;
    }
    while port.in_flight() > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    let delivered = port.drive();
    let aborted = port.abort();
    delivered.and(aborted)
}

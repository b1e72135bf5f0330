//! What the worker's clients are made of: the settings of the port, and the client properties that the guarantees rest on.
//!
//! Source: KIP-98, KIP-447; librdkafka's CONFIGURATION. A property that a guarantee needs is set here and can't be set from outside.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;

use super::client::Connection;
use super::embedded::{self, Brokers};
use crate::config::memory::{PRODUCER_QUEUE_KBYTES, largest_record_set};
use crate::config::{StartFrom, TopicSettings};

/// What the port is made of.
#[derive(Clone, Debug)]
pub struct PortSettings {
    /// Brokers, security, further client properties.
    pub connection: Connection,
    /// What these brokers can do.
    pub brokers: Brokers,
    /// Further properties of the consumer.
    pub consumer: BTreeMap<String, String>,
    /// Further properties of the producer.
    pub producer: BTreeMap<String, String>,
    /// The consumer group.
    pub group: String,
    /// Stable name of this instance in the group.
    pub instance: String,
    /// The topics.
    pub topics: TopicSettings,
    /// Where a new group begins.
    pub start_from: StartFrom,
    /// Go on where committed offsets lie below the log's start.
    pub accept_loss: bool,
    /// Milliseconds.
    pub session_timeout_ms: u32,
    /// Milliseconds.
    pub transaction_timeout_ms: u32,
    /// Bytes of raw records that the client may hold before they are read.
    pub prefetch_bytes: usize,
    /// The most bytes that an output record may take.
    pub max_record_bytes: usize,
    /// The most bytes that an event may take: what the topics of articles and duplicates take at least.
    pub max_event_bytes: usize,
}

pub(super) fn consumer_config(settings: &PortSettings) -> ClientConfig {
    let mut config = settings.connection.config("consumer");
    let kbytes = (settings.prefetch_bytes / 1024).max(1024).to_string();
    config
        .set("group.id", &settings.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "error")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("allow.auto.create.topics", "false")
        .set("session.timeout.ms", settings.session_timeout_ms.to_string())
        .set("queued.max.messages.kbytes", &kbytes)
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.message.max.bytes", "1048576")
        .set("fetch.max.bytes", (settings.prefetch_bytes / 2).max(1 << 20).to_string())
        .set("receive.message.max.bytes", largest_record_set(settings.prefetch_bytes).to_string())
        .set("statistics.interval.ms", "1000");
    if settings.brokers == Brokers::Embedded {
        // It deletes by size at any time: what is lost is told by the gap, and reading goes on.
        config.set("auto.offset.reset", "earliest").set("fetch.wait.max.ms", embedded::FETCH_WAIT_MS);
    }
    for (key, value) in &settings.consumer {
        config.set(key, value);
    }
    config
}

/// The stable name by which a restarted worker fences its predecessor. A slash separates group and instance, and is escaped in both, so that no two
/// pairs give one name.
pub fn transactional_id(group: &str, instance: &str) -> String {
    let escaped = |name: &str| name.replace('%', "%25").replace('/', "%2F");
    format!("copydesk/{}/{}", escaped(group), escaped(instance))
}

pub(super) fn producer_config(settings: &PortSettings) -> ClientConfig {
    let mut config = settings.connection.config("producer");
    config
        .set("transactional.id", transactional_id(&settings.group, &settings.instance))
        .set("transaction.timeout.ms", settings.transaction_timeout_ms.to_string())
        .set("message.timeout.ms", settings.transaction_timeout_ms.to_string())
        .set("message.max.bytes", (settings.max_record_bytes + 65_536).to_string())
        // Records travel in batches, and a topic refuses a batch that is larger than its largest record. A record alone may be larger than this.
        .set("batch.size", settings.max_event_bytes.min(1_000_000).to_string())
        .set("queue.buffering.max.kbytes", PRODUCER_QUEUE_KBYTES.to_string())
        .set("linger.ms", "1")
        .set("statistics.interval.ms", "1000")
        .set("compression.type", "lz4")
        .set("partitioner", "murmur2_random");
    for (key, value) in &settings.producer {
        config.set(key, value);
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_workers_share_a_transactional_id() {
        assert_eq!(transactional_id("desk", "worker-0"), "copydesk/desk/worker-0");
        let pairs = [("a-b", "c"), ("a", "b-c"), ("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a%252Fb", "c")];
        let names: std::collections::BTreeSet<String> = pairs.iter().map(|(group, instance)| transactional_id(group, instance)).collect();
        assert_eq!(names.len(), pairs.len());
    }
}

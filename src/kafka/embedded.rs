//! The embedded broker of `copydesk standalone`: librdkafka's mock cluster, inside this process, open to any Kafka client on this
//! machine. For trying things out: nothing outlives the process.
//!
//! What it can't do, and what is done instead, stands here and nowhere else:
//!
//! | a cluster | the embedded broker | so |
//! |---|---|---|
//! | creates topics for an admin client | never answers one | [`EmbeddedBroker::start`] makes the topics |
//! | commits offsets with the transaction | drops them | the port commits them to the group, right after the transaction |
//! | hides aborted records from committed readers | shows them | nothing: an abort may be seen |
//! | wakes a waiting fetch when a record comes | lets it wait to its end | fetches wait 10 ms |
//! | keeps records by time | keeps 5 MiB (or 100,000 batches) a partition | [`Gaps`] tells what was lost; `copydesk feed` paces itself |
//! | fences an older producer of the same name | does not | one worker only |

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::client::{Bridge, ClientError, Connection, describe};
use super::port::PortError;
use crate::article::RawPartition;

/// Milliseconds that a fetch waits at the embedded broker.
pub(super) const FETCH_WAIT_MS: &str = "10";

/// What is behind the addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Brokers {
    /// Kafka.
    #[default]
    Cluster,
    /// The embedded broker of this process.
    Embedded,
}

/// A broker that lives as long as this value.
pub struct EmbeddedBroker(MockCluster<'static, DefaultProducerContext>);

impl EmbeddedBroker {
    /// Starts it on a free port of this machine, with these topics of one partition each.
    ///
    /// # Errors
    /// The process has no port or thread left, or a topic's name can't be one.
    pub fn start(topics: &[&str]) -> Result<EmbeddedBroker, PortError> {
        let failed = |error| PortError::Fatal(format!("the embedded broker can't start: {error}"));
        let cluster = MockCluster::new(1).map_err(failed)?;
        for topic in topics {
            cluster.create_topic(topic, 1, 1).map_err(failed)?;
        }
        Ok(EmbeddedBroker(cluster))
    }

    /// Its address: `host:port`.
    pub fn bootstrap(&self) -> String {
        self.0.bootstrap_servers()
    }
}

/// A record of any topic, as a client of the embedded broker sends or reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds.
    pub timestamp: i64,
}

/// Sends records and reads topics from their start: a client beside the worker, of no group.
pub struct Bystander {
    producer: ThreadedProducer<DefaultProducerContext>,
    consumer: BaseConsumer<Bridge>,
}

impl Bystander {
    /// Connects, and begins to read the first partition of each of these topics.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn new(bootstrap: &str, topics: &[&str]) -> Result<Bystander, ClientError> {
        let connection = Connection::new(bootstrap);
        let settings = [("group.id", "copydesk-show"), ("auto.offset.reset", "earliest"), ("fetch.wait.max.ms", FETCH_WAIT_MS)];
        let consumer = connection.consumer("show", &settings)?;
        let mut assignment = TopicPartitionList::new();
        let failed = |error| ClientError::call("read the output", &error);
        for topic in topics {
            assignment.add_partition_offset(topic, 0, Offset::Beginning).map_err(failed)?;
        }
        consumer.assign(&assignment).map_err(failed)?;
        let mut config = connection.config("samples");
        config.set("linger.ms", "0").set("message.max.bytes", "67108864").set("enable.idempotence", "true");
        let producer = config.create().map_err(|error| ClientError::Properties(vec![describe(&error)]))?;
        Ok(Bystander { producer, consumer })
    }

    /// Sends a record, and waits until the broker has it.
    ///
    /// # Errors
    /// The broker did not take it within ten seconds.
    pub fn send(&self, topic: &str, record: &Plain) -> Result<(), ClientError> {
        let failed = |error| ClientError::call(format!("send to {topic}"), &error);
        let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
        for (key, value) in &record.headers {
            headers = headers.insert(Header { key, value: value.as_deref() });
        }
        let mut outgoing = BaseRecord::<[u8], [u8]>::to(topic).headers(headers).timestamp(record.timestamp);
        outgoing.key = record.key.as_deref();
        outgoing.payload = record.value.as_deref();
        self.producer.send(outgoing).map_err(|(error, _)| failed(error))?;
        self.producer.flush(Duration::from_secs(10)).map_err(failed)
    }

    /// The next record that was published, with its topic; none where nothing came in this time.
    pub fn next(&self, timeout: Duration) -> Option<(String, Plain)> {
        // An error comes again if it lasts; the broker is in this process.
        let message = self.consumer.poll(timeout)?.ok()?;
        let headers = message.headers().map(|headers| headers.iter().map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect());
        let record = Plain {
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.unwrap_or_default(),
            timestamp: message.timestamp().to_millis().unwrap_or(-1),
        };
        Some((message.topic().to_owned(), record))
    }
}

/// Tells records that were deleted before they were read: offsets of the embedded broker have no holes else.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<RawPartition, i64>);

impl Gaps {
    /// A record was read. Returns how many were lost before it.
    pub(super) fn watch(&mut self, partition: RawPartition, offset: i64) -> i64 {
        let expected = self.0.insert(partition, offset + 1).unwrap_or(0);
        let lost = (offset - expected).max(0);
        if lost > 0 {
            tracing::error!(
                lost,
                "the embedded broker keeps 5 MiB: pages were dropped before they were read; send them slower (`copydesk feed` does), or use Kafka"
            );
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deleted_unread_is_told() {
        let mut gaps = Gaps::default();
        let lost: Vec<i64> =
            [(0, 0), (0, 1), (0, 5), (1, 2), (0, 3), (0, 4)].into_iter().map(|(p, o)| gaps.watch(RawPartition::new("news.raw", p), o)).collect();
        // A rewind reads records again: nothing is lost by that.
        assert_eq!(lost, [0, 0, 3, 2, 0, 0]);
    }
}

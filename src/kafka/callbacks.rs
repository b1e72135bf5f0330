//! What the worker's clients call back: a changed assignment, deliveries that failed, statistics, log lines.
//!
//! A callback runs on whatever thread polls, so it only puts a value into a channel. It must never act on a client or on the
//! worker's state: the worker thread takes the values when it is ready for them.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use rdkafka::TopicPartitionList;
use rdkafka::bindings::rd_kafka_resp_err_t;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;

use crate::article::RawPartition;
use crate::telemetry::labels::Client;
use crate::telemetry::{BrokerLatency, ClientStats};

use super::client::Bridge;

/// A change of the assignment, as the callback heard it.
pub(super) enum Change {
    Assign(Vec<RawPartition>),
    Revoke(Vec<RawPartition>),
    Lost(Vec<RawPartition>),
}

/// The consumer's callbacks.
pub(super) struct InputContext {
    pub(super) bridge: Bridge,
    pub(super) changes: Sender<Change>,
    pub(super) stable: Sender<BTreeMap<RawPartition, i64>>,
    pub(super) told: Sender<(Client, ClientStats)>,
    pub(super) topics: Vec<Arc<str>>,
    pub(super) closing: AtomicBool,
}

impl ClientContext for InputContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bridge.generate_oauth_token(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.bridge.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.bridge.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let known = self.topics.iter().filter_map(|name| Some((name, statistics.topics.get(&**name)?)));
        let stable = known.flat_map(|(name, topic)| topic.partitions.iter().map(|(p, s)| (RawPartition::new(name.clone(), *p), s.ls_offset))).collect();
        // The reader has gone only when the process ends.
        let _ = self.stable.send(stable);
        let _ = self.told.send((Client::Consumer, client_stats(&statistics)));
    }
}

impl ConsumerContext for InputContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: rd_kafka_resp_err_t, partitions: &mut TopicPartitionList) {
        let named: Vec<RawPartition> = partitions.elements().iter().map(|e| RawPartition::new(e.topic(), e.partition())).collect();
        let change = if error == rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            Change::Assign(named)
        } else if self.closing.load(Ordering::Relaxed) {
            // Nobody is left to take it up: the close waits for this.
            if let Err(error) = consumer.incremental_unassign(partitions) {
                tracing::debug!(%error, "unassign at close failed");
            }
            return;
        } else if consumer.assignment_lost() {
            Change::Lost(named)
        } else {
            Change::Revoke(named)
        };
        let _ = self.changes.send(change);
    }
}

/// A record that was not delivered.
pub(super) struct Undelivered {
    pub(super) code: RDKafkaErrorCode,
    pub(super) reason: String,
}

/// The producer's callbacks.
pub(super) struct OutputContext {
    pub(super) bridge: Bridge,
    pub(super) failures: Sender<Undelivered>,
    pub(super) told: Sender<(Client, ClientStats)>,
}

impl ClientContext for OutputContext {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bridge.generate_oauth_token(config)
    }

    fn stats(&self, statistics: Statistics) {
        let _ = self.told.send((Client::Producer, client_stats(&statistics)));
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.bridge.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.bridge.error(error, reason);
    }
}

impl ProducerContext for OutputContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): Self::DeliveryOpaque) {
        if let Err((error, _)) = result {
            let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
            let _ = self.failures.send(Undelivered { code, reason: error.to_string() });
        }
    }
}

/// What is kept of the client library's statistics.
pub(super) fn client_stats(statistics: &Statistics) -> ClientStats {
    let mut stats = ClientStats { queue_messages: statistics.msg_cnt, queue_bytes: statistics.msg_size, ..ClientStats::default() };
    for broker in statistics.brokers.values() {
        // The group's coordinator counts too, which has no id of its own: a spare talks to nobody else.
        stats.brokers_up += u64::from(matches!(broker.state.as_str(), "UP" | "UPDATE"));
        stats.retries += broker.txretries;
        stats.errors += broker.txerrs;
        stats.timeouts += broker.req_timeouts;
        if let Some(rtt) = broker.rtt.as_ref().filter(|_| broker.nodeid >= 0) {
            let micros = |value: i64| u64::try_from(value).unwrap_or(0);
            stats.brokers.insert(broker.nodeid, BrokerLatency { p50_micros: micros(rtt.p50), p99_micros: micros(rtt.p99) });
        }
    }
    stats.fetch_queue_bytes = statistics.topics.values().flat_map(|t| t.partitions.values()).map(|p| p.fetchq_size).sum();
    stats
}

//! The real client behind the log port: an idempotent producer without transactions, and a tail without a group.
//!
//! One owner: the log thread. It appends and reads; what an entry means is not its matter.

use std::error::Error;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::statistics::Statistics;
use rdkafka::{Offset, TopicPartitionList};

use crate::telemetry::ClientStats;
use crate::telemetry::labels::Client;

use super::callbacks::client_stats;
use super::client::{Bridge, Connection};
use super::embedded::{self, Brokers};
use super::failpoint;
use super::port::{LogEvent, LogPort, LogRecord, PortError};
use crate::config::memory::{LOG_PRODUCER_QUEUE_KBYTES, LOG_TAIL_QUEUE_KBYTES};

const CALL_LIMIT: Duration = Duration::from_secs(10);
/// The ends are asked for while the log is followed, too: an outage must be told in 5 s.
const BOUNDS_LIMIT: Duration = Duration::from_secs(3);
/// A new position of the tail has taken effect by then, even where no record comes.
const SETTLED_AFTER: Duration = Duration::from_secs(3);
/// A connection may be down for so long before it is an outage.
const OUTAGE_AFTER: Duration = Duration::from_secs(2);

/// What the tail's client tells of the log once a second: its end, and why it can't be reached, if so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    end: i64,
    trouble: Option<String>,
}

struct LogContext {
    bridge: Bridge,
    client: Client,
    topic: String,
    deliveries: Sender<(u64, Result<(), String>)>,
    told: Sender<(Client, ClientStats, Told)>,
}

impl ClientContext for LogContext {
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
        // The reader has gone only when the process ends.
        let _ = self.told.send((self.client, client_stats(&statistics), Told::of(&statistics, &self.topic)));
    }
}

impl Told {
    /// From the client's statistics: the partition's leader is known, and its connection is up. Before the first answer nothing is known.
    fn of(statistics: &Statistics, topic: &str) -> Told {
        let Some(partition) = statistics.topics.get(topic).and_then(|t| t.partitions.get(&0)) else { return Told::default() };
        let end = partition.hi_offset.max(0);
        let leader = statistics.brokers.values().find(|b| b.nodeid == partition.leader && partition.leader >= 0);
        let trouble = match leader {
            None => Some("its partition has no leader".to_owned()),
            Some(broker) if broker.state == "UP" || broker.state == "UPDATE" => None,
            Some(broker) => Some(format!("the connection to {} is {}", broker.nodename, broker.state)),
        };
        Told { end, trouble }
    }
}

impl ConsumerContext for LogContext {}

impl ProducerContext for LogContext {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, token: usize) {
        let result = result.as_ref().map(|_| ()).map_err(|(error, _)| error.to_string());
        // The reader has gone only when the process ends.
        let _ = self.deliveries.send((token as u64, result));
    }
}

/// The real client of the fingerprint log.
pub struct KafkaLog {
    connection: Connection,
    topic: String,
    producer: Option<ThreadedProducer<LogContext>>,
    tail: BaseConsumer<LogContext>,
    deliveries: Receiver<(u64, Result<(), String>)>,
    deliveries_in: Sender<(u64, Result<(), String>)>,
    told: Receiver<(Client, ClientStats, Told)>,
    told_in: Sender<(Client, ClientStats, Told)>,
    /// What was told of each client and is not fetched yet.
    client_stats: Vec<(Client, ClientStats)>,
    /// What was told last.
    known: Told,
    /// When the tail was set last, and whether a record came since: until then its position may be that of before.
    tailed: Option<Instant>,
    /// Since when the leader's connection is down: it may be a short one, at the start or when the leader moves.
    down_since: Option<Instant>,
}

impl KafkaLog {
    /// Makes the clients. `group` needs no members: brokers with access control ask for it even of a reader without a group.
    pub fn new(connection: Connection, brokers: Brokers, group: &str, topic: &str) -> Result<KafkaLog, PortError> {
        let (deliveries_in, deliveries) = unbounded();
        let (told_in, told) = unbounded();
        let mut tail = connection.config("log-tail");
        tail.set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("allow.auto.create.topics", "false")
            // Nobody writes transactions to the log. If somebody did, and left one open, a committed reader would stand still at it.
            .set("isolation.level", "read_uncommitted")
            .set("fetch.wait.max.ms", if brokers == Brokers::Embedded { embedded::FETCH_WAIT_MS } else { "100" })
            .set("fetch.queue.backoff.ms", "5")
            .set("statistics.interval.ms", "1000")
            .set("queued.max.messages.kbytes", LOG_TAIL_QUEUE_KBYTES.to_string());
        let context = LogContext {
            bridge: connection.bridge("log-tail"),
            client: Client::LogConsumer,
            topic: topic.to_owned(),
            deliveries: deliveries_in.clone(),
            told: told_in.clone(),
        };
        let tail: BaseConsumer<LogContext> = tail.create_with_context(context).map_err(|e| PortError::Fatal(e.to_string()))?;
        connection.authenticate_later(Consumer::client(&tail));
        Ok(KafkaLog {
            connection,
            topic: topic.to_owned(),
            producer: None,
            tail,
            deliveries,
            deliveries_in,
            told,
            told_in,
            client_stats: Vec::new(),
            known: Told::default(),
            tailed: None,
            down_since: None,
        })
    }

    fn producer(&mut self) -> Result<&ThreadedProducer<LogContext>, PortError> {
        if self.producer.is_none() {
            let mut config = self.connection.config("log-producer");
            config
                .set("enable.idempotence", "true")
                .set("acks", "all")
                .set("linger.ms", "1")
                .set("statistics.interval.ms", "1000")
                .set("message.timeout.ms", "30000")
                .set("queue.buffering.max.kbytes", LOG_PRODUCER_QUEUE_KBYTES.to_string());
            let context = LogContext {
                bridge: self.connection.bridge("log-producer"),
                client: Client::LogProducer,
                topic: self.topic.clone(),
                deliveries: self.deliveries_in.clone(),
                told: self.told_in.clone(),
            };
            let producer: ThreadedProducer<LogContext> = config.create_with_context(context).map_err(|e| PortError::Fatal(e.to_string()))?;
            self.connection.authenticate_later(producer.client());
            self.producer = Some(producer);
        }
        self.producer.as_ref().ok_or_else(|| PortError::Fatal("no producer for the log".into()))
    }
}

impl LogPort for KafkaLog {
    fn bounds(&mut self) -> Result<(i64, i64), PortError> {
        self.tail.fetch_watermarks(&self.topic, 0, BOUNDS_LIMIT).map_err(classify)
    }

    fn tail_from(&mut self, offset: i64) -> Result<(), PortError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, 0, Offset::Offset(offset)).map_err(classify)?;
        self.tailed = Some(Instant::now());
        self.tail.assign(&list).map_err(classify)
    }

    fn offset_at_time(&mut self, timestamp: i64) -> Result<Option<i64>, PortError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, 0, Offset::Offset(timestamp)).map_err(classify)?;
        let found = self.tail.offsets_for_times(list, CALL_LIMIT).map_err(classify)?;
        Ok(found.find_partition(&self.topic, 0).and_then(|element| match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }

    fn append(&mut self, token: u64, entry: &[u8]) -> Result<(), PortError> {
        let topic = self.topic.clone();
        let opaque = usize::try_from(token).map_err(|_| PortError::Fatal("tokens are used up".into()))?;
        let producer = self.producer()?;
        let record = BaseRecord::<(), [u8], usize>::with_opaque_to(&topic, opaque).partition(0).payload(entry);
        match producer.send(record) {
            Ok(()) => {
                if failpoint::strikes("append_unknown") {
                    // It is on its way all the same: the log will hold it twice.
                    let _ = self.deliveries_in.send((token, Err("made unknown by a test".into())));
                }
                Ok(())
            }
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::Fatal), _)) => {
                let reason = producer.client().fatal_error().map_or_else(String::new, |(_, reason)| reason);
                tracing::warn!(reason, "the log's producer failed, making a new one");
                self.producer = None;
                Err(PortError::Retry(reason))
            }
            Err((error, _)) => Err(classify(error)),
        }
    }

    fn position(&self) -> i64 {
        if self.tailed.is_some_and(|at| at.elapsed() < SETTLED_AFTER) {
            return 0;
        }
        let position = self.tail.position().ok();
        let offset = position.and_then(|list| list.find_partition(&self.topic, 0).map(|element| element.offset()));
        match offset {
            Some(Offset::Offset(offset)) => offset,
            _ => 0,
        }
    }

    fn known_end(&self) -> i64 {
        self.known.end
    }

    fn trouble(&self) -> Option<String> {
        self.known.trouble.clone().filter(|_| self.down_since.is_some_and(|since| since.elapsed() > OUTAGE_AFTER))
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, PortError> {
        let mut events = Vec::new();
        for (client, stats, told) in self.told.try_iter() {
            self.client_stats.push((client, stats));
            // The producer has nothing to say of the log's end.
            if client == Client::LogConsumer {
                let since = self.down_since.unwrap_or_else(Instant::now);
                self.down_since = told.trouble.as_ref().map(|_| since);
                self.known = told;
            }
        }
        while let Ok((token, result)) = self.deliveries.try_recv() {
            events.push(match result {
                Ok(()) => LogEvent::Delivered(token),
                Err(reason) => LogEvent::Undelivered(token, reason),
            });
        }
        let mut wait = if events.is_empty() { timeout } else { Duration::ZERO };
        while events.len() < 1000 {
            match self.tail.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    self.tailed = None;
                    events.push(LogEvent::Record(LogRecord {
                        offset: message.offset(),
                        timestamp: message.timestamp().to_millis().unwrap_or(0),
                        value: message.payload().unwrap_or_default().to_vec(),
                    }));
                }
                Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange))) => {
                    return Err(PortError::Fatal("the next offset is not in the log any more: the log was cut or its retention is too short".into()));
                }
                // What was read is kept: an error comes again if it lasts.
                Some(Err(error)) => match classify(error) {
                    PortError::Retry(_) if !events.is_empty() => break,
                    error => return Err(error),
                },
            }
            wait = Duration::ZERO;
        }
        Ok(events)
    }

    fn client_stats(&mut self) -> Vec<(Client, ClientStats)> {
        std::mem::take(&mut self.client_stats)
    }
}

fn classify(error: KafkaError) -> PortError {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed) => {
            PortError::Fatal(error.to_string())
        }
        _ => PortError::Retry(error.to_string()),
    }
}

//! The real client behind the transactional port: one consumer of the raw topics and one transactional producer.
//!
//! One owner: the worker thread. The callbacks only put values into channels. A change of the assignment is taken up by `rewind`,
//! after the worker has aborted, and not in the callback: partitions are given up only when nothing of them is in a transaction.
//! Source: KIP-98, KIP-447; librdkafka's INTRODUCTION, "Transactional producer" and "Error handling".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseRecord, Producer, PurgeConfig, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use crate::article::{Origin, OutputRecord, OutputTopic, RawArticle, RawPartition};
use crate::telemetry::ClientStats;
use crate::telemetry::labels::Client;

use super::callbacks::{Change, InputContext, OutputContext, Undelivered};
use super::embedded::{Brokers, Gaps};
use super::headers;
use super::mark::Mark;
use super::port::{Lag, Polled, PortError, Rebalance, Standing, TransactionalPort};
use super::setup::{PortSettings, consumer_config, producer_config};

/// One client call takes no longer; one that does ends with `Retry` or an abort.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(10);

/// The real client.
pub struct KafkaPort {
    pub(super) settings: PortSettings,
    pub(super) consumer: BaseConsumer<InputContext>,
    producer: Option<ThreadedProducer<OutputContext>>,
    changes: Receiver<Change>,
    stable: Receiver<BTreeMap<RawPartition, i64>>,
    last_stable: BTreeMap<RawPartition, i64>,
    failures: Receiver<Undelivered>,
    failures_in: Sender<Undelivered>,
    told: Receiver<(Client, ClientStats)>,
    told_in: Sender<(Client, ClientStats)>,
    /// The position each assigned partition was last set to.
    pub(super) assigned: BTreeMap<RawPartition, i64>,
    /// Assigned partitions whose position can't be told yet. Nothing of them is read.
    pub(super) unknown: BTreeSet<RawPartition>,
    /// Records were deleted before they were read, and that is accepted: the next rewind looks where the partitions begin now.
    pub(super) check_starts: bool,
    /// Whether a broker answered the consumer when it was last told of.
    is_reachable: bool,
    pub(super) pending: Option<Change>,
    /// Where the embedded broker keeps no offsets of a transaction: what is to be committed after it.
    offsets_after: Option<TopicPartitionList>,
    gaps: Gaps,
}

impl KafkaPort {
    /// Makes the clients; connects to nothing yet.
    pub fn new(settings: PortSettings) -> Result<KafkaPort, PortError> {
        let (changes_in, changes) = unbounded();
        let (stable_in, stable) = unbounded();
        let (failures_in, failures) = unbounded();
        let (told_in, told) = unbounded();
        let context = InputContext {
            bridge: settings.connection.bridge("consumer"),
            changes: changes_in,
            stable: stable_in,
            told: told_in.clone(),
            topics: settings.topics.raw.names().iter().map(|name| name.as_str().into()).collect(),
            closing: AtomicBool::new(false),
        };
        let consumer: BaseConsumer<InputContext> = consumer_config(&settings).create_with_context(context).map_err(fatal)?;
        settings.connection.authenticate_later(Consumer::client(&consumer));
        let last_stable = BTreeMap::new();
        let assigned = BTreeMap::new();
        Ok(KafkaPort {
            settings,
            consumer,
            producer: None,
            changes,
            stable,
            last_stable,
            failures,
            failures_in,
            told,
            told_in,
            assigned,
            unknown: BTreeSet::new(),
            check_starts: false,
            is_reachable: true,
            pending: None,
            offsets_after: None,
            gaps: Gaps::default(),
        })
    }

    fn producer(&self) -> Result<&ThreadedProducer<OutputContext>, PortError> {
        self.producer.as_ref().ok_or_else(|| PortError::Fatal("the producer was not initialised".into()))
    }

    fn start_producer(&mut self) -> Result<(), PortError> {
        self.producer = None;
        let context = OutputContext { bridge: self.settings.connection.bridge("producer"), failures: self.failures_in.clone(), told: self.told_in.clone() };
        let producer: ThreadedProducer<OutputContext> = producer_config(&self.settings).create_with_context(context).map_err(fatal)?;
        self.settings.connection.authenticate_later(producer.client());
        producer.init_transactions(Duration::from_secs(30)).map_err(|error| match self.classify(&producer, error) {
            // A producer that could not be initialised is made anew, so the same call again is right.
            PortError::Abort(reason) | PortError::Producer(reason) => PortError::Retry(reason),
            other => other,
        })?;
        while self.failures.try_recv().is_ok() {}
        self.producer = Some(producer);
        Ok(())
    }

    /// An error of a producer's call by its consequence, in the order that librdkafka prescribes.
    fn classify(&self, producer: &ThreadedProducer<OutputContext>, error: KafkaError) -> PortError {
        let fatal_code = producer.client().fatal_error().map(|(code, reason)| (code, format!("{code}: {reason}")));
        let (code, is_fatal, retriable, abort) = match &error {
            KafkaError::Transaction(e) => (e.code(), e.is_fatal(), e.is_retriable(), e.txn_requires_abort()),
            KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) => {
                return PortError::Retry("the producer's queue is full".into());
            }
            KafkaError::MessageProduction(code) => (*code, *code == RDKafkaErrorCode::Fatal, false, true),
            other => return PortError::Fatal(other.to_string()),
        };
        let code = fatal_code.as_ref().map_or(code, |(code, _)| *code);
        let reason = fatal_code.map_or_else(|| error.to_string(), |(_, reason)| reason);
        match code {
            RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch if is_fatal => PortError::Fenced(reason),
            RDKafkaErrorCode::TransactionalIdAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => PortError::Fatal(reason),
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed => PortError::Fatal(reason),
            RDKafkaErrorCode::InvalidTransactionTimeout | RDKafkaErrorCode::UnsupportedFeature => PortError::Fatal(reason),
            _ if is_fatal => PortError::Producer(reason),
            _ if abort => PortError::Abort(reason),
            _ if retriable => PortError::Retry(reason),
            RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut => PortError::Retry(reason),
            _ => PortError::Fatal(reason),
        }
    }

    fn take_change(&mut self) -> Option<Rebalance> {
        let change = self.changes.try_recv().ok()?;
        let heard = match &change {
            Change::Assign(partitions) => Rebalance::Assigned(partitions.clone()),
            Change::Revoke(partitions) => Rebalance::Revoked(partitions.clone()),
            Change::Lost(partitions) => Rebalance::Lost(partitions.clone()),
        };
        self.pending = Some(change);
        Some(heard)
    }
}

pub(super) fn list<'p>(partitions: impl IntoIterator<Item = &'p RawPartition>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for RawPartition { topic, number } in partitions {
        list.add_partition(topic, *number);
    }
    list
}

pub(super) fn list_at(positions: &[(RawPartition, i64)]) -> Result<TopicPartitionList, PortError> {
    let mut list = TopicPartitionList::new();
    for (RawPartition { topic, number }, offset) in positions {
        list.add_partition_offset(topic, *number, Offset::Offset(*offset)).map_err(fatal)?;
    }
    Ok(list)
}

impl TransactionalPort for KafkaPort {
    type Metadata = ConsumerGroupMetadata;

    fn init(&mut self) -> Result<(), PortError> {
        self.start_producer()
    }

    fn newest_mark(&mut self) -> Result<Option<Mark>, PortError> {
        let mut all = TopicPartitionList::new();
        for topic in self.settings.topics.raw.names() {
            let metadata = self.consumer.fetch_metadata(Some(topic), CALL_LIMIT).map_err(retry_unless_denied)?;
            let before = all.count();
            for partition in metadata.topics().iter().flat_map(|t| t.partitions()) {
                all.add_partition(topic, partition.id());
            }
            if all.count() == before {
                return Err(PortError::Retry(format!("topic {topic} does not exist; `copydesk topics create` makes it")));
            }
        }
        let committed = self.consumer.committed_offsets(all, CALL_LIMIT).map_err(retry_unless_denied)?;
        let mut newest = None;
        for element in committed.elements() {
            element.error().map_err(retry_unless_denied)?;
            newest = newest.max(Mark::parse(element.metadata()));
        }
        Ok(newest)
    }

    fn subscribe(&mut self) -> Result<(), PortError> {
        let topics: Vec<&str> = self.settings.topics.raw.names().iter().map(String::as_str).collect();
        self.consumer.subscribe(&topics).map_err(fatal)
    }

    fn poll(&mut self, timeout: Duration) -> Result<Polled, PortError> {
        if let Some(change) = self.take_change() {
            return Ok(Polled::Rebalanced(change));
        }
        let record = match self.consumer.poll(timeout) {
            None => None,
            Some(Ok(message)) => Some(own(&message)),
            Some(Err(error)) if self.settings.accept_loss && is_out_of_range(&error) => {
                self.check_starts = true;
                return Ok(Polled::Rebalanced(Rebalance::Assigned(Vec::new())));
            }
            Some(Err(error)) => return Err(reading_error(error)),
        };
        match record {
            Some(record) => {
                if self.settings.brokers == Brokers::Embedded {
                    self.gaps.watch(record.origin.place(), record.origin.offset);
                }
                Ok(Polled::Record(record))
            }
            None => Ok(self.take_change().map_or(Polled::Nothing, Polled::Rebalanced)),
        }
    }

    fn metadata(&self) -> Result<ConsumerGroupMetadata, PortError> {
        self.consumer.group_metadata().ok_or_else(|| PortError::Fatal("no group metadata".into()))
    }

    fn positions(&self) -> BTreeMap<RawPartition, i64> {
        let mut positions = self.assigned.clone();
        if let Ok(list) = self.consumer.position() {
            for element in list.elements() {
                if let Offset::Offset(offset) = element.offset() {
                    positions.insert(RawPartition::new(element.topic(), element.partition()), offset);
                }
            }
        }
        positions
    }

    fn pause(&mut self) -> Result<(), PortError> {
        self.consumer.pause(&list(self.assigned.keys())).map_err(fatal)
    }

    fn resume(&mut self) -> Result<(), PortError> {
        self.consumer.resume(&list(self.assigned.keys())).map_err(fatal)
    }

    fn rewind(&mut self) -> Result<Vec<Standing>, PortError> {
        let mut arrived = None;
        match self.pending.take() {
            Some(Change::Revoke(partitions) | Change::Lost(partitions)) => {
                self.consumer.incremental_unassign(&list(&partitions)).map_err(fatal)?;
                self.assigned.retain(|p, _| !partitions.contains(p));
                self.unknown.retain(|p| !partitions.contains(p));
            }
            Some(Change::Assign(partitions)) => arrived = Some(partitions),
            None => {}
        }
        // Kept until it is taken up: a call before that may fail.
        self.pending = arrived.clone().map(Change::Assign);
        self.rewind_with(arrived.as_deref())
    }

    fn commit_start(&mut self, starts: &[(RawPartition, i64)]) -> Result<(), PortError> {
        self.consumer.commit(&list_at(starts)?, CommitMode::Sync).map_err(retry_unless_denied)
    }

    fn is_reachable(&self) -> bool {
        self.is_reachable
    }

    fn lag(&mut self) -> Vec<Lag> {
        while let Ok(stable) = self.stable.try_recv() {
            self.last_stable = stable;
        }
        let positions = self.positions();
        let lag = |(partition, position): (&RawPartition, &i64)| {
            let stable = self.last_stable.get(partition).copied().filter(|s| *s >= 0)?;
            Some(Lag { partition: partition.clone(), messages: (stable - position).max(0) })
        };
        positions.iter().filter_map(lag).collect()
    }

    fn client_stats(&mut self) -> Vec<(Client, ClientStats)> {
        let told: Vec<_> = self.told.try_iter().collect();
        if let Some((_, stats)) = told.iter().rfind(|(client, _)| *client == Client::Consumer) {
            self.is_reachable = stats.brokers_up > 0;
        }
        told
    }

    fn begin(&mut self) -> Result<(), PortError> {
        while self.failures.try_recv().is_ok() {}
        let producer = self.producer()?;
        producer.begin_transaction().map_err(|error| self.classify(producer, error))
    }

    fn send(&mut self, number: usize, record: &OutputRecord) -> Result<(), PortError> {
        let topics = &self.settings.topics;
        let topic = match record.topic {
            OutputTopic::Articles => &topics.articles,
            OutputTopic::Duplicates => &topics.duplicates,
            OutputTopic::DeadLetters => &topics.dead_letters,
        };
        let headers = headers::owned(record.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_deref())));
        let mut outgoing = BaseRecord::<[u8], [u8]>::to(topic).headers(headers);
        if let Some(key) = &record.key {
            outgoing = outgoing.key(key.as_slice());
        }
        if let Some(value) = &record.value {
            outgoing = outgoing.payload(value.as_slice());
        }
        let producer = self.producer()?;
        producer.send(outgoing).map_err(|(error, _)| match error.rdkafka_error_code() {
            Some(code) if is_refusal(code) => PortError::Refused { record: Some(number), reason: error.to_string() },
            _ => self.classify(producer, error),
        })
    }

    fn drive(&mut self) -> Result<(), PortError> {
        // The producer's own thread serves its callbacks; a failure waits in the channel.
        match self.failures.try_recv() {
            Ok(Undelivered { code, reason }) => {
                let producer = self.producer()?;
                match producer.client().fatal_error() {
                    Some((RDKafkaErrorCode::Fenced, reason)) => Err(PortError::Fenced(reason)),
                    Some((_, reason)) => Err(PortError::Producer(reason)),
                    None if is_refusal(code) => Err(PortError::Refused { record: None, reason }),
                    None if is_denial(code) => Err(PortError::Fatal(reason)),
                    None => Err(PortError::Abort(reason)),
                }
            }
            Err(_) => Ok(()),
        }
    }

    fn in_flight(&self) -> usize {
        self.producer.as_ref().map_or(0, |p| usize::try_from(p.in_flight_count()).unwrap_or(0))
    }

    fn send_offsets(&mut self, offsets: &[(RawPartition, i64)], metadata: &ConsumerGroupMetadata, mark: &str) -> Result<(), PortError> {
        // A failure may have come after the last drive.
        self.drive()?;
        let list = list_at(offsets)?;
        for (RawPartition { topic, number }, _) in offsets {
            if let Some(mut element) = list.find_partition(topic, *number) {
                element.set_metadata(mark);
            }
        }
        if self.settings.brokers == Brokers::Embedded {
            self.offsets_after = Some(list);
            return Ok(());
        }
        let producer = self.producer()?;
        producer.send_offsets_to_transaction(&list, metadata, CALL_LIMIT).map_err(|error| self.classify(producer, error))
    }

    fn commit(&mut self) -> Result<(), PortError> {
        let producer = self.producer()?;
        let limit = Duration::from_millis(u64::from(self.settings.transaction_timeout_ms));
        producer.commit_transaction(limit).map_err(|error| self.classify(producer, error))?;
        match self.offsets_after.take() {
            Some(list) => self.consumer.commit(&list, CommitMode::Sync).map_err(fatal),
            None => Ok(()),
        }
    }

    fn abort(&mut self) -> Result<(), PortError> {
        self.offsets_after = None;
        let producer = self.producer()?;
        producer.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + CALL_LIMIT;
        while producer.in_flight_count() > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        let result = producer.abort_transaction(CALL_LIMIT).map_err(|error| self.classify(producer, error));
        while self.failures.try_recv().is_ok() {}
        result
    }

    fn renew_producer(&mut self) -> Result<(), PortError> {
        self.start_producer()
    }

    fn close(&mut self) {
        self.consumer.context().closing.store(true, Ordering::Relaxed);
        if let Some(Change::Assign(_)) = self.pending.take() {
            // An assignment that was never taken up is given back.
            let _ = self.consumer.unassign();
        }
        self.consumer.unsubscribe();
        self.producer = None;
    }
}

fn own(message: &BorrowedMessage<'_>) -> RawArticle {
    let headers = headers::all(message).map(|(name, value)| (name.to_vec(), value.map(<[u8]>::to_vec))).collect();
    RawArticle {
        origin: Origin { topic: message.topic().into(), partition: message.partition(), offset: message.offset() },
        timestamp: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

fn reading_error(error: KafkaError) -> PortError {
    match &error {
        KafkaError::MessageConsumptionFatal(_) => PortError::Fatal(format!("reading failed: {error}")),
        _ if is_out_of_range(&error) => PortError::Fatal(
            "the next offset is not in the raw topic any more: records were deleted before they were read; run with --accept-loss to go on".into(),
        ),
        _ => retry_unless_denied(error),
    }
}

fn is_out_of_range(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange))
}

pub(super) fn retry_unless_denied(error: KafkaError) -> PortError {
    if error.rdkafka_error_code().is_some_and(is_denial) { PortError::Fatal(error.to_string()) } else { PortError::Retry(error.to_string()) }
}

/// No retry mends it: this user has not the right.
fn is_denial(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed)
}

/// The brokers, or the client before them, refuse a record, or one of those it is sent with, and will do so each time.
fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::MessageBatchTooLarge
            | RDKafkaErrorCode::InvalidMessageSize
            | RDKafkaErrorCode::InvalidTimestamp
            | RDKafkaErrorCode::PolicyViolation
            | RDKafkaErrorCode::InvalidRecord
    )
}

pub(super) fn retry(error: KafkaError) -> PortError {
    PortError::Retry(error.to_string())
}

pub(super) fn fatal(error: KafkaError) -> PortError {
    PortError::Fatal(error.to_string())
}

//! Clients for tests: write raw records, read what stands in topics, look at a group's offsets, and run the worker as a process.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use copydesk::kafka::client::{Connection, wait_for};
use copydesk::kafka::headers;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::producer::{DefaultProducerContext, NoCustomPartitioner};
use rdkafka::{Offset, Timestamp, TopicPartitionList};

use super::process::{Folder, Process};

/// How long one answer of a broker may take.
pub const PATIENCE: Duration = Duration::from_secs(150);

/// A producer whose records go out by themselves.
pub type TestProducer = ThreadedProducer<DefaultProducerContext, NoCustomPartitioner>;

/// A record as it stands in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Milliseconds; `None` where there is none.
    pub timestamp: Option<i64>,
    /// Whether the broker gave the timestamp.
    pub log_append_time: bool,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in their order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    /// The value as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or_default()).into_owned()
    }

    /// The value as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.value.as_deref().unwrap_or_default())
            .unwrap_or_else(|e| panic!("{}/{}@{} is no JSON ({e}): {}", self.topic, self.partition, self.offset, self.text()))
    }

    /// The last header of this name, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().rev().find(|(n, _)| n == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }
}

/// A record to be written.
#[derive(Clone, Debug, Default)]
pub struct NewRecord {
    /// The partition; by the key where not given.
    pub partition: Option<i32>,
    /// Milliseconds; now where not given.
    pub timestamp: Option<i64>,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in their order; a name need not be UTF-8.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl NewRecord {
    /// A record with a value.
    pub fn new(value: impl Into<Vec<u8>>) -> NewRecord {
        NewRecord { value: Some(value.into()), ..NewRecord::default() }
    }

    /// With a key.
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> NewRecord {
        self.key = Some(key.into());
        self
    }

    /// To this partition.
    pub fn partition(mut self, partition: i32) -> NewRecord {
        self.partition = Some(partition);
        self
    }

    /// With this timestamp in milliseconds.
    pub fn timestamp(mut self, timestamp: i64) -> NewRecord {
        self.timestamp = Some(timestamp);
        self
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> NewRecord {
        self.headers.push((name.as_bytes().to_vec(), Some(value.into())));
        self
    }
}

/// Which records a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Those of committed transactions, and those outside of any.
    Committed,
    /// All.
    Uncommitted,
}

/// An idempotent producer, with more settings.
pub fn producer(connection: &Connection, settings: &[(&str, &str)]) -> TestProducer {
    let mut config = connection.config("test-producer");
    config.set("enable.idempotence", "true").set("linger.ms", "1").set("message.max.bytes", "20000000");
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config.create().expect("good settings")
}

/// A producer that is ready for transactions under this name.
pub fn transactional(connection: &Connection, id: &str) -> TestProducer {
    let producer = producer(connection, &[("transactional.id", id), ("transaction.timeout.ms", "30000")]);
    producer.init_transactions(PATIENCE).expect("the name is free");
    producer
}

/// Hands a record to a producer; it is written when the producer is flushed.
pub fn send(producer: &TestProducer, topic: &str, record: &NewRecord) {
    let headers = headers::owned(record.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref())));
    let mut outgoing = BaseRecord::<[u8], [u8]>::to(topic).headers(headers);
    outgoing.key = record.key.as_deref();
    outgoing.payload = record.value.as_deref();
    outgoing.partition = record.partition;
    outgoing.timestamp = record.timestamp;
    if let Err((error, _)) = producer.send(outgoing) {
        panic!("can't write to {topic}: {error}");
    }
}

/// Writes records in their order and waits until they are safe, on brokers that are well: without idempotence, whose start takes a
/// second, a record could come twice where a broker dies meanwhile ([`producer`] and [`send`] are for that).
pub fn produce(connection: &Connection, topic: &str, records: &[NewRecord]) {
    let one_at_a_time = [("enable.idempotence", "false"), ("acks", "all"), ("max.in.flight", "1")];
    let producer = producer(connection, &one_at_a_time);
    for record in records {
        send(&producer, topic, record);
    }
    producer.flush(PATIENCE).expect("written in time");
}

/// All records of a topic from its beginning to its present end.
pub fn read_all(connection: &Connection, topic: &str, isolation: Isolation) -> Vec<Record> {
    let consumer = reader(connection, isolation);
    let partitions = partitions(&consumer, topic);
    let mut assignment = TopicPartitionList::new();
    for partition in &partitions {
        assignment.add_partition_offset(topic, *partition, Offset::Beginning).expect("a good offset");
    }
    consumer.assign(&assignment).expect("assigned");
    let mut open: Vec<i32> = partitions;
    let mut records = Vec::new();
    let deadline = std::time::Instant::now() + PATIENCE;
    while !open.is_empty() {
        assert!(std::time::Instant::now() < deadline, "partitions {open:?} of {topic} could not be read to their ends");
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => records.push(owned(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => open.retain(|p| *p != partition),
            Some(Err(_)) | None => {}
        }
    }
    records.sort_by_key(|r| (r.partition, r.offset));
    records
}

fn reader(connection: &Connection, isolation: Isolation) -> BaseConsumer {
    let level = match isolation {
        Isolation::Committed => "read_committed",
        Isolation::Uncommitted => "read_uncommitted",
    };
    let mut config = connection.config("test-reader");
    config
        .set("group.id", "test-reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        // The end of a partition is only said when a fetch comes back empty.
        .set("fetch.wait.max.ms", "20")
        .set("isolation.level", level)
        .set("auto.offset.reset", "earliest");
    config.create().expect("good settings")
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> Vec<i32> {
    super::wait_for(&format!("the topic {topic}"), PATIENCE, || {
        let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(5)).ok()?;
        let found = metadata.topics().first().filter(|t| t.error().is_none() && !t.partitions().is_empty())?;
        let mut ids: Vec<i32> = found.partitions().iter().map(|p| p.id()).collect();
        ids.sort_unstable();
        Some(ids)
    })
}

fn owned(message: &BorrowedMessage<'_>) -> Record {
    let headers = headers::all(message).map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.map(<[u8]>::to_vec))).collect();
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis(),
        log_append_time: matches!(message.timestamp(), Timestamp::LogAppendTime(_)),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

/// First offset and end of each partition, as a reader of this isolation sees them.
pub fn ends(connection: &Connection, topic: &str, isolation: Isolation) -> BTreeMap<i32, (i64, i64)> {
    let consumer = reader(connection, isolation);
    let ends = |p: &i32| (*p, consumer.fetch_watermarks(topic, *p, PATIENCE).expect("the ends can be read"));
    partitions(&consumer, topic).iter().map(ends).collect()
}

/// The offsets that a group has committed on a topic; partitions without one are left out.
pub fn committed(connection: &Connection, group: &str, topic: &str) -> BTreeMap<i32, i64> {
    let consumer: BaseConsumer = connection.config("test-offsets").set("group.id", group).create().expect("good settings");
    let mut wanted = TopicPartitionList::new();
    for partition in partitions(&consumer, topic) {
        wanted.add_partition(topic, partition);
    }
    // A coordinator may be on its way to another broker, and an open transaction may hold the answer back.
    let found = super::wait_for("the committed offsets", PATIENCE, || consumer.committed_offsets(wanted.clone(), Duration::from_secs(5)).ok());
    let offset = |e: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match e.offset() {
        Offset::Offset(offset) => Some((e.partition(), offset)),
        _ => None,
    };
    found.elements().iter().filter_map(offset).collect()
}

/// Commits offsets for a group that has no members.
pub fn commit(connection: &Connection, group: &str, topic: &str, offsets: &[(i32, i64)]) {
    let consumer: BaseConsumer = connection.config("test-offsets").set("group.id", group).create().expect("good settings");
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).expect("a good offset");
    }
    consumer.commit(&list, CommitMode::Sync).expect("committed");
}

/// Puts offsets of a group without members into the open transaction.
pub fn send_offsets(producer: &TestProducer, connection: &Connection, group: &str, topic: &str, offsets: &[(i32, i64)]) {
    let consumer: BaseConsumer = connection.config("test-offsets").set("group.id", group).create().expect("good settings");
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).expect("a good offset");
    }
    let metadata = consumer.group_metadata().expect("a consumer with a group");
    producer.send_offsets_to_transaction(&list, &metadata, PATIENCE).expect("taken");
}

/// Makes topics with the brokers' default replication, and waits until they can be used.
pub fn create_topics(connection: &Connection, topics: &[(&str, i32)]) {
    let with_settings: Vec<_> = topics.iter().map(|(name, partitions)| (*name, *partitions, &[][..])).collect();
    create_topics_with(connection, &with_settings);
}

/// A topic's name, partitions and settings.
pub type TopicSpec<'a> = (&'a str, i32, &'a [(&'a str, &'a str)]);

/// [`create_topics`], with settings of their own.
pub fn create_topics_with(connection: &Connection, topics: &[TopicSpec<'_>]) {
    let admin = admin(connection);
    let new = topics.iter().map(|(name, partitions, settings)| {
        let topic = NewTopic::new(name, *partitions, TopicReplication::Fixed(-1));
        settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
    });
    let new: Vec<NewTopic<'_>> = new.collect();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let answers = wait_for(admin.create_topics(&new, &options), PATIENCE * 2).expect("an answer").expect("an answer");
    for answer in answers {
        answer.expect("a new topic");
    }
    let consumer = reader(connection, Isolation::Uncommitted);
    for (name, _, _) in topics {
        super::wait_until(&format!("leaders for {name}"), PATIENCE, || {
            let metadata = consumer.fetch_metadata(Some(name), Duration::from_secs(5));
            let settled = |t: &rdkafka::metadata::MetadataTopic| !t.partitions().is_empty() && t.partitions().iter().all(|p| p.leader() >= 0);
            metadata.is_ok_and(|m| m.topics().first().is_some_and(settled))
        });
    }
}

/// Changes settings of a topic.
pub fn alter_topic(connection: &Connection, topic: &str, settings: &[(&str, &str)]) {
    let config = settings.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(topic)), |config, (key, value)| config.set(key, value));
    let admin = admin(connection);
    let answers = wait_for(admin.alter_configs([&config], &AdminOptions::new()), PATIENCE * 2).expect("an answer").expect("an answer");
    answers.into_iter().for_each(|answer| drop(answer.expect("changed")));
}

/// Deletes the head of a partition, as retention does.
pub fn delete_before(connection: &Connection, topic: &str, partition: i32, offset: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset)).expect("a good offset");
    let admin = admin(connection);
    let answer = wait_for(admin.delete_records(&list, &AdminOptions::new()), PATIENCE * 2);
    let answer = answer.expect("an answer").expect("an answer");
    for element in answer.elements() {
        element.error().expect("deleted");
    }
}

fn admin(connection: &Connection) -> AdminClient<DefaultClientContext> {
    connection.config("test-admin").create().expect("good settings")
}

/// The `copydesk` binary in a folder of its own, with a configuration file.
pub struct Worker {
    /// The process; its errors are the worker's log.
    pub process: Process,
    // After the process, so that it is dead when the folder goes.
    folder: Folder,
}

impl Worker {
    /// Starts `copydesk` with these arguments. The configuration is written to `copydesk.toml` in the working folder, and an argument
    /// `{config}` stands for its path.
    pub fn start(name: &str, arguments: &[&str], configuration: &str, environment: &[(&str, String)]) -> Worker {
        let folder = Folder::new("copydesk-worker-");
        let file = folder.path().join("copydesk.toml");
        fs::write(&file, configuration).expect("the folder can be written");
        let arguments: Vec<String> = arguments.iter().map(|a| a.replace("{config}", &file.to_string_lossy())).collect();
        let process = Process::program(name, folder.path(), &arguments, environment);
        Worker { process, folder }
    }

    /// Its working folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.errors()
    }

    /// Waits until it has logged this text.
    pub fn wait_for_log(&mut self, text: &str, limit: Duration) {
        super::wait_until(&format!("the worker's log to say {text:?}"), limit, || {
            let found = self.log().contains(text);
            assert!(found || self.process.is_running(), "the worker has ended: {}", self.log());
            found
        });
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A test that fails while it waits has no other way to say why.
        if std::thread::panicking() {
            eprintln!("a worker's log ended with:\n{}", super::process::tail(&self.log()));
        }
    }
}

/// What `body` does in a transaction of this producer, committed or aborted.
pub fn in_transaction(producer: &TestProducer, commit: bool, body: impl FnOnce()) {
    producer.begin_transaction().expect("begun");
    body();
    producer.flush(PATIENCE).expect("written");
    if commit {
        producer.commit_transaction(PATIENCE).expect("committed");
    } else {
        producer.abort_transaction(PATIENCE).expect("aborted");
    }
}

//! The producer of pages: idempotent, bounded in bytes, and every acknowledgement counted.
//!
//! A page is sent once the brokers say so. Those that they find too large are named and cost no others; an outage is waited for, with a message. Nothing
//! else may happen to a page: any other error ends the run where it can go on from.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender as Channel, unbounded};
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use super::Page;
use super::pace::Pace;
use crate::kafka::client::{Bridge, ClientError, Connection, describe};
use crate::kafka::plan::RECORD_MARGIN;
use crate::stop::Stop;

/// Kilobytes of pages that may wait in the client, and at least as much as a page.
const QUEUE_KBYTES: u32 = 65_536;
/// The most bytes of a batch of records: a larger one travels alone.
const BATCH_BYTES: usize = 1_000_000;
/// One turn of waiting.
const TURN: Duration = Duration::from_millis(5);
/// After so long without an acknowledgement it is said that it waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// And said again after so long.
const REMINDER: Duration = Duration::from_secs(30);

/// Why sending ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It was asked to stop while it waited. The page at hand is not sent.
    #[error("stopped")]
    Stopped,
    /// The brokers refuse.
    #[error("the brokers refuse: {0}")]
    Refused(String),
}

/// What became of the pages since the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Pages that the brokers have.
    pub sent: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The URLs of those that are too large for the topic.
    pub too_large: Vec<String>,
}

/// Tells the user something.
pub type Notify = Box<dyn Fn(&str)>;

/// Sends pages to one topic.
pub struct Sender {
    producer: BaseProducer<Deliveries>,
    results: Receiver<Delivery>,
    topic: String,
    pace: Option<Pace>,
    stop: Stop,
    notify: Notify,
    /// Pages and bytes that are handed to the client and not yet acknowledged.
    waiting: (u64, usize),
    /// When the last acknowledgement came, and when it was said last that none does.
    quiet_since: Instant,
    told: Option<Instant>,
    outcome: Outcome,
    /// Found too large in company: to be tried alone.
    again: Vec<OwnedMessage>,
}

/// What became of one page.
struct Delivery {
    bytes: usize,
    partition: i32,
    offset: i64,
    error: Option<Failed>,
}

enum Failed {
    TooLarge(Box<OwnedMessage>),
    Other(KafkaError),
}

/// Puts what the client reports into a channel, and its errors where they can be asked for.
struct Deliveries {
    bridge: Bridge,
    results: Channel<Delivery>,
}

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.bridge.generate_oauth_token(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.bridge.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.bridge.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let (message, error) = match result {
            Ok(message) => (message, None),
            Err((error, message)) if is_too_large(error) => (message, Some(Failed::TooLarge(Box::new(message.detach())))),
            Err((error, message)) => (message, Some(Failed::Other(error.clone()))),
        };
        let delivery = Delivery { bytes: size(message), partition: message.partition(), offset: message.offset(), error };
        // The receiver lives as long as the producer.
        let _ = self.results.send(delivery);
    }
}

fn size<M: Message>(message: &M) -> usize {
    let headers = message.headers().map_or(0, |headers| rdkafka::message::Headers::iter(headers).map(|h| h.key.len() + h.value.map_or(0, <[u8]>::len)).sum());
    message.payload().map_or(0, <[u8]>::len) + message.key().map_or(0, <[u8]>::len) + headers
}

fn is_too_large(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::MessageBatchTooLarge))
}

impl Sender {
    /// Makes the producer; `properties` are the operator's, `max_page_bytes` the largest value.
    ///
    /// # Errors
    /// A property can't be used.
    pub fn new(
        connection: &Connection,
        properties: &BTreeMap<String, String>,
        topic: &str,
        max_page_bytes: u32,
        stop: Stop,
        notify: Notify,
    ) -> Result<Sender, ClientError> {
        let mut config = connection.config("feed");
        config
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES.max(max_page_bytes.saturating_add(RECORD_MARGIN) / 1024 + 1).to_string())
            .set("partitioner", "murmur2_random");
        for (key, value) in properties {
            config.set(key, value);
        }
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // However long an outage lasts.
            .set("message.timeout.ms", "0")
            .set("batch.size", BATCH_BYTES.to_string())
            .set("message.max.bytes", max_page_bytes.saturating_add(RECORD_MARGIN).to_string());
        let (channel, results) = unbounded();
        let context = Deliveries { bridge: connection.bridge("feed"), results: channel };
        let producer = BaseProducer::from_config_and_context(&config, context).map_err(|error| ClientError::Properties(vec![describe(&error)]))?;
        connection.authenticate(producer.client()).map_err(ClientError::Token)?;
        let quiet_since = Instant::now();
        let (topic, outcome) = (topic.to_owned(), Outcome::default());
        Ok(Sender { producer, results, topic, pace: None, stop, notify, waiting: (0, 0), quiet_since, told: None, outcome, again: Vec::new() })
    }

    /// Holds back from now on.
    pub fn paced(self, pace: Option<Pace>) -> Sender {
        Sender { pace, ..self }
    }

    /// Hands a page to the client, after waiting for room.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&mut self, page: &Page) -> Result<(), SendError> {
        let headers: Vec<(&str, Option<&[u8]>)> = page.headers.iter().map(|(name, value)| (*name, Some(value.as_bytes()))).collect();
        self.wait_for_pace(page.size())?;
        self.hand_over(page.key.as_deref().map(str::as_bytes), &page.value, &headers)
    }

    /// Waits until every page is acknowledged, and returns what became of them.
    ///
    /// # Errors
    /// See [`SendError`]; it is not known then what became of the pages since the last time.
    pub fn settle(&mut self) -> Result<Outcome, SendError> {
        self.drain()?;
        for message in std::mem::take(&mut self.again) {
            let headers = message.headers().map(|headers| rdkafka::message::Headers::iter(headers).map(|h| (h.key, h.value)).collect()).unwrap_or_default();
            let headers: Vec<(&str, Option<&[u8]>)> = headers;
            self.hand_over(message.key(), message.payload().unwrap_or_default(), &headers)?;
            self.drain()?;
            // Alone, and still too large.
            let refused = std::mem::take(&mut self.again);
            self.outcome.too_large.extend(refused.iter().map(|message| name_of(message.key())));
        }
        Ok(std::mem::take(&mut self.outcome))
    }

    fn hand_over(&mut self, key: Option<&[u8]>, value: &[u8], headers: &[(&str, Option<&[u8]>)]) -> Result<(), SendError> {
        loop {
            let mut owned = OwnedHeaders::new_with_capacity(headers.len());
            for (key, value) in headers {
                owned = owned.insert(Header { key, value: *value });
            }
            let mut record = BaseRecord::<[u8], [u8]>::to(&self.topic).headers(owned).payload(value);
            record.key = key;
            match self.producer.send(record) {
                Ok(()) => {
                    if self.waiting.0 == 0 {
                        self.quiet_since = Instant::now();
                    }
                    let headers: usize = headers.iter().map(|(name, value)| name.len() + value.map_or(0, <[u8]>::len)).sum();
                    self.waiting = (self.waiting.0 + 1, self.waiting.1 + key.map_or(0, <[u8]>::len) + value.len() + headers);
                    return self.turn(Duration::ZERO);
                }
                Err((error, _)) if is_too_large(&error) => {
                    self.outcome.too_large.push(name_of(key));
                    return Ok(());
                }
                Err((error, _)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                    if self.producer.in_flight_count() == 0 {
                        // Not even an empty queue has room for it.
                        self.outcome.too_large.push(name_of(key));
                        return Ok(());
                    }
                    self.wait()?;
                }
                Err((error, _)) => return Err(self.refused(&error)),
            }
        }
    }

    fn wait_for_pace(&mut self, bytes: usize) -> Result<(), SendError> {
        if let Some(pace) = &mut self.pace {
            pace.begin_waiting();
        }
        while let Some(pace) = &mut self.pace {
            if pace.has_room(self.waiting.1, bytes) {
                break;
            }
            if let Some(text) = pace.ask() {
                (self.notify)(&text);
            }
            if self.stop.asked() {
                return Err(SendError::Stopped);
            }
            self.turn(TURN)?;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), SendError> {
        while self.waiting.0 > 0 {
            self.wait()?;
        }
        Ok(())
    }

    /// A turn of waiting for the brokers. An outage is told; who asks to stop in one does not wait for its end.
    fn wait(&mut self) -> Result<(), SendError> {
        self.turn(TURN)?;
        if self.quiet_since.elapsed() < PATIENCE || self.waiting.0 == 0 {
            return Ok(());
        }
        if self.stop.asked() {
            return Err(SendError::Stopped);
        }
        if self.told.is_none_or(|told| told.elapsed() >= REMINDER) {
            self.told = Some(Instant::now());
            let reason = self.producer.context().bridge.last_error().map_or_else(|| "no answer".to_owned(), |(_, text)| text);
            (self.notify)(&format!("waiting for the brokers ({reason})"));
        }
        Ok(())
    }

    fn turn(&mut self, time: Duration) -> Result<(), SendError> {
        self.producer.poll(time);
        while let Ok(delivery) = self.results.try_recv() {
            self.quiet_since = Instant::now();
            if self.told.take().is_some() {
                (self.notify)("the brokers are back");
            }
            self.waiting = (self.waiting.0.saturating_sub(1), self.waiting.1.saturating_sub(delivery.bytes));
            match delivery.error {
                None => {
                    self.outcome.sent += 1;
                    self.outcome.bytes += delivery.bytes as u64;
                    if let Some(pace) = &mut self.pace {
                        pace.sent(delivery.partition, delivery.offset, delivery.bytes);
                    }
                }
                Some(Failed::TooLarge(message)) if delivery.bytes > BATCH_BYTES => self.outcome.too_large.push(name_of(message.key())),
                Some(Failed::TooLarge(message)) => self.again.push(*message),
                Some(Failed::Other(error)) => return Err(self.refused(&error)),
            }
        }
        Ok(())
    }

    fn refused(&self, error: &KafkaError) -> SendError {
        let fatal = error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal);
        let said = self.producer.context().bridge.last_error().filter(|_| fatal);
        SendError::Refused(said.map_or_else(|| describe(error), |(_, text)| text))
    }
}

fn name_of(key: Option<&[u8]>) -> String {
    key.map_or_else(|| "a page without a URL".to_owned(), |key| String::from_utf8_lossy(key).into_owned())
}

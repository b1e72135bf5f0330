//! The sections `[topics]`, `[worker]`, `[http]` and `[log]`: plain data with defaults.
//!
//! A default stands in the `Default` of its struct and, for people, in `config/copydesk.toml`; a test holds them together.

use std::net::{Ipv4Addr, SocketAddr};

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The topics' names. They must be distinct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopicSettings {
    /// Raw pages come in here: one topic, or several (a wire feed and a crawl) whose copies of each other are found.
    pub raw: RawTopics,
    /// Article events go out here.
    pub articles: String,
    /// An event for each recognised copy.
    pub duplicates: String,
    /// Refused records, byte for byte.
    pub dead_letters: String,
    /// The worker's own log.
    pub fingerprints: String,
    /// Replicas that each topic must have; 1 with `kafka.single_broker`.
    pub replication: u16,
    /// `min.insync.replicas` that each topic must have at least; 1 with `kafka.single_broker`.
    pub min_insync_replicas: u16,
    /// Bytes of the largest raw record's value: what the raw topics and that of dead letters take at least.
    pub max_raw_bytes: u32,
    /// Settings of topics that these brokers do not offer, and that the operator goes without.
    pub accept_unsupported: Vec<TopicSetting>,
}

impl Default for TopicSettings {
    fn default() -> Self {
        TopicSettings {
            raw: RawTopics(vec!["news.raw".into()]),
            articles: "news.articles".into(),
            duplicates: "news.duplicates".into(),
            dead_letters: "news.dead-letters".into(),
            fingerprints: "news.fingerprints".into(),
            replication: 3,
            min_insync_replicas: 2,
            max_raw_bytes: 16 << 20,
            accept_unsupported: Vec::new(),
        }
    }
}

impl TopicSettings {
    /// Each with its role, the raw topics first.
    pub fn all(&self) -> Vec<(TopicRole, &str)> {
        let others = [
            (TopicRole::Articles, self.articles.as_str()),
            (TopicRole::Duplicates, &self.duplicates),
            (TopicRole::DeadLetters, &self.dead_letters),
            (TopicRole::Fingerprints, &self.fingerprints),
        ];
        self.raw.names().iter().map(|name| (TopicRole::Raw, name.as_str())).chain(others).collect()
    }

    /// Articles, duplicates, dead letters: what comes out of the raw topics.
    pub fn outputs(&self) -> [&str; 3] {
        [&self.articles, &self.duplicates, &self.dead_letters]
    }
}

/// What a topic is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopicRole {
    /// The raw articles.
    Raw,
    /// `published`, `updated` and `withdrawn` events.
    Articles,
    /// An event for each copy.
    Duplicates,
    /// Refused records.
    DeadLetters,
    /// The log that duplicate decisions rest on.
    Fingerprints,
}

impl TopicRole {
    /// The key in the section `[topics]`.
    pub fn key(self) -> &'static str {
        match self {
            TopicRole::Raw => "raw",
            TopicRole::Articles => "articles",
            TopicRole::Duplicates => "duplicates",
            TopicRole::DeadLetters => "dead_letters",
            TopicRole::Fingerprints => "fingerprints",
        }
    }

    /// The name in reports.
    pub fn describe(self) -> &'static str {
        match self {
            TopicRole::Raw => "the raw topic",
            TopicRole::Articles => "the topic of articles",
            TopicRole::Duplicates => "the topic of duplicates",
            TopicRole::DeadLetters => "the topic of dead letters",
            TopicRole::Fingerprints => "the fingerprint log",
        }
    }
}

/// A setting of topics that some brokers do not offer, and that can be gone without: what it is for is then the operator's to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TopicSetting {
    /// How many replicas acknowledge a record.
    #[serde(rename = "min.insync.replicas")]
    MinInsyncReplicas,
    /// Whether a replica that lacks records may lead.
    #[serde(rename = "unclean.leader.election.enable")]
    UncleanLeaderElection,
    /// The largest record.
    #[serde(rename = "max.message.bytes")]
    MaxMessageBytes,
    /// Retention by size.
    #[serde(rename = "retention.bytes")]
    RetentionBytes,
}

impl TopicSetting {
    /// All of them.
    pub const ALL: [TopicSetting; 4] =
        [TopicSetting::MinInsyncReplicas, TopicSetting::UncleanLeaderElection, TopicSetting::MaxMessageBytes, TopicSetting::RetentionBytes];

    /// Kafka's name.
    pub fn as_str(self) -> &'static str {
        match self {
            TopicSetting::MinInsyncReplicas => "min.insync.replicas",
            TopicSetting::UncleanLeaderElection => "unclean.leader.election.enable",
            TopicSetting::MaxMessageBytes => "max.message.bytes",
            TopicSetting::RetentionBytes => "retention.bytes",
        }
    }
}

/// The names of the raw topics: a string, where it is one; else a list, or a string with commas.
#[derive(Clone, Debug, PartialEq)]
pub struct RawTopics(pub Vec<String>);

impl RawTopics {
    /// Their names, in the order of the configuration.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The first: where the bundled samples and the pages of `copydesk feed` go.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

impl Serialize for RawTopics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RawTopics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = RawTopics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topic's name or a list of names")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawTopics, E> {
        Ok(RawTopics(text.split(',').map(|name| name.trim().to_owned()).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawTopics, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element::<String>()? {
            names.push(name);
        }
        Ok(RawTopics(names))
    }
}

/// Batches and bounds of the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    /// Threads of the pool; 0 is one a core.
    pub threads: usize,
    /// Bytes that records hold which were read and are not settled yet: raw, unpacked and parsed.
    pub max_in_flight_bytes: usize,
    /// Records of one batch, which is one transaction.
    pub batch_max_messages: usize,
    /// Bytes of raw records of one batch.
    pub batch_max_bytes: usize,
    /// Milliseconds that a batch waits for more records.
    pub batch_max_wait_ms: u32,
    /// Batches that are worked on at once.
    pub max_batches_in_flight: usize,
    /// Bytes of one output record; annotations are dropped until an event fits.
    pub max_event_bytes: usize,
    /// Milliseconds from SIGTERM to the exit.
    pub shutdown_grace_ms: u32,
    /// Headers of the raw record that every output record gets too, beside `traceparent` and `tracestate`.
    pub pass_through_headers: Vec<String>,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        WorkerSettings {
            threads: 0,
            max_in_flight_bytes: 64 << 20,
            batch_max_messages: 500,
            batch_max_bytes: 16 << 20,
            batch_max_wait_ms: 100,
            max_batches_in_flight: 3,
            max_event_bytes: 1_000_000,
            shutdown_grace_ms: 25_000,
            pass_through_headers: Vec::new(),
        }
    }
}

/// Status page, metrics and health.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Whether the server runs.
    pub enabled: bool,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Milliseconds that a loop may stand still before `/livez` fails.
    pub stall_limit_ms: u32,
    /// The newest output records that the status page can show; 0 keeps none.
    pub recent_events: usize,
    /// Bytes of memory for them; 0 keeps none.
    pub recent_bytes: usize,
    /// Whether the texts of articles are served.
    pub show_articles: ShowArticles,
    /// Names by which the server may be asked, beside addresses and `localhost`; `*.` at the beginning stands for any further labels.
    pub host_names: Vec<String>,
}

impl HttpSettings {
    /// Why the texts of articles are not served; none where they are.
    pub fn hides_articles(&self) -> Option<&'static str> {
        match self.show_articles {
            ShowArticles::Always => None,
            ShowArticles::Auto if self.listen.ip().is_loopback() => None,
            ShowArticles::Auto => {
                Some("Articles are not shown here: other machines can reach this page. http.show_articles = \"always\" shows them to all who can.")
            }
            ShowArticles::Never => Some("Articles are not shown here: http.show_articles is \"never\"."),
        }
    }
}

/// Whether the texts of articles are served to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowArticles {
    /// Where only this machine can ask.
    Auto,
    /// Wherever it listens.
    Always,
    /// Nowhere.
    Never,
}

impl Default for HttpSettings {
    fn default() -> Self {
        HttpSettings {
            enabled: true,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)),
            stall_limit_ms: 60_000,
            recent_events: 200,
            recent_bytes: 16 << 20,
            show_articles: ShowArticles::Auto,
            host_names: Vec::new(),
        }
    }
}

/// The log that people read, on standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// A level, or levels by module: `info,copydesk::kafka=debug`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        LogSettings { format: LogFormat::Text, filter: "info".into() }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

//! Settings: types with defaults, validation, secrets. A leaf: knows no other module.
//!
//! Where a value comes from is [`load`]'s business, whether it can work is [`validate`]'s, what a Kafka client may be
//! told beside it is [`properties`]'s. No other module reads a file, a variable or a flag for a setting, and a secret
//! never leaves [`Secret`] but by [`Secret::expose`].

mod error;
mod hash;
mod kafka;
mod keys;
mod load;
mod properties;
mod secret;
mod sections;
mod validate;

use serde::{Deserialize, Serialize};

pub use error::{ConfigError, Place};
pub use kafka::{ClientRole, KafkaSettings, SaslMechanism, SecurityProtocol, StartFrom};
pub use keys::known_keys;
pub use load::{environment, split_flag};
pub use properties::{Properties, REFUSED, Refused};
pub use secret::Secret;
pub use sections::{HttpSettings, LogFormat, LogSettings, TopicSettings, WorkerSettings};

/// The commented default that ships with the worker: every key, its default, what it does.
pub const COMMENTED_DEFAULT: &str = include_str!("../../config/copydesk.toml");

/// Everything that can be set. One section a part of the worker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The cluster and how to reach it.
    pub kafka: KafkaSettings,
    /// The topics' names.
    pub topics: TopicSettings,
    /// Batches and bounds.
    pub worker: WorkerSettings,
    /// Limits of the parse.
    pub parse: ParseSettings,
    /// The rules of duplicates.
    pub dedupe: DedupeRules,
    /// Annotations.
    pub enrich: EnrichSettings,
    /// Metrics and health.
    pub http: HttpSettings,
    /// The log that people read.
    pub log: LogSettings,
}

impl Settings {
    /// The settings in force as TOML, secrets as `***`: what `check` prints.
    pub fn to_toml_redacted(&self) -> String {
        toml::to_string(self).expect("settings are tables of strings, numbers and lists")
    }
}

/// Limits of the parse. All of them are counts, so a record has the same outcome at every attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParseSettings {
    /// Bytes of a decoded body.
    pub max_body_bytes: usize,
    /// Elements of a page.
    pub max_elements: usize,
    /// Levels of nesting.
    pub max_depth: usize,
    /// Decompressed bytes per compressed byte.
    pub max_decompression_ratio: usize,
}

impl Default for ParseSettings {
    fn default() -> Self {
        ParseSettings { max_body_bytes: 10 << 20, max_elements: 300_000, max_depth: 512, max_decompression_ratio: 200 }
    }
}

/// The rules of duplicates: named in every event and, as a hash, in every log entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DedupeRules {
    /// The window in hours.
    pub window_hours: u32,
    /// The window in log offsets.
    pub window_entries: u32,
    /// Raised by an operator after the log was lost.
    pub generation: u32,
}

impl Default for DedupeRules {
    fn default() -> Self {
        DedupeRules { window_hours: 72, window_entries: 1_000_000, generation: 1 }
    }
}

/// Which annotations are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrichSettings {
    /// People and organisations.
    pub entities: bool,
    /// Places.
    pub places: bool,
}

impl Default for EnrichSettings {
    fn default() -> Self {
        EnrichSettings { entities: true, places: true }
    }
}

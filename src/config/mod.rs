//! Settings: types with defaults, validation, secrets. A leaf: knows no other module.
//!
//! Where a value comes from is `load`'s business, whether it can work is `validate`'s, what a Kafka client may be
//! told beside it is `properties`'s. No other module reads a file, a variable or a flag for a setting, and a secret
//! never leaves [`Secret`] but by [`Secret::expose`].

mod error;
mod hash;
mod kafka;
mod keys;
mod load;
pub mod memory;
mod properties;
mod secret;
mod sections;
mod validate;
mod warnings;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use error::{ConfigError, Place};
pub use kafka::{KafkaSettings, SaslMechanism, SecurityProtocol, StartFrom};
pub use keys::known_keys;
pub use load::{environment, split_flag};
pub use properties::{Properties, REFUSED, Refused, is_sensitive};
pub use secret::{Secret, read_limited};
pub use sections::{HttpSettings, LogFormat, LogSettings, RawTopics, ShowArticles, TopicRole, TopicSetting, TopicSettings, WorkerSettings};
pub use warnings::is_this_machine;

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
    /// Steps that the reading of a page may take: nodes looked at, texts compared.
    pub max_steps: usize,
    /// Decompressed bytes per compressed byte.
    pub max_decompression_ratio: usize,
    /// Whether pages of known publishers are read by the rules of their site.
    pub site_rules: bool,
    /// A folder with site rules of the operator's own (`DOMAIN.toml`).
    pub site_rules_dir: Option<PathBuf>,
}

impl Default for ParseSettings {
    fn default() -> Self {
        ParseSettings {
            max_body_bytes: 10 << 20,
            max_elements: 200_000,
            max_depth: 512,
            max_steps: 20_000_000,
            max_decompression_ratio: 200,
            site_rules: true,
            site_rules_dir: None,
        }
    }
}

/// The rules of duplicates: named in every event and, as a hash, in every log entry. Shares are in 1/1000, so that verdicts are integers only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DedupeRules {
    /// What a copy's event holds. No rule: it decides nothing.
    pub copies: Copies,
    /// The window in hours.
    pub window_hours: u32,
    /// The window in log offsets.
    pub window_entries: u32,
    /// The highest part of an event's version: 1 for back-fills, whose events yield to all others; raised by an operator after the log was lost. Below
    /// 8192, so that an event's version stays exact in JSON readers.
    pub generation: u32,
    /// Shingles below which a text counts as another's only where the headlines are the same too.
    pub short_text_shingles: u16,
    /// Shingles below which edited and cut copies are not looked for.
    pub near_min_shingles: u16,
    /// Similarity of shingles from which a text at another site is an edited copy.
    pub near_similarity: u16,
    /// The same for a text of like length under the same headline.
    pub same_headline_similarity: u16,
    /// The same for a text most of whose shared sentences are common ones.
    pub common_text_similarity: u16,
    /// The same within one site, where templated pages live.
    pub same_site_similarity: u16,
    /// Share of equal numbers that an edited copy needs.
    pub number_agreement: u16,
    /// Similarity from which on numbers are not asked for, but within one site.
    pub sure_similarity: u16,
    /// Numbers that both texts need before their agreement is asked for.
    pub min_numbers: u8,
    /// Sentences that a cut text must share with the other.
    pub excerpt_sentences: u8,
    /// Share of the smaller text's sentences that must stand in the other.
    pub excerpt_containment: u16,
    /// Unlike pages with the same sentence from which on it is common, and no sign of a copy; one page of the same site is enough.
    pub common_sentence_pages: u8,
    /// Similarity below which pages are unlike.
    pub unlike_similarity: u16,
    /// Entries that are looked at for each key of an article, from the oldest on.
    pub max_candidates: u32,
    /// Earlier entries that a verdict looks at in all, beside those with the very same text.
    pub max_comparisons: u32,
}

impl Default for DedupeRules {
    fn default() -> Self {
        DedupeRules {
            copies: Copies::Full,
            window_hours: 72,
            window_entries: 1_000_000,
            generation: 2,
            short_text_shingles: 8,
            near_min_shingles: 30,
            near_similarity: 600,
            same_headline_similarity: 400,
            common_text_similarity: 900,
            same_site_similarity: 900,
            number_agreement: 450,
            sure_similarity: 800,
            min_numbers: 6,
            excerpt_sentences: 3,
            excerpt_containment: 600,
            common_sentence_pages: 3,
            unlike_similarity: 200,
            max_candidates: 64,
            max_comparisons: 1024,
        }
    }
}

/// What a copy's event holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copies {
    /// All that an article's event holds.
    Full,
    /// Of its content only headline, times, language, credits and counts; no annotations.
    Brief,
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

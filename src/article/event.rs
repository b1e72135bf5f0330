//! The event of the output topics: `copydesk.article/1`, for articles, withdrawals and copies.
//!
//! An event is a pure function of the raw record, the log up to it, and the worker's configuration and version: no clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::{ArticleId, EventId};
use super::limits;
use super::parsed::{Annotations, Content, Quality, Source};
use super::raw::Origin;
use super::time::Millis;
use super::verdict::{Changes, DuplicateKind};

/// `schema` of every event.
pub const SCHEMA: &str = "copydesk.article/1";
/// The same as a URI: `$id` of the JSON Schema, and `ce_dataschema` of each record.
pub const SCHEMA_URI: &str = "urn:copydesk:schema:article:1";

/// What happened to the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// Its first version.
    Published,
    /// A new version.
    Updated,
    /// Taken back by the publisher.
    Withdrawn,
    /// A copy (topic of duplicates only).
    Duplicate,
}

impl EventType {
    /// The name in JSON, headers and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::Published => "published",
            EventType::Updated => "updated",
            EventType::Withdrawn => "withdrawn",
            EventType::Duplicate => "duplicate",
        }
    }
}

/// What every event says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// Name and major version of the schema.
    #[schemars(length(max = limits::CODE))]
    pub schema: String,
    /// Deterministic, from the raw record's identity.
    pub event_id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// Stable over versions.
    pub article_id: ArticleId,
    /// Grows with every entry of the log, with gaps.
    pub version: u64,
    /// `event_id` of the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<EventId>,
    /// For `updated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// The raw record's timestamp; absent in `extract`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Millis>,
    /// The raw record.
    pub origin: Origin,
    /// What made it.
    pub pipeline: PipelineInfo,
}

/// What made an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineInfo {
    /// `copydesk`.
    #[schemars(length(max = limits::CODE))]
    pub name: String,
    /// The worker's version.
    #[schemars(length(max = limits::CODE))]
    pub version: String,
    /// Over the settings and tables that can change an event.
    #[schemars(length(max = limits::CODE))]
    pub config_hash: String,
    /// The rules of duplicates, by name, e.g. `1-a1b2c3d4`.
    #[schemars(length(max = limits::CODE))]
    pub rules: String,
    /// The producers of annotations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::MODELS))]
    pub models: Vec<ModelInfo>,
}

/// A producer of annotations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInfo {
    /// Its name.
    #[schemars(length(max = limits::CODE))]
    pub name: String,
    /// Its version.
    #[schemars(length(max = limits::CODE))]
    pub version: String,
}

/// One event of an article, complete by itself: its publication, an update, its withdrawal, or a copy of another. A withdrawal has no
/// `content`, `annotations`, `duplication` and `quality`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleEvent {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Where the article comes from.
    pub source: Source,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// How it stands to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplication: Option<Duplication>,
    /// What the enrichment found.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// How well it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// How an article stands to others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplication {
    /// Hash of the normalized text, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CODE))]
    pub content_hash: Option<String>,
    /// Hash of the normalized headline, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CODE))]
    pub headline_hash: Option<String>,
    /// Original, update or duplicate.
    pub status: DuplicationStatus,
    /// What kind of copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<DuplicateKind>,
    /// The article it is a copy of. For `same_url` and `stale` that is the event's own `article_id`: such an event must not replace the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<DuplicateOf>,
    /// This copy says that it was published before that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_earlier: Option<bool>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containment: Option<f32>,
}

/// Original, update or duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicationStatus {
    /// A first text.
    Original,
    /// A new version of an article.
    Update,
    /// A copy.
    Duplicate,
}

/// The article that a copy is a copy of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateOf {
    /// The article.
    pub article_id: ArticleId,
    /// Its event.
    pub event_id: EventId,
    /// Its registrable domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::DOMAIN))]
    pub domain: Option<String>,
    /// Its raw record's timestamp; absent in `extract`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Millis>,
}

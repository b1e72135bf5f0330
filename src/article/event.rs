//! The events of the output topics: `copydesk.article/1` and `copydesk.duplicate/1`.
//!
//! An event is a pure function of the raw record, the log up to it, and the worker's configuration and version: no clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::{ArticleId, EventId};
use super::limits;
use super::parsed::{AgencyCredit, Annotations, Content, Language, PublicationTime, Quality, Source};
use super::raw::Origin;
use super::time::Millis;
use super::verdict::{Changes, DuplicateKind};

/// `schema` of an article event.
pub const ARTICLE_SCHEMA: &str = "copydesk.article/1";
/// `schema` of a duplicate event.
pub const DUPLICATE_SCHEMA: &str = "copydesk.duplicate/1";

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

/// A `published`, `updated` or `withdrawn` event. A withdrawal has no `content`, `annotations` and `quality`.
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

/// One small event for each copy that was recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateEvent {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Where the copy comes from.
    pub source: Source,
    /// A few facts of the copy; absent for a stale withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<DuplicateContent>,
    /// What it is a copy of.
    pub duplication: Duplication,
}

/// What a duplicate event keeps of the copy's content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateContent {
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::HEADLINE))]
    pub headline: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PublicationTime>,
    /// The language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Agencies credited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::CREDITS))]
    pub agency_credits: Vec<AgencyCredit>,
    /// Words of the text.
    pub word_count: u32,
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
    /// The article it is a copy of.
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

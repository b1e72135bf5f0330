//! What the parse makes of a page: source, content and quality; and the annotations that `finish` adds.
//!
//! These are parts of the event, named as in the contract. A missing fact is an absent key.

mod annotations;
mod content;
mod quality;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::ArticleId;
use super::limits;
use super::time::Millis;

pub use annotations::{Annotations, Entity, EntityKind, Mention, Place, PlaceRole};
pub use content::{
    Access, AgencyCredit, Author, Content, Dateline, Genre, Image, Language, Link, Paragraph, ParagraphKind, Precision, PublicationTime, Rights, TimeSource,
    Video,
};
pub use quality::{Charset, Extractor, Quality, Warning};

/// A page that was parsed, before it was judged.
#[derive(Clone, Debug)]
pub struct ParsedArticle {
    /// The article's name over its versions.
    pub article_id: ArticleId,
    /// Where it comes from.
    pub source: Source,
    /// What it says.
    pub content: Content,
    /// How well it was read.
    pub quality: Quality,
    /// Keys of the envelope that are not of the contract; counted, never fatal.
    pub unknown_keys: u32,
}

/// The publisher took an article back.
#[derive(Clone, Debug)]
pub struct WithdrawnArticle {
    /// The article.
    pub article_id: ArticleId,
    /// Its URL, publisher and `fetched_at`.
    pub source: Source,
    /// Keys of the envelope that are not of the contract.
    pub unknown_keys: u32,
}

/// Where an article comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The URL as it was fetched, without user and password, as in all URLs of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub url: Option<String>,
    /// The URL after redirects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub final_url: Option<String>,
    /// The URL that the page calls its own, where it is credible. Never used as identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub canonical_url: Option<String>,
    /// The normalized form of `url` (of `final_url` where there is none), from which `article_id` is made: a key, not a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL_KEY))]
    pub url_key: Option<String>,
    /// The registrable domain, by the Public Suffix List.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::DOMAIN))]
    pub domain: Option<String>,
    /// The publisher.
    #[serde(default, skip_serializing_if = "Publisher::is_empty")]
    pub publisher: Publisher,
    /// When the crawler saw it; the record's timestamp where it did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Millis>,
    /// The page asks not to be used for training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_opt_out: Option<bool>,
}

impl Source {
    /// Where the page stood, redirects followed.
    pub fn page_url(&self) -> Option<&str> {
        self.final_url.as_deref().or(self.url.as_deref())
    }
}

/// A publisher.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Publisher {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub name: Option<String>,
    /// Its registrable domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::DOMAIN))]
    pub domain: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::COUNTRY))]
    pub country: Option<String>,
}

impl Publisher {
    /// Nothing is known of it.
    pub fn is_empty(&self) -> bool {
        *self == Publisher::default()
    }
}

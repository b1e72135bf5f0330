//! The JSON envelope of the raw topic, shape A of the contract, as its schema says it. It is read by `parse::decode`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;
use super::time::Millis;

/// A raw article in a JSON envelope. Exactly one of `html`, `text` and `body_base64`; none when `withdrawn`.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(default)]
pub struct InputEnvelope {
    /// Where it was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub url: Option<String>,
    /// Where redirects ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub final_url: Option<String>,
    /// The page as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PAGE))]
    pub html: Option<String>,
    /// The page already flattened to text, its menus, dates and footers still in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PAGE))]
    pub text: Option<String>,
    /// The page's bytes, base64 (RFC 4648, padding optional).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PAGE))]
    pub body_base64: Option<String>,
    /// The body's media type, with charset if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CONTENT_TYPE))]
    pub content_type: Option<String>,
    /// How `body_base64` is compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<ContentEncoding>,
    /// When the crawler saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Millis>,
    /// What is known of the publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<InputPublisher>,
    /// What a feed or sitemap said: candidates, never trusted blindly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hints: Option<Hints>,
    /// The publisher retracted the article at `url`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(with = "Option<bool>")]
    pub withdrawn: bool,
    /// Echoed by `extract` if it takes no more than 4,096 bytes; nothing else reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
}

/// How the body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContentEncoding {
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Br,
    /// RFC 8878.
    Zstd,
    /// RFC 1950, or raw RFC 1951 as some servers send it.
    Deflate,
}

/// The publisher as the crawler knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
pub struct InputPublisher {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub name: Option<String>,
    /// Its site's host or registrable domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::DOMAIN))]
    pub domain: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::COUNTRY))]
    pub country: Option<String>,
    /// IANA zone of the times its pages print.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TIME_ZONE))]
    pub time_zone: Option<String>,
}

/// What a feed or sitemap said of the article.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
pub struct Hints {
    /// The item's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::HEADLINE))]
    pub title: Option<String>,
    /// The item's time of publication, in any usual form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TIME))]
    pub published: Option<String>,
    /// The item's time of change, in any usual form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TIME))]
    pub updated: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::LANGUAGE))]
    pub language: Option<String>,
    /// The item's section or category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::SECTION))]
    pub section: Option<String>,
    /// The item's authors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<String>>", length(max = limits::AUTHORS), inner(length(max = limits::NAME)))]
    pub authors: Vec<String>,
}

//! What the enrichment finds in a text: people, organisations, places.
//!
//! All text offsets count Unicode scalar values in `content.text`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::limits;

/// What the enrichment found. Each part can be switched off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Annotations {
    /// People and organisations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::ENTITIES))]
    pub entities: Vec<Entity>,
    /// Places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::PLACES))]
    pub places: Vec<Place>,
}

impl Annotations {
    /// Nothing was found.
    pub fn is_empty(&self) -> bool {
        *self == Annotations::default()
    }
}

/// A person or an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// The fullest name.
    #[schemars(length(max = limits::NAME))]
    pub name: String,
    /// Other names in the text, acronyms among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::ALIASES), inner(length(max = limits::NAME)))]
    pub aliases: Vec<String>,
    /// Wikidata's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CODE))]
    pub wikidata: Option<String>,
    /// The role as printed, e.g. "head of the harbour authority".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PRINTED))]
    pub role: Option<String>,
    /// 0 to 1.
    pub salience: f32,
    /// Where it is named.
    #[schemars(length(max = limits::MENTIONS))]
    pub mentions: Vec<Mention>,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
}

/// Where something is named in `text`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mention {
    /// Its first scalar value.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// As printed, without marks of direction.
    #[schemars(length(max = limits::NAME))]
    pub text: String,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Its usual English name.
    #[schemars(length(max = limits::NAME))]
    pub name: String,
    /// `country`, `city` or another kind.
    #[schemars(length(max = limits::CODE))]
    pub kind: String,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::COUNTRY))]
    pub country: Option<String>,
    /// First-order division.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub admin1: Option<String>,
    /// Degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// GeoNames' id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geonames: Option<u32>,
    /// What it is to the article.
    pub role: PlaceRole,
    /// 0 to 1.
    pub confidence: f32,
    /// Where it is named in `text`; empty where only the dateline names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::MENTIONS))]
    pub mentions: Vec<Mention>,
}

/// What a place is to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRole {
    /// The dateline names it.
    Dateline,
    /// The article is about it.
    Focus,
    /// The text names it.
    Mentioned,
}

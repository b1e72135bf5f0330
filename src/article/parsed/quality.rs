//! How well a page was read, and what went less than well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::limits;

/// How well the page was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// What found the body.
    pub extractor: Extractor,
    /// 0 to 1.
    pub confidence: f32,
    /// The charset that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<Charset>,
    /// The share of the page's text that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
    /// The page or the event was cut at a limit.
    pub truncated: bool,
    /// What went less than well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::WARNINGS))]
    pub warnings: Vec<Warning>,
    /// Parts of the event that were left out because it did not fit its topic, by their paths, e.g. `annotations.entities`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::WARNINGS), inner(length(max = limits::CODE)))]
    pub dropped: Vec<String>,
}

impl Quality {
    /// That of a page of a test, of which all is known.
    #[cfg(test)]
    pub fn of_a_test() -> Quality {
        let (warnings, dropped) = (Vec::new(), Vec::new());
        Quality { extractor: Extractor::Generic, confidence: 1.0, charset: None, boilerplate_ratio: 0.0, truncated: false, warnings, dropped }
    }

    /// Adds a warning, once; their order is that of the closed set.
    pub fn warn(&mut self, warning: Warning) {
        if let Err(place) = self.warnings.binary_search(&warning) {
            self.warnings.insert(place, warning);
        }
    }
}

/// What found the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extractor {
    /// A rule for the site.
    SiteRule,
    /// JSON-LD's `articleBody`.
    JsonLd,
    /// The generic extractor over HTML.
    Generic,
    /// The reader of flattened text pages.
    PlainText,
}

/// The charset of the page's bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Charset {
    /// The name (WHATWG Encoding).
    #[schemars(length(max = limits::CODE))]
    pub used: String,
    /// What said so: `envelope` (already text), `bom`, `valid_utf8`, `header`, `meta` or `detected`.
    #[schemars(length(max = limits::CODE))]
    pub from: String,
}

/// What went less than well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// A later attempt would have refused a record that the log already holds.
    LateRefusal,
    /// Bytes that the charset does not have were replaced.
    CharsetReplacements,
    /// JSON-LD could not be read, or holds more values than are read.
    BrokenJsonLd,
    /// `fetched_at` lay more than an hour after the record's timestamp and was cut to that.
    FetchedAtInFuture,
    /// A candidate time lay after `fetched_at` and was not used.
    FutureDateIgnored,
    /// An annotator failed; its annotations are missing.
    AnnotatorFailed,
    /// Parts were dropped so that the event fits its topic: `dropped` names them.
    PartsDropped,
    /// The text was cut so that the event fits its topic, or the page has more blocks or lines than are read.
    TextCut,
    /// A URL of the envelope could not be parsed, or was too long, and was left out.
    BadUrl,
    /// The publisher's zone or country could not be read.
    BadPublisher,
    /// A string, list or header was longer than its limit and was cut; a URL or domain was left out.
    FieldCut,
}

//! The fate of a message: one enum, matched without a wildcard where offsets are committed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::ArticleEvent;
use super::parsed::ParsedArticle;

/// What a raw record became. There is no fifth way out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A `published` or `updated` event.
    Published(Box<ArticleEvent>),
    /// A copy that was recognised.
    Duplicate(Box<ArticleEvent>),
    /// A `withdrawn` event.
    Withdrawn(Box<ArticleEvent>),
    /// A record that was refused.
    DeadLetter(DeadLetter),
}

/// Why a record was refused: goes into the dead letter's headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it was refused.
    pub stage: Stage,
    /// The code.
    pub code: DeadLetterCode,
    /// For a person, at most 256 characters, never the body.
    pub message: String,
    /// The raw record's key, value and headers are left out: with them, the brokers refuse the dead letter.
    pub is_bare: bool,
}

impl DeadLetter {
    /// A dead letter; the message is cut to 256 characters.
    pub fn new(stage: Stage, code: DeadLetterCode, message: impl Into<String>) -> DeadLetter {
        let mut message: String = message.into();
        if let Some((cut, _)) = message.char_indices().nth(256) {
            message.truncate(cut);
        }
        DeadLetter { stage, code, message, is_bare: false }
    }
}

/// A record that `prepare` refuses. Where the page could still be read, the article comes with it: if the log
/// already holds the record's entry, it is published all the same (warning `late_refusal`).
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub dead_letter: DeadLetter,
    /// What could be read.
    pub article: Option<Box<ParsedArticle>>,
}

impl Refusal {
    /// A record of which nothing could be read.
    pub fn hard(stage: Stage, code: DeadLetterCode, message: impl Into<String>) -> Refusal {
        Refusal { dead_letter: DeadLetter::new(stage, code, message), article: None }
    }
}

/// Where a record was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Envelope, compression, charset.
    Decode,
    /// The page.
    Parse,
    /// The log.
    Judge,
    /// Enrichment and the making of the event.
    Finish,
    /// The brokers.
    Publish,
}

/// Why a record was refused: a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterCode {
    /// The envelope is no envelope: bad JSON, two bodies, no body, a withdrawal without a URL.
    BadEnvelope,
    /// The bytes can't be decoded: base64, compression, charset.
    Undecodable,
    /// The body is larger than the limit, before or after decompression.
    Oversize,
    /// Too many elements, texts, attributes, levels or steps.
    TooComplex,
    /// The bytes are no page: an image, a PDF, JSON.
    NotHtml,
    /// A page, but no article.
    NotAnArticle,
    /// No text at all.
    Empty,
    /// An operator gave it up.
    Skipped,
    /// The worker itself failed on it.
    Internal,
    /// The brokers refuse what it became, for good.
    Unpublishable,
}

impl Stage {
    /// All of them, for metrics.
    pub const ALL: [Stage; 5] = [Stage::Decode, Stage::Parse, Stage::Judge, Stage::Finish, Stage::Publish];

    /// The name in headers and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Parse => "parse",
            Stage::Judge => "judge",
            Stage::Finish => "finish",
            Stage::Publish => "publish",
        }
    }
}

impl DeadLetterCode {
    /// All of them, for metrics.
    pub const ALL: [DeadLetterCode; 10] = [
        DeadLetterCode::BadEnvelope,
        DeadLetterCode::Undecodable,
        DeadLetterCode::Oversize,
        DeadLetterCode::TooComplex,
        DeadLetterCode::NotHtml,
        DeadLetterCode::NotAnArticle,
        DeadLetterCode::Empty,
        DeadLetterCode::Skipped,
        DeadLetterCode::Internal,
        DeadLetterCode::Unpublishable,
    ];

    /// The name in headers and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            DeadLetterCode::BadEnvelope => "bad_envelope",
            DeadLetterCode::Undecodable => "undecodable",
            DeadLetterCode::Oversize => "oversize",
            DeadLetterCode::TooComplex => "too_complex",
            DeadLetterCode::NotHtml => "not_html",
            DeadLetterCode::NotAnArticle => "not_an_article",
            DeadLetterCode::Empty => "empty",
            DeadLetterCode::Skipped => "skipped",
            DeadLetterCode::Internal => "internal",
            DeadLetterCode::Unpublishable => "unpublishable",
        }
    }
}

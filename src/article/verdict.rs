//! The verdict on one entry: what the record becomes. A function of the log alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::{ArticleId, EventId};
use super::time::Millis;

/// What a record becomes, with what its event says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Offset of the record's first entry in the log.
    pub log_offset: i64,
    /// Generation of the log × 2⁴⁰ + `log_offset`: `version` of the event.
    pub version: u64,
    /// Hash of the normalized text, from the entry.
    pub content_hash: [u8; 16],
    /// Hash of the normalized headline, from the entry; 0 where there is none.
    pub headline_hash: u64,
    /// What it becomes.
    pub kind: VerdictKind,
}

/// What a record becomes.
#[derive(Clone, Debug, PartialEq)]
pub enum VerdictKind {
    /// A first article.
    Published,
    /// A new version of an article.
    Updated {
        /// The version before.
        supersedes: EventId,
        /// What changed.
        changes: Changes,
        /// Where the new text is another article's.
        duplicate_of: Option<(DuplicateKind, Original)>,
    },
    /// The publisher took the article back.
    Withdrawn {
        /// The version before, where there is one in the window.
        supersedes: Option<EventId>,
    },
    /// A copy.
    Duplicate(DuplicateKind, Original),
    /// An operator gave the record up: a dead letter with the code `skipped`.
    Skipped,
}

/// What kind of copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKind {
    /// Older than the article's newest.
    Stale,
    /// The same article with the same text.
    SameUrl,
    /// The same text elsewhere.
    SameText,
    /// An edited text of another.
    NearCopy,
    /// A cut text of another.
    Excerpt,
}

/// The article that a copy is a copy of, and how alike they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Original {
    /// The article.
    pub article_id: ArticleId,
    /// Its event.
    pub event_id: EventId,
    /// Its registrable domain, empty where unknown.
    pub domain: String,
    /// Its raw record's timestamp.
    pub received_at: Millis,
    /// The copy says that it was published before it.
    pub published_earlier: bool,
    /// Estimated Jaccard similarity of shingles, in 1/1000.
    pub similarity: u16,
    /// Estimated share of the smaller text's sentences in the other, in 1/1000.
    pub containment: u16,
}

/// What an update changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// The headline.
    pub headline: bool,
    /// The text.
    pub text: bool,
    /// How alike the texts are, 0 to 1.
    pub text_similarity: f32,
}

/// What the log says of a prepared record.
#[derive(Clone, Debug, PartialEq)]
pub enum Ruling {
    /// It has an entry, and this is its verdict.
    Verdict(Verdict),
    /// It has no entry and gets none: it stays refused.
    Refused,
}

//! The types a message goes through: raw article, parsed article, log entry, verdict, event, dead letter.
//!
//! Everything here is data. It must never know Kafka, clocks or configuration; the JSON names are the contract
//! of the output topics and may only gain optional fields within a major version.

pub mod entry;
pub mod event;
pub mod identity;
pub(crate) mod input;
pub(crate) mod limits;
pub(crate) mod outcome;
pub(crate) mod output;
pub mod parsed;
pub mod raw;
pub mod schema;
pub(crate) mod time;
pub(crate) mod verdict;

pub use entry::{Entry, EntryError, EntryKind};
pub use event::{ArticleEvent, EventType};
pub use identity::{ArticleId, EventId, Identity};
pub use input::InputEnvelope;
pub use outcome::{DeadLetter, DeadLetterCode, Outcome, Refusal, Stage};
pub use output::{OutputHeader, OutputRecord, OutputTopic};
pub use parsed::{Annotations, Content, ParsedArticle, Quality, Source, Warning, WithdrawnArticle};
pub use raw::{Origin, RawArticle, RawHeader, RawPartition};
pub use time::Millis;
pub use verdict::{Changes, DuplicateKind, Original, Ruling, Verdict, VerdictKind};

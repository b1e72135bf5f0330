//! One entry of the fingerprint log, and its codec.
//!
//! An entry stands for one prepared article, withdrawal, skip, or the start of a generation. It holds all that a verdict needs,
//! so that no worker ever has to parse a page again to judge another. At most 320 bytes, little-endian, with magic, format and checksum.

use super::identity::{ArticleId, Identity};

/// The most bytes an encoded entry takes.
pub const MAX_ENTRY_BYTES: usize = 320;

/// The format that this worker writes and reads.
pub const ENTRY_FORMAT: u8 = 1;

/// What an entry stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EntryKind {
    /// A prepared article.
    Article = 1,
    /// A withdrawal by the publisher.
    Withdrawal = 2,
    /// `copydesk skip`, or a record that can't be read any more: nobody's original.
    Skip = 3,
    /// The first entry of a generation: what stands before it is void.
    Generation = 4,
}

/// An entry of the fingerprint log. For a skip and a generation only `kind`, `generation`, `topic`, `identity` and `rules` count.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it stands for.
    pub kind: EntryKind,
    /// The generation of the log (configuration).
    pub generation: u32,
    /// Hash of the raw topic's name ([`super::identity::topic_hash`]).
    pub topic: u64,
    /// Hash of the rules of the worker that wrote it.
    pub rules: u64,
    /// Version of fingerprint and URL normalization.
    pub fingerprint_version: u16,
    /// The raw record.
    pub identity: Identity,
    /// The article.
    pub article_id: ArticleId,
    /// Milliseconds; the record timestamp + 1 h at most.
    pub fetched_at: i64,
    /// The raw record's timestamp, milliseconds.
    pub received_at: i64,
    /// Milliseconds; [`NO_TIME`] where unknown.
    pub published_at: i64,
    /// Hash of the normalized text.
    pub content_hash: [u8; 16],
    /// Hash of the normalized headline; 0 where there is none.
    pub headline_hash: u64,
    /// One-permutation MinHash of word shingles, 64 rows of 8 bits.
    pub signature: [u8; 64],
    /// One-permutation MinHash of (previous word, number), 8 rows of 8 bits.
    pub numbers: [u8; 8],
    /// How many numbers the text has (saturating).
    pub number_count: u8,
    /// The eight smallest sentence hashes, ascending; 0 fills.
    pub sentences: [u32; 8],
    /// How many sentences the text has (saturating).
    pub sentence_count: u16,
    /// How many shingles the text has (saturating).
    pub shingle_count: u16,
    /// Term hashes of headline and lead, for stories; 0 fills.
    pub terms: [u16; 16],
    /// The registrable domain, at most 46 bytes (a longer one is cut at a character's border from the left); empty where unknown.
    pub domain: String,
}

/// `published_at` of an article without a date.
pub const NO_TIME: i64 = i64::MIN;

/// Why an entry can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is damaged, or no entry at all: void for all, and counted.
    #[error("damaged entry: {0}")]
    Damaged(&'static str),
    /// A newer worker wrote it: this one must stop.
    #[error("entry of format {0}, this worker reads format {ENTRY_FORMAT}: upgrade it")]
    UnknownFormat(u8),
}

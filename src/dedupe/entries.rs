//! The entries in memory, as arrays by ordinal.
//!
//! What a verdict compares is kept for one window; what an event says of another article is kept for two, because the verdict of an entry stays
//! answerable for a window after it and names entries of the window before it.

use std::hint::black_box;

use crate::article::{ArticleId, Entry, EntryKind, EventId, Identity};

use super::column::Column;
use super::domains::Domains;
use super::ordinal::Ordinal;
use super::verdict::KeptVerdict;

/// Sentence hashes of an entry.
pub(super) const SENTENCES: u32 = 8;

/// What is kept of an entry for two windows.
#[derive(Debug)]
pub(super) struct Name {
    pub identity: Identity,
    pub article: ArticleId,
    pub received_at: i64,
    pub published_at: i64,
    pub offset: i64,
    pub domain: u32,
    /// The first entry of the window before this one.
    pub window: Ordinal,
}

/// What is kept of an entry for one window.
#[derive(Debug)]
pub(super) struct Body {
    pub kind: EntryKind,
    /// An entry of its identity, or a skip of it, stands in the window before it: so it counts for nobody as long as that does.
    pub late: bool,
    /// It stands before a higher generation: it never was.
    pub gone: bool,
    pub number_count: u8,
    pub version: u16,
    pub sentence_count: u16,
    pub shingle_count: u16,
    pub generation: u32,
    /// The same as [`Name::domain`]: who compares texts need not look there.
    pub domain: u32,
    pub fetched_at: i64,
    pub headline: u64,
    pub content: [u8; 16],
    pub numbers: [u8; 8],
    pub signature: [u8; 64],
    pub judged: KeptVerdict,
}

impl Body {
    /// Whether it has a text.
    pub fn has_text(&self) -> bool {
        self.content != [0; 16]
    }

    /// The 32 bits of a band of the signature.
    pub fn band(&self, band: usize) -> u32 {
        let rows = &self.signature[4 * band..4 * band + 4];
        u32::from_le_bytes([rows[0], rows[1], rows[2], rows[3]])
    }
}

/// All entries in memory.
#[derive(Debug)]
pub(super) struct Entries {
    pub names: Column<Name>,
    pub bodies: Column<Body>,
    /// Sentence hashes, [`SENTENCES`] an entry, 0 where there is none.
    pub sentences: Column<u32>,
    pub domains: Domains,
}

impl Entries {
    /// None, the first of which will have this ordinal.
    pub fn new(start: Ordinal) -> Entries {
        let sentences = Column::new(start.parts(SENTENCES));
        Entries { names: Column::new(start), bodies: Column::new(start), sentences, domains: Domains::default() }
    }

    /// Puts an entry at the end, not judged yet.
    pub fn push(&mut self, offset: i64, entry: &Entry) -> Ordinal {
        for hash in entry.sentences {
            self.sentences.push(hash);
        }
        let domain = self.domains.take(&entry.domain);
        self.bodies.push(Body {
            domain,
            kind: entry.kind,
            late: false,
            gone: false,
            number_count: entry.number_count,
            version: entry.fingerprint_version,
            sentence_count: entry.sentence_count,
            shingle_count: entry.shingle_count,
            generation: entry.generation,
            fetched_at: entry.fetched_at,
            headline: entry.headline_hash,
            content: entry.content_hash,
            numbers: entry.numbers,
            signature: entry.signature,
            judged: KeptVerdict::Published,
        });
        self.names.push(Name {
            identity: entry.identity,
            article: entry.article_id,
            received_at: entry.received_at,
            published_at: entry.published_at,
            offset,
            domain,
            window: self.bodies.start(),
        })
    }

    /// The first entry of the window leaves it.
    pub fn leave_window(&mut self) {
        self.bodies.drop_first();
        for _ in 0..SENTENCES {
            self.sentences.drop_first();
        }
    }

    /// Forgets what stands before the window of the window's first entry, `most` entries of it at most. Whether that is all.
    pub fn forget(&mut self, most: u32) -> bool {
        let window = self.bodies.start();
        let keep_from = if self.bodies.len() == 0 { window } else { self.names.at(window).window };
        let mut left = most;
        while self.names.start().before(keep_from) {
            if left == 0 {
                return false;
            }
            left -= 1;
            let domain = self.names.at(self.names.start()).domain;
            self.domains.release(domain);
            self.names.drop_first();
        }
        true
    }

    /// The event of an entry.
    pub fn event(&self, ordinal: Ordinal) -> EventId {
        EventId::of(&self.names.at(ordinal).identity)
    }

    /// The entry of a place in `sentences`.
    pub fn of_sentence(&self, place: Ordinal) -> Ordinal {
        self.bodies.start().plus(place.since(self.sentences.start()) / SENTENCES)
    }

    /// Loads what texts are compared by, because it is about to be: so the processor waits for all at once, not for one after the other.
    pub fn touch(&self, ordinals: impl Iterator<Item = Ordinal>) {
        let loaded = ordinals.map(|ordinal| self.bodies.at(ordinal)).fold(0, |all, body| all ^ body.signature[0] ^ body.signature[63] ^ body.kind as u8);
        black_box(loaded);
    }

    /// The sentence hashes of an entry.
    pub fn sentences_of(&self, ordinal: Ordinal) -> [u32; SENTENCES as usize] {
        let first = ordinal.parts(SENTENCES);
        std::array::from_fn(|i| *self.sentences.at(first.plus(i as u32)))
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        self.names.bytes() + self.bodies.bytes() + self.sentences.bytes() + self.domains.bytes()
    }
}

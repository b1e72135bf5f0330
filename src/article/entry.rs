//! One entry of the fingerprint log, and its codec.
//!
//! An entry stands for one prepared article, withdrawal, skip, or the start of a generation. It holds all that a verdict needs,
//! so that no worker ever has to parse a page again to judge another. At most 320 bytes, little-endian, with magic, format and checksum.
//! Every format, now and later, is `magic (4), format (1), length of the whole (2), body, checksum (8) of all before it`: so a worker
//! can tell a damaged entry, which is void for all, from one that it is too old to read.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::identity::{ArticleId, Identity};

/// The most bytes an encoded entry takes.
pub const MAX_ENTRY_BYTES: usize = 320;

/// The format that this worker writes and reads.
pub const ENTRY_FORMAT: u8 = 1;

/// The most bytes of a domain in an entry.
pub const MAX_DOMAIN_BYTES: usize = 46;

/// `published_at` of an article without a date.
pub const NO_TIME: i64 = i64::MIN;

const MAGIC: [u8; 4] = *b"cdFP";
const HEADER_BYTES: usize = 7;
const CHECKSUM_BYTES: usize = 8;
const CHECKSUM_SEED: u64 = 0x636f_7079_6465_736b;

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
    /// The raw record's timestamp, milliseconds; -1 where there is none.
    pub received_at: i64,
    /// Milliseconds; [`NO_TIME`] where unknown.
    pub published_at: i64,
    /// Hash of the normalized text; 0 where there is none.
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
    /// The registrable domain, at most [`MAX_DOMAIN_BYTES`] (a longer one is cut at a character's border from the left); empty where unknown.
    pub domain: String,
}

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

impl Entry {
    /// An entry in which only what every kind needs is set; the rest is zero.
    pub fn bare(kind: EntryKind, generation: u32, topic: u64, rules: u64, identity: Identity) -> Entry {
        Entry {
            kind,
            generation,
            topic,
            rules,
            fingerprint_version: 0,
            identity,
            article_id: ArticleId([0; 16]),
            fetched_at: 0,
            received_at: 0,
            published_at: NO_TIME,
            content_hash: [0; 16],
            headline_hash: 0,
            signature: [0; 64],
            numbers: [0; 8],
            number_count: 0,
            sentences: [0; 8],
            sentence_count: 0,
            shingle_count: 0,
            terms: [0; 16],
            domain: String::new(),
        }
    }

    /// The entry's bytes, at most [`MAX_ENTRY_BYTES`].
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_ENTRY_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(ENTRY_FORMAT);
        bytes.extend_from_slice(&[0, 0]);
        bytes.push(self.kind as u8);
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        bytes.extend_from_slice(&self.topic.to_le_bytes());
        bytes.extend_from_slice(&self.rules.to_le_bytes());
        bytes.extend_from_slice(&self.fingerprint_version.to_le_bytes());
        bytes.extend_from_slice(&self.identity.0);
        bytes.extend_from_slice(&self.article_id.0);
        bytes.extend_from_slice(&self.fetched_at.to_le_bytes());
        bytes.extend_from_slice(&self.received_at.to_le_bytes());
        bytes.extend_from_slice(&self.published_at.to_le_bytes());
        bytes.extend_from_slice(&self.content_hash);
        bytes.extend_from_slice(&self.headline_hash.to_le_bytes());
        bytes.extend_from_slice(&self.signature);
        bytes.extend_from_slice(&self.numbers);
        bytes.push(self.number_count);
        for hash in self.sentences {
            bytes.extend_from_slice(&hash.to_le_bytes());
        }
        bytes.extend_from_slice(&self.sentence_count.to_le_bytes());
        bytes.extend_from_slice(&self.shingle_count.to_le_bytes());
        for term in self.terms {
            bytes.extend_from_slice(&term.to_le_bytes());
        }
        let domain = domain_tail(&self.domain);
        bytes.push(domain.len() as u8);
        bytes.extend_from_slice(domain.as_bytes());
        seal(&mut bytes);
        bytes
    }

    /// Reads an entry. Bytes after its length, a wrong checksum or an impossible value are damage.
    pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
        let format = checked_format(bytes)?;
        if format != ENTRY_FORMAT {
            return Err(EntryError::UnknownFormat(format));
        }
        let mut body = Body { rest: &bytes[HEADER_BYTES..bytes.len() - CHECKSUM_BYTES] };
        let entry = Entry {
            kind: kind_of(body.take::<1>()?[0])?,
            generation: u32::from_le_bytes(body.take()?),
            topic: u64::from_le_bytes(body.take()?),
            rules: u64::from_le_bytes(body.take()?),
            fingerprint_version: u16::from_le_bytes(body.take()?),
            identity: Identity(body.take()?),
            article_id: ArticleId(body.take()?),
            fetched_at: i64::from_le_bytes(body.take()?),
            received_at: i64::from_le_bytes(body.take()?),
            published_at: i64::from_le_bytes(body.take()?),
            content_hash: body.take()?,
            headline_hash: u64::from_le_bytes(body.take()?),
            signature: body.take()?,
            numbers: body.take()?,
            number_count: body.take::<1>()?[0],
            sentences: body.sentences()?,
            sentence_count: u16::from_le_bytes(body.take()?),
            shingle_count: u16::from_le_bytes(body.take()?),
            terms: body.terms()?,
            domain: body.domain()?,
        };
        if body.rest.is_empty() { Ok(entry) } else { Err(EntryError::Damaged("more than an entry")) }
    }
}

/// The part of a domain that an entry keeps: its last [`MAX_DOMAIN_BYTES`], cut at a character's border.
pub fn domain_tail(domain: &str) -> &str {
    let mut start = domain.len().saturating_sub(MAX_DOMAIN_BYTES);
    while !domain.is_char_boundary(start) {
        start += 1;
    }
    &domain[start..]
}

/// Writes the length, and the checksum after all.
fn seal(bytes: &mut Vec<u8>) {
    let length = (bytes.len() + CHECKSUM_BYTES) as u16;
    bytes[5..7].copy_from_slice(&length.to_le_bytes());
    let checksum = xxh3_64_with_seed(bytes, CHECKSUM_SEED);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    debug_assert!(bytes.len() <= MAX_ENTRY_BYTES);
}

/// The format of bytes whose magic, length and checksum are right.
fn checked_format(bytes: &[u8]) -> Result<u8, EntryError> {
    if bytes.len() < HEADER_BYTES + CHECKSUM_BYTES || bytes[..4] != MAGIC {
        return Err(EntryError::Damaged("no entry"));
    }
    if usize::from(u16::from_le_bytes([bytes[5], bytes[6]])) != bytes.len() {
        return Err(EntryError::Damaged("wrong length"));
    }
    let (sealed, checksum) = bytes.split_at(bytes.len() - CHECKSUM_BYTES);
    if xxh3_64_with_seed(sealed, CHECKSUM_SEED).to_le_bytes() != checksum {
        return Err(EntryError::Damaged("wrong checksum"));
    }
    Ok(bytes[4])
}

fn kind_of(byte: u8) -> Result<EntryKind, EntryError> {
    match byte {
        1 => Ok(EntryKind::Article),
        2 => Ok(EntryKind::Withdrawal),
        3 => Ok(EntryKind::Skip),
        4 => Ok(EntryKind::Generation),
        _ => Err(EntryError::Damaged("unknown kind")),
    }
}

/// What is left to read of an entry's body.
struct Body<'a> {
    rest: &'a [u8],
}

impl Body<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], EntryError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(EntryError::Damaged("cut short"))?;
        self.rest = rest;
        Ok(*head)
    }

    fn sentences(&mut self) -> Result<[u32; 8], EntryError> {
        let mut sentences = [0; 8];
        for hash in &mut sentences {
            *hash = u32::from_le_bytes(self.take()?);
        }
        Ok(sentences)
    }

    fn terms(&mut self) -> Result<[u16; 16], EntryError> {
        let mut terms = [0; 16];
        for term in &mut terms {
            *term = u16::from_le_bytes(self.take()?);
        }
        Ok(terms)
    }

    fn domain(&mut self) -> Result<String, EntryError> {
        let length = usize::from(self.take::<1>()?[0]);
        if length > MAX_DOMAIN_BYTES {
            return Err(EntryError::Damaged("domain too long"));
        }
        let (domain, rest) = self.rest.split_at_checked(length).ok_or(EntryError::Damaged("cut short"))?;
        self.rest = rest;
        String::from_utf8(domain.to_vec()).map_err(|_| EntryError::Damaged("domain not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_entry() -> impl Strategy<Value = Entry> {
        let kinds = prop_oneof![Just(EntryKind::Article), Just(EntryKind::Withdrawal), Just(EntryKind::Skip), Just(EntryKind::Generation)];
        let names = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<[u8; 16]>(), "[a-zа-я.-]{0,23}");
        let numbers = (any::<u32>(), any::<u64>(), any::<u64>(), any::<u16>(), any::<[i64; 3]>(), any::<u64>());
        let sketches = (any::<[u8; 32]>(), any::<[u8; 8]>(), any::<u8>(), any::<[u32; 8]>(), any::<[u16; 2]>(), any::<[u16; 16]>());
        (kinds, names, numbers, sketches).prop_map(|(kind, names, numbers, sketches)| {
            let mut entry = Entry::bare(kind, numbers.0, numbers.1, numbers.2, Identity(names.0));
            entry.fingerprint_version = numbers.3;
            entry.article_id = ArticleId(names.1);
            [entry.fetched_at, entry.received_at, entry.published_at] = numbers.4;
            entry.content_hash = names.2;
            entry.headline_hash = numbers.5;
            entry.signature[..32].copy_from_slice(&sketches.0);
            entry.signature[32..].copy_from_slice(&sketches.0);
            entry.numbers = sketches.1;
            entry.number_count = sketches.2;
            entry.sentences = sketches.3;
            [entry.sentence_count, entry.shingle_count] = sketches.4;
            entry.terms = sketches.5;
            entry.domain = names.3;
            entry
        })
    }

    fn sample() -> Entry {
        let mut entry = Entry::bare(EntryKind::Article, 3, 5, 7, Identity([9; 16]));
        entry.domain = "example.com".into();
        entry
    }

    #[test]
    fn the_longest_domain_fits() {
        let mut entry = sample();
        entry.domain = "ж".repeat(200);
        let bytes = entry.encode();
        assert!(bytes.len() <= MAX_ENTRY_BYTES, "{} bytes", bytes.len());
        assert_eq!(Entry::decode(&bytes).unwrap().domain, "ж".repeat(23));
        entry.domain = format!("a{}", "ж".repeat(23));
        assert_eq!(Entry::decode(&entry.encode()).unwrap().domain, "ж".repeat(23));
        entry.domain = format!("x{}.com", "é".repeat(21));
        assert_eq!(domain_tail(&entry.domain).len(), 46);
    }

    #[test]
    fn a_newer_format_is_told_from_damage() {
        let mut bytes = sample().encode();
        bytes.truncate(bytes.len() - CHECKSUM_BYTES);
        bytes[4] = 2;
        bytes.extend_from_slice(b"what a later version adds");
        seal(&mut bytes);
        assert_eq!(Entry::decode(&bytes), Err(EntryError::UnknownFormat(2)));
        bytes[60] ^= 1;
        assert_eq!(Entry::decode(&bytes), Err(EntryError::Damaged("wrong checksum")));
    }

    #[test]
    fn a_right_checksum_does_not_excuse_impossible_values() {
        let resealed = |change: fn(&mut Vec<u8>)| {
            let mut bytes = sample().encode();
            bytes.truncate(bytes.len() - CHECKSUM_BYTES);
            change(&mut bytes);
            seal(&mut bytes);
            Entry::decode(&bytes)
        };
        assert_eq!(resealed(|b| b[HEADER_BYTES] = 9), Err(EntryError::Damaged("unknown kind")));
        assert_eq!(resealed(|b| b.push(0)), Err(EntryError::Damaged("more than an entry")));
        assert_eq!(resealed(|b| b.truncate(40)), Err(EntryError::Damaged("cut short")));
        assert_eq!(resealed(|b| *b.last_mut().unwrap() = 0xff), Err(EntryError::Damaged("domain not UTF-8")));
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let bytes = sample().encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(Entry::decode(&flipped), Err(EntryError::Damaged(_))), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entry in any_entry()) {
            let bytes = entry.encode();
            prop_assert!(bytes.len() <= MAX_ENTRY_BYTES);
            prop_assert_eq!(Entry::decode(&bytes).unwrap(), entry);
        }

        #[test]
        fn a_part_of_an_entry_is_damaged(entry in any_entry(), cut in any::<prop::sample::Index>()) {
            let bytes = entry.encode();
            let part = &bytes[..cut.index(bytes.len())];
            prop_assert!(matches!(Entry::decode(part), Err(EntryError::Damaged(_))));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Entry::decode(&bytes).is_err());
        }
    }
}

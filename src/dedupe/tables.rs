//! The entries of the window by identity, URL, text, band of the signature, and sentence.
//!
//! Which key an entry has in which table, and nothing else. Every entry of the window that counts or may count later is entered here.

use std::hint::black_box;

use crate::article::{ArticleId, EntryKind, Identity};
use crate::config::DedupeRules;

use super::chains::Chains;
pub(super) use super::chains::Ring;
use super::entries::{Body, Entries, SENTENCES};
use super::newest::{Fetched, Newest};
use super::ordinal::Ordinal;

/// Bands of a signature.
pub(super) const BANDS: usize = 16;

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    identities: Chains,
    urls: Chains,
    texts: Chains,
    headlines: Chains,
    bands: Vec<Chains>,
    sentences: Chains,
    /// The newest entry of each URL.
    pub newest: Newest,
    /// Shingles below which a text has no bands and sentences here.
    min_shingles: u16,
    /// Shingles below which a text is known by its headline too.
    short_shingles: u16,
}

impl Fetched for Entries {
    fn fetched_at(&self, ordinal: Ordinal) -> i64 {
        self.bodies.at(ordinal).fetched_at
    }

    fn is_late(&self, ordinal: Ordinal) -> bool {
        self.bodies.at(ordinal).late
    }
}

impl Tables {
    /// Empty tables; the first entry will have this ordinal.
    pub fn new(start: Ordinal, rules: &DedupeRules) -> Tables {
        Tables {
            identities: Chains::new(start),
            urls: Chains::new(start),
            texts: Chains::new(start),
            headlines: Chains::new(start),
            bands: (0..BANDS).map(|_| Chains::new(start)).collect(),
            sentences: Chains::new(start.parts(SENTENCES)),
            newest: Newest::new(start),
            min_shingles: rules.near_min_shingles,
            short_shingles: rules.short_text_shingles,
        }
    }

    /// Makes room for the next entry.
    pub fn pass(&mut self) {
        self.identities.pass();
        self.urls.pass();
        self.texts.pass();
        self.headlines.pass();
        self.bands.iter_mut().for_each(Chains::pass);
        (0..SENTENCES).for_each(|_| self.sentences.pass());
        self.newest.pass();
    }

    /// Loads the slots of all keys of an entry, because they are about to be looked up.
    pub fn touch(&self, ordinal: Ordinal, entries: &Entries) {
        let (name, body) = (entries.names.at(ordinal), entries.bodies.at(ordinal));
        let mut loaded = self.identities.touch(identity_hash(&name.identity)) ^ self.urls.touch(url_hash(&name.article));
        if let Some(key) = text_key(body, self.short_shingles) {
            loaded ^= self.texts.touch(text_hash(key));
        }
        if self.is_comparable(body) {
            loaded ^= self.headlines.touch(mix(body.headline));
            for (band, chains) in self.bands.iter().enumerate() {
                loaded ^= chains.touch(mix(body.band(band).into()));
            }
            for hash in entries.sentences_of(ordinal) {
                loaded ^= self.sentences.touch(mix(hash.into()));
            }
        }
        black_box(loaded);
    }

    /// Enters an entry under its identity. Gives the one before it.
    pub fn enter_identity(&mut self, ordinal: Ordinal, entries: &Entries) -> Option<Ordinal> {
        let identity = entries.names.at(ordinal).identity;
        self.identities.enter(ordinal, identity_hash(&identity), is_identity(entries, identity), |o| identity_hash(&entries.names.at(o).identity))
    }

    /// Enters an article or a withdrawal under all its other keys.
    pub fn enter_article(&mut self, ordinal: Ordinal, entries: &Entries) {
        let article = entries.names.at(ordinal).article;
        let before = self.urls.enter(ordinal, url_hash(&article), is_url(entries, article), |o| url_hash(&entries.names.at(o).article));
        self.newest.enter(ordinal, before, entries);
        let body = entries.bodies.at(ordinal);
        let short = self.short_shingles;
        if let Some(key) = text_key(body, short) {
            self.texts.enter(ordinal, text_hash(key), has_text(entries, key, short), |o| text_key(entries.bodies.at(o), short).map_or(0, text_hash));
        }
        if !self.is_comparable(body) {
            return;
        }
        if body.headline != 0 {
            self.headlines.enter(ordinal, mix(body.headline), has_headline(entries, body.headline), |o| mix(entries.bodies.at(o).headline));
        }
        for (band, chains) in self.bands.iter_mut().enumerate() {
            let key = body.band(band);
            chains.enter(ordinal, mix(key.into()), has_band(entries, band, key), |o| mix(entries.bodies.at(o).band(band).into()));
        }
        for (place, hash) in sentence_places(ordinal, entries) {
            self.sentences.enter(place, mix(hash.into()), has_sentence(entries, hash), |o| mix((*entries.sentences.at(o)).into()));
        }
    }

    /// Takes the window's first entry out of all tables it was entered in. Gives the next entry of its identity, which was late because of it.
    pub fn leave(&mut self, ordinal: Ordinal, entries: &Entries) -> Option<Ordinal> {
        let name = entries.names.at(ordinal);
        let identity = name.identity;
        let waiting =
            self.identities.remove_oldest(ordinal, identity_hash(&identity), is_identity(entries, identity), |o| identity_hash(&entries.names.at(o).identity));
        self.leave_article(ordinal, entries);
        waiting
    }

    fn leave_article(&mut self, ordinal: Ordinal, entries: &Entries) {
        let (name, body) = (entries.names.at(ordinal), entries.bodies.at(ordinal));
        if matches!(body.kind, EntryKind::Skip | EntryKind::Generation) {
            return;
        }
        if let Some(last) = self.last_of_url(&name.article, entries) {
            self.newest.leave(ordinal, last);
        }
        self.urls.remove_oldest(ordinal, url_hash(&name.article), is_url(entries, name.article), |o| url_hash(&entries.names.at(o).article));
        let short = self.short_shingles;
        if let Some(key) = text_key(body, short) {
            self.texts.remove_oldest(ordinal, text_hash(key), has_text(entries, key, short), |o| text_key(entries.bodies.at(o), short).map_or(0, text_hash));
        }
        if !self.is_comparable(body) {
            return;
        }
        if body.headline != 0 {
            self.headlines.remove_oldest(ordinal, mix(body.headline), has_headline(entries, body.headline), |o| mix(entries.bodies.at(o).headline));
        }
        for (band, chains) in self.bands.iter_mut().enumerate() {
            let key = body.band(band);
            chains.remove_oldest(ordinal, mix(key.into()), has_band(entries, band, key), |o| mix(entries.bodies.at(o).band(band).into()));
        }
        for (place, hash) in sentence_places(ordinal, entries) {
            self.sentences.remove_oldest(place, mix(hash.into()), has_sentence(entries, hash), |o| mix((*entries.sentences.at(o)).into()));
        }
    }

    /// Gives back the room of the window's first entry.
    pub fn drop_first(&mut self) {
        self.identities.drop_first();
        self.urls.drop_first();
        self.texts.drop_first();
        self.headlines.drop_first();
        self.bands.iter_mut().for_each(Chains::drop_first);
        (0..SENTENCES).for_each(|_| self.sentences.drop_first());
        self.newest.drop_first();
    }

    /// Takes all entries out; their room stays.
    pub fn clear(&mut self) {
        self.identities.clear();
        self.urls.clear();
        self.texts.clear();
        self.headlines.clear();
        self.bands.iter_mut().for_each(Chains::clear);
        self.sentences.clear();
    }

    /// The entries of an identity, oldest first.
    pub fn of_identity(&self, identity: Identity, entries: &Entries) -> Ring<'_> {
        self.identities.oldest_first(identity_hash(&identity), is_identity(entries, identity))
    }

    /// The entries of a URL, oldest first.
    pub fn of_url(&self, article: ArticleId, entries: &Entries) -> Ring<'_> {
        self.urls.oldest_first(url_hash(&article), is_url(entries, article))
    }

    /// The last entry of a URL in the log's order.
    pub fn last_of_url(&self, article: &ArticleId, entries: &Entries) -> Option<Ordinal> {
        self.urls.newest(url_hash(article), is_url(entries, *article))
    }

    /// The articles with the text of an entry, a very short one's with its headline too, oldest first; `None` where it has none that counts.
    pub fn of_text(&self, body: &Body, entries: &Entries) -> Option<Ring<'_>> {
        let key = text_key(body, self.short_shingles)?;
        Some(self.texts.oldest_first(text_hash(key), has_text(entries, key, self.short_shingles)))
    }

    /// The articles with a headline that can be compared, oldest first; none for no headline.
    pub fn of_headline(&self, headline: u64, entries: &Entries) -> Ring<'_> {
        self.headlines.oldest_first(mix(headline), has_headline(entries, headline))
    }

    /// The articles with the 32 bits of a band, oldest first.
    pub fn of_band(&self, band: usize, key: u32, entries: &Entries) -> Ring<'_> {
        self.bands[band].oldest_first(mix(key.into()), has_band(entries, band, key))
    }

    /// The places of a sentence in [`Entries::sentences`], oldest first.
    pub fn of_sentence(&self, hash: u32, entries: &Entries) -> Ring<'_> {
        self.sentences.oldest_first(mix(hash.into()), has_sentence(entries, hash))
    }

    /// Whether edited and cut copies of a text are looked for.
    pub fn is_comparable(&self, body: &Body) -> bool {
        is_text(body) && body.shingle_count >= self.min_shingles
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        let bands: usize = self.bands.iter().map(Chains::bytes).sum();
        self.identities.bytes() + self.urls.bytes() + self.texts.bytes() + self.headlines.bytes() + bands + self.sentences.bytes() + self.newest.bytes()
    }
}

fn is_text(body: &Body) -> bool {
    body.kind == EntryKind::Article && body.has_text()
}

fn is_identity(entries: &Entries, identity: Identity) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| entries.names.at(o).identity == identity
}

fn is_url(entries: &Entries, article: ArticleId) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| entries.names.at(o).article == article
}

/// What two articles must have in common to have the same text: a very short text says little without its headline.
type TextKey = ([u8; 16], u64);

fn text_key(body: &Body, short_shingles: u16) -> Option<TextKey> {
    let is_short = body.shingle_count < short_shingles;
    let key = (body.content, if is_short { body.headline } else { 0 });
    (is_text(body) && (!is_short || body.headline != 0)).then_some(key)
}

fn has_text(entries: &Entries, key: TextKey, short_shingles: u16) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| text_key(entries.bodies.at(o), short_shingles) == Some(key)
}

fn has_headline(entries: &Entries, headline: u64) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| entries.bodies.at(o).headline == headline
}

fn has_band(entries: &Entries, band: usize, key: u32) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| entries.bodies.at(o).band(band) == key
}

fn has_sentence(entries: &Entries, hash: u32) -> impl Fn(Ordinal) -> bool + '_ {
    move |o| *entries.sentences.at(o) == hash
}

/// Places and hashes of an entry's sentences. A hash that stands there twice counts once.
fn sentence_places(ordinal: Ordinal, entries: &Entries) -> impl Iterator<Item = (Ordinal, u32)> + use<> {
    let hashes = entries.sentences_of(ordinal);
    let first = ordinal.parts(SENTENCES);
    (0..SENTENCES).map(move |i| (first.plus(i), hashes[i as usize])).enumerate().filter_map(move |(i, (place, hash))| {
        let is_first = hash != 0 && !hashes[..i].contains(&hash);
        is_first.then_some((place, hash))
    })
}

fn identity_hash(identity: &Identity) -> u64 {
    mix_128(identity.0)
}

fn url_hash(article: &ArticleId) -> u64 {
    mix_128(article.0)
}

fn text_hash((content, headline): TextKey) -> u64 {
    mix_128(content) ^ mix(headline)
}

fn mix_128(bytes: [u8; 16]) -> u64 {
    let both = u128::from_le_bytes(bytes);
    mix(both as u64 ^ mix((both >> 64) as u64))
}

/// Spreads a key over 64 bits (the finalizer of SplitMix64, Steele et al. 2014).
fn mix(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

//! Small worlds: few URLs, texts and records, so that everything meets everything.

use copydesk::article::entry::NO_TIME;
use copydesk::article::identity::topic_hash;
use copydesk::article::{ArticleId, Entry, EntryKind, Identity};
use copydesk::config::DedupeRules;
use proptest::prelude::*;

pub const TOPIC: &str = "news.raw";
pub const HOUR: i64 = 3_600_000;
/// Texts come in families of four: the first, an edited one, one with a few sentences of it, and a short one.
pub const TEXTS: u8 = 16;

/// An entry in the log.
#[derive(Clone, Debug)]
pub struct Logged {
    pub offset: i64,
    pub log_time: i64,
    pub entry: Entry,
}

/// Rules with a window so small that entries leave it all the time.
pub fn small_rules(window_hours: u32, window_entries: u32, max_candidates: u32) -> DedupeRules {
    DedupeRules { window_hours, window_entries, max_candidates, ..DedupeRules::default() }
}

/// An article's entry: record `record` at URL `url` on site `site`, with text `text`.
pub fn article(record: u8, url: u8, site: u8, text: u8, headline: u8, fetched_at: i64) -> Entry {
    let mut entry = Entry::bare(EntryKind::Article, 1, topic_hash(TOPIC), 0, Identity([record; 16]));
    entry.fingerprint_version = 1;
    entry.article_id = ArticleId([url; 16]);
    entry.fetched_at = fetched_at;
    entry.received_at = fetched_at;
    entry.headline_hash = headline.into();
    entry.domain = if site == 0 { String::new() } else { format!("site{site}.example") };
    set_text(&mut entry, text % TEXTS);
    entry
}

pub fn withdrawal(record: u8, url: u8, fetched_at: i64) -> Entry {
    let mut entry = Entry::bare(EntryKind::Withdrawal, 1, topic_hash(TOPIC), 0, Identity([record; 16]));
    entry.fingerprint_version = 1;
    entry.article_id = ArticleId([url; 16]);
    entry.fetched_at = fetched_at;
    entry.received_at = fetched_at;
    entry
}

pub fn skip(record: u8) -> Entry {
    Entry::bare(EntryKind::Skip, 1, topic_hash(TOPIC), 0, Identity([record; 16]))
}

fn set_text(entry: &mut Entry, text: u8) {
    let (family, member) = (text / 4, text % 4);
    entry.content_hash = [text + 1; 16];
    entry.shingle_count = if member == 3 { 5 } else { 200 };
    entry.signature = [family; 64];
    entry.number_count = 8;
    entry.numbers = [family; 8];
    if text >= 8 {
        entry.numbers[member as usize..].fill(text);
    }
    // Sentences 1, 2 and 3 stand in the texts of a family, sentence 9 in all of the world.
    entry.sentences = std::array::from_fn(|i| u32::from(family) * 100 + i as u32 + 1);
    entry.sentences[7] = 900;
    entry.sentence_count = 8;
    match member {
        1 => entry.signature[40..].fill(200 + family),
        2 => {
            entry.signature = std::array::from_fn(|i| if i < 20 { family } else { 100 + text });
            entry.sentences[4..7].copy_from_slice(&[u32::from(text) * 10 + 500, u32::from(text) * 10 + 501, u32::from(text) * 10 + 502]);
            entry.sentence_count = 12;
        }
        _ => {}
    }
}

/// A step of a random log.
#[derive(Clone, Debug)]
pub struct Step {
    kind: u8,
    record: Option<u8>,
    url: u8,
    site: u8,
    text: u8,
    headline: u8,
    fetched_at: i64,
    published_at: Option<i64>,
    version: bool,
    generation: bool,
    log_time: i64,
    offset: i64,
}

pub fn any_step() -> impl Strategy<Value = Step> {
    let what = (0..100_u8, proptest::option::weighted(0.25, 0..12_u8), 0..5_u8, 0..3_u8, 0..TEXTS, 0..2_u8);
    let when = (0..12_i64, proptest::option::of(0..4_i64), prop::bool::weighted(0.1), prop::bool::weighted(0.1), -3..6_i64, 1..4_i64);
    (what, when).prop_map(|(what, when)| Step {
        kind: what.0,
        record: what.1,
        url: what.2,
        site: what.3,
        text: what.4,
        headline: what.5,
        fetched_at: when.0,
        published_at: when.1,
        version: when.2,
        generation: when.3,
        log_time: when.4,
        offset: when.5,
    })
}

/// The log of some steps. Without a record of its own, a step has one that the log has not seen.
pub fn log_of(steps: &[Step]) -> Vec<Logged> {
    let (mut offset, mut log_time) = (100, 1000);
    let mut log = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        offset += step.offset;
        log_time += step.log_time;
        let record = step.record.unwrap_or(20 + (i % 230) as u8);
        let mut entry = match step.kind {
            0..=5 => skip(record),
            6..=15 => withdrawal(record, step.url, step.fetched_at),
            16..=17 => Entry { kind: EntryKind::Generation, ..skip(0) },
            _ => article(record, step.url, step.site, step.text, step.headline, step.fetched_at),
        };
        entry.published_at = step.published_at.unwrap_or(NO_TIME);
        entry.fingerprint_version += u16::from(step.version);
        entry.generation += u32::from(step.generation);
        if step.kind >= 98 {
            entry.topic ^= 1;
        }
        log.push(Logged { offset, log_time: log_time * HOUR, entry });
    }
    log
}

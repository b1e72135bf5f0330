//! Makes entries of the log: what of an article, a withdrawal or a skip other workers need to judge it.
//!
//! A function of the record, the parse and the rules, with fixed seeds. A change of anything it computes needs a higher
//! [`super::FINGERPRINT_VERSION`]: entries of different versions compare by article and exact hashes only.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use crate::article::WithdrawnArticle;
use crate::article::entry::{NO_TIME, domain_tail};
use crate::article::identity::topic_hash;
use crate::article::{Entry, EntryKind, Identity, Millis, ParsedArticle, RawArticle, Source};
use crate::config::DedupeRules;
use crate::text::normalize::{compact, fold};
use crate::text::sentences::sentences;
use crate::text::tokens::{TokenKind, tokens};

use super::rules::entry_version;

/// How far `fetched_at` may lie after the record's timestamp, in milliseconds.
const FETCH_TOLERANCE: i64 = 3_600_000;
/// Words of a shingle; characters of one in scripts without spaces.
const SHINGLE_WORDS: usize = 3;
const SHINGLE_CHARACTERS: usize = 5;
/// Words, or twice as many characters, that a sentence needs to be told from others.
const SENTENCE_WORDS: usize = 8;
/// Characters of a word that can be a story's term.
const TERM_CHARACTERS: usize = 4;

const TEXT_SEED: u64 = 0x7465_7874_0000_0001;
const HEADLINE_SEED: u64 = 0x6865_6164_0000_0001;
const WORD_SEED: u64 = 0x776f_7264_0000_0001;
const SENTENCE_SEED: u64 = 0x7365_6e74_0000_0001;
const NUMBER_SEED: u64 = 0x6e75_6d62_0000_0001;

/// Makes the entry of a prepared article. Deterministic in its arguments.
pub fn fingerprint(article: &ParsedArticle, raw: &RawArticle, rules: &DedupeRules) -> Entry {
    let mut entry = entry_of(EntryKind::Article, &article.source, raw, rules);
    entry.article_id = article.article_id;
    entry.published_at = article.content.published.as_ref().map_or(NO_TIME, |time| time.at.0);
    let headline = article.content.headline.as_deref().unwrap_or_default();
    let text = article.content.text.as_deref().unwrap_or_default();
    entry.headline_hash = hash_or_zero(&compact(headline), HEADLINE_SEED);
    sketch(text, &mut entry);
    entry.terms = terms(headline, text);
    entry
}

/// Makes the entry of a withdrawal.
pub fn withdrawal(withdrawn: &WithdrawnArticle, raw: &RawArticle, rules: &DedupeRules) -> Entry {
    let mut entry = entry_of(EntryKind::Withdrawal, &withdrawn.source, raw, rules);
    entry.article_id = withdrawn.article_id;
    entry
}

/// Makes the entry that gives a record of the raw topic `topic` up.
pub fn skip_entry(identity: Identity, rules: &DedupeRules, topic: &str) -> Entry {
    Entry::bare(EntryKind::Skip, rules.generation, topic_hash(topic), rules.hash(), identity)
}

/// Makes the entry that begins the rules' generation of the log of the raw topic `topic`.
pub fn generation_entry(rules: &DedupeRules, topic: &str) -> Entry {
    let mut identity = [0; 16];
    identity[..4].copy_from_slice(&rules.generation.to_le_bytes());
    Entry::bare(EntryKind::Generation, rules.generation, topic_hash(topic), rules.hash(), Identity(identity))
}

fn entry_of(kind: EntryKind, source: &Source, raw: &RawArticle, rules: &DedupeRules) -> Entry {
    let mut entry = Entry::bare(kind, rules.generation, topic_hash(&raw.origin.topic), rules.hash(), raw.identity());
    entry.fingerprint_version = entry_version();
    entry.fetched_at = fetched_at(source.fetched_at, raw.timestamp);
    entry.received_at = raw.timestamp;
    let domain = source.domain.as_deref().or(source.publisher.domain.as_deref()).unwrap_or_default();
    entry.domain = domain_tail(domain).to_owned();
    entry
}

/// When the page was fetched: the record's timestamp where the crawler did not say, and an hour after it at most. Records without a timestamp
/// (`extract`) keep what the crawler said.
fn fetched_at(said: Option<Millis>, timestamp: i64) -> i64 {
    let said = said.map(|at| at.0);
    if timestamp < 0 {
        return said.unwrap_or(0);
    }
    said.unwrap_or(timestamp).min(timestamp.saturating_add(FETCH_TOLERANCE))
}

/// A hash that is not 0, or 0 of nothing.
fn hash_or_zero(text: &str, seed: u64) -> u64 {
    if text.is_empty() { 0 } else { xxh3_64_with_seed(text.as_bytes(), seed).max(1) }
}

/// Hash and sketches of a text: shingles, numbers and sentences.
fn sketch(text: &str, entry: &mut Entry) {
    let mut normal = String::with_capacity(text.len());
    let mut words: Vec<u64> = Vec::with_capacity(text.len() / 5);
    let mut numbers = MinHash::<8>::new();
    let mut smallest: BTreeSet<u32> = BTreeSet::new();
    let mut previous_word = 0;
    let mut characters = 0;
    for range in sentences(text) {
        let folded = fold(&text[range]);
        let (first_word, first_character) = (words.len(), characters);
        for token in tokens(&folded) {
            let word = xxh3_64_with_seed(token.text.as_bytes(), WORD_SEED);
            normal.push_str(token.text);
            words.push(word);
            characters += usize::from(token.kind == TokenKind::Character);
            match token.kind {
                TokenKind::Number => numbers.add(combine(previous_word, word, NUMBER_SEED)),
                TokenKind::Word | TokenKind::Character => previous_word = word,
            }
        }
        smallest.extend(sentence_hash(&words[first_word..], characters > first_character));
    }
    if !normal.is_empty() {
        entry.content_hash = xxh3_128_with_seed(normal.as_bytes(), TEXT_SEED).max(1).to_le_bytes();
    }
    let width = if characters * 2 > words.len() { SHINGLE_CHARACTERS } else { SHINGLE_WORDS };
    let mut shingles = MinHash::<64>::new();
    for shingle in words.windows(width) {
        shingles.add(shingle.iter().fold(0, |hash, word| combine(hash, *word, WORD_SEED)));
    }
    entry.shingle_count = u16::try_from(words.len().saturating_sub(width - 1)).unwrap_or(u16::MAX);
    entry.signature = shingles.rows();
    entry.number_count = u8::try_from(numbers.added).unwrap_or(u8::MAX);
    entry.numbers = numbers.rows();
    entry.sentence_count = u16::try_from(smallest.len()).unwrap_or(u16::MAX);
    for (place, hash) in entry.sentences.iter_mut().zip(smallest) {
        *place = hash;
    }
}

/// The hash of a sentence that is long enough; never 0.
fn sentence_hash(words: &[u64], has_characters: bool) -> Option<u32> {
    let least = if has_characters { 2 * SENTENCE_WORDS } else { SENTENCE_WORDS };
    if words.len() < least {
        return None;
    }
    let hash = words.iter().fold(SENTENCE_SEED, |hash, word| combine(hash, *word, SENTENCE_SEED));
    Some(((hash >> 32) as u32).max(1))
}

/// Hashes of what the headline and the first paragraph are about: their longer words and numbers in order, without repetition; 0 fills.
fn terms(headline: &str, text: &str) -> [u16; 16] {
    let lead = text.split("\n\n").next().unwrap_or_default();
    let folded = fold(&format!("{headline}\n{lead}"));
    let mut terms = [0; 16];
    let mut count = 0;
    for token in tokens(&folded) {
        let hash = (xxh3_64_with_seed(token.text.as_bytes(), WORD_SEED) >> 48) as u16;
        let is_term = token.kind != TokenKind::Word || token.text.chars().nth(TERM_CHARACTERS - 1).is_some();
        if !is_term || hash == 0 || terms[..count].contains(&hash) {
            continue;
        }
        terms[count] = hash;
        count += 1;
        if count == terms.len() {
            break;
        }
    }
    terms
}

/// One-permutation MinHash: the smallest hash of each of `N` bins, of which 8 bits are kept (Li, Owen & Zhang 2012; Li & König 2010).
/// An empty bin borrows from one that a hash of its own picks (optimal densification, Shrivastava 2017).
struct MinHash<const N: usize> {
    smallest: [u64; N],
    added: usize,
}

impl<const N: usize> MinHash<N> {
    fn new() -> Self {
        MinHash { smallest: [u64::MAX; N], added: 0 }
    }

    fn add(&mut self, hash: u64) {
        let bin = ((u128::from(hash) * N as u128) >> 64) as usize;
        self.smallest[bin] = self.smallest[bin].min(combine(hash, N as u64, WORD_SEED));
        self.added += 1;
    }

    fn rows(&self) -> [u8; N] {
        if self.added == 0 {
            return [0; N];
        }
        std::array::from_fn(|bin| {
            let mut picks = (1..=64 * N as u64).map(|attempt| (combine(bin as u64, attempt, SENTENCE_SEED) % N as u64) as usize);
            let is_full = |bin: &usize| self.smallest[*bin] != u64::MAX;
            let from = Some(bin).filter(is_full).or_else(|| picks.find(is_full)).unwrap_or(bin);
            (combine(self.smallest[from], 0, NUMBER_SEED) >> 56) as u8
        })
    }
}

/// A hash of two in their order (multiply and fold, as in wyhash).
fn combine(a: u64, b: u64, seed: u64) -> u64 {
    let product = u128::from(a ^ seed ^ 0xa076_1d64_78bd_642f) * u128::from(b.rotate_left(32) ^ 0xe703_7ed1_a0b4_28db);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    let product = u128::from(folded ^ 0x8ebc_6af0_9c88_c6e3) * 0x5899_65cc_7537_4cc3_u128;
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{ArticleId, Content, Origin, Quality};

    const STORY: &str = "The council of Verkhny voted on Tuesday to close the old ferry after 86 years of service.\n\nMayor Anna Petrova said that \
        the bridge, which cost 41 million, carries 12,000 cars a day and leaves the boat without passengers.\n\nThe last ferry sails on 30 \
        September at 18:00, with a brass band on board. Tickets are free for those who were born before the first crossing.\n\nFishermen \
        of the left bank fear for their market. They want the city to keep one boat at least in the summer months of every year.";

    fn raw(timestamp: i64) -> RawArticle {
        let origin = Origin { topic: "news.raw".into(), partition: 1, offset: 5 };
        RawArticle { origin, timestamp, key: None, value: None, headers: Vec::new() }
    }

    fn article(headline: &str, text: &str) -> ParsedArticle {
        ParsedArticle {
            article_id: ArticleId([7; 16]),
            source: Source { domain: Some("a.example".into()), ..Source::default() },
            content: Content { headline: Some(headline.into()), text: Some(text.into()), ..Content::default() },
            quality: Quality::of_a_test(),
            unknown_keys: 0,
        }
    }

    fn entry(headline: &str, text: &str) -> Entry {
        fingerprint(&article(headline, text), &raw(1000), &DedupeRules::default())
    }

    fn equal_rows(a: &Entry, b: &Entry) -> usize {
        a.signature.iter().zip(&b.signature).filter(|(a, b)| a == b).count()
    }

    #[test]
    fn printings_of_one_text_have_one_hash() {
        let a = entry("Ferry to close", STORY);
        let b = entry("FERRY TO CLOSE!", &STORY.replace("\n\n", "\n").replace(' ', "\u{a0} ").replace(", ", " — "));
        assert_eq!((a.content_hash, a.headline_hash, a.signature), (b.content_hash, b.headline_hash, b.signature));
        assert_ne!(a.content_hash, entry("Ferry to close", &STORY.replace("86", "87")).content_hash);
    }

    #[test]
    fn the_fingerprint_is_what_it_was() {
        // These numbers are in the logs of running workers: where one changes, the fingerprint version must.
        let a = entry("Ferry to close", STORY);
        let seen = (u128::from_le_bytes(a.content_hash), a.headline_hash, a.sentences[0], a.signature[0], a.numbers[0], a.terms[0]);
        assert_eq!(seen, (13_165_108_606_869_721_979_176_410_554_377_929_816, 953_232_383_083_998_481, 112_243_809, 196, 147, 27_905));
        assert_eq!((a.shingle_count, a.number_count, a.sentence_count), (92, 7, 6));
    }

    #[test]
    fn a_light_edit_moves_few_rows() {
        let a = entry("", STORY);
        let b = entry("", &STORY.replace("brass band", "choir"));
        assert!((50..64).contains(&equal_rows(&a, &b)), "{}", equal_rows(&a, &b));
        let other = "Rain fell for a third day on the coast while the harbour stayed shut and trains ran late. Farmers in the hills \
            welcomed it after a spring without a drop. The forecast speaks of sun from Friday on, and of wind that will not last.";
        assert!(equal_rows(&a, &entry("", other)) < 10);
    }

    #[test]
    fn a_script_without_spaces_has_shingles_of_characters() {
        let text = "市议会周二投票决定在服务八十六年后关闭旧渡轮。市长表示，新桥每天通行一万二千辆汽车，渡轮已经没有乘客。";
        let a = entry("", text);
        assert!(a.shingle_count > 35 && a.sentence_count == 2, "{} {}", a.shingle_count, a.sentence_count);
        assert!(equal_rows(&a, &entry("", &text.replace("周二", "周三"))) > 36);
    }

    #[test]
    fn nothing_has_no_hash() {
        let a = entry("", " … ");
        assert_eq!((a.content_hash, a.headline_hash, a.shingle_count), ([0; 16], 0, 0));
        assert_eq!((a.signature, a.numbers, a.sentences), ([0; 64], [0; 8], [0; 8]));
    }

    #[test]
    fn the_fetch_is_an_hour_after_the_record_at_most() {
        let hour = 3_600_000;
        assert_eq!(fetched_at(Some(Millis(5)), 1000), 5);
        assert_eq!(fetched_at(None, 1000), 1000);
        assert_eq!(fetched_at(Some(Millis(i64::MAX)), 1000), 1000 + hour);
        assert_eq!(fetched_at(Some(Millis(9)), i64::MAX), 9);
        assert_eq!((fetched_at(Some(Millis(9)), -1), fetched_at(None, -1)), (9, 0));
    }

    #[test]
    fn skips_and_generations_name_their_topic() {
        let rules = DedupeRules { generation: 4, ..DedupeRules::default() };
        let skip = skip_entry(Identity([3; 16]), &rules, "news.raw");
        assert_eq!((skip.kind, skip.identity, skip.generation), (EntryKind::Skip, Identity([3; 16]), 4));
        let generation = generation_entry(&rules, "news.raw");
        assert_eq!((generation.kind, generation.topic, generation.rules), (EntryKind::Generation, skip.topic, rules.hash()));
        let withdrawn = WithdrawnArticle { article_id: ArticleId([2; 16]), source: Source::default(), unknown_keys: 0 };
        let entry = withdrawal(&withdrawn, &raw(70), &rules);
        assert_eq!((entry.kind, entry.article_id, entry.fetched_at, entry.received_at), (EntryKind::Withdrawal, ArticleId([2; 16]), 70, 70));
    }
}

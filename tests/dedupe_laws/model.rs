//! The rules once more, written for a reader and not for speed: every verdict is computed from a plain list of the window's entries.

use copydesk::article::entry::NO_TIME;
use copydesk::article::identity::topic_hash;
use copydesk::article::{Changes, DuplicateKind, Entry, EntryKind, EventId, Identity, Millis, Original, Verdict, VerdictKind};
use copydesk::config::DedupeRules;
use copydesk::dedupe::Applied;

use super::world::{HOUR, Logged, TOPIC};

pub struct Model {
    rules: DedupeRules,
    log: Vec<Logged>,
    verdicts: Vec<Option<Verdict>>,
}

impl Model {
    pub fn new(rules: DedupeRules) -> Model {
        Model { rules, log: Vec::new(), verdicts: Vec::new() }
    }

    pub fn apply(&mut self, logged: &Logged) -> Applied {
        if logged.entry.topic != topic_hash(TOPIC) {
            return Applied::OtherTopic;
        }
        self.log.push(logged.clone());
        self.verdicts.push(None);
        let at = self.log.len() - 1;
        match logged.entry.kind {
            EntryKind::Generation => Applied::Generation,
            EntryKind::Skip => Applied::Skip,
            EntryKind::Article | EntryKind::Withdrawal => {
                let verdict = self.judge(at);
                self.verdicts[at] = Some(verdict.clone());
                let is_repeated = self.window_before(at).into_iter().any(|p| self.identity(p) == logged.entry.identity);
                if is_repeated { Applied::Repeated } else { Applied::Verdict(verdict) }
            }
        }
    }

    pub fn verdict(&self, identity: Identity) -> Option<Verdict> {
        let last = (0..self.log.len()).rev().find(|i| self.log[*i].entry.kind != EntryKind::Generation)?;
        let mut answerable = self.window_before(last);
        answerable.push(last);
        answerable.retain(|p| self.identity(*p) == identity && !self.is_gone(*p, self.log.len()));
        let skip = answerable.iter().rev().find(|p| self.log[**p].entry.kind == EntryKind::Skip);
        match skip {
            Some(skip) => Some(self.verdict_with(*skip, VerdictKind::Skipped)),
            None => self.verdicts[*answerable.first()?].clone(),
        }
    }

    /// The first entry of the window of the entry at `at`, gone or not.
    pub fn window_start(&self, at: usize) -> usize {
        let (limit, judged) = (i64::from(self.rules.window_hours) * HOUR, &self.log[at]);
        let timed: Vec<usize> = (0..=at).filter(|i| self.log[*i].entry.kind != EntryKind::Generation).collect();
        let mut start = 0;
        for &p in &timed {
            let newest_after = timed.iter().filter(|r| **r > p).map(|r| self.log[*r].log_time).max();
            let is_old = newest_after.is_some_and(|newest| newest - self.log[p].log_time > limit);
            if is_old || judged.offset - self.log[p].offset > i64::from(self.rules.window_entries) {
                start = p + 1;
            }
        }
        start
    }

    fn window_before(&self, at: usize) -> Vec<usize> {
        let is_there = |p: &usize| self.log[*p].entry.kind != EntryKind::Generation && !self.is_gone(*p, at);
        (self.window_start(at)..at).filter(is_there).collect()
    }

    /// Whether a higher generation began between an entry and `until`.
    fn is_gone(&self, p: usize, until: usize) -> bool {
        let generation = self.log[p].entry.generation;
        self.log[p..until].iter().any(|l| l.entry.kind == EntryKind::Generation && l.entry.generation > generation)
    }

    fn identity(&self, p: usize) -> Identity {
        self.log[p].entry.identity
    }

    fn judge(&self, at: usize) -> Verdict {
        let entry = &self.log[at].entry;
        let window = self.window_before(at);
        let counting: Vec<usize> = window.iter().copied().filter(|p| self.counts(*p, &window)).collect();
        let own: Vec<usize> = counting.iter().copied().filter(|p| self.log[*p].entry.article_id == entry.article_id).collect();
        let own: Vec<usize> = own.into_iter().filter(|p| self.identity(*p) != entry.identity).collect();
        let newest = own.iter().copied().max_by_key(|p| (self.log[*p].entry.fetched_at, *p));
        let others: Vec<usize> = counting.iter().copied().filter(|p| self.may_be_original(*p, at, &counting)).collect();
        self.verdict_with(at, self.kind(at, newest, own.first().copied(), &others, &window))
    }

    fn kind(&self, at: usize, newest: Option<usize>, first: Option<usize>, others: &[usize], window: &[usize]) -> VerdictKind {
        let entry = &self.log[at].entry;
        let is_withdrawal = entry.kind == EntryKind::Withdrawal;
        let newest_entry = newest.map(|n| &self.log[n].entry);
        match (newest, newest_entry) {
            (Some(n), Some(newest)) if newest.fetched_at > entry.fetched_at => {
                let have_texts = !is_withdrawal && newest.kind == EntryKind::Article;
                let likeness = match have_texts {
                    true if newest.content_hash == entry.content_hash => (1000, 1000),
                    true if newest.fingerprint_version == entry.fingerprint_version => (similarity(entry, newest), self.containment(at, n, window).share),
                    _ => (0, 0),
                };
                VerdictKind::Duplicate(DuplicateKind::Stale, self.original(at, n, likeness))
            }
            (newest, _) if is_withdrawal => VerdictKind::Withdrawn { supersedes: newest.map(|n| EventId::of(&self.identity(n))) },
            (Some(n), Some(newest)) if newest.kind == EntryKind::Article => {
                if newest.content_hash == entry.content_hash {
                    return VerdictKind::Duplicate(DuplicateKind::SameUrl, self.original(at, n, (1000, 1000)));
                }
                let first = first.expect("a newest has a first");
                let older: Vec<usize> = others.iter().copied().filter(|p| *p < first).collect();
                if let Some((kind, original)) = self.find_copy(at, &older, window) {
                    return VerdictKind::Duplicate(kind, original);
                }
                let same_version = newest.fingerprint_version == entry.fingerprint_version;
                let text_similarity = if same_version { similarity(entry, newest) } else { 0 };
                VerdictKind::Updated {
                    supersedes: EventId::of(&newest.identity),
                    changes: Changes {
                        headline: newest.headline_hash != entry.headline_hash,
                        text: true,
                        text_similarity: f32::from(text_similarity) / 1000.0,
                    },
                    duplicate_of: self
                        .find_copy(at, others, window)
                        .filter(|(kind, original)| *kind == DuplicateKind::SameText || original.similarity > text_similarity),
                }
            }
            _ => match self.find_copy(at, others, window) {
                Some((kind, original)) => VerdictKind::Duplicate(kind, original),
                None => VerdictKind::Published,
            },
        }
    }

    fn counts(&self, p: usize, window: &[usize]) -> bool {
        let of_identity: Vec<usize> = window.iter().copied().filter(|q| self.identity(*q) == self.identity(p)).collect();
        of_identity[0] == p && of_identity.iter().all(|q| self.log[*q].entry.kind != EntryKind::Skip)
    }

    fn may_be_original(&self, p: usize, at: usize, counting: &[usize]) -> bool {
        let (theirs, ours) = (&self.log[p].entry, &self.log[at].entry);
        let of_url = counting.iter().filter(|q| self.log[**q].entry.article_id == theirs.article_id);
        let newest = of_url.max_by_key(|q| (self.log[**q].entry.fetched_at, **q)).expect("at least this");
        theirs.article_id != ours.article_id
            && theirs.identity != ours.identity
            && theirs.kind == EntryKind::Article
            && self.log[*newest].entry.kind == EntryKind::Article
    }

    fn find_copy(&self, at: usize, others: &[usize], window: &[usize]) -> Option<(DuplicateKind, Original)> {
        let entry = &self.log[at].entry;
        let cap = self.rules.max_candidates as usize;
        let articles: Vec<usize> = window.iter().copied().filter(|p| self.log[*p].entry.kind == EntryKind::Article).collect();
        let first_with = |key: &dyn Fn(&Entry) -> bool, comparable: bool| -> Vec<usize> {
            let has = |p: &usize| key(&self.log[*p].entry) && (!comparable || self.is_comparable(&self.log[*p].entry));
            articles.iter().copied().filter(has).take(cap).filter(|p| others.contains(p)).collect()
        };

        let same = first_with(&|other| other.content_hash == entry.content_hash, false);
        let is_long = entry.shingle_count >= self.rules.short_text_shingles;
        let same_headline = |p: &usize| self.log[*p].entry.headline_hash == entry.headline_hash && entry.headline_hash != 0;
        if let Some(p) = same.into_iter().find(|p| is_long || same_headline(p)) {
            return Some((DuplicateKind::SameText, self.original(at, p, (1000, 1000))));
        }
        if !self.is_comparable(entry) {
            return None;
        }
        let mut near: Vec<usize> = (0..16)
            .flat_map(|band| {
                let rows = 4 * band..4 * band + 4;
                first_with(&|other| other.signature[rows.clone()] == entry.signature[rows.clone()], true)
            })
            .collect();
        near.extend(first_with(&|other| same_headline_of(entry, other), true));
        near.sort_unstable();
        if let Some(p) = near.into_iter().find(|p| self.is_near(at, *p, window)) {
            let likeness = (similarity(entry, &self.log[p].entry), self.containment(at, p, window).share);
            return Some((DuplicateKind::NearCopy, self.original(at, p, likeness)));
        }
        let mut sharing: Vec<usize> = entry.sentences.iter().flat_map(|hash| first_with(&|other| other.sentences.contains(hash), true)).collect();
        sharing.sort_unstable();
        let is_excerpt = |p: &usize| {
            let other = &self.log[*p].entry;
            let may_be = !same_site(entry, other) || same_headline_of(entry, other);
            entry.fingerprint_version == other.fingerprint_version && may_be && self.is_contained(at, *p, window)
        };
        let p = sharing.into_iter().find(is_excerpt)?;
        let likeness = (similarity(entry, &self.log[p].entry), self.containment(at, p, window).share);
        Some((DuplicateKind::Excerpt, self.original(at, p, likeness)))
    }

    fn is_comparable(&self, entry: &Entry) -> bool {
        entry.kind == EntryKind::Article && entry.shingle_count >= self.rules.near_min_shingles
    }

    fn is_near(&self, at: usize, p: usize, window: &[usize]) -> bool {
        let (a, b, rules) = (&self.log[at].entry, &self.log[p].entry, &self.rules);
        let similarity = similarity(a, b);
        let equal_numbers = (0..8).filter(|i| a.numbers[*i] == b.numbers[*i]).count() as i64;
        let number_share = (equal_numbers * 256 - 8).max(0) * 1000 / (8 * 255);
        let numbers_agree = a.number_count.min(b.number_count) < rules.min_numbers || number_share >= rules.number_agreement.into();
        let like_length = a.shingle_count.min(b.shingle_count) * 10 >= a.shingle_count.max(b.shingle_count) * 7;
        let contained = self.is_contained(at, p, window);
        let containment = self.containment(at, p, window);
        let mostly_common = containment.common > containment.shared;
        let bar = if same_headline_of(a, b) && like_length { rules.same_headline_similarity } else { rules.near_similarity };
        a.fingerprint_version == b.fingerprint_version
            && match same_site(a, b) {
                true => numbers_agree && (similarity >= rules.same_site_similarity || (similarity >= rules.near_similarity && contained)),
                false => {
                    similarity >= bar
                        && (numbers_agree || similarity >= rules.sure_similarity)
                        && (!mostly_common || similarity >= rules.common_text_similarity)
                }
            }
    }

    fn is_contained(&self, at: usize, p: usize, window: &[usize]) -> bool {
        let found = self.containment(at, p, window);
        let same_headline = same_headline_of(&self.log[at].entry, &self.log[p].entry);
        let needed = u16::from(self.rules.excerpt_sentences) - u16::from(same_headline);
        found.shared >= needed && found.share >= self.rules.excerpt_containment
    }

    fn containment(&self, at: usize, p: usize, window: &[usize]) -> Containment {
        let (a, b) = (&self.log[at].entry, &self.log[p].entry);
        let limit = |e: &Entry| if e.sentence_count > 8 { *e.sentences.iter().max().expect("eight") } else { u32::MAX };
        let limit = limit(a).min(limit(b));
        let (smaller, larger) = if a.sentence_count <= b.sentence_count { (a, b) } else { (b, a) };
        let sample = smaller.sentences.iter().copied().filter(|h| *h != 0 && *h <= limit);
        let (common, telling): (Vec<u32>, Vec<u32>) = sample.partition(|h| self.is_common(*h, [a, b], window));
        let in_both = |sample: &[u32]| sample.iter().filter(|h| larger.sentences.contains(h)).count() as u16;
        let shared = in_both(&telling);
        let share = if telling.is_empty() { 0 } else { shared * 1000 / telling.len() as u16 };
        Containment { shared, share, common: in_both(&common) }
    }

    fn is_common(&self, hash: u32, pair: [&Entry; 2], window: &[usize]) -> bool {
        let with = window.iter().map(|p| &self.log[*p].entry).filter(|e| self.is_comparable(e) && e.sentences.contains(&hash));
        let with = with.take(self.rules.max_candidates as usize);
        let others: Vec<&Entry> =
            with.filter(|w| pair.iter().all(|e| e.article_id != w.article_id) && w.fingerprint_version == pair[0].fingerprint_version).collect();
        let on_site = |w: &&Entry| pair.iter().any(|e| same_site(e, w) && similarity(e, w) < self.rules.near_similarity);
        let strangers = others.iter().filter(|w| pair.iter().all(|e| similarity(e, w) < self.rules.unlike_similarity));
        let mut strangers: Vec<_> = strangers.map(|w| w.article_id).collect();
        strangers.sort_unstable();
        strangers.dedup();
        others.iter().any(on_site) || strangers.len() >= self.rules.common_sentence_pages.into()
    }

    fn original(&self, at: usize, p: usize, (similarity, containment): (u16, u16)) -> Original {
        let (ours, theirs) = (&self.log[at].entry, &self.log[p].entry);
        let known = ours.published_at != NO_TIME && theirs.published_at != NO_TIME;
        Original {
            article_id: theirs.article_id,
            event_id: EventId::of(&theirs.identity),
            domain: theirs.domain.clone(),
            received_at: Millis(theirs.received_at),
            published_earlier: known && ours.published_at < theirs.published_at,
            similarity,
            containment,
        }
    }

    fn verdict_with(&self, at: usize, kind: VerdictKind) -> Verdict {
        let Logged { offset, entry, .. } = &self.log[at];
        Verdict {
            log_offset: *offset,
            version: u64::from(entry.generation) * (1 << 40) + *offset as u64,
            content_hash: entry.content_hash,
            headline_hash: entry.headline_hash,
            kind,
        }
    }
}

struct Containment {
    shared: u16,
    share: u16,
    common: u16,
}

fn same_headline_of(a: &Entry, b: &Entry) -> bool {
    a.headline_hash != 0 && a.headline_hash == b.headline_hash
}

fn same_site(a: &Entry, b: &Entry) -> bool {
    !a.domain.is_empty() && a.domain == b.domain
}

fn similarity(a: &Entry, b: &Entry) -> u16 {
    let equal = (0..64).filter(|i| a.signature[*i] == b.signature[*i]).count() as i64;
    ((equal * 256 - 64).max(0) * 1000 / (64 * 255)) as u16
}

//! The rules once more, written for a reader and not for speed: every verdict is computed from a plain list of the window's entries.

use std::cell::RefCell;
use std::collections::BTreeMap;

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
    /// What is left, in the verdict that is taken, for weighing sentences: of candidates, and of what is reported.
    purses: RefCell<[u32; 2]>,
    /// What was spent in it on candidates, by their domain.
    weighed: RefCell<BTreeMap<String, u32>>,
}

const CANDIDATES: usize = 0;
const REPORT: usize = 1;

impl Model {
    pub fn new(rules: DedupeRules) -> Model {
        Model { rules, log: Vec::new(), verdicts: Vec::new(), purses: RefCell::default(), weighed: RefCell::default() }
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
        self.purses.replace([8, 3].map(|share| self.rules.max_comparisons / 16 * share));
        self.weighed.borrow_mut().clear();
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
                    true if newest.fingerprint_version == entry.fingerprint_version => (similarity(entry, newest), self.reported_containment(at, n, window)),
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
                let mut copies = self.copies(at, others, window);
                if let Some(found) = copies.iter().flatten().find(|found| found.0 < first) {
                    return VerdictKind::Duplicate(found.1, found.2.clone());
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
                    duplicate_of: copies
                        .iter_mut()
                        .find_map(Option::take)
                        .map(|(_, kind, original)| (kind, original))
                        .filter(|(kind, original)| *kind == DuplicateKind::SameText || original.similarity > text_similarity),
                }
            }
            _ => match self.copies(at, others, window).into_iter().flatten().next() {
                Some((_, kind, original)) => VerdictKind::Duplicate(kind, original),
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

    /// The earliest match of each kind, in the kinds' order.
    fn copies(&self, at: usize, others: &[usize], window: &[usize]) -> [Option<(usize, DuplicateKind, Original)>; 3] {
        let entry = &self.log[at].entry;
        let named = |kind, p, likeness| (p, kind, self.original(at, p, likeness));
        let is_long = entry.shingle_count >= self.rules.short_text_shingles;
        let is_same = |other: &Entry| other.content_hash == entry.content_hash && (is_long || same_headline_of(entry, other));
        let same = self.first_with(window, &is_same).into_iter().find(|p| others.contains(p));
        let same = same.map(|p| named(DuplicateKind::SameText, p, (1000, 1000)));
        if !self.is_comparable(entry) {
            return [same, None, None];
        }
        let edited = |p: usize| (similarity(entry, &self.log[p].entry), self.reported_containment(at, p, window));
        let near = self.edited_candidates(at, window).into_iter().find(|p| self.is_near(at, *p, others, window));
        let near = near.map(|p| named(DuplicateKind::NearCopy, p, edited(p)));
        let mut holders: Vec<usize> = self.holders(at, window).into_iter().map(|(p, _)| p).collect();
        holders.dedup();
        let cut = holders.into_iter().find_map(|p| {
            let other = &self.log[p].entry;
            let same_site = same_site(entry, other);
            let may_be = entry.fingerprint_version == other.fingerprint_version && (!same_site || same_headline_of(entry, other));
            let share = if may_be { self.contained(at, p, others, window) } else { None }?;
            Some(named(DuplicateKind::Excerpt, p, (similarity(entry, other), share)))
        });
        [same, near, cut]
    }

    /// The first articles of the window with a key.
    fn first_with(&self, window: &[usize], key: &dyn Fn(&Entry) -> bool) -> Vec<usize> {
        let articles = window.iter().copied().filter(|p| self.log[*p].entry.kind == EntryKind::Article && key(&self.log[*p].entry));
        articles.take(self.rules.max_candidates as usize).collect()
    }

    /// The firsts of some lists, then the seconds, and so on, `most` of all; in the log's order, with their lists' numbers.
    fn in_rounds(lists: &[Vec<usize>], most: u32) -> Vec<(usize, usize)> {
        let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|round| lists.iter().enumerate().filter_map(move |(number, list)| Some((*list.get(round)?, number))));
        let mut taken: Vec<(usize, usize)> = rounds.take(most as usize).collect();
        taken.sort_unstable();
        taken
    }

    fn edited_candidates(&self, at: usize, window: &[usize]) -> Vec<usize> {
        let entry = &self.log[at].entry;
        let mut lists = vec![self.first_with(window, &|other| self.is_comparable(other) && same_headline_of(entry, other))];
        for rows in (0..16).map(|band| 4 * band..4 * band + 4) {
            let has_band = |other: &Entry| self.is_comparable(other) && other.signature[rows.clone()] == entry.signature[rows.clone()];
            lists.push(self.first_with(window, &has_band));
        }
        let mut candidates: Vec<usize> = Self::in_rounds(&lists, self.rules.max_comparisons / 16 * 3).into_iter().map(|(p, _)| p).collect();
        candidates.dedup();
        candidates
    }

    /// Who has the sentences of an entry: each with the place of one.
    fn holders(&self, at: usize, window: &[usize]) -> Vec<(usize, usize)> {
        let lists: Vec<Vec<usize>> = self.log[at].entry.sentences.iter().map(|hash| self.with_sentence(*hash, window)).collect();
        Self::in_rounds(&lists, self.rules.max_comparisons / 16 * 2)
    }

    fn with_sentence(&self, hash: u32, window: &[usize]) -> Vec<usize> {
        if hash == 0 { Vec::new() } else { self.first_with(window, &|other| self.is_comparable(other) && other.sentences.contains(&hash)) }
    }

    fn is_comparable(&self, entry: &Entry) -> bool {
        entry.kind == EntryKind::Article && entry.shingle_count >= self.rules.near_min_shingles
    }

    fn is_near(&self, at: usize, p: usize, others: &[usize], window: &[usize]) -> bool {
        let (a, b, rules) = (&self.log[at].entry, &self.log[p].entry, &self.rules);
        let similarity = similarity(a, b);
        let equal_numbers = (0..8).filter(|i| a.numbers[*i] == b.numbers[*i]).count() as i64;
        let number_share = (equal_numbers * 256 - 8).max(0) * 1000 / (8 * 255);
        let numbers_agree = a.number_count.min(b.number_count) < rules.min_numbers || number_share >= rules.number_agreement.into();
        let like_length = a.shingle_count.min(b.shingle_count) * 10 >= a.shingle_count.max(b.shingle_count) * 7;
        if a.fingerprint_version != b.fingerprint_version || !others.contains(&p) {
            return false;
        }
        if same_site(a, b) {
            let is_alike = numbers_agree && similarity >= rules.near_similarity;
            return is_alike && (similarity >= rules.same_site_similarity || self.contained(at, p, others, window).is_some());
        }
        let bar = if same_headline_of(a, b) && like_length { rules.same_headline_similarity } else { rules.near_similarity };
        if similarity < bar || (!numbers_agree && similarity < rules.sure_similarity) {
            return false;
        }
        if similarity >= rules.common_text_similarity {
            return true;
        }
        if !self.pays_for_candidate(at, p, window) {
            return false;
        }
        let [telling, common, _] = self.weigh(at, p, window, true, CANDIDATES);
        common <= telling
    }

    /// The share of the smaller text in the other, if it is enough.
    fn contained(&self, at: usize, p: usize, others: &[usize], window: &[usize]) -> Option<u16> {
        let same_headline = same_headline_of(&self.log[at].entry, &self.log[p].entry);
        let needed = u16::from(self.rules.excerpt_sentences) - u16::from(same_headline);
        let shared = self.sample(at, p).into_iter().filter(|(_, is_shared)| *is_shared).count();
        if shared < needed.into() || !others.contains(&p) || !self.pays_for_candidate(at, p, window) {
            return None;
        }
        let [shared, ..] = self.weigh(at, p, window, true, CANDIDATES);
        if shared < needed {
            return None;
        }
        let [rest, _, unknown] = self.weigh(at, p, window, false, CANDIDATES);
        let share = (shared * 1000).checked_div(shared + rest).unwrap_or(0);
        (unknown == 0 && share >= self.rules.excerpt_containment).then_some(share)
    }

    fn reported_containment(&self, at: usize, p: usize, window: &[usize]) -> u16 {
        let knows_common = self.spend(self.cost_of_holders(at, window), REPORT);
        let [shared, rest] = [true, false].map(|shared| {
            if !knows_common {
                return self.sample(at, p).iter().filter(|(_, is_shared)| *is_shared == shared).count() as u16;
            }
            let [telling, _, unknown] = self.weigh(at, p, window, shared, REPORT);
            telling + unknown
        });
        (shared * 1000).checked_div(shared + rest).unwrap_or(0)
    }

    /// The sentences by which two texts are compared, and whether both have them.
    fn sample(&self, at: usize, p: usize) -> Vec<(u32, bool)> {
        let (a, b) = (&self.log[at].entry, &self.log[p].entry);
        let limit = |e: &Entry| if e.sentence_count > 8 { *e.sentences.iter().max().expect("eight") } else { u32::MAX };
        let limit = limit(a).min(limit(b));
        let (smaller, larger) = if a.sentence_count <= b.sentence_count { (a, b) } else { (b, a) };
        let sample = smaller.sentences.iter().copied().filter(|h| *h != 0 && *h <= limit);
        sample.map(|h| (h, larger.sentences.contains(&h))).collect()
    }

    /// How many of the shared or other sentences of a sample tell something, are common, and are unknown for want of comparisons.
    fn weigh(&self, at: usize, p: usize, window: &[usize], shared: bool, purse: usize) -> [u16; 3] {
        let mut found = [0; 3];
        for (hash, _) in self.sample(at, p).into_iter().filter(|(_, is_shared)| *is_shared == shared) {
            match self.is_common(hash, at, p, window, purse) {
                Some(false) => found[0] += 1,
                Some(true) => found[1] += 1,
                None => found[2] += 1,
            }
        }
        found
    }

    fn is_common(&self, hash: u32, at: usize, p: usize, window: &[usize], purse: usize) -> Option<bool> {
        let pair = [&self.log[at].entry, &self.log[p].entry];
        if let Some(place) = pair[0].sentences.iter().position(|own| *own == hash) {
            let holders: Vec<usize> = self.holders(at, window).into_iter().filter(|(_, number)| *number == place).map(|(q, _)| q).collect();
            return Some(self.make_common(&holders, pair));
        }
        // The holders of a sentence that only the other has are looked at one by one, until they make it common.
        let holders = self.with_sentence(hash, window);
        for looked in 0..holders.len() {
            if !self.spend(1, purse) {
                return None;
            }
            if self.make_common(&holders[..=looked], pair) {
                return Some(true);
            }
        }
        Some(false)
    }

    fn spend(&self, count: u32, purse: usize) -> bool {
        let mut purses = self.purses.borrow_mut();
        let left = purses[purse].checked_sub(count);
        purses[purse] = left.unwrap_or(purses[purse]);
        left.is_some()
    }

    /// To weigh an article, all who have sentences of the entry are looked at.
    fn cost_of_holders(&self, at: usize, window: &[usize]) -> u32 {
        let version = self.log[at].entry.fingerprint_version;
        let mut holders: Vec<usize> = self.holders(at, window).into_iter().map(|(q, _)| q).collect();
        holders.dedup();
        1 + holders.into_iter().filter(|q| self.log[*q].entry.fingerprint_version == version).count() as u32
    }

    /// The candidates of one site get half of what there is for all.
    fn pays_for_candidate(&self, at: usize, p: usize, window: &[usize]) -> bool {
        let cost = self.cost_of_holders(at, window);
        let mut weighed = self.weighed.borrow_mut();
        let spent = weighed.entry(self.log[p].entry.domain.clone()).or_default();
        if *spent + cost > self.rules.max_comparisons / 16 * 4 {
            return false;
        }
        *spent += cost;
        self.spend(cost, CANDIDATES)
    }

    fn make_common(&self, holders: &[usize], pair: [&Entry; 2]) -> bool {
        let with = holders.iter().map(|q| &self.log[*q].entry);
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

//! What an article is a copy of: one verdict's search, bounded by counts.
//!
//! A verdict looks at `max_comparisons` earlier entries at most, whatever the window holds. The count is cut into purses, so that no search starves
//! another: entries that may be edited copies, holders of the article's sentences, and what the sentences of candidates and of the match are weighed
//! by. Entries are taken from their rings in rounds, the oldest of each ring first: a site that fills some rings takes nothing from the others; and
//! the candidates of one site get a share only. What is not looked at does not exist for the verdict; a candidate that can't be weighed any more is
//! no copy. Only entries of the window are counted, never a table's slots: so all workers spend alike. The exact rows spend nothing.

use std::array;

use crate::article::{ArticleId, DuplicateKind, EntryKind};

use super::entries::{Body, SENTENCES};
use super::index::Index;
use super::ordinal::Ordinal;
use super::similar::{Match, Sample, agreement, have_like_length, have_same_headline, similarity};
use super::tables::{BANDS, Ring};

/// Sixteenths of the comparisons for entries that may be edited copies, for the holders of the article's sentences, and for the two purses.
const EDITED: u32 = 3;
const HOLDERS: u32 = 2;
const PURSES: [u32; 2] = [8, 3];

/// Of these, so many sixteenths for the candidates of one site.
const ONE_SITE: u32 = 4;

/// What pays for weighing sentences: those of candidates, or those of the match that is reported.
#[derive(Clone, Copy)]
enum Purse {
    Candidates,
    Report,
}

/// What a verdict took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// Earlier entries that it looked at.
    pub comparisons: u32,
    /// It would have looked at more than it may.
    pub is_cut: bool,
}

/// Room that verdicts use one after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    taken: Vec<(Ordinal, u8)>,
    candidates: Vec<Ordinal>,
    holders: Vec<Holder>,
    /// Domains of candidates that were weighed, and what was spent on them.
    weighed: Vec<(u32, u32)>,
}

impl Scratch {
    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        let ordinals = self.taken.capacity() * size_of::<(Ordinal, u8)>() + self.candidates.capacity() * size_of::<Ordinal>();
        ordinals + self.holders.capacity() * size_of::<Holder>() + self.weighed.capacity() * size_of::<(u32, u32)>()
    }
}

/// An entry that has sentences of the article.
#[derive(Clone, Copy, Debug)]
struct Holder {
    ordinal: Ordinal,
    /// Which of the article's sentences: a bit each.
    sentences: u8,
    /// Its likeness to the article, in 1/1000.
    likeness: u16,
}

/// Which sentences say nothing of two texts, because unlike pages have them too: one of the site of either, or several of any.
#[derive(Default)]
struct Common {
    /// A bit each.
    sentences: u8,
    /// Unlike pages with sentences that may still become common: a few.
    strangers: Vec<(ArticleId, u8)>,
}

/// How many sentences say something of two texts, are common, or could not be weighed.
#[derive(Clone, Copy, Debug, Default)]
struct Weighed {
    telling: u16,
    common: u16,
    unknown: u16,
}

/// One verdict's search.
pub(super) struct Search<'a> {
    index: &'a Index,
    entry: Ordinal,
    body: &'a Body,
    scratch: &'a mut Scratch,
    knows_holders: bool,
    purses: [u32; 2],
    /// What each kind's search found, once it was made.
    found: [Option<Option<Match>>; 3],
    spent: Spent,
}

impl<'a> Search<'a> {
    /// A search for the last entry, which is not in the tables yet.
    pub fn new(index: &'a Index, entry: Ordinal, scratch: &'a mut Scratch) -> Search<'a> {
        let purses = PURSES.map(|share| index.rules.max_comparisons / 16 * share);
        scratch.weighed.clear();
        let body = index.entries.bodies.at(entry);
        Search { index, entry, body, scratch, knows_holders: false, purses, found: [None; 3], spent: Spent::default() }
    }

    /// What it took until now.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// The earliest entry of another URL whose text the article has, by the kinds in their order; only an entry before `limit`, if there is one.
    pub fn find_copy(&mut self, limit: Option<Ordinal>) -> Option<Match> {
        let searches = [Self::same_text, Self::near_copy, Self::excerpt];
        for (kind, search) in searches.into_iter().enumerate() {
            if self.found[kind].is_none() {
                self.found[kind] = Some(search(self));
            }
            let found = self.found[kind].flatten();
            if found.is_some_and(|found| limit.is_none_or(|limit| found.of.before(limit))) {
                return found;
            }
        }
        None
    }

    /// A match of a kind that needs no likeness, with what likeness there is.
    pub fn compared(&mut self, kind: DuplicateKind, of: Ordinal) -> Match {
        let other = self.index.entries.bodies.at(of);
        let have_texts = self.body.kind == EntryKind::Article && other.kind == EntryKind::Article;
        if have_texts && self.body.content == other.content {
            return Match { kind, of, similarity: 1000, containment: 1000 };
        }
        if !have_texts || self.body.version != other.version {
            return Match { kind, of, similarity: 0, containment: 0 };
        }
        let sample = self.sample(of);
        // What can't be weighed any more counts as telling.
        let containment = match self.common_with(of, Purse::Report) {
            Some(common) => {
                let shared = self.weigh(&sample, true, common, of, Purse::Report);
                let rest = self.weigh(&sample, false, common, of, Purse::Report);
                share(shared.telling, rest.telling + rest.unknown)
            }
            None => share(sample.shared() as u16, (sample.sentences().count() - sample.shared()) as u16),
        };
        Match { kind, of, similarity: similarity(self.body, other), containment }
    }

    /// The earliest article with the very same text. However many others there are, nothing else is looked at.
    fn same_text(&mut self) -> Option<Match> {
        let Index { tables, entries, rules, .. } = self.index;
        let mut candidates = tables.of_text(self.body, entries)?.take(rules.max_candidates as usize);
        let of = candidates.find(|&candidate| self.index.may_be_original(candidate, self.entry))?;
        Some(Match { kind: DuplicateKind::SameText, of, similarity: 1000, containment: 1000 })
    }

    /// The earliest article of which this is an edited copy.
    fn near_copy(&mut self) -> Option<Match> {
        let Index { tables, entries, rules, .. } = self.index;
        if !tables.is_comparable(self.body) {
            return None;
        }
        let mut rings: [Ring<'_>; BANDS + 1] = array::from_fn(|i| match i.checked_sub(1) {
            Some(band) => tables.of_band(band, self.body.band(band), entries),
            None => tables.of_headline(self.body.headline, entries),
        });
        self.take_in_rounds(&mut rings, rules.max_comparisons / 16 * EDITED);
        let Scratch { taken, candidates, .. } = &mut *self.scratch;
        candidates.clear();
        candidates.extend(taken.iter().map(|(ordinal, _)| *ordinal));
        candidates.dedup();
        entries.touch(candidates.iter().copied());
        for i in 0..self.scratch.candidates.len() {
            let candidate = self.scratch.candidates[i];
            if self.is_edited(candidate) {
                return Some(self.compared(DuplicateKind::NearCopy, candidate));
            }
        }
        None
    }

    /// The earliest article of which this is a cut or lengthened copy.
    fn excerpt(&mut self) -> Option<Match> {
        if !self.index.tables.is_comparable(self.body) {
            return None;
        }
        self.look_up_holders();
        for i in 0..self.scratch.holders.len() {
            let Holder { ordinal: of, likeness: similarity, .. } = self.scratch.holders[i];
            let same_headline = have_same_headline(self.body, self.index.entries.bodies.at(of));
            let is_same_site = self.index.is_same_site(self.entry, of);
            if is_same_site && !same_headline {
                continue;
            }
            if let Some(containment) = self.is_contained(of, same_headline) {
                return Some(Match { kind: DuplicateKind::Excerpt, of, similarity, containment });
            }
        }
        None
    }

    /// Whether an article is one that this is an edited copy of. What is cheap to test comes first.
    fn is_edited(&mut self, candidate: Ordinal) -> bool {
        let (a, b, rules) = (self.body, self.index.entries.bodies.at(candidate), &self.index.rules);
        let similarity = similarity(a, b);
        if a.version != b.version || similarity < rules.near_similarity.min(rules.same_headline_similarity) {
            return false;
        }
        let numbers_agree = a.number_count.min(b.number_count) < rules.min_numbers || agreement(&a.numbers, &b.numbers) >= rules.number_agreement;
        let same_headline = have_same_headline(a, b);
        if self.index.is_same_site(self.entry, candidate) {
            return numbers_agree
                && match similarity {
                    s if s >= rules.same_site_similarity => self.may_be_original(candidate),
                    s if s >= rules.near_similarity => self.is_contained(candidate, same_headline).is_some(),
                    _ => false,
                };
        }
        let bar = if same_headline && have_like_length(a, b) { rules.same_headline_similarity } else { rules.near_similarity };
        similarity >= bar
            && (numbers_agree || similarity >= rules.sure_similarity)
            && self.may_be_original(candidate)
            && (similarity >= rules.common_text_similarity || self.is_mostly_telling(candidate))
    }

    fn may_be_original(&self, candidate: Ordinal) -> bool {
        self.index.may_be_original(candidate, self.entry)
    }

    /// The share of the smaller text that stands in the other, if it is enough. Under one headline a sentence less is.
    fn is_contained(&mut self, other: Ordinal, same_headline: bool) -> Option<u16> {
        let needed = u16::from(self.index.rules.excerpt_sentences).saturating_sub(same_headline.into());
        let sample = self.sample(other);
        if sample.shared() < usize::from(needed) || !self.may_be_original(other) {
            return None;
        }
        let common = self.common_with_candidate(other)?;
        let shared = self.weigh(&sample, true, common, other, Purse::Candidates);
        if shared.telling < needed {
            return None;
        }
        let rest = self.weigh(&sample, false, common, other, Purse::Candidates);
        let share = share(shared.telling, rest.telling);
        (rest.unknown == 0 && share >= self.index.rules.excerpt_containment).then_some(share)
    }

    /// Whether of the sentences that both texts share at least as many say something as are common.
    fn is_mostly_telling(&mut self, other: Ordinal) -> bool {
        let Some(common) = self.common_with_candidate(other) else { return false };
        let shared = self.weigh(&self.sample(other), true, common, other, Purse::Candidates);
        shared.common <= shared.telling
    }

    fn sample(&self, other: Ordinal) -> Sample {
        let entries = &self.index.entries;
        let theirs = entries.bodies.at(other).sentence_count;
        Sample::of((entries.sentences_of(self.entry), self.body.sentence_count), (entries.sentences_of(other), theirs))
    }

    /// Weighs the sentences of a sample that both texts share, or those that they don't; `common` of the article's own are.
    fn weigh(&mut self, sample: &Sample, shared: bool, common: u8, other: Ordinal, purse: Purse) -> Weighed {
        let mut weighed = Weighed::default();
        for sentence in sample.sentences().filter(|sentence| sentence.is_shared == shared) {
            let is_common = match sentence.ours {
                Some(own) => Some(common & (1 << own) != 0),
                None => self.is_common_of_theirs(sentence.hash, other, purse),
            };
            match is_common {
                Some(true) => weighed.common += 1,
                Some(false) => weighed.telling += 1,
                None => weighed.unknown += 1,
            }
        }
        weighed
    }

    /// Spends so many comparisons, if there are as many.
    fn spend(&mut self, count: u32, purse: Purse) -> bool {
        let left = &mut self.purses[purse as usize];
        let can = *left >= count;
        if can {
            *left -= count;
            self.spent.comparisons += count;
        }
        self.spent.is_cut |= !can;
        can
    }

    /// The same as [`Self::common_with`], unless the candidate's site has had its share.
    fn common_with_candidate(&mut self, other: Ordinal) -> Option<u8> {
        self.look_up_holders();
        let cost = 1 + self.scratch.holders.len() as u32;
        let domain = self.index.entries.bodies.at(other).domain;
        let weighed = &mut self.scratch.weighed;
        let place = weighed.iter().position(|(of, _)| *of == domain).unwrap_or(weighed.len());
        if place == weighed.len() {
            weighed.push((domain, 0));
        }
        if weighed[place].1 + cost > self.index.rules.max_comparisons / 16 * ONE_SITE {
            self.spent.is_cut = true;
            return None;
        }
        weighed[place].1 += cost;
        self.common_with(other, Purse::Candidates)
    }

    /// Which of the article's sentences are common to it and another; `None` where the purse does not pay for looking at their holders.
    fn common_with(&mut self, other: Ordinal, purse: Purse) -> Option<u8> {
        self.look_up_holders();
        if !self.spend(1 + self.scratch.holders.len() as u32, purse) {
            return None;
        }
        let mut common = Common::default();
        for holder in &self.scratch.holders {
            self.index.add_holder(&mut common, *holder, [self.entry, other]);
        }
        Some(common.sentences)
    }

    /// Whether a sentence that only the other text has is common: its holders are looked up for it alone.
    fn is_common_of_theirs(&mut self, hash: u32, other: Ordinal, purse: Purse) -> Option<bool> {
        let Index { tables, entries, rules, .. } = self.index;
        let mut common = Common::default();
        for place in tables.of_sentence(hash, entries).take(rules.max_candidates as usize) {
            if !self.spend(1, purse) {
                return None;
            }
            let ordinal = entries.of_sentence(place);
            let body = entries.bodies.at(ordinal);
            if body.version != self.body.version {
                continue;
            }
            let holder = Holder { ordinal, sentences: 1, likeness: similarity(self.body, body) };
            self.index.add_holder(&mut common, holder, [self.entry, other]);
            if common.sentences != 0 {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Finds out, once a verdict, who has the article's sentences, and how alike they are.
    fn look_up_holders(&mut self) {
        if std::mem::replace(&mut self.knows_holders, true) {
            return;
        }
        let Index { tables, entries, rules, .. } = self.index;
        let own = entries.sentences_of(self.entry);
        let mut rings: [_; SENTENCES as usize] = array::from_fn(|i| tables.of_sentence(own[i], entries).map(|place| entries.of_sentence(place)));
        self.take_in_rounds(&mut rings, rules.max_comparisons / 16 * HOLDERS);
        let Scratch { taken, holders, .. } = &mut *self.scratch;
        holders.clear();
        entries.touch(taken.iter().map(|(ordinal, _)| *ordinal));
        for same in taken.chunk_by(|a, b| a.0 == b.0) {
            let (ordinal, sentences) = (same[0].0, same.iter().fold(0, |all, (_, sentence)| all | 1 << sentence));
            let body = entries.bodies.at(ordinal);
            if body.version == self.body.version {
                holders.push(Holder { ordinal, sentences, likeness: similarity(self.body, body) });
            }
        }
    }

    /// Puts the oldest entries of some rings into `taken`, with their ring's number, oldest first: `max_candidates` of each and `most` of all, in rounds.
    fn take_in_rounds(&mut self, rings: &mut [impl Iterator<Item = Ordinal>], most: u32) {
        let taken = &mut self.scratch.taken;
        taken.clear();
        'all: for _ in 0..self.index.rules.max_candidates {
            let before = taken.len();
            for (number, ring) in rings.iter_mut().enumerate() {
                let Some(ordinal) = ring.next() else { continue };
                if taken.len() == most as usize {
                    self.spent.is_cut = true;
                    break 'all;
                }
                taken.push((ordinal, number as u8));
            }
            if taken.len() == before {
                break;
            }
        }
        self.spent.comparisons += taken.len() as u32;
        let start = self.index.entries.bodies.start();
        taken.sort_unstable_by_key(|(ordinal, _)| ordinal.since(start));
    }
}

impl Index {
    /// Takes into account who has sentences of two texts.
    fn add_holder(&self, common: &mut Common, holder: Holder, pair: [Ordinal; 2]) {
        let open = holder.sentences & !common.sentences;
        let name = self.entries.names.at(holder.ordinal);
        if open == 0 || pair.iter().any(|o| self.entries.names.at(*o).article == name.article) {
            return;
        }
        let rules = &self.rules;
        let [is_on_our_site, is_on_their_site] = pair.map(|o| self.is_same_site(holder.ordinal, o));
        let may_be_stranger = holder.likeness < rules.unlike_similarity;
        if is_on_our_site && holder.likeness < rules.near_similarity {
            common.sentences |= open;
        } else if is_on_their_site || may_be_stranger {
            let likeness = similarity(self.entries.bodies.at(pair[1]), self.entries.bodies.at(holder.ordinal));
            if is_on_their_site && likeness < rules.near_similarity {
                common.sentences |= open;
            } else if may_be_stranger && likeness < rules.unlike_similarity {
                common.add_stranger(name.article, open, rules.common_sentence_pages);
            }
        }
    }
}

impl Common {
    /// An unlike page has sentences that are not common yet. As many pages as `enough` make them so.
    fn add_stranger(&mut self, article: ArticleId, open: u8, enough: u8) {
        match self.strangers.iter_mut().find(|(stranger, _)| *stranger == article) {
            Some((_, sentences)) => *sentences |= open,
            None => self.strangers.push((article, open)),
        }
        for sentence in (0..8).map(|i| 1 << i).filter(|sentence| open & sentence != 0) {
            let pages = self.strangers.iter().filter(|(_, sentences)| sentences & sentence != 0).count();
            if pages >= usize::from(enough) {
                self.sentences |= sentence;
            }
        }
    }
}

/// The share of telling sentences that both texts have, in 1/1000.
fn share(shared: u16, rest: u16) -> u16 {
    (shared * 1000).checked_div(shared + rest).unwrap_or(0)
}

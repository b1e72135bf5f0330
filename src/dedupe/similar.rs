//! Edited and cut copies.
//!
//! Edited: the estimate of Jaccard similarity from 64 rows of one-permutation MinHash, 8 bits each (Li & König 2010; Shrivastava 2017), candidates
//! by 16 bands of 4 rows and by headline. Cut: the share of the smaller text's sentences in the other, from the eight smallest sentence hashes
//! of both (Broder 1997). A verification keeps templated pages apart: numbers, a stricter bar within one site, where they live (Henzinger 2006),
//! and sentences that unlike pages share are no sign of a copy.

use crate::article::DuplicateKind;

use super::domains::Domains;
use super::entries::{Body, SENTENCES};
use super::index::Index;
use super::ordinal::Ordinal;
use super::tables::BANDS;

/// An entry that matches. Shares in 1/1000.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub kind: DuplicateKind,
    pub of: Ordinal,
    pub similarity: u16,
    pub containment: u16,
}

/// How much of the smaller text stands in the other, by sentences that are not common.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Containment {
    /// Sentences that both samples hold.
    pub shared: u16,
    /// Share of the smaller text's sentences, in 1/1000.
    pub share: u16,
    /// Common sentences that both samples hold.
    pub common: u16,
}

/// Estimated Jaccard similarity of two texts' shingles, in 1/1000.
pub(super) fn similarity(a: &Body, b: &Body) -> u16 {
    if a.shingle_count == 0 || b.shingle_count == 0 {
        return 0;
    }
    agreement(&a.signature, &b.signature)
}

/// Share of equal rows, in 1/1000, less the one in 256 that is equal by chance.
fn agreement<const N: usize>(a: &[u8; N], b: &[u8; N]) -> u16 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    ((256 * equal).saturating_sub(N) * 1000 / (255 * N)) as u16
}

impl Index {
    /// The earliest article of which the entry is an edited copy.
    pub(super) fn near_copy(&self, entry: Ordinal, limit: Option<Ordinal>) -> Option<Match> {
        let body = self.entries.bodies.at(entry);
        if !self.tables.is_comparable(body) {
            return None;
        }
        let most = self.rules.max_candidates as usize;
        let mut candidates: Vec<Ordinal> = self.tables.of_headline(body.headline, &self.entries).take(most).collect();
        for band in 0..BANDS {
            candidates.extend(self.tables.of_band(band, body.band(band), &self.entries).take(most));
        }
        self.sort_oldest_first(&mut candidates);
        let early = candidates.into_iter().take_while(|c| limit.is_none_or(|limit| c.before(limit)));
        let of = early.filter(|c| self.is_near(entry, *c)).find(|c| self.may_be_original(*c, entry))?;
        let similarity = similarity(body, self.entries.bodies.at(of));
        Some(Match { kind: DuplicateKind::NearCopy, of, similarity, containment: self.containment(entry, of).share })
    }

    fn is_near(&self, entry: Ordinal, candidate: Ordinal) -> bool {
        let (a, b) = (self.entries.bodies.at(entry), self.entries.bodies.at(candidate));
        let rules = &self.rules;
        let similarity = similarity(a, b);
        if a.version != b.version || similarity < rules.near_similarity.min(rules.same_headline_similarity) {
            return false;
        }
        let numbers_agree = a.number_count.min(b.number_count) < rules.min_numbers || agreement(&a.numbers, &b.numbers) >= rules.number_agreement;
        let same_headline = have_same_headline(a, b);
        if self.is_same_site(entry, candidate) {
            let is_alike = similarity >= rules.same_site_similarity
                || (similarity >= rules.near_similarity && self.is_contained(entry, candidate, same_headline).is_some());
            return numbers_agree && is_alike;
        }
        let bar = if same_headline && have_like_length(a, b) { rules.same_headline_similarity } else { rules.near_similarity };
        similarity >= bar
            && (numbers_agree || similarity >= rules.sure_similarity)
            && (similarity >= rules.common_text_similarity || !self.containment(entry, candidate).is_mostly_common())
    }

    /// How much of the smaller text stands in the other, if it is enough. Under one headline a sentence less is.
    fn is_contained(&self, entry: Ordinal, other: Ordinal, same_headline: bool) -> Option<Containment> {
        let found = self.containment(entry, other);
        let needed = u16::from(self.rules.excerpt_sentences).saturating_sub(same_headline.into());
        (found.shared >= needed && found.share >= self.rules.excerpt_containment).then_some(found)
    }

    fn is_same_site(&self, a: Ordinal, b: Ordinal) -> bool {
        let (a, b) = (self.entries.names.at(a).domain, self.entries.names.at(b).domain);
        a == b && a != Domains::UNKNOWN
    }

    /// The earliest article of which the entry is a cut or lengthened copy.
    pub(super) fn excerpt(&self, entry: Ordinal, limit: Option<Ordinal>) -> Option<Match> {
        let body = self.entries.bodies.at(entry);
        if !self.tables.is_comparable(body) {
            return None;
        }
        let mut candidates = Vec::new();
        for hash in self.entries.sentences_of(entry).into_iter().filter(|hash| *hash != 0) {
            let places = self.tables.of_sentence(hash, &self.entries).take(self.rules.max_candidates as usize);
            candidates.extend(places.map(|p| self.entries.of_sentence(p)).take_while(|c| limit.is_none_or(|limit| c.before(limit))));
        }
        self.sort_oldest_first(&mut candidates);
        for of in candidates {
            let other = self.entries.bodies.at(of);
            let same_headline = have_same_headline(body, other);
            if other.version != body.version || (self.is_same_site(entry, of) && !same_headline) {
                continue;
            }
            let Some(found) = self.is_contained(entry, of, same_headline) else { continue };
            if self.may_be_original(of, entry) {
                return Some(Match { kind: DuplicateKind::Excerpt, of, similarity: similarity(body, other), containment: found.share });
            }
        }
        None
    }

    /// How much of the smaller of two texts stands in the other. The samples of both are complete up to the smaller of their largest hashes.
    pub(super) fn containment(&self, entry: Ordinal, other: Ordinal) -> Containment {
        let (a, b) = (self.entries.sentences_of(entry), self.entries.sentences_of(other));
        let (a_count, b_count) = (self.entries.bodies.at(entry).sentence_count, self.entries.bodies.at(other).sentence_count);
        let complete_to = complete_to(&a, a_count).min(complete_to(&b, b_count));
        let (smaller, larger) = if a_count <= b_count { (a, b) } else { (b, a) };
        let mut found = Containment::default();
        let mut sampled = 0;
        for hash in smaller.into_iter().filter(|hash| *hash != 0 && *hash <= complete_to) {
            let is_shared = larger.contains(&hash);
            if self.is_common(hash, [entry, other]) {
                found.common += u16::from(is_shared);
                continue;
            }
            sampled += 1;
            found.shared += u16::from(is_shared);
        }
        found.share = (found.shared * 1000).checked_div(sampled).unwrap_or(0);
        found
    }

    /// Whether a sentence says nothing of two texts, because unlike pages have it too: one of the site of either, or several of any.
    fn is_common(&self, hash: u32, pair: [Ordinal; 2]) -> bool {
        let names = pair.map(|o| self.entries.names.at(o));
        let bodies = pair.map(|o| self.entries.bodies.at(o));
        let mut strangers = Vec::new();
        for place in self.tables.of_sentence(hash, &self.entries).take(self.rules.max_candidates as usize) {
            let holder = self.entries.of_sentence(place);
            let (name, body) = (self.entries.names.at(holder), self.entries.bodies.at(holder));
            if names.iter().any(|n| n.article == name.article) || body.version != bodies[0].version {
                continue;
            }
            let likeness = bodies.map(|b| similarity(b, body));
            let on_site = |i: usize| self.is_same_site(holder, pair[i]) && likeness[i] < self.rules.near_similarity;
            if on_site(0) || on_site(1) {
                return true;
            }
            let is_stranger = likeness.iter().all(|l| *l < self.rules.unlike_similarity);
            if is_stranger && !strangers.contains(&name.article) {
                strangers.push(name.article);
            }
        }
        strangers.len() >= usize::from(self.rules.common_sentence_pages)
    }

    /// Sorts from the oldest on, and takes out what stands there twice.
    fn sort_oldest_first(&self, ordinals: &mut Vec<Ordinal>) {
        let start = self.entries.bodies.start();
        ordinals.sort_unstable_by_key(|o| o.since(start));
        ordinals.dedup();
    }
}

impl Containment {
    /// Whether most of what both texts share is common.
    fn is_mostly_common(self) -> bool {
        self.common > self.shared
    }
}

fn have_same_headline(a: &Body, b: &Body) -> bool {
    a.headline != 0 && a.headline == b.headline
}

/// Whether the shorter text has at least seven tenths of the longer one's shingles.
fn have_like_length(a: &Body, b: &Body) -> bool {
    let (a, b) = (u32::from(a.shingle_count), u32::from(b.shingle_count));
    a.min(b) * 10 >= a.max(b) * 7
}

/// The hash up to which a sample of the smallest hashes holds all.
fn complete_to(sample: &[u32; SENTENCES as usize], count: u16) -> u32 {
    if u32::from(count) <= SENTENCES { u32::MAX } else { sample[SENTENCES as usize - 1] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_without_chance() {
        assert_eq!(agreement(&[1; 64], &[1; 64]), 1000);
        assert_eq!(agreement(&[1; 64], &[2; 64]), 0);
        let mut half = [1; 64];
        half[..32].fill(2);
        assert_eq!(agreement(&[1; 64], &half), 498);
    }
}

//! Edited and cut copies.
//!
//! Edited: the estimate of Jaccard similarity from 64 rows of one-permutation MinHash, 8 bits each (Li & König 2010; Shrivastava 2017), candidates
//! by 16 bands of 4 rows. Cut: the share of the smaller text's sentences in the other, from the eight smallest sentence hashes of both (Broder 1997).
//! A verification keeps templated pages apart: numbers, a stricter bar within one site, and sentences that a site prints on many pages don't count.

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

/// How much of the smaller text stands in the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Containment {
    /// Sentences that both samples hold.
    pub shared: u8,
    /// Share of the smaller text's sentences, in 1/1000.
    pub share: u16,
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
        let mut candidates = Vec::new();
        for band in 0..BANDS {
            let ring = self.tables.of_band(band, body.band(band), &self.entries);
            candidates.extend(ring.take(self.rules.max_candidates as usize).take_while(|c| limit.is_none_or(|limit| c.before(limit))));
        }
        self.sort_oldest_first(&mut candidates);
        let of = candidates.into_iter().find(|&c| self.is_near(entry, c) && self.may_be_original(c, entry))?;
        let similarity = similarity(body, self.entries.bodies.at(of));
        Some(Match { kind: DuplicateKind::NearCopy, of, similarity, containment: self.containment(entry, of).share })
    }

    fn is_near(&self, entry: Ordinal, candidate: Ordinal) -> bool {
        let (a, b) = (self.entries.bodies.at(entry), self.entries.bodies.at(candidate));
        let same_site = self.is_same_site(entry, candidate);
        let bar = if same_site { self.rules.same_site_similarity } else { self.rules.near_similarity };
        a.version == b.version && similarity(a, b) >= bar && self.numbers_agree(a, b, same_site)
    }

    fn numbers_agree(&self, a: &Body, b: &Body, same_site: bool) -> bool {
        if a.number_count.min(b.number_count) < self.rules.min_numbers {
            return true;
        }
        let bar = if same_site { self.rules.same_site_number_agreement } else { self.rules.number_agreement };
        agreement(&a.numbers, &b.numbers) >= bar
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
        let needed = self.rules.excerpt_sentences;
        self.sort_oldest_first(&mut candidates);
        for of in candidates {
            let other = self.entries.bodies.at(of);
            if other.version != body.version || self.is_same_site(entry, of) {
                continue;
            }
            let found = self.containment(entry, of);
            if found.shared >= needed && found.share >= self.rules.excerpt_containment && self.may_be_original(of, entry) {
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
        let sites = [self.entries.names.at(entry).domain, self.entries.names.at(other).domain];
        let (mut sampled, mut shared) = (0_u16, 0_u16);
        for hash in smaller.into_iter().filter(|hash| *hash != 0 && *hash <= complete_to && !self.is_of_a_site(*hash, sites)) {
            sampled += 1;
            shared += u16::from(larger.contains(&hash));
        }
        Containment { shared: shared as u8, share: (shared * 1000).checked_div(sampled).unwrap_or(0) }
    }

    /// Whether one of the sites prints a sentence on many pages.
    fn is_of_a_site(&self, hash: u32, sites: [u32; 2]) -> bool {
        let many = usize::from(self.rules.site_sentence_pages);
        let mut pages: [Vec<_>; 2] = Default::default();
        for place in self.tables.of_sentence(hash, &self.entries).take(self.rules.max_candidates as usize) {
            let name = self.entries.names.at(self.entries.of_sentence(place));
            for (site, pages) in sites.iter().zip(&mut pages) {
                if name.domain == *site && *site != Domains::UNKNOWN && !pages.contains(&name.article) {
                    pages.push(name.article);
                    if pages.len() >= many {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Sorts from the oldest on, and takes out what stands there twice.
    fn sort_oldest_first(&self, ordinals: &mut Vec<Ordinal>) {
        let start = self.entries.bodies.start();
        ordinals.sort_unstable_by_key(|o| o.since(start));
        ordinals.dedup();
    }
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

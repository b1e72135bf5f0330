//! How alike two texts are.
//!
//! Edited: the estimate of Jaccard similarity from 64 rows of one-permutation MinHash, 8 bits each (Li & König 2010; Shrivastava 2017), candidates
//! by 16 bands of 4 rows and by headline. Cut: the share of the smaller text's sentences in the other, from the eight smallest sentence hashes
//! of both (Broder 1997). A verification keeps templated pages apart: numbers, a stricter bar within one site, where they live (Henzinger 2006),
//! and sentences that unlike pages share are no sign of a copy.

use crate::article::DuplicateKind;

use super::entries::{Body, SENTENCES};
use super::ordinal::Ordinal;

const SAMPLE: usize = SENTENCES as usize;

/// An entry that matches. Shares in 1/1000.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub kind: DuplicateKind,
    pub of: Ordinal,
    pub similarity: u16,
    pub containment: u16,
}

/// A sentence by which two texts are compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sentence {
    pub hash: u32,
    /// Its place in the sample of the text that is judged, if it is there.
    pub ours: Option<u8>,
    pub is_shared: bool,
}

/// The sentences by which two texts are compared: the smaller text's, as far as the samples of both hold all.
#[derive(Debug)]
pub(super) struct Sample {
    sentences: [Sentence; SAMPLE],
    count: usize,
}

impl Sample {
    /// Of two texts' smallest sentence hashes and their counts of sentences; the one that is judged comes first.
    pub fn of(ours: ([u32; SAMPLE], u16), theirs: ([u32; SAMPLE], u16)) -> Sample {
        let complete_to = complete_to(&ours.0, ours.1).min(complete_to(&theirs.0, theirs.1));
        let (smaller, larger) = if ours.1 <= theirs.1 { (ours.0, theirs.0) } else { (theirs.0, ours.0) };
        let mut sample = Sample { sentences: [Sentence::default(); SAMPLE], count: 0 };
        for hash in smaller.into_iter().filter(|hash| *hash != 0 && *hash <= complete_to) {
            let place = ours.0.iter().position(|own| *own == hash);
            sample.sentences[sample.count] = Sentence { hash, ours: place.map(|place| place as u8), is_shared: larger.contains(&hash) };
            sample.count += 1;
        }
        sample
    }

    /// Its sentences.
    pub fn sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.sentences[..self.count].iter()
    }

    /// How many of them both texts have.
    pub fn shared(&self) -> usize {
        self.sentences().filter(|sentence| sentence.is_shared).count()
    }
}

/// Estimated Jaccard similarity of two texts' shingles, in 1/1000.
pub(super) fn similarity(a: &Body, b: &Body) -> u16 {
    if a.shingle_count == 0 || b.shingle_count == 0 {
        return 0;
    }
    agreement(&a.signature, &b.signature)
}

/// Share of equal rows, in 1/1000, less the one in 256 that is equal by chance.
pub(super) fn agreement<const N: usize>(a: &[u8; N], b: &[u8; N]) -> u16 {
    const { assert!(N < 256) };
    let equal = usize::from(a.iter().zip(b).map(|(a, b)| u8::from(a == b)).sum::<u8>());
    ((256 * equal).saturating_sub(N) * 1000 / (255 * N)) as u16
}

/// Whether two texts have one headline.
pub(super) fn have_same_headline(a: &Body, b: &Body) -> bool {
    a.headline != 0 && a.headline == b.headline
}

/// Whether the shorter text has at least seven tenths of the longer one's shingles.
pub(super) fn have_like_length(a: &Body, b: &Body) -> bool {
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

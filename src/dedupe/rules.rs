//! The version of fingerprints, and the name and hash of the rules that a worker judges by.
//!
//! The hash covers all that can change a verdict but the generation, which says which log it is and not how it is judged.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::config::DedupeRules;
use crate::text::url::NORMALIZATION_VERSION;

/// The version of what [`super::fingerprint`] computes: a change of its output, of tokens, sentences or normal forms needs a higher one.
pub const FINGERPRINT_VERSION: u8 = 1;

/// The version of the verdict rules themselves: a change of what [`super::Index`] decides needs a higher one.
pub const RULES_VERSION: u8 = 1;

const RULES_SEED: u64 = 0x7275_6c65_7300_0001;

/// `fingerprint_version` of an entry: fingerprint and URL normalization.
pub(super) fn entry_version() -> u16 {
    (u16::from(FINGERPRINT_VERSION) << 8) | (NORMALIZATION_VERSION & 0xff)
}

impl DedupeRules {
    /// A hash of all rules and versions, without the generation: equal hashes give equal verdicts.
    pub fn hash(&self) -> u64 {
        let DedupeRules {
            window_hours,
            window_entries,
            generation: _,
            short_text_shingles,
            near_min_shingles,
            near_similarity,
            same_headline_similarity,
            common_text_similarity,
            same_site_similarity,
            number_agreement,
            sure_similarity,
            min_numbers,
            excerpt_sentences,
            excerpt_containment,
            common_sentence_pages,
            unlike_similarity,
            max_candidates,
        } = *self;
        let values = [
            u32::from(RULES_VERSION),
            u32::from(entry_version()),
            window_hours,
            window_entries,
            short_text_shingles.into(),
            near_min_shingles.into(),
            near_similarity.into(),
            same_headline_similarity.into(),
            common_text_similarity.into(),
            same_site_similarity.into(),
            number_agreement.into(),
            sure_similarity.into(),
            min_numbers.into(),
            excerpt_sentences.into(),
            excerpt_containment.into(),
            common_sentence_pages.into(),
            unlike_similarity.into(),
            max_candidates,
        ];
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        xxh3_64_with_seed(&bytes, RULES_SEED)
    }

    /// The rules' name in events: their version and the first half of their hash, e.g. `1-a1b2c3d4`.
    pub fn name(&self) -> String {
        format!("{RULES_VERSION}-{:08x}", self.hash() >> 32)
    }

    /// The window in milliseconds.
    pub fn window_millis(&self) -> i64 {
        i64::from(self.window_hours) * 3_600_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_the_rules_and_not_of_the_generation() {
        let rules = DedupeRules::default();
        assert_eq!(rules.hash(), DedupeRules { generation: 9, ..rules.clone() }.hash());
        assert_ne!(rules.hash(), DedupeRules { window_hours: 71, ..rules.clone() }.hash());
        assert_ne!(rules.hash(), DedupeRules { max_candidates: 63, ..rules.clone() }.hash());
        let name = rules.name();
        assert!(name.starts_with("1-") && name.len() == 10, "{name}");
    }
}

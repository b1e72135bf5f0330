//! The version of fingerprints, and the name and hash of the rules that a worker judges by.
//!
//! The hash covers all that can change a verdict but the generation, which says which log it is and not how it is judged.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::config::DedupeRules;
use crate::text::url::NORMALIZATION_VERSION;

/// The version of what [`super::fingerprint`] computes: a change of its output, of tokens, sentences or normal forms needs a higher one.
pub const FINGERPRINT_VERSION: u8 = 1;

/// The version of the verdict rules themselves: a change of what [`super::Index`] decides needs a higher one.
pub const RULES_VERSION: u8 = 2;

/// More would not fit the index's ordinals.
const MOST_WINDOW_ENTRIES: u32 = 1 << 27;

/// With a higher one, an event's version would leave the integers that every JSON reader keeps exact (2⁵³).
const MOST_GENERATION: u32 = 8191;

const RULES_SEED: u64 = 0x7275_6c65_7300_0001;

/// `fingerprint_version` of an entry: fingerprint and URL normalization.
pub(super) fn entry_version() -> u16 {
    (u16::from(FINGERPRINT_VERSION) << 8) | (NORMALIZATION_VERSION & 0xff)
}

impl DedupeRules {
    /// A hash of all rules and versions, without the generation: equal hashes give equal verdicts.
    pub fn hash(&self) -> u64 {
        let DedupeRules {
            copies: _,
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
            max_comparisons,
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
            max_comparisons,
        ];
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        xxh3_64_with_seed(&bytes, RULES_SEED)
    }

    /// The rules' name in events: their version and the first half of their hash, e.g. `2-a1b2c3d4`.
    pub fn name(&self) -> String {
        format!("{RULES_VERSION}-{:08x}", self.hash() >> 32)
    }

    /// What is wrong with the rules, one line a fault, each beginning with the setting's name; empty where nothing is.
    pub fn faults(&self) -> Vec<String> {
        let counts = [
            ("window_hours", self.window_hours, 1, 24 * 366),
            ("window_entries", self.window_entries, 1, MOST_WINDOW_ENTRIES),
            ("generation", self.generation, 1, MOST_GENERATION),
            ("excerpt_sentences", self.excerpt_sentences.into(), 2, 8),
            ("common_sentence_pages", self.common_sentence_pages.into(), 1, 255),
            ("max_candidates", self.max_candidates, 1, 10_000),
            ("max_comparisons", self.max_comparisons, 64, 100_000),
        ];
        let shares = [
            ("near_similarity", self.near_similarity),
            ("same_headline_similarity", self.same_headline_similarity),
            ("common_text_similarity", self.common_text_similarity),
            ("same_site_similarity", self.same_site_similarity),
            ("number_agreement", self.number_agreement),
            ("sure_similarity", self.sure_similarity),
            ("excerpt_containment", self.excerpt_containment),
            ("unlike_similarity", self.unlike_similarity),
        ];
        let shares = shares.map(|(name, value)| (name, u32::from(value), 0, 1000));
        let out = counts.into_iter().chain(shares).filter(|(_, value, least, most)| !(least..=most).contains(&value));
        out.map(|(name, value, least, most)| format!("{name} is {value}, must be {least} to {most}")).collect()
    }

    /// The window in milliseconds.
    pub fn window_millis(&self) -> i64 {
        i64::from(self.window_hours) * 3_600_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Copies;

    #[test]
    fn the_hash_is_of_the_rules_and_not_of_the_generation() {
        let rules = DedupeRules::default();
        assert_eq!(rules.hash(), DedupeRules { generation: 9, ..rules.clone() }.hash());
        assert_ne!(rules.hash(), DedupeRules { window_hours: 71, ..rules.clone() }.hash());
        assert_ne!(rules.hash(), DedupeRules { max_candidates: 63, ..rules.clone() }.hash());
        assert_eq!(rules.hash(), DedupeRules { copies: Copies::Brief, ..rules.clone() }.hash());
        assert_ne!(rules.hash(), DedupeRules { max_comparisons: 1023, ..rules.clone() }.hash());
        let name = rules.name();
        assert!(name.starts_with("2-") && name.len() == 10, "{name}");
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(DedupeRules::default().faults(), Vec::<String>::new());
        let rules = DedupeRules { generation: 8192, near_similarity: 1001, window_entries: 0, ..DedupeRules::default() };
        assert_eq!(
            rules.faults(),
            ["window_entries is 0, must be 1 to 134217728", "generation is 8192, must be 1 to 8191", "near_similarity is 1001, must be 0 to 1000"]
        );
    }
}

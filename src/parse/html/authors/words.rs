//! The words that stand in and around bylines (`config/author_words.tsv`), and given names (`config/gazetteer/given_names.tsv`).
//!
//! Owns the tables alone: what a text means by them is for [`super::names`] to say.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::text::rows::rows;

pub(super) const TABLE: &str = include_str!("../../../../config/author_words.tsv");

/// The words of the table.
pub(super) struct Words {
    /// The longest first.
    pub(super) by: Vec<&'static str>,
    /// The same by their first character.
    pub(super) by_first: HashMap<char, Vec<&'static str>>,
    /// A word at the end of a desk's name.
    pub(super) team: HashSet<&'static str>,
    pub(super) join: HashSet<&'static str>,
    pub(super) role: HashSet<&'static str>,
    pub(super) other: HashSet<&'static str>,
    pub(super) photo: HashSet<&'static str>,
    pub(super) account: HashSet<&'static str>,
    pub(super) particle: HashSet<&'static str>,
    /// Words that are given names as well.
    pub(super) first: HashSet<&'static str>,
    /// Words of organisations' names, the longer ones also as a word's end.
    pub(super) firm: Vec<&'static str>,
}

pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let of = |kind: &'static str| rows(TABLE).filter(move |r| r[0] == kind).flat_map(|r| r[1].split('|'));
    let mut by: Vec<&str> = of("by").collect();
    by.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let mut by_first: HashMap<char, Vec<&str>> = HashMap::new();
    for word in &by {
        by_first.entry(word.chars().next().unwrap_or(' ')).or_default().push(word);
    }
    Words {
        by,
        by_first,
        team: of("team").collect(),
        join: of("join").collect(),
        role: of("role").collect(),
        other: of("other").collect(),
        photo: of("photo").collect(),
        account: of("account").collect(),
        particle: of("particle").collect(),
        first: of("first").collect(),
        firm: of("firm").collect(),
    }
});

/// Given names, in lower case, those left out that are also words or places.
pub(super) static GIVEN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let names = rows(include_str!("../../../../config/gazetteer/given_names.tsv"));
    names.filter(|r| r.get(2).is_none_or(|flag| *flag != "w")).map(|r| r[0].to_lowercase()).collect()
});

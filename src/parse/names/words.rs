//! The words that stand in and around bylines (`config/author_words.tsv`; roles, labels of dates and words of organisations are in tables of
//! their own), and given names (`config/gazetteer/given_names.tsv`).
//!
//! Owns what is read of them alone: what a text means by them is for [`crate::parse::names`] to say.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::text::tables::{AUTHOR_WORDS, GIVEN_NAMES, ORGANISATION_WORDS, PAGE_PHRASES, ROLES, SECTION_WORDS, rows, words};

/// The words of the table.
pub(in crate::parse) struct Words {
    /// The longest first.
    pub(in crate::parse) by: Vec<&'static str>,
    /// The same by their first character.
    pub(in crate::parse) by_first: HashMap<char, Vec<&'static str>>,
    /// A word at the end of a desk's name.
    pub(in crate::parse) team: HashSet<&'static str>,
    pub(in crate::parse) join: HashSet<&'static str>,
    pub(in crate::parse) role: HashSet<&'static str>,
    pub(in crate::parse) other: HashSet<&'static str>,
    pub(in crate::parse) photo: HashSet<&'static str>,
    pub(in crate::parse) account: HashSet<&'static str>,
    pub(in crate::parse) particle: HashSet<&'static str>,
    /// Words that are given names as well.
    pub(in crate::parse) first: HashSet<&'static str>,
    /// Words of organisations' names, the longer ones also as a word's end.
    pub(in crate::parse) firm: Vec<&'static str>,
    /// Those of `by` that are labels and no prepositions.
    pub(in crate::parse) written: Vec<&'static str>,
    /// Those of `by` that count with a colon only.
    pub(in crate::parse) doubtful: HashSet<&'static str>,
    /// Words that stand before a name within a line as well, as printed.
    pub(in crate::parse) within: Vec<&'static str>,
    /// Words behind which a name has ended.
    pub(in crate::parse) after: HashSet<&'static str>,
    pub(in crate::parse) article: HashSet<&'static str>,
    /// Titles that stand behind a name.
    pub(in crate::parse) behind: HashSet<&'static str>,
    /// Those of `role` that companies are named by too.
    pub(in crate::parse) trade: HashSet<&'static str>,
    /// Degrees behind a name, without a final full stop.
    pub(in crate::parse) degree: HashSet<&'static str>,
    /// Before whom an interview is with.
    pub(in crate::parse) guest: HashSet<&'static str>,
    pub(in crate::parse) interview: HashSet<&'static str>,
    /// Parts of the addresses of authors' pages.
    pub(in crate::parse) page: HashSet<&'static str>,
    /// Parts of the addresses of pages about what they name.
    pub(in crate::parse) subject: HashSet<&'static str>,
    /// Single words that say what a date is: "Published".
    pub(in crate::parse) dated: HashSet<&'static str>,
    /// Roles: "lawyer".
    pub(in crate::parse) head: HashSet<&'static str>,
    /// First and last words of organisations' names, in lower case.
    pub(in crate::parse) group_first: HashSet<String>,
    pub(in crate::parse) group_last: HashSet<String>,
}

pub(in crate::parse) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let of = |kind| words(AUTHOR_WORDS, kind);
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
        written: of("written").collect(),
        doubtful: of("doubtful").collect(),
        within: of("within").collect(),
        after: of("after").collect(),
        article: of("article").collect(),
        behind: of("behind").collect(),
        trade: of("trade").collect(),
        degree: of("degree").collect(),
        guest: of("guest").collect(),
        interview: words(SECTION_WORDS, "interview").chain(of("interview")).collect(),
        page: of("page").collect(),
        subject: words(SECTION_WORDS, "subject").collect(),
        dated: ["published", "updated"].into_iter().flat_map(|kind| words(PAGE_PHRASES, kind)).map(label).filter(|word| !word.contains(' ')).collect(),
        head: words(ROLES, "head").collect(),
        group_first: words(ORGANISATION_WORDS, "head").map(str::to_lowercase).collect(),
        group_last: words(ORGANISATION_WORDS, "suffix").map(str::to_lowercase).collect(),
    }
});

/// A label without its colon.
fn label(word: &'static str) -> &'static str {
    word.trim_end_matches([':', '：'])
}

/// Given names, in lower case, those left out that are also words or places.
pub(in crate::parse) static GIVEN: LazyLock<HashSet<String>> =
    LazyLock::new(|| rows(GIVEN_NAMES).filter(|r| r.get(2).is_none_or(|flag| *flag != "w")).map(|r| r[0].to_lowercase()).collect());

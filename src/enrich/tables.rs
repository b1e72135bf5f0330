//! The tables of `config/` as the annotators need them, read once. Never changes after that.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{LazyLock, OnceLock};

use super::token::{Tokens, key_of};
use crate::text::fold;
use crate::text::tables::{
    DEMONYMS, GIVEN_NAMES, KNOWN_PEOPLE, NAME_WORDS, NOT_NAMES, ORGANISATION_WORDS, ORGANISATIONS, PLACE_WORDS, ROLES, SPEECH, SURNAMES, rows,
};

/// Keys are hashes already.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }
}

/// A map from hashes.
pub(super) type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<Identity>>;
/// A set of hashes.
pub(super) type KeySet = HashSet<u64, BuildHasherDefault<Identity>>;

/// The hash of a sequence of words, from that of the words before the last.
pub(super) fn extend(before: u64, word: u64) -> u64 {
    (before.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Names of many words, found word by word.
#[derive(Debug)]
pub(super) struct Names<V> {
    values: KeyMap<Vec<V>>,
    /// Beginnings of longer names.
    beginnings: KeySet,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Names { values: KeyMap::default(), beginnings: KeySet::default() }
    }
}

impl<V: PartialEq> Names<V> {
    /// Adds a name, split as a text is: with an apostrophe both ways, since that depends on the text's language.
    pub(super) fn add(&mut self, name: &str, value: V)
    where
        V: Copy,
    {
        self.add_split(name, "", value);
        if name.contains(['\'', '’']) {
            self.add_split(name, "fr", value);
        }
    }

    /// Adds a name by its words without the endings of cases.
    fn add_stems(&mut self, name: &str, language: &'static str, value: V) {
        let tokens = Tokens::of(name, language);
        let keys: Vec<u64> = (0..tokens.list.len()).map(|at| key_of(super::inflect::stem(&fold::name(tokens.word(at)), language))).collect();
        self.add_keys(&keys, value);
    }

    fn add_split(&mut self, name: &str, language: &str, value: V) {
        let keys: Vec<u64> = Tokens::of(name, language).list.iter().map(|token| token.key).collect();
        self.add_keys(&keys, value);
    }

    fn add_keys(&mut self, keys: &[u64], value: V) {
        let mut hash = 0;
        for (at, key) in keys.iter().enumerate() {
            hash = extend(hash, *key);
            if at + 1 < keys.len() {
                self.beginnings.insert(hash);
            }
        }
        if hash != 0 {
            let values = self.values.entry(hash).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }

    /// What a hash of words stands for.
    pub(super) fn get(&self, hash: u64) -> Option<&[V]> {
        self.values.get(&hash).map(Vec::as_slice)
    }

    /// Whether a longer name begins so.
    pub(super) fn begins(&self, hash: u64) -> bool {
        self.beginnings.contains(&hash)
    }
}

/// The kinds of words in the tables, a bit each.
const KINDS: [&str; 21] = [
    "head word",
    "modifier",
    "honorific",
    "title",
    "field",
    "of",
    "speech",
    "suffix",
    "company",
    "head",
    "part",
    "quoted",
    "not",
    "calendar",
    "thing",
    "starter",
    "preposition",
    "after",
    "before",
    "club",
    "",
];

/// The bit of a kind; a kind that is no table's has the last one, which no word has.
pub(super) fn kind_bit(kind: &str) -> u32 {
    1 << KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len() - 1)
}

/// Kinds of words, by language.
#[derive(Debug, Default)]
pub(super) struct WordLists(HashMap<&'static str, KeyMap<u32>>);

impl WordLists {
    fn add(&mut self, kind: &str, language: &'static str, items: &'static str) {
        let words = self.0.entry(language).or_default();
        for item in items.split('|') {
            *words.entry(key_of(item)).or_default() |= kind_bit(kind);
        }
    }

    /// The kinds that a word is of, in the language or in all.
    pub(super) fn kinds(&self, language: &str, key: u64) -> u32 {
        let in_language = |language| self.0.get(language).and_then(|words| words.get(&key)).copied().unwrap_or(0);
        in_language(language) | in_language("*")
    }
}

/// The rows of `config/name_words.tsv`, each for one kind and one language, with their words.
static PRINTED: LazyLock<Vec<(&str, &str, Vec<&str>)>> = LazyLock::new(|| {
    let mut printed = Vec::new();
    for row in rows(NAME_WORDS) {
        for kind in row[0].split(',') {
            printed.extend(row[1].split(',').map(|language| (kind, language, row[2].split('|').collect())));
        }
    }
    printed
});

/// Words or endings of a kind that are compared as printed, of one language, or `*` where they are for all.
pub(super) fn printed(kind: &str, language: &str) -> impl Iterator<Item = &'static str> {
    PRINTED.iter().filter(move |(known, of, _)| *of == language && *known == kind).flat_map(|(_, _, words)| words).copied()
}

/// Whether a word is one of them.
pub(super) fn is_printed(kind: &str, language: &str, word: &str) -> bool {
    printed(kind, language).any(|known| known == word)
}

/// Languages that tables have rows for. A text in another is read with the rows for all languages alone.
pub(super) const LANGUAGES: [&str; 34] = [
    "en", "de", "fr", "es", "it", "pt", "ru", "uk", "be", "pl", "nl", "tr", "cs", "sv", "da", "nb", "fi", "ro", "hu", "bg", "sr", "hr", "sk", "sl", "et", "lv",
    "lt", "el", "ca", "id", "zh", "ja", "ko", "ar",
];

/// The language as the tables name it; `""` where they have none.
pub(super) fn known_language(code: &str) -> &'static str {
    LANGUAGES.iter().copied().find(|known| *known == code).unwrap_or("")
}

/// A given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// `m`, `f` or `u`.
    pub(super) gender: char,
    /// It is also a word or a place.
    pub(super) weak: bool,
}

/// A well-known person or an organisation.
#[derive(Debug)]
pub(super) struct Known {
    /// The usual name.
    pub(super) name: &'static str,
    /// Wikidata's id.
    pub(super) wikidata: Option<&'static str>,
    /// The name is also a word.
    pub(super) word: bool,
}

/// A way to find a known organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownForm {
    /// Its place in the list.
    pub(super) index: u32,
    /// It is an acronym: counts only in capitals as printed.
    pub(super) acronym: bool,
}

/// All but the gazetteer of places.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Given names by key.
    pub(super) given: KeyMap<Given>,
    /// Family names by key.
    pub(super) surnames: KeySet,
    /// Well-known people.
    pub(super) people: Vec<Known>,
    /// Full names of `people`.
    pub(super) people_names: Names<u32>,
    /// The same without the endings of cases, by language.
    pub(super) people_stems: HashMap<&'static str, Names<u32>>,
    /// Family names that stand for one of `people` alone.
    pub(super) people_surnames: KeyMap<u32>,
    /// Known organisations.
    pub(super) organisations: Vec<Known>,
    /// Names and acronyms of `organisations`.
    pub(super) organisation_names: Names<KnownForm>,
    /// Heads of roles (of one word or more) by language.
    pub(super) heads: HashMap<&'static str, Names<()>>,
    /// Words of roles, speech, organisations, places; months.
    pub(super) words: WordLists,
    /// Adjectives and peoples: whole forms, and beginnings in folded letters.
    pub(super) demonyms: HashMap<&'static str, KeyMap<&'static str>>,
    /// Folded beginnings with their country, by language, sorted.
    pub(super) demonym_stems: HashMap<&'static str, Vec<(String, &'static str)>>,
}

/// The tables, read at the first use.
pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(read)
}

fn read() -> Tables {
    let mut tables = Tables::default();
    for row in rows(GIVEN_NAMES) {
        let gender = row.get(1).and_then(|gender| gender.chars().next()).unwrap_or('u');
        let given = Given { gender, weak: row.get(2).is_some_and(|flag| *flag == "w") };
        // Forms that fold to one (José, Jose) are one name; a strong one wins.
        let entry = tables.given.entry(key_of(row[0])).or_insert(given);
        entry.weak &= given.weak;
    }
    tables.surnames.extend(rows(SURNAMES).map(|row| key_of(row[0])));
    read_people(&mut tables);
    read_organisations(&mut tables);
    for row in rows(ROLES) {
        let [language, kind, items] = row[..] else { continue };
        if kind == "head" {
            let names = tables.heads.entry(language).or_default();
            items.split('|').for_each(|item| names.add(item, ()));
        }
        // Organisations have heads of their own.
        let kind = match kind {
            "head" => "head word",
            other => other,
        };
        tables.words.add(kind, language, items);
    }
    for row in rows(SPEECH) {
        let [language, items] = row[..] else { continue };
        tables.words.add("speech", language, items);
    }
    for text in [ORGANISATION_WORDS, NOT_NAMES, PLACE_WORDS] {
        for row in rows(text) {
            let [kind, language, items] = row[..] else { continue };
            tables.words.add(kind, language, items);
        }
    }
    read_demonyms(&mut tables);
    tables
}

fn read_people(tables: &mut Tables) {
    for (index, row) in (0..).zip(rows(KNOWN_PEOPLE)) {
        tables.people.push(Known { name: row[0], wikidata: row.get(1).copied().filter(|id| !id.is_empty()), word: false });
        tables.people_names.add(row[0], index);
        let aliases = row.get(2).copied().unwrap_or("");
        aliases.split('|').filter(|alias| !alias.is_empty()).for_each(|alias| tables.people_names.add(alias, index));
        for language in ["ru", "uk", "be", "pl"] {
            let stems = tables.people_stems.entry(language).or_default();
            std::iter::once(row[0]).chain(aliases.split('|')).filter(|name| !name.is_empty()).for_each(|name| stems.add_stems(name, language, index));
        }
        let surnames = row.get(3).copied().unwrap_or("");
        for surname in surnames.split('|').filter(|surname| !surname.is_empty()) {
            tables.people_surnames.insert(key_of(surname), index);
        }
    }
}

fn read_organisations(tables: &mut Tables) {
    for (index, row) in (0..).zip(rows(ORGANISATIONS)) {
        let column = |at: usize| row.get(at).copied().unwrap_or("");
        tables.organisations.push(Known { name: row[0], wikidata: Some(column(3)).filter(|id| !id.is_empty()), word: column(4).contains('w') });
        let mut add = |name: &str, acronym| tables.organisation_names.add(name, KnownForm { index, acronym });
        add(row[0], row[0].chars().all(|c| !c.is_lowercase()));
        column(1).split('|').filter(|name| !name.is_empty()).for_each(|name| add(name, true));
        column(2).split('|').filter(|name| !name.is_empty()).for_each(|name| add(name, false));
    }
}

fn read_demonyms(tables: &mut Tables) {
    for row in rows(DEMONYMS) {
        let [country, language, items] = row[..] else { continue };
        for item in items.split('|') {
            match item.strip_suffix('*') {
                Some(stem) => {
                    tables.demonym_stems.entry(language).or_default().push((fold::name(stem), country));
                }
                None => {
                    tables.demonyms.entry(language).or_default().insert(key_of(item), country);
                }
            }
        }
    }
    tables.demonym_stems.values_mut().for_each(|stems| stems.sort());
}

impl Tables {
    /// The country of an adjective or a people, in the language or in English.
    pub(super) fn demonym(&self, word: &str, key: u64, language: &'static str) -> Option<&'static str> {
        if let Some(country) = self.demonyms.get(language).and_then(|forms| forms.get(&key)) {
            return Some(country);
        }
        let stems = self.demonym_stems.get(language)?;
        if word.len() < 4 {
            return None;
        }
        let folded = fold::name(word);
        // The stems before the word in order; a shorter one may lie further back, but shares the first letters.
        let mut at = stems.partition_point(|(stem, _)| stem.as_str() <= folded.as_str());
        while at > 0 {
            at -= 1;
            let (stem, country) = &stems[at];
            if folded.starts_with(stem.as_str()) {
                return (folded.chars().count() <= stem.chars().count() + 5).then_some(*country);
            }
            if !folded.as_bytes().get(..3).is_some_and(|first| stem.as_bytes().starts_with(first)) {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_columns() {
        let tables_with_columns: [(&str, &'static str, std::ops::RangeInclusive<usize>); 14] = [
            ("given names", GIVEN_NAMES, 2..=3),
            ("surnames", SURNAMES, 1..=1),
            ("people", KNOWN_PEOPLE, 4..=4),
            ("organisations", ORGANISATIONS, 5..=5),
            ("roles", ROLES, 3..=3),
            ("speech", SPEECH, 2..=2),
            ("organisation words", ORGANISATION_WORDS, 3..=3),
            ("not names", NOT_NAMES, 3..=3),
            ("place words", PLACE_WORDS, 3..=3),
            ("demonyms", DEMONYMS, 3..=3),
            ("languages", crate::text::tables::LANGUAGES, 3..=3),
            ("country names", crate::text::tables::COUNTRY_NAMES, 3..=3),
            ("name words", NAME_WORDS, 3..=3),
            ("case endings", crate::text::tables::CASE_ENDINGS, 3..=3),
        ];
        for (name, text, columns) in tables_with_columns {
            let mut count = 0;
            for row in rows(text) {
                assert!(columns.contains(&row.len()), "{name}: {row:?}");
                assert!(!row[0].trim().is_empty(), "{name}: {row:?}");
                count += 1;
            }
            assert!(count > 5, "{name}");
        }
    }

    #[test]
    fn every_kind_of_printed_words_has_rows() {
        let kinds = "acronym|particle|preposition|number|and|article|declined article|clause|family ending|genitive ending|adjective ending";
        let named = |kind: &str| kinds.split('|').any(|known| known == kind);
        assert!(PRINTED.iter().all(|(kind, _, words)| named(kind) && words.iter().all(|word| !word.is_empty())));
        assert!(kinds.split('|').all(|kind| PRINTED.iter().any(|row| row.0 == kind)));
    }

    #[test]
    fn wikidata_ids_look_like_ids_and_stand_once() {
        let mut seen = std::collections::BTreeSet::new();
        for known in tables().people.iter().chain(&tables().organisations) {
            if let Some(id) = known.wikidata {
                assert!(id.len() > 1 && id.starts_with('Q') && id[1..].bytes().all(|b| b.is_ascii_digit()), "{}", known.name);
                assert!(seen.insert(id), "{} has the id of another", known.name);
            }
        }
        assert!(seen.len() > 100);
    }

    #[test]
    fn names_of_many_words_are_found() {
        let mut names = Names::default();
        names.add("New York", 1);
        let hash = extend(extend(0, key_of("new")), key_of("YORK"));
        assert!(names.begins(extend(0, key_of("New"))));
        assert_eq!(names.get(hash), Some(&[1][..]));
    }

    #[test]
    fn demonyms_take_endings() {
        let country = |word: &str, language| tables().demonym(word, key_of(word), language);
        assert_eq!(country("Belarusians", "en"), Some("BY"));
        assert_eq!(country("украинского", "ru"), Some("UA"));
        assert_eq!(country("deutschen", "de"), Some("DE"));
        assert_eq!(country("table", "en"), None);
    }
}

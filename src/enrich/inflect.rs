//! Endings of cases: what a word of a text may be in the nominative, so that tables need hold that alone.
//!
//! Guesses only; a guess counts where a table has it. Never the only evidence for a name.

use std::sync::LazyLock;

use crate::text::tables::{CASE_ENDINGS, rows};

/// What comes off and what comes on.
type Ending = (&'static str, &'static str);

/// Endings by kind and language (`config/case_endings.tsv`), in the order in which they are tried.
static ENDINGS: LazyLock<Vec<(&str, &str, Vec<Ending>)>> = LazyLock::new(|| {
    let pairs = |cell: &'static str| cell.split('|').map(|ending| ending.split_once('>').unwrap_or((ending, ""))).collect();
    rows(CASE_ENDINGS).flat_map(|row| row[1].split(',').map(move |language| (row[0], language, pairs(row[2])))).collect()
});

fn endings(kind: &str, language: &str) -> &'static [Ending] {
    ENDINGS.iter().find(|row| row.1 == language && row.0 == kind).map_or(&[], |row| &row.2)
}

/// Calls `each` with what a folded word may be in the nominative, the word itself left out, until it returns true.
pub(super) fn nominatives(folded: &str, language: &str, mut each: impl FnMut(&str) -> bool) -> bool {
    let mut candidate = String::with_capacity(folded.len() + 4);
    for (off, on) in endings("nominative", language) {
        let Some(stem) = folded.strip_suffix(off) else { continue };
        let letters = stem.chars().count();
        if letters < 2 || letters + on.chars().count() < 3 || (letters == 2 && on.chars().count() < 2) {
            continue;
        }
        candidate.clear();
        candidate.push_str(stem);
        candidate.push_str(on);
        if each(&candidate) {
            return true;
        }
        // Ukrainian closes the syllable: Києва, Київ; Львова, Львів.
        if language == "uk" && on.is_empty() {
            let closed = match candidate.strip_suffix("ов") {
                Some(rest) => Some(format!("{rest}ів")),
                None => candidate.strip_suffix("єв").map(|rest| format!("{rest}їв")),
            };
            if closed.is_some_and(|closed| each(&closed)) {
                return true;
            }
        }
    }
    false
}

/// What is left of a folded word without the endings of cases: equal for the forms of one name, mostly.
pub(super) fn stem<'a>(folded: &'a str, language: &str) -> &'a str {
    for (ending, _) in endings("stem", language) {
        if let Some(rest) = folded.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            return rest;
        }
    }
    folded
}

/// A Russian or Ukrainian full name in the nominative, from its given name in the nominative (folded), its forms as printed and
/// the gender. Nothing where the forms tell no case.
pub(super) fn nominative_surname(surname: &str, given_ending: &str, gender: char) -> Option<String> {
    if surname.is_ascii() || given_ending.is_ascii() {
        return polish_surname(surname, given_ending, gender);
    }
    let swap = |off: &str, on: &str| surname.strip_suffix(off).map(|stem| format!("{stem}{on}"));
    let possessive = |stem: &str| ["ов", "ев", "ёв", "ин", "ын", "їв", "ін"].iter().any(|ending| stem.ends_with(ending));
    if gender == 'f' {
        return match given_ending {
            "ы" | "и" | "е" | "ой" | "ей" | "і" | "ї" | "ою" | "єю" => swap("ской", "ская")
                .or_else(|| swap("цкой", "цкая"))
                .or_else(|| swap("ської", "ська"))
                .or_else(|| swap("ой", "а").filter(|name| possessive(&name[..name.len() - 2]))),
            "у" | "ю" => swap("ую", "ая").or_else(|| swap("у", "а").filter(|name| possessive(&name[..name.len() - 2]))),
            _ => None,
        };
    }
    let bare = |off: &str| surname.strip_suffix(off).filter(|stem| possessive(stem) || ends_hard(stem)).map(str::to_owned);
    match given_ending {
        "а" | "я" => swap("ского", "ский").or_else(|| swap("цкого", "цкий")).or_else(|| swap("ського", "ський")).or_else(|| bare("а")),
        "у" | "ю" | "ові" => swap("скому", "ский").or_else(|| swap("цкому", "цкий")).or_else(|| swap("ському", "ський")).or_else(|| bare("у")),
        "ом" | "ем" | "єм" => swap("ским", "ский")
            .or_else(|| swap("цким", "цкий"))
            .or_else(|| swap("ським", "ський"))
            .or_else(|| surname.strip_suffix("ым").or_else(|| surname.strip_suffix("им")).filter(|stem| possessive(stem)).map(str::to_owned))
            .or_else(|| bare("ом")),
        "е" | "і" => swap("ском", "ский").or_else(|| swap("ському", "ський")).or_else(|| bare("е")),
        _ => None,
    }
}

/// "Olafa Scholza" → "Scholz"; women's family names stay, but for -ska.
fn polish_surname(surname: &str, given_ending: &str, gender: char) -> Option<String> {
    let swap = |off: &str, on: &str| surname.strip_suffix(off).map(|stem| format!("{stem}{on}"));
    if gender == 'f' {
        return swap("skiej", "ska").or_else(|| swap("ckiej", "cka"));
    }
    match given_ending {
        "a" => swap("skiego", "ski").or_else(|| swap("ckiego", "cki")).or_else(|| swap("a", "")),
        "owi" => swap("skiemu", "ski").or_else(|| swap("ckiemu", "cki")).or_else(|| swap("owi", "")),
        "em" | "iem" => swap("skim", "ski").or_else(|| swap("ckim", "cki")).or_else(|| swap("iem", "")).or_else(|| swap("em", "")),
        _ => None,
    }
}

fn ends_hard(stem: &str) -> bool {
    stem.chars().next_back().is_some_and(|c| !"аеёиоуыэюяіїєйь".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_be(word: &str, language: &str, nominative: &str) -> bool {
        nominatives(word, language, |candidate| candidate == nominative)
    }

    #[test]
    fn cases_of_places() {
        assert!(may_be("москве", "ru", "москва"));
        assert!(may_be("россией", "ru", "россия"));
        assert!(may_be("минску", "ru", "минск"));
        assert!(may_be("києві", "uk", "київ"));
        assert!(may_be("україни", "uk", "україна"));
        assert!(may_be("warszawie", "pl", "warszawa"));
        assert!(may_be("rosji", "pl", "rosja"));
        assert!(may_be("deutschlands", "de", "deutschland"));
        assert!(!may_be("paris", "fr", "pari"));
    }

    #[test]
    fn forms_of_a_name_have_one_stem() {
        for form in ["путин", "путина", "путину", "путиным", "путине"] {
            assert_eq!(stem(form, "ru"), "путин", "{form}");
        }
        assert_eq!(stem("зеленского", "ru"), stem("зеленский", "ru"));
        assert_eq!(stem("tuskiem", "pl"), stem("tusk", "pl"));
    }

    #[test]
    fn polish_family_names_return_to_the_nominative() {
        assert_eq!(nominative_surname("Scholza", "a", 'm').as_deref(), Some("Scholz"));
        assert_eq!(nominative_surname("Kowalskiego", "a", 'm').as_deref(), Some("Kowalski"));
        assert_eq!(nominative_surname("Merkel", "i", 'f'), None);
    }

    #[test]
    fn family_names_return_to_the_nominative() {
        assert_eq!(nominative_surname("Лавровым", "ем", 'm').as_deref(), Some("Лавров"));
        assert_eq!(nominative_surname("Зеленского", "а", 'm').as_deref(), Some("Зеленский"));
        assert_eq!(nominative_surname("Захаровой", "и", 'f').as_deref(), Some("Захарова"));
        assert_eq!(nominative_surname("Лукашенко", "а", 'm'), None);
    }
}

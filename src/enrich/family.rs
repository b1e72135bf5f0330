//! People by family name alone: those whose full name the text gives, the well-known, those that a title makes known.
//!
//! Finds stretches of words beside the full names of `people`. Never a name that a neighbouring capital may belong to.

use std::collections::BTreeSet;

use super::document::Document;
use super::people::{PersonSpan, has_family_ending, may_be_name};
use super::roles;
use super::tables::{KeyMap, KeySet, is_printed, printed};
use super::token::Gap;
use crate::text::fold;

/// The key by which a family name is met again, its case taken off.
pub(super) fn family_key(document: &Document<'_>, at: usize) -> u64 {
    let folded = fold::name(document.word(at));
    super::token::key_of(super::inflect::stem(&folded, document.language))
}

/// The word by which a person is called again: the last, without number and Jr.
pub(super) fn family_at(document: &Document<'_>, span: &PersonSpan) -> usize {
    let mut at = span.to - 1;
    while at > span.from && (is_printed("number", "*", document.word(at)) || matches!(document.word(at), "Jr" | "Sr")) {
        at -= 1;
    }
    at
}

/// Family names alone of people whose full name the text gives, and of the well-known who need no full name.
pub(super) fn family_names(document: &Document<'_>, full: &[PersonSpan], covered: &[bool]) -> Vec<PersonSpan> {
    let mut keys: KeyMap<Option<u32>> = KeyMap::default();
    for span in full {
        let family = family_at(document, span);
        let number = span.to - span.from > 1 && family + 1 < span.to;
        if !number || family > span.from {
            keys.entry(family_key(document, family)).or_insert(span.known);
        }
    }
    let mut out = Vec::new();
    for at in 0..document.len() {
        if covered[at] || !may_be_name(document, at, covered) || neighbours_name(document, at, covered) {
            continue;
        }
        let known_alone = document.tables.people_surnames.get(&document.token(at).key).copied();
        let known = match keys.get(&family_key(document, at)) {
            // A word that the text also has in lower case may begin a sentence.
            Some(known) if !(document.is_starter(at) || document.token(at).first && document.is_common(at)) => *known,
            _ => match known_alone.filter(|_| document.place_at[at].is_none() && !document.is_common(at)) {
                Some(known) => Some(known),
                None => continue,
            },
        };
        // "Lopez-Galvan" is one family name.
        let mut from = at;
        while from > 0 && document.token(from).gap == Gap::Hyphen && document.token(from - 1).cap && !covered[from - 1] {
            from -= 1;
        }
        out.push(PersonSpan { from, to: at + 1, full: false, known, role: None });
    }
    out
}

/// Whether a single name is part of a longer unknown one.
fn neighbours_name(document: &Document<'_>, at: usize, covered: &[bool]) -> bool {
    let after = at + 1 < document.len() && document.tokens.joins(at + 1) && may_be_name(document, at + 1, covered) && document.language != "de";
    let thing_after = at + 1 < document.len() && document.tokens.joins(at + 1) && document.token(at + 1).cap && document.is("thing", at + 1);
    let before = at > 0 && document.tokens.joins(at) && document.given(at - 1).is_some_and(|given| !given.weak) && document.head_before(at).is_none();
    let hyphened = at + 1 < document.len() && document.token(at + 1).gap == Gap::Hyphen && document.token(at + 1).cap;
    before || thing_after || (after && document.head_at(at + 1).is_none()) || hyphened
}

/// "Mr Brown", "President Tokayev": one name after a title.
pub(super) fn titled_names(document: &Document<'_>, covered: &[bool]) -> Vec<PersonSpan> {
    let mut out = Vec::new();
    for at in 1..document.len() {
        if covered[at]
            || !may_be_name(document, at, covered)
            || !matches!(document.token(at).gap, Gap::Space | Gap::Stop)
            || document.place_at[at].is_some()
            || document.demonym_at[at].is_some()
            || document.is_common(at)
            || document.is("thing", at)
            || document.is("starter", at)
            || document.head_at(at).is_some()
            || document.word(at).chars().count() < 3
            || neighbours_after(document, at, covered)
        {
            continue;
        }
        let honoured = document.is("honorific", at - 1) && !covered[at - 1] && (document.token(at - 1).cap || document.language != "en");
        let family = document.tables.surnames.contains(&document.token(at).key) || has_family_ending(document, at);
        let titled = roles::before(document, at, covered).is_some_and(|role| {
            let next_to_head = document.head_before(at).is_some();
            next_to_head && (role.titled && is_title(document, at - 1) || family)
        });
        // "судья Суворовского районного суда": an adjective, no name.
        if is_adjective(document, at) {
            continue;
        }
        // German: "Herr Müller" and "Frau Merkel", but "Frau Doktor".
        if honoured && (document.language != "de" || family) || titled {
            out.push(PersonSpan { from: at, to: at + 1, full: false, known: None, role: None });
        }
    }
    out
}

fn is_adjective(document: &Document<'_>, at: usize) -> bool {
    printed("adjective ending", document.language).any(|ending| document.word(at).ends_with(ending))
}

fn neighbours_after(document: &Document<'_>, at: usize, covered: &[bool]) -> bool {
    at + 1 < document.len() && document.tokens.joins(at + 1) && may_be_name(document, at + 1, covered) && document.language != "de"
}

/// A head that is put before a name as a title: in English not every head is ("private", "owner").
fn is_title(document: &Document<'_>, at: usize) -> bool {
    match document.language {
        "en" => document.is("title", at),
        language => matches!(language, "fr" | "es" | "it" | "pt" | "nl"),
    }
}

/// Later mentions of names that only a title made known.
pub(super) fn repeats(document: &Document<'_>, titled: &[PersonSpan], covered: &[bool]) -> Vec<PersonSpan> {
    let keys: KeySet = titled.iter().map(|span| family_key(document, span.from)).collect();
    let starts: BTreeSet<usize> = titled.iter().map(|span| span.from).collect();
    (0..document.len())
        .filter(|at| !covered[*at] && !starts.contains(at) && may_be_name(document, *at, covered))
        .filter(|at| !neighbours_name(document, *at, covered) && !document.is_common(*at))
        .filter(|at| keys.contains(&family_key(document, *at)))
        .map(|at| PersonSpan { from: at, to: at + 1, full: false, known: None, role: None })
        .collect()
}

//! Organisations: those of the table, names built with words that only organisations have ("Ministry of …", "… Council",
//! "… GmbH"), names followed by their acronym in brackets, acronyms that speak, agencies that the article credits.
//!
//! Finds stretches of words; which of them are one organisation is told in `entities`.

use super::document::Document;
use super::tables::{KnownForm, is_printed, printed};
use super::token::Gap;
use crate::text::fold;

/// A stretch of words that names an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OrganisationSpan {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The place in the table of known organisations.
    pub(super) known: Option<u32>,
    /// The word of its acronym, where the text defines one.
    pub(super) acronym: Option<usize>,
}

/// The names of organisations in a text, in order, without overlap. `credited` are agencies' and the publisher's names.
pub(super) fn find(document: &Document<'_>, credited: &[&str]) -> Vec<OrganisationSpan> {
    let mut out: Vec<OrganisationSpan> = Vec::new();
    let mut taken = vec![false; document.len()];
    let credited: Vec<u64> = credited.iter().map(|name| name_hash(name)).collect();
    for finder in [by_definition, by_shape, by_table, by_speech] {
        let mut at = 0;
        while at < document.len() {
            let found = finder(document, at).filter(|span| !taken[span.from..span.to].contains(&true));
            match found {
                Some(span) => {
                    taken[span.from..span.to].fill(true);
                    at = span.to.max(at + 1);
                    out.push(span);
                }
                None => at += 1,
            }
        }
    }
    for at in 0..document.len() {
        if let Some(span) = by_credit(document, at, &credited).filter(|span| !taken[span.from..span.to].contains(&true)) {
            taken[span.from..span.to].fill(true);
            out.push(span);
        }
    }
    out.sort_by_key(|span| span.from);
    out
}

fn name_hash(name: &str) -> u64 {
    super::token::Tokens::of(name, "").list.iter().fold(0, |before, token| super::tables::extend(before, token.key))
}

/// "Long Name (ABC)": the long name.
fn by_definition(document: &Document<'_>, at: usize) -> Option<OrganisationSpan> {
    let token = document.token(at);
    let word = document.word(at);
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if token.gap != Gap::Open || capitals < 2 || token.digit || word.chars().count() > 8 || is_printed("acronym", "*", word) {
        return None;
    }
    if at + 1 < document.len() && !matches!(document.token(at + 1).gap, Gap::Close | Gap::Sentence | Gap::Paragraph | Gap::Comma | Gap::Other) {
        return None;
    }
    let from = spelled_from(document, word, at)?;
    let known = known_at(document, from).filter(|(to, _)| *to == at).map(|(_, form)| form.index);
    let says_so = known.is_some() || (from..at).any(|word| is_organisation_word(document, word));
    // Methods and measures have acronyms too.
    says_so.then_some(OrganisationSpan { from, to: at, known, acronym: Some(at) })
}

/// Walks back from an acronym through words that its letters begin.
fn spelled_from(document: &Document<'_>, acronym: &str, at: usize) -> Option<usize> {
    let letters: Vec<char> = acronym.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    let mut left = letters.len();
    let mut word = at;
    while left > 0 && word > 0 && at - word < 12 {
        // A bracket or a comma may stand before the acronym only.
        if word < at && !matches!(document.token(word).gap, Gap::Space | Gap::Hyphen | Gap::And | Gap::Stop) {
            return None;
        }
        word -= 1;
        let first = document.word(word).chars().flat_map(char::to_lowercase).next()?;
        if fold::name(&first.to_string()).starts_with(letters[left - 1]) || first == letters[left - 1] {
            left -= 1;
        } else if document.token(word).cap || document.word(word).chars().count() > 5 {
            return None;
        }
    }
    (left == 0 && at - word >= 2 && document.token(word).cap && !document.is("calendar", word)).then_some(word)
}

fn is_organisation_word(document: &Document<'_>, at: usize) -> bool {
    ["suffix", "head", "company"].into_iter().any(|kind| document.is(kind, at) || document.is_english(kind, at))
}

/// Known names and acronyms.
fn by_table(document: &Document<'_>, at: usize) -> Option<OrganisationSpan> {
    let (to, form) = known_at(document, at)?;
    let token = document.token(at);
    let entry = &document.tables.organisations[form.index as usize];
    let single = to == at + 1;
    if single && !form.acronym {
        // The acronym of one thing may be the word of another: "who", "Fed up".
        if document.is_common(at) && (token.first || entry.word) {
            return None;
        }
        if document.is_starter(at) {
            return None;
        }
        // "Kremlin Palace", "Apple Store": a thing named after it.
        if to < document.len() && document.tokens.joins(to) && document.token(to).cap && document.is("thing", to) && document.head_at(to).is_none() {
            return None;
        }
        if entry.word && (token.first || part_of_name(document, at, to)) {
            return None;
        }
        if part_of_name(document, at, to) && document.given(at - usize::from(at > 0)).is_some() {
            return None;
        }
    }
    Some(OrganisationSpan { from: at, to, known: Some(form.index), acronym: None })
}

/// A capitalized neighbour makes a word that is also a name suspect.
fn part_of_name(document: &Document<'_>, from: usize, to: usize) -> bool {
    let before = from > 0 && document.tokens.joins(from) && document.token(from - 1).cap && !document.token(from - 1).first;
    let after = to < document.len() && document.tokens.joins(to) && document.token(to).cap && document.head_at(to).is_none();
    before || after
}

/// The longest known organisation that begins at a word: one past its end.
fn known_at(document: &Document<'_>, at: usize) -> Option<(usize, KnownForm)> {
    let names = &document.tables.organisation_names;
    let first = document.token(at);
    if !first.cap && document.word(at) != "dpa" && document.word(at) != "al" {
        return None;
    }
    let mut before = 0;
    let mut best = None;
    for to in at + 1..=(at + 10).min(document.len()) {
        let last = document.token(to - 1);
        if to > at + 1 && !matches!(last.gap, Gap::Space | Gap::Hyphen | Gap::None | Gap::Stop | Gap::And | Gap::Other) {
            break;
        }
        let hash = super::tables::extend(before, last.key);
        if let Some(forms) = names.get(hash) {
            let printed_as_acronym = to > at + 1 || document.word(at).chars().filter(|c| c.is_uppercase()).count() >= 2 || document.word(at) == "dpa";
            let fits = |form: &&KnownForm| if form.acronym { printed_as_acronym && !first.shouted } else { last.cap || to > at + 1 };
            // A full name counts before an acronym that folds to the same.
            if let Some(form) = forms.iter().filter(fits).min_by_key(|form| (form.acronym, form.index)) {
                best = Some((to, *form));
            }
        }
        if !names.begins(hash) {
            break;
        }
        before = hash;
    }
    best
}

/// Names that are built like an organisation's.
fn by_shape(document: &Document<'_>, at: usize) -> Option<OrganisationSpan> {
    if document.language != "en"
        && !document.language.is_empty()
        && document.word(at).is_ascii()
        && let Some((from, to)) = english_shape(document, at).filter(|(from, to)| is_of_name(document, *from, *to))
    {
        return Some(span_of(document, from, to));
    }
    let to = match document.language {
        "en" => english_shape(document, at),
        "" => None,
        "ru" | "uk" | "be" => quoted_name(document, at).or_else(|| complement(document, at)),
        _ => complement(document, at),
    };
    let to = to.filter(|(from, to)| !(*from..*to).any(|word| document.is("not", word)));
    let (from, to) = match to {
        Some(found) => found,
        None => (at, company(document, at)?),
    };
    Some(span_of(document, from, to))
}

fn span_of(document: &Document<'_>, from: usize, to: usize) -> OrganisationSpan {
    let known = known_at(document, from).filter(|(end, _)| *end == to).map(|(_, form)| form.index);
    OrganisationSpan { from, to, known, acronym: None }
}

/// "University of Chicago" in a text of another language.
fn is_of_name(document: &Document<'_>, from: usize, to: usize) -> bool {
    (from..to).any(|at| document.word(at) == "of")
}

/// A capitalized word that may stand within an organisation's name.
fn may_be_part(document: &Document<'_>, at: usize) -> bool {
    let token = document.token(at);
    token.cap && !token.shouted && !document.is("calendar", at) && !document.is("honorific", at)
}

/// "Acme Widgets Ltd": capitals up to a legal form.
fn company(document: &Document<'_>, at: usize) -> Option<usize> {
    if !may_be_part(document, at) || document.is_starter(at) || document.is("company", at) || begins_within(document, at) {
        return None;
    }
    let mut to = at + 1;
    while to < document.len() && to - at < 7 {
        let gap = document.token(to).gap;
        let legal = is_legal_form(document, to);
        if legal && matches!(gap, Gap::Space | Gap::Comma) && !document.token(to - 1).possessive {
            return Some(to + 1);
        }
        if !matches!(gap, Gap::Space | Gap::Hyphen | Gap::And) || !may_be_part(document, to) || document.token(to - 1).possessive {
            return None;
        }
        to += 1;
    }
    None
}

/// A legal form as printed: `AG`, not `ag`; `SE` only after a German or Nordic name is left to chance.
fn is_legal_form(document: &Document<'_>, at: usize) -> bool {
    document.is("company", at) && (document.token(at).cap || document.word(at) == "plc")
}

/// Whether the word goes on a run of capitals that began before it.
fn begins_within(document: &Document<'_>, at: usize) -> bool {
    at > 0 && document.tokens.joins(at) && may_be_part(document, at - 1) && !document.is_starter(at - 1) && document.head_at(at - 1).is_none()
}

/// "Ministry of Health", "University of Upper Austria".
fn english_shape(document: &Document<'_>, at: usize) -> Option<(usize, usize)> {
    if !may_be_part(document, at) || document.is_starter(at) || begins_within(document, at) || document.token(at).possessive {
        return None;
    }
    // The run of capitals.
    let mut end = at + 1;
    while end < document.len() && end - at < 8 && (document.tokens.joins(end) || document.token(end).gap == Gap::And) && may_be_part(document, end) {
        end += 1;
    }
    // Up to its last word of organisations.
    let last = (at..end).rev().find(|word| document.is_english("suffix", *word) || document.is_english("head", *word))?;
    let to = last + 1;
    if document.is_english("head", last)
        && let Some(to) = english_complement(document, to)
    {
        return Some((at, to));
    }
    let is_suffix = document.is_english("suffix", last) && !(document.token(last).upper && document.word(last).len() > 4);
    // "Under Cabinet Lighting Systems", "Dallas Independent School District": the name goes on and is another thing's.
    let goes_on = to < end && document.head_at(to).is_none() && document.place_at[to].is_none() && document.given(to).is_none();
    let carries = |word: usize| !document.is("starter", word) && document.head_at(word).is_none();
    let enough = last > at && (at..last).any(carries) && !((at..last).all(|word| document.given(word).is_some()));
    (is_suffix && enough && !goes_on && to - at <= 7).then_some((at, to))
}

/// "of Health and Human Services" after a head: one past its end.
fn english_complement(document: &Document<'_>, from: usize) -> Option<usize> {
    let is_word = |at: usize, words: &[&str]| at < document.len() && document.token(at).gap == Gap::Space && words.contains(&document.word(at));
    if !is_word(from, &["of", "for"]) {
        return None;
    }
    let mut to = from + 1;
    if is_word(to, &["the"]) {
        to += 1;
    }
    let first = to;
    let mut end = None;
    while to < document.len() && to - first < 8 && matches!(document.token(to).gap, Gap::Space | Gap::Hyphen) {
        if may_be_part(document, to) && !document.token(to - 1).possessive {
            let another =
                document.head_at(to).is_some() && end == Some(to) || document.word(to - 1) == "and" && document.given(to).is_some_and(|given| !given.weak);
            if to > first && another {
                break;
            }
            end = Some(to + 1);
        } else if is_word(to, &["and"]) && begins_organisation(document, to + 1) || !(is_word(to, &["and", "of", "for", "the"]) && to > first) {
            break;
        }
        to += 1;
    }
    end
}

/// Whether a run of capitals has an organisation's word or a legal form: it is another organisation then.
fn begins_organisation(document: &Document<'_>, from: usize) -> bool {
    (from..(from + 6).min(document.len()))
        .take_while(|at| document.token(*at).cap && (*at == from || document.tokens.joins(*at)))
        .any(|at| is_organisation_word(document, at))
}

/// "Министерство обороны", "Universidad de Sevilla", "Institut für Weltwirtschaft": a head with a capital and what it rules.
fn complement(document: &Document<'_>, at: usize) -> Option<(usize, usize)> {
    let head = document.token(at);
    if !head.cap || head.shouted || !document.is("head", at) || (at + 1 < document.len() && document.token(at + 1).gap == Gap::Hyphen) {
        return None;
    }
    let slavic = matches!(document.language, "ru" | "uk" | "be" | "pl");
    let mut to = at + 1;
    let mut end = None;
    while to < document.len() && to - at <= 7 && matches!(document.token(to).gap, Gap::Space | Gap::Hyphen) && !document.token(to - 1).possessive {
        let token = document.token(to);
        if token.cap && !token.digit && !document.is("calendar", to) {
            // German: a noun that no article or preposition binds belongs to the sentence, if it is no place.
            if document.given(to).is_some_and(|given| !given.weak) && document.place_at[to].is_none() && !document.is("part", to - 1) {
                break;
            }
            let bound = document.language != "de"
                || document.place_at[to].is_some()
                || document.is("part", to - 1)
                || document.is("part", to - 2) && !document.token(to - 1).cap;
            if !bound {
                break;
            }
            end = Some(to + 1);
        } else if slavic && looks_genitive(document.word(to)) && !document.is("speech", to) && to - at <= 4 {
            end = Some(to + 1);
        } else if !document.is("part", to) {
            break;
        }
        to += 1;
    }
    let to = end?;
    // A head that begins a sentence may be just a noun: it needs a capital after it.
    let capital_after = (at + 1..to).any(|word| document.token(word).cap);
    (capital_after || (slavic && !head.first)).then_some((at, to))
}

/// Endings of the Slavic genitive, roughly.
pub(super) fn looks_genitive(word: &str) -> bool {
    word.chars().count() >= 4 && printed("genitive ending", "*").any(|ending| word.ends_with(ending))
}

/// компания «Название»: the words in quotation marks.
fn quoted_name(document: &Document<'_>, at: usize) -> Option<(usize, usize)> {
    if at == 0 || document.token(at).gap != Gap::OpenQuote || !document.token(at).cap || !document.is("quoted", at - 1) {
        return None;
    }
    let to = (at + 1..(at + 6).min(document.len())).find(|to| !matches!(document.token(*to).gap, Gap::Space | Gap::Hyphen)).unwrap_or(document.len());
    let closed = to == document.len() || matches!(document.token(to).gap, Gap::CloseQuote | Gap::Sentence | Gap::Paragraph | Gap::Comma);
    closed.then_some((at, to))
}

/// An unknown acronym that speaks or has a spokesman: "the GMB said".
fn by_speech(document: &Document<'_>, at: usize) -> Option<OrganisationSpan> {
    let token = document.token(at);
    let word = document.word(at);
    let length = word.chars().count();
    if !token.upper || token.shouted || token.digit || !(3..=6).contains(&length) || is_printed("acronym", "*", word) || document.place_at[at].is_some() {
        return None;
    }
    if at > 0 && document.tokens.joins(at) && document.token(at - 1).cap && !document.token(at - 1).first {
        return None;
    }
    let next = at + 1;
    let speaks = next < document.len() && document.token(next).gap == Gap::Space && document.is("speech", next);
    let has_speaker = next < document.len()
        && document.token(next).gap == Gap::Space
        && document.head_at(next).is_some_and(|length| next + length < document.len() && document.given(next + length).is_some());
    (speaks || has_speaker).then_some(OrganisationSpan { from: at, to: next, known: None, acronym: None })
}

/// A credited agency or the publisher.
fn by_credit(document: &Document<'_>, at: usize, credited: &[u64]) -> Option<OrganisationSpan> {
    if !document.token(at).cap || document.is_common(at) {
        return None;
    }
    let mut hash = 0;
    for to in at + 1..=(at + 4).min(document.len()) {
        if to > at + 1 && !document.tokens.joins(to - 1) {
            return None;
        }
        hash = super::tables::extend(hash, document.token(to - 1).key);
        if credited.contains(&hash) {
            return Some(OrganisationSpan { from: at, to, known: None, acronym: None });
        }
    }
    None
}

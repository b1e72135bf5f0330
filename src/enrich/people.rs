//! People: full names told by given names, titles, roles and verbs of speech beside them; then the same people by family name
//! alone.
//!
//! Finds stretches of words; which of them are one person is told in `entities`. Prefers silence to a wrong name.

use super::document::Document;
use super::family::{family_key, family_names, repeats, titled_names};
use super::roles::{self, Role};
use super::tables::{Names, is_printed, printed};
use super::token::Gap;
use crate::text::fold;
use crate::text::script::is_word_of_names;

/// A stretch of words that names a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PersonSpan {
    pub(super) from: usize,
    pub(super) to: usize,
    /// It has a given name and a family name.
    pub(super) full: bool,
    /// The place in the table of well-known people.
    pub(super) known: Option<u32>,
    /// The role beside it.
    pub(super) role: Option<Role>,
}

/// The people of a text, in order, without overlap. `taken` marks words of organisations.
pub(super) fn find(document: &Document<'_>, taken: &[bool]) -> Vec<PersonSpan> {
    let mut out: Vec<PersonSpan> = Vec::new();
    let mut at = 0;
    while at < document.len() {
        match full_name(document, at, taken) {
            Some(span) => {
                at = span.to;
                out.push(span);
            }
            None => at += 1,
        }
    }
    let mut covered = taken.to_vec();
    out.iter().for_each(|span| covered[span.from..span.to].fill(true));
    let mut single = family_names(document, &out, &covered);
    single.iter().for_each(|span| covered[span.from..span.to].fill(true));
    let titled = titled_names(document, &covered);
    // A name that a title makes known is known without it too.
    let again = repeats(document, &titled, &covered);
    single.extend(titled);
    single.extend(again);
    out.extend(single);
    out.sort_by_key(|span| span.from);
    attach_roles(document, &mut out, taken);
    out
}

/// Whether a word can be part of a person's name at all.
pub(super) fn may_be_name(document: &Document<'_>, at: usize, taken: &[bool]) -> bool {
    let token = document.token(at);
    // A name in Latin letters amid Cyrillic is a band's or a brand's.
    let foreign = matches!(document.language, "ru" | "uk" | "be") && document.word(at).starts_with(|c: char| c.is_ascii());
    token.cap
        && !foreign
        && !token.digit
        && !token.shouted
        && !taken[at]
        && !document.word(at).starts_with(is_word_of_names)
        && (!token.upper || document.word(at).contains('.') || is_printed("number", "*", document.word(at)))
        && !document.is("calendar", at)
}

/// A known person's full name that begins here, in any case of the language: one past its end.
fn known_name(document: &Document<'_>, at: usize) -> Option<(usize, u32)> {
    known_in(document, at, &document.tables.people_names, |at| document.token(at).key).or_else(|| {
        let stems = document.tables.people_stems.get(document.language)?;
        known_in(document, at, stems, |at| family_key(document, at))
    })
}

fn known_in(document: &Document<'_>, at: usize, names: &Names<u32>, key: impl Fn(usize) -> u64) -> Option<(usize, u32)> {
    if !document.token(at).cap {
        return None;
    }
    let mut before = 0;
    let mut best = None;
    for to in at + 1..=(at + 6).min(document.len()) {
        if to > at + 1 && !matches!(document.token(to - 1).gap, Gap::Space | Gap::Hyphen | Gap::Stop | Gap::None) {
            break;
        }
        let hash = super::tables::extend(before, key(to - 1));
        if let Some(found) = names.get(hash) {
            best = Some((to, found[0]));
        }
        if !names.begins(hash) {
            break;
        }
        before = hash;
    }
    best
}

/// The run of words from a first name: initials, particles and a number of a king included. One past its end.
fn run_end(document: &Document<'_>, from: usize, taken: &[bool]) -> usize {
    let mut to = from + 1;
    let mut capitals = 1;
    while to < document.len() && capitals < 5 {
        let gap = document.token(to).gap;
        let after_initial = document.token(to - 1).initial || document.word(to - 1).contains('.');
        let joined = match gap {
            Gap::Space | Gap::Hyphen => !document.token(to - 1).possessive,
            Gap::Stop => after_initial,
            _ => false,
        };
        if !joined {
            break;
        }
        if may_be_name(document, to, taken) {
            if document.is("thing", to) && document.given(to).is_none()
                || document.head_at(to).is_some()
                    && document.given(to).is_none_or(|given| given.weak)
                    && !document.tables.surnames.contains(&document.token(to).key)
            {
                break;
            }
            capitals += 1;
            to += 1;
            continue;
        }
        // Particles count only before another capital.
        let mut ahead = to;
        while ahead < document.len()
            && ahead - to < 3
            && is_printed("particle", "*", document.word(ahead))
            && (ahead == to || matches!(document.token(ahead).gap, Gap::Space | Gap::Hyphen))
        {
            ahead += 1;
        }
        let goes_on = ahead > to
            && ahead < document.len()
            && matches!(document.token(ahead).gap, Gap::Space | Gap::Hyphen)
            && may_be_name(document, ahead, taken)
            && !document.is("thing", ahead)
            && !followed_by_place(document, to, ahead);
        if !goes_on {
            break;
        }
        capitals += 1;
        to = ahead + 1;
    }
    to
}

/// "Angela de Hamburgo": a single particle of Romance languages before a place is a preposition.
fn followed_by_place(document: &Document<'_>, particle: usize, place: usize) -> bool {
    is_printed("preposition", "*", document.word(particle)) && document.place_at[place].is_some()
}

fn full_name(document: &Document<'_>, at: usize, taken: &[bool]) -> Option<PersonSpan> {
    if taken[at] {
        return None;
    }
    if let Some((to, known)) = known_name(document, at) {
        return Some(PersonSpan { from: at, to, full: true, known: Some(known), role: None });
    }
    if !may_be_name(document, at, taken) || continues_name(document, at, taken) {
        return None;
    }
    let given = document.given(at);
    let is_head = document.head_at(at).is_some();
    if is_head && given.is_none_or(|given| given.weak || document.is_common(at))
        || document.is("honorific", at)
        || (document.is_starter(at) && given.is_none())
        || document.is("thing", at) && given.is_none()
        || document.demonym_at[at].is_some()
    {
        return None;
    }
    // "Florida Abby Dunn": the place stands before the name.
    if document.place_at[at].is_some()
        && at + 1 < document.len()
        && document.tokens.joins(at + 1)
        && document.given(at + 1).is_some_and(|given| !given.weak)
        && given.is_none_or(|given| given.weak)
    {
        return None;
    }
    let to = run_end(document, at, taken);
    let last = to - 1;
    // German joins nouns by hyphens: "Maya-Städte". Of double given names both are given names.
    let compound = document.token(at + 1 - usize::from(to == at + 1)).gap == Gap::Hyphen && to > at + 1 && document.given(at + 1).is_none();
    if is_title_of_work(document, at, to) || compound {
        return None;
    }
    let words = (at..to).filter(|word| document.token(*word).cap && !document.token(*word).initial).count();
    if to - at < 2 || words < if document.token(at).initial { 1 } else { 2 } || document.token(last).initial {
        return None;
    }
    // The name of a thing goes on: "Nobel Prize", "Kennedy Center".
    if to < document.len() && document.tokens.joins(to) && document.token(to).cap && document.is("thing", to) && document.head_at(to).is_none() {
        return None;
    }
    let place_words = (at..to).filter(|word| document.place_at[*word].is_some()).count();
    let nameless = given.is_none() && !is_inflected_given(document, at);
    if place_words == to - at || (place_words > 0 && (nameless || spans_place(document, at, to))) {
        return None;
    }
    let accepted = enough_evidence(document, at, to, taken);
    accepted.then_some(PersonSpan { from: at, to, full: true, known: None, role: None })
}

/// Whether the word goes on a run of capitals that is no title.
fn continues_name(document: &Document<'_>, at: usize, taken: &[bool]) -> bool {
    if at == 0 || !matches!(document.token(at).gap, Gap::Space | Gap::Hyphen) || document.token(at - 1).possessive {
        return false;
    }
    let before = at - 1;
    let plain = may_be_name(document, before, taken)
        && !document.is_starter(before)
        && document.demonym_at[before].is_none()
        && document.place_at[before].is_none()
        && document.head_before(at).is_none()
        && !document.is("modifier", before)
        && !document.is("honorific", before);
    // German nouns have capitals too; a given name begins a name wherever it stands.
    plain
        && (document.token(at).gap == Gap::Hyphen
            || !document.token(before).first && document.given(at).is_none_or(|given| given.weak) && document.language != "de")
}

/// A place of several words lies in the run, or the run begins with a place after a preposition.
fn spans_place(document: &Document<'_>, from: usize, to: usize) -> bool {
    let long = (from..to).any(|at| {
        document.place_at[at].is_some_and(|index| {
            let place = &document.places[index as usize];
            place.to - place.from > 1
        })
    });
    let begins = document.place_at[from].is_some() && from > 0 && document.is("preposition", from - 1);
    long || begins
}

/// The whole of what stands in quotation marks is rather a film or a book.
fn is_title_of_work(document: &Document<'_>, from: usize, to: usize) -> bool {
    document.token(from).gap == Gap::OpenQuote && to < document.len() && document.token(to).gap == Gap::CloseQuote
}

/// Adds up what speaks for a person and against; 3 is enough, which a plain given name alone reaches.
fn enough_evidence(document: &Document<'_>, from: usize, to: usize, taken: &[bool]) -> bool {
    let family = document.tables.surnames.contains(&document.token(to - 1).key) || has_family_ending(document, to - 1);
    let honoured = from > 0 && document.is("honorific", from - 1) && matches!(document.token(from).gap, Gap::Space | Gap::Stop);
    let has_role = document.head_before(from).is_some() && roles::before(document, from, taken).is_some();
    let mut score = name_points(document, from, to) + doubts(document, from, to, family);
    score += i32::from(family) + if honoured { 3 } else { 0 } + if has_role { 2 } else { 0 };
    score += i32::from(speaks(document, from, to)) + if has_age(document, to) { 2 } else { 0 };
    // Nouns of German have capitals: a role before two of them proves nothing.
    if document.language == "de" && document.given(from).is_none() && !honoured {
        score -= 1;
    }
    score >= 3
}

/// What the words themselves say for a person.
fn name_points(document: &Document<'_>, from: usize, to: usize) -> i32 {
    let first = match document.given(from) {
        Some(given) if !given.weak && !document.is_common(from) => 3,
        Some(_) => 2,
        None if document.token(from).initial || document.word(from).contains('.') => 2,
        None if is_inflected_given(document, from) => 3,
        None => 0,
    };
    // A middle name or an initial within.
    let middle = (from + 1..to - 1).any(|at| document.given(at).is_some() || document.token(at).initial);
    first + i32::from(middle)
}

/// What speaks against a person, as a negative number.
fn doubts(document: &Document<'_>, from: usize, to: usize, family: bool) -> i32 {
    let last = to - 1;
    let ordinary = document.is_common(last) || document.is("starter", last) || document.is("thing", last);
    let thing = (from..to).any(|at| document.is("thing", at) && document.given(at).is_none());
    let people =
        (from..to).any(|at| document.demonym_at[at].is_some() && document.given(at).is_none() && !document.tables.surnames.contains(&document.token(at).key));
    let starter = document.token(from).first && document.is("starter", from);
    let doubt = |is: bool, points: i32| if is { -points } else { 0 };
    doubt(ordinary && !family, 2) + doubt(thing, 2) + doubt(people, 2) + doubt(starter, 1)
}

/// Whether a word is a given name in a case of its language.
fn is_inflected_given(document: &Document<'_>, at: usize) -> bool {
    if document.given(at).is_some() || !matches!(document.language, "ru" | "uk" | "be" | "pl") {
        return false;
    }
    let folded = fold::name(document.word(at));
    super::inflect::nominatives(&folded, document.language, |candidate| document.tables.given.contains_key(&super::token::key_of(candidate)))
}

/// Endings that family names have and few other words.
pub(super) fn has_family_ending(document: &Document<'_>, at: usize) -> bool {
    let folded = fold::name(document.word(at));
    folded.chars().count() >= 5 && printed("family ending", "*").any(|ending| folded.ends_with(ending))
}

/// A verb of speech right after the name or right before it.
fn speaks(document: &Document<'_>, from: usize, to: usize) -> bool {
    let after = to < document.len() && matches!(document.token(to).gap, Gap::Space) && document.is("speech", to);
    let before = from > 0 && document.token(from).gap == Gap::Space && document.is("speech", from - 1);
    after || before
}

/// "X, 45," or "X (45)".
fn has_age(document: &Document<'_>, to: usize) -> bool {
    to < document.len()
        && matches!(document.token(to).gap, Gap::Comma | Gap::Open)
        && document.word(to).parse::<u32>().is_ok_and(|age| (5..=110).contains(&age))
        && (to + 1 == document.len() || matches!(document.token(to + 1).gap, Gap::Comma | Gap::Close | Gap::Sentence))
}

fn attach_roles(document: &Document<'_>, spans: &mut [PersonSpan], taken: &[bool]) {
    let starts: Vec<usize> = spans.iter().map(|span| span.from).collect();
    for span in spans {
        span.role = roles::before(document, span.from, taken)
            .filter(|role| {
                !(role.from..role.to)
                    .any(|at| starts.binary_search(&at).is_ok() || document.given(at).is_some_and(|given| !given.weak) || is_inflected_given(document, at))
            })
            .or_else(|| roles::after(document, span.to, |at| starts.binary_search(&at).is_ok()));
    }
}

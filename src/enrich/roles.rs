//! Roles beside names: "Belarusian President X", "министр обороны России X", "X, head of the port authority, …".
//!
//! A role is a stretch of the text as printed. Never spans a sentence, a bracket or another name.

use super::document::Document;
use super::organisations::looks_genitive;
use super::tables::is_printed;
use super::token::Gap;

/// The words of a role, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) from: usize,
    pub(super) to: usize,
    /// A word such as "President", capitalized, stands right before the name.
    pub(super) titled: bool,
}

/// Words that a role before a name may reach back.
const REACH: usize = 9;
/// Words that a role after a name may have.
const LONGEST_AFTER: usize = 16;

/// The role that ends right before `name`. `taken` tells words of organisations.
pub(super) fn before(document: &Document<'_>, name: usize, taken: &[bool]) -> Option<Role> {
    if name == 0 || !matches!(document.token(name).gap, Gap::Space | Gap::Stop) {
        return None;
    }
    if let Some(head) = document.head_before(name) {
        let head = longest_head(document, head);
        let from = modifiers_before(document, head, taken);
        let titled = document.token(name - 1).cap && !(document.token(head).first && document.is_common(head));
        return Some(Role { from, to: name, titled });
    }
    let head = longest_head(document, head_with_complement(document, name, taken)?);
    Some(Role { from: modifiers_before(document, head, taken), to: name, titled: false })
}

/// A head of several words that the head found is the last of: "официальный представитель".
fn longest_head(document: &Document<'_>, head: usize) -> usize {
    (head.saturating_sub(3)..head).find(|from| document.head_at(*from).is_some_and(|length| from + length > head)).unwrap_or(head)
}

/// "министр иностранных дел России X": the head some words back, where all between may be what it rules.
fn head_with_complement(document: &Document<'_>, name: usize, taken: &[bool]) -> Option<usize> {
    // "the manager of X" has X for what is managed.
    if document.is("of", name - 1) {
        return None;
    }
    let mut at = name;
    while at > 0 && name - at < REACH {
        let gap = document.token(at).gap;
        if !matches!(gap, Gap::Space | Gap::Hyphen | Gap::Stop | Gap::OpenQuote | Gap::CloseQuote) || (document.token(at - 1).possessive && at != name) {
            return None;
        }
        at -= 1;
        if let Some(length) = document.head_at(at)
            && at + length < name
        {
            let ruled = document.is("of", at + length) || document.language == "de" || is_slavic(document) || document.demonym_at[at + length].is_some();
            // A head that a verb or an article's other noun rules is not this name's.
            return ruled.then_some(at);
        }
        if !may_be_ruled(document, at, taken) {
            return None;
        }
    }
    None
}

fn is_slavic(document: &Document<'_>) -> bool {
    matches!(document.language, "ru" | "uk" | "be" | "pl")
}

/// Whether a word may stand between a head and the name.
fn may_be_ruled(document: &Document<'_>, at: usize, taken: &[bool]) -> bool {
    let token = document.token(at);
    if taken[at]
        || document.place_at[at].is_some()
        || document.demonym_at[at].is_some()
        || document.is("of", at)
        || document.is("modifier", at)
        || document.is("field", at)
    {
        return true;
    }
    if document.is("speech", at) || token.digit {
        return false;
    }
    match document.language {
        // English says "Minister of Defence X", not more.
        "en" => token.cap && !document.is_starter(at) && document.given(at).is_none(),
        "ru" | "uk" | "be" | "pl" => token.cap || looks_genitive(document.word(at)),
        // German: "Präsident des Verbandes der Automobilindustrie X".
        "de" => token.cap && !token.first,
        _ => token.cap && !token.first,
    }
}

/// Takes in what stands before a head and belongs to the role: "former", "Russian", "NATO", another head.
fn modifiers_before(document: &Document<'_>, head: usize, taken: &[bool]) -> usize {
    let mut from = head;
    while from > 0 && head - from < REACH {
        let gap = document.token(from).gap;
        if !matches!(gap, Gap::Space | Gap::Hyphen) {
            break;
        }
        let at = from - 1;
        let token = document.token(at);
        // "senator and former minister": the word before "and" must be a head's last.
        if is_printed("and", "*", document.word(at)) {
            match document.head_before(at) {
                Some(earlier) if document.token(at).gap == Gap::Space => {
                    from = earlier;
                    continue;
                }
                _ => break,
            }
        }
        let acronym = token.upper && !token.shouted && document.word(at).chars().count() <= 6 && !token.digit;
        let fits = document.demonym_at[at].is_some()
            || document.is("modifier", at) && (token.cap || !document.is_starter(at))
            || taken[at]
            || document.place_at[at].is_some()
            || acronym
            || named_after(document, at, from)
            || document.head_before(from).is_some_and(|earlier| earlier == at);
        if !fits || document.is("starter", at) && document.demonym_at[at].is_none() && !acronym && !taken[at] {
            break;
        }
        from = at;
    }
    from
}

/// "Fulton County judge": a capitalized word before a capitalized modifier or a head, within the sentence.
fn named_after(document: &Document<'_>, at: usize, from: usize) -> bool {
    let token = document.token(at);
    document.language == "en"
        && token.cap
        && !token.first
        && !token.digit
        && !token.possessive
        && document.given(at).is_none()
        && (document.token(from).cap || document.head_at(from).is_some())
        && !document.is("calendar", at)
        && !document.is("honorific", at)
}

/// The role after a name that ends at `end`: an apposition between commas.
pub(super) fn after(document: &Document<'_>, end: usize, starts_person: impl Fn(usize) -> bool) -> Option<Role> {
    let mut from = end;
    if from >= document.len() || document.token(from).gap != Gap::Comma {
        return None;
    }
    // "X, 45, a teacher"
    if document.token(from).digit {
        from += 1;
        if from >= document.len() || document.token(from).gap != Gap::Comma {
            return None;
        }
    }
    let start = if is_article(document, from) { from + 1 } else { from };
    let mut head = None;
    let mut to = start;
    while to < document.len() && to - start < LONGEST_AFTER {
        let gap = document.token(to).gap;
        if to > start && !matches!(gap, Gap::Space | Gap::Hyphen | Gap::Stop | Gap::And) && gap != Gap::None {
            break;
        }
        if to > from && to == start && !matches!(gap, Gap::Space) {
            return None;
        }
        if document.is("speech", to) || ends_apposition(document, to) {
            break;
        }
        if starts_person(to) {
            return None;
        }
        if head.is_none() {
            match document.head_at(to) {
                Some(length) => {
                    head = Some(to);
                    to += length;
                    continue;
                }
                None if to - start >= 5 || !may_precede_head(document, to) => return None,
                None => {}
            }
        }
        to += 1;
    }
    head?;
    // An apposition ends at a comma, a full stop or before a verb; "X, president of Y and Z" has no end in sight.
    (to - start < LONGEST_AFTER && to > start).then_some(Role { from: start, to: trim_end(document, start, to), titled: false })
}

fn is_article(document: &Document<'_>, at: usize) -> bool {
    is_printed("article", document.language, document.word(at))
}

/// A word that may stand in an apposition before its head.
fn may_precede_head(document: &Document<'_>, at: usize) -> bool {
    let token = document.token(at);
    document.demonym_at[at].is_some()
        || document.is("modifier", at)
        || document.place_at[at].is_some()
        || (token.cap && !token.digit && document.given(at).is_none_or(|given| given.weak))
        || token.possessive
}

/// Words that end an apposition: a relative clause, a verb in a simple form.
fn ends_apposition(document: &Document<'_>, at: usize) -> bool {
    is_printed("clause", document.language, document.word(at)) && (document.language != "de" || !document.is("of", at) || document.token(at).gap == Gap::Comma)
}

/// Joining words left at the end of an apposition.
fn trim_end(document: &Document<'_>, start: usize, mut to: usize) -> usize {
    while to > start + 1 && !document.token(to - 1).cap && (document.is("of", to - 1) || is_article(document, to - 1)) {
        to -= 1;
    }
    to
}

//! Names out of bylines and metadata: without "By", roles, dates and addresses, by the words of `config/author_words.tsv`.
//!
//! [`said`] reads what metadata call an author and is lenient; [`shown`] reads what a page prints and takes nothing for a name that
//! does not look like a person's. Neither knows of elements.

pub(crate) mod agencies;
mod around;
mod groups;
mod words;

use self::agencies::{is_agency, is_collective};
use self::around::{is_checked, without_checkers, without_degrees, without_guest};
use self::groups::{begins_group, is_group, is_one_name, without_agency};
use self::words::{GIVEN, WORDS};
use crate::parse::dates::table::TABLES;
use crate::parse::page::dom::{collapse, head};
use crate::text::script::runs_on;
use std::collections::HashSet;

pub(in crate::parse) use self::around::beside_date;
pub(in crate::parse) use self::groups::{is_organisation, is_role};

/// Soft hyphens part the syllables of names as well.
const SOFT_HYPHEN: char = '\u{ad}';

/// Bytes of a metadata value that are read for names.
const MAX_SAID: usize = 2000;

/// Marks that may stand around a name.
const MARKS: [char; 18] = [',', ';', '.', ':', '|', '-', '–', '—', '/', '"', '“', '”', ' ', '·', '•', '*', '(', '»'];

/// The names of a metadata value.
pub(in crate::parse) fn said(text: &str) -> Vec<String> {
    let text = collapse(head(text, MAX_SAID));
    let text = without_checkers(without_guest(&text));
    parts(without_by(&text).0).iter().filter_map(|part| clean(part)).collect()
}

/// The names that a stretch of visible text consists of, or that stand behind a "by" within it; `None` where it is something else.
/// `single` allows names of one word.
pub(in crate::parse) fn shown(text: &str, single: bool) -> Option<Vec<String>> {
    let text = collapse(text).replace(SOFT_HYPHEN, "");
    let text = without_checkers(without_guest(&text));
    let (rest, by) = without_by(if is_known(&text) { undated(&text) } else { &text });
    if let Some(names) = only_names(before_photo(rest), single, by) {
        return Some(names);
    }
    const SHORT: usize = 60;
    let dated = text.contains(|c: char| c.is_ascii_digit()) && text.len() <= SHORT;
    behind_by(&text, false)
        .or_else(|| behind_by(&text, true))
        .and_then(|rest| only_names(rest, dated, false))
        .or_else(|| beside_date(&text).map(|name| vec![name]))
}

/// What stands before those who made the pictures: "Jane Roe Photos by Max Poe".
fn before_photo(text: &str) -> &str {
    let speaks = |word: &&str| !WORDS.photo.contains(word.trim_end().trim_end_matches(':').to_lowercase().as_str());
    let at: usize = text.split_inclusive(' ').take_while(speaks).map(str::len).sum();
    let before = text[..at].trim_end();
    if before.split_whitespace().count() >= 2 { before } else { text }
}

/// What stands behind a "by" within a line: "Posted on May 2 by Jane Roe"; `checked` allows "Reviewed by".
fn behind_by(text: &str, checked: bool) -> Option<&str> {
    const MOST_BEFORE: usize = 12;
    let starts = text.match_indices(' ').map(|(at, _)| at + 1).take(MOST_BEFORE);
    let writes = |at: &usize| checked || !text[..*at].split_whitespace().next_back().is_some_and(is_checked);
    starts.filter(writes).filter_map(|at| text.get(at..)).find_map(|rest| WORDS.within.iter().find_map(|by| rest.strip_prefix(by)?.strip_prefix(' ')))
}

/// Whether a line with a date says "by" within: "Posted on May 2 by Jane Roe".
pub(in crate::parse) fn signs_within(text: &str) -> bool {
    text.len() <= 160 && text.contains(|c: char| c.is_ascii_digit()) && behind_by(text, false).is_some()
}

/// The names that a text consists of. `by` says that it stands behind a "by": there it may be a company's.
fn only_names(text: &str, single: bool, by: bool) -> Option<Vec<String>> {
    let single = single || by;
    let names: Vec<String> = parts(text).iter().filter_map(|part| clean(part)).map(|name| without_role(&name)).collect();
    let first = names.first()?;
    // One word counts where next to nothing else is said.
    let single = single && (text.split_whitespace().count() <= 3 || text.contains(|c: char| matches!(c, ',' | '|' | '·') || c.is_ascii_digit()));
    // What calls itself an author may be an account: "jane_r".
    let is_account = |name: &String| single && name == text.trim() && is_account(name);
    let is_role = |name: &String| !name.contains(' ') && names_role(name);
    let behind = is_person(first, false);
    // "Jane Roe | Example": behind a full name one word is a place or the site.
    let is_one = |name: &String| single && (!behind || is_given(name)) && is_person(name, true) && !is_role(name);
    let fits = |name: &String| is_person(name, false) || is_one(name) || is_account(name) || is_collective(name) || by && !behind && is_group(name);
    // "Jane Roe, Newsroom": behind a person a desk is where she works.
    let is_place = |name: &String| !name.contains(' ') && is_collective(name) && !is_agency(name);
    fits(first).then(|| names.iter().filter(|name| fits(name) && !(behind && is_place(name))).cloned().collect())
}

/// Whether a text is a word that may be somebody's account.
fn is_account(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.chars().count() >= 3
        && !name.contains([' ', '：'])
        && name.chars().any(char::is_alphabetic)
        && !names_role(name)
        && !is_word(&lower)
        && !is_month(&lower)
}

/// Whether a word is a role's: "Rechtsanwalt".
fn names_role(word: &str) -> bool {
    WORDS.head.contains(word.to_lowercase().as_str())
}

/// Whether a text is a word before names and nothing else: "By", "Text:".
pub(in crate::parse) fn is_by(text: &str) -> bool {
    let bare = text.trim().trim_end_matches([':', ' ', '\u{a0}']).to_lowercase();
    WORDS.by.binary_search_by(|known| bare.len().cmp(&known.len()).then_with(|| known.cmp(&bare.as_str()))).is_ok()
}

/// Whether a text begins with a word before names that something follows.
pub(in crate::parse) fn begins_by(text: &str) -> bool {
    without_by(text).1
}

/// Whether a piece of a line says that the next name wrote: "Written by", "By Jane Roe", "— Text:".
pub(in crate::parse) fn signs_anew(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    (is_by(text) || begins_by(text)) && !text.split_whitespace().take(3).any(is_checked)
}

/// Whether an address is that of an author's page: `/author/jane-roe`.
pub(in crate::parse) fn is_author_page(href: &str) -> bool {
    has_part(href, &WORDS.page)
}

/// Whether an address is that of a page about what it names: `/topic/jane-roe`.
pub(in crate::parse) fn is_subject_page(href: &str) -> bool {
    has_part(href, &WORDS.subject)
}

/// Whether one of the parts of an address, but for the last, is one of some words.
fn has_part(href: &str, words: &HashSet<&str>) -> bool {
    const MOST: usize = 12;
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').take(MOST).peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_some() && (2..=14).contains(&part.len()) && words.contains(part) {
            return true;
        }
    }
    false
}

/// Whether a text only joins two names.
pub(in crate::parse) fn is_join(text: &str) -> bool {
    WORDS.join.contains(text.trim().to_lowercase().as_str())
}

/// Whether a text says that those who made pictures or a translation follow.
pub(in crate::parse) fn is_photo(text: &str) -> bool {
    let text = collapse(text);
    let lower = without_checkers(&text).to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '.').any(|word| WORDS.photo.contains(word))
}

/// A text without the words before names, and whether there were any.
fn without_by(text: &str) -> (&str, bool) {
    let mut rest = text.trim();
    let mut found = false;
    for _ in 0..3 {
        let Some(after) = after_by(rest) else { break };
        rest = after;
        found = true;
    }
    (rest, found)
}

fn after_by(text: &str) -> Option<&str> {
    const LONGEST: usize = 40;
    let first = text.chars().next()?.to_lowercase().next()?;
    let words = WORDS.by_first.get(&first)?;
    let start: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
    words.iter().find_map(|word| {
        if !start.starts_with(word) {
            return None;
        }
        // Lower-casing may change lengths: count characters, not bytes.
        let count = word.chars().count();
        let at = text.char_indices().nth(count)?.0;
        let after = &text[at..];
        // "ByJane Roe": a page that lost its mark-up lost the space too.
        let lost_space =
            text.starts_with("By") && *word == "by" && after.starts_with(char::is_uppercase) && !after.chars().nth(1).is_some_and(char::is_uppercase);
        let glued = word.ends_with(['/', '：', ':']) || word.chars().all(runs_on) || lost_space;
        let rest = after.trim_start_matches([' ', ':', '：', '\u{a0}', '.', '-', '–', '—', '|']);
        let parted = rest.len() < after.len() && !after.starts_with(['.', '-']);
        // "de Gaulle" is a name: a particle is taken off only before two words or more.
        let particle = WORDS.particle.contains(*word) && rest.split_whitespace().count() < 2 && !is_collective(rest);
        // "Reporter: Jane Roe", but "Reporter Jane" and "Redaktion Beispiel" are no names behind a "by".
        let doubtful = particle || WORDS.role.contains(*word) || WORDS.doubtful.contains(word);
        let colon = after.trim_start().starts_with([':', '：']);
        // "Autoren Jane Roe und Max Poe": before full names and nothing else a role is a label.
        let named = || WORDS.role.contains(*word) && (is_known(rest) || lists_known(rest));
        ((glued || parted) && !rest.is_empty() && (colon || !doubtful || named())).then_some(rest)
    })
}

/// The parts of a list of names: at bars and bullets, then commas, then words such as "and".
fn parts(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let text = without_degrees(text);
    for piece in text.split([';', '|', '\n', '•', '·', '、', '，']) {
        let commas: Vec<&str> = piece.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
        let Some(first) = commas.first() else { continue };
        let one_word = |part: &&str| is_person(part, true) && !part.contains(' ');
        match commas.as_slice() {
            // "Doe, Jane" is one name, "Jane Doe, John Roe" are two, "Jane Doe, Correspondent" is one and a role.
            [last, given] if one_word(last) && is_person(given, true) && given.split_whitespace().count() <= 2 => out.push(format!("{given} {last}")),
            _ => {
                let lists = commas.iter().map(|part| joined(part));
                let role = |name: &String| is_known(first) && !begins_given(name) && name.split_whitespace().next_back().is_some_and(names_role);
                let mut named = lists.take_while(|list| list.iter().all(|name| is_name(name) && !role(name))).flatten().peekable();
                if named.peek().is_some() { out.extend(named) } else { out.extend(joined(first)) }
            }
        }
    }
    out.retain(|part| !part.is_empty());
    out
}

fn is_name(text: &str) -> bool {
    is_person(without_by(text).0, false) || is_collective(text)
}

/// The parts of a text at words that join two names.
fn joined(text: &str) -> Vec<String> {
    let slashed: Vec<&str> = text.split('/').map(str::trim).collect();
    if slashed.len() > 1 && is_person(slashed[0], false) && slashed.iter().all(|part| is_person(part, false) || is_agency(part)) {
        return slashed.into_iter().map(str::to_owned).collect();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_joiner = |word: &str| WORDS.join.contains(word.to_lowercase().as_str());
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for (at, word) in words.iter().enumerate() {
        let part = parts.last_mut().expect("there is one from the start");
        // "Ortega y Gasset", "Sousa e Silva", "Jane A. Roe": a letter joins whole names only.
        let letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        let whole = || word.chars().all(char::is_lowercase) && part.len() >= 2 && words[at + 1..].iter().take_while(|w| !is_joiner(w)).count() >= 2;
        if !part.is_empty() && is_joiner(word) && (!letter || whole()) {
            parts.push(Vec::new());
        } else {
            part.push(word);
        }
    }
    let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join(" ")).collect();
    if parts.len() > 1 && is_one_name(text, &parts) {
        return vec![words.join(" ")];
    }
    parts.into_iter().flat_map(without_agency).collect()
}

/// A name without what stands around it; `None` where what is left is none.
fn clean(part: &str) -> Option<String> {
    let mut name = without_by(part).0.to_owned();
    let inner = has_inner(&name);
    let group = begins_group(&name);
    for separator in [" | ", " - ", " – ", " — ", " • ", " · ", "(", ",", " @", " / ", "/"] {
        if let Some((head, _)) = name.split_once(separator)
            && head.trim().chars().count() >= 4
            && !(inner && separator == "(")
            && (separator != "/" || head.contains(' '))
        {
            name = head.trim().to_owned();
        }
    }
    // "Center for River Research": there nothing ends a name.
    if !group {
        name = without_tail(&name);
    }
    let name = name.trim_matches(MARKS).trim_end_matches(')').trim();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let lower = name.to_lowercase();
    let address = ["http", "www.", "@", "[at]", "/"].iter().any(|mark| lower.contains(mark)) || lower.contains(' ') && names_host(&lower);
    let address = address && !is_collective(name);
    let is_account = WORDS.account.contains(lower.as_str()) || lower.ends_with(" admin") || lower.starts_with("admin ");
    let long = name.split_whitespace().count() > 7 || name.chars().count() > 60;
    let registered = if lower.ends_with("e.v") { "." } else { "" };
    (letters >= 2 && digits <= 4 && !long && !address && !is_account).then(|| format!("{name}{registered}"))
}

/// Whether a name goes on behind a bracket: "Jane (Poe) Roe".
fn has_inner(name: &str) -> bool {
    name.split_once('(').and_then(|(_, rest)| rest.split_once(") ")).is_some_and(|(inner, rest)| !inner.contains(' ') && rest.starts_with(char::is_uppercase))
}

/// Whether a word of a text looks like a host: "example.com".
fn names_host(lower: &str) -> bool {
    lower.split_whitespace().any(|word| word.rsplit_once('.').is_some_and(|(host, end)| host.len() >= 4 && matches!(end.len(), 2..=4) && !host.contains('.')))
}

/// A name without a date, a place or a purpose after it, or a title that Korean and Chinese set behind.
fn without_tail(name: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let has_digit = name.contains(|c: char| c.is_ascii_digit());
    let mut words = name.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let bare = word.trim_end_matches(['.', ',']).to_lowercase();
        let dated = has_digit && is_month(&bare);
        // "Jane Roe on Monday", "Roe at 12:53", but "Hope in the Garden", "River On" and "River On Air".
        let article = |next: &&str| WORDS.article.contains(next);
        let parts = kept.len() >= 2 || word.starts_with(char::is_lowercase) && !words.peek().is_some_and(article);
        let last = words.peek().is_none() && word.starts_with(char::is_uppercase);
        let ends = word.starts_with(|c: char| c.is_ascii_digit()) || dated || parts && !last && WORDS.after.contains(bare.as_str());
        if ends && !kept.is_empty() {
            break;
        }
        if kept.is_empty() || !WORDS.behind.contains(word) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// A full name without the role that follows it, or is glued to it: "Jane RoePolitical Correspondent".
fn without_role(name: &str) -> String {
    let last = name.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    if WORDS.team.contains(last.as_str()) && !begins_given(name) {
        return name.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    // "Blue River Security" is a company.
    let is_trade = WORDS.trade.contains(last.as_str()) && !begins_given(name);
    for (at, word) in name.split_whitespace().enumerate() {
        let names_company = is_trade && at + 1 == name.split_whitespace().count();
        if kept.len() >= 2 && WORDS.role.contains(word.to_lowercase().as_str()) && !names_company {
            break;
        }
        let glued = word.char_indices().skip(2).find(|(at, c)| c.is_uppercase() && word[..*at].ends_with(char::is_lowercase)).map(|(at, _)| at);
        if let Some(at) = glued.filter(|at| is_word(&word[*at..].to_lowercase())) {
            kept.push(&word[..at]);
            break;
        }
        kept.push(word);
    }
    kept.join(" ")
}

/// Whether a text looks like a person's name. `single` allows one word.
pub(in crate::parse) fn is_person(text: &str, single: bool) -> bool {
    let chars = text.chars().count();
    if !(2..=45).contains(&chars) || text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '?' | '!' | '%' | '#' | '…' | ':' | '：' | '/')) {
        return false;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let cased = text.chars().any(|c| c.is_uppercase() || c.is_lowercase());
    if !cased {
        return words.iter().all(|word| !is_word(word))
            && words.len() <= 4
            && chars <= 24
            && (text.chars().any(|c| !runs_on(c) && c.is_alphabetic()) || chars <= 8);
    }
    let least = if single { 1 } else { 2 };
    let fits = |at: usize, word: &str| {
        // "Jane (Poe) Roe", "Jane “Jo” Roe".
        let inner = at > 0 && at + 1 < words.len();
        let word = if inner { word.trim_matches(['(', ')', '"', '“', '”', '„', '‘', '’', '\'']) } else { word };
        let lower = word.to_lowercase();
        let initial = word.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !c.is_lowercase());
        let clean = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\'' | '’' | '‘' | '`' | '´' | '\u{301}'));
        let begins = at == 0 && words.len() > 1 && WORDS.first.contains(lower.trim_end_matches('.'));
        clean && (WORDS.particle.contains(lower.as_str()) || initial && (begins || !is_word(&lower)))
    };
    // "der Vorstandssitzung vom": no name ends so.
    let open = words.last().is_some_and(|word| word.starts_with(char::is_lowercase) && WORDS.particle.contains(*word));
    if words.len() == 1 && is_month(&text.trim_end_matches('.').to_lowercase()) {
        return false;
    }
    (least..=5).contains(&words.len())
        && !open
        && words.iter().enumerate().all(|(at, w)| fits(at, w))
        && words.iter().any(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 2)
}

fn is_month(lower: &str) -> bool {
    TABLES.month(lower, None).is_some()
}

/// Whether a word, in lower case, is no part of a name.
fn is_word(lower: &str) -> bool {
    let bare = lower.trim_matches(['.', '-', '\'', '’']);
    WORDS.role.contains(bare) || WORDS.other.contains(bare) || WORDS.dated.contains(bare)
}

/// Whether a short text is a person's full name and nothing else, by its given name; a date before it is no hindrance.
pub(in crate::parse) fn is_known(text: &str) -> bool {
    let name = undated(text);
    let words: Vec<&str> = name.split_whitespace().collect();
    (2..=4).contains(&words.len()) && is_person(name, false) && GIVEN.contains(&words[0].to_lowercase())
}

fn begins_given(name: &str) -> bool {
    name.split_whitespace().next().is_some_and(is_given)
}

/// Whether a word is a given name.
pub(in crate::parse) fn is_given(word: &str) -> bool {
    GIVEN.contains(&word.to_lowercase())
}

/// Whether a text is a list of full names and nothing else: "Jane Roe and Max Poe", "Jane Roe/Reuters".
pub(in crate::parse) fn lists_known(text: &str) -> bool {
    const LONGEST: usize = 160;
    const JOIN: usize = 6;
    if text.len() > LONGEST {
        return false;
    }
    let text = without_degrees(text.trim());
    let names = parts(&text);
    // Behind an "and" stands a name more surely than behind a comma.
    let fits = |name: &String| is_known(name) || is_agency(name) || !text.contains(',') && is_person(name, false);
    let known = names.len() > 1 && is_known(&names[0]) && names.iter().all(fits);
    let told: usize = names.iter().map(|name| name.len() + JOIN).sum();
    known && told >= text.split_whitespace().map(|word| word.len() + 1).sum()
}

/// Whether a line begins with a full name before a role or a date: "Jane Roe | Senior Writer | July 2, 2026".
pub(in crate::parse) fn heads_line(text: &str) -> bool {
    if around::has_degree(text) && (is_known(text.split(',').next().unwrap_or_default()) || lists_known(text)) && text.len() <= 160 {
        return true;
    }
    let mut pieces = text.split(['|', '·', '•']).map(str::trim);
    let named = text.len() <= 120 && pieces.next().is_some_and(is_known);
    named && pieces.any(|piece| is_dated(piece) || piece.split_whitespace().any(|word| WORDS.role.contains(word.to_lowercase().as_str())))
}

/// The desk that a text names and nothing else.
pub(in crate::parse) fn desk(text: &str) -> Option<String> {
    Some(collapse(text)).filter(|name| name.chars().count() <= 40 && is_collective(name))
}

/// What microdata call an author, whatever it looks like, but for words of the page: "Ask the Doctors".
pub(in crate::parse) fn declared(text: &str) -> Option<String> {
    let words = || text.split_whitespace().map(str::to_lowercase);
    let plain = words().filter(|word| !is_word(word)).count();
    let fits = text.chars().count() <= 40 && !text.contains(|c: char| c.is_ascii_digit()) && plain >= 2 && plain * 2 > words().count();
    said(text).into_iter().next().filter(|_| fits)
}

/// Whether a line is "By" and a full name that begins with a known given name; "By" alone waits for it.
pub(in crate::parse) fn is_signature(text: &str) -> bool {
    let (rest, by) = without_by(text);
    is_by(text) || by && said(rest).first().is_some_and(|name| is_known(&name.replace(SOFT_HYPHEN, "")))
}

/// Whether a text is or begins with a label such as "Author:" or "Written by": no preposition, no "A column by" of a teaser.
pub(in crate::parse) fn is_labelled(text: &str) -> bool {
    let text = text.trim();
    if WORDS.within.iter().any(|by| text.starts_with(by)) {
        return false;
    }
    let (rest, by) = without_by(text);
    let colon = || text[..text.len().saturating_sub(rest.len())].contains(':');
    let start = || text.chars().take(20).collect::<String>().to_lowercase();
    is_by(text) || by && (colon() || WORDS.written.iter().any(|label| start().starts_with(label)))
}

/// Whether a short text is a date or begins with one: what stands beside it is a byline.
pub(in crate::parse) fn is_dated(text: &str) -> bool {
    const LONGEST: usize = 80;
    let numbers = || text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
    let words = || text.split(|c: char| !c.is_alphabetic()).filter(|w| w.chars().count() >= 3);
    let is_year = |n: &str| n.len() == 4 && (n.starts_with("19") || n.starts_with("20"));
    text.len() <= LONGEST && numbers().any(is_year) && (numbers().count() >= 3 || words().any(|w| is_month(&w.to_lowercase())))
}

/// A text without a date in digits before it.
fn undated(text: &str) -> &str {
    let rest = text.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-' | '–' | '—' | '|' | '·' | ' ' | ':'));
    let before = &text.trim()[..text.trim().len() - rest.len()];
    // One number alone counts the items of a list: "01. Robert Roe".
    let numbers = before.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).count();
    if numbers == 1 { text.trim() } else { rest }
}

/// How good a list of names is: 2 where it holds a full name, 1 where it holds any.
pub(in crate::parse) fn quality(names: &[String]) -> u8 {
    let full = |name: &String| {
        let account = name.chars().any(|c| c == '_' || c.is_ascii_digit());
        !account && (name.split_whitespace().count() >= 2 || !name.chars().any(|c| c.is_uppercase() || c.is_lowercase()))
    };
    if names.iter().any(full) { 2 } else { u8::from(!names.is_empty()) }
}

/// Whether a line of a flattened page names who wrote it: a "by" and a name, or nothing but a person's full name.
pub(in crate::parse) fn signs(line: &str) -> bool {
    begins_by(line) && shown(line, false).is_some()
}

/// Whether a line is a person's full name and nothing else, by its given name.
pub(in crate::parse) fn is_full_name(line: &str) -> bool {
    line.len() <= 60 && is_known(line)
}

/// The names that a line of a flattened page consists of, or that stand behind a "by" within it.
/// A desk behind a person is that person's: "Jane Roe, Staff Writer".
pub(in crate::parse) fn names_in(line: &str) -> Vec<String> {
    let mut names = shown(line, false).unwrap_or_default();
    let is_desk = |name: &str| is_collective(name) && !is_agency(name);
    if names.iter().any(|name| !is_collective(name)) {
        names.retain(|name| !is_desk(name));
    }
    names
}

#[cfg(test)]
mod tests;

//! Datelines of scripts that set spaces: place, perhaps a date, perhaps an agency, then a mark that ends them.
//!
//! Reads parts one after the other and then asks for evidence; it never looks further than [`LONGEST`] characters.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::parse::dateline::{Parts, PrintedDate};
use crate::parse::dates::table::TABLES;
use crate::parse::dates::{DateContext, date_at_start};
use crate::parse::names::agencies::AGENCIES_TABLE;
use crate::text::scan::Scan;
use crate::text::tables::{DATE_WORDS, DATELINE_PLACES, rows, words};

/// No dateline is longer, in characters.
const LONGEST: usize = 120;

static PLACES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| rows(DATELINE_PLACES).map(|row| row[0]).collect());

/// Words that lead in a date.
static LEADS: LazyLock<Vec<&str>> = LazyLock::new(|| words(DATE_WORDS, "lead").collect());

/// The dateline at a text's start.
pub(in crate::parse) fn read(text: &str, context: &DateContext) -> Option<Parts> {
    let head = head_of(text);
    let mut reader = Reader { head, at: 0, context };
    let agency_first = reader.leading_agency();
    let place_start = reader.at;
    // "March 4 (Reuters) -": a date may stand in the place's stead.
    let place = if reader.date_at(reader.at).is_some() { None } else { reader.place() };
    let place_text = place.map(|end| &head[place_start..end]).unwrap_or_default();
    reader.skip_marks();
    let date = reader.date();
    reader.skip_marks();
    let agency = reader.agency();
    let late_date = if date.is_none() { reader.late_date() } else { None };
    let raw_end = reader.at;
    let ending = reader.ending()?;
    let evidence = Evidence {
        is_capital: is_all_capitals(place_text),
        has_place: place.is_some(),
        has_date: date.or(late_date).is_some(),
        agency: agency.or(agency_first).as_ref().map(|a| a.is_known),
        ending: ending.0,
        next: head[ending.1..].trim_start().chars().next(),
        is_known_place: is_known_place(place_text),
        dash_follows: dash_follows(&head[ending.1..]),
        words_after: text[ending.1..].split_whitespace().take(LEAST_WORDS).count(),
    };
    evidence.suffices().then(|| Parts {
        place: place.map(|_| usual_case(without_stop(place_text))),
        date: date.or(late_date),
        agency: agency.or(agency_first).map(|a| a.name.to_owned()),
        raw_end,
        end: text.len() - text[ending.1..].trim_start().len(),
    })
}

/// "Київ. 16 травня.": the stop after a short name is none of an abbreviation, where no other stands in it.
fn without_stop(place: &str) -> &str {
    place.strip_suffix('.').filter(|bare| !bare.contains(['.', ','])).unwrap_or(place)
}

fn head_of(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or(text);
    let end = line.char_indices().nth(LONGEST + 80).map_or(line.len(), |(at, _)| at);
    &line[..end]
}

/// What ends a dateline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// A dash with space around it, or after brackets.
    Dash,
    /// A full stop after an agency or a date.
    Stop,
    /// Nothing but the brackets or slashes around an agency.
    Brackets,
    /// A colon.
    Colon,
}

#[derive(Clone, Copy)]
struct Agency<'a> {
    name: &'a str,
    is_known: bool,
}

struct Reader<'a> {
    head: &'a str,
    at: usize,
    context: &'a DateContext,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.head[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.head.len() - self.rest().trim_start().len();
    }

    /// `(ANSA) - `, `Reuters - `, `AFP – ` before the place.
    fn leading_agency(&mut self) -> Option<Agency<'a>> {
        let start = self.at;
        let rest = self.rest();
        let (name, after) = if let Some(inner) = rest.strip_prefix(['(', '[']) {
            let close = inner.find([')', ']'])?;
            (AGENCIES_TABLE.named(&inner[..close])?, 1 + close + 1)
        } else {
            AGENCIES_TABLE.at_start(rest)?
        };
        self.at = start + after;
        self.skip_spaces();
        let dash = dash_at(self.rest()).or_else(|| self.rest().starts_with(['.', ',', '/', ':']).then_some(1));
        let Some(dash) = dash else {
            self.at = start;
            return None;
        };
        self.at += dash;
        self.skip_spaces();
        Some(Agency { name, is_known: true })
    }

    /// The place: one to five capitalised words, perhaps a second after a comma. Its end.
    fn place(&mut self) -> Option<usize> {
        let mut end = self.capitalised_words(5)?;
        self.at = end;
        // ", Ukraine", ", N.Y.", ", Mass."
        for _ in 0..2 {
            let after = self.rest().strip_prefix(", ").or_else(|| self.rest().strip_prefix("/"));
            let Some(after) = after else { break };
            let start = self.head.len() - after.len();
            if self.date_at(start).is_some() {
                break;
            }
            let before = self.at;
            self.at = start;
            match self.capitalised_words(4) {
                Some(next) if AGENCIES_TABLE.named(&self.head[start..next]).is_none() => {
                    end = next;
                    self.at = next;
                }
                _ => {
                    self.at = before;
                    break;
                }
            }
        }
        Some(end)
    }

    /// The end of up to `most` capitalised words at the reader's place, particles between them allowed.
    fn capitalised_words(&self, most: usize) -> Option<usize> {
        let (mut end, mut at, mut words) = (None, self.at, 0);
        while words < most + 2 {
            let word_end = at + word_length(&self.head[at..]);
            let word = &self.head[at..word_end];
            let Some(first) = word.chars().next() else { break };
            let is_name = first.is_uppercase() || is_caseless(first);
            if end.is_some() && self.led_date(at).is_some() {
                break;
            }
            if !(is_name || end.is_some() && is_particle(word)) || self.is_month(word) {
                break;
            }
            words += 1;
            if is_name {
                end = Some(word_end);
            }
            let Some(next) = self.head[word_end..].strip_prefix([' ', '\u{a0}']) else { break };
            at = self.head.len() - next.len();
            if words >= most || next.is_empty() {
                break;
            }
        }
        end
    }

    fn is_month(&self, word: &str) -> bool {
        let folded: String = Scan::new(word.trim_end_matches('.')).chars.into_iter().collect();
        let followed = self.head.len() > word.len();
        followed && TABLES.month(&folded, self.context.language.as_deref()).is_some() && folded.chars().count() > 2 && self.at > 0
    }

    fn skip_marks(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([',', ' ', '\u{a0}', '،']);
        self.at += rest.len() - trimmed.len();
        if let Some(at) = self.led_date(self.at) {
            self.at = at;
        }
        if let Some(dash) = dash_at(trimmed) {
            // "القاهرة - 5 مارس (أ ف ب) -"
            let at = self.head.len() - trimmed[dash..].trim_start().len();
            self.at = if self.date_at(at).is_some() { at } else { self.at };
        }
        if let Some(after) = trimmed.strip_prefix('/') {
            // "МОСКВА / 17 мая"; the slash of "/ТАСС/" is the agency's.
            let at = self.head.len() - after.trim_start().len();
            self.at = if self.date_at(at).is_some() { at } else { self.at };
        }
        if let Some(after) = self.rest().strip_prefix(". ") {
            // "МИНСК, 17 мая. /ТАСС/.", "MADRID, 17 May. (EUROPA PRESS) -"
            if after.trim_start().starts_with(['(', '/', '[']) || self.date_at(self.head.len() - after.len()).is_some() {
                self.at = self.head.len() - after.trim_start().len();
            }
        }
    }

    /// Where a date begins that a word leads in: "le 16 mai", "ngày 16/5", "في 5 مارس".
    fn led_date(&self, at: usize) -> Option<usize> {
        let rest = &self.head[at..];
        let after = LEADS.iter().find_map(|lead| rest.strip_prefix(lead)?.strip_prefix(' '))?;
        let at = self.head.len() - after.trim_start().len();
        self.date_at(at).map(|_| at)
    }

    fn date_at(&self, at: usize) -> Option<(PrintedDate, usize)> {
        let rest = &self.head[at..];
        let scan = Scan::new(rest);
        let weekday = TABLES.weekdays.end_at(&scan.chars, 0).map(|end| scan.byte(end));
        let skip = weekday.map_or(0, |end| rest.len() - rest[end..].trim_start_matches([' ', ',', '.']).len());
        let (civil, length) = date_at_start(&rest[skip..], self.context)?;
        civil.day.map(|_| (PrintedDate::Civil(civil), at + skip + length))
    }

    fn date(&mut self) -> Option<PrintedDate> {
        // "LISBON (May 15, 2022) —"
        let bracket = usize::from(self.rest().starts_with('('));
        let (date, end) = self.date_at(self.at + bracket)?;
        let closes = self.head[end..].starts_with(')');
        if (bracket == 1) != closes {
            return None;
        }
        let end = end + usize::from(closes);
        self.at = end;
        if self.rest().starts_with(['.', ',']) && self.rest()[1..].trim_start().starts_with(['(', '/', '[', '-', '–', '—']) {
            self.at += 1;
        }
        Some(date)
    }

    /// `(Reuters) Nov 23 -`: the date after the agency.
    fn late_date(&mut self) -> Option<PrintedDate> {
        let before = self.at;
        self.skip_marks();
        let date = self.date();
        if date.is_none() {
            self.at = before;
        }
        date
    }

    /// `(BelTA)`, `/ТАСС/`, `[AP]`, or after a dash and before a full stop: `- РИА Новости.`
    fn agency(&mut self) -> Option<Agency<'a>> {
        let start = self.at;
        self.skip_spaces();
        let rest = self.rest();
        for (open, close) in [('(', ')'), ('/', '/'), ('[', ']')] {
            let Some(inner) = rest.strip_prefix(open) else { continue };
            let Some(end) = inner.find(close).filter(|end| *end <= 60) else { continue };
            let name = inner[..end].trim();
            let known = AGENCIES_TABLE.named(name);
            let looks_named = name.split_whitespace().count() <= 4 && name.chars().next().is_some_and(|c| c.is_uppercase() || is_caseless(c));
            if known.is_none() && !looks_named {
                break;
            }
            self.at += 1 + end + 1;
            return Some(Agency { name: known.unwrap_or(name), is_known: known.is_some() });
        }
        // "- РИА Новости.", "– BelTA –", "16 травня. УКРІНФОРМ."
        let dash = dash_at(rest).or_else(|| rest.starts_with(". ").then_some(1)).unwrap_or(0);
        let after = rest[dash..].trim_start();
        if let Some((name, length)) = AGENCIES_TABLE.at_start(after) {
            let end = self.head.len() - after.len() + length;
            let next = self.head[end..].trim_start();
            if next.starts_with(['.', '-', '–', '—', ':', ',']) {
                self.at = end;
                self.skip_reporters();
                return Some(Agency { name, is_known: true });
            }
        }
        self.at = start;
        None
    }

    /// "РИА Новости, Анна Котова, Пётр Лисин.": who reports, between the agency and the full stop.
    fn skip_reporters(&mut self) {
        const MOST: usize = 3;
        let start = self.at;
        for _ in 0..MOST {
            let Some(name) = self.rest().strip_prefix(", ") else { break };
            self.at = self.head.len() - name.len();
            let Some(end) = self.capitalised_words(2).filter(|end| self.head[self.at..*end].contains(' ')) else { break };
            self.at = self.head[..end].trim_end_matches('.').len();
            if self.rest().starts_with(". ") || dash_at(self.rest().trim_start()).is_some() {
                return;
            }
        }
        self.at = start;
    }

    /// What ends the dateline, and one past it.
    fn ending(&mut self) -> Option<(Ending, usize)> {
        let after_brackets = self.head[..self.at].ends_with([')', '/', ']']);
        let after_date = self.head[..self.at].ends_with(|c: char| c.is_alphanumeric() || c == '.');
        let spaced = self.rest().starts_with([' ', '\u{a0}']);
        let had_stop = self.rest().starts_with(['.', '।']);
        let rest = self.rest().trim_start_matches([' ', '\u{a0}', '.', ',', '।']);
        let at = self.head.len() - rest.len();
        if let Some(dash) = dash_at(rest) {
            let next_is_space = rest[dash..].starts_with([' ', '\u{a0}']);
            // "OSLO-" within a word is no dash; "LONDON -" and "(AP)—" are.
            if spaced || after_brackets || next_is_space || rest.starts_with(['—', '–']) {
                return Some((Ending::Dash, at + dash));
            }
        }
        if rest.starts_with(':') && (after_brackets || after_date) {
            return Some((Ending::Colon, at + 1));
        }
        if had_stop {
            return Some((Ending::Stop, at));
        }
        after_brackets.then_some((Ending::Brackets, at))
    }
}

/// What speaks for a dateline.
struct Evidence {
    is_capital: bool,
    has_place: bool,
    has_date: bool,
    /// Whether there is an agency, and the table knows it.
    agency: Option<bool>,
    ending: Ending,
    next: Option<char>,
    is_known_place: bool,
    /// Another dash follows in the sentence: the first began an insertion.
    dash_follows: bool,
    /// Words after it, as far as they matter.
    words_after: usize,
}

/// A paragraph has more words than a row of a list such as "ACME – red".
const LEAST_WORDS: usize = 7;

impl Evidence {
    fn suffices(&self) -> bool {
        let next_begins = self.next.is_some_and(|c| !c.is_lowercase());
        match (self.agency, self.ending) {
            (Some(true), Ending::Dash | Ending::Stop | Ending::Colon) => true,
            (Some(true), Ending::Brackets) => self.has_place,
            (Some(false), Ending::Dash) => self.is_capital || self.has_date || self.is_known_place,
            (Some(false), _) => self.is_capital && self.has_date,
            (None, _) if !self.has_place => false,
            (None, Ending::Dash) if self.has_date => true,
            (None, Ending::Dash) if self.is_capital => self.is_known_place || next_begins && self.words_after >= LEAST_WORDS,
            (None, Ending::Dash) => self.is_known_place && next_begins && !self.dash_follows,
            (None, Ending::Stop | Ending::Colon) => self.is_capital && self.has_date && next_begins,
            (None, Ending::Brackets) => false,
        }
    }
}

fn dash_follows(rest: &str) -> bool {
    let sentence = rest.split(['.', '!', '?']).next().unwrap_or(rest);
    [" – ", " — ", " - ", "–,", "—,"].iter().any(|dash| sentence.contains(dash))
}

/// The length of a dash at a text's start.
fn dash_at(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if text.starts_with("-->") || text.starts_with("->") {
        return None;
    }
    if text.starts_with("--") {
        return Some(2);
    }
    matches!(first, '-' | '–' | '—' | '―' | '−' | '‒').then(|| first.len_utf8())
}

fn word_length(text: &str) -> usize {
    // Combining marks belong to their letters: accents, and the signs of India's scripts but for their full stops.
    let is_mark = |c: char| matches!(u32::from(c), 0x0300..=0x03FF | 0x0900..=0x0963 | 0x0966..=0x0DFF);
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '.') || is_mark(c);
    let end = text.find(|c: char| !is_inner(c)).unwrap_or(text.len());
    let word = &text[..end];
    // A full stop belongs to an abbreviation ("N.Y.", "St.", "Mass."), else it ends the dateline.
    let trimmed = word.trim_end_matches(['-', '\'', '’']);
    let bare = trimmed.trim_end_matches('.');
    let is_short = bare.chars().count() <= 5 && bare.chars().any(char::is_lowercase) || bare.contains('.') || bare.chars().count() <= 2;
    if is_short { trimmed.len() } else { bare.len() }
}

fn is_caseless(c: char) -> bool {
    c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase() && u32::from(c) < 0x3000
}

fn is_particle(word: &str) -> bool {
    const PARTICLES: &str = "de la le el del di da do dos das of the am an der den sur upon na nad i y e los las les les-bains en";
    PARTICLES.split(' ').any(|p| p == word.to_lowercase())
}

fn is_all_capitals(place: &str) -> bool {
    let letters = place.chars().filter(|c| c.is_alphabetic()).count();
    let first = place.split(',').next().unwrap_or(place);
    letters >= 3 && first.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase) && first.chars().any(char::is_uppercase)
}

fn is_known_place(place: &str) -> bool {
    let first = place.split([',', '/']).next().unwrap_or(place).trim();
    PLACES.contains(first) || PLACES.contains(usual_case(first).as_str())
}

/// "RIO DE JANEIRO" as "Rio de Janeiro", "N.Y." as it is; names that have small letters stay.
pub(in crate::parse) fn usual_case(place: &str) -> String {
    if place.chars().any(char::is_lowercase) && !is_all_capitals(place) {
        return place.trim().to_owned();
    }
    let mut out = String::with_capacity(place.len());
    for (index, word) in place.trim().split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let is_initials = word.contains('.') && word.split('.').all(|p| p.chars().count() <= 1);
        if is_initials || word.chars().any(char::is_lowercase) {
            out.push_str(word);
        } else if index > 0 && is_particle(word) {
            out.push_str(&word.to_lowercase());
        } else {
            capitalise(word, &mut out);
        }
    }
    out
}

/// Lower case; where letters show that a word is Turkish, by the rules of Turkish. `İ` has no dot too many in any language.
fn lower(text: &str, is_turkish: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            'İ' => out.push('i'),
            'I' if is_turkish => out.push('ı'),
            c => out.extend(c.to_lowercase()),
        }
    }
}

fn capitalise(word: &str, out: &mut String) {
    // "AIX-EN-PROVENCE" has a particle, "BEIRUT/THE HAGUE" a second place.
    let mut begins = true;
    for part in word.split_inclusive(['-', '\'', '’', '/']) {
        let bare = part.trim_end_matches(['-', '\'', '’', '/']);
        if !begins && is_particle(bare) {
            out.push_str(&part.to_lowercase());
        } else {
            let mut chars = part.chars();
            out.extend(chars.next());
            // Romanian writes Ş too.
            let is_turkish = part.contains(['İ', 'Ğ']) || part.contains('Ş') && !bare.ends_with("ŞTI");
            lower(chars.as_str(), is_turkish, out);
        }
        begins = part.ends_with('/');
    }
}

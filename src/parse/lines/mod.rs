//! The lines of a flattened page, and what each looks like.
//!
//! Lines that were wrapped to a column are joined first. Everything here is a fact about one line; judgements are [`crate::parse::body::plain`]'s.

pub(in crate::parse) mod facts;
pub(crate) mod phrases;
pub mod rank;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::parse::dates::{self, DateContext, DateSpan};
use crate::text::ends::ends_sentence;
use crate::text::letters::is_alphanumeric;
use crate::text::quick::Quick;
use crate::text::scan::Scan;
use crate::text::script::{is_hangul, is_unmarked, runs_on};

/// A run of lines: first, and one past the last.
pub type Run = std::ops::Range<usize>;

/// What is known of a page before it is read; candidates only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clues<'a> {
    /// A feed's headline.
    pub title: Option<&'a str>,
    /// The address.
    pub url: Option<&'a str>,
}

/// Lines of a page that are looked at; one that has more is cut.
const MOST_LINES: usize = 10_000;

/// A date line is short; longer lines are not searched for dates.
const LONGEST_DATE_LINE: usize = 240;

/// Words of a line that ends an article or begins comments, of a caption, and of a byline.
const LONGEST_END: usize = 6;
const LONGEST_CAPTION: usize = 70;
const LONGEST_BYLINE: usize = 17;

/// Of a hundred words, how many begin small where a script has no cases: as in prose.
const CASELESS: usize = 70;

/// One line and its shape.
#[derive(Debug, Default)]
pub(in crate::parse) struct Line {
    /// Trimmed, never empty.
    pub(in crate::parse) text: String,
    /// Characters.
    pub(in crate::parse) length: usize,
    /// Words; two characters a word where a script sets no spaces.
    pub(in crate::parse) words: usize,
    /// Of a hundred words, how many begin small. A script without cases counts as prose.
    pub(in crate::parse) small: usize,
    /// It ends as a sentence does.
    pub(in crate::parse) ends_sentence: bool,
    /// It ends with a colon.
    pub(in crate::parse) ends_colon: bool,
    /// Commas and sentence ends within it.
    pub(in crate::parse) marks: usize,
    /// Its script sets no marks between sentences.
    pub(in crate::parse) is_unmarked: bool,
    /// Marks of menus: bars, bullets, arrows.
    pub(in crate::parse) separators: usize,
    /// Of a hundred characters, how many are digits.
    pub(in crate::parse) digits: usize,
    /// How often the same line stands on the page.
    pub(in crate::parse) repeats: usize,
    /// The same line stands above.
    pub(in crate::parse) seen_above: bool,
    pub(in crate::parse) is_ui: bool,
    pub(in crate::parse) is_boilerplate: bool,
    pub(in crate::parse) is_related: bool,
    pub(in crate::parse) is_end: bool,
    pub(in crate::parse) is_comments: bool,
    pub(in crate::parse) is_caption: bool,
    pub(in crate::parse) is_byline: bool,
    /// The date that it holds, if it is short.
    pub(in crate::parse) date: Option<DateSpan>,
}

impl Line {
    /// It is little more than a date.
    pub(in crate::parse) fn is_date_line(&self) -> bool {
        let least = if self.words <= 9 { 2 } else { 3 };
        self.date.as_ref().is_some_and(|date| self.words <= 14 && (date.end - date.start) * 10 >= self.text.len() * least)
    }

    /// It says nothing: a button, a rule, a line that the page repeats between paragraphs.
    pub(in crate::parse) fn is_quiet(&self) -> bool {
        self.words == 0 || self.is_ui || self.repeats >= 3 && self.words <= 6
    }

    /// It stands among the paragraphs without parting them.
    pub(in crate::parse) fn is_aside(&self) -> bool {
        self.is_quiet() || self.is_related && self.words > 4 && !self.is_prose() || self.is_caption && !self.is_prose()
    }

    /// It reads like running text.
    pub(in crate::parse) fn is_prose(&self) -> bool {
        // Thai, Lao, Khmer and Burmese end sentences with a space, if at all.
        let has_marks = self.ends_sentence || self.marks >= 2 || self.is_unmarked && self.words >= 30;
        self.words >= 7 && has_marks && self.small >= 45 && self.separators * 12 <= self.words && self.digits <= 25
    }

    /// What is told of a line by its text alone.
    fn describe(text: &str, context: &DateContext) -> Line {
        let scan = Scan::new(text);
        let line = Line { text: text.to_owned(), length: text.chars().count(), ..Line::default() }.counted();
        let is_short = line.length <= LONGEST_DATE_LINE;
        let is_related = phrases::begins(&phrases::RELATED, &scan).is_some();
        // "Read also" alone heads a list after the article; with a title behind it, it stands within.
        let points_to_one = is_related && line.words > 4;
        Line {
            ends_sentence: ends_sentence(text),
            ends_colon: text.ends_with([':', '：']),
            is_ui: is_short && phrases::is_whole(&phrases::UI, &scan),
            is_boilerplate: phrases::find(&phrases::BOILERPLATE, &scan).is_some(),
            is_related,
            is_end: line.words <= LONGEST_END && !points_to_one && phrases::begins(&phrases::END, &scan).is_some(),
            is_comments: line.words <= LONGEST_END && phrases::begins(&phrases::COMMENTS, &scan).is_some(),
            is_caption: line.words <= LONGEST_CAPTION && phrases::find(&phrases::CAPTION, &scan).is_some_and(|at| is_caption_at(text, at)),
            is_byline: line.words <= LONGEST_BYLINE && phrases::begins(&phrases::BYLINE, &scan).is_some(),
            date: if is_short { dates::find_in(text, &scan, context) } else { None },
            ..line
        }
    }

    /// With what can be counted in it.
    fn counted(mut self) -> Line {
        let (mut cased, mut small, mut letters, mut spaceless, mut unmarked, mut digits) = (0, 0, 0, 0, 0, 0);
        let (mut before, mut after_word, mut spaced_slash) = (' ', false, false);
        for c in self.text.chars() {
            let in_word = is_alphanumeric(c);
            if in_word {
                letters += 1;
                unmarked += usize::from(!c.is_ascii() && is_unmarked(c));
                if !c.is_ascii() && runs_on(c) && !is_hangul(c) {
                    spaceless += 1;
                } else if !after_word && !matches!(before, '\'' | '’') {
                    self.words += 1;
                    cased += usize::from(c.is_uppercase() || c.is_lowercase());
                    small += usize::from(c.is_lowercase());
                }
                digits += usize::from(c.is_numeric());
            }
            self.marks += usize::from(matches!(c, ',' | '，' | '、' | '。' | '،' | '।') || (c == ' ' && matches!(before, '.' | '!' | '?' | ';')));
            // A slash parts crumbs with spaces around it only: "and/or", "/TASS/" and addresses have none.
            let slash = c == ' ' && before == '/' && spaced_slash || c == '/' && before == '/';
            spaced_slash = c == '/' && before == ' ';
            self.separators += usize::from(slash || matches!(c, '|' | '•' | '·' | '›' | '>' | '→' | '▸' | '<' | '★' | '{' | '}' | '='));
            (before, after_word) = (c, in_word);
        }
        self.words += spaceless / 2;
        self.small = if cased * 2 > self.words { small * 100 / cased.max(1) } else { CASELESS };
        self.digits = digits * 100 / self.length.max(1);
        self.is_unmarked = unmarked * 2 > letters;
        self
    }
}

/// Whether a phrase of captions is one where it stands: without spaces between words, "picture" is in "library" and "map" too. It is
/// one behind a bracket or a space, or before a colon or a stroke.
fn is_caption_at(text: &str, at: usize) -> bool {
    const LONGEST: usize = 4;
    let Some(found) = text.chars().nth(at).filter(|c| runs_on(*c) && !is_hangul(*c)) else { return true };
    let before = at.checked_sub(1).and_then(|before| text.chars().nth(before));
    let marks = |c: char| matches!(c, ':' | '：' | '/' | '／' | '=' | '＝');
    before.is_some_and(|c| !c.is_alphanumeric() && c != found) || text.chars().skip(at + 1).take(LONGEST).any(marks)
}

/// The lines of a page, whatever ends them.
fn split(page: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    page.split("\r\n").flat_map(move |part| part.split(ends))
}

/// Whether a page goes on after the last line that is looked at.
pub(in crate::parse) fn is_cut(page: &str) -> bool {
    split(page).skip(MOST_LINES).any(|line| !line.trim().is_empty())
}

/// The lines of a page.
pub(in crate::parse) fn of_page(page: &str, context: &DateContext) -> Vec<Line> {
    let raw: Vec<&str> = split(page).take(MOST_LINES).collect();
    let joined = match single_spaced(&raw) {
        Some(lines) => unwrap(&lines, true),
        None => unwrap(&raw, false),
    };
    let texts: Vec<Cow<str>> = joined.iter().map(|text| visible(text)).filter(|text| !text.is_empty()).collect();
    let mut repeats: HashMap<&str, usize, Quick> = HashMap::default();
    texts.iter().for_each(|text| *repeats.entry(text).or_default() += 1);
    let mut above: HashSet<&str, Quick> = HashSet::default();
    texts.iter().map(|text| Line { seen_above: !above.insert(text), repeats: repeats[text.as_ref()], ..Line::describe(text, context) }).collect()
}

/// A line without soft hyphens and zero-width marks, which are no part of the text, and without the spaces around it.
fn visible(text: &str) -> Cow<'_, str> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '\u{200c}' | '\u{200d}' | '\u{200e}' | '\u{200f}');
    if text.contains(is_mark) { Cow::Owned(text.replace(is_mark, "").trim_matches(is_around).to_owned()) } else { Cow::Borrowed(text.trim_matches(is_around)) }
}

/// Up to so many lines right above one.
pub(in crate::parse) fn above(lines: &[Line], index: usize, reach: usize) -> &[Line] {
    &lines[index.saturating_sub(reach)..index]
}

/// Up to so many lines right below one.
pub(in crate::parse) fn below(lines: &[Line], index: usize, reach: usize) -> &[Line] {
    &lines[index + 1..(index + 1 + reach).min(lines.len())]
}

/// How many lines between two are so, the upper of them with them.
pub(in crate::parse) fn count_between(lines: &[Line], one: usize, other: usize, is: impl Fn(&Line) -> bool) -> usize {
    lines[one.min(other)..one.max(other)].iter().filter(|l| is(l)).count()
}

/// The sum of a value over the lines before each place, and over all.
pub(in crate::parse) fn sums(lines: &[Line], value: impl Fn(usize, &Line) -> usize) -> Vec<usize> {
    let mut out = vec![0];
    for (index, line) in lines.iter().enumerate() {
        out.push(out[index] + value(index, line));
    }
    out
}

/// Soft hyphens, zero-width marks and marks of direction.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{feff}' | '\u{200b}' | '\u{2060}'..='\u{2069}' | '\u{202a}'..='\u{202e}')
}

/// The lines of a page that has an empty line after nearly every line, without those: they part nothing. Where there are several, one stays.
fn single_spaced<'a>(raw: &[&'a str]) -> Option<Vec<&'a str>> {
    let is_empty = |i: usize| raw.get(i).is_none_or(|line: &&str| line.trim().is_empty());
    let said = (0..raw.len()).filter(|i| !is_empty(*i)).count();
    let followed = (0..raw.len()).filter(|i| !is_empty(*i) && is_empty(i + 1)).count();
    let is_double = followed * 10 >= said * 9;
    is_double.then(|| (0..raw.len()).filter(|i| !is_empty(*i) || *i > 0 && is_empty(i - 1)).map(|i| raw[i]).collect())
}

/// Joins lines that were wrapped to a column: many long lines go on in small letters on the next. Where no empty line parts paragraphs
/// (`is_unparted`), a capital begins one unless it stands within a sentence that goes on.
fn unwrap<'a>(raw: &[&'a str], is_unparted: bool) -> Vec<Cow<'a, str>> {
    const LONG: usize = 40;
    const WIDEST: usize = 110;
    let width: Vec<usize> = raw.iter().map(|l| l.trim_end().chars().count()).collect();
    let begins_small = |i: usize| raw.get(i).and_then(|l| l.trim_start().chars().next()).is_some_and(char::is_lowercase);
    let long = width.iter().filter(|w| **w >= LONG).count();
    let going_on = (0..raw.len()).filter(|i| width[*i] >= LONG && begins_small(i + 1)).count();
    let widest = width.iter().copied().max().unwrap_or(0);
    if long < 5 || going_on * 3 < long || widest > WIDEST {
        return raw.iter().map(|l| Cow::Borrowed(*l)).collect();
    }
    let mut out: Vec<Cow<str>> = Vec::with_capacity(raw.len());
    let (mut open, mut joined) = (false, false);
    for (i, line) in raw.iter().enumerate() {
        let is_indented = line.starts_with("  ") || line.starts_with(['\t', '\u{3000}']);
        let text = line.trim();
        if text.is_empty() {
            open = false;
            out.push(Cow::Borrowed(""));
            continue;
        }
        let goes_on = |last: &str| begins_small(i) || if is_unparted { joined && width[i] >= LONG && !ends_sentence(last) } else { !is_indented };
        let last = out.last_mut().filter(|last| open && goes_on(last)).map(Cow::to_mut);
        joined = last.is_some();
        match last {
            Some(last) => {
                let hyphenated = last.ends_with('-') && begins_small(i) && last.chars().rev().nth(1).is_some_and(char::is_alphabetic);
                if hyphenated {
                    last.pop();
                } else {
                    last.push(' ');
                }
                last.push_str(text);
            }
            None => out.push(Cow::Borrowed(text)),
        }
        // A line well short of the column ends its paragraph.
        open = width[i] * 10 >= widest * 7;
    }
    out
}

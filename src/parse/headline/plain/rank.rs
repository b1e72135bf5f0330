//! What can be counted of a line as the headline, and the trained trees (`config/headline_trees.txt`) that choose it.
//!
//! The rules' points are among the features, and so are the words of the page's address. Integers only.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::parse::headline::plain::{LEAD_LINES, MOST_LEAD, OWN_WORDS, is_decorated, may_be_headline, points, words_of};
use crate::parse::lines::facts::*;
use crate::parse::lines::rank::{Layout, Ranker};
use crate::parse::lines::{Clues, Line, Run, above, below, count_between};
use crate::parse::names::is_full_name;
use crate::parse::trees::{Row, share};

/// What a headline must score at least.
const LEAST: i32 = -3500;

/// What a line gets that is a feed's headline, and one with the same words at most.
const FED: usize = 9000;
const LIKE_FED: usize = 3000;

/// Lines above the text, and into it, that may be the headline.
const ABOVE: usize = 90;
const BELOW: usize = 14;

/// Words of the text that are compared.
const MOST_TEXT: usize = 3000;

/// The shape of what may be a headline: words, characters, how often it stands on the page. Running text of more words is a paragraph.
const MOST_WORDS: usize = 45;
const MOST_CHARS: usize = 300;
const MOST_REPEATS: usize = 20;
const SENTENCE_WORDS: usize = 14;

/// How far off is told, and what where there is nothing to tell it from; how far dates and names are looked for.
const FAR: [i32; 2] = [90, 99];
const REACH: usize = 20;
const NOWHERE: usize = 99;

/// A line that is looked for in others: its bytes at least, and their words at most.
const SHORTEST_HELD: usize = 10;
const LONGEST_HOLDING: usize = 60;

const CAPITALS: Fact = Fact::new("capitals", |l, _| share(letters_of(l, char::is_uppercase), letters_of(l, char::is_alphabetic)));
const QUESTION: Fact = Fact::new("question", |l, _| usize::from(l.text.ends_with(['?', '!', '？', '！'])));
const ALLOWED: Fact = Fact::new("allowed", |l, _| usize::from(may_be_headline(l)));
const NAME: Fact = Fact { name: "name", ..FULL_NAME };
const BESIDE: [Fact; 6] = [WORDS_BESIDE, SMALL, KIND, KEPT, ENDS, Fact { absent: 0, ..Fact::new("repeats", |l, _| l.repeats.min(9)) }];

/// The lines that may be a page's headline, and what is known around them.
pub(in crate::parse) struct HeadlineLines<'a> {
    /// With the rules' headline.
    layout: Layout<'a>,
    kept_words: Vec<usize>,
    first: usize,
    run: &'a Run,
    slug: BTreeSet<String>,
    found: Vec<HeadlineLine>,
    /// The most that a candidate shares.
    best: [usize; 3],
}

pub(in crate::parse) struct HeadlineLine {
    pub(in crate::parse) line: usize,
    points: i64,
    words: usize,
    /// Words that it shares with the lead, the text and the address.
    shared: [usize; 3],
    fed: usize,
}

impl<'a> HeadlineLines<'a> {
    pub(in crate::parse) fn new(layout: Layout<'a>, run: &'a Run, clues: &Clues) -> HeadlineLines<'a> {
        let lines = layout.lines;
        let first = layout.kept.iter().position(|k| *k).unwrap_or(run.start);
        let lead = words_of(layout.text().take(LEAD_LINES).map(|l| l.text.as_str()), MOST_LEAD);
        let text = words_of(layout.text().map(|l| l.text.as_str()), MOST_TEXT);
        let slug = clues.url.map(slug_words).unwrap_or_default();
        let title = clues.title.map(|t| words_of([t].into_iter(), OWN_WORDS)).filter(|t| !t.is_empty());
        let place = first.min(run.start).saturating_sub(ABOVE)..(first.max(run.start) + BELOW).min(lines.len());
        let found: Vec<HeadlineLine> = place
            .filter(|i| may_be(&lines[*i]))
            .map(|line| {
                let own = words_of([lines[line].text.as_str()].into_iter(), OWN_WORDS);
                let with = |other: &BTreeSet<String>| own.intersection(other).count();
                let plain: BTreeSet<String> = if slug.is_empty() { BTreeSet::new() } else { slug_words_of(&lines[line].text) };
                HeadlineLine {
                    line,
                    points: points(lines, line, run, &lead),
                    words: own.len(),
                    shared: [with(&lead), with(&text), plain.intersection(&slug).count()],
                    fed: match &title {
                        Some(_) if clues.title.is_some_and(|title| letters(title).eq(letters(&lines[line].text))) => FED,
                        Some(title) => LIKE_FED * with(title) / title.len().max(own.len()).max(1),
                        None => 0,
                    },
                }
            })
            .collect();
        let best = [0, 1, 2].map(|part| found.iter().map(|c| c.shared[part]).max().unwrap_or(0));
        let kept_words = layout.kept_words();
        HeadlineLines { layout, kept_words, first, run, slug, found, best }
    }

    fn words(&self, row: &mut Row, candidate: &HeadlineLine) {
        for (part, name) in ["lead", "text", "slug"].into_iter().enumerate() {
            let shared = candidate.shared[part];
            row.add(name, shared);
            row.add_of(name, "share", share(shared, candidate.words));
            if name == "slug" {
                row.add("slug_told", share(shared, self.slug.len()));
            }
            row.add_of(name, "behind", self.best[part] - shared);
        }
        row.add("slug_best", self.best[2]);
    }

    fn place(&self, row: &mut Row, i: usize) {
        let Layout { lines, kept, headline: guess, .. } = &self.layout;
        row.flag("kept", kept[i]);
        row.flag("guess", *guess == Some(i));
        Layout::tell_steps(row, i, FAR, &[("from_guess", *guess), ("from_first", Some(self.first)), ("from_run", Some(self.run.start))]);
        row.add("kept_before", self.kept_words[i].min(500));
        row.add("down", share(i, lines.len()));
        row.add("line", i.min(500));
        row.add("between", count_between(lines, i, self.first, |l| !l.is_quiet() && !l.is_caption && !l.is_date_line()));
        row.add("longer_between", count_between(lines, i, self.first, |l| l.words >= 4 && !l.is_date_line()));
    }

    fn around(&self, row: &mut Row, candidate: &HeadlineLine) {
        let (lines, i) = (self.layout.lines, candidate.line);
        let (text, above, below) = (&lines[i].text, above(lines, i, REACH), below(lines, i, REACH));
        let next = |is: &dyn Fn(&Line) -> bool| below.iter().position(is).unwrap_or(NOWHERE);
        let last = |is: &dyn Fn(&Line) -> bool| above.iter().rev().position(is).unwrap_or(NOWHERE);
        let is_signature = |l: &Line| l.is_byline && !l.ends_sentence || is_full_name(&l.text);
        row.add("date_below", next(&Line::is_date_line));
        row.add("date_above", last(&Line::is_date_line));
        row.add("name_below", next(&is_signature));
        row.add("name_above", last(&is_signature));
        row.add("prose_below", next(&Line::is_prose));
        row.add("prose_above", last(&Line::is_prose));
        row.add("ui_below", next(&|l| l.is_ui));
        row.add("same_below", next(&|l| l.text == *text));
        row.add("same_above", last(&|l| l.text == *text));
        let near = |is: &dyn Fn(&str) -> bool| above.iter().chain(below).filter(|l| l.words <= LONGEST_HOLDING && is(&l.text)).count();
        row.add("decorated", near(&|other| is_decorated(text, other)));
        row.add("bare", near(&|other| is_decorated(other, text)));
        let holds = |long: &str, short: &str| short.len() >= SHORTEST_HELD && short.len() < long.len() && (long.ends_with(short) || long.starts_with(short));
        row.add("holds", near(&|other| holds(text, other)));
        row.add("held", near(&|other| holds(other, text)));
        let rivals = |is: fn(&usize, &usize) -> bool| self.found.iter().filter(|c| is(&c.line, &i) && c.shared[0] > candidate.shared[0]).count();
        row.add("better_above", rivals(usize::lt));
        row.add("better_below", rivals(usize::gt));
    }
}

impl Ranker for HeadlineLines<'_> {
    type Candidate = HeadlineLine;
    type Chosen = Option<usize>;

    fn candidates(&self) -> impl Iterator<Item = (usize, &HeadlineLine)> {
        self.found.iter().map(|c| (c.line, c))
    }

    fn describe(&self, row: &mut Row, candidate: &HeadlineLine) {
        self.layout.tell(row, candidate.line, &[LENGTH, WORDS, SMALL, MARKS, SEPARATORS, DIGITS, REPEATS, DATE_LENGTH, CAPITALS, ENDS_SENTENCE, ENDS_COLON]);
        self.layout.tell(row, candidate.line, &[QUESTION, SEEN_ABOVE, BOILERPLATE, RELATED, END, CAPTION, BYLINE, PROSE, NAME, ALLOWED]);
        machine_words(row, &self.layout.lines[candidate.line]);
        row.add("points", i32::try_from(candidate.points).unwrap_or(0));
        self.words(row, candidate);
        self.place(row, candidate.line);
        self.around(row, candidate);
        self.layout.tell_beside(row, candidate.line, -4..=4, &BESIDE);
    }

    fn added(&self, candidate: &HeadlineLine) -> i32 {
        i32::try_from(candidate.fed).unwrap_or(0)
    }

    /// The line that is the headline.
    fn pick(&self, scored: &[(i32, &HeadlineLine)]) -> Option<usize> {
        scored.iter().map(|(score, c)| (*score, c.line)).filter(|(score, _)| *score >= LEAST).max().map(|(_, line)| line)
    }
}

/// A wider gate than the rules': what the trees look at.
fn may_be(line: &Line) -> bool {
    let lettered = letters_of(line, char::is_alphabetic) * 2 >= line.length;
    // A paragraph is none, be it the only line above the text.
    let is_paragraph = line.is_prose() && line.words > SENTENCE_WORDS && line.text.ends_with(['.', '。', '।', '۔']) && !line.text.ends_with("...");
    !is_paragraph
        && (1..=MOST_WORDS).contains(&line.words)
        && line.length <= MOST_CHARS
        && lettered
        && !line.is_ui
        && line.repeats <= MOST_REPEATS
        && !line.text.starts_with("http")
}

fn letters_of(line: &Line, is: fn(char) -> bool) -> usize {
    line.text.chars().filter(|c| is(*c)).count()
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The words of an address's path.
fn slug_words(url: &str) -> BTreeSet<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    slug_words_of(decoded.trim_end_matches(".html").trim_end_matches(".htm"))
}

/// The words of a text as an address would write them: no accents, and no "e" for them either.
fn slug_words_of(text: &str) -> BTreeSet<String> {
    const STEM: usize = 6;
    let folded: String = text.chars().take(400).nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let folded = folded.replace('ß', "ss").replace("ae", "a").replace("oe", "o").replace("ue", "u").replace('ø', "o").replace('ł', "l").replace('ı', "i");
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 2 && !w.bytes().all(|b| b.is_ascii_digit()));
    words.map(|w| w.chars().take(STEM).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dates::DateContext;
    use crate::parse::lines;
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        let lines = lines::of_page("A bridge for Aarau\nThe council voted on Tuesday, after a long debate, to build the bridge.", &DateContext::default());
        let run = 1..2;
        let candidates = HeadlineLines::new(Layout::new(&lines, Some(0), std::iter::once(1)), &run, &Clues::default());
        assert_eq!(candidates.rows(|_| ()).names, SHIPPED.headlines.names);
    }

    #[test]
    fn an_address_writes_words_without_accents() {
        let words = slug_words("https://example.org/kultur/gruesse-aus-koln_ein-fest.html?id=1");
        assert_eq!(slug_words_of("Grüße aus Köln: ein Fest!").difference(&words).count(), 0);
    }
}

//! What can be counted of a line as the headline, and the trained trees (`config/headline_trees.txt`) that choose it.
//!
//! The rules' points are among the features, and so are the words of the page's address. Integers only.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::parse::headline::plain::{MOST_LEAD, is_decorated, may_be_headline, points, words_of};
use crate::parse::lines::row::{beside, counts, flags, machine_words, mark_of, steps};
use crate::parse::lines::{Clues, Line, Run};
use crate::parse::names::is_full_name;
use crate::parse::trees::{Row, Trees, share};

/// What a headline must score at least.
const LEAST: i32 = -3500;

/// What a line gets that is a feed's headline, and one with the same words at most.
const FED: usize = 9000;
const LIKE_FED: usize = 3000;

/// Lines above the text, and into it, that may be the headline.
const ABOVE: usize = 90;
const BELOW: usize = 14;

/// Bytes of a line that is looked for in others.
const SHORTEST_HELD: usize = 10;

/// The lines that may be a page's headline, and what is known around them.
pub(in crate::parse) struct Candidates<'a> {
    lines: &'a [Line],
    kept: Vec<bool>,
    kept_before: Vec<usize>,
    first: usize,
    run: &'a Run,
    guess: Option<usize>,
    slug: BTreeSet<String>,
    found: Vec<Candidate>,
    best: Shared,
}

struct Candidate {
    line: usize,
    points: i64,
    shared: Shared,
    fed: usize,
}

/// Words that a line shares with others.
#[derive(Clone, Copy, Default)]
struct Shared {
    own: usize,
    lead: usize,
    text: usize,
    slug: usize,
}

impl<'a> Candidates<'a> {
    /// Of a page whose text stands in `kept`; `guess` is the rules' headline.
    pub(in crate::parse) fn new(lines: &'a [Line], run: &'a Run, guess: Option<usize>, text: impl Iterator<Item = usize>, clues: &Clues) -> Candidates<'a> {
        let kept = flags(lines, text);
        let of_text = || lines.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| line);
        let first = kept.iter().position(|k| *k).unwrap_or(run.start);
        let lead = words_of(of_text().take(6).map(|l| l.text.as_str()), MOST_LEAD);
        let text = words_of(of_text().map(|l| l.text.as_str()), 3000);
        let slug = clues.url.map(slug_words).unwrap_or_default();
        let title = clues.title.map(|t| words_of([t].into_iter(), 60)).filter(|t| !t.is_empty());
        let place = first.min(run.start).saturating_sub(ABOVE)..(first.max(run.start) + BELOW).min(lines.len());
        let found: Vec<Candidate> = place
            .filter(|i| may_be(&lines[*i]))
            .map(|line| {
                let own = words_of([lines[line].text.as_str()].into_iter(), 60);
                let with = |other: &BTreeSet<String>| own.intersection(other).count();
                let plain: BTreeSet<String> = if slug.is_empty() { BTreeSet::new() } else { slug_words_of(&lines[line].text) };
                Candidate {
                    line,
                    points: points(lines, line, run, &lead),
                    shared: Shared { own: own.len(), lead: with(&lead), text: with(&text), slug: plain.intersection(&slug).count() },
                    fed: match &title {
                        Some(_) if clues.title.is_some_and(|title| letters(title).eq(letters(&lines[line].text))) => FED,
                        Some(title) => LIKE_FED * with(title) / title.len().max(own.len()).max(1),
                        None => 0,
                    },
                }
            })
            .collect();
        let most = |of: fn(&Shared) -> usize| found.iter().map(|c| of(&c.shared)).max().unwrap_or(0);
        let best = Shared { own: 0, lead: most(|s| s.lead), text: most(|s| s.text), slug: most(|s| s.slug) };
        let mut kept_before = vec![0];
        for (i, line) in lines.iter().enumerate() {
            kept_before.push(kept_before[i] + if kept[i] { line.words } else { 0 });
        }
        Candidates { lines, kept, kept_before, first, run, guess, slug, found, best }
    }

    /// The line that is the headline.
    pub(in crate::parse) fn choose(&self, trees: &Trees) -> Option<usize> {
        let score = |c: &Candidate| trees.score(&self.row(c, false).values).saturating_add(i32::try_from(c.fed).unwrap_or(0));
        let scored = self.found.iter().map(|c| (score(c), c.line));
        scored.filter(|(score, _)| *score >= LEAST).max_by_key(|(score, line)| (*score, *line)).map(|(_, line)| line)
    }

    /// Each candidate's line and row, and the names of the columns.
    pub(in crate::parse) fn rows(&self) -> (Vec<(usize, Vec<i32>)>, Vec<String>) {
        let names = self.found.first().and_then(|c| self.row(c, true).names).unwrap_or_default();
        (self.found.iter().map(|c| (c.line, self.row(c, false).values)).collect(), names)
    }

    fn row(&self, candidate: &Candidate, with_names: bool) -> Row {
        let mut row = Row { values: Vec::with_capacity(110), names: with_names.then(Vec::new) };
        self.own(&mut row, candidate);
        self.place(&mut row, candidate);
        self.around(&mut row, candidate.line);
        row
    }

    fn own(&self, row: &mut Row, candidate: &Candidate) {
        let line = &self.lines[candidate.line];
        let shared = &candidate.shared;
        counts(row, line);
        let letters = |of: fn(char) -> bool| line.text.chars().filter(|c| of(*c)).count();
        row.add("capitals", share(letters(char::is_uppercase), letters(char::is_alphabetic)));
        for (name, flag) in [
            ("ends_sentence", line.ends_sentence),
            ("ends_colon", line.ends_colon),
            ("question", line.text.ends_with(['?', '!', '？', '！'])),
            ("seen_above", line.seen_above),
            ("boilerplate", line.is_boilerplate),
            ("related", line.is_related),
            ("end", line.is_end),
            ("caption", line.is_caption),
            ("byline", line.is_byline),
            ("prose", line.is_prose()),
            ("name", is_full_name(&line.text)),
            ("allowed", may_be_headline(line)),
        ] {
            row.flag(name, flag);
        }
        machine_words(row, line);
        row.add("points", i32::try_from(candidate.points).unwrap_or(0));
        row.add("lead", shared.lead);
        row.add("lead_share", share(shared.lead, shared.own));
        row.add("lead_behind", self.best.lead - shared.lead);
        row.add("text", shared.text);
        row.add("text_share", share(shared.text, shared.own));
        row.add("text_behind", self.best.text - shared.text);
        row.add("slug", shared.slug);
        row.add("slug_share", share(shared.slug, shared.own));
        row.add("slug_told", share(shared.slug, self.slug.len()));
        row.add("slug_behind", self.best.slug - shared.slug);
        row.add("slug_best", self.best.slug);
    }

    fn place(&self, row: &mut Row, candidate: &Candidate) {
        let (lines, i) = (self.lines, candidate.line);
        row.flag("kept", self.kept[i]);
        row.flag("guess", self.guess == Some(i));
        row.add("from_guess", self.guess.map_or(99, |g| steps(i, g, 90)));
        row.add("from_first", steps(i, self.first, 90));
        row.add("from_run", steps(i, self.run.start, 90));
        row.add("kept_before", self.kept_before[i].min(500));
        row.add("down", share(i, lines.len()));
        row.add("line", i.min(500));
        let (from, to) = (i.min(self.first), i.max(self.first));
        row.add("between", lines[from..to].iter().filter(|l| !l.is_quiet() && !l.is_caption && !l.is_date_line()).count());
        row.add("longer_between", lines[from..to].iter().filter(|l| l.words >= 4 && !l.is_date_line()).count());
        let is_signature = |l: &Line| l.is_byline && !l.ends_sentence || is_full_name(&l.text);
        let below = |is: &dyn Fn(&Line) -> bool| lines[i + 1..].iter().take(20).position(is).unwrap_or(99);
        let above = |is: &dyn Fn(&Line) -> bool| lines[..i].iter().rev().take(20).position(is).unwrap_or(99);
        row.add("date_below", below(&Line::is_date_line));
        row.add("date_above", above(&Line::is_date_line));
        row.add("name_below", below(&is_signature));
        row.add("name_above", above(&is_signature));
        row.add("prose_below", below(&Line::is_prose));
        row.add("prose_above", above(&Line::is_prose));
        row.add("ui_below", below(&|l| l.is_ui));
        row.add("same_below", below(&|l| l.text == lines[i].text));
        row.add("same_above", above(&|l| l.text == lines[i].text));
        let near = || lines[i.saturating_sub(20)..i].iter().chain(lines[i + 1..].iter().take(20)).filter(|l| l.words <= 60);
        row.add("decorated", near().filter(|l| is_decorated(&lines[i].text, &l.text)).count());
        row.add("bare", near().filter(|l| is_decorated(&l.text, &lines[i].text)).count());
        let holds = |long: &str, short: &str| short.len() >= SHORTEST_HELD && short.len() < long.len() && (long.ends_with(short) || long.starts_with(short));
        row.add("holds", near().filter(|l| holds(&lines[i].text, &l.text)).count());
        row.add("held", near().filter(|l| holds(&l.text, &lines[i].text)).count());
        let rivals = |ahead: bool| self.found.iter().filter(|c| (c.line < i) == ahead && c.line != i && c.shared.lead > candidate.shared.lead).count();
        row.add("better_above", rivals(true));
        row.add("better_below", rivals(false));
    }

    fn around(&self, row: &mut Row, i: usize) {
        for (name, at) in beside(i, self.lines, [("b4", -4), ("b3", -3), ("b2", -2), ("b1", -1), ("a1", 1), ("a2", 2), ("a3", 3), ("a4", 4)]) {
            let line = at.map(|at| &self.lines[at]);
            row.add_of(name, "words", line.map_or(-1, |l| i32::try_from(l.words.min(300)).unwrap_or(300)));
            row.add_of(name, "small", line.map_or(-1, |l| i32::try_from(l.small).unwrap_or(0)));
            row.add_of(name, "kind", line.map_or(-1, mark_of));
            row.add_of(name, "kept", at.map_or(-1, |at| i32::from(self.kept[at])));
            row.add_of(name, "ends", line.map_or(-1, |l| i32::from(l.ends_sentence)));
            row.add_of(name, "repeats", line.map_or(0, |l| l.repeats.min(9)));
        }
    }
}

/// A wider gate than the rules': what the trees look at.
fn may_be(line: &Line) -> bool {
    let lettered = line.text.chars().filter(|c| c.is_alphabetic()).count() * 2 >= line.length;
    // A paragraph is none, be it the only line above the text.
    let is_paragraph = line.is_prose() && line.words > 14 && line.text.ends_with(['.', '。', '।', '۔']) && !line.text.ends_with("...");
    !is_paragraph && (1..=45).contains(&line.words) && line.length <= 300 && lettered && !line.is_ui && line.repeats <= 20 && !line.text.starts_with("http")
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
        let candidates = Candidates::new(&lines, &run, Some(0), std::iter::once(1), &Clues::default());
        assert_eq!(candidates.rows().1, SHIPPED.headlines.names);
    }

    #[test]
    fn an_address_writes_words_without_accents() {
        let words = slug_words("https://example.org/kultur/gruesse-aus-koln_ein-fest.html?id=1");
        assert_eq!(slug_words_of("Grüße aus Köln: ein Fest!").difference(&words).count(), 0);
    }
}

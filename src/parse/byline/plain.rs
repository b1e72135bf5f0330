//! The lines that name who wrote the article: every line with names is judged by trees (`config/byline_trees.txt`), and those with the
//! best one around them are taken. Integers only.

use std::collections::{HashMap, HashSet};

use crate::parse::lines::Line;
use crate::parse::lines::row::{Rows, beside, counts, flags, machine_words, mark_of, steps};
use crate::parse::names::{is_full_name, names_in, signs};
use crate::parse::published::label::{Label, label_in};
use crate::parse::trees::{Row, Trees, share};
use crate::parse::vocabulary;

/// What the best line must score at least, and one beside it.
const LEAST: i32 = -1000;
const LEAST_BESIDE: i32 = 0;

/// Lines between two that sign the same article.
const APART: usize = 3;

/// Lines above the headline, into the text, before its end and below it that may sign.
const ABOVE: usize = 8;
const INTO: usize = 30;
const BEFORE_END: usize = 20;
const BELOW: usize = 14;

/// Words of a line that may sign, and characters of one in which its names are looked for.
const MOST_WORDS: usize = 40;
const MOST_CHARS: usize = 1000;

/// The lines of a page that hold names, and what is known around them.
pub(in crate::parse) struct Bylines<'a> {
    lines: &'a [Line],
    kept: Vec<bool>,
    first: usize,
    last: usize,
    headline: Option<usize>,
    date: Option<usize>,
    /// In how many lines of the text each word stands.
    told: HashMap<String, usize>,
    found: Vec<Candidate>,
}

struct Candidate {
    line: usize,
    names: Vec<String>,
}

impl<'a> Bylines<'a> {
    /// Of a page whose text stands in `kept`.
    pub(in crate::parse) fn new(lines: &'a [Line], headline: Option<usize>, date: Option<usize>, text: impl Iterator<Item = usize>) -> Bylines<'a> {
        let kept = flags(lines, text);
        let first = kept.iter().position(|k| *k).unwrap_or(0);
        let last = kept.iter().rposition(|k| *k).unwrap_or(0);
        let mut told: HashMap<String, usize> = HashMap::new();
        for line in lines.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| line) {
            let words: HashSet<&str> = line.text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().next().is_some_and(char::is_uppercase)).collect();
            for word in words {
                *told.entry(word.to_lowercase()).or_default() += 1;
            }
        }
        let top = headline.unwrap_or(first).min(first);
        let end = (last + BELOW).min(lines.len());
        let begins = (first + INTO).min(end);
        let near = (top.saturating_sub(ABOVE)..begins).chain(last.saturating_sub(BEFORE_END).max(begins)..end);
        let is_headline = |i: &usize| headline.is_some_and(|h| lines[h].text == lines[*i].text);
        let found = near.filter(|i| may_sign(&lines[*i]) && !is_headline(i)).filter_map(|line| {
            let mut names = names_in(&lines[line].text);
            // One word alone, in a script without cases, is a section more often than a person.
            let bare = |name: &str| *name == lines[line].text && !name.contains(' ') && !name.chars().any(|c| c.is_lowercase() || c.is_uppercase());
            // Whom the headline names, it is about.
            let is_subject = |name: &str| headline.is_some_and(|h| lines[h].text.contains(name)) && !signs(&lines[line].text);
            names.retain(|name| label_in(name) == Label::None && !bare(name) && !is_subject(name));
            (!names.is_empty()).then_some(Candidate { line, names })
        });
        Bylines { found: found.collect(), lines, kept, first, last, headline, date, told }
    }

    /// How many lines may sign.
    pub(in crate::parse) fn len(&self) -> usize {
        self.found.len()
    }

    /// The lines that sign, and the names in them.
    pub(in crate::parse) fn choose(&self, trees: &Trees) -> Vec<(usize, Vec<String>)> {
        let scored: Vec<(i32, &Candidate)> = self.found.iter().map(|c| (trees.score(&self.row(c, false).values), c)).collect();
        let Some((_, best)) = scored.iter().filter(|(score, _)| *score >= LEAST).max_by_key(|(score, c)| (*score, std::cmp::Reverse(c.line))) else {
            return Vec::new();
        };
        let side = |c: &Candidate| self.headline.is_some_and(|h| c.line < h);
        let beside = |c: &Candidate| c.line.abs_diff(best.line) <= APART && side(c) == side(best);
        scored.iter().filter(|(score, c)| c.line == best.line || *score >= LEAST_BESIDE && beside(c)).map(|(_, c)| (c.line, c.names.clone())).collect()
    }

    /// Each candidate's line, names and row, and the names of the columns.
    pub(in crate::parse) fn rows(&self) -> Rows<(usize, Vec<String>)> {
        let names = self.found.first().and_then(|c| self.row(c, true).names).unwrap_or_default();
        Rows { values: self.found.iter().map(|c| ((c.line, c.names.clone()), self.row(c, false).values)).collect(), names }
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
        counts(row, line);
        row.add("names", candidate.names.len().min(10));
        let named: usize = candidate.names.iter().map(String::len).sum();
        row.add("named", share(named, line.text.len()));
        row.add("begins", candidate.names.first().and_then(|name| line.text.find(name.as_str())).unwrap_or(99).min(99));
        for (name, flag) in [
            ("signs", signs(&line.text)),
            ("full_name", is_full_name(&line.text)),
            ("known", candidate.names.iter().any(|name| is_full_name(name))),
            ("only", candidate.names.first().is_some_and(|name| *name == line.text)),
            ("byline", line.is_byline),
            ("ends_sentence", line.ends_sentence),
            ("ends_colon", line.ends_colon),
            ("seen_above", line.seen_above),
            ("boilerplate", line.is_boilerplate),
            ("related", line.is_related),
            ("caption", line.is_caption),
            ("date_line", line.is_date_line()),
            ("prose", line.is_prose()),
        ] {
            row.flag(name, flag);
        }
        machine_words(row, line);
        // A name that the text speaks of is most often its subject's.
        let last_name = |name: &String| name.split(|c: char| !c.is_alphanumeric()).rfind(|w| w.chars().count() > 2).map(str::to_lowercase);
        let told = candidate.names.iter().filter_map(last_name).map(|name| self.told.get(&name).copied().unwrap_or(0)).max().unwrap_or(0);
        row.add("told", told - usize::from(self.kept[candidate.line]).min(told));
        let again = candidate
            .names
            .first()
            .map_or(0, |name| self.lines.iter().filter(|l| l.words <= MOST_WORDS && l.length <= MOST_CHARS && l.text.contains(name.as_str())).count());
        row.add("again", again.min(20));
    }

    fn place(&self, row: &mut Row, candidate: &Candidate) {
        let i = candidate.line;
        row.flag("kept", self.kept[i]);
        row.add("from_headline", self.headline.map_or(-150, |h| steps(i, h, 150)));
        row.add("from_date", self.date.map_or(-150, |d| steps(i, d, 150)));
        row.add("from_first", steps(i, self.first, 150));
        row.add("from_last", steps(i, self.last, 150));
        let (from, to) = self.headline.map_or((i, i), |h| (h.min(i), h.max(i)));
        row.add("between", self.lines[from..to].iter().filter(|l| !l.is_quiet() && !l.is_caption).count().min(200));
        row.add("prose_between", self.lines[from..to].iter().filter(|l| l.is_prose()).count().min(200));
        row.add("candidates", self.found.len().min(100));
        row.add("before", self.found.iter().filter(|c| c.line < i).count().min(100));
        let beside = |step: isize| i.checked_add_signed(step).is_some_and(|at| self.found.iter().any(|c| c.line == at));
        row.flag("name_above", beside(-1));
        row.flag("name_below", beside(1));
        row.add("signing_before", self.found.iter().filter(|c| c.line < i && signs(&self.lines[c.line].text)).count().min(20));
    }

    fn around(&self, row: &mut Row, i: usize) {
        for (name, at) in beside(i, self.lines, [("b3", -3), ("b2", -2), ("b1", -1), ("a1", 1), ("a2", 2), ("a3", 3)]) {
            let line = at.map(|at| &self.lines[at]);
            row.add_of(name, "words", line.map_or(-1, |l| i32::try_from(l.words.min(300)).unwrap_or(300)));
            row.add_of(name, "kind", line.map_or(-1, mark_of));
            row.add_of(name, "prose", line.map_or(-1, |l| i32::from(l.is_prose())));
            row.add_of(name, "kept", at.map_or(-1, |at| i32::from(self.kept[at])));
            row.add_of(name, "ends", line.map_or(-1, |l| i32::from(l.ends_sentence)));
            row.add_of(name, "byline", line.map_or(-1, |l| i32::from(l.is_byline)));
            row.add_of(name, "person", line.map_or(-1, |l| i32::try_from(vocabulary::count(&l.text)[PERSON]).unwrap_or(9)));
        }
    }
}

/// The kind of words that stand around a person's name.
const PERSON: usize = 3;

fn may_sign(line: &Line) -> bool {
    let is_credit = line.is_caption && !line.is_byline;
    let is_sentence = line.is_prose() && line.ends_sentence && line.words > 14;
    (1..=MOST_WORDS).contains(&line.words) && !line.is_ui && !is_credit && !is_sentence && line.repeats <= 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dates::DateContext;
    use crate::parse::lines;
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        let lines = lines::of_page("A bridge for Aarau\nBy Jane Roe\nThe council voted on Tuesday to build the bridge.", &DateContext::default());
        let bylines = Bylines::new(&lines, Some(0), None, std::iter::once(2));
        assert_eq!(bylines.rows().names, SHIPPED.bylines.names);
        assert_eq!(vocabulary::KINDS[PERSON], "person");
    }
}

//! The lines that name who wrote the article: every line with names is judged by trees (`config/byline_trees.txt`), and those with the
//! best one around them are taken. Integers only.

use std::collections::{HashMap, HashSet};

use crate::parse::lines::facts::*;
use crate::parse::lines::rank::{Layout, Ranker};
use crate::parse::lines::{Line, count_between};
use crate::parse::names::{is_full_name, names_in, signs};
use crate::parse::published::label::{Label, label_in};
use crate::parse::trees::{Row, share};
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

/// Of a line that may sign: its words, and how often it stands on the page. A sentence of more words is none.
const MOST_WORDS: usize = 40;
const MOST_REPEATS: usize = 8;
const SENTENCE_WORDS: usize = 14;

/// Characters of a line in which names are looked for.
const MOST_CHARS: usize = 1000;

/// How far off is told, and what where there is nothing to tell it from.
const FAR: [i32; 2] = [150, -150];

/// The kind of words that stand around a person's name.
const PERSON: usize = 3;

const SIGNS: Fact = Fact::new("signs", |l, _| usize::from(signs(&l.text)));
const PERSONS: Fact = Fact::new("person", |l, _| vocabulary::count(&l.text)[PERSON]);
const BESIDE: [Fact; 7] = [WORDS_BESIDE, KIND, PROSE, KEPT, ENDS, BYLINE, PERSONS];

/// The lines of a page that hold names, and what is known around them.
pub(in crate::parse) struct BylineLines<'a> {
    layout: Layout<'a>,
    date: Option<usize>,
    /// In how many lines of the text each word stands.
    told: HashMap<String, usize>,
    found: Vec<BylineLine>,
}

pub(in crate::parse) struct BylineLine {
    pub(in crate::parse) line: usize,
    pub(in crate::parse) names: Vec<String>,
}

impl<'a> BylineLines<'a> {
    pub(in crate::parse) fn new(layout: Layout<'a>, date: Option<usize>) -> BylineLines<'a> {
        let Layout { lines, headline, first, last, .. } = layout;
        let mut told: HashMap<String, usize> = HashMap::new();
        for line in layout.text() {
            let words: HashSet<&str> = line.text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().next().is_some_and(char::is_uppercase)).collect();
            for word in words {
                *told.entry(word.to_lowercase()).or_default() += 1;
            }
        }
        let end = (last + BELOW).min(lines.len());
        let begins = (first + INTO).min(end);
        let near = (layout.top().saturating_sub(ABOVE)..begins).chain(last.saturating_sub(BEFORE_END).max(begins)..end);
        let is_headline = |i: &usize| headline.is_some_and(|h| lines[h].text == lines[*i].text);
        let found = near.filter(|i| may_sign(&lines[*i]) && !is_headline(i)).filter_map(|line| {
            let mut names = names_in(&lines[line].text);
            // One word alone, in a script without cases, is a section more often than a person.
            let bare = |name: &str| *name == lines[line].text && !name.contains(' ') && !name.chars().any(|c| c.is_lowercase() || c.is_uppercase());
            // Whom the headline names, it is about.
            let is_subject = |name: &str| headline.is_some_and(|h| lines[h].text.contains(name)) && !signs(&lines[line].text);
            names.retain(|name| label_in(name) == Label::None && !bare(name) && !is_subject(name));
            (!names.is_empty()).then_some(BylineLine { line, names })
        });
        BylineLines { found: found.collect(), layout, date, told }
    }

    fn own(&self, row: &mut Row, candidate: &BylineLine) {
        let (line, names) = (&self.layout.lines[candidate.line], &candidate.names);
        let first = names.first();
        self.layout.tell(row, candidate.line, &[LENGTH, WORDS, SMALL, MARKS, SEPARATORS, DIGITS, REPEATS, DATE_LENGTH]);
        row.add("names", names.len().min(10));
        row.add("named", share(names.iter().map(String::len).sum(), line.text.len()));
        row.add("begins", first.and_then(|name| line.text.find(name.as_str())).unwrap_or(99).min(99));
        self.layout.tell(row, candidate.line, &[SIGNS, FULL_NAME]);
        row.flag("known", names.iter().any(|name| is_full_name(name)));
        row.flag("only", first.is_some_and(|name| *name == line.text));
        self.layout.tell(row, candidate.line, &[BYLINE, ENDS_SENTENCE, ENDS_COLON, SEEN_ABOVE, BOILERPLATE, RELATED, CAPTION, DATE_LINE, PROSE]);
        machine_words(row, line);
        // A name that the text speaks of is most often its subject's.
        let last_name = |name: &String| name.split(|c: char| !c.is_alphanumeric()).rfind(|w| w.chars().count() > 2).map(str::to_lowercase);
        let told = names.iter().filter_map(last_name).map(|name| self.told.get(&name).copied().unwrap_or(0)).max().unwrap_or(0);
        row.add("told", told - usize::from(self.layout.kept[candidate.line]).min(told));
        let names_first = |l: &&Line| l.words <= MOST_WORDS && l.length <= MOST_CHARS && first.is_some_and(|name| l.text.contains(name.as_str()));
        row.add("again", self.layout.lines.iter().filter(names_first).count().min(20));
    }

    fn place(&self, row: &mut Row, i: usize) {
        let Layout { lines, kept, first, last, headline } = &self.layout;
        row.flag("kept", kept[i]);
        let places = [("from_headline", *headline), ("from_date", self.date), ("from_first", Some(*first)), ("from_last", Some(*last))];
        Layout::tell_steps(row, i, FAR, &places);
        let between = |is: fn(&Line) -> bool| count_between(lines, i, headline.unwrap_or(i), is).min(200);
        row.add("between", between(|l| !l.is_quiet() && !l.is_caption));
        row.add("prose_between", between(Line::is_prose));
        row.add("candidates", self.found.len().min(100));
        let before = || self.found.iter().filter(|c| c.line < i);
        row.add("before", before().count().min(100));
        row.flag("name_above", self.found.iter().any(|c| c.line + 1 == i));
        row.flag("name_below", self.found.iter().any(|c| c.line == i + 1));
        row.add("signing_before", before().filter(|c| signs(&lines[c.line].text)).count().min(20));
    }
}

impl Ranker for BylineLines<'_> {
    type Candidate = BylineLine;
    type Chosen = Vec<(usize, Vec<String>)>;

    fn candidates(&self) -> impl Iterator<Item = (usize, &BylineLine)> {
        self.found.iter().map(|c| (c.line, c))
    }

    fn describe(&self, row: &mut Row, candidate: &BylineLine) {
        self.own(row, candidate);
        self.place(row, candidate.line);
        self.layout.tell_beside(row, candidate.line, -3..=3, &BESIDE);
    }

    /// The lines that sign, and the names in them.
    fn pick(&self, scored: &[(i32, &BylineLine)]) -> Vec<(usize, Vec<String>)> {
        let best = scored.iter().filter(|(score, _)| *score >= LEAST).max_by_key(|(score, c)| (*score, std::cmp::Reverse(c.line)));
        let Some((_, best)) = best else { return Vec::new() };
        let side = |c: &BylineLine| self.layout.headline.is_some_and(|h| c.line < h);
        let beside = |c: &BylineLine| c.line.abs_diff(best.line) <= APART && side(c) == side(best);
        scored.iter().filter(|(score, c)| c.line == best.line || *score >= LEAST_BESIDE && beside(c)).map(|(_, c)| (c.line, c.names.clone())).collect()
    }
}

fn may_sign(line: &Line) -> bool {
    let is_credit = line.is_caption && !line.is_byline;
    let is_sentence = line.is_prose() && line.ends_sentence && line.words > SENTENCE_WORDS;
    (1..=MOST_WORDS).contains(&line.words) && !line.is_ui && !is_credit && !is_sentence && line.repeats <= MOST_REPEATS
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
        let bylines = BylineLines::new(Layout::new(&lines, Some(0), std::iter::once(2)), None);
        assert_eq!(bylines.rows(|_| ()).names, SHIPPED.bylines.names);
        assert_eq!(vocabulary::KINDS[PERSON], "person");
    }
}

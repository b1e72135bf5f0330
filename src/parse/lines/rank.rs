//! Lines ranked by trained trees: each that may be chosen for a field is told as a row of integers, and scored. It must never know the field.

use std::ops::RangeInclusive;

use crate::parse::lines::Line;
use crate::parse::lines::facts::Fact;
use crate::parse::trees::{Row, Trees};

/// Rows for the trainer, with what each is about.
#[derive(Default)]
pub struct Rows<About = usize> {
    /// What it is about (a line), and its values.
    pub values: Vec<(About, Vec<i32>)>,
    /// The names of the columns.
    pub names: Vec<String>,
}

/// What was chosen, and from what.
#[derive(Debug, Default)]
pub struct Ranked<Chosen> {
    /// What was chosen.
    pub chosen: Chosen,
    /// All candidates, in the order of the page.
    pub weighed: Vec<Weighed>,
}

/// A candidate.
#[derive(Clone, Copy, Debug)]
pub struct Weighed {
    /// Its line.
    pub line: usize,
    /// Log-odds of the trees in units of 1/[`crate::parse::trees::SCALE`], and the points added to them.
    pub score: i32,
}

/// What chooses lines for a field.
pub(in crate::parse) trait Ranker {
    type Candidate;
    type Chosen;

    /// Each with its line, in the order of the page.
    fn candidates(&self) -> impl Iterator<Item = (usize, &Self::Candidate)>;

    /// Adds the features of a candidate: those that the trees were trained with, in their order.
    fn describe(&self, row: &mut Row, candidate: &Self::Candidate);

    /// Points beside those of the trees.
    fn added(&self, _: &Self::Candidate) -> i32 {
        0
    }

    /// Chooses among the candidates, given with their scores.
    fn pick(&self, scored: &[(i32, &Self::Candidate)]) -> Self::Chosen;

    fn row(&self, candidate: &Self::Candidate, with_names: bool) -> Row {
        const COLUMNS: usize = 110;
        let mut row = Row { values: Vec::with_capacity(COLUMNS), names: with_names.then(Vec::new) };
        self.describe(&mut row, candidate);
        row
    }

    fn rows<About>(&self, about: impl Fn(&Self::Candidate) -> About) -> Rows<About> {
        let names = self.candidates().next().and_then(|(_, c)| self.row(c, true).names).unwrap_or_default();
        Rows { values: self.candidates().map(|(_, c)| (about(c), self.row(c, false).values)).collect(), names }
    }

    fn choose(&self, trees: &Trees) -> Ranked<Self::Chosen> {
        let score = |c| trees.score(&self.row(c, false).values).saturating_add(self.added(c));
        let scored: Vec<(i32, &Self::Candidate)> = self.candidates().map(|(_, c)| (score(c), c)).collect();
        let weighed = self.candidates().zip(&scored).map(|((line, _), (score, _))| Weighed { line, score: *score }).collect();
        Ranked { chosen: self.pick(&scored), weighed }
    }
}

/// The lines of a page, and where its text and headline stand, as far as they are known.
pub(in crate::parse) struct Layout<'a> {
    pub(in crate::parse) lines: &'a [Line],
    pub(in crate::parse) headline: Option<usize>,
    /// Which lines are text.
    pub(in crate::parse) kept: Vec<bool>,
    /// The first and last line of text; 0 where there is none.
    pub(in crate::parse) first: usize,
    pub(in crate::parse) last: usize,
}

impl<'a> Layout<'a> {
    pub(in crate::parse) fn new(lines: &'a [Line], headline: Option<usize>, text: impl Iterator<Item = usize>) -> Layout<'a> {
        let mut kept = vec![false; lines.len()];
        text.for_each(|i| kept[i] = true);
        let first = kept.iter().position(|k| *k).unwrap_or(0);
        Layout { lines, headline, first, last: kept.iter().rposition(|k| *k).unwrap_or(0), kept }
    }

    pub(in crate::parse) fn text(&self) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().zip(&self.kept).filter(|(_, kept)| **kept).map(|(line, _)| line)
    }

    /// Where the article begins.
    pub(in crate::parse) fn top(&self) -> usize {
        self.headline.unwrap_or(self.first).min(self.first)
    }

    /// Words of the text before each line, and in all.
    pub(in crate::parse) fn kept_words(&self) -> Vec<usize> {
        super::sums(self.lines, |i, line| if self.kept[i] { line.words } else { 0 })
    }

    /// Tells how many lines a line stands below others, up to `most` either way; `absent` where there is none.
    pub(in crate::parse) fn tell_steps(row: &mut Row, index: usize, [most, absent]: [i32; 2], from: &[(&str, Option<usize>)]) {
        let at = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        from.iter().for_each(|(name, from)| row.add(name, from.map_or(absent, |from| (at(index) - at(from)).clamp(-most, most))));
    }

    /// Tells facts of a line.
    pub(in crate::parse) fn tell(&self, row: &mut Row, index: usize, facts: &[Fact]) {
        facts.iter().for_each(|fact| row.add(fact.name, (fact.of)(&self.lines[index], self.kept[index])));
    }

    /// Tells facts of the lines that stand so many steps from one.
    pub(in crate::parse) fn tell_beside(&self, row: &mut Row, index: usize, steps: RangeInclusive<isize>, facts: &[Fact]) {
        const PLACES: [(isize, &str); 8] = [(-4, "b4"), (-3, "b3"), (-2, "b2"), (-1, "b1"), (1, "a1"), (2, "a2"), (3, "a3"), (4, "a4")];
        for (step, place) in PLACES.into_iter().filter(|(step, _)| steps.contains(step)) {
            let at = index.checked_add_signed(step).filter(|at| *at < self.lines.len());
            let told = |fact: &Fact, at: usize| i32::try_from((fact.of)(&self.lines[at], self.kept[at])).unwrap_or(i32::MAX);
            facts.iter().for_each(|fact| row.add_of(place, fact.name, at.map_or(fact.absent, |at| told(fact, at))));
        }
    }
}

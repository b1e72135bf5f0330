//! What can be counted of a line and of what stands around it, and the trained trees (`config/line_trees.txt`) that judge whether it is text.
//!
//! The rules' proposal ([`crate::parse::body::plain`]) is among the features. Integers only; one pass, with sums.

use std::collections::HashSet;

use crate::parse::body::plain::{CAPTION_TEXT, RELATED_TEXT};
use crate::parse::lines::facts::*;
use crate::parse::lines::rank::{Layout, Ranker};
use crate::parse::lines::{Line, Run, sums};
use crate::parse::trees::{Row, share};
use crate::text::quick::Quick;

/// A line is kept from this score on.
const KEEP: i32 = 0;

/// Lines around the run that are judged; farther away running text only.
const AROUND: usize = 40;

/// Words from which on a line is printed once: a shorter one may well stand twice.
const ONCE: usize = 5;

/// How far off is told, and what where there is nothing to tell it from.
const FAR: [i32; 2] = [60, -99];
const LONG_SINCE: usize = 99;

const LENGTH_UP_TO: Fact = Fact::new("length", |l, _| l.length.min(5000));
const WORDS_UP_TO: Fact = Fact::new("words", |l, _| l.words.min(1000));
const ALL_REPEATS: Fact = Fact::new("repeats", |l, _| l.repeats);
const START: Fact = Fact::new("start", |l, _| start_of(l));
const QUESTION: Fact = Fact::new("question", |l, _| usize::from(l.text.ends_with(['?', '!'])));
const BESIDE: [Fact; 6] = [WORDS_BESIDE, PROSE, KEPT, ENDS, Fact { absent: 0, ..SMALL }, Fact { absent: 0, ..KIND }];

/// The lines of a page that may be its text, and what the rules make of them.
pub(in crate::parse) struct BodyLines<'a> {
    layout: Layout<'a>,
    run: &'a Run,
    words: Vec<usize>,
    prose: Vec<usize>,
    kept_words: Vec<usize>,
    /// Lines since one that ends an article.
    since_end: Vec<usize>,
    found: Vec<usize>,
}

impl<'a> BodyLines<'a> {
    /// Of a page whose text the rules propose in `layout`.
    pub(in crate::parse) fn new(layout: Layout<'a>, run: &'a Run) -> BodyLines<'a> {
        let lines = layout.lines;
        let near = run.start.saturating_sub(AROUND)..=run.end + AROUND;
        let may_be = |i: &usize| layout.kept[*i] || !is_out(&lines[*i]) && (near.contains(i) || lines[*i].is_prose());
        let since_end = lines.iter().scan(LONG_SINCE, |since, line| {
            let told = *since;
            *since = if line.is_end || line.is_comments { 0 } else { (told + 1).min(LONG_SINCE) };
            Some(told)
        });
        BodyLines {
            run,
            words: sums(lines, |_, l| l.words),
            prose: sums(lines, |_, l| if l.is_prose() { l.words } else { 0 }),
            kept_words: layout.kept_words(),
            since_end: since_end.collect(),
            found: (0..lines.len()).filter(|i| Some(*i) != layout.headline && may_be(i)).collect(),
            layout,
        }
    }

    fn place(&self, row: &mut Row, index: usize) {
        let Layout { lines, kept, first, last, headline } = &self.layout;
        let all = lines.len();
        row.flag("kept", kept[index]);
        row.flag("in_run", self.run.contains(&index));
        let places = [("from_start", Some(self.run.start)), ("from_end", Some(self.run.end)), ("from_first", Some(*first)), ("from_last", Some(*last))];
        Layout::tell_steps(row, index, FAR, &places);
        Layout::tell_steps(row, index, FAR, &[("from_headline", *headline)]);
        row.add("since_end", self.since_end[index]);
        row.add("kept_before", self.kept_words[index].min(2000));
        row.add("kept_after", (self.kept_words[all] - self.kept_words[index + 1]).min(2000));
        row.add("prose_before", self.prose[index].min(2000));
        row.add("prose_after", (self.prose[all] - self.prose[index + 1]).min(2000));
        row.add("page_lines", all.min(3000));
        row.add("page_kept", self.kept_words[all].min(10_000));
        row.add("page_share", share(self.kept_words[all], self.words[all]));
        row.add("page_prose", share(self.prose[all], self.words[all]));
    }

    fn around(&self, row: &mut Row, index: usize) {
        // Of the third line above and below, less is told.
        self.layout.tell_beside(row, index, -3..=-3, &BESIDE[..4]);
        self.layout.tell_beside(row, index, -2..=2, &BESIDE);
        self.layout.tell_beside(row, index, 3..=3, &BESIDE[..4]);
        for (name, width) in [("near", 3), ("wide", 8), ("vast", 20)] {
            let (from, to) = (index.saturating_sub(width), (index + width + 1).min(self.layout.lines.len()));
            let words = self.words[to] - self.words[from];
            row.add_of(name, "words", words.min(3000));
            row.add_of(name, "prose", share(self.prose[to] - self.prose[from], words));
            row.add_of(name, "kept", share(self.kept_words[to] - self.kept_words[from], words));
        }
    }
}

impl Ranker for BodyLines<'_> {
    type Candidate = usize;
    type Chosen = Vec<usize>;

    fn candidates(&self) -> impl Iterator<Item = (usize, &usize)> {
        self.found.iter().map(|line| (*line, line))
    }

    fn describe(&self, row: &mut Row, line: &usize) {
        self.layout.tell(row, *line, &[LENGTH_UP_TO, WORDS_UP_TO, SMALL, MARKS, SEPARATORS, DIGITS, ALL_REPEATS, DATE_LENGTH, ENDS_SENTENCE]);
        self.layout.tell(row, *line, &[ENDS_COLON, SEEN_ABOVE, UI, BOILERPLATE, RELATED, END, COMMENTS, CAPTION, BYLINE, DATE_LINE, PROSE, QUIET]);
        self.layout.tell(row, *line, &[START, QUESTION]);
        machine_words(row, &self.layout.lines[*line]);
        self.place(row, *line);
        self.around(row, *line);
    }

    /// The lines that the trees keep.
    fn pick(&self, scored: &[(i32, &usize)]) -> Vec<usize> {
        let mut seen: HashSet<&str, Quick> = HashSet::default();
        let is_kept = |i: &usize| self.layout.lines[*i].words < ONCE || seen.insert(&self.layout.lines[*i].text);
        scored.iter().filter(|(score, _)| *score >= KEEP).map(|(_, i)| **i).filter(is_kept).collect()
    }
}

/// What a line's words or another place on the page give away: the trees do not bring it back.
fn is_out(line: &Line) -> bool {
    line.is_related && line.words < RELATED_TEXT || line.is_caption && line.words < CAPTION_TEXT || line.is_ui || line.is_end || line.is_comments
}

/// What a line begins with.
fn start_of(line: &Line) -> usize {
    match line.text.chars().next().unwrap_or(' ') {
        c if c.is_lowercase() => 1,
        c if c.is_alphabetic() => 0,
        c if c.is_numeric() => 2,
        '"' | '“' | '„' | '«' | '»' | '「' | '‘' | '\'' => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dates::DateContext;
    use crate::parse::lines;
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        let lines = lines::of_page("The council voted on Tuesday, after a long debate, to build the bridge.", &DateContext::default());
        let run = 0..1;
        let candidates = BodyLines::new(Layout::new(&lines, None, std::iter::once(0)), &run);
        assert_eq!(candidates.rows(|_| ()).names, SHIPPED.lines.names);
    }
}

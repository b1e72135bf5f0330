//! What can be counted of a line and of what stands around it, and the trained trees (`config/line_trees.txt`) that judge it.
//!
//! The rules' proposal ([`crate::parse::body::plain`]) is among the features. Integers only; one pass, with sums.

use std::collections::HashSet;

use crate::parse::lines::row::{beside, flags, machine_words, mark_of, steps};
use crate::parse::lines::{Line, Run};
use crate::parse::trees::{Row, Trees, share};
use crate::text::quick::Quick;

/// A line is kept from this score on.
const KEEP: i32 = 0;

/// The lines of a page and what the rules make of them.
pub(in crate::parse) struct Page<'a> {
    pub(in crate::parse) lines: &'a [Line],
    pub(in crate::parse) run: &'a Run,
    pub(in crate::parse) headline: Option<usize>,
    kept: Vec<bool>,
    first: usize,
    last: usize,
    words: Vec<usize>,
    prose: Vec<usize>,
    kept_words: Vec<usize>,
    since_end: Vec<usize>,
}

fn sums(lines: &[Line], value: impl Fn(usize, &Line) -> usize) -> Vec<usize> {
    let mut out = vec![0];
    for (index, line) in lines.iter().enumerate() {
        out.push(out[index] + value(index, line));
    }
    out
}

impl<'a> Page<'a> {
    pub(in crate::parse) fn new(lines: &'a [Line], run: &'a Run, headline: Option<usize>, proposal: impl Iterator<Item = usize>) -> Page<'a> {
        let kept = flags(lines, proposal);
        let mut since_end = Vec::with_capacity(lines.len());
        let mut since = 99;
        for line in lines {
            since_end.push(since);
            since = if line.is_end || line.is_comments { 0 } else { (since + 1).min(99) };
        }
        Page {
            run,
            headline,
            first: kept.iter().position(|k| *k).unwrap_or(0),
            last: kept.iter().rposition(|k| *k).unwrap_or(0),
            words: sums(lines, |_, l| l.words),
            prose: sums(lines, |_, l| if l.is_prose() { l.words } else { 0 }),
            kept_words: sums(lines, |i, l| if kept[i] { l.words } else { 0 }),
            since_end,
            kept,
            lines,
        }
    }

    /// The lines that the trees keep.
    pub(in crate::parse) fn keep(&self, trees: &Trees) -> Vec<usize> {
        let wanted = |i: usize| !self.is_out(i) && self.row(i, false).is_some_and(|row| trees.score(&row.values) >= KEEP);
        // Running text is printed once; a short line may well stand twice.
        let mut seen: HashSet<&str, Quick> = HashSet::default();
        (0..self.lines.len()).filter(|i| wanted(*i) && (self.lines[*i].words < 5 || seen.insert(&self.lines[*i].text))).collect()
    }

    /// The headline, and what its words or another place on the page give away: the trees do not bring it back.
    pub(in crate::parse) fn is_out(&self, index: usize) -> bool {
        if Some(index) == self.headline || self.kept[index] {
            return Some(index) == self.headline;
        }
        let line = &self.lines[index];
        line.is_related && line.words < 30 || line.is_caption && line.words < 45 || line.is_ui || line.is_end || line.is_comments
    }

    /// The row of a line; `None` for one that is out without a look: far from the text and no text itself.
    pub(in crate::parse) fn row(&self, index: usize, with_names: bool) -> Option<Row> {
        let line = &self.lines[index];
        let near = index + 40 >= self.run.start && index <= self.run.end + 40;
        if !with_names && !self.kept[index] && !near && !line.is_prose() {
            return None;
        }
        let mut row = Row { values: Vec::with_capacity(110), names: with_names.then(Vec::new) };
        self.own(&mut row, index);
        self.place(&mut row, index);
        self.window(&mut row, index);
        Some(row)
    }

    fn own(&self, row: &mut Row, index: usize) {
        let line = &self.lines[index];
        row.add("length", line.length.min(5000));
        row.add("words", line.words.min(1000));
        row.add("small", line.small);
        row.add("marks", line.marks);
        row.add("separators", line.separators);
        row.add("digits", line.digits);
        row.add("repeats", line.repeats);
        row.add("date_length", line.date.as_ref().map_or(0, |d| share(d.end - d.start, line.text.len())));
        for (name, flag) in [
            ("ends_sentence", line.ends_sentence),
            ("ends_colon", line.ends_colon),
            ("seen_above", line.seen_above),
            ("ui", line.is_ui),
            ("boilerplate", line.is_boilerplate),
            ("related", line.is_related),
            ("end", line.is_end),
            ("comments", line.is_comments),
            ("caption", line.is_caption),
            ("byline", line.is_byline),
            ("date_line", line.is_date_line()),
            ("prose", line.is_prose()),
            ("quiet", line.is_quiet()),
        ] {
            row.flag(name, flag);
        }
        let first = line.text.chars().next().unwrap_or(' ');
        row.add(
            "start",
            if first.is_lowercase() {
                1
            } else if first.is_alphabetic() {
                0
            } else if first.is_numeric() {
                2
            } else if matches!(first, '"' | '“' | '„' | '«' | '»' | '「' | '‘' | '\'') {
                3
            } else {
                4
            },
        );
        row.flag("question", line.text.ends_with(['?', '!']));
        machine_words(row, line);
    }

    fn place(&self, row: &mut Row, index: usize) {
        let all = self.lines.len();
        row.flag("kept", self.kept[index]);
        row.flag("in_run", self.run.contains(&index));
        row.add("from_start", steps(index, self.run.start, 60));
        row.add("from_end", steps(index, self.run.end, 60));
        row.add("from_first", steps(index, self.first, 60));
        row.add("from_last", steps(index, self.last, 60));
        row.add("from_headline", self.headline.map_or(-99, |h| steps(index, h, 60)));
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

    fn window(&self, row: &mut Row, index: usize) {
        for (name, at) in beside(index, self.lines, [("b3", -3), ("b2", -2), ("b1", -1), ("a1", 1), ("a2", 2), ("a3", 3)]) {
            let line = at.map(|at| &self.lines[at]);
            row.add_of(name, "words", line.map_or(-1, |l| i32::try_from(l.words.min(300)).unwrap_or(300)));
            row.add_of(name, "prose", line.map_or(-1, |l| i32::from(l.is_prose())));
            row.add_of(name, "kept", at.map_or(-1, |at| i32::from(self.kept[at])));
            row.add_of(name, "ends", line.map_or(-1, |l| i32::from(l.ends_sentence)));
            if !name.ends_with('3') {
                row.add_of(name, "small", line.map_or(0, |l| l.small));
                row.add_of(name, "kind", line.map_or(0, mark_of));
            }
        }
        for (name, width) in [("near", 3), ("wide", 8), ("vast", 20)] {
            let from = index.saturating_sub(width);
            let to = (index + width + 1).min(self.lines.len());
            let words = self.words[to] - self.words[from];
            row.add_of(name, "words", words.min(3000));
            row.add_of(name, "prose", share(self.prose[to] - self.prose[from], words));
            row.add_of(name, "kept", share(self.kept_words[to] - self.kept_words[from], words));
        }
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
        let row = Page::new(&lines, &run, None, std::iter::once(0)).row(0, true).unwrap();
        assert_eq!(row.names.unwrap(), SHIPPED.lines.names);
    }
}

//! Lines as rows of numbers, for the trees that rank them: what several rankers ask of a line and its neighbours.

use crate::parse::lines::Line;
use crate::parse::trees::{Row, share};
use crate::parse::vocabulary;

/// Rows with the line that each is about.
#[derive(Default)]
pub struct Rows<About = usize> {
    /// Line and values.
    pub values: Vec<(About, Vec<i32>)>,
    /// The names of the columns.
    pub names: Vec<String>,
}

/// What can be counted of a line by itself.
pub(in crate::parse) fn counts(row: &mut Row, line: &Line) {
    row.add("length", line.length);
    row.add("words", line.words);
    row.add("small", line.small);
    row.add("marks", line.marks);
    row.add("separators", line.separators);
    row.add("digits", line.digits);
    row.add("repeats", line.repeats.min(20));
    row.add("date_length", line.date.as_ref().map_or(0, |d| share(d.end - d.start, line.text.len())));
}

/// How many of its words belong to what surrounds articles, by kind.
pub(in crate::parse) fn machine_words(row: &mut Row, line: &Line) {
    for (count, name) in vocabulary::count(&line.text).iter().zip(vocabulary::KINDS) {
        row.add_of("words", name, *count);
    }
}

/// What kind of line it is, as a number.
pub(in crate::parse) fn mark_of(line: &Line) -> i32 {
    if line.is_end || line.is_comments {
        1
    } else if line.is_boilerplate {
        2
    } else if line.is_related {
        3
    } else if line.is_caption {
        4
    } else if line.is_date_line() {
        5
    } else {
        i32::from(line.is_quiet()) * 6
    }
}

/// How many lines from another, up to `most` either way.
pub(in crate::parse) fn steps(index: usize, from: usize, most: i32) -> i32 {
    let at = |n: usize| i32::try_from(n.min(100_000)).unwrap_or(100_000);
    (at(index) - at(from)).clamp(-most, most)
}

/// The lines beside one, each with the name of its place.
pub(in crate::parse) fn beside<const N: usize>(
    index: usize,
    lines: &[Line],
    places: [(&'static str, isize); N],
) -> impl Iterator<Item = (&'static str, Option<usize>)> {
    let end = lines.len();
    places.into_iter().map(move |(name, step)| (name, index.checked_add_signed(step).filter(|at| *at < end)))
}

/// Which lines are among some.
pub(in crate::parse) fn flags(lines: &[Line], some: impl Iterator<Item = usize>) -> Vec<bool> {
    let mut out = vec![false; lines.len()];
    some.for_each(|i| out[i] = true);
    out
}

//! Lines as rows of numbers, for the trees that rank them: what several rankers ask of a line and its neighbours.

use crate::parse::lines::Line;

/// Rows with the line that each is about.
#[derive(Default)]
pub struct Rows<Line = usize> {
    /// Line and values.
    pub values: Vec<(Line, Vec<i32>)>,
    /// The names of the columns.
    pub names: Vec<String>,
}

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

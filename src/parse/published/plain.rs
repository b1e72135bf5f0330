//! The dates near headline and body, and what they are said to be.
//!
//! Trees ([`rank`]) score all dates of a page.

pub(crate) mod rank;

use crate::article::parsed::PublicationTime;
use crate::parse::published::label::Label;

use rank::DateLine;
pub(in crate::parse) use rank::DateLines;

/// What a date must score at least; one after the fetch, more.
const LEAST: i32 = -1500;
const LEAST_AFTER_FETCH: i32 = 0;

/// What a date may score less that says the chosen day with its time.
const LESS_SURE: i32 = 1500;

/// Lines around headline and text where an update may be told.
const ABOVE: usize = 8;
const BELOW: usize = 30;

/// A line with a date that is counted from the fetch: its words, and how often it stands on the page.
const MOST_WORDS: usize = 9;
const MOST_REPEATS: usize = 2;

/// The dates of publication and change.
pub(in crate::parse) struct Dates {
    pub(in crate::parse) published: Option<PublicationTime>,
    pub(in crate::parse) modified: Option<PublicationTime>,
    /// The line of the first.
    pub(in crate::parse) line: Option<usize>,
}

impl Dates {
    /// Chosen among the dates of a page, with their scores.
    fn among(dates: &DateLines, scored: &[(i32, &DateLine)]) -> Dates {
        let layout = &dates.layout;
        let declared = dates.context.declared;
        let least = if declared { LEAST_AFTER_FETCH } else { LEAST };
        let best = |fits: &dyn Fn(i32, &DateLine) -> bool| {
            let fit = scored.iter().filter(|(score, c)| fits(*score, c) && dates.time(c).is_some());
            fit.max_by_key(|(score, c)| (*score, std::cmp::Reverse(c.line))).map(|(_, c)| *c)
        };
        let is_between = |c: &DateLine| (layout.top()..=layout.first).contains(&c.line);
        let is_near = |c: &DateLine| (layout.top().saturating_sub(ABOVE)..=layout.last + BELOW).contains(&c.line);
        let says_more = |c: &DateLine| c.span.year_printed && is_between(c) && (c.span.found.time.is_some() || c.label == Label::Published);
        // A date that is counted from the fetch is the page's between headline and text, with little beside it.
        let may_count = |c: &DateLine| is_between(c) && layout.lines[c.line].words <= MOST_WORDS && layout.lines[c.line].repeats <= MOST_REPEATS;
        let counted = |is_update: bool| dates.counted.iter().find(|c| (c.label == Label::Updated) == is_update && may_count(c));
        let published = best(&|score, c| score >= least && (!declared || says_more(c)));
        // The same day may stand there twice, once with its time.
        let exact = |day: &DateLine| best(&|score, c| score >= least - LESS_SURE && c.label != Label::Updated && is_more_exact(c, day));
        let published = published.map(|day| exact(day).unwrap_or(day)).or_else(|| counted(false));
        let updated = best(&|_, c| c.label == Label::Updated && is_near(c)).or_else(|| counted(true));
        let time = |c: &DateLine| dates.time(c);
        Dates { published: published.and_then(time), modified: updated.and_then(time), line: published.or(updated).map(|c| c.line) }
    }
}

fn is_more_exact(time: &DateLine, day: &DateLine) -> bool {
    time.span.found.date == day.span.found.date && time.span.found.precision < day.span.found.precision
}

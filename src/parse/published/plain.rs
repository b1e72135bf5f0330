//! The dates near headline and body, and what they are said to be.
//!
//! Trees ([`rank`]) choose among all dates of a page.

pub mod rank;

use crate::article::parsed::{PublicationTime, TimeSource};
use crate::parse::dates::{DateContext, publication_time};
use crate::parse::published::label::Label;
use crate::parse::trees::Trees;

use rank::Candidate;
pub(in crate::parse) use rank::Dates as DateCandidates;

/// The dates of publication and change.
pub(in crate::parse) struct Dates {
    pub(in crate::parse) published: Option<PublicationTime>,
    pub(in crate::parse) modified: Option<PublicationTime>,
    /// The line of the first.
    pub(in crate::parse) line: Option<usize>,
}

/// What a date must score at least; one after the fetch, more.
const LEAST: i32 = -1500;
const LEAST_AFTER_FETCH: i32 = 0;

/// What a date may score less that says the chosen day with its time.
const LESS_SURE: i32 = 1500;

/// Lines around headline and text where an update may be told.
const ABOVE: usize = 8;
const BELOW: usize = 30;

impl DateCandidates<'_> {
    /// The dates of publication and change.
    pub(in crate::parse) fn choose(&self, trees: &Trees, context: &DateContext) -> Dates {
        let least = if context.declared { LEAST_AFTER_FETCH } else { LEAST };
        let scored = self.scored(trees);
        let time = |candidate: &Candidate| publication_time(&candidate.span.found, TimeSource::Visible, context);
        let best = |fits: &dyn Fn(i32, &Candidate) -> bool| {
            let fit = scored.iter().filter(|(score, c)| fits(*score, c) && time(c).is_some());
            fit.max_by_key(|(score, c)| (*score, std::cmp::Reverse(c.line))).map(|(_, c)| *c)
        };
        let says_more = |c: &Candidate| c.span.year_printed && self.is_between(c.line) && (c.span.found.time.is_some() || c.label == Label::Published);
        let published = best(&|score, c| score >= least && (!context.declared || says_more(c)));
        // The same day may stand there twice, once with its time.
        let exact = |day: &Candidate| best(&|score, c| score >= least - LESS_SURE && c.label != Label::Updated && is_more_exact(c, day));
        let counted = || self.counted.iter().find(|c| c.label != Label::Updated && self.may_count(c));
        let published = published.map(|day| exact(day).unwrap_or(day)).or_else(counted);
        let updated = best(&|_, c| c.label == Label::Updated && self.is_near(c.line));
        let updated = updated.or_else(|| self.counted.iter().find(|c| c.label == Label::Updated && self.may_count(c)));
        Dates { published: published.and_then(time), modified: updated.and_then(time), line: published.or(updated).map(|c| c.line) }
    }
}

fn is_more_exact(time: &Candidate, day: &Candidate) -> bool {
    time.span.found.date == day.span.found.date && time.span.found.precision < day.span.found.precision
}

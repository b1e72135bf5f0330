//! The dates near headline and body, and what they are said to be.
//!
//! Trees ([`rank`]) choose among all dates of a page.

mod rank;

use crate::article::parsed::{PublicationTime, TimeSource};
use crate::parse::dates::{DateContext, publication_time};
use crate::parse::plain::lines::Line;
use crate::parse::plain::phrases::{self, PHRASES};
use crate::parse::trees::Trees;

use crate::text::scan::Scan;
use rank::Candidate;
pub(in crate::parse::plain) use rank::{Dates as DateCandidates, TREES as DATE_TREES};

/// The dates of publication and change.
pub(in crate::parse::plain) struct Dates {
    pub(in crate::parse::plain) published: Option<PublicationTime>,
    pub(in crate::parse::plain) modified: Option<PublicationTime>,
    /// The line of the first.
    pub(in crate::parse::plain) line: Option<usize>,
}

/// What a date is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// "Published", "Date:".
    Published,
    /// "Updated".
    Updated,
    /// Nothing.
    None,
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
    pub(in crate::parse::plain) fn choose(&self, trees: &Trees, context: &DateContext) -> Dates {
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

/// The label of a date: before it in its line, or the line above.
fn label_of(lines: &[Line], i: usize) -> Label {
    let line = &lines[i];
    let date_start = line.date.as_ref().map_or(0, |d| d.start);
    let before = line.text.get(..date_start).unwrap_or_default();
    let above = i.checked_sub(1).map(|a| &lines[a]).filter(|a| a.words <= 3 && a.date.is_none()).map_or("", |a| a.text.as_str());
    // "By Jane Roe on", "Posted on": the line above goes on here.
    let goes_on = i.checked_sub(1).map(|a| lines[a].text.as_str()).filter(|t| t.len() <= 80 && (t.ends_with(" on") || t.ends_with(':')));
    let own = label_in(before);
    if own == Label::None && date_start == 0 && goes_on.is_some() {
        return Label::Published;
    }
    if own == Label::None && before.chars().filter(|c| c.is_alphabetic()).count() < 3 { label_in(above) } else { own }
}

/// The label that a short text gives a date.
pub(crate) fn label_in(text: &str) -> Label {
    let scan = Scan::new(text);
    if phrases::find(&PHRASES.updated, &scan).is_some() {
        Label::Updated
    } else if phrases::find(&PHRASES.published, &scan).is_some() {
        Label::Published
    } else {
        Label::None
    }
}

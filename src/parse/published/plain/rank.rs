//! What can be counted of a date as that of publication, and the trained trees (`config/date_trees.txt`) that choose it. Integers only.

use jiff::civil::Date;

use crate::article::parsed::{Precision, PublicationTime, TimeSource};
use crate::parse::dates::{DateContext, DateSpan, find_date_span, names_weekday, publication_time};
use crate::parse::lines::Line;
use crate::parse::lines::row::{Rows, beside, flags, mark_of, steps};
use crate::parse::names::is_full_name;
use crate::parse::published::label::{Label, label_in, label_of};
use crate::parse::published::plain::{ABOVE, BELOW};
use crate::parse::trees::{Row, Trees, share};

/// Dates of a page that are looked at.
const MOST: usize = 400;

/// Words of a line whose second date is looked at too.
const SHORT: usize = 30;

/// The dates of a page, and what is known around them.
pub(in crate::parse) struct Dates<'a> {
    lines: &'a [Line],
    kept: Vec<bool>,
    first: usize,
    last: usize,
    headline: Option<usize>,
    url: Option<Date>,
    years: Vec<i16>,
    pub(in crate::parse) found: Vec<Candidate>,
    /// Dates that are counted from the fetch: the trees, which learn from old pages, know nothing of them.
    pub(in crate::parse) counted: Vec<Candidate>,
}

/// A date that may be the page's.
pub(in crate::parse) struct Candidate {
    pub(in crate::parse) line: usize,
    pub(in crate::parse) span: DateSpan,
    pub(in crate::parse) label: Label,
    second: bool,
}

impl<'a> Dates<'a> {
    /// Of a page whose text stands in `kept`.
    pub(in crate::parse) fn new(
        lines: &'a [Line],
        headline: Option<usize>,
        text: impl Iterator<Item = usize>,
        url: Option<&str>,
        context: &DateContext,
    ) -> Dates<'a> {
        let kept = flags(lines, text);
        let first = kept.iter().position(|k| *k).unwrap_or(0);
        let top = headline.unwrap_or(first).min(first);
        let (mut found, mut counted) = (Vec::new(), Vec::new());
        for (i, line) in lines.iter().enumerate() {
            let Some(date) = &line.date else { continue };
            let candidate = Candidate { line: i, span: date.clone(), label: label_of(lines, i), second: false };
            if date.counted {
                counted.push(candidate);
                continue;
            }
            // What running text speaks of is not its own date.
            let is_told = kept[i] && line.is_prose() && candidate.label == Label::None;
            if is_told || is_masthead(line, &candidate, top, context) {
                continue;
            }
            found.push(candidate);
            if let Some(second) = (line.words <= SHORT).then(|| second(line, date, context)).flatten() {
                found.push(Candidate { line: i, ..second });
            }
            if found.len() >= MOST {
                break;
            }
        }
        Dates {
            first,
            last: kept.iter().rposition(|k| *k).unwrap_or(0),
            url: url.and_then(|url| find_date_span(url, context)).filter(|d| d.found.precision != Precision::Month).map(|d| d.found.date),
            years: url.map(years_in).unwrap_or_default(),
            lines,
            kept,
            headline,
            found,
            counted,
        }
    }

    /// How many dates are weighed.
    pub(in crate::parse) fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether a line stands between headline and text.
    pub(in crate::parse) fn is_between(&self, line: usize) -> bool {
        let top = self.headline.unwrap_or(self.first).min(self.first);
        (top..=self.first).contains(&line)
    }

    /// Whether a date that is counted from the fetch is the page's: between headline and text, with little beside it.
    pub(in crate::parse) fn may_count(&self, candidate: &Candidate) -> bool {
        const MOST_WORDS: usize = 9;
        let line = &self.lines[candidate.line];
        self.is_between(candidate.line) && line.words <= MOST_WORDS && line.repeats <= 2
    }

    /// Whether a line stands near headline or text.
    pub(in crate::parse) fn is_near(&self, line: usize) -> bool {
        let top = self.headline.unwrap_or(self.first).min(self.first);
        (top.saturating_sub(ABOVE)..=self.last + BELOW).contains(&line)
    }

    /// The candidates with their scores.
    pub(in crate::parse) fn scored(&self, trees: &Trees) -> Vec<(i32, &Candidate)> {
        self.found.iter().map(|c| (trees.score(&self.row(c, false).values), c)).collect()
    }

    /// Each candidate's time as an event would have it, its row, and the names of the columns.
    pub(in crate::parse) fn rows(&self, context: &DateContext) -> Rows<Option<PublicationTime>> {
        let names = self.found.first().and_then(|c| self.row(c, true).names).unwrap_or_default();
        let time = |c: &Candidate| publication_time(&c.span.found, TimeSource::Visible, context);
        Rows { values: self.found.iter().map(|c| (time(c), self.row(c, false).values)).collect(), names }
    }

    fn row(&self, candidate: &Candidate, with_names: bool) -> Row {
        let mut row = Row { values: Vec::with_capacity(100), names: with_names.then(Vec::new) };
        self.own(&mut row, candidate);
        self.place(&mut row, candidate);
        self.among(&mut row, candidate);
        self.around(&mut row, candidate.line);
        row
    }

    fn own(&self, row: &mut Row, candidate: &Candidate) {
        let (line, span) = (&self.lines[candidate.line], &candidate.span);
        row.add("length", line.length);
        row.add("words", line.words);
        row.add("digits", line.digits);
        row.add("separators", line.separators);
        row.add("repeats", line.repeats.min(20));
        row.add("date_length", share(span.end - span.start, line.text.len()));
        row.add("date_start", span.start);
        row.add("date_rest", line.text.len() - span.end);
        row.add("raw_digits", span.found.raw.chars().filter(char::is_ascii_digit).count());
        row.add("raw_length", span.found.raw.chars().count());
        let precision = match span.found.precision {
            Precision::Second => 0,
            Precision::Minute => 1,
            Precision::Day => 2,
            Precision::Month => 3,
        };
        row.add("precision", precision);
        row.add("label", label_number(candidate.label));
        for (name, flag) in [
            ("year", span.year_printed),
            ("time", span.found.time.is_some()),
            ("zone", span.found.offset.is_some()),
            ("weekday", names_weekday(&line.text)),
            ("second", candidate.second),
            ("date_line", line.is_date_line()),
            ("byline", line.is_byline),
            ("caption", line.is_caption),
            ("related", line.is_related),
            ("boilerplate", line.is_boilerplate),
            ("prose", line.is_prose()),
            ("ends_sentence", line.ends_sentence),
            ("seen_above", line.seen_above),
        ] {
            row.flag(name, flag);
        }
    }

    fn place(&self, row: &mut Row, candidate: &Candidate) {
        let i = candidate.line;
        row.flag("kept", self.kept[i]);
        row.add("from_headline", self.headline.map_or(-150, |h| steps(i, h, 150)));
        row.add("from_first", steps(i, self.first, 150));
        row.add("from_last", steps(i, self.last, 150));
        row.add("down", share(i, self.lines.len()));
        row.add("line", i.min(1000));
        let (from, to) = self.headline.map_or((i, i), |h| (h.min(i), h.max(i)));
        row.add("between", self.lines[from..to].iter().filter(|l| !l.is_quiet() && !l.is_caption).count().min(200));
        row.add("longer_between", self.lines[from..to].iter().filter(|l| l.words >= 5).count().min(200));
        row.add("prose_between", self.lines[from..to].iter().filter(|l| l.is_prose()).count().min(200));
        let top = self.headline.unwrap_or(self.first).min(self.first);
        let part = if i < top {
            0
        } else if i <= self.first {
            1
        } else if i <= self.last {
            2
        } else {
            3
        };
        row.add("part", part);
    }

    /// Against the other dates of the page, and those of its address.
    fn among(&self, row: &mut Row, candidate: &Candidate) {
        let date = candidate.span.found.date;
        let others = || self.found.iter();
        let count = |is: &dyn Fn(&Candidate) -> bool| others().filter(|c| is(c)).count().min(100);
        row.add("dates", self.found.len().min(200));
        row.add("same_day", count(&|c| c.span.found.date == date));
        row.add("later", count(&|c| c.span.found.date > date));
        row.add("earlier", count(&|c| c.span.found.date < date));
        row.add("before", count(&|c| c.line < candidate.line));
        row.add("labelled", count(&|c| c.label == Label::Published));
        row.add("labelled_before", count(&|c| c.label == Label::Published && c.line < candidate.line));
        row.add("updates", count(&|c| c.label == Label::Updated));
        row.add("timed", count(&|c| c.span.found.time.is_some()));
        row.add("date_lines_before", count(&|c| c.line < candidate.line && self.lines[c.line].is_date_line()));
        let nearest = self.headline.and_then(|h| others().map(|c| (c.line.abs_diff(h), c.line < h)).min());
        let own = self.headline.map(|h| (candidate.line.abs_diff(h), candidate.line < h));
        row.flag("nearest", nearest.is_some() && nearest == own);
        let below = self.headline.and_then(|h| others().filter(|c| c.line >= h).map(|c| c.line - h).min());
        row.flag("nearest_below", below.is_some() && below == self.headline.and_then(|h| candidate.line.checked_sub(h)));
        let day = self.url.map_or(0, |url| if url == date { 1 } else { 2 });
        row.add("url_day", day);
        let year = if self.years.is_empty() {
            0
        } else if self.years.contains(&date.year()) {
            1
        } else {
            2
        };
        row.add("url_year", year);
    }

    fn around(&self, row: &mut Row, i: usize) {
        for (name, at) in beside(i, self.lines, [("b3", -3), ("b2", -2), ("b1", -1), ("a1", 1), ("a2", 2), ("a3", 3)]) {
            let line = at.map(|at| &self.lines[at]);
            row.add_of(name, "words", line.map_or(-1, |l| i32::try_from(l.words.min(300)).unwrap_or(300)));
            row.add_of(name, "kind", line.map_or(-1, mark_of));
            row.add_of(name, "prose", line.map_or(-1, |l| i32::from(l.is_prose())));
            row.add_of(name, "kept", at.map_or(-1, |at| i32::from(self.kept[at])));
            row.add_of(name, "ends", line.map_or(-1, |l| i32::from(l.ends_sentence)));
            row.add_of(name, "name", line.map_or(-1, |l| i32::from(l.is_byline || is_full_name(&l.text))));
        }
    }
}

/// The page's own date, which is the day of the crawl: above the headline, with a weekday, or of the day of the fetch and far away, and
/// nothing that says more. A label of old pages is no evidence against that: many were fetched on the day of their publication.
fn is_masthead(line: &Line, date: &Candidate, top: usize, context: &DateContext) -> bool {
    const NEAR: usize = 3;
    let is_bare = date.label == Label::None && date.span.found.time.is_none();
    date.line < top && is_bare && (names_weekday(&line.text) || top - date.line > NEAR && context.is_day_of_fetch(date.span.found.date))
}

/// "Updated on 5 May, originally published on 2 May": the second date of a line, with its year.
fn second(line: &Line, first: &DateSpan, context: &DateContext) -> Option<Candidate> {
    let rest = line.text.get(first.end..)?;
    let mut span = find_date_span(rest, context).filter(|span| span.year_printed)?;
    let label = label_in(rest.get(..span.start)?);
    span.start += first.end;
    span.end += first.end;
    Some(Candidate { line: 0, span, label, second: true })
}

fn label_number(label: Label) -> i32 {
    match label {
        Label::None => 0,
        Label::Published => 1,
        Label::Updated => 2,
    }
}

/// The years that an address names.
fn years_in(url: &str) -> Vec<i16> {
    let numbers = url.split(|c: char| !c.is_ascii_digit()).filter(|n| n.len() == 4);
    numbers.filter_map(|n| n.parse().ok()).filter(|year| (1990..2100).contains(year)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::lines;
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        let context = DateContext::default();
        let lines = lines::of_page("A bridge for Aarau\n3 March 2026\nThe council voted on Tuesday to build the bridge.", &context);
        let dates = Dates::new(&lines, Some(0), std::iter::once(2), None, &context);
        assert_eq!(dates.rows(&context).names, SHIPPED.dates.names);
    }

    #[test]
    fn a_line_may_hold_two_dates() {
        let context = DateContext::default();
        let lines = lines::of_page("Last updated 4 June 2020, originally published 17 June 2019", &context);
        let dates = Dates::new(&lines, None, std::iter::empty(), None, &context);
        let read: Vec<_> = dates.found.iter().map(|c| (c.span.found.date.to_string(), c.label)).collect();
        assert_eq!(read, [("2020-06-04".to_owned(), Label::Updated), ("2019-06-17".to_owned(), Label::Published)]);
    }
}

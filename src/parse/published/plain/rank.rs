//! What can be counted of a date as that of publication, and the trained trees (`config/date_trees.txt`) that score it. Integers only.

use jiff::civil::Date;

use crate::article::parsed::{Precision, PublicationTime, TimeSource};
use crate::parse::dates::{DateContext, DateSpan, find_date_span, names_weekday, publication_time};
use crate::parse::lines::facts::*;
use crate::parse::lines::rank::{Layout, Ranker};
use crate::parse::lines::{Line, count_between};
use crate::parse::names::is_full_name;
use crate::parse::published::label::{Label, label_in, label_of};
use crate::parse::published::plain::Dates;
use crate::parse::trees::{Row, share};

/// Dates of a page that are looked at.
const MOST: usize = 400;

/// Words of a line whose second date is looked at too.
const SHORT: usize = 30;

/// Lines above the article from which on a date of the day of the fetch is the page's.
const NEAR: usize = 3;

/// Years that an address may name.
const YEARS: std::ops::Range<i16> = 1990..2100;

/// How far off is told, and what where there is nothing to tell it from.
const FAR: [i32; 2] = [150, -150];

const NAME: Fact = Fact::new("name", |l, _| usize::from(l.is_byline || is_full_name(&l.text)));
const BESIDE: [Fact; 6] = [WORDS_BESIDE, KIND, PROSE, KEPT, ENDS, NAME];

/// The dates of a page, and what is known around them.
pub(in crate::parse) struct DateLines<'a> {
    pub(super) layout: Layout<'a>,
    pub(super) context: &'a DateContext,
    url: Option<Date>,
    years: Vec<i16>,
    found: Vec<DateLine>,
    /// Dates that are counted from the fetch: the trees, which learn from old pages, know nothing of them.
    pub(super) counted: Vec<DateLine>,
}

/// A date that may be the page's.
pub(in crate::parse) struct DateLine {
    pub(super) line: usize,
    pub(super) span: DateSpan,
    pub(super) label: Label,
    second: bool,
}

impl<'a> DateLines<'a> {
    pub(in crate::parse) fn new(layout: Layout<'a>, url: Option<&str>, context: &'a DateContext) -> DateLines<'a> {
        let (mut found, mut counted) = (Vec::new(), Vec::new());
        for (i, line) in layout.lines.iter().enumerate() {
            let Some(date) = &line.date else { continue };
            let candidate = DateLine { line: i, span: date.clone(), label: label_of(layout.lines, i), second: false };
            if date.counted {
                counted.push(candidate);
                continue;
            }
            // What running text speaks of is not its own date.
            let is_told = layout.kept[i] && line.is_prose() && candidate.label == Label::None;
            if is_told || is_masthead(line, &candidate, layout.top(), context) {
                continue;
            }
            found.push(candidate);
            if let Some(second) = (line.words <= SHORT).then(|| second(line, date, context)).flatten() {
                found.push(DateLine { line: i, ..second });
            }
            if found.len() >= MOST {
                break;
            }
        }
        let url_date = url.and_then(|url| find_date_span(url, context)).filter(|d| d.found.precision != Precision::Month).map(|d| d.found.date);
        DateLines { layout, context, url: url_date, years: url.map(years_in).unwrap_or_default(), found, counted }
    }

    /// A date's time as an event would have it.
    pub(in crate::parse) fn time(&self, candidate: &DateLine) -> Option<PublicationTime> {
        publication_time(&candidate.span.found, TimeSource::Visible, self.context)
    }

    fn own(&self, row: &mut Row, candidate: &DateLine) {
        let (line, span) = (&self.layout.lines[candidate.line], &candidate.span);
        self.layout.tell(row, candidate.line, &[LENGTH, WORDS, DIGITS, SEPARATORS, REPEATS]);
        row.add("date_length", share(span.end - span.start, line.text.len()));
        row.add("date_start", span.start);
        row.add("date_rest", line.text.len() - span.end);
        row.add("raw_digits", span.found.raw.chars().filter(char::is_ascii_digit).count());
        row.add("raw_length", span.found.raw.chars().count());
        row.add(
            "precision",
            [Precision::Second, Precision::Minute, Precision::Day, Precision::Month].iter().position(|p| *p == span.found.precision).unwrap_or(0),
        );
        row.add("label", [Label::None, Label::Published, Label::Updated].iter().position(|l| *l == candidate.label).unwrap_or(0));
        row.flag("year", span.year_printed);
        row.flag("time", span.found.time.is_some());
        row.flag("zone", span.found.offset.is_some());
        row.flag("weekday", names_weekday(&line.text));
        row.flag("second", candidate.second);
        self.layout.tell(row, candidate.line, &[DATE_LINE, BYLINE, CAPTION, RELATED, BOILERPLATE, PROSE, ENDS_SENTENCE, SEEN_ABOVE]);
    }

    fn place(&self, row: &mut Row, i: usize) {
        let Layout { lines, kept, first, last, headline } = &self.layout;
        row.flag("kept", kept[i]);
        Layout::tell_steps(row, i, FAR, &[("from_headline", *headline), ("from_first", Some(*first)), ("from_last", Some(*last))]);
        row.add("down", share(i, lines.len()));
        row.add("line", i.min(1000));
        let between = |is: fn(&Line) -> bool| count_between(lines, i, headline.unwrap_or(i), is).min(200);
        row.add("between", between(|l| !l.is_quiet() && !l.is_caption));
        row.add("longer_between", between(|l| l.words >= 5));
        row.add("prose_between", between(Line::is_prose));
        // Above the article, in its head, in its text, below.
        row.add("part", usize::from(i >= self.layout.top()) + usize::from(i > *first) + usize::from(i > *last));
    }

    /// Against the other dates of the page, and those of its address.
    fn among(&self, row: &mut Row, candidate: &DateLine) {
        let (date, headline) = (candidate.span.found.date, self.layout.headline);
        let count = |is: &dyn Fn(&DateLine) -> bool| self.found.iter().filter(|c| is(c)).count().min(100);
        row.add("dates", self.found.len().min(200));
        row.add("same_day", count(&|c| c.span.found.date == date));
        row.add("later", count(&|c| c.span.found.date > date));
        row.add("earlier", count(&|c| c.span.found.date < date));
        row.add("before", count(&|c| c.line < candidate.line));
        row.add("labelled", count(&|c| c.label == Label::Published));
        row.add("labelled_before", count(&|c| c.label == Label::Published && c.line < candidate.line));
        row.add("updates", count(&|c| c.label == Label::Updated));
        row.add("timed", count(&|c| c.span.found.time.is_some()));
        row.add("date_lines_before", count(&|c| c.line < candidate.line && self.layout.lines[c.line].is_date_line()));
        let distance = |c: &DateLine, h: usize| (c.line.abs_diff(h), c.line < h);
        row.flag("nearest", headline.is_some_and(|h| self.found.iter().map(|c| distance(c, h)).min() == Some(distance(candidate, h))));
        let below = headline.and_then(|h| self.found.iter().filter_map(|c| c.line.checked_sub(h)).min());
        row.flag("nearest_below", below.is_some() && below == headline.and_then(|h| candidate.line.checked_sub(h)));
        // 0 where the address says nothing, 1 where it says the same, 2 where it says something else.
        let says = |same: bool| if same { 1 } else { 2 };
        row.add("url_day", self.url.map_or(0, |url| says(url == date)));
        row.add("url_year", if self.years.is_empty() { 0 } else { says(self.years.contains(&date.year())) });
    }
}

impl Ranker for DateLines<'_> {
    type Candidate = DateLine;
    type Chosen = Dates;

    fn candidates(&self) -> impl Iterator<Item = (usize, &DateLine)> {
        self.found.iter().map(|c| (c.line, c))
    }

    fn describe(&self, row: &mut Row, candidate: &DateLine) {
        self.own(row, candidate);
        self.place(row, candidate.line);
        self.among(row, candidate);
        self.layout.tell_beside(row, candidate.line, -3..=3, &BESIDE);
    }

    fn pick(&self, scored: &[(i32, &DateLine)]) -> Dates {
        Dates::among(self, scored)
    }
}

/// The page's own date, which is the day of the crawl: above the headline, with a weekday, or of the day of the fetch and far away, and
/// nothing that says more. A label of old pages is no evidence against that: many were fetched on the day of their publication.
fn is_masthead(line: &Line, date: &DateLine, top: usize, context: &DateContext) -> bool {
    let is_bare = date.label == Label::None && date.span.found.time.is_none();
    date.line < top && is_bare && (names_weekday(&line.text) || top - date.line > NEAR && context.is_day_of_fetch(date.span.found.date))
}

/// "Updated on 5 May, originally published on 2 May": the second date of a line, with its year.
fn second(line: &Line, first: &DateSpan, context: &DateContext) -> Option<DateLine> {
    let rest = line.text.get(first.end..)?;
    let mut span = find_date_span(rest, context).filter(|span| span.year_printed)?;
    let label = label_in(rest.get(..span.start)?);
    span.start += first.end;
    span.end += first.end;
    Some(DateLine { line: 0, span, label, second: true })
}

/// The years that an address names.
fn years_in(url: &str) -> Vec<i16> {
    let numbers = url.split(|c: char| !c.is_ascii_digit()).filter(|n| n.len() == 4);
    numbers.filter_map(|n| n.parse().ok()).filter(|year| YEARS.contains(year)).collect()
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
        let dates = DateLines::new(Layout::new(&lines, Some(0), std::iter::once(2)), None, &context);
        assert_eq!(dates.rows(|_| ()).names, SHIPPED.dates.names);
    }

    #[test]
    fn a_line_may_hold_two_dates() {
        let context = DateContext::default();
        let lines = lines::of_page("Last updated 4 June 2020, originally published 17 June 2019", &context);
        let dates = DateLines::new(Layout::new(&lines, None, std::iter::empty()), None, &context);
        let read: Vec<_> = dates.found.iter().map(|c| (c.span.found.date.to_string(), c.label)).collect();
        assert_eq!(read, [("2020-06-04".to_owned(), Label::Updated), ("2019-06-17".to_owned(), Label::Published)]);
    }
}

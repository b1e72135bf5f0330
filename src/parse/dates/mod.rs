//! Dates and times as news pages print them: one hand-written reader over tables of words.
//!
//! Never a clock: "2 hours ago" counts from `fetched_at`, and without it stays unread. [`Scan`] is a folded text, [`civil`] reads dates,
//! [`clock`] times and zones, [`relative`] what counts from the fetch; this file searches, decides years and applies zones.

pub(crate) mod civil;
mod clock;
mod relative;
pub(crate) mod table;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::article::Millis;
use crate::article::parsed::{Precision, PublicationTime, TimeSource};
use crate::text::scan::Scan;
use civil::Civil;
use clock::{Clock, Marks};
use table::Zone;

/// What is known when a date is read.
#[derive(Clone, Debug, Default)]
pub struct DateContext {
    /// When the page was fetched: a date over a day later is not believed, relative dates count from it.
    pub fetched_at: Option<Millis>,
    /// When the record was received. A crawler's `fetched_at` may be wrong: what a page declares may be as late as this.
    pub received_at: Option<Millis>,
    /// What is read is declared for machines, not printed for readers.
    pub declared: bool,
    /// IANA zone for times without one.
    pub time_zone: Option<String>,
    /// ISO 3166-1 alpha-2 of the publisher: order of day and month.
    pub country: Option<String>,
    /// BCP 47, where known: months that two languages share.
    pub language: Option<String>,
}

impl DateContext {
    /// The same for times that a page declares in its metadata.
    pub fn for_declared(&self) -> DateContext {
        DateContext { declared: true, ..self.clone() }
    }

    /// Whether a day is that of the fetch, in whatever zone.
    pub(crate) fn is_day_of_fetch(&self, date: Date) -> bool {
        let fetched = self.fetched_at.and_then(|at| Timestamp::from_millisecond(at.0).ok()).map(|at| TimeZone::UTC.to_datetime(at).date());
        fetched.is_some_and(|day| (day - date).get_days().abs() <= 1)
    }

    /// Whether what a page declares may be later than what it prints: the record came later than the crawler says.
    pub(crate) fn declares_later(&self) -> bool {
        self.for_declared().latest() > self.latest()
    }

    /// The day after this is the last that is believed.
    fn latest(&self) -> Option<Millis> {
        if self.declared { self.fetched_at.max(self.received_at) } else { self.fetched_at.or(self.received_at) }
    }
}

/// A date that was read, in parts.
#[derive(Clone, Debug, PartialEq)]
pub struct DateFound {
    /// Local civil date, ISO `YYYY-MM-DD`; the first of the month where the precision is `month`.
    pub date: Date,
    /// Local civil time, where printed.
    pub time: Option<Time>,
    /// Offset from UTC in seconds, where printed.
    pub offset: Option<i32>,
    /// How exact it is.
    pub precision: Precision,
    /// As printed.
    pub raw: String,
}

/// A date and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct DateSpan {
    /// The date.
    pub found: DateFound,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The text names its year; else it was taken from `fetched_at`.
    pub year_printed: bool,
    /// It was counted from `fetched_at`: "2 hours ago".
    pub counted: bool,
}

/// No news page that a crawler meets prints an earlier year as its own.
const EARLIEST_YEAR: i32 = 1990;

/// A date may lie so far after the fetch or the reception: clocks and zones differ.
const LATEST: i64 = 24 * 3600 * 1000;

/// Reads the first date in a short text such as a meta value or a line of a page.
pub fn find_date(text: &str, context: &DateContext) -> Option<DateFound> {
    find_date_span(text, context).map(|span| span.found)
}

/// Reads the first date in a short text, and says where it stands.
pub fn find_date_span(text: &str, context: &DateContext) -> Option<DateSpan> {
    find_in(text, &Scan::new(text), context)
}

/// The first date in a text that was scanned.
pub(crate) fn find_in(text: &str, scan: &Scan, context: &DateContext) -> Option<DateSpan> {
    if let Some(span) = unix_time(text, context) {
        return Some(span);
    }
    // "Published 3 weeks ago on October 17, 2023": what is printed with its year is surer than what is counted back.
    let mut counted: Option<DateSpan> = None;
    let (mut after_word, mut read_to) = (false, 0);
    for start in 0..scan.chars.len() {
        let c = scan.chars[start];
        // A capital within a word begins one where a page lost the space: "PressApril 28".
        let begins = c.is_ascii_digit() || c.is_alphabetic() && (!after_word || scan.glued_capital(start));
        after_word = c.is_alphabetic();
        if !begins || start < read_to {
            continue;
        }
        match read_at(text, scan, start, context) {
            Reading::Date(span) if counted.is_none() || span.year_printed => return Some(span),
            Reading::Relative(span) => counted = counted.or(Some(span)),
            Reading::Refused(end) => read_to = end,
            Reading::Date(_) | Reading::Nothing => {}
        }
    }
    counted
}

/// The date without a search: where one begins at the text's start. The year may be missing. With its end in bytes.
pub(crate) fn date_at_start(text: &str, context: &DateContext) -> Option<(Civil, usize)> {
    let scan = Scan::new(text);
    let civil = civil::date_at(&scan, 0, context)?;
    Some((civil, scan.byte(civil.end)))
}

/// Whether a text names a weekday in four letters or more.
pub(crate) fn names_weekday(text: &str) -> bool {
    let scan = Scan::new(text);
    let begins = |at: usize| at == 0 || scan.at(at - 1).is_some_and(|c| !c.is_alphanumeric());
    (0..scan.chars.len()).any(|at| begins(at) && table::TABLES.weekdays.end_at(&scan.chars, at).is_some_and(|end| end >= at + 4))
}

/// What stands at a place of a text.
enum Reading {
    Date(DateSpan),
    /// A date counted from the fetch.
    Relative(DateSpan),
    /// A date that is impossible or not believed: its parts are no dates either. One past its last character.
    Refused(usize),
    Nothing,
}

fn read_at(text: &str, scan: &Scan, start: usize, context: &DateContext) -> Reading {
    let (civil, clock, end) = match time_first(scan, start, context) {
        Some((civil, clock)) => (civil, Some(clock), civil.end),
        None => {
            let Some(civil) = civil::date_at(scan, start, context) else {
                return relative(text, scan, start, context).map_or(Reading::Nothing, Reading::Relative);
            };
            let clock = civil.day.and_then(|_| clock::time_after(scan, civil.end, context));
            (civil, clock, clock.map_or(civil.end, |c| c.end))
        }
    };
    let (civil, end) = with_late_year(scan, civil, end);
    let is_most_of_text = (end - start) * 10 >= scan.chars.len() * 6;
    if civil.year.is_none() && clock.is_none() && !is_most_of_text {
        return Reading::Nothing;
    }
    // Who counts hours to twelve in Latin letters mostly writes the month first.
    let month_first =
        context.country.is_none() && !civil::month_comes_first('/', context) && clock.is_some_and(|c| c.is_half_day) && text[scan.byte(start)..].contains('/');
    let civil = if month_first { civil.swap().unwrap_or(civil) } else { civil };
    let Some(date) = resolve(civil, context).or_else(|| resolve(civil.swap()?, context)) else {
        return Reading::Refused(civil.end);
    };
    let precision = match (clock, civil.day) {
        (Some(clock), _) if clock.has_seconds => Precision::Second,
        (Some(_), _) => Precision::Minute,
        (None, Some(_)) => Precision::Day,
        (None, None) => Precision::Month,
    };
    let offset = clock.and_then(|c| offset_of(c.zone, date.to_datetime(c.time)));
    let (from, to) = (scan.byte(start), scan.byte(end));
    let raw = text[from..to].to_owned();
    let found = DateFound { date, time: clock.map(|c| c.time), offset, precision, raw };
    Reading::Date(DateSpan { found, start: from, end: to, year_printed: civil.year.is_some(), counted: false })
}

/// `Mon May 16 15:38:10 2021`: the year stands after the time.
fn with_late_year(scan: &Scan, civil: Civil, end: usize) -> (Civil, usize) {
    let at = scan.skip_spaces(end);
    if civil.year.is_some() || end == civil.end || scan.number(at, 4).is_none_or(|(_, digits, _)| digits != 4) {
        return (civil, end);
    }
    civil::year_at(scan, at, table::Calendar::Gregorian).map_or((civil, end), |(year, end)| (Civil { year: Some(year), ..civil }, end))
}

/// `15:38, 17 May 2021`: a time, then the date.
fn time_first(scan: &Scan, start: usize, context: &DateContext) -> Option<(Civil, Clock)> {
    if start > 0 && matches!(scan.at(start - 1), Some('0'..='9' | ':' | '.' | '-' | '/')) {
        return None;
    }
    let clock = clock::time_at(scan, start, Marks::Clear, context)?;
    let mut at = clock.end;
    for _ in 0..7 {
        if let Some(civil) = civil::date_at(scan, at, context).filter(|c| c.day.is_some()) {
            return Some((civil, clock));
        }
        let next = clock::skip_one(scan, at);
        if next == at {
            return None;
        }
        at = next;
    }
    None
}

fn relative(text: &str, scan: &Scan, start: usize, context: &DateContext) -> Option<DateSpan> {
    let read = relative::relative_at(scan, start, context)?;
    let (from, to) = (scan.byte(start), scan.byte(read.end));
    let found = DateFound { date: read.date, time: read.time, offset: read.offset, precision: read.precision, raw: text[from..to].to_owned() };
    is_believable(read.date, context).then_some(DateSpan { found, start: from, end: to, year_printed: false, counted: true })
}

/// Seconds or milliseconds since 1970 as the whole text.
fn unix_time(text: &str, context: &DateContext) -> Option<DateSpan> {
    let digits = text.trim();
    if !matches!(digits.len(), 10 | 13) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    let millis = if digits.len() == 10 { value * 1000 } else { value };
    let local = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(millis).ok()?);
    let found = DateFound { date: local.date(), time: Some(local.time()), offset: Some(0), precision: Precision::Second, raw: digits.to_owned() };
    is_believable(local.date(), context).then_some(DateSpan { found, start: 0, end: text.len(), year_printed: true, counted: false })
}

/// The day of a date as printed: a missing year is that of the last such day before the fetch.
pub(crate) fn resolve(civil: Civil, context: &DateContext) -> Option<Date> {
    let of_year = |year: i32| {
        let year = i16::try_from(year).ok()?;
        Date::new(year, i8::try_from(civil.month).ok()?, i8::try_from(civil.day.unwrap_or(1)).ok()?).ok()
    };
    if let Some(year) = civil.year {
        return of_year(year).filter(|date| is_believable(*date, context));
    }
    let fetched = Timestamp::from_millisecond(context.fetched_at?.0).ok()?;
    let year = i32::from(TimeZone::UTC.to_datetime(fetched).year());
    [year + 1, year, year - 1].into_iter().filter_map(of_year).find(|date| is_believable(*date, context))
}

fn is_believable(date: Date, context: &DateContext) -> bool {
    let begins = TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight()));
    let Ok(begins) = begins else { return false };
    let is_past = context.latest().is_none_or(|latest| begins.as_millisecond() <= latest.0.saturating_add(LATEST));
    i32::from(date.year()) >= EARLIEST_YEAR && is_past
}

/// The offset in seconds of a zone marker at a local time.
fn offset_of(zone: Option<Zone>, local: DateTime) -> Option<i32> {
    match zone? {
        Zone::Offset(seconds) => Some(seconds),
        Zone::Named(name) => {
            let zone = TimeZone::get(name).ok()?;
            let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
            Some(zone.to_offset(instant).seconds())
        }
    }
}

/// A zone and its name: of the IANA, or an offset.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    zone: TimeZone,
}

impl Named {
    fn fixed(seconds: i32) -> Option<Named> {
        let zone = TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).ok()?);
        Some(Named { name: offset_name(seconds), zone })
    }

    fn of(name: &str) -> Option<Named> {
        match seconds_of(name) {
            Some(seconds) => Named::fixed(seconds),
            None => Some(Named { name: name.to_owned(), zone: TimeZone::get(name).ok()? }),
        }
    }
}

/// The zone of times without one: the publisher's, else its country's.
fn zone_of(context: &DateContext) -> Option<Named> {
    let own = context.time_zone.as_deref();
    let of_country = context.country.as_deref().and_then(crate::parse::publishers::zone_of_country);
    [own, of_country].into_iter().flatten().find_map(Named::of)
}

fn seconds_of(name: &str) -> Option<i32> {
    let sign = if name.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = name.strip_prefix(['+', '-'])?.split_once(':')?;
    Some(sign * (hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60))
}

fn offset_name(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The contract's form of a date that was read: applies zone and `fetched_at`. `None` where it lies in the future.
pub fn publication_time(found: &DateFound, source: TimeSource, context: &DateContext) -> Option<PublicationTime> {
    let is_exact = matches!(found.precision, Precision::Second | Precision::Minute);
    let (at, value, precision, zone) = match found.time.filter(|_| is_exact) {
        Some(time) => {
            let local = found.date.to_datetime(time);
            let (at, zone) = instant_of(local, found.offset, context)?;
            match midnight(local, at, zone.as_ref(), context) {
                // Systems that know the day only write its first moment.
                Some((date, zone)) => period(date, Precision::Day, zone)?,
                None => (at, printed(local, at, zone.as_ref()), found.precision, zone),
            }
        }
        None => period(found.date, found.precision.max(Precision::Day), zone_of(context))?,
    };
    let at = Millis(at.as_second() * 1000);
    let zone = zone.map(|zone| zone.name);
    let time = PublicationTime { at, value, precision, time_zone_known: zone.is_some(), time_zone: zone, source, raw: Some(found.raw.clone()) };
    let is_past = context.latest().is_none_or(|latest| at.0 <= latest.0.saturating_add(LATEST));
    is_past.then_some(time)
}

/// A day or a month: when it begins, how it is written, its precision, its zone.
fn period(date: Date, precision: Precision, zone: Option<Named>) -> Option<(Timestamp, String, Precision, Option<Named>)> {
    let (first, value) = match precision {
        Precision::Month => (date.first_of_month(), format!("{:04}-{:02}", date.year(), date.month())),
        _ => (date, date.to_string()),
    };
    let of_zone = zone.as_ref().map_or(TimeZone::UTC, |zone| zone.zone.clone());
    let begins = of_zone.to_ambiguous_timestamp(first.to_datetime(Time::midnight())).compatible().ok()?;
    Some((begins, value, precision, zone))
}

/// An instant in its zone's offset; the local time without one where no zone is known.
fn printed(local: DateTime, at: Timestamp, zone: Option<&Named>) -> String {
    match zone {
        Some(zone) => {
            let offset = zone.zone.to_offset(at);
            let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
            if offset.seconds() == 0 { at.to_string() } else { at.display_with_offset(offset).to_string() }
        }
        None => DateTime::from_parts(local.date(), Time::constant(local.hour(), local.minute(), local.second(), 0)).to_string(),
    }
}

/// The day whose first moment a time is, as printed or in the publisher's zone, and the zone.
fn midnight(local: DateTime, at: Timestamp, zone: Option<&Named>, context: &DateContext) -> Option<(Date, Option<Named>)> {
    let is_first = |time: DateTime| time.time() == Time::midnight();
    if let Some(own) = zone_of(context).filter(|own| is_first(own.zone.to_datetime(at))) {
        return Some((own.zone.to_datetime(at).date(), Some(own)));
    }
    is_first(local).then(|| (local.date(), zone.cloned()))
}

/// The instant of a local time, and the zone that it is of: that of the publisher where the page says UTC, as systems do that keep all in UTC.
fn instant_of(local: DateTime, offset: Option<i32>, context: &DateContext) -> Option<(Timestamp, Option<Named>)> {
    let zone = zone_of(context);
    let in_zone = |zone: &Named| zone.zone.to_ambiguous_timestamp(local).compatible().ok();
    if let Some(seconds) = offset {
        let fixed = Named::fixed(seconds)?;
        let instant = in_zone(&fixed)?;
        let Some(zone) = zone.filter(|_| seconds == 0) else { return Some((instant, Some(fixed))) };
        // Some systems print local time with a "Z": one that lies after the fetch is taken for local time, if that lies before.
        let too_late = |i: Timestamp| context.fetched_at.is_some_and(|f| i.as_millisecond() > f.0 + 600_000);
        let as_local = if too_late(instant) { in_zone(&zone).filter(|i| !too_late(*i)) } else { None };
        return Some((as_local.unwrap_or(instant), Some(zone)));
    }
    match zone {
        Some(zone) => Some((in_zone(&zone)?, Some(zone))),
        None => Some((TimeZone::UTC.to_timestamp(local).ok()?, None)),
    }
}

/// The day of a date without year that lies nearest to another day; `near` and the result as `YYYY-MM-DD`.
pub(crate) fn nearest_year(civil: Civil, near: &str) -> Option<Date> {
    let near: Date = near.get(..10)?.parse().ok()?;
    let (month, day) = (i8::try_from(civil.month).ok()?, i8::try_from(civil.day?).ok()?);
    let years = [near.year(), near.year().saturating_sub(1), near.year().saturating_add(1)];
    let days = |date: &Date| near.until(*date).map(|span: Span| span.get_days().abs()).unwrap_or(i32::MAX);
    years.into_iter().filter_map(|year| Date::new(year, month, day).ok()).min_by_key(days)
}

#[cfg(test)]
mod tests;

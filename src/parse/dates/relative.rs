//! Dates told from the day of the fetch: "2 hours ago", "yesterday, 15:38". Nothing without `fetched_at`.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::article::parsed::Precision;
use crate::parse::dates::clock::time_after;
use crate::parse::dates::table::TABLES;
use crate::parse::dates::{DateContext, zone_of};
use crate::text::scan::Scan;

/// A relative date, counted out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relative {
    pub(crate) date: Date,
    pub(crate) time: Option<Time>,
    /// Seconds from UTC: a time counted back from an instant has one.
    pub(crate) offset: Option<i32>,
    pub(crate) precision: Precision,
    pub(crate) end: usize,
}

/// The relative date that begins at a place.
pub(crate) fn relative_at(scan: &Scan, start: usize, context: &DateContext) -> Option<Relative> {
    let fetched = Timestamp::from_millisecond(context.fetched_at?.0).ok()?;
    // Looked up only where a date stands: this is asked at every word.
    let zone = || zone_of(context).map_or(TimeZone::UTC, |own| own.zone);
    ago(scan, start, fetched, zone).or_else(|| named_day(scan, start, fetched, zone, context))
}

/// "today 15:38", "yesterday": a bare word only where it is the whole text.
fn named_day(scan: &Scan, start: usize, fetched: Timestamp, zone: impl Fn() -> TimeZone, context: &DateContext) -> Option<Relative> {
    let today = TABLES.today.end_at(&scan.chars, start);
    let end = today.or_else(|| TABLES.yesterday.end_at(&scan.chars, start))?;
    let fetched_on = zone().to_datetime(fetched).date();
    let date = if today.is_some() { fetched_on } else { fetched_on.yesterday().ok()? };
    match time_after(scan, end, context) {
        Some(clock) => {
            let precision = if clock.has_seconds { Precision::Second } else { Precision::Minute };
            let offset = crate::parse::dates::offset_of(clock.zone, date.to_datetime(clock.time));
            Some(Relative { date, time: Some(clock.time), offset, precision, end: clock.end })
        }
        None if start == 0 && scan.skip_spaces(end) == scan.chars.len() => Some(Relative { date, time: None, offset: None, precision: Precision::Day, end }),
        None => None,
    }
}

/// "2 hours ago", "il y a 2 heures", "2小时前".
fn ago(scan: &Scan, start: usize, fetched: Timestamp, zone: impl Fn() -> TimeZone) -> Option<Relative> {
    let before = TABLES.ago_before.end_at(&scan.chars, start);
    let at = before.map_or(start, |end| scan.skip_spaces(end));
    let (count, _, after) = scan.number(at, 3)?;
    let at = scan.skip_spaces(after);
    // The longest unit wins: "min" and "minutes" differ, "h" and "hari" too.
    let ends = TABLES.units.iter().map(|unit| unit.end_at(&scan.chars, at));
    let (unit, end) = ends.enumerate().filter_map(|(unit, end)| end.map(|e| (unit, e))).max_by_key(|(unit, end)| (*end, 9 - *unit))?;
    let after = TABLES.ago_after.end_at(&scan.chars, scan.skip_spaces(end));
    if before.is_none() && after.is_none() {
        return None;
    }
    let end = after.unwrap_or(end);
    let count = i64::from(count);
    let span = match unit {
        0 => Span::new().minutes(count),
        1 => Span::new().hours(count),
        _ => Span::new(),
    };
    let zone = zone();
    let local = zone.to_datetime(fetched.checked_sub(span).ok()?);
    let date = match unit {
        2 => local.date().checked_sub(Span::new().days(count)).ok()?,
        3 => local.date().checked_sub(Span::new().weeks(count)).ok()?,
        4 => local.date().checked_sub(Span::new().months(count)).ok()?,
        _ => local.date(),
    };
    if unit == 0 {
        let instant = fetched.checked_sub(span).ok()?;
        let offset = Some(zone.to_offset(instant).seconds());
        let time = Time::new(local.hour(), local.minute(), 0, 0).ok()?;
        return Some(Relative { date, time: Some(time), offset, precision: Precision::Minute, end });
    }
    // An hour is less exact than the minutes that the contract knows; weeks and months are less than days.
    let precision = if unit == 4 { Precision::Month } else { Precision::Day };
    Some(Relative { date, time: None, offset: None, precision, end })
}

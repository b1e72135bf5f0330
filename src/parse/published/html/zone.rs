//! The publisher's clock, where a page gives its time of publication in UTC: systems that keep all in UTC print the next day for an evening
//! in America. The zone comes from what else the page says of the same moment.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::article::parsed::{Precision, PublicationTime};
use crate::parse::dates::{self, DateContext, DateFound};

/// What a page says of its times beside the one that is chosen.
#[derive(Debug, Default)]
pub(in crate::parse) struct Clocks {
    /// Instants with the offset from UTC in which they are written, in seconds; none of them 0.
    pub(in crate::parse) offsets: Vec<(Timestamp, i32)>,
    /// Local times without an offset.
    pub(in crate::parse) locals: Vec<DateTime>,
    /// Days that readers are shown, or that the URL has.
    pub(in crate::parse) days: Vec<Date>,
}

/// Zones in which evenings are the next day in UTC: the eastern one is tried first.
const WEST: [&str; 2] = ["America/New_York", "America/Los_Angeles"];

/// No zone is further behind UTC or before it.
const BEHIND: i64 = 12 * 3600;
const BEFORE: i64 = 14 * 3600;

/// Hours of UTC in which the zones of the west have the day before.
const EARLY: i8 = 9;

/// A time that is written in UTC, in the zone that the page tells; `None` where it tells none.
pub(in crate::parse) fn local(found: &DateFound, time: &PublicationTime, clocks: &Clocks, context: &DateContext) -> Option<PublicationTime> {
    let is_exact = matches!(found.precision, Precision::Second | Precision::Minute);
    let at = utc_of(found).filter(|_| is_exact && found.offset == Some(0))?;
    let same = clocks.offsets.iter().find(|(other, _)| other.duration_since(at).abs() < SignedDuration::from_secs(60)).map(|(_, offset)| *offset);
    let offset = same.or_else(|| {
        let has_zone = time.time_zone.as_deref().is_some_and(|zone| zone != "+00:00");
        if has_zone {
            None
        } else {
            by_clock(found, clocks).or_else(|| clocks.offsets.first().map(|(_, offset)| *offset)).or_else(|| by_day(at, found, clocks))
        }
    })?;
    let zone = TimeZone::fixed(jiff::tz::Offset::from_seconds(offset).ok()?);
    let local = zone.to_datetime(at);
    let found = DateFound { date: local.date(), time: Some(local.time()), offset: Some(offset), ..found.clone() };
    dates::publication_time(&found, time.source, context)
}

fn utc_of(found: &DateFound) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(found.date.to_datetime(found.time?)).ok()
}

/// A clock that shows the same minutes, whole hours away.
fn by_clock(found: &DateFound, clocks: &Clocks) -> Option<i32> {
    let utc = found.date.to_datetime(found.time?);
    let away = |local: &DateTime| {
        let seconds = SignedDuration::try_from(local.since(utc).ok()?).ok()?.as_secs();
        // A clock without seconds shows the minute that has begun.
        let whole = if local.second() == 0 { seconds + i64::from(utc.second()) } else { seconds };
        (whole != 0 && whole % 3600 == 0 && (-BEHIND..=BEFORE).contains(&whole)).then(|| i32::try_from(whole).ok()).flatten()
    };
    clocks.locals.iter().find_map(away)
}

/// Early in the day of UTC, where the page shows the day before.
fn by_day(at: Timestamp, found: &DateFound, clocks: &Clocks) -> Option<i32> {
    let before = found.date.yesterday().ok()?;
    let is_early = found.time.is_some_and(|time| time.hour() < EARLY);
    if !is_early || !clocks.days.contains(&before) || clocks.days.contains(&found.date) {
        return None;
    }
    let zones = WEST.iter().filter_map(|name| TimeZone::get(name).ok());
    zones.map(|zone| zone.to_offset(at)).find(|offset| offset.to_datetime(at).date() == before).map(|offset| offset.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::parsed::TimeSource;

    fn local_of(text: &str, clocks: &Clocks) -> Option<String> {
        let context = DateContext::default().for_declared();
        let found = dates::find_date(text, &context).unwrap();
        let time = dates::publication_time(&found, TimeSource::JsonLd, &context).unwrap();
        local(&found, &time, clocks, &context).map(|time| time.value)
    }

    #[test]
    fn a_page_tells_its_zone_by_the_same_moment_a_clock_or_the_day_before() {
        let moment = Clocks { offsets: vec![("2023-11-09T02:30:00Z".parse().unwrap(), -18_000)], ..Clocks::default() };
        assert_eq!(local_of("2023-11-09T02:30:00Z", &moment).as_deref(), Some("2023-11-08T21:30:00-05:00"));
        let clock = Clocks { locals: vec!["2023-11-08T18:30".parse().unwrap()], ..Clocks::default() };
        assert_eq!(local_of("2023-11-09T02:30:20Z", &clock).as_deref(), Some("2023-11-08T18:30:20-08:00"));
        let other = Clocks { locals: vec!["2023-11-08T18:31".parse().unwrap()], ..Clocks::default() };
        assert_eq!(local_of("2023-11-09T02:30:20Z", &other), None);
        let day = Clocks { days: vec!["2023-11-08".parse().unwrap()], ..Clocks::default() };
        assert_eq!(local_of("2023-11-09T02:30:00Z", &day).as_deref(), Some("2023-11-08T21:30:00-05:00"));
        assert_eq!(local_of("2023-11-09T06:30:00Z", &day).as_deref(), Some("2023-11-08T22:30:00-08:00"));
        assert_eq!(local_of("2023-11-09T10:30:00Z", &day), None);
        assert_eq!(local_of("2023-11-09T02:30:00+01:00", &day), None);
    }
}

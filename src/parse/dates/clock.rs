//! Times of day and the zone markers after them: `15:38`, `3:38 p.m. ET`, `15h38`, `下午3:38`, `15.38 GMT+3`.

use jiff::civil::Time;

use crate::parse::dates::DateContext;
use crate::parse::dates::table::{TABLES, Zone};
use crate::text::scan::Scan;

/// A time as printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clock {
    pub(crate) time: Time,
    pub(crate) has_seconds: bool,
    /// It counts to twelve, with "am" or "pm" in Latin letters.
    pub(crate) is_half_day: bool,
    pub(crate) zone: Option<Zone>,
    /// One past its last character.
    pub(crate) end: usize,
}

/// Which marks between hours and minutes are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// After a date: `15.38` too.
    Any,
    /// Before a date, where `15.38` may be a number.
    Clear,
}

/// The time that stands after a date that ends at `start`: marks, weekdays and words such as "at" may stand between.
pub(crate) fn time_after(scan: &Scan, start: usize, context: &DateContext) -> Option<Clock> {
    let mut at = start;
    for _ in 0..8 {
        if let Some(clock) = time_at(scan, at, Marks::Any, context) {
            return Some(clock);
        }
        let next = skip_one(scan, at);
        if next == at {
            return None;
        }
        at = next;
    }
    None
}

/// Skips one thing that may stand between a date and its time.
pub(crate) fn skip_one(scan: &Scan, at: usize) -> usize {
    let spaces = scan.skip_spaces(at);
    if spaces > at {
        return spaces;
    }
    match scan.at(at) {
        // A weekday in brackets: "(月)", "(Mon)".
        Some('(') => {
            let close = (at + 1..at + 6).find(|i| scan.at(*i) == Some(')'));
            let is_word = |end: usize| scan.chars[at + 1..end].iter().all(|c| c.is_alphabetic());
            return close.filter(|end| is_word(*end)).map_or(at + 1, |end| end + 1);
        }
        Some(',' | '.' | '|' | '-' | '—' | '·' | '•' | '@' | '/' | ')' | ';' | ':' | '、' | '，') => return at + 1,
        Some('t') if scan.at(at + 1).is_some_and(|c| c.is_ascii_digit()) => return at + 1,
        _ => {}
    }
    let words = [&TABLES.weekdays, &TABLES.at, &TABLES.hour_mark, &TABLES.filler];
    words.iter().find_map(|w| w.end_at(&scan.chars, at)).unwrap_or(at)
}

/// The time at a place.
pub(crate) fn time_at(scan: &Scan, start: usize, marks: Marks, context: &DateContext) -> Option<Clock> {
    // "下午3:38"; but "am 23." is German for "on the 23rd".
    let is_before =
        |end: usize| !scan.chars[start..end].iter().any(char::is_ascii_alphabetic) && scan.at(scan.skip_spaces(end)).is_some_and(|c| c.is_ascii_digit());
    let prefix = half_of_day(scan, start).filter(|(_, end)| is_before(*end));
    let (before, at) = prefix.map_or((None, start), |(half, end)| (Some(half), scan.skip_spaces(end)));
    let (hour, digits, after_hour) = scan.number(at, 2)?;
    let (minute, second, has_seconds, mut end) = minutes(scan, after_hour, marks)
        .or_else(|| half_of_day(scan, scan.skip_spaces(after_hour)).map(|_| (0, 0, false, after_hour)))
        .or_else(|| before.map(|_| (0, 0, false, after_hour)))?;
    if digits == 2 && hour >= 24 && !(hour == 24 && minute == 0) {
        return None;
    }
    let mut half = before;
    if let Some((h, e)) = half_of_day(scan, scan.skip_spaces(end)) {
        half = half.or(Some(h));
        end = e;
    }
    let is_half_day = half.is_some() && scan.chars[start..end].iter().any(char::is_ascii_alphabetic);
    let hour = match half {
        Some(Half::Morning) if hour == 12 => 0,
        Some(Half::Evening) if hour < 12 => hour + 12,
        _ => hour % 24,
    };
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()?;
    let zone = zone_at(scan, end, context);
    Some(Clock { time, has_seconds, is_half_day, zone: zone.map(|z| z.0), end: zone.map_or(end, |z| z.1) })
}

/// Minutes and seconds after an hour: minute, second, whether seconds are printed, end.
fn minutes(scan: &Scan, start: usize, marks: Marks) -> Option<(u32, u32, bool, usize)> {
    let two = |at: usize| scan.number(at, 2).filter(|(value, digits, _)| *digits == 2 && *value < 60);
    if scan.at(start) == Some(':') {
        let (minute, _, end) = two(start + 1)?;
        let seconds = (scan.at(end) == Some(':')).then(|| two(end + 1)).flatten();
        let Some((second, _, mut end)) = seconds else { return Some((minute, 0, false, end)) };
        if matches!(scan.at(end), Some('.' | ',')) && scan.at(end + 1).is_some_and(|c| c.is_ascii_digit()) {
            end += 1;
            while scan.at(end).is_some_and(|c| c.is_ascii_digit()) {
                end += 1;
            }
        }
        return Some((minute, second, true, end));
    }
    if scan.at(start) == Some('.') && marks == Marks::Any {
        let (minute, _, end) = two(start + 1)?;
        let goes_on = scan.at(end) == Some('.') && scan.at(end + 1).is_some_and(|c| c.is_ascii_digit());
        return (!goes_on).then_some((minute, 0, false, end));
    }
    let after_mark = TABLES.hour_mark.end_at(&scan.chars, scan.skip_spaces(start))?;
    let Some((minute, _, end)) = two(scan.skip_spaces(after_mark)) else { return Some((0, 0, false, after_mark)) };
    let end = TABLES.minute_mark.end_at(&scan.chars, scan.skip_spaces(end)).unwrap_or(end);
    Some((minute, 0, false, end))
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Evening,
}

fn half_of_day(scan: &Scan, at: usize) -> Option<(Half, usize)> {
    let morning = TABLES.am.end_at(&scan.chars, at).map(|end| (Half::Morning, end));
    morning.or_else(|| TABLES.pm.end_at(&scan.chars, at).map(|end| (Half::Evening, end)))
}

/// The zone marker after a time that ends at `start`: `Z`, `+03:00`, `GMT+3`, `(MSK)`.
fn zone_at(scan: &Scan, start: usize, context: &DateContext) -> Option<(Zone, usize)> {
    let mut at = scan.skip_spaces(start);
    let opened = matches!(scan.at(at), Some('(' | '['));
    at += usize::from(opened);
    let close = |end: usize| if opened && matches!(scan.at(end), Some(')' | ']')) { end + 1 } else { end };
    if let Some((seconds, end)) = offset_at(scan, at, at == start) {
        return Some((Zone::Offset(seconds), close(end)));
    }
    let end = TABLES.zone_markers.end_at(&scan.chars, at)?;
    let marker = scan.text(at, end);
    // "est", "et" and "art" are words of other languages: a short marker has capitals.
    let is_short = end - at <= 5 && marker.is_ascii() && marker != "z";
    if is_short && !(at..end).all(|i| scan.capital(i) || scan.at(i) == Some('.')) {
        return None;
    }
    if matches!(marker.as_str(), "gmt" | "utc") {
        let signed = scan.skip_spaces(end);
        if let Some((seconds, end)) = offset_at(scan, signed, true) {
            return Some((Zone::Offset(seconds), close(end)));
        }
    }
    TABLES.zone(&marker, context.country.as_deref()).map(|zone| (zone, close(end)))
}

/// A signed offset: `+03:00`, `-0300`, `+3`. A dash with a colon after a space is a range of times, not an offset.
fn offset_at(scan: &Scan, at: usize, glued: bool) -> Option<(i32, usize)> {
    let negative = match scan.at(at)? {
        '+' => false,
        '-' => true,
        _ => return None,
    };
    let (value, digits, end) = scan.number(at + 1, 4)?;
    let (hours, minutes, end) = match digits {
        3 | 4 => (value / 100, value % 100, end),
        _ if scan.at(end) == Some(':') => {
            let (minutes, _, end) = scan.number(end + 1, 2)?;
            (value, minutes, end)
        }
        _ => (value, 0, end),
    };
    if hours > 14 || minutes > 59 || (negative && !glued && digits != 4) {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((if negative { -seconds } else { seconds }, end))
}

//! Dates without times: numeric, with month names, East Asian, Buddhist and Persian years.
//!
//! Reads at one place of a scan; it never searches, and never decides the year of a date that has none.

use crate::parse::dates::DateContext;
use crate::parse::dates::table::{Calendar, TABLES};
use crate::text::scan::Scan;

/// A date as printed, the year perhaps missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    /// Gregorian year, where printed.
    pub(crate) year: Option<i32>,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31; `None` for a month.
    pub(crate) day: Option<u8>,
    /// The other reading of a numeric date whose day could be its month.
    pub(crate) swapped: bool,
    /// One past its last character.
    pub(crate) end: usize,
}

impl Civil {
    /// The same date with day and month the other way about.
    pub(crate) fn swap(self) -> Option<Civil> {
        let day = self.day.filter(|_| self.swapped)?;
        Some(Civil { month: day, day: Some(self.month), swapped: false, ..self })
    }
}

/// The date that begins at a place.
pub(crate) fn date_at(scan: &Scan, start: usize, context: &DateContext) -> Option<Civil> {
    let before = start.checked_sub(1).and_then(|i| scan.at(i));
    let first = scan.at(start)?;
    if first.is_ascii_digit() {
        if before.is_some_and(|c| c.is_ascii_digit()) {
            return None;
        }
        let joined =
            before.is_some_and(|c| matches!(c, '.' | '/' | '-' | ',')) && start.checked_sub(2).and_then(|i| scan.at(i)).is_some_and(|c| c.is_ascii_digit());
        let numeric = if joined { None } else { numeric(scan, start, context) };
        return numeric.or_else(|| east_asian(scan, start)).or_else(|| day_first(scan, start, context)).or_else(|| year_first(scan, start, context));
    }
    if before.is_some_and(char::is_alphabetic) && !scan.glued_capital(start) {
        return None;
    }
    era(scan, start).or_else(|| month_first(scan, start, context))
}

/// A year by its number: Gregorian, Buddhist or, where `calendar` says so, Persian.
fn year_of(value: u32, digits: usize) -> Option<i32> {
    let value = i32::try_from(value).ok()?;
    match (digits, value) {
        (4, 1900..=2100) => Some(value),
        (4, 2440..=2643) => Some(value - 543),
        _ => None,
    }
}

/// The year at a place: its number and end. Two digits count after a dash or an apostrophe, or at the text's end.
pub(crate) fn year_at(scan: &Scan, start: usize, calendar: Calendar) -> Option<(i32, usize)> {
    let (value, digits, end) = scan.number(start, 4).or_else(|| glued_year(scan, start))?;
    if scan.at(end) == Some(':') {
        return None;
    }
    if digits == 4 {
        let year = match calendar {
            Calendar::Jalali => i32::try_from(value).ok().filter(|y| JALALI_YEARS.contains(y)),
            Calendar::Gregorian => year_of(value, digits),
        };
        return year.map(|y| (y, end));
    }
    let ends_text = scan.at(end).is_none_or(|c| c == ',');
    let marked = ends_text || start > 0 && matches!(scan.at(start - 1), Some('-' | '\''));
    (digits == 2 && marked && calendar == Calendar::Gregorian).then(|| (2000 + i32::try_from(value).unwrap_or(0), end))
}

/// The year of `20247:55`, where a page lost the space before the time.
fn glued_year(scan: &Scan, start: usize) -> Option<(u32, usize, usize)> {
    let (value, digits, end) = scan.number(start, 6).filter(|(_, digits, _)| *digits >= 5)?;
    let year = value / 10_u32.pow(u32::try_from(digits).ok()? - 4);
    (scan.at(end) == Some(':') && (1990..2100).contains(&year)).then_some((year, 4, start + 4))
}

/// Skips what may stand between the parts of a date: spaces, a mark or two, fillers such as "de" or "of".
fn gap(scan: &Scan, start: usize) -> usize {
    let mut at = start;
    for _ in 0..6 {
        let before = at;
        at = scan.skip_spaces(at);
        if matches!(scan.at(at), Some(',' | '.' | '/' | '-' | '\'')) {
            at += 1;
        } else if let Some(end) = TABLES.filler.end_at(&scan.chars, at) {
            at = end;
        }
        if at == before {
            break;
        }
    }
    at
}

/// The month's name at a place: number, calendar, end. `tháng 5` is a name too.
fn month_at(scan: &Scan, start: usize, context: &DateContext) -> Option<(u8, Calendar, usize)> {
    const LONGEST: usize = 24;
    let end = scan.word_end(start).min(start + LONGEST);
    if end == start {
        return None;
    }
    let word = scan.text(start, end);
    if word == "tháng" || word == "thg" {
        let (value, _, end) = scan.number(scan.skip_spaces(end), 2)?;
        let month = u8::try_from(value).ok().filter(|m| (1..=12).contains(m))?;
        return Some((month, Calendar::Gregorian, end));
    }
    let language = context.language.as_deref();
    let next = scan.skip_spaces(end);
    let second = scan.word_end(next).min(next + LONGEST);
    let two_words = (next > end && second > next).then(|| format!("{word} {}", scan.text(next, second)));
    if let Some((month, calendar)) = two_words.and_then(|name| TABLES.month(&name, language)) {
        return Some((month, calendar, second));
    }
    // "mayıs'ta", and the Hebrew preposition that is written with the name.
    let stem = word.split('\'').next().unwrap_or(&word);
    let bare = word.strip_prefix('ב').unwrap_or(stem);
    let (month, calendar) = [&word, stem, bare].iter().find_map(|name| TABLES.month(name, language))?;
    Some((month, calendar, end))
}

/// The day at a place, not the hour of a time.
fn day_at(scan: &Scan, start: usize) -> Option<(u8, usize)> {
    let (value, _, end) = scan.number(start, 2)?;
    let is_time = scan.at(end) == Some(':') && scan.at(end + 1).is_some_and(|c| c.is_ascii_digit());
    let day = u8::try_from(value).ok().filter(|d| (1..=31).contains(d))?;
    (!is_time).then_some((day, end))
}

fn in_calendar(calendar: Calendar, year: Option<i32>, month: u8, day: Option<u8>, end: usize) -> Option<Civil> {
    if calendar == Calendar::Gregorian {
        return Some(Civil { year, month, day, swapped: false, end });
    }
    let (year, month, day) = from_jalali(year?, month, day?)?;
    Some(Civil { year: Some(year), month, day: Some(day), swapped: false, end })
}

/// `17 May 2021`, `17. mai`, `17 de mayo de 2021`, `17-May-22`.
fn day_first(scan: &Scan, start: usize, context: &DateContext) -> Option<Civil> {
    let (day, after_day) = day_at(scan, start)?;
    let (month, calendar, after_month) = month_at(scan, gap(scan, after_day), context)?;
    // "24 نيسان / أبريل 2020": the same month in two namings.
    let again = month_at(scan, gap(scan, after_month), context).filter(|(other, of, _)| (*other, *of) == (month, calendar));
    let after_month = again.map_or(after_month, |(_, _, end)| end);
    match year_at(scan, gap(scan, after_month), calendar) {
        Some((year, end)) => in_calendar(calendar, Some(year), month, Some(day), end),
        None => in_calendar(calendar, None, month, Some(day), after_month),
    }
}

/// `May 17, 2021`, `May 17-18, 2021`, `May 2021`.
fn month_first(scan: &Scan, start: usize, context: &DateContext) -> Option<Civil> {
    let (month, calendar, after_month) = month_at(scan, start, context)?;
    let at = gap(scan, after_month);
    if let Some((day, mut end)) = day_at(scan, at) {
        if scan.at(end) == Some('-') {
            end = day_at(scan, end + 1).map_or(end, |(_, e)| e);
        }
        let dated = year_at(scan, gap(scan, end), calendar);
        return match dated {
            Some((year, end)) => in_calendar(calendar, Some(year), month, Some(day), end),
            None if scan.at(end).is_some_and(char::is_alphabetic) && gap(scan, end) == end => None,
            None => in_calendar(calendar, None, month, Some(day), end),
        };
    }
    let (year, end) = year_at(scan, at, calendar).filter(|_| calendar == Calendar::Gregorian)?;
    Some(Civil { year: Some(year), month, day: None, swapped: false, end })
}

/// `2021. május 17.`, `2021 m. gegužės 17 d.`, `2021. gada 17. maijs`.
fn year_first(scan: &Scan, start: usize, context: &DateContext) -> Option<Civil> {
    let (value, digits, after_year) = scan.number(start, 4)?;
    let year = year_of(value, digits)?;
    let at = gap(scan, after_year);
    if at == after_year {
        return None;
    }
    if let Some((month, Calendar::Gregorian, after_month)) = month_at(scan, at, context) {
        let (day, end) = day_at(scan, gap(scan, after_month))?;
        return Some(Civil { year: Some(year), month, day: Some(day), swapped: false, end });
    }
    let (day, after_day) = day_at(scan, at)?;
    let (month, _, end) = month_at(scan, gap(scan, after_day), context)?;
    Some(Civil { year: Some(year), month, day: Some(day), swapped: false, end })
}

/// `2021年5月17日`, `5月17日`, `2021년 5월 17일`, `2021年5月`.
fn east_asian(scan: &Scan, start: usize) -> Option<Civil> {
    let (value, digits, after) = scan.number(start, 4)?;
    let unit = scan.skip_spaces(after);
    let (year, at) = match scan.at(unit)? {
        '年' | '년' => (Some(year_of(value, digits)?), scan.skip_spaces(unit + 1)),
        '月' | '월' => (None, start),
        _ => return None,
    };
    month_day_east(scan, year, at)
}

/// `令和3年5月17日`, `民國110年5月17日`.
fn era(scan: &Scan, start: usize) -> Option<Civil> {
    let rest = &scan.chars[start..];
    let (length, base) = [("令和", 2018), ("平成", 1988), ("民國", 1911), ("民国", 1911)]
        .iter()
        .find(|(name, _)| name.chars().eq(rest.iter().copied().take(2)))
        .map(|(_, base)| (2, *base))?;
    let (value, _, after) = scan.number(scan.skip_spaces(start + length), 3)?;
    if scan.at(after) != Some('年') {
        return None;
    }
    let year = base + i32::try_from(value).ok()?;
    month_day_east(scan, Some(year), scan.skip_spaces(after + 1))
}

fn month_day_east(scan: &Scan, year: Option<i32>, start: usize) -> Option<Civil> {
    let (month, _, after) = scan.number(start, 2)?;
    let unit = scan.skip_spaces(after);
    let month = u8::try_from(month).ok().filter(|m| (1..=12).contains(m))?;
    if !matches!(scan.at(unit), Some('月' | '월')) {
        return None;
    }
    let day = scan.number(scan.skip_spaces(unit + 1), 2).and_then(|(day, _, after)| {
        let unit = scan.skip_spaces(after);
        let day = u8::try_from(day).ok().filter(|d| (1..=31).contains(d))?;
        matches!(scan.at(unit), Some('日' | '일' | '号' | '號')).then_some((day, unit + 1))
    });
    match (day, year) {
        (Some((day, end)), _) => Some(Civil { year, month, day: Some(day), swapped: false, end }),
        (None, Some(_)) => Some(Civil { year, month, day: None, swapped: false, end: unit + 1 }),
        (None, None) => None,
    }
}

/// Three numbers between equal marks: `2021-05-17`, `17.05.2021`, `17/05/2021`, `2021. 5. 17.`, `17.05.22`; and `20210517` alone or before a `T`.
fn numeric(scan: &Scan, start: usize, context: &DateContext) -> Option<Civil> {
    if let Some((value, 8, end)) = scan.number(start, 8) {
        let alone = start == 0 && matches!(scan.at(end), None | Some('t'));
        let year = year_of(value / 10_000, 4).filter(|_| alone)?;
        return ordered(year, value / 100 % 100, value % 100, end);
    }
    let (a, digits_a, end_a) = scan.number(start, 4)?;
    let (mark, at_b) = mark_at(scan, end_a)?;
    let (b, digits_b, end_b) = scan.number(at_b, 2)?;
    let (mark_b, at_c) = mark_at(scan, end_b)?;
    let (c, digits_c, end) = scan.number(at_c, 4)?;
    let goes_on = scan.at(end) == Some(mark) && scan.at(end + 1).is_some_and(|c| c.is_ascii_digit());
    if mark != mark_b || goes_on {
        return None;
    }
    if digits_a >= 3 && digits_c <= 2 {
        let year = year_of(a, digits_a).or_else(|| jalali_of(a, digits_a, context))?;
        if !(1900..=2100).contains(&year) {
            let (year, month, day) = from_jalali(year, u8::try_from(b).ok()?, u8::try_from(c).ok()?)?;
            return Some(Civil { year: Some(year), month, day: Some(day), swapped: false, end });
        }
        return ordered(year, b, c, end).or_else(|| ordered(year, c, b, end));
    }
    if digits_a > 2 {
        return None;
    }
    let year = match digits_c {
        4 => year_of(c, 4)?,
        2 if digits_a == 2 && digits_b == 2 && mark != '-' => 2000 + i32::try_from(c).ok()?,
        // "8.5.12", where a text says little else: a version or a number of a section is as long.
        2 if mark == '.' && digits_c == 2 && end - start == scan.chars.len() => 2000 + i32::try_from(c).ok()?,
        _ => return None,
    };
    let country = context.country.as_deref();
    if digits_c == 2 && country.is_some_and(|k| matches!(k, "KR" | "JP" | "CN" | "TW" | "HU")) {
        return ordered(2000 + i32::try_from(a).ok()?, b, c, end);
    }
    let (first, second) = if month_comes_first(mark, context) { ((a, b), (b, a)) } else { ((b, a), (a, b)) };
    let date = ordered(year, first.0, first.1, end);
    let other = ordered(year, second.0, second.1, end);
    match (date, other) {
        (Some(date), other) => Some(Civil { swapped: other.is_some() && a != b, ..date }),
        (None, other) => other,
    }
}

fn mark_at(scan: &Scan, start: usize) -> Option<(char, usize)> {
    let at = scan.skip_spaces(start);
    let mark = scan.at(at).filter(|c| matches!(c, '.' | '/' | '-'))?;
    // Only full stops are followed by spaces in a date: "2021. 5. 17."; "5 - 17 - 20" is no date.
    let next = if mark == '.' && at == start { scan.skip_spaces(at + 1) } else { at + 1 };
    (at == start || mark == '/').then_some((mark, next))
}

/// Whether the publisher's readers take the first number for the month.
pub(super) fn month_comes_first(mark: char, context: &DateContext) -> bool {
    match context.country.as_deref() {
        Some(country) => matches!(country, "US" | "PH" | "FM" | "MH" | "PW" | "PR" | "GU" | "AS"),
        // A site under .com in English is more often of the United States than of all other countries together.
        None => mark == '/' && context.language.as_deref().is_some_and(|l| l == "en" || l == "en-US"),
    }
}

fn ordered(year: i32, month: u32, day: u32, end: usize) -> Option<Civil> {
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let possible = (1..=12).contains(&month) && (1..=31).contains(&day);
    possible.then_some(Civil { year: Some(year), month, day: Some(day), swapped: false, end })
}

const JALALI_YEARS: std::ops::RangeInclusive<i32> = 1350..=1480;

/// A numeric year of the Persian calendar: where the publisher or the language uses it, or nothing else is known.
fn jalali_of(value: u32, digits: usize, context: &DateContext) -> Option<i32> {
    let fits = |value: &Option<String>, own: [&str; 2]| value.as_deref().is_none_or(|v| own.iter().any(|o| v.starts_with(o)));
    let year = i32::try_from(value).ok().filter(|y| digits == 4 && JALALI_YEARS.contains(y))?;
    (fits(&context.country, ["IR", "AF"]) && fits(&context.language, ["fa", "ps"])).then_some(year)
}

/// The Gregorian date of a Persian one: days counted from 1 Farvardin 1400 = 21 March 2021, leap years by the 33-year cycle,
/// which is exact from 1244 to 1500.
fn from_jalali(year: i32, month: u8, day: u8) -> Option<(i32, u8, u8)> {
    let is_leap = |y: i32| matches!(y.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30);
    let longest = if month <= 6 { 31 } else { 30 };
    if !JALALI_YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    let length = |y: i32| if is_leap(y) { 366 } else { 365 };
    let years: i64 = if year >= 1400 { (1400..year).map(length).sum() } else { -(year..1400).map(length).sum::<i64>() };
    let months = i64::from(month) - 1;
    let days = years + months * 31 - (months - 6).max(0) + i64::from(day) - 1;
    let first = jiff::civil::Date::new(2021, 3, 21).ok()?;
    let date = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some((i32::from(date.year()), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persian_new_years_are_right() {
        for (persian, gregorian) in [
            ((1400, 1, 1), (2021, 3, 21)),
            ((1399, 12, 30), (2021, 3, 20)),
            ((1401, 1, 1), (2022, 3, 21)),
            ((1404, 1, 1), (2025, 3, 21)),
            ((1403, 12, 30), (2025, 3, 20)),
            ((1375, 1, 1), (1996, 3, 20)),
            ((1400, 2, 27), (2021, 5, 17)),
        ] {
            assert_eq!(from_jalali(persian.0, persian.1, persian.2), Some(gregorian));
        }
        assert_eq!(from_jalali(1401, 7, 31), None);
    }
}

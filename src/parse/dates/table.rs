//! The words of dates: month and weekday names, words around dates and times, zone markers.
//!
//! Loaded once from `config/months.tsv`, `config/date_words.tsv` and `config/zone_markers.tsv`; never changed, never iterated to make output.

use crate::text::quick::Quick;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold;
use crate::text::phrases::Phrases;
use crate::text::tables::{DATE_WORDS, MONTHS, ZONE_MARKERS, rows, words};

/// Which calendar a month's name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calendar {
    /// The usual one; years of the Buddhist era are recognised by their size.
    Gregorian,
    /// The Persian solar calendar.
    Jalali,
}

#[derive(Debug)]
struct MonthName {
    number: u8,
    calendar: Calendar,
    languages: Vec<&'static str>,
}

/// A zone by its marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Seconds from UTC.
    Offset(i32),
    /// An IANA name: the marker changes with the season.
    Named(&'static str),
}

/// All the tables.
#[derive(Debug)]
pub(crate) struct Tables {
    months: HashMap<String, Vec<MonthName>, Quick>,
    pub(crate) weekdays: Phrases,
    pub(crate) filler: Phrases,
    pub(crate) at: Phrases,
    pub(crate) am: Phrases,
    pub(crate) pm: Phrases,
    pub(crate) today: Phrases,
    pub(crate) yesterday: Phrases,
    pub(crate) ago_before: Phrases,
    pub(crate) ago_after: Phrases,
    /// Minutes, hours, days, weeks, months.
    pub(crate) units: [Phrases; 5],
    pub(crate) hour_mark: Phrases,
    pub(crate) minute_mark: Phrases,
    pub(crate) zone_markers: Phrases,
    zones: HashMap<String, Vec<(Zone, Vec<&'static str>)>>,
}

/// The tables, read once.
pub(crate) static TABLES: LazyLock<Tables> = LazyLock::new(Tables::load);

impl Tables {
    fn load() -> Tables {
        let mut months: HashMap<String, Vec<MonthName>, Quick> = HashMap::default();
        let mut weekdays = Vec::new();
        for row in rows(MONTHS) {
            let [kind, number, form, languages] = row[..] else { continue };
            let name = |calendar| MonthName { number: number.parse().unwrap_or(0), calendar, languages: languages.split(',').collect() };
            let folded: String = form.chars().map(fold::character).collect();
            match kind {
                "month" => months.entry(folded).or_default().push(name(Calendar::Gregorian)),
                "jalali" => months.entry(folded).or_default().push(name(Calendar::Jalali)),
                _ => weekdays.push(form),
            }
        }
        let words = |kind: &str| Phrases::new(words(DATE_WORDS, kind));
        let mut zones: HashMap<String, Vec<(Zone, Vec<&'static str>)>> = HashMap::new();
        for row in rows(ZONE_MARKERS) {
            let Some(zone) = zone_of_cell(row[1]) else { continue };
            let countries = row.get(2).map_or(Vec::new(), |c| c.split(',').filter(|c| !c.is_empty()).collect());
            zones.entry(row[0].to_owned()).or_default().push((zone, countries));
        }
        Tables {
            months,
            weekdays: Phrases::new(weekdays),
            filler: words("filler"),
            at: words("at"),
            am: words("am"),
            pm: words("pm"),
            today: words("today"),
            yesterday: words("yesterday"),
            ago_before: words("ago_before"),
            ago_after: words("ago_after"),
            units: [words("minute"), words("hour"), words("day"), words("week"), words("month")],
            hour_mark: words("hour_mark"),
            minute_mark: words("minute_mark"),
            zone_markers: Phrases::new(rows(ZONE_MARKERS).map(|r| r[0])),
            zones,
        }
    }

    /// The month of a name (folded), by the page's language where languages differ.
    pub(crate) fn month(&self, name: &str, language: Option<&str>) -> Option<(u8, Calendar)> {
        let names = self.months.get(name)?;
        let primary = language.map(|l| l.split(['-', '_']).next().unwrap_or(l));
        let own = names.iter().find(|n| primary.is_some_and(|l| n.languages.contains(&l)));
        let most = names.iter().max_by_key(|n| (n.languages.len(), std::cmp::Reverse(n.number)));
        own.or(most).map(|n| (n.number, n.calendar))
    }

    /// The zone of a marker (folded), in the publisher's country.
    pub(crate) fn zone(&self, marker: &str, country: Option<&str>) -> Option<Zone> {
        let rows = self.zones.get(marker)?;
        let own = rows.iter().find(|(_, c)| country.is_some_and(|k| c.contains(&k)));
        own.or_else(|| rows.iter().find(|(_, c)| c.is_empty())).map(|(zone, _)| *zone)
    }
}

fn zone_of_cell(cell: &'static str) -> Option<Zone> {
    if !cell.starts_with(['+', '-']) {
        return Some(Zone::Named(cell));
    }
    let (hours, minutes) = cell[1..].split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Some(Zone::Offset(if cell.starts_with('-') { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_months_loads() {
        for row in rows(MONTHS) {
            assert_eq!(row.len(), 4, "{row:?}");
            let number: u8 = row[1].parse().unwrap();
            let most = if row[0] == "weekday" { 7 } else { 12 };
            assert!(["month", "weekday", "jalali"].contains(&row[0]) && (1..=most).contains(&number), "{row:?}");
            let folded: String = row[2].chars().map(fold::character).collect();
            assert!(!folded.is_empty() && !row[3].is_empty(), "{row:?}");
            if row[0] != "weekday" {
                let language = row[3].split(',').next();
                assert_eq!(TABLES.month(&folded, language).map(|m| m.0), Some(number), "{row:?}");
            }
        }
        let languages: std::collections::BTreeSet<&str> = rows(MONTHS).filter(|r| r[0] == "month").flat_map(|r| r[3].split(',')).collect();
        assert!(languages.len() >= 40);
    }

    #[test]
    fn every_row_of_words_loads() {
        let kinds = "filler at am pm today yesterday ago_before ago_after minute hour day week month hour_mark minute_mark lead";
        for row in rows(DATE_WORDS) {
            assert!(row.len() == 2 && kinds.split(' ').any(|k| k == row[0]), "{row:?}");
            assert!(row[1].split('|').all(|f| !f.trim().is_empty()), "{row:?}");
        }
    }

    #[test]
    fn every_row_of_zones_loads() {
        for row in rows(ZONE_MARKERS) {
            match zone_of_cell(row[1]) {
                Some(Zone::Named(name)) => assert!(jiff::tz::TimeZone::get(name).is_ok(), "{row:?}"),
                Some(Zone::Offset(seconds)) => assert!(seconds.abs() <= 14 * 3600, "{row:?}"),
                None => panic!("{row:?}"),
            }
            assert_eq!(row[0], row[0].to_lowercase());
        }
        assert_eq!(TABLES.zone("ist", Some("IE")), Some(Zone::Offset(3600)));
        assert_eq!(TABLES.zone("ist", None), Some(Zone::Offset(19_800)));
    }
}

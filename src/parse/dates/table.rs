//! The words of dates: month and weekday names, words around dates and times, zone markers.
//!
//! Loaded once from `config/months.tsv`, `config/date_words.tsv` and `config/zone_markers.tsv`; never changed, never iterated to make output.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::scan::fold;
use crate::parse::quick::Quick;

const MONTHS: &str = include_str!("../../../config/months.tsv");
const WORDS: &str = include_str!("../../../config/date_words.tsv");
const ZONES: &str = include_str!("../../../config/zone_markers.tsv");

/// The rows of a table: tab-separated cells, without comments and blank lines.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).map(|l| l.split('\t').collect())
}

/// Forms of which one may stand at a place of a text, the longest winning.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    by_first: HashMap<char, Vec<Vec<char>>, Quick>,
    /// The ASCII characters that some form begins with.
    ascii: u128,
}

impl Phrases {
    /// A set of these forms, folded as texts are.
    pub(crate) fn new<'a>(forms: impl IntoIterator<Item = &'a str>) -> Phrases {
        let mut by_first: HashMap<char, Vec<Vec<char>>, Quick> = HashMap::default();
        for form in forms {
            let folded: Vec<char> = form.trim().chars().map(fold).collect();
            if let Some(first) = folded.first() {
                by_first.entry(*first).or_default().push(folded);
            }
        }
        for forms in by_first.values_mut() {
            forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            forms.dedup();
        }
        let ascii = by_first.keys().filter(|c| c.is_ascii()).fold(0, |set, c| set | 1 << u32::from(*c));
        Phrases { by_first, ascii }
    }

    /// Whether some form begins with a character; may say so of a character that is not ASCII where none does.
    pub(crate) fn may_begin(&self, c: char) -> bool {
        !c.is_ascii() || self.ascii & 1 << u32::from(c) != 0
    }

    /// The end of the form that stands at `start`, as a whole word where its script has spaces.
    pub(crate) fn end_at(&self, chars: &[char], start: usize) -> Option<usize> {
        let first = chars.get(start).filter(|c| self.may_begin(**c))?;
        let forms = self.by_first.get(first)?;
        let second = chars.get(start + 1);
        let fits = |form: &&Vec<char>| (form.len() < 2 || form.get(1) == second) && chars[start..].starts_with(form) && word_ends(chars, start + form.len());
        forms.iter().find(fits).map(|form| start + form.len())
    }
}

/// Whether a word may end before `at`: no letter follows, or the script sets no spaces.
pub(crate) fn word_ends(chars: &[char], at: usize) -> bool {
    let Some(last) = at.checked_sub(1).and_then(|i| chars.get(i)) else { return true };
    let next_is_letter = chars.get(at).is_some_and(|c| c.is_alphabetic());
    !next_is_letter || !last.is_alphabetic() || spaceless(*last)
}

/// A letter of a script that sets no spaces between words, or sets its units of time without.
pub(crate) fn spaceless(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1780..=0x17FF | 0x1000..=0x109F | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF)
}

/// A syllable of the Korean script, whose words are set apart though particles follow them without a space.
pub(crate) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7af}')
}

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
            let folded: String = form.chars().map(fold).collect();
            match kind {
                "month" => months.entry(folded).or_default().push(name(Calendar::Gregorian)),
                "jalali" => months.entry(folded).or_default().push(name(Calendar::Jalali)),
                _ => weekdays.push(form),
            }
        }
        let words = |kind: &str| {
            let forms = rows(WORDS).filter(|r| r[0] == kind).flat_map(|r| r[1].split('|').collect::<Vec<_>>());
            Phrases::new(forms)
        };
        let mut zones: HashMap<String, Vec<(Zone, Vec<&'static str>)>> = HashMap::new();
        for row in rows(ZONES) {
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
            zone_markers: Phrases::new(rows(ZONES).map(|r| r[0])),
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
            let folded: String = row[2].chars().map(fold).collect();
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
        let kinds = "filler at am pm today yesterday ago_before ago_after minute hour day week month hour_mark minute_mark";
        for row in rows(WORDS) {
            assert!(row.len() == 2 && kinds.split(' ').any(|k| k == row[0]), "{row:?}");
            assert!(row[1].split('|').all(|f| !f.trim().is_empty()), "{row:?}");
        }
    }

    #[test]
    fn every_row_of_zones_loads() {
        for row in rows(ZONES) {
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

//! Datelines and agency credits: `VILNIUS, 17 May (BNS) –`, `PARIS (AP) —`, `МОСКВА, 17 мая - РИА Новости.`
//!
//! Taken off the text and kept as fields. [`spaced`] reads the datelines of scripts with spaces, [`bracketed`] those of East Asia;
//! a place alone is never enough: a date, an agency, capitals or a known city with a dash must say that it is a dateline.

mod bracketed;
mod spaced;

use crate::article::parsed::{AgencyCredit, Dateline};

use crate::parse::dates::DateContext;
use crate::parse::dates::civil::Civil;
use crate::parse::names::agencies::AGENCIES_TABLE;

/// A dateline at the start of a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub struct DatelineFound {
    /// The dateline. Its date has the year of `published`, where that is known.
    pub dateline: Dateline,
    /// Bytes of the paragraph that it takes, dash and spaces after it included.
    pub bytes: usize,
}

/// The parts of a dateline as a reader found them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Parts {
    place: Option<String>,
    date: Option<PrintedDate>,
    agency: Option<String>,
    /// One past the dateline's last byte, without the dash.
    raw_end: usize,
    /// One past the dash and the spaces after it.
    end: usize,
}

/// A date in a dateline.
#[derive(Clone, Copy, Debug, PartialEq)]
enum PrintedDate {
    /// Month and day, perhaps a year.
    Civil(Civil),
    /// The day of the month only: `東京17日`.
    DayOnly(u8),
}

/// Reads the dateline that a first paragraph begins with. `published` is the article's date, `YYYY-MM-DD`.
pub fn find_dateline(paragraph: &str, published: Option<&str>, context: &DateContext) -> Option<DatelineFound> {
    let start = paragraph.len() - paragraph.trim_start().len();
    let text = &paragraph[start..];
    let parts = bracketed::read(text, context).or_else(|| spaced::read(text, context))?;
    // A paragraph that is nothing but a dateline would leave no text.
    if text[parts.end..].trim().is_empty() {
        return None;
    }
    let raw = text[..parts.raw_end].trim_end().trim_end_matches(['–', '—', '-', ' ', ':']).to_owned();
    let date = parts.date.and_then(|date| day_of(date, published, context));
    let dateline = Dateline { raw, place: parts.place, date, agency: parts.agency };
    Some(DatelineFound { dateline, bytes: start + parts.end })
}

/// The day of a dateline: its own year, else that which lies nearest to the article's date, else the last before the fetch.
fn day_of(date: PrintedDate, published: Option<&str>, context: &DateContext) -> Option<String> {
    let fetched = context.fetched_at.map(|f| f.to_string());
    let near = published.or(fetched.as_deref());
    let day = match date {
        PrintedDate::Civil(Civil { year: Some(year), month, day: Some(day), .. }) => {
            jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?
        }
        PrintedDate::Civil(civil) => match published {
            Some(published) => crate::parse::dates::nearest_year(civil, published)?,
            None => crate::parse::dates::resolve(civil, context)?,
        },
        PrintedDate::DayOnly(day) => {
            let near: jiff::civil::Date = near?.get(..10)?.parse().ok()?;
            let of_month = |d: jiff::civil::Date| jiff::civil::Date::new(d.year(), d.month(), i8::try_from(day).ok()?).ok();
            let month_before = near.first_of_month().yesterday().ok().and_then(of_month);
            of_month(near).filter(|d| *d <= near).or(month_before)?
        }
    };
    Some(day.to_string())
}

/// Agencies that an article credits at most: each is looked for in the text.
const MAX_CREDITS: usize = 20;

/// Agencies credited in a byline, a credit line ("Reporting by …; (Reuters)"), a copyright line or the dateline.
/// Offsets are left out; the caller knows the text.
pub fn find_credits(dateline: Option<&Dateline>, byline: Option<&str>, paragraphs: &[&str]) -> Vec<AgencyCredit> {
    let mut credits: Vec<AgencyCredit> = Vec::new();
    let mut add = |agency: &str, evidence: &str| {
        if credits.len() < MAX_CREDITS && credits.iter().all(|c| c.agency != agency) {
            credits.push(AgencyCredit { agency: agency.to_owned(), evidence: evidence.to_owned(), start: None, end: None });
        }
    };
    if let Some(agency) = dateline.and_then(|d| d.agency.as_deref()) {
        add(AGENCIES_TABLE.named(agency).unwrap_or(agency), "dateline");
    }
    for agency in byline.map_or(Vec::new(), |b| AGENCIES_TABLE.within(b)) {
        add(agency, "byline");
    }
    for (index, paragraph) in paragraphs.iter().enumerate() {
        for (agency, evidence) in credits_of(paragraph, index + 3 >= paragraphs.len()) {
            add(agency, evidence);
        }
    }
    credits
}

/// What one paragraph credits. A credit in brackets at its end counts everywhere, a credit line near the end only.
fn credits_of(paragraph: &str, near_end: bool) -> Vec<(&'static str, &'static str)> {
    let text = paragraph.trim();
    if let Some(agency) = signature(text) {
        return vec![(agency, "credit_line")];
    }
    const LONGEST_LINE: usize = 300;
    if !near_end || text.chars().count() > LONGEST_LINE {
        return Vec::new();
    }
    let lower = text.to_lowercase();
    let evidence = if text.contains('©') || lower.contains("copyright") || lower.contains("(c) ") {
        "copyright"
    } else if AGENCIES_TABLE.is_credit_line(text) || AGENCIES_TABLE.named(text).is_some() {
        "credit_line"
    } else {
        return Vec::new();
    };
    AGENCIES_TABLE.within(text).into_iter().map(|agency| (agency, evidence)).collect()
}

/// The agency that signs a paragraph: `… (Reuters)`, `… /ТАСС/.`, `… – AFP`, `… [AP]`.
fn signature(text: &str) -> Option<&'static str> {
    const LONGEST: usize = 60;
    let end = text.trim_end_matches(['.', ' ', '。', '*', '"', '”']);
    for (open, close) in [('(', ')'), ('（', '）'), ('[', ']'), ('/', '/'), ('【', '】')] {
        let Some(inner) = end.strip_suffix(close) else { continue };
        let Some(at) = inner.rfind(open) else { continue };
        let signed = &inner[at + open.len_utf8()..];
        if signed.chars().count() <= LONGEST {
            return AGENCIES_TABLE.named(signed);
        }
    }
    let at = [" – ", " — ", " - ", ". –", ". —"].iter().filter_map(|dash| Some(end.rfind(dash)? + dash.len())).max()?;
    let signed = end.get(at..)?;
    if signed.chars().count() > LONGEST { None } else { AGENCIES_TABLE.named(signed) }
}

#[cfg(test)]
mod tests;

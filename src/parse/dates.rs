//! Dates and times as news pages print them: one hand-written reader over a table of month names.
//!
//! Never a clock: "2 hours ago" counts from `fetched_at`, and without it stays unread.

use crate::article::Millis;
use crate::article::parsed::{Precision, PublicationTime, TimeSource};

/// What is known when a date is read.
#[derive(Clone, Debug, Default)]
pub struct DateContext {
    /// When the page was fetched: a date over a day later is not believed, relative dates count from it.
    pub fetched_at: Option<Millis>,
    /// IANA zone for times without one.
    pub time_zone: Option<String>,
    /// ISO 3166-1 alpha-2 of the publisher: order of day and month.
    pub country: Option<String>,
    /// BCP 47, where known: months that two languages share.
    pub language: Option<String>,
}

/// A date that was read, in parts.
#[derive(Clone, Debug, PartialEq)]
pub struct DateFound {
    /// Local civil date, ISO `YYYY-MM-DD`; the first of the month where the precision is `month`.
    pub date: jiff::civil::Date,
    /// Local civil time, where printed.
    pub time: Option<jiff::civil::Time>,
    /// Offset from UTC in seconds, where printed.
    pub offset: Option<i32>,
    /// How exact it is.
    pub precision: Precision,
    /// As printed.
    pub raw: String,
}

/// Reads the first date in a short text such as a meta value or a line of a page.
pub fn find_date(text: &str, context: &DateContext) -> Option<DateFound> {
    let _ = (text, context);
    None
}

/// The contract's form of a date that was read: applies zone and `fetched_at`. `None` where it lies in the future.
pub fn publication_time(found: &DateFound, source: TimeSource, context: &DateContext) -> Option<PublicationTime> {
    let _ = (found, source, context);
    None
}

/// The instant of a publication time: the day's or month's start where it has no more.
pub fn instant(time: &PublicationTime) -> Option<Millis> {
    let _ = time;
    None
}

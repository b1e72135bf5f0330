//! Datelines and agency credits: `MOSCOW, 16 May (BelTA) –`, `PARIS (AP) —`, `МОСКВА, 16 мая - РИА Новости.`
//!
//! Taken off the text and kept as fields.

use crate::article::parsed::{AgencyCredit, Dateline};

use super::dates::DateContext;

/// A dateline at the start of a paragraph.
#[derive(Clone, Debug, PartialEq)]
pub struct DatelineFound {
    /// The dateline. Its date has the year of `published`, where that is known.
    pub dateline: Dateline,
    /// Bytes of the paragraph that it takes, dash and spaces after it included.
    pub bytes: usize,
}

/// Reads the dateline that a first paragraph begins with. `published` is the article's date, `YYYY-MM-DD`.
pub fn find_dateline(paragraph: &str, published: Option<&str>, context: &DateContext) -> Option<DatelineFound> {
    let _ = (paragraph, published, context);
    None
}

/// Agencies credited in a byline, a credit line ("Reporting by …; (Reuters)"), a copyright line or the dateline.
/// Offsets are left out; the caller knows the text.
pub fn find_credits(dateline: Option<&Dateline>, byline: Option<&str>, paragraphs: &[&str]) -> Vec<AgencyCredit> {
    let _ = (dateline, byline, paragraphs);
    Vec::new()
}

/// Whether a name is an agency's or a desk's, by the table.
pub fn is_agency(name: &str) -> bool {
    let _ = name;
    false
}

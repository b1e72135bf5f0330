//! What a date is said to be: "published", "updated", or nothing.

use crate::parse::lines::{Line, phrases};
use crate::text::scan::Scan;

/// What a date is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// "Published", "Date:".
    Published,
    /// "Updated".
    Updated,
    /// Nothing.
    None,
}

/// The label that a short text gives a date.
pub(crate) fn label_in(text: &str) -> Label {
    let scan = Scan::new(text);
    if phrases::find(&phrases::UPDATED, &scan).is_some() {
        Label::Updated
    } else if phrases::find(&phrases::PUBLISHED, &scan).is_some() {
        Label::Published
    } else {
        Label::None
    }
}

/// The label of a date: before it in its line, or the line above.
pub(in crate::parse) fn label_of(lines: &[Line], i: usize) -> Label {
    let line = &lines[i];
    let date_start = line.date.as_ref().map_or(0, |d| d.start);
    let before = line.text.get(..date_start).unwrap_or_default();
    let above = i.checked_sub(1).map(|a| &lines[a]).filter(|a| a.words <= 3 && a.date.is_none()).map_or("", |a| a.text.as_str());
    // "By Jane Roe on", "Posted on": the line above goes on here.
    let goes_on = i.checked_sub(1).map(|a| lines[a].text.as_str()).filter(|t| t.len() <= 80 && (t.ends_with(" on") || t.ends_with(':')));
    let own = label_in(before);
    if own == Label::None && date_start == 0 && goes_on.is_some() {
        return Label::Published;
    }
    if own == Label::None && before.chars().filter(|c| c.is_alphabetic()).count() < 3 { label_in(above) } else { own }
}

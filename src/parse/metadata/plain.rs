//! What flattened text says beside headline, byline, times and text.

use crate::parse::lines::Line;

/// The section: a line of one to four words right above headline and date, or the last of a trail of crumbs.
pub(in crate::parse) fn section(lines: &[Line], top: usize) -> Option<String> {
    let line = top.checked_sub(1).map(|i| &lines[i])?;
    let last = line.text.rsplit(['›', '>', '»', '/', '→', '|']).map(str::trim).find(|part| !part.is_empty())?;
    let words = last.split_whitespace().count();
    let letters = last.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '&' | '-' | '’' | '\'' | ','));
    let begins = last.chars().next().is_some_and(|c| !c.is_lowercase());
    let fits = (1..=4).contains(&words) && letters && begins && last.chars().count() <= 40;
    let is_machinery = line.is_ui || line.is_boilerplate || line.is_end || line.is_related || line.is_date_line() || line.ends_sentence;
    // Bars set the items of a menu apart; a trail of crumbs has arrows, or few of them.
    let is_machinery = is_machinery || line.text.matches('|').count() >= 3;
    (fits && !is_machinery).then(|| last.to_owned())
}

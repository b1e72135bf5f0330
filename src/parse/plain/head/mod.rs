//! What stands around the body: headline, dates, section line, byline.

mod dates;
mod headline;

use super::body::Run;
use super::lines::Line;
use crate::parse::html::authors::{begins_with_name, signs};

pub(super) use dates::{DATE_TREES, DateCandidates};
pub(crate) use dates::{Label, label_in};
pub(super) use headline::{Candidates, TREES, headline};

/// The section: a line of one to four words right above headline and date, or the last of a trail of crumbs.
pub(super) fn section(lines: &[Line], top: usize) -> Option<String> {
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

/// The byline near the headline: named by its first word, or a name beside the date, or a person's name alone.
pub(super) fn byline(lines: &[Line], headline: Option<usize>, body: &Run) -> Option<usize> {
    let from = headline.map_or(body.start.saturating_sub(6), |h| h + 1);
    let to = (body.start + 2).min(lines.len());
    let near = from.min(to)..to;
    let end = body.end..(body.end + 6).min(lines.len());
    let fits = |i: &usize| {
        let line = &lines[*i];
        line.is_byline && !line.ends_sentence && line.words >= 2 && has_name(&line.text)
    };
    let beside_date = |i: &usize| {
        let date_near = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|n| lines.get(n)).any(Line::is_date_line);
        date_near && is_name(&lines[*i])
    };
    let short = |i: &usize| lines[*i].words <= 12 && !lines[*i].ends_sentence && !lines[*i].is_ui && lines[*i].repeats <= 3;
    let signs = |i: &usize| short(i) && signs(&lines[*i].text);
    let named = |i: &usize| short(i) && begins_with_name(&lines[*i].text);
    // Above the headline a name stands only next to it.
    let above = headline.map_or(0..0, |h| h.saturating_sub(3)..h);
    near.clone()
        .find(signs)
        .or_else(|| near.clone().find(beside_date))
        .or_else(|| near.clone().find(named))
        .or_else(|| near.clone().find(fits))
        .or_else(|| above.clone().find(|i| signs(i) || named(i)))
        .or_else(|| end.clone().find(|i| signs(i) || named(i)))
}

fn has_name(text: &str) -> bool {
    text.split_whitespace().skip(1).any(|w| w.chars().next().is_some_and(|c| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase())))
}

/// Two to four capitalised words and nothing else.
fn is_name(line: &Line) -> bool {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let capital = |w: &&str| w.chars().next().is_some_and(char::is_uppercase) && w.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\'' | '’'));
    (2..=4).contains(&words.len()) && words.iter().all(capital) && !line.is_ui && line.repeats <= 2
}

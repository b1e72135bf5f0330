//! What stands around the body: headline, section line, dates, byline.
//!
//! Each is chosen among the lines near the body by points for shape and place. A page's own date (a weekday and a date among the
//! menus, with nothing of the article near) is the day of the crawl, never the article's.

use std::collections::BTreeSet;

use super::body::Run;
use super::lines::Line;
use super::phrases::{self, PHRASES};
use crate::article::parsed::{Precision, PublicationTime, TimeSource};
use crate::parse::dates::scan::Scan;
use crate::parse::dates::{DateContext, find_date_span, names_weekday, publication_time};
use crate::parse::html::authors::{begins_with_name, is_full_name, signs};

/// How many lines above the body the headline may stand.
const HEADLINE_REACH: usize = 80;

/// How far into the run of running text it may stand, where a notice of the site was taken for the article's beginning.
const HEADLINE_DEPTH: usize = 14;

/// The headline's line.
pub(super) fn headline(lines: &[Line], body: &Run, title: Option<&str>) -> Option<usize> {
    let lead = words_of(lines[body.clone()].iter().take(6).map(|l| l.text.as_str()), 400);
    let title = title.map(|t| words_of([t].into_iter(), 60));
    let from = body.start.saturating_sub(HEADLINE_REACH);
    let to = (body.start + HEADLINE_DEPTH).min(body.end);
    let candidates = (from..to).filter(|i| may_be_headline(&lines[*i]) && (*i < body.start + 2 || heads_the_rest(lines, *i, body)));
    let best = candidates.map(|i| (headline_points(lines, i, body, &lead, title.as_ref()), i)).max_by_key(|(points, i)| (*points, std::cmp::Reverse(*i)))?;
    const LEAST: i64 = 0;
    (best.0 > LEAST).then_some(best.1)
}

fn may_be_headline(line: &Line) -> bool {
    let scan = Scan::new(&line.text);
    let opens = phrases::begins(&PHRASES.opens, &scan).is_some() && line.words <= 4;
    let lettered = line.text.chars().filter(|c| c.is_alphabetic()).count() * 2 >= line.length;
    (2..=45).contains(&line.words)
        && line.length <= 300
        && lettered
        && !(line.is_ui || line.is_boilerplate || line.is_end || is_little_but_date(line) || is_menu(line) || opens)
        && !(line.is_byline && line.words <= 8)
        && !(line.is_caption && line.words <= 30)
}

/// A row of short items between bars or bullets.
fn is_menu(line: &Line) -> bool {
    line.separators >= 3 && line.separators * 3 >= line.words
}

/// A line of a date, unless it has a good deal to say beside it: "Quayside fish prices, Tuesday 3 March 2026".
fn is_little_but_date(line: &Line) -> bool {
    let Some(date) = line.date.as_ref().filter(|_| line.is_date_line()) else { return false };
    let before = &line.text[..date.start];
    date.found.time.is_some() || before.split_whitespace().count() < 3 || label_in(before) != Label::None
}

/// The points of a line as the headline.
fn headline_points(lines: &[Line], i: usize, body: &Run, lead: &BTreeSet<String>, title: Option<&BTreeSet<String>>) -> i64 {
    let line = &lines[i];
    let own = words_of([line.text.as_str()].into_iter(), 60);
    let shared = |other: &BTreeSet<String>| i64::try_from(own.intersection(other).count()).unwrap_or(0);
    let told = shared(lead);
    let mut points = 5 * told.min(6) + 20 * told / i64::try_from(own.len().max(1)).unwrap_or(1);
    if let Some(title) = title.filter(|t| !t.is_empty()) {
        let all = i64::try_from(title.len().max(own.len())).unwrap_or(1);
        points += 120 * shared(title) / all.max(1);
    }
    let between = lines[i.min(body.start)..body.start].iter().filter(|l| !l.is_quiet() && !l.is_caption && !l.is_date_line()).count();
    let distance = i64::try_from(between).unwrap_or(0);
    points -= if distance <= 8 { distance / 2 } else { (distance - 4).min(12) };
    let after = |most: usize| lines.iter().skip(i + 1).take(most).any(|l| l.is_date_line() || l.is_byline);
    let when = |holds: bool, points: i64| if holds { points } else { 0 };
    points += when(i >= body.start, -16);
    points += when(after(6), 12) + when(after(1), 4);
    points + shape_points(line) + neighbour_points(lines, i) + signed(lines, i) + place_among_dates(lines, i) + among_repetitions(lines, i)
        - as_standfirst(lines, i, lead, told)
}

/// The points of a line's own shape.
fn shape_points(line: &Line) -> i64 {
    let mut points = match line.words {
        0..=2 => -12,
        3 => 0,
        4..=22 => 14,
        _ => 2,
    };
    if line.ends_sentence && !line.text.ends_with(['?', '!', '”', '"', '»', '’', '…']) {
        points -= 22;
    }
    if line.is_related {
        points -= 10;
    }
    points += match line.repeats {
        1 => 0,
        2 | 3 => 8,
        _ => -17,
    };
    // A masthead or the label of a section.
    let capitals = line.words <= 4 && line.text.chars().any(char::is_uppercase) && !line.text.chars().any(char::is_lowercase);
    points - 6 * i64::try_from(line.separators).unwrap_or(0).min(4) - if capitals { 12 } else { 0 }
}

/// The points of the lines right beside: a headline stands twice where a page shows it again as a picture's text or for its phones; a
/// line with a credit below it is a caption.
fn neighbour_points(lines: &[Line], i: usize) -> i64 {
    const NEAR: usize = 2;
    let line = &lines[i];
    let twice = line.words >= 4 && lines[i.saturating_sub(NEAR)..i].iter().chain(lines.iter().skip(i + 1).take(NEAR)).any(|l| l.text == line.text);
    let credited = lines.get(i + 1).is_some_and(|l| l.is_caption && l.words <= 14) && line.words >= 6;
    if twice {
        16
    } else if credited {
        -8
    } else {
        0
    }
}

/// What is taken off for a standfirst: it stands between headline and body, longer than a line of headings, and often a sentence.
/// `told` counts the words that the line shares with the lead.
fn as_standfirst(lines: &[Line], i: usize, lead: &BTreeSet<String>, told: i64) -> i64 {
    let line = &lines[i];
    let is_heading = |l: &Line| may_be_headline(l) && (4..=20).contains(&l.words) && !l.ends_sentence && l.repeats <= 3;
    let tells_as_much = |l: &Line| {
        let above = i64::try_from(words_of([l.text.as_str()].into_iter(), 60).intersection(lead).count()).unwrap_or(0);
        above > 0 && 2 * above >= told
    };
    let follows = lines[i.saturating_sub(2)..i].iter().any(is_heading);
    let right_above = i.checked_sub(1).map(|above| &lines[above]);
    let second = right_above.is_some_and(|l| is_heading(l) && l.separators == 0 && tells_as_much(l));
    10 * i64::from(line.words >= 12 && follows) + 14 * i64::from(line.words >= 5 && second)
}

/// A name and a date right below are the article's own signature.
fn signed(lines: &[Line], i: usize) -> i64 {
    const REACH: usize = 5;
    let below = || lines.iter().skip(i + 1).take(REACH);
    let named = below().any(|l| l.is_byline && l.words >= 2 || is_full_name(&l.text));
    if named && below().any(Line::is_date_line) { 10 } else { 0 }
}

/// A line that ends with another line near it after a mark of crumbs, or begins with it before one, is a trail or a page title; the
/// other is the headline.
fn among_repetitions(lines: &[Line], i: usize) -> i64 {
    const NEAR: usize = 10;
    let own = lines[i].text.as_str();
    let near = lines[i.saturating_sub(NEAR)..(i + NEAR).min(lines.len())].iter().filter(|l| may_be_headline(l));
    let mut points: i64 = 0;
    for other in near.map(|l| l.text.as_str()) {
        if is_decorated(own, other) {
            points -= 16;
        } else if is_decorated(other, own) {
            points += 10;
        }
    }
    points.clamp(-17, 10)
}

/// Whether a text is a headline with crumbs before it or a site's name behind it.
fn is_decorated(text: &str, headline: &str) -> bool {
    const SHORTEST: usize = 12;
    const MARKS: [char; 9] = ['/', '>', '»', '›', '|', '–', '—', '-', '▸'];
    if headline.len() < SHORTEST || text.len() <= headline.len() {
        return false;
    }
    let before = text.strip_suffix(headline).is_some_and(|rest| rest.trim_end().ends_with(MARKS));
    before || text.strip_prefix(headline).is_some_and(|rest| rest.trim_start().starts_with(MARKS))
}

/// A heading within the run that a byline or a date follows, with next to nothing before it.
fn heads_the_rest(lines: &[Line], i: usize, body: &Run) -> bool {
    const NOTICES: usize = 3;
    let before = lines[body.start..i].iter().filter(|l| l.is_prose()).count();
    let line = &lines[i];
    let signed = lines[i + 1..(i + 5).min(body.end)].iter().any(|l| l.is_date_line() || l.is_byline && !l.ends_sentence);
    before <= NOTICES && line.words >= 3 && !line.ends_sentence && signed
}

/// A date line right above or a little below is a headline's. A line after the date, with a possible headline before it, is a caption
/// or a standfirst.
fn place_among_dates(lines: &[Line], i: usize) -> i64 {
    const REACH: usize = 12;
    let from = i.saturating_sub(REACH);
    let Some(date) = (from..i).rev().find(|at| lines[*at].is_date_line() || lines[*at].is_byline) else { return 0 };
    let heading_before = lines[date.saturating_sub(4)..date].iter().any(|l| may_be_headline(l) && l.words >= 4 && !l.is_quiet());
    if heading_before {
        -20
    } else if i - date <= 3 {
        4
    } else {
        0
    }
}

/// Stems of the words of some texts, at most `most` of them: five letters, folded. Two characters where a script sets no spaces.
fn words_of<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> BTreeSet<String> {
    const STEM: usize = 5;
    let mut out = BTreeSet::new();
    let mut seen = 0;
    for text in texts {
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            if seen >= most {
                return out;
            }
            seen += 1;
            let folded: Vec<char> = word.to_lowercase().chars().take(40).collect();
            if folded.iter().any(|c| crate::parse::dates::table::spaceless(*c)) {
                out.extend(folded.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else if folded.len() >= 4 || folded.iter().any(char::is_ascii_digit) {
                out.insert(folded.iter().take(STEM).collect());
            }
        }
    }
    out
}

/// The dates of publication and change.
pub(super) struct Dates {
    pub(super) published: Option<PublicationTime>,
    pub(super) modified: Option<PublicationTime>,
    /// The line of the first.
    pub(super) line: Option<usize>,
}

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

/// The dates near headline and body.
pub(super) fn dates(lines: &[Line], headline: Option<usize>, body: &Run, context: &DateContext) -> Dates {
    let top = headline.unwrap_or(body.start).min(body.start);
    let from = top.saturating_sub(8);
    let to = (body.start + 14).min(lines.len());
    let mut found: Vec<(i64, usize, Label)> = Vec::new();
    let places = (from..to).chain(body.end.max(to)..(body.end + 30).min(lines.len()));
    for i in places {
        let Some(date) = &lines[i].date else { continue };
        let may_date = lines[i].is_date_line() || lines[i].is_byline || lines[i].words <= 20 && date.found.time.is_some();
        if !may_date {
            continue;
        }
        let label = label_of(lines, i);
        // After the article, comments and teasers have dates too: only one that says what it is counts.
        if i >= body.end.max(to) && label == Label::None {
            continue;
        }
        found.push((date_points(lines, i, top, body, label), i, label));
    }
    let best = |wanted: fn(Label) -> bool| {
        let fit = found.iter().filter(|(points, _, label)| *points > 0 && wanted(*label));
        fit.max_by_key(|(points, i, _)| (*points, std::cmp::Reverse(*i))).map(|(_, i, _)| *i)
    };
    let published = best(|label| label != Label::Updated);
    let updated = best(|label| label == Label::Updated);
    let time = |i: Option<usize>| publication_time(&lines[i?].date.as_ref()?.found, TimeSource::Visible, context);
    if let Some(first) = published {
        return Dates { published: time(Some(first)), modified: time(updated), line: Some(first) };
    }
    let original = updated.and_then(|i| original(&lines[i], context));
    if original.is_some() {
        return Dates { published: original, modified: time(updated), line: updated };
    }
    // The only date that a page prints of its article is most often that of its publication, whatever it is called.
    let far = far_date(lines, top, body, Label::Published).or(updated).or_else(|| far_date(lines, top, body, Label::None));
    Dates { published: time(far), modified: time(updated), line: updated }
}

/// "Updated on 5 May, originally published on 2 May": the second date of a line, where it is said to be the first.
fn original(line: &Line, context: &DateContext) -> Option<PublicationTime> {
    let rest = line.text.get(line.date.as_ref()?.end..)?;
    let span = find_date_span(rest, context).filter(|span| span.year_printed)?;
    let is_labelled = label_in(rest.get(..span.start)?) == Label::Published;
    is_labelled.then(|| publication_time(&span.found, TimeSource::Visible, context)).flatten()
}

/// The date of a page that has none near headline and body: one with this label anywhere, or, without a label, alone in its line and
/// not far away. The nearest wins, those below the headline first.
fn far_date(lines: &[Line], top: usize, body: &Run, wanted: Label) -> Option<usize> {
    const REACH: usize = 40;
    let whole = |i: usize| lines[i].date.as_ref().is_some_and(|d| d.year_printed && d.found.precision != Precision::Month);
    let near = top.saturating_sub(REACH)..(body.start + REACH).min(lines.len());
    let fits = |i: &usize| {
        let line = &lines[*i];
        let may_date = match wanted {
            Label::None => {
                near.contains(i)
                    && line.is_date_line()
                    && line.repeats <= 2
                    && (line.date.as_ref().is_some_and(|d| d.found.time.is_some()) || !names_weekday(&line.text))
            }
            _ => line.words <= 20 && label_of(lines, *i) == wanted,
        };
        whole(*i) && may_date
    };
    (0..lines.len()).filter(fits).min_by_key(|i| (*i < top, if *i >= body.end { i - body.end } else { i.abs_diff(top) }))
}

fn date_points(lines: &[Line], i: usize, top: usize, body: &Run, label: Label) -> i64 {
    let line = &lines[i];
    let Some(date) = &line.date else { return 0 };
    let far = |a: usize, b: usize| i64::try_from(a.abs_diff(b)).unwrap_or(i64::MAX);
    let mut points = if i >= top && i < body.start {
        24 - far(i, top).min(12)
    } else if i < top {
        17 - 3 * far(i, top)
    } else if i < body.end {
        12 - 2 * far(i, body.start)
    } else {
        4 - far(i, body.end) / 4
    };
    points += if label == Label::None { 0 } else { 12 };
    points += if date.found.time.is_some() { 4 } else { 0 };
    points += if date.year_printed { 4 } else { -6 };
    points -= if date.found.precision == Precision::Month { 6 } else { 0 };
    // The masthead's date: a weekday, no time, above the headline with a menu between.
    if i < top && date.found.time.is_none() && label == Label::None && (names_weekday(&line.text) || far(i, top) > 3) {
        points -= 10;
    }
    points
}

/// The label of a date: before it in its line, or the line above.
fn label_of(lines: &[Line], i: usize) -> Label {
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

/// The label that a short text gives a date.
pub(crate) fn label_in(text: &str) -> Label {
    let scan = Scan::new(text);
    if phrases::find(&PHRASES.updated, &scan).is_some() {
        Label::Updated
    } else if phrases::find(&PHRASES.published, &scan).is_some() {
        Label::Published
    } else {
        Label::None
    }
}

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

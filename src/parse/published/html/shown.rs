//! The date that a page shows its readers: every short text with a number near the headline or with a name or label of its own is
//! weighed by place and kind; the best few are read. Never reads a date within running text without a label.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::article::parsed::Precision;
use crate::parse::dates::{self, DateContext, DateSpan};
use crate::parse::page::classes::{Kind, words_of};
use crate::parse::page::dom::{Dom, Entry, NodeId, is_block};
use crate::parse::published::html::Search;
use crate::parse::published::label::{Label, label_in};

/// Bytes of a line that may be a date's.
const MAX_LINE: usize = 240;

/// Bytes of an element's text that may be a date's.
const MAX_ELEMENT: usize = 200;

/// Texts of a page that are weighed as its date, and how many of them are read.
const MAX_CANDIDATES: usize = 2000;
const MAX_READ: usize = 24;

/// Nodes around the headline and the text that belong to the article's head and foot.
const HEAD_REACH: usize = 60;
const FOOT_REACH: usize = 80;

/// The least that a place between headline and text is worth, and one right above the headline.
const BETWEEN: i32 = 45;
const ABOVE: i32 = 22;

/// What a place within the text is worth.
const INSIDE: i32 = 8;

/// Bytes of a text within the article that is a date's line.
const SHORT: usize = 40;

/// Letters of a weekday and what leads it in.
const WEEKDAY: usize = 16;

/// What a date is worth of which there is no doubt that it is the article's.
pub(in crate::parse) const SURE: i32 = 60;

/// What a date must be worth to be believed.
const LEAST: i32 = 20;

/// A date that the page shows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::parse) struct Shown {
    /// The date.
    pub(in crate::parse) span: DateSpan,
    /// It was read from an attribute for machines.
    pub(in crate::parse) declared: bool,
    /// What it is worth.
    pub(in crate::parse) points: i32,
    /// Where it stands.
    pub(in crate::parse) node: NodeId,
    /// What it is said to be.
    pub(in crate::parse) label: Label,
    /// Readers see it.
    pub(in crate::parse) is_printed: bool,
    /// It is of something within the article: a post that is shown in it, the day when a paper was received.
    pub(in crate::parse) is_of_other: bool,
}

/// A text before it is read.
struct Candidate<'a> {
    points: i32,
    node: NodeId,
    /// What an attribute for machines says.
    value: Option<&'a str>,
    text: String,
    label: Label,
    /// It stands above the headline.
    above: bool,
    /// It is part of the headline.
    in_headline: bool,
    /// It stands in a header that is not the article's.
    in_header: bool,
    /// It stands between headline and text.
    near: bool,
}

/// The dates that a page shows, the best first.
pub(in crate::parse) fn dates_of(search: &Search) -> Vec<Shown> {
    let mut candidates = collect(search);
    candidates.sort_by_key(|c| (std::cmp::Reverse(c.points), c.node));
    candidates.truncate(MAX_READ);
    let declared = search.context.for_declared();
    let mut shown: Vec<Shown> = candidates.iter().filter_map(|c| weigh(c, search, &declared)).filter(|s| s.points >= LEAST).collect();
    shown.sort_by_key(|s| (std::cmp::Reverse(s.points), s.node));
    prefer_first(&mut shown);
    shown
}

/// "May 2, 2024 - Updated July 9, 2026": beside the best date, where that is of a change, stands the day of publication.
fn prefer_first(shown: &mut [Shown]) {
    const BESIDE: usize = 6;
    let Some(best) = shown.first().filter(|s| s.label == Label::Updated) else { return };
    let (node, day) = (best.node, best.span.found.date);
    let is_first = |s: &Shown| s.label != Label::Updated && s.span.year_printed && s.node.abs_diff(node) <= BESIDE && s.span.found.date < day;
    if let Some(at) = shown.iter().position(is_first) {
        shown[..=at].rotate_right(1);
    }
}

fn collect<'a>(search: &'a Search) -> Vec<Candidate<'a>> {
    let dom = search.dom;
    let mut out: Vec<Candidate> = Vec::new();
    let mut alike: HashMap<&str, i32> = HashMap::new();
    let mut before = "";
    for node in 1..dom.len() {
        let entry = dom.get(node);
        let text = entry.text.trim();
        let above = if text.is_empty() { before } else { std::mem::replace(&mut before, text) };
        let Some(candidate) = candidate(search, node, above) else { continue };
        *alike.entry(class_of(search, node)).or_default() += 1;
        out.push(candidate);
        if out.len() >= MAX_CANDIDATES {
            break;
        }
    }
    // Cards of other articles and comments show their dates all alike.
    for candidate in &mut out {
        let class = class_of(search, candidate.node);
        let is_repeated = !class.is_empty() && alike.get(class).is_some_and(|count| *count > 4);
        candidate.points -= if is_repeated { 15 } else { 0 };
    }
    out
}

/// The class of an element or of the element that holds a text.
fn class_of<'a>(search: &Search<'a>, node: NodeId) -> &'a str {
    let entry = search.dom.get(node);
    let own = if entry.is_element() { entry } else { search.dom.get(entry.parent) };
    own.attr("class").unwrap_or_default()
}

fn candidate<'a>(search: &'a Search, node: NodeId, above: &str) -> Option<Candidate<'a>> {
    let entry = search.dom.get(node);
    let is_time = entry.name == "time" || entry.attr("datetime").is_some();
    let (mut place, mut inside) = place(search, node);
    if !inside && place >= ABOVE && is_running(search, node) {
        (place, inside) = (INSIDE, true);
    }
    let mut points = place;
    let mut value = None;
    let (text, mut label) = if entry.is_element() {
        let named = !is_time && entry.name != "meta" && entry.end - node < 40 && (entry.evidence.has(Kind::Meta) || names_date(entry));
        let in_pieces = !is_time && !named && place >= ABOVE && holds_pieces(search.dom, node);
        if !is_time && !named && !in_pieces {
            return None;
        }
        points += if is_time {
            22
        } else if named {
            14
        } else {
            0
        };
        points += if entry.attr("pubdate").is_some() { 10 } else { 0 };
        value = ["datetime", "data-datetime", "data-publish-date", "data-timestamp", "data-time", "data-date"].iter().find_map(|a| entry.attr(a));
        (search.dom.text_up_to(node, MAX_ELEMENT), Label::None)
    } else {
        let text = entry.text.trim();
        let opening = if node == first_text(search) { opening(search, text) } else { None };
        if opening.is_none() && (text.len() > MAX_LINE || text.len() < 5) {
            return None;
        }
        points = points.max(if opening.is_some() { BETWEEN } else { 0 });
        (opening.unwrap_or(text).to_owned(), Label::None)
    };
    let has_digit = |t: &str| t.chars().any(char::is_numeric);
    if !has_digit(&text) && !value.is_some_and(has_digit) {
        return None;
    }
    if !inside || text.len() <= 60 {
        label = label_of(&text, above, inside);
    }
    let is_bare = !entry.is_element() && label == Label::None;
    if is_bare && (points == 0 || inside && text.len() > SHORT) {
        return None;
    }
    points += match label {
        Label::Published => 22,
        // Among others it is the second choice; alone it says at least that it dates the article.
        Label::Updated if place >= ABOVE => -6,
        Label::Updated => 10,
        Label::None => 0,
    };
    // What stands between headline and text is the article's, whatever the page calls its container.
    match stands_aside(search, node) {
        Some(_) if place >= BETWEEN => {}
        Some(own) if own || place >= ABOVE => points -= 12,
        Some(_) => return None,
        None => {}
    }
    let above = node < search.headline.unwrap_or(search.text_start);
    let in_headline = search.headline.is_some_and(|headline| search.dom.holds(headline, node));
    let of_page = |(id, entry): (NodeId, &Entry)| entry.name == "header" && search.headline.is_some_and(|headline| !search.dom.holds(id, headline));
    let in_header = above && search.dom.ancestors(node).take(12).any(of_page);
    let near = place >= BETWEEN;
    Some(Candidate { points, node, value: value.filter(|v| !v.is_empty()), text, label, above, in_headline, in_header, near })
}

/// What a place is worth, and whether it is within the text.
fn place(search: &Search, node: NodeId) -> (i32, bool) {
    let headline = search.headline.unwrap_or(search.text_start);
    let (first, last) = (headline.min(search.text_start), headline.max(search.text_start));
    let steps = |far: usize, each: usize| i32::try_from(far / each).unwrap_or(i32::MAX);
    if (first..last + 8).contains(&node) {
        (60 - steps(node.abs_diff(headline), 6).min(60 - BETWEEN), false)
    } else if node < first && first - node <= HEAD_REACH {
        (ABOVE + 20 - steps(first - node, 3), false)
    } else if (first..search.text_end).contains(&node) {
        (INSIDE, true)
    } else if node >= search.text_end && node - search.text_end < FOOT_REACH {
        (20 - steps(node - search.text_end, 8), false)
    } else {
        (0, false)
    }
}

/// What a text says of itself, or the short text above says of it.
fn label_of(text: &str, above: &str, inside: bool) -> Label {
    match label_in(text) {
        Label::None => {
            let is_label = above.len() <= 60 && above.split_whitespace().count() <= 4 && !above.contains(|c: char| c.is_ascii_digit());
            if is_label && (!inside || above.ends_with(':')) { label_in(above) } else { Label::None }
        }
        label => label,
    }
}

/// Reads a candidate: what a date is worth depends on how much of its text it takes and on how exact it is.
fn weigh(candidate: &Candidate, search: &Search, declared: &DateContext) -> Option<Shown> {
    let (has_headline, context) = (search.headline.is_some(), search.context);
    let of_text = || dates::find_date_span(&candidate.text, context);
    let of_value = candidate.value.and_then(|v| dates::find_date_span(v, declared));
    // Where readers are shown another day, the value for machines is in a wrong zone or of another time.
    let of_value = of_value.filter(|v| of_text().is_none_or(|t| !t.year_printed || says_day(t.found.date, v.found.date)));
    let is_declared = of_value.is_some();
    let span = of_value.or_else(of_text)?;
    // "5 minutes ago" on the card of another article.
    if span.counted && !candidate.near {
        return None;
    }
    let mut points = candidate.points;
    if !is_declared {
        let share = (span.end - span.start) * 100 / candidate.text.len().max(1);
        points += match share {
            60.. => 12,
            25.. => 4,
            _ if candidate.label == Label::None => -14,
            _ => 0,
        };
        points -= if span.year_printed { 0 } else { 14 };
    }
    points -= if span.found.precision == Precision::Month { 25 } else { 0 };
    // "Concerts in November 2026": a month that a sentence or a headline names is what it speaks of.
    let is_spoken_of =
        span.found.precision == Precision::Month && !is_declared && (candidate.in_headline || (span.end - span.start) * 4 < candidate.text.len());
    if is_spoken_of {
        return None;
    }
    points += if span.found.time.is_some() { 4 } else { 0 };
    // The day of the visit above the headline, with its weekday or in the page's header; where no headline is shown, it says nothing else.
    let is_bare = candidate.above && candidate.label == Label::None && !is_declared && span.found.time.is_none();
    let has_weekday = is_bare && dates::names_weekday(&candidate.text);
    let beside = || candidate.text[..span.start].chars().chain(candidate.text[span.end..].chars()).filter(|c| c.is_alphabetic()).count();
    let is_masthead = candidate.in_header || has_weekday && (has_headline || beside() <= WEEKDAY);
    if is_bare && is_masthead && context.is_day_of_fetch(span.found.date) {
        return None;
    }
    points -= if has_weekday { 15 } else { 0 };
    let is_of_other = names_reception(&candidate.text) || search.dom.ancestors(candidate.node).take(8).any(|(_, n)| n.name == "blockquote");
    let is_printed = candidate.text.chars().any(char::is_numeric);
    Some(Shown { span, declared: is_declared, points, node: candidate.node, label: candidate.label, is_printed, is_of_other })
}

/// Whether a printed day is one for machines, perhaps with day and month the other way about.
fn says_day(printed: Date, declared: Date) -> bool {
    printed == declared || Date::new(printed.year(), printed.day(), printed.month()).is_ok_and(|swapped| swapped == declared)
}

/// Words of papers for the days before their publication.
const RECEPTION: [&str; 3] = ["received", "accepted", "submitted"];

fn names_reception(text: &str) -> bool {
    let lower = text.to_lowercase();
    RECEPTION.iter().any(|word| lower.contains(word))
}

/// Bytes of a date that is split over elements, and nodes of it.
const PIECES: usize = 40;
const MOST_PIECES: usize = 10;

/// An element that holds little but the pieces of a date: `Apr`, `04`, `2013`, each in an element.
fn holds_pieces(dom: &Dom, node: NodeId) -> bool {
    let inside = node + 1..dom.get(node).end;
    if !(2..=MOST_PIECES).contains(&inside.len()) {
        return false;
    }
    let texts = || inside.clone().map(|id| dom.get(id).text.trim()).filter(|text| !text.is_empty());
    let is_whole = |text: &str| text.bytes().filter(u8::is_ascii_digit).count() >= 5;
    texts().count() >= 2 && texts().map(str::len).sum::<usize>() <= PIECES && texts().any(|t| t.chars().any(char::is_numeric)) && !texts().any(is_whole)
}

/// Bytes of a text of running text, and those that its paragraph has more where it is a piece of such.
const RUNNING: usize = 80;
const AROUND: usize = 40;

/// A text of a paragraph of the article: a long one, or a short one with others around it.
fn is_running(search: &Search, node: NodeId) -> bool {
    let dom = search.dom;
    if dom.get(node).is_element() || !(search.text_start..search.text_end).contains(&node) {
        return false;
    }
    let own = dom.get(node).text.trim().len();
    let block = dom.ancestors(node).find(|(_, entry)| is_block(entry.name)).map_or(0, |(id, _)| id);
    own > RUNNING || block > 0 && dom.text_up_to(block, 400).len() > own + AROUND
}

/// The first text of the article.
fn first_text(search: &Search) -> NodeId {
    let texts = search.text_start..search.text_end.min(search.text_start + 12);
    texts.clone().find(|id| !search.dom.get(*id).text.trim().is_empty()).unwrap_or(search.text_start)
}

/// The date that begins a text and is set off by a bracket or a dash: "(12 May 2023) The council", "12 May 2023 – The council".
fn opening<'t>(search: &Search, text: &'t str) -> Option<&'t str> {
    let inner = text.trim_start_matches(['(', '[']);
    let (civil, end) = dates::date_at_start(inner, search.context)?;
    let rest = inner.get(end..)?.trim_start();
    let is_set_off = rest.starts_with([')', ']', '–', '—']) || rest.starts_with("- ");
    (civil.year.is_some() && civil.day.is_some() && is_set_off).then(|| &inner[..end])
}

/// Whether it stands in a part of the page that is about something else than the article; `Some(true)` for a footer or aside of the
/// article itself.
fn stands_aside(search: &Search, node: NodeId) -> Option<bool> {
    let mut aside = None;
    for (id, n) in search.dom.ancestors(node).take(16) {
        if search.dom.holds(id, search.text_start) {
            return aside.map(|is_foot| is_foot && n.name == "article");
        }
        let is_foot = matches!(n.name, "aside" | "footer");
        let is_other = n.name == "nav" || [Kind::Comments, Kind::Related, Kind::Sidebar].iter().any(|k| n.evidence.has(*k));
        if is_foot || is_other {
            aside = Some(aside.unwrap_or(true) && is_foot && !is_other);
        }
    }
    aside.map(|_| false)
}

/// An element whose class or id speaks of a date.
fn names_date(entry: &Entry) -> bool {
    let names = ["class", "id"].iter().filter_map(|a| entry.attr(a)).flat_map(str::split_ascii_whitespace).take(12);
    names.flat_map(words_of).any(|w| {
        matches!(
            w.as_str(),
            "date" | "dates" | "datum" | "fecha" | "published" | "publish" | "pubdate" | "posted" | "timestamp" | "datetime" | "publication" | "pub"
        )
    })
}

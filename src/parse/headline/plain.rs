//! The headline by rules: points for shape, words shared with the lead, and place. The trees of [`rank`] have the last word.

mod rank;

use std::collections::BTreeSet;

use crate::parse::lines::phrases::PHRASES;
use crate::parse::lines::{Line, Run, phrases};
use crate::parse::names::is_full_name;

use crate::parse::published::label::{Label, label_in};
use crate::text::scan::Scan;
pub(in crate::parse) use rank::Candidates;

/// How many lines above the body the headline may stand.
const HEADLINE_REACH: usize = 80;

/// How far into the run of running text it may stand, where a notice of the site was taken for the article's beginning.
const HEADLINE_DEPTH: usize = 14;

/// How many words make the lead.
pub(in crate::parse) const MOST_LEAD: usize = 400;

/// The headline's line.
pub(in crate::parse) fn headline(lines: &[Line], body: &Run) -> Option<usize> {
    let lead = words_of(lines[body.clone()].iter().take(6).map(|l| l.text.as_str()), MOST_LEAD);
    let from = body.start.saturating_sub(HEADLINE_REACH);
    let to = (body.start + HEADLINE_DEPTH).min(body.end);
    let candidates = (from..to).filter(|i| may_be_headline(&lines[*i]) && (*i < body.start + 2 || heads_the_rest(lines, *i, body)));
    let best = candidates.map(|i| (points(lines, i, body, &lead), i)).max_by_key(|(points, i)| (*points, std::cmp::Reverse(*i)))?;
    const LEAST: i64 = 0;
    (best.0 > LEAST).then_some(best.1)
}

/// Whether a line has the shape of a headline.
pub(in crate::parse) fn may_be_headline(line: &Line) -> bool {
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
pub(in crate::parse) fn points(lines: &[Line], i: usize, body: &Run, lead: &BTreeSet<String>) -> i64 {
    let line = &lines[i];
    let own = words_of([line.text.as_str()].into_iter(), 60);
    let told = i64::try_from(own.intersection(lead).count()).unwrap_or(0);
    let mut points = 5 * told.min(6) + 20 * told / i64::try_from(own.len().max(1)).unwrap_or(1);
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
pub(in crate::parse) fn is_decorated(text: &str, headline: &str) -> bool {
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
pub(in crate::parse) fn words_of<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> BTreeSet<String> {
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
            if folded.iter().any(|c| crate::text::script::runs_on(*c)) {
                out.extend(folded.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else if folded.len() >= 4 || folded.iter().any(char::is_ascii_digit) {
                out.insert(folded.iter().take(STEM).collect());
            }
        }
    }
    out
}

//! The headline by rules: points for shape, words shared with the lead, and place. The trees of [`rank`] have the last word.

mod rank;

use std::collections::BTreeSet;

use crate::parse::lines::{Line, Run, above, below, count_between, phrases};
use crate::parse::names::is_full_name;
use crate::parse::published::label::{Label, label_in};
use crate::text::scan::Scan;
pub(in crate::parse) use rank::HeadlineLines;

/// Points of a headline must exceed this.
const LEAST: i64 = 0;

/// How many lines above the body the headline may stand.
const HEADLINE_REACH: usize = 80;

/// How far into the run of running text it may stand, where a notice of the site was taken for the article's beginning, how many
/// paragraphs such notices have, and how far below such a headline its signature stands.
const HEADLINE_DEPTH: usize = 14;
const NOTICES: usize = 3;
const HEADS_REACH: usize = 4;

/// The shape of a headline: words and characters.
const WORDS: std::ops::RangeInclusive<usize> = 2..=45;
const MOST_CHARS: usize = 300;

/// Words of a line that opens a list, of a byline, and of a caption: longer ones may be headlines.
const OPENS: usize = 4;
const BYLINE: usize = 8;
const CAPTION: usize = 30;

/// How many words make the lead, and how many lines; words of a line that are compared with it.
pub(in crate::parse) const MOST_LEAD: usize = 400;
pub(in crate::parse) const LEAD_LINES: usize = 6;
pub(in crate::parse) const OWN_WORDS: usize = 60;

/// Points of words that the lead has as well: each of so many, and all of them.
const TOLD: i64 = 5;
const MOST_TOLD: i64 = 6;
const ALL_TOLD: i64 = 20;

/// Points by place. Lines between a headline and the body take some off: first few, then more, never more than so many.
const NEAR_BODY: i64 = 8;
const MOST_BETWEEN: i64 = 12;
const IN_BODY: i64 = -16;
const DATED: i64 = 12;
const DATED_REACH: usize = 6;
const DATED_RIGHT_BELOW: i64 = 4;
const SIGNED: i64 = 10;
const SIGNED_REACH: usize = 5;
const AFTER_DATE: i64 = 4;
const AFTER_HEADED_DATE: i64 = -20;
const DATE_REACH: usize = 12;
const DATE_NEAR: usize = 3;
const HEADED_REACH: usize = 4;

/// Points by shape, of up to so many words and so often on the page.
const BY_WORDS: [(usize, i64); 4] = [(2, -12), (3, 0), (22, 14), (usize::MAX, 2)];
const BY_REPEATS: [(usize, i64); 3] = [(1, 0), (3, 8), (usize::MAX, -17)];
const SENTENCE: i64 = -22;
const RELATED: i64 = -10;
const SEPARATOR: i64 = -6;
const MOST_SEPARATORS: i64 = 4;
const MASTHEAD: i64 = -12;

/// Points by the lines beside it.
const TWICE: i64 = 16;
const CREDITED: i64 = -8;
const STANDFIRST: i64 = -10;
const SECOND_HEADING: i64 = -14;
const DECORATED: i64 = -16;
const BARE: i64 = 10;
const BY_REPETITIONS: std::ops::RangeInclusive<i64> = -17..=10;
const BESIDE: usize = 2;
const REPETITIONS_REACH: usize = 10;

/// Bytes of a headline that is looked for in a page title, and the marks that part it from the rest.
const SHORTEST: usize = 12;
const MARKS: [char; 9] = ['/', '>', '»', '›', '|', '–', '—', '-', '▸'];

/// The headline's line.
pub(in crate::parse) fn headline(lines: &[Line], body: &Run) -> Option<usize> {
    let lead = words_of(lines[body.clone()].iter().take(LEAD_LINES).map(|l| l.text.as_str()), MOST_LEAD);
    let from = body.start.saturating_sub(HEADLINE_REACH);
    let to = (body.start + HEADLINE_DEPTH).min(body.end);
    let candidates = (from..to).filter(|i| may_be_headline(&lines[*i]) && (*i < body.start + 2 || heads_the_rest(lines, *i, body)));
    let best = candidates.map(|i| (points(lines, i, body, &lead), i)).max_by_key(|(points, i)| (*points, std::cmp::Reverse(*i)))?;
    (best.0 > LEAST).then_some(best.1)
}

/// Whether a line has the shape of a headline.
pub(in crate::parse) fn may_be_headline(line: &Line) -> bool {
    let scan = Scan::new(&line.text);
    let opens = phrases::begins(&phrases::OPENS, &scan).is_some() && line.words <= OPENS;
    let lettered = line.text.chars().filter(|c| c.is_alphabetic()).count() * 2 >= line.length;
    WORDS.contains(&line.words)
        && line.length <= MOST_CHARS
        && lettered
        && !(line.is_ui || line.is_boilerplate || line.is_end || is_little_but_date(line) || is_menu(line) || opens)
        && !(line.is_byline && line.words <= BYLINE)
        && !(line.is_caption && line.words <= CAPTION)
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
    let own = words_of([line.text.as_str()].into_iter(), OWN_WORDS);
    let told = i64::try_from(own.intersection(lead).count()).unwrap_or(0);
    let mut points = TOLD * told.min(MOST_TOLD) + ALL_TOLD * told / i64::try_from(own.len().max(1)).unwrap_or(1);
    let between = count_between(lines, i.min(body.start), body.start, |l| !l.is_quiet() && !l.is_caption && !l.is_date_line());
    let distance = i64::try_from(between).unwrap_or(0);
    points -= if distance <= NEAR_BODY { distance / 2 } else { (distance - NEAR_BODY / 2).min(MOST_BETWEEN) };
    let after = |reach: usize| below(lines, i, reach).iter().any(|l| l.is_date_line() || l.is_byline);
    points += said([(i >= body.start, IN_BODY), (after(DATED_REACH), DATED), (after(1), DATED_RIGHT_BELOW)]);
    points
        + shape_points(line)
        + neighbour_points(lines, i)
        + signed(lines, i)
        + place_among_dates(lines, i)
        + among_repetitions(lines, i)
        + as_standfirst(lines, i, lead, told)
}

/// The points of all that holds.
fn said<const N: usize>(points: [(bool, i64); N]) -> i64 {
    points.into_iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum()
}

/// The points of a line's own shape.
fn shape_points(line: &Line) -> i64 {
    let step = |table: &[(usize, i64)], count: usize| table.iter().find(|(most, _)| count <= *most).map_or(0, |(_, points)| *points);
    let is_sentence = line.ends_sentence && !line.text.ends_with(['?', '!', '”', '"', '»', '’', '…']);
    // A masthead or the label of a section.
    let capitals = line.words <= 4 && line.text.chars().any(char::is_uppercase) && !line.text.chars().any(char::is_lowercase);
    let separators = i64::try_from(line.separators).unwrap_or(0).min(MOST_SEPARATORS);
    let kind = said([(is_sentence, SENTENCE), (line.is_related, RELATED), (capitals, MASTHEAD)]);
    step(&BY_WORDS, line.words) + step(&BY_REPEATS, line.repeats) + SEPARATOR * separators + kind
}

/// The points of the lines right beside: a headline stands twice where a page shows it again as a picture's text or for its phones; a
/// line with a credit below it is a caption.
fn neighbour_points(lines: &[Line], i: usize) -> i64 {
    let line = &lines[i];
    let twice = line.words >= 4 && above(lines, i, BESIDE).iter().chain(below(lines, i, BESIDE)).any(|l| l.text == line.text);
    let credited = lines.get(i + 1).is_some_and(|l| l.is_caption && l.words <= 14) && line.words >= 6;
    said([(twice, TWICE), (credited && !twice, CREDITED)])
}

/// The points of a standfirst: it stands between headline and body, longer than a line of headings, and often a sentence.
/// `told` counts the words that the line shares with the lead.
fn as_standfirst(lines: &[Line], i: usize, lead: &BTreeSet<String>, told: i64) -> i64 {
    let line = &lines[i];
    let is_heading = |l: &Line| may_be_headline(l) && (4..=20).contains(&l.words) && !l.ends_sentence && l.repeats <= 3;
    let tells_as_much = |l: &Line| {
        let above = i64::try_from(words_of([l.text.as_str()].into_iter(), OWN_WORDS).intersection(lead).count()).unwrap_or(0);
        above > 0 && 2 * above >= told
    };
    let follows = above(lines, i, BESIDE).iter().any(is_heading);
    let right_above = i.checked_sub(1).map(|above| &lines[above]);
    let second = right_above.is_some_and(|l| is_heading(l) && l.separators == 0 && tells_as_much(l));
    said([(line.words >= 12 && follows, STANDFIRST), (line.words >= 5 && second, SECOND_HEADING)])
}

/// A name and a date right below are the article's own signature.
fn signed(lines: &[Line], i: usize) -> i64 {
    let below = below(lines, i, SIGNED_REACH);
    let named = below.iter().any(|l| l.is_byline && l.words >= 2 || is_full_name(&l.text));
    said([(named && below.iter().any(Line::is_date_line), SIGNED)])
}

/// A line that ends with another line near it after a mark of crumbs, or begins with it before one, is a trail or a page title; the
/// other is the headline.
fn among_repetitions(lines: &[Line], i: usize) -> i64 {
    let own = lines[i].text.as_str();
    let near = lines[i.saturating_sub(REPETITIONS_REACH)..(i + REPETITIONS_REACH).min(lines.len())].iter().filter(|l| may_be_headline(l));
    let points: i64 = near.map(|l| said([(is_decorated(own, &l.text), DECORATED), (is_decorated(&l.text, own), BARE)])).sum();
    points.clamp(*BY_REPETITIONS.start(), *BY_REPETITIONS.end())
}

/// Whether a text is a headline with crumbs before it or a site's name behind it.
pub(in crate::parse) fn is_decorated(text: &str, headline: &str) -> bool {
    if headline.len() < SHORTEST || text.len() <= headline.len() {
        return false;
    }
    let before = text.strip_suffix(headline).is_some_and(|rest| rest.trim_end().ends_with(MARKS));
    before || text.strip_prefix(headline).is_some_and(|rest| rest.trim_start().starts_with(MARKS))
}

/// A heading within the run that a byline or a date follows, with next to nothing before it.
fn heads_the_rest(lines: &[Line], i: usize, body: &Run) -> bool {
    let before = lines[body.start..i].iter().filter(|l| l.is_prose()).count();
    let line = &lines[i];
    let signed = below(&lines[..body.end], i, HEADS_REACH).iter().any(|l| l.is_date_line() || l.is_byline && !l.ends_sentence);
    before <= NOTICES && line.words >= 3 && !line.ends_sentence && signed
}

/// A date line right above or a little below is a headline's. A line after the date, with a possible headline before it, is a caption
/// or a standfirst.
fn place_among_dates(lines: &[Line], i: usize) -> i64 {
    let Some(date) = (i.saturating_sub(DATE_REACH)..i).rev().find(|at| lines[*at].is_date_line() || lines[*at].is_byline) else { return 0 };
    let headed = above(lines, date, HEADED_REACH).iter().any(|l| may_be_headline(l) && l.words >= 4 && !l.is_quiet());
    said([(headed, AFTER_HEADED_DATE), (!headed && i - date <= DATE_NEAR, AFTER_DATE)])
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

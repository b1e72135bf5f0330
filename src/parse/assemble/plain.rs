//! Flattened text pages: menus, dates, section lines, headline, body, footers, told apart by shape, position and neighbours.
//!
//! [`lines`] describes each line, [`body`] finds the run of running text ([`short`] that of a short item) and has its lines ranked by trees; headline,
//! dates, byline and section are found in the rooms of their names. No mark-up is left to go by, so nothing here may depend on a single publisher's page.

use std::collections::HashMap;

use crate::article::parsed::{ParagraphKind, PublicationTime, TimeSource};

use super::short;
use crate::parse::body::plain as body;
use crate::parse::body::plain::rank::BodyLines;
use crate::parse::byline::plain::BylineLines;
use crate::parse::choice::{Candidate, Choice};
use crate::parse::dates::{self, DateContext};
use crate::parse::explain::{Part, odds};
use crate::parse::headline::plain::{self as headline, HeadlineLines};
use crate::parse::lines::rank::{Layout, Ranked, Ranker, Rows, Weighed};
use crate::parse::lines::{self, Clues};
use crate::parse::metadata::plain::section;
use crate::parse::published::plain::DateLines;
use crate::parse::steps::Steps;
use crate::parse::trees::{Forest, Trees};

/// What a flattened page holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainPage {
    /// The headline.
    pub headline: Choice<Option<String>>,
    /// The section line above it.
    pub section: Choice<Option<String>>,
    /// The byline as printed, lines of it one after the other.
    pub byline: Choice<Option<String>>,
    /// The names in it.
    pub authors: Vec<String>,
    /// When it was published.
    pub published: Choice<Option<PublicationTime>>,
    /// When it was changed.
    pub modified: Choice<Option<PublicationTime>>,
    /// The body, the dateline still in it.
    pub paragraphs: Vec<(ParagraphKind, String)>,
    /// The share of the page's characters that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
    /// The page goes on after the last line that was looked at.
    pub is_cut: bool,
    /// Lines below the headline that are no text, the first of them.
    pub left_out: String,
}

/// Lines of [`PlainPage::left_out`].
const LEFT_OUT: usize = 12;

/// Reads a flattened page by these trees, and counts the steps that it takes.
pub fn read(page: &str, clues: &Clues, context: &DateContext, trees: &Forest, steps: &Steps) -> PlainPage {
    read_explained(page, clues, context, trees, steps, None)
}

/// What became of the lines.
struct LineFates<'a> {
    text: &'a Text<'a>,
    /// What the trees judged of its lines.
    weighed: &'a [Weighed],
    bylines: &'a [usize],
    dates: Option<usize>,
    /// The lines of the paragraphs.
    kept: &'a HashMap<usize, ParagraphKind>,
}

impl LineFates<'_> {
    fn parts(&self) -> Vec<Part> {
        let part = |(index, line): (usize, &lines::Line)| Part {
            kept: self.kept.contains_key(&index),
            why: self.why(index, line),
            place: String::new(),
            text: line.text.clone(),
        };
        self.text.lines.iter().enumerate().map(part).collect()
    }

    fn why(&self, index: usize, line: &lines::Line) -> String {
        let mut reasons: Vec<String> = Vec::new();
        let mut add = |says: bool, text: &str| reasons.extend(says.then(|| text.to_owned()));
        add(self.text.headline == Some(index), "the headline");
        add(self.bylines.contains(&index), "the byline");
        add(self.dates == Some(index), "the date");
        add(line.is_related, "points to another article");
        add(line.is_caption, "a caption");
        add(line.is_ui, "a button or menu");
        add(line.is_end, "ends an article");
        add(line.is_comments, "begins comments");
        add(line.is_boilerplate, "a standing phrase");
        add(line.repeats > 1, "stands on the page more than once");
        add(self.text.is_short && self.kept.contains_key(&index), "of a short item");
        match self.weighed.iter().find(|weighed| weighed.line == index) {
            Some(weighed) => reasons.push(odds(weighed.score)),
            None if reasons.is_empty() => reasons.push("far from the text".to_owned()),
            None => {}
        }
        reasons.join(", ")
    }
}

/// The same, and the fate of each line where it is asked for.
pub fn read_explained(page: &str, clues: &Clues, context: &DateContext, trees: &Forest, steps: &Steps, parts: Option<&mut Vec<Part>>) -> PlainPage {
    let lines = lines::of_page(page, context);
    steps.spend_text(page.len());
    let Some((text, Ranked { chosen: kept, weighed }, headlines)) = Text::judged(&lines, clues, trees) else {
        let boilerplate_ratio = if lines.is_empty() { 0.0 } else { 1.0 };
        if let Some(parts) = parts {
            let unread = |line: lines::Line| Part { kept: false, why: "no text that runs on".to_owned(), place: String::new(), text: line.text };
            parts.extend(lines.into_iter().map(unread));
        }
        return PlainPage { boilerplate_ratio, ..PlainPage::default() };
    };
    let headline = text.headline;
    let found = DateLines::new(text.layout(&kept), clues.url, context);
    // Each candidate is held against all lines between it and the headline.
    steps.spend(lines.len() * (found.candidates().count() + 1));
    let Ranked { chosen: mut dates, weighed: dated } = found.choose(&trees.dates);
    if dates.published.is_none() && context.declares_later() {
        // A page that shows as its own a date after the fetch, and no other: the crawler's clock is what is wrong.
        let context = context.for_declared();
        let lines = lines::of_page(page, &context);
        dates = DateLines::new(Text { lines: &lines, ..text.clone() }.layout(&kept), clues.url, &context).choose(&trees.dates).chosen;
    }
    let signing = BylineLines::new(text.layout(&kept), dates.line);
    steps.spend(lines.len() * (signing.candidates().count() + 1));
    let Ranked { chosen: signed, weighed: signing } = signing.choose(&trees.bylines);
    let bylines: Vec<usize> = signed.iter().map(|(i, _)| *i).collect();
    let byline: Vec<&str> = bylines.iter().map(|i| lines[*i].text.as_str()).collect();
    let top = [headline, dates.line].into_iter().flatten().filter(|i| *i < text.run.start).min();
    let paragraphs: Vec<(ParagraphKind, String)> = kept.iter().map(|(i, kind)| (*kind, lines[*i].text.clone())).collect();
    if let Some(parts) = parts {
        let kept = kept.iter().copied().collect();
        parts.extend(LineFates { text: &text, weighed: &weighed, bylines: &bylines, dates: dates.line, kept: &kept }.parts());
    }
    let of_line = |i: usize| Some(lines[i].text.clone());
    let time_of = |i: usize| {
        let found = &lines[i].date.as_ref()?.found;
        dates::publication_time(found, TimeSource::Visible, context).map(|time| time.value)
    };
    let top_section = top.and_then(|top| section(&lines, top));
    let told = |text: &Option<String>| text.iter().map(|text| Candidate::new("line", text.as_str())).collect::<Vec<_>>();
    let all: usize = lines.iter().map(|l| l.length).sum();
    let kept_length: usize = paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    PlainPage {
        headline: Choice { chosen: headline.and_then(of_line), candidates: best(&headlines, of_line) },
        section: Choice { candidates: told(&top_section), chosen: top_section },
        byline: Choice { chosen: (!byline.is_empty()).then(|| byline.join(", ")), candidates: best(&signing, of_line) },
        authors: signed.into_iter().flat_map(|(_, names)| names).collect(),
        modified: Choice { candidates: told(&dates.modified.as_ref().map(|time| time.value.clone())), chosen: dates.modified },
        published: Choice { chosen: dates.published, candidates: best(&dated, time_of) },
        paragraphs,
        boilerplate_ratio: share(all.saturating_sub(kept_length), all),
        is_cut: lines::is_cut(page),
        left_out: left_out(&lines, headline, &kept),
    }
}

/// The lines that were weighed highest, as candidates.
fn best(weighed: &[Weighed], value: impl Fn(usize) -> Option<String>) -> Vec<Candidate> {
    const MOST: usize = 5;
    let mut weighed = weighed.to_vec();
    weighed.sort_by_key(|weighed| (std::cmp::Reverse(weighed.score), weighed.line));
    let candidate =
        |Weighed { line, score }: Weighed| Some(Candidate { source: "line", value: value(line)?, place: format!("line {}", line + 1), points: Some(score) });
    weighed.into_iter().take(MOST).filter_map(candidate).collect()
}

/// The lines of a page that are text, and what each is.
type Kept = Ranked<Vec<(usize, ParagraphKind)>>;

/// The text of a page by the rules: where it runs, its headline, and which lines are of it.
#[derive(Clone)]
struct Text<'a> {
    lines: &'a [lines::Line],
    /// Where running text stands, and what of it comes after the headline.
    whole: lines::Run,
    /// It is too little for the trees: a short item.
    is_short: bool,
    run: lines::Run,
    headline: Option<usize>,
    proposal: Vec<(usize, ParagraphKind)>,
}

impl<'a> Text<'a> {
    /// `None` where no line reads like an article.
    fn of(lines: &'a [lines::Line]) -> Option<Text<'a>> {
        let whole = body::find(lines);
        let is_short = whole.is_empty();
        let whole = if is_short { short::find(lines)? } else { whole };
        let headline = if is_short { short::headline(lines, &whole) } else { headline::headline(lines, &whole) };
        if is_short && headline.is_none() {
            return None;
        }
        Some(Text { lines, run: whole.clone(), whole, is_short, headline: None, proposal: Vec::new() }.with_headline(headline))
    }

    /// With the headline and the lines that trees choose.
    fn judged(lines: &'a [lines::Line], clues: &Clues, trees: &Forest) -> Option<(Text<'a>, Kept, Vec<Weighed>)> {
        let text = Text::of(lines)?;
        let kept = text.keep(&trees.lines);
        let Ranked { chosen, weighed } = text.headlines(&kept.chosen, clues).choose(&trees.headlines);
        // The few sentences of a short item head nothing.
        let headline = if text.is_short && chosen.is_none_or(|chosen| chosen >= text.whole.start) { text.headline } else { chosen };
        if headline == text.headline {
            return Some((text, kept, weighed));
        }
        let other = text.clone().with_headline(headline);
        let of_other = other.keep(&trees.lines);
        // A headline that leaves nothing to head is none.
        Some(if of_other.chosen.is_empty() { (text, kept, weighed) } else { (other, of_other, weighed) })
    }

    fn with_headline(self, headline: Option<usize>) -> Text<'a> {
        // What stands before a headline within the run was a notice of the site.
        let run = headline.filter(|i| *i >= self.whole.start).map_or(self.whole.clone(), |i| i + 1..self.whole.end);
        let proposal = if self.is_short { short::paragraphs(self.lines, &run, headline) } else { body::paragraphs(self.lines, &run, headline) };
        Text { run, headline, proposal, ..self }
    }

    fn layout(&self, kept: &[(usize, ParagraphKind)]) -> Layout<'_> {
        Layout::new(self.lines, self.headline, kept.iter().map(|(i, _)| *i))
    }

    fn body(&self) -> BodyLines<'_> {
        BodyLines::new(self.layout(&self.proposal), &self.run)
    }

    /// The lines that the trees keep, and what each is.
    fn keep(&self, trees: &Trees) -> Kept {
        let Ranked { chosen, weighed } = if self.is_short { Ranked::default() } else { self.body().choose(trees) };
        if chosen.is_empty() {
            return Ranked { chosen: self.proposal.clone(), weighed };
        }
        let kinds: HashMap<usize, ParagraphKind> = self.proposal.iter().copied().collect();
        Ranked { chosen: chosen.into_iter().map(|i| (i, kinds.get(&i).copied().unwrap_or(ParagraphKind::Paragraph))).collect(), weighed }
    }

    fn headlines(&self, kept: &[(usize, ParagraphKind)], clues: &Clues) -> HeadlineLines<'_> {
        HeadlineLines::new(self.layout(kept), &self.run, clues)
    }
}

/// What the trainer of the trees is shown of a page.
pub struct Proposal {
    /// The lines.
    pub texts: Vec<String>,
    /// The row of each; empty for a line that is out without a look.
    pub rows: Rows,
}

/// What rules and features make of a page's lines, for the trainer; `None` where no line reads like an article.
pub fn propose(page: &str, context: &DateContext) -> Option<Proposal> {
    let lines = lines::of_page(page, context);
    let text = Text::of(&lines)?;
    Some(Proposal { rows: text.body().rows(|i| *i), texts: lines.iter().map(|l| l.text.clone()).collect() })
}

/// The rows of the lines that may be the headline, where `trees` have judged the text.
pub fn propose_headline(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<String> {
    let lines = lines::of_page(page, context);
    let Some(text) = Text::of(&lines) else { return Rows::default() };
    text.headlines(&text.keep(&trees.lines).chosen, &Clues { url, title: None }).rows(|candidate| lines[candidate.line].text.clone())
}

/// The rows of the dates that may be the page's, where trees have judged the text and chosen the headline.
pub fn propose_dates(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<Option<PublicationTime>> {
    let lines = lines::of_page(page, context);
    let Some((text, kept, _)) = Text::judged(&lines, &Clues { url, title: None }, trees) else { return Rows::default() };
    let dates = DateLines::new(text.layout(&kept.chosen), url, context);
    dates.rows(|candidate| dates.time(candidate))
}

/// The rows of the lines that may be its byline, with their names, where trees have chosen the date as well.
pub fn propose_bylines(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<(usize, Vec<String>)> {
    let lines = lines::of_page(page, context);
    let Some((text, kept, _)) = Text::judged(&lines, &Clues { url, title: None }, trees) else { return Rows::default() };
    let date = DateLines::new(text.layout(&kept.chosen), url, context).choose(&trees.dates).chosen.line;
    BylineLines::new(text.layout(&kept.chosen), date).rows(|candidate| (candidate.line, candidate.names.clone()))
}

fn left_out(lines: &[lines::Line], headline: Option<usize>, kept: &[(usize, ParagraphKind)]) -> String {
    let from = headline.map_or(0, |h| h + 1);
    let is_text = |i: &usize| kept.binary_search_by_key(i, |(at, _)| *at).is_ok();
    let rest: Vec<&str> = (from..lines.len()).filter(|i| !is_text(i)).take(LEFT_OUT).map(|i| lines[i].text.as_str()).collect();
    rest.join("\n")
}

/// A share to three digits.
fn share(part: usize, whole: usize) -> f32 {
    let thousandths = u16::try_from(part * 1000 / whole.max(1)).unwrap_or(1000);
    f32::from(thousandths) / 1000.0
}

#[cfg(test)]
mod tests;

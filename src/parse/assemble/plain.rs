//! Flattened text pages: menus, dates, section lines, headline, body, footers, told apart by shape, position and neighbours.
//!
//! [`lines`] describes each line, [`body`] finds the run of running text ([`short`] that of a short item) and has its lines ranked by trees; headline,
//! dates, byline and section are found in the rooms of their names. No mark-up is left to go by, so nothing here may depend on a single publisher's page.

use std::collections::HashMap;

use crate::article::parsed::{ParagraphKind, PublicationTime};

use super::short;
use crate::parse::body::plain as body;
use crate::parse::body::plain::rank;
use crate::parse::byline::plain as byline;
use crate::parse::dates::DateContext;
use crate::parse::explain::{Part, odds};
use crate::parse::headline::plain as headline;
use crate::parse::lines::row::Rows;
use crate::parse::lines::{self, Clues};
use crate::parse::metadata::plain::section;
use crate::parse::published::plain::DateCandidates;
use crate::parse::steps::Steps;
use crate::parse::trees::{Forest, Trees};

/// What a flattened page holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainPage {
    /// The headline.
    pub headline: Option<String>,
    /// The section line above it.
    pub section: Option<String>,
    /// The byline as printed, lines of it one after the other.
    pub byline: Option<String>,
    /// The names in it.
    pub authors: Vec<String>,
    /// When it was published.
    pub published: Option<PublicationTime>,
    /// When it was changed.
    pub modified: Option<PublicationTime>,
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
    look(page, clues, context, trees, steps, |_| ()).0
}

/// Reads a flattened page, and tells the fate of each of its lines.
pub(in crate::parse) fn explain(page: &str, clues: &Clues, context: &DateContext, trees: &Forest) -> (PlainPage, Vec<Part>) {
    let (read, parts) = look(page, clues, context, trees, &Steps::new(usize::MAX), |seen| seen.parts(&trees.lines));
    let unread = || {
        lines::of_page(page, context).into_iter().map(|line| Part {
            kept: false,
            why: "no text that runs on".to_owned(),
            place: String::new(),
            text: line.text,
        })
    };
    (read, parts.unwrap_or_else(|| unread().collect()))
}

/// What a page was read from.
struct Seen<'a> {
    judge: &'a rank::Page<'a>,
    is_short: bool,
    headline: Option<usize>,
    bylines: &'a [usize],
    dates: Option<usize>,
    /// The lines of the paragraphs.
    kept: &'a HashMap<usize, ParagraphKind>,
}

impl Seen<'_> {
    fn parts(&self, trees: &Trees) -> Vec<Part> {
        let part = |(index, line): (usize, &lines::Line)| Part {
            kept: self.kept.contains_key(&index),
            why: self.why(index, line, trees),
            place: String::new(),
            text: line.text.clone(),
        };
        self.judge.lines.iter().enumerate().map(part).collect()
    }

    fn why(&self, index: usize, line: &lines::Line, trees: &Trees) -> String {
        let mut reasons: Vec<String> = Vec::new();
        let mut add = |says: bool, text: &str| reasons.extend(says.then(|| text.to_owned()));
        add(self.headline == Some(index), "the headline");
        add(self.bylines.contains(&index), "the byline");
        add(self.dates == Some(index), "the date");
        add(line.is_related, "points to another article");
        add(line.is_caption, "a caption");
        add(line.is_ui, "a button or menu");
        add(line.is_end, "ends an article");
        add(line.is_comments, "begins comments");
        add(line.is_boilerplate, "a standing phrase");
        add(line.repeats > 1, "stands on the page more than once");
        let is_out = self.judge.is_out(index);
        add(self.is_short && self.kept.contains_key(&index), "of a short item");
        match self.judge.row(index, false).filter(|_| !is_out && !self.is_short) {
            Some(row) => reasons.push(odds(trees.score(&row.values))),
            None if reasons.is_empty() => reasons.push("far from the text".to_owned()),
            None => {}
        }
        reasons.join(", ")
    }
}

/// Reads a flattened page, and lets `show` see what it was read from; `None` where no line reads like an article.
fn look<T>(page: &str, clues: &Clues, context: &DateContext, trees: &Forest, steps: &Steps, show: impl FnOnce(&Seen) -> T) -> (PlainPage, Option<T>) {
    let lines = lines::of_page(page, context);
    steps.spend_text(page.len());
    let Some((text, kept)) = Text::judged(&lines, clues, trees) else {
        return (PlainPage { boilerplate_ratio: if lines.is_empty() { 0.0 } else { 1.0 }, ..PlainPage::default() }, None);
    };
    let headline = text.headline;
    let found = text.dates(&kept, clues.url, context);
    // Each candidate is held against all lines between it and the headline.
    steps.spend(lines.len() * (found.len() + 1));
    let mut dates = found.choose(&trees.dates, context);
    if dates.published.is_none() && context.declares_later() {
        // A page that shows as its own a date after the fetch, and no other: the crawler's clock is what is wrong.
        let context = context.for_declared();
        let lines = lines::of_page(page, &context);
        dates = Text { lines: &lines, ..text.clone() }.dates(&kept, clues.url, &context).choose(&trees.dates, &context);
    }
    let signing = text.bylines(dates.line, &kept);
    steps.spend(lines.len() * (signing.len() + 1));
    let signed = signing.choose(&trees.bylines);
    let bylines: Vec<usize> = signed.iter().map(|(i, _)| *i).collect();
    let byline: Vec<&str> = bylines.iter().map(|i| lines[*i].text.as_str()).collect();
    let top = [headline, dates.line].into_iter().flatten().filter(|i| *i < text.run.start).min();
    let paragraphs: Vec<(ParagraphKind, String)> = kept.iter().map(|(i, kind)| (*kind, lines[*i].text.clone())).collect();
    let shown =
        show(&Seen { judge: &text.judge(), is_short: text.is_short, headline, bylines: &bylines, dates: dates.line, kept: &kept.iter().copied().collect() });
    let all: usize = lines.iter().map(|l| l.length).sum();
    let kept_length: usize = paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    let read = PlainPage {
        headline: headline.map(|i| lines[i].text.clone()),
        section: top.and_then(|top| section(&lines, top)),
        byline: (!byline.is_empty()).then(|| byline.join(", ")),
        authors: signed.into_iter().flat_map(|(_, names)| names).collect(),
        published: dates.published,
        modified: dates.modified,
        paragraphs,
        boilerplate_ratio: share(all.saturating_sub(kept_length), all),
        is_cut: lines::is_cut(page),
        left_out: left_out(&lines, headline, &kept),
    };
    (read, Some(shown))
}

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
    fn judged(lines: &'a [lines::Line], clues: &Clues, trees: &Forest) -> Option<(Text<'a>, Vec<(usize, ParagraphKind)>)> {
        let text = Text::of(lines)?;
        let kept = text.keep(&trees.lines);
        let chosen = text.candidates(&kept, clues).choose(&trees.headlines);
        // The few sentences of a short item head nothing.
        let headline = if text.is_short && chosen.is_none_or(|chosen| chosen >= text.whole.start) { text.headline } else { chosen };
        if headline == text.headline {
            return Some((text, kept));
        }
        let other = text.clone().with_headline(headline);
        let of_other = other.keep(&trees.lines);
        // A headline that leaves nothing to head is none.
        Some(if of_other.is_empty() { (text, kept) } else { (other, of_other) })
    }

    fn with_headline(self, headline: Option<usize>) -> Text<'a> {
        // What stands before a headline within the run was a notice of the site.
        let run = headline.filter(|i| *i >= self.whole.start).map_or(self.whole.clone(), |i| i + 1..self.whole.end);
        let proposal = if self.is_short { short::paragraphs(self.lines, &run, headline) } else { body::paragraphs(self.lines, &run, headline) };
        Text { run, headline, proposal, ..self }
    }

    fn judge(&self) -> rank::Page<'_> {
        rank::Page::new(self.lines, &self.run, self.headline, self.proposal.iter().map(|(i, _)| *i))
    }

    /// The lines that the trees keep, and what each is.
    fn keep(&self, trees: &Trees) -> Vec<(usize, ParagraphKind)> {
        let judged = if self.is_short { Vec::new() } else { self.judge().keep(trees) };
        if judged.is_empty() {
            return self.proposal.clone();
        }
        let kinds: HashMap<usize, ParagraphKind> = self.proposal.iter().copied().collect();
        judged.into_iter().map(|i| (i, kinds.get(&i).copied().unwrap_or(ParagraphKind::Paragraph))).collect()
    }

    fn candidates(&self, kept: &[(usize, ParagraphKind)], clues: &Clues) -> headline::Candidates<'_> {
        headline::Candidates::new(self.lines, &self.run, self.headline, kept.iter().map(|(i, _)| *i), clues)
    }

    fn bylines(&self, date: Option<usize>, kept: &[(usize, ParagraphKind)]) -> byline::Bylines<'_> {
        byline::Bylines::new(self.lines, self.headline, date, kept.iter().map(|(i, _)| *i))
    }

    fn dates(&self, kept: &[(usize, ParagraphKind)], url: Option<&str>, context: &DateContext) -> DateCandidates<'_> {
        DateCandidates::new(self.lines, self.headline, kept.iter().map(|(i, _)| *i), url, context)
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
    let judge = text.judge();
    let values = (0..lines.len()).filter(|i| !judge.is_out(*i)).filter_map(|i| Some((i, judge.row(i, false)?.values))).collect();
    Some(Proposal {
        rows: Rows { values, names: judge.row(0, true).and_then(|r| r.names).unwrap_or_default() },
        texts: lines.iter().map(|l| l.text.clone()).collect(),
    })
}

/// The rows of the lines that may be the headline, where `trees` have judged the text.
pub fn propose_headline(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<String> {
    let lines = lines::of_page(page, context);
    let Some(text) = Text::of(&lines) else { return Rows::default() };
    let (values, names) = text.candidates(&text.keep(&trees.lines), &Clues { url, title: None }).rows();
    Rows { values: values.into_iter().map(|(i, row)| (lines[i].text.clone(), row)).collect(), names }
}

/// The rows of the dates that may be the page's, where trees have judged the text and chosen the headline.
pub fn propose_dates(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<Option<PublicationTime>> {
    let lines = lines::of_page(page, context);
    let Some((text, kept)) = Text::judged(&lines, &Clues { url, title: None }, trees) else { return Rows::default() };
    text.dates(&kept, url, context).rows(context)
}

/// The rows of the lines that may be its byline, with their names, where trees have chosen the date as well.
pub fn propose_bylines(page: &str, url: Option<&str>, context: &DateContext, trees: &Forest) -> Rows<(usize, Vec<String>)> {
    let lines = lines::of_page(page, context);
    let Some((text, kept)) = Text::judged(&lines, &Clues { url, title: None }, trees) else { return Rows::default() };
    let date = text.dates(&kept, url, context).choose(&trees.dates, context).line;
    text.bylines(date, &kept).rows()
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

//! Flattened text pages: menus, dates, section lines, headline, body, footers, told apart by shape, position and neighbours.
//!
//! [`lines`] describes each line, [`body`] finds the run of running text, [`head`] what stands around it. No mark-up is left to go by,
//! so nothing here may depend on a single publisher's page.

mod body;
mod head;
mod judge;
mod lines;
mod phrases;

use std::collections::HashMap;

pub(crate) use head::{Label, label_in};

use crate::article::parsed::{ParagraphKind, PublicationTime};

use super::dates::DateContext;
use super::explain::{Part, odds};

/// What a flattened page holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainPage {
    /// The headline.
    pub headline: Option<String>,
    /// The section line above it.
    pub section: Option<String>,
    /// The byline as printed.
    pub byline: Option<String>,
    /// When it was published.
    pub published: Option<PublicationTime>,
    /// When it was changed.
    pub modified: Option<PublicationTime>,
    /// The body, the dateline still in it.
    pub paragraphs: Vec<(ParagraphKind, String)>,
    /// The share of the page's characters that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
}

/// Reads a flattened page. `title` is a feed's headline, a candidate only.
pub fn read(page: &str, title: Option<&str>, context: &DateContext) -> PlainPage {
    look(page, title, context, |_| ()).0
}

/// Reads a flattened page, and tells the fate of each of its lines.
pub(super) fn explain(page: &str, title: Option<&str>, context: &DateContext) -> (PlainPage, Vec<Part>) {
    let (read, parts) = look(page, title, context, |seen| seen.parts());
    (read, parts.unwrap_or_default())
}

/// What a page was read from.
struct Seen<'a> {
    judge: &'a judge::Page<'a>,
    headline: Option<usize>,
    byline: Option<usize>,
    dates: Option<usize>,
    /// The lines of the paragraphs.
    kept: &'a HashMap<usize, ParagraphKind>,
}

impl Seen<'_> {
    fn parts(&self) -> Vec<Part> {
        let part = |(index, line): (usize, &lines::Line)| Part {
            kept: self.kept.contains_key(&index),
            why: self.why(index, line),
            place: String::new(),
            text: line.text.clone(),
        };
        self.judge.lines.iter().enumerate().map(part).collect()
    }

    fn why(&self, index: usize, line: &lines::Line) -> String {
        let mut reasons: Vec<String> = Vec::new();
        let mut add = |says: bool, text: &str| reasons.extend(says.then(|| text.to_owned()));
        add(self.headline == Some(index), "the headline");
        add(self.byline == Some(index), "the byline");
        add(self.dates == Some(index), "the date");
        add(line.is_related, "points to another article");
        add(line.is_caption, "a caption");
        add(line.is_ui, "a button or menu");
        add(line.is_end, "ends an article");
        add(line.is_comments, "begins comments");
        add(line.is_boilerplate, "a standing phrase");
        add(line.repeats > 1, "stands on the page more than once");
        let is_out = self.judge.is_out(index);
        match self.judge.row(index, false).filter(|_| !is_out) {
            Some(row) => reasons.push(odds(judge::TREES.score(&row.values))),
            None if reasons.is_empty() => reasons.push("far from the text".to_owned()),
            None => {}
        }
        reasons.join(", ")
    }
}

/// Reads a flattened page, and lets `show` see what it was read from; `None` where no line reads like an article.
fn look<T>(page: &str, title: Option<&str>, context: &DateContext, show: impl FnOnce(&Seen) -> T) -> (PlainPage, Option<T>) {
    let lines = lines::of_page(page, context);
    let body = body::find(&lines);
    if body.is_empty() {
        return (PlainPage { boilerplate_ratio: if lines.is_empty() { 0.0 } else { 1.0 }, ..PlainPage::default() }, None);
    }
    let headline = head::headline(&lines, &body, title);
    // What stands before a headline within the run was a notice of the site.
    let body = headline.filter(|i| *i >= body.start).map_or(body.clone(), |i| i + 1..body.end);
    let dates = head::dates(&lines, headline, &body, context);
    let byline = head::byline(&lines, headline, &body);
    let top = [headline, dates.line].into_iter().flatten().filter(|i| *i < body.start).min();
    let proposal = body::paragraphs(&lines, &body, headline);
    let judge = judge::Page::new(&lines, &body, headline, proposal.iter().map(|(i, _)| *i));
    let judged = judge.keep(&judge::TREES);
    let kinds: HashMap<usize, ParagraphKind> = proposal.iter().copied().collect();
    let kind = |i: usize| (i, kinds.get(&i).copied().unwrap_or(ParagraphKind::Paragraph));
    let kept: Vec<(usize, ParagraphKind)> = if judged.is_empty() { proposal } else { judged.into_iter().map(kind).collect() };
    let paragraphs: Vec<(ParagraphKind, String)> = kept.iter().map(|(i, kind)| (*kind, lines[*i].text.clone())).collect();
    let shown = show(&Seen { judge: &judge, headline, byline, dates: dates.line, kept: &kept.iter().copied().collect() });
    let all: usize = lines.iter().map(|l| l.length).sum();
    let kept_length: usize = paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    let read = PlainPage {
        headline: headline.map(|i| lines[i].text.clone()),
        section: top.and_then(|top| head::section(&lines, top)),
        byline: byline.map(|i| lines[i].text.clone()),
        published: dates.published,
        modified: dates.modified,
        paragraphs,
        boilerplate_ratio: share(all.saturating_sub(kept_length), all),
    };
    (read, Some(shown))
}

/// What the trainer of the trees is shown of a page.
pub struct Proposal {
    /// The lines.
    pub texts: Vec<String>,
    /// Whether the rules keep each.
    pub kept: Vec<bool>,
    /// The row of each; empty for a line that is out without a look.
    pub rows: Vec<Vec<i32>>,
    /// The names of the columns.
    pub names: Vec<String>,
}

/// What rules and features make of a page, for the trainer; `None` where no line reads like an article.
pub fn propose(page: &str, context: &DateContext) -> Option<Proposal> {
    let lines = lines::of_page(page, context);
    let body = body::find(&lines);
    if body.is_empty() {
        return None;
    }
    let headline = head::headline(&lines, &body, None);
    let body = headline.filter(|i| *i >= body.start).map_or(body.clone(), |i| i + 1..body.end);
    let proposal = body::paragraphs(&lines, &body, headline);
    let judge = judge::Page::new(&lines, &body, headline, proposal.iter().map(|(i, _)| *i));
    let row = |i: usize| if judge.is_out(i) { Vec::new() } else { judge.row(i, false).map(|r| r.values).unwrap_or_default() };
    Some(Proposal {
        rows: (0..lines.len()).map(row).collect(),
        names: judge.row(0, true).and_then(|r| r.names).unwrap_or_default(),
        kept: (0..lines.len()).map(|i| proposal.iter().any(|(at, _)| *at == i)).collect(),
        texts: lines.iter().map(|l| l.text.clone()).collect(),
    })
}

/// A share to three digits.
fn share(part: usize, whole: usize) -> f32 {
    let thousandths = u16::try_from(part * 1000 / whole.max(1)).unwrap_or(1000);
    f32::from(thousandths) / 1000.0
}

#[cfg(test)]
mod tests;

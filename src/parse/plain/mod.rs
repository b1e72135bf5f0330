//! Flattened text pages: menus, dates, section lines, headline, body, footers, told apart by shape, position and neighbours.
//!
//! [`lines`] describes each line, [`body`] finds the run of running text, [`head`] what stands around it. No mark-up is left to go by,
//! so nothing here may depend on a single publisher's page.

mod body;
mod head;
mod lines;
mod phrases;

use crate::article::parsed::{ParagraphKind, PublicationTime};

use super::dates::DateContext;

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
    let lines = lines::of_page(page, context);
    let body = body::find(&lines);
    if body.is_empty() {
        return PlainPage { boilerplate_ratio: if lines.is_empty() { 0.0 } else { 1.0 }, ..PlainPage::default() };
    }
    let headline = head::headline(&lines, &body, title);
    // What stands before a headline within the run was a notice of the site.
    let body = headline.filter(|i| *i >= body.start).map_or(body.clone(), |i| i + 1..body.end);
    let dates = head::dates(&lines, headline, &body, context);
    let byline = head::byline(&lines, headline, &body);
    let top = [headline, dates.line].into_iter().flatten().filter(|i| *i < body.start).min();
    let paragraphs = body::paragraphs(&lines, &body, headline);
    let all: usize = lines.iter().map(|l| l.length).sum();
    let kept: usize = paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    PlainPage {
        headline: headline.map(|i| lines[i].text.clone()),
        section: top.and_then(|top| head::section(&lines, top)),
        byline: byline.map(|i| lines[i].text.clone()),
        published: dates.published,
        modified: dates.modified,
        paragraphs,
        boilerplate_ratio: share(all.saturating_sub(kept), all),
    }
}

/// A share to three digits.
fn share(part: usize, whole: usize) -> f32 {
    let thousandths = u16::try_from(part * 1000 / whole.max(1)).unwrap_or(1000);
    f32::from(thousandths) / 1000.0
}

#[cfg(test)]
mod tests;

//! The body: which blocks of a page are the article's text. A generic extractor of our own design.
//!
//! Blocks of text with features ([`blocks`]), parts that are left out with the evidence for it ([`cuts`]), the container that holds
//! most running text and least of anything else ([`choose`]), and what of its blocks is text ([`clean`]). The page's own
//! `articleBody` (JSON-LD) supports blocks or stands in for a page that does not hold its text ([`support`]).

pub mod blocks;
pub mod choose;
pub mod clean;
pub mod cuts;
pub mod lines;
pub mod support;

use super::dom::{Dom, NodeId};
use crate::article::parsed::{Extractor, ParagraphKind};

/// What the body extractor is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clues<'a> {
    /// The headline, if known.
    pub headline: Option<&'a str>,
    /// The page's description.
    pub description: Option<&'a str>,
    /// JSON-LD's `articleBody`.
    pub article_body: Option<&'a str>,
}

/// The text of a page.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The paragraphs in order.
    pub paragraphs: Vec<(ParagraphKind, String)>,
    /// The container of the text.
    pub root: NodeId,
    /// The nodes of each paragraph: first and one past the last; empty where the text is JSON-LD's.
    pub ranges: Vec<(NodeId, NodeId)>,
    /// What found it.
    pub extractor: Option<Extractor>,
    /// The share of the page's characters that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
    /// 0 to 1.
    pub confidence: f32,
    /// Whether the page looks like a list of articles.
    pub looks_like_list: bool,
}

/// Finds the body of a page.
pub fn find(dom: &Dom, clues: &Clues) -> Body {
    let mut blocks = blocks::build(dom);
    let support = clues.article_body.map(|text| support::Support::new(text, &blocks));
    let total: usize = blocks.iter().map(|b| b.chars).sum();
    cuts::mark(dom, &mut blocks, support.as_ref());
    let heading = choose::headline_block(&blocks, clues.headline);
    let root = choose::container(dom, &blocks, heading);
    let kept = clean::clean(dom, &blocks, root, heading, clues, support.as_ref());
    let mut body = Body { root, ..Body::default() };
    for index in &kept.blocks {
        let block = &blocks[*index];
        body.paragraphs.push((kept.kind(*index, block), block.text.clone()));
        body.ranges.push((block.first, block.last + 1));
    }
    body.extractor = Some(Extractor::Generic);
    let found: usize = kept.blocks.iter().map(|i| blocks[*i].chars).sum();
    if let Some(support) = &support
        && support.is_better_than(found, &body.paragraphs)
    {
        body.paragraphs = support.paragraphs();
        body.ranges.clear();
        body.extractor = Some(Extractor::JsonLd);
    }
    let kept_chars: usize = body.paragraphs.iter().map(|(_, t)| blocks::mass(t)).sum();
    body.boilerplate_ratio = if total == 0 { 0.0 } else { 1.0 - (kept_chars.min(total) as f32 / total as f32) };
    body.confidence = confidence(&blocks, &kept, support.as_ref(), kept_chars);
    body.looks_like_list = choose::looks_like_list(&blocks, &kept.blocks);
    body
}

/// How sure it is, from what can be counted: length, running text among what was kept, agreement with JSON-LD.
fn confidence(blocks: &[blocks::Block], kept: &clean::Kept, support: Option<&support::Support>, chars: usize) -> f32 {
    let good: usize = kept.blocks.iter().map(|i| &blocks[*i]).filter(|b| b.is_good()).map(|b| b.chars).sum();
    let all: usize = kept.blocks.iter().map(|i| blocks[*i].chars).sum::<usize>().max(1);
    let length = (chars as f32 / 1200.0).min(1.0);
    let running = good as f32 / all as f32;
    let mut value = 0.2 + 0.35 * length + 0.35 * running;
    if support.is_some_and(|s| s.covers(chars)) {
        value += 0.1;
    }
    if chars == 0 { 0.0 } else { (value * 100.0).round() / 100.0 }
}

#[cfg(test)]
mod tests;

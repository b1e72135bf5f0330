//! The body: which blocks of a page are the article's text. A generic extractor of our own design.
//!
//! Blocks of text with features ([`blocks`]), parts that are left out with the evidence for it ([`cuts`]), the container that holds
//! most running text and least of anything else ([`choose`]), and what of its blocks is text ([`clean`]): the rules' proposal. Trained
//! trees judge every block by its features, that proposal among them ([`features`], [`settle`]). The page's own `articleBody`
//! (JSON-LD) supports blocks or stands in for a page that does not hold its text ([`support`]).

pub(crate) mod blocks;
pub(crate) mod choose;
pub(crate) mod clean;
pub(crate) mod cuts;
pub(crate) mod fate;
pub(crate) mod features;
pub(crate) mod lines;
pub mod settle;
pub(crate) mod support;

use crate::article::parsed::{Extractor, ParagraphKind};
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::support::Support;
use crate::parse::body::listing;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::trees::Trees;
use crate::text::fold;

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
    /// The blocks that were kept.
    pub kept: Vec<usize>,
    /// The nodes of each paragraph: first and one past the last; empty where the text is JSON-LD's.
    pub ranges: Vec<(NodeId, NodeId)>,
    /// The page goes on after the last block that is read.
    pub is_cut: bool,
    /// What found it.
    pub extractor: Option<Extractor>,
    /// The share of the page's characters that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
    /// 0 to 1.
    pub confidence: f32,
    /// What is counted of the page's blocks, by the names of [`crate::parse::body::listing::COUNTS`].
    pub counts: Vec<i32>,
}

/// What the rules propose for a page, and the rows by which the trees judge its blocks.
pub struct Proposal {
    /// The blocks of the page, cuts marked.
    pub blocks: Vec<Block>,
    /// What the rules keep, in order.
    pub kept: Vec<usize>,
    /// A row for each block, for the trainer.
    pub rows: Vec<Vec<i32>>,
    /// The trees' score of each block; `None` for one that is out without a look.
    pub scores: Vec<Option<i32>>,
    /// The names of the columns, where they were asked for.
    pub names: Vec<String>,
    /// The container.
    pub root: NodeId,
    headline: String,
    /// Blocks that the trees do not bring back.
    barred: Vec<bool>,
    support: Option<Support>,
}

/// Proposes the body of a page, with the rows of its blocks.
pub fn propose(dom: &Dom, clues: &Clues) -> Proposal {
    let mut names = Vec::new();
    let (mut proposal, rows) = judged(dom, clues, |seen| {
        names = features::names(seen);
        features::each(seen, <[i32]>::to_vec)
    });
    proposal.names = names;
    proposal.rows = rows.into_iter().map(Option::unwrap_or_default).collect();
    proposal
}

/// What a site's rule says of where the text stands: nodes whose subtrees are text, and nodes whose subtrees never are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Text, all of it; none where the rule does not say.
    pub text: Vec<NodeId>,
    /// Never text.
    pub dropped: Vec<NodeId>,
}

/// Finds the body of a page by these trees, and returns what was proposed too.
pub fn find(dom: &Dom, clues: &Clues, scope: &Scope, trees: &Trees) -> (Body, Proposal) {
    let (mut proposal, scores) = judged(dom, clues, |seen| features::each(seen, |row| trees.score(row)));
    proposal.scores = scores;
    let mut body = settle::settle_within(dom, &proposal, scope);
    body.counts = listing::counts(dom, &proposal.blocks, &body.kept);
    body.root = settle::root(dom, proposal.root, &body.ranges);
    (body, proposal)
}

/// What the rules propose, and what `judge` makes of it.
fn judged<T>(dom: &Dom, clues: &Clues, judge: impl FnOnce(&features::Seen) -> T) -> (Proposal, T) {
    let mut blocks = blocks::build(dom);
    let support = clues.article_body.map(|text| Support::new(text, &blocks));
    let cuts = cuts::mark(dom, &mut blocks, support.as_ref());
    let heading = choose::headline_block(&blocks, clues.headline);
    let root = choose::container(dom, &blocks, heading);
    let kept = clean::clean(dom, &blocks, root, heading, clues, support.as_ref());
    let running = kept.iter().map(|i| &blocks[*i]).filter(|b| b.is_good()).map(|b| b.chars).sum();
    let ruled = support.as_ref().is_some_and(|s| s.rules(running));
    let seen = features::Seen { dom, blocks: &blocks, heading, root, kept: &kept, clues, ruled, cuts: &cuts };
    let judgement = judge(&seen);
    let barred = settle::barred(&seen);
    let headline = clues.headline.map(fold::letters).unwrap_or_default();
    (Proposal { blocks, kept, rows: Vec::new(), scores: Vec::new(), names: Vec::new(), root, headline, barred, support }, judgement)
}

/// How sure it is, from what can be counted: length, running text among what was kept, agreement with JSON-LD.
fn confidence(blocks: &[Block], kept: &[usize], support: Option<&Support>, chars: usize) -> f32 {
    let good: usize = kept.iter().map(|i| &blocks[*i]).filter(|b| b.is_good()).map(|b| b.chars).sum();
    let all: usize = kept.iter().map(|i| blocks[*i].chars).sum::<usize>().max(1);
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

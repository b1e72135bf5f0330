//! The last word on a page's blocks: trained trees judge each by its row, then what stands twice and headings without text go.
//!
//! Where they keep nothing, the rules' proposal stands. The weights are data: `config/body_trees.txt`.

use crate::article::parsed::{Extractor, ParagraphKind};
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::features::Seen;
use crate::parse::body::html::{Body, Proposal, Scope, blocks, clean, confidence};
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId};
use crate::text::ends::ends_like_prose;
use crate::text::fold;

/// A block is kept from this score on: even odds.
const KEEP: i32 = 0;

/// Decides the body of a page by the scores of its blocks. Where its site's rule says where text stands and its nodes hold any, that is it.
pub(in crate::parse) fn settle_within(dom: &Dom, proposal: &Proposal, scope: &Scope) -> Body {
    // A rule's nodes are in order, none within another: the last that begins before the block is the only one that may hold it.
    let within = |nodes: &[NodeId], block: &Block| {
        let before = nodes.partition_point(|node| *node <= block.first);
        before > 0 && dom.holds(nodes[before - 1], block.first)
    };
    let blocks = &proposal.blocks;
    let is_text = |block: &Block| within(&scope.text, block) && block.cut != Some(Kind::Hidden) && !is_headline(proposal, block);
    let mut kept: Vec<usize> = (0..blocks.len()).filter(|index| is_text(&blocks[*index])).collect();
    let is_ruled = !kept.is_empty();
    if !is_ruled {
        kept = judge(proposal, &proposal.scores);
        if !kept.iter().any(|index| blocks[*index].is_good() || ends_like_prose(&blocks[*index].text)) {
            kept = captions(dom, proposal, kept);
        }
    }
    kept.retain(|index| !within(&scope.dropped, &blocks[*index]));
    laid_out(proposal, kept, is_ruled)
}

fn laid_out(proposal: &Proposal, kept: Vec<usize>, is_ruled: bool) -> Body {
    let blocks = &proposal.blocks;
    let mut body = Body { root: proposal.root, ..Body::default() };
    for index in &kept {
        let block = &blocks[*index];
        let kind = if is_bold_head(block) { ParagraphKind::Subhead } else { block.kind };
        body.paragraphs.push((kind, block.text.clone()));
        body.ranges.push((block.first, block.last + 1));
    }
    body.extractor = Some(if is_ruled { Extractor::SiteRule } else { Extractor::Generic });
    let found: usize = kept.iter().map(|i| blocks[*i].chars).sum();
    if !is_ruled
        && let Some(support) = &proposal.support
        && support.is_better_than(found, &body.paragraphs)
    {
        body.paragraphs = support.paragraphs();
        body.ranges.clear();
        body.extractor = Some(Extractor::JsonLd);
    }
    let total: usize = blocks.iter().map(|b| b.chars).sum();
    let kept_chars: usize = body.paragraphs.iter().map(|(_, t)| blocks::mass(t)).sum();
    body.boilerplate_ratio = if total == 0 { 0.0 } else { 1.0 - (kept_chars.min(total) as f32 / total as f32) };
    body.confidence = confidence(blocks, &kept, proposal.support.as_ref(), kept_chars);
    body.kept = kept;
    body.is_cut = blocks.len() >= blocks::MOST;
    body
}

/// Blocks that the trees do not bring back where the rules leave them out: those that JSON-LD's text does not hold although it holds most of
/// what the page shows, and those of a further article.
pub fn barred(seen: &Seen) -> Vec<bool> {
    let dom = seen.dom;
    let mut barred = vec![false; seen.blocks.len()];
    let mut further = (0, 0);
    // Whose the container is, is known where the headline stands in it.
    let is_sure = seen.heading.is_some_and(|heading| dom.holds(seen.root, seen.blocks[heading].first));
    for (index, block) in seen.blocks.iter().enumerate() {
        if block.heading == 1 || block.heading == 2 {
            let article = dom.ancestors(block.node).take(6).find(|(_, n)| n.name == "article").map_or(0, |(node, _)| node);
            if article > 0 && !dom.holds(article, seen.root) && !dom.holds(seen.root, article) {
                further = (article, dom.get(article).end);
            }
        }
        let unseen = block.cut == Some(Kind::Hidden) && !block.supported && is_unseen(dom, block);
        barred[index] = unseen || (seen.ruled && !block.supported) || (is_sure && further.0 <= block.first && block.first < further.1);
    }
    for index in seen.kept {
        barred[*index] = false;
    }
    barred
}

/// Whether a reader does not see a block: not only machines that read aloud are told to pass it over.
fn is_unseen(dom: &Dom, block: &Block) -> bool {
    dom.ancestors(block.node)
        .chain(std::iter::once((block.node, dom.get(block.node))))
        .any(|(_, entry)| entry.sight.is_hidden() && entry.attr("aria-hidden").is_none())
}

/// The blocks that the trees keep.
fn judge(proposal: &Proposal, scores: &[Option<i32>]) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..scores.len())
        .filter(|index| scores[*index].is_some_and(|score| score >= KEEP) && !proposal.barred[*index] && !is_headline(proposal, &proposal.blocks[*index]))
        .collect();
    if kept.is_empty() {
        kept.clone_from(&proposal.kept);
    }
    clean::drop_repeated(&proposal.blocks, &mut kept);
    kept
}

/// The text of a gallery: its captions, where a page has no sentence else and they say more than what was kept. One caption is a picture's.
fn captions(dom: &Dom, proposal: &Proposal, kept: Vec<usize>) -> Vec<usize> {
    const LEAST: usize = 20;
    let blocks = &proposal.blocks;
    let of_picture = |block: &Block| dom.ancestors(block.node).take(4).any(|(_, entry)| entry.name == "figcaption") || dom.get(block.node).name == "figcaption";
    let is_caption = |block: &Block| {
        let is_cut = !matches!(block.cut, None | Some(Kind::Caption));
        block.kind == ParagraphKind::Caption
            && !is_cut
            && block.chars >= LEAST
            && !block.linked_over(50)
            && dom.holds(proposal.root, block.first)
            && of_picture(block)
    };
    let mut found: Vec<usize> = (0..blocks.len()).filter(|index| is_caption(&blocks[*index])).collect();
    clean::drop_repeated(blocks, &mut found);
    let chars = |of: &[usize]| of.iter().map(|index| blocks[*index].chars).sum::<usize>();
    if found.len() > 1 && chars(&found) > chars(&kept) { found } else { kept }
}

fn is_headline(proposal: &Proposal, block: &Block) -> bool {
    block.chars < 600 && !proposal.headline.is_empty() && fold::is_letters_of(&block.text, &proposal.headline)
}

/// The container of what was kept: the rules' own, unless most of the text stands outside of it.
pub fn root(dom: &Dom, root: NodeId, ranges: &[(NodeId, NodeId)]) -> NodeId {
    let inside = ranges.iter().filter(|(first, _)| dom.holds(root, *first)).count();
    let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { return root };
    if inside * 2 >= ranges.len() {
        return root;
    }
    dom.ancestors(first.0).map(|(node, _)| node).find(|node| dom.holds(*node, last.0)).unwrap_or(root)
}

/// A short paragraph that is all bold is a heading.
fn is_bold_head(block: &Block) -> bool {
    block.kind == ParagraphKind::Paragraph && block.chars < 90 && block.bold_chars * 10 >= block.chars * 9 && !ends_like_prose(&block.text)
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::parse::body::html::{Clues, propose};
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        let arena = Bump::new();
        let proposal = propose(&Dom::parse("<body><p>The council voted on Tuesday.</p></body>", &arena), &Clues::default());
        assert_eq!(proposal.names, SHIPPED.body.names);
        assert!(proposal.rows.iter().all(|row| row.len() == proposal.names.len()));
    }

    #[test]
    fn text_outside_of_the_container_moves_it() {
        let arena = Bump::new();
        let dom = Dom::parse("<body><div id=a><p>one</p></div><div id=b><div><p>two</p></div><div><p>three</p></div></div></body>", &arena);
        let node = |id: &str| dom.all().find(|(_, n)| n.attr("id") == Some(id)).unwrap().0;
        let texts: Vec<(NodeId, NodeId)> = (0..dom.len()).filter(|n| !dom.get(*n).text.is_empty()).map(|n| (n, n + 1)).collect();
        assert_eq!(root(&dom, node("a"), &texts[..1]), node("a"));
        assert_eq!(root(&dom, node("a"), &texts[1..]), node("b"));
        assert_eq!(root(&dom, node("a"), &[]), node("a"));
    }
}

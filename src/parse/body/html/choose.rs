//! The container of the text: the subtree with most running text and least of anything else.

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::cuts::GoodText;
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId, Places};
use crate::text::fold;

/// The block that shows the headline, unless most running text stands before it: then it is a teaser of the same or another article.
pub fn headline_block(blocks: &[Block], headline: Option<&str>) -> Option<usize> {
    let good = |blocks: &[Block]| blocks.iter().filter(|b| b.cut.is_none() && b.is_good()).map(|b| b.chars).sum::<usize>();
    heading_that_says(blocks, headline).filter(|at| good(&blocks[..*at]) <= good(&blocks[*at..]))
}

/// The first `h1` that says it, else the first heading that does, else the only `h1`.
fn heading_that_says(blocks: &[Block], headline: Option<&str>) -> Option<usize> {
    if let Some(headline) = headline.map(fold::letters).filter(|h| !h.is_empty()) {
        let says = |block: &Block| {
            let text = fold::letters(&block.text);
            text == headline || (text.chars().count() >= 15 && (headline.contains(&text) || text.contains(&headline)))
        };
        let found = blocks.iter().position(|b| b.heading == 1 && says(b)).or_else(|| blocks.iter().position(|b| b.heading > 0 && b.heading < 4 && says(b)));
        if found.is_some() {
            return found;
        }
    }
    let mut firsts = blocks.iter().enumerate().filter(|(_, b)| b.heading == 1 && b.chars >= 15).map(|(i, _)| i);
    match (firsts.next(), firsts.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Running text that a page of prose has at least.
const LITTLE: usize = 160;

/// The container. Running text counts for a subtree, every other character one and a half times against it. A page without running
/// text (a list of winners, a table) is measured by what is no link.
pub fn container(dom: &Dom, blocks: &[Block], heading: Option<usize>) -> NodeId {
    let after = heading.map_or(0, |index| blocks[index].first);
    let running: usize = blocks.iter().filter(|b| b.cut.is_none() && b.first >= after && (b.is_good() || b.supported)).map(|b| b.chars).sum();
    if running >= LITTLE {
        return densest(dom, blocks, heading, |b| b.is_good() || b.supported);
    }
    densest(dom, blocks, heading, |b| b.first > after && b.heading == 0 && !b.linked_over(30))
}

fn densest(dom: &Dom, blocks: &[Block], heading: Option<usize>, is_text: impl Fn(&Block) -> bool) -> NodeId {
    let kept = |block: &Block| block.cut.is_none();
    let after = heading.map_or(0, |index| blocks[index].first);
    let weight = |block: &Block| {
        if !kept(block) || !is_text(block) {
            0
        } else if block.first < after && !block.supported {
            block.chars / 3
        } else if block.kind == ParagraphKind::ListItem {
            block.chars * 3 / 4
        } else {
            block.chars
        }
    };
    let good = GoodText::new(dom, blocks, weight);
    let noise = GoodText::new(dom, blocks, |b| {
        // Rows of tables and items of lists are text as often as not: they decide nothing unless they are links.
        let neutral = b.kind != ParagraphKind::Paragraph && b.heading == 0 && !b.linked_over(50);
        if kept(b) && !is_text(b) && b.heading != 1 && !neutral { b.chars.min(200) } else { 0 }
    });
    let marked = marked_bodies(dom, &good);
    let mut best = (0, i64::MIN);
    for (node, entry) in dom.all() {
        if matches!(entry.name, "p" | "span" | "a" | "x-b" | "x-i" | "li" | "html" | "blockquote") {
            continue;
        }
        let text = good.of(dom, node);
        if text == 0 {
            continue;
        }
        let mut value = to_i64(text) * 2 - to_i64(noise.of(dom, node)) * 3;
        if marked.binary_search(&node).is_ok() {
            value += to_i64(text) / 4;
        }
        // The deepest of equals: later in document order, within the best so far.
        if value > best.1 || (value == best.1 && dom.holds(best.0, node)) {
            best = (node, value);
        }
    }
    let first = blocks.iter().position(|b| kept(b) && b.first > after && is_text(b) && dom.holds(best.0, b.first)).map(|i| blocks[i].first);
    let root = first.map_or(best.0, |first| named_part(dom, &good, &marked, best.0, first));
    first_of_several(dom, &good, root, heading.map(|i| blocks[i].first))
}

/// A part of the container that calls itself the text and holds most of it, where no other such part stands beside it: what it leaves
/// out is more likely a notice or a footer than the article.
fn named_part(dom: &Dom, good: &GoodText, marked: &[NodeId], root: NodeId, first: NodeId) -> NodeId {
    let mut best = root;
    for node in marked.iter().copied().filter(|node| *node != root && dom.holds(root, *node) && dom.holds(*node, first)) {
        let inside = good.of(dom, node);
        let outside = good.of(dom, root) - inside;
        if inside < 200 || outside * 2 >= inside * 3 {
            continue;
        }
        if !dom.steps().spend(marked.len()) {
            break;
        }
        let others: usize = marked
            .iter()
            .filter(|other| dom.holds(root, **other) && !dom.holds(node, **other) && !dom.holds(**other, node))
            .map(|other| good.of(dom, *other))
            .sum();
        if others * 10 < inside && dom.holds(best, node) {
            best = node;
        }
    }
    best
}

/// Elements that call themselves the text.
fn marked_bodies(dom: &Dom, good: &GoodText) -> Vec<NodeId> {
    let mut marked = Vec::new();
    for (node, entry) in dom.all() {
        if good.of(dom, node) == 0 {
            continue;
        }
        let property = entry.attr("itemprop").is_some_and(|p| p.split_ascii_whitespace().any(|w| matches!(w, "articleBody" | "reviewBody")));
        if property || entry.name == "article" || entry.evidence.has(Kind::Body) {
            marked.push(node);
        }
    }
    marked
}

/// Where a page goes on with further articles, the one with the headline, else the first.
fn first_of_several(dom: &Dom, good: &GoodText, root: NodeId, headline: Option<NodeId>) -> NodeId {
    let mut articles: Vec<NodeId> = Vec::new();
    let headings = Places::of(dom, |entry| matches!(entry.name, "h1" | "h2"));
    for (node, entry) in dom.elements(root) {
        if entry.name != "article" || articles.last().is_some_and(|last| dom.holds(*last, node)) || good.of(dom, node) < 400 {
            continue;
        }
        if headings.stand_in(dom, node) {
            articles.push(node);
        }
    }
    if articles.len() < 2 {
        return root;
    }
    // Parts of one article (a live blog, chapters) stand after one common headline.
    match headline {
        Some(at) => articles.iter().copied().find(|article| dom.holds(*article, at)).unwrap_or(root),
        None => root,
    }
}

fn to_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX / 8)
}

//! Where a byline's text stands: alone in its line, within running text, in a menu, in a list of names.
//!
//! Looks only at the few nodes around the text that is asked about.

use crate::parse::names;
use crate::parse::page::dom::{Dom, NodeId, is_block};

/// Nodes of a line that are looked at on either side.
const REACH: usize = 24;

/// Bytes of other text in the same line, and of one piece of it, from which on a bare name in it is a subject, not an author.
const RUNNING: usize = 120;
const SENTENCE: usize = 40;

/// Whether a text is no part of running text.
pub(in crate::parse) fn is_alone(dom: &Dom, node: NodeId) -> bool {
    let block = dom.ancestors(node).find(|(_, n)| is_block(n.name)).map_or(0, |(id, _)| id);
    let ends = |id: &NodeId| dom.get(*id).name == "br" || is_block(dom.get(*id).name);
    let before = (block + 1..node).rev().take(REACH).take_while(|id| !ends(id));
    let after = (node + 1..dom.get(block).end.max(node + 1)).take(REACH).take_while(|id| !ends(id));
    let lengths = || before.clone().chain(after.clone()).map(|id| dom.get(id).text.trim().len());
    lengths().sum::<usize>() <= RUNNING && lengths().all(|length| length < SENTENCE)
}

/// Whether a text is nearly all that its paragraph says.
pub(in crate::parse) fn is_line(dom: &Dom, node: NodeId) -> bool {
    const MORE: usize = 60;
    let block = dom.ancestors(node).find(|(_, n)| is_block(n.name)).map_or(0, |(id, _)| id);
    dom.text_up_to(block, 400).len() <= dom.get(node).text.len() + MORE
}

/// Whether a text begins its block.
pub(in crate::parse) fn begins_line(dom: &Dom, node: NodeId) -> bool {
    let block = dom.ancestors(node).find(|(_, n)| is_block(n.name)).map_or(0, |(id, _)| id);
    (block + 1..node).all(|id| dom.get(id).text.trim().is_empty() || dom.get(id).name == "br")
}

/// Whether an element is one of those within a line: the guard renames most of them.
pub(in crate::parse) fn is_inline(name: &str) -> bool {
    matches!(name.strip_prefix("x-").unwrap_or(name), "a" | "span" | "b" | "strong" | "em" | "i" | "u" | "small" | "font")
}

/// Whether microdata call an element the author's, or the name within the author's.
pub(in crate::parse) fn is_declared(dom: &Dom, node: NodeId) -> bool {
    let says = |id: NodeId| dom.get(id).attr("itemprop").is_some_and(|p| p.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case("author")));
    says(node) || dom.ancestors(node).take(3).any(|(id, _)| says(id))
}

/// Whether a text is all that a link says: the word for "By" or a desk in a menu.
pub(in crate::parse) fn is_menu_item(dom: &Dom, node: NodeId) -> bool {
    let link = dom.ancestors(node).take(3).find(|(_, n)| n.name == "a");
    link.is_some_and(|(id, _)| dom.text_up_to(id, 80).trim() == dom.get(node).text.trim())
}

/// Whether a text links to a place of its own page: an item of a table of contents.
pub(in crate::parse) fn links_within(dom: &Dom, node: NodeId) -> bool {
    dom.ancestors(node).take(3).any(|(_, n)| n.name == "a" && n.attr("href").is_some_and(|href| href.len() > 1 && href.starts_with('#')))
}

/// The short list whose first item holds a text.
pub(in crate::parse) fn list_around(dom: &Dom, node: NodeId) -> Option<NodeId> {
    const LARGEST: usize = 80;
    let (list, entry) = dom.ancestors(node).take(4).find(|(_, n)| matches!(n.name, "ul" | "ol"))?;
    (entry.end - list <= LARGEST).then_some(list)
}

/// Whether a text is all, or nearly, that a first heading says.
pub(in crate::parse) fn is_heading(dom: &Dom, node: NodeId) -> bool {
    const LONGEST: usize = 600;
    let heading = dom.ancestors(node).take(4).find(|(_, n)| n.name == "h1");
    heading.is_some_and(|(id, _)| dom.text_up_to(id, LONGEST).len() <= 2 * dom.get(node).text.len())
}

/// Whether a text stands within a link.
pub(in crate::parse) fn is_link(dom: &Dom, node: NodeId) -> bool {
    dom.ancestors(node).take(3).any(|(_, n)| n.name == "a")
}

/// Whether nothing but commas and words such as "and" stands from one node to another.
pub(in crate::parse) fn is_parted(dom: &Dom, from: NodeId, to: NodeId) -> bool {
    let parts = |text: &str| text.split_whitespace().all(|word| names::is_join(word) || !word.contains(char::is_alphanumeric));
    to.saturating_sub(from) <= REACH && (from..to).all(|id| parts(dom.get(id).text))
}

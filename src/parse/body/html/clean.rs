//! What of the container's blocks is the text: heads and tails, lines of the table, links, and what stands twice go.

use std::collections::HashSet;

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::Clues;
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::lines::Line;
use crate::parse::body::html::support::Support;
use crate::parse::page::dom::{Dom, NodeId};
use crate::text::fold;
use crate::text::quick::Quick;

/// Quotations that are looked for elsewhere in the text, and bytes of it in which they are.
const MAX_QUOTES: usize = 64;
const MAX_QUOTED: usize = 200_000;

/// Chooses the blocks of the text within the container: their indices, in order.
pub fn clean(dom: &Dom, blocks: &[Block], root: NodeId, heading: Option<usize>, clues: &Clues, support: Option<&Support>) -> Vec<usize> {
    let end = dom.get(root).end;
    let inside = |block: &Block| root <= block.first && block.first < end;
    let headline = clues.headline.map(fold::letters).unwrap_or_default();
    let start = heading.filter(|i| inside(&blocks[*i]) && is_near_top(blocks, *i, &inside)).map_or(0, |i| i + 1);
    let mut chosen: Vec<usize> = Vec::new();
    let mut skip_to = 0;
    for (index, block) in blocks.iter().enumerate() {
        let wanted = (inside(block) && index >= start) || block.supported;
        if !wanted || index < skip_to || block.cut.is_some() || fold::is_letters_of(&block.text, &headline) {
            continue;
        }
        match block.line {
            // `articleBody` holds links to other articles as well.
            _ if block.supported && !(block.linked_over(90) && block.chars < 200) => {}
            Some(Line::End) => {
                skip_to = end_of_part(dom, blocks, index);
                continue;
            }
            Some(Line::Boilerplate) => continue,
            None => {}
        }
        if is_noise(block) && (!block.supported || (block.kind == ParagraphKind::Paragraph && block.chars < 200)) {
            continue;
        }
        chosen.push(index);
    }
    let running = chosen.iter().map(|i| &blocks[*i]).filter(|b| b.is_good()).map(|b| b.chars).sum();
    if support.is_some_and(|s| s.rules(running)) {
        restrict_to_supported(blocks, &mut chosen);
    }
    // A text of lists and short lines has no running text to trim by.
    if chosen.iter().map(|i| &blocks[*i]).any(|b| b.is_good() || b.supported) {
        trim_head(blocks, &mut chosen);
        trim_tail(dom, blocks, &mut chosen);
    }
    drop_lonely_heads(blocks, &mut chosen);
    drop_repeated(blocks, &mut chosen);
    add_standfirst(blocks, heading, clues, &mut chosen);
    chosen
}

/// Whether little of the container's running text stands before a heading: else it is no headline of this text.
fn is_near_top(blocks: &[Block], heading: usize, inside: &impl Fn(&Block) -> bool) -> bool {
    let good = |blocks: &[Block]| blocks.iter().filter(|b| inside(b) && b.cut.is_none() && b.is_good()).map(|b| b.chars).sum::<usize>();
    good(&blocks[..heading]) * 3 <= good(&blocks[heading..])
}

/// Blocks that are mostly links, or nothing but marks.
fn is_noise(block: &Block) -> bool {
    if !block.text.contains(char::is_alphanumeric) {
        return true;
    }
    match block.kind {
        ParagraphKind::TableRow => block.linked_over(90),
        ParagraphKind::ListItem => block.linked_over(70),
        _ => block.linked_over(if block.chars > 200 { 80 } else { 60 }),
    }
}

/// One past the last block that the part of the page ends with in which a closing line stands.
fn end_of_part(dom: &Dom, blocks: &[Block], index: usize) -> usize {
    let block = &blocks[index];
    // The part: the nearest ancestor with more text than the line itself.
    let mut node = block.node;
    while node != 0 {
        let parent = dom.get(node).parent;
        let beside = |at: Option<&Block>| at.is_some_and(|b| dom.holds(parent, b.first));
        if beside(blocks.get(index + 1)) || beside(blocks[..index].last()) {
            node = parent;
            break;
        }
        node = parent;
    }
    let level = if block.heading > 0 { block.heading } else { 7 };
    let mut at = index + 1;
    let mut running = 0;
    while at < blocks.len() && dom.holds(node, blocks[at].first) {
        let next = &blocks[at];
        if next.heading > 0 && next.heading <= level && next.line.is_none() && !next.linked_over(50) {
            break;
        }
        // Two good paragraphs in a row: the article goes on after a box.
        running = if next.is_good() && next.chars > 120 && !next.linked_over(20) { running + 1 } else { 0 };
        if running == 2 {
            return at - 1;
        }
        at += 1;
    }
    at
}

/// Where JSON-LD holds the text that the page shows, blocks before its first, after its last, and long ones between that it does not hold go.
fn restrict_to_supported(blocks: &[Block], chosen: &mut Vec<usize>) {
    let Some(first) = chosen.iter().position(|i| blocks[*i].supported) else { return };
    let last = chosen.iter().rposition(|i| blocks[*i].supported).unwrap_or(first);
    let mut at = 0;
    chosen.retain(|index| {
        let position = at;
        at += 1;
        let block = &blocks[*index];
        block.supported
            || (position > first && position < last && (block.chars < 60 || block.heading > 0 || block.kind != ParagraphKind::Paragraph || block.is_good()))
    });
}

/// Before the first running text: short lines such as byline, date, section.
fn trim_head(blocks: &[Block], chosen: &mut Vec<usize>) {
    let Some(first) = chosen.iter().position(|i| blocks[*i].is_good() || blocks[*i].supported) else { return };
    let mut from = first;
    // A heading right before it belongs to it.
    while from > 0 && blocks[chosen[from - 1]].heading >= 2 && first - from < 1 {
        from -= 1;
    }
    chosen.drain(..from);
}

/// After the last running text: headings, links, short lines that are no siblings of it.
fn trim_tail(dom: &Dom, blocks: &[Block], chosen: &mut Vec<usize>) {
    let Some(last) = chosen.iter().rposition(|i| blocks[*i].is_good() || blocks[*i].supported) else { return };
    let parent = dom.get(blocks[chosen[last]].node).parent;
    let mut to = last + 1;
    while to < chosen.len() {
        let block = &blocks[chosen[to]];
        let sibling = dom.get(block.node).parent == parent && block.heading == 0 && !block.linked_over(20);
        if !sibling || to - last > 6 {
            break;
        }
        to += 1;
    }
    chosen.truncate(to);
}

/// Headings that no text follows, and runs of them.
pub fn drop_lonely_heads(blocks: &[Block], chosen: &mut Vec<usize>) {
    let all = std::mem::take(chosen);
    for (at, index) in all.iter().enumerate() {
        let block = &blocks[*index];
        if block.heading > 0 && !block.supported {
            let next = all.get(at + 1).map(|i| &blocks[*i]);
            if next.is_none_or(|n| n.heading > 0 && n.heading <= block.heading) {
                continue;
            }
        }
        chosen.push(*index);
    }
}

/// A text that stands twice is kept once; a pull quote that the text holds goes.
pub fn drop_repeated(blocks: &[Block], chosen: &mut Vec<usize>) {
    let mut seen: HashSet<String, Quick> = HashSet::default();
    chosen.retain(|index| {
        let text = fold::letters(&blocks[*index].text);
        // Twenty-five characters have at least as many bytes.
        text.len() < 25 || text.chars().count() < 25 || seen.insert(text)
    });
    let quotes: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|i| blocks[*i].kind == ParagraphKind::Quote || blocks[*i].heading > 0)
        .filter(|i| blocks[*i].chars >= 40)
        .take(MAX_QUOTES)
        .collect();
    if quotes.is_empty() {
        return;
    }
    let mut text = String::new();
    for index in chosen.iter().filter(|i| !quotes.contains(i)) {
        if text.len() < MAX_QUOTED {
            text.push_str(&fold::letters(&blocks[*index].text));
            text.push('\n');
        }
    }
    let repeated: HashSet<usize> = quotes.into_iter().filter(|i| text.contains(&fold::letters(&blocks[*i].text))).collect();
    chosen.retain(|i| !repeated.contains(i));
}

/// A standfirst between the headline and the text that the container does not hold: known by the page's description.
fn add_standfirst(blocks: &[Block], heading: Option<usize>, clues: &Clues, chosen: &mut Vec<usize>) {
    let (Some(heading), Some(first)) = (heading, chosen.first().copied()) else { return };
    let Some(description) = clues.description.map(fold::letters).filter(|d| d.chars().count() >= 40) else { return };
    if heading >= first || first - heading > 40 {
        return;
    }
    let start: String = description.chars().take(60).collect();
    let found = (heading + 1..first).find(|i| {
        let text = fold::letters(&blocks[*i].text);
        text.chars().count() >= 40 && (text.starts_with(&start) || description.starts_with(&text)) && !blocks[*i].linked_over(50)
    });
    let body: String = chosen.iter().take(4).map(|i| fold::letters(&blocks[*i].text)).collect();
    if let Some(index) = found.filter(|i| !body.contains(&fold::letters(&blocks[*i].text))) {
        chosen.insert(0, index);
    }
}

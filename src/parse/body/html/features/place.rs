//! Where a block stands: by the headline, by what the rules keep, by the heading above it, and what its neighbours are.

use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::features::Seen;
use crate::parse::body::html::features::shape::{Shape, kind_number};
use crate::parse::trees::{Row, share};

/// Sums before each block, and what the whole page has.
pub(in crate::parse) struct Place {
    chars: Vec<usize>,
    good: Vec<usize>,
    links: Vec<usize>,
    kept_chars: Vec<usize>,
    kept: Vec<bool>,
    first: usize,
    last: usize,
    /// The nearest heading above each block, if there is one.
    heading: Vec<Option<usize>>,
    /// One past the last block under the heading of each block.
    section_end: Vec<usize>,
    /// Blocks since the last closing line.
    since_end: Vec<usize>,
}

fn sums(blocks: &[Block], value: impl Fn(usize, &Block) -> usize) -> Vec<usize> {
    let mut out = Vec::with_capacity(blocks.len() + 1);
    let mut sum = 0;
    out.push(0);
    for (index, block) in blocks.iter().enumerate() {
        sum += value(index, block);
        out.push(sum);
    }
    out
}

impl Place {
    pub(in crate::parse) fn new(seen: &Seen, shapes: &[Shape]) -> Place {
        let blocks = seen.blocks;
        let mut kept = vec![false; blocks.len()];
        for index in seen.kept {
            kept[*index] = true;
        }
        let (mut heading, mut since_end) = (Vec::with_capacity(blocks.len()), Vec::with_capacity(blocks.len()));
        let (mut above, mut end) = (None, 99);
        for (index, block) in blocks.iter().enumerate() {
            heading.push(above);
            since_end.push(end);
            if block.heading > 0 {
                above = Some(index);
            }
            end = if shapes[index].line == 2 { 0 } else { (end + 1).min(99) };
        }
        let mut section_end = vec![blocks.len(); blocks.len()];
        let mut next = blocks.len();
        for index in (0..blocks.len()).rev() {
            section_end[index] = next;
            if blocks[index].heading > 0 {
                next = index;
            }
        }
        Place {
            chars: sums(blocks, |_, b| b.chars),
            good: sums(blocks, |i, b| if shapes[i].good { b.chars } else { 0 }),
            links: sums(blocks, |_, b| b.link_chars),
            kept_chars: sums(blocks, |i, b| if kept[i] { b.chars } else { 0 }),
            first: seen.kept.iter().copied().min().unwrap_or(0),
            last: seen.kept.iter().copied().max().unwrap_or(0),
            kept,
            heading,
            section_end,
            since_end,
        }
    }

    pub(in crate::parse) fn add_to(&self, row: &mut Row, seen: &Seen, index: usize, shapes: &[Shape]) {
        let all = seen.blocks.len();
        row.flag("kept", self.kept[index]);
        row.add("from_first", steps(index, self.first));
        row.add("from_last", steps(index, self.last));
        row.add("from_headline", seen.heading.map_or(-99, |heading| steps(index, heading)));
        row.add("page_place", share(self.chars[index], self.chars[all]));
        row.add("text_place", share(self.kept_chars[index], self.kept_chars[all]));
        row.add("good_before", (self.good[index]).min(5000));
        row.add("good_after", (self.good[all] - self.good[index + 1]).min(5000));
        row.add("kept_after", (self.kept_chars[all] - self.kept_chars[index + 1]).min(5000));
        self.section(row, seen, index, shapes);
        self.window(row, seen, index, shapes);
        row.add("page_blocks", all.min(3000));
        row.add("page_good", self.good[all].min(50_000));
        row.add("page_kept", self.kept_chars[all].min(50_000));
        row.add("page_links", share(self.links[all], self.chars[all]));
        row.add("page_kept_share", share(self.kept_chars[all], self.chars[all]));
        row.add("page_kept_blocks", seen.kept.len().min(1000));
        row.add("has_body", i32::from(seen.clues.article_body.is_some()) + i32::from(seen.ruled));
    }

    /// The heading above and what stands under it.
    fn section(&self, row: &mut Row, seen: &Seen, index: usize, shapes: &[Shape]) {
        let heading = self.heading[index];
        let from = heading.map_or(0, |h| h + 1);
        let to = self.section_end[index];
        let chars = self.chars[to] - self.chars[from];
        row.add("head_level", heading.map_or(0, |h| seen.blocks[h].heading));
        row.add("head_line", heading.map_or(0, |h| shapes[h].line));
        row.add("head_links", heading.map_or(0, |h| share(seen.blocks[h].link_chars, seen.blocks[h].chars)));
        row.add("head_chars", heading.map_or(0, |h| seen.blocks[h].chars.min(300)));
        row.add("head_kept", heading.map_or(2, |h| i32::from(self.kept[h])));
        row.add("head_steps", heading.map_or(99, |h| (index - h).min(99)));
        row.add("section_good", share(self.good[to] - self.good[from], chars));
        row.add("section_links", share(self.links[to] - self.links[from], chars));
        row.add("section_kept", share(self.kept_chars[to] - self.kept_chars[from], chars));
        row.add("section_chars", chars.min(5000));
        row.add("since_end", self.since_end[index]);
    }

    /// The neighbours, one by one and as a sum.
    fn window(&self, row: &mut Row, seen: &Seen, index: usize, shapes: &[Shape]) {
        for (name, step) in [("b3", -3), ("b2", -2), ("b1", -1), ("a1", 1), ("a2", 2), ("a3", 3)] {
            let at = index.checked_add_signed(step).filter(|at| *at < seen.blocks.len());
            let block = at.map(|at| &seen.blocks[at]);
            row.add_of(name, "chars", block.map_or(-1, |b| i32::try_from(b.chars.min(2000)).unwrap_or(2000)));
            row.add_of(name, "links", block.map_or(0, |b| share(b.link_chars, b.chars)));
            row.add_of(name, "kept", at.map_or(-1, |at| i32::from(self.kept[at])));
            if step.abs() < 3 {
                row.add_of(name, "kind", block.map_or(-1, |b| kind_number(b.kind)));
                row.add_of(name, "line", at.map_or(0, |at| shapes[at].line));
                row.add_of(name, "ends", i32::from(at.is_some_and(|at| shapes[at].ends_sentence)));
                row.add_of(name, "alike", i32::from(block.is_some_and(|b| same_place(seen, b, &seen.blocks[index]))));
            }
        }
        for (name, width) in [("near", 4), ("wide", 12)] {
            let from = index.saturating_sub(width);
            let to = (index + width + 1).min(seen.blocks.len());
            let chars = self.chars[to] - self.chars[from];
            row.add_of(name, "good", share(self.good[to] - self.good[from], chars));
            row.add_of(name, "links", share(self.links[to] - self.links[from], chars));
            row.add_of(name, "kept", share(self.kept_chars[to] - self.kept_chars[from], chars));
        }
    }
}

/// Both stand in the same element.
fn same_place(seen: &Seen, one: &Block, other: &Block) -> bool {
    seen.dom.get(one.node).parent == seen.dom.get(other.node).parent
}

fn steps(index: usize, from: usize) -> i32 {
    let at = |n: usize| i32::try_from(n.min(100_000)).unwrap_or(100_000);
    (at(index) - at(from)).clamp(-60, 60)
}

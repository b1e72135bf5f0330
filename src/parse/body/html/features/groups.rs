//! Blocks of the same making: same element and class within the same kind of parent. A site prints all its paragraphs alike, and all
//! its teasers. Texts that stand twice are counted here too.

use std::collections::HashMap;

use crate::parse::body::html::features::Seen;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::trees::{Row, share};
use crate::text::quick::Quick;

#[derive(Clone, Default)]
struct Group {
    blocks: usize,
    chars: usize,
    good: usize,
    links: usize,
    kept: usize,
}

/// The groups of a page. Their tables are only looked up: the order of a hash map never matters.
pub(in crate::parse) struct Groups {
    near: Grouping,
    own: Grouping,
    twins: Vec<usize>,
}

struct Grouping {
    of_block: Vec<usize>,
    groups: Vec<Group>,
}

type Signature<'a> = (&'a str, &'a str, &'a str, &'a str);

fn first_class<'d>(dom: &Dom<'d>, node: NodeId) -> &'d str {
    dom.get(node).attr("class").unwrap_or_default().split_ascii_whitespace().next().unwrap_or_default()
}

impl Groups {
    pub(in crate::parse) fn new(seen: &Seen) -> Groups {
        let dom = seen.dom;
        let near = |node: NodeId| {
            let parent = dom.get(node).parent;
            (dom.get(node).name, first_class(dom, node), dom.get(parent).name, first_class(dom, parent))
        };
        let own = |node: NodeId| (dom.get(node).name, dom.get(node).attr("class").unwrap_or_default(), "", "");
        let mut count: HashMap<&str, usize, Quick> = HashMap::default();
        for block in seen.blocks {
            *count.entry(block.text.as_str()).or_default() += 1;
        }
        Groups {
            near: Grouping::new(seen, near, seen.kept),
            own: Grouping::new(seen, own, seen.kept),
            twins: seen.blocks.iter().map(|b| count.get(b.text.as_str()).copied().unwrap_or(1)).collect(),
        }
    }

    pub(in crate::parse) fn add_to(&self, row: &mut Row, index: usize) {
        let group = self.near.of(index);
        row.add("group_blocks", group.blocks.min(300));
        row.add("group_length", (group.chars).checked_div(group.blocks).unwrap_or(0).min(2000));
        row.add("group_links", share(group.links, group.chars));
        row.add("group_good", share(group.good, group.chars));
        row.add("group_kept", share(group.kept, group.chars));
        let group = self.own.of(index);
        row.add("class_blocks", group.blocks.min(300));
        row.add("class_length", (group.chars).checked_div(group.blocks).unwrap_or(0).min(2000));
        row.add("class_links", share(group.links, group.chars));
        row.add("class_good", share(group.good, group.chars));
        row.add("class_kept", share(group.kept, group.chars));
        row.add("twins", self.twins[index]);
    }
}

impl Grouping {
    fn new<'a>(seen: &Seen<'a, '_>, signature: impl Fn(NodeId) -> Signature<'a>, kept: &[usize]) -> Grouping {
        let mut by_signature: HashMap<Signature, usize, Quick> = HashMap::default();
        let mut grouping = Grouping { of_block: Vec::with_capacity(seen.blocks.len()), groups: Vec::new() };
        for block in seen.blocks {
            let next = grouping.groups.len();
            let at = *by_signature.entry(signature(block.node)).or_insert(next);
            if at == next {
                grouping.groups.push(Group::default());
            }
            grouping.of_block.push(at);
            let group = &mut grouping.groups[at];
            group.blocks += 1;
            group.chars += block.chars;
            group.good += if block.is_good() { block.chars } else { 0 };
            group.links += block.link_chars;
        }
        for index in kept {
            grouping.groups[grouping.of_block[*index]].kept += seen.blocks[*index].chars;
        }
        grouping
    }

    fn of(&self, index: usize) -> &Group {
        &self.groups[self.of_block[index]]
    }
}

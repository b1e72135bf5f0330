//! What the elements around a block say: their names, classes and roles, and how much of the page stands in them.

use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::cuts::Sums;
use crate::parse::body::html::features::Seen;
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::trees::{Row, share};

/// Ancestors that are looked at.
pub(in crate::parse) const LEVELS: usize = 24;

const KINDS: [(Kind, &str); 19] = [
    (Kind::Comments, "comments"),
    (Kind::Related, "related"),
    (Kind::Share, "share"),
    (Kind::Newsletter, "newsletter"),
    (Kind::Advert, "advert"),
    (Kind::Navigation, "navigation"),
    (Kind::Footer, "footer"),
    (Kind::Sidebar, "sidebar"),
    (Kind::Author, "author"),
    (Kind::Tags, "tags"),
    (Kind::Cookie, "cookie"),
    (Kind::Paywall, "paywall"),
    (Kind::Credit, "credit"),
    (Kind::Caption, "caption"),
    (Kind::Meta, "meta"),
    (Kind::Media, "media"),
    (Kind::Hidden, "hidden"),
    (Kind::Quote, "quote"),
    (Kind::Body, "body"),
];

const NAMES: [&str; 15] =
    ["p", "article", "main", "section", "aside", "footer", "header", "nav", "figure", "figcaption", "x-form", "blockquote", "td", "li", "x-b"];

/// Sums over subtrees, and the way up from the block before.
pub(in crate::parse) struct Around {
    sums: Sums<5>,
    /// The element that directly holds most of what the rules keep.
    main: NodeId,
    /// The way up from the parent of the last block: siblings share it.
    above: Option<(NodeId, Path)>,
}

/// The nearest levels above a block at which something stands, 0 where it does not.
#[derive(Clone, Default)]
struct Path {
    kinds: [u8; KINDS.len()],
    names: [u8; NAMES.len()],
    hidden: u8,
    property: u8,
    to_main: u8,
    bad: u8,
    bad_share: Option<usize>,
}

impl Around {
    pub(in crate::parse) fn new(seen: &Seen) -> Around {
        let dom = seen.dom;
        let mut kept = vec![0; seen.blocks.len()];
        let mut held: Vec<u32> = vec![0; dom.len()];
        let mut main = seen.root;
        for index in seen.kept {
            let block = &seen.blocks[*index];
            kept[*index] = block.chars;
            let parent = dom.get(block.node).parent;
            held[parent] = held[parent].saturating_add(u32::try_from(block.chars).unwrap_or(u32::MAX));
            if held[parent] > held[main] {
                main = parent;
            }
        }
        let of = |index: usize, b: &Block| [b.chars, if b.is_good() { b.chars } else { 0 }, kept[index], b.link_chars, 1];
        Around { sums: Sums::new(dom, seen.blocks, of), main, above: None }
    }

    pub(in crate::parse) fn add_to(&mut self, row: &mut Row, seen: &Seen, index: usize) {
        let path = self.path(seen, seen.blocks[index].node);
        for (_, name) in KINDS {
            row.add(name, 0);
        }
        let first = row.values.len() - KINDS.len();
        for (value, (kind, _)) in row.values[first..].iter_mut().zip(KINDS) {
            *value = i32::from(path.kinds[kind as usize]);
        }
        for (value, name) in path.names.iter().zip(NAMES) {
            row.add(name, *value);
        }
        row.add("out_of_sight", path.hidden);
        row.add("article_body", path.property);
        row.add("to_main", path.to_main);
        row.add("bad", path.bad);
        row.add("bad_share", path.bad_share.unwrap_or(1001));
        self.parents(row, seen, index);
    }

    /// The way up from an element.
    fn path(&mut self, seen: &Seen, node: NodeId) -> Path {
        let dom = seen.dom;
        if ends_path(dom, node) {
            return Path::default();
        }
        let parent = dom.get(node).parent;
        let mut path = match &self.above {
            Some((at, path)) if *at == parent => path.clone(),
            _ => {
                let mut path = Path::default();
                let mut at = parent;
                // From the outermost inwards: the nearest has the last word.
                let mut way = [0; LEVELS];
                let mut steps = 0;
                while steps < LEVELS - 1 && !ends_path(dom, at) {
                    way[steps] = at;
                    steps += 1;
                    at = dom.get(at).parent;
                }
                for (step, at) in way[..steps].iter().enumerate().rev() {
                    path.note(self, seen, *at, u8::try_from(step + 2).unwrap_or(u8::MAX));
                }
                self.above = Some((parent, path.clone()));
                path
            }
        };
        path.note(self, seen, node, 1);
        path
    }

    /// The element of the block, its parent and the one above.
    fn parents(&self, row: &mut Row, seen: &Seen, index: usize) {
        let dom = seen.dom;
        let mut at = seen.blocks[index].node;
        row.flag("in_main", dom.holds(self.main, at));
        row.flag("in_root", dom.holds(seen.root, seen.blocks[index].first));
        for name in [
            ["own_blocks", "own_good", "own_links", "own_kept"],
            ["up_blocks", "up_good", "up_links", "up_kept"],
            ["top_blocks", "top_good", "top_links", "top_kept"],
        ] {
            let [chars, good, kept, links, blocks] = self.sums.of(dom, at);
            row.add(name[0], blocks.min(500));
            row.add(name[1], share(good, chars));
            row.add(name[2], share(links, chars));
            row.add(name[3], share(kept, chars));
            at = dom.get(at).parent;
        }
    }
}

fn ends_path(dom: &Dom, node: NodeId) -> bool {
    node == 0 || dom.get(node).name == "body"
}

impl Path {
    /// Adds an element that is nearer than all before.
    fn note(&mut self, around: &Around, seen: &Seen, at: NodeId, level: u8) {
        let entry = seen.dom.get(at);
        let mut bits = entry.evidence.bits();
        while bits != 0 {
            self.kinds[bits.trailing_zeros() as usize] = level;
            bits &= bits - 1;
        }
        if let Some(slot) = NAMES.iter().position(|name| *name == entry.name) {
            self.names[slot] = level;
        }
        if entry.sight.is_hidden() {
            self.hidden = level;
        }
        if entry.sight.is_marked() {
            self.property = level;
        }
        if seen.dom.holds(at, around.main) {
            self.to_main = level;
        }
        if seen.cuts[at].is_some() {
            self.bad = level;
            self.bad_share = Some(share(around.sums.of(seen.dom, at)[1], around.sums.all()[1]));
        }
    }
}

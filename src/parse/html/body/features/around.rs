//! What the elements around a block say: their names, classes and roles, and how much of the page stands in them.

use super::Seen;
use crate::parse::html::body::cuts::{self, GoodText};
use crate::parse::html::classes::Kind;
use crate::parse::html::dom::NodeId;
use crate::parse::trees::{Row, share};

/// Ancestors that are looked at.
pub(super) const LEVELS: usize = 24;

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

/// Sums over subtrees.
pub(super) struct Around {
    chars: GoodText,
    good: GoodText,
    kept: GoodText,
    links: GoodText,
    blocks: GoodText,
    /// The element that directly holds most of what the rules keep.
    main: NodeId,
}

impl Around {
    pub(super) fn new(seen: &Seen) -> Around {
        let dom = seen.dom;
        let mut kept = vec![0; seen.blocks.len()];
        let mut held: Vec<usize> = vec![0; dom.len()];
        let mut main = seen.root;
        for index in seen.kept {
            let block = &seen.blocks[*index];
            kept[*index] = block.chars;
            let parent = dom.get(block.node).parent;
            held[parent] += block.chars;
            if held[parent] > held[main] {
                main = parent;
            }
        }
        let mut at = 0;
        let kept = GoodText::new(dom, seen.blocks, |_| {
            at += 1;
            kept[at - 1]
        });
        Around {
            chars: GoodText::new(dom, seen.blocks, |b| b.chars),
            good: GoodText::new(dom, seen.blocks, |b| if b.is_good() { b.chars } else { 0 }),
            kept,
            links: GoodText::new(dom, seen.blocks, |b| b.link_chars),
            blocks: GoodText::new(dom, seen.blocks, |_| 1),
            main,
        }
    }

    pub(super) fn add_to(&self, row: &mut Row, seen: &Seen, index: usize) {
        let dom = seen.dom;
        let block = &seen.blocks[index];
        let mut kinds = [0_usize; KINDS.len()];
        let mut names = [0_usize; NAMES.len()];
        let (mut hidden, mut property, mut to_main, mut bad, mut bad_share) = (0, 0, 0, 0, 1001);
        let mut at = block.node;
        for level in 1..=LEVELS {
            let entry = dom.get(at);
            if at == 0 || entry.name == "body" {
                break;
            }
            let note = |slot: &mut usize| *slot = if *slot == 0 { level } else { *slot };
            if !entry.evidence.is_empty() {
                for (slot, (kind, _)) in kinds.iter_mut().zip(KINDS) {
                    if entry.evidence.has(kind) {
                        note(slot);
                    }
                }
            }
            if let Some(slot) = NAMES.iter().position(|name| *name == entry.name) {
                note(&mut names[slot]);
            }
            if cuts::is_hidden(entry) {
                note(&mut hidden);
            }
            if cuts::is_marked(entry) {
                note(&mut property);
            }
            if to_main == 0 && dom.holds(at, self.main) {
                to_main = level;
            }
            if bad == 0 && cuts::kind_to_cut(dom, at).is_some() {
                bad = level;
                bad_share = share(self.good.of(dom, at), self.good.all());
            }
            at = entry.parent;
        }
        for (value, (_, name)) in kinds.iter().zip(KINDS) {
            row.add(name, *value);
        }
        for (value, name) in names.iter().zip(NAMES) {
            row.add(name, *value);
        }
        row.add("out_of_sight", hidden);
        row.add("article_body", property);
        row.add("to_main", to_main);
        row.add("bad", bad);
        row.add("bad_share", bad_share);
        self.parents(row, seen, index);
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
            let chars = self.chars.of(dom, at);
            row.add(name[0], self.blocks.of(dom, at).min(500));
            row.add(name[1], share(self.good.of(dom, at), chars));
            row.add(name[2], share(self.links.of(dom, at), chars));
            row.add(name[3], share(self.kept.of(dom, at), chars));
            at = dom.get(at).parent;
        }
    }
}

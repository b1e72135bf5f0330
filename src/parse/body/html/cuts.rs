//! What is left out, by element: names, roles and structure that speak against it, unless the article would go with it.

use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::support::Support;
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId, Places};

/// Sums over subtrees, several at once: what stands before each node, so that a subtree's part is a difference of two.
pub struct Sums<const N: usize>(Vec<[u32; N]>);

impl<const N: usize> Sums<N> {
    /// Counts what `of` says of each block.
    pub fn new(dom: &Dom, blocks: &[Block], mut of: impl FnMut(usize, &Block) -> [usize; N]) -> Sums<N> {
        let mut sums = vec![[0; N]; dom.len() + 1];
        for (index, block) in blocks.iter().enumerate() {
            for (sum, value) in sums[block.first + 1].iter_mut().zip(of(index, block)) {
                *sum += u32::try_from(value).unwrap_or(u32::MAX);
            }
        }
        let mut before = [0_u32; N];
        for sum in &mut sums {
            for (sum, before) in sum.iter_mut().zip(&mut before) {
                *before = before.saturating_add(*sum);
                *sum = *before;
            }
        }
        Sums(sums)
    }

    /// Of a subtree.
    pub fn of(&self, dom: &Dom, node: NodeId) -> [usize; N] {
        let (from, to) = (&self.0[node], &self.0[dom.get(node).end]);
        std::array::from_fn(|at| (to[at] - from[at]) as usize)
    }

    /// Of the page.
    pub fn all(&self) -> [usize; N] {
        self.0.last().map_or([0; N], |last| last.map(|sum| sum as usize))
    }
}

/// Good characters of subtrees.
pub struct GoodText(Sums<1>);

impl GoodText {
    /// Counts blocks that `wanted` holds.
    pub fn new(dom: &Dom, blocks: &[Block], mut wanted: impl FnMut(&Block) -> usize) -> GoodText {
        GoodText(Sums::new(dom, blocks, |_, block| [wanted(block)]))
    }

    /// Of a subtree.
    pub fn of(&self, dom: &Dom, node: NodeId) -> usize {
        self.0.of(dom, node)[0]
    }

    /// Of the page.
    pub fn all(&self) -> usize {
        self.0.all()[0]
    }
}

/// Marks blocks that stand in an element to leave out: first what is certain by its element or name, then, measured against
/// the running text that is left, the rest. Returns the kind of each node that speaks against it.
pub fn mark(dom: &Dom, blocks: &mut [Block], support: Option<&Support>) -> Vec<Option<Kind>> {
    if let Some(support) = support {
        for (index, block) in blocks.iter_mut().enumerate() {
            block.supported = support.holds(index);
        }
    }
    let texts = Places::of(dom, |entry| matches!(entry.name, "table" | "blockquote" | "pre"));
    let kinds: Vec<Option<Kind>> = (0..dom.len()).map(|node| if dom.get(node).is_element() { kind_to_cut(dom, node, &texts) } else { None }).collect();
    let certain = |node: NodeId, kind: Kind| matches!(kind, Kind::Cookie | Kind::Comments) || matches!(dom.get(node).name, "nav" | "footer" | "dialog");
    mark_pass(dom, blocks, |node| kinds[node].filter(|kind| certain(node, *kind)));
    let before: Vec<Option<Kind>> = blocks.iter().map(|b| b.cut).collect();
    mark_pass(dom, blocks, |node| kinds[node]);
    restore_overdone(blocks, &before);
    mark_teasers(dom, blocks);
    kinds
}

/// A kind that takes most of the running text in many small cuts (page builders call every paragraph a widget) says nothing on this page.
fn restore_overdone(blocks: &mut [Block], before: &[Option<Kind>]) {
    let good = |block: &Block| if block.is_good() { block.chars } else { 0 };
    let left: usize = blocks.iter().zip(before).filter(|(_, cut)| cut.is_none()).map(|(b, _)| good(b)).sum();
    let mut taken: std::collections::BTreeMap<Kind, usize> = std::collections::BTreeMap::new();
    for (block, _) in blocks.iter().zip(before).filter(|(_, cut)| cut.is_none()) {
        if let Some(kind) = block.cut {
            *taken.entry(kind).or_default() += good(block);
        }
    }
    for (kind, chars) in taken {
        if chars * 2 > left && !matches!(kind, Kind::Comments | Kind::Related) {
            for (block, _) in blocks.iter_mut().zip(before).filter(|(b, cut)| cut.is_none() && b.cut == Some(kind)) {
                block.cut = None;
            }
        }
    }
}

fn mark_pass(dom: &Dom, blocks: &mut [Block], kind_of: impl Fn(NodeId) -> Option<Kind>) {
    let sums = Losses::new(dom, blocks);
    let mut block = 0;
    let mut node = 1;
    while node < dom.len() {
        let Some(kind) = kind_of(node).filter(|kind| !sums.too_much(dom, node, *kind)) else {
            node += 1;
            continue;
        };
        while block < blocks.len() && blocks[block].first < node {
            block += 1;
        }
        let end = dom.get(node).end;
        while block < blocks.len() && blocks[block].first < end {
            if !blocks[block].supported && blocks[block].heading != 1 {
                blocks[block].cut.get_or_insert(kind);
            }
            block += 1;
        }
        node = end;
    }
}

/// What a subtree may lose.
struct Losses {
    good: GoodText,
    supported: GoodText,
    headings: GoodText,
    /// Text that is no link.
    plain: GoodText,
    /// Long running paragraphs.
    paragraphs: GoodText,
    /// Running text within elements that call themselves the text.
    marked: GoodText,
}

impl Losses {
    fn new(dom: &Dom, blocks: &[Block]) -> Losses {
        let left = |b: &Block| b.cut.is_none();
        let mut marked = vec![false; dom.len()];
        let mut node = 1;
        while node < dom.len() {
            let entry = dom.get(node);
            if entry.is_element() && entry.name != "body" && (entry.sight.is_marked() || entry.evidence.has(Kind::Body)) {
                marked[node..entry.end].fill(true);
                node = entry.end;
            } else {
                node += 1;
            }
        }
        Losses {
            good: GoodText::new(dom, blocks, |b| if left(b) && b.is_good() { b.chars } else { 0 }),
            supported: GoodText::new(dom, blocks, |b| if b.supported { b.chars } else { 0 }),
            headings: GoodText::new(dom, blocks, |b| usize::from(b.heading == 1)),
            plain: GoodText::new(dom, blocks, |b| if left(b) { b.chars - b.link_chars.min(b.chars) } else { 0 }),
            paragraphs: GoodText::new(dom, blocks, |b| usize::from(left(b) && b.is_good() && b.chars >= 100 && !b.linked_over(25))),
            marked: GoodText::new(dom, blocks, |b| if left(b) && b.is_good() && marked[b.first] { b.chars } else { 0 }),
        }
    }

    /// Whether the article might go with an element: more than a share of the page's running text is not cut on the word of a name.
    fn too_much(&self, dom: &Dom, node: NodeId, kind: Kind) -> bool {
        let name = dom.get(node).name;
        let heading = self.headings.of(dom, node) > 0;
        // In a thousandth.
        let limit = match kind {
            Kind::Cookie if !heading => 980,
            Kind::Comments if !heading => 900,
            _ if matches!(name, "nav" | "footer") && !heading => 800,
            Kind::Related if !heading => 450,
            Kind::Caption | Kind::Credit | Kind::Meta => 150,
            _ => 300,
        };
        let good = self.good.of(dom, node);
        // Comments and notices may be all the running text that a page of lists has.
        let share =
            if matches!(kind, Kind::Comments | Kind::Cookie) && !heading { (self.plain.of(dom, node), self.plain.all()) } else { (good, self.good.all()) };
        if share.0 * 1000 > share.1 * limit || (self.supported.of(dom, node) * 10 > self.supported.all() && kind != Kind::Quote) {
            return true;
        }
        if matches!(kind, Kind::Comments | Kind::Cookie | Kind::Related | Kind::Footer | Kind::Navigation) {
            return false;
        }
        // The text itself stands within, under its own name; or more running text than such a box holds.
        let own_name = dom.get(node).evidence.has(Kind::Body);
        let marked = self.marked.of(dom, node);
        let box_like = matches!(kind, Kind::Sidebar | Kind::Author | Kind::Quote | Kind::Caption);
        (marked >= 300 && marked * 2 > good && marked * 3 > self.marked.all() && !own_name) || (!box_like && self.paragraphs.of(dom, node) >= 4)
    }
}

/// What an element is that is left out; `None` for one that stays. A figure stays that holds one of `texts`.
fn kind_to_cut(dom: &Dom, node: NodeId, texts: &Places) -> Option<Kind> {
    let entry = dom.get(node);
    let by_name = match entry.name {
        "nav" => Some(Kind::Navigation),
        "aside" => Some(Kind::Sidebar),
        "footer" => Some(Kind::Footer),
        "dialog" => Some(Kind::Hidden),
        "x-form" => Some(Kind::Newsletter),
        "figcaption" | "caption" => Some(Kind::Caption),
        "figure" if !texts.stand_in(dom, node) => Some(Kind::Caption),
        "body" | "html" | "head" => return None,
        _ => None,
    };
    if by_name.is_some() {
        return by_name;
    }
    if entry.sight.is_hidden() {
        return Some(Kind::Hidden);
    }
    let found = entry.evidence;
    if found.is_empty() || found.is_only(Kind::Body) || matches!(entry.name, "h1" | "a" | "x-b" | "x-i") {
        return None;
    }
    // The order is that of certainty.
    let order = [
        Kind::Comments,
        Kind::Advert,
        Kind::Related,
        Kind::Share,
        Kind::Newsletter,
        Kind::Cookie,
        Kind::Navigation,
        Kind::Footer,
        Kind::Sidebar,
        Kind::Author,
        Kind::Tags,
        Kind::Paywall,
        Kind::Hidden,
        Kind::Media,
        Kind::Caption,
        Kind::Credit,
        Kind::Quote,
        Kind::Meta,
    ];
    order.into_iter().find(|kind| found.has(*kind))
}

/// Teasers: three or more siblings of the same making, each with a linked heading and little text.
fn mark_teasers(dom: &Dom, blocks: &mut [Block]) {
    let good = GoodText::new(dom, blocks, |b| if b.cut.is_none() && b.is_good() { b.chars } else { 0 });
    let links = GoodText::new(dom, blocks, |b| if b.chars >= 15 && b.linked_over(80) { 1 } else { 0 });
    let chars = GoodText::new(dom, blocks, |b| b.chars);
    let mut cut: Vec<(NodeId, NodeId)> = Vec::new();
    for parent in 0..dom.len() {
        let entry = dom.get(parent);
        if entry.end - parent < 9 || cut.last().is_some_and(|(_, end)| parent < *end) || links.of(dom, parent) < 3 {
            continue;
        }
        let mut run: Vec<NodeId> = Vec::new();
        let mut name = ("", "");
        for (child, node) in dom.children(parent) {
            let class = node.attr("class").unwrap_or_default().split_ascii_whitespace().next().unwrap_or_default();
            let alike = (node.name, class) == name;
            let teaser = links.of(dom, child) >= 1 && chars.of(dom, child) <= 600 && links.of(dom, child) <= 4 && !matches!(node.name, "p");
            if !alike {
                close_run(dom, &mut run, &mut cut);
                name = (node.name, class);
            }
            if teaser {
                run.push(child);
            }
        }
        close_run(dom, &mut run, &mut cut);
    }
    let all = good.all();
    for (begin, end) in cut {
        let from = blocks.partition_point(|b| b.first < begin);
        let to = blocks.partition_point(|b| b.first < end);
        let inside: usize = blocks[from..to].iter().filter(|b| b.is_good()).map(|b| b.chars).sum();
        if inside * 2 > all {
            continue;
        }
        for block in blocks[from..to].iter_mut().filter(|b| !b.supported && b.heading != 1) {
            block.cut.get_or_insert(Kind::Related);
        }
    }
}

fn close_run(dom: &Dom, run: &mut Vec<NodeId>, cut: &mut Vec<(NodeId, NodeId)>) {
    if run.len() >= 3 {
        for child in run.iter() {
            cut.push((*child, dom.get(*child).end));
        }
    }
    run.clear();
}

//! The page as a flat table of nodes in document order. A subtree is a range of the table, so nothing has to recurse.

use std::borrow::Cow;

use bumpalo::Bump;

use crate::parse::page::classes::{Evidence, Witness};
use crate::parse::steps::Steps;

/// A node's place in the table.
pub type NodeId = usize;

/// An element or a text.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The element's name in lower case; empty for a text. Names that the guard changed begin with `x-`.
    pub name: &'a str,
    /// The text; empty for an element.
    pub text: &'a str,
    attributes: &'a [(&'a str, &'a str)],
    /// A bit for each attribute's name: most elements have none of those that are asked for.
    marks: u64,
    /// What its names say it is.
    pub evidence: Evidence,
    /// What its attributes say of its being seen.
    pub(in crate::parse) sight: Sight,
    /// The parent; the root is its own.
    pub parent: NodeId,
    /// One past the last node of the subtree.
    pub end: NodeId,
}

impl<'a> Entry<'a> {
    /// The value of an attribute, without white space around it; `None` where it is absent.
    #[inline]
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        if self.marks & mark(name) == 0 {
            return None;
        }
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    /// It is an element.
    pub fn is_element(&self) -> bool {
        !self.name.is_empty()
    }
}

/// What attributes say of an element's being seen and being the text, read once: a block asks all elements around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::parse) struct Sight(u8);

impl Sight {
    const HIDDEN: u8 = 1;
    const ARIA: u8 = 2;
    const STYLED: u8 = 4;
    const NO_DISPLAY: u8 = 8;
    const MARKED: u8 = 16;

    fn of(attributes: &[(&str, &str)]) -> Sight {
        let mut bits = 0;
        for (name, value) in attributes {
            bits |= match *name {
                "hidden" => Sight::HIDDEN,
                "aria-hidden" if value.eq_ignore_ascii_case("true") => Sight::ARIA,
                "style" => style_bits(value),
                "itemprop" if value.split_ascii_whitespace().any(|w| w == "articleBody") => Sight::MARKED,
                _ => 0,
            };
        }
        // What a streaming server sends later is hidden until a script of React puts it in its place: `<div hidden id="S:1">`.
        let is_sent_later = |id: &str| id.strip_prefix("S:").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_hexdigit()));
        if bits & Sight::HIDDEN != 0 && attributes.iter().any(|(name, value)| *name == "id" && is_sent_later(value)) {
            bits &= !Sight::HIDDEN;
        }
        Sight(bits)
    }

    /// It has the attribute `hidden`, and is not sent later.
    pub(in crate::parse) fn says_hidden(self) -> bool {
        self.0 & Sight::HIDDEN != 0
    }

    /// Readers do not see it: by `hidden`, `aria-hidden` or its style.
    pub(in crate::parse) fn is_hidden(self) -> bool {
        self.0 & (Sight::HIDDEN | Sight::ARIA | Sight::STYLED) != 0
    }

    /// Its style says `display:none`, blanks aside.
    pub(in crate::parse) fn has_no_display(self) -> bool {
        self.0 & Sight::NO_DISPLAY != 0
    }

    /// It says that it is the text: `itemprop="articleBody"`.
    pub(in crate::parse) fn is_marked(self) -> bool {
        self.0 & Sight::MARKED != 0
    }
}

fn style_bits(style: &str) -> u8 {
    // Most styles hold neither word.
    let may_hide = style.as_bytes().windows(2).any(|piece| piece.eq_ignore_ascii_case(b"sp") || piece.eq_ignore_ascii_case(b"vi"));
    if !may_hide {
        return 0;
    }
    let bare: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let mut bits = 0;
    if bare.contains("display:none") {
        bits |= Sight::STYLED | Sight::NO_DISPLAY;
    }
    if bare.contains("visibility:hidden") {
        bits |= Sight::STYLED;
    }
    bits
}

/// A bit by the length and the ends of a name; several names may share one.
#[inline]
fn mark(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (first, last) = (bytes.first().copied().unwrap_or(0), bytes.last().copied().unwrap_or(0));
    1 << (bytes.len().wrapping_mul(5).wrapping_add(usize::from(first) * 3).wrapping_add(usize::from(last)) & 63)
}

/// Makes the table of a page, node after node in document order. Names, texts and values that are not slices of the page live in
/// an arena.
#[derive(Debug)]
pub struct Builder<'a> {
    arena: &'a Bump,
    nodes: Vec<Entry<'a>>,
    witness: Witness<'a>,
    steps: &'a Steps,
}

impl<'a> Builder<'a> {
    /// A page without anything but its document, which is node 0.
    pub fn new(arena: &'a Bump, expected: usize, steps: &'a Steps) -> Builder<'a> {
        let mut nodes = Vec::with_capacity(expected);
        nodes.push(Entry { name: "", text: "", attributes: &[], marks: 0, evidence: Evidence::default(), sight: Sight::default(), parent: 0, end: 0 });
        Builder { arena, nodes, witness: Witness::default(), steps }
    }

    /// Where values live.
    pub fn arena(&self) -> &'a Bump {
        self.arena
    }

    /// How many nodes there are: what the next one's place is.
    #[allow(clippy::len_without_is_empty, reason = "the document is always there")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Adds an element; attributes as they are written, with character references.
    pub fn element(&mut self, parent: NodeId, name: &'a str, attributes: &[(&'static str, &'a str)]) -> NodeId {
        let arena = self.arena;
        let decoded = attributes.iter().map(|(name, value)| (*name, decode_value(arena, value).trim()));
        let attributes: &'a [(&'a str, &'a str)] = if attributes.is_empty() { &[] } else { arena.alloc_slice_fill_iter(decoded) };
        let evidence = self.witness.of(attributes);
        let id = self.nodes.len();
        let marks = attributes.iter().fold(0, |marks, (name, _)| marks | mark(name));
        let sight = if marks == 0 { Sight::default() } else { Sight::of(attributes) };
        self.nodes.push(Entry { name, text: "", attributes, marks, evidence, sight, parent, end: id + 1 });
        id
    }

    /// Adds a text as it is written, with character references.
    pub fn text(&mut self, parent: NodeId, text: &'a str) {
        if text.is_empty() {
            return;
        }
        let text = decode_text(self.arena, text);
        let end = self.nodes.len() + 1;
        self.nodes.push(Entry { name: "", text, attributes: &[], marks: 0, evidence: Evidence::default(), sight: Sight::default(), parent, end });
    }

    /// The element ends here.
    pub fn close(&mut self, id: NodeId) {
        self.nodes[id].end = self.nodes.len();
    }

    /// The table.
    pub fn finish(mut self) -> Dom<'a> {
        self.close(0);
        Dom { nodes: self.nodes, steps: self.steps }
    }
}

fn decode_text<'a>(arena: &'a Bump, text: &'a str) -> &'a str {
    kept(arena, text, if memchr::memchr(b'&', text.as_bytes()).is_some() { htmlize::unescape(text) } else { Cow::Borrowed(text) })
}

fn decode_value<'a>(arena: &'a Bump, text: &'a str) -> &'a str {
    kept(arena, text, if memchr::memchr(b'&', text.as_bytes()).is_some() { htmlize::unescape_attribute(text) } else { Cow::Borrowed(text) })
}

fn kept<'a>(arena: &'a Bump, text: &'a str, decoded: Cow<'_, str>) -> &'a str {
    match decoded {
        Cow::Borrowed(_) => text,
        Cow::Owned(decoded) => arena.alloc_str(&decoded),
    }
}

/// A page.
#[derive(Debug)]
pub struct Dom<'a> {
    nodes: Vec<Entry<'a>>,
    steps: &'a Steps,
}

impl<'a> Dom<'a> {
    /// How many nodes there are, the document among them.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// There is nothing but the document.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// The page's budget, of which each walk takes its part; a walk that finds nothing left ends at once.
    pub fn steps(&self) -> &'a Steps {
        self.steps
    }

    /// A node.
    pub fn get(&self, id: NodeId) -> &Entry<'a> {
        &self.nodes[id]
    }

    /// The elements of a subtree in document order, its root left out.
    pub fn elements(&self, root: NodeId) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        let end = self.nodes[root].end;
        // Counted beforehand as if it went to the end: that costs nothing on the way.
        let end = if self.steps.spend(end - root) { end } else { root };
        (root + 1..end).map(|id| (id, &self.nodes[id])).filter(|(_, n)| n.is_element())
    }

    /// All elements in document order.
    pub fn all(&self) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        self.elements(0)
    }

    /// The child elements of a node.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        let end = self.nodes[id].end;
        let mut next = id + 1;
        std::iter::from_fn(move || {
            while next < end && self.steps.spend(1) {
                let child = next;
                next = self.nodes[child].end.max(child + 1);
                if self.nodes[child].is_element() {
                    return Some((child, &self.nodes[child]));
                }
            }
            None
        })
    }

    /// The ancestors of a node, the nearest first, the document last.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        let mut at = id;
        std::iter::from_fn(move || {
            if at == 0 || !self.steps.spend(1) {
                return None;
            }
            at = self.nodes[at].parent;
            Some((at, &self.nodes[at]))
        })
    }

    /// Where a node stands, for a person: the elements around it, the nearest three, with their first class or their id.
    pub fn place(&self, node: NodeId) -> String {
        let name = |id: NodeId| {
            let entry = self.get(id);
            let class = entry.attr("class").and_then(|c| c.split_ascii_whitespace().next()).map(|c| format!(".{c}"));
            let label = class.or_else(|| entry.attr("id").filter(|id| !id.is_empty()).map(|id| format!("#{id}"))).unwrap_or_default();
            format!("{}{label}", entry.name.strip_prefix("x-").unwrap_or(entry.name))
        };
        let own = Some(node).filter(|id| self.get(*id).is_element());
        let mut names: Vec<String> = own.into_iter().chain(self.ancestors(node).map(|(id, _)| id)).filter(|id| *id > 0).take(3).map(name).collect();
        names.reverse();
        names.join(" > ")
    }

    /// Whether `inner` is `outer` or stands within it.
    pub fn holds(&self, outer: NodeId, inner: NodeId) -> bool {
        outer <= inner && inner < self.nodes[outer].end
    }

    /// The text of a subtree, white space collapsed, blocks separated by a space.
    pub fn text(&self, id: NodeId) -> String {
        self.text_up_to(id, usize::MAX)
    }

    /// Like [`Dom::text`], but stops after `limit` bytes.
    pub fn text_up_to(&self, id: NodeId, limit: usize) -> String {
        let mut out = String::new();
        for node in &self.nodes[id..self.nodes[id].end.max(id + 1)] {
            if !self.steps.spend(1) {
                break;
            }
            if node.text.is_empty() {
                if !out.is_empty() && (is_block(node.name) || node.name == "br") {
                    push_collapsed(&mut out, " ");
                }
                continue;
            }
            let text = head(node.text, limit.saturating_add(SLACK));
            self.steps.spend_text(text.len());
            push_collapsed(&mut out, text);
            if out.len() > limit {
                break;
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// White space that one text may have beyond what is asked for of it.
const SLACK: usize = 4 << 10;

/// The beginning of a text: at most so many bytes.
pub fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Appends a text with runs of white space as one space, none at the start.
pub fn push_collapsed(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(may_collapse).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else { return };
        rest = &rest[c.len_utf8()..];
        if c.is_whitespace() {
            if !matches!(out.as_bytes().last(), None | Some(b' ' | b'\n')) {
                out.push(' ');
            }
        } else if !matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}') {
            out.push(c);
        }
    }
}

/// A byte that white space or an invisible character may begin with.
fn may_collapse(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, 0xc2 | 0xe1 | 0xe2 | 0xe3 | 0xef)
}

/// A text with runs of white space as one space, trimmed.
pub fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_collapsed(&mut out, text);
    out.truncate(out.trim_end().len());
    out
}

/// Whether an element stands by itself on a page. Names that the guard did not know count as inline.
pub fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "article"
            | "section"
            | "main"
            | "aside"
            | "header"
            | "footer"
            | "nav"
            | "figure"
            | "figcaption"
            | "blockquote"
            | "address"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "tbody"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "pre"
            | "hr"
            | "details"
            | "summary"
            | "dialog"
            | "body"
            | "title"
            | "x-form"
            | "x-video"
            | "x-embed"
    )
}

/// Where elements of some kind stand: whether a subtree holds one is told without walking it, since subtrees stand within each other.
#[derive(Debug)]
pub struct Places(Vec<NodeId>);

impl Places {
    /// The elements that are of the kind.
    pub fn of(dom: &Dom, is_kind: impl Fn(&Entry) -> bool) -> Places {
        Places(dom.all().filter(|(_, entry)| is_kind(entry)).map(|(node, _)| node).collect())
    }

    /// Whether one stands within an element, itself left out.
    pub fn stand_in(&self, dom: &Dom, node: NodeId) -> bool {
        let next = self.0.partition_point(|at| *at <= node);
        self.0.get(next).is_some_and(|at| dom.holds(node, *at))
    }
}

#[cfg(test)]
impl<'a> Dom<'a> {
    /// The table of a page within the usual bounds.
    pub fn parse(page: &'a str, arena: &'a Bump) -> Dom<'a> {
        let settings = crate::config::ParseSettings::default();
        crate::parse::page::prune::prune(page, arena, &settings, arena.alloc(Steps::new(settings.max_steps))).expect("within bounds").dom
    }

    /// The page as balanced HTML.
    pub fn to_html(&self) -> String {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let mut html = String::new();
        let mut open: Vec<NodeId> = Vec::new();
        for id in 1..=self.nodes.len() {
            while let Some(last) = open.pop_if(|last| self.nodes[*last].end <= id) {
                html.push_str(&format!("</{}>", self.nodes[last].name));
            }
            let Some(node) = self.nodes.get(id) else { break };
            if !node.is_element() {
                html.push_str(&escaped(node.text));
                continue;
            }
            html.push_str(&format!("<{}", node.name));
            for (name, value) in node.attributes {
                html.push_str(&format!(" {name}=\"{}\"", escaped(value).replace('"', "&quot;")));
            }
            html.push('>');
            if !matches!(node.name, "br" | "hr" | "img" | "meta" | "link" | "base") {
                open.push(id);
            }
        }
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_a_range() {
        let arena = Bump::new();
        let dom = Dom::parse("<body><div id=a><p>One <b>two</b></p><p>three</p></div><div id=b>four</div></body>", &arena);
        let (a, entry) = dom.all().find(|(_, n)| n.attr("id") == Some("a")).unwrap();
        assert_eq!(dom.text(a), "One two three");
        let names: Vec<_> = dom.elements(a).map(|(_, n)| n.name).collect();
        assert_eq!(names, ["p", "x-b", "p"]);
        let (b, _) = dom.all().find(|(_, n)| n.attr("id") == Some("b")).unwrap();
        assert_eq!(entry.end, b);
        assert!(!dom.holds(a, b) && dom.holds(0, b));
        assert_eq!(dom.ancestors(a).map(|(_, n)| n.name).collect::<Vec<_>>(), ["body", ""]);
        assert_eq!(dom.children(a).count(), 2);
    }

    #[test]
    fn white_space_collapses() {
        assert_eq!(collapse("  a \n\t b\u{a0}c\u{ad}d\u{200b} "), "a b cd");
        assert_eq!(collapse(" \n "), "");
    }
}

//! The page as a flat table of nodes in document order. A subtree is a range of the table, so nothing has to recurse.

use scraper::{Html, Node};

use super::classes::{self, Evidence};

/// A node's place in the table.
pub type NodeId = usize;

/// An element or a text.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The element's name in lower case; empty for a text. Names that the guard changed begin with `x-`.
    pub name: &'a str,
    /// The text; empty for an element.
    pub text: &'a str,
    element: Option<&'a scraper::node::Element>,
    /// What its names say it is.
    pub evidence: Evidence,
    /// The parent; the root is its own.
    pub parent: NodeId,
    /// One past the last node of the subtree.
    pub end: NodeId,
}

impl<'a> Entry<'a> {
    /// The value of an attribute, trimmed; `None` where it is absent.
    pub fn attr(&self, name: &str) -> Option<&'a str> {
        self.element?.attr(name).map(str::trim)
    }

    /// It is an element.
    pub fn is_element(&self) -> bool {
        self.element.is_some()
    }
}

/// A page.
#[derive(Debug)]
pub struct Dom<'a> {
    nodes: Vec<Entry<'a>>,
}

impl<'a> Dom<'a> {
    /// The table of a parsed page. Node 0 is the document.
    pub fn new(html: &'a Html) -> Dom<'a> {
        let mut nodes = vec![Entry { name: "", text: "", element: None, evidence: Evidence::default(), parent: 0, end: 0 }];
        let root = html.tree.root();
        let mut path = vec![(root.id(), 0)];
        for node in root.descendants().skip(1) {
            let parent = node.parent().map(|p| p.id());
            while path.len() > 1 && path.last().map(|(id, _)| *id) != parent {
                if let Some((_, index)) = path.pop() {
                    nodes[index].end = nodes.len();
                }
            }
            let above = path.last().map_or(0, |(_, index)| *index);
            let index = nodes.len();
            let entry = match node.value() {
                Node::Text(text) => Entry { name: "", text, element: None, evidence: Evidence::default(), parent: above, end: index + 1 },
                Node::Element(element) => Entry {
                    name: element.name(),
                    text: "",
                    element: Some(element),
                    evidence: classes::evidence(|attribute| element.attr(attribute)),
                    parent: above,
                    end: index + 1,
                },
                _ => continue,
            };
            nodes.push(entry);
            if entry.is_element() {
                path.push((node.id(), index));
            }
        }
        let all = nodes.len();
        for (_, index) in path {
            nodes[index].end = all;
        }
        Dom { nodes }
    }

    /// How many nodes there are, the document among them.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// There is nothing but the document.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// A node.
    pub fn get(&self, id: NodeId) -> &Entry<'a> {
        &self.nodes[id]
    }

    /// The elements of a subtree in document order, its root left out.
    pub fn elements(&self, root: NodeId) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        (root + 1..self.nodes[root].end).map(|id| (id, &self.nodes[id])).filter(|(_, n)| n.is_element())
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
            while next < end {
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
            if at == 0 {
                return None;
            }
            at = self.nodes[at].parent;
            Some((at, &self.nodes[at]))
        })
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
            if node.text.is_empty() {
                if !out.is_empty() && (is_block(node.name) || node.name == "br") {
                    push_collapsed(&mut out, " ");
                }
                continue;
            }
            push_collapsed(&mut out, node.text);
            if out.len() > limit {
                break;
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// Appends a text with runs of white space as one space, none at the start.
pub fn push_collapsed(out: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}' || c == '\u{ad}' {
            let invisible = matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}');
            if !invisible && !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_a_range() {
        let html = Html::parse_document("<body><div id=a><p>One <b>two</b></p><p>three</p></div><div id=b>four</div></body>");
        let dom = Dom::new(&html);
        let (a, entry) = dom.all().find(|(_, n)| n.attr("id") == Some("a")).unwrap();
        assert_eq!(dom.text(a), "One two three");
        let names: Vec<_> = dom.elements(a).map(|(_, n)| n.name).collect();
        assert_eq!(names, ["p", "b", "p"]);
        let (b, _) = dom.all().find(|(_, n)| n.attr("id") == Some("b")).unwrap();
        assert_eq!(entry.end, b);
        assert!(!dom.holds(a, b) && dom.holds(0, b));
        assert_eq!(dom.ancestors(a).map(|(_, n)| n.name).collect::<Vec<_>>(), ["body", "html", ""]);
        assert_eq!(dom.children(a).count(), 2);
    }

    #[test]
    fn white_space_collapses() {
        assert_eq!(collapse("  a \n\t b\u{a0}c\u{ad}d\u{200b} "), "a b cd");
        assert_eq!(collapse(" \n "), "");
    }
}

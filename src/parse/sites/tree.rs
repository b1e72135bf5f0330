//! A page's table of nodes as selectors see it: the crate `selectors`, on which `scraper` builds, asks each element for its name, its
//! attributes and its neighbours.
//!
//! Names and attributes are those that the page writes, not those that the table keeps. Elements that are left out of the table (scripts,
//! buttons, vector graphics) stand among their siblings without content, so that places are counted as in a browser; `html`, `head` and
//! `body` are there whether written or not. Not there are the few whose tags the reader ignores (`object`, `map`, `noframes`).
//! Every look costs a step of a budget of the rule's own: a selector that is dear on a page ends, and the page's own budget pays.

use std::borrow::Cow;
use std::fmt;

use scraper::selector::{CssLocalName, CssString, NonTSPseudoClass, PseudoElement, Simple};
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::matching::{ElementSelectorFlags, MatchingContext};
use selectors::parser::SelectorImpl;
use selectors::{Element, OpaqueElement};

use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::page::prune::Marks;
use crate::parse::page::prune::read::Tag;
use crate::parse::steps::Steps;

/// Steps that all selectors of a rule may take on a page.
const MOST_STEPS: usize = 4_000_000;

/// No element.
const NONE: u32 = u32::MAX;

type Namespace = <Simple as SelectorImpl>::NamespaceUrl;

/// A page's elements in document order.
pub struct Tree<'a> {
    dom: &'a Dom<'a>,
    rows: Vec<Row<'a>>,
    steps: Steps,
}

struct Row<'a> {
    name: Cow<'a, str>,
    id: Option<Cow<'a, str>>,
    class: Option<Cow<'a, str>>,
    tag: Option<Tag<'a>>,
    /// 0 where it has none.
    node: NodeId,
    parent: u32,
    previous: u32,
    next: u32,
    first: u32,
    last: u32,
}

/// An element.
#[derive(Clone, Copy)]
pub struct Place<'t> {
    tree: &'t Tree<'t>,
    row: u32,
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> {}", self.row().name, self.row)
    }
}

impl<'a> Tree<'a> {
    /// The elements of a page whose tags are marked.
    pub fn new(page: &'a str, dom: &'a Dom<'a>, marks: &Marks) -> Tree<'a> {
        let mut tree = Tree { dom, rows: Vec::with_capacity(marks.tags.len() + 8), steps: Steps::new(MOST_STEPS) };
        let root = tree.add("html", marks.html.map(|at| Tag::at(page, at)), 0, NONE);
        let head = tree.add("head", None, 0, root);
        let body = dom.children(0).find(|(_, entry)| entry.name == "body").map(|(node, _)| node);
        // Where the page has no `body` tag, the first element that stands in no head begins it.
        let mut implied = None;
        let mut rows = vec![NONE; dom.len()];
        let mut marks = marks.tags.iter().peekable();
        for node in 1..=dom.len() {
            while let Some(mark) = marks.next_if(|mark| mark.node < node || (mark.node == node && mark.left_out.is_some())) {
                let Some(above) = mark.left_out else { continue };
                let tag = Tag::at(page, mark.at);
                let parent = match (rows.get(above).copied().unwrap_or(NONE), implied) {
                    (NONE, Some(body)) => body,
                    (NONE, None) => head,
                    (row, _) => row,
                };
                tree.add(tag.name(), Some(tag), 0, parent);
            }
            if node == dom.len() {
                break;
            }
            let entry = dom.get(node);
            if !entry.is_element() {
                continue;
            }
            let tag = marks.next_if(|mark| mark.node == node).map(|mark| Tag::at(page, mark.at));
            let parent = match rows[entry.parent] {
                NONE if Some(node) == body => root,
                NONE if body.is_some() || (implied.is_none() && matches!(entry.name, "title" | "meta" | "link" | "base")) => head,
                NONE => *implied.get_or_insert_with(|| tree.add("body", None, 0, root)),
                row => row,
            };
            rows[node] = tree.add(tag.map_or(entry.name, |tag| tag.name()), tag, node, parent);
        }
        tree
    }

    fn add(&mut self, name: &'a str, tag: Option<Tag<'a>>, node: NodeId, parent: u32) -> u32 {
        let own = self.rows.len() as u32;
        let name = if name.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
        let (mut id, mut class) = (None, None);
        for (name, value) in tag.iter().flat_map(Tag::attributes) {
            let place = match name.len() {
                2 if name.eq_ignore_ascii_case("id") => &mut id,
                5 if name.eq_ignore_ascii_case("class") => &mut class,
                _ => continue,
            };
            place.get_or_insert_with(|| decoded(value));
        }
        let mut previous = NONE;
        if let Some(above) = self.rows.get_mut(parent as usize) {
            previous = std::mem::replace(&mut above.last, own);
            if above.first == NONE {
                above.first = own;
            }
        }
        if let Some(before) = self.rows.get_mut(previous as usize) {
            before.next = own;
        }
        self.rows.push(Row { name, id, class, tag, node, parent, previous, next: NONE, first: NONE, last: NONE });
        own
    }

    /// The page's nodes.
    pub fn dom(&self) -> &'a Dom<'a> {
        self.dom
    }

    /// What selectors have taken and may take.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// The elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = Place<'_>> {
        (0..self.rows.len() as u32).filter(|_| self.steps.spend(1)).map(|row| Place { tree: self, row })
    }
}

fn decoded(value: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', value.as_bytes()).is_some() { htmlize::unescape_attribute(value) } else { Cow::Borrowed(value) }
}

impl<'t> Place<'t> {
    fn row(&self) -> &'t Row<'t> {
        &self.tree.rows[self.row as usize]
    }

    fn at(&self, row: u32) -> Option<Self> {
        (row != NONE && self.tree.steps.spend(1)).then_some(Place { tree: self.tree, row })
    }

    /// The node, if there is one.
    pub fn node(&self) -> Option<NodeId> {
        Some(self.row().node).filter(|node| *node != 0)
    }
}

impl Element for Place<'_> {
    type Impl = Simple;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.row())
    }

    fn parent_element(&self) -> Option<Self> {
        self.at(self.row().parent)
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.at(self.row().previous)
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.at(self.row().next)
    }

    fn first_element_child(&self) -> Option<Self> {
        self.at(self.row().first)
    }

    fn is_html_element_in_html_document(&self) -> bool {
        true
    }

    fn has_local_name(&self, name: &CssLocalName) -> bool {
        *self.row().name == *name.0
    }

    fn has_namespace(&self, _: &Namespace) -> bool {
        true
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.row().name == other.row().name
    }

    fn attr_matches(&self, _: &NamespaceConstraint<&Namespace>, name: &CssLocalName, operation: &AttrSelectorOperation<&CssString>) -> bool {
        let Some((_, value)) = self.row().tag.iter().flat_map(Tag::attributes).find(|(other, value)| {
            // A tag may be of the page's size.
            self.tree.steps.spend_text(other.len() + value.len()) && other.eq_ignore_ascii_case(&name.0)
        }) else {
            return false;
        };
        operation.eval_str(&decoded(value))
    }

    fn match_non_ts_pseudo_class(&self, _: &NonTSPseudoClass, _: &mut MatchingContext<Simple>) -> bool {
        false
    }

    fn match_pseudo_element(&self, _: &PseudoElement, _: &mut MatchingContext<Simple>) -> bool {
        false
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        false
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &CssLocalName, case: CaseSensitivity) -> bool {
        self.row().id.as_ref().is_some_and(|own| case.eq(own.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, name: &CssLocalName, case: CaseSensitivity) -> bool {
        let Some(class) = &self.row().class else { return false };
        self.tree.steps.spend_text(class.len()) && class.split_ascii_whitespace().any(|word| case.eq(word.as_bytes(), name.0.as_bytes()))
    }

    fn has_custom_state(&self, _: &CssLocalName) -> bool {
        false
    }

    fn imported_part(&self, _: &CssLocalName) -> Option<CssLocalName> {
        None
    }

    fn is_part(&self, _: &CssLocalName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        self.node().is_some_and(|node| self.row().first == NONE && self.tree.dom.get(node).end <= node + 1)
    }

    fn is_root(&self) -> bool {
        self.row == 0
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}

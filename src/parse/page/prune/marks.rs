//! Where the tags of a page stand, for who asks for names and attributes of which the table of nodes keeps nothing: the selectors of site rules.
//!
//! Only pages of sites with such a rule are marked. Marks are bounded by the elements that a page may have, and by as many without a node.

use crate::parse::page::dom::NodeId;
use crate::parse::page::prune::Guard;
use crate::parse::page::prune::read::Read;

/// Tags without a node that are marked, for each element that a page may have.
const LEFT_OUT_PER_ELEMENT: usize = 1;

/// Where the tags of a page stand.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The `<` of the first `html` tag.
    pub html: Option<usize>,
    /// The other start tags, in order.
    pub tags: Vec<Mark>,
}

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Its `<`.
    pub at: usize,
    /// Its node; for one without a node, the next one's.
    pub node: NodeId,
    /// It has no node, since nothing in it is read; its parent's node.
    pub left_out: Option<NodeId>,
}

impl<'a> Guard<'a> {
    /// Marks the tag of a node.
    pub(in crate::parse) fn mark(&mut self, node: NodeId, read: &Read<'a>) {
        if let (Some(marks), Some(at)) = (&mut self.marks, read.begin) {
            marks.tags.push(Mark { at, node, left_out: None });
        }
    }

    /// Marks a tag of which there is no node.
    pub(in crate::parse) fn mark_left_out(&mut self, read: &Read<'a>) {
        let (top, next) = (self.top(), self.out.len());
        if let (Some(marks), Some(at)) = (&mut self.marks, read.begin)
            && self.left_out < self.max_elements.saturating_mul(LEFT_OUT_PER_ELEMENT)
        {
            self.left_out += 1;
            marks.tags.push(Mark { at, node: next, left_out: Some(top) });
        }
    }
}

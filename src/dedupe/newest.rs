//! The newest entry of each URL in the window: greatest (`fetched_at`, offset).
//!
//! A list for each URL, in the log's order, of the entries that may still become its newest: an entry that is not newer than a later one
//! never will, and is out. So what counts in the list gets older from its front to its back, and its front is the newest: usually the only one.
//! An entry that does not count yet (late) stays in the list without pushing others out, until it counts.

use super::column::Column;
use super::ordinal::Ordinal;

/// An entry's place in its URL's list.
#[derive(Clone, Copy, Debug)]
struct Node {
    previous: Ordinal,
    next: Ordinal,
    listed: bool,
    /// Of the URL's list; kept at the URL's last entry in the log only.
    front: Ordinal,
    back: Ordinal,
}

const ALONE: Node = Node { previous: Ordinal::NONE, next: Ordinal::NONE, listed: false, front: Ordinal::NONE, back: Ordinal::NONE };

/// What the list must know of entries.
pub(super) trait Fetched {
    /// When an entry was fetched.
    fn fetched_at(&self, ordinal: Ordinal) -> i64;
    /// Whether an entry is late.
    fn is_late(&self, ordinal: Ordinal) -> bool;
}

/// The lists of all URLs. `last` is always the URL's last entry in the log, which keeps the list's ends.
#[derive(Debug)]
pub(super) struct Newest {
    nodes: Column<Node>,
}

impl Newest {
    /// No lists; the first entry will have this ordinal.
    pub fn new(start: Ordinal) -> Newest {
        Newest { nodes: Column::new(start) }
    }

    /// Makes room for the next entry.
    pub fn pass(&mut self) {
        self.nodes.push(ALONE);
    }

    /// Gives back the room of the first entry.
    pub fn drop_first(&mut self) {
        self.nodes.drop_first();
    }

    /// Enters an entry that has passed; `before` is the URL's last entry before it.
    pub fn enter(&mut self, ordinal: Ordinal, before: Option<Ordinal>, entries: &impl Fetched) {
        let (front, back) = before.map_or((Ordinal::NONE, Ordinal::NONE), |b| (self.nodes.at(b).front, self.nodes.at(b).back));
        *self.nodes.at_mut(ordinal) = Node { front, back, ..ALONE };
        self.append(ordinal, ordinal, entries);
    }

    /// Takes an entry that leaves the window out of its list.
    pub fn leave(&mut self, ordinal: Ordinal, last: Ordinal) {
        if ordinal != last {
            self.unlist(ordinal, last);
        }
    }

    /// A late entry counts from now on.
    pub fn count(&mut self, ordinal: Ordinal, last: Ordinal, entries: &impl Fetched) {
        if self.nodes.at(ordinal).listed {
            self.push_out_older(ordinal, self.nodes.at(ordinal).previous, last, entries);
        }
    }

    /// Makes a URL's list anew, of `ordinals` in the log's order.
    pub fn rebuild(&mut self, last: Ordinal, all: &[Ordinal], ordinals: &[Ordinal], entries: &impl Fetched) {
        for &ordinal in all {
            *self.nodes.at_mut(ordinal) = ALONE;
        }
        for &ordinal in ordinals {
            self.append(ordinal, last, entries);
        }
    }

    /// The list of a URL, from the front.
    pub fn list(&self, last: Ordinal) -> impl Iterator<Item = Ordinal> + '_ {
        std::iter::successors(self.nodes.at(last).front.some(), |o| self.nodes.at(*o).next.some())
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.nodes.bytes()
    }

    fn append(&mut self, ordinal: Ordinal, last: Ordinal, entries: &impl Fetched) {
        if !entries.is_late(ordinal) {
            self.push_out_older(ordinal, self.nodes.at(last).back, last, entries);
        }
        let back = self.nodes.at(last).back;
        let node = self.nodes.at_mut(ordinal);
        (node.previous, node.listed) = (back, true);
        match back.some() {
            Some(back) => self.nodes.at_mut(back).next = ordinal,
            None => self.nodes.at_mut(last).front = ordinal,
        }
        self.nodes.at_mut(last).back = ordinal;
    }

    /// Takes out, from `from` towards the front, what is not newer than `ordinal`.
    fn push_out_older(&mut self, ordinal: Ordinal, from: Ordinal, last: Ordinal, entries: &impl Fetched) {
        let mut next = from;
        while let Some(other) = next.some() {
            next = self.nodes.at(other).previous;
            if entries.fetched_at(other) <= entries.fetched_at(ordinal) {
                self.unlist(other, last);
            } else if !entries.is_late(other) {
                break;
            }
        }
    }

    fn unlist(&mut self, ordinal: Ordinal, last: Ordinal) {
        let node = *self.nodes.at(ordinal);
        if !node.listed {
            return;
        }
        match node.previous.some() {
            Some(previous) => self.nodes.at_mut(previous).next = node.next,
            None => self.nodes.at_mut(last).front = node.next,
        }
        match node.next.some() {
            Some(next) => self.nodes.at_mut(next).previous = node.previous,
            None => self.nodes.at_mut(last).back = node.previous,
        }
        let node = self.nodes.at_mut(ordinal);
        (node.previous, node.next, node.listed) = (Ordinal::NONE, Ordinal::NONE, false);
    }
}

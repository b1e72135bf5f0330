//! The rows of the verdict table.
//!
//! Reads the window before an entry, and nothing else: no earlier verdict, no clock, no float. The first row that matches wins,
//! and of several entries that match, the earliest in the log.

use crate::article::{DuplicateKind, EntryKind};

use super::domains::Domains;
use super::entries::{Entries, Name};
use super::index::Index;
use super::ordinal::Ordinal;
use super::search::{Scratch, Search, Spent};
use super::similar::{Match, similarity};

/// A verdict as the index keeps it: other entries are named by their ordinals, which lie in the window before the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeptVerdict {
    Published,
    Updated { supersedes: Ordinal, headline: bool, text_similarity: u16, copy: Option<Copy> },
    Withdrawn { supersedes: Option<Ordinal> },
    Duplicate(Copy),
}

/// What an entry is a copy of. Shares in 1/1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub kind: DuplicateKind,
    pub of: Ordinal,
    pub published_earlier: bool,
    pub similarity: u16,
    pub containment: u16,
}

impl Index {
    /// The verdict on the last entry, which is not in the tables yet, and what it took.
    pub(super) fn decide(&self, entry: Ordinal, scratch: &mut Scratch) -> (KeptVerdict, Spent) {
        let mut search = Search::new(self, entry, scratch);
        let judged = self.decide_with(entry, &mut search);
        (judged, search.spent())
    }

    fn decide_with(&self, entry: Ordinal, search: &mut Search<'_>) -> KeptVerdict {
        let body = self.entries.bodies.at(entry);
        let newest = self.newest(entry);
        if let Some(newest) = newest.filter(|n| self.entries.bodies.at(*n).fetched_at > body.fetched_at) {
            return KeptVerdict::Duplicate(self.copy_of(entry, search.compared(DuplicateKind::Stale, newest)));
        }
        if body.kind == EntryKind::Withdrawal {
            return KeptVerdict::Withdrawn { supersedes: newest };
        }
        match newest {
            Some(newest) if self.entries.bodies.at(newest).kind == EntryKind::Article => self.decide_version(entry, newest, search),
            _ => search.find_copy(None).map_or(KeptVerdict::Published, |found| KeptVerdict::Duplicate(self.copy_of(entry, found))),
        }
    }

    /// The verdict on an article that is not older than `newest`, the article at its URL.
    fn decide_version(&self, entry: Ordinal, newest: Ordinal, search: &mut Search<'_>) -> KeptVerdict {
        let (body, before) = (self.entries.bodies.at(entry), self.entries.bodies.at(newest));
        if body.content == before.content {
            return KeptVerdict::Duplicate(self.copy_of(entry, search.compared(DuplicateKind::SameUrl, newest)));
        }
        if let Some(found) = self.first_of_url(entry).and_then(|first| search.find_copy(Some(first))) {
            return KeptVerdict::Duplicate(self.copy_of(entry, found));
        }
        let text_similarity = if body.version == before.version { similarity(body, before) } else { 0 };
        let copy = search.find_copy(None).filter(|found| found.kind == DuplicateKind::SameText || found.similarity > text_similarity);
        KeptVerdict::Updated {
            supersedes: newest,
            headline: body.headline != before.headline,
            text_similarity,
            copy: copy.map(|found| self.copy_of(entry, found)),
        }
    }

    /// Whether an article of the window can be what an entry is a copy of: of another URL that was not withdrawn, and it counts.
    pub(super) fn may_be_original(&self, candidate: Ordinal, entry: Ordinal) -> bool {
        let (theirs, ours) = (self.entries.names.at(candidate), self.entries.names.at(entry));
        if theirs.article == ours.article || theirs.identity == ours.identity || !self.counts(candidate) {
            return false;
        }
        let newest = self.newest_of_url(theirs);
        newest.is_some_and(|n| self.entries.bodies.at(n).kind == EntryKind::Article)
    }

    /// Whether an entry of the window counts: no skip of its identity stands in the window, and no other entry of it before this one.
    pub(super) fn counts(&self, ordinal: Ordinal) -> bool {
        !self.entries.bodies.at(ordinal).late && !self.is_given_up(ordinal)
    }

    /// The newest entry of a URL.
    fn newest_of_url(&self, name: &Name) -> Option<Ordinal> {
        let last = self.tables.last_of_url(&name.article, &self.entries)?;
        self.tables.newest.list(last).find(|o| !self.entries.bodies.at(*o).late)
    }

    /// The newest entry of the entry's URL, of another identity.
    fn newest(&self, entry: Ordinal) -> Option<Ordinal> {
        let name = self.entries.names.at(entry);
        let newest = self.newest_of_url(name)?;
        if self.entries.names.at(newest).identity != name.identity {
            return Some(newest);
        }
        // An entry of the same record stands in the window: the list holds what is newest with it, not without.
        let others = self.tables.of_url(name.article, &self.entries).filter(|o| self.is_other(*o, name));
        others.max_by_key(|o| (self.entries.bodies.at(*o).fetched_at, o.since(self.entries.bodies.start())))
    }

    /// The first entry of the entry's URL in the window, of another identity.
    fn first_of_url(&self, entry: Ordinal) -> Option<Ordinal> {
        let name = self.entries.names.at(entry);
        self.tables.of_url(name.article, &self.entries).find(|o| self.is_other(*o, name))
    }

    fn is_other(&self, ordinal: Ordinal, name: &Name) -> bool {
        self.entries.names.at(ordinal).identity != name.identity && self.counts(ordinal)
    }

    /// Whether two entries are of one site.
    pub(super) fn is_same_site(&self, a: Ordinal, b: Ordinal) -> bool {
        let (a, b) = (self.entries.bodies.at(a).domain, self.entries.bodies.at(b).domain);
        a == b && a != Domains::UNKNOWN
    }

    fn copy_of(&self, entry: Ordinal, found: Match) -> Copy {
        let Match { kind, of, similarity, containment } = found;
        Copy { kind, of, published_earlier: published_earlier(&self.entries, entry, of), similarity, containment }
    }
}

fn published_earlier(entries: &Entries, entry: Ordinal, of: Ordinal) -> bool {
    let (ours, theirs) = (entries.names.at(entry).published_at, entries.names.at(of).published_at);
    ours != crate::article::entry::NO_TIME && theirs != crate::article::entry::NO_TIME && ours < theirs
}

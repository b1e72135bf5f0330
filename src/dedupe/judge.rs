//! The rows of the verdict table.
//!
//! Reads the window before an entry, and nothing else: no earlier verdict, no clock, no float. The first row that matches wins,
//! and of several entries that match, the earliest in the log.

use crate::article::{DuplicateKind, EntryKind};

use super::entries::{Entries, Name};
use super::index::Index;
use super::ordinal::Ordinal;
use super::similar::{Match, similarity};

/// A verdict as the index keeps it: other entries are named by their ordinals, which lie in the window before the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
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
    /// The verdict on the last entry, which is not in the tables yet.
    pub(super) fn judge(&self, entry: Ordinal) -> Judged {
        let body = self.entries.bodies.at(entry);
        let newest = self.newest(entry);
        if let Some(newest) = newest.filter(|n| self.entries.bodies.at(*n).fetched_at > body.fetched_at) {
            return Judged::Duplicate(self.copy_of(entry, self.compared(DuplicateKind::Stale, entry, newest)));
        }
        if body.kind == EntryKind::Withdrawal {
            return Judged::Withdrawn { supersedes: newest };
        }
        match newest {
            Some(newest) if self.entries.bodies.at(newest).kind == EntryKind::Article => self.judge_version(entry, newest),
            _ => self.find_copy(entry, None).map_or(Judged::Published, |found| Judged::Duplicate(self.copy_of(entry, found))),
        }
    }

    /// The verdict on an article that is not older than `newest`, the article at its URL.
    fn judge_version(&self, entry: Ordinal, newest: Ordinal) -> Judged {
        let (body, before) = (self.entries.bodies.at(entry), self.entries.bodies.at(newest));
        if body.content == before.content {
            let found = Match { kind: DuplicateKind::SameUrl, of: newest, similarity: 1000, containment: 1000 };
            return Judged::Duplicate(self.copy_of(entry, found));
        }
        if let Some(found) = self.first_of_url(entry).and_then(|first| self.find_copy(entry, Some(first))) {
            return Judged::Duplicate(self.copy_of(entry, found));
        }
        let text_similarity = if body.version == before.version { similarity(body, before) } else { 0 };
        let copy = self.find_copy(entry, None).filter(|found| found.kind == DuplicateKind::SameText || found.similarity > text_similarity);
        Judged::Updated { supersedes: newest, headline: body.headline != before.headline, text_similarity, copy: copy.map(|found| self.copy_of(entry, found)) }
    }

    /// The earliest entry of another URL whose text the entry has, by the kinds in their order; only entries before `limit`, if there is one.
    fn find_copy(&self, entry: Ordinal, limit: Option<Ordinal>) -> Option<Match> {
        self.same_text(entry, limit).or_else(|| self.near_copy(entry, limit)).or_else(|| self.excerpt(entry, limit))
    }

    fn same_text(&self, entry: Ordinal, limit: Option<Ordinal>) -> Option<Match> {
        let body = self.entries.bodies.at(entry);
        if !body.has_text() {
            return None;
        }
        let is_short = body.shingle_count < self.rules.short_text_shingles;
        let candidates = self.tables.of_text(body.content, &self.entries).take(self.rules.max_candidates as usize);
        let of = candidates.take_while(|c| limit.is_none_or(|limit| c.before(limit))).find(|&candidate| {
            let headline = self.entries.bodies.at(candidate).headline;
            (!is_short || (headline != 0 && headline == body.headline)) && self.may_be_original(candidate, entry)
        })?;
        Some(Match { kind: DuplicateKind::SameText, of, similarity: 1000, containment: 1000 })
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

    /// A match of a kind that needs no likeness, with what likeness there is.
    fn compared(&self, kind: DuplicateKind, entry: Ordinal, of: Ordinal) -> Match {
        let (body, other) = (self.entries.bodies.at(entry), self.entries.bodies.at(of));
        let have_texts = body.kind == EntryKind::Article && other.kind == EntryKind::Article;
        if have_texts && body.content == other.content {
            return Match { kind, of, similarity: 1000, containment: 1000 };
        }
        if !have_texts || body.version != other.version {
            return Match { kind, of, similarity: 0, containment: 0 };
        }
        Match { kind, of, similarity: similarity(body, other), containment: self.containment(entry, of).share }
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

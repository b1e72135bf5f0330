//! The index: the window's entries, and the one function that judges by them.
//!
//! **What counts.** An entry is judged by the entries of the window before it that count. Of the entries of one identity in that window the first counts;
//! none of them does if a skip of the identity stands in that window too, before or after it. Whether an entry counts is asked for each
//! judged entry anew, by its own window: so a verdict needs nothing from before its window, and an index that began anywhere before it agrees.
//!
//! **What is answered.** [`Index::verdict`] is about the window that ends with the last applied entry: the verdict of the identity's first entry in it,
//! or `Skipped` where a skip of it stands in it. So what was appended can always be answered, until it leaves the window.

use std::collections::BTreeMap;

use crate::article::identity::topic_hash;
use crate::article::{Changes, Entry, EntryKind, Identity, Millis, Original, Verdict, VerdictKind};
use crate::config::DedupeRules;

use super::entries::Entries;
use super::ordinal::Ordinal;
use super::search::Scratch;
use super::tables::Tables;
use super::verdict::{Copy, KeptVerdict};
use super::window::Window;

/// What became of an entry that was applied.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// A verdict.
    Verdict(Verdict),
    /// A skip: the identity is given up.
    Skip,
    /// The start of a generation.
    Generation,
    /// Void: another of its identity stands in the window before it.
    Repeated,
    /// Void: of a raw topic that is none of ours.
    OtherTopic,
}

/// The newest entry that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Its offset in the log.
    pub offset: i64,
    /// Its record.
    pub identity: Identity,
}

/// What verdicts took, to see how near they come to their bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Earlier entries that all verdicts looked at.
    pub comparisons: u64,
    /// Those of the verdict that looked at most.
    pub most: u32,
    /// Verdicts that would have looked at more than the rules allow.
    pub cut: u64,
}

/// How far back the window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// From the oldest entry's log time to the newest's, milliseconds.
    pub millis: i64,
    /// Whether the number of entries is the shorter bound: the window is full before its time is.
    pub by_number: bool,
}

/// Entries that leave the window in one call of [`Index::make_room`].
const LEAVE_AT_ONCE: usize = 1024;

/// Names that an entry takes with it at most: one comes, so they get fewer.
const FORGET_AT_ONCE: u32 = 64;

/// The state of the window: all that verdicts need.
#[derive(Debug)]
pub struct Index {
    pub(super) rules: DedupeRules,
    /// Hashes of the raw topics whose entries count.
    topics: Vec<u64>,
    pub(super) entries: Entries,
    pub(super) tables: Tables,
    window: Window,
    /// The last skip of each identity in the window.
    skips: BTreeMap<Identity, Ordinal>,
    newest: Option<Newest>,
    /// Log time of the newest entry in the window.
    newest_time: i64,
    /// The last entry that left was out by number, not by time.
    left_by_number: bool,
    scratch: Scratch,
    work: Work,
}

impl Index {
    /// An empty index for the entries of these raw topics.
    pub fn new(rules: DedupeRules, topics: &[impl AsRef<str>]) -> Index {
        Index::starting_at(rules, topics, Ordinal::new(0))
    }

    pub(super) fn starting_at(rules: DedupeRules, topics: &[impl AsRef<str>], start: Ordinal) -> Index {
        Index {
            topics: topics.iter().map(|name| topic_hash(name.as_ref())).collect(),
            entries: Entries::new(start),
            tables: Tables::new(start, &rules),
            window: Window::new(rules.window_millis(), rules.window_entries),
            skips: BTreeMap::new(),
            newest: None,
            newest_time: i64::MIN,
            left_by_number: false,
            scratch: Scratch::default(),
            work: Work::default(),
            rules,
        }
    }

    /// Whether entries of the raw topic with this hash count.
    pub fn knows(&self, topic: u64) -> bool {
        self.topics.contains(&topic)
    }

    /// Lets leave some of what is out of the window of the entry that [`Self::apply`] comes for next; whether that is all.
    /// After a jump of the log's clock or an idle night very much leaves at once: who must not stand still for long calls this until it is done.
    pub fn make_room(&mut self, offset: i64, log_time: i64, entry: &Entry) -> bool {
        let moves = self.knows(entry.topic) && entry.kind != EntryKind::Generation && self.newest.is_none_or(|newest| newest.offset < offset);
        !moves || self.move_window(offset, log_time, LEAVE_AT_ONCE)
    }

    /// Applies the entry at `offset`, appended at `log_time` (milliseconds). Offsets must grow: an entry at an offset that was applied changes nothing.
    pub fn apply(&mut self, offset: i64, log_time: i64, entry: &Entry) -> Applied {
        if !self.knows(entry.topic) {
            return Applied::OtherTopic;
        }
        if self.newest.is_some_and(|newest| newest.offset >= offset) {
            debug_assert!(false, "offsets must grow");
            return Applied::Repeated;
        }
        self.newest = Some(Newest { offset, identity: entry.identity });
        if entry.kind == EntryKind::Generation {
            self.begin_generation(entry.generation);
            return Applied::Generation;
        }
        self.move_window(offset, log_time, usize::MAX);
        self.tables.pass();
        let ordinal = self.entries.push(offset, entry);
        self.window.push(log_time, ordinal);
        self.newest_time = log_time;
        self.entries.forget(FORGET_AT_ONCE);
        self.tables.touch(ordinal, &self.entries);
        if entry.kind != EntryKind::Skip {
            self.take_verdict(ordinal);
        }
        let is_first = self.enter(ordinal);
        match entry.kind {
            EntryKind::Skip => Applied::Skip,
            _ if is_first => Applied::Verdict(self.verdict_of(ordinal)),
            _ => Applied::Repeated,
        }
    }

    /// The verdict of a record whose first entry was applied, for a window after it. A skipped record's is [`VerdictKind::Skipped`].
    pub fn verdict(&self, identity: &Identity) -> Option<Verdict> {
        if let Some(&skip) = self.skips.get(identity) {
            return Some(self.verdict_of(skip));
        }
        let first = self.tables.of_identity(*identity, &self.entries).next()?;
        Some(self.verdict_of(first))
    }

    /// Whether a skip of the identity stands in the window.
    pub fn is_skipped(&self, identity: &Identity) -> bool {
        self.skips.contains_key(identity)
    }

    /// The newest entry of the raw topic that was applied, void or not.
    pub fn newest_applied(&self) -> Option<Newest> {
        self.newest
    }

    /// Entries in memory: those of two windows at most.
    pub fn len(&self) -> usize {
        self.entries.names.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that its arrays and tables take.
    pub fn bytes(&self) -> usize {
        let skips = self.skips.len() * 32;
        self.entries.bytes() + self.tables.bytes() + self.window.bytes() + self.scratch.bytes() + skips
    }

    /// How far back the window reaches; `None` while it is empty.
    pub fn reach(&self) -> Option<Reach> {
        let oldest = self.window.oldest_time()?;
        let millis = self.newest_time.saturating_sub(oldest).max(0);
        Some(Reach { millis, by_number: self.left_by_number && millis < self.rules.window_millis() })
    }

    /// What verdicts took.
    pub fn work(&self) -> Work {
        self.work
    }

    fn take_verdict(&mut self, ordinal: Ordinal) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let (judged, spent) = self.decide(ordinal, &mut scratch);
        self.scratch = scratch;
        self.entries.bodies.at_mut(ordinal).judged = judged;
        self.work.comparisons += u64::from(spent.comparisons);
        self.work.most = self.work.most.max(spent.comparisons);
        self.work.cut += u64::from(spent.is_cut);
    }

    /// Whether a skip of its identity stands after an entry of the window.
    pub(super) fn is_given_up(&self, ordinal: Ordinal) -> bool {
        if self.skips.is_empty() {
            return false;
        }
        let skip = self.skips.get(&self.entries.names.at(ordinal).identity);
        skip.is_some_and(|skip| ordinal.before(*skip))
    }

    /// Lets leave what is out of the window of an entry at `offset`, `most` entries at most. Whether that is all.
    fn move_window(&mut self, offset: i64, log_time: i64, most: usize) -> bool {
        for _ in 0..most {
            if self.entries.bodies.len() == 0 {
                return true;
            }
            let is_old = self.window.is_old(log_time);
            if !is_old && !self.window.is_far(self.entries.names.at(self.entries.bodies.start()).offset, offset) {
                return true;
            }
            self.left_by_number = !is_old;
            self.leave();
        }
        false
    }

    /// The window's first entry leaves it.
    fn leave(&mut self) {
        let ordinal = self.entries.bodies.start();
        let (kind, gone) = (self.entries.bodies.at(ordinal).kind, self.entries.bodies.at(ordinal).gone);
        let mut waiting = None;
        if !gone {
            self.tables.touch(ordinal, &self.entries);
            waiting = self.tables.leave(ordinal, &self.entries);
            let identity = self.entries.names.at(ordinal).identity;
            if kind == EntryKind::Skip && self.skips.get(&identity) == Some(&ordinal) {
                self.skips.remove(&identity);
            }
        }
        self.window.leave(ordinal);
        self.tables.drop_first();
        self.entries.leave_window();
        if let Some(waiting) = waiting {
            self.stop_waiting(waiting);
        }
    }

    /// The entry before a late one left the window.
    fn stop_waiting(&mut self, ordinal: Ordinal) {
        self.entries.bodies.at_mut(ordinal).late = false;
        if self.entries.bodies.at(ordinal).kind == EntryKind::Skip {
            return;
        }
        if let Some(last) = self.tables.last_of_url(&self.entries.names.at(ordinal).article, &self.entries) {
            self.tables.newest.count(ordinal, last, &self.entries);
        }
    }

    /// Enters an entry into the tables. Whether it is the first of its identity.
    fn enter(&mut self, ordinal: Ordinal) -> bool {
        let before = self.tables.enter_identity(ordinal, &self.entries);
        self.entries.bodies.at_mut(ordinal).late = before.is_some();
        if self.entries.bodies.at(ordinal).kind == EntryKind::Skip {
            self.give_up(ordinal);
        } else {
            self.tables.enter_article(ordinal, &self.entries);
        }
        before.is_none()
    }

    /// From this skip on, no entry of its identity in the window counts: what they had pushed out of their URLs' lists comes back.
    fn give_up(&mut self, skip: Ordinal) {
        let identity = self.entries.names.at(skip).identity;
        self.skips.insert(identity, skip);
        let given_up: Vec<Ordinal> = self.tables.of_identity(identity, &self.entries).collect();
        for ordinal in given_up.into_iter().filter(|o| self.entries.bodies.at(*o).kind != EntryKind::Skip) {
            let article = self.entries.names.at(ordinal).article;
            let Some(last) = self.tables.last_of_url(&article, &self.entries) else { continue };
            let all: Vec<Ordinal> = self.tables.of_url(article, &self.entries).collect();
            let left: Vec<Ordinal> = all.iter().copied().filter(|o| !self.is_given_up(*o)).collect();
            self.tables.newest.rebuild(last, &all, &left, &self.entries);
        }
    }

    /// Entries of lower generations never were.
    fn begin_generation(&mut self, generation: u32) {
        let (start, count) = (self.entries.bodies.start(), self.entries.bodies.len() as u32);
        let mut any = false;
        for i in 0..count {
            let body = self.entries.bodies.at_mut(start.plus(i));
            any |= !body.gone && body.generation < generation;
            body.gone |= body.generation < generation;
        }
        if !any {
            return;
        }
        self.tables.clear();
        self.skips.clear();
        for i in 0..count {
            let ordinal = start.plus(i);
            if !self.entries.bodies.at(ordinal).gone {
                self.enter(ordinal);
            }
        }
    }

    /// The verdict on an entry of the window.
    fn verdict_of(&self, ordinal: Ordinal) -> Verdict {
        let (name, body) = (self.entries.names.at(ordinal), self.entries.bodies.at(ordinal));
        let kind = if body.kind == EntryKind::Skip { VerdictKind::Skipped } else { self.kind_of(body.judged) };
        Verdict {
            log_offset: name.offset,
            version: (u64::from(body.generation) << 40).saturating_add(name.offset.max(0) as u64),
            content_hash: body.content,
            headline_hash: body.headline,
            kind,
        }
    }

    fn kind_of(&self, judged: KeptVerdict) -> VerdictKind {
        match judged {
            KeptVerdict::Published => VerdictKind::Published,
            KeptVerdict::Updated { supersedes, headline, text_similarity, copy } => VerdictKind::Updated {
                supersedes: self.entries.event(supersedes),
                changes: Changes { headline, text: true, text_similarity: f32::from(text_similarity) / 1000.0 },
                duplicate_of: copy.map(|copy| (copy.kind, self.original(copy))),
            },
            KeptVerdict::Withdrawn { supersedes } => VerdictKind::Withdrawn { supersedes: supersedes.map(|o| self.entries.event(o)) },
            KeptVerdict::Duplicate(copy) => VerdictKind::Duplicate(copy.kind, self.original(copy)),
        }
    }

    fn original(&self, copy: Copy) -> Original {
        let name = self.entries.names.at(copy.of);
        Original {
            article_id: name.article,
            event_id: self.entries.event(copy.of),
            domain: self.entries.domains.name(name.domain).to_owned(),
            received_at: Millis(name.received_at),
            published_earlier: copy.published_earlier,
            similarity: copy.similarity,
            containment: copy.containment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::ArticleId;

    /// Ordinals start anew after 2³¹ entries: an index that does so on the way judges as one that does not.
    #[test]
    fn ordinals_may_wrap() {
        let rules = DedupeRules { window_entries: 20, ..DedupeRules::default() };
        let mut plain = Index::new(rules.clone(), &["news.raw"]);
        let mut wrapping = Index::starting_at(rules, &["news.raw"], Ordinal::new((1 << 31) - 60));
        for i in 0..200_u8 {
            let mut entry = Entry::bare(EntryKind::Article, 1, topic_hash("news.raw"), 0, Identity([i / 2 * (i % 3); 16]));
            entry.article_id = ArticleId([i % 7; 16]);
            entry.content_hash = [1 + i % 11; 16];
            entry.signature = [i % 5; 64];
            entry.shingle_count = 100;
            entry.fetched_at = i64::from(i % 13);
            entry.sentences = std::array::from_fn(|k| u32::from(i) % 17 + k as u32 + 1);
            entry.sentence_count = 8;
            if i % 31 == 30 {
                entry.kind = EntryKind::Skip;
            }
            assert_eq!(plain.apply(i.into(), i.into(), &entry), wrapping.apply(i.into(), i.into(), &entry), "entry {i}");
        }
    }
}

//! Duplicate decisions: a pure function of one totally ordered log.
//!
//! [`fingerprint`] makes an entry of a parsed article; [`Index::apply`] judges entries in the log's order.
//! Integers only, fixed seeds, no hash map's order: every worker gives every entry the same verdict.

use crate::article::{Entry, Identity, ParsedArticle, RawArticle, Verdict};
use crate::config::DedupeRules;
use crate::parse::WithdrawnArticle;

/// Makes the entry of a prepared article. Deterministic in its arguments.
pub fn fingerprint(article: &ParsedArticle, raw: &RawArticle, rules: &DedupeRules) -> Entry {
    let _ = (article, raw, rules);
    unreachable!("not built yet")
}

/// Makes the entry of a withdrawal.
pub fn withdrawal(withdrawn: &WithdrawnArticle, raw: &RawArticle, rules: &DedupeRules) -> Entry {
    let _ = (withdrawn, raw, rules);
    unreachable!("not built yet")
}

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
    /// Void: of another raw topic.
    OtherTopic,
}

/// The state of the window: all that verdicts need.
#[derive(Debug)]
pub struct Index {
    rules: DedupeRules,
}

impl Index {
    /// An empty index for the entries of one raw topic.
    pub fn new(rules: DedupeRules, topic: &str) -> Index {
        let _ = topic;
        Index { rules }
    }

    /// Applies the entry at `offset`, appended at `log_time` (milliseconds). Offsets must grow.
    pub fn apply(&mut self, offset: i64, log_time: i64, entry: &Entry) -> Applied {
        let _ = (offset, log_time, entry, &self.rules);
        Applied::Skip
    }

    /// The verdict of a record whose first entry was applied, for a window after it. A skipped record's is [`crate::article::VerdictKind::Skipped`].
    pub fn verdict(&self, identity: &Identity) -> Option<Verdict> {
        let _ = identity;
        None
    }

    /// Entries in memory.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that its arrays and tables take.
    pub fn bytes(&self) -> usize {
        0
    }
}

//! Labels of metrics: closed sets, so that no metric can grow without bound and every series exists from the start.
//!
//! Never a URL, a host of a publisher or an error's text.

use std::marker::PhantomData;

use crate::article::{DeadLetterCode, DuplicateKind, EventType, Stage, Warning};

/// A closed set of label values.
pub trait Label: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The value as it is shown.
    fn as_str(self) -> &'static str;

    /// Its place in [`Label::ALL`].
    fn index(self) -> usize {
        Self::ALL.iter().position(|label| *label == self).expect("ALL has every label")
    }
}

/// Defines a closed set: the enum, the names, the list of all.
macro_rules! label_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl Label for $name {
            const ALL: &'static [Self] = &[$($name::$item,)*];

            fn as_str(self) -> &'static str {
                match self {
                    $($name::$item => $text,)*
                }
            }
        }
    };
}

label_set! {
    /// How a record ended.
    OutcomeLabel {
        /// As a `published` or `updated` event.
        Published = "published",
        /// As a recognised copy.
        Duplicate = "duplicate",
        /// As a `withdrawn` event.
        Withdrawn = "withdrawn",
        /// As a dead letter.
        DeadLettered = "dead_lettered",
    }
}

label_set! {
    /// Kind of an output record.
    OutputKind {
        /// A first version.
        Published = "published",
        /// A new version.
        Updated = "updated",
        /// Taken back by the publisher.
        Withdrawn = "withdrawn",
        /// A copy.
        Duplicate = "duplicate",
        /// A refused record.
        DeadLetter = "dead_letter",
    }
}

impl From<EventType> for OutputKind {
    fn from(event_type: EventType) -> OutputKind {
        match event_type {
            EventType::Published => OutputKind::Published,
            EventType::Updated => OutputKind::Updated,
            EventType::Withdrawn => OutputKind::Withdrawn,
            EventType::Duplicate => OutputKind::Duplicate,
        }
    }
}

label_set! {
    /// Which call to Kafka failed.
    ErrorStage {
        /// Reading the raw topic.
        Read = "read",
        /// Beginning a transaction and producing its records, until all are acknowledged.
        Produce = "produce",
        /// Sending offsets to the transaction.
        SendOffsets = "send_offsets",
        /// Committing.
        Commit = "commit",
        /// Aborting.
        Abort = "abort",
        /// Going back to the committed offsets, or making a new producer.
        Recover = "recover",
        /// Appending to the log.
        Append = "append",
        /// Reading the log.
        Tail = "tail",
    }
}

label_set! {
    /// What an error asks for. One that ends the process is not counted: nobody would read it; its last log line and its exit code tell.
    ErrorCode {
        /// The same call again.
        Retriable = "retriable",
        /// The transaction has to be aborted.
        Abortable = "abortable",
        /// The client is beyond use: a new one is made.
        Fatal = "fatal",
        /// Whether an entry of the log was delivered is not known: it is appended again.
        Delivery = "delivery",
    }
}

/// The errors that can occur: these series exist from the start.
pub const ERRORS: &[(ErrorStage, ErrorCode)] = &[
    (ErrorStage::Read, ErrorCode::Retriable),
    (ErrorStage::Produce, ErrorCode::Retriable),
    (ErrorStage::Produce, ErrorCode::Abortable),
    (ErrorStage::Produce, ErrorCode::Fatal),
    (ErrorStage::SendOffsets, ErrorCode::Retriable),
    (ErrorStage::SendOffsets, ErrorCode::Abortable),
    (ErrorStage::SendOffsets, ErrorCode::Fatal),
    (ErrorStage::Commit, ErrorCode::Retriable),
    (ErrorStage::Commit, ErrorCode::Abortable),
    (ErrorStage::Commit, ErrorCode::Fatal),
    (ErrorStage::Abort, ErrorCode::Retriable),
    (ErrorStage::Abort, ErrorCode::Fatal),
    (ErrorStage::Recover, ErrorCode::Retriable),
    (ErrorStage::Append, ErrorCode::Retriable),
    (ErrorStage::Append, ErrorCode::Delivery),
    (ErrorStage::Tail, ErrorCode::Retriable),
];

/// The ways in which a record is refused: these series exist from the start.
pub const DEAD_LETTERS: &[(Stage, DeadLetterCode)] = &[
    (Stage::Decode, DeadLetterCode::BadEnvelope),
    (Stage::Decode, DeadLetterCode::Undecodable),
    (Stage::Decode, DeadLetterCode::Oversize),
    (Stage::Decode, DeadLetterCode::NotHtml),
    (Stage::Decode, DeadLetterCode::Empty),
    (Stage::Parse, DeadLetterCode::TooComplex),
    (Stage::Parse, DeadLetterCode::NotAnArticle),
    (Stage::Parse, DeadLetterCode::Empty),
    (Stage::Parse, DeadLetterCode::Internal),
    (Stage::Judge, DeadLetterCode::Skipped),
    (Stage::Judge, DeadLetterCode::Internal),
    (Stage::Finish, DeadLetterCode::Internal),
    (Stage::Publish, DeadLetterCode::Unpublishable),
];

label_set! {
    /// Work on a record, or its wait for the log.
    TimedStage {
        /// Decode, parse, fingerprint.
        Prepare = "prepare",
        /// From the append to the verdict.
        Judge = "judge",
        /// Enrich, make the event.
        Finish = "finish",
    }
}

label_set! {
    /// Part of a transaction.
    Phase {
        /// From the first record to the last one handed to the client.
        Produce = "produce",
        /// Until every record is acknowledged.
        Drain = "drain",
        /// `send_offsets_to_transaction`.
        SendOffsets = "send_offsets",
        /// `commit_transaction`.
        Commit = "commit",
        /// `abort_transaction`.
        Abort = "abort",
    }
}

label_set! {
    /// How a transaction ended, and why.
    TransactionEnd {
        /// Committed.
        Committed = "committed",
        /// Partitions were taken away.
        AbortedRebalance = "aborted_rebalance",
        /// A record was not delivered.
        AbortedDelivery = "aborted_delivery",
        /// It took longer than a transaction may.
        AbortedTimeout = "aborted_timeout",
        /// The worker is stopping.
        AbortedShutdown = "aborted_shutdown",
        /// A call asked for it for another reason.
        AbortedError = "aborted_error",
    }
}

impl TransactionEnd {
    /// The labels `result` and `reason`.
    pub fn labels(self) -> (&'static str, &'static str) {
        self.as_str().split_once('_').unwrap_or((self.as_str(), "none"))
    }
}

label_set! {
    /// What the group did to the assignment.
    Rebalance {
        /// Partitions came.
        Assign = "assign",
        /// Partitions were asked back.
        Revoke = "revoke",
        /// Partitions had been given to others already.
        Lost = "lost",
    }
}

label_set! {
    /// What work waits for.
    Queue {
        /// Records that wait for a thread of the pool.
        Pool = "pool",
        /// Batches that wait for their verdicts.
        Log = "log",
    }
}

label_set! {
    /// A kind of thread.
    Thread {
        /// The worker thread.
        Worker = "worker",
        /// All threads of the pool.
        Pool = "pool",
        /// The log thread.
        Log = "log",
    }
}

label_set! {
    /// Why an entry of the log counts for nothing.
    VoidReason {
        /// Its checksum or its form is wrong.
        Damaged = "damaged",
        /// Another of its identity stands before it.
        Repeated = "repeated",
        /// It is of another raw topic.
        OtherTopic = "other_topic",
    }
}

label_set! {
    /// One of the worker's Kafka clients.
    Client {
        /// Reads the raw topic.
        Consumer = "consumer",
        /// Writes the output topics.
        Producer = "producer",
        /// Appends to the log.
        LogProducer = "log_producer",
        /// Reads the log.
        LogConsumer = "log_consumer",
    }
}

label_set! {
    /// Where the transaction stands.
    TransactionState {
        /// None is open.
        Idle = "idle",
        /// Records go in.
        Open = "open",
        /// Offsets are sent, or the commit is under way.
        Committing = "committing",
        /// The abort is under way.
        Aborting = "aborting",
    }
}

impl Label for Stage {
    const ALL: &'static [Self] = &Stage::ALL;

    fn as_str(self) -> &'static str {
        Stage::as_str(self)
    }
}

impl Label for DeadLetterCode {
    const ALL: &'static [Self] = &DeadLetterCode::ALL;

    fn as_str(self) -> &'static str {
        DeadLetterCode::as_str(self)
    }
}

impl Label for DuplicateKind {
    const ALL: &'static [Self] = &[DuplicateKind::Stale, DuplicateKind::SameUrl, DuplicateKind::SameText, DuplicateKind::NearCopy, DuplicateKind::Excerpt];

    fn as_str(self) -> &'static str {
        match self {
            DuplicateKind::Stale => "stale",
            DuplicateKind::SameUrl => "same_url",
            DuplicateKind::SameText => "same_text",
            DuplicateKind::NearCopy => "near_copy",
            DuplicateKind::Excerpt => "excerpt",
        }
    }
}

impl Label for Warning {
    const ALL: &'static [Self] = &[
        Warning::LateRefusal,
        Warning::CharsetReplacements,
        Warning::BrokenJsonLd,
        Warning::FetchedAtInFuture,
        Warning::FutureDateIgnored,
        Warning::AnnotatorFailed,
        Warning::PartsDropped,
        Warning::TextCut,
        Warning::BadUrl,
        Warning::BadPublisher,
        Warning::FieldCut,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Warning::LateRefusal => "late_refusal",
            Warning::CharsetReplacements => "charset_replacements",
            Warning::BrokenJsonLd => "broken_json_ld",
            Warning::FetchedAtInFuture => "fetched_at_in_future",
            Warning::FutureDateIgnored => "future_date_ignored",
            Warning::AnnotatorFailed => "annotator_failed",
            Warning::PartsDropped => "parts_dropped",
            Warning::TextCut => "text_cut",
            Warning::BadUrl => "bad_url",
            Warning::BadPublisher => "bad_publisher",
            Warning::FieldCut => "field_cut",
        }
    }
}

/// A counter for each value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts<L> {
    counts: Vec<u64>,
    label: PhantomData<L>,
}

impl<L: Label> Default for Counts<L> {
    fn default() -> Self {
        Counts { counts: vec![0; L::ALL.len()], label: PhantomData }
    }
}

impl<L: Label> Counts<L> {
    /// Counts one.
    pub fn inc(&mut self, label: L) {
        self.add(label, 1);
    }

    /// Counts some.
    pub fn add(&mut self, label: L, count: u64) {
        self.counts[label.index()] += count;
    }

    /// Replaces a count: for gauges.
    pub fn set(&mut self, label: L, count: u64) {
        self.counts[label.index()] = count;
    }

    /// The count of a label.
    pub fn get(&self, label: L) -> u64 {
        self.counts[label.index()]
    }

    /// The sum over all labels.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Label and count of each.
    pub fn iter(&self) -> impl Iterator<Item = (L, u64)> {
        L::ALL.iter().copied().zip(self.counts.iter().copied())
    }
}

/// A counter for each pair of values of two labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts2<A, B> {
    rows: Vec<Counts<B>>,
    label: PhantomData<A>,
}

impl<A: Label, B: Label> Default for Counts2<A, B> {
    fn default() -> Self {
        Counts2 { rows: vec![Counts::default(); A::ALL.len()], label: PhantomData }
    }
}

impl<A: Label, B: Label> Counts2<A, B> {
    /// Counts one.
    pub fn inc(&mut self, a: A, b: B) {
        self.rows[a.index()].inc(b);
    }

    /// The count of a pair.
    pub fn get(&self, a: A, b: B) -> u64 {
        self.rows[a.index()].get(b)
    }

    /// The sum over all pairs.
    pub fn total(&self) -> u64 {
        self.rows.iter().map(Counts::total).sum()
    }

    /// Labels and count of each pair.
    pub fn iter(&self) -> impl Iterator<Item = (A, B, u64)> {
        A::ALL.iter().zip(&self.rows).flat_map(|(a, row)| row.iter().map(|(b, count)| (*a, b, count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_are_distinct<L: Label>() {
        let mut names: Vec<_> = L::ALL.iter().map(|l| l.as_str()).collect();
        assert!(names.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), L::ALL.len());
        L::ALL.iter().enumerate().for_each(|(i, label)| assert_eq!(label.index(), i));
    }

    #[test]
    fn sets_are_closed_and_named() {
        names_are_distinct::<OutcomeLabel>();
        names_are_distinct::<OutputKind>();
        names_are_distinct::<ErrorStage>();
        names_are_distinct::<ErrorCode>();
        names_are_distinct::<Phase>();
        names_are_distinct::<TransactionEnd>();
        names_are_distinct::<Client>();
        names_are_distinct::<Stage>();
        names_are_distinct::<DeadLetterCode>();
        names_are_distinct::<DuplicateKind>();
        names_are_distinct::<Warning>();
    }

    /// The article's JSON names and the labels are one.
    #[test]
    fn duplicate_kinds_and_warnings_are_named_as_in_events() {
        for kind in DuplicateKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for warning in Warning::ALL {
            assert_eq!(serde_json::to_value(warning).unwrap(), warning.as_str());
        }
    }

    #[test]
    fn listed_pairs_are_distinct() {
        let errors: std::collections::BTreeSet<_> = ERRORS.iter().collect();
        let letters: std::collections::BTreeSet<_> = DEAD_LETTERS.iter().collect();
        assert_eq!((errors.len(), letters.len()), (ERRORS.len(), DEAD_LETTERS.len()));
    }

    #[test]
    fn a_transaction_ends_with_result_and_reason() {
        assert_eq!(TransactionEnd::Committed.labels(), ("committed", "none"));
        assert_eq!(TransactionEnd::AbortedRebalance.labels(), ("aborted", "rebalance"));
    }

    #[test]
    fn counts_by_two_labels() {
        let mut counts: Counts2<Stage, DeadLetterCode> = Counts2::default();
        counts.inc(Stage::Parse, DeadLetterCode::Empty);
        counts.inc(Stage::Parse, DeadLetterCode::Empty);
        counts.inc(Stage::Decode, DeadLetterCode::Oversize);
        assert_eq!(counts.get(Stage::Parse, DeadLetterCode::Empty), 2);
        assert_eq!(counts.total(), 3);
        assert_eq!(counts.iter().count(), Stage::ALL.len() * DeadLetterCode::ALL.len());
        assert_eq!(counts.iter().map(|(_, _, count)| count).sum::<u64>(), 3);
    }
}

//! Feeding: pages from files, folders and web archives, in one fixed order, to the raw topic, with a place to go on from after a crash.
//!
//! | file | owns |
//! |---|---|
//! | [`source`] | which files there are, in which order, and whether they are still the same |
//! | [`stream`], [`warc`], [`lines`], [`head`], [`response`] | from a file's bytes to records to pages, within bounds, past damage |
//! | [`sequence`] | all files as one sequence of items, and the position in it |
//! | [`state`] | the position on disk |
//! | [`sender`], [`pace`] | the producer, its acknowledgements, and how far it may run ahead of an embedded broker |
//!
//! It must never hold more than one record and the producer's bounded queue in memory, and never pass over anything without counting it.

pub(crate) mod head;
pub(crate) mod lines;
pub mod pace;
pub(crate) mod response;
pub mod sender;
pub mod sequence;
pub mod source;
pub mod state;
pub(crate) mod stream;
pub(crate) mod warc;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A record for the raw topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its URL: the key. None for an envelope without one.
    pub key: Option<String>,
    /// The page's bytes, or an envelope.
    pub value: Vec<u8>,
    /// Names as in the contract of raw bodies.
    pub headers: Vec<(&'static str, String)>,
    /// The file and the record in it, for people.
    pub place: String,
}

impl Page {
    /// Bytes of key, value and headers.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.key.as_ref().map_or(0, String::len) + self.value.len() + headers
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Why something that could be read is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A web archive's record of another kind: a request, metadata.
    NotAResponse,
    /// A response with another status than 200.
    Status(u16),
    /// Neither HTML nor plain text.
    NotText,
    /// A record that does not say where it was fetched.
    NoUrl,
    /// Nothing in it.
    Empty,
    /// Larger than any page may be.
    TooLarge,
    /// A file of a folder that is no page by its name.
    OtherFile,
    /// In a folder, a link out of it or to a folder.
    Link,
    /// No regular file: reading it may never end, or do something.
    NotAFile,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotAResponse => f.write_str("no response (a request, metadata, …)"),
            Reason::Status(status) => write!(f, "status {status}"),
            Reason::NotText => f.write_str("neither HTML nor plain text"),
            Reason::NoUrl => f.write_str("no URL"),
            Reason::Empty => f.write_str("empty"),
            Reason::TooLarge => f.write_str("too large"),
            Reason::OtherFile => f.write_str("a file of another kind"),
            Reason::Link => f.write_str("a link out of the folder or to a folder"),
            Reason::NotAFile => f.write_str("a pipe, a socket or a device"),
        }
    }
}

/// What the sequence of files holds next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// To be sent.
    Page(Page),
    /// Not to be sent.
    PassedOver {
        /// Why.
        reason: Reason,
        /// Which.
        place: String,
    },
    /// Damaged or not what it should be: a sentence that says where and what. Reading goes on after it where it can.
    Unreadable(String),
}

/// Where reading goes on: after everything that was handed out before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Index of the file in the sequence.
    pub file: usize,
    /// Byte offset in the file; in a compressed one, of the gzip member.
    pub offset: u64,
    /// Decompressed bytes of that member that are done.
    pub inner: u64,
    /// Records or lines of the file that are done.
    pub record: u64,
}

/// What has become of the pages so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Pages that the brokers have.
    pub sent: u64,
    /// Their bytes, uncompressed.
    pub bytes: u64,
    /// Records passed over, by reason.
    pub passed_over: BTreeMap<String, u64>,
    /// Things that could not be read.
    pub unreadable: u64,
}

impl Report {
    /// Counts something that is not sent.
    pub fn pass_over(&mut self, reason: Reason, count: u64) {
        if count > 0 {
            *self.passed_over.entry(reason.to_string()).or_default() += count;
        }
    }
}

//! A raw article as it was consumed: the record, untouched.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::limits;

/// Where a raw record stands in its topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The raw topic's name; for `extract` the input's name.
    #[schemars(with = "String", length(max = limits::TOPIC))]
    pub topic: Arc<str>,
    /// The partition; 0 for `extract`.
    pub partition: i32,
    /// The offset in the partition; the line number from 0 for `extract`.
    pub offset: i64,
}

/// A partition of one of the raw topics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number.
    pub number: i32,
}

impl RawPartition {
    /// A partition by its topic and number.
    pub fn new(topic: impl Into<Arc<str>>, number: i32) -> RawPartition {
        RawPartition { topic: topic.into(), number }
    }
}

impl fmt::Display for RawPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.number)
    }
}

impl Origin {
    /// The partition that it stands in.
    pub fn place(&self) -> RawPartition {
        RawPartition { topic: self.topic.clone(), number: self.partition }
    }
}

/// A header of a raw record: its name as bytes (Kafka asks for UTF-8, but no broker checks it) and its value.
pub type RawHeader = (Vec<u8>, Option<Vec<u8>>);

/// One record of the raw topic, byte for byte.
#[derive(Clone, Debug)]
pub struct RawArticle {
    /// Where it stands.
    pub origin: Origin,
    /// The record's timestamp in milliseconds since the epoch; -1 where there is none (`extract`).
    pub timestamp: i64,
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The record's headers in their order.
    pub headers: Vec<RawHeader>,
}

impl RawArticle {
    /// The record's identity.
    pub fn identity(&self) -> Identity {
        Identity::of(&self.origin, self.timestamp)
    }

    /// The value of the first header with this name (ASCII case ignored), as UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// Bytes of key, value and headers, as they stood in the topic.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.len() + v.as_ref().map_or(0, Vec::len)).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers
    }

    /// Bytes that it takes in memory: what it holds, and what an allocator and a vector take for each header.
    pub fn held_bytes(&self) -> usize {
        let part = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::capacity);
        let headers: usize = self.headers.iter().map(|(name, value)| name.capacity() + part(value) + 2 * ALLOCATION).sum();
        size_of::<RawArticle>() + part(&self.key) + part(&self.value) + headers + self.headers.capacity() * size_of::<RawHeader>()
    }
}

/// Bytes that an allocation takes beside what was asked for.
pub(crate) const ALLOCATION: usize = 16;

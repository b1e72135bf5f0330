//! A raw article as it was consumed: the record, untouched.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// Where a raw record stands in its topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The raw topic's name; for `extract` the input's name.
    #[schemars(with = "String")]
    pub topic: Arc<str>,
    /// The partition; 0 for `extract`.
    pub partition: i32,
    /// The offset in the partition; the line number from 0 for `extract`.
    pub offset: i64,
}

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
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl RawArticle {
    /// The record's identity.
    pub fn identity(&self) -> Identity {
        Identity::of(&self.origin, self.timestamp)
    }

    /// The value of the first header with this name (ASCII case ignored), as UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// How many bytes it holds: what the in-flight limit counts.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.len() + v.as_ref().map_or(0, Vec::len)).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers
    }
}

//! Settings: types with defaults, validation, secrets. A leaf: knows no other module.

use serde::{Deserialize, Serialize};

/// Limits of the parse. All of them are counts, so a record has the same outcome at every attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParseSettings {
    /// Bytes of a decoded body.
    pub max_body_bytes: usize,
    /// Elements of a page.
    pub max_elements: usize,
    /// Levels of nesting.
    pub max_depth: usize,
    /// Decompressed bytes per compressed byte.
    pub max_decompression_ratio: usize,
}

impl Default for ParseSettings {
    fn default() -> Self {
        ParseSettings { max_body_bytes: 10 << 20, max_elements: 300_000, max_depth: 512, max_decompression_ratio: 200 }
    }
}

/// The rules of duplicates: named in every event and, as a hash, in every log entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DedupeRules {
    /// The window in hours.
    pub window_hours: u32,
    /// The window in log offsets.
    pub window_entries: u32,
    /// Raised by an operator after the log was lost.
    pub generation: u32,
}

impl Default for DedupeRules {
    fn default() -> Self {
        DedupeRules { window_hours: 72, window_entries: 1_000_000, generation: 1 }
    }
}

/// Which annotations are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrichSettings {
    /// People and organisations.
    pub entities: bool,
    /// Places.
    pub places: bool,
}

impl Default for EnrichSettings {
    fn default() -> Self {
        EnrichSettings { entities: true, places: true }
    }
}

//! Duplicate decisions: a pure function of one totally ordered log.
//!
//! [`fingerprint`] makes an entry of a parsed article; [`Index::apply`] judges entries in the log's order.
//! Integers only, fixed seeds, no hash map's order: every worker gives every entry the same verdict.
//! It never sees a page, a clock or Kafka.

mod chains;
mod column;
mod domains;
mod entries;
mod fingerprint;
mod index;
mod newest;
mod ordinal;
mod rules;
mod search;
mod similar;
mod tables;
mod verdict;
mod window;

pub use fingerprint::{fingerprint, generation_entry, skip_entry, withdrawal};
pub use index::{Applied, Index, Newest, Reach, Work};
pub use rules::{FINGERPRINT_VERSION, RULES_VERSION};

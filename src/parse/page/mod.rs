//! The page of HTML as a reader of it needs it: one linear pass reads, prunes and bounds it ([`prune`]) and makes a flat table of its nodes ([`dom`]);
//! beside it stand what its head says ([`meta`]), its JSON-LD ([`json_ld`]) and the data of its scripts ([`script_data`]). Nothing here recurses over a
//! page, and nothing knows what an article is.

pub(crate) mod classes;
pub(crate) mod dom;
pub mod json_ld;
pub mod meta;
pub mod prune;
pub(in crate::parse) mod script_data;
pub(crate) mod tags;
pub(crate) mod unescape;

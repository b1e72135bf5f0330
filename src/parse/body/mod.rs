//! Where the text is decided: on a page of HTML ([`html`]), on flattened text ([`plain`]); and whether a page is a list of articles ([`listing`]).

pub mod html;
pub mod listing;
pub(crate) mod plain;

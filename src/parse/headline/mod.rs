//! Where the headline is decided: on a page of HTML ([`html`]), on flattened text ([`plain`]).

pub mod html;
pub(crate) mod plain;

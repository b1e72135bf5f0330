//! Where the times of publication and change are decided: on a page of HTML ([`html`]), on flattened text ([`plain`]). Reading a date is the business of
//! [`crate::parse::dates`].

pub(crate) mod html;
pub(crate) mod label;
pub(crate) mod plain;

//! Where authors and byline are decided: on a page of HTML ([`html`]), on flattened text ([`plain`]). What a name is, [`crate::parse::names`] knows.

pub(crate) mod html;
pub(crate) mod plain;

use crate::article::parsed::Author;
use crate::parse::names;
use crate::parse::names::agencies::is_agency;
use crate::text::fold;

/// A name, and the address of its page.
pub(in crate::parse) type Linked = (String, Option<String>);

/// Authors that are kept.
const MAX_AUTHORS: usize = 24;

/// Authors of a flattened page: those that it shows, else the feed's.
pub fn of_text(shown: Vec<String>, hints: &[String]) -> Vec<Author> {
    let fed = || hints.iter().flat_map(|h| names::said(h)).collect();
    let names = if shown.is_empty() { fed() } else { shown };
    authors(names.into_iter().map(|name| (name, None)).collect())
}

/// Each name once, in their order.
pub(in crate::parse) fn authors(names: Vec<Linked>) -> Vec<Author> {
    let mut found: Vec<Author> = Vec::new();
    for (name, url) in names {
        let key = fold::letters(&name);
        if found.len() < MAX_AUTHORS && !found.iter().any(|a| fold::letters(&a.name) == key) {
            let is_agency = is_agency(&name);
            found.push(Author { name, url, is_agency });
        }
    }
    found
}

//! Why a page was read as it was, for a person (`copydesk extract --explain`): what was weighed for each field, and the fate of each block
//! or line. The parse fills it on its way; it never decides anything.

use crate::parse::choice::Candidate;

/// Why a page was read as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The fields in the order of an event.
    pub fields: Vec<Field>,
    /// The blocks of the page, or the lines of a flattened one, in their order.
    pub parts: Vec<Part>,
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the event.
    pub name: &'static str,
    /// What the event has.
    pub chosen: Option<String>,
    /// What was weighed for it.
    pub candidates: Vec<Candidate>,
}

/// A block or line.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// It is text of the article.
    pub kept: bool,
    /// Why, or why not.
    pub why: String,
    /// Where it stands: the elements around it; empty for a line.
    pub place: String,
    /// Its text.
    pub text: String,
}

impl Field {
    /// Whether a candidate says what was chosen; for authors, whether it names all of them.
    pub fn agrees(&self, candidate: &Candidate) -> bool {
        let Some(chosen) = &self.chosen else { return false };
        candidate.value == *chosen || self.name == "authors" && chosen.split(", ").all(|name| candidate.value.contains(name))
    }
}

/// A score of the trained trees as a person reads it: log-odds.
pub(in crate::parse) fn odds(score: i32) -> String {
    format!("trees {:+.2}", f64::from(score) / f64::from(crate::parse::trees::SCALE))
}

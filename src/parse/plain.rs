//! Flattened text pages: menus, dates, section lines, headline, body, footers, told apart by shape, position and neighbours.

use crate::article::parsed::{ParagraphKind, PublicationTime};

use super::dates::DateContext;

/// What a flattened page holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainPage {
    /// The headline.
    pub headline: Option<String>,
    /// The section line above it.
    pub section: Option<String>,
    /// The byline as printed.
    pub byline: Option<String>,
    /// When it was published.
    pub published: Option<PublicationTime>,
    /// When it was changed.
    pub modified: Option<PublicationTime>,
    /// The body, the dateline still in it.
    pub paragraphs: Vec<(ParagraphKind, String)>,
    /// The share of the page's characters that was left out, 0 to 1.
    pub boilerplate_ratio: f32,
}

/// Reads a flattened page. `title` is a feed's headline, a candidate only.
pub fn read(page: &str, title: Option<&str>, context: &DateContext) -> PlainPage {
    let _ = (page, title, context);
    PlainPage::default()
}

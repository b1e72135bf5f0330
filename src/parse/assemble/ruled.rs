//! A page read by the rule of its site: what the rule's selectors find goes before what the generic way found.
//!
//! A selector that finds nothing, or nothing that can be read (a date that is none), changes nothing.

use crate::article::parsed::{PublicationTime, TimeSource};
use crate::parse::body::html::Scope;
use crate::parse::byline::html::Authors;
use crate::parse::choice::{Candidate, Choice};
use crate::parse::dates::DateContext;
use crate::parse::headline::html::Headlines;
use crate::parse::names::names_in;
use crate::parse::page::dom::{Dom, NodeId, head};
use crate::parse::published::html::Times;
use crate::parse::sites::Select;
use crate::parse::sites::selector::Selector;
use crate::parse::sites::tree::Tree;
use crate::parse::{byline, dates};

/// The longest headline or section, in characters; more is a selector that names the wrong element.
const LONGEST: usize = 400;

/// Bytes of an element's text that are read, and elements that may name authors.
const MAX_SAID: usize = 4000;
const MAX_NAMING: usize = 64;

/// A rule's name among the sources of a field.
pub const RULE: &str = "site rule";

/// What a rule found on a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ruled {
    /// The headline.
    pub headline: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// Names or bylines.
    pub authors: Vec<String>,
    /// The time of publication.
    pub published: Option<PublicationTime>,
    /// The time of the last change.
    pub modified: Option<PublicationTime>,
    /// Where the text stands.
    pub scope: Scope,
}

impl Ruled {
    /// Reads a page by a rule. Selectors that take more steps than a rule has make it as if there were no rule.
    pub fn read(tree: &Tree, select: &Select, context: &DateContext) -> Ruled {
        let dom = tree.dom();
        let first = |selector: &Option<Selector>| selector.as_ref()?.all(tree).map(|node| said(dom, node)).find(|text| !text.is_empty());
        let short = |selector: &Option<Selector>| first(selector).filter(|text| text.chars().count() <= LONGEST);
        let time = |selector: &Option<Selector>| selector.as_ref()?.all(tree).find_map(|node| time_of(dom, node, context));
        let nodes = |selector: &Option<Selector>| selector.as_ref().map(|s| s.outermost(tree)).unwrap_or_default();
        let ruled = Ruled {
            headline: short(&select.headline),
            description: first(&select.description),
            section: short(&select.section),
            authors: nodes(&select.authors).into_iter().take(MAX_NAMING).map(|node| said(dom, node)).filter(|text| !text.is_empty()).collect(),
            published: time(&select.published),
            modified: time(&select.modified),
            scope: Scope { text: nodes(&select.body), dropped: nodes(&select.drop) },
        };
        dom.steps().spend(tree.steps().taken() as usize);
        if tree.steps().are_spent() { Ruled::default() } else { ruled }
    }

    /// The rule's headline goes first; what was found without it is an alternative.
    pub fn set_headline(&self, choice: &mut Choice<Headlines>) {
        let Some(own) = &self.headline else { return };
        choice.candidates.insert(0, Candidate::new(RULE, own.as_str()));
        let headlines = &mut choice.chosen;
        let before = headlines.headline.replace(own.clone());
        headlines.alternatives.retain(|other| other != own);
        if let Some(before) = before.filter(|before| before != own) {
            headlines.alternatives.insert(0, before);
        }
    }

    /// The rule's authors replace the others; the address of an author's page stays with the name.
    pub fn set_authors(&self, choice: &mut Choice<Authors>) {
        let mut own: Vec<_> = self.authors.iter().flat_map(|text| byline::of_text(names_in(text), std::slice::from_ref(text))).collect();
        if own.is_empty() {
            return;
        }
        let found = &mut choice.chosen;
        let mut seen = std::collections::HashSet::new();
        own.retain(|author| seen.insert(author.name.clone()));
        for author in &mut own {
            author.url = found.authors.iter().find(|known| known.name == author.name).and_then(|known| known.url.clone());
        }
        choice.candidates.insert(0, Candidate::new(RULE, own.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ")));
        found.byline = found.byline.take().or_else(|| Some(head(&self.authors.join(", "), MAX_SAID).to_owned()));
        found.authors = own;
    }

    /// The rule's times replace the others.
    pub fn set_times(&self, times: &mut Times) {
        let value = |time: &PublicationTime| time.value.clone();
        times.published.overrule(RULE, self.published.clone(), value);
        times.modified.overrule(RULE, self.modified.clone(), value);
    }
}

/// What an element says: its `content` where it has one, else its text.
fn said(dom: &Dom, node: NodeId) -> String {
    match dom.get(node).attr("content") {
        Some(content) => crate::parse::page::dom::collapse(content),
        None => dom.text_up_to(node, MAX_SAID),
    }
}

/// The time that an element says: in an attribute made for it, else in its text.
fn time_of(dom: &Dom, node: NodeId, context: &DateContext) -> Option<PublicationTime> {
    let entry = dom.get(node);
    let attribute = ["datetime", "content", "data-datetime"].into_iter().find_map(|name| entry.attr(name));
    let source = match (entry.name, attribute) {
        ("meta", _) => TimeSource::Meta,
        (_, Some(_)) => TimeSource::Microdata,
        (_, None) => TimeSource::Visible,
    };
    let text = attribute.map_or_else(|| dom.text_up_to(node, 300), str::to_owned);
    dates::publication_time(&dates::find_date(&text, context)?, source, context)
}

//! The parse: from a raw record to a parsed article, or a refusal with its code.
//!
//! A function of the record, the settings and the tables compiled in; never of a clock, a hash map's order or another page.

pub mod assemble;
pub mod body;
pub(crate) mod byline;
pub mod choice;
pub(crate) mod dateline;
pub mod dates;
pub mod decode;
pub mod explain;
pub mod headline;
pub mod lines;
pub(crate) mod metadata;
pub(crate) mod names;
mod notices;
pub mod page;
pub(crate) mod published;
pub(crate) mod publishers;
pub mod sites;
pub mod steps;
pub mod trees;
mod vocabulary;

use crate::article::{Millis, ParsedArticle, RawArticle, Refusal, WithdrawnArticle};
use crate::config::ParseSettings;

use crate::parse::assemble::Known;
use crate::parse::explain::Explanation;
use crate::parse::sites::{SiteErrors, Sites};
use crate::parse::steps::Steps;
use crate::parse::trees::{Forest, SHIPPED};

/// What a raw record is, once parsed.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// A page.
    Article(Box<ParsedArticle>),
    /// The publisher took the article back.
    Withdrawal(Box<WithdrawnArticle>),
}

/// The parser: settings, tables and trees, read once.
#[derive(Debug)]
pub struct Parser {
    settings: ParseSettings,
    sites: Sites,
    now: Option<Millis>,
    trees: &'static Forest,
}

impl Parser {
    /// A parser with these settings. Fails where a site rule is wrong.
    pub fn new(settings: ParseSettings) -> Result<Parser, SiteErrors> {
        let sites = Sites::of(&settings)?;
        Ok(Parser { settings, sites, now: None, trees: &SHIPPED })
    }

    /// The time to which a page may declare itself published, for records without a timestamp. Nothing else depends on it.
    pub fn with_now(self, now: Millis) -> Parser {
        Parser { now: Some(now), ..self }
    }

    /// The same by other trees than those that are compiled in: for those who measure them.
    pub fn with_trees(self, trees: &'static Forest) -> Parser {
        Parser { trees, ..self }
    }

    /// Parses one record. Panics are the caller's to isolate.
    pub fn parse(&self, raw: &RawArticle) -> Result<Parsed, Refusal> {
        self.parse_within(raw, &self.budget())
    }

    /// The same within a budget that can be asked afterwards what was taken of it.
    pub fn parse_within(&self, raw: &RawArticle, steps: &Steps) -> Result<Parsed, Refusal> {
        self.read(raw, steps, None)
    }

    /// The same, and why the record is read as it is; of a withdrawal, which has no page, and of a record that can't be read, nothing.
    pub fn explain(&self, raw: &RawArticle) -> (Result<Parsed, Refusal>, Explanation) {
        let mut explanation = Explanation::default();
        let parsed = self.read(raw, &self.budget(), Some(&mut explanation));
        (parsed, explanation)
    }

    fn read(&self, raw: &RawArticle, steps: &Steps, explanation: Option<&mut Explanation>) -> Result<Parsed, Refusal> {
        let input = decode::decode(raw, &self.settings)?;
        let known = Known { settings: &self.settings, sites: &self.sites, received_at: self.received_at(raw), trees: self.trees };
        assemble::assemble(raw, input, &known, steps, explanation)
    }

    /// The budget of one page.
    pub fn budget(&self) -> Steps {
        Steps::new(self.settings.max_steps)
    }

    fn received_at(&self, raw: &RawArticle) -> Option<Millis> {
        if raw.timestamp >= 0 { Some(Millis(raw.timestamp)) } else { self.now }
    }
}

#[cfg(test)]
mod tests;

//! The parse: from a raw record to a parsed article, or a refusal with its code.
//!
//! A function of the record, the settings and the tables compiled in; never of a clock, a hash map's order or another page.

pub mod assemble;
pub mod body;
pub mod byline;
pub mod dateline;
pub mod dates;
pub mod decode;
pub mod explain;
pub mod headline;
pub mod lines;
pub mod metadata;
pub mod names;
mod notices;
pub mod page;
pub mod published;
pub mod publishers;
pub mod sites;
pub mod steps;
pub mod trees;
mod vocabulary;

use crate::article::{Millis, ParsedArticle, RawArticle, Refusal, WithdrawnArticle};
use crate::config::ParseSettings;

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
        let input = decode::decode(raw, &self.settings)?;
        assemble::assemble(raw, input, &self.settings, &self.sites, self.received_at(raw), self.trees, steps)
    }

    /// The budget of one page.
    pub fn budget(&self) -> Steps {
        Steps::new(self.settings.max_steps)
    }

    /// Explains why a record is read as it is; `None` for a withdrawal, which has no page.
    pub fn explain(&self, raw: &RawArticle) -> Result<Option<Explanation>, Refusal> {
        let input = decode::decode(raw, &self.settings)?;
        let Some(mut explanation) = assemble::explain(raw, input, &self.settings, &self.sites, self.received_at(raw), self.trees)? else { return Ok(None) };
        match self.parse(raw) {
            Ok(Parsed::Article(article)) => explanation.hold_against(&article.content),
            Err(Refusal { article: Some(article), .. }) => explanation.hold_against(&article.content),
            Ok(Parsed::Withdrawal(_)) | Err(_) => {}
        }
        Ok(Some(explanation))
    }

    fn received_at(&self, raw: &RawArticle) -> Option<Millis> {
        if raw.timestamp >= 0 { Some(Millis(raw.timestamp)) } else { self.now }
    }
}

#[cfg(test)]
mod tests;

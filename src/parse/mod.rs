//! The parse: from a raw record to a parsed article, or a refusal with its code.
//!
//! A function of the record, the settings and the tables compiled in; never of a clock, a hash map's order or another page.

mod assemble;
pub mod dateline;
pub mod dates;
pub mod decode;
pub mod html;
pub mod plain;
pub mod publishers;
pub mod trees;
mod vocabulary;

use crate::article::{ArticleId, Millis, ParsedArticle, RawArticle, Refusal, Source};
use crate::config::ParseSettings;

/// What a raw record is, once parsed.
#[derive(Clone, Debug)]
pub enum Parsed {
    /// A page.
    Article(Box<ParsedArticle>),
    /// The publisher took the article back.
    Withdrawal(Box<WithdrawnArticle>),
}

/// A withdrawal.
#[derive(Clone, Debug)]
pub struct WithdrawnArticle {
    /// The article.
    pub article_id: ArticleId,
    /// Its URL, publisher and `fetched_at`.
    pub source: Source,
    /// Keys of the envelope that are not of the contract.
    pub unknown_keys: u32,
}

/// The parser: settings and tables, read once.
#[derive(Debug)]
pub struct Parser {
    settings: ParseSettings,
    now: Option<Millis>,
}

impl Parser {
    /// A parser with these settings.
    pub fn new(settings: ParseSettings) -> Parser {
        Parser { settings, now: None }
    }

    /// The time to which a page may declare itself published, for records without a timestamp. Nothing else depends on it.
    pub fn with_now(self, now: Millis) -> Parser {
        Parser { now: Some(now), ..self }
    }

    /// Parses one record. Panics are the caller's to isolate.
    pub fn parse(&self, raw: &RawArticle) -> Result<Parsed, Refusal> {
        let input = decode::decode(raw, &self.settings)?;
        let received_at = if raw.timestamp >= 0 { Some(Millis(raw.timestamp)) } else { self.now };
        assemble::assemble(raw, input, &self.settings, received_at)
    }
}

#[cfg(test)]
mod tests;

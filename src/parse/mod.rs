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
mod quick;
pub mod trees;
mod vocabulary;

use crate::article::{ArticleId, ParsedArticle, RawArticle, Refusal, Source};
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
}

impl Parser {
    /// A parser with these settings.
    pub fn new(settings: ParseSettings) -> Parser {
        Parser { settings }
    }

    /// Parses one record. Panics are the caller's to isolate.
    pub fn parse(&self, raw: &RawArticle) -> Result<Parsed, Refusal> {
        let input = decode::decode(raw, &self.settings)?;
        assemble::assemble(raw, input, &self.settings)
    }
}

#[cfg(test)]
mod tests;

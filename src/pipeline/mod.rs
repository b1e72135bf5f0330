//! The pipeline: `prepare(raw)` and `finish(raw, prepared, ruling)`, and the record that goes out.
//!
//! Pure CPU work, a record a call, isolated from panics: functions of the record, the settings and the tables compiled in, and of
//! nothing else. This is the library that the worker, `extract` and the tests share. It never counts, logs or waits.

mod encode;
mod finish;
mod fit;
mod gate;
mod held;
mod letter;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::article::{DeadLetter, DeadLetterCode, Entry, Millis, ParsedArticle, RawArticle, Refusal, Ruling, Stage, WithdrawnArticle};
use crate::config::{DedupeRules, EnrichSettings, ParseSettings};
use crate::dedupe;
use crate::enrich::Enricher;
use crate::parse::explain::Explanation;
use crate::parse::sites::SiteErrors;
use crate::parse::trees::Forest;
use crate::parse::{Parsed, Parser};
use crate::text::panic::message;

pub use encode::HEADERS;
pub use finish::{Fate, Finished};
pub use letter::{DEAD_LETTER_HEADERS, dead_letter_record};

/// A record that went through `prepare`.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// A page, with its entry for the log. With a `refusal` it is published only if the log already holds its entry.
    Article {
        /// The page.
        article: Box<ParsedArticle>,
        /// Its entry.
        entry: Box<Entry>,
        /// Why it would be refused.
        refusal: Option<DeadLetter>,
    },
    /// A withdrawal, with its entry for the log.
    Withdrawal {
        /// What was withdrawn.
        withdrawn: Box<WithdrawnArticle>,
        /// Its entry.
        entry: Box<Entry>,
    },
    /// A record of which nothing could be read, or that an operator gave up.
    Refused(DeadLetter),
}

impl Prepared {
    /// A record that an operator gave up: it is never parsed.
    pub fn skipped() -> Prepared {
        Prepared::Refused(DeadLetter::new(Stage::Judge, DeadLetterCode::Skipped, "given up by an operator"))
    }
}

/// Everything the pipeline needs besides the record.
#[derive(Debug)]
pub struct PipelineSettings {
    /// Limits of the parse.
    pub parse: ParseSettings,
    /// Rules of duplicates.
    pub dedupe: DedupeRules,
    /// Which annotations are made.
    pub enrich: EnrichSettings,
    /// Over the settings and tables that can change an event.
    pub config_hash: String,
    /// The most bytes that an output record may take, key and headers with it (see [`crate::article::OutputRecord::wire_size`]); 10,000 or more.
    pub max_event_bytes: usize,
    /// The same for a dead letter: what its topic takes; 4,096 or more.
    pub max_dead_letter_bytes: usize,
    /// Headers of the raw record that go to every output record, beside `traceparent` and `tracestate`.
    pub pass_through_headers: Vec<String>,
}

impl Default for PipelineSettings {
    /// The default settings, without a hash of them: for those who embed the pipeline, and for tests.
    fn default() -> PipelineSettings {
        PipelineSettings {
            parse: ParseSettings::default(),
            dedupe: DedupeRules::default(),
            enrich: EnrichSettings::default(),
            config_hash: String::new(),
            max_event_bytes: 900_000,
            max_dead_letter_bytes: 2_000_000,
            pass_through_headers: Vec::new(),
        }
    }
}

/// The pipeline: settings and tables, read once, shared by all threads of the pool.
#[derive(Debug)]
pub struct Pipeline {
    settings: PipelineSettings,
    parser: Parser,
    enricher: Enricher,
}

impl Pipeline {
    /// A pipeline with these settings. Fails where a site rule is wrong.
    pub fn new(settings: PipelineSettings) -> Result<Pipeline, SiteErrors> {
        let parser = Parser::new(settings.parse.clone())?;
        let enricher = Enricher::new(settings.enrich.clone());
        Ok(Pipeline { settings, parser, enricher })
    }

    /// The same for records without a timestamp, which are received now: see [`Parser::with_now`].
    pub fn with_now(self, now: Millis) -> Pipeline {
        Pipeline { parser: self.parser.with_now(now), ..self }
    }

    /// The same by other trees: see [`Parser::with_trees`].
    pub fn with_trees(self, trees: &'static Forest) -> Pipeline {
        Pipeline { parser: self.parser.with_trees(trees), ..self }
    }

    /// The rules of duplicates that it works by.
    pub fn rules(&self) -> &DedupeRules {
        &self.settings.dedupe
    }

    /// Parses a record and makes its entry. What can fail fails here, before anything is in the log. A panic is a dead letter.
    pub fn prepare(&self, raw: &RawArticle) -> Prepared {
        isolated(|| self.with_entry(raw, self.parser.parse(raw)))
    }

    /// The same, and why the record is read as it is.
    pub fn explain(&self, raw: &RawArticle) -> (Prepared, Explanation) {
        let mut explanation = Explanation::default();
        let prepared = isolated(|| {
            let (parsed, why) = self.parser.explain(raw);
            explanation = why;
            self.with_entry(raw, parsed)
        });
        (prepared, explanation)
    }

    fn with_entry(&self, raw: &RawArticle, parsed: Result<Parsed, Refusal>) -> Prepared {
        let rules = &self.settings.dedupe;
        match parsed {
            Ok(Parsed::Article(mut article)) => {
                complete(&mut article);
                let entry = Box::new(dedupe::fingerprint(&article, raw, rules));
                Prepared::Article { article, entry, refusal: None }
            }
            Ok(Parsed::Withdrawal(mut withdrawn)) => {
                gate::withdrawal(&mut withdrawn);
                let entry = Box::new(dedupe::withdrawal(&withdrawn, raw, rules));
                Prepared::Withdrawal { withdrawn, entry }
            }
            Err(refusal) => match refusal.article {
                Some(mut article) => {
                    complete(&mut article);
                    let entry = Box::new(dedupe::fingerprint(&article, raw, rules));
                    Prepared::Article { article, entry, refusal: Some(refusal.dead_letter) }
                }
                None => Prepared::Refused(refusal.dead_letter),
            },
        }
    }

    /// Makes the record that goes out. It can't fail: annotations that break are left out with a warning, and a panic
    /// beside them is a dead letter.
    pub fn finish(&self, raw: &RawArticle, prepared: Prepared, ruling: Ruling) -> Finished {
        let has_entry = matches!(ruling, Ruling::Verdict(_));
        let attempt = catch_unwind(AssertUnwindSafe(|| self.try_finish(raw, prepared, ruling.clone(), true)));
        // Preparing again gives the same, so nothing need be kept for the rare second attempt.
        let attempt = attempt.or_else(|_| catch_unwind(AssertUnwindSafe(|| self.try_finish(raw, self.prepare(raw), ruling, false))));
        attempt.unwrap_or_else(|panic| {
            let message = format!("the making of the event panicked: {}", message(panic.as_ref()));
            if has_entry { self.unfinished(raw, message) } else { self.refused(raw, DeadLetter::new(Stage::Finish, DeadLetterCode::Internal, message)) }
        })
    }
}

/// A panic is a dead letter.
fn isolated(prepare: impl FnOnce() -> Prepared) -> Prepared {
    catch_unwind(AssertUnwindSafe(prepare)).unwrap_or_else(|panic| {
        let message = format!("the parser panicked: {}", message(panic.as_ref()));
        Prepared::Refused(DeadLetter::new(Stage::Parse, DeadLetterCode::Internal, message))
    })
}

/// What the parser leaves to do: language and limits.
fn complete(article: &mut ParsedArticle) {
    set_language(article);
    gate::article(article);
}

/// Tells the language of the text; the parser has left what the page declares.
fn set_language(article: &mut ParsedArticle) {
    let content = &mut article.content;
    let declared = content.language.take().and_then(|l| l.declared);
    let text = content.text.as_deref().or(content.headline.as_deref()).unwrap_or("");
    let country = article.source.publisher.country.as_deref();
    content.language = Enricher::language(text, declared.as_deref(), country);
}

/// A hash over the tables that are compiled in and can change an event; part of the events' `config_hash`.
pub fn tables_hash() -> u64 {
    env!("COPYDESK_TABLES_HASH").parse().expect("the build script writes a number")
}

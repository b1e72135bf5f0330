//! Enrichment: language, people, places and organisations, by rules and small tables. Pure; each producer can be switched off.

mod language;
mod tables;

use crate::article::event::ModelInfo;
use crate::article::parsed::{Annotations, Language};
use crate::article::{ParsedArticle, Warning};
use crate::config::EnrichSettings;

/// The enricher: settings and tables, read once.
#[derive(Debug)]
pub struct Enricher {
    settings: EnrichSettings,
}

impl Enricher {
    /// An enricher with these settings.
    pub fn new(settings: EnrichSettings) -> Enricher {
        Enricher { settings }
    }

    /// The language of a text, told by the text itself, by what the page declares where the text is short.
    /// `country` breaks ties between close languages.
    pub fn language(text: &str, declared: Option<&str>, country: Option<&str>) -> Option<Language> {
        language::language(text, declared, country)
    }

    /// People, organisations and places of an article. An annotator that panics leaves a warning.
    pub fn annotate(&self, article: &ParsedArticle) -> (Annotations, Vec<Warning>) {
        let _ = (article, &self.settings);
        (Annotations::default(), Vec::new())
    }

    /// The producers that are switched on, with their versions.
    pub fn models(&self) -> Vec<ModelInfo> {
        Vec::new()
    }
}

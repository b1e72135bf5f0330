//! Enrichment: language, people, places and organisations, by rules and small tables (`config/`).
//!
//! Pure: a function of the article, the settings and the tables; the order of its output is that of first mention. Each
//! producer can be switched off, and one that panics leaves a warning instead of its annotations.

mod document;
mod entities;
mod gazetteer;
mod inflect;
mod language;
mod organisations;
mod people;
mod places;
mod roles;
mod tables;
#[cfg(test)]
mod tests;
mod token;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::article::event::ModelInfo;
use crate::article::parsed::{Annotations, Language};
use crate::article::{ParsedArticle, Warning};
use crate::config::EnrichSettings;

use document::Document;
use organisations::OrganisationSpan;
use people::PersonSpan;

/// Raised whenever the rules or the tables give other annotations.
const VERSION: &str = "1";

/// Bytes of a text that are annotated; what lies beyond is no news article.
const MAX_TEXT_BYTES: usize = 400_000;

/// The enricher: settings and tables, read once.
#[derive(Debug)]
pub struct Enricher {
    settings: EnrichSettings,
}

impl Enricher {
    /// An enricher with these settings. The tables are read at the first use.
    pub fn new(settings: EnrichSettings) -> Enricher {
        Enricher { settings }
    }

    /// The language of a text, told by the text itself, by what the page declares where the text is short.
    /// `country` (ISO 3166-1 alpha-2) breaks ties between close languages.
    pub fn language(text: &str, declared: Option<&str>, country: Option<&str>) -> Option<Language> {
        catch_unwind(|| language::language(text, declared, country)).unwrap_or(None)
    }

    /// People, organisations and places of an article. An annotator that panics leaves a warning.
    pub fn annotate(&self, article: &ParsedArticle) -> (Annotations, Vec<Warning>) {
        if !self.settings.entities && !self.settings.places {
            return (Annotations::default(), Vec::new());
        }
        // Nothing outlives a panic but the tables, which are read whole or not at all.
        match catch_unwind(AssertUnwindSafe(|| annotate(article, &self.settings))) {
            Ok(annotations) => (annotations, Vec::new()),
            Err(_) => (Annotations::default(), vec![Warning::AnnotatorFailed]),
        }
    }

    /// The producers that are switched on, with their versions.
    pub fn models(&self) -> Vec<ModelInfo> {
        let model = |name: &str| ModelInfo { name: name.to_owned(), version: VERSION.to_owned() };
        let mut models = vec![model("language-rules")];
        if self.settings.entities {
            models.push(model("entity-rules"));
        }
        if self.settings.places {
            models.push(model("place-gazetteer"));
        }
        models
    }
}

fn annotate(article: &ParsedArticle, settings: &EnrichSettings) -> Annotations {
    let content = &article.content;
    let text = cut(content.text.as_deref().unwrap_or(""));
    let code = content.language.as_ref().map_or("", |language| language.code.as_str());
    let document = Document::read(text, code);
    let organisations = organisations::find(&document, &credited(article));
    let mut covered = vec![false; document.len()];
    for span in &organisations {
        cover(&mut covered, span);
    }
    let people = people::find(&document, &covered);
    let entities = if settings.entities { entities::assemble(&document, &people, &organisations, content.headline.as_deref()) } else { Vec::new() };
    let places = if settings.places { find_places(article, &document, &people, covered) } else { Vec::new() };
    Annotations { entities, places }
}

fn cover(covered: &mut [bool], span: &OrganisationSpan) {
    covered[span.from..span.to].fill(true);
    if let Some(acronym) = span.acronym {
        covered[acronym] = true;
    }
}

fn find_places(article: &ParsedArticle, document: &Document<'_>, people: &[PersonSpan], mut covered: Vec<bool>) -> Vec<crate::article::parsed::Place> {
    people.iter().for_each(|span| covered[span.from..span.to].fill(true));
    let family = entities::family_keys(document, people);
    let setting = places::Setting {
        headline: article.content.headline.as_deref(),
        dateline: article.content.dateline.as_ref().and_then(|dateline| dateline.place.as_deref()),
        country: article.source.publisher.country.as_deref(),
    };
    places::find(document, &covered, &family, setting)
}

/// Names that the article credits: its agencies and its publisher.
fn credited(article: &ParsedArticle) -> Vec<&str> {
    let content = &article.content;
    let mut names: Vec<&str> = content.agency_credits.iter().map(|credit| credit.agency.as_str()).collect();
    names.extend(content.dateline.as_ref().and_then(|dateline| dateline.agency.as_deref()));
    names.extend(article.source.publisher.name.as_deref());
    names.retain(|name| name.chars().count() >= 2);
    names
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_TEXT_BYTES {
        return text;
    }
    let end = (0..=MAX_TEXT_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

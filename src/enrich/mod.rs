//! Enrichment: language, people, places and organisations, by rules and small tables (`config/`).
//!
//! Pure: a function of the article, the settings and the tables; the order of its output is that of first mention. Each
//! producer can be switched off, and one that panics leaves a warning instead of its annotations.

mod document;
mod entities;
mod family;
mod gazetteer;
mod inflect;
mod language;
mod organisations;
mod people;
mod places;
mod roles;
mod scripts;
mod tables;
#[cfg(test)]
mod tests;
mod token;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::article::event::ModelInfo;
use crate::article::parsed::{Annotations, Entity, Language, Place};
use crate::article::{ParsedArticle, Warning};
use crate::config::EnrichSettings;

use document::Document;
use organisations::OrganisationSpan;
use people::PersonSpan;

/// Raised whenever the rules or the tables give other annotations.
const VERSION: &str = "1";

/// Bytes of a text that are annotated; what lies beyond is no news article.
const MAX_TEXT_BYTES: usize = 400_000;

/// Mentions of people, and of organisations, that are kept of a text: telling which are one entity takes their square.
const MAX_SPANS: usize = 3_000;

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
        guarded(|| language::language(text, declared, country)).flatten()
    }

    /// People, organisations and places of an article. An annotator that panics leaves a warning.
    pub fn annotate(&self, article: &ParsedArticle) -> (Annotations, Vec<Warning>) {
        if !self.settings.entities && !self.settings.places {
            return (Annotations::default(), Vec::new());
        }
        let Some(names) = guarded(|| Names::find(article)) else {
            return (Annotations::default(), vec![Warning::AnnotatorFailed]);
        };
        let entities = if self.settings.entities { guarded(|| names.entities(article)) } else { Some(Vec::new()) };
        let places = if self.settings.places { guarded(|| names.places(article)) } else { Some(Vec::new()) };
        let failed = entities.is_none() || places.is_none();
        let annotations = Annotations { entities: entities.unwrap_or_default(), places: places.unwrap_or_default() };
        (annotations, if failed { vec![Warning::AnnotatorFailed] } else { Vec::new() })
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

/// What an annotator makes, or nothing where it panics. Nothing outlives a panic but the tables, which are read whole or not at
/// all.
fn guarded<T>(annotator: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(annotator)).ok()
}

/// The names of a text, from which its annotations are made.
struct Names<'a> {
    document: Document<'a>,
    organisations: Vec<OrganisationSpan>,
    people: Vec<PersonSpan>,
    /// Words of organisations and people.
    covered: Vec<bool>,
}

impl<'a> Names<'a> {
    fn find(article: &'a ParsedArticle) -> Names<'a> {
        let content = &article.content;
        let text = cut(content.text.as_deref().unwrap_or(""));
        let code = content.language.as_ref().map_or("", |language| language.code.as_str());
        let document = Document::read(text, code);
        let mut organisations = organisations::find(&document, &credited(article));
        organisations.truncate(MAX_SPANS);
        let mut covered = vec![false; document.len()];
        for span in &organisations {
            covered[span.from..span.to].fill(true);
            span.acronym.into_iter().for_each(|acronym| covered[acronym] = true);
        }
        let mut people = people::find(&document, &covered);
        people.truncate(MAX_SPANS);
        people.iter().for_each(|span| covered[span.from..span.to].fill(true));
        Names { document, organisations, people, covered }
    }

    fn entities(&self, article: &ParsedArticle) -> Vec<Entity> {
        entities::assemble(&self.document, &self.people, &self.organisations, article.content.headline.as_deref())
    }

    fn places(&self, article: &ParsedArticle) -> Vec<Place> {
        let family = entities::family_keys(&self.document, &self.people);
        let setting = places::Setting {
            headline: article.content.headline.as_deref(),
            dateline: article.content.dateline.as_ref().and_then(|dateline| dateline.place.as_deref()),
            country: article.source.publisher.country.as_deref(),
        };
        places::find(&self.document, &self.covered, &family, setting)
    }
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

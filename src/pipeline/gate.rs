//! The gate that every event goes through: no string and no list is longer than the table of limits says, none has controls, only
//! the text has marks of direction, and no URL has a user or password.
//!
//! Half a URL or domain would name another place, so one that is too long is left out. What was cut is told by the warning
//! `field_cut`. The text itself is cleaned and cut where it is laid out, before anything counts offsets in it.

use crate::article::WithdrawnArticle;
use crate::article::event::{Duplication, Envelope, PipelineInfo};
use crate::article::parsed::{Annotations, Content, Language, Mention, PublicationTime, Publisher};
use crate::article::{ArticleEvent, ParsedArticle, Source, Warning, limits};
use crate::text::clean;
use crate::text::url::without_user;

/// Holds a page to the limits, before its entry is made.
pub(super) fn article(article: &mut ParsedArticle) {
    let mut gate = Gate::default();
    gate.source(&mut article.source);
    gate.content(&mut article.content);
    let quality = &mut article.quality;
    if let Some(charset) = &mut quality.charset {
        gate.string(&mut charset.used, limits::CODE);
        gate.string(&mut charset.from, limits::CODE);
    }
    if gate.has_cut {
        quality.warn(Warning::FieldCut);
    }
}

/// Holds a withdrawal to the limits.
pub(super) fn withdrawal(withdrawn: &mut WithdrawnArticle) {
    Gate::default().source(&mut withdrawn.source);
}

/// Holds what an event has beside its article's source and content to the limits.
pub(super) fn event(event: &mut ArticleEvent) {
    let mut gate = Gate::default();
    gate.envelope(&mut event.envelope);
    gate.annotations(&mut event.annotations);
    if let Some(duplication) = &mut event.duplication {
        gate.duplication(duplication);
    }
    if let Some(quality) = event.quality.as_mut().filter(|_| gate.has_cut) {
        quality.warn(Warning::FieldCut);
    }
}

#[derive(Default)]
struct Gate {
    has_cut: bool,
}

impl Gate {
    fn string(&mut self, text: &mut String, most: usize) {
        clean::line(text);
        self.has_cut |= clean::cut(text, most);
    }

    fn optional(&mut self, text: &mut Option<String>, most: usize) {
        if let Some(some) = text {
            self.string(some, most);
        }
        if text.as_deref() == Some("") {
            *text = None;
        }
    }

    /// Tells whether it may stay.
    fn whole(&mut self, text: &mut String, most: usize) -> bool {
        clean::line(text);
        let fits = !clean::is_longer(text, most);
        self.has_cut |= !fits;
        fits && !text.is_empty()
    }

    fn url(&mut self, url: &mut String) -> bool {
        if let Some(bare) = without_user(url) {
            *url = bare;
        }
        self.whole(url, limits::URL)
    }

    fn optional_url(&mut self, url: &mut Option<String>) {
        if url.as_mut().is_some_and(|url| !self.url(url)) {
            *url = None;
        }
    }

    fn domain(&mut self, domain: &mut Option<String>) {
        if domain.as_mut().is_some_and(|domain| !self.whole(domain, limits::DOMAIN)) {
            *domain = None;
        }
    }

    fn list<T>(&mut self, list: &mut Vec<T>, most: usize) {
        self.has_cut |= list.len() > most;
        list.truncate(most);
    }

    fn strings(&mut self, list: &mut Vec<String>, items: usize, most: usize) {
        self.list(list, items);
        list.iter_mut().for_each(|text| self.string(text, most));
        list.retain(|text| !text.is_empty());
    }

    fn source(&mut self, source: &mut Source) {
        for url in [&mut source.url, &mut source.final_url, &mut source.canonical_url] {
            self.optional_url(url);
        }
        self.optional(&mut source.url_key, limits::URL_KEY);
        self.domain(&mut source.domain);
        let Publisher { name, domain, country } = &mut source.publisher;
        self.optional(name, limits::NAME);
        self.domain(domain);
        self.optional(country, limits::COUNTRY);
    }

    fn content(&mut self, content: &mut Content) {
        self.optional(&mut content.headline, limits::HEADLINE);
        self.strings(&mut content.alternative_headlines, limits::HEADLINES, limits::HEADLINE);
        self.optional(&mut content.description, limits::DESCRIPTION);
        self.optional(&mut content.byline, limits::BYLINE);
        self.list(&mut content.authors, limits::AUTHORS);
        for author in &mut content.authors {
            self.string(&mut author.name, limits::NAME);
            self.optional_url(&mut author.url);
        }
        content.authors.retain(|author| !author.name.is_empty());
        for time in [&mut content.published, &mut content.modified].into_iter().flatten() {
            self.time(time);
        }
        if let Some(language) = &mut content.language {
            self.language(language);
        }
        self.optional(&mut content.section, limits::SECTION);
        self.strings(&mut content.tags, limits::TAGS, limits::TAG);
        if let Some(dateline) = &mut content.dateline {
            self.string(&mut dateline.raw, limits::PRINTED);
            self.optional(&mut dateline.place, limits::NAME);
            self.optional(&mut dateline.date, limits::TIME);
            self.optional(&mut dateline.agency, limits::NAME);
        }
        self.list(&mut content.agency_credits, limits::CREDITS);
        for credit in &mut content.agency_credits {
            self.string(&mut credit.agency, limits::NAME);
            self.string(&mut credit.evidence, limits::CODE);
        }
        self.media(content);
        if let Some(access) = &mut content.access {
            self.optional(&mut access.paywall_signal, limits::CODE);
        }
        if let Some(rights) = &mut content.rights {
            self.optional(&mut rights.holder, limits::NAME);
            self.optional(&mut rights.notice, limits::NOTICE);
        }
    }

    fn media(&mut self, content: &mut Content) {
        self.list(&mut content.images, limits::IMAGES);
        content.images.retain_mut(|image| self.url(&mut image.url));
        for image in &mut content.images {
            self.optional(&mut image.caption, limits::CAPTION);
            self.optional(&mut image.credit, limits::PRINTED);
        }
        self.list(&mut content.videos, limits::VIDEOS);
        content.videos.retain_mut(|video| self.url(&mut video.url));
        self.list(&mut content.links, limits::LINKS);
        content.links.retain_mut(|link| self.url(&mut link.url));
        for link in &mut content.links {
            self.optional(&mut link.anchor, limits::ANCHOR);
        }
    }

    fn time(&mut self, time: &mut PublicationTime) {
        self.string(&mut time.value, limits::TIME);
        self.optional(&mut time.time_zone, limits::TIME_ZONE);
        self.optional(&mut time.raw, limits::PRINTED);
    }

    fn language(&mut self, language: &mut Language) {
        self.string(&mut language.code, limits::LANGUAGE);
        self.optional(&mut language.declared, limits::LANGUAGE);
        self.optional(&mut language.script, limits::CODE);
    }

    fn annotations(&mut self, annotations: &mut Annotations) {
        self.list(&mut annotations.entities, limits::ENTITIES);
        for entity in &mut annotations.entities {
            self.string(&mut entity.name, limits::NAME);
            self.strings(&mut entity.aliases, limits::ALIASES, limits::NAME);
            self.optional(&mut entity.wikidata, limits::CODE);
            self.optional(&mut entity.role, limits::PRINTED);
            self.mentions(&mut entity.mentions);
        }
        self.list(&mut annotations.places, limits::PLACES);
        for place in &mut annotations.places {
            self.string(&mut place.name, limits::NAME);
            self.string(&mut place.kind, limits::CODE);
            self.optional(&mut place.country, limits::COUNTRY);
            self.optional(&mut place.admin1, limits::NAME);
            self.mentions(&mut place.mentions);
        }
    }

    fn mentions(&mut self, mentions: &mut Vec<Mention>) {
        self.list(mentions, limits::MENTIONS);
        mentions.iter_mut().for_each(|mention| self.string(&mut mention.text, limits::NAME));
    }

    fn envelope(&mut self, envelope: &mut Envelope) {
        let PipelineInfo { name, version, config_hash, rules, models } = &mut envelope.pipeline;
        for text in [&mut envelope.schema, name, version, config_hash, rules] {
            self.string(text, limits::CODE);
        }
        self.list(models, limits::MODELS);
        for model in models {
            self.string(&mut model.name, limits::CODE);
            self.string(&mut model.version, limits::CODE);
        }
        let mut topic = envelope.origin.topic.to_string();
        self.string(&mut topic, limits::TOPIC);
        if topic != *envelope.origin.topic {
            envelope.origin.topic = topic.into();
        }
    }

    fn duplication(&mut self, duplication: &mut Duplication) {
        self.optional(&mut duplication.content_hash, limits::CODE);
        self.optional(&mut duplication.headline_hash, limits::CODE);
        if let Some(original) = &mut duplication.duplicate_of {
            self.domain(&mut original.domain);
        }
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;

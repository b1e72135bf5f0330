//! What a prepared record holds in memory: what the budget of what is in flight is charged with, beside the raw record.
//!
//! A walk over what is on the heap, by capacities, with what an allocator takes for each piece.

use crate::article::WithdrawnArticle;
use crate::article::parsed::{AgencyCredit, Author, Content, Dateline, Image, Link, Paragraph, PublicationTime, Video};
use crate::article::raw::ALLOCATION;
use crate::article::{Entry, ParsedArticle, RawArticle, Source};
use crate::parse::decode::most_unpacked_bytes;

use crate::pipeline::{Pipeline, Prepared};

impl Pipeline {
    /// The most bytes that a record may come to hold until it is prepared: itself, and what it unpacks to.
    pub fn most_bytes(&self, raw: &RawArticle) -> usize {
        raw.held_bytes() + most_unpacked_bytes(raw, &self.settings.parse)
    }
}

impl Prepared {
    /// Bytes that it holds. With [`crate::article::RawArticle::held_bytes`] it is all that waits for the log and for `finish`.
    pub fn held_bytes(&self) -> usize {
        let entry = size_of::<Entry>() + 2 * ALLOCATION;
        size_of::<Prepared>()
            + match self {
                Prepared::Article { article, entry: made, refusal } => {
                    let said = refusal.as_ref().map_or(0, |letter| letter.message.capacity() + ALLOCATION);
                    entry + made.domain.capacity() + said + of_article(article)
                }
                Prepared::Withdrawal { withdrawn, entry: made } => {
                    entry + made.domain.capacity() + size_of::<WithdrawnArticle>() + ALLOCATION + of_source(&withdrawn.source)
                }
                Prepared::Refused(letter) => letter.message.capacity() + ALLOCATION,
            }
    }
}

fn string(text: &String) -> usize {
    if text.capacity() == 0 { 0 } else { text.capacity() + ALLOCATION }
}

fn optional(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, string)
}

fn optionals<const N: usize>(texts: [&Option<String>; N]) -> usize {
    texts.into_iter().map(optional).sum()
}

fn list<T>(list: &Vec<T>, of_each: impl Fn(&T) -> usize) -> usize {
    let own = if list.capacity() == 0 { 0 } else { list.capacity() * size_of::<T>() + ALLOCATION };
    own + list.iter().map(of_each).sum::<usize>()
}

fn of_article(article: &ParsedArticle) -> usize {
    let charset = article.quality.charset.as_ref().map_or(0, |charset| string(&charset.used) + string(&charset.from));
    size_of::<ParsedArticle>() + ALLOCATION + of_source(&article.source) + of_content(&article.content) + charset + list(&article.quality.warnings, |_| 0)
}

fn of_source(source: &Source) -> usize {
    let Source { url, final_url, canonical_url, url_key, domain, publisher, .. } = source;
    optionals([url, final_url, canonical_url, url_key, domain, &publisher.name, &publisher.domain, &publisher.country])
}

fn of_content(content: &Content) -> usize {
    let time = |time: &Option<PublicationTime>| time.as_ref().map_or(0, |t| string(&t.value) + optional(&t.time_zone) + optional(&t.raw));
    let language = content.language.as_ref().map_or(0, |l| string(&l.code) + optional(&l.declared) + optional(&l.script));
    let dateline = |d: &Dateline| string(&d.raw) + optionals([&d.place, &d.date, &d.agency]);
    optionals([&content.headline, &content.description, &content.text, &content.byline, &content.section])
        + list(&content.alternative_headlines, string)
        + list(&content.paragraphs, |_: &Paragraph| 0)
        + list(&content.authors, |a: &Author| string(&a.name) + optional(&a.url))
        + time(&content.published)
        + time(&content.modified)
        + language
        + list(&content.tags, string)
        + content.dateline.as_ref().map_or(0, dateline)
        + list(&content.agency_credits, |c: &AgencyCredit| string(&c.agency) + string(&c.evidence))
        + list(&content.images, |i: &Image| string(&i.url) + optional(&i.caption) + optional(&i.credit))
        + list(&content.videos, |v: &Video| string(&v.url))
        + list(&content.links, |l: &Link| string(&l.url) + optional(&l.anchor))
        + content.access.as_ref().map_or(0, |a| optional(&a.paywall_signal))
        + content.rights.as_ref().map_or(0, |r| optional(&r.holder) + optional(&r.notice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Origin, RawArticle};
    use crate::pipeline::{Pipeline, PipelineSettings};

    /// Bytes of all strings in a value, and how many values there are.
    fn weigh(value: &serde_json::Value) -> (usize, usize) {
        let add = |(bytes, values): (usize, usize), (more, further): (usize, usize)| (bytes + more, values + further);
        match value {
            serde_json::Value::String(text) => (text.len(), 1),
            serde_json::Value::Array(items) => items.iter().map(weigh).fold((0, 1), add),
            serde_json::Value::Object(map) => map.values().map(weigh).fold((0, 1), add),
            _ => (0, 1),
        }
    }

    #[test]
    fn what_is_held_is_what_the_strings_and_lists_take() {
        let pipeline = Pipeline::new(PipelineSettings::default()).unwrap();
        let mut last = 0;
        for size in [100, 10_000, 1_000_000] {
            let words = "A sentence that says something new of the harbour. ".repeat(size / 50 + 1);
            let links: String = (0..200).map(|n| format!("<a href=\"/{n}\">and {n}</a> ")).collect();
            let page = format!("<html><h1>A headline of some words</h1><article><p>{words}</p><p>{words} {links}</p></article></html>");
            let headers = vec![(b"url".to_vec(), Some(b"https://news.example/a".to_vec()))];
            let raw = RawArticle {
                origin: Origin { topic: "raw".into(), partition: 0, offset: 0 },
                timestamp: 0,
                key: None,
                value: Some(page.into_bytes()),
                headers,
            };
            let prepared = pipeline.prepare(&raw);
            let Prepared::Article { article, .. } = &prepared else { panic!("no article") };
            let source = weigh(&serde_json::to_value(&article.source).unwrap());
            let content = weigh(&serde_json::to_value(&article.content).unwrap());
            let (bytes, values) = (source.0 + content.0, source.1 + content.1);
            let held = prepared.held_bytes();
            assert!(bytes > last && held >= bytes, "{held} of {bytes}");
            // A vector grows by doubling, and no value has more than 100 bytes beside its text.
            assert!(held <= 2 * bytes + 200 * values + 4096, "{held} of {bytes} in {values}");
            last = bytes;
        }
    }
}

//! Makes an event fit its topic: what it can do without is dropped in a fixed order, with a warning, then the text is cut, and at
//! last only what names the event is left. That takes less than 4,000 bytes, whatever came in.

use serde::Serialize;

use crate::article::{ArticleEvent, Content, Source, Warning};
use crate::text::clean;

/// Bytes of a string that is short on any honest page.
const SHORT_BYTES: usize = 2000;
/// Bytes of a string of an event that keeps only its name.
const BARE_BYTES: usize = 200;
/// Bytes that closing what a cut text has left open may take.
const CLOSING_BYTES: usize = 64;

/// A part of an event that it can do without: takes it out, and tells whether there was any.
type Part = (&'static str, fn(&mut ArticleEvent) -> bool);

/// What an event can do without, in the order in which it goes, by its names in `quality.dropped`. The parts of a step go together.
const STEPS: [&[Part]; 5] = [
    &[("annotations.entities", |e| drain(&mut e.annotations.entities))],
    &[("annotations.places", |e| drain(&mut e.annotations.places))],
    &[("content.links", |e| of_content(e, |c| drain(&mut c.links)))],
    &[
        ("content.images", |e| of_content(e, |c| drain(&mut c.images))),
        ("content.videos", |e| of_content(e, |c| drain(&mut c.videos))),
        ("content.tags", |e| of_content(e, |c| drain(&mut c.tags))),
    ],
    &[
        ("source.url", |e| drop_long(&mut e.source.url)),
        ("source.final_url", |e| drop_long(&mut e.source.final_url)),
        ("source.canonical_url", |e| drop_long(&mut e.source.canonical_url)),
        ("content.alternative_headlines", |e| of_content(e, |c| drain(&mut c.alternative_headlines))),
        ("content.authors", |e| of_content(e, |c| shorten(&mut c.authors))),
        ("content.authors[].url", |e| of_content(e, |c| c.authors.iter_mut().filter_map(|author| author.url.take()).count() > 0)),
        ("content.agency_credits", |e| of_content(e, |c| shorten(&mut c.agency_credits))),
        ("content.description", |e| of_content(e, |c| c.description.as_mut().is_some_and(|text| truncate(text, SHORT_BYTES)))),
    ],
];

/// Items of a list that is short on any honest page.
const SHORT_LIST: usize = 20;

fn drain<T>(list: &mut Vec<T>) -> bool {
    !std::mem::take(list).is_empty()
}

fn shorten<T>(list: &mut Vec<T>) -> bool {
    let is_long = list.len() > SHORT_LIST;
    list.truncate(SHORT_LIST);
    is_long
}

/// A URL that is too long goes: half of it would lead elsewhere.
fn drop_long(url: &mut Option<String>) -> bool {
    url.take_if(|url| url.len() > SHORT_BYTES).is_some()
}

fn of_content(event: &mut ArticleEvent, part: impl FnOnce(&mut Content) -> bool) -> bool {
    event.content.as_mut().is_some_and(part)
}

/// The event as JSON of at most `max_bytes` (4,000 or more), and its warnings.
pub(super) fn event(mut event: ArticleEvent, max_bytes: usize) -> (Vec<u8>, Vec<Warning>) {
    let mut bytes = json(&event);
    for parts in STEPS {
        if bytes.len() <= max_bytes {
            return (bytes, warnings(&event));
        }
        let mut dropped: Vec<String> = Vec::new();
        parts.iter().filter(|(_, part)| part(&mut event)).for_each(|(name, _)| dropped.push((*name).to_owned()));
        note(&mut event, dropped);
        bytes = json(&event);
    }
    while bytes.len() > max_bytes {
        let length = event.content.as_ref().and_then(|c| c.text.as_ref()).map_or(0, String::len);
        if length == 0 {
            let bare = bare(event);
            return (json(&bare), warnings(&bare));
        }
        warn(&mut event, Warning::TextCut);
        // No character takes less in JSON than in the text.
        let excess = bytes.len() - max_bytes + CLOSING_BYTES;
        with_content(&mut event, |content| cut_text(content, length.saturating_sub(excess.max(length / 8))));
        bytes = json(&event);
    }
    (bytes, warnings(&event))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("events have string keys and finite numbers only")
}

fn warnings(event: &ArticleEvent) -> Vec<Warning> {
    event.quality.as_ref().map_or_else(Vec::new, |quality| quality.warnings.clone())
}

fn warn(event: &mut ArticleEvent, warning: Warning) {
    if let Some(quality) = &mut event.quality {
        quality.warn(warning);
        quality.truncated |= warning == Warning::TextCut;
    }
}

/// Tells what was left out.
fn note(event: &mut ArticleEvent, dropped: Vec<String>) {
    if dropped.is_empty() {
        return;
    }
    warn(event, Warning::PartsDropped);
    if let Some(quality) = &mut event.quality {
        quality.dropped.extend(dropped);
    }
}

fn with_content(event: &mut ArticleEvent, change: impl FnOnce(&mut Content)) {
    if let Some(content) = &mut event.content {
        change(content);
    }
}

/// An event that still does not fit: its name, its place, and the beginning of its headline.
fn bare(event: ArticleEvent) -> ArticleEvent {
    let content = event.content.map(|content| {
        let headline = content.headline.map(|mut headline| {
            truncate(&mut headline, BARE_BYTES);
            headline
        });
        Content { headline, ..Content::default() }
    });
    let mut bare = ArticleEvent { content, source: bare_source(event.source), ..event };
    note(&mut bare, vec!["content".to_owned(), "source".to_owned()]);
    bare
}

fn bare_source(source: Source) -> Source {
    let short = |text: Option<String>| text.filter(|text| text.len() <= BARE_BYTES);
    let mut publisher = source.publisher;
    publisher.name = short(publisher.name);
    Source { url: short(source.url), final_url: None, canonical_url: None, url_key: None, publisher, ..source }
}

/// Cuts the text to at most `bytes` (and what closing it takes), at a character's border, and the paragraphs with it.
fn cut_text(content: &mut Content, bytes: usize) {
    let Some(text) = &mut content.text else { return };
    truncate(text, bytes);
    let end = text.trim_end().len();
    text.truncate(end);
    clean::close_paragraphs(text);
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    content.character_count = length;
    content.paragraphs.retain(|p| p.start < length);
    if let Some(last) = content.paragraphs.last_mut() {
        last.end = length;
    }
    content.agency_credits.retain(|c| c.end.is_none_or(|end| end <= length));
    if length == 0 {
        content.text = None;
    }
}

/// Cuts a text at a character's border; whether it was longer.
fn truncate(text: &mut String, bytes: usize) -> bool {
    let is_longer = text.len() > bytes;
    if is_longer {
        let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    is_longer
}

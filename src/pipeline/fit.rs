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

/// What an event can do without, in the order in which it goes: its names in `quality.dropped`, and how.
const STEPS: [(&[&str], fn(&mut ArticleEvent)); 5] = [
    (&["annotations.entities"], |e| e.annotations.entities = Vec::new()),
    (&["annotations.places"], |e| e.annotations.places = Vec::new()),
    (&["content.links"], |e| with_content(e, |c| c.links = Vec::new())),
    (&["content.images", "content.videos", "content.tags"], |e| with_content(e, |c| (c.images, c.videos, c.tags) = Default::default())),
    (&["content.alternative_headlines", "content.authors[].url"], shorten_strings),
];

/// The event as JSON of at most `max_bytes` (4,000 or more), and its warnings.
pub(super) fn event(mut event: ArticleEvent, max_bytes: usize) -> (Vec<u8>, Vec<Warning>) {
    let mut bytes = json(&event);
    for (names, drop) in STEPS {
        if bytes.len() <= max_bytes {
            return (bytes, warnings(&event));
        }
        drop(&mut event);
        warn(&mut event, Warning::PartsDropped);
        if let Some(quality) = &mut event.quality {
            quality.dropped.extend(names.iter().map(|&name| name.to_owned()));
        }
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

fn with_content(event: &mut ArticleEvent, change: impl FnOnce(&mut Content)) {
    if let Some(content) = &mut event.content {
        change(content);
    }
}

/// Fields that are short on any honest page.
fn shorten_strings(event: &mut ArticleEvent) {
    let source = &mut event.source;
    for url in [&mut source.url, &mut source.final_url, &mut source.canonical_url] {
        keep_short(url);
    }
    with_content(event, |content| {
        content.alternative_headlines = Vec::new();
        content.authors.truncate(20);
        content.agency_credits.truncate(20);
        for author in &mut content.authors {
            author.url = None;
        }
        if let Some(description) = &mut content.description {
            truncate(description, SHORT_BYTES);
        }
    });
}

/// Half a URL would lead elsewhere.
fn keep_short(url: &mut Option<String>) {
    *url = url.take().filter(|url| url.len() <= SHORT_BYTES);
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
    ArticleEvent { content, source: bare_source(event.source), ..event }
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

fn truncate(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

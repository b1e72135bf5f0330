//! Makes an event fit its topic: what it can do without is dropped in a fixed order, with a warning, and last the text is cut.

use serde::Serialize;

use crate::article::event::Duplication;
use crate::article::{ArticleEvent, DuplicateEvent, Warning};

/// The article event as JSON of at most `max_bytes`, or the least that can be made of it, and its warnings.
pub(super) fn article(event: &ArticleEvent, max_bytes: usize) -> (Vec<u8>, Vec<Warning>) {
    let whole = json(event);
    if whole.len() <= max_bytes {
        return (whole, warnings(event));
    }
    let mut event = event.clone();
    let steps: [fn(&mut ArticleEvent); 5] = [
        |e| e.annotations.entities.clear(),
        |e| e.annotations.places.clear(),
        |e| {
            if let Some(c) = &mut e.content {
                c.links.clear()
            }
        },
        |e| {
            if let Some(c) = &mut e.content {
                (c.images.clear(), c.videos.clear(), c.tags.clear()).0
            }
        },
        shorten_strings,
    ];
    for step in steps {
        step(&mut event);
        warn(&mut event, Warning::AnnotationsDropped);
        let bytes = json(&event);
        if bytes.len() <= max_bytes {
            return (bytes, warnings(&event));
        }
    }
    warn(&mut event, Warning::TextCut);
    loop {
        let bytes = json(&event);
        let length = event.content.as_ref().and_then(|c| c.text.as_ref()).map_or(0, String::len);
        if bytes.len() <= max_bytes || length == 0 {
            return (bytes, warnings(&event));
        }
        // An escaped character takes up to six bytes, so cutting the excess at one byte each always suffices, but for rounding.
        cut_text(&mut event, length.saturating_sub((bytes.len() - max_bytes).max(length / 8)));
    }
}

/// The duplicate event as JSON of at most `max_bytes`, or the least that can be made of it.
pub(super) fn duplicate(event: &DuplicateEvent, max_bytes: usize) -> Vec<u8> {
    let whole = json(event);
    if whole.len() <= max_bytes {
        return whole;
    }
    let mut event = event.clone();
    event.content = None;
    event.source.final_url = None;
    event.source.canonical_url = None;
    let Duplication { .. } = event.duplication;
    json(&event)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("events have string keys and finite numbers only")
}

fn warnings(event: &ArticleEvent) -> Vec<Warning> {
    event.quality.as_ref().map_or_else(Vec::new, |quality| quality.warnings.clone())
}

fn warn(event: &mut ArticleEvent, warning: Warning) {
    if let Some(quality) = &mut event.quality
        && !quality.warnings.contains(&warning)
    {
        quality.warnings.push(warning);
        quality.warnings.sort_unstable();
        quality.truncated |= warning == Warning::TextCut;
    }
}

/// Fields that are short on any honest page.
fn shorten_strings(event: &mut ArticleEvent) {
    const MOST: usize = 2000;
    let source = &mut event.source;
    for field in [&mut source.url, &mut source.final_url, &mut source.canonical_url, &mut source.normalized_url].into_iter().flatten() {
        truncate(field, MOST);
    }
    if let Some(content) = &mut event.content {
        content.alternative_headlines.clear();
        content.authors.truncate(20);
        content.agency_credits.truncate(20);
        for author in &mut content.authors {
            truncate(&mut author.name, MOST);
            author.url = None;
        }
        for field in [&mut content.headline, &mut content.description, &mut content.byline, &mut content.section].into_iter().flatten() {
            truncate(field, MOST);
        }
    }
}

/// Cuts the text to at most `bytes`, at a character's border, and the paragraphs with it.
fn cut_text(event: &mut ArticleEvent, bytes: usize) {
    let Some(content) = &mut event.content else {
        return;
    };
    let Some(text) = &mut content.text else {
        return;
    };
    truncate(text, bytes);
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    content.character_count = length;
    content.paragraphs.retain(|p| p.start < length);
    if let Some(last) = content.paragraphs.last_mut() {
        last.end = last.end.min(length);
    }
    content.agency_credits.retain(|c| c.end.is_none_or(|end| end <= length));
}

fn truncate(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        let mut at = bytes;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.truncate(at);
    }
}

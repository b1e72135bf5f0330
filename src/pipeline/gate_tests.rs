//! Every field of the bundled pages' events, one after the other, made too long, full of controls, or both.

use serde_json::Value;

use super::*;
use crate::article::Ruling;
use crate::article::{Origin, RawArticle};
use crate::config::DedupeRules;
use crate::dedupe::{Applied, Index};
use crate::pipeline::{Pipeline, PipelineSettings, Prepared};

/// An event through the whole gate.
fn held(mut whole: ArticleEvent) -> ArticleEvent {
    let mut gate = Gate::default();
    gate.source(&mut whole.source);
    if let Some(content) = &mut whole.content {
        gate.content(content);
    }
    if let Some(charset) = whole.quality.as_mut().and_then(|quality| quality.charset.as_mut()) {
        gate.string(&mut charset.used, limits::CODE);
        gate.string(&mut charset.from, limits::CODE);
    }
    event(&mut whole);
    whole
}

fn events() -> Vec<Value> {
    let pipeline = Pipeline::new(PipelineSettings::default()).unwrap();
    let mut index = Index::new(DedupeRules::default(), &["raw"]);
    let mut events = Vec::new();
    for (offset, sample) in (0..).zip(crate::samples::bundled()) {
        let headers = sample.headers.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
        let origin = Origin { topic: "raw".into(), partition: 0, offset };
        let raw = RawArticle { origin, timestamp: sample.timestamp, key: sample.key, value: sample.value, headers };
        let prepared = pipeline.prepare(&raw);
        let Prepared::Article { entry, refusal: None, .. } = &prepared else { continue };
        let Applied::Verdict(verdict) = index.apply(offset, sample.timestamp, entry) else { panic!("no verdict") };
        let value = pipeline.finish(&raw, prepared, Ruling::Verdict(verdict)).record.value.unwrap();
        let event: Value = serde_json::from_slice(&value).unwrap();
        if event["schema"] == "copydesk.article/1" {
            events.push(event);
        }
    }
    events
}

/// The places of all strings and lists.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::String(_) => out.push(at.to_owned()),
        Value::Array(items) => {
            out.push(at.to_owned());
            items.iter().enumerate().take(2).for_each(|(n, item)| places(item, &format!("{at}/{n}"), out));
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| places(item, &format!("{at}/{key}"), out)),
        _ => {}
    }
}

#[test]
fn whatever_field_is_too_long_comes_out_within_its_limit() {
    let schema = jsonschema::validator_for(&crate::article::schema::event(false)).unwrap();
    let mut stuffed = std::collections::BTreeSet::new();
    for event in events() {
        let mut all = Vec::new();
        places(&event, "", &mut all);
        for place in all {
            // These two are held where the text is laid out; the schema's name is a constant.
            let kind: String = place.split('/').filter(|part| part.parse::<u32>().is_err()).collect::<Vec<_>>().join("/");
            if kind == "/schema" || kind == "/content/text" || kind == "/content/paragraphs" || stuffed.contains(&kind) {
                continue;
            }
            let mut changed = event.clone();
            match changed.pointer_mut(&place).unwrap() {
                Value::String(text) => *text = format!("{text}\u{7}\u{202e}{}", "é".repeat(20_000)),
                Value::Array(items) => *items = items.iter().cycle().take(3000).cloned().collect(),
                _ => unreachable!(),
            }
            // Closed sets and UUIDs have no room for more.
            let Ok(too_long) = serde_json::from_value::<ArticleEvent>(changed) else { continue };
            let out = serde_json::to_value(held(too_long)).unwrap();
            let errors: Vec<String> = schema.iter_errors(&out).map(|e| format!("{e:.200} at {}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{place}: {errors:?}");
            assert!(!out.pointer(&place).and_then(Value::as_str).is_some_and(|text| text.contains(['\u{7}', '\u{202e}'])), "{place}");
            stuffed.insert(kind);
        }
    }
    assert!(stuffed.len() > 60, "{stuffed:?}");
}

#[test]
fn what_is_within_its_limits_stays_as_it_is() {
    for event in events() {
        let whole: ArticleEvent = serde_json::from_value(event).unwrap();
        assert_eq!(held(whole.clone()), whole);
    }
}

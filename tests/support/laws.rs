//! What holds of any record, whatever its bytes: through prepare, the index, finish and encode it becomes an event or a dead letter
//! that fits its topic, and nothing in an event acts on who prints it.
//!
//! Shared by the fuzz target `record`, the test of the hostile records and the property tests; [`publish`] also by those of single events.

// Each test file uses a part of it.
#![allow(dead_code)]

use copydesk::article::{Origin, RawArticle, RawHeader};
use copydesk::article::{OutputTopic, Ruling};
use copydesk::dedupe::{Applied, Index};
use copydesk::pipeline::{Fate, Finished, Pipeline, PipelineSettings, Prepared};
use serde_json::Value;

/// The log's clock.
const LOG_TIME: i64 = 1_780_272_000_000;
/// Headers of every dead letter.
const MARKS: [&str; 9] =
    ["dlq-stage", "dlq-code", "dlq-message", "dlq-topic", "dlq-partition", "dlq-offset", "dlq-timestamp", "dlq-replays", "dlq-worker-version"];

/// A pipeline whose records are bounded so.
pub fn pipeline(max_event_bytes: usize, max_dead_letter_bytes: usize) -> Pipeline {
    let pass_through_headers = vec!["crawl-id".to_owned()];
    Pipeline::new(PipelineSettings { max_event_bytes, max_dead_letter_bytes, pass_through_headers, ..PipelineSettings::default() })
        .expect("the built-in rules are sound")
}

/// A record of the topic `raw`.
pub fn record(offset: i64, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<RawHeader>) -> RawArticle {
    RawArticle { origin: Origin { topic: "raw".into(), partition: 0, offset }, timestamp: LOG_TIME, key, value, headers }
}

/// What becomes of a record, whose entry gets the same offset and time in the log.
pub fn publish(pipeline: &Pipeline, index: &mut Index, raw: &RawArticle) -> Finished {
    publish_at(pipeline, index, raw, raw.origin.offset, raw.timestamp)
}

/// The same with another offset and time in the log.
pub fn publish_at(pipeline: &Pipeline, index: &mut Index, raw: &RawArticle, log_offset: i64, log_time: i64) -> Finished {
    let prepared = pipeline.prepare(raw);
    let ruling = match &prepared {
        Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. } => match index.apply(log_offset, log_time, entry) {
            Applied::Verdict(verdict) => Ruling::Verdict(verdict),
            other => panic!("no verdict: {other:?}"),
        },
        Prepared::Article { .. } | Prepared::Refused(_) => Ruling::Refused,
    };
    pipeline.finish(raw, prepared, ruling)
}

/// The event that a record has become.
pub fn event(finished: &Finished) -> Value {
    serde_json::from_slice(finished.record.value.as_deref().expect("an event has a value")).expect("an event is JSON")
}

/// Publishes a record, and the same again as a copy, and holds both to the laws.
pub fn hold(pipeline: &Pipeline, max_event_bytes: usize, max_dead_letter_bytes: usize, raw: RawArticle) -> Vec<Finished> {
    let mut index = Index::new(pipeline.rules().clone(), &["raw"]);
    let mut raw = raw;
    let mut all = Vec::new();
    for offset in 0..2 {
        raw.origin.offset = offset;
        let finished = publish(pipeline, &mut index, &raw);
        let record = &finished.record;
        let most = if record.topic == OutputTopic::DeadLetters { max_dead_letter_bytes } else { max_event_bytes };
        assert!(record.wire_size() <= most, "{} bytes of {most}: {:?}", record.wire_size(), finished.fate);
        if matches!(finished.fate, Fate::DeadLetter(..)) {
            assert_eq!(record.topic, OutputTopic::DeadLetters);
            for mark in MARKS {
                assert_eq!(record.headers.iter().filter(|(name, _)| name == mark).count(), 1, "{mark}");
            }
        } else {
            hold_event(&finished);
        }
        all.push(finished);
    }
    all
}

fn hold_event(finished: &Finished) {
    for (name, value) in &finished.record.headers {
        let value = std::str::from_utf8(value.as_deref().unwrap_or_default()).expect("headers of events are text");
        assert!(!name.chars().chain(value.chars()).any(acts), "{name}: {value:?}");
    }
    let event = event(finished);
    let mut strings = Vec::new();
    gather(&event, &mut strings);
    hold_urls(&event);
    let text = event["content"]["text"].as_str().unwrap_or_default();
    for string in strings {
        if !std::ptr::eq(string, text) {
            assert!(!string.chars().any(acts), "{string:?}");
        }
    }
    assert!(!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{text:?}");
    let length = text.chars().count();
    if event["content"]["text"].is_string() {
        assert_eq!(event["content"]["character_count"], length);
    }
    let characters: Vec<char> = text.chars().collect();
    for paragraph in event["content"]["paragraphs"].as_array().into_iter().flatten() {
        let at = |key: &str| usize::try_from(paragraph[key].as_u64().expect("an offset")).expect("it fits");
        assert!(at("start") < at("end") && at("end") <= length, "{paragraph} of {length}");
        let part = &characters[at("start")..at("end")];
        assert_eq!(left_open(part), Some(0), "{part:?}");
        assert!(!part.contains(&'\n') && (paragraph["kind"] == "table_row" || !part.contains(&'\t')), "{part:?}");
    }
}

/// No URL has a user or password. A headline may look like one.
fn hold_urls(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(hold_urls),
        Value::Object(map) => {
            for (key, item) in map {
                let url = item.as_str().filter(|_| matches!(key.as_str(), "url" | "final_url" | "canonical_url"));
                assert!(!url.is_some_and(|url| authority(url).contains('@')), "{key}: {url:?}");
                hold_urls(item);
            }
        }
        _ => {}
    }
}

fn authority(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or_default().split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

fn gather<'v>(value: &'v Value, strings: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => strings.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, strings)),
        Value::Object(map) => map.values().for_each(|item| gather(item, strings)),
        _ => {}
    }
}

/// Controls and marks of direction.
fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many embeddings and isolates are open at the end; `None` where something is closed that is not open.
fn left_open(part: &[char]) -> Option<usize> {
    let mut open = Vec::new();
    for c in part {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => open.push('\u{202c}'),
            '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
            '\u{202c}' | '\u{2069}' => (open.pop() == Some(*c)).then_some(())?,
            _ => {}
        }
    }
    Some(open.len())
}

//! Every bundled page through the pipeline, in order: what becomes of it, its whole event as a snapshot, and its schema.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/samples.rs"]
mod desk;
#[path = "support/files.rs"]
mod files;
#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeSet;

use copydesk::article::{DeadLetterCode, DuplicateKind};
use copydesk::pipeline::{Fate, Finished};
use copydesk::samples::Sample;
use desk::laws::event;
use desk::{desk, raw};
use serde_json::{Value, json};

fn events() -> impl Iterator<Item = (&'static Sample, Value)> {
    desk().iter().filter(|(_, finished)| !matches!(finished.fate, Fate::DeadLetter(..))).map(|(sample, finished)| (sample, event(finished)))
}

fn fate(finished: &Finished) -> String {
    match finished.fate {
        Fate::Published { updated: false, .. } => "published".into(),
        Fate::Published { updated: true, .. } => "updated".into(),
        Fate::Withdrawn => "withdrawn".into(),
        Fate::Duplicate(kind) => format!("duplicate {}", json!(kind).as_str().unwrap()),
        Fate::DeadLetter(_, code) => format!("dead_letter {}", json!(code).as_str().unwrap()),
    }
}

#[test]
fn each_becomes_what_the_manifest_says() {
    let wrong: Vec<String> = desk()
        .iter()
        .filter(|(sample, finished)| sample.becomes != fate(finished))
        .map(|(sample, finished)| format!("{}: {}, not {}", sample.name, fate(finished), sample.becomes))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn they_show_every_outcome() {
    let fates: BTreeSet<String> = desk().iter().map(|(_, finished)| fate(finished)).collect();
    let kinds = [DuplicateKind::Stale, DuplicateKind::SameUrl, DuplicateKind::SameText, DuplicateKind::NearCopy, DuplicateKind::Excerpt];
    let mut expected: BTreeSet<String> = ["published", "updated", "withdrawn"].map(str::to_owned).into();
    expected.extend(kinds.iter().map(|kind| format!("duplicate {}", json!(kind).as_str().unwrap())));
    // An operator skips a record; internal errors are not to be had.
    let codes = [
        DeadLetterCode::BadEnvelope,
        DeadLetterCode::Undecodable,
        DeadLetterCode::Oversize,
        DeadLetterCode::TooComplex,
        DeadLetterCode::NotHtml,
        DeadLetterCode::NotAnArticle,
        DeadLetterCode::Empty,
    ];
    expected.extend(codes.iter().map(|code| format!("dead_letter {}", json!(code).as_str().unwrap())));
    assert_eq!(fates, expected);
}

#[test]
fn they_are_many_and_of_many_languages_and_charsets() {
    assert!(desk().len() >= 48, "{}", desk().len());
    let of = |pointer: &str| -> BTreeSet<String> { events().filter_map(|(_, e)| Some(e.pointer(pointer)?.as_str()?.to_owned())).collect() };
    let languages = of("/content/language/code");
    assert!(languages.len() >= 20, "{languages:?}");
    let charsets = of("/quality/charset/used");
    assert!(charsets.len() >= 10, "{charsets:?}");
    assert!(of("/quality/extractor").is_superset(&["generic", "plain_text"].map(str::to_owned).into()));
}

#[test]
fn they_are_small_enough_for_any_topic_and_were_fetched_before_they_were_sent() {
    for (offset, (sample, _)) in desk().iter().enumerate() {
        let raw = raw(offset, sample);
        assert!(raw.size() < 100_000, "{}: {} bytes", sample.name, raw.size());
    }
    for (sample, event) in events() {
        let fetched_at: jiff::Timestamp = event["source"]["fetched_at"].as_str().unwrap().parse().unwrap();
        assert!(fetched_at.as_millisecond() < sample.timestamp, "{}", sample.name);
    }
}

#[test]
fn whole_events() {
    for (sample, finished) in desk() {
        let shown = match finished.fate {
            Fate::DeadLetter(..) => {
                let text = |value: &Option<Vec<u8>>| String::from_utf8_lossy(value.as_deref().unwrap_or_default()).into_owned();
                // The version of the product is in them too.
                let headers = finished.record.headers.iter().filter(|(name, _)| name != "dlq-worker-version");
                json!(headers.map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>())
            }
            _ => event(finished),
        };
        insta::with_settings!({ description => &sample.shows }, { insta::assert_json_snapshot!(sample.name.as_str(), shown) });
    }
}

/// The schema's examples, which the documents show too, are events of bundled pages; only what changes with every version stands as it was.
#[test]
fn the_examples_of_the_schema_are_events_of_these() {
    for (file, name) in [("published", "en-agency-original"), ("duplicate", "en-agency-copy")] {
        let example: Value = serde_json::from_str(&files::read(&format!("schema/examples/{file}.json"))).unwrap();
        let (_, mut event) = events().find(|(sample, _)| sample.name == name).unwrap();
        for key in ["version", "config_hash", "rules"] {
            event["pipeline"][key] = example["pipeline"][key].clone();
        }
        assert_eq!(example, event, "schema/examples/{file}.json is not what {name} gives: {event:#}");
    }
}

#[test]
fn each_event_fits_its_schema() {
    for (sample, event) in events() {
        schema::check_event(&sample.name, &event);
        assert!(!event.to_string().contains("null"), "{}: a missing fact is an absent key: {event}", sample.name);
    }
    for (sample, _) in desk().iter().filter(|(sample, _)| sample.becomes != "dead_letter bad_envelope") {
        let Some(Ok(envelope)) = sample.value.as_deref().map(serde_json::from_slice::<Value>) else { continue };
        assert!(schema::INPUT.is_valid(&envelope), "{}", sample.name);
    }
    assert!(schema::INPUT.is_valid(&json!({ "url": "https://a.example/", "html": "<p>", "publisher": { "country": "FR" }, "of_a_later_version": 1 })));
    assert!(!schema::INPUT.is_valid(&json!({ "url": 7 })));
}

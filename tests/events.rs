//! Whole events of sample pages, as snapshots, and what they are made of.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/files.rs"]
mod files;
#[path = "support/laws.rs"]
mod laws;
#[path = "support/schema.rs"]
mod schema;

use copydesk::article::{Origin, RawArticle};
use copydesk::config::{Copies, DedupeRules};
use copydesk::dedupe::Index;
use copydesk::pipeline::{DEAD_LETTER_HEADERS, HEADERS, Pipeline, PipelineSettings};
use laws::{event, publish};
use serde_json::Value;

/// A day after the pages were printed.
const TIMESTAMP: i64 = 1_741_132_800_000;

fn pipeline(max_event_bytes: usize) -> Pipeline {
    Pipeline::new(PipelineSettings {
        // The real one changes with every table.
        config_hash: "of this test".into(),
        max_event_bytes,
        max_dead_letter_bytes: 1_000_000,
        pass_through_headers: vec!["crawl-id".into()],
        ..PipelineSettings::default()
    })
    .unwrap()
}

fn raw(offset: i64, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> RawArticle {
    let headers = headers.iter().map(|(n, v)| ((*n).into(), Some(v.as_bytes().to_vec()))).collect();
    RawArticle { origin: Origin { topic: "news.raw".into(), partition: 0, offset }, timestamp: TIMESTAMP, key: None, value: body, headers }
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(files::root().join("config/samples").join(name)).unwrap()
}

fn desk() -> (Pipeline, Index) {
    (pipeline(900_000), Index::new(DedupeRules::default(), &["news.raw"]))
}

fn bridge(offset: i64, url: &str) -> RawArticle {
    raw(offset, &[("content-type", "text/html"), ("url", url), ("crawl-id", "7")], Some(sample("bridge.html")))
}

#[test]
fn an_html_page() {
    let (pipeline, mut index) = desk();
    let finished = publish(&pipeline, &mut index, &bridge(0, "https://www.courier.example/local/bridge?utm_source=feed"));
    insta::assert_json_snapshot!(event(&finished));
    let headers: Vec<String> =
        finished.record.headers.iter().map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v.as_deref().unwrap_or_default()))).collect();
    insta::assert_json_snapshot!("an_html_page_headers", headers);
}

/// The tables of headers, which `schema/headers.md` prints, name every header that is written; what is always there is.
#[test]
fn the_tables_name_every_header() {
    let (pipeline, mut index) = desk();
    let page = publish(&pipeline, &mut index, &bridge(0, "https://www.courier.example/local/bridge"));
    let withdrawal = publish(&pipeline, &mut index, &raw(1, &[("url", "https://www.courier.example/local/bridge")], None));
    let refused = publish(&pipeline, &mut index, &raw(2, &[("content-type", "text/html")], Some(Vec::new())));
    for (finished, table) in [(&page, &HEADERS[..]), (&withdrawal, &HEADERS[..]), (&refused, &DEAD_LETTER_HEADERS[..])] {
        let written: Vec<&str> = finished.record.headers.iter().map(|(name, _)| name.as_str()).collect();
        let raw = ["crawl-id", "content-type", "url"];
        assert!(written.iter().all(|name| table.iter().any(|(known, ..)| known == name) || raw.contains(name)), "{written:?}");
        assert!(table.iter().all(|(name, _, when)| *when != "always" || written.contains(name)), "{written:?}");
    }
    assert!(HEADERS.iter().all(|(name, ..)| page.record.headers.iter().any(|(written, _)| written == name)), "{:?}", page.record.headers);
}

#[test]
fn a_flattened_text_page() {
    let (pipeline, mut index) = desk();
    let headers = [("content-type", "text/plain"), ("publisher-country", "RU"), ("publisher-time-zone", "Europe/Moscow")];
    let finished = publish(&pipeline, &mut index, &raw(0, &headers, Some(sample("reservoir.txt"))));
    insta::assert_json_snapshot!(event(&finished));
}

#[test]
fn a_copy_an_update_and_a_withdrawal() {
    let (pipeline, mut index) = desk();
    let url = "https://www.courier.example/local/bridge";
    publish(&pipeline, &mut index, &bridge(0, url));
    let copy = publish(&pipeline, &mut index, &bridge(1, "https://mirror.example/bridge"));
    insta::assert_json_snapshot!("a_copy", event(&copy));
    let text = String::from_utf8(sample("bridge.html")).unwrap().replace("41 million", "44 million");
    let update = publish(&pipeline, &mut index, &raw(2, &[("content-type", "text/html"), ("url", url)], Some(text.into_bytes())));
    let update = event(&update);
    assert_eq!(update["event_type"], "updated");
    assert_eq!(update["changes"]["text"], true);
    assert_eq!(update["changes"]["headline"], false);
    let withdrawal = publish(&pipeline, &mut index, &raw(3, &[("url", url)], None));
    let withdrawal = event(&withdrawal);
    assert_eq!((&withdrawal["event_type"], &withdrawal["supersedes"]), (&Value::from("withdrawn"), &update["event_id"]));
}

/// `dedupe.copies = "brief"`: a copy's event says what it is a copy of and little else; articles are whole.
#[test]
fn brief_copies() {
    let settings = |copies| PipelineSettings { dedupe: DedupeRules { copies, ..DedupeRules::default() }, ..PipelineSettings::default() };
    let of = |copies| {
        let (pipeline, mut index) = (Pipeline::new(settings(copies)).unwrap(), desk().1);
        let article = publish(&pipeline, &mut index, &bridge(0, "https://www.courier.example/local/bridge"));
        let copy = publish(&pipeline, &mut index, &bridge(1, "https://mirror.example/bridge"));
        (event(&article), event(&copy), copy.record.headers)
    };
    let ((article, copy, headers), (same_article, whole, whole_headers)) = (of(Copies::Brief), of(Copies::Full));
    assert_eq!(article, same_article);
    let kept: Vec<&str> = copy["content"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(kept, ["agency_credits", "character_count", "headline", "language", "published", "word_count"]);
    for key in ["character_count", "headline", "language", "published", "word_count"] {
        assert_eq!(copy["content"][key], whole["content"][key], "{key}");
    }
    for key in ["event_id", "version", "duplication", "source", "quality"] {
        assert_eq!(copy[key], whole[key], "{key}");
    }
    assert_eq!((copy.get("annotations"), copy["pipeline"].get("models")), (None, None));
    assert!(whole["content"]["text"].is_string() && whole["annotations"]["entities"].is_array());
    // The section is not kept, so no header says it.
    let without_section: Vec<_> = whole_headers.into_iter().filter(|(name, _)| name != "section").collect();
    assert_eq!(headers, without_section);
    schema::check_event("a brief copy", &copy);
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let record = bridge(0, "https://www.courier.example/local/bridge");
    let once = {
        let (pipeline, mut index) = desk();
        publish(&pipeline, &mut index, &record).record
    };
    let (pipeline, mut index) = desk();
    assert_eq!(publish(&pipeline, &mut index, &record).record, once);
}

#[test]
fn an_event_that_is_too_large_loses_annotations_first_and_text_last() {
    let record = bridge(0, "https://www.courier.example/local/bridge");
    let size = {
        let (pipeline, mut index) = desk();
        publish(&pipeline, &mut index, &record).record.wire_size()
    };
    let mut whole = None;
    for limit in [size, size - 1, size * 4 / 5, size * 2 / 3] {
        let pipeline = pipeline(limit);
        let mut index = Index::new(DedupeRules::default(), &["news.raw"]);
        let finished = publish(&pipeline, &mut index, &record);
        let bytes = finished.record.wire_size();
        let event = event(&finished);
        let whole = whole.get_or_insert_with(|| event.clone());
        assert!(bytes <= limit, "{bytes} of {limit}");
        assert_eq!(event["event_id"], whole["event_id"]);
        let warnings = event["quality"]["warnings"].to_string();
        assert_eq!(limit < size, warnings.contains("parts_dropped"), "{limit}: {warnings}");
        assert_eq!(limit < size, event["quality"]["dropped"].as_array().is_some_and(|parts| parts[0] == "annotations.entities"), "{limit}");
        assert_eq!(event["quality"]["truncated"].as_bool().unwrap(), warnings.contains("text_cut"), "{limit}: {warnings}");
    }
}

/// The README shows an event: each of its values is one that the page gives.
#[test]
fn the_readme_shows_what_a_page_gives() {
    let readme = files::read("README.md");
    let shown = readme.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let shown: Value = serde_json::from_str(shown).unwrap();
    let (pipeline, mut index) = desk();
    let mut page = raw(0, &[("url", "https://www.courier.example/local/harbour-bridge"), ("content-type", "text/html")], Some(sample("bridge.html")));
    // The page is of March.
    page.timestamp += 90 * 24 * 3_600_000;
    let event = event(&publish(&pipeline, &mut index, &page));
    assert!(holds(&event, &shown), "the README shows {shown}, the event is {event}");
}

/// Every key and item of `part` is in `whole`.
fn holds(whole: &Value, part: &Value) -> bool {
    match part {
        Value::Object(part) => part.iter().all(|(key, value)| holds(&whole[key], value)),
        Value::Array(part) => part.iter().enumerate().all(|(at, value)| holds(&whole[at], value)),
        part => whole == part,
    }
}

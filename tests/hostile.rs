//! The hostile records of `tests/hostile/`, each through prepare, judge, finish and encode: an event or a dead letter comes out that
//! fits its topic and its schema. And the same of arbitrary records, as properties.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/laws.rs"]
mod laws;
#[path = "support/schema.rs"]
mod schema;

use std::sync::OnceLock;

use copydesk::article::{DeadLetter, DeadLetterCode, RawArticle, RawHeader, Stage};
use copydesk::pipeline::{Fate, Finished, Pipeline, dead_letter_record};
use proptest::prelude::*;
use serde_json::{Value, json};

/// As the worker has them by default.
const MAX_EVENT_BYTES: usize = 1_000_000;
const MAX_DEAD_LETTER_BYTES: usize = 16 << 20;
/// The least that they may be.
const LEAST_EVENT_BYTES: usize = 10_000;
const LEAST_DEAD_LETTER_BYTES: usize = 4096;

fn check_schema(finished: &Finished) {
    if !matches!(finished.fate, Fate::DeadLetter(..)) {
        schema::check_event("what comes out", &laws::event(finished));
    }
}

fn becomes(finished: &Finished) -> String {
    match finished.fate {
        Fate::DeadLetter(_, code) => json!(code).as_str().unwrap().to_owned(),
        Fate::Published { .. } | Fate::Duplicate(_) | Fate::Withdrawn => "event".to_owned(),
    }
}

#[test]
fn every_hostile_record_becomes_an_event_or_a_dead_letter_that_fits() {
    let pipeline = laws::pipeline(MAX_EVENT_BYTES, MAX_DEAD_LETTER_BYTES);
    let recipes = hostile::recipes();
    assert!(recipes.len() > 50, "{} recipes", recipes.len());
    for recipe in &recipes {
        let started = std::time::Instant::now();
        let hostile::Hostile { key, value, headers } = recipe.record();
        let all = laws::hold(&pipeline, MAX_EVENT_BYTES, MAX_DEAD_LETTER_BYTES, laws::record(0, key, value, headers));
        println!("{}: {} ({:.1} s)", recipe.name, becomes(&all[0]), started.elapsed().as_secs_f32());
        all.iter().for_each(check_schema);
        if let Some(expected) = &recipe.becomes {
            assert_eq!(&becomes(&all[0]), expected, "{}: {}", recipe.name, recipe.shows);
        }
        assert_ne!(becomes(&all[0]), "internal", "{}", recipe.name);
    }
}

fn event_of(name: &str) -> Value {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    let pipeline = PIPELINE.get_or_init(|| laws::pipeline(MAX_EVENT_BYTES, MAX_DEAD_LETTER_BYTES));
    let recipe = hostile::recipes().into_iter().find(|recipe| recipe.name == name).unwrap();
    let hostile::Hostile { key, value, headers } = recipe.record();
    let all = laws::hold(pipeline, MAX_EVENT_BYTES, MAX_DEAD_LETTER_BYTES, laws::record(0, key, value, headers));
    laws::event(&all[0])
}

#[test]
fn what_was_cut_is_told() {
    for name in ["publisher-name", "copyright-holder", "hint-section", "hint-authors", "tracestate"] {
        let event = event_of(name);
        assert!(event["quality"]["warnings"].to_string().contains("field_cut"), "{name}: {}", event["quality"]);
    }
    assert!(event_of("long-url")["quality"]["warnings"].to_string().contains("bad_url"));
    assert!(!event_of("header-name-event")["quality"]["warnings"].to_string().contains("field_cut"));
}

#[test]
fn a_password_is_in_no_event_and_changes_no_name() {
    let event = event_of("credentials");
    assert!(!event.to_string().contains("secret"), "{event}");
    assert_eq!(event["source"]["url"], "https://hostile.example/a-story");
    let without = event_of("publisher-name");
    assert_eq!(event["article_id"], without["article_id"]);
}

/// A string of a kind that has made trouble.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[\\x00-\\x20\\x7f-\\u{9f}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}<>&\"a]{0,60}",
        ("[a\"\\\\é𝄞<\u{202e}]", 1000..60_000_usize).prop_map(|(piece, times)| piece.repeat(times)),
        "https?://[a-z@:]{1,12}\\.example/[a-z\u{1}]{0,8}",
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        texts().prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..200),
        (any::<u8>(), 1..4_000_000_usize).prop_map(|(b, n)| vec![b; n])
    ]
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    const KNOWN: &[&str] =
        &["url", "final-url", "content-type", "fetched-at", "publisher-name", "hint-section", "traceparent", "tracestate", "crawl-id", "dlq-code"];
    prop_oneof![4 => prop::sample::select(KNOWN).prop_map(|name| name.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..6), 1 => bytes()]
}

fn headers() -> impl Strategy<Value = Vec<RawHeader>> {
    let header = (names(), prop::option::of(bytes()));
    let times = prop_oneof![3 => Just(1_usize), 1 => 1..1000_usize];
    (prop::collection::vec(header, 0..6), times).prop_map(|(headers, times)| {
        let mut total = 0;
        let fits = |(name, value): &&RawHeader| {
            total += name.len() + value.as_ref().map_or(0, Vec::len);
            // As much as a record may have.
            total < (8 << 20)
        };
        headers.iter().cycle().take(headers.len() * times).take_while(fits).cloned().collect()
    })
}

fn envelopes() -> impl Strategy<Value = Vec<u8>> {
    (prop::array::uniform9(texts()), prop::bool::weighted(0.2), prop::collection::vec(texts(), 0..4)).prop_map(|(t, withdrawn, authors)| {
        let [url, final_url, text, name, domain, section, title, unknown, zone] = t;
        let mut envelope = json!({
            "url": url, "final_url": final_url, "publisher": { "name": name, "domain": domain, "time_zone": zone },
            "hints": { "section": section, "title": title, "authors": authors, "published": unknown }, (unknown): [{ "": 0 }],
        });
        if withdrawn {
            envelope["withdrawn"] = true.into();
        } else {
            envelope["text"] =
                format!("{}\n\nThe harbour opened again on Monday after a long repair, the town said, and ferries left.\n\n{text}", "A title of the page")
                    .into();
        }
        envelope.to_string().into_bytes()
    })
}

fn pages() -> impl Strategy<Value = Vec<u8>> {
    prop::array::uniform8(texts()).prop_map(|[headline, ld_name, holder, paragraph, other, link, meta, author]| {
        let ld = json!({
            "@type": "NewsArticle", "headline": headline, "publisher": { "name": ld_name }, "copyrightHolder": { "name": holder },
            "author": [{ "name": author, "url": link }], "keywords": [meta, paragraph], "image": link, "articleSection": holder, "description": other,
        });
        let page = format!(
            "<html><head><meta charset=utf-8><meta name=description content=\"{meta}\"><link rel=canonical href=\"{link}\">\
             <script type=\"application/ld+json\">{ld}</script></head><body><article><h1>{headline} of the day</h1>\
             <p>{paragraph} The harbour opened again on Monday after a long repair, Mr {author} said, and the first ferries left on time.</p>\
             <p>{other} Engineers had closed the basin in March when a wall moved by a hand. <a href=\"{link}\">{meta}</a></p>\
             <table><tr><td>{other}<td>b</table></article></body></html>"
        );
        page.into_bytes()
    })
}

fn records() -> impl Strategy<Value = RawArticle> {
    let value = prop_oneof![1 => Just(None), 1 => bytes().prop_map(Some), 3 => envelopes().prop_map(Some), 4 => pages().prop_map(Some)];
    (prop::option::of(bytes()), value, headers()).prop_map(|(key, value, headers)| laws::record(0, key, value, headers))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes in, what goes out fits, whatever the limits.
    #[test]
    fn what_goes_out_fits(raw in records(), is_least in any::<bool>()) {
        static PIPELINES: OnceLock<[Pipeline; 2]> = OnceLock::new();
        let bounds = [(MAX_EVENT_BYTES, MAX_DEAD_LETTER_BYTES), (LEAST_EVENT_BYTES, LEAST_DEAD_LETTER_BYTES)];
        let pipelines = PIPELINES.get_or_init(|| bounds.map(|(event, letter)| laws::pipeline(event, letter)));
        let (event, letter) = bounds[usize::from(is_least)];
        let bare = DeadLetter { is_bare: true, ..DeadLetter::new(Stage::Publish, DeadLetterCode::Unpublishable, "Broker: Message size too large") };
        prop_assert!(dead_letter_record(&bare, &raw, letter).wire_size() < LEAST_DEAD_LETTER_BYTES);
        for finished in laws::hold(&pipelines[usize::from(is_least)], event, letter, raw) {
            check_schema(&finished);
            prop_assert!(!matches!(finished.fate, Fate::DeadLetter(_, DeadLetterCode::Internal)), "{:?}", finished.record.headers);
        }
    }
}

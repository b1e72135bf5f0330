//! The library in another program, as docs/library.md shows it: the code there is this code.

use copydesk::article::{Origin, RawArticle, Ruling};
use copydesk::config::DedupeRules;
use copydesk::dedupe::{Applied, Index};
use copydesk::pipeline::{Pipeline, PipelineSettings, Prepared};

#[test]
fn the_pipeline_runs_without_a_worker() {
    let pipeline = Pipeline::new(PipelineSettings::default()).expect("the bundled site rules");
    let mut index = Index::new(DedupeRules::default(), &["pages"]);
    let pages = ["<h1>Ferry sails again</h1><p>The ferry to Orlsund sailed on Monday, a month after the storm, its owners said.</p>"];
    for (offset, page) in pages.iter().enumerate() {
        let origin = Origin { topic: "pages".into(), partition: 0, offset: offset as i64 };
        let raw = RawArticle { origin, timestamp: 1_772_800_000_000, key: None, value: Some(page.as_bytes().to_vec()), headers: Vec::new() };
        let prepared = pipeline.prepare(&raw); // parse and fingerprint, or a refusal; on any thread
        let ruling = match &prepared {
            Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. } => match index.apply(offset as i64, raw.timestamp, entry) {
                Applied::Verdict(verdict) => Ruling::Verdict(verdict), // entries in one order: it decides what is a copy of what
                _ => Ruling::Refused,
            },
            _ => Ruling::Refused,
        };
        let finished = pipeline.finish(&raw, prepared, ruling); // annotations, event, headers; on any thread
        let event = String::from_utf8(finished.record.value.expect("an event or a dead letter")).expect("JSON");
        assert!(event.contains("\"headline\":\"Ferry sails again\""), "{event}");
    }
}

#[test]
fn the_page_shows_this_code() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/library.md")).expect("the page");
    let shown = page.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the code");
    let own = std::fs::read_to_string(root.join("tests/library.rs")).expect("this file");
    let own: Vec<&str> = own.lines().map(str::trim).collect();
    let missing: Vec<&str> = shown.lines().map(str::trim).filter(|line| !line.is_empty() && !own.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

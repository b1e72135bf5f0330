//! Independent tools read every event of the bundled pages: the CloudEvents SDK, a JSON Schema validator, generated types, and a typed table.
//!
//! The programs are in `tests/contract`, what they need in its `requirements.txt`; they get the records as they go to Kafka.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/samples.rs"]
mod desk;
#[path = "support/files.rs"]
mod files;
#[path = "support/python.rs"]
mod python;

use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use copydesk::article::OutputTopic;
use copydesk::pipeline::{Fate, Finished};
use desk::desk;
use files::root;
use serde_json::{Value, json};

/// An event of a page of the usual length is no larger.
const MOST_MEDIAN_BYTES: usize = 3_600;

/// A record as a line of the file that the programs read; bytes are in Base64, for not all of them are text.
fn line(finished: &Finished) -> Value {
    let record = &finished.record;
    let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| STANDARD.encode(bytes));
    let topic = match record.topic {
        OutputTopic::Articles => "articles",
        OutputTopic::Duplicates => "duplicates",
        OutputTopic::DeadLetters => "dead-letters",
    };
    let headers: Vec<Value> = record.headers.iter().map(|(name, value)| json!([name, bytes(value)])).collect();
    json!({ "topic": topic, "key": bytes(&record.key), "headers": headers, "value": bytes(&record.value) })
}

/// Runs a program of `tests/contract`. Its arguments are the file of the records, the schema of an event, and `more`.
fn read_with(program: &str, more: &[PathBuf]) {
    let programs = root().join("tests/contract");
    // The requirements name all that is needed; what else would come along is not.
    let python = python::with(&programs.join("requirements.txt"), "contract-venv", &["--no-deps"]);
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records.jsonl");
    std::fs::write(&records, desk().iter().map(|(_, finished)| format!("{}\n", line(finished))).collect::<String>()).unwrap();
    let schema = root().join("schema/article.schema.json");
    let said = python::run(Command::new(python).arg("-B").arg(programs.join(program)).args([records, schema]).args(more));
    assert!(said.contains(" read"), "{program} says what it read: {said:?}");
    print!("{program}: {said}");
}

#[test]
fn the_cloud_events_sdk() {
    read_with("cloud_events.py", &[]);
}

#[test]
fn a_json_schema_validator() {
    let folder = tempfile::tempdir().unwrap();
    python::run(Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["schema", "--closed", "--out"]).arg(folder.path()));
    read_with("json_schema.py", &[folder.path().join("article.schema.json")]);
}

#[test]
fn generated_types() {
    read_with("typed.py", &[]);
}

#[test]
fn a_typed_table() {
    read_with("sql_sink.py", &[]);
}

#[test]
fn they_are_small() {
    let published = desk().iter().filter(|(_, finished)| matches!(finished.fate, Fate::Published { .. }));
    let mut sizes: Vec<usize> = published.map(|(_, finished)| finished.record.value.as_ref().unwrap().len()).collect();
    sizes.sort_unstable();
    // Of an even number, the mean of the two in the middle.
    let median = (sizes[(sizes.len() - 1) / 2] + sizes[sizes.len() / 2]).div_ceil(2);
    println!("median event {median} bytes, of {} published and updated events", sizes.len());
    assert!(median <= MOST_MEDIAN_BYTES, "median event {median} bytes: {sizes:?}");
}

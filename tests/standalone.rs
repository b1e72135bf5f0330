//! `copydesk standalone` as a newcomer meets it: the program, its output, its ports, the end.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use copydesk::kafka::client::Connection;
use copydesk::samples;
use serde_json::Value;
use support::client::{NewRecord, produce};
use support::process::{Folder, Process};
use support::wait_until;

const PATIENCE: Duration = Duration::from_secs(60);

fn standalone(folder: &Folder, arguments: &[&str]) -> Process {
    Process::program("standalone", folder.path(), &[&["standalone"], arguments].concat(), &[])
}

fn events(process: &Process) -> Vec<Value> {
    process.output().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a line of output says became of a page, in the words of the samples' list.
fn became(event: &Value) -> String {
    let word = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match (word("/event_type"), word("/dead_letter/code")) {
        ("", code) => format!("dead_letter {code}"),
        ("duplicate", _) => format!("duplicate {}", word("/duplication/kind")),
        (other, _) => other.to_owned(),
    }
}

fn offset(event: &Value) -> usize {
    let letter = event.pointer("/dead_letter/offset").and_then(Value::as_str).and_then(|o| o.parse().ok());
    let origin = event.pointer("/origin/offset").and_then(Value::as_u64).map(|o| o as usize);
    letter.or(origin).expect("every line says where it comes from")
}

#[test]
fn every_bundled_page_comes_out_once_as_the_list_says() {
    let folder = Folder::new("standalone-once");
    let mut process = standalone(&folder, &["--once", "--set", "http.listen=127.0.0.1:0"]);
    assert_eq!(process.wait(PATIENCE), 0, "{}", process.errors());
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for event in events(&process) {
        found.entry(offset(&event)).or_default().push(became(&event));
    }
    let listed: BTreeMap<usize, Vec<String>> = samples::bundled().into_iter().map(|s| vec![s.becomes.to_string()]).enumerate().collect();
    assert_eq!(found, listed);
    assert!(process.errors().contains(&format!("{} pages: ", listed.len())), "{}", process.errors());
}

#[test]
fn a_page_of_ones_own_becomes_an_event_and_a_taken_port_is_passed_over() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = Folder::new("standalone-own");
    let mut process = standalone(&folder, &["--no-samples", "--set", &format!("http.listen={address}")]);
    wait_until("it says where", PATIENCE, || process.errors().contains("send your own page"));
    let errors = process.errors();
    assert!(errors.contains(&format!("port {} is taken", address.port())), "{errors}");
    let after = |what: &str| errors.split(what).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let (bootstrap, page) = (after("--bootstrap "), after("status page: http://"));
    assert_ne!(page.trim_end_matches('/'), address.to_string());

    let text = "The council of Harrow Bay voted on Monday to keep its small library open through the winter.\n\n".repeat(3);
    let record = NewRecord::new(format!("<html><body><h1>Library stays open</h1><article><p>{text}</p></article></body></html>"));
    produce(&Connection::new(bootstrap), "news.raw", &[record.header("url", "https://bay.example/library").header("content-type", "text/html")]);
    wait_until("the event is printed", PATIENCE, || !events(&process).is_empty());
    let event = &events(&process)[0];
    assert_eq!(event.pointer("/content/headline").and_then(Value::as_str), Some("Library stays open"));
    process.signal("INT");
    assert_eq!(process.wait(PATIENCE), 0, "{}", process.errors());
}

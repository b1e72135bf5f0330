//! A web archive of 10,000 pages through `feed` and one worker on real Apache Kafka, `feed` killed in the middle by kill -9:
//! `cargo bench --bench feed -- warc [PAGES]`. It prints what stands in the raw topic and what became of it.
//!
//! The pages are invented, each of its own words. It asserts what must hold whatever the speed.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use support::archive;
use support::client::{self, Isolation, Worker};
use support::desk::{Desk, end};
use support::process::Folder;
use support::{shared_cluster, wait_until};

const LONG: Duration = Duration::from_secs(1800);
const BATCH: usize = 500;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if words.is_empty() || words.iter().any(|word| word == "warc") {
        warc(words.iter().find_map(|word| word.parse().ok()).unwrap_or(10_000));
    }
}

fn warc(pages: usize) {
    let mut desk = Desk::open(shared_cluster().connection(), "feed", 6, true);
    desk.settings.extend(["worker.threads = 0".into(), "worker.batch_max_messages = 500".into(), "worker.batch_max_wait_ms = 100".into()]);
    let folder = Folder::new("copydesk-feed-");
    let file = folder.path().join("crawl.warc.gz");
    std::fs::write(&file, archive::warc(0..pages)).expect("the temporary folder can be written");
    let size = std::fs::metadata(&file).map_or(0, |data| data.len());
    println!("{pages} pages in an archive of {:.1} MB, {BATCH} a batch", size as f64 / 1e6);

    let in_topic = || client::ends(&desk.connection, &desk.raw_topic, Isolation::Committed).values().map(|(_, end)| end).sum::<i64>();
    let mut first = feed(&desk, &file, &["--rate", "2000"]);
    wait_until("half of the pages", LONG, || in_topic() as usize > pages / 2);
    first.process.kill9();
    let state = std::fs::read_to_string(file.with_extension("state")).expect("the run is unfinished");
    let noted = state.lines().find(|line| line.contains("\"sent\"")).unwrap_or_default().trim().to_owned();
    println!("kill -9 with {} pages in the topic; noted: {noted}", in_topic());
    let started = Instant::now();
    let mut second = feed(&desk, &file, &["--resume"]);
    assert_eq!(second.process.wait(LONG), 0, "{}", second.log());
    println!("--resume took {:.1} s:\n{}", started.elapsed().as_secs_f64(), second.log().trim_end());

    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for record in client::read_all(&desk.connection, &desk.raw_topic, Isolation::Committed) {
        *found.entry(String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned()).or_default() += 1;
    }
    let expected: BTreeSet<String> = (0..pages).map(archive::url).collect();
    let missing = expected.iter().filter(|url| !found.contains_key(*url)).count();
    let repeats = found.values().sum::<usize>() - found.len();
    println!("raw topic: {} URLs expected, {} found, {missing} missing, {repeats} repeats", expected.len(), found.len());
    assert!(missing == 0 && found.len() == pages && repeats <= BATCH, "pages were lost, or too many repeated");

    let started = Instant::now();
    let worker = desk.worker("one");
    desk.wait_until_done_within(LONG);
    end(worker);
    println!("one worker: {:.0} pages/s", in_topic() as f64 / started.elapsed().as_secs_f64());
    outcomes(&desk, &expected, repeats);
    println!("audit:\n{}", desk.audit());
}

fn feed(desk: &Desk, file: &Path, more: &[&str]) -> Worker {
    let (state, batch) = (file.with_extension("state"), BATCH.to_string());
    let (archive, state) = (file.to_string_lossy(), state.to_string_lossy());
    let all = [&["feed", &archive, "--state", &state, "--batch", &batch, "--config", "{config}"], more].concat();
    Worker::start("feed", &all, &desk.configuration("feed"), &[])
}

/// What became of the pages: each published once, each repeat a duplicate of the same URL.
fn outcomes(desk: &Desk, expected: &BTreeSet<String>, repeats: usize) {
    let read = |kind: &str| client::read_all(&desk.connection, &desk.topic(kind), Isolation::Committed);
    let (mut published, mut kinds): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
    for event in read("articles") {
        *published.entry(event.json()["source"]["url"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    for event in read("duplicates") {
        *kinds.entry(event.json()["duplication"]["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let letters = read("dead-letters").len();
    let once = published.iter().filter(|(url, count)| **count == 1 && expected.contains(*url)).count();
    println!("published once: {once} of {}; duplicates: {kinds:?}; dead letters: {letters}", expected.len());
    assert_eq!((once, published.len(), letters), (expected.len(), expected.len(), 0));
    assert_eq!(kinds, BTreeMap::from([("same_url".to_owned(), repeats)]).into_iter().filter(|(_, n)| *n > 0).collect());
}

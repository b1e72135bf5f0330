//! `copydesk feed` on real Apache Kafka: whatever happens to it, every page is in the raw topic, and a page that came twice is one article.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use support::archive;
use support::client::{self, Isolation, Worker};
use support::desk::{Desk, PATIENCE, end};
use support::process::Folder;
use support::{Cluster, Options, shared_cluster, wait_until};

fn desk(name: &str) -> Desk {
    Desk::open(shared_cluster().connection(), name, 3, true)
}

/// Starts `feed` over an archive, with its state beside that.
fn feed(desk: &Desk, archive: &Path, arguments: &[&str], failpoint: Option<&str>) -> Worker {
    let state = archive.with_extension("state");
    let (archive, state) = (archive.to_string_lossy(), state.to_string_lossy());
    let all = [&["feed", &archive, "--state", &state, "--config", "{config}"], arguments].concat();
    let environment: Vec<(&str, String)> = failpoint.map(|point| ("COPYDESK_FAILPOINT", point.to_owned())).into_iter().collect();
    Worker::start("feed", &all, &desk.configuration("feed"), &environment)
}

/// How often each key stands in the raw topic.
fn keys(desk: &Desk) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    for record in client::read_all(&desk.connection, &desk.raw_topic, Isolation::Committed) {
        *keys.entry(String::from_utf8(record.key.expect("every page has a key")).expect("a URL")).or_default() += 1;
    }
    keys
}

fn expected(articles: usize) -> Vec<String> {
    let mut urls: Vec<String> = (0..articles).map(archive::url).collect();
    urls.sort();
    urls
}

#[test]
fn killed_twice_it_skips_nothing_and_repeats_a_batch_at_most() {
    let (desk, folder) = (desk("feed"), Folder::new("copydesk-feed-"));
    let file = folder.path().join("crawl.warc.gz");
    std::fs::write(&file, archive::warc(0..400)).expect("the folder can be written");
    let batch = ["--batch", "40"];

    // Once right between the acknowledgement of a batch and the note of it,
    let mut first = feed(&desk, &file, &batch, Some("feed_acknowledged:3"));
    assert_ne!(first.process.wait(PATIENCE), 0);
    assert_eq!(keys(&desk).len(), 120, "{}", first.log());
    // and once by kill -9, in the middle of a batch or of its note.
    let mut second = feed(&desk, &file, &[&batch[..], &["--resume", "--rate", "100"]].concat(), None);
    wait_until("some more pages", PATIENCE, || {
        client::ends(&desk.connection, &desk.raw_topic, Isolation::Committed).values().map(|(_, end)| end).sum::<i64>() > 215
    });
    second.process.kill9();
    let mut third = feed(&desk, &file, &[&batch[..], &["--resume"]].concat(), None);
    assert_eq!(third.process.wait(PATIENCE), 0, "{}", third.log());
    assert!(third.log().contains("sent: 400 pages"), "{}", third.log());
    assert!(!file.with_extension("state").exists());

    let keys = keys(&desk);
    assert_eq!(keys.keys().cloned().collect::<Vec<_>>(), expected(400));
    let repeats = keys.values().sum::<usize>() - 400;
    // The first kill repeats its batch for sure, the second one at most as much.
    assert!((40..=80).contains(&repeats), "{repeats} repeats");

    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    desk.audit();
    let outputs = |kind: &str| client::read_all(&desk.connection, &desk.topic(kind), Isolation::Committed);
    let mut published: Vec<String> = outputs("articles").iter().map(|e| e.json()["source"]["url"].as_str().expect("its URL").to_owned()).collect();
    published.sort();
    assert_eq!(published, expected(400));
    let duplicates = outputs("duplicates");
    assert_eq!(duplicates.len(), repeats);
    assert!(duplicates.iter().all(|d| d.json()["duplication"]["kind"] == "same_url"));
    assert!(outputs("dead-letters").is_empty());
}

#[test]
fn pages_beyond_the_topics_limit_cost_no_others() {
    let (desk, folder) = (desk("toolarge"), Folder::new("copydesk-feed-"));
    let topic = format!("{}.small", desk.prefix);
    client::create_topics_with(&desk.connection, &[(&topic, 1, &[("max.message.bytes", "60000")])]);
    let file = folder.path().join("pages.jsonl");
    let line = |n: usize| {
        // Letters that hardly compress; a batch of such pages is beyond the limit, the small ones alone are not.
        let mut numbers = archive::Numbers::new(n as u64);
        let length = if n % 10 == 3 { 200_000 } else { 20_000 };
        let text: String = (0..length).map(|_| char::from(b'a' + numbers.below(26) as u8)).collect();
        format!("{{\"url\":\"https://bay.example/{n:02}\",\"text\":\"{text}\"}}\n")
    };
    std::fs::write(&file, (0..30).map(line).collect::<String>()).expect("the folder can be written");
    let setting = format!("topics.raw={topic}");
    let mut feed = feed(&desk, &file, &["--set", &setting], None);
    assert_eq!(feed.process.wait(PATIENCE), 0, "{}", feed.log());
    assert!(feed.log().contains("sent: 27 pages") && feed.log().contains("passed over: 3, too large"), "{}", feed.log());
    let found: Vec<String> =
        client::read_all(&desk.connection, &topic, Isolation::Committed).into_iter().filter_map(|r| String::from_utf8(r.key?).ok()).collect();
    let mut sorted = found.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((sorted.len(), found.len()), (27, 27));
    for n in 0..30 {
        let url = format!("https://bay.example/{n:02}");
        assert_eq!(feed.log().contains(&format!("too large for the topic: {url}")), n % 10 == 3, "{url}: {}", feed.log());
        assert_eq!(sorted.binary_search(&url).is_ok(), n % 10 != 3);
    }
}

#[test]
fn an_outage_is_waited_for_and_costs_and_repeats_nothing() {
    let mut cluster = Cluster::start(Options::default());
    let desk = Desk::open(cluster.connection(), "feedoutage", 2, true);
    let folder = Folder::new("copydesk-feed-");
    let file = folder.path().join("crawl.warc.gz");
    std::fs::write(&file, archive::warc(0..300)).expect("the folder can be written");
    let mut feed = feed(&desk, &file, &["--rate", "50", "--batch", "25"], None);
    wait_until("some pages", PATIENCE, || !keys(&desk).is_empty());
    cluster.stop(1);
    feed.wait_for_log("waiting for the brokers", Duration::from_secs(60));
    cluster.restart(1);
    assert_eq!(feed.process.wait(PATIENCE), 0, "{}", feed.log());
    assert!(feed.log().contains("the brokers are back"), "{}", feed.log());
    let keys = keys(&desk);
    assert_eq!(keys.keys().cloned().collect::<Vec<_>>(), expected(300));
    assert_eq!(keys.values().sum::<usize>(), 300, "the producer is idempotent");
}

#[test]
fn a_topic_that_is_not_there_is_said() {
    let (desk, folder) = (desk("notopic"), Folder::new("copydesk-feed-"));
    let file = folder.path().join("crawl.warc.gz");
    std::fs::write(&file, archive::warc(0..1)).expect("the folder can be written");
    let mut feed = feed(&desk, &file, &["--set", "topics.raw=news.elsewhere"], None);
    assert_eq!(feed.process.wait(PATIENCE), 69, "{}", feed.log());
    assert!(feed.log().contains("there is no such topic"), "{}", feed.log());
}

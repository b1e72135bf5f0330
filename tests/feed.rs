//! `copydesk feed` without Kafka: what it lists, what it refuses, and what reaches an embedded broker.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use copydesk::kafka::client::Connection;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Offset, TopicPartitionList};
use support::archive;
use support::process::{Folder, Process};
use support::{wait_for, wait_until};

const PATIENCE: Duration = Duration::from_secs(120);
const TOPIC: &str = "news.raw";

fn broker() -> MockCluster<'static, DefaultProducerContext> {
    let broker = MockCluster::new(1).unwrap();
    broker.create_topic(TOPIC, 1, 1).unwrap();
    broker
}

/// Runs `copydesk feed` in a folder to its end, which comes in time.
fn feed(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE.as_secs().to_string()).arg(env!("CARGO_BIN_EXE_copydesk"));
    command.arg("feed").args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn start(folder: &Folder, arguments: &[&str], failpoint: Option<&str>) -> Process {
    let environment: Vec<(&str, String)> = failpoint.map(|point| ("COPYDESK_FAILPOINT", point.to_owned())).into_iter().collect();
    Process::program("feed", folder.path(), &[&["feed"], arguments].concat(), &environment)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn reader(bootstrap: &str) -> BaseConsumer {
    let mut config = Connection::new(bootstrap).config("test-reader");
    config.set("group.id", "copydesk").set("enable.auto.commit", "false").set("auto.offset.reset", "earliest").set("fetch.wait.max.ms", "10");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
    consumer.assign(&assignment).unwrap();
    consumer
}

#[derive(Debug)]
struct Sent {
    offset: i64,
    key: Option<String>,
    value: Vec<u8>,
    headers: BTreeMap<String, String>,
}

fn next(consumer: &BaseConsumer) -> Option<Sent> {
    let message = consumer.poll(Duration::from_millis(100))?.ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().map(|headers| headers.iter().map(|h| (h.key.to_owned(), text(h.value.unwrap_or_default()))).collect());
    Some(Sent {
        offset: message.offset(),
        key: message.key().map(text),
        value: message.payload().unwrap_or_default().to_vec(),
        headers: headers.unwrap_or_default(),
    })
}

fn commit(consumer: &BaseConsumer, offset: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, 0, Offset::Offset(offset)).unwrap();
    consumer.commit(&list, CommitMode::Sync).unwrap();
}

/// What stands in the topic, `count` records and no more.
fn all(bootstrap: &str, count: usize) -> Vec<Sent> {
    let consumer = reader(bootstrap);
    let (_, end) = wait_for("the topic's end", PATIENCE, || consumer.fetch_watermarks(TOPIC, 0, PATIENCE).ok());
    assert_eq!(end, count as i64);
    (0..count).map(|_| wait_for("a record", PATIENCE, || next(&consumer))).collect()
}

/// A folder with a page of each kind, in names whose order is not that of their making.
fn mixed() -> Folder {
    let folder = Folder::new("copydesk-feed-");
    let pages = folder.path().join("pages");
    std::fs::create_dir_all(pages.join("b")).unwrap();
    std::fs::write(pages.join("c.jsonl"), "{\"url\": \"https://bay.example/line\", \"text\": \"A line\"}\n\n{\"text\": \"No address\"}\n").unwrap();
    std::fs::write(pages.join("b/two.txt"), "Plain text of two lines\nand no more").unwrap();
    std::fs::write(pages.join("a.html"), b"<p>Caf\xe9 reopens</p>").unwrap();
    std::fs::write(pages.join("d.warc.gz"), archive::warc(7..9)).unwrap();
    std::fs::write(pages.join("readme.md"), "not a page").unwrap();
    folder
}

#[test]
fn a_dry_run_lists_what_would_be_sent_and_needs_no_broker() {
    let folder = mixed();
    let output = feed(folder.path(), &["pages", "--dry-run", "--base-url", "https://bay.example/x"]);
    assert!(output.status.success(), "{}", said(&output));
    let urls: Vec<String> = printed(&output).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    let expected = ["https://bay.example/x/a.html", "https://bay.example/x/b/two.txt", "https://bay.example/line", "-"];
    assert_eq!(urls, expected.iter().map(|u| (*u).to_owned()).chain([archive::url(7), archive::url(8)]).collect::<Vec<_>>());
    for line in [
        "would be sent: 6 pages",
        "passed over: 1, status 404",
        "passed over: 1, neither HTML",
        "passed over: 1, a file of another",
        "passed over: 3, no response",
    ] {
        assert!(said(&output).contains(line), "no {line:?} in {}", said(&output));
    }
    assert!(!folder.path().join(".copydesk-feed.json").exists());

    let limited = feed(folder.path(), &["pages", "--dry-run", "--limit", "3"]);
    assert_eq!(printed(&limited).lines().count(), 3);
    assert!(printed(&limited).starts_with("http://localhost/"), "{}", printed(&limited));
}

/// What a terminal obeys, in a file's name, an archive's address and a link.
#[test]
fn foreign_names_are_printed_cleaned_and_ways_out_are_said() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (Folder::new("copydesk-feed-"), Folder::new("copydesk-feed-"));
    let pages = folder.path().join("pages");
    std::fs::create_dir(&pages).unwrap();
    std::fs::write(outside.path().join("secret.html"), "<p>secret</p>").unwrap();
    std::fs::write(pages.join("a\u{1b}[2J\u{9b}1m\u{202e}\n.html"), "<p>A page</p>").unwrap();
    std::fs::write(pages.join("b.jsonl"), "{\"url\": \"https://bay.example/\u{9b}31m\u{2028}x\", \"text\": \"A\"}\n{\u{1b}]0;x\u{7}\n").unwrap();
    symlink(outside.path().join("secret.html"), pages.join("c\u{1b}c.html")).unwrap();
    symlink(outside.path(), pages.join("d")).unwrap();
    let output = feed(folder.path(), &["pages", "--dry-run"]);
    let all = printed(&output) + &said(&output);
    let obeyed = |c: char| c != '\n' && c != '\t' && (c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c));
    assert!(!all.contains(obeyed), "{all:?}");
    assert!(printed(&output).contains("pages/a\\u{1b}[2J\\u{9b}1m\\u{202e} .html"), "{all}");
    assert!(printed(&output).contains("\nhttps://bay.example/\\u{9b}31m\\u{2028}x\t") && !all.contains("secret"), "{all}");
    for line in
        ["pages/c\\u{1b}c.html: a link out of the folder", "pages/d: a link out of the folder", "passed over: 2, a link out of", "pages/b.jsonl, line 2"]
    {
        assert!(said(&output).contains(line), "no {line:?} in {all}");
    }
}

/// A line of an event holds what its envelope said: on a terminal escaped, in a pipe byte for byte.
#[test]
fn json_is_escaped_on_a_terminal_and_only_there() {
    let folder = Folder::new("copydesk-extract-");
    let id = "\u{9b}31m\u{202e}\u{7f}";
    std::fs::write(folder.path().join("in.jsonl"), format!("{{\"id\": \"{id}\", \"text\": \"Two words\"}}\n")).unwrap();
    let command = format!("{} extract --jsonl in.jsonl", env!("CARGO_BIN_EXE_copydesk"));
    let piped = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    let on_terminal = Command::new("script").args(["-qec", &command, "/dev/null"]).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(piped.status.success() && on_terminal.status.success(), "{piped:?} {on_terminal:?}");
    assert!(printed(&piped).contains(id), "{}", printed(&piped));
    assert!(printed(&on_terminal).contains("\"\\u009b31m\\u202e\\u007f\""), "{}", printed(&on_terminal));
    let json = |output: &Output| serde_json::from_str::<serde_json::Value>(printed(output).trim()).unwrap();
    assert_eq!(json(&piped), json(&on_terminal));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = mixed();
    for (arguments, sentence) in [
        (&["pages", "--url", "https://bay.example/1", "--dry-run"][..], "--url names one page"),
        (&["pages/a.html", "--url", "bay.example", "--dry-run"], "is no URL that begins with"),
        (&["pages", "--base-url", "https://bay.example/?a=b", "--dry-run"], "can't have a ?"),
        (&["pages", "--fetched-at", "yesterday", "--dry-run"], "is no RFC 3339 time"),
        (&["-", "pages"], "`-` is read alone"),
        (&["-", "--resume"], "--resume needs files"),
        (&["pages/readme.md", "--dry-run"], "not a .html"),
        (&["nowhere", "--dry-run"], "No such file"),
    ] {
        let output = feed(folder.path(), arguments);
        assert!(!output.status.success() && said(&output).contains(sentence), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn pages_arrive_as_the_contract_says() {
    let (folder, broker) = (mixed(), broker());
    let bootstrap = broker.bootstrap_servers();
    let fetched = "2031-01-02T03:04:05Z";
    let arguments = ["pages", "--base-url", "https://bay.example", "--publisher-domain", "bay.example", "--bootstrap", &bootstrap];
    let output = feed(folder.path(), &[&arguments[..], &["--fetched-at", fetched]].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("sent: 6 pages"), "{}", said(&output));
    assert!(!folder.path().join(".copydesk-feed.json").exists(), "a finished run leaves no state");
    let sent = all(&bootstrap, 6);
    let header = |i: usize, name: &str| sent[i].headers.get(name).map(String::as_str);
    assert_eq!(sent[0].value, b"<p>Caf\xe9 reopens</p>");
    assert_eq!((sent[0].key.as_deref(), header(0, "url")), (Some("https://bay.example/a.html"), Some("https://bay.example/a.html")));
    for (i, content_type) in [(0, "text/html"), (1, "text/plain"), (4, "text/html; charset=utf-8")] {
        assert_eq!(
            (header(i, "content-type"), header(i, "fetched-at"), header(i, "publisher-domain")),
            (Some(content_type), Some(fetched), Some("bay.example"))
        );
    }
    assert_eq!(sent[2].value, b"{\"url\": \"https://bay.example/line\", \"text\": \"A line\"}");
    assert_eq!((sent[2].key.as_deref(), sent[3].key.as_deref()), (Some("https://bay.example/line"), None));
    let only = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    assert_eq!((&sent[2].headers, &sent[3].headers), (&only, &only));
    assert_eq!((sent[5].key.clone(), String::from_utf8(sent[5].value.clone()).unwrap()), (Some(archive::url(8)), archive::html(8)));
}

#[test]
fn the_archives_date_and_the_files_are_taken_where_none_is_given() {
    let (folder, broker) = (mixed(), broker());
    let bootstrap = broker.bootstrap_servers();
    let output = feed(folder.path(), &["pages/a.html", "pages/d.warc.gz", "--bootstrap", &bootstrap]);
    assert!(output.status.success(), "{}", said(&output));
    let sent = all(&bootstrap, 3);
    let changed = std::fs::metadata(folder.path().join("pages/a.html")).unwrap().modified().unwrap();
    let changed = changed.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    assert_eq!(copydesk::article::Millis::parse(&sent[0].headers["fetched-at"]).unwrap().0, changed);
    assert_eq!(sent[1].headers["fetched-at"], "2031-05-06T07:08:09Z");
}

#[test]
fn envelopes_come_in_by_a_pipe() {
    let (folder, broker) = (Folder::new("copydesk-feed-"), broker());
    let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    command.args(["feed", "-", "--bootstrap", &broker.bootstrap_servers()]).current_dir(folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = "{\"url\": \"https://bay.example/1\", \"text\": \"One\"}\nnot json\n{\"url\": \"https://bay.example/2\", \"text\": \"Two\"}\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("unreadable: standard input, line 2"), "{}", said(&output));
    assert!(said(&output).contains("sent: 2 pages"), "{}", said(&output));
    assert_eq!(all(&broker.bootstrap_servers(), 2)[1].key.as_deref(), Some("https://bay.example/2"));
}

/// Aborted between the acknowledgement of a batch and the note of it: the worst place, for that batch comes again.
#[test]
fn a_run_that_died_goes_on_where_it_was_and_nowhere_else() {
    let (folder, broker) = (Folder::new("copydesk-feed-"), broker());
    let bootstrap = broker.bootstrap_servers();
    let file = folder.path().join("crawl.warc.gz");
    std::fs::write(&file, archive::warc(0..100)).unwrap();
    let arguments = ["crawl.warc.gz", "--batch", "20", "--bootstrap", &bootstrap];
    let mut process = start(&folder, &arguments, Some("feed_acknowledged:3"));
    assert_ne!(process.wait(PATIENCE), 0);
    assert!(process.errors().contains("failpoint feed_acknowledged reached"), "{}", process.errors());

    let refused = |arguments: &[&str], sentence: &str| {
        let output = feed(folder.path(), arguments);
        assert!(!output.status.success() && said(&output).contains(sentence), "{arguments:?}: {}", said(&output));
    };
    let resume = [&arguments[..], &["--resume"]].concat();
    refused(&arguments, "a run is unfinished (40 pages sent, see .copydesk-feed.json): go on with --resume");
    refused(&[&resume[..], &["--publisher-domain", "bay.example"]].concat(), "its --publisher-domain was none and is now bay.example");
    refused(&[&["crawl.warc.gz"], &resume[..]].concat(), "it began with other sources");
    let whole = std::fs::read(&file).unwrap();
    let times = std::fs::metadata(&file).unwrap().modified().unwrap();
    std::fs::write(&file, [&whole[..], &archive::warc(100..101)].concat()).unwrap();
    refused(&resume, "has changed since");
    // Put back as it was, its time too.
    std::fs::write(&file, &whole).unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(times).unwrap();

    // A worker has read what is there: else the embedded broker is not sent any more.
    commit(&reader(&bootstrap), 60);
    let output = feed(folder.path(), &resume);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("sent: 100 pages, 60 of them now"), "{}", said(&output));
    let sent = all(&bootstrap, 120);
    let expected: Vec<String> = (0..60).chain(40..100).map(archive::url).collect();
    assert_eq!(sent.into_iter().filter_map(|s| s.key).collect::<Vec<_>>(), expected);
    refused(&resume, "there is no unfinished run to go on with");
}

#[test]
fn asked_to_stop_it_notes_where_it_is_and_nothing_comes_twice() {
    let (folder, broker) = (Folder::new("copydesk-feed-"), broker());
    let bootstrap = broker.bootstrap_servers();
    std::fs::write(folder.path().join("crawl.warc.gz"), archive::warc(0..60)).unwrap();
    let arguments = ["crawl.warc.gz", "--batch", "7", "--bootstrap", &bootstrap];
    let mut process = start(&folder, &[&arguments[..], &["--rate", "6"]].concat(), None);
    let state = || std::fs::read_to_string(folder.path().join(".copydesk-feed.json")).unwrap_or_default();
    // A busy machine may show none of the states between two looks.
    let sent = || serde_json::from_str::<serde_json::Value>(&state()).ok()?.pointer("/report/sent")?.as_u64();
    wait_until("some pages to be sent", PATIENCE, || sent().is_some_and(|sent| sent >= 14));
    assert_eq!(process.terminate(PATIENCE), 1, "{}", process.errors());
    assert!(process.errors().contains("stopped before the end; --resume goes on"), "{}", process.errors());
    let reader = reader(&bootstrap);
    let (_, end) = reader.fetch_watermarks(TOPIC, 0, PATIENCE).unwrap();
    commit(&reader, end);
    let output = feed(folder.path(), &[&arguments[..], &["--resume"]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let keys: Vec<String> = all(&bootstrap, 60).into_iter().filter_map(|s| s.key).collect();
    assert_eq!(keys, (0..60).map(archive::url).collect::<Vec<_>>());
}

#[test]
fn damage_is_told_and_the_rest_is_sent() {
    let (folder, broker) = (Folder::new("copydesk-feed-"), broker());
    let mut file = archive::warc(0..30);
    let middle = file.len() / 2;
    file[middle..middle + 40].iter_mut().for_each(|byte| *byte = !*byte);
    std::fs::write(folder.path().join("crawl.warc.gz"), file).unwrap();
    let output = feed(folder.path(), &["crawl.warc.gz", "--bootstrap", &broker.bootstrap_servers()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("unreadable: crawl.warc.gz at byte"), "{}", said(&output));
    assert!(said(&output).contains("1 thing(s) could not be read; everything else is sent"), "{}", said(&output));
    assert_eq!(all(&broker.bootstrap_servers(), 29).len(), 29);
}

/// Twice what the embedded broker keeps, and a reader that commits late: nothing is lost, and never is more ahead than the bound.
#[test]
fn an_embedded_broker_is_not_overrun() {
    const BOUND: usize = 2 << 20;
    let (folder, broker) = (Folder::new("copydesk-feed-"), broker());
    let bootstrap = broker.bootstrap_servers();
    let mut lines = String::new();
    let mut sizes = Vec::new();
    for n in 0..100u64 {
        // One page alone is larger than the bound.
        let length = if n == 50 { BOUND + 200_000 } else { 90_000 };
        let mut numbers = archive::Numbers::new(n);
        // Nothing that compression takes much off.
        let text: String = (0..length).map(|_| char::from(b'!' + (numbers.below(90) as u8).wrapping_add(2))).filter(|c| !matches!(c, '"' | '\\')).collect();
        let line = format!("{{\"url\":\"https://bay.example/{n}\",\"text\":\"{text}\"}}");
        sizes.push(line.len());
        lines.push_str(&line);
        lines.push('\n');
    }
    std::fs::write(folder.path().join("pages.jsonl"), lines).unwrap();
    let mut process = start(&folder, &["pages.jsonl", "--bootstrap", &bootstrap], None);
    let consumer = reader(&bootstrap);
    let (mut read, mut uncommitted, mut most) = (0usize, 0usize, 0usize);
    let deadline = Instant::now() + PATIENCE;
    while read < 100 {
        assert!(Instant::now() < deadline, "{read} read: {}", process.errors());
        if let Some(page) = next(&consumer) {
            assert_eq!((page.offset, page.value.len()), (read as i64, sizes[read]), "pages were lost");
            (read, uncommitted) = (read + 1, uncommitted + page.value.len());
            most = most.max(if page.value.len() > BOUND { 0 } else { uncommitted });
        } else if uncommitted > 0 {
            // Nothing more comes: the sender waits for this.
            commit(&consumer, read as i64);
            uncommitted = 0;
        }
    }
    commit(&consumer, 100);
    assert_eq!(process.wait(PATIENCE), 0, "{}", process.errors());
    assert!(most < BOUND && most > BOUND / 2, "{most} bytes ahead");
}

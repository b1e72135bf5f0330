//! A desk: the topics of one test with pages in them, workers over them, and the audit after them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use copydesk::kafka::client::Connection;

use super::client::{self, Isolation, NewRecord, Worker};
use super::{http, unique, wait_for, wait_until};

/// How long anything may take that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The topics of one test, and how workers are configured.
pub struct Desk {
    /// The brokers.
    pub connection: Connection,
    /// What the names of this test's topics begin with.
    pub prefix: String,
    /// The consumer group.
    pub group: String,
    /// More lines of configuration, each with its section: `kafka.session_timeout_ms = 6000`.
    pub settings: Vec<String>,
    /// Where the fingerprints are; another desk may share them.
    pub log_topic: String,
    /// Where the pages are; another desk may share them.
    pub raw_topic: String,
    /// A second raw topic, where there is one.
    pub second_raw: Option<String>,
    single: bool,
}

impl Desk {
    /// New topics on a cluster of one broker, or of three.
    pub fn open(connection: Connection, name: &str, partitions: i32, single: bool) -> Desk {
        let prefix = unique(name);
        let raw_topic = format!("{prefix}.raw");
        let log_topic = format!("{prefix}.fingerprints");
        let desk = Desk { connection, group: format!("{prefix}.group"), prefix, settings: Vec::new(), log_topic, raw_topic, second_raw: None, single };
        let argument = partitions.to_string();
        let mut maker = desk.command(&["topics", "create", "--partitions", &argument, "--output-partitions", "2"]);
        assert_eq!(maker.process.wait(PATIENCE), 0, "{}{}", maker.process.output(), maker.log());
        desk
    }

    /// The same with a second raw topic, made now.
    pub fn with_second_topic(mut self) -> Desk {
        self.second_raw = Some(format!("{}.wire", self.prefix));
        let mut maker = self.command(&["topics", "create", "--partitions", "2", "--output-partitions", "2"]);
        assert_eq!(maker.process.wait(PATIENCE), 0, "{}{}", maker.process.output(), maker.log());
        self
    }

    /// Another group over the same pages and the same fingerprints, into topics of its own.
    pub fn again(&self) -> Desk {
        let prefix = unique("again");
        let desk = Desk {
            connection: self.connection.clone(),
            group: format!("{prefix}.group"),
            prefix,
            settings: self.settings.clone(),
            log_topic: self.log_topic.clone(),
            raw_topic: self.raw_topic.clone(),
            second_raw: self.second_raw.clone(),
            single: self.single,
        };
        let mut maker = desk.command(&["topics", "create"]);
        assert_eq!(maker.process.wait(PATIENCE), 0, "{}{}", maker.process.output(), maker.log());
        desk
    }

    /// The same desk as another user sees it.
    pub fn as_user(&self, connection: Connection) -> Desk {
        Desk {
            connection,
            prefix: self.prefix.clone(),
            group: self.group.clone(),
            settings: self.settings.clone(),
            log_topic: self.log_topic.clone(),
            raw_topic: self.raw_topic.clone(),
            second_raw: self.second_raw.clone(),
            single: self.single,
        }
    }

    /// The name of one of its output topics: `articles`, `duplicates`, `dead-letters`.
    pub fn topic(&self, kind: &str) -> String {
        format!("{}.{kind}", self.prefix)
    }

    /// Its raw topics: one, or two.
    pub fn raw_topics(&self) -> impl Iterator<Item = &String> {
        [&self.raw_topic].into_iter().chain(&self.second_raw)
    }

    /// The configuration of a worker of this name.
    pub fn configuration(&self, instance: &str) -> String {
        let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut add = |section: &'static str, line: String| sections.entry(section).or_default().push(line);
        add("kafka", format!("bootstrap_servers = {:?}", self.connection.bootstrap));
        add("kafka", format!("group = {:?}", self.group));
        add("kafka", format!("instance = {instance:?}"));
        add("kafka", format!("single_broker = {}", self.single));
        let raw: Vec<&String> = self.raw_topics().collect();
        add("topics", if raw.len() == 1 { format!("raw = {:?}", raw[0]) } else { format!("raw = {raw:?}") });
        add("topics", format!("fingerprints = {:?}", self.log_topic));
        add("topics", format!("articles = {:?}", self.topic("articles")));
        add("topics", format!("duplicates = {:?}", self.topic("duplicates")));
        add("topics", format!("dead_letters = {:?}", self.topic("dead-letters")));
        add("worker", "threads = 1".into());
        add("worker", "batch_max_messages = 20".into());
        add("worker", "batch_max_wait_ms = 20".into());
        add("log", "filter = \"info,copydesk=debug\"".into());
        add("http", "listen = \"127.0.0.1:0\"".into());
        for (name, value) in &self.connection.properties {
            let typed =
                ["security.protocol", "sasl.mechanism", "sasl.username", "sasl.password", "ssl.ca.location", "ssl.certificate.location", "ssl.key.location"];
            if typed.contains(&name.as_str()) {
                add("kafka", format!("{} = {value:?}", name.replace('.', "_")));
            }
        }
        let mut text = String::new();
        for line in &self.settings {
            let (section, rest) = line.split_once('.').expect("section.key = value");
            let known = ["kafka", "worker", "parse", "dedupe", "http", "log"].iter().find(|s| **s == section).expect("a known section");
            sections.entry(known).or_default().push(rest.to_owned());
        }
        for (section, lines) in sections {
            text.push_str(&format!("[{section}]\n"));
            let mut seen = BTreeSet::new();
            // A later line replaces an earlier one of the same key.
            let mut kept: Vec<&String> = lines.iter().rev().filter(|l| seen.insert(l.split(' ').next().unwrap_or_default().to_owned())).collect();
            kept.reverse();
            kept.iter().for_each(|line| text.push_str(&format!("{line}\n")));
        }
        text
    }

    /// Runs a command other than `run` with this desk's configuration.
    pub fn command(&self, arguments: &[&str]) -> Worker {
        let mut all = arguments.to_vec();
        all.extend(["--config", "{config}"]);
        Worker::start("command", &all, &self.configuration("nobody"), &[])
    }

    /// Starts a worker.
    pub fn worker(&self, instance: &str) -> Worker {
        self.worker_with(instance, &[])
    }

    /// Starts a worker that aborts when this point is reached for the nth time: `after_produce:3`.
    pub fn worker_until(&self, instance: &str, failpoint: &str) -> Worker {
        self.worker_with(instance, &[("COPYDESK_FAILPOINT", failpoint.to_owned())])
    }

    fn worker_with(&self, instance: &str, environment: &[(&str, String)]) -> Worker {
        Worker::start(instance, &["run", "--config", "{config}"], &self.configuration(instance), environment)
    }

    /// Writes pages.
    pub fn fill(&self, pages: &[NewRecord]) {
        client::produce(&self.connection, &self.raw_topic, pages);
    }

    /// Records whose offsets the group has committed.
    pub fn committed(&self) -> i64 {
        self.raw_topics().map(|topic| client::committed(&self.connection, &self.group, topic).values().sum::<i64>()).sum()
    }

    /// Waits until the group has committed every record.
    pub fn wait_until_done(&self) {
        self.wait_until_done_within(PATIENCE);
    }

    /// Waits until the group has committed every record.
    pub fn wait_until_done_within(&self, limit: Duration) {
        let end_of = |topic: &String| client::ends(&self.connection, topic, Isolation::Committed).values().map(|(_, end)| end).sum::<i64>();
        let ends: i64 = self.raw_topics().map(end_of).sum();
        wait_until(&format!("{} to commit {ends} offsets", self.group), limit, || self.committed() >= ends);
    }

    /// The audit by the command: its first line must be four zeros. Returns its other lines.
    pub fn audit(&self) -> String {
        let mut audit = self.command(&["audit"]);
        let code = audit.process.wait(PATIENCE);
        let output = audit.process.output();
        assert!(code == 0 && output.starts_with("0 0 0 0\n"), "{output}{}", audit.log());
        output
    }

    /// All output records that a committed reader sees.
    pub fn outputs(&self, isolation: Isolation) -> Vec<client::Record> {
        let read = |kind| client::read_all(&self.connection, &self.topic(kind), isolation);
        ["articles", "duplicates", "dead-letters"].iter().flat_map(|kind| read(kind)).collect()
    }

    /// The events' bytes by event id.
    pub fn events(&self) -> BTreeMap<String, Vec<u8>> {
        let id = |r: &client::Record| Some(r.header("ce_id")?.split('/').next()?.to_owned());
        self.outputs(Isolation::Committed).into_iter().filter_map(|r| Some((id(&r)?, r.value.unwrap_or_default()))).collect()
    }
}

/// Ends a worker in an orderly way: it must say 0.
pub fn end(mut worker: Worker) {
    let code = worker.process.terminate(Duration::from_secs(40));
    assert_eq!(code, 0, "{}", worker.log());
}

/// The value sum of a family in the text that `/metrics` gives; only series that hold all these labels.
pub fn metric(text: &str, family: &str, labels: &[&str]) -> f64 {
    let of_family = text.lines().filter(|line| line.strip_prefix(family).is_some_and(|rest| rest.starts_with([' ', '{'])));
    of_family.filter(|line| labels.iter().all(|l| line.contains(l))).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// What a worker's server answers: status and body.
pub fn get(worker: &mut Worker, path: &str) -> (u16, String) {
    let address = wait_for("the worker to say where it serves", PATIENCE, || {
        assert!(worker.process.is_running(), "{}", worker.log());
        let log = worker.log();
        let at = log.find("http://127.0.0.1:")? + "http://".len();
        let address: String = log[at..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
        Some(address)
    });
    http::get(address, path).expect("the worker serves")
}

/// Pages of many addresses: stories, copies of them elsewhere, updates, withdrawals, and broken input in between.
/// `number` counts from 0; the same number gives the same page.
pub fn page(number: usize) -> NewRecord {
    let story = number / 3;
    let url = match number % 12 {
        // An update of what came before, a copy elsewhere, a story of its own.
        5 => format!("https://courier{}.example/news/story-{}", story % 5, story.saturating_sub(1)),
        7 => format!("https://wire{}.example/copy/{story}", number % 4),
        _ => format!("https://courier{}.example/news/story-{story}-{}", story % 5, number % 3),
    };
    let headers = |record: NewRecord| record.key(url.clone()).header("content-type", "application/json");
    if number % 40 == 39 {
        return headers(NewRecord::new("{\"html\": 7"));
    }
    if number % 29 == 28 {
        return headers(NewRecord::new(serde_json::json!({ "url": url, "withdrawn": true }).to_string()));
    }
    let text = if number % 12 == 7 { story - 1 } else { number };
    let html = html(text, 6);
    headers(NewRecord::new(serde_json::json!({ "url": url, "html": html, "content_type": "text/html" }).to_string()))
}

/// An article of so many paragraphs about matter number `text`.
pub fn html(text: usize, paragraphs: usize) -> String {
    let places = ["Wexmoor", "Tarnbeck", "Orlsund", "Velmar", "Kessing", "Brackwater", "Dunhollow"];
    let things = ["bridge", "harbour", "school", "railway", "museum", "reservoir", "theatre", "market", "hospital"];
    let (place, thing) = (places[text % places.len()], things[text / places.len() % things.len()]);
    let body: String = (0..paragraphs)
        .map(|i| {
            let number = text * 31 + i * 7;
            format!("<p>The council of {place} voted on Tuesday to spend {number} crowns on the {thing} number {text}, and speaker {i} of the meeting said that the works in ward {} would begin within {} weeks of the decision.</p>\n", number % 17, number % 11 + 2)
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{place} votes on its {thing} number {text}</title></head><body><nav><a href=\"/\">Home</a></nav><article><h1>{place} votes on its {thing} number {text}</h1>\n{body}</article><footer>All rights reserved</footer></body></html>"
    )
}

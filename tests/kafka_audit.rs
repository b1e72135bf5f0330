//! `copydesk audit` on real brokers: outputs made by hand, and what it says of them.

mod support;

use std::time::Duration;

use copydesk::article::event::EventType;
use copydesk::article::identity::{EventId, Identity};
use copydesk::article::raw::Origin;
use copydesk::config::TopicSettings;
use copydesk::kafka::audit::{AuditError, AuditReport, audit};
use copydesk::kafka::client::Connection;
use copydesk::kafka::topics::{self, Plan};
use rdkafka::producer::Producer;
use support::client::{self, NewRecord, in_transaction};
use support::{four, plan, shared_cluster, unique};

const PATIENCE: Duration = Duration::from_secs(60);

/// A desk of its own on the shared broker, with outputs made by hand.
struct Desk {
    connection: Connection,
    plan: Plan,
    group: String,
}

impl Desk {
    fn new(name: &str) -> Desk {
        let connection = shared_cluster().connection();
        let plan = Plan { single_broker: true, ..plan(&unique(name)) };
        topics::create(&connection, &plan).expect("made");
        Desk { connection, plan, group: unique("group") }
    }

    fn raw(&self, partition: i32, count: usize) {
        let records: Vec<NewRecord> = (0..count).map(|i| NewRecord::new(format!("{i}")).partition(partition)).collect();
        client::produce(&self.connection, self.plan.topics.raw.first(), &records);
    }

    fn id(&self, partition: i32, offset: i64) -> EventId {
        EventId::of(&Identity::of(&self.origin(partition, offset), 0))
    }

    fn origin(&self, partition: i32, offset: i64) -> Origin {
        Origin { topic: self.plan.topics.raw.first().into(), partition, offset }
    }

    fn event(&self, kind: EventType, partition: i32, offset: i64, more: serde_json::Value) -> NewRecord {
        let mut event = serde_json::json!({
            "schema": "copydesk.article/1",
            "event_id": self.id(partition, offset),
            "event_type": kind,
            "origin": self.origin(partition, offset),
        });
        for (key, value) in more.as_object().expect("an object") {
            event[key] = value.clone();
        }
        NewRecord::new(event.to_string()).partition((offset % 2) as i32)
    }

    fn published(&self, partition: i32, offset: i64) -> NewRecord {
        self.event(EventType::Published, partition, offset, serde_json::json!({}))
    }

    fn copy(&self, partition: i32, offset: i64, of: EventId) -> NewRecord {
        let duplication = serde_json::json!({"status": "duplicate", "kind": "same_text", "duplicate_of": {"event_id": of}});
        self.event(EventType::Duplicate, partition, offset, serde_json::json!({"duplication": duplication}))
    }

    fn dead_letter(&self, partition: i32, offset: i64) -> NewRecord {
        NewRecord::new("the raw page")
            .header("dlq-offset", "999")
            .header("dlq-code", "not_html")
            .header("dlq-topic", self.plan.topics.raw.first())
            .header("dlq-partition", partition.to_string())
            .header("dlq-offset", offset.to_string())
            .header("dlq-timestamp", "1700000000000")
    }

    fn commit(&self, offsets: &[(i32, i64)]) {
        client::commit(&self.connection, &self.group, self.plan.topics.raw.first(), offsets);
    }

    fn audit(&self) -> AuditReport {
        audit(&self.connection, &self.group, &self.plan.topics).expect("audited")
    }
}

#[test]
fn an_audit_of_a_clean_desk() {
    let desk = Desk::new("clean");
    let (plan, connection) = (&desk.plan, &desk.connection);
    // Partition 1: two committed records, an aborted one and markers between; partition 0: three plain ones.
    desk.raw(0, 3);
    let raw = client::transactional(connection, &unique("feed"));
    for (commit, text) in [(true, "a"), (false, "b"), (true, "c")] {
        in_transaction(&raw, commit, || client::send(&raw, plan.topics.raw.first(), &NewRecord::new(text).partition(1)));
    }
    let writer = client::transactional(connection, &unique("writer"));
    in_transaction(&writer, false, || client::send(&writer, &plan.topics.articles, &desk.published(0, 0)));
    in_transaction(&writer, true, || {
        client::send(&writer, &plan.topics.articles, &desk.published(0, 0));
        let update = serde_json::json!({"supersedes": desk.id(0, 0)});
        client::send(&writer, &plan.topics.articles, &desk.event(EventType::Updated, 0, 1, update));
        client::send(&writer, &plan.topics.duplicates, &desk.copy(0, 2, desk.id(1, 4)));
        client::send(&writer, &plan.topics.dead_letters, &desk.dead_letter(1, 0));
        client::send(&writer, &plan.topics.articles, &desk.published(1, 4));
    });
    desk.commit(&[(0, 3), (1, 6)]);
    assert_eq!(client::committed(connection, &desk.group, plan.topics.raw.first()), [(0, 3), (1, 6)].into());
    let report = desk.audit();
    let text = report.to_string();
    assert!(text.starts_with("0 0 0 0\nmissing doubled unknown dangling\n5 raw records"), "{text}");
    assert!(report.is_clean());
    let kinds: Vec<_> = report.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    assert_eq!(kinds, ["1 dead letter not_html", "1 duplicate same_text", "2 published", "1 updated"]);
    assert_eq!((report.waiting, report.notes.len()), (0, 0), "{text}");
}

#[test]
fn an_audit_finds_each_breach() {
    let desk = Desk::new("breach");
    let (plan, connection) = (&desk.plan, &desk.connection);
    desk.raw(3, 8);
    let articles = [
        desk.published(3, 0),
        desk.published(3, 1),
        desk.published(3, 1),
        // Not yet committed by the group, of no partition, of another topic's name, and rubbish.
        desk.published(3, 7),
        desk.published(4, 0),
        NewRecord::new(desk.published(3, 2).value.map(|v| String::from_utf8_lossy(&v).replace(".raw", ".other")).expect("a value")),
        NewRecord::new("rubbish"),
        NewRecord { value: None, ..NewRecord::default() },
    ];
    client::produce(connection, &plan.topics.articles, &articles);
    client::produce(connection, &plan.topics.duplicates, &[desk.copy(3, 2, desk.id(3, 5)), desk.copy(3, 3, desk.id(3, 1))]);
    client::produce(connection, &plan.topics.dead_letters, &[desk.dead_letter(3, 1), NewRecord::new("no headers")]);
    desk.commit(&[(3, 6)]);
    let report = desk.audit();
    // Missing: 4 and 5. Doubled: 1 (three times). Unknown: five articles and a dead letter. Dangling: the event of 5.
    assert_eq!(four(&report), [2, 1, 6, 1], "{report}");
    assert_eq!((report.records, report.waiting), (6, 2));
    let text = report.to_string();
    for line in [format!("missing: {}/3@4", plan.topics.raw.first()), format!("missing: {}/3@5", plan.topics.raw.first())] {
        assert!(text.contains(&line), "{line} in\n{text}");
    }
    assert!(text.contains(&format!("dangling: the output of {}/3@2 refers to {}", plan.topics.raw.first(), desk.id(3, 5))), "{text}");
}

#[test]
fn an_audit_does_not_ask_for_what_retention_took() {
    let desk = Desk::new("retention");
    let (plan, connection) = (&desk.plan, &desk.connection);
    desk.raw(0, 10);
    let outputs: Vec<NewRecord> = (0..8).map(|offset| desk.published(0, offset)).collect();
    client::produce(connection, &plan.topics.articles, &outputs);
    desk.commit(&[(0, 9)]);
    assert_eq!(four(&desk.audit()), [1, 0, 0, 0]);
    client::delete_before(connection, plan.topics.raw.first(), 0, 4);
    let report = desk.audit();
    assert_eq!((four(&report), report.records), ([1, 0, 0, 0], 5));
    assert!(report.to_string().contains(&format!("note: {}/0 begins at offset 4", plan.topics.raw.first())), "{report}");
    assert!(report.to_string().contains("note: 4 outputs are of raw records that are gone"), "{report}");
}

#[test]
fn an_audit_of_a_running_group_waits_for_open_transactions() {
    let desk = Desk::new("running");
    let (plan, connection) = (&desk.plan, &desk.connection);
    desk.raw(0, 2);
    client::produce(connection, &plan.topics.articles, &[desk.published(0, 0)]);
    desk.commit(&[(0, 1)]);
    let writer = client::transactional(connection, &unique("writer"));
    writer.begin_transaction().expect("begun");
    client::send(&writer, &plan.topics.articles, &desk.published(0, 1));
    writer.flush(PATIENCE).expect("written");
    let report = std::thread::scope(|scope| {
        let running = scope.spawn(|| desk.audit());
        // Time for an audit that would not wait to end.
        std::thread::sleep(Duration::from_secs(2));
        assert!(!running.is_finished(), "it did not wait for the open transaction");
        client::send_offsets(&writer, connection, &desk.group, plan.topics.raw.first(), &[(0, 2)]);
        writer.commit_transaction(PATIENCE).expect("committed");
        running.join().expect("audited")
    });
    // The second record was committed after the audit began: it need not have an output, and its output is no stranger.
    assert_eq!((four(&report), report.records), ([0, 0, 0, 0], 1), "{report}");
    assert_eq!(report.kinds["published"], 2);
}

#[test]
fn an_audit_says_what_it_has_nothing_of() {
    let desk = Desk::new("empty");
    let report = desk.audit();
    assert_eq!(four(&report), [0, 0, 0, 0]);
    assert!(report.to_string().contains("has committed no offset"), "{report}");
    let topics = TopicSettings { duplicates: unique("nowhere"), ..desk.plan.topics.clone() };
    let error = audit(&desk.connection, &desk.group, &topics).expect_err("no such topic");
    assert_eq!(error, AuditError::NoTopic(topics.duplicates));
}

//! Exactly once on real Apache Kafka: whatever happens to workers and brokers, every raw record comes out once. The audit says so.

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use support::client::{self, Isolation, NewRecord, Worker};
use support::desk::{Desk, PATIENCE, end, get, html, metric, page};
use support::{Cluster, Options, shared_cluster, wait_for, wait_until};

fn desk(name: &str, partitions: i32) -> Desk {
    Desk::open(shared_cluster().connection(), name, partitions, true)
}

fn pages(range: std::ops::Range<usize>) -> Vec<NewRecord> {
    range.map(page).collect()
}

/// Waits until so many offsets are committed: the worker is in the midst of it.
fn wait_for_progress(desk: &Desk, offsets: i64) {
    wait_until(&format!("{offsets} offsets to be committed"), PATIENCE, || desk.committed() >= offsets);
}

/// Waits for progress as a supervisor would: a worker that ended because a client call outlived its limit is started again.
fn wait_supervised(desk: &Desk, worker: &mut Worker, offsets: i64) {
    wait_until(&format!("{offsets} offsets to be committed"), PATIENCE, || {
        if !worker.process.is_running() {
            assert!(worker.log().contains("stands still"), "{}", worker.log());
            *worker = desk.worker("one");
        }
        desk.committed() >= offsets
    });
}

fn crash_at(point: &str, visits: &[u32]) {
    let desk = desk(point, 3);
    desk.fill(&pages(0..240));
    for visit in visits {
        let mut worker = desk.worker_until("one", &format!("{point}:{visit}"));
        let code = worker.process.wait(PATIENCE);
        assert_ne!(code, 0, "it should have aborted at {point}: {}", worker.log());
        assert!(worker.log().contains(&format!("failpoint {point} reached")), "{}", worker.log());
    }
    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

#[test]
fn crash_between_append_and_verdict() {
    crash_at("after_append", &[1, 30]);
}

#[test]
fn crash_between_produce_and_offsets() {
    crash_at("after_produce", &[1, 3]);
}

#[test]
fn crash_between_offsets_and_commit() {
    crash_at("after_send_offsets", &[1, 3]);
}

#[test]
fn crash_right_after_a_commit() {
    crash_at("after_commit", &[1, 3]);
}

/// Kills at any time, two workers; then another group over the same pages and fingerprints gives the same bytes.
#[test]
fn random_kills_and_a_second_reading_give_the_same_bytes() {
    let desk = desk("kills", 6);
    desk.fill(&pages(0..900));
    let other = desk.worker("two");
    let started = Instant::now();
    let mut kills = 0;
    while kills < 6 {
        let mut victim = desk.worker("one");
        // Where it stands when it dies differs from kill to kill and from run to run.
        let wait = Duration::from_millis(700 + (started.elapsed().as_millis() as u64 * 7919) % 1700);
        let died = Instant::now() + wait;
        wait_until("the time to kill", PATIENCE, || Instant::now() >= died);
        victim.process.kill9();
        kills += 1;
    }
    let one = desk.worker("one");
    desk.wait_until_done();
    end(one);
    end(other);
    desk.audit();

    let again = desk.again();
    let worker = again.worker("one");
    again.wait_until_done();
    end(worker);
    again.audit();
    let (first, second) = (desk.events(), again.events());
    assert_eq!(first.keys().collect::<BTreeSet<_>>(), second.keys().collect::<BTreeSet<_>>());
    let different: Vec<&String> = first.iter().filter(|(id, bytes)| second[*id] != **bytes).map(|(id, _)| id).collect();
    assert!(different.is_empty(), "{} events differ, first {:?}", different.len(), different.first());
}

#[test]
fn a_second_worker_joins_and_leaves_under_load() {
    let desk = desk("rolling", 6);
    desk.fill(&pages(0..600));
    let one = desk.worker("one");
    wait_for_progress(&desk, 40);
    let mut two = desk.worker("two");
    two.wait_for_log("partitions assigned", PATIENCE);
    desk.fill(&pages(600..900));
    end(two);
    desk.wait_until_done();
    end(one);
    desk.audit();
}

/// A worker that stands still longer than its session loses its partitions, and must not commit what it still holds.
#[test]
fn an_assignment_is_lost() {
    let mut desk = desk("lost", 4);
    desk.settings.push("kafka.session_timeout_ms = 6000".into());
    desk.fill(&pages(0..500));
    let one = desk.worker("one");
    wait_for_progress(&desk, 40);
    one.process.signal("STOP");
    let two = desk.worker("two");
    let before = desk.committed();
    wait_until("the other to take over", PATIENCE, || desk.committed() > before + 60);
    one.process.signal("CONT");
    desk.wait_until_done();
    let mut one = one;
    if one.process.is_running() {
        end(one);
    }
    end(two);
    desk.audit();
}

/// The newer instance of a name goes on; the older one is fenced and says so.
#[test]
fn two_workers_carry_one_name() {
    let desk = desk("namesakes", 4);
    desk.fill(&pages(0..300));
    let mut first = desk.worker("same");
    wait_for_progress(&desk, 20);
    let mut second = desk.worker("same");
    second.wait_for_log("joining the group", PATIENCE);
    desk.fill(&pages(300..600));
    let code = first.process.wait(PATIENCE);
    assert_ne!(code, 0, "{}", first.log());
    assert!(first.log().contains("another instance runs under the same name"), "{}", first.log());
    desk.wait_until_done();
    end(second);
    desk.audit();
}

#[test]
fn an_appends_delivery_stays_unknown() {
    let desk = desk("unknown", 2);
    desk.fill(&pages(0..120));
    let mut worker = desk.worker_until("one", "append_unknown:5");
    worker.wait_for_log("appending it again", PATIENCE);
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

#[test]
fn poison_in_the_middle_stops_nothing() {
    let desk = desk("poison", 2);
    let mut all = pages(0..30);
    let poison: [(&str, Vec<u8>); 5] = [
        ("application/json", b"{\"url\": 3}".to_vec()),
        ("application/json", br#"{"url":"https://a.example/1","body_base64":"%%%"}"#.to_vec()),
        ("application/octet-stream", b"%PDF-1.7 \x00\x01\x02".to_vec()),
        ("text/html", Vec::new()),
        ("text/html", format!("<html><body>{}", "<div>".repeat(60_000)).into_bytes()),
    ];
    for (content_type, body) in poison {
        all.push(NewRecord::new(body).header("content-type", content_type).header("url", "https://poison.example/x"));
    }
    all.extend(pages(30..60));
    desk.fill(&all);
    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    let audit = desk.audit();
    for code in ["bad_envelope", "undecodable", "not_html", "empty", "too_complex"] {
        assert!(audit.contains(code), "no {code} in {audit}");
    }
    let letters = support::client::read_all(&desk.connection, &desk.topic("dead-letters"), Isolation::Committed);
    let pdf = letters.iter().find(|l| l.header("dlq-code") == Some("not_html")).expect("the PDF");
    assert_eq!(pdf.value.as_deref(), Some(&b"%PDF-1.7 \x00\x01\x02"[..]));
    assert_eq!(pdf.header("url"), Some("https://poison.example/x"));
}

#[test]
fn sigterm_under_load_ends_it_in_time_with_nothing_half_done() {
    let desk = desk("sigterm", 4);
    desk.fill(&pages(0..800));
    for round in 1..=3 {
        let worker = desk.worker("one");
        wait_for_progress(&desk, round * 60);
        let asked = Instant::now();
        end(worker);
        assert!(asked.elapsed() < Duration::from_secs(30), "it took {:?}", asked.elapsed());
    }
    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

#[test]
fn a_skipped_record_becomes_a_dead_letter_unread() {
    let desk = desk("skip", 1);
    desk.fill(&pages(0..30));
    let mut skip = desk.command(&["skip", "0", "11"]);
    assert_eq!(skip.process.wait(PATIENCE), 0, "{}", skip.log());
    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    desk.audit();
    let letters = support::client::read_all(&desk.connection, &desk.topic("dead-letters"), Isolation::Committed);
    let skipped: Vec<_> = letters.iter().filter(|l| l.header("dlq-code") == Some("skipped")).collect();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].header("dlq-offset"), Some("11"));
}

/// A crawl and a wire feed in topics of their own, with one log and two workers that are killed: nothing is lost or doubled, and what one topic
/// copies of the other is found.
#[test]
fn two_raw_topics_share_a_log() {
    let desk = desk("topics", 3).with_second_topic();
    let wire = desk.second_raw.clone().expect("a second topic");
    desk.fill(&pages(0..300));
    let of_wire = |number: usize| {
        let url = format!("https://agency{}.example/{number}", number % 3);
        let envelope = serde_json::json!({ "url": url, "html": html(number, 6), "content_type": "text/html" });
        NewRecord::new(envelope.to_string()).key(url).header("content-type", "application/json")
    };
    client::produce(&desk.connection, &wire, &(0..300).map(of_wire).collect::<Vec<_>>());
    let mut refused = desk.command(&["skip", "0", "11"]);
    assert_eq!(refused.process.wait(PATIENCE), 64, "{}", refused.log());
    assert!(refused.log().contains("name one with --topic"), "{}", refused.log());
    let mut skip = desk.command(&["skip", "0", "11", "--topic", &wire]);
    assert_eq!(skip.process.wait(PATIENCE), 0, "{}", skip.log());
    let mut other = desk.worker("two");
    for offsets in [60, 240] {
        let mut victim = desk.worker("one");
        wait_for_progress(&desk, offsets);
        victim.process.kill9();
    }
    let mut one = desk.worker("one");
    for topic in [&desk.raw_topic, &wire] {
        let text = wait_for_lag_of(&mut [&mut one, &mut other], topic);
        assert!(text.contains(&format!("copydesk_assigned_partitions{{topic=\"{topic}\"}}")), "{text}");
    }
    desk.wait_until_done();
    end(one);
    end(other);
    let audit = desk.audit();
    assert!(audit.contains("600 raw records"), "{audit}");
    let letters = client::read_all(&desk.connection, &desk.topic("dead-letters"), Isolation::Committed);
    let skipped: Vec<_> = letters.iter().filter(|l| l.header("dlq-code") == Some("skipped")).collect();
    assert_eq!(skipped.iter().map(|l| l.header("dlq-topic")).collect::<Vec<_>>(), [Some(wire.as_str())]);
    let outputs = desk.outputs(Isolation::Committed);
    let events: Vec<serde_json::Value> = outputs.iter().filter(|r| r.header("ce_id").is_some()).map(|r| r.json()).collect();
    let topic_of: std::collections::HashMap<&str, &str> =
        events.iter().map(|e| (e["event_id"].as_str().expect("an id"), e["origin"]["topic"].as_str().expect("a topic"))).collect();
    let across = events.iter().filter(|e| {
        let of = e["duplication"]["duplicate_of"]["event_id"].as_str();
        of.is_some_and(|of| topic_of.get(of).is_some_and(|topic| *topic != e["origin"]["topic"]))
    });
    assert!(across.count() > 150, "copies across topics");
}

/// The metrics of one of these workers, once it has partitions of this topic.
fn wait_for_lag_of(workers: &mut [&mut Worker], topic: &str) -> String {
    wait_for("the partitions' lag", PATIENCE, || {
        let texts = workers.iter_mut().map(|worker| get(worker, "/metrics").1);
        texts.into_iter().find(|text| text.contains(&format!("copydesk_consumer_lag_messages{{topic=\"{topic}\"")))
    })
}

/// Under load and with forced aborts, every scrape adds up: consumed − rewound = outcomes + in flight.
#[test]
fn the_metrics_add_up_at_every_scrape() {
    let desk = desk("metrics", 6);
    desk.fill(&pages(0..700));
    let mut one = desk.worker_until("one", "abort_transaction:5");
    let (mut scrapes, mut busy, mut rewound) = (0, 0, 0.0);
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let (status, text) = get(&mut one, "/metrics");
        assert_eq!(status, 200);
        let consumed = metric(&text, "copydesk_messages_consumed_total", &[]);
        rewound = metric(&text, "copydesk_messages_rewound_total", &[]);
        let outcomes = metric(&text, "copydesk_messages_total", &[]);
        let in_flight = metric(&text, "copydesk_inflight_messages", &[]);
        assert_eq!(consumed - rewound, outcomes + in_flight, "after {scrapes} scrapes:\n{text}");
        scrapes += 1;
        busy += usize::from(in_flight > 0.0);
        if rewound > 0.0 && outcomes >= 700.0 {
            break;
        }
    }
    assert!(rewound > 0.0 && busy > 3, "{rewound} rewound, {busy} of {scrapes} scrapes while busy");
    desk.wait_until_done();
    assert_eq!(get(&mut one, "/livez").0, 200);
    assert_eq!(get(&mut one, "/readyz").0, 200);
    assert!(get(&mut one, "/version").1.contains(env!("CARGO_PKG_VERSION")));
    end(one);
    desk.audit();
}

/// The only broker goes away for twenty seconds: the worker waits, stays alive, and goes on by itself.
#[test]
fn a_broker_stops_for_twenty_seconds() {
    let mut cluster = Cluster::start(Options::default());
    let mut desk = Desk::open(cluster.connection(), "outage", 3, true);
    desk.settings.push("kafka.transaction_timeout_ms = 15000".into());
    desk.fill(&pages(0..500));
    let mut worker = desk.worker("one");
    wait_for_progress(&desk, 60);
    cluster.stop(1);
    let back = Instant::now() + Duration::from_secs(20);
    while Instant::now() < back {
        assert!(worker.process.is_running(), "{}", worker.log());
        assert_eq!(get(&mut worker, "/livez").0, 200);
        std::thread::sleep(Duration::from_millis(500));
    }
    cluster.restart(1);
    wait_supervised(&desk, &mut worker, 500);
    end(worker);
    desk.audit();
}

/// Three brokers, copies on all: the one that coordinates the worker's transactions dies.
#[test]
fn the_transaction_coordinator_is_killed() {
    let mut cluster = Cluster::start(Options::three());
    let mut desk = Desk::open(cluster.connection(), "coordinator", 4, false);
    // A client call that hangs (it was seen to) ends the process that much sooner.
    desk.settings.push("kafka.transaction_timeout_ms = 15000".into());
    desk.fill(&pages(0..300));
    let mut worker = desk.worker("one");
    wait_for_progress(&desk, 60);
    let name = copydesk::kafka::setup::transactional_id(&desk.group, "one");
    let coordinator = support::coordinator::of_transactions(&desk.connection, &name);
    cluster.kill9(coordinator);
    desk.fill(&pages(300..500));
    wait_supervised(&desk, &mut worker, 480);
    cluster.restart(coordinator);
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

#[test]
fn large_pages_within_small_bounds() {
    let mut desk = desk("large", 2);
    desk.settings.extend(["worker.max_in_flight_bytes = 2000000".into(), "worker.batch_max_bytes = 600000".into(), "parse.max_body_bytes = 1000000".into()]);
    let large = |n: usize| {
        let page = serde_json::json!({ "url": format!("https://large.example/{n}"), "html": html(n, 900) });
        NewRecord::new(page.to_string()).key(format!("{n}")).header("content-type", "application/json")
    };
    desk.fill(&(0..40).map(large).collect::<Vec<_>>());
    let worker = desk.worker("one");
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

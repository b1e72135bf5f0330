//! Hostile records on real Apache Kafka: none stops a worker, none is lost, and none takes more memory than is promised.

mod support;

use std::time::{Duration, Instant};

use support::client::{Isolation, NewRecord, Worker, read_all};
use support::desk::{Desk, PATIENCE, end, page};
use support::{hostile, shared_cluster};

/// The default of `worker.max_in_flight_bytes`.
const IN_FLIGHT_BYTES: u64 = 64 << 20;
const MEMORY_GOAL: u64 = IN_FLIGHT_BYTES * 4 + (200 << 20);

fn desk(name: &str, partitions: i32) -> Desk {
    Desk::open(shared_cluster().connection(), name, partitions, true)
}

/// The most memory that a process has had, in bytes.
fn peak_memory(worker: &Worker) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.process.id())).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("VmHWM");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") << 10
}

/// Ordinary pages with every hostile record in their midst: all of it is committed in 30 s, each hostile record is an event or a dead letter, and
/// the audit finds nothing.
#[test]
fn hostile_records_among_ordinary_pages() {
    let mut desk = desk("hostile", 4);
    desk.settings.push("worker.threads = 2".into());
    let hostile = hostile::records();
    let mut records: Vec<NewRecord> = Vec::new();
    let mut ordinary = (0..200).map(page);
    for (name, record) in &hostile {
        records.extend(ordinary.by_ref().take(200 / hostile.len()));
        assert!(record.key.as_ref().map_or(0, Vec::len) + record.value.as_ref().map_or(0, Vec::len) < 16_800_000, "{name} is more than the topic takes");
        records.push(NewRecord { partition: None, timestamp: None, key: record.key.clone(), value: record.value.clone(), headers: record.headers.clone() });
    }
    records.extend(ordinary);
    desk.fill(&records);
    let started = Instant::now();
    let worker = desk.worker("one");
    desk.wait_until_done();
    let took = started.elapsed();
    let peak = peak_memory(&worker);
    println!("{} records, {} of them hostile: {:.1} s, peak {} MB of {} MB", records.len(), hostile.len(), took.as_secs_f32(), peak >> 20, MEMORY_GOAL >> 20);
    end(worker);
    desk.audit();
    assert_eq!(desk.outputs(Isolation::Committed).len(), records.len());
    assert!(peak <= MEMORY_GOAL, "peak {} MB, goal {} MB", peak >> 20, MEMORY_GOAL >> 20);
    // The goal is 30 s in a release build; the build of the tests is several times slower, and the machine may be busy.
    assert!(took < PATIENCE, "{took:?}");
}

/// The topics take less than the worker was told: what they refuse becomes a dead letter alone, and the rest goes on.
#[test]
fn what_the_brokers_refuse_becomes_a_dead_letter() {
    let desk = desk("refused", 2);
    let mut worker = desk.worker("one");
    // A worker does not start where it sees that its events may not fit.
    worker.wait_for_log("partitions assigned", PATIENCE);
    support::client::alter_topic(&desk.connection, &desk.topic("articles"), &[("max.message.bytes", "9000")]);
    support::client::alter_topic(&desk.connection, &desk.topic("dead-letters"), &[("max.message.bytes", "9000")]);
    let large = |n: usize| {
        let page = serde_json::json!({ "url": format!("https://large.example/{n}"), "html": support::desk::html(n, 700) });
        NewRecord::new(page.to_string()).key(format!("large-{n}")).header("content-type", "application/json")
    };
    let mut records: Vec<NewRecord> = (0..60).map(page).collect();
    records.insert(50, large(2002));
    records.insert(10, large(1001));
    desk.fill(&records);
    desk.wait_until_done();
    let log = worker.log();
    end(worker);
    desk.audit();
    let letters = read_all(&desk.connection, &desk.topic("dead-letters"), Isolation::Committed);
    let refused: Vec<_> = letters.iter().filter(|letter| letter.header("dlq-code") == Some("unpublishable")).collect();
    assert_eq!(refused.len(), 2, "{log}");
    assert!(refused.iter().all(|letter| letter.value.is_none() && letter.header("dlq-truncated").is_some()), "what is left of them fits");
}

/// A record set that unpacks to more than the client takes holds up its partition: the worker says where, and works on the others.
#[test]
fn a_record_set_beyond_the_clients_limit_is_told() {
    let mut desk = desk("set", 2);
    desk.settings.extend(["worker.max_in_flight_bytes = 1048576".into(), "worker.batch_max_bytes = 524288".into(), "parse.max_body_bytes = 524288".into()]);
    // One set of 48 MB of zeros in partition 1, ordinary pages in both.
    let pages = |partition, range: std::ops::Range<usize>| range.map(|n| page(n).partition(partition)).collect::<Vec<_>>();
    desk.fill(&pages(0, 0..20));
    desk.fill(&pages(1, 20..30));
    let zeros = NewRecord::new(vec![b' '; 480_000]).header("url", "https://zeros.example/").header("content-type", "text/html").partition(1);
    let settings = [
        ("compression.type", "zstd"),
        ("batch.size", "90000000"),
        ("linger.ms", "3000"),
        ("enable.idempotence", "false"),
        ("batch.num.messages", "100000"),
        ("message.max.bytes", "100000000"),
        ("queue.buffering.max.kbytes", "200000"),
    ];
    let producer = support::client::producer(&desk.connection, &settings);
    (0..100).for_each(|_| support::client::send(&producer, &desk.raw_topic, &zeros));
    rdkafka::producer::Producer::flush(&producer, PATIENCE).expect("written");
    desk.fill(&pages(0, 30..40));
    let mut worker = desk.worker("one");
    worker.wait_for_log("a partition does not move though records wait", PATIENCE);
    let log = worker.log();
    let line = log.lines().find(|line| line.contains("does not move")).expect("the line");
    assert!(line.contains(&format!("topic={}", desk.raw_topic)) && line.contains("partition=1") && line.contains("offset=10"), "{line}");
    support::wait_until("the other partition to be done", PATIENCE, || {
        support::client::committed(&desk.connection, &desk.group, &desk.raw_topic).get(&0) == Some(&30)
    });
    end(worker);
}

/// A group that begins at the end (or at a time), two workers, and everything given back before the first commit: what is written from then on is
/// all there.
#[test]
fn a_group_that_begins_at_the_end_passes_nothing_over() {
    for start in ["\"latest\"", "\"TIME\""] {
        let mut desk = desk("latest", 6);
        desk.fill(&(0..10).map(page).collect::<Vec<_>>());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_millis() as i64;
        let time = jiff::Timestamp::from_millisecond(now + 1).expect("a time").to_string();
        std::thread::sleep(Duration::from_millis(5));
        desk.settings.push(format!("kafka.start_from = {}", start.replace("TIME", &time)));
        let mut one = desk.worker_until("one", "abort_transaction:1");
        let mut two = desk.worker_until("two", "abort_transaction:1");
        one.wait_for_log("partitions assigned", PATIENCE);
        two.wait_for_log("partitions assigned", PATIENCE);
        support::wait_until("the group to begin everywhere", PATIENCE, || {
            support::client::committed(&desk.connection, &desk.group, &desk.raw_topic).len() == 6
        });
        desk.fill(&(10..210).map(page).collect::<Vec<_>>());
        // Killed with everything in hand, and nothing committed yet by it.
        one.process.kill9();
        let three = desk.worker("three");
        desk.wait_until_done();
        end(two);
        end(three);
        assert_eq!(desk.outputs(Isolation::Committed).len(), 200, "with {start}");
    }
}

/// An event that breaks in the making though the log holds its entry: a dead letter, and no later copy names an event that never was.
#[test]
fn an_event_that_breaks_in_the_making() {
    let desk = desk("broken", 2);
    desk.fill(&(0..60).map(page).collect::<Vec<_>>());
    let worker = desk.worker_until("one", "finish_fails:17");
    desk.wait_until_done();
    let log = worker.log();
    end(worker);
    let audit = desk.audit();
    assert!(audit.contains("internal"), "{audit}{log}");
    let letters = read_all(&desk.connection, &desk.topic("dead-letters"), Isolation::Committed);
    let broken = letters.iter().find(|letter| letter.header("dlq-code") == Some("internal")).expect("a dead letter");
    assert!(broken.value.is_some(), "the record is kept byte for byte");
}

/// The fingerprint log's brokers are away: ready in 5 s no more, said in the log, and ready again by itself.
#[test]
fn an_outage_of_the_log_is_told_within_five_seconds() {
    let mut cluster = support::Cluster::start(support::Options::default());
    let desk = Desk::open(cluster.connection(), "log-outage", 2, true);
    desk.fill(&(0..20).map(page).collect::<Vec<_>>());
    let mut worker = desk.worker("one");
    desk.wait_until_done();
    let ready = |worker: &mut Worker| support::desk::get(worker, "/readyz");
    support::wait_until("the worker to be ready", PATIENCE, || ready(&mut worker).0 == 200);
    cluster.stop(1);
    let stopped = Instant::now();
    support::wait_until("the outage to be told", Duration::from_secs(20), || {
        let (status, body) = ready(&mut worker);
        status == 503 && body.contains("fingerprint log")
    });
    let told = stopped.elapsed();
    assert!(worker.log().contains("the fingerprint log can't be used now"), "{}", worker.log());
    cluster.restart(1);
    // Nothing is written to the topic: it must not wait for a record.
    support::wait_until("the worker to be ready again", PATIENCE, || ready(&mut worker).0 == 200);
    desk.fill(&(20..40).map(page).collect::<Vec<_>>());
    desk.wait_until_done();
    end(worker);
    desk.audit();
    assert!(told < Duration::from_secs(8), "told after {told:?}: 5 s, and what a busy machine adds");
}

/// A record that does not end: which one is told, the worker is unready for it, and a stop does not wait for it.
#[test]
fn a_record_that_does_not_end() {
    let mut desk = desk("hangs", 2);
    desk.settings.push("worker.shutdown_grace_ms = 8000".into());
    desk.fill(&(0..60).map(page).collect::<Vec<_>>());
    let mut worker = desk.worker_until("one", "record_hangs:31");
    worker.wait_for_log("a record is still being worked on", PATIENCE);
    support::wait_until("the worker to be unready", Duration::from_secs(60), || {
        let (status, body) = support::desk::get(&mut worker, "/readyz");
        status == 503 && body.contains("has been worked on for") && body.contains("of partition")
    });
    assert_eq!(support::desk::get(&mut worker, "/livez").0, 200, "it is no reason to be started again");
    let (_, metrics) = support::desk::get(&mut worker, "/metrics");
    assert!(support::desk::metric(&metrics, "copydesk_oldest_running_record_seconds", &[]) > 5.0, "{metrics}");
    let asked = Instant::now();
    end(worker);
    assert!(asked.elapsed() < Duration::from_secs(12), "a grace of 8 s took {:?}", asked.elapsed());
    let worker = desk.worker("two");
    desk.wait_until_done();
    end(worker);
    desk.audit();
}

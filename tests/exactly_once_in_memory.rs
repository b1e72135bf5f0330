//! The worker against the honest in-memory broker, crashed and disturbed at every step: every raw record comes out exactly once,
//! and what comes out is what the log says.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/memory.rs"]
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use copydesk::article::OutputTopic;
use copydesk::article::{Entry, EventId, Identity, RawHeader, VerdictKind};
use copydesk::config::DedupeRules;
use copydesk::config::StartFrom;
use copydesk::dedupe::Index;
use copydesk::kafka::memory::{Call, Fault, MemoryBroker, Refusal};
use copydesk::kafka::port::{LogEvent, LogPort};
use copydesk::stop::Stop;
use copydesk::telemetry::Health;
use proptest::prelude::*;

/// Of all workers here.
const GROUP: &str = "desk";
const TIMESTAMP: i64 = 1_700_000_000_000;

/// A page of one of a few addresses with one of a few texts; every tenth record is broken, some are withdrawals.
fn envelope(number: usize, url: u8, text: u8) -> Vec<u8> {
    if number % 10 == 9 {
        return b"{\"html\": ".to_vec();
    }
    let url = format!("https://site{}.example/story-{url}", url % 3);
    if number % 17 == 16 {
        return serde_json::json!({ "url": url, "withdrawn": true, "fetched_at": "2023-11-14T22:13:20Z" }).to_string().into_bytes();
    }
    let sentence = |i: u8| format!("The council of district {text} met for the {i}th time this year and spoke of the bridge over the river {}.", i * text);
    let body: String = (1..7).map(|i| format!("<p>{}</p>", sentence(i))).collect();
    let html = format!(
        "<html><head><title>Council {text} speaks of its bridge</title></head><body><article><h1>Council {text} speaks of its bridge</h1>{body}</article></body></html>"
    );
    serde_json::json!({ "url": url, "html": html, "fetched_at": "2023-11-14T22:13:20Z" }).to_string().into_bytes()
}

/// Runs instances of a name until it is told to stop; a crashed one is started again, as a supervisor does.
fn supervise(broker: MemoryBroker, name: &'static str, stop: Stop, crashes: Arc<Mutex<Vec<String>>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let pipeline = memory::pipeline();
        while !stop.asked() {
            let worker = memory::worker(&broker, name, pipeline.clone(), memory::settings(), memory::unread());
            if let Err(error) = worker.run(&stop, &Health::new(Duration::from_secs(60))) {
                let fenced = error.to_string().starts_with("fenced");
                crashes.lock().unwrap().push(error.to_string());
                if fenced {
                    // Another runs under its name: a supervisor that started it again would only take the name back.
                    return;
                }
            }
        }
    })
}

struct World {
    broker: MemoryBroker,
    partitions: usize,
    records: usize,
}

fn fill(records: &[(u8, u8)], partitions: usize) -> World {
    let broker = MemoryBroker::new(partitions);
    for (number, (url, text)) in records.iter().enumerate() {
        let partition = (usize::from(*url) % partitions) as i32;
        broker.produce_raw(partition, None, Some(envelope(number, *url, *text)), Vec::new(), TIMESTAMP + number as i64);
        if number % 7 == 3 {
            broker.mark_raw(partition);
        }
    }
    World { broker, partitions, records: records.len() }
}

/// Waits until the group has committed everything that can be read.
fn wait_until_done(world: &World, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if memory::committed(&world.broker) >= world.records {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

type Place = (i32, i64);

fn header(headers: &[RawHeader], name: &str) -> i64 {
    let (_, value) = headers.iter().find(|(n, _)| n == name.as_bytes()).unwrap();
    std::str::from_utf8(value.as_ref().unwrap()).unwrap().parse().unwrap()
}

/// The raw record that each output came from.
fn outputs(broker: &MemoryBroker) -> Vec<(Place, serde_json::Value)> {
    let mut all = Vec::new();
    for topic in [OutputTopic::Articles, OutputTopic::Duplicates] {
        for record in broker.committed(topic) {
            let event: serde_json::Value = serde_json::from_slice(record.value.as_ref().unwrap()).unwrap();
            let place = (event["origin"]["partition"].as_i64().unwrap() as i32, event["origin"]["offset"].as_i64().unwrap());
            all.push((place, event));
        }
    }
    for record in broker.committed(OutputTopic::DeadLetters) {
        all.push(((header(&record.headers, "dlq-partition") as i32, header(&record.headers, "dlq-offset")), serde_json::Value::Null));
    }
    all
}

/// What the log itself says of every identity.
fn judged_by_the_log(broker: &MemoryBroker) -> BTreeMap<Identity, (&'static str, u64)> {
    let (_, mut log) = broker.connect("reader", "nobody");
    let mut index = Index::new(DedupeRules::default(), &["news.raw"]);
    let mut verdicts = BTreeMap::new();
    let mut read = 0;
    while read < broker.log_len() {
        for event in log.poll(Duration::ZERO).unwrap() {
            let LogEvent::Record(record) = event else {
                continue;
            };
            read += 1;
            let entry = Entry::decode(&record.value).unwrap();
            index.apply(record.offset, record.timestamp, &entry);
            let verdict = index.verdict(&entry.identity).unwrap();
            let kind = match verdict.kind {
                VerdictKind::Published => "published",
                VerdictKind::Updated { .. } => "updated",
                VerdictKind::Withdrawn { .. } => "withdrawn",
                VerdictKind::Duplicate(..) => "duplicate",
                VerdictKind::Skipped => "skipped",
            };
            verdicts.entry(entry.identity).or_insert((kind, verdict.version));
        }
    }
    verdicts
}

fn check(world: &World) {
    let outputs = outputs(&world.broker);
    let places: BTreeSet<Place> = outputs.iter().map(|(place, _)| *place).collect();
    assert_eq!(places.len(), outputs.len(), "a record came out twice");
    assert_eq!(places.len(), world.records, "a record is missing");
    let verdicts = judged_by_the_log(&world.broker);
    let by_event: BTreeMap<String, &(&str, u64)> = verdicts.iter().map(|(identity, v)| (EventId::of(identity).to_string(), v)).collect();
    for (place, event) in &outputs {
        if event.is_null() {
            continue;
        }
        let (kind, version) = by_event[event["event_id"].as_str().unwrap()];
        assert_eq!((event["event_type"].as_str().unwrap(), event["version"].as_u64().unwrap()), (*kind, *version), "at {place:?}");
    }
    for partition in 0..world.partitions as i32 {
        let committed = world.broker.group_offsets(GROUP).get(&partition).copied().unwrap_or(0);
        assert!(committed <= world.broker.raw_end(partition));
    }
}

fn run_disturbed(records: &[(u8, u8)], partitions: usize, workers: usize, faults: &[(Call, u32, Fault)]) {
    let world = fill(records, partitions);
    for (call, count, fault) in faults {
        world.broker.inject(*call, *count, *fault);
    }
    let stop = Stop::default();
    let crashes = Arc::default();
    let names = ["one", "two"];
    let threads: Vec<_> = names[..workers].iter().map(|name| supervise(world.broker.clone(), name, stop.clone(), Arc::clone(&crashes))).collect();
    let done = wait_until_done(&world, Duration::from_secs(30));
    stop.ask();
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(done, "not all came through; crashes: {:?}", crashes.lock().unwrap());
    check(&world);
}

fn calls() -> impl Strategy<Value = Call> {
    prop::sample::select(vec![
        Call::Init,
        Call::Poll,
        Call::Begin,
        Call::Send,
        Call::Drive,
        Call::SendOffsets,
        Call::Commit,
        Call::CommitAnswer,
        Call::Abort,
        Call::Rewind,
        Call::CommitStart,
        Call::Append,
    ])
}

fn fault_for(call: Call, choice: u8) -> Fault {
    let faults: &[Fault] = match call {
        Call::Append => &[Fault::Unknown, Fault::Crash, Fault::Retry, Fault::Delayed(1), Fault::Delayed(5)],
        Call::Poll => &[Fault::Crash, Fault::Retry, Fault::Rebalance, Fault::Lost],
        Call::Rewind | Call::CommitStart => &[Fault::Crash, Fault::Retry, Fault::Rebalance],
        Call::Init => &[Fault::Crash, Fault::Retry],
        Call::CommitAnswer => &[Fault::Crash, Fault::Retry, Fault::Producer],
        _ => &[Fault::Crash, Fault::Retry, Fault::Abort, Fault::Producer, Fault::Rebalance],
    };
    faults[usize::from(choice) % faults.len()]
}

#[test]
fn undisturbed_everything_comes_out_once() {
    let records: Vec<(u8, u8)> = (0..60).map(|i| (i % 11, i % 7)).collect();
    run_disturbed(&records, 3, 2, &[]);
}

#[test]
fn a_crash_at_every_call() {
    let records: Vec<(u8, u8)> = (0..40).map(|i| (i % 11, i % 7)).collect();
    for call in [Call::Init, Call::Poll, Call::Begin, Call::Send, Call::Drive, Call::SendOffsets, Call::Commit, Call::CommitAnswer, Call::Rewind, Call::Append]
    {
        run_disturbed(&records, 2, 1, &[(call, 2, Fault::Crash), (call, 3, Fault::Crash)]);
    }
}

#[test]
fn a_name_taken_by_a_second_instance_ends_the_first() {
    let records: Vec<(u8, u8)> = (0..40).map(|i| (i % 11, i % 7)).collect();
    let world = fill(&records, 2);
    let stop = Stop::default();
    let crashes = Arc::default();
    let first = supervise(world.broker.clone(), "one", stop.clone(), Arc::clone(&crashes));
    let second = supervise(world.broker.clone(), "one", stop.clone(), Arc::clone(&crashes));
    let done = wait_until_done(&world, Duration::from_secs(30));
    stop.ask();
    first.join().unwrap();
    second.join().unwrap();
    assert!(done);
    check(&world);
}

/// The log stands still, so every channel fills up: the consumer is polled all the same, or its group would take it for dead.
#[test]
fn the_consumer_is_polled_while_the_channels_are_full() {
    let records: Vec<(u8, u8)> = (0..80).map(|i| (i % 11, i % 7)).collect();
    let world = fill(&records, 2);
    world.broker.stall_log(true);
    let stop = Stop::default();
    let thread = supervise(world.broker.clone(), "one", stop.clone(), Arc::default());
    std::thread::sleep(Duration::from_millis(300));
    let polls = world.broker.polls();
    // It would not come to these if it waited for a channel.
    let deadline = Instant::now() + Duration::from_secs(30);
    while world.broker.polls() < polls + 20 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    let more = world.broker.polls() - polls;
    world.broker.stall_log(false);
    let done = wait_until_done(&world, Duration::from_secs(30));
    stop.ask();
    thread.join().unwrap();
    assert!(more >= 20, "{more} polls while the channels were full");
    assert!(done);
    check(&world);
}

/// What became of a record that holds these bytes, in all outputs.
fn dead_letters(world: &World, code: &str) -> usize {
    let is_of = |headers: &[(Vec<u8>, Option<Vec<u8>>)]| headers.iter().any(|(n, v)| n == b"dlq-code" && v.as_deref() == Some(code.as_bytes()));
    world.broker.committed(OutputTopic::DeadLetters).iter().filter(|record| is_of(&record.headers)).count()
}

fn run_with_refusals(records: &[(u8, u8)], partitions: usize, refusals: &[Refusal], faults: &[(Call, u32, Fault)]) -> World {
    let world = fill(records, partitions);
    refusals.iter().for_each(|refusal| world.broker.refuse(refusal.clone()));
    faults.iter().for_each(|(call, count, fault)| world.broker.inject(*call, *count, *fault));
    let stop = Stop::default();
    let crashes = Arc::default();
    let thread = supervise(world.broker.clone(), "one", stop.clone(), Arc::clone(&crashes));
    let done = wait_until_done(&world, Duration::from_secs(30));
    stop.ask();
    thread.join().unwrap();
    assert!(done, "not all came through; crashes: {:?}", crashes.lock().unwrap());
    check(&world);
    world
}

fn refusal(topic: OutputTopic, bytes: &str, at_once: bool) -> Refusal {
    Refusal { topic, bytes: bytes.as_bytes().to_vec(), at_once }
}

/// The broker refuses one text's events for good. The client may know which record it is, or only that it is one of those sent together.
#[test]
fn a_refused_record_becomes_a_dead_letter_and_the_others_go_on() {
    let records: Vec<(u8, u8)> = (0..60).map(|i| (i % 11, i % 7)).collect();
    for at_once in [true, false] {
        let world = run_with_refusals(&records, 2, &[refusal(OutputTopic::Articles, "district 5 met", at_once)], &[]);
        let unpublishable = dead_letters(&world, "unpublishable");
        assert!((1..20).contains(&unpublishable), "{unpublishable} with at_once = {at_once}");
        let skipped = judged_by_the_log(&world.broker).values().filter(|(kind, _)| *kind == "skipped").count();
        assert!(skipped <= unpublishable && log_skips(&world.broker) == unpublishable, "each entry without an event is followed by a skip");
    }
}

fn log_skips(broker: &MemoryBroker) -> usize {
    let (_, mut log) = broker.connect("reader", "nobody");
    let (mut read, mut skips) = (0, 0);
    while read < broker.log_len() {
        for event in log.poll(Duration::ZERO).unwrap() {
            if let LogEvent::Record(record) = event {
                read += 1;
                skips += usize::from(Entry::decode(&record.value).unwrap().kind == copydesk::article::EntryKind::Skip);
            }
        }
    }
    skips
}

/// Its dead letter is refused too: what is left has none of its bytes, and says where the record stands.
#[test]
fn a_refused_dead_letter_is_made_bare() {
    let records: Vec<(u8, u8)> = (0..40).map(|i| (i % 11, i % 7)).collect();
    let refusals = [refusal(OutputTopic::Articles, "district 5 met", false), refusal(OutputTopic::DeadLetters, "district 5 met", false)];
    let world = run_with_refusals(&records, 2, &refusals, &[]);
    let bare = world.broker.committed(OutputTopic::DeadLetters).iter().filter(|r| r.value.is_none() && r.key.is_none()).count();
    assert!(bare > 0 && bare == dead_letters(&world, "unpublishable"));
}

/// Records read before anything was committed, then given back, then read again by whoever: none is passed over.
#[test]
fn a_group_that_begins_at_the_end_loses_nothing_that_comes_later() {
    for start in [StartFrom::Latest, StartFrom::Time(jiff::Timestamp::from_millisecond(TIMESTAMP + 5_000).unwrap())] {
        let old: Vec<(u8, u8)> = (0..10).map(|i| (i % 11, i % 7)).collect();
        let World { broker, .. } = fill(&old, 2);
        broker.start_from(start);
        // Before the first commit: the first transactions fail, partitions move to another instance and back.
        for _ in 0..3 {
            broker.inject(Call::SendOffsets, 1, Fault::Rebalance);
            broker.inject(Call::Commit, 1, Fault::Abort);
        }
        let stop = Stop::default();
        let threads: Vec<_> = ["one", "two"].into_iter().map(|name| supervise(broker.clone(), name, stop.clone(), Arc::default())).collect();
        let deadline = Instant::now() + Duration::from_secs(10);
        while broker.group_offsets(GROUP).len() < 2 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        for number in 0..60 {
            broker.produce_raw(
                number % 2,
                None,
                Some(envelope(number as usize, number as u8 % 11, number as u8 % 7)),
                Vec::new(),
                TIMESTAMP + 5_000 + i64::from(number),
            );
        }
        let world = World { broker, partitions: 2, records: 60 };
        let done = wait_until_done(&world, Duration::from_secs(30));
        stop.ask();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(done, "{start:?}: {} of 60 came out", outputs(&world.broker).len());
        check(&world);
    }
}

/// One partition without a leader holds up nobody else, and is read when it has one.
#[test]
fn a_partition_without_a_leader_is_waited_for_by_nobody() {
    let records: Vec<(u8, u8)> = (0..40).map(|i| (i % 11, i % 7)).collect();
    let world = fill(&records, 2);
    world.broker.lead_raw(1, false);
    let stop = Stop::default();
    let thread = supervise(world.broker.clone(), "one", stop.clone(), Arc::default());
    let of_partition = |partition| outputs(&world.broker).iter().filter(|((p, _), _)| *p == partition).count();
    let deadline = Instant::now() + Duration::from_secs(10);
    let data = (world.broker.raw_end(0), world.broker.group_offsets(GROUP));
    while world.broker.group_offsets(GROUP).get(&0).is_none_or(|offset| *offset < data.0) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(of_partition(0) > 0 && of_partition(1) == 0);
    assert_eq!(world.broker.group_offsets(GROUP).get(&0), Some(&data.0));
    world.broker.lead_raw(1, true);
    let done = wait_until_done(&world, Duration::from_secs(30));
    stop.ask();
    thread.join().unwrap();
    assert!(done);
    check(&world);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn whatever_goes_wrong_every_record_comes_out_once(
        records in prop::collection::vec((0u8..12, 0u8..8), 10..60),
        partitions in 1usize..4,
        workers in 1usize..3,
        faults in prop::collection::vec((calls(), 1u32..12, 0u8..8), 0..6),
        refused in prop::option::weighted(0.3, (0u8..8, any::<bool>(), any::<bool>())),
    ) {
        let faults: Vec<_> = faults.iter().map(|(call, count, choice)| (*call, *count, fault_for(*call, *choice))).collect();
        let Some((text, at_once, bare)) = refused else { return { run_disturbed(&records, partitions, workers, &faults); Ok(()) } };
        let text = format!("district {text} met");
        let topics = if bare { vec![OutputTopic::Articles, OutputTopic::DeadLetters] } else { vec![OutputTopic::Articles] };
        let refusals: Vec<_> = topics.into_iter().map(|topic| refusal(topic, &text, at_once)).collect();
        run_with_refusals(&records, partitions, &refusals, &faults);
    }
}

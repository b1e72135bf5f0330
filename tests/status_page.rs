//! What the status page shows of a worker: exactly the records that were committed, whatever was aborted on the way.
//! The page itself is driven in a browser by `tests/browser`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/http.rs"]
mod http_client;
#[path = "support/memory.rs"]
mod memory;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use copydesk::article::OutputTopic;
use copydesk::http::{self, Cluster, HttpState};
use copydesk::kafka::memory::{Call, Fault, MemoryBroker};
use copydesk::stop::Stop;
use copydesk::telemetry::labels::OutputKind;
use copydesk::telemetry::{Health, Metrics, Recent};

const PATIENCE: Duration = Duration::from_secs(30);

/// Articles, each read twice, and broken envelopes between them.
fn fill(broker: &MemoryBroker) -> usize {
    for number in 0..30 {
        let value = match number % 3 {
            2 => b"{\"html\": ".to_vec(),
            _ => {
                let story = number / 6;
                let text =
                    (1..6).map(|i| format!("<p>The ferry of line {story} left its pier for the {i}th time with {} passengers on board.</p>", story * 40 + i));
                let html = format!("<html><body><article><h1>Ferry {story} leaves</h1>{}</article></body></html>", text.collect::<String>());
                serde_json::json!({ "url": format!("https://pier.example/{story}"), "html": html }).to_string().into_bytes()
            }
        };
        broker.produce_raw(0, None, Some(value), Vec::new(), 1_700_000_000_000 + number);
    }
    30
}

fn metrics(health: &Arc<Health>) -> Arc<Metrics> {
    Arc::new(memory::metrics(health).keeping(Recent::new(100, 1 << 24)))
}

/// Lets one worker work until everything is through.
fn work(broker: &MemoryBroker, records: usize, metrics: &Arc<Metrics>, health: &Arc<Health>) {
    let stop = Stop::default();
    let worker = memory::worker(broker, "one", memory::pipeline(), memory::settings(), metrics.clone());
    let ran = std::thread::scope(|scope| {
        let worker = scope.spawn(|| worker.run(&stop, health));
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && memory::committed(broker) < records {
            std::thread::sleep(Duration::from_millis(2));
        }
        stop.ask();
        worker.join().unwrap()
    });
    ran.unwrap();
}

/// Key and value of each record, sorted.
type Records = Vec<(Option<Vec<u8>>, Option<Vec<u8>>)>;

fn committed(broker: &MemoryBroker, topic: OutputTopic) -> Records {
    let mut records: Records = broker.committed(topic).into_iter().map(|r| (r.key, r.value)).collect();
    records.sort();
    records
}

fn shown(metrics: &Metrics, topic: OutputTopic) -> Records {
    let of = |kind: OutputKind| match kind {
        OutputKind::Published | OutputKind::Updated | OutputKind::Withdrawn => OutputTopic::Articles,
        OutputKind::Duplicate => OutputTopic::Duplicates,
        OutputKind::DeadLetter => OutputTopic::DeadLetters,
    };
    let newest = metrics.recent().after(0, 100);
    let mut records: Records = newest.records.iter().filter(|(_, r)| of(r.kind) == topic).map(|(_, r)| (r.key.clone(), r.value.clone())).collect();
    records.sort();
    records
}

#[test]
fn aborted_records_are_not_shown_and_committed_ones_once() {
    for fault in [Fault::Abort, Fault::Producer, Fault::Rebalance] {
        let (broker, health) = (MemoryBroker::new(1), Arc::new(Health::new(Duration::from_secs(60))));
        let metrics = metrics(&health);
        let records = fill(&broker);
        broker.inject(Call::Commit, 2, fault);
        broker.inject(Call::SendOffsets, 2, fault);
        work(&broker, records, &metrics, &health);
        for topic in memory::OUTPUTS {
            assert!(!committed(&broker, topic).is_empty(), "{topic:?}");
            assert_eq!(shown(&metrics, topic), committed(&broker, topic), "{topic:?} after {fault:?}");
        }
        assert_eq!(metrics.recent().after(0, 100).last, records as u64);
        assert!(metrics.worker().rewound > 0, "nothing was aborted: {fault:?}");
    }
}

#[test]
fn a_copy_names_an_event_that_is_shown_too() {
    let (broker, health) = (MemoryBroker::new(1), Arc::new(Health::new(Duration::from_secs(60))));
    let metrics = metrics(&health);
    let records = fill(&broker);
    work(&broker, records, &metrics, &health);
    let state = HttpState { metrics, health, cluster: Cluster::default(), host_names: Vec::new(), hidden: None };
    let (address, _server) = http::serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), state).unwrap();
    let list = get(address, "/api/events?limit=100");
    let events = list["events"].as_array().unwrap();
    assert_eq!(events.len(), records);
    let copies: Vec<_> = events.iter().filter(|e| e["kind"] == "duplicate").collect();
    assert!(!copies.is_empty());
    for copy in copies {
        // Of the same page it is the newest entry, which may be a copy itself.
        let original = &copy["duplication"]["duplicate_of"]["event_id"];
        assert!(events.iter().any(|e| e["event_id"] == *original), "{copy}");
        let whole = get(address, &format!("/api/events/{}", copy["number"]));
        assert_eq!(whole["event"]["event_id"], copy["event_id"]);
    }
}

fn get(address: SocketAddr, path: &str) -> serde_json::Value {
    serde_json::from_str(&http_client::get(address, path).unwrap().1).unwrap()
}

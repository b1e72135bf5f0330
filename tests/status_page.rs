//! What the status page shows of a worker: exactly the records that were committed, whatever was aborted on the way.
//! The page itself is driven in a browser by `tests/browser`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use copydesk::article::OutputTopic;
use copydesk::http::{self, Cluster, HttpState};
use copydesk::kafka::memory::{Call, Fault, MemoryBroker};
use copydesk::pipeline::{Pipeline, PipelineSettings};
use copydesk::stop::Stop;
use copydesk::telemetry::labels::OutputKind;
use copydesk::telemetry::{BuildInfo, Health, Metrics, Recent};
use copydesk::worker::{EngineSettings, Worker};

const TOPICS: [OutputTopic; 3] = [OutputTopic::Articles, OutputTopic::Duplicates, OutputTopic::DeadLetters];
const PATIENCE: Duration = Duration::from_secs(30);

fn pipeline() -> Arc<Pipeline> {
    Arc::new(Pipeline::new(PipelineSettings { config_hash: "test".into(), ..PipelineSettings::default() }).unwrap())
}

fn settings() -> EngineSettings {
    EngineSettings {
        max_in_flight_bytes: 1 << 20,
        batch_max_messages: 5,
        batch_max_bytes: 1 << 20,
        batch_max_wait: Duration::from_millis(2),
        max_batches: 3,
        transaction_timeout: Duration::from_secs(5),
        shutdown_grace: Duration::from_secs(4),
        slow_record: Duration::from_secs(5),
    }
}

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
    Arc::new(Metrics::new(BuildInfo::new("none", "none"), vec!["news.raw".into()], health.clone()).keeping(Recent::new(100, 1 << 24)))
}

/// Lets one worker work until everything is through.
fn work(broker: &MemoryBroker, records: usize, metrics: &Arc<Metrics>, health: &Arc<Health>) {
    let stop = Stop::default();
    let (port, log) = broker.connect("one", "desk");
    let worker = Worker { port, log, pipeline: pipeline(), raw_topics: vec!["news.raw".into()], settings: settings(), threads: 1, metrics: metrics.clone() };
    let ran = std::thread::scope(|scope| {
        let worker = scope.spawn(|| worker.run(&stop, health));
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && TOPICS.iter().map(|t| broker.committed(*t).len()).sum::<usize>() < records {
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
        for topic in TOPICS {
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
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

//! The server over real sockets, each test on a free port.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use crate::telemetry::labels::{OutcomeLabel, TimedStage};
use crate::telemetry::{BuildInfo, Committed, Component, ComponentState, LogSnapshot, PartitionLag, Recent, WorkerSnapshot};

use super::*;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn state(stall_limit: Duration) -> HttpState {
    let health = Arc::new(Health::new(stall_limit));
    let build = BuildInfo::new("2.12.1", "0123456789abcdef");
    let metrics = Metrics::new(build, vec!["news.raw".into()], health.clone()).keeping(Recent::new(3, 1 << 20));
    let cluster = Cluster { bootstrap: "a.example:9092".into(), group: "desk".into(), topics: TopicSettings::default() };
    HttpState { metrics: Arc::new(metrics), health, cluster, host_names: Vec::new(), hidden: None }
}

/// Status line, headers and body of an answer.
fn get(address: SocketAddr, path: &str) -> (String, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    (status.to_owned(), headers.to_ascii_lowercase(), body.to_owned())
}

/// Status line and body of what is answered to a request, written out.
fn ask(address: SocketAddr, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

fn json(body: &str) -> serde_json::Value {
    serde_json::from_str(body).unwrap()
}

#[test]
fn metrics_are_served_as_text() {
    let state = state(Duration::from_secs(60));
    let mut snapshot = WorkerSnapshot::default();
    snapshot.record_read(70);
    state.metrics.publish_worker(snapshot);
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    let (status, headers, body) = get(address, "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(headers.contains("content-type: text/plain; version=0.0.4"), "{headers}");
    assert!(body.contains("\ncopydesk_messages_consumed_total 1\n"), "{body}");
    assert!(body.contains("copydesk_config_hash_info{sha=\"0123456789abcdef\"} 1\n"), "{body}");
}

#[test]
fn livez_fails_when_a_loop_stands_still_and_only_then() {
    let state = state(Duration::from_millis(700));
    let health = state.health.clone();
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    health.set(Component::Worker, ComponentState::Outage { reason: "no broker answers".into() });
    health.beat(Component::Worker);
    let (status, headers, body) = get(address, "/livez");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(headers.contains("content-type: application/json"), "{headers}");
    assert_eq!(json(&body)["live"], true);
    std::thread::sleep(Duration::from_millis(900));
    let (status, _, body) = get(address, "/livez");
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(json(&body)["components"][0]["component"], "worker");
    assert_eq!(json(&body)["components"][0]["ok"], false);
    assert_eq!(json(&body)["components"][1]["ok"], true, "the log's loop does not run yet");
    health.beat(Component::Worker);
    assert_eq!(get(address, "/livez").0, "HTTP/1.1 200 OK");
}

#[test]
fn readyz_says_what_is_missing() {
    let state = state(Duration::from_secs(60));
    let health = state.health.clone();
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    health.set(Component::Worker, ComponentState::Joined { partitions: 3, lag_seconds: 2 });
    health.set(Component::Log, ComponentState::Rebuilding { read: 10, end: 400 });
    let (status, _, body) = get(address, "/readyz");
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    let body = json(&body);
    assert_eq!(body["ready"], false);
    assert_eq!(body["components"][0]["reason"], "3 partitions, 2 s behind");
    assert_eq!(body["components"][1]["state"], "rebuilding");
    assert_eq!(body["components"][1]["reason"], "read 10 of 400 entries of the log");
    health.set(Component::Log, ComponentState::Following);
    assert_eq!(get(address, "/readyz").0, "HTTP/1.1 200 OK");
}

#[test]
fn version_names_what_runs() {
    let (address, _server) = serve(ANY_PORT, state(Duration::from_secs(60))).unwrap();
    let (status, _, body) = get(address, "/version");
    assert_eq!(status, "HTTP/1.1 200 OK");
    let body = json(&body);
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(body["librdkafka"], "2.12.1");
    assert_eq!(body["config_hash"], "0123456789abcdef");
    assert_eq!(get(address, "/nothing").0, "HTTP/1.1 404 Not Found");
}

/// A committed event with this headline.
fn event(kind: OutputKind, headline: &str) -> Committed {
    let value = serde_json::json!({
        "event_id": "e", "article_id": "a", "event_type": "published",
        "source": { "url": "https://courier.example/1", "domain": "courier.example", "publisher": { "name": "The Courier" } },
        "content": {
            "headline": headline, "text": "First paragraph.\n\nSecond.", "word_count": 3, "dateline": { "raw": "PORT, 1 May" }, "language": { "code": "en", "confidence": 1.0 },
            "published": { "at": "2026-05-01T00:00:00Z", "value": "2026-05-01", "precision": "day", "time_zone_known": false, "source": "meta" },
        },
        "annotations": {
            "entities": [{ "type": "person", "name": "Ada Quill", "mentions": [] }, { "type": "organisation", "name": "Port Office" }, { "type": "person", "name": "Ada Quill" }],
            "places": [{ "name": "Port", "kind": "city" }],
        },
        "duplication": { "status": "original" },
    });
    Committed::new(kind, 1_000, 2_000, Some(b"a".to_vec()), Some(value.to_string().into_bytes()), vec![("ce_id".into(), Some(b"e".to_vec()))])
}

fn letter(value: &[u8]) -> Committed {
    let headers = [
        ("dlq-code", "not_html"),
        ("dlq-stage", "parse"),
        ("dlq-message", "an image"),
        ("dlq-topic", "news.raw"),
        ("dlq-partition", "2"),
        ("dlq-offset", "40"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), Some(value.as_bytes().to_vec()))).into();
    Committed::new(OutputKind::DeadLetter, 1_000, 2_000, Some(b"k".to_vec()), Some(value.to_vec()), headers)
}

#[test]
fn the_page_and_its_files_load_nothing_from_elsewhere() {
    let (address, _server) = serve(ANY_PORT, state(Duration::from_secs(60))).unwrap();
    for (path, media_type, text) in page::FILES {
        let (status, headers, body) = get(address, path);
        assert_eq!(status, "HTTP/1.1 200 OK", "{path}");
        for header in [
            &format!("content-type: {media_type}"),
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'",
        ] {
            assert!(headers.contains(header), "{path}: {headers}");
        }
        assert!(!headers.contains("access-control"), "{path}: {headers}");
        assert_eq!(body, text, "{path}");
        let outside = text.lines().find(|line| line.contains("://") && !line.contains("www.w3.org/2000/svg") && !line.contains("site.example"));
        assert_eq!(outside, None, "{path}");
    }
    let html = page::FILES[0].2;
    let named = html.split(['"', '\'']).filter(|part| part.starts_with("page/"));
    let named: Vec<String> = named.map(|part| format!("/{part}")).collect();
    assert!(named.len() >= 5 && named.iter().all(|file| page::FILES.iter().any(|(path, ..)| path == file)), "{named:?}");
    assert!(!html.contains("style=") && !html.contains("onclick=") && !html.contains("onload="), "the policy would stop it");
}

#[test]
fn summaries_of_the_newest_are_listed() {
    let state = state(Duration::from_secs(60));
    let metrics = state.metrics.clone();
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    let empty = json(&get(address, "/api/events").2);
    assert_eq!((&empty["last"], &empty["kept"], empty["events"].as_array().unwrap().len()), (&0.into(), &3.into(), 0));
    let markup = "<script>alert(1)</script> & \"x\"";
    for record in [event(OutputKind::Published, "gone"), event(OutputKind::Published, markup), letter(b"GIF89a"), event(OutputKind::Duplicate, "copy")] {
        metrics.recent().push(record);
    }
    let (status, headers, body) = get(address, "/api/events?after=0&limit=100");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(headers.contains("content-type: application/json") && headers.contains("cache-control: no-store"), "{headers}");
    let list = json(&body);
    assert_eq!((&list["last"], &list["missed"]), (&4.into(), &1.into()));
    let events = list["events"].as_array().unwrap();
    assert_eq!(events.iter().map(|e| e["number"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(events[0]["headline"], markup);
    assert_eq!((&events[0]["kind"], &events[0]["publisher"], &events[0]["lead"]), (&"published".into(), &"The Courier".into(), &"First paragraph.".into()));
    assert_eq!(events[0]["people"], serde_json::json!(["Ada Quill"]), "each name once");
    assert_eq!(
        (&events[0]["places"][0], &events[0]["dateline"], &events[0]["published"]["value"]),
        (&"Port".into(), &"PORT, 1 May".into(), &"2026-05-01".into())
    );
    assert_eq!(
        (&events[1]["kind"], &events[1]["code"], &events[1]["offset"], &events[1]["bytes"]),
        (&"dead_letter".into(), &"not_html".into(), &"40".into(), &6.into())
    );
    assert_eq!(events[2]["duplication"]["status"], "original");
    let one = json(&get(address, "/api/events?after=2&limit=1").2);
    assert_eq!((&one["events"][0]["number"], &one["missed"]), (&4.into(), &1.into()));
    assert_eq!(get(address, "/api/events?after=x").0, "HTTP/1.1 400 Bad Request");
}

#[test]
fn one_event_is_shown_whole_and_a_dead_letter_by_its_beginning() {
    let state = state(Duration::from_secs(60));
    let metrics = state.metrics.clone();
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    metrics.recent().push(event(OutputKind::Updated, "Bridge"));
    let whole = json(&get(address, "/api/events/1").2);
    assert_eq!((&whole["topic"], &whole["key"], &whole["headers"][0][1]), (&"news.articles".into(), &"a".into(), &"e".into()));
    assert_eq!(whole["event"]["content"]["text"], "First paragraph.\n\nSecond.");
    assert_eq!(whole.get("raw"), None);

    let mut long = vec![b'x'; crate::telemetry::recent::DEAD_LETTER_BYTES - 1];
    long.extend("é".repeat(10).bytes());
    metrics.recent().push(letter(&long));
    metrics.recent().push(letter(b"a\xffb"));
    let cut = json(&get(address, "/api/events/2").2);
    assert_eq!((&cut["raw"]["cut"], &cut["raw"]["lossy"], &cut["bytes"]), (&true.into(), &false.into(), &long.len().into()));
    assert_eq!(cut["raw"]["text"].as_str().unwrap().len(), crate::telemetry::recent::DEAD_LETTER_BYTES - 1, "no half of a character");
    let lossy = json(&get(address, "/api/events/3").2);
    assert_eq!((&lossy["raw"]["text"], &lossy["raw"]["lossy"], &lossy["raw"]["cut"]), (&"a\u{fffd}b".into(), &true.into(), &false.into()));
    assert_eq!(lossy["topic"], "news.dead-letters");

    let (status, _, body) = get(address, "/api/events/4");
    assert_eq!(status, "HTTP/1.1 404 Not Found");
    assert!(json(&body)["error"].as_str().unwrap().contains("no longer kept"));
    assert_eq!(get(address, "/api/events/x").0, "HTTP/1.1 400 Bad Request");
}

#[test]
fn a_record_that_is_no_json_harms_nobody() {
    let state = state(Duration::from_secs(60));
    let metrics = state.metrics.clone();
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    metrics.recent().push(Committed::new(OutputKind::Published, 1, 2, None, Some(b"{broken".to_vec()), Vec::new()));
    metrics.recent().push(Committed::new(OutputKind::DeadLetter, 1, 2, None, None, Vec::new()));
    let events = json(&get(address, "/api/events").2)["events"].clone();
    assert_eq!((events.as_array().unwrap().len(), &events[1]["bytes"]), (2, &0.into()));
    assert_eq!(json(&get(address, "/api/events/1").2)["raw"]["text"], "{broken");
    assert_eq!(json(&get(address, "/api/events/2").2).get("raw"), None);
}

#[test]
fn status_tells_what_the_metrics_tell() {
    let state = state(Duration::from_secs(60));
    let (metrics, health) = (state.metrics.clone(), state.health.clone());
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    let mut worker = WorkerSnapshot::default();
    worker.record_read(70);
    worker.record_read(30);
    worker.record_committed(OutcomeLabel::Published, OutputKind::Updated, 70, 900);
    worker.stages.of(TimedStage::Prepare).observe_duration(Duration::from_millis(2));
    worker.partitions.insert(crate::article::RawPartition::new("news.raw", 3), PartitionLag { messages: 5, oldest_millis: Some(now_millis() - 60_000) });
    metrics.publish_worker(worker);
    metrics.publish_log(LogSnapshot { end: 9, position: 7, ..LogSnapshot::default() });
    metrics.recent().push(event(OutputKind::Updated, "x"));
    health.set(Component::Log, ComponentState::Rebuilding { read: 1, end: 2 });
    let (status, _, body) = get(address, "/api/status");
    assert_eq!(status, "HTTP/1.1 200 OK", "it tells of an unready worker too");
    let status = json(&body);
    assert_eq!((&status["messages"]["consumed"], &status["messages"]["in_flight_bytes"]), (&2.into(), &30.into()));
    assert_eq!((&status["messages"]["outcomes"]["published"], &status["messages"]["published"]["updated"]), (&1.into(), &1.into()));
    let prepare = &status["stages"]["prepare"];
    assert_eq!((&prepare["count"], &prepare["p50"]), (&1.into(), &0.00175.into()));
    assert_eq!(prepare["buckets"][4], serde_json::json!([0.0025, 1]));
    assert_eq!((&status["lag"][0]["partition"], &status["lag"][0]["messages"]), (&3.into(), &5.into()));
    assert!(status["lag"][0]["seconds"].as_f64().unwrap() >= 60.0);
    assert_eq!((&status["log"]["lag"], &status["recent"]["last"], &status["cluster"]["group"]), (&2.into(), &1.into(), &"desk".into()));
    assert_eq!(status["ready"]["components"][1]["reason"], "read 1 of 2 entries of the log");
    assert!(status["started_millis"].as_i64().unwrap() <= status["now_millis"].as_i64().unwrap());
}

#[test]
fn a_taken_port_is_said_plainly() {
    let (address, server) = serve(ANY_PORT, state(Duration::from_secs(60))).unwrap();
    let error = serve(address, state(Duration::from_secs(60))).unwrap_err();
    assert_eq!(error.to_string(), format!("can't listen on {address}: the port is taken; set http.listen to another, or http.enabled to false"));
    server.stop();
    serve(address, state(Duration::from_secs(60))).expect("the port is free again");
}

#[test]
fn a_stop_does_not_wait_for_a_silent_client() {
    let (address, server) = serve(ANY_PORT, state(Duration::from_secs(60))).unwrap();
    let mut half_said = TcpStream::connect(address).unwrap();
    half_said.write_all(b"GET /metrics HTT").unwrap();
    let idle = TcpStream::connect(address).unwrap();
    assert_eq!(get(address, "/livez").0, "HTTP/1.1 200 OK");
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < STOP_GRACE + Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    drop((half_said, idle));
}

#[test]
fn another_name_is_not_answered() {
    let (address, _server) = serve(ANY_PORT, HttpState { host_names: vec!["desk-1.example".into()], ..state(Duration::from_secs(60)) }).unwrap();
    let asked = |line: &str, hosts: &str| ask(address, &format!("GET {line}\r\n{hosts}connection: close\r\n\r\n"));
    for hosts in ["host: 127.0.0.1:9464\r\n", "host: [::1]\r\n", "host: localhost:1\r\n", "host: desk-1.example:9464\r\n"] {
        assert_eq!(asked("/livez HTTP/1.1", hosts).0, "HTTP/1.1 200 OK", "{hosts}");
    }
    for path in ["/", "/api/status", "/api/events", "/metrics", "/livez", "/readyz", "/version", "/nothing"] {
        let (status, body) = asked(&format!("{path} HTTP/1.1"), "host: evil.example\r\n");
        assert_eq!(status, "HTTP/1.1 421 Misdirected Request", "{path}");
        assert!(body.contains("http.host_names"), "{body}");
    }
    assert_eq!(asked("http://evil.example/livez HTTP/1.1", "host: localhost\r\n").0, "HTTP/1.1 421 Misdirected Request");
    assert_eq!(asked("/livez HTTP/1.1", "host: localhost\r\nhost: evil.example\r\n").0, "HTTP/1.1 421 Misdirected Request");
    assert_eq!(asked("/livez HTTP/1.1", "").0, "HTTP/1.1 421 Misdirected Request");
    assert_eq!(asked("/livez HTTP/1.0", "").0, "HTTP/1.0 200 OK", "a health check need not say a name");
}

#[test]
fn articles_that_are_hidden_are_not_served() {
    let why = "Articles are not shown here.";
    let state = HttpState { hidden: Some(why), ..state(Duration::from_secs(60)) };
    state.metrics.recent().push(event(OutputKind::Published, "A headline"));
    let (address, _server) = serve(ANY_PORT, state).unwrap();
    for path in ["/api/events", "/api/events?after=0&limit=100", "/api/events/1", "/api/events/x"] {
        let (status, _, body) = get(address, path);
        assert_eq!((status.as_str(), &json(&body)), ("HTTP/1.1 403 Forbidden", &serde_json::json!({ "error": why })), "{path}");
    }
    let status = get(address, "/api/status").2;
    assert_eq!(json(&status)["recent"], serde_json::json!({ "kept": 0, "last": 0, "off": why }), "the page says why");
    for path in ["/", "/metrics", "/livez", "/version", "/api/status"] {
        let (status, _, body) = get(address, path);
        assert_eq!((status.as_str(), body.contains("A headline")), ("HTTP/1.1 200 OK", false), "{path}");
    }
}

/// A server with bounds of its own, until it is let go.
fn serve_within(bounds: bounded::Bounds) -> (SocketAddr, oneshot::Sender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind(ANY_PORT)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let listener = bounded::BoundedListener::new(listener, bounds);
        runtime.block_on(async {
            tokio::select! {
                _ = axum::serve(listener, router(state(Duration::from_secs(60)))).into_future() => {}
                _ = stopped => {}
            }
        });
    });
    (address, stop)
}

/// How long until the server ends the connection.
fn ended_after(mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let end = stream.read_to_end(&mut Vec::new());
    assert!(end.as_ref().err().is_none_or(|e| e.kind() == io::ErrorKind::ConnectionReset), "{end:?}");
    begun.elapsed()
}

fn quickly(address: SocketAddr) {
    let begun = Instant::now();
    assert_eq!(get(address, "/livez").0, "HTTP/1.1 200 OK");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// Heads that never end, a byte at a time, on every place and more: whoever asks is answered, and they are sent away.
#[test]
fn slow_heads_starve_nobody() {
    let (address, _server) = serve(ANY_PORT, state(Duration::from_secs(60))).unwrap();
    let mut slow: Vec<TcpStream> = (0..bounded::BOUNDS.connections).map(|_| TcpStream::connect(address).unwrap()).collect();
    slow.iter_mut().for_each(|stream| stream.write_all(b"GET /metrics HTTP/1.1\r\nx: ").unwrap());
    let begun = Instant::now();
    for _ in 0..5 {
        quickly(address);
        // One that has lost its place can't be written to.
        slow.retain_mut(|stream| stream.write_all(b"x").is_ok());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(slow.len() > 50, "only as many as are needed lose their place: {}", slow.len());
    let last = slow.pop().unwrap();
    let trickle = last.try_clone().unwrap();
    std::thread::spawn(move || {
        while (&trickle).write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    ended_after(last);
    let all = begun.elapsed();
    assert!(all > Duration::from_secs(4) && all < bounded::BOUNDS.head + Duration::from_secs(2), "{all:?}");
}

#[test]
fn each_step_of_a_connection_has_its_end() {
    let ms = Duration::from_millis;
    let (address, _stop) = serve_within(bounded::Bounds { connections: 8, head: ms(300), answer: ms(700), idle: ms(1100) });
    let connect = || TcpStream::connect(address).unwrap();
    let within = |step: &str, took: Duration, limit: Duration| assert!(took + ms(100) > limit && took < limit + ms(1500), "{step}: {took:?}");
    within("silence", ended_after(connect()), ms(300));

    let mut idle = connect();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    within("idle", ended_after(idle), ms(1100));

    let mut second = connect();
    second.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    std::thread::sleep(ms(200));
    second.write_all(b"GET /livez HT").unwrap();
    within("a second head", ended_after(second), ms(300));

    // Far more is asked for than fits between us, and none of it taken.
    let reader = connect();
    let asking = reader.try_clone().unwrap();
    std::thread::spawn(move || {
        let requests = "GET /page/page.css HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(5000);
        (&asking).write_all(requests.as_bytes())
    });
    std::thread::sleep(ms(700) + ms(800));
    quickly(address);
    reader.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut all = 0;
    let mut buffer = vec![0; 1 << 16];
    // What was on its way is still there; then comes the end and not the rest.
    while let Ok(n @ 1..) = (&reader).read(&mut buffer) {
        all += n;
    }
    assert!(all < 5000 * page::FILES[1].2.len(), "all of it came: {all}");
}

#[test]
fn clients_that_don_t_read_starve_nobody() {
    let (address, _stop) = serve_within(bounded::Bounds { connections: 4, ..bounded::BOUNDS });
    let requests = "GET /page/page.css HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(5000);
    let deaf: Vec<TcpStream> = (0..4).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in &deaf {
        stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
        // It ends where nothing more fits.
        let _ = (&*stream).write_all(requests.as_bytes());
    }
    (0..5).for_each(|_| quickly(address));
}

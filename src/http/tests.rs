//! The server over real sockets, each test on a free port.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use crate::telemetry::{BuildInfo, Component, ComponentState, WorkerSnapshot};

use super::*;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn state(stall_limit: Duration) -> HttpState {
    let health = Arc::new(Health::new(stall_limit));
    let build = BuildInfo::new("2.12.1", "0123456789abcdef");
    HttpState { metrics: Arc::new(Metrics::new(build, "news.raw", health.clone())), health }
}

/// Status line, headers and body of an answer.
fn get(address: SocketAddr, path: &str) -> (String, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    (status.to_owned(), headers.to_ascii_lowercase(), body.to_owned())
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
    assert!(get(address, "/").2.contains("/readyz"));
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

/// Three clients hold both places; they lose them, and then others are served.
#[test]
fn silent_clients_can_not_use_it_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind(ANY_PORT)).unwrap();
    let address = listener.local_addr().unwrap();
    let bounded = bounded::BoundedListener::with_bounds(listener, 2, Duration::from_millis(200));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = axum::serve(bounded, router(state(Duration::from_secs(60)))).into_future() => {}
                _ = stopped => {}
            }
        });
    });
    let silent: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    let begun = Instant::now();
    assert_eq!(get(address, "/livez").0, "HTTP/1.1 200 OK");
    assert!(begun.elapsed() >= Duration::from_millis(150), "it had to wait for a place");
    drop(silent);
    stop.send(()).unwrap();
    serving.join().unwrap();
}

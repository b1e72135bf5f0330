//! `/metrics` of a live worker with the real client: complete, and as Prometheus' own tool wants it.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use copydesk::telemetry::Label;
use copydesk::telemetry::families::ALL;
use copydesk::telemetry::labels::Client;

use super::check_labels;
use super::support::http::get;
use super::support::process::{Folder, Process};
use super::support::wait_for;

const PATIENCE: Duration = Duration::from_secs(60);

/// What promtool says of a page of metrics, and whether it is content.
fn promtool(arguments: &[&str], input: &str) -> (bool, String) {
    let started = Command::new("promtool").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut tool = started.expect("promtool is there: `./setup tests` installs it");
    tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = tool.wait_with_output().unwrap();
    (done.status.success(), format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr)))
}

#[test]
fn a_live_worker_shows_every_family_and_promtool_has_nothing_to_say() {
    let folder = Folder::new("metrics-live");
    let mut process = Process::program("standalone", folder.path(), &["standalone", "--set", "http.listen=127.0.0.1:0"], &[]);
    let address = wait_for("it to say where it serves", PATIENCE, || {
        let errors = process.errors();
        errors.contains("send your own page").then(|| errors.split("status page: http://").nth(1)?.split(['/', ' ', '\n']).next().map(str::to_owned))?
    });
    let scrape = || get(&*address, "/metrics").ok().filter(|(status, _)| *status == 200).map(|(_, page)| page);
    let has_told = |page: &str, client: &Client| page.contains(&format!("copydesk_kafka_broker_rtt_seconds{{client=\"{}\"", client.as_str()));
    let page = wait_for("the statistics of all clients", PATIENCE, || scrape().filter(|page| Client::ALL.iter().all(|client| has_told(page, client))));
    let families = check_labels(&page);
    assert_eq!(families, ALL.iter().map(|f| f.name).collect::<BTreeSet<_>>());
    assert_eq!(promtool(&["check", "metrics"], &page), (true, String::new()));
    process.signal("INT");
    assert_eq!(process.wait(PATIENCE), 0, "{}", process.errors());
}

#[test]
fn promtool_can_say_something() {
    let (content, said) = promtool(&["check", "metrics"], "# TYPE copydesk_waits_ms counter\ncopydesk_waits_ms 1\n");
    assert!(!content && said.contains("copydesk_waits_ms"), "{said}");
}

#[test]
fn promtool_accepts_the_configuration() {
    let (content, said) = promtool(&["check", "config", concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus.yml")], "");
    assert!(content, "{said}");
}

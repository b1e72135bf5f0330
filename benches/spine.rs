//! First figures of the whole way, on real Apache Kafka that it starts by itself:
//! `cargo bench --bench spine -- throughput` (pages a second, latencies), `-- kills` (ten kills with an open transaction, then a second
//! reading), `-- memory` (peak memory with 5,000 and 10,000 large pages waiting).
//!
//! Pages are those of the extraction data (`COPYDESK_DATA`, by default `../shared/data`); without it, pages that it makes up.
//! It measures and prints; it asserts only what must hold whatever the speed.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use support::client::{self, Isolation, NewRecord, Worker};
use support::desk::{Desk, end, get, html, page};
use support::{shared_cluster, wait_until};

const LONG: Duration = Duration::from_secs(900);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    if is_wanted("throughput") {
        throughput();
    }
    if is_wanted("kills") {
        kills();
    }
    if is_wanted("memory") {
        memory();
    }
}

fn data() -> PathBuf {
    std::env::var_os("COPYDESK_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from)
}

/// The labelled pages as raw bodies with headers, gzip as they are kept; made-up pages where the data is not there.
fn real_pages(most: usize) -> Vec<NewRecord> {
    let folder = data().join("extraction");
    let Ok(list) = std::fs::read_to_string(folder.join("pages.jsonl")) else {
        println!("no data at {}: made-up pages", folder.display());
        return (0..most).map(page).collect();
    };
    let record = |line: &str| {
        let page: serde_json::Value = serde_json::from_str(line).ok()?;
        let body = std::fs::read(folder.join(page["html_path"].as_str()?)).ok()?;
        let url = page["url"].as_str().unwrap_or_default();
        let record = NewRecord::new(body).header("content-type", "text/html").header("content-encoding", "gzip").header("fetched-at", "2026-06-01T00:00:00Z");
        Some(if url.starts_with("http") { record.key(url).header("url", url) } else { record })
    };
    list.lines().filter_map(record).take(most).collect()
}

fn desk(name: &str, partitions: i32) -> Desk {
    let mut desk = Desk::open(shared_cluster().connection(), name, partitions, true);
    // The defaults, not the small batches of the tests.
    desk.settings.extend(["worker.threads = 0".into(), "worker.batch_max_messages = 500".into(), "worker.batch_max_wait_ms = 100".into()]);
    desk
}

/// A quantile of a histogram in the text that `/metrics` gives, in milliseconds, linear within its bucket.
fn quantile(text: &str, family: &str, labels: &[&str], q: f64) -> f64 {
    let bucket = format!("{family}_bucket");
    let mut counts: Vec<(f64, f64)> = Vec::new();
    for line in text.lines().filter(|l| l.starts_with(&bucket) && labels.iter().all(|x| l.contains(x))) {
        let Some(bound) = line.split("le=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap_or(f64::INFINITY) };
        counts.push((bound, line.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0)));
    }
    counts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = counts.last().map_or(0.0, |(_, n)| n * q);
    let (mut low, mut below) = (0.0, 0.0);
    for (bound, count) in counts {
        if count >= wanted && count > below {
            let high = if bound.is_finite() { bound } else { low };
            return 1000.0 * (low + (high - low) * (wanted - below) / (count - below));
        }
        (low, below) = (bound, count);
    }
    f64::NAN
}

fn throughput() {
    let pages = real_pages(2000);
    let bytes: usize = pages.iter().map(|p| p.value.as_ref().map_or(0, Vec::len)).sum();
    println!("{} pages, {:.1} MB as kept", pages.len(), bytes as f64 / 1e6);

    let file = std::env::temp_dir().join(format!("copydesk-spine-{}.jsonl", std::process::id()));
    std::fs::write(&file, envelopes(&pages)).expect("the temporary folder can be written");
    for threads in ["1", "2"] {
        let started = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["extract", "--jsonl", "--threads", threads]).arg(&file).output().expect("extract runs");
        let seconds = started.elapsed().as_secs_f64();
        let refused = output.stdout.split(|b| *b == b'\n').filter(|l| l.windows(13).any(|w| w == b"\"dead_letter\"")).count();
        println!("extract, {threads} thread(s): {:.0} pages/s, {refused} dead letters", pages.len() as f64 / seconds);
    }
    let _ = std::fs::remove_file(&file);

    let desk = desk("throughput", 6);
    desk.fill(&pages);
    let started = Instant::now();
    let mut worker = desk.worker("one");
    wait_until("the first commit", LONG, || desk.committed() > 0);
    let first = started.elapsed();
    desk.wait_until_done_within(LONG);
    let seconds = started.elapsed().as_secs_f64();
    let (_, text) = get(&mut worker, "/metrics");
    println!("through kafka, one worker: {:.0} pages/s start to end ({:.1} s to the first commit)", pages.len() as f64 / seconds, first.as_secs_f64());
    let rows = [
        ("drain", "copydesk_transaction_duration_seconds", vec!["phase=\"drain\""]),
        ("send_offsets", "copydesk_transaction_duration_seconds", vec!["phase=\"send_offsets\""]),
        ("commit", "copydesk_transaction_duration_seconds", vec!["phase=\"commit\""]),
        ("append to verdict", "copydesk_log_verdict_seconds", vec![]),
    ];
    for (label, family, labels) in rows {
        println!("{label}: p50 {:.1} ms, p99 {:.1} ms", quantile(&text, family, &labels, 0.5), quantile(&text, family, &labels, 0.99));
    }
    end(worker);
    println!("audit:\n{}", desk.audit());
}

/// The records as input envelopes for `extract`.
fn envelopes(pages: &[NewRecord]) -> String {
    use base64::Engine;
    let mut text = String::new();
    for page in pages {
        let header = |name: &str| page.headers.iter().find(|(n, _)| n == name.as_bytes()).and_then(|(_, v)| String::from_utf8(v.clone()?).ok());
        let body = page.value.as_deref().unwrap_or_default();
        let line = if header("content-encoding").is_some() {
            let body = base64::engine::general_purpose::STANDARD.encode(body);
            serde_json::json!({ "url": header("url").unwrap_or_else(|| "https://unknown.example/".into()), "body_base64": body, "content_encoding": "gzip", "content_type": "text/html" }).to_string()
        } else {
            String::from_utf8_lossy(body).into_owned()
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Two workers over real pages, one of them killed ten times while it has a transaction open; then a second reading.
fn kills() {
    let mut desk = desk("kills", 6);
    // Small transactions, so that there are many to be killed in.
    desk.settings.extend(["worker.batch_max_messages = 5".into(), "worker.threads = 1".into()]);
    let pages = real_pages(2000);
    let other = desk.worker("two");
    let (mut kills, mut hidden) = (0, 0);
    // The pages come in portions, so that every victim finds some.
    let mut portions = pages.chunks(100);
    while kills < 10 {
        let mut victim = desk.worker("one");
        wait_until("the victim to have partitions", LONG, || victim.log().split("partitions assigned partitions=[").skip(1).any(|rest| !rest.starts_with(']')));
        let Some(portion) = portions.next() else { break };
        desk.fill(portion);
        match kill_in_transaction(&desk, &mut victim) {
            Some(records) => {
                kills += 1;
                hidden += records;
                println!("kill {kills}: {records} records of its open transaction, which only read_uncommitted sees");
            }
            None => end(victim),
        }
    }
    portions.for_each(|portion| desk.fill(portion));
    let one = desk.worker("one");
    desk.wait_until_done_within(LONG);
    end(one);
    end(other);
    let seen = |isolation| desk.outputs(isolation).len();
    println!("{hidden} records in killed transactions; outputs: {} committed, {} with aborted ones", seen(Isolation::Committed), seen(Isolation::Uncommitted));
    println!("audit after {kills} kills:\n{}", desk.audit());

    let again = desk.again();
    let worker = again.worker("one");
    again.wait_until_done_within(LONG);
    end(worker);
    println!("audit of the second group:\n{}", again.audit());
    let (first, second) = (desk.events(), again.events());
    let same = first.iter().filter(|(id, bytes)| second.get(*id) == Some(bytes)).count();
    println!("second group, same fingerprints: {same} of {} events byte-identical, {} events of its own", first.len(), second.len() - same);
    assert_eq!((same, first.len()), (first.len(), second.len()));
}

/// Stops the victim now and then until it stands in an open transaction, then kills it. How many records it had written in it.
fn kill_in_transaction(desk: &Desk, victim: &mut Worker) -> Option<i64> {
    let open = || -> i64 {
        let kinds = ["articles", "duplicates", "dead-letters"];
        let ends = |kind: &str, isolation| -> i64 { client::ends(&desk.connection, &desk.topic(kind), isolation).values().map(|(_, end)| end).sum() };
        kinds.iter().map(|kind| ends(kind, Isolation::Uncommitted) - ends(kind, Isolation::Committed)).sum()
    };
    let total: i64 = client::ends(&desk.connection, &desk.raw_topic, Isolation::Committed).values().map(|(_, end)| end).sum();
    for round in 0u64.. {
        std::thread::sleep(Duration::from_millis(2 + round * 37 % 41));
        victim.process.signal("STOP");
        // The other worker's transactions end within this time; the victim's stay.
        let mut records = open();
        if records > 0 {
            std::thread::sleep(Duration::from_millis(400));
            records = records.min(open());
        }
        if records > 0 {
            victim.process.kill9();
            return Some(records);
        }
        victim.process.signal("CONT");
        if round % 8 == 7 && desk.committed() >= total {
            return None;
        }
    }
    None
}

/// Peak memory with so many pages of 200 KB and more waiting.
fn memory() {
    let mut peaks = BTreeMap::new();
    for count in [5_000usize, 10_000] {
        let desk = desk("memory", 6);
        let mut from = 0;
        while from < count {
            let batch: Vec<NewRecord> = (from..(from + 250).min(count)).map(large_page).collect();
            desk.fill(&batch);
            from += 250;
        }
        let smallest = (0..count).step_by(97).map(|n| large_page(n).value.map_or(0, |v| v.len())).min().unwrap_or(0);
        let started = Instant::now();
        let worker = desk.worker("one");
        desk.wait_until_done_within(Duration::from_secs(3000));
        let peak = peak_rss(worker.process.id());
        peaks.insert(count, peak);
        println!("{count} pages of {smallest} bytes and more waiting: peak {peak:.0} MiB, {:.0} pages/s", count as f64 / started.elapsed().as_secs_f64());
        end(worker);
    }
    let growth = 100.0 * (peaks[&10_000] / peaks[&5_000] - 1.0);
    println!("10,000 against 5,000: {growth:+.1} %");
}

fn large_page(number: usize) -> NewRecord {
    NewRecord::new(html(number, 1080)).key(format!("{number}")).header("content-type", "text/html").header("url", format!("https://large.example/{number}"))
}

fn peak_rss(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

//! Time and memory of each hostile record (`tests/hostile/`): two threads at once, each record in a process of its own.
//!
//! `cargo bench --bench hostile` prints a table, and fails where a record takes more than the goal: four times the default limit of
//! what is in flight, and 200 MB. The figures hold the record itself, twice, the tables, and the process.

#![allow(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

#[path = "../tests/support/hostile.rs"]
mod hostile;
#[path = "../tests/support/laws.rs"]
mod laws;

use std::process::Command;
use std::time::Instant;

use copydesk::article::RawArticle;
use copydesk::config::{DedupeRules, Settings};
use copydesk::dedupe::Index;

/// Bytes beside four times what may be in flight.
const BESIDE: usize = 200_000_000;

fn main() {
    // Cargo passes flags of its own.
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    match (std::env::var("HOSTILE_RECORD"), only) {
        (Ok(name), _) => child(&name),
        (Err(_), only) => parent(only.as_deref()),
    }
}

fn parent(only: Option<&str>) {
    let goal = 4 * Settings::default().worker.max_in_flight_bytes + BESIDE;
    println!("{:24} {:>9} {:>9} {:>8} {:>8}  becomes", "record", "bytes", "peak MB", "held MB", "seconds");
    let mut over = Vec::new();
    for recipe in hostile::recipes().iter().filter(|recipe| only.is_none_or(|only| recipe.name.contains(only))) {
        let output = Command::new(std::env::current_exe().unwrap()).env("HOSTILE_RECORD", &recipe.name).output().unwrap();
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}: {}", recipe.name, String::from_utf8_lossy(&output.stderr));
        let peak: usize = line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap();
        println!("{:24} {}", recipe.name, line.trim_end());
        if peak * 1_000_000 > goal {
            over.push(recipe.name.clone());
        }
    }
    println!("goal: {} MB", goal / 1_000_000);
    assert!(over.is_empty(), "over the goal: {over:?}");
}

fn child(name: &str) {
    let pipeline = laws::pipeline(1_000_000, 16 << 20);
    // The tables are read at their first use.
    let warm = b"<html><body><article><h1>A title</h1><p>Mr John Smith said in London that the harbour opened again on Monday.</p></article></body></html>";
    laws::publish(&pipeline, &mut Index::new(DedupeRules::default(), &["raw"]), &laws::record(0, None, Some(warm.to_vec()), Vec::new()));
    let recipe = hostile::recipes().into_iter().find(|recipe| recipe.name == name).unwrap();
    let hostile::Hostile { key, value, headers } = recipe.record();
    let raw = laws::record(0, key, value, headers);
    let raws = [raw.clone(), raw];
    // From here on the peak is counted anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let started = Instant::now();
    let work = |raw: &RawArticle| {
        let mut index = Index::new(DedupeRules::default(), &["raw"]);
        let held = pipeline.prepare(raw).held_bytes();
        (laws::publish(&pipeline, &mut index, raw).fate, held)
    };
    let (fate, held) = std::thread::scope(|scope| {
        let other = scope.spawn(|| work(&raws[0]));
        let one = work(&raws[1]);
        assert_eq!(other.join().unwrap(), one);
        one
    });
    // Each was prepared twice.
    let seconds = started.elapsed().as_secs_f32() / 1.5;
    let held = (held + raws[0].held_bytes()) / 1_000_000;
    println!("{:>9} {:>9} {held:>8} {seconds:>8.2}  {fate:?}", raws[0].size(), peak_mb());
}

/// The most memory that the process has held.
fn peak_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024 / 1_000_000
}

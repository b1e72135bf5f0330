//! Trains the trees that judge blocks, lines and lists, from labelled pages: `cargo bench --bench train_text -- html|lines|lists DATA OUT`.
//! For `lines`, DATA also holds `flattened.jsonl`: the pages as input envelopes of flattened text, each with its `id`.
//!
//! DATA holds `pages.jsonl` (a page a line: `id`, `origin`, `url`, `html_path`, `truth` with `body`, or with the snippets `with` and `without`)
//! and the pages. Written to OUT: `folds.jsonl`, the text of each page as trees say that have seen no page of its site, to be scored;
//! and the weights trained on all pages. Same pages, same weights.

mod boost;
mod flat;
mod label;
mod lists;
mod plain;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use boost::{Growth, Rows};
use copydesk::article::{Origin, RawArticle};
use copydesk::config::Settings;
use copydesk::parse::decode::{self, Body};
use copydesk::parse::html::body::{Proposal, settle};
use copydesk::parse::html::{self, PageContext};
use copydesk::parse::trees::Trees;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

const FOLDS: u64 = 5;

/// A labelled page.
struct Page {
    id: String,
    fold: u64,
    rows: Rows,
    proposal: Proposal,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [what, data, out] = words[..] else {
        println!("train_text: nothing to do without html, lines or lists, DATA and OUT");
        return;
    };
    let (data, out) = (Path::new(data), Path::new(out));
    let list = || std::fs::read_to_string(data.join("pages.jsonl")).expect("DATA holds pages.jsonl");
    let write = |name: &str, weights: String| std::fs::write(out.join(name), weights).expect("OUT can be written");
    match what {
        "html" => write("body_trees.txt", bodies(data, out)),
        "lines" => write("line_trees.txt", flat::train(&data.join("flattened.jsonl"), &list(), out, GROWTH)),
        "lists" => write("list_trees.txt", lists::train(data, &list())),
        other => println!("train_text: html, lines or lists, not {other}"),
    }
}

/// How the trees grow; found by what pages of sites score that the trees have not seen. (The shipped `body_trees.txt` has 200 trees.)
const GROWTH: Growth = Growth { trees: 150, leaves: 20, rate: 0.1, ridge: 2.0, least: 1.0, rows: 700, features: 500 };

/// Weights of the trees that judge blocks; the text of each page by trees that have not seen its site goes to `folds.jsonl`.
fn bodies(data: &Path, out: &Path) -> String {
    let pages = read_pages(data);
    println!("{} pages, {} blocks", pages.len(), pages.iter().map(|p| p.proposal.blocks.len()).sum::<usize>());
    let names = pages[0].proposal.names.clone();
    let models: Vec<Trees> = std::thread::scope(|scope| {
        let mut models = Vec::new();
        for first in (0..FOLDS).step_by(2) {
            let (pages, names) = (&pages, &names);
            let running: Vec<_> = (first..(first + 2).min(FOLDS)).map(|fold| scope.spawn(move || train(pages, names, Some(fold)))).collect();
            models.extend(running.into_iter().map(|r| Trees::read(&r.join().expect("a fold trains")).expect("what was written can be read")));
        }
        models
    });
    let mut folds = std::io::BufWriter::new(std::fs::File::create(out.join("folds.jsonl")).expect("OUT can be written"));
    for page in &pages {
        let body = settle::settle(&page.proposal, &models[usize::try_from(page.fold).expect("small")]);
        let text: Vec<&str> = body.paragraphs.iter().map(|(_, t)| t.as_str()).collect();
        writeln!(folds, "{}", serde_json::json!({"id": page.id, "body": text.join("\n\n")})).expect("OUT can be written");
    }
    train(&pages, &names, None)
}

/// Weights from all pages but those of a fold.
fn train(pages: &[Page], names: &[String], without: Option<u64>) -> String {
    let mut rows = Rows::default();
    for page in pages.iter().filter(|p| Some(p.fold) != without) {
        // Blocks without a row are out whatever the trees say.
        for (at, values) in page.rows.values.iter().enumerate().filter(|(_, v)| !v.is_empty()) {
            rows.values.push(values.clone());
            rows.truth.push(page.rows.truth[at]);
            rows.weight.push(page.rows.weight[at]);
        }
    }
    let mut importance = Vec::new();
    let weights = boost::train(&rows, names, GROWTH, 1, &mut importance);
    if without == Some(0) {
        let list: Vec<String> = importance.iter().take(50).map(|(gain, name)| format!("{name} {gain:.0}")).collect();
        println!("{}", list.join(", "));
    }
    weights
}

fn read_pages(data: &Path) -> Vec<Page> {
    let list = std::fs::read_to_string(data.join("pages.jsonl")).expect("DATA holds pages.jsonl");
    list.lines().filter_map(|line| read_page(data, &serde_json::from_str(line).expect("a page a line"))).collect()
}

fn read_page(data: &Path, page: &Value) -> Option<Page> {
    let origin = page["origin"].as_str()?;
    if origin == "wcxb_other" || (page["truth"]["body"].is_null() && origin != "trafilatura_eval") {
        return None;
    }
    let settings = Settings::default().parse;
    let url = page["url"].as_str().filter(|u| u.starts_with("http"));
    let html = html_of(data, page["html_path"].as_str()?, &settings)?;
    let domain = url.and_then(registrable_domain);
    let context = PageContext { url, domain: domain.as_deref(), ..PageContext::default() };
    let proposal = html::propose(&html, &context, &settings).ok()?;
    let site = domain.clone().or_else(|| page["id"].as_str().map(str::to_owned))?;
    let fold = fold_of(&site);
    let mut rows = match page["truth"]["body"].as_str() {
        Some(truth) => rows_of_text(&proposal, truth, page["truth"]["body_alt"].as_str(), !origin.starts_with("wcxb")),
        None => rows_of_snippets(&proposal, &page["truth"]),
    };
    if let Some(truth) = page["truth"]["body"].as_str() {
        for plain in plain::pages(page["truth"]["title"].as_str().unwrap_or("A headline of some words"), truth) {
            let proposal = html::propose(&plain, &PageContext::default(), &settings).ok()?;
            let more = rows_of_text(&proposal, truth, None, false);
            rows.values.extend(more.values);
            rows.truth.extend(more.truth);
            rows.weight.extend(more.weight.iter().map(|w| w * 0.04));
        }
    }
    Some(Page { id: page["id"].as_str()?.to_owned(), fold, rows, proposal })
}

fn fold_of(site: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(site.as_bytes()) % FOLDS
}

fn html_of(data: &Path, path: &str, settings: &copydesk::config::ParseSettings) -> Option<String> {
    let header = |name: &str, value: &str| (name.to_owned(), Some(value.as_bytes().to_vec()));
    let value = std::fs::read(data.join(path)).ok()?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(value.as_slice()).read_to_end(&mut bytes).ok()?;
    let raw = RawArticle {
        origin: Origin { topic: "train".into(), partition: 0, offset: 0 },
        timestamp: -1,
        key: None,
        value: Some(bytes),
        headers: vec![header("content-type", "text/html")],
    };
    match decode::decode(&raw, settings).ok()?.body {
        Body::Html(html) => Some(html),
        _ => None,
    }
}

/// A row a block; each page weighs the same, each block by its length.
fn rows_of_text(proposal: &Proposal, truth: &str, other: Option<&str>, is_news: bool) -> Rows {
    let texts: Vec<&str> = proposal.blocks.iter().map(|b| b.text.as_str()).collect();
    let mut labels = label::label(truth, &texts);
    if let Some(other) = other.filter(|o| !o.is_empty()) {
        let found = label::label(other, &texts);
        labels = labels.iter().zip(found).map(|(a, b)| a.max(b)).collect();
    }
    // News is what the trees are for: the collections of it count double.
    let times = if is_news { 200.0 } else { 100.0 };
    let whole = label::words(truth).len().max(80) as f32;
    let weight = texts.iter().map(|t| ((label::words(t).len() as f32 + 3.0) / whole * times).min(times * 0.6)).collect();
    Rows { values: proposal.rows.clone(), truth: labels, weight }
}

/// Only the blocks that hold a snippet have a label.
fn rows_of_snippets(proposal: &Proposal, truth: &Value) -> Rows {
    let mut rows = Rows::default();
    let mut found: BTreeMap<usize, f32> = BTreeMap::new();
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, label) in [("without", 0.0), ("with", 1.0)] {
        for snippet in truth[name].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let snippet = squeeze(snippet);
            let holds = proposal.blocks.iter().enumerate().filter(|(_, b)| b.text.contains(&snippet));
            for (index, _) in holds.take(4) {
                found.insert(index, label);
            }
        }
    }
    for (index, label) in found {
        rows.values.push(proposal.rows[index].clone());
        rows.truth.push(label);
        rows.weight.push(6.0);
    }
    rows
}

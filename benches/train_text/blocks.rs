//! Trains the trees that judge the blocks of HTML pages.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use copydesk::config::Settings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::body::html::{Proposal, settle};
use copydesk::parse::trees::Trees;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

use crate::boost::{self, Growth, Rows};
use crate::{FOLDS, create, fold_of, html_of, label, plain};

/// Many small steps, each on a part of the rows and features: rows of a page are far from independent.
pub const GROWTH: Growth = Growth { trees: 350, leaves: 14, rate: 0.05, ridge: 8.0, least: 12.0, rows: 500, features: 250 };

/// A labelled page.
struct Page {
    id: String,
    fold: u64,
    rows: Rows,
    /// Rows that are the page's own; those of plain pages made of its text follow.
    labelled: usize,
    proposal: Proposal,
}

/// Trains, writes the texts of the folds and those of the labels to OUT, and gives the weights.
pub fn run(data: &Path, list: &str, out: &Path) -> String {
    let pages: Vec<Page> = list.lines().filter_map(|line| read_page(data, &serde_json::from_str(line).expect("a page a line"))).collect();
    println!("{} pages, {} blocks", pages.len(), pages.iter().map(|p| p.proposal.blocks.len()).sum::<usize>());
    let names = pages[0].proposal.names.clone();
    write_oracle(&pages, out);
    let models: Vec<Trees> = std::thread::scope(|scope| {
        let mut models = Vec::new();
        for first in (0..FOLDS).step_by(2) {
            let (pages, names) = (&pages, &names);
            let running: Vec<_> = (first..(first + 2).min(FOLDS)).map(|fold| scope.spawn(move || train(pages, names, Some(fold)))).collect();
            models.extend(running.into_iter().map(|r| Trees::read(&r.join().expect("a fold trains")).expect("what was written can be read")));
        }
        models
    });
    let mut file = create(out, "blocks.jsonl");
    for page in &pages {
        let body = settle::settle(&page.proposal, &models[usize::try_from(page.fold).expect("small")]);
        let text: Vec<&str> = body.paragraphs.iter().map(|(_, t)| t.as_str()).collect();
        writeln!(file, "{}", serde_json::json!({"id": page.id, "body": text.join("\n\n")})).expect("OUT can be written");
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
    boost::train(&rows, names, GROWTH)
}

/// The text of each page by its labels: what no trees can better.
fn write_oracle(pages: &[Page], out: &Path) {
    let mut file = create(out, "oracle.jsonl");
    for page in pages.iter().filter(|p| p.labelled == p.proposal.blocks.len()) {
        let kept = page.proposal.blocks.iter().zip(&page.rows.truth).zip(&page.rows.values).filter(|((_, t), v)| **t >= 0.5 && !v.is_empty()).map(|(b, _)| b);
        let text: Vec<&str> = kept.map(|(b, _)| b.text.as_str()).collect();
        writeln!(file, "{}", serde_json::json!({"id": page.id, "body": text.join("\n\n")})).expect("OUT can be written");
    }
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
    let labelled = rows.truth.len();
    if let Some(truth) = page["truth"]["body"].as_str() {
        for plain in plain::pages(page["truth"]["title"].as_str().unwrap_or("A headline of some words"), truth) {
            let proposal = html::propose(&plain, &PageContext::default(), &settings).ok()?;
            let more = rows_of_text(&proposal, truth, None, false);
            rows.values.extend(more.values);
            rows.truth.extend(more.truth);
            rows.weight.extend(more.weight.iter().map(|w| w * 0.04));
        }
    }
    Some(Page { id: page["id"].as_str()?.to_owned(), fold, rows, labelled, proposal })
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

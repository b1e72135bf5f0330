//! Trains the trees that judge the lines of flattened pages, from the same labels.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

use copydesk::parse::assemble::plain;
use copydesk::parse::assemble::plain::Proposal;
use copydesk::parse::dates::DateContext;
use copydesk::parse::trees::Trees;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

use crate::boost::{self, Growth, Rows};
use crate::{FOLDS, create, fold_of, label};

/// How the trees are grown.
const GROWTH: Growth = Growth { trees: 150, leaves: 20, rate: 0.1, ridge: 4.0, least: 5.0, rows: 700, features: 500 };

pub struct Page {
    pub id: String,
    pub fold: u64,
    pub text: String,
    proposal: Proposal,
    labels: Vec<f32>,
    /// Weight of a word.
    weight: f32,
}

/// Trains on envelopes with `text`, writes the texts of the folds, and gives the weights.
pub fn run(flattened: &Path, list: &str, out: &Path) -> String {
    let pages = pages(flattened, &truths(list));
    let models = models(&pages);
    let mut file = create(out, "lines.jsonl");
    for page in &pages {
        let trees = &models[usize::try_from(page.fold).expect("small")];
        let mut seen: HashSet<&str> = HashSet::new();
        let rows = page.proposal.rows.values.iter().map(|(at, row)| (row, page.proposal.texts[*at].as_str()));
        let kept = rows.filter(|(row, text)| trees.score(row) >= 0 && (label::words(text).len() < 5 || seen.insert(text)));
        let body: Vec<&str> = kept.map(|(_, text)| text).collect();
        writeln!(file, "{}", serde_json::json!({"id": page.id, "body": body.join("\n\n")})).expect("OUT can be written");
    }
    weights(&pages, None)
}

/// The labelled pages by their identity.
pub fn truths(list: &str) -> HashMap<String, Value> {
    list.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter_map(|page| Some((page["id"].as_str()?.to_owned(), page))).collect()
}

/// The flattened pages of articles.
pub fn pages(flattened: &Path, truths: &HashMap<String, Value>) -> Vec<Page> {
    let text = std::fs::read_to_string(flattened).expect("envelopes can be read");
    let pages: Vec<Page> = text.lines().filter_map(|line| read(&serde_json::from_str(line).expect("an envelope a line"), truths)).collect();
    println!("{} flattened pages", pages.len());
    pages
}

/// For each fold, trees that have not seen its sites.
pub fn models(pages: &[Page]) -> Vec<Trees> {
    (0..FOLDS).map(|fold| Trees::read(&weights(pages, Some(fold))).expect("what was written can be read")).collect()
}

fn weights(pages: &[Page], without: Option<u64>) -> String {
    let mut rows = Rows::default();
    for page in pages.iter().filter(|p| Some(p.fold) != without) {
        for (at, row) in page.proposal.rows.values.iter().filter(|(at, _)| page.labels[*at] >= 0.0) {
            rows.values.push(row.clone());
            rows.truth.push(page.labels[*at]);
            rows.weight.push(((label::words(&page.proposal.texts[*at]).len() as f32 + 3.0) * page.weight).min(60.0));
        }
    }
    boost::train(&rows, &pages[0].proposal.rows.names, GROWTH)
}

fn read(envelope: &Value, truths: &HashMap<String, Value>) -> Option<Page> {
    let id = envelope["id"].as_str()?;
    let page = truths.get(id).filter(|p| p["origin"].as_str() != Some("wcxb_other"))?;
    let text = envelope["text"].as_str()?.to_owned();
    let proposal = plain::propose(&text, &DateContext::default())?;
    let texts: Vec<&str> = proposal.texts.iter().map(String::as_str).collect();
    let truth = &page["truth"];
    let (labels, weight) = match truth["body"].as_str() {
        Some(body) => (label::label(body, &texts), 100.0 / label::words(body).len().max(80) as f32),
        None => (snippets(&texts, truth), 0.15),
    };
    let site = page["url"].as_str().and_then(registrable_domain).unwrap_or_else(|| id.to_owned());
    Some(Page { id: id.to_owned(), fold: fold_of(&site), text, proposal, labels, weight })
}

/// 1 for lines with a snippet that must occur, 0 for those with one that must not, -1 for all others.
fn snippets(texts: &[&str], truth: &Value) -> Vec<f32> {
    let mut labels = vec![-1.0; texts.len()];
    for (name, label) in [("without", 0.0), ("with", 1.0)] {
        for snippet in truth[name].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let snippet = snippet.split_whitespace().collect::<Vec<_>>().join(" ");
            for (at, _) in texts.iter().enumerate().filter(|(_, t)| t.contains(&snippet)).take(4) {
                labels[at] = label;
            }
        }
    }
    labels
}

//! Trains the trees that judge the lines of flattened pages, from the same labels.

use std::collections::HashMap;
use std::path::Path;

use copydesk::parse::assemble::plain;
use copydesk::parse::assemble::plain::Proposal;
use copydesk::parse::dates::DateContext;
use serde_json::Value;

use crate::boost::{Growth, Rows};
use crate::lesson::{Lesson, fold_of};
use crate::{each, label};

/// How the trees are grown.
const GROWTH: Growth = Growth { trees: 150, leaves: 20, rate: 0.1, ridge: 4.0, least: 5.0, rows: 700, features: 500 };

/// A flattened page with its label.
pub struct Page<'a> {
    pub label: &'a Value,
    pub fold: usize,
    pub text: String,
    proposal: Proposal,
    truth: Vec<f32>,
    /// Weight of a word.
    weight: f32,
}

/// The flattened pages of articles, from envelopes with `text`.
pub fn pages<'a>(flattened: &Path, labels: &'a [Value]) -> Vec<Page<'a>> {
    let labels: HashMap<&str, &Value> = labels.iter().filter_map(|label| Some((label["id"].as_str()?, label))).collect();
    let text = std::fs::read_to_string(flattened).expect("envelopes can be read");
    let lines: Vec<&str> = text.lines().collect();
    each(&lines, |line| read(&serde_json::from_str(line).expect("an envelope a line"), &labels)).into_iter().flatten().collect()
}

/// The lines of all pages.
pub fn lesson(pages: &[Page]) -> Lesson {
    let rows = |page: &Page| {
        let mut rows = Rows::default();
        for (at, row) in page.proposal.rows.values.iter().filter(|(at, _)| page.truth[*at] >= 0.0) {
            rows.values.push(row.clone());
            rows.truth.push(page.truth[*at]);
            rows.weight.push(((label::words(&page.proposal.texts[*at]).len() as f32 + 3.0) * page.weight).min(60.0));
        }
        rows
    };
    Lesson::new(GROWTH, pages.iter().map(|page| (page.proposal.rows.names.clone(), page.fold, rows(page))))
}

fn read<'a>(envelope: &Value, labels: &HashMap<&str, &'a Value>) -> Option<Page<'a>> {
    let label = *labels.get(envelope["id"].as_str()?).filter(|p| p["origin"].as_str() != Some("wcxb_other"))?;
    let text = envelope["text"].as_str()?.to_owned();
    let proposal = plain::propose(&text, &DateContext::default())?;
    let texts: Vec<&str> = proposal.texts.iter().map(String::as_str).collect();
    let (truth, weight) = match label["truth"]["body"].as_str() {
        Some(body) => (label::label(body, &texts), 100.0 / label::words(body).len().max(80) as f32),
        None => (snippets(&texts, &label["truth"]), 0.15),
    };
    Some(Page { label, fold: fold_of(label), text, proposal, truth, weight })
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

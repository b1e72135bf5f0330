//! Trains the trees that judge the blocks of HTML pages.

use std::collections::BTreeMap;
use std::path::Path;

use copydesk::config::ParseSettings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::body::html::Proposal;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

use crate::boost::{Growth, Rows};
use crate::lesson::{Lesson, fold_of};
use crate::{each, html_of, label, plain, url_of};

/// Many small steps, each on a part of the rows and features: rows of a page are far from independent.
const GROWTH: Growth = Growth { trees: 350, leaves: 14, rate: 0.05, ridge: 8.0, least: 12.0, rows: 500, features: 250 };

/// The blocks of all pages whose text is labelled.
pub fn lesson(data: &Path, labels: &[Value]) -> Lesson {
    Lesson::new(GROWTH, each(labels, |page| read(data, page)).into_iter().flatten())
}

fn read(data: &Path, page: &Value) -> Option<(Vec<String>, usize, Rows)> {
    let origin = page["origin"].as_str()?;
    if origin == "wcxb_other" || (page["truth"]["body"].is_null() && origin != "trafilatura_eval") {
        return None;
    }
    let settings = ParseSettings::default();
    let url = url_of(page);
    let html = html_of(data, page, &settings)?;
    let domain = url.and_then(registrable_domain);
    let context = PageContext { url, domain: domain.as_deref(), ..PageContext::default() };
    let proposal = html::propose(&html, &context, &settings).ok()?;
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
    // Blocks without a row are out whatever the trees say.
    let seen: Vec<bool> = rows.values.iter().map(|values| !values.is_empty()).collect();
    rows.values.retain(|values| !values.is_empty());
    rows.truth = rows.truth.into_iter().zip(&seen).filter(|(_, seen)| **seen).map(|(truth, _)| truth).collect();
    rows.weight = rows.weight.into_iter().zip(&seen).filter(|(_, seen)| **seen).map(|(weight, _)| weight).collect();
    Some((proposal.names, fold_of(page), rows))
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

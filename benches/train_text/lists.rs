//! Trains the trees that tell lists from articles: pages of `wcxb_other` that are listings or collections against all articles.

use std::path::Path;

use copydesk::config::Settings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::body::listing;
use copydesk::parse::steps::Steps;
use copydesk::parse::trees::Trees;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

use crate::boost::{self, Growth, Rows};
use crate::{FOLDS, fold_of, html_of};

/// Shallow trees: there are few lists.
const GROWTH: Growth = Growth { trees: 80, leaves: 6, rate: 0.1, ridge: 3.0, least: 1.5, rows: 800, features: 400 };

struct Page {
    fold: u64,
    list: bool,
    /// Never refused, whatever the trees say.
    safe: bool,
    row: Vec<i32>,
}

/// Trains, prints what is refused by trees that have not seen the site, and gives the weights.
pub fn run(data: &Path, list: &str) -> String {
    let mut names = Vec::new();
    let pages: Vec<Page> = list.lines().filter_map(|line| read(data, &serde_json::from_str(line).expect("a page a line"), &mut names)).collect();
    let weights = |without: Option<u64>| {
        let mut rows = Rows::default();
        for page in pages.iter().filter(|p| Some(p.fold) != without) {
            rows.values.push(page.row.clone());
            rows.truth.push(if page.list { 1.0 } else { 0.0 });
            rows.weight.push(1.0);
        }
        boost::train(&rows, &names, GROWTH)
    };
    let models: Vec<Trees> = (0..FOLDS).map(|fold| Trees::read(&weights(Some(fold))).expect("what was written can be read")).collect();
    let scores: Vec<i32> = pages.iter().map(|p| if p.safe { i32::MIN } else { models[usize::try_from(p.fold).expect("small")].score(&p.row) }).collect();
    for threshold in (-1000..=3500).step_by(500) {
        let refused = |list: bool| {
            let of_kind = pages.iter().zip(&scores).filter(|(p, _)| p.list == list);
            (of_kind.clone().filter(|(_, s)| **s >= threshold).count(), of_kind.count())
        };
        println!("lists: from {threshold}: refused of lists {:?}, of articles {:?}", refused(true), refused(false));
    }
    weights(None)
}

fn read(data: &Path, page: &Value, names: &mut Vec<String>) -> Option<Page> {
    let list = match page["origin"].as_str()? {
        "wcxb_other" => matches!(page["page_type"].as_str(), Some("listing" | "collection")).then_some(true)?,
        _ => false,
    };
    let settings = Settings::default().parse;
    let url = page["url"].as_str().filter(|u| u.starts_with("http"));
    let html = html_of(data, page["html_path"].as_str()?, &settings)?;
    let domain = url.and_then(registrable_domain);
    let context = PageContext { url, domain: domain.as_deref(), ..PageContext::default() };
    let read = html::read(&html, &context, &settings, &Steps::new(settings.max_steps)).ok()?;
    if names.is_empty() {
        *names = listing::names();
    }
    Some(Page { fold: fold_of(domain.as_deref().or(page["id"].as_str())?), list, safe: read.never_a_list, row: read.list_row })
}

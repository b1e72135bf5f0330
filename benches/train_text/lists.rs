//! Trains the trees that tell lists from articles: pages of `wcxb_other` that are listings or collections against all articles.

use std::path::Path;

use copydesk::config::ParseSettings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::body::listing;
use copydesk::parse::steps::Steps;
use copydesk::text::url::registrable_domain;
use serde_json::Value;

use crate::boost::{Growth, Rows};
use crate::lesson::{Lesson, fold_of};
use crate::{each, html_of, url_of};

/// Shallow trees: there are few lists.
const GROWTH: Growth = Growth { trees: 80, leaves: 6, rate: 0.1, ridge: 3.0, least: 1.5, rows: 800, features: 400 };

/// A row a page.
pub fn lesson(data: &Path, labels: &[Value]) -> Lesson {
    let pages = each(labels, |page| read(data, page));
    Lesson::new(GROWTH, pages.into_iter().flatten().map(|(fold, rows)| (listing::names(), fold, rows)))
}

fn read(data: &Path, page: &Value) -> Option<(usize, Rows)> {
    let is_list = match page["origin"].as_str()? {
        "wcxb_other" => matches!(page["page_type"].as_str(), Some("listing" | "collection")).then_some(true)?,
        _ => false,
    };
    let settings = ParseSettings::default();
    let url = url_of(page);
    let html = html_of(data, page, &settings)?;
    let domain = url.and_then(registrable_domain);
    let context = PageContext { url, domain: domain.as_deref(), ..PageContext::default() };
    let read = html::read(&html, &context, &settings, &Steps::new(settings.max_steps)).ok()?;
    Some((fold_of(page), Rows { values: vec![read.list_row], truth: vec![if is_list { 1.0 } else { 0.0 }], weight: vec![1.0] }))
}

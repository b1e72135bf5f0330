//! Trains the trees that choose headline, date and byline of a flattened page, each where trees that have not seen its site judged what
//! comes before.

use std::collections::BTreeSet;
use std::path::Path;

use copydesk::article::Millis;
use copydesk::article::parsed::PublicationTime;
use copydesk::config::ParseSettings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::assemble::plain;
use copydesk::parse::dates::DateContext;
use copydesk::parse::steps::Steps;
use copydesk::parse::trees::Forest;
use serde_json::Value;

use crate::boost::{Growth, Rows};
use crate::flat::Page;
use crate::lesson::Lesson;
use crate::{each, html_of, url_of};

/// How the trees are grown.
const GROWTH: Growth = Growth { trees: 120, leaves: 12, rate: 0.08, ridge: 4.0, least: 3.0, rows: 700, features: 400 };

/// What a page counts that has no label (what its HTML says is taken), or none of whose lines is what its label says.
const UNSURE: f32 = 0.5;

/// The lines of each page that may be its headline.
pub fn headlines(data: &Path, pages: &[Page], forests: &[Forest]) -> Lesson {
    lesson(pages, |page| {
        let title = page.label["truth"]["title"].as_str();
        let headline = folded(&title.map(str::to_owned).or_else(|| declared(data, page.label))?);
        let rows = plain::propose_headline(&page.text, url_of(page.label), &DateContext::default(), &forests[page.fold]);
        let hits = rows.values.into_iter().map(|(text, values)| (values, folded(&text) == headline)).collect();
        Some((rows.names, title.is_some(), hits))
    })
}

/// The dates of each page that may be its own.
pub fn dates(pages: &[Page], forests: &[Forest]) -> Lesson {
    lesson(pages, |page| {
        let days = days(page.label["truth"]["published"].as_str()?);
        let rows = plain::propose_dates(&page.text, url_of(page.label), &context(), &forests[page.fold]);
        let is_day = |time: Option<PublicationTime>| time.is_some_and(|time| days.iter().any(|day| time.value.starts_with(day)));
        Some((rows.names, true, rows.values.into_iter().map(|(time, values)| (values, is_day(time))).collect()))
    })
}

/// The lines of each page that may sign it.
pub fn bylines(pages: &[Page], forests: &[Forest]) -> Lesson {
    lesson(pages, |page| {
        let authors: BTreeSet<String> = page.label["truth"]["authors"].as_array()?.iter().filter_map(Value::as_str).map(folded).collect();
        let rows = plain::propose_bylines(&page.text, url_of(page.label), &context(), &forests[page.fold]);
        let is_signed = |names: &[String]| names.iter().all(|name| authors.contains(&folded(name)));
        Some((rows.names, true, rows.values.into_iter().map(|((_, names), values)| (values, is_signed(&names))).collect()))
    })
}

/// A lesson of what `read` tells of each page: names of the features, whether it has a label, and rows with whether each is what the label says.
fn lesson(pages: &[Page], read: impl Fn(&Page) -> Option<(Vec<String>, bool, Vec<(Vec<i32>, bool)>)> + Sync) -> Lesson {
    let of_page = |page: &Page| {
        let (names, labelled, hits) = read(page)?;
        let weight = if labelled && hits.iter().any(|(_, hit)| *hit) { 1.0 } else { UNSURE };
        let mut rows = Rows::default();
        for (values, hit) in hits {
            rows.values.push(values);
            rows.truth.push(if hit { 1.0 } else { 0.0 });
            rows.weight.push(weight);
        }
        Some((names, page.fold, rows))
    };
    Lesson::new(GROWTH, each(pages, of_page).into_iter().flatten())
}

fn context() -> DateContext {
    DateContext { fetched_at: Millis::parse("2026-06-01T00:00:00Z"), ..DateContext::default() }
}

fn declared(data: &Path, page: &Value) -> Option<String> {
    let settings = ParseSettings::default();
    let html = html_of(data, page, &settings)?;
    let context = PageContext { url: url_of(page), ..PageContext::default() };
    html::read(&html, &context, &settings, &Steps::new(settings.max_steps)).ok()?.headlines.headline
}

/// What is compared: letters and digits, in small.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The day of a label, as printed and in UTC.
fn days(published: &str) -> Vec<String> {
    let mut days: Vec<String> = published.get(..10).map(str::to_owned).into_iter().collect();
    days.extend(Millis::parse(&published.replacen(' ', "T", 1)).and_then(|t| t.to_string().get(..10).map(str::to_owned)));
    days
}

//! Trains the trees that choose headline, date and byline of a flattened page, each where trees that have not seen its site judged what
//! comes before.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use copydesk::article::Millis;
use copydesk::article::parsed::PublicationTime;
use copydesk::config::Settings;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::assemble::plain;
use copydesk::parse::dates::DateContext;
use copydesk::parse::steps::Steps;
use copydesk::parse::trees::Trees;
use serde_json::Value;

use crate::boost::{self, Growth, Rows};
use crate::{FOLDS, flat, html_of};

/// How the trees are grown.
const GROWTH: Growth = Growth { trees: 120, leaves: 12, rate: 0.08, ridge: 4.0, least: 3.0, rows: 700, features: 400 };

/// What a page counts that has no label (what its HTML says is taken), or none of whose lines is what its label says.
const UNSURE: f32 = 0.5;

struct Page {
    origin: String,
    fold: u64,
    labelled: bool,
    /// Values, and whether the line or date is the one.
    rows: Vec<(Vec<i32>, bool)>,
}

/// Trains the choice of headlines, prints how often trees that have not seen the site find it, and gives the weights.
pub fn headlines(data: &Path, flattened: &Path, list: &str) -> String {
    let truths = flat::truths(list);
    let pages = flat::pages(flattened, &truths);
    let (pages, names) = headline_pages(data, &pages, &truths, &flat::models(&pages));
    tell("headlines", &pages, &models(&pages, &names), i32::MIN);
    weights(&pages, &names, None)
}

/// The same for dates.
pub fn dates(data: &Path, flattened: &Path, list: &str) -> String {
    let truths = flat::truths(list);
    let flat = flat::pages(flattened, &truths);
    let lines = flat::models(&flat);
    let (pages, names) = headline_pages(data, &flat, &truths, &lines);
    let (pages, names) = date_pages(&flat, &truths, &lines, &models(&pages, &names));
    let models = models(&pages, &names);
    for least in [i32::MIN, -2000, -1500, -1000, 0] {
        tell("dates", &pages, &models, least);
    }
    weights(&pages, &names, None)
}

/// The same for bylines.
pub fn bylines(data: &Path, flattened: &Path, list: &str) -> String {
    let truths = flat::truths(list);
    let flat = flat::pages(flattened, &truths);
    let lines = flat::models(&flat);
    let (pages, names) = headline_pages(data, &flat, &truths, &lines);
    let headlines = models(&pages, &names);
    let (pages, names) = date_pages(&flat, &truths, &lines, &headlines);
    let dates = models(&pages, &names);
    let mut names = Vec::new();
    let mut pages: Vec<Page> = Vec::new();
    let mut signed = Vec::new();
    for page in &flat {
        let (fold, truth) = (usize::try_from(page.fold).expect("small"), &truths[&page.id]);
        let Some(authors) = truth["truth"]["authors"].as_array() else { continue };
        let authors: BTreeSet<String> = authors.iter().filter_map(Value::as_str).map(folded).collect();
        let rows = plain::propose_bylines(&page.text, url_of(truth), &context(), &[&lines[fold], &headlines[fold], &dates[fold]]);
        if names.is_empty() {
            names = rows.names;
        }
        let hit = |found: &[String]| found.iter().all(|name| authors.contains(&folded(name)));
        pages.push(Page {
            origin: origin_of(truth),
            fold: page.fold,
            labelled: true,
            rows: rows.values.iter().map(|((_, found), values)| (values.clone(), hit(found))).collect(),
        });
        signed.push((authors, rows.values));
    }
    let models = models(&pages, &names);
    tell("bylines", &pages, &models, 0);
    for (least, beside) in [(-2000, -1000), (-1000, -1000), (-1000, 0), (0, 0), (0, 500)] {
        let mut found: HashMap<&str, [usize; 2]> = HashMap::new();
        for (page, (authors, values)) in pages.iter().zip(&signed) {
            let trees = &models[usize::try_from(page.fold).expect("small")];
            let scored: Vec<_> = values.iter().map(|((line, names), row)| (trees.score(row), *line, names)).collect();
            let best = scored.iter().filter(|(score, ..)| *score >= least).max_by_key(|(score, line, _)| (*score, std::cmp::Reverse(*line)));
            let chosen =
                scored.iter().filter(|(score, line, _)| *score >= beside.min(best.map_or(0, |b| b.0)) && best.is_some_and(|b| b.1.abs_diff(*line) <= 6));
            let chosen: BTreeSet<String> = chosen.flat_map(|(.., names)| names.iter().map(|n| folded(n))).collect();
            let counts = found.entry(&page.origin).or_default();
            counts[0] += usize::from(chosen == *authors);
            counts[1] += 1;
        }
        println!("authors from {least}, {beside}: {found:?}");
    }
    weights(&pages, &names, None)
}

fn context() -> DateContext {
    DateContext { fetched_at: Millis::parse("2026-06-01T00:00:00Z"), ..DateContext::default() }
}

fn date_pages(flat: &[flat::Page], truths: &HashMap<String, Value>, lines: &[Trees], headlines: &[Trees]) -> (Vec<Page>, Vec<String>) {
    let mut names = Vec::new();
    let mut pages = Vec::new();
    for page in flat {
        let (fold, truth) = (usize::try_from(page.fold).expect("small"), &truths[&page.id]);
        let Some(published) = truth["truth"]["published"].as_str() else { continue };
        let days = days(published);
        let rows = plain::propose_dates(&page.text, url_of(truth), &context(), &[&lines[fold], &headlines[fold]]);
        if names.is_empty() {
            names = rows.names;
        }
        let is_day = |time: Option<PublicationTime>| time.is_some_and(|time| days.iter().any(|day| time.value.starts_with(day)));
        let rows = rows.values.into_iter().map(|(time, values)| (values, is_day(time))).collect();
        pages.push(Page { origin: origin_of(truth), fold: page.fold, labelled: true, rows });
    }
    (pages, names)
}

fn tell(what: &str, pages: &[Page], models: &[Trees], least: i32) {
    let mut found: HashMap<&str, [usize; 4]> = HashMap::new();
    for page in pages.iter().filter(|p| p.labelled) {
        let trees = &models[usize::try_from(page.fold).expect("small")];
        let best = page.rows.iter().map(|(values, hit)| (trees.score(values), *hit)).filter(|(score, _)| *score >= least).max_by_key(|(score, _)| *score);
        let counts = found.entry(&page.origin).or_default();
        counts[0] += usize::from(best.is_some_and(|(_, hit)| hit));
        counts[1] += usize::from(best.is_some());
        counts[2] += usize::from(page.rows.iter().any(|(_, hit)| *hit));
        counts[3] += 1;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable();
    for (origin, [hits, chosen, there, all]) in found {
        println!("{what} from {least}: {origin}: {hits} found where {chosen} were chosen; {there} among the candidates, of {all}");
    }
}

fn models(pages: &[Page], names: &[String]) -> Vec<Trees> {
    (0..FOLDS).map(|fold| Trees::read(&weights(pages, names, Some(fold))).expect("what was written can be read")).collect()
}

fn weights(pages: &[Page], names: &[String], without: Option<u64>) -> String {
    let mut rows = Rows::default();
    for page in pages.iter().filter(|p| Some(p.fold) != without) {
        let sure = page.labelled && page.rows.iter().any(|(_, hit)| *hit);
        for (values, hit) in &page.rows {
            rows.values.push(values.clone());
            rows.truth.push(if *hit { 1.0 } else { 0.0 });
            rows.weight.push(if sure { 1.0 } else { UNSURE });
        }
    }
    boost::train(&rows, names, GROWTH)
}

fn headline_pages(data: &Path, pages: &[flat::Page], truths: &HashMap<String, Value>, models: &[Trees]) -> (Vec<Page>, Vec<String>) {
    let mut names = Vec::new();
    let read = |page: &flat::Page| {
        let (truth, trees) = (&truths[&page.id], &models[usize::try_from(page.fold).expect("small")]);
        let title = truth["truth"]["title"].as_str();
        let headline = folded(&title.map(str::to_owned).or_else(|| declared(data, truth))?);
        let rows = plain::propose_headline(&page.text, url_of(truth), &DateContext::default(), trees);
        if names.is_empty() {
            names = rows.names;
        }
        let rows = rows.values.into_iter().map(|(text, values)| (values, folded(&text) == headline)).collect();
        Some(Page { origin: origin_of(truth), fold: page.fold, labelled: title.is_some(), rows })
    };
    let pages = pages.iter().filter_map(read).collect();
    (pages, names)
}

fn declared(data: &Path, page: &Value) -> Option<String> {
    let settings = Settings::default().parse;
    let html = html_of(data, page["html_path"].as_str()?, &settings)?;
    let context = PageContext { url: url_of(page), ..PageContext::default() };
    html::read(&html, &context, &settings, &Steps::new(settings.max_steps)).ok()?.headlines.headline
}

fn url_of(page: &Value) -> Option<&str> {
    page["url"].as_str().filter(|u| u.starts_with("http"))
}

fn origin_of(page: &Value) -> String {
    page["origin"].as_str().unwrap_or_default().to_owned()
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

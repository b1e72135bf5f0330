//! Trains the trees that judge text, from labelled pages, and measures them on pages of sites that they have not seen:
//! `cargo bench --bench train_text -- DATA OUT blocks | lists | lines FILE | headlines FILE | dates FILE | bylines FILE | folds FILE FILE...`.
//!
//! DATA holds `pages.jsonl` (a page a line: `id`, `origin`, `url`, `html_path`, `truth` with `body`, or with the snippets `with` and `without`)
//! and the pages; FILE holds them as envelopes of flattened text. Written to OUT: the weights trained on all pages (`*_trees.txt`, for
//! `config/`). Same pages, same weights.
//!
//! `folds` only measures: it trains all trees once for each fifth of the sites, without that fifth, and reads the envelopes of each FILE (the
//! first one is trained on as well) by the trees that have not seen their sites. Written to OUT, by the name of FILE: what each page becomes, for
//! the scripts that score; and below `weights/` what was trained, so that the same lesson is not learned twice.

mod blocks;
mod boost;
mod flat;
mod folds;
mod heads;
mod label;
mod lesson;
mod lists;
mod plain;

use std::io::Read;
use std::path::Path;

use copydesk::article::{Origin, RawArticle};
use copydesk::config::ParseSettings;
use copydesk::parse::decode;
use copydesk::parse::decode::Body;
use copydesk::parse::trees::{Forest, Trees};
use serde_json::Value;

use crate::lesson::FOLDS;

/// Trees that are trained: their name here, their weights in `config/`, what they judge, and where they stand among the others.
type Kind = (&'static str, &'static str, &'static str, fn(&mut Forest) -> &mut Trees);

/// The first two are of HTML; each of the others learns from what those before it made of a flattened page.
const KINDS: [Kind; 6] = [
    ("blocks", "body_trees.txt", "the blocks of an HTML page (src/parse/body/html/settle.rs)", |forest| &mut forest.body),
    ("lists", "list_trees.txt", "whether a page is a list (src/parse/body/listing.rs)", |forest| &mut forest.lists),
    ("lines", "line_trees.txt", "the lines of a flattened page (src/parse/body/plain/rank.rs)", |forest| &mut forest.lines),
    ("headlines", "headline_trees.txt", "which line of a flattened page is its headline (src/parse/headline/plain/rank.rs)", |forest| &mut forest.headlines),
    ("dates", "date_trees.txt", "which date of a flattened page is its own (src/parse/published/plain/rank.rs)", |forest| &mut forest.dates),
    ("bylines", "byline_trees.txt", "which lines of a flattened page sign it (src/parse/byline/plain.rs)", |forest| &mut forest.bylines),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let [data, out, what, files @ ..] = arguments.as_slice() else {
        println!("train_text: nothing to do without DATA, OUT and what to train");
        return;
    };
    let (data, out) = (Path::new(data), Path::new(out));
    let is_needed = |name: &str| match what.as_str() {
        "folds" => true,
        "blocks" | "lists" => name == what,
        _ => !matches!(name, "blocks" | "lists"),
    };
    let list = std::fs::read_to_string(data.join("pages.jsonl")).expect("DATA holds pages.jsonl");
    let labels: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).expect("a page a line")).collect();
    let flat = files.first().map(|file| flat::pages(Path::new(file), &labels)).unwrap_or_default();
    let mut forests: Vec<Forest> = (0..FOLDS).map(|_| untrained()).collect();
    for (name, file, judged, place) in KINDS.iter().filter(|kind| is_needed(kind.0)) {
        let lesson = match *name {
            "blocks" => blocks::lesson(data, &labels),
            "lists" => lists::lesson(data, &labels),
            "lines" => flat::lesson(&flat),
            "headlines" => heads::headlines(data, &flat, &forests),
            "dates" => heads::dates(&flat, &forests),
            _ => heads::bylines(&flat, &forests),
        };
        if name == what {
            let head = "Line 1: names of the features; line 2: base score; then a tree a line, in pre-order: feature:threshold, or =score for a leaf.";
            let text = format!("# Weights of the trees that judge {judged},\n# written by benches/train_text.\n# {head}\n{}", lesson.weights());
            return std::fs::write(out.join(file), text).expect("OUT can be written");
        }
        for (forest, trees) in forests.iter_mut().zip(lesson.models(&out.join("weights"))) {
            *place(forest) = trees;
        }
    }
    assert_eq!(what, "folds", "what to train: blocks, lists, or lines, headlines, dates, bylines with a file of envelopes; or folds with some");
    let forests = forests.leak();
    for file in files {
        folds::read(Path::new(file), &labels, forests, out);
    }
}

/// Trees that say nothing yet.
fn untrained() -> Forest {
    let none = Trees::default;
    Forest { body: none(), lists: none(), lines: none(), headlines: none(), dates: none(), bylines: none() }
}

/// Maps items on all cores; the results stand in the items' order.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(cores).max(1));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().map(&work).collect::<Vec<R>>())).collect();
        running.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    })
}

/// The address of a page.
fn url_of(page: &Value) -> Option<&str> {
    page["url"].as_str().filter(|u| u.starts_with("http"))
}

fn html_of(data: &Path, page: &Value, settings: &ParseSettings) -> Option<String> {
    let value = std::fs::read(data.join(page["html_path"].as_str()?)).ok()?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(value.as_slice()).read_to_end(&mut bytes).ok()?;
    match decode::decode(&record(bytes, "text/html"), settings).ok()?.body {
        Body::Html(html) => Some(html),
        _ => None,
    }
}

fn record(value: Vec<u8>, content_type: &str) -> RawArticle {
    RawArticle {
        origin: Origin { topic: "train".into(), partition: 0, offset: 0 },
        timestamp: -1,
        key: None,
        value: Some(value),
        headers: vec![("content-type".into(), Some(content_type.as_bytes().to_vec()))],
    }
}

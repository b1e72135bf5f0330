//! Trains the trees that judge text, from labelled pages: `cargo bench --bench train_text -- DATA OUT blocks | lists | lines FILE | headlines FILE |
//! dates FILE | bylines FILE`.
//!
//! DATA holds `pages.jsonl` (a page a line: `id`, `origin`, `url`, `html_path`, `truth` with `body`, or with the snippets `with` and `without`)
//! and the pages; FILE holds them as envelopes of flattened text. Written to OUT: the text of each page as trees say that have seen no page
//! of its site (`blocks.jsonl`, `lines.jsonl`), to be scored, and the weights trained on all pages (`*_trees.txt`, for `config/`).
//! Same pages, same weights.

mod blocks;
mod boost;
mod flat;
mod heads;
mod label;
mod lists;
mod plain;

use std::io::{BufWriter, Read};
use std::path::Path;

use copydesk::article::{Origin, RawArticle};
use copydesk::parse::decode;
use copydesk::parse::decode::Body;

/// Parts of the pages, by site; each is judged by trees of the others.
const FOLDS: u64 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let [data, out, what, file @ ..] = arguments.as_slice() else {
        println!("train_text: nothing to do without DATA, OUT and what to train");
        return;
    };
    let (data, out) = (Path::new(data), Path::new(out));
    let list = std::fs::read_to_string(data.join("pages.jsonl")).expect("DATA holds pages.jsonl");
    let (name, judged, weights) = match (what.as_str(), file) {
        ("blocks", []) => ("body_trees.txt", "the blocks of an HTML page (src/parse/body/html/settle.rs)", blocks::run(data, &list, out)),
        ("lists", []) => ("list_trees.txt", "whether a page is a list (src/parse/body/listing.rs)", lists::run(data, &list)),
        ("lines", [file]) => ("line_trees.txt", "the lines of a flattened page (src/parse/body/plain/rank.rs)", flat::run(Path::new(file), &list, out)),
        ("headlines", [file]) => (
            "headline_trees.txt",
            "which line of a flattened page is its headline (src/parse/headline/plain/rank.rs)",
            heads::headlines(data, Path::new(file), &list),
        ),
        ("dates", [file]) => {
            ("date_trees.txt", "which date of a flattened page is its own (src/parse/published/plain/rank.rs)", heads::dates(data, Path::new(file), &list))
        }
        ("bylines", [file]) => {
            ("byline_trees.txt", "which lines of a flattened page sign it (src/parse/byline/plain.rs)", heads::bylines(data, Path::new(file), &list))
        }
        _ => panic!("what to train: blocks, lists, or lines, headlines, dates or bylines with a file of envelopes"),
    };
    let head = "Line 1: names of the features; line 2: base score; then a tree a line, in pre-order: feature:threshold, or =score for a leaf.";
    std::fs::write(out.join(name), format!("# Weights of the trees that judge {judged},\n# written by benches/train_text.\n# {head}\n{weights}"))
        .expect("OUT can be written");
}

fn create(out: &Path, name: &str) -> BufWriter<std::fs::File> {
    BufWriter::new(std::fs::File::create(out.join(name)).expect("OUT can be written"))
}

fn fold_of(site: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(site.as_bytes()) % FOLDS
}

fn html_of(data: &Path, path: &str, settings: &copydesk::config::ParseSettings) -> Option<String> {
    let header = |name: &str, value: &str| (name.into(), Some(value.as_bytes().to_vec()));
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

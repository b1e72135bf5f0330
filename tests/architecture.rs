//! The house is as docs/architecture.md draws it: every folder is in its table, and no module uses one above it.

#[path = "support/files.rs"]
mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What each module of `src` may use of the others; `main` and `cli` may use all.
const ARROWS: [(&str, &[&str]); 14] = [
    ("worker", &["kafka", "pipeline", "dedupe", "telemetry", "config", "article", "stop"]),
    ("feed", &["kafka", "article", "stop"]),
    ("http", &["telemetry", "config", "article"]),
    ("kafka", &["telemetry", "text", "config", "article"]),
    ("pipeline", &["parse", "dedupe", "enrich", "text", "config", "article"]),
    ("parse", &["text", "config", "article"]),
    ("dedupe", &["text", "config", "article"]),
    ("enrich", &["text", "config", "article"]),
    ("samples", &["article"]),
    ("telemetry", &["text", "config", "article"]),
    ("text", &[]),
    ("article", &[]),
    ("config", &[]),
    ("stop", &[]),
];

/// The rooms of the parse, from the top down: a room uses those of the rows below its own. Of a row's own rooms it may use those that stand before it.
const ROOMS: [&[&str]; 8] = [
    &["assemble"],
    &["published", "headline", "byline", "body", "metadata", "dateline", "notices"],
    &["lines"],
    &["names"],
    &["dates"],
    &["sites"],
    &["publishers", "decode", "page"],
    &["steps", "trees", "choice", "vocabulary", "explain"],
];

fn root() -> PathBuf {
    files::root().join("src")
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            folders.push(path.clone());
            walk(&path, files, folders);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// Each file with its path below `src`, without comments and without its tests.
fn sources() -> (Vec<(String, String)>, Vec<String>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    walk(&root(), &mut files, &mut folders);
    let below = |path: &Path| path.strip_prefix(root()).expect("below src").to_str().expect("UTF-8").to_owned();
    let comment = Regex::new(r"(?m)^\s*//.*$").expect("a pattern");
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("readable");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        (below(path), comment.replace_all(code, "").into_owned())
    };
    let is_code = |path: &&PathBuf| !path.ends_with("tests.rs") && !below(path).contains("_tests");
    (files.iter().filter(is_code).map(read).collect(), folders.iter().map(|path| below(path)).collect())
}

/// What uses what: the file, its first part below `src` (or below `src/parse`), and what it names.
fn arrows(sources: &[(String, String)], inside: &str) -> Vec<(String, String, String)> {
    let pattern = if inside.is_empty() { r"\bcrate::(\w+)".to_owned() } else { format!(r"\bcrate::{inside}::(\w+)") };
    let pattern = Regex::new(&pattern).expect("a pattern");
    let mut found = Vec::new();
    for (file, code) in sources {
        let Some(rest) = (if inside.is_empty() { Some(file.as_str()) } else { file.strip_prefix(&format!("{inside}/")) }) else { continue };
        let from = rest.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        found.extend(pattern.captures_iter(code).map(|m| (file.clone(), from.to_owned(), m[1].to_owned())).filter(|(_, from, to)| from != to));
    }
    found
}

#[test]
fn no_module_uses_one_above_it() {
    let (sources, _) = sources();
    let arrows = arrows(&sources, "");
    assert!(arrows.len() > 200, "{}", arrows.len());
    let mut wrong = Vec::new();
    for (file, from, to) in &arrows {
        if ["main", "lib", "cli"].contains(&from.as_str()) || to.chars().next().is_some_and(char::is_uppercase) {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| name == from).map(|(_, allowed)| *allowed);
        if allowed.is_none_or(|allowed| !allowed.contains(&to.as_str())) {
            wrong.push(format!("{file}: {from} uses {to}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let of = |name: &str| ARROWS.iter().position(|(row, _)| *row == name);
    for (from, allowed) in ARROWS {
        for to in allowed {
            assert!(of(from) < of(to), "the table has a circle: {from}, {to}");
        }
    }
}

#[test]
fn no_room_of_the_parse_uses_one_above_it() {
    let (sources, _) = sources();
    let arrows = arrows(&sources, "parse");
    assert!(arrows.len() > 100, "{}", arrows.len());
    let rank = |room: &str| ROOMS.iter().enumerate().find_map(|(row, rooms)| rooms.iter().position(|r| *r == room).map(|at| (row, at)));
    let mut wrong = Vec::new();
    for (file, from, to) in &arrows {
        // Types that the rooms share stand in `mod.rs`.
        if from == "mod" || to.chars().next().is_some_and(char::is_uppercase) {
            continue;
        }
        let (Some(own), Some(other)) = (rank(from), rank(to)) else { panic!("{file}: a room that is not in the table: {from} or {to}") };
        if other.0 < own.0 || other.0 == own.0 && other.1 > own.1 {
            wrong.push(format!("{file}: {from} uses {to}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_is_in_the_page() {
    let page = files::read("docs/architecture.md");
    let tree = page.split("## The tree").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the tree");
    let named: BTreeSet<String> = Regex::new(r"`([a-z_/]+)/`").expect("a pattern").captures_iter(tree).map(|m| m[1].to_owned()).collect();
    let (_, folders) = sources();
    // A folder below one file's name holds that file's parts: the file speaks for it.
    let speaks_for_itself = |folder: &str| !root().join(format!("{folder}.rs")).exists() && folder.matches('/').count() < 3;
    let missing: Vec<&String> = folders.iter().filter(|folder| speaks_for_itself(folder) && !named.contains(*folder)).collect();
    assert!(missing.is_empty(), "not in the tree of docs/architecture.md: {missing:?}");
    let gone: Vec<&String> = named.iter().filter(|name| *name != "src" && !root().join(name).is_dir()).collect();
    assert!(gone.is_empty(), "no folder of src: {gone:?}");
}

#[test]
fn every_file_of_the_page_exists() {
    let root = files::root();
    let page = files::read("docs/architecture.md");
    let named: BTreeSet<String> = Regex::new(r"`([a-z_/0-9]+\.rs)`").expect("a pattern").captures_iter(&page).map(|m| m[1].to_owned()).collect();
    assert!(named.len() > 50, "{named:?}");
    let gone: Vec<&String> = named.iter().filter(|name| !root.join("src").join(name).is_file() && !root.join(name).is_file()).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

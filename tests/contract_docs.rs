//! The pages of the contract are held to the types: `docs/events.md` and `docs/producing.md` name every key of the schemas and no other, their tables
//! of headers are those of the code, and the events that they show are those of `schema/examples`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/files.rs"]
mod files;

use std::collections::{BTreeMap, BTreeSet};

use copydesk::article::schema;
use copydesk::pipeline::{DEAD_LETTER_HEADERS, HEADERS};
use files::read;
use serde_json::Value;

/// Names by the object that they are keys of: `content.authors[]` has `name`, `url` and `is_agency`; the whole value is the empty path.
type Keys = BTreeMap<String, Vec<String>>;

/// The schema that stands where another is named, or is one of two with `null`.
fn target<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    loop {
        schema = if let Some(name) = schema["$ref"].as_str() {
            root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("there is no {name}"))
        } else if let Some(some) = schema["anyOf"].get(0) {
            some
        } else {
            return schema;
        };
    }
}

/// Adds the keys of all objects below a path.
fn keys_of_schema(root: &Value, schema: &Value, path: &str, keys: &mut Keys) {
    let schema = target(root, schema);
    if let Some(properties) = schema["properties"].as_object() {
        let mut names: Vec<String> = properties.keys().cloned().collect();
        names.sort();
        keys.insert(path.to_owned(), names);
        for (name, property) in properties {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            keys_of_schema(root, property, &below, keys);
        }
    } else if !schema["items"].is_null() {
        keys_of_schema(root, &schema["items"], &format!("{path}[]"), keys);
    }
}

/// A page's lines outside of blocks of code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_fence && !is_code
    })
}

/// The cells of a table's row; `None` for other lines. No cell of these tables holds a bar.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inner.split(" | ").map(str::trim).collect())
}

/// What stands in backticks.
fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The keys of a page: below each heading ``### `path` `` the first column of its table. `whole` is the heading of the whole value.
fn keys_of_page(page: &str, whole: &str) -> Keys {
    let mut keys = Keys::new();
    let mut paths: Vec<String> = Vec::new();
    for line in prose(page) {
        if line.starts_with('#') {
            let named = line.strip_prefix("### ").filter(|title| title.starts_with('`')).map(spans).unwrap_or_default();
            paths = named.iter().map(|path| if *path == whole { String::new() } else { (*path).to_owned() }).collect();
            for path in &paths {
                assert!(keys.insert(path.clone(), Vec::new()).is_none(), "two headings for {path:?}");
            }
            continue;
        }
        let Some(name) = cells(line).and_then(|row| row[0].strip_prefix('`')?.strip_suffix('`').map(str::to_owned)) else { continue };
        for path in &paths {
            keys.get_mut(path).unwrap().push(name.clone());
        }
    }
    keys.values_mut().for_each(|names| names.sort());
    keys
}

/// Says which keys stand on one side only; those that stand twice in a table are told too.
fn assert_same(page: &str, of_schema: &Keys, of_page: &Keys) {
    let paths: BTreeSet<&String> = of_schema.keys().chain(of_page.keys()).collect();
    for path in paths {
        let (schema, shown) = (of_schema.get(path), of_page.get(path));
        assert_eq!(shown, schema, "docs/{page}, the object {path:?}: the table (left) and the schema (right) differ");
    }
}

#[test]
fn every_field_of_an_event_stands_in_the_page_once() {
    let (root, mut keys) = (schema::event(false), Keys::new());
    keys_of_schema(&root, &root, "", &mut keys);
    assert!(keys.len() > 20 && keys.values().map(Vec::len).sum::<usize>() > 100, "{keys:?}");
    assert_same("events.md", &keys, &keys_of_page(&read("docs/events.md"), "event"));
    // What no path reaches would not be looked for.
    let reached: BTreeSet<&String> = keys.values().flatten().collect();
    for (name, definition) in root["$defs"].as_object().unwrap() {
        let unreached = definition["properties"].as_object().into_iter().flatten().find(|(key, _)| !reached.contains(key));
        assert!(unreached.is_none(), "{name}: {unreached:?}");
    }
}

#[test]
fn every_key_of_an_envelope_stands_in_the_page_once() {
    let (root, mut keys) = (schema::input(), Keys::new());
    keys_of_schema(&root, &root, "", &mut keys);
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["", "hints", "publisher"]);
    let page = read("docs/producing.md");
    assert_same("producing.md", &keys, &keys_of_page(&page, "envelope"));
    // A raw body says the same in headers, but for the body, the withdrawal and the id.
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for (path, names) in &keys {
        let prefix = path.trim_end_matches('s');
        for name in names.iter().filter(|name| !["html", "text", "body_base64", "withdrawn", "id", "publisher", "hints"].contains(&name.as_str())) {
            let header = if prefix.is_empty() { name.clone() } else { format!("{prefix}-{name}") };
            missing.insert(header.replace('_', "-"));
        }
    }
    for row in prose(&page).filter_map(cells) {
        if let [header] = spans(row[0])[..] {
            missing.remove(header);
        }
    }
    assert!(missing.is_empty(), "docs/producing.md lacks the headers {missing:?}");
}

#[test]
fn the_check_of_keys_can_fail() {
    let page = "### `event`\n\n| field | type |\n|---|---|\n| `a` | string |\n| `b` | string |\n\n### `a.b[]`, `a.c`\n\n| `d` | x |\n```\n| `e` | y |\n```\n## Other\n| `f` | z |\n";
    let keys = keys_of_page(page, "event");
    let expected = [("", vec!["a", "b"]), ("a.b[]", vec!["d"]), ("a.c", vec!["d"])];
    let expected: Keys = expected.into_iter().map(|(path, names)| (path.to_owned(), names.into_iter().map(str::to_owned).collect())).collect();
    assert_eq!(keys, expected);
    let root = serde_json::json!({
        "$defs": { "B": { "properties": { "d": { "type": "string" } } } },
        "properties": { "a": { "properties": {
            "b": { "type": "array", "items": { "$ref": "#/$defs/B" } },
            "c": { "anyOf": [{ "$ref": "#/$defs/B" }, { "type": "null" }] }
        } }, "b": { "type": "string" } }
    });
    let mut of_schema = Keys::new();
    keys_of_schema(&root, &root, "", &mut of_schema);
    assert_eq!(of_schema.remove("a"), Some(vec!["b".to_owned(), "c".to_owned()]), "the page leaves this object out");
    assert_eq!(of_schema, expected);
}

/// The rows of the tables whose first column is headed `header`, a table at a time.
fn header_tables(page: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables: Vec<Vec<Vec<String>>> = Vec::new();
    let mut is_within = false;
    for line in prose(page) {
        match cells(line) {
            Some(row) if row[0] == "header" => {
                is_within = true;
                tables.push(Vec::new());
            }
            Some(row) if is_within => tables.last_mut().unwrap().push(row.into_iter().map(str::to_owned).collect()),
            // The line below a table's head has no blanks.
            None if line.starts_with("|--") => {}
            _ => is_within = false,
        }
    }
    tables
}

#[test]
fn the_tables_of_headers_are_those_of_the_code() {
    let rows = |table: &[(&str, &str, &str)]| -> Vec<Vec<String>> {
        table.iter().map(|(name, value, when)| vec![format!("`{name}`"), (*value).to_owned(), (*when).to_owned()]).collect()
    };
    for path in ["docs/events.md", "schema/headers.md"] {
        let tables = header_tables(&read(path));
        assert_eq!(tables.len(), 2, "{path}: one table for events, one for dead letters");
        assert_eq!(tables[0], rows(&HEADERS), "{path}");
        assert_eq!(tables[1], rows(&DEAD_LETTER_HEADERS), "{path}");
    }
}

/// Whole, to the letter: a page that shows an event shortened would show one that no schema takes.
#[test]
fn the_events_that_the_page_shows_are_the_examples() {
    let page = read("docs/events.md");
    let shown: Vec<&str> = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(shown.len(), 2, "docs/events.md shows a published event and a copy");
    for (shown, file) in shown.into_iter().zip(["published.json", "duplicate.json"]) {
        assert!(shown == read(&format!("schema/examples/{file}")), "docs/events.md shows another event than schema/examples/{file}");
    }
}

/// Every value of the closed sets, every code and every warning is explained.
#[test]
fn every_name_of_a_closed_set_is_explained() {
    let page = read("docs/events.md");
    let named: BTreeSet<&str> = prose(&page).flat_map(spans).collect();
    let root = schema::event(false);
    for set in ["EventType", "DuplicateKind", "DuplicationStatus"] {
        for value in root["$defs"][set]["oneOf"].as_array().unwrap() {
            let name = value["const"].as_str().unwrap();
            assert!(named.contains(name), "docs/events.md lacks `{name}` of {set}");
        }
    }
    // Open sets are strings, whose descriptions name the values of today.
    for set in ["EntityKind", "Extractor", "Genre", "ParagraphKind", "PlaceRole", "Precision", "TimeSource", "Warning"] {
        let told = root["$defs"][set]["description"].as_str().unwrap_or_else(|| panic!("{set} is no open set"));
        let (_, values) = told.split_once("ignore what you don't know. ").unwrap_or_else(|| panic!("{set}: {told}"));
        // `value`: what it is. Only the first span of each sentence is a value.
        let names = values.split('`').skip(1).step_by(2).filter(|name| values.contains(&format!("`{name}`: ")));
        for name in names {
            assert!(named.contains(name), "docs/events.md lacks `{name}` of {set}");
        }
    }
    let producing = read("docs/producing.md");
    let codes: BTreeSet<&str> = prose(&producing).filter_map(cells).filter_map(|row| spans(row[0]).first().copied()).collect();
    for code in copydesk::article::DeadLetterCode::ALL {
        assert!(codes.contains(code.as_str()), "docs/producing.md lacks the code `{}`", code.as_str());
    }
}

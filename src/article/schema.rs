//! The contract as JSON Schema (draft 2020-12), made from the types: what goes in, and the event that comes out.
//!
//! schemars says what serde reads; this says what copydesk writes: no `null`, which facts an event of each type has, and which sets are closed.
//! All others may gain values, so they are strings here, and their descriptions name the values of today.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::event::{SCHEMA, SCHEMA_URI};
use super::{ArticleEvent, InputEnvelope, limits};

/// Sets of names that gain a member only with a new major version.
const CLOSED: [&str; 3] = ["EventType", "DuplicateKind", "DuplicationStatus"];

/// The greatest integer that every reader of JSON keeps exact (2⁵³ − 1).
const MOST_EXACT: u64 = (1 << 53) - 1;

/// Whole events of bundled pages.
const EVENTS: [&str; 2] = [include_str!("../../schema/examples/published.json"), include_str!("../../schema/examples/duplicate.json")];

/// The schema of an envelope. It says nothing of other keys: they are ignored.
pub fn input() -> Value {
    let mut schema = of::<InputEnvelope>();
    let page = json!({
        "url": "https://www.courier.example/local/bridge", "content_type": "text/html; charset=utf-8", "fetched_at": "2026-03-05T08:00:00Z",
        "html": "<html><h1>The bridge reopens</h1><article><p>The bridge over the harbour reopened on Thursday.</p></article></html>",
        "publisher": { "name": "The Courier", "domain": "courier.example", "country": "IE", "time_zone": "Europe/Dublin" },
        "hints": { "title": "The bridge reopens", "published": "Thu, 05 Mar 2026 07:30:00 GMT" }
    });
    let withdrawal = json!({ "url": "https://www.courier.example/local/bridge", "withdrawn": true });
    name(&mut schema, "copydesk.input/1", "urn:copydesk:schema:input:1", &[page, withdrawal]);
    schema
}

/// The schema of an event. With `is_closed` no object has other keys: for registries that take a new field of an open schema for a change that
/// breaks readers.
pub fn event(is_closed: bool) -> Value {
    let mut schema = of::<ArticleEvent>();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.iter_mut().filter(|(name, _)| !CLOSED.contains(&name.as_str())).for_each(|(_, definition)| open(definition));
    }
    walk(&mut schema, &|map| {
        without_null(map);
        // Formats that generators of code know; the bounds say the rest.
        if map.get("format").is_some_and(|format| format == "uint64") {
            map.insert("maximum".into(), MOST_EXACT.into());
            map.insert("format".into(), "int64".into());
        }
        if map.get("format").is_some_and(|format| format == "uint32") {
            map.insert("maximum".into(), u32::MAX.into());
            map.insert("format".into(), "int64".into());
        }
        if is_closed && map.contains_key("properties") {
            map.insert("additionalProperties".into(), false.into());
        }
    });
    schema["properties"]["schema"] = json!({ "description": "Name and major version of this schema.", "type": "string", "const": SCHEMA });
    schema["allOf"] = by_type();
    let examples = EVENTS.map(|text| serde_json::from_str(text).expect("a test reads the examples"));
    name(&mut schema, SCHEMA, SCHEMA_URI, &examples);
    schema
}

fn of<T: schemars::JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

fn name(schema: &mut Value, title: &str, id: &str, examples: &[Value]) {
    schema["title"] = title.into();
    schema["$id"] = id.into();
    schema["examples"] = examples.into();
}

/// What an event of each type has, and what it never has. In `news.articles` stand the first three types, in `news.duplicates` the last.
fn by_type() -> Value {
    let law = |event_type: &str, has: &[&str], never: &[&str]| {
        let never: Map<String, Value> = never.iter().map(|&name| (name.to_owned(), false.into())).collect();
        json!({
            "if": { "properties": { "event_type": { "const": event_type } } },
            "then": { "required": has, "properties": never }
        })
    };
    let mut duplicate = law("duplicate", &["duplication"], &["supersedes", "changes"]);
    duplicate["then"]["properties"]["duplication"] = json!({ "required": ["kind", "duplicate_of", "similarity", "containment"] });
    json!([
        law("published", &["content", "duplication", "quality"], &["supersedes", "changes"]),
        law("updated", &["content", "duplication", "quality", "supersedes", "changes"], &[]),
        law("withdrawn", &[], &["content", "duplication", "quality", "annotations", "changes"]),
        duplicate,
    ])
}

/// Does something to every object of a schema that is one itself.
fn walk(schema: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    match schema {
        Value::Object(map) => {
            change(map);
            map.values_mut().for_each(|inner| walk(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| walk(inner, change)),
        _ => {}
    }
}

/// A missing fact is an absent key: nothing is ever `null`.
fn without_null(map: &mut Map<String, Value>) {
    if let Some(types) = map.get_mut("type").filter(|types| types.is_array()) {
        let one = types.as_array().into_iter().flatten().find(|name| *name != "null").cloned();
        *types = one.unwrap_or_default();
    }
    let some = map.get("anyOf").and_then(Value::as_array).and_then(|either| match either.as_slice() {
        [some, none] if none["type"] == "null" => some.as_object().cloned(),
        _ => None,
    });
    if let Some(some) = some {
        map.remove("anyOf");
        for (key, value) in some {
            map.entry(key).or_insert(value);
        }
    }
}

/// A set of names that may grow: a string, with the names of today in its description.
fn open(definition: &mut Value) {
    let names: Option<Vec<String>> = definition
        .get("oneOf")
        .and_then(Value::as_array)
        .and_then(|values| values.iter().map(|value| Some(format!("`{}`: {}", value.get("const")?.as_str()?, value.get("description")?.as_str()?))).collect());
    let Some(names) = names else { return };
    let what = definition["description"].as_str().unwrap_or_default().replace('\n', " ");
    let what = what.trim_end_matches(['.', ':']).trim_end_matches(": a closed set").to_owned();
    *definition = json!({
        "description": format!("{what}. More may come: ignore what you don't know. {}", names.join(" ")),
        "type": "string",
        "maxLength": limits::CODE
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(schema: &Value, at: &str, found: &impl Fn(&Map<String, Value>) -> bool, out: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                if found(map) {
                    out.push(at.to_owned());
                }
                map.iter().filter(|(key, _)| *key != "examples").for_each(|(key, inner)| places(inner, &format!("{at}/{key}"), found, out));
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(n, inner)| places(inner, &format!("{at}/{n}"), found, out)),
            _ => {}
        }
    }

    fn all(schema: &Value, found: impl Fn(&Map<String, Value>) -> bool) -> Vec<String> {
        let mut out = Vec::new();
        places(schema, "", &found, &mut out);
        out
    }

    #[test]
    fn nothing_is_null_and_only_three_sets_are_closed() {
        let event = event(false);
        assert_eq!(all(&event, |map| map.get("type").is_some_and(|t| t.is_array() || t == "null")), [""; 0]);
        let closed = all(&event, |map| map.contains_key("enum") || map.contains_key("oneOf"));
        assert_eq!(closed, ["/$defs/DuplicateKind", "/$defs/DuplicationStatus", "/$defs/EventType"]);
        let genre = event["$defs"]["Genre"]["description"].as_str().unwrap();
        assert!(genre.contains("`live_blog`") && genre.contains("`advertorial`"), "{genre}");
    }

    #[test]
    fn every_property_is_described() {
        for schema in [input(), event(false)] {
            let mut bare = Vec::new();
            for at in all(&schema, |map| map.contains_key("properties")) {
                let object = schema.pointer(&at).unwrap();
                if at.starts_with("/allOf") {
                    continue;
                }
                bare.extend(
                    object["properties"].as_object().unwrap().iter().filter(|(_, p)| p.get("description").is_none()).map(|(name, _)| format!("{at}/{name}")),
                );
            }
            assert_eq!(bare, [""; 0]);
        }
    }

    #[test]
    fn every_string_and_list_has_a_limit() {
        for schema in [input(), event(false)] {
            let is = |map: &Map<String, Value>, name: &str| match map.get("type") {
                Some(Value::Array(names)) => names.iter().any(|n| n == name),
                Some(one) => one == name,
                None => false,
            };
            let unbounded = all(&schema, |map| {
                let is_closed = map.contains_key("enum") || map.contains_key("const");
                (is(map, "string") && !is_closed && !map.contains_key("maxLength")) || (is(map, "array") && !map.contains_key("maxItems"))
            });
            assert_eq!(unbounded, [""; 0]);
        }
    }

    /// What the schema says of the types is what is true of them: each law refuses an event of its type that breaks it.
    #[test]
    fn an_event_of_another_type_is_refused() {
        let validator = jsonschema::validator_for(&event(false)).unwrap();
        let [published, duplicate] = EVENTS.map(|text| serde_json::from_str::<Value>(text).unwrap());
        for event in [&published, &duplicate] {
            let errors: Vec<String> = validator.iter_errors(event).map(|e| format!("{e} at {}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
        let with = |event: &Value, key: &str, value: Value| {
            let mut event = event.clone();
            event[key] = value;
            event
        };
        assert!(!validator.is_valid(&with(&published, "event_type", "updated".into())), "an update without changes");
        assert!(!validator.is_valid(&with(&published, "event_type", "withdrawn".into())), "a withdrawal with content");
        assert!(!validator.is_valid(&with(&published, "event_type", "duplicate".into())), "a copy of nothing");
        assert!(!validator.is_valid(&with(&published, "supersedes", published["event_id"].clone())), "a first version with one before it");
        assert!(!validator.is_valid(&with(&published, "schema", "copydesk.article/2".into())));
        assert!(!validator.is_valid(&with(&published, "received_at", Value::Null)), "null is never written");
        assert!(validator.is_valid(&with(&published, "of_a_later_version", 1.into())));
        let closed = jsonschema::validator_for(&super::event(true)).unwrap();
        assert!(closed.is_valid(&published) && closed.is_valid(&duplicate));
        assert!(!closed.is_valid(&with(&published, "of_a_later_version", 1.into())));
    }
}

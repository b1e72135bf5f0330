//! An event for a person: what an editor asks first, then the text.

use std::io::Write;

use serde_json::Value;

/// Prints one event or dead letter, given as JSON, readably.
pub fn print(out: &mut impl Write, json: &[u8]) -> std::io::Result<()> {
    let Ok(event) = serde_json::from_slice::<Value>(json) else { return out.write_all(json) };
    if let Some(letter) = event.get("dead_letter") {
        return writeln!(out, "refused   {}: {}\n", word(letter, "/code"), word(letter, "/message"));
    }
    writeln!(out, "{:<9} {}", word(&event, "/event_type"), word(&event, "/content/headline"))?;
    let lines = [
        ("from", join(&event, &["/source/publisher/name", "/source/domain", "/source/publisher/country"])),
        ("section", word(&event, "/content/section")),
        ("time", join(&event, &["/content/published/value", "/content/published/time_zone", "/content/published/source"])),
        ("dateline", word(&event, "/content/dateline/raw")),
        ("by", names(&event, "/content/authors", None)),
        ("language", word(&event, "/content/language/code")),
        ("copy of", join(&event, &["/duplication/kind", "/duplication/duplicate_of/domain", "/duplication/duplicate_of/event_id"])),
        ("people", names(&event, "/annotations/entities", Some("person"))),
        ("bodies", names(&event, "/annotations/entities", Some("organisation"))),
        ("places", names(&event, "/annotations/places", None)),
    ];
    for (label, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "  {label:<9} {text}")?;
    }
    match word(&event, "/content/text") {
        text if text.is_empty() => writeln!(out),
        text => writeln!(out, "\n{text}\n"),
    }
}

fn word(event: &Value, pointer: &str) -> String {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn join(event: &Value, pointers: &[&str]) -> String {
    let words: Vec<String> = pointers.iter().map(|p| word(event, p)).filter(|w| !w.is_empty()).collect();
    words.join(" · ")
}

fn names(event: &Value, pointer: &str, kind: Option<&str>) -> String {
    let Some(items) = event.pointer(pointer).and_then(Value::as_array) else { return String::new() };
    let of_kind = items.iter().filter(|item| kind.is_none_or(|k| item.get("type").and_then(Value::as_str) == Some(k)));
    let named = of_kind.map(|item| match word(item, "/role") {
        role if role.is_empty() || kind.is_none() => word(item, "/name"),
        role => format!("{} ({role})", word(item, "/name")),
    });
    named.collect::<Vec<_>>().join(", ")
}

//! JSON as pages write it: read as it stands, else with repairs that can't change its meaning. Never guesses at missing values.

use serde_json::{Deserializer, Value};

use crate::parse::page::json_ld::bounded::Budget;
use crate::parse::page::unescape::unescape;

/// The values of a script, repaired where it is broken, and what they leave of the budget.
pub(in crate::parse) fn parse(script: &str, values: usize) -> Option<(Vec<Value>, Budget)> {
    let text = script.trim().trim_start_matches('\u{feff}');
    if let Some((value, budget)) = whole(text, values) {
        return Some((vec![value], budget));
    }
    let repaired = repair(text);
    if let Some((value, budget)) = whole(&repaired, values) {
        return Some((vec![value], budget));
    }
    // Several values one after the other.
    let (budget, mut reader, mut found) = (Budget::new(values), Deserializer::from_str(&repaired), Vec::new());
    while !budget.is_cut()
        && let Ok(value) = budget.read(&mut reader)
    {
        found.push(value);
    }
    (!found.is_empty()).then_some((found, budget))
}

/// The value that a text is and nothing else.
fn whole(text: &str, values: usize) -> Option<(Value, Budget)> {
    let (budget, mut reader) = (Budget::new(values), Deserializer::from_str(text));
    let value = budget.read(&mut reader).ok()?;
    reader.end().ok().map(|()| (value, budget))
}

/// Repairs that can't change the meaning: wrappers around the JSON, control characters in strings, escapes that JSON does not have,
/// commas before a closing bracket.
fn repair(text: &str) -> String {
    let unescaped;
    let text = if text.starts_with("{&quot;") || text.starts_with("[{&quot;") {
        unescaped = unescape(text);
        &unescaped
    } else {
        text
    };
    let begin = text.find(['{', '[']).unwrap_or(0);
    let end = text.rfind(['}', ']']).map_or(text.len(), |at| at + 1);
    let text = text.get(begin..end).unwrap_or(text);
    // `//<![CDATA[` before the value holds a bracket of its own.
    let text = text.strip_prefix("[CDATA[").map_or(text, |rest| rest.trim_end_matches(']').trim_end());
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (in_string, c) {
            (true, '\\') => match chars.next() {
                Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => out.extend(['\\', next]),
                Some(next) if next >= ' ' => out.push(next),
                _ => out.push(' '),
            },
            (true, c) if c < ' ' => out.push_str(if c == '\n' { "\\n" } else { " " }),
            (_, '"') => {
                in_string = !in_string;
                out.push('"');
            }
            (false, ',') => {
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                if !matches!(chars.peek(), Some('}' | ']' | ',')) {
                    out.push(',');
                }
            }
            (_, c) => out.push(c),
        }
    }
    out
}

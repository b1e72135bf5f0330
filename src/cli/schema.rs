//! `copydesk schema`: the JSON Schemas of the contract, generated from the types.

use std::path::PathBuf;

use clap::Args;
use copydesk::article::{ArticleEvent, DuplicateEvent, InputEnvelope};
use schemars::generate::SchemaSettings;

use super::Failure;

/// Write the JSON Schemas of input and output.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The folder to write to; without it they go to stdout.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The schemas: file name and text.
pub fn schemas() -> Vec<(&'static str, String)> {
    let settings = SchemaSettings::draft2020_12();
    let named = [
        ("input.schema.json", "copydesk.input/1", settings.clone().into_generator().into_root_schema_for::<InputEnvelope>()),
        ("article.schema.json", copydesk::article::event::ARTICLE_SCHEMA, settings.clone().into_generator().into_root_schema_for::<ArticleEvent>()),
        ("duplicate.schema.json", copydesk::article::event::DUPLICATE_SCHEMA, settings.into_generator().into_root_schema_for::<DuplicateEvent>()),
    ];
    let text = |(file, title, mut schema): (&'static str, &str, schemars::Schema)| {
        schema.insert("title".to_owned(), title.into());
        let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text.push('\n');
        (file, text)
    };
    named.into_iter().map(text).collect()
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Result<(), Failure> {
    for (file, text) in schemas() {
        match &args.out {
            Some(folder) => std::fs::write(folder.join(file), text).map_err(|e| Failure::output(format!("{file}: {e}")))?,
            None => print!("{text}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_in_the_repository_are_those_of_the_types() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        for (file, text) in schemas() {
            let kept = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
            assert!(kept == text, "schema/{file} has drifted: run `cargo run -- schema --out schema`");
        }
    }

    /// A schema's strings and lists without a limit, by their place.
    fn unbounded(schema: &serde_json::Value, at: &str, out: &mut Vec<String>) {
        let Some(map) = schema.as_object() else {
            if let Some(items) = schema.as_array() {
                items.iter().enumerate().for_each(|(n, item)| unbounded(item, &format!("{at}/{n}"), out));
            }
            return;
        };
        let is = |name: &str| match map.get("type") {
            Some(serde_json::Value::Array(names)) => names.iter().any(|n| n == name),
            Some(one) => one == name,
            None => false,
        };
        let is_closed = map.contains_key("enum") || map.contains_key("const");
        if (is("string") && !is_closed && !map.contains_key("maxLength")) || (is("array") && !map.contains_key("maxItems")) {
            out.push(at.to_owned());
        }
        map.iter().for_each(|(key, inner)| unbounded(inner, &format!("{at}/{key}"), out));
    }

    #[test]
    fn every_string_and_list_of_the_schemas_has_a_limit() {
        for (file, text) in schemas() {
            let mut found = Vec::new();
            unbounded(&serde_json::from_str(&text).unwrap(), "", &mut found);
            assert!(found.is_empty(), "{file}: {found:#?}");
            assert!(text.contains("\"maxLength\"") && text.contains("\"maxItems\""), "{file}");
        }
    }
}

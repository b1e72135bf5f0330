//! `copydesk schema`: the contract as JSON Schemas and the table of headers, as kept in `schema/`.

use std::path::PathBuf;

use clap::Args;
use copydesk::article::schema;
use copydesk::pipeline::{DEAD_LETTER_HEADERS, HEADERS};

use super::Failure;

/// Write the JSON Schemas of input and output, and the table of headers.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The folder to write to; without it they go to stdout.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Let no object of an event have other keys than those of the schema: for registries that check compatibility.
    #[arg(long)]
    closed: bool,
}

/// What there is: file name and text.
fn files(is_closed: bool) -> [(&'static str, String); 3] {
    let text = |schema: &serde_json::Value| format!("{schema:#}\n");
    [("input.schema.json", text(&schema::input())), ("article.schema.json", text(&schema::event(is_closed))), ("headers.md", headers())]
}

fn headers() -> String {
    let rows = |table: &[(&str, &str, &str)]| -> String { table.iter().map(|(name, value, when)| format!("| `{name}` | {value} | {when} |\n")).collect() };
    format!(
        "# Headers\n\nOf a record with an event (CloudEvents 1.0, binary mode); all are UTF-8 text. Headers of the raw record that are passed \
         through (`traceparent`, `tracestate`, and those of the configuration) stand beside them.\n\n| header | value | when |\n|---|---|---|\n{}\n\
         Of a dead letter, beside the raw record's own:\n\n| header | value | when |\n|---|---|---|\n{}",
        rows(&HEADERS),
        rows(&DEAD_LETTER_HEADERS)
    )
}

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Failure::output(format!("{}: {e}", folder.display())))?;
    }
    for (file, text) in files(args.closed) {
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
    fn what_is_in_the_repository_is_what_the_types_say() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        for (file, text) in files(false) {
            let kept = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
            assert!(kept == text, "schema/{file} has drifted: run `cargo run -- schema --out schema`");
        }
    }
}

//! The commands, one file each. They read arguments, call the library, print, and choose the exit code.

#[cfg(feature = "worker")]
pub mod cluster;
mod explain;
pub mod extract;
pub mod pretty;
pub mod schema;

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::path::Path;

use copydesk::config::memory::RECORD_MARGIN;
use copydesk::config::{Settings, environment};
use copydesk::parse::sites::Sites;
use copydesk::pipeline::PipelineSettings;
use copydesk::text::terminal::{printable, printable_json};

/// Why a command ends with another code than 0. Codes as in BSD's `sysexits.h`.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What is printed to stderr; nothing where empty.
    pub message: String,
}

impl Failure {
    fn new(code: u8, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }

    /// The arguments are wrong.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(64, message)
    }

    /// The input can't be read.
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::new(66, message)
    }

    /// The output can't be written.
    pub fn output(message: impl Into<String>) -> Failure {
        Failure::new(74, message)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Failure {
        Failure::new(78, message)
    }

    /// The end came early, and nobody needs to be told.
    pub fn quiet() -> Failure {
        Failure::new(0, "")
    }
}

/// A line to standard error, made harmless: it may quote a file's name, an archive or a broker.
pub fn say(text: &str) {
    eprintln!("{}", printable(text, '\n'));
}

/// A record as a line of JSON to standard output, by way of `out`. On a terminal what it would obey is escaped; in a pipe or a file it is as it is.
pub fn json_line(out: &mut impl Write, json: &[u8]) -> std::io::Result<()> {
    let shown = if std::io::stdout().is_terminal() { printable_json(json) } else { Cow::Borrowed(json) };
    out.write_all(&shown)?;
    out.write_all(b"\n")
}

/// Whether to print colours on standard output: a terminal that wants them.
pub fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Reads the settings: file, environment, flags. All errors at once.
pub fn settings(file: Option<&Path>, flags: &[(String, String)]) -> Result<Settings, Failure> {
    let text = match file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|e| Failure::config(format!("{}: {e}", path.display())))?),
        None => None,
    };
    let name = file.map(|p| p.display().to_string()).unwrap_or_default();
    let source = text.as_deref().map(|text| (text, name.as_str()));
    let settings = Settings::load(source, environment(), flags).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
        Failure::config(format!("the configuration has {} error(s):\n{}", errors.len(), lines.join("\n")))
    })?;
    let faults = settings.dedupe.faults();
    if faults.is_empty() { Ok(settings) } else { Err(Failure::config(format!("[dedupe]: {}", faults.join("; ")))) }
}

/// What the pipeline needs of the settings.
pub fn pipeline_settings(settings: &Settings) -> Result<PipelineSettings, Failure> {
    let sites = Sites::of(&settings.parse).map_err(|e| Failure::config(e.to_string()))?;
    Ok(PipelineSettings {
        parse: settings.parse.clone(),
        dedupe: settings.dedupe.clone(),
        enrich: settings.enrich.clone(),
        config_hash: settings.config_hash(copydesk::pipeline::tables_hash() ^ sites.hash()),
        max_event_bytes: settings.worker.max_event_bytes,
        max_dead_letter_bytes: max_dead_letter_bytes(settings),
        pass_through_headers: settings.worker.pass_through_headers.clone(),
    })
}

/// Whatever the raw topic takes fits into a dead letter whole, with its marks, and leaves the topic of dead letters a margin: brokers
/// may compress anew.
fn max_dead_letter_bytes(settings: &Settings) -> usize {
    const MARKS: usize = 4096;
    (settings.topics.max_raw_bytes + RECORD_MARGIN) as usize + MARKS
}

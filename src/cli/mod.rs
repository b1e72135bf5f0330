//! The commands, one file each. They read arguments, call the library, print, and choose the exit code.

pub mod audit;
pub mod check;
pub mod extract;
pub mod pretty;
pub mod run;
pub mod schema;
pub mod skip;
pub mod topics;

use std::path::Path;

use copydesk::config::Settings;
use copydesk::pipeline::PipelineSettings;

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

    /// Something outside does not answer or does not fit.
    pub fn unavailable(message: impl Into<String>) -> Failure {
        Failure::new(69, message)
    }

    /// The worker ended with an error; its supervisor starts it again.
    pub fn worker(message: impl Into<String>) -> Failure {
        Failure::new(70, message)
    }

    /// The output can't be written.
    pub fn output(message: impl Into<String>) -> Failure {
        Failure::new(74, message)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Failure {
        Failure::new(78, message)
    }

    /// A check found something.
    pub fn found(message: impl Into<String>) -> Failure {
        Failure::new(1, message)
    }

    /// The end came early, and nobody needs to be told.
    pub fn quiet() -> Failure {
        Failure::new(0, "")
    }
}

/// Reads the settings: file, environment, flags. All errors at once.
pub fn settings(file: Option<&Path>, flags: &[(String, String)]) -> Result<Settings, Failure> {
    let text = match file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|e| Failure::config(format!("{}: {e}", path.display())))?),
        None => None,
    };
    let name = file.map(|p| p.display().to_string()).unwrap_or_default();
    let source = text.as_deref().map(|text| (text, name.as_str()));
    Settings::load(source, std::env::vars(), flags).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
        Failure::config(format!("the configuration has {} error(s):\n{}", errors.len(), lines.join("\n")))
    })
}

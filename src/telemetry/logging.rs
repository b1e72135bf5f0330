//! The log that people read: lines or JSON on standard error, and panics in it like everything else.
//!
//! ERROR: an operator must act. WARN: unexpected, nothing lost. INFO: the life of the worker. DEBUG: never for each record.
//! Standard output belongs to commands that print data.

use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;
use crate::text::panic;
use crate::text::terminal::LogLines;

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is none.
    #[error("not a log filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else in the process logs already.
    #[error("the log is set up already: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sets up the log of the process, once, and lets panics write to it.
pub fn init(format: LogFormat, filter: &str) -> Result<(), LoggingError> {
    let is_json = format == LogFormat::Json;
    // Lines quote pages, file names and brokers.
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::try_new(filter)?).with_writer(move || LogLines { is_json });
    match format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(false).finish().try_init()?,
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs a panic. The pool catches those of a record, so one here is not yet the end of the process.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    let message = panic::message(info.payload());
    match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => {
            tracing::error!(thread = thread.name().unwrap_or("?"), place, %backtrace, "panic: {message}");
        }
        _ => tracing::error!(thread = thread.name().unwrap_or("?"), place, "panic: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_filter_is_an_error() {
        assert!(matches!(init(LogFormat::Json, "copydesk=loud"), Err(LoggingError::Filter(_))));
    }

    /// Not a test by itself: the process that the next one starts, for the log is set up once a process.
    #[test]
    #[ignore = "run by a_panic_is_a_line_of_json"]
    fn speaks() {
        init(LogFormat::Json, "info,copydesk::telemetry=debug").unwrap();
        tracing::debug!(answer = 42, "said");
        assert!(init(LogFormat::Text, "info").is_err(), "it is set up already");
        let died = std::thread::Builder::new().name("pool-1".into()).spawn(|| panic!("a page \"quoted\"\nover lines")).unwrap().join();
        assert!(died.is_err());
    }

    #[test]
    fn a_panic_is_a_line_of_json() {
        let this = std::env::current_exe().unwrap();
        let run = std::process::Command::new(this)
            .args(["--exact", "telemetry::logging::tests::speaks", "--ignored", "--nocapture", "--test-threads=1"])
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        let text = String::from_utf8(run.stderr).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!((&lines[0]["message"], &lines[0]["answer"], &lines[0]["level"]), (&"said".into(), &42.into(), &"DEBUG".into()));
        let panic = &lines[1];
        assert_eq!((&panic["level"], &panic["thread"]), (&"ERROR".into(), &"pool-1".into()));
        assert_eq!(panic["message"], "panic: a page \"quoted\"\nover lines");
        assert!(panic["place"].as_str().unwrap().contains("logging.rs:"), "{panic}");
        assert_eq!(lines.len(), 2);
    }
}

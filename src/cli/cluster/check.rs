//! `copydesk check`: configuration, brokers, topics and rights, before a worker is started.

use clap::Args;
use copydesk::config::Settings;
use copydesk::kafka::plan::Severity;
use copydesk::kafka::{rights, topics};

use super::show;
use super::{connection, plan};
use crate::cli::Failure;

/// Check the configuration, the brokers, the topics and the rights of this user.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Only the configuration: connect to nothing.
    #[arg(long)]
    offline: bool,
    /// Try the right to write too, in a transaction under the worker's name that is aborted. It ends a worker that runs under that name.
    #[arg(long)]
    as_worker: bool,
}

/// Runs the command.
pub fn run(args: &CheckArgs, settings: &Settings) -> Result<(), Failure> {
    // Site rules are a part of it.
    crate::cli::pipeline_settings(settings)?;
    println!("configuration: ok\n\n{}", settings.to_toml_redacted());
    settings.warnings().iter().for_each(|warning| show(&format!("configuration: warning: {warning}")));
    let (memory, megabytes) = (settings.memory(), |bytes: u64| (bytes + 500_000) / 1_000_000);
    println!("memory: {} MB at most, {} MB of it for the index", megabytes(memory.total()), megabytes(memory.index));
    if args.offline {
        return Ok(());
    }
    let connection = connection(settings)?;
    let findings = topics::check(&connection, &plan(settings)).map_err(|e| Failure::unavailable(e.to_string()))?;
    println!("brokers: ok ({})", settings.kafka.bootstrap_servers);
    findings.iter().for_each(|finding| show(&format!("topics: {finding}")));
    let mut errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let denied = rights::check(super::port_settings(settings)?, args.as_worker);
    for right in &denied {
        show(&format!("rights: error: {right}"));
    }
    errors += denied.len();
    if errors > 0 {
        return Err(Failure::found(format!("{errors} error(s): the worker would not run")));
    }
    println!("rights: ok{}", if args.as_worker { "" } else { " (to read; --as-worker tries to write too)" });
    Ok(())
}

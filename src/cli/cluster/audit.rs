//! `copydesk audit`: whether every raw record came out exactly once.

use clap::Args;
use copydesk::config::Settings;
use copydesk::kafka::audit::audit;

use super::connection;
use super::show;
use crate::cli::Failure;

/// Join the output topics with the raw topics: missing, doubled, unknown, dangling.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The consumer group; the configured one where not given.
    #[arg(long)]
    group: Option<String>,
}

/// Runs the command. The first line is the four numbers; the exit code is 1 where one is not 0.
pub fn run(args: &AuditArgs, settings: &Settings) -> Result<(), Failure> {
    let group = args.group.as_deref().unwrap_or(&settings.kafka.group);
    let report = audit(&connection(settings)?, group, &settings.topics).map_err(|e| Failure::unavailable(e.to_string()))?;
    show(report.to_string().trim_end());
    if report.is_clean() { Ok(()) } else { Err(Failure::found("the audit found something")) }
}

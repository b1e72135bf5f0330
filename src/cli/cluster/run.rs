//! `copydesk run`: a worker on a real cluster, until SIGTERM.
//!
//! It checks the topics' promises at the start and then hourly, and refuses to work where one can't be kept.

use std::time::Duration;

use clap::Args;
use copydesk::config::Settings;
use copydesk::kafka::client::Connection;
use copydesk::kafka::plan::{Plan, Severity};
use copydesk::kafka::topics;
use copydesk::telemetry::logging;

use super::service::Service;
use super::{connection, plan, port_settings};
use crate::cli::Failure;

/// Work: consume, publish, until SIGTERM.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Go on where committed offsets lie below the raw topic's start: records were deleted before they were read.
    #[arg(long)]
    accept_loss: bool,
    /// Accept a cluster of one broker: the loss of its disk loses articles and decisions.
    #[arg(long)]
    single_broker: bool,
}

/// How often the topics' promises are checked while it runs.
const TOPIC_CHECK: Duration = Duration::from_secs(3600);

/// Runs the command.
pub fn run(args: &RunArgs, settings: &Settings) -> Result<(), Failure> {
    logging::init(settings.log.format, &settings.log.filter).map_err(|e| Failure::config(e.to_string()))?;
    let mut settings = settings.clone();
    settings.kafka.single_broker |= args.single_broker;
    settings.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    let service = Service::new(&settings)?;
    let server = service.serve(&settings).map_err(|e| Failure::config(e.to_string()))?;
    if let Some((address, _)) = &server {
        tracing::info!("health and metrics on http://{address}");
    }
    let connection = connection(&settings)?;
    let plan = plan(&settings);
    check_topics(&connection, &plan)?;
    keep_checking_topics(connection, plan);
    let mut port_settings = port_settings(&settings)?;
    port_settings.accept_loss = args.accept_loss;
    let result = service.work(&settings, port_settings);
    if let Some((_, server)) = server {
        server.stop();
    }
    result
}

/// The promises of the topics. Where one can't be kept, the worker does not start. Brokers that don't answer are waited for.
fn check_topics(connection: &Connection, plan: &Plan) -> Result<(), Failure> {
    let findings = topics::check(connection, plan).map_err(|e| Failure::unavailable(e.to_string()))?;
    let mut errors = Vec::new();
    for finding in findings {
        match finding.severity {
            Severity::Warning => tracing::warn!("{finding}"),
            Severity::Error => errors.push(finding.to_string()),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::unavailable(errors.join("\n"))) }
}

/// The log's promises may be broken later by somebody's change: that must not go unseen for ever.
fn keep_checking_topics(connection: Connection, plan: Plan) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(TOPIC_CHECK);
            match topics::check(&connection, &plan) {
                // An outage is no broken promise.
                Err(error) => tracing::warn!(%error, "the topics can't be checked now"),
                Ok(findings) => {
                    let broken: Vec<String> = findings.iter().filter(|f| f.severity == Severity::Error).map(ToString::to_string).collect();
                    if !broken.is_empty() {
                        tracing::error!(findings = broken.join("; "), "a topic's promise was broken: ending the process");
                        std::process::exit(69);
                    }
                }
            }
        }
    });
}

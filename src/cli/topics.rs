//! `copydesk topics create|check`: the topics and their promises.

use clap::{Args, Subcommand};
use copydesk::config::Settings;
use copydesk::kafka::plan::Severity;
use copydesk::kafka::topics::{self, TopicReport};

use super::{Failure, connection, plan, show};

/// Make or check the topics.
#[derive(Debug, Args)]
pub struct TopicsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Make those that don't exist; existing ones are left as they are and checked.
    Create {
        /// Partitions of a new raw topic: the most workers that can share it.
        #[arg(long, default_value_t = 12)]
        partitions: i32,
        /// Partitions of new output topics.
        #[arg(long, default_value_t = 12)]
        output_partitions: i32,
    },
    /// Say what is not as it should be.
    Check,
}

/// Runs the command.
pub fn run(args: &TopicsArgs, settings: &Settings) -> Result<(), Failure> {
    let connection = connection(settings)?;
    let mut plan = plan(settings);
    let findings = match args.action {
        Action::Create { partitions, output_partitions } => {
            plan.raw_partitions = partitions;
            plan.output_partitions = output_partitions;
            let reports = topics::create(&connection, &plan).map_err(|e| Failure::unavailable(e.to_string()))?;
            reports.iter().for_each(print_report);
            reports.into_iter().flat_map(|r| r.findings).collect()
        }
        Action::Check => {
            let findings = topics::check(&connection, &plan).map_err(|e| Failure::unavailable(e.to_string()))?;
            findings.iter().for_each(|finding| show(&finding.to_string()));
            findings
        }
    };
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    if errors > 0 {
        return Err(Failure::found(format!("{errors} error(s): the worker would not run")));
    }
    println!("ok");
    Ok(())
}

fn print_report(report: &TopicReport) {
    println!("{:<9} {}", if report.created { "created" } else { "exists" }, report.topic);
    report.findings.iter().for_each(|finding| show(&format!("  {finding}")));
}

//! `copydesk topics create|check`: the topics and their promises.

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use copydesk::config::{SecurityProtocol, Settings};
use copydesk::kafka::plan::{Plan, Severity};
use copydesk::kafka::topics::{self, TopicReport};

use super::show;
use super::{connection, plan};
use crate::cli::Failure;

/// Make or check the topics.
#[derive(Debug, Args)]
pub struct TopicsArgs {
    #[command(subcommand)]
    action: Action,
}

/// For whom the topics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PrintAs {
    /// Commands of Kafka's own tool.
    Commands,
    /// Resources of the Strimzi operator.
    Strimzi,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Make those that don't exist; existing ones are left as they are and checked.
    Create {
        /// Partitions of a new raw topic: the most workers that can share it.
        #[arg(long, default_value_t = 12)]
        partitions: i32,
        /// Partitions of new output topics.
        #[arg(long, default_value_t = 12)]
        output_partitions: i32,
        /// Make nothing, ask no broker: print how to make them.
        #[arg(long, value_name = "AS")]
        print: Option<PrintAs>,
        /// The name of the Kafka resource that the printed Strimzi resources belong to.
        #[arg(long, value_name = "NAME", required_if_eq("print", "strimzi"), value_parser = cluster_name)]
        strimzi_cluster: Option<String>,
    },
    /// Say what is not as it should be.
    Check,
}

/// Runs the command.
pub fn run(args: &TopicsArgs, settings: &Settings) -> Result<(), Failure> {
    let connection = connection(settings)?;
    let mut plan = plan(settings);
    let findings = match &args.action {
        Action::Create { partitions, output_partitions, print, strimzi_cluster } => {
            plan.raw_partitions = *partitions;
            plan.output_partitions = *output_partitions;
            if strimzi_cluster.is_some() && *print != Some(PrintAs::Strimzi) {
                return Err(Failure::usage("--strimzi-cluster goes with --print strimzi"));
            }
            if let Some(print) = print {
                return print_plan(&plan, *print, settings, strimzi_cluster.as_deref());
            }
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

/// A name that Kubernetes takes for a resource (RFC 1123 subdomain).
fn cluster_name(name: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(is_label) { Ok(name.to_owned()) } else { Err("is no name of a Kubernetes resource".to_owned()) }
}

fn print_plan(plan: &Plan, print: PrintAs, settings: &Settings, cluster: Option<&str>) -> Result<(), Failure> {
    plan.validate().map_err(|e| Failure::usage(e.to_string()))?;
    let secured = settings.kafka.security_protocol != SecurityProtocol::Plaintext;
    let text = match print {
        PrintAs::Commands => plan.commands(&settings.kafka.bootstrap_servers, secured.then_some("client.properties")),
        PrintAs::Strimzi => plan.strimzi(cluster.unwrap_or_default()),
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::output(e.to_string()))
}

fn print_report(report: &TopicReport) {
    println!("{:<9} {}", if report.created { "created" } else { "exists" }, report.topic);
    report.findings.iter().for_each(|finding| show(&format!("  {finding}")));
}

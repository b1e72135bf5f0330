//! The `copydesk` command: arguments, logging, exit codes. Everything else is in the library and in `cli/`.

mod cli;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A streaming news-pipeline worker: raw article pages in from Kafka, normalized events out, exactly once.
#[derive(Debug, Parser)]
#[command(name = "copydesk", version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration (TOML). Environment variables go over it: COPYDESK_KAFKA__GROUP for kafka.group.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, over file and environment.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "worker")]
    #[command(flatten)]
    Cluster(cli::cluster::Command),
    Extract(cli::extract::ExtractArgs),
    Schema(cli::schema::SchemaArgs),
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not KEY=VALUE"))?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = cli::settings(arguments.config.as_deref(), &arguments.set).and_then(|settings| match &arguments.command {
        #[cfg(feature = "worker")]
        Command::Cluster(command) => command.run(&settings),
        Command::Extract(args) => cli::extract::run(args, &settings),
        Command::Schema(args) => cli::schema::run(args),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                cli::say(&format!("copydesk: {}", failure.message));
            }
            ExitCode::from(failure.code)
        }
    }
}

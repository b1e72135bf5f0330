//! The commands that need a cluster, and what they make of the settings: how the brokers are reached, which topics there should be, the worker's clients.

pub mod audit;
pub mod check;
pub mod feed;
pub mod run;
mod service;
pub mod skip;
pub mod standalone;
pub mod topics;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Subcommand;
use copydesk::config::memory::PREFETCH_SHARE;
use copydesk::config::{SaslMechanism, Settings};
use copydesk::kafka::client::Connection;
use copydesk::kafka::embedded::Brokers;
use copydesk::kafka::plan::Plan;
use copydesk::kafka::setup::PortSettings;
use copydesk::kafka::tokens::endpoint::ClientCredentials;
use copydesk::kafka::tokens::{TokenSource, Tokens};
use copydesk::text::terminal::printable;

use super::{Failure, max_dead_letter_bytes};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work: consume, publish, until SIGTERM.
    Run(run::RunArgs),
    Standalone(standalone::StandaloneArgs),
    Feed(feed::FeedArgs),
    Topics(topics::TopicsArgs),
    Check(check::CheckArgs),
    Audit(audit::AuditArgs),
    Skip(skip::SkipArgs),
}

impl Command {
    /// Runs it.
    pub fn run(&self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Command::Run(args) => run::run(args, settings),
            Command::Standalone(args) => standalone::run(args, settings),
            Command::Feed(args) => feed::run(args, settings),
            Command::Topics(args) => topics::run(args, settings),
            Command::Check(args) => check::run(args, settings),
            Command::Audit(args) => audit::run(args, settings),
            Command::Skip(args) => skip::run(args, settings),
        }
    }
}

impl Failure {
    /// Something outside does not answer or does not fit.
    pub fn unavailable(message: impl Into<String>) -> Failure {
        Failure::new(69, message)
    }

    /// The worker ended with an error; its supervisor starts it again.
    pub fn worker(message: impl Into<String>) -> Failure {
        Failure::new(70, message)
    }

    /// A check found something.
    pub fn found(message: impl Into<String>) -> Failure {
        Failure::new(1, message)
    }
}

/// A line to standard output, made harmless: it may quote a broker.
pub fn show(text: &str) {
    println!("{}", printable(text, '\n'));
}

/// The raw topic of this name, or the only one. Where there are several, one must be named, because `else_why`.
pub fn raw_topic<'s>(name: Option<&str>, settings: &'s Settings, else_why: &str) -> Result<&'s str, Failure> {
    let names = settings.topics.raw.names();
    let all = || names.join(", ");
    match (name, names) {
        (Some(name), _) => names
            .iter()
            .map(String::as_str)
            .find(|own| *own == name)
            .ok_or_else(|| Failure::usage(format!("--topic {name} is none of the raw topics of the configuration: {}", all()))),
        (None, [one]) => Ok(one),
        (None, _) => Err(Failure::usage(format!("there are several raw topics ({}) and {else_why}: name one with --topic", all()))),
    }
}

/// How the brokers are reached. Properties that can't be used are refused here, all at once.
pub fn connection(settings: &Settings) -> Result<Connection, Failure> {
    let mut properties: BTreeMap<String, String> = settings.kafka.client_properties().into_iter().collect();
    let bootstrap = properties.remove("bootstrap.servers").unwrap_or_default();
    let connection = Connection { bootstrap, properties, tokens: token_source(settings).map(Tokens::new) };
    connection.validate().map_err(|e| Failure::config(e.to_string()))?;
    Ok(connection)
}

/// Where tokens for OAUTHBEARER come from.
fn token_source(settings: &Settings) -> Option<TokenSource> {
    let kafka = &settings.kafka;
    if kafka.sasl_mechanism != Some(SaslMechanism::OauthBearer) {
        return None;
    }
    if let Some(file) = &kafka.oauthbearer_token_file {
        return Some(TokenSource::File(file.into()));
    }
    Some(TokenSource::ClientCredentials(ClientCredentials {
        endpoint: kafka.oauthbearer_token_endpoint_url.clone()?,
        client_id: kafka.oauthbearer_client_id.clone()?,
        client_secret: kafka.oauthbearer_client_secret.clone()?,
        scope: kafka.oauthbearer_scope.clone(),
        authorities: kafka.oauthbearer_ca_location.as_ref().map(Into::into),
    }))
}

/// The topics and their promises.
pub fn plan(settings: &Settings) -> Plan {
    let window = Duration::from_secs(u64::from(settings.dedupe.window_hours) * 3600);
    let defaults = Plan::default();
    let log_retention = defaults.log_retention.max(2 * window + defaults.longest_outage);
    Plan {
        topics: settings.topics.clone(),
        single_broker: settings.kafka.single_broker,
        window,
        window_entries: u64::from(settings.dedupe.window_entries),
        log_retention,
        max_event_bytes: u32::try_from(settings.worker.max_event_bytes).unwrap_or(u32::MAX),
        ..defaults
    }
}

/// The stable name of this instance: as set, else the host's.
pub fn instance(settings: &Settings) -> Result<String, Failure> {
    let host = || std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    let name = settings.kafka.instance.clone().or_else(host).map(|name| name.trim().to_owned());
    name.filter(|name| !name.is_empty()).ok_or_else(|| Failure::config("set kafka.instance: a name of this worker that outlives a restart"))
}

/// What the worker's clients are made of.
pub fn port_settings(settings: &Settings) -> Result<PortSettings, Failure> {
    let own = |properties: &copydesk::config::Properties| properties.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<BTreeMap<_, _>>();
    let mut consumer = own(&settings.kafka.consumer);
    if let Some(id) = &settings.kafka.group_instance_id {
        consumer.insert("group.instance.id".to_owned(), id.clone());
    }
    Ok(PortSettings {
        connection: connection(settings)?,
        brokers: Brokers::Cluster,
        consumer,
        producer: own(&settings.kafka.producer),
        group: settings.kafka.group.clone(),
        instance: instance(settings)?,
        topics: settings.topics.clone(),
        start_from: settings.kafka.start_from,
        accept_loss: false,
        session_timeout_ms: settings.kafka.session_timeout_ms,
        transaction_timeout_ms: settings.kafka.transaction_timeout_ms,
        prefetch_bytes: settings.worker.max_in_flight_bytes / PREFETCH_SHARE,
        max_event_bytes: settings.worker.max_event_bytes,
        max_record_bytes: settings.worker.max_event_bytes.max(max_dead_letter_bytes(settings)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_the_defaults_is_the_default_plan() {
        assert_eq!(plan(&Settings::default()), Plan::default());
    }

    #[test]
    fn a_raw_topic_is_named_where_there_are_several() {
        let mut settings = Settings::default();
        assert_eq!(raw_topic(None, &settings, "").unwrap(), "news.raw");
        settings.topics.raw.0 = vec!["crawl".into(), "wire".into()];
        assert_eq!(raw_topic(Some("wire"), &settings, "").unwrap(), "wire");
        for name in [None, Some("news.raw"), Some("")] {
            assert!(raw_topic(name, &settings, "it could be of any").unwrap_err().message.contains("crawl, wire"), "{name:?}");
        }
    }
}

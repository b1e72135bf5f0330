//! The commands, one file each. They read arguments, call the library, print, and choose the exit code.

pub mod audit;
pub mod check;
mod explain;
pub mod extract;
pub mod feed;
pub mod pretty;
pub mod run;
pub mod schema;
mod service;
pub mod skip;
pub mod standalone;
pub mod topics;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use copydesk::config::memory::PREFETCH_SHARE;
use copydesk::config::{ClientRole, SaslMechanism, Settings, StartFrom, environment};
use copydesk::kafka::client::Connection;
use copydesk::kafka::embedded::Brokers;
use copydesk::kafka::plan::{Plan, RECORD_MARGIN};
use copydesk::kafka::setup::{self, PortSettings};
use copydesk::kafka::tokens::endpoint::ClientCredentials;
use copydesk::kafka::tokens::{TokenSource, Tokens};
use copydesk::parse::sites::Sites;
use copydesk::pipeline::PipelineSettings;
use copydesk::telemetry::terminal::{printable, printable_json};

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

/// A line to standard error, made harmless: it may quote a file's name, an archive or a broker.
pub fn say(text: &str) {
    eprintln!("{}", printable(text, '\n'));
}

/// The same to standard output.
pub fn show(text: &str) {
    println!("{}", printable(text, '\n'));
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
        max_dead_letter_bytes: max_dead_letter_bytes(&plan(settings)),
        pass_through_headers: settings.worker.pass_through_headers.clone(),
    })
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

/// Whatever the raw topic takes fits into a dead letter whole, with its marks, and leaves the topic of dead letters a margin: brokers
/// may compress anew.
fn max_dead_letter_bytes(plan: &Plan) -> usize {
    const MARKS: usize = 4096;
    (plan.max_raw_bytes + RECORD_MARGIN) as usize + MARKS
}

/// How the brokers are reached. Properties that can't be used are refused here, all at once.
pub fn connection(settings: &Settings) -> Result<Connection, Failure> {
    let mut properties: BTreeMap<String, String> = settings.kafka.client_properties(ClientRole::Admin).into_iter().collect();
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
        raw: settings.topics.raw.names().to_vec(),
        articles: settings.topics.articles.clone(),
        duplicates: settings.topics.duplicates.clone(),
        dead_letters: settings.topics.dead_letters.clone(),
        fingerprints: settings.topics.fingerprints.clone(),
        replication: settings.topics.replication,
        min_insync_replicas: settings.topics.min_insync_replicas,
        accept_unsupported: settings.topics.accept_unsupported.clone(),
        max_raw_bytes: settings.topics.max_raw_bytes,
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
    let plan = plan(settings);
    Ok(PortSettings {
        connection: connection(settings)?,
        brokers: Brokers::Cluster,
        consumer,
        producer: own(&settings.kafka.producer),
        group: settings.kafka.group.clone(),
        instance: instance(settings)?,
        raw_topics: settings.topics.raw.names().to_vec(),
        articles: settings.topics.articles.clone(),
        duplicates: settings.topics.duplicates.clone(),
        dead_letters: settings.topics.dead_letters.clone(),
        start_from: match settings.kafka.start_from {
            StartFrom::Earliest => setup::StartFrom::Earliest,
            StartFrom::Latest => setup::StartFrom::Latest,
            StartFrom::Time(time) => setup::StartFrom::Time(time.as_millisecond()),
        },
        accept_loss: false,
        session_timeout_ms: settings.kafka.session_timeout_ms,
        transaction_timeout_ms: settings.kafka.transaction_timeout_ms,
        prefetch_bytes: settings.worker.max_in_flight_bytes / PREFETCH_SHARE,
        max_event_bytes: settings.worker.max_event_bytes,
        max_record_bytes: settings.worker.max_event_bytes.max(max_dead_letter_bytes(&plan)),
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

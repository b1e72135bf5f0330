//! `copydesk run`: a worker on a real cluster, until SIGTERM.
//!
//! It checks the topics, serves health and metrics, and watches the two Kafka threads: one that stands still ends the process,
//! and its supervisor starts it again.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use copydesk::config::Settings;
use copydesk::http::{self, HttpServer, HttpState};
use copydesk::kafka::client::Connection;
use copydesk::kafka::log::KafkaLog;
use copydesk::kafka::plan::{Plan, Severity};
use copydesk::kafka::topics;
use copydesk::kafka::transaction::KafkaPort;
use copydesk::pipeline::Pipeline;
use copydesk::telemetry::{BuildInfo, Health, Metrics, logging};
use copydesk::worker::{EngineSettings, Stop, Worker};

use super::{Failure, connection, pipeline_settings, plan, port_settings};

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

/// No client call may take longer than a transaction. One that takes so much more will not come back: with a transaction coordinator killed,
/// `send_offsets_to_transaction` was seen to hang for good, whatever its timeout.
const WATCHDOG_MARGIN: Duration = Duration::from_secs(15);

/// Runs the command.
pub fn run(args: &RunArgs, settings: &Settings) -> Result<(), Failure> {
    logging::init(settings.log.format, &settings.log.filter).map_err(|e| Failure::config(e.to_string()))?;
    let mut settings = settings.clone();
    settings.kafka.single_broker |= args.single_broker;
    let pipeline_settings = pipeline_settings(&settings);
    let config_hash = pipeline_settings.config_hash.clone();
    let stall_limit = Duration::from_millis(u64::from(settings.http.stall_limit_ms));
    let health = Arc::new(Health::new(stall_limit));
    let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
    let metrics = Arc::new(Metrics::new(BuildInfo::new(librdkafka, config_hash), settings.topics.raw.clone(), health.clone()));
    let server = serve(&settings, metrics.clone(), health.clone())?;

    let stop = Stop::default();
    listen_for_signals(stop.clone())?;
    watch(health.clone(), Duration::from_millis(u64::from(settings.kafka.transaction_timeout_ms)) + WATCHDOG_MARGIN);
    let connection = connection(&settings)?;
    let plan = plan(&settings);
    check_topics(&connection, &plan)?;
    keep_checking_topics(connection.clone(), plan);

    let mut port_settings = port_settings(&settings)?;
    port_settings.accept_loss = args.accept_loss;
    tracing::info!(group = port_settings.group, instance = port_settings.instance, raw = port_settings.raw_topic, "worker starts");
    let failed = |e: copydesk::kafka::port::PortError| Failure::worker(e.to_string());
    let worker = Worker {
        log: KafkaLog::new(connection, &port_settings.group, &settings.topics.fingerprints).map_err(failed)?,
        port: KafkaPort::new(port_settings).map_err(failed)?,
        pipeline: Arc::new(Pipeline::new(pipeline_settings)),
        raw_topic: settings.topics.raw.clone(),
        settings: engine_settings(&settings),
        threads: threads(&settings),
        metrics,
    };
    let result = worker.run(&stop, &health);
    if let Some(server) = server {
        server.stop();
    }
    match result {
        Ok(()) => {
            tracing::info!("worker has stopped");
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, "worker ends");
            Err(Failure::worker(error.to_string()))
        }
    }
}

fn serve(settings: &Settings, metrics: Arc<Metrics>, health: Arc<Health>) -> Result<Option<HttpServer>, Failure> {
    if !settings.http.enabled {
        return Ok(None);
    }
    let (address, server) = http::serve(settings.http.listen, HttpState { metrics, health }).map_err(|e| Failure::config(e.to_string()))?;
    tracing::info!("health and metrics on http://{address}");
    Ok(Some(server))
}

fn threads(settings: &Settings) -> usize {
    match settings.worker.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

fn engine_settings(settings: &Settings) -> EngineSettings {
    let worker = &settings.worker;
    EngineSettings {
        max_in_flight_bytes: worker.max_in_flight_bytes,
        batch_max_messages: worker.batch_max_messages,
        batch_max_bytes: worker.batch_max_bytes,
        batch_max_wait: Duration::from_millis(u64::from(worker.batch_max_wait_ms)),
        max_batches: worker.max_batches_in_flight,
        transaction_timeout: Duration::from_millis(u64::from(settings.kafka.transaction_timeout_ms)),
        shutdown_grace: Duration::from_millis(u64::from(worker.shutdown_grace_ms)),
    }
}

/// The first SIGTERM or SIGINT asks for the stop, the second ends the process.
fn listen_for_signals(stop: Stop) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |e: std::io::Error| Failure::worker(format!("signals can't be heard: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?)
    };
    let listen = move || {
        runtime.block_on(async {
            for round in 0.. {
                tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
                if round > 0 {
                    tracing::warn!("asked to stop twice: ending at once; the next instance of this name goes on");
                    std::process::exit(1);
                }
                tracing::info!("asked to stop");
                stop.ask();
            }
        });
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map(drop).map_err(failed)
}

/// Ends the process where a loop stands still: a client call has outlived its limit, and no error will come.
fn watch(health: Arc<Health>, limit: Duration) {
    use copydesk::telemetry::Component;
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            for component in [Component::Worker, Component::Log] {
                if let Some(age) = health.age(component)
                    && age > limit
                {
                    tracing::error!(?component, seconds = age.as_secs(), "a kafka thread stands still: ending the process");
                    std::process::exit(70);
                }
            }
        }
    });
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

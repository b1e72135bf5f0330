//! What `run` and `standalone` share: a worker in this process with its metrics, its health, the signals that stop it and the
//! watchdog that ends it where a client call never comes back.
//!
//! It must not know what stands behind the brokers' addresses.

use std::sync::Arc;
use std::time::Duration;

use copydesk::config::Settings;
use copydesk::http::{self, Cluster, HttpError, HttpServer, HttpState};
use copydesk::kafka::log::KafkaLog;
use copydesk::kafka::setup::PortSettings;
use copydesk::kafka::transaction::KafkaPort;
use copydesk::pipeline::{Pipeline, PipelineSettings};
use copydesk::stop::Stop;
use copydesk::telemetry::{BuildInfo, Component, Health, Metrics, Recent};
use copydesk::worker::{EngineSettings, Worker};

use crate::cli::{Failure, pipeline_settings};

/// No client call may take longer than a transaction. One that takes so much more will not come back: with a transaction coordinator killed,
/// `send_offsets_to_transaction` was seen to hang for good, whatever its timeout.
const WATCHDOG_MARGIN: Duration = Duration::from_secs(15);

/// A record that takes longer is told of: a hundred times as long as a large page takes.
const SLOW_RECORD: Duration = Duration::from_secs(5);

/// A worker before it works.
pub struct Service {
    pipeline: PipelineSettings,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    /// Asks the worker to stop; signals do so too.
    pub stop: Stop,
}

impl Service {
    /// Sets up metrics and health, and hears signals from now on.
    pub fn new(settings: &Settings) -> Result<Service, Failure> {
        let pipeline = pipeline_settings(settings)?;
        let health = Arc::new(Health::new(Duration::from_millis(u64::from(settings.http.stall_limit_ms))));
        let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
        let build = BuildInfo::new(librdkafka, pipeline.config_hash.clone());
        let shows = settings.http.enabled && settings.http.hides_articles().is_none();
        let recent = if shows { Recent::new(settings.http.recent_events, settings.http.recent_bytes) } else { Recent::default() };
        let metrics = Arc::new(Metrics::new(build, settings.topics.raw.names().to_vec(), health.clone()).keeping(recent));
        let stop = Stop::default();
        listen_for_signals(stop.clone())?;
        Ok(Service { pipeline, metrics, health, stop })
    }

    /// Serves status page, health and metrics, if wanted, and returns where.
    pub fn serve(&self, settings: &Settings) -> Result<Option<(std::net::SocketAddr, HttpServer)>, HttpError> {
        if !settings.http.enabled {
            return Ok(None);
        }
        let (bootstrap, group) = (settings.kafka.bootstrap_servers.clone(), settings.kafka.group.clone());
        let cluster = Cluster { bootstrap, group, topics: settings.topics.clone() };
        let http = &settings.http;
        let state = HttpState {
            metrics: self.metrics.clone(),
            health: self.health.clone(),
            cluster,
            host_names: http.host_names.clone(),
            hidden: http.hides_articles(),
        };
        http::serve(settings.http.listen, state).map(Some)
    }

    /// Works on this thread until the stop is asked for or an error ends it.
    pub fn work(self, settings: &Settings, port: PortSettings) -> Result<(), Failure> {
        watch(self.health.clone(), Duration::from_millis(u64::from(settings.kafka.transaction_timeout_ms)) + WATCHDOG_MARGIN);
        tracing::info!(group = port.group, instance = port.instance, raw = port.topics.raw.names().join(", "), "worker starts");
        let failed = |e: copydesk::kafka::port::PortError| Failure::worker(e.to_string());
        let worker = Worker {
            log: KafkaLog::new(port.connection.clone(), port.brokers, &port.group, &port.topics.fingerprints).map_err(failed)?,
            port: KafkaPort::new(port).map_err(failed)?,
            pipeline: Arc::new(Pipeline::new(self.pipeline).map_err(|e| Failure::config(e.to_string()))?),
            raw_topics: settings.topics.raw.names().to_vec(),
            settings: engine_settings(settings),
            threads: threads(settings),
            metrics: self.metrics,
        };
        match worker.run(&self.stop, &self.health) {
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
        slow_record: SLOW_RECORD,
    }
}

/// The first SIGTERM or SIGINT asks for the stop, the second ends the process.
pub(super) fn listen_for_signals(stop: Stop) -> Result<(), Failure> {
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

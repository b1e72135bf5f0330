//! The life of a worker: the log thread rebuilds its index, then the worker thread joins the group; whichever ends first ends the other.
//!
//! Starting → rebuilding → working → stopping. No partition is taken before the index has reached the end that the log had at the start.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::kafka::port::{LogPort, TransactionalPort};
use crate::pipeline::Pipeline;
use crate::telemetry::{Component, ComponentState, Health, Metrics};
use crate::worker::log_thread::{Lines, LogThread, LogThreadError, Skips};

use super::engine::{Engine, EngineError, EngineSettings, LogLines};
use super::patience::Patience;
use super::pool::Pool;
use super::stats::Stats;
use crate::stop::Stop;

/// Why a worker ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The worker thread.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The log thread.
    #[error(transparent)]
    Log(#[from] LogThreadError),
    /// No thread could be started.
    #[error("no thread could be started: {0}")]
    Thread(#[from] std::io::Error),
    /// A thread panicked: a bug.
    #[error("the {0} thread panicked")]
    Panicked(&'static str),
}

/// What a worker is made of.
#[derive(Debug)]
pub struct Worker<P, L> {
    /// The worker thread's port.
    pub port: P,
    /// The log thread's port.
    pub log: L,
    /// The pipeline.
    pub pipeline: Arc<Pipeline>,
    /// The raw topics.
    pub raw_topics: Vec<String>,
    /// Bounds.
    pub settings: EngineSettings,
    /// Threads of the pool.
    pub threads: usize,
    /// Where both threads publish what they count.
    pub metrics: Arc<Metrics>,
}

impl<P: TransactionalPort, L: LogPort + Send> Worker<P, L> {
    /// Works on this thread until the stop is asked for or an error ends it.
    pub fn run(self, stop: &Stop, health: &Health) -> Result<(), WorkerError> {
        let max_batches = self.settings.max_batches + 2;
        let (asks, ask_queue) = bounded(max_batches);
        let (answer_queue, answers) = bounded(max_batches * 2);
        let (ready_in, ready) = bounded::<()>(1);
        let skips = Skips::default();
        let lines = Lines { asks: ask_queue, answers: answer_queue, skips: skips.clone(), metrics: self.metrics.clone() };
        let mut log = LogThread::new(self.log, self.pipeline.rules().clone(), &self.raw_topics, lines);
        let stats = Stats::new(self.metrics, self.settings.max_in_flight_bytes, self.threads);
        let pool = Pool::start(self.pipeline, self.threads, self.settings.max_in_flight_messages())?;
        let mut port = self.port;
        // First of all: offsets that a dead instance of this name left pending block every reader of the group's offsets.
        let patience = Patience { stop, health };
        patience.call(&mut port, || {}, |port| port.init()).map_err(EngineError::from)?;
        let mark = patience.call(&mut port, || {}, |port| port.newest_mark()).map_err(EngineError::from)?;
        std::thread::scope(|scope| {
            let log_thread = std::thread::Builder::new().name("log".into()).spawn_scoped(scope, move || -> Result<(), LogThreadError> {
                log.restore(mark, jiff::Timestamp::now().as_millisecond(), |position, end| {
                    health.beat(Component::Log);
                    health.set(Component::Log, ComponentState::Rebuilding { read: unsigned(position), end: unsigned(end) });
                    !stop.asked()
                })?;
                health.set(Component::Log, ComponentState::Following);
                // The worker may have gone meanwhile; then the asks are hung up too.
                let _ = ready_in.send(());
                let mut is_following = true;
                let followed = log.run(|trouble| {
                    health.beat(Component::Log);
                    match trouble {
                        Some(reason) => health.set(Component::Log, ComponentState::Outage { reason: reason.to_owned() }),
                        None if !is_following => health.set(Component::Log, ComponentState::Following),
                        None => {}
                    }
                    is_following = trouble.is_none();
                    true
                });
                if followed.is_ok() {
                    health.retire(Component::Log);
                }
                followed
            })?;
            let restored = loop {
                health.beat(Component::Worker);
                match ready.recv_timeout(Duration::from_millis(100)) {
                    Ok(()) => break true,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break false,
                }
            };
            let mut worked = Ok(());
            let mut engine = Engine::new(port, pool, LogLines { asks, answers, skips }, self.settings, stats, patience);
            if restored && !stop.asked() {
                tracing::info!("index rebuilt, joining the group");
                health.set(Component::Worker, ComponentState::Joining);
                worked = engine.run();
            }
            health.set(Component::Worker, ComponentState::Stopping);
            engine.end();
            let followed = log_thread.join().map_err(|_| WorkerError::Panicked("log"))?;
            match worked {
                // The log thread knows why it ended.
                Err(EngineError::LogEnded) => followed.map_err(WorkerError::from).and(Err(EngineError::LogEnded.into())),
                Err(error) => Err(error.into()),
                Ok(()) => followed.map_err(WorkerError::from),
            }
        })
    }
}

fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

//! The life of a worker: the log thread rebuilds its index, then the worker thread joins the group; whichever ends first ends the other.
//!
//! Starting → rebuilding → working → stopping. No partition is taken before the index has reached the end that the log had at the start.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::kafka::judge::{Judge, JudgeError, Lines, LogCounts, Skips};
use crate::kafka::port::{LogPort, TransactionalPort};
use crate::pipeline::Pipeline;

use super::engine::{Engine, EngineError, EngineSettings, Stop, patiently};
use super::pool::Pool;
use super::stats::Stats;

/// What is told of a worker's life; called from both threads, a heartbeat among it.
pub trait Observer: Sync {
    /// The worker thread has turned.
    fn worker_turned(&self);
    /// The log thread has turned.
    fn log_turned(&self);
    /// The index is being rebuilt: next offset and end.
    fn rebuilding(&self, position: i64, end: i64);
    /// The index is rebuilt, the group is joined next.
    fn working(&self);
}

/// Tells nobody.
#[derive(Debug)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn worker_turned(&self) {}
    fn log_turned(&self) {}
    fn rebuilding(&self, _position: i64, _end: i64) {}
    fn working(&self) {}
}

/// Why a worker ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The worker thread.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The log thread.
    #[error(transparent)]
    Judge(#[from] JudgeError),
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
    /// The raw topic.
    pub raw_topic: String,
    /// Bounds.
    pub settings: EngineSettings,
    /// Threads of the pool.
    pub threads: usize,
    /// What is counted.
    pub stats: Stats,
    /// What the log thread counts.
    pub log_counts: Arc<Mutex<LogCounts>>,
}

impl<P: TransactionalPort, L: LogPort + Send> Worker<P, L> {
    /// Works on this thread until the stop is asked for or an error ends it.
    pub fn run(self, stop: &Stop, observer: &dyn Observer) -> Result<(), WorkerError> {
        let max_batches = self.settings.max_batches + 2;
        let (asks, ask_queue) = bounded(max_batches);
        let (answer_queue, answers) = bounded(max_batches * 2);
        let (ready_in, ready) = bounded::<()>(1);
        let skips = Skips::default();
        let lines = Lines { asks: ask_queue, answers: answer_queue, skips: skips.clone(), counts: self.log_counts };
        let mut judge = Judge::new(self.log, self.pipeline.rules().clone(), &self.raw_topic, lines);
        let pool = Pool::start(self.pipeline, self.threads, self.settings.max_in_flight_messages())?;
        let mut port = self.port;
        // First of all: offsets that a dead instance of this name left pending block every reader of the group's offsets.
        let mut turn = || observer.worker_turned();
        patiently(&mut port, stop, &mut turn, |port| port.init()).map_err(EngineError::from)?;
        let mark = patiently(&mut port, stop, &mut turn, |port| port.newest_mark()).map_err(EngineError::from)?;
        std::thread::scope(|scope| {
            let log_thread = std::thread::Builder::new().name("log".into()).spawn_scoped(scope, move || -> Result<(), JudgeError> {
                judge.restore(mark, |position, end| {
                    observer.log_turned();
                    observer.rebuilding(position, end);
                    !stop.asked()
                })?;
                // The worker may have gone meanwhile; then the asks are hung up too.
                let _ = ready_in.send(());
                judge.run(|| {
                    observer.log_turned();
                    true
                })
            })?;
            let restored = loop {
                observer.worker_turned();
                match ready.recv_timeout(Duration::from_millis(100)) {
                    Ok(()) => break true,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break false,
                }
            };
            let mut worked = Ok(());
            let mut engine = Engine::new(port, pool, asks, answers, skips, self.settings, self.stats, stop.clone());
            if restored && !stop.asked() {
                tracing::info!("index rebuilt, joining the group");
                observer.working();
                worked = engine.run(|| observer.worker_turned());
            }
            engine.end();
            let judged = log_thread.join().map_err(|_| WorkerError::Panicked("log"))?;
            match worked {
                // The log thread knows why it ended.
                Err(EngineError::LogEnded) => judged.map_err(WorkerError::from).and(Err(EngineError::LogEnded.into())),
                Err(error) => Err(error.into()),
                Ok(()) => judged.map_err(WorkerError::from),
            }
        })
    }
}

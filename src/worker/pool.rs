//! The pool: a fixed number of threads that prepare and finish, a record a call.
//!
//! Its queues hold as many jobs as may be in flight, so that nobody ever waits to hand one over. It tells what runs and for how long, and never
//! decides anything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::article::{Origin, RawArticle, RawPartition, Ruling};
use crate::kafka::failpoint;
use crate::pipeline::{Finished, Pipeline, Prepared};

/// What a result belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The epoch in which it was handed over: a result of an earlier one is void.
    pub epoch: u64,
    /// The batch.
    pub batch: u64,
    /// The record's place in the batch.
    pub index: usize,
    /// What the record is charged with, to be given back to the in-flight limit when the result is void.
    pub held: usize,
}

/// A piece of work.
#[derive(Debug)]
pub enum Job {
    /// Parse and fingerprint.
    Prepare(Ticket, Arc<RawArticle>),
    /// Enrich and make the event.
    Finish(Ticket, Arc<RawArticle>, Box<Prepared>, Ruling),
}

/// A job that is done with.
#[derive(Debug)]
pub struct Done {
    /// What it belongs to.
    pub ticket: Ticket,
    /// What came of it.
    pub work: Work,
    /// How long it took.
    pub seconds: f64,
}

/// What came of a job.
#[derive(Debug)]
pub enum Work {
    /// Prepared.
    Prepared(Box<Prepared>),
    /// Finished.
    Finished(Box<Finished>),
    /// Of an earlier epoch: not worked on.
    Void,
}

/// A record that a thread works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its partition.
    pub partition: RawPartition,
    /// Its offset.
    pub offset: i64,
    /// Since when.
    pub since: Instant,
}

/// What one thread works on: written by it, read by the worker thread once a second.
type Slot = Arc<Mutex<Option<Running>>>;

/// The pool.
#[derive(Debug)]
pub struct Pool {
    pipeline: Arc<Pipeline>,
    jobs: Sender<Job>,
    done: Receiver<Done>,
    epoch: Arc<AtomicU64>,
    threads: Vec<(JoinHandle<()>, Slot)>,
}

impl Pool {
    /// A pool of `threads` threads whose queues hold `capacity` records.
    pub fn start(pipeline: Arc<Pipeline>, threads: usize, capacity: usize) -> std::io::Result<Pool> {
        let (jobs, job_queue) = bounded::<Job>(capacity);
        let (done_queue, done) = bounded::<Done>(capacity);
        let epoch = Arc::new(AtomicU64::new(0));
        let spawn = |i: usize| {
            let (jobs, done, pipeline, epoch) = (job_queue.clone(), done_queue.clone(), pipeline.clone(), epoch.clone());
            let slot = Slot::default();
            let running = slot.clone();
            let builder = std::thread::Builder::new().name(format!("pool-{i}")).stack_size(16 << 20);
            Ok((builder.spawn(move || work(&jobs, &done, &pipeline, &epoch, &running))?, slot))
        };
        let threads = (0..threads.max(1)).map(spawn).collect::<std::io::Result<_>>()?;
        Ok(Pool { pipeline, jobs, done, epoch, threads })
    }

    /// Hands work over. `false` where the queue is full: that is a fault of the bounds.
    #[must_use]
    pub fn submit(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }

    /// The most bytes that a record may come to hold until it is prepared.
    pub fn most_bytes(&self, raw: &RawArticle) -> usize {
        self.pipeline.most_bytes(raw)
    }

    /// The queue of results.
    pub fn done(&self) -> &Receiver<Done> {
        &self.done
    }

    /// Jobs that wait.
    pub fn depth(&self) -> usize {
        self.jobs.len()
    }

    /// Work of earlier epochs need not be done any more.
    pub fn set_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    /// The record that has been worked on longest.
    pub fn oldest_running(&self) -> Option<Running> {
        let running = |slot: &Slot| slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.threads.iter().filter_map(|(_, slot)| running(slot)).min_by_key(|running| running.since)
    }

    /// Ends the threads: what waits in the queue is void. A thread that is still at work after `limit` is left behind: it holds nothing that must be
    /// kept, and ends with the process.
    pub fn stop(self, limit: Duration) {
        self.epoch.store(u64::MAX, Ordering::Relaxed);
        drop(self.jobs);
        drop(self.done);
        let deadline = Instant::now() + limit;
        for (thread, slot) in self.threads {
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
            if thread.is_finished() {
                // A thread that panicked has nothing to give back.
                let _ = thread.join();
            } else if let Some(running) = slot.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                tracing::warn!(topic = %running.partition.topic, partition = running.partition.number, offset = running.offset, "a record is still being worked on at the end: it is read again");
            }
        }
    }
}

fn work(jobs: &Receiver<Job>, done: &Sender<Done>, pipeline: &Pipeline, epoch: &AtomicU64, running: &Slot) {
    let runs = |origin: Option<&Origin>, since| {
        let now = origin.map(|origin| Running { partition: origin.place(), offset: origin.offset, since });
        *running.lock().unwrap_or_else(PoisonError::into_inner) = now;
    };
    while let Ok(job) = jobs.recv() {
        let started = Instant::now();
        let (Job::Prepare(ticket, _) | Job::Finish(ticket, ..)) = job;
        let (work, seconds) = match job {
            _ if ticket.epoch != epoch.load(Ordering::Relaxed) => (Work::Void, 0.0),
            Job::Prepare(_, raw) => {
                runs(Some(&raw.origin), started);
                if failpoint::strikes("record_hangs") {
                    std::thread::sleep(Duration::from_secs(300));
                }
                (Work::Prepared(Box::new(pipeline.prepare(&raw))), started.elapsed().as_secs_f64())
            }
            Job::Finish(_, raw, prepared, ruling) => {
                runs(Some(&raw.origin), started);
                let mut finished = pipeline.finish(&raw, *prepared, ruling);
                if failpoint::strikes("finish_fails") {
                    finished = pipeline.unfinished(&raw, "made to fail by a test");
                }
                (Work::Finished(Box::new(finished)), started.elapsed().as_secs_f64())
            }
        };
        runs(None, started);
        if done.send(Done { ticket, work, seconds }).is_err() {
            return;
        }
    }
}

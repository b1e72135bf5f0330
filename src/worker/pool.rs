//! The pool: a fixed number of threads that prepare and finish, a record a call.
//!
//! Its queues hold as many jobs as may be in flight, so that nobody ever waits to hand one over. It never decides anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::article::RawArticle;
use crate::pipeline::{Finished, Pipeline, Prepared, Ruling};

/// What a result belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The epoch in which it was handed over: a result of an earlier one is void.
    pub epoch: u64,
    /// The batch.
    pub batch: u64,
    /// The record's place in the batch.
    pub index: usize,
    /// The record's size, to be given back to the in-flight limit when the result is void.
    pub bytes: usize,
}

/// A piece of work.
#[derive(Debug)]
pub enum Job {
    /// Parse and fingerprint.
    Prepare(Ticket, Arc<RawArticle>),
    /// Enrich and make the event.
    Finish(Ticket, Arc<RawArticle>, Box<Prepared>, Ruling),
}

/// A piece of work done, with the seconds it took.
#[derive(Debug)]
pub enum Done {
    /// Prepared.
    Prepared(Ticket, Box<Prepared>, f64),
    /// Finished.
    Finished(Ticket, Box<Finished>, f64),
    /// Of an earlier epoch: not worked on.
    Void(Ticket),
}

/// The pool.
#[derive(Debug)]
pub struct Pool {
    jobs: Sender<Job>,
    done: Receiver<Done>,
    epoch: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// A pool of `threads` threads whose queues hold `capacity` records.
    pub fn start(pipeline: Arc<Pipeline>, threads: usize, capacity: usize) -> std::io::Result<Pool> {
        let (jobs, job_queue) = bounded::<Job>(capacity);
        let (done_queue, done) = bounded::<Done>(capacity);
        let epoch = Arc::new(AtomicU64::new(0));
        let spawn = |i: usize| {
            let (jobs, done, pipeline, epoch) = (job_queue.clone(), done_queue.clone(), pipeline.clone(), epoch.clone());
            // html5ever drops deep trees recursively: a stack that the depth limit can't exhaust.
            let builder = std::thread::Builder::new().name(format!("pool-{i}")).stack_size(16 << 20);
            builder.spawn(move || work(&jobs, &done, &pipeline, &epoch))
        };
        let threads = (0..threads.max(1)).map(spawn).collect::<Result<_, _>>()?;
        Ok(Pool { jobs, done, epoch, threads })
    }

    /// Hands work over. `false` where the queue is full: that is a fault of the bounds.
    #[must_use]
    pub fn submit(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
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

    /// Ends the threads once the queue is empty.
    pub fn stop(self) {
        drop(self.jobs);
        drop(self.done);
        for thread in self.threads {
            // A thread that panicked has nothing to give back.
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Receiver<Job>, done: &Sender<Done>, pipeline: &Pipeline, epoch: &AtomicU64) {
    while let Ok(job) = jobs.recv() {
        let started = Instant::now();
        let result = match job {
            Job::Prepare(ticket, _) | Job::Finish(ticket, ..) if ticket.epoch != epoch.load(Ordering::Relaxed) => Done::Void(ticket),
            Job::Prepare(ticket, raw) => {
                let prepared = pipeline.prepare(&raw);
                Done::Prepared(ticket, Box::new(prepared), started.elapsed().as_secs_f64())
            }
            Job::Finish(ticket, raw, prepared, ruling) => {
                let finished = pipeline.finish(&raw, *prepared, ruling);
                Done::Finished(ticket, Box::new(finished), started.elapsed().as_secs_f64())
            }
        };
        if done.send(result).is_err() {
            return;
        }
    }
}

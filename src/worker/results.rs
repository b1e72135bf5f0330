//! What comes back to the loop: results of the pool and answers of the log, and what is asked of the log in between.
//!
//! It never waits for more than one result, and what belongs to an earlier epoch is void: only its bytes are given back.

use std::time::{Duration, Instant};

use crossbeam_channel::TrySendError;

use crate::kafka::port::TransactionalPort;
use crate::telemetry::labels::TimedStage;
use crate::worker::log_thread::{Answer, Ask};

use super::batch::Step;
use super::engine::{Engine, EngineError};
use super::pool::{Done, Job, Ticket};

impl<P: TransactionalPort> Engine<P> {
    pub(super) fn wait_for_results(&mut self, timeout: Duration) -> Result<(), EngineError> {
        if let Ok(done) = self.pool.done().recv_timeout(timeout) {
            self.take_done(done)?;
        }
        Ok(())
    }

    pub(super) fn take_results(&mut self) -> Result<(), EngineError> {
        while let Ok(done) = self.pool.done().try_recv() {
            self.take_done(done)?;
        }
        Ok(())
    }

    fn take_done(&mut self, done: Done) -> Result<(), EngineError> {
        self.in_pool -= 1;
        let ticket = match &done {
            Done::Prepared(ticket, ..) | Done::Finished(ticket, ..) | Done::Void(ticket) => *ticket,
        };
        if ticket.epoch != self.epoch {
            if let Done::Prepared(_, _, seconds) | Done::Finished(_, _, seconds) = &done {
                self.stats.pool_busy(*seconds);
            }
            // Its bytes counted until now, since the pool held them.
            self.in_flight_bytes -= ticket.held;
            return Ok(());
        }
        let batch = self.batches.iter_mut().find(|b| b.id == ticket.batch).ok_or(EngineError::Bounds("a result of no batch"))?;
        batch.outstanding -= 1;
        let item = batch.items.get_mut(ticket.index).ok_or(EngineError::Bounds("a result of no record"))?;
        item.in_pool = false;
        if let Done::Prepared(_, _, seconds) | Done::Finished(_, _, seconds) = &done
            && *seconds > self.settings.slow_record.as_secs_f64()
        {
            self.stats.slow_record(&item.raw.origin, *seconds);
        }
        match done {
            Done::Prepared(_, prepared, seconds) => {
                self.stats.worked(TimedStage::Prepare, seconds);
                self.in_flight_bytes -= std::mem::replace(&mut item.held, item.raw.held_bytes() + prepared.held_bytes());
                self.in_flight_bytes += item.held;
                item.prepared = Some(prepared);
            }
            Done::Finished(_, finished, seconds) => {
                self.stats.worked(TimedStage::Finish, seconds);
                if let Some(letter) = finished.unfinished.clone() {
                    tracing::error!(
                        topic = %item.raw.origin.topic,
                        partition = item.raw.origin.partition,
                        offset = item.raw.origin.offset,
                        reason = letter.message,
                        "an event broke in the making"
                    );
                    self.given_up.insert(item.raw.identity(), letter);
                    self.is_unfinished = true;
                }
                self.in_flight_bytes -= std::mem::replace(&mut item.held, item.raw.held_bytes() + finished.record.size());
                self.in_flight_bytes += item.held;
                item.finished = Some(finished);
                if batch.step == Step::Finishing && batch.outstanding == 0 && batch.all_finished() {
                    batch.step = Step::Ready;
                }
            }
            Done::Void(_) => return Err(EngineError::Bounds("work of this epoch was left undone")),
        }
        Ok(())
    }

    /// Asks the log about the batches that are prepared, in order.
    pub(super) fn ask(&mut self) -> Result<(), EngineError> {
        for batch in &mut self.batches {
            match batch.step {
                Step::Filling => return Ok(()),
                Step::Preparing if batch.outstanding > 0 => return Ok(()),
                Step::Preparing => {
                    let ask = Ask { epoch: self.epoch, batch: batch.id, questions: batch.questions() };
                    match self.asks.try_send(ask) {
                        Ok(()) => {
                            batch.step = Step::Judging;
                            batch.asked = Some(Instant::now());
                        }
                        Err(TrySendError::Full(_)) => return Ok(()),
                        Err(TrySendError::Disconnected(_)) => return Err(EngineError::LogEnded),
                    }
                }
                Step::Judging | Step::Finishing | Step::Ready => {}
            }
        }
        Ok(())
    }

    pub(super) fn take_answers(&mut self) -> Result<(), EngineError> {
        loop {
            match self.answers.try_recv() {
                Ok(answer) => self.take_answer(answer)?,
                Err(crossbeam_channel::TryRecvError::Empty) => return Ok(()),
                Err(crossbeam_channel::TryRecvError::Disconnected) => {
                    return Err(EngineError::LogEnded);
                }
            }
        }
    }

    fn take_answer(&mut self, answer: Answer) -> Result<(), EngineError> {
        // Ids are never used twice, so an answer to a batch that was dropped finds none.
        let Some(batch) = self.batches.iter_mut().find(|b| b.id == answer.batch) else {
            return Ok(());
        };
        self.stats.reread(answer.known);
        batch.mark = answer.mark;
        batch.step = Step::Finishing;
        if let Some(asked) = batch.asked {
            self.stats.judged(asked.elapsed());
        }
        for (index, ruling) in answer.rulings.into_iter().enumerate() {
            let (raw, prepared) = batch.take_prepared(index).ok_or(EngineError::Bounds("a ruling on no record"))?;
            let ticket = Ticket { epoch: self.epoch, batch: batch.id, index, held: batch.items[index].held };
            batch.outstanding += 1;
            batch.items[index].in_pool = true;
            self.in_pool += 1;
            let job = Job::Finish(ticket, raw, prepared, ruling);
            if !self.pool.submit(job) {
                return Err(EngineError::Bounds("the pool's queue is full"));
            }
        }
        Ok(())
    }
}

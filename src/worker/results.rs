//! What comes back to the loop: results of the pool and answers of the log, and what is asked of the log in between.
//!
//! It never waits for more than one result, and what belongs to an earlier epoch is void.

use std::time::Duration;

use crossbeam_channel::{TryRecvError, TrySendError};

use crate::kafka::port::TransactionalPort;
use crate::telemetry::labels::TimedStage;
use crate::worker::log_thread::{Answer, Ask};

use super::engine::{Engine, EngineError};
use super::pool::Done;

impl<P: TransactionalPort> Engine<'_, P> {
    pub fn wait_for_results(&mut self, timeout: Duration) -> Result<(), EngineError> {
        if let Ok(done) = self.pool.done().recv_timeout(timeout) {
            self.take_done(done)?;
        }
        Ok(())
    }

    pub fn take_results(&mut self) -> Result<(), EngineError> {
        while let Ok(done) = self.pool.done().try_recv() {
            self.take_done(done)?;
        }
        Ok(())
    }

    fn take_done(&mut self, Done { ticket, work, seconds }: Done) -> Result<(), EngineError> {
        let Some(item) = self.in_flight.returned(ticket, work)? else {
            self.stats.pool_busy(seconds);
            return Ok(());
        };
        let origin = &item.raw.origin;
        if seconds > self.settings.slow_record.as_secs_f64() {
            self.stats.slow_record(origin, seconds);
        }
        self.stats.worked(if item.finished.is_some() { TimedStage::Finish } else { TimedStage::Prepare }, seconds);
        if let Some(letter) = item.finished.as_ref().and_then(|finished| finished.unfinished.clone()) {
            let reason = &letter.message;
            tracing::error!(topic = %origin.topic, partition = origin.partition, offset = origin.offset, reason, "an event broke in the making");
            self.given_up.insert(item.raw.identity(), letter);
            self.is_unfinished = true;
        }
        Ok(())
    }

    /// Asks the log about the batches that are prepared, in order.
    pub fn ask(&mut self) -> Result<(), EngineError> {
        let epoch = self.in_flight.epoch();
        while let Some(batch) = self.in_flight.next_to_ask() {
            match self.log.asks.try_send(Ask { epoch, batch: batch.id, questions: batch.questions() }) {
                Ok(()) => batch.has_asked(),
                Err(TrySendError::Full(_)) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(EngineError::LogEnded),
            }
        }
        Ok(())
    }

    pub fn take_answers(&mut self) -> Result<(), EngineError> {
        loop {
            match self.log.answers.try_recv() {
                Ok(answer) => self.take_answer(answer)?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(EngineError::LogEnded),
            }
        }
    }

    fn take_answer(&mut self, answer: Answer) -> Result<(), EngineError> {
        let known = answer.known;
        let Some((waited, jobs)) = self.in_flight.answered(answer)? else {
            return Ok(());
        };
        self.stats.reread(known);
        self.stats.judged(waited);
        jobs.into_iter().try_for_each(|job| self.submit(job))
    }
}

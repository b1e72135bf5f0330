//! The batches that are under way, with the offsets between which they stand, and what their records hold.
//!
//! Filling → Preparing → Judging → Finishing → Ready → committed, in order. The epoch says which work still counts: once everything is void, a result
//! that comes late belongs to nobody, and only its bytes are given back. It asks no broker, and hands work to nobody: it says what is to be done.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::article::{Origin, RawArticle, RawPartition};
use crate::kafka::port::PortError;
use crate::pipeline::Prepared;
use crate::worker::log_thread::Answer;

use super::batch::{Batch, Item, Positions, Step};
use super::engine::{EngineError, EngineSettings};
use super::pool::{Job, Ticket, Work};

/// All that was read and is not committed.
#[derive(Debug)]
pub(super) struct InFlight<M> {
    settings: EngineSettings,
    epoch: u64,
    /// Ids are never used twice.
    next_batch: u64,
    batches: VecDeque<Batch<M>>,
    /// What the records are charged with, those that the pool still holds of earlier epochs included.
    bytes: usize,
    /// Records that the pool holds, those of earlier epochs included.
    in_pool: usize,
    /// The committed offset of each assigned partition.
    committed: Positions,
    /// The next offset to read of each.
    reading: Positions,
}

impl<M> InFlight<M> {
    pub fn new(settings: EngineSettings) -> InFlight<M> {
        InFlight { settings, epoch: 0, next_batch: 0, batches: VecDeque::new(), bytes: 0, in_pool: 0, committed: Positions::new(), reading: Positions::new() }
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    /// Whether one more record may be read.
    pub fn may_read(&self) -> bool {
        let room = self.is_filling() || self.batches.len() < self.settings.max_batches;
        // What the log holds now comes back to the pool as well: room for all batches must stay.
        let held_back = self.settings.batch_max_messages * self.settings.max_batches;
        let pool = self.in_pool + held_back < self.settings.max_in_flight_messages();
        room && pool && self.bytes < self.settings.max_in_flight_bytes
    }

    /// Whether this record is to be taken: it is not if it was read before the last rewind took effect, or is of a partition that was given up, whose
    /// next owner reads it.
    pub fn wants(&self, origin: &Origin) -> bool {
        self.reading.get(&origin.place()).is_some_and(|position| origin.offset >= *position)
    }

    pub fn is_filling(&self) -> bool {
        self.batches.back().is_some_and(|batch| batch.step == Step::Filling)
    }

    /// Opens a batch, with the group's metadata of now.
    pub fn open(&mut self, metadata: M) {
        self.batches.push_back(Batch::new(self.next_batch, metadata, Instant::now()));
        self.next_batch += 1;
    }

    /// Adds a record that is wanted to the batch that is filling. `held` is the most that it may come to hold. Work for the pool, unless it is
    /// `prepared` already.
    pub fn add(&mut self, raw: Arc<RawArticle>, held: usize, prepared: Option<Prepared>) -> Result<Option<Job>, EngineError> {
        let position = self.reading.get_mut(&raw.origin.place()).ok_or(EngineError::Bounds("a record of no partition"))?;
        let batch = self.batches.back_mut().filter(|batch| batch.step == Step::Filling).ok_or(EngineError::Bounds("no batch to fill"))?;
        let index = batch.add(raw.clone(), *position, held);
        *position = raw.origin.offset + 1;
        self.bytes += held;
        if let Some(prepared) = prepared {
            batch.items[index].prepared = Some(Box::new(prepared));
            return Ok(None);
        }
        let ticket = Ticket { epoch: self.epoch, batch: batch.id, index, held };
        batch.outstanding += 1;
        batch.items[index].in_pool = true;
        self.in_pool += 1;
        Ok(Some(Job::Prepare(ticket, raw)))
    }

    /// Whether the batch that is filling is to be closed; it may have `most` records.
    pub fn is_due(&self, most: usize) -> bool {
        let Some(batch) = self.batches.back().filter(|batch| batch.step == Step::Filling) else {
            return false;
        };
        let full = batch.items.len() >= most || batch.bytes >= self.settings.batch_max_bytes;
        // While others are on their way the batch may grow: a transaction costs the same whatever its size.
        let alone = self.batches.len() == 1;
        let waited = batch.opened.elapsed() >= self.settings.batch_max_wait;
        let starved = self.bytes >= self.settings.max_in_flight_bytes;
        full || starved || (waited && alone)
    }

    /// Closes the batch that is filling, if one is. `positions` are where the client stands.
    pub fn close(&mut self, positions: impl FnOnce() -> Positions) {
        let Some(batch) = self.batches.back_mut().filter(|batch| batch.step == Step::Filling) else {
            return;
        };
        batch.step = Step::Preparing;
        let positions = positions();
        for (partition, end) in &mut batch.end {
            // Every record that was polled is in a batch, so the client's position is past transaction markers but past no other record.
            *end = positions.get(partition).copied().unwrap_or(*end).max(*end);
            self.reading.insert(partition.clone(), *end);
        }
    }

    // ---- pool and log --------------------------------------------------------------------------------------------

    /// A record is back from the pool: as it is now, or none where it is void.
    pub fn returned(&mut self, ticket: Ticket, work: Work) -> Result<Option<&Item>, EngineError> {
        self.in_pool -= 1;
        if ticket.epoch != self.epoch {
            // Its bytes counted until now, since the pool held them.
            self.bytes -= ticket.held;
            return Ok(None);
        }
        let batch = self.batches.iter_mut().find(|batch| batch.id == ticket.batch).ok_or(EngineError::Bounds("a result of no batch"))?;
        let item = batch.items.get_mut(ticket.index).ok_or(EngineError::Bounds("a result of no record"))?;
        let result_bytes = match work {
            Work::Prepared(prepared) => item.prepared.insert(prepared).held_bytes(),
            Work::Finished(finished) => item.finished.insert(finished).record.size(),
            Work::Void => return Err(EngineError::Bounds("work of this epoch was left undone")),
        };
        self.bytes -= std::mem::replace(&mut item.held, item.raw.held_bytes() + result_bytes);
        self.bytes += item.held;
        item.in_pool = false;
        batch.outstanding -= 1;
        if batch.is_finished() {
            batch.step = Step::Ready;
        }
        Ok(batch.items.get(ticket.index))
    }

    /// The next batch that may ask the log: prepared, and all before it have asked.
    pub fn next_to_ask(&mut self) -> Option<&mut Batch<M>> {
        let batch = self.batches.iter_mut().find(|batch| matches!(batch.step, Step::Filling | Step::Preparing))?;
        (batch.step == Step::Preparing && batch.outstanding == 0).then_some(batch)
    }

    /// The log has answered: how long that took, and work for the pool. `None` where the batch was dropped meanwhile.
    pub fn answered(&mut self, answer: Answer) -> Result<Option<(Duration, Vec<Job>)>, EngineError> {
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.id == answer.batch) else {
            return Ok(None);
        };
        let Step::Judging { since } = batch.step else {
            return Err(EngineError::Bounds("an answer that was not asked for"));
        };
        batch.mark = answer.mark;
        batch.step = Step::Finishing;
        let mut jobs = Vec::with_capacity(answer.rulings.len());
        for (index, ruling) in answer.rulings.into_iter().enumerate() {
            let (raw, prepared) = batch.take_prepared(index).ok_or(EngineError::Bounds("a ruling on no record"))?;
            let ticket = Ticket { epoch: self.epoch, batch: batch.id, index, held: batch.items[index].held };
            batch.outstanding += 1;
            batch.items[index].in_pool = true;
            self.in_pool += 1;
            jobs.push(Job::Finish(ticket, raw, prepared, ruling));
        }
        Ok(Some((since.elapsed(), jobs)))
    }

    // ---- commits -------------------------------------------------------------------------------------------------

    pub fn front(&self) -> Option<&Batch<M>> {
        self.batches.front()
    }

    /// The batch that may be published now. It must begin where the last commit ended: over an aborted one it would lose that.
    pub fn ready(&self) -> Result<Option<&Batch<M>>, PortError> {
        let Some(batch) = self.front().filter(|batch| batch.step == Step::Ready) else {
            return Ok(None);
        };
        for (partition, begin) in &batch.begin {
            let committed = self.committed.get(partition);
            if committed != Some(begin) {
                return Err(PortError::Abort(format!("batch begins at {begin} of {partition}, committed is {committed:?}")));
            }
        }
        Ok(Some(batch))
    }

    /// Whether the group stands where the front batch ends: its commit has taken effect.
    pub fn is_front_committed(&self, group: &Positions) -> bool {
        self.front().is_some_and(|batch| !batch.end.is_empty() && batch.end.iter().all(|(partition, end)| group.get(partition) == Some(end)))
    }

    /// Takes out the front batch, which is committed.
    pub fn take_committed(&mut self) -> Option<Batch<M>> {
        let batch = self.batches.pop_front()?;
        self.committed.extend(batch.end.iter().map(|(partition, end)| (partition.clone(), *end)));
        self.bytes -= batch.held();
        Some(batch)
    }

    // ---- going back ----------------------------------------------------------------------------------------------

    /// Everything is void from now on. The batches that were dropped.
    pub fn void(&mut self) -> VecDeque<Batch<M>> {
        self.epoch += 1;
        let batches = std::mem::take(&mut self.batches);
        // Bytes that the pool still holds are given back when it returns them.
        let free = batches.iter().flat_map(|batch| &batch.items).filter(|item| !item.in_pool).map(|item| item.held);
        self.bytes -= free.sum::<usize>();
        batches
    }

    /// Reading goes on where the group stands. Everything must be void.
    pub fn stand_at(&mut self, group: Positions) {
        debug_assert!(self.batches.is_empty(), "what was read from elsewhere is void");
        self.committed.clone_from(&group);
        self.reading = group;
    }

    // ---- what it tells -------------------------------------------------------------------------------------------

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Nothing is in hand, and the pool has nothing left.
    pub fn is_idle(&self) -> bool {
        self.batches.is_empty() && self.in_pool == 0
    }

    /// Batches that wait for the log.
    pub fn judging(&self) -> usize {
        self.batches.iter().filter(|batch| matches!(batch.step, Step::Judging { .. })).count()
    }

    pub fn committed(&self) -> &Positions {
        &self.committed
    }

    pub fn reading(&self) -> &Positions {
        &self.reading
    }

    /// The timestamp of the first record in hand of a partition.
    pub fn oldest(&self, partition: &RawPartition) -> Option<i64> {
        let of_it = |item: &&Item| item.raw.origin.partition == partition.number && item.raw.origin.topic == partition.topic;
        self.batches.iter().flat_map(|batch| &batch.items).find(of_it).map(|item| item.raw.timestamp)
    }

    pub fn holds(&self, partition: &RawPartition) -> bool {
        self.batches.iter().any(|batch| batch.begin.contains_key(partition))
    }
}

#[cfg(test)]
mod tests;

//! The log thread: appends entries, reads the whole log back, applies it to the index, and answers with verdicts.
//!
//! It owns the log port and the index; nothing else touches them. The log decides: an answer is given only once the entry was read back,
//! and a refusal only once the log was read to the end that it had when it was asked. What is known is kept from then on: the window may move.
//! It never blocks on a channel, and it never guesses: a log that is lost or too short stops it.

mod appends;
mod restore;
mod stats;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

use crate::article::{Entry, EntryError, EntryKind, Identity, Ruling};
use crate::config::DedupeRules;
use crate::dedupe::{self, Applied, Index};
use crate::telemetry::Metrics;
use crate::telemetry::labels::VoidReason;

use self::appends::Appends;
use self::stats::LogStats;
use crate::kafka::failpoint;
use crate::kafka::mark::Mark;
use crate::kafka::port::{LogEvent, LogPort, LogRecord, PortError};

/// A record that asks for its ruling.
#[derive(Clone, Debug)]
pub struct Question {
    /// The record.
    pub identity: Identity,
    /// What it brings.
    pub brings: Brings,
}

/// What a record brings to the log.
#[derive(Clone, Debug)]
pub enum Brings {
    /// Its entry: to be appended unless the log holds one.
    Entry(Box<Entry>),
    /// An article that would be refused: it has a verdict only if the log already holds its entry.
    Refusal,
    /// Nothing that could be read: refused, and an entry that the log already holds is followed by a skip.
    Nothing,
}

/// A batch that asks.
#[derive(Debug)]
pub struct Ask {
    /// The asker's epoch: what was asked in an earlier one is void.
    pub epoch: u64,
    /// Given back with the answer.
    pub batch: u64,
    /// One a record, in order.
    pub questions: Vec<Question>,
}

/// The rulings on a batch.
#[derive(Debug)]
pub struct Answer {
    /// The batch that asked.
    pub batch: u64,
    /// One a question, in order.
    pub rulings: Vec<Ruling>,
    /// How many of them had an entry in the log before they asked.
    pub known: u64,
    /// The newest entry that had been applied.
    pub mark: Option<Mark>,
}

/// The identities that an operator gave up: published by the log thread, consulted before `prepare`.
#[derive(Clone, Debug, Default)]
pub struct Skips(Arc<RwLock<Arc<HashSet<Identity>>>>);

impl Skips {
    /// Whether this record was given up.
    pub fn contains(&self, identity: &Identity) -> bool {
        self.0.read().is_ok_and(|skips| skips.contains(identity))
    }

    fn add(&self, identity: Identity) {
        if let Ok(mut skips) = self.0.write() {
            Arc::make_mut(&mut skips).insert(identity);
        }
    }

    fn keep(&self, stays: impl Fn(&Identity) -> bool) {
        if let Ok(mut skips) = self.0.write()
            && !skips.iter().all(&stays)
        {
            Arc::make_mut(&mut skips).retain(stays);
        }
    }
}

/// Why the log thread stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogThreadError {
    /// The log is not the log that this group's marks speak of.
    #[error("the fingerprint log is lost: {0}; set a higher dedupe.generation to start a new one")]
    Lost(String),
    /// The log does not reach back far enough.
    #[error("the fingerprint log is too short: {0}; raise its retention, or set a higher dedupe.generation to start a new one")]
    TooShort(String),
    /// A newer worker or configuration wrote it.
    #[error("{0}")]
    Newer(String),
    /// Kafka failed.
    #[error("the fingerprint log failed: {0}")]
    Port(#[from] PortError),
}

/// The log thread's channels.
#[derive(Debug)]
pub struct Lines {
    /// Batches that ask.
    pub asks: Receiver<Ask>,
    /// Their answers. Its bound must be the number of batches in flight at least.
    pub answers: Sender<Answer>,
    /// The records that were given up.
    pub skips: Skips,
    /// Where it publishes what it counts.
    pub metrics: Arc<Metrics>,
}

/// An outage is told when an entry has waited for so long to be read back.
const TROUBLE_AFTER: Duration = Duration::from_secs(3);
/// And told again so often.
const TROUBLE_REPEAT: Duration = Duration::from_secs(60);
/// Where the log's clock has moved by more than this, many entries may leave the window at once.
const JUMP_MILLIS: i64 = 1000;
/// What was given up is compared with the window so often.
const PRUNE_INTERVAL: Duration = Duration::from_secs(60);

struct Pending {
    ask: Ask,
    since: Instant,
    known: u64,
    /// One a question, once it is known.
    rulings: Vec<Option<Ruling>>,
    /// Some questions are about refusals: they are answered when the log was read up to here.
    barrier: Barrier,
}

/// How far the log must have been read before a refusal is believed: another worker's entry may stand in what was not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Barrier {
    None,
    /// The log's end is to be asked for.
    Wanted,
    /// An offset.
    At(i64),
}

/// The log thread's state.
pub struct LogThread<P: LogPort> {
    port: P,
    index: Index,
    rules: DedupeRules,
    /// Names of the raw topics.
    topics: Vec<String>,
    lines: Lines,
    appends: Appends,
    pending: VecDeque<Pending>,
    outbox: VecDeque<Answer>,
    /// What was read and is not applied yet.
    inbox: VecDeque<LogEvent>,
    newest: Option<Mark>,
    /// See [`Mark::whole_from`].
    whole_from: i64,
    next_offset: i64,
    /// The end of the log when this worker started: what stands before it was written by workers of the past.
    end_at_start: i64,
    stats: LogStats,
    /// Time spent waiting for the client, which is no work.
    waited: Duration,
    pruned: Instant,
    /// Since when the log can't be reached, and when that was last said.
    trouble: Option<(Instant, Instant)>,
}

impl<P: LogPort> LogThread<P> {
    /// A judge over an empty index; [`Self::restore`] comes next.
    pub fn new(port: P, rules: DedupeRules, topics: &[String], lines: Lines) -> LogThread<P> {
        LogThread {
            port,
            index: Index::new(rules.clone(), topics),
            rules,
            topics: topics.to_vec(),
            stats: LogStats::new(lines.metrics.clone()),
            lines,
            appends: Appends::default(),
            pending: VecDeque::new(),
            outbox: VecDeque::new(),
            inbox: VecDeque::new(),
            newest: None,
            whole_from: 0,
            next_offset: 0,
            end_at_start: 0,
            waited: Duration::ZERO,
            pruned: Instant::now(),
            trouble: None,
        }
    }

    /// Works until the askers hang up. `turn` is called once a round, at least every 100 ms, hears why the log can't be reached, if so, and says
    /// whether to go on.
    pub fn run(&mut self, mut turn: impl FnMut(Option<&str>) -> bool) -> Result<(), LogThreadError> {
        loop {
            let trouble = self.trouble();
            if !turn(trouble.as_deref()) {
                return Ok(());
            }
            let started = Instant::now();
            loop {
                match self.lines.asks.try_recv() {
                    Ok(ask) => self.ask(ask),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            let busy = !self.appends.is_empty() || !self.outbox.is_empty() || !self.inbox.is_empty();
            if busy || self.pending.front().is_none_or(|p| p.barrier != Barrier::None) {
                // While nothing is asked the log is still read: other workers write to it.
                self.round(Duration::from_millis(if busy { 2 } else { 10 }))?;
            }
            self.pass_barriers()?;
            self.answer();
            self.prune();
            self.stats.busy(started.elapsed().saturating_sub(std::mem::take(&mut self.waited)));
            self.stats.publish(&self.index);
        }
    }

    /// Why the log can't be written or read now, if so. Told in the log when it begins, once a minute, and when it ends.
    fn trouble(&mut self) -> Option<String> {
        let waits = self.appends.oldest_age().filter(|age| *age > TROUBLE_AFTER);
        let reason = match waits {
            Some(age) => Some(format!("an entry of the fingerprint log waits for {} s to be read back: {}", age.as_secs(), self.appends.last_error())),
            None => self.port.trouble().map(|reason| format!("the fingerprint log can't be reached: {reason}")),
        };
        match (&reason, self.trouble) {
            (None, None) => {}
            (None, Some((since, _))) => {
                tracing::info!(seconds = since.elapsed().as_secs(), "the fingerprint log can be written and read again");
                self.trouble = None;
            }
            (Some(reason), known) if known.is_none_or(|(_, said)| said.elapsed() > TROUBLE_REPEAT) => {
                tracing::warn!(reason, "the fingerprint log can't be used now: nothing is judged until it can");
                self.trouble = Some((known.map_or_else(Instant::now, |(since, _)| since), Instant::now()));
            }
            (Some(_), _) => {}
        }
        self.stats.unreachable(self.trouble.map(|(since, _)| since.elapsed()));
        reason
    }

    fn round(&mut self, timeout: Duration) -> Result<(), LogThreadError> {
        self.appends.hand_over(&mut self.port, &mut self.stats)?;
        if self.inbox.is_empty() {
            self.inbox = self.poll(timeout)?.into();
        }
        while let Some(event) = self.inbox.pop_front() {
            match event {
                LogEvent::Record(record) if !self.has_room_for(&record) => {
                    // The next round goes on with it: the thread must not stand still.
                    self.inbox.push_front(LogEvent::Record(record));
                    break;
                }
                LogEvent::Record(record) => self.apply(record)?,
                LogEvent::Delivered(token) => {
                    self.appends.delivered(token);
                    failpoint::reached("after_append");
                }
                LogEvent::Undelivered(token, reason) => self.appends.undelivered(token, reason, &mut self.stats),
            }
        }
        self.stats.end(self.port.known_end());
        let told = self.port.client_stats();
        self.stats.clients(told);
        Ok(())
    }

    /// Lets leave some of what is out of the window now; whether that is all. Much leaves at once only where time has passed.
    fn has_room_for(&mut self, record: &LogRecord) -> bool {
        let has_passed = self.newest.is_some_and(|newest| record.timestamp.saturating_sub(newest.log_time) > JUMP_MILLIS);
        !has_passed || Entry::decode(&record.value).map_or(true, |entry| self.index.make_room(record.offset, record.timestamp, &entry))
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, LogThreadError> {
        let started = Instant::now();
        let polled = self.port.poll(timeout);
        self.waited += started.elapsed();
        match polled {
            Err(PortError::Retry(reason)) => {
                // It may fail at once: not tried hot.
                std::thread::sleep(timeout.saturating_sub(started.elapsed()));
                self.stats.read_failed(&reason);
                Ok(Vec::new())
            }
            other => Ok(other?),
        }
    }

    fn apply(&mut self, record: LogRecord) -> Result<(), LogThreadError> {
        self.next_offset = record.offset + 1;
        self.stats.read(self.next_offset);
        let entry = match Entry::decode(&record.value) {
            Ok(entry) => entry,
            Err(EntryError::Damaged(reason)) => {
                self.stats.damaged(record.offset, reason);
                return Ok(());
            }
            Err(error @ EntryError::UnknownFormat(_)) => {
                return Err(LogThreadError::Newer(error.to_string()));
            }
        };
        if self.index.knows(entry.topic) && entry.generation > self.rules.generation {
            let (found, own) = (entry.generation, self.rules.generation);
            return Err(LogThreadError::Newer(format!("the fingerprint log is of generation {found}, the configuration says {own}")));
        }
        match self.index.apply(record.offset, record.timestamp, &entry) {
            Applied::OtherTopic => self.stats.void(VoidReason::OtherTopic),
            Applied::Repeated => self.stats.void(VoidReason::Repeated),
            Applied::Skip => self.lines.skips.add(entry.identity),
            Applied::Verdict(_) if record.offset >= self.end_at_start && entry.rules != self.rules.hash() => self.stats.other_rules(),
            Applied::Verdict(_) | Applied::Generation => {}
        }
        self.take_note(&record, &entry);
        let waited = self.appends.read_back(&entry.identity);
        if let Some(waited) = waited {
            self.stats.read_back(waited);
        }
        if waited.is_some() || self.pending.iter().any(|p| p.barrier != Barrier::None) {
            self.resolve(&entry.identity);
        }
        Ok(())
    }

    /// The newest entry, and where the log begins to matter: what stands two windows before an entry is out of all windows after it.
    fn take_note(&mut self, record: &LogRecord, entry: &Entry) {
        if self.newest.is_some_and(|newest| record.timestamp.saturating_sub(newest.log_time) >= 2 * self.rules.window_millis()) {
            self.whole_from = record.offset;
        }
        self.newest = Some(Mark {
            generation: entry.generation,
            offset: record.offset,
            identity: entry.identity,
            log_time: record.timestamp,
            whole_from: self.whole_from,
        });
    }

    fn ask(&mut self, ask: Ask) {
        // Nobody waits any more for what was asked before the asker gave everything back.
        self.pending.retain(|pending| pending.ask.epoch == ask.epoch);
        let mut pending = Pending { rulings: vec![None; ask.questions.len()], ask, since: Instant::now(), known: 0, barrier: Barrier::None };
        for (question, ruling) in pending.ask.questions.iter().zip(&mut pending.rulings) {
            let known = self.index.verdict(&question.identity);
            pending.known += u64::from(known.is_some());
            match (&question.brings, known) {
                (Brings::Entry(_) | Brings::Refusal, Some(verdict)) => *ruling = Some(Ruling::Verdict(verdict)),
                (Brings::Entry(entry), None) => self.appends.add(question.identity, || entry.encode(), &mut self.stats),
                (Brings::Refusal | Brings::Nothing, None) => pending.barrier = Barrier::Wanted,
                (Brings::Nothing, Some(_)) => *ruling = self.give_up(question.identity),
            }
        }
        self.pending.push_back(pending);
    }

    /// An entry that will have no event is followed by a skip, so that no copy names it. `None` until that stands in the log.
    fn give_up(&mut self, identity: Identity) -> Option<Ruling> {
        if self.index.is_skipped(&identity) {
            return Some(Ruling::Refused);
        }
        // Any of our topics will do: an entry's identity says which record it is.
        let skip = || dedupe::skip_entry(identity, &self.rules, &self.topics[0]).encode();
        self.appends.add(identity, skip, &mut self.stats);
        None
    }

    /// An entry of this identity was read: whoever asked for it is answered.
    fn resolve(&mut self, identity: &Identity) {
        let verdict = self.index.verdict(identity);
        let mut to_give_up = false;
        for pending in &mut self.pending {
            for (question, ruling) in pending.ask.questions.iter().zip(&mut pending.rulings) {
                if ruling.is_some() || question.identity != *identity {
                    continue;
                }
                match question.brings {
                    Brings::Entry(_) | Brings::Refusal => *ruling = Some(verdict.clone().map_or(Ruling::Refused, Ruling::Verdict)),
                    Brings::Nothing if self.index.is_skipped(identity) => *ruling = Some(Ruling::Refused),
                    Brings::Nothing => to_give_up = true,
                }
            }
        }
        if to_give_up {
            self.give_up(*identity);
        }
    }

    /// Refusals of records that the log does not know, once it was read far enough to say so.
    fn pass_barriers(&mut self) -> Result<(), LogThreadError> {
        if self.pending.iter().any(|p| p.barrier == Barrier::Wanted) {
            let end = match self.port.bounds() {
                Ok((_, end)) => end,
                Err(PortError::Retry(reason)) => {
                    tracing::debug!(reason, "the end of the fingerprint log is not known yet");
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            self.pending.iter_mut().filter(|p| p.barrier == Barrier::Wanted).for_each(|p| p.barrier = Barrier::At(end));
        }
        // What was read and is not applied yet counts as not read.
        let read_to = if self.inbox.is_empty() { self.next_offset.max(self.port.position()) } else { self.next_offset };
        for place in 0..self.pending.len() {
            if matches!(self.pending[place].barrier, Barrier::At(end) if end <= read_to) {
                self.pending[place].barrier = Barrier::None;
                self.refuse_unknown(place);
            }
        }
        Ok(())
    }

    fn refuse_unknown(&mut self, place: usize) {
        for number in 0..self.pending[place].rulings.len() {
            let Pending { ask, rulings, .. } = &self.pending[place];
            let question = &ask.questions[number];
            if rulings[number].is_some() || matches!(question.brings, Brings::Entry(_)) {
                continue;
            }
            let identity = question.identity;
            let ruling = match (&question.brings, self.index.verdict(&identity)) {
                (Brings::Nothing, Some(_)) => self.give_up(identity),
                (_, Some(verdict)) => Some(Ruling::Verdict(verdict)),
                (_, None) => Some(Ruling::Refused),
            };
            self.pending[place].rulings[number] = ruling;
        }
    }

    /// Answers what is resolved, in the order of asking.
    fn answer(&mut self) {
        while self.pending.front().is_some_and(|p| p.rulings.iter().all(Option::is_some)) {
            let Some(Pending { ask, since, known, rulings, .. }) = self.pending.pop_front() else { break };
            self.stats.judged(since.elapsed());
            let rulings = rulings.into_iter().flatten().collect();
            self.outbox.push_back(Answer { batch: ask.batch, rulings, known, mark: self.newest });
        }
        while let Some(answer) = self.outbox.pop_front() {
            if let Err(TrySendError::Full(answer)) = self.lines.answers.try_send(answer) {
                self.outbox.push_front(answer);
                break;
            }
        }
    }

    /// What was given up so long ago that it left the window is forgotten here as it is in the index.
    fn prune(&mut self) {
        if self.pruned.elapsed() > PRUNE_INTERVAL {
            self.pruned = Instant::now();
            self.lines.skips.keep(|identity| self.index.is_skipped(identity));
        }
    }
}

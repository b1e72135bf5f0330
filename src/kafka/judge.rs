//! The log thread: appends entries, reads the whole log back, applies it to the index, and answers with verdicts.
//!
//! It owns the log port and the index; nothing else touches them. The log decides: an answer is given only once the entry was read back.
//! It never blocks on a channel, and it never guesses: a log that is lost or too short stops it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

use crate::article::identity::topic_hash;
use crate::article::{Entry, EntryError, EntryKind, Identity};
use crate::config::DedupeRules;
use crate::dedupe::{self, Applied, Index};
use crate::pipeline::Ruling;
use crate::telemetry::labels::VoidReason;
use crate::telemetry::{LogSnapshot, Metrics};

use super::failpoint;
use super::mark::Mark;
use super::port::{LogEvent, LogPort, LogRecord, PortError};

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
}

/// Why the log thread stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
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

struct Waiting {
    entry: Vec<u8>,
    asked: Instant,
    handed_over: Option<Instant>,
}

/// An append that was neither read back nor reported in this time is made again.
const APPEND_LIMIT: Duration = Duration::from_secs(40);

struct Pending {
    ask: Ask,
    since: Instant,
    known: u64,
    unresolved: HashSet<Identity>,
}

/// The log thread's state.
pub struct Judge<P: LogPort> {
    port: P,
    index: Index,
    rules: DedupeRules,
    topic: String,
    lines: Lines,
    waiting: HashMap<Identity, Waiting>,
    tokens: HashMap<u64, Identity>,
    next_token: u64,
    retry: VecDeque<Identity>,
    pending: VecDeque<Pending>,
    outbox: VecDeque<Answer>,
    newest: Option<Mark>,
    next_offset: i64,
    counts: LogSnapshot,
    published: Instant,
    warned_rules: bool,
    warned_window: Option<Instant>,
}

impl<P: LogPort> Judge<P> {
    /// A judge over an empty index; [`Self::restore`] comes next.
    pub fn new(port: P, rules: DedupeRules, topic: &str, lines: Lines) -> Judge<P> {
        Judge {
            port,
            index: Index::new(rules.clone(), topic),
            rules,
            topic: topic.to_owned(),
            lines,
            waiting: HashMap::new(),
            tokens: HashMap::new(),
            next_token: 0,
            retry: VecDeque::new(),
            pending: VecDeque::new(),
            outbox: VecDeque::new(),
            newest: None,
            next_offset: 0,
            counts: LogSnapshot::default(),
            published: Instant::now(),
            warned_rules: false,
            warned_window: None,
        }
    }

    /// Checks the log against the group's newest mark and reads two windows of it, up to the end that it had at the start.
    /// `progress` hears (next offset, end) and says whether to go on.
    pub fn restore(&mut self, mark: Option<Mark>, mut progress: impl FnMut(i64, i64) -> bool) -> Result<(), JudgeError> {
        let started = Instant::now();
        let (low, end) = self.patiently(|port| port.bounds())?;
        self.check_mark(mark, low, end)?;
        let start = self.start_of_two_windows(low, end)?;
        self.patiently(|port| port.tail_from(start))?;
        self.next_offset = start;
        self.counts.end = unsigned(end);
        self.counts.generation = u64::from(self.rules.generation);
        self.counts.index_entries_limit = 2 * u64::from(self.rules.window_entries);
        let mut own_generation = self.rules.generation <= 1 && low == 0;
        let mut oldest: Option<i64> = None;
        let mut newest_time = i64::MIN;
        while self.next_offset < end {
            if !progress(self.next_offset, end) {
                return Ok(());
            }
            for event in self.poll(Duration::from_millis(100))? {
                let LogEvent::Record(record) = event else {
                    continue;
                };
                oldest.get_or_insert(record.timestamp);
                newest_time = newest_time.max(record.timestamp);
                own_generation |= Entry::decode(&record.value).is_ok_and(|e| e.generation == self.rules.generation && e.kind == EntryKind::Generation)
                    || (low == 0 && self.rules.generation <= 1);
                self.apply(record)?;
            }
        }
        self.check_length(start, low, end, oldest, newest_time, own_generation)?;
        self.begin_generation(low, end, own_generation)?;
        self.counts.restore_micros = Some(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
        self.counts.restored = self.counts.read;
        self.publish_counts();
        Ok(())
    }

    /// Repeats a call while it says `Retry`: at the start there is nothing else to do.
    fn patiently<T>(&mut self, mut call: impl FnMut(&mut P) -> Result<T, PortError>) -> Result<T, JudgeError> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match call(&mut self.port) {
                Err(PortError::Retry(reason)) if Instant::now() < deadline => {
                    tracing::warn!(reason, "fingerprint log not reachable yet");
                    std::thread::sleep(Duration::from_millis(200));
                }
                other => return Ok(other?),
            }
        }
    }

    fn check_mark(&mut self, mark: Option<Mark>, low: i64, end: i64) -> Result<(), JudgeError> {
        let Some(mark) = mark else { return Ok(()) };
        let generation = self.rules.generation;
        if mark.generation > generation {
            let found = mark.generation;
            return Err(JudgeError::Newer(format!("this group last worked with generation {found} of the log, the configuration says {generation}")));
        }
        if mark.generation < generation || mark.offset < low {
            return Ok(());
        }
        if end <= mark.offset {
            return Err(JudgeError::Lost(format!("it ends at offset {end}, this group has seen offset {}", mark.offset)));
        }
        match self.record_at(mark.offset)? {
            Some(record) if Entry::decode(&record.value).is_ok_and(|entry| entry.identity == mark.identity) => Ok(()),
            _ => Err(JudgeError::Lost(format!("offset {} holds another entry than this group has seen there", mark.offset))),
        }
    }

    fn record_at(&mut self, offset: i64) -> Result<Option<LogRecord>, JudgeError> {
        self.patiently(|port| port.tail_from(offset))?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            for event in self.poll(Duration::from_millis(100))? {
                if let LogEvent::Record(record) = event {
                    return Ok((record.offset == offset).then_some(record));
                }
            }
        }
        Err(JudgeError::Port(PortError::Fatal(format!("offset {offset} of the log could not be read in 60 s"))))
    }

    /// Two windows before the last entry, whichever of time and number is shorter.
    fn start_of_two_windows(&mut self, low: i64, end: i64) -> Result<i64, JudgeError> {
        if low >= end {
            return Ok(end);
        }
        let by_number = end - 2 * i64::from(self.rules.window_entries);
        let Some(last) = self.record_at(end - 1)? else {
            return Ok(low.max(by_number));
        };
        let earliest = last.timestamp - 2 * self.window_ms();
        let by_time = self.patiently(|port| port.offset_at_time(earliest.max(0)))?.unwrap_or(end - 1);
        // One entry more than two windows shows that the log reaches back far enough.
        Ok(low.max(by_number).max(by_time - 1).min(end))
    }

    fn window_ms(&self) -> i64 {
        i64::from(self.rules.window_hours) * 3_600_000
    }

    fn check_length(&self, start: i64, low: i64, end: i64, oldest: Option<i64>, newest: i64, own_generation: bool) -> Result<(), JudgeError> {
        let whole = low == 0 || own_generation || low >= end || start > low;
        let Some(oldest) = oldest else { return Ok(()) };
        let enough = end - low >= 2 * i64::from(self.rules.window_entries) || newest - oldest >= 2 * self.window_ms();
        if whole || enough {
            return Ok(());
        }
        let hours = (newest - oldest) / 3_600_000;
        Err(JudgeError::TooShort(format!(
            "its oldest entry, at offset {low}, is {hours} h older than its newest, two windows are {} h",
            2 * self.rules.window_hours
        )))
    }

    /// The first worker of a higher generation says so in the log: what stands before is void.
    fn begin_generation(&mut self, low: i64, end: i64, own_generation: bool) -> Result<(), JudgeError> {
        let generation = self.rules.generation;
        let known = self.newest.is_some_and(|mark| mark.generation >= generation);
        if generation <= 1 || own_generation || known {
            return Ok(());
        }
        tracing::warn!(generation, low, end, "starting a new generation of the fingerprint log: what stands in it is void");
        let entry = dedupe::generation_entry(&self.rules, &self.topic);
        let identity = entry.identity;
        self.append(identity, entry.encode());
        while self.waiting.contains_key(&identity) {
            self.round(Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Works until the askers hang up. `turn` is called once a round, at least every 100 ms, and says whether to go on.
    pub fn run(&mut self, mut turn: impl FnMut() -> bool) -> Result<(), JudgeError> {
        while turn() {
            loop {
                match self.lines.asks.try_recv() {
                    Ok(ask) => self.ask(ask),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            let busy = !self.waiting.is_empty() || !self.outbox.is_empty();
            if busy || self.pending.is_empty() {
                // While nothing is asked the log is still read: other workers write to it.
                self.round(Duration::from_millis(if busy { 2 } else { 10 }))?;
            }
            self.answer();
        }
        Ok(())
    }

    fn round(&mut self, timeout: Duration) -> Result<(), JudgeError> {
        let started = Instant::now();
        for (identity, waiting) in &mut self.waiting {
            if waiting.handed_over.is_some_and(|at| at.elapsed() > APPEND_LIMIT) {
                waiting.handed_over = None;
                self.counts.reappended += 1;
                self.retry.push_back(*identity);
            }
        }
        let retry: Vec<Identity> = self.retry.drain(..).collect();
        for identity in retry {
            self.hand_over(identity)?;
        }
        let mut applied = false;
        for event in self.poll(timeout)? {
            match event {
                LogEvent::Record(record) => {
                    self.apply(record)?;
                    applied = true;
                }
                LogEvent::Delivered(token) => {
                    self.tokens.remove(&token);
                    failpoint::reached("after_append");
                }
                LogEvent::Undelivered(token, reason) => {
                    if let Some(identity) = self.tokens.remove(&token)
                        && self.waiting.contains_key(&identity)
                    {
                        tracing::warn!(reason, "delivery of a log entry unknown, appending it again");
                        self.counts.reappended += 1;
                        self.retry.push_back(identity);
                    }
                }
            }
        }
        if applied || self.published.elapsed() > Duration::from_secs(1) {
            self.counts.busy_micros += u64::try_from(started.elapsed().as_micros()).unwrap_or(0);
        }
        if self.published.elapsed() > Duration::from_millis(50) {
            self.publish_counts();
        }
        Ok(())
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, JudgeError> {
        match self.port.poll(timeout) {
            Err(PortError::Retry(reason)) => {
                tracing::debug!(reason, "reading the fingerprint log failed, trying again");
                Ok(Vec::new())
            }
            other => Ok(other?),
        }
    }

    fn apply(&mut self, record: LogRecord) -> Result<(), JudgeError> {
        self.next_offset = record.offset + 1;
        self.counts.position = unsigned(self.next_offset);
        self.counts.end = self.counts.end.max(self.counts.position);
        self.counts.read += 1;
        let entry = match Entry::decode(&record.value) {
            Ok(entry) => entry,
            Err(EntryError::Damaged(reason)) => {
                self.counts.void.inc(VoidReason::Damaged);
                tracing::warn!(offset = record.offset, reason, "damaged entry in the fingerprint log");
                return Ok(());
            }
            Err(error @ EntryError::UnknownFormat(_)) => {
                return Err(JudgeError::Newer(error.to_string()));
            }
        };
        if entry.topic == topic_hash(&self.topic) && entry.generation > self.rules.generation {
            let (found, own) = (entry.generation, self.rules.generation);
            return Err(JudgeError::Newer(format!("the fingerprint log is of generation {found}, the configuration says {own}")));
        }
        match self.index.apply(record.offset, record.timestamp, &entry) {
            Applied::OtherTopic => self.counts.void.inc(VoidReason::OtherTopic),
            Applied::Repeated => self.counts.void.inc(VoidReason::Repeated),
            Applied::Skip => self.lines.skips.add(entry.identity),
            Applied::Verdict(_) | Applied::Generation => {}
        }
        self.newest = Some(Mark { generation: entry.generation, offset: record.offset, identity: entry.identity });
        self.compare_rules(&entry);
        if let Some(waiting) = self.waiting.remove(&entry.identity) {
            self.counts.read_back.observe_duration(waiting.asked.elapsed());
            for pending in &mut self.pending {
                pending.unresolved.remove(&entry.identity);
            }
        }
        Ok(())
    }

    fn compare_rules(&mut self, entry: &Entry) {
        if matches!(entry.kind, EntryKind::Article | EntryKind::Withdrawal) && entry.rules != self.rules.hash() {
            self.counts.rules_mismatches += 1;
            if !std::mem::replace(&mut self.warned_rules, true) {
                tracing::warn!("a worker with other rules of duplicates writes to the same log; fine during a rolling change");
            }
        }
    }

    fn ask(&mut self, ask: Ask) {
        let mut unresolved = HashSet::new();
        let mut known_before = 0;
        for question in &ask.questions {
            let identity = question.identity;
            let known = self.index.verdict(&identity).is_some();
            known_before += u64::from(known);
            let entry = match &question.brings {
                Brings::Entry(entry) if !known => entry.encode(),
                Brings::Nothing if known && !self.index.is_skipped(&identity) => dedupe::skip_entry(identity, &self.rules, &self.topic).encode(),
                Brings::Entry(_) | Brings::Refusal | Brings::Nothing => continue,
            };
            unresolved.insert(identity);
            if !self.waiting.contains_key(&identity) {
                self.append(identity, entry);
            }
        }
        self.pending.push_back(Pending { ask, since: Instant::now(), known: known_before, unresolved });
    }

    fn append(&mut self, identity: Identity, entry: Vec<u8>) {
        self.waiting.insert(identity, Waiting { entry, asked: Instant::now(), handed_over: None });
        self.counts.appended += 1;
        self.retry.push_back(identity);
    }

    fn hand_over(&mut self, identity: Identity) -> Result<(), JudgeError> {
        let Some(waiting) = self.waiting.get_mut(&identity) else {
            return Ok(());
        };
        waiting.handed_over = Some(Instant::now());
        let token = self.next_token;
        self.next_token += 1;
        match self.port.append(token, &waiting.entry) {
            Ok(()) => {
                self.tokens.insert(token, identity);
                Ok(())
            }
            Err(PortError::Retry(_)) => {
                self.retry.push_back(identity);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Answers what is resolved, in the order of asking.
    fn answer(&mut self) {
        while self.pending.front().is_some_and(|p| p.unresolved.is_empty()) {
            let Some(Pending { ask, since, known, .. }) = self.pending.pop_front() else { break };
            self.counts.verdict.observe_duration(since.elapsed());
            let rulings = ask.questions.iter().map(|q| self.rule(q)).collect();
            self.outbox.push_back(Answer { batch: ask.batch, rulings, known, mark: self.newest });
        }
        while let Some(answer) = self.outbox.pop_front() {
            if let Err(TrySendError::Full(answer)) = self.lines.answers.try_send(answer) {
                self.outbox.push_front(answer);
                break;
            }
        }
    }

    fn rule(&self, question: &Question) -> Ruling {
        match question.brings {
            Brings::Nothing => Ruling::Refused,
            Brings::Entry(_) | Brings::Refusal => self.index.verdict(&question.identity).map_or(Ruling::Refused, Ruling::Verdict),
        }
    }

    /// How far the window reaches and what verdicts took. A window that its number of entries bounds is told once an hour.
    fn count_window(&mut self) {
        let (reach, work) = (self.index.reach(), self.index.work());
        self.counts.window_millis = reach.map_or(0, |reach| unsigned(reach.millis));
        self.counts.window_full = reach.is_some_and(|reach| reach.by_number);
        (self.counts.comparisons, self.counts.verdicts_cut) = (work.comparisons, work.cut);
        if self.counts.window_full && self.warned_window.is_none_or(|at| at.elapsed() > Duration::from_secs(3600)) {
            self.warned_window = Some(Instant::now());
            let (hours, wanted, entries) = (self.counts.window_millis / 3_600_000, self.rules.window_hours, self.rules.window_entries);
            tracing::warn!(
                hours,
                wanted,
                entries,
                "the window of duplicates holds fewer hours than wanted: raise dedupe.window_entries or lower dedupe.window_hours"
            );
        }
    }

    fn publish_counts(&mut self) {
        self.published = Instant::now();
        self.counts.index_entries = self.index.len() as u64;
        self.counts.index_bytes = self.index.bytes() as u64;
        self.count_window();
        self.lines.metrics.publish_log(self.counts.clone());
    }
}

/// An offset as it is shown; offsets of records are never negative.
fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

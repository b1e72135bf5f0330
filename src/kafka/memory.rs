//! An honest in-memory broker for tests: partitions with transaction markers, last stable offset, staged offsets, generations, fencing.
//!
//! It stands behind the same ports as the real client. It never does more than Kafka would: what a crash loses there is lost here,
//! a transaction that a dead instance left open holds back readers and offsets until its name is taken up again.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::article::{Origin, RawArticle};
use crate::pipeline::{OutputRecord, OutputTopic};

use super::mark::Mark;
use super::port::{Lag, LogEvent, LogPort, LogRecord, Polled, PortError, Rebalance, TransactionalPort};

/// A call of a port, at which a test may let something go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `init`.
    Init,
    /// `poll`.
    Poll,
    /// `begin`.
    Begin,
    /// `send`.
    Send,
    /// `drive`.
    Drive,
    /// `send_offsets`.
    SendOffsets,
    /// `commit`, before it takes effect.
    Commit,
    /// `commit`, after it took effect: the answer is lost.
    CommitAnswer,
    /// `abort`.
    Abort,
    /// `rewind`.
    Rewind,
    /// The log's `append`.
    Append,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The instance dies: every later call of its ports fails with [`PortError::Fatal`], nothing is cleaned up.
    Crash,
    /// An error that asks for the same call again.
    Retry,
    /// An error that asks for an abort.
    Abort,
    /// The producer dies.
    Producer,
    /// The group is rebalanced.
    Rebalance,
    /// The append reaches the log, but its delivery stays unknown.
    Unknown,
}

#[derive(Debug)]
enum Stored {
    Data { producer: Option<(String, u64)>, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<(String, Option<Vec<u8>>)>, timestamp: i64 },
    Marker,
}

#[derive(Debug, Default)]
struct Partition {
    records: Vec<Stored>,
}

#[derive(Debug, Default)]
struct Txn {
    epoch: u64,
    open: bool,
    sequence: u64,
    touched: BTreeSet<(String, i32)>,
    staged: BTreeMap<i32, (i64, String)>,
}

#[derive(Debug, Default)]
struct Group {
    generation: u64,
    members: BTreeMap<u64, Vec<i32>>,
    offsets: BTreeMap<i32, (i64, String)>,
}

#[derive(Debug, Default)]
struct State {
    topics: BTreeMap<String, Vec<Partition>>,
    producers: HashMap<String, Txn>,
    /// Sequences of transactions that were aborted, by producer.
    aborted: BTreeSet<(String, u64)>,
    open: BTreeSet<(String, u64)>,
    groups: BTreeMap<String, Group>,
    log: Vec<(i64, Vec<u8>)>,
    log_time: i64,
    /// Log entries below this were deleted by retention.
    log_low: usize,
    /// Nothing of the log is read or acknowledged.
    log_stalled: bool,
    last_poll: Option<Instant>,
    longest_silence: Duration,
    next_member: u64,
    faults: VecDeque<(Call, u32, Fault)>,
    dead: BTreeSet<u64>,
}

/// The broker. Clones are the same broker.
#[derive(Clone, Debug, Default)]
pub struct MemoryBroker {
    state: Arc<Mutex<State>>,
}

/// A committed output record.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    /// Its topic.
    pub topic: OutputTopic,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

fn topic_name(topic: OutputTopic) -> &'static str {
    match topic {
        OutputTopic::Articles => "articles",
        OutputTopic::Duplicates => "duplicates",
        OutputTopic::DeadLetters => "dead_letters",
    }
}

impl MemoryBroker {
    /// A broker with a raw topic `raw` of so many partitions.
    pub fn new(partitions: usize) -> MemoryBroker {
        let broker = MemoryBroker::default();
        let mut state = broker.lock();
        state.topics.insert("raw".into(), (0..partitions).map(|_| Partition::default()).collect());
        for topic in [OutputTopic::Articles, OutputTopic::Duplicates, OutputTopic::DeadLetters] {
            state.topics.insert(topic_name(topic).into(), vec![Partition::default()]);
        }
        state.log_time = 1_700_000_000_000;
        drop(state);
        broker
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Appends a raw record and returns its offset.
    pub fn produce_raw(&self, partition: i32, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<(String, Option<Vec<u8>>)>, timestamp: i64) -> i64 {
        let mut state = self.lock();
        let records = &mut state.partition("raw", partition).records;
        records.push(Stored::Data { producer: None, key, value, headers, timestamp });
        records.len() as i64 - 1
    }

    /// Appends a marker to a raw partition, as a transactional crawler's commit does.
    pub fn mark_raw(&self, partition: i32) {
        self.lock().partition("raw", partition).records.push(Stored::Marker);
    }

    /// At the `count`-th next call of this kind, by whichever instance, this goes wrong. Faults wait in order.
    pub fn inject(&self, call: Call, count: u32, fault: Fault) {
        self.lock().faults.push_back((call, count.max(1), fault));
    }

    /// The broker gives up the open transactions of all dead instances, as it does when they time out.
    pub fn time_out_transactions(&self) {
        let mut state = self.lock();
        let names: Vec<String> = state.producers.keys().cloned().collect();
        for name in names {
            state.end(&name, false);
        }
    }

    /// What a `read_committed` reader of an output topic sees.
    pub fn committed(&self, topic: OutputTopic) -> Vec<Committed> {
        let state = self.lock();
        let partition = &state.topics[topic_name(topic)][0];
        let stable = state.last_stable(topic_name(topic), 0);
        let visible = partition.records.iter().take(stable).filter_map(|record| match record {
            Stored::Data { producer, key, value, headers, .. } if producer.as_ref().is_none_or(|p| !state.aborted.contains(p)) => {
                Some(Committed { topic, key: key.clone(), value: value.clone(), headers: headers.clone() })
            }
            Stored::Data { .. } | Stored::Marker => None,
        });
        visible.collect()
    }

    /// Committed offsets of a group: partition to offset.
    pub fn group_offsets(&self, group: &str) -> BTreeMap<i32, i64> {
        let state = self.lock();
        state.groups.get(group).map(|g| g.offsets.iter().map(|(p, (o, _))| (*p, *o)).collect()).unwrap_or_default()
    }

    /// The end offset of a raw partition.
    pub fn raw_end(&self, partition: i32) -> i64 {
        self.lock().partition("raw", partition).records.len() as i64
    }

    /// Appends to the log as another worker does, so many milliseconds after its last entry.
    pub fn append_log(&self, entry: Vec<u8>, later: i64) {
        let mut state = self.lock();
        state.log_time += later;
        let time = state.log_time;
        state.log.push((time, entry));
    }

    /// Retention deletes the log's entries below this offset.
    pub fn cut_log(&self, low: usize) {
        self.lock().log_low = low;
    }

    /// The log stands still, or goes on: nothing of it is read or acknowledged meanwhile.
    pub fn stall_log(&self, stalled: bool) {
        let mut state = self.lock();
        state.log_stalled = stalled;
        state.longest_silence = Duration::ZERO;
    }

    /// The longest time between two polls of a consumer since the log was stalled or went on.
    pub fn longest_silence(&self) -> Duration {
        self.lock().longest_silence
    }

    /// The log is deleted and made anew, empty.
    pub fn lose_log(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.log_low = 0;
    }

    /// Entries of the log.
    pub fn log_len(&self) -> usize {
        self.lock().log.len()
    }

    /// The ports of a new instance: of this name, in this group.
    pub fn connect(&self, name: &str, group: &str) -> (MemoryPort, MemoryLog) {
        let mut state = self.lock();
        let member = state.next_member;
        state.next_member += 1;
        drop(state);
        let port = MemoryPort {
            broker: self.clone(),
            name: name.to_owned(),
            group: group.to_owned(),
            member,
            epoch: 0,
            generation: 0,
            assigned: BTreeMap::new(),
            pending: None,
            paused: false,
            undelivered: 0,
        };
        (port, MemoryLog { broker: self.clone(), member, position: 0, events: Vec::new() })
    }
}

impl State {
    fn partition(&mut self, topic: &str, partition: i32) -> &mut Partition {
        let partitions = self.topics.entry(topic.to_owned()).or_default();
        while partitions.len() <= partition as usize {
            partitions.push(Partition::default());
        }
        &mut partitions[partition as usize]
    }

    /// Offsets below this are decided: no open transaction's record stands before it.
    fn last_stable(&self, topic: &str, partition: i32) -> usize {
        let records = &self.topics[topic][partition as usize].records;
        let open = records.iter().position(|r| matches!(r, Stored::Data { producer: Some(p), .. } if self.open.contains(p)));
        open.unwrap_or(records.len())
    }

    /// Ends the open transaction of a name, with markers.
    fn end(&mut self, name: &str, commit: bool) {
        let Some(txn) = self.producers.get_mut(name) else {
            return;
        };
        if !txn.open {
            return;
        }
        txn.open = false;
        let id = (name.to_owned(), txn.sequence);
        let touched = std::mem::take(&mut txn.touched);
        let staged = std::mem::take(&mut txn.staged);
        self.open.remove(&id);
        if !commit {
            self.aborted.insert(id);
        }
        for (topic, partition) in touched {
            self.partition(&topic, partition).records.push(Stored::Marker);
        }
        if commit {
            for (key, (offset, metadata)) in staged {
                let group = name.split('/').next().unwrap_or_default().to_owned();
                self.groups.entry(group).or_default().offsets.insert(key, (offset, metadata));
            }
        }
    }

    /// Shares the raw partitions out among the members, in order of joining.
    fn rebalance(&mut self, group: &str) {
        let partitions = self.topics["raw"].len() as i32;
        let group = self.groups.entry(group.to_owned()).or_default();
        group.generation += 1;
        let members: Vec<u64> = group.members.keys().copied().collect();
        for (i, member) in members.iter().enumerate() {
            let share = (0..partitions).filter(|p| *p as usize % members.len() == i).collect();
            group.members.insert(*member, share);
        }
    }

    fn strike(&mut self, call: Call) -> Option<Fault> {
        let (wanted, count, fault) = self.faults.front_mut()?;
        if *wanted != call {
            return None;
        }
        *count -= 1;
        if *count > 0 {
            return None;
        }
        let fault = *fault;
        self.faults.pop_front();
        Some(fault)
    }

    fn alive(&self, member: u64) -> Result<(), PortError> {
        if self.dead.contains(&member) { Err(PortError::Fatal("crashed".into())) } else { Ok(()) }
    }

    /// What a fault does to a call. `Ok(None)` where the call goes on.
    fn fault(&mut self, call: Call, member: u64, group: &str) -> Result<Option<Fault>, PortError> {
        self.alive(member)?;
        match self.strike(call) {
            None => Ok(None),
            Some(Fault::Crash) => {
                self.dead.insert(member);
                for other in self.groups.values_mut() {
                    other.members.remove(&member);
                }
                self.rebalance(group);
                Err(PortError::Fatal("crashed".into()))
            }
            Some(Fault::Retry) => Err(PortError::Retry("injected".into())),
            Some(Fault::Abort) => Err(PortError::Abort("injected".into())),
            Some(Fault::Producer) => Err(PortError::Producer("injected".into())),
            Some(Fault::Rebalance) => {
                self.rebalance(group);
                Ok(None)
            }
            Some(Fault::Unknown) => Ok(Some(Fault::Unknown)),
        }
    }
}

/// The worker's port.
#[derive(Debug)]
pub struct MemoryPort {
    broker: MemoryBroker,
    name: String,
    group: String,
    member: u64,
    epoch: u64,
    generation: u64,
    assigned: BTreeMap<i32, i64>,
    pending: Option<Vec<i32>>,
    paused: bool,
    undelivered: usize,
}

impl MemoryPort {
    fn producer_name(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    fn take_name(&mut self) {
        let name = self.producer_name();
        let mut state = self.broker.lock();
        state.end(&name, false);
        let txn = state.producers.entry(name).or_default();
        txn.epoch += 1;
        self.epoch = txn.epoch;
    }

    fn check_epoch(&self, state: &State) -> Result<(), PortError> {
        let current = state.producers.get(&self.producer_name()).map_or(0, |t| t.epoch);
        if current == self.epoch { Ok(()) } else { Err(PortError::Fenced(self.name.clone())) }
    }
}

impl TransactionalPort for MemoryPort {
    type Metadata = (u64, u64);

    fn init(&mut self) -> Result<(), PortError> {
        self.broker.lock().fault(Call::Init, self.member, &self.group)?;
        self.take_name();
        Ok(())
    }

    fn newest_mark(&mut self) -> Result<Option<Mark>, PortError> {
        let state = self.broker.lock();
        state.alive(self.member)?;
        let group = state.groups.get(&self.group);
        Ok(group.and_then(|g| g.offsets.values().filter_map(|(_, metadata)| Mark::parse(metadata)).max()))
    }

    fn subscribe(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.alive(self.member)?;
        state.groups.entry(self.group.clone()).or_default().members.insert(self.member, Vec::new());
        state.rebalance(&self.group);
        Ok(())
    }

    fn poll(&mut self, timeout: Duration) -> Result<Polled, PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Poll, self.member, &self.group)?;
        let now = Instant::now();
        let silence = state.last_poll.replace(now).map_or(Duration::ZERO, |last| now.duration_since(last));
        state.longest_silence = state.longest_silence.max(silence);
        let group = state.groups.get(&self.group).ok_or_else(|| PortError::Fatal("not subscribed".into()))?;
        if group.generation != self.generation {
            self.generation = group.generation;
            let share = group.members.get(&self.member).cloned().unwrap_or_default();
            let lost: Vec<i32> = self.assigned.keys().copied().filter(|p| !share.contains(p)).collect();
            let gained: Vec<i32> = share.iter().copied().filter(|p| !self.assigned.contains_key(p)).collect();
            self.pending = Some(share);
            return Ok(Polled::Rebalanced(if lost.is_empty() { Rebalance::Assigned(gained) } else { Rebalance::Revoked(lost) }));
        }
        if !self.paused {
            let partitions: Vec<(i32, i64)> = self.assigned.iter().map(|(p, o)| (*p, *o)).collect();
            for (partition, position) in partitions {
                let stable = state.last_stable("raw", partition) as i64;
                let mut at = position;
                while at < stable {
                    let record = &state.topics["raw"][partition as usize].records[at as usize];
                    at += 1;
                    if let Stored::Data { key, value, headers, timestamp, .. } = record {
                        let origin = Origin { topic: "news.raw".into(), partition, offset: at - 1 };
                        let raw = RawArticle { origin, timestamp: *timestamp, key: key.clone(), value: value.clone(), headers: headers.clone() };
                        self.assigned.insert(partition, at);
                        return Ok(Polled::Record(raw));
                    }
                }
                self.assigned.insert(partition, at);
            }
        }
        drop(state);
        std::thread::sleep(timeout.min(Duration::from_millis(1)));
        Ok(Polled::Nothing)
    }

    fn metadata(&self) -> Result<(u64, u64), PortError> {
        Ok((self.member, self.generation))
    }

    fn positions(&self) -> BTreeMap<i32, i64> {
        self.assigned.clone()
    }

    fn pause(&mut self) -> Result<(), PortError> {
        self.paused = true;
        Ok(())
    }

    fn resume(&mut self) -> Result<(), PortError> {
        self.paused = false;
        Ok(())
    }

    fn rewind(&mut self) -> Result<Vec<(i32, i64)>, PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Rewind, self.member, &self.group)?;
        let share: Vec<i32> = self.pending.clone().unwrap_or_else(|| self.assigned.keys().copied().collect());
        // Offsets in an open transaction are not decided: their readers wait.
        let pending = state
            .producers
            .iter()
            .any(|(name, txn)| txn.open && name.starts_with(&format!("{}/", self.group)) && share.iter().any(|p| txn.staged.contains_key(p)));
        if pending {
            return Err(PortError::Retry("offsets are pending".into()));
        }
        let group = state.groups.entry(self.group.clone()).or_default();
        let positions: Vec<(i32, i64)> = share.iter().map(|p| (*p, group.offsets.get(p).map_or(0, |(o, _)| *o))).collect();
        self.assigned = positions.iter().copied().collect();
        self.pending = None;
        self.paused = false;
        Ok(positions)
    }

    fn lag(&mut self) -> Vec<Lag> {
        let state = self.broker.lock();
        let lag = |(partition, position): (&i32, &i64)| Lag { partition: *partition, messages: state.last_stable("raw", *partition) as i64 - position };
        self.assigned.iter().map(lag).collect()
    }

    fn begin(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Begin, self.member, &self.group)?;
        self.check_epoch(&state)?;
        let name = self.producer_name();
        let txn = state.producers.get_mut(&name).ok_or_else(|| PortError::Fatal("not initialised".into()))?;
        txn.open = true;
        txn.sequence += 1;
        let id = (name, txn.sequence);
        state.open.insert(id);
        Ok(())
    }

    fn send(&mut self, record: &OutputRecord) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Send, self.member, &self.group)?;
        self.check_epoch(&state)?;
        let name = self.producer_name();
        let topic = topic_name(record.topic).to_owned();
        let txn = state.producers.get_mut(&name).ok_or_else(|| PortError::Fatal("not initialised".into()))?;
        txn.touched.insert((topic.clone(), 0));
        let producer = Some((name, txn.sequence));
        let stored = Stored::Data { producer, key: record.key.clone(), value: record.value.clone(), headers: record.headers.clone(), timestamp: 0 };
        state.partition(&topic, 0).records.push(stored);
        self.undelivered += 1;
        Ok(())
    }

    fn drive(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Drive, self.member, &self.group)?;
        self.undelivered = 0;
        Ok(())
    }

    fn in_flight(&self) -> usize {
        self.undelivered
    }

    fn send_offsets(&mut self, offsets: &[(i32, i64)], metadata: &(u64, u64), mark: &str) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::SendOffsets, self.member, &self.group)?;
        self.check_epoch(&state)?;
        // As the real broker: member and generation are checked, ownership of the partitions is not.
        let group = state.groups.entry(self.group.clone()).or_default();
        if !group.members.contains_key(&metadata.0) || group.generation != metadata.1 {
            return Err(PortError::Abort("illegal generation".into()));
        }
        let name = self.producer_name();
        let txn = state.producers.get_mut(&name).ok_or_else(|| PortError::Fatal("not initialised".into()))?;
        for (partition, offset) in offsets {
            txn.staged.insert(*partition, (*offset, mark.to_owned()));
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Commit, self.member, &self.group)?;
        self.check_epoch(&state)?;
        state.end(&self.producer_name(), true);
        state.fault(Call::CommitAnswer, self.member, &self.group)?;
        Ok(())
    }

    fn abort(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Abort, self.member, &self.group)?;
        self.check_epoch(&state)?;
        state.end(&self.producer_name(), false);
        self.undelivered = 0;
        Ok(())
    }

    fn renew_producer(&mut self) -> Result<(), PortError> {
        self.broker.lock().fault(Call::Init, self.member, &self.group)?;
        self.take_name();
        self.undelivered = 0;
        Ok(())
    }

    fn close(&mut self) {
        let mut state = self.broker.lock();
        if state.alive(self.member).is_err() {
            return;
        }
        if let Some(group) = state.groups.get_mut(&self.group) {
            group.members.remove(&self.member);
        }
        state.rebalance(&self.group);
    }
}

/// The log's port.
#[derive(Debug)]
pub struct MemoryLog {
    broker: MemoryBroker,
    member: u64,
    position: i64,
    events: Vec<LogEvent>,
}

impl LogPort for MemoryLog {
    fn bounds(&mut self) -> Result<(i64, i64), PortError> {
        let state = self.broker.lock();
        state.alive(self.member)?;
        Ok((state.log_low as i64, state.log.len() as i64))
    }

    fn tail_from(&mut self, offset: i64) -> Result<(), PortError> {
        self.position = offset;
        Ok(())
    }

    fn offset_at_time(&mut self, timestamp: i64) -> Result<Option<i64>, PortError> {
        let state = self.broker.lock();
        let after = |i: &usize| state.log[*i].0 >= timestamp;
        Ok((state.log_low..state.log.len()).find(after).map(|i| i as i64))
    }

    fn append(&mut self, token: u64, entry: &[u8]) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        let fault = state.fault(Call::Append, self.member, "")?;
        state.log_time += 7;
        let record = (state.log_time, entry.to_vec());
        state.log.push(record);
        self.events.push(match fault {
            Some(_) => LogEvent::Undelivered(token, "injected".into()),
            None => LogEvent::Delivered(token),
        });
        Ok(())
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, PortError> {
        let state = self.broker.lock();
        state.alive(self.member)?;
        if state.log_stalled {
            drop(state);
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
            return Ok(Vec::new());
        }
        let mut events = std::mem::take(&mut self.events);
        if self.position < state.log_low as i64 {
            return Err(PortError::Fatal("the next offset is not in the log any more".into()));
        }
        for (timestamp, value) in state.log.iter().skip(self.position as usize).take(500) {
            events.push(LogEvent::Record(LogRecord { offset: self.position, timestamp: *timestamp, value: value.clone() }));
            self.position += 1;
        }
        drop(state);
        if events.is_empty() {
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
        }
        Ok(events)
    }
}

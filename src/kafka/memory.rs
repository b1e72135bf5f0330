//! An honest in-memory broker for tests: partitions with transaction markers, last stable offset, staged offsets, generations, fencing.
//!
//! It stands behind the same ports as the real client. It never does more than Kafka would: what a crash loses there is lost here,
//! a transaction that a dead instance left open holds back readers and offsets until its name is taken up again.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::article::{Origin, OutputRecord, OutputTopic, RawArticle, RawHeader};

use super::mark::Mark;
use super::port::{Lag, LogEvent, LogPort, LogRecord, Polled, PortError, Position, Rebalance, Standing, TransactionalPort};
use crate::config::StartFrom;

mod log;
mod port;

pub use log::MemoryLog;
pub use port::MemoryPort;

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
    /// `commit_start`.
    CommitStart,
    /// The log's `append`.
    Append,
    /// The log's `poll`.
    Tail,
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
    /// The group has put this member out: its partitions are lost, and it must join anew.
    Lost,
    /// The append reaches the log, but its delivery stays unknown.
    Unknown,
    /// The append reaches the log only after so many later ones.
    Delayed(u32),
}

/// A record that the broker refuses for good, whoever sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The topic that refuses it.
    pub topic: OutputTopic,
    /// It refuses records whose key, value or headers hold these bytes; empty bytes are in all.
    pub bytes: Vec<u8>,
    /// Whether the client knows before it sends, and so which record it is; else the broker refuses the whole request.
    pub at_once: bool,
}

#[derive(Debug)]
enum Stored {
    Data { producer: Option<(String, u64)>, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<RawHeader>, timestamp: i64 },
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
    /// Members that were put out and do not know it yet.
    put_out: BTreeSet<u64>,
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
    /// Appends that are still on their way: how many later ones come before each.
    log_delayed: Vec<(u32, Vec<u8>)>,
    refusals: Vec<Refusal>,
    start_from: Option<StartFrom>,
    leaderless: BTreeSet<i32>,
    polls: u64,
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
pub struct CommittedRecord {
    /// Its topic.
    pub topic: OutputTopic,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<RawHeader>,
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
    pub fn produce_raw(&self, partition: i32, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Vec<RawHeader>, timestamp: i64) -> i64 {
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

    /// What a `read_committed` reader of an output topic sees.
    pub fn committed(&self, topic: OutputTopic) -> Vec<CommittedRecord> {
        let state = self.lock();
        let partition = &state.topics[topic_name(topic)][0];
        let stable = state.last_stable(topic_name(topic), 0);
        let visible = partition.records.iter().take(stable).filter_map(|record| match record {
            Stored::Data { producer, key, value, headers, .. } if producer.as_ref().is_none_or(|p| !state.aborted.contains(p)) => {
                Some(CommittedRecord { topic, key: key.clone(), value: value.clone(), headers: headers.clone() })
            }
            Stored::Data { .. } | Stored::Marker => None,
        });
        visible.collect()
    }

    /// From now on the broker refuses these records.
    pub fn refuse(&self, refusal: Refusal) {
        self.lock().refusals.push(refusal);
    }

    /// Where groups begin that have committed nothing.
    pub fn start_from(&self, start: StartFrom) {
        self.lock().start_from = Some(start);
    }

    /// A raw partition has no leader, or has one again.
    pub fn lead_raw(&self, partition: i32, has_leader: bool) {
        let mut state = self.lock();
        if has_leader {
            state.leaderless.remove(&partition)
        } else {
            state.leaderless.insert(partition)
        };
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
    }

    /// How often consumers have polled.
    pub fn polls(&self) -> u64 {
        self.lock().polls
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
            share: Vec::new(),
            is_refused: false,
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

    /// Where a group stands in a raw partition.
    fn position(&self, group: &str, partition: i32) -> Position {
        if let Some((offset, _)) = self.groups.get(group).and_then(|g| g.offsets.get(&partition)) {
            return Position::Committed(*offset);
        }
        if self.leaderless.contains(&partition) {
            return Position::Unknown("no leader".into());
        }
        let records = &self.topics["raw"][partition as usize].records;
        let start = match self.start_from.unwrap_or(StartFrom::Earliest) {
            StartFrom::Earliest => 0,
            StartFrom::Latest => records.len(),
            StartFrom::Time(time) => {
                let time = time.as_millisecond();
                let is_later = |record: &Stored| matches!(record, Stored::Data { timestamp, .. } if *timestamp >= time);
                records.iter().position(is_later).unwrap_or(records.len())
            }
        };
        Position::Start(start as i64)
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

    /// Whether the topic refuses this record for good, and how it says so.
    fn refusal(&self, record: &OutputRecord) -> Option<&Refusal> {
        let holds = |bytes: &[u8], part: &[u8]| bytes.is_empty() || part.windows(bytes.len()).any(|window| window == bytes);
        let headers = || record.headers.iter().filter_map(|(_, value)| value.as_deref());
        let parts = || record.key.as_deref().into_iter().chain(record.value.as_deref()).chain(headers());
        self.refusals.iter().find(|refusal| refusal.topic == record.topic && parts().any(|part| holds(&refusal.bytes, part)))
    }

    /// Appends to the log what was delayed long enough, after one more entry.
    fn deliver_delayed(&mut self) {
        self.log_delayed.iter_mut().for_each(|(later, _)| *later = later.saturating_sub(1));
        while let Some(place) = self.log_delayed.iter().position(|(later, _)| *later == 0) {
            let (_, entry) = self.log_delayed.remove(place);
            self.reach_log(entry);
        }
    }

    /// An entry is in the log.
    fn reach_log(&mut self, entry: Vec<u8>) {
        self.log_time += 7;
        self.log.push((self.log_time, entry));
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
            Some(Fault::Lost) => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.remove(&member);
                    group.put_out.insert(member);
                }
                self.rebalance(group);
                Ok(None)
            }
            Some(fault @ (Fault::Unknown | Fault::Delayed(_))) => Ok(Some(fault)),
        }
    }
}

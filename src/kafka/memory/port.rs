//! The worker's port on the in-memory broker: consumer, producer and transaction of one instance.
//!
//! It fails as a client would: fenced by a later instance of its name, late after a rebalance, unsure of a commit.

use std::time::Duration;

use super::*;
use crate::article::RawPartition;

/// The name of the one raw topic.
const RAW_TOPIC: &str = "news.raw";

fn place(number: i32) -> RawPartition {
    RawPartition::new(RAW_TOPIC, number)
}

fn places(numbers: impl IntoIterator<Item = i32>) -> Vec<RawPartition> {
    numbers.into_iter().map(place).collect()
}

/// The worker's port.
#[derive(Debug)]
pub struct MemoryPort {
    pub(super) broker: MemoryBroker,
    pub(super) name: String,
    pub(super) group: String,
    pub(super) member: u64,
    pub(super) epoch: u64,
    pub(super) generation: u64,
    pub(super) assigned: BTreeMap<i32, i64>,
    pub(super) pending: Option<Vec<i32>>,
    pub(super) paused: bool,
    pub(super) undelivered: usize,
    /// All partitions that are its own; of some the position may not be known.
    pub(super) share: Vec<i32>,
    /// A record of the open transaction was refused, which the next `drive` tells.
    pub(super) is_refused: bool,
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
        state.polls += 1;
        let group = state.groups.get_mut(&self.group).ok_or_else(|| PortError::Fatal("not subscribed".into()))?;
        if group.put_out.remove(&self.member) {
            // It joins anew with its next poll; until then all that it held is somebody else's.
            let lost = places(self.assigned.keys().copied());
            self.pending = Some(Vec::new());
            group.members.insert(self.member, Vec::new());
            state.rebalance(&self.group);
            return Ok(Polled::Rebalanced(Rebalance::Lost(lost)));
        }
        if group.generation != self.generation {
            self.generation = group.generation;
            let share = group.members.get(&self.member).cloned().unwrap_or_default();
            let lost: Vec<i32> = self.assigned.keys().copied().filter(|p| !share.contains(p)).collect();
            let gained: Vec<i32> = share.iter().copied().filter(|p| !self.assigned.contains_key(p)).collect();
            self.pending = Some(share);
            return Ok(Polled::Rebalanced(if lost.is_empty() { Rebalance::Assigned(places(gained)) } else { Rebalance::Revoked(places(lost)) }));
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
                        let origin = Origin { topic: RAW_TOPIC.into(), partition, offset: at - 1 };
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

    fn positions(&self) -> BTreeMap<RawPartition, i64> {
        self.assigned.iter().map(|(number, offset)| (place(*number), *offset)).collect()
    }

    fn pause(&mut self) -> Result<(), PortError> {
        self.paused = true;
        Ok(())
    }

    fn resume(&mut self) -> Result<(), PortError> {
        self.paused = false;
        Ok(())
    }

    fn rewind(&mut self) -> Result<Vec<Standing>, PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Rewind, self.member, &self.group)?;
        let share: Vec<i32> = self.pending.clone().unwrap_or_else(|| self.share.clone());
        // Offsets in an open transaction are not decided: their readers wait.
        let pending = state
            .producers
            .iter()
            .any(|(name, txn)| txn.open && name.starts_with(&format!("{}/", self.group)) && share.iter().any(|p| txn.staged.contains_key(p)));
        if pending {
            return Err(PortError::Retry("offsets are pending".into()));
        }
        let standings: Vec<Standing> =
            share.iter().map(|partition| Standing { partition: place(*partition), position: state.position(&self.group, *partition) }).collect();
        self.assigned = standings
            .iter()
            .filter_map(|s| match s.position {
                Position::Committed(offset) | Position::Start(offset) => Some((s.partition.number, offset)),
                Position::Unknown(_) => None,
            })
            .collect();
        self.share = share;
        self.pending = None;
        self.paused = false;
        Ok(standings)
    }

    fn commit_start(&mut self, starts: &[(RawPartition, i64)]) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::CommitStart, self.member, &self.group)?;
        let group = state.groups.entry(self.group.clone()).or_default();
        if !group.members.contains_key(&self.member) || group.generation != self.generation {
            return Err(PortError::Retry("illegal generation".into()));
        }
        group.offsets.extend(starts.iter().map(|(partition, offset)| (partition.number, (*offset, String::new()))));
        Ok(())
    }

    fn lag(&mut self) -> Vec<Lag> {
        let state = self.broker.lock();
        let lag = |(partition, position): (&i32, &i64)| Lag { partition: place(*partition), messages: state.last_stable("raw", *partition) as i64 - position };
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

    fn send(&mut self, number: usize, record: &OutputRecord) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Send, self.member, &self.group)?;
        self.check_epoch(&state)?;
        if let Some(refusal) = state.refusal(record) {
            if refusal.at_once {
                return Err(PortError::Refused { record: Some(number), reason: "refused by a test".into() });
            }
            self.is_refused = true;
        }
        let name = self.producer_name();
        let topic = topic_name(record.topic).to_owned();
        let txn = state.producers.get_mut(&name).ok_or_else(|| PortError::Fatal("not initialised".into()))?;
        txn.touched.insert((topic.clone(), 0));
        let producer = Some((name, txn.sequence));
        let headers = record.headers.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone())).collect();
        let stored = Stored::Data { producer, key: record.key.clone(), value: record.value.clone(), headers, timestamp: 0 };
        state.partition(&topic, 0).records.push(stored);
        self.undelivered += 1;
        Ok(())
    }

    fn drive(&mut self) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Drive, self.member, &self.group)?;
        self.undelivered = 0;
        if std::mem::take(&mut self.is_refused) {
            return Err(PortError::Refused { record: None, reason: "refused by a test".into() });
        }
        Ok(())
    }

    fn in_flight(&self) -> usize {
        self.undelivered
    }

    fn send_offsets(&mut self, offsets: &[(RawPartition, i64)], metadata: &(u64, u64), mark: &str) -> Result<(), PortError> {
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
            txn.staged.insert(partition.number, (*offset, mark.to_owned()));
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
        self.is_refused = false;
        Ok(())
    }

    fn renew_producer(&mut self) -> Result<(), PortError> {
        self.broker.lock().fault(Call::Init, self.member, &self.group)?;
        self.take_name();
        self.undelivered = 0;
        self.is_refused = false;
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

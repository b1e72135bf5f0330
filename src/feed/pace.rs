//! How far the sender may run ahead of an embedded broker, which keeps 5 MiB a partition and deletes what is older, read or not.
//!
//! It reads the offsets that the worker's group has committed, as a consumer that has the group's name and never joins it. On Kafka it does nothing:
//! there, retention is the topic's.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::{Bridge, ClientError, Connection};

/// Bytes of a partition that may be sent and not yet committed by the group: well below what the broker keeps.
const AHEAD_BYTES: usize = 2 << 20;
/// What a record takes beside key, value and headers, generously.
const RECORD_BYTES: usize = 100;
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// How often the group's offsets are asked for.
const ASK_INTERVAL: Duration = Duration::from_millis(50);
/// After so long without progress it is said that, and for whom, it waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the pages go: a topic that was found.
pub struct Target {
    consumer: BaseConsumer<Bridge>,
    topic: String,
    group: String,
    partitions: Vec<i32>,
    /// The cluster's id, where it has one.
    pub cluster: Option<String>,
}

impl Target {
    /// Reaches the brokers and finds the topic.
    ///
    /// # Errors
    /// No broker answers, or there is no such topic.
    pub fn find(connection: &Connection, topic: &str, group: &str) -> Result<Target, ClientError> {
        let consumer = connection.consumer("feed", &[("group.id", group)])?;
        let metadata = consumer.fetch_metadata(Some(topic), CALL_LIMIT).map_err(|e| ClientError::call(format!("find the topic {topic}"), &e))?;
        let found = metadata.topics().first().filter(|t| t.error().is_none() && !t.partitions().is_empty());
        let Some(found) = found else {
            return Err(ClientError::Call { doing: format!("send to {topic}"), reason: "there is no such topic (`copydesk topics create` makes it)".into() });
        };
        let partitions = found.partitions().iter().map(|p| p.id()).collect();
        let cluster = consumer.client().fetch_cluster_id(CALL_LIMIT);
        Ok(Target { consumer, topic: topic.to_owned(), group: group.to_owned(), partitions, cluster })
    }

    /// Whether it is an embedded broker, which calls itself so.
    pub fn is_embedded(&self) -> bool {
        self.cluster.as_deref().is_some_and(|id| id.starts_with("mockCluster"))
    }

    /// Paces the sender, if the broker needs it.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn pace(self) -> Result<Option<Pace>, ClientError> {
        if !self.is_embedded() {
            return Ok(None);
        }
        let now = Instant::now();
        let mut pace = Pace { ahead: Ahead::default(), target: self, asked: now, progress: now, has_committed: false };
        let committed = pace.committed()?;
        for partition in pace.target.partitions.clone() {
            let ends = pace.target.consumer.fetch_watermarks(&pace.target.topic, partition, CALL_LIMIT);
            let (low, high) = ends.map_err(|e| ClientError::call("read the topic's ends", &e))?;
            let read = committed.get(&partition).copied().unwrap_or(low);
            if high > read {
                // Sent by others, of unknown size: nothing goes out before it is read.
                pace.ahead.sent(partition, high - 1, AHEAD_BYTES);
            }
        }
        Ok(Some(pace))
    }
}

/// What was sent and not yet committed, by partition: offset and bytes.
#[derive(Debug, Default)]
struct Ahead(BTreeMap<i32, VecDeque<(i64, usize)>>);

impl Ahead {
    fn sent(&mut self, partition: i32, offset: i64, bytes: usize) {
        self.0.entry(partition).or_default().push_back((offset, bytes));
    }

    /// The group has read to this offset. Returns whether that is news.
    fn committed(&mut self, partition: i32, offset: i64) -> bool {
        let Some(waiting) = self.0.get_mut(&partition) else { return false };
        let before = waiting.len();
        waiting.retain(|(at, _)| *at >= offset);
        waiting.len() < before
    }

    /// Whether so many bytes may follow what is on its way: on a partition that is not known yet, so the fullest counts. A page that is larger than
    /// the bound goes alone.
    fn has_room(&self, on_the_way: usize, bytes: usize) -> bool {
        let fullest = self.0.values().map(|waiting| waiting.iter().map(|(_, bytes)| bytes).sum::<usize>()).max().unwrap_or(0);
        let before = fullest + on_the_way;
        before == 0 || before + bytes < AHEAD_BYTES
    }
}

/// Holds the sender back.
pub struct Pace {
    target: Target,
    ahead: Ahead,
    asked: Instant,
    progress: Instant,
    has_committed: bool,
}

impl Pace {
    /// A page was acknowledged at this place.
    pub fn sent(&mut self, partition: i32, offset: i64, bytes: usize) {
        self.ahead.sent(partition, offset, bytes + RECORD_BYTES);
    }

    /// Whether a page of so many bytes may go, with so many more on their way.
    pub fn has_room(&self, on_the_way: usize, bytes: usize) -> bool {
        self.ahead.has_room(on_the_way, bytes + RECORD_BYTES)
    }

    /// Asks what the group has committed, now and then. Returns a sentence where there is something to be told.
    pub fn ask(&mut self) -> Option<String> {
        if self.asked.elapsed() < ASK_INTERVAL {
            return None;
        }
        // An answer that fails is asked for again; that none comes is told below.
        let committed = self.committed().unwrap_or_default();
        self.asked = Instant::now();
        self.has_committed |= !committed.is_empty();
        let mut news = false;
        for (partition, offset) in committed {
            news |= self.ahead.committed(partition, offset);
        }
        if news {
            self.progress = Instant::now();
        }
        if self.progress.elapsed() < PATIENCE {
            return None;
        }
        self.progress = Instant::now();
        let group = &self.target.group;
        let seconds = PATIENCE.as_secs();
        Some(match self.has_committed {
            true => format!("waiting: the worker of group {group} has read nothing for {seconds} s, and the embedded broker drops what is too much for it"),
            false => format!(
                "waiting: no worker of group {group} has read anything yet, and the embedded broker drops what is too much for it (kafka.group sets the group)"
            ),
        })
    }

    /// The clock of patience starts when waiting does.
    pub fn begin_waiting(&mut self) {
        self.progress = Instant::now();
    }

    fn committed(&self) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut wanted = TopicPartitionList::new();
        for partition in &self.target.partitions {
            wanted.add_partition(&self.target.topic, *partition);
        }
        let found = self.target.consumer.committed_offsets(wanted, CALL_LIMIT).map_err(|e| ClientError::call("read the group's offsets", &e))?;
        let offset = |e: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| match e.offset() {
            Offset::Offset(offset) => Some((e.partition(), offset)),
            _ => None,
        };
        Ok(found.elements().iter().filter_map(offset).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_partition_holds_the_sender_back() {
        let mut ahead = Ahead::default();
        let half = AHEAD_BYTES / 2;
        assert!(ahead.has_room(0, 3 * AHEAD_BYTES), "a large page goes alone");
        assert!(!ahead.has_room(1, 3 * AHEAD_BYTES));
        ahead.sent(0, 10, half);
        ahead.sent(1, 10, 100);
        assert!(ahead.has_room(0, half - 1) && !ahead.has_room(0, half) && !ahead.has_room(1000, half - 500));
        assert!(!ahead.committed(0, 10), "offset 10 is read when 11 is committed");
        assert!(ahead.committed(0, 11) && !ahead.committed(2, 11));
        assert!(ahead.has_room(0, AHEAD_BYTES - 101) && !ahead.has_room(0, 3 * AHEAD_BYTES));
    }
}

//! Where the group stands in each partition: at a committed offset, or where it begins; and going back there.
//!
//! A part of [`super::transaction`]: it asks the brokers and seeks, and must never pass over records that were deleted before they were read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use crate::article::RawPartition;

use super::port::{PortError, Position, Standing};
use super::transaction::{CALL_LIMIT, KafkaPort, fatal, list, list_at, retry, retry_unless_denied};
use crate::config::StartFrom;

/// A partition's leader is waited for so long,
const LEADER_LIMIT: Duration = Duration::from_secs(3);
/// and once one did not answer, all others only so long: the consumer must be polled, be there ever so many without a leader.
const NEXT_LEADER_LIMIT: Duration = Duration::from_millis(200);

impl KafkaPort {
    /// Back to where all partitions stand. `arrived` is an assignment that is to be taken up; the group waits for that, be there none in it.
    pub(super) fn rewind_with(&mut self, arrived: Option<&[RawPartition]>) -> Result<Vec<Standing>, PortError> {
        let old: BTreeSet<RawPartition> = self.assigned.keys().chain(&self.unknown).cloned().collect();
        let new: Vec<RawPartition> = arrived.unwrap_or_default().iter().filter(|p| !old.contains(p)).cloned().collect();
        let mut standings = self.standings(list(old.iter().chain(&new)))?;
        if arrived.is_some() {
            let mut list = TopicPartitionList::new();
            for Standing { partition, position } in standings.iter().filter(|s| new.contains(&s.partition)) {
                let offset = offset_of(position).map_or(Offset::End, Offset::Offset);
                list.add_partition_offset(&partition.topic, partition.number, offset).map_err(fatal)?;
            }
            self.consumer.incremental_assign(&list).map_err(fatal)?;
            self.pending = None;
            self.unknown.extend(new.iter().cloned());
        }
        // New ones stand where they begin.
        let known = |s: &Standing| offset_of(&s.position).map(|offset| (s.partition.clone(), offset));
        let to_seek: Vec<(RawPartition, i64)> = standings.iter().filter(|s| !new.contains(&s.partition)).filter_map(known).collect();
        for (partition, reason) in self.seek(&to_seek)? {
            for standing in standings.iter_mut().filter(|s| s.partition == partition) {
                standing.position = Position::Unknown(reason.clone());
            }
        }
        self.assigned = standings.iter().filter_map(known).collect();
        self.unknown = standings.iter().map(|s| s.partition.clone()).filter(|p| !self.assigned.contains_key(p)).collect();
        self.consumer.pause(&list(&self.unknown)).map_err(fatal)?;
        self.consumer.resume(&list(self.assigned.keys())).map_err(fatal)?;
        self.check_starts = false;
        Ok(standings)
    }

    /// Where these partitions stand: at their committed offsets, or where the group begins. `Retry` while the offsets are not decided.
    fn standings(&self, list: TopicPartitionList) -> Result<Vec<Standing>, PortError> {
        if list.count() == 0 {
            return Ok(Vec::new());
        }
        let committed = self.consumer.committed_offsets(list, CALL_LIMIT).map_err(retry_unless_denied)?;
        let (mut standings, mut limit) = (Vec::new(), LEADER_LIMIT);
        for element in committed.elements() {
            element.error().map_err(retry_unless_denied)?;
            let partition = RawPartition::new(element.topic(), element.partition());
            let position = match element.offset() {
                Offset::Offset(offset) => self.above_start(&partition, offset, limit),
                _ => self.start_position(&partition, limit).map(Position::Start),
            };
            let position = match (position, element.offset()) {
                (Err(PortError::Retry(reason)), committed) => {
                    // Its leader does not answer, and the others must not wait for it.
                    limit = NEXT_LEADER_LIMIT;
                    match committed {
                        // Nothing is read without a leader; when there is one, an offset out of range is an error of its own.
                        Offset::Offset(offset) => Position::Committed(offset),
                        _ => Position::Unknown(reason),
                    }
                }
                (position, _) => position?,
            };
            standings.push(Standing { partition, position });
        }
        Ok(standings)
    }

    fn watermarks(&self, partition: &RawPartition, limit: Duration) -> Result<(i64, i64), PortError> {
        self.consumer.fetch_watermarks(&partition.topic, partition.number, limit).map_err(retry_unless_denied)
    }

    /// A committed offset below the log's start is records lost: never passed over in silence. Asked when a partition comes, not at each rewind.
    fn above_start(&self, partition: &RawPartition, offset: i64, limit: Duration) -> Result<Position, PortError> {
        if self.assigned.contains_key(partition) && !self.check_starts {
            return Ok(Position::Committed(offset));
        }
        let (low, _) = self.watermarks(partition, limit)?;
        if offset >= low {
            return Ok(Position::Committed(offset));
        }
        let lost = low - offset;
        if self.settings.accept_loss {
            tracing::error!(topic = %partition.topic, partition = partition.number, lost, "records deleted before they were read; going on as told");
            return Ok(Position::Start(low));
        }
        Err(PortError::Fatal(format!(
            "{lost} records of partition {partition} were deleted before they were read (committed {offset}, log starts at {low}); run with --accept-loss to go on without them"
        )))
    }

    fn start_position(&self, partition: &RawPartition, limit: Duration) -> Result<i64, PortError> {
        let (low, high) = self.watermarks(partition, limit)?;
        let time = match self.settings.start_from {
            StartFrom::Earliest => return Ok(low),
            StartFrom::Latest => return Ok(high),
            StartFrom::Time(time) => time.as_millisecond(),
        };
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&partition.topic, partition.number, Offset::Offset(time)).map_err(fatal)?;
        let found = self.consumer.offsets_for_times(list, limit).map_err(retry_unless_denied)?;
        let element = found.find_partition(&partition.topic, partition.number);
        Ok(match element.map(|e| e.offset()) {
            Some(Offset::Offset(offset)) => offset,
            _ => high,
        })
    }

    /// Sets where reading goes on. Gives the partitions for which that failed, and why.
    fn seek(&self, positions: &[(RawPartition, i64)]) -> Result<BTreeMap<RawPartition, String>, PortError> {
        if positions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let done = self.consumer.seek_partitions(list_at(positions)?, CALL_LIMIT).map_err(retry)?;
        Ok(done
            .elements()
            .iter()
            .filter_map(|element| element.error().err().map(|error| (RawPartition::new(element.topic(), element.partition()), error.to_string())))
            .collect())
    }
}

fn offset_of(position: &Position) -> Option<i64> {
    match position {
        Position::Committed(offset) | Position::Start(offset) => Some(*offset),
        Position::Unknown(_) => None,
    }
}

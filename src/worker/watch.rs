//! What stands still though nothing failed: records that run too long on the pool, and partitions that do not move.
//!
//! It only tells; it decides nothing, since a clock may never decide what becomes of a record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::port::Lag;

use super::pool::Running;

/// A record that runs for so long makes the worker unready: all its partitions wait behind it.
const STUCK_RECORD: Duration = Duration::from_secs(15);
/// A partition that has records and does not move for so long is told of.
const STUCK_PARTITION: Duration = Duration::from_secs(10);
/// What lasts is told again so often.
const REPEAT: Duration = Duration::from_secs(60);

/// What was seen at the last look.
#[derive(Debug, Default)]
pub(super) struct Watch {
    told: Option<(Running, Instant)>,
    partitions: BTreeMap<RawPartition, Place>,
}

#[derive(Debug)]
struct Place {
    position: i64,
    since: Instant,
    told: Option<Instant>,
}

impl Watch {
    /// Looks at the record that has run longest; one that runs for longer than `slow` is told of. The reason to be unready, if there is one.
    pub fn record(&mut self, oldest: Option<Running>, slow: Duration, now: Instant) -> Option<String> {
        let running = oldest?;
        let age = now.saturating_duration_since(running.since);
        if age < slow {
            return None;
        }
        if self.told.as_ref().is_none_or(|(told, at)| *told != running || now.saturating_duration_since(*at) > REPEAT) {
            tracing::warn!(topic = %running.partition.topic, partition = running.partition.number, offset = running.offset, seconds = age.as_secs(), "a record is still being worked on");
            self.told = Some((running.clone(), now));
        }
        let stuck = format!(
            "the record at offset {} of partition {} of {} has been worked on for {} s",
            running.offset,
            running.partition.number,
            running.partition.topic,
            age.as_secs()
        );
        (age >= STUCK_RECORD).then_some(stuck)
    }

    /// Looks at the positions of the assigned partitions. `is_idle` tells whether nothing of a partition is in hand and reading is not held back.
    pub fn partitions(
        &mut self,
        lag: &[Lag],
        positions: &BTreeMap<RawPartition, i64>,
        is_idle: impl Fn(&RawPartition) -> bool,
        last_error: Option<&str>,
        now: Instant,
    ) {
        self.partitions.retain(|partition, _| positions.contains_key(partition));
        for Lag { partition, messages } in lag {
            let Some(&position) = positions.get(partition) else { continue };
            let place = self.partitions.entry(partition.clone()).or_insert(Place { position, since: now, told: None });
            if place.position != position || *messages == 0 || !is_idle(partition) {
                *place = Place { position, since: now, told: None };
                continue;
            }
            let seconds = now.saturating_duration_since(place.since);
            if seconds > STUCK_PARTITION && place.told.is_none_or(|at| now.saturating_duration_since(at) > REPEAT) {
                place.told = Some(now);
                let error = last_error.unwrap_or("none");
                tracing::warn!(
                    topic = %partition.topic,
                    partition = partition.number,
                    offset = position,
                    waiting = messages,
                    seconds = seconds.as_secs(),
                    error,
                    "a partition does not move though records wait: it has no leader, or the record set at this offset is larger than the client takes, packed or unpacked"
                );
            }
        }
    }

    /// Partitions that are told of now.
    #[cfg(test)]
    fn stuck(&self) -> Vec<(i32, i64)> {
        self.partitions.iter().filter(|(_, place)| place.told.is_some()).map(|(partition, place)| (partition.number, place.position)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Duration = Duration::from_secs(5);

    fn place(number: i32) -> RawPartition {
        RawPartition::new("news.raw", number)
    }

    #[test]
    fn a_record_is_told_of_after_5_s_and_makes_unready_after_15() {
        let (mut watch, begun) = (Watch::default(), Instant::now());
        let running = Running { partition: place(3), offset: 1742, since: begun };
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(watch.record(Some(running.clone()), SLOW, at(4)), None);
        assert!(watch.told.is_none());
        assert_eq!(watch.record(Some(running.clone()), SLOW, at(6)), None);
        assert!(watch.told.is_some());
        let reason = watch.record(Some(running.clone()), SLOW, at(16)).unwrap();
        assert!(reason.contains("offset 1742 of partition 3 of news.raw") && reason.contains("16 s"), "{reason}");
        assert_eq!(watch.record(None, SLOW, at(17)), None);
    }

    #[test]
    fn a_partition_is_stuck_only_with_records_and_nothing_in_hand() {
        let (mut watch, begun) = (Watch::default(), Instant::now());
        let lag = [(0, 5), (1, 0), (2, 5), (3, 5)].map(|(number, messages)| Lag { partition: place(number), messages });
        let look = |watch: &mut Watch, seconds, moved| {
            let positions = BTreeMap::from([(0, 7), (1, 7), (2, 7), (3, moved)].map(|(number, at)| (place(number), at)));
            watch.partitions(&lag, &positions, |partition| partition.number != 2, None, begun + Duration::from_secs(seconds));
        };
        look(&mut watch, 0, 1);
        look(&mut watch, 9, 2);
        assert_eq!(watch.stuck(), []);
        look(&mut watch, 11, 3);
        assert_eq!(watch.stuck(), [(0, 7)]);
    }
}

//! How the worker stands, looked at once a second: how far behind it is, what its clients tell, what stands still, and what `/readyz` says of it.
//!
//! It reads the loop's state and changes none of it but the trouble that is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::port::{Lag, TransactionalPort};
use crate::telemetry::{Component, ComponentState, Health};

use super::engine::Engine;

/// Brokers that don't answer for so long are an outage.
const OUTAGE_AFTER: Duration = Duration::from_secs(3);
/// An error that did not come again for so long is over.
pub(super) const TROUBLE_OVER: Duration = Duration::from_secs(3);

impl<P: TransactionalPort> Engine<P> {
    /// How far behind the commits are: what was read and is not committed yet waits as well.
    fn uncommitted(&mut self) -> Vec<Lag> {
        let unread: BTreeMap<RawPartition, i64> = self.port.lag().into_iter().map(|lag| (lag.partition, lag.messages)).collect();
        let behind = |(partition, read): (&RawPartition, &i64)| {
            let in_hand = self.committed.get(partition).map_or(0, |committed| (read - committed).max(0));
            // How many are not read yet is not known before the client has told once.
            Lag { partition: partition.clone(), messages: in_hand + unread.get(partition).copied().unwrap_or(0) }
        };
        self.reading.iter().map(behind).collect()
    }

    /// Once a second: how far behind, what the clients tell, what stands still.
    pub(super) fn look_around(&mut self, health: &Health) {
        let lag = self.uncommitted();
        let oldest = |partition: &RawPartition| {
            self.batches
                .iter()
                .flat_map(|b| &b.items)
                .find(|i| i.raw.origin.partition == partition.number && i.raw.origin.topic == partition.topic)
                .map(|i| i.raw.timestamp)
        };
        self.stats.lag(&lag, oldest);
        let told = self.port.client_stats();
        self.stats.clients(told);
        let now = Instant::now();
        let running = self.pool.oldest_running();
        self.stats.oldest_running(running.as_ref().map(|running| now.saturating_duration_since(running.since)));
        self.stuck = self.watch.record(running, self.settings.slow_record, now);
        let (batches, is_held_back) = (&self.batches, self.paused || self.stalled_since.is_some());
        let is_idle = |partition: &RawPartition| !is_held_back && batches.iter().all(|b| !b.begin.contains_key(partition));
        self.watch.partitions(&lag, &self.reading, is_idle, self.trouble.as_ref().map(|t| t.reason.as_str()), now);
        if !self.port.is_reachable() {
            self.in_trouble("no broker answers".into());
        } else if self.trouble.as_ref().is_some_and(|t| t.last.elapsed() > TROUBLE_OVER) {
            self.trouble = None;
        }
        self.say_standing(health);
    }

    /// What `/readyz` shows: a member of the group, unless the brokers don't answer or a record does not end.
    pub(super) fn say_standing(&self, health: &Health) {
        let (partitions, lag_seconds) = self.stats.standing();
        let outage = self.trouble.as_ref().filter(|t| t.since.elapsed() > OUTAGE_AFTER).map(|t| &t.reason);
        health.set(
            Component::Worker,
            match (outage.or(self.stuck.as_ref()), self.has_joined) {
                (Some(reason), _) => ComponentState::Outage { reason: reason.clone() },
                (None, true) => ComponentState::Joined { partitions, lag_seconds },
                (None, false) => ComponentState::Joining,
            },
        );
    }
}

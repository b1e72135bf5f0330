//! How the worker stands, looked at once a second: how far behind it is, what its clients tell, what stands still, and what `/readyz` says of it.
//!
//! It reads the loop's state and changes none of it but the trouble that is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::article::RawPartition;
use crate::kafka::port::{Lag, TransactionalPort};
use crate::telemetry::{Component, ComponentState};

use super::engine::Engine;

/// Brokers that don't answer for so long are an outage.
const OUTAGE_AFTER: Duration = Duration::from_secs(3);
/// An error that did not come again for so long is over.
const TROUBLE_OVER: Duration = Duration::from_secs(3);

/// Kafka calls that fail.
#[derive(Debug)]
pub(super) struct Trouble {
    since: Instant,
    last: Instant,
    reason: String,
}

impl<P: TransactionalPort> Engine<'_, P> {
    /// A call of the brokers has failed.
    pub fn in_trouble(&mut self, reason: String) {
        let now = Instant::now();
        let since = self.trouble.take().map_or(now, |trouble| trouble.since);
        self.trouble = Some(Trouble { since, last: now, reason });
    }

    pub fn forget_old_trouble(&mut self) {
        self.trouble.take_if(|trouble| trouble.last.elapsed() > TROUBLE_OVER);
    }

    /// How far behind the commits are: what was read and is not committed yet waits as well.
    fn uncommitted(&mut self) -> Vec<Lag> {
        let unread: BTreeMap<RawPartition, i64> = self.transaction.port.lag().into_iter().map(|lag| (lag.partition, lag.messages)).collect();
        let behind = |(partition, read): (&RawPartition, &i64)| {
            let in_hand = self.in_flight.committed().get(partition).map_or(0, |committed| (read - committed).max(0));
            // How many are not read yet is not known before the client has told once.
            Lag { partition: partition.clone(), messages: in_hand + unread.get(partition).copied().unwrap_or(0) }
        };
        self.in_flight.reading().iter().map(behind).collect()
    }

    /// Once a second: how far behind, what the clients tell, what stands still.
    pub fn look_around(&mut self) {
        let lag = self.uncommitted();
        self.stats.lag(&lag, |partition| self.in_flight.oldest(partition));
        let told = self.transaction.port.client_stats();
        self.stats.clients(told);
        let now = Instant::now();
        let running = self.pool.oldest_running();
        self.stats.oldest_running(running.as_ref().map(|running| now.saturating_duration_since(running.since)));
        self.stuck = self.watch.record(running, self.settings.slow_record, now);
        let is_held_back = self.paused || self.stalled_since.is_some();
        let is_idle = |partition: &RawPartition| !is_held_back && !self.in_flight.holds(partition);
        self.watch.partitions(&lag, self.in_flight.reading(), is_idle, self.trouble.as_ref().map(|t| t.reason.as_str()), now);
        if self.transaction.port.is_reachable() {
            self.forget_old_trouble();
        } else {
            self.in_trouble("no broker answers".into());
        }
        self.say_standing();
    }

    /// What `/readyz` shows: a member of the group, unless the brokers don't answer or a record does not end.
    pub fn say_standing(&self) {
        let (partitions, lag_seconds) = self.stats.standing();
        let outage = self.trouble.as_ref().filter(|t| t.since.elapsed() > OUTAGE_AFTER).map(|t| &t.reason);
        self.patience.health.set(
            Component::Worker,
            match (outage.or(self.stuck.as_ref()), self.has_joined) {
                (Some(reason), _) => ComponentState::Outage { reason: reason.clone() },
                (None, true) => ComponentState::Joined { partitions, lag_seconds },
                (None, false) => ComponentState::Joining,
            },
        );
    }
}

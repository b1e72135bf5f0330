//! Health: whether the two Kafka threads turn, and whether they can work.
//!
//! Each thread beats while its loop turns and says what state it is in. Alive means that no loop stands still, and only that:
//! a supervisor that restarts workers during a broker outage or a rebuild makes things worse. The rest is readiness.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::labels::Label;
use super::latest::Latest;

/// A thread whose health is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// The worker thread: consumer, producer, transaction.
    Worker,
    /// The log thread: append, tail, index.
    Log,
}

impl Label for Component {
    const ALL: &'static [Self] = &[Component::Worker, Component::Log];

    fn as_str(self) -> &'static str {
        match self {
            Component::Worker => "worker",
            Component::Log => "log",
        }
    }
}

/// What a component is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComponentState {
    /// It has not got to its brokers yet.
    Starting,
    /// The log is read into the index.
    Rebuilding {
        /// Entries read.
        read: u64,
        /// Entries there were at the start.
        end: u64,
    },
    /// The log is followed.
    Following,
    /// The group has not answered yet.
    Joining,
    /// A member of the group. It may have no partition: then it is a spare.
    Joined {
        /// Partitions assigned.
        partitions: usize,
        /// Age of the oldest record that waits, in seconds. Shown, never a reason to be unready: nobody sends
        /// requests here, and a roll-out must not hang on a backlog.
        lag_seconds: u64,
    },
    /// Brokers don't answer, or don't let us in.
    Outage {
        /// What was tried, and what came back.
        reason: String,
    },
    /// On its way out.
    Stopping,
}

impl ComponentState {
    /// Whether it can work.
    pub fn is_ready(&self) -> bool {
        matches!(self, ComponentState::Following | ComponentState::Joined { .. })
    }

    /// Its short name.
    pub fn as_str(&self) -> &'static str {
        match self {
            ComponentState::Starting => "starting",
            ComponentState::Rebuilding { .. } => "rebuilding",
            ComponentState::Following => "following",
            ComponentState::Joining => "joining",
            ComponentState::Joined { .. } => "joined",
            ComponentState::Outage { .. } => "outage",
            ComponentState::Stopping => "stopping",
        }
    }

    /// For a person.
    pub fn reason(&self) -> String {
        match self {
            ComponentState::Starting => "not connected yet".into(),
            ComponentState::Rebuilding { read, end } => format!("read {read} of {end} entries of the log"),
            ComponentState::Following => "the index is up to date".into(),
            ComponentState::Joining => "waiting for the group".into(),
            ComponentState::Joined { partitions: 0, .. } => "a spare: the group has no partition for it".into(),
            ComponentState::Joined { partitions: 1, lag_seconds } => format!("1 partition, {lag_seconds} s behind"),
            ComponentState::Joined { partitions, lag_seconds } => format!("{partitions} partitions, {lag_seconds} s behind"),
            ComponentState::Outage { reason } => reason.clone(),
            ComponentState::Stopping => "stopping".into(),
        }
    }
}

/// The beat of one loop.
#[derive(Debug)]
struct Heartbeat {
    /// Milliseconds since `Health::begun`, plus one; 0 is a loop that does not run yet, or has ended in order.
    last: AtomicU64,
    state: Latest<ComponentState>,
}

/// The health of the process. Shared: each component's thread writes its own part.
#[derive(Debug)]
pub struct Health {
    begun: Instant,
    stall_limit: Duration,
    beats: [Heartbeat; 2],
}

impl Health {
    /// Both components starting. A loop that stands still for longer than `stall_limit` is not alive.
    pub fn new(stall_limit: Duration) -> Health {
        let beat = || Heartbeat { last: AtomicU64::new(0), state: Latest::new(ComponentState::Starting) };
        Health { begun: Instant::now(), stall_limit, beats: [beat(), beat()] }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// Called by a component's loop each time round. The first call starts the watch.
    pub fn beat(&self, component: Component) {
        self.beats[component.index()].last.store(self.now() + 1, Ordering::Relaxed);
    }

    /// Ends the watch: the loop ended in order. A loop that ends in a panic must not call it.
    pub fn retire(&self, component: Component) {
        self.beats[component.index()].last.store(0, Ordering::Relaxed);
    }

    /// Says what a component is doing. Cheap, but not for every record.
    pub fn set(&self, component: Component, state: ComponentState) {
        self.beats[component.index()].state.set(state);
    }

    /// What a component is doing.
    pub fn state(&self, component: Component) -> ComponentState {
        ComponentState::clone(&self.beats[component.index()].state.get())
    }

    /// How long ago a loop came round; `None` where none runs.
    pub fn age(&self, component: Component) -> Option<Duration> {
        let last = self.beats[component.index()].last.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_millis(self.now().saturating_sub(last)))
    }

    /// Whether no loop stands still.
    pub fn live(&self) -> LiveReport {
        let part = |component: &Component| {
            let age = self.age(*component);
            LivePart {
                component: component.as_str(),
                ok: age.is_none_or(|age| age <= self.stall_limit),
                turned_seconds_ago: age.map(|age| age.as_millis() as f64 / 1000.0),
                limit_seconds: self.stall_limit.as_millis() as f64 / 1000.0,
            }
        };
        let components: Vec<_> = Component::ALL.iter().map(part).collect();
        LiveReport { live: components.iter().all(|c| c.ok), components }
    }

    /// Whether both components can work.
    pub fn ready(&self) -> ReadyReport {
        let part = |component: &Component| {
            let state = self.state(*component);
            ReadyPart { component: component.as_str(), ok: state.is_ready(), state: state.as_str(), reason: state.reason() }
        };
        let components: Vec<_> = Component::ALL.iter().map(part).collect();
        ReadyReport { ready: components.iter().all(|c| c.ok), components }
    }
}

/// The body of `/livez`.
#[derive(Clone, Debug, Serialize)]
pub struct LiveReport {
    /// Whether all are.
    pub live: bool,
    /// Each of them.
    pub components: Vec<LivePart>,
}

/// One component in `/livez`.
#[derive(Clone, Debug, Serialize)]
pub struct LivePart {
    /// Its name.
    pub component: &'static str,
    /// Whether its loop turns, or none runs yet.
    pub ok: bool,
    /// When it last turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned_seconds_ago: Option<f64>,
    /// How long it may stand still.
    pub limit_seconds: f64,
}

/// The body of `/readyz`.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyReport {
    /// Whether all are.
    pub ready: bool,
    /// Each of them.
    pub components: Vec<ReadyPart>,
}

/// One component in `/readyz`.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyPart {
    /// Its name.
    pub component: &'static str,
    /// Whether it can work.
    pub ok: bool,
    /// What it is doing.
    pub state: &'static str,
    /// The same for a person.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stands_still_is_not_alive() {
        let health = Health::new(Duration::from_millis(200));
        assert!(health.live().live, "no loop runs yet");
        assert_eq!(health.age(Component::Worker), None);
        health.beat(Component::Worker);
        health.beat(Component::Log);
        assert!(health.age(Component::Worker).is_some());
        std::thread::sleep(Duration::from_millis(300));
        health.beat(Component::Worker);
        let report = health.live();
        assert!(!report.live);
        assert_eq!(report.components.iter().map(|c| c.ok).collect::<Vec<_>>(), [true, false]);
        health.retire(Component::Log);
        assert!(health.live().live, "it ended in order");
    }

    #[test]
    fn ready_when_the_index_is_there_and_the_group_joined() {
        let health = Health::new(Duration::from_secs(60));
        assert!(!health.ready().ready);
        health.set(Component::Log, ComponentState::Rebuilding { read: 3, end: 9 });
        health.set(Component::Worker, ComponentState::Joined { partitions: 0, lag_seconds: 0 });
        let report = health.ready();
        assert!(!report.ready);
        assert_eq!(report.components[1].reason, "read 3 of 9 entries of the log");
        health.set(Component::Log, ComponentState::Following);
        assert!(health.ready().ready);
        health.set(Component::Worker, ComponentState::Joined { partitions: 2, lag_seconds: 9_000 });
        assert!(health.ready().ready, "a backlog is no reason to be unready");
        health.set(Component::Worker, ComponentState::Outage { reason: "no broker answers".into() });
        assert!(!health.ready().ready);
        assert!(health.live().live, "an outage does not kill");
    }
}

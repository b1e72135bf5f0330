//! Calls that are tried again until a stop is asked for, with waits that grow.
//!
//! It knows no batch and no transaction: what a call does is the caller's.

use std::time::Duration;

use crate::kafka::port::PortError;
use crate::stop::Stop;
use crate::telemetry::{Component, ComponentState, Health};

/// How an outage is waited for: until a stop is asked for, and told as one meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience<'w> {
    pub stop: &'w Stop,
    pub health: &'w Health,
}

impl Patience<'_> {
    /// Repeats a call while it says `Retry` and no stop is asked for. `repeated` is called before each wait.
    pub fn call<P, T>(self, port: &mut P, mut repeated: impl FnMut(), mut call: impl FnMut(&mut P) -> Result<T, PortError>) -> Result<T, PortError> {
        let mut backoff = Backoff::default();
        loop {
            self.beat();
            match call(port) {
                Err(PortError::Retry(reason)) if !self.stop.asked() => {
                    tracing::warn!(reason, "kafka call failed, trying again");
                    self.beat();
                    repeated();
                    self.health.set(Component::Worker, ComponentState::Outage { reason });
                    std::thread::sleep(backoff.next());
                }
                other => return other,
            }
        }
    }

    /// The worker thread is alive.
    pub fn beat(self) {
        self.health.beat(Component::Worker);
    }
}

/// Waits that grow: 10 ms to 2 s.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) fn next(&mut self) -> Duration {
        let wait = Duration::from_millis(10 << self.0.min(8)).min(Duration::from_secs(2));
        self.0 += 1;
        wait
    }
}

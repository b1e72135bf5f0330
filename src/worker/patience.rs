//! Calls that are tried again until a stop is asked for, with waits that grow.
//!
//! It knows no batch and no transaction: what a call does is the caller's.

use std::time::Duration;

use crate::kafka::port::PortError;
use crate::stop::Stop;

/// Repeats a call while it says `Retry` and no stop is asked for.
pub(super) fn patiently<P, T>(
    port: &mut P,
    stop: &Stop,
    turn: &mut impl FnMut(Option<&str>),
    mut call: impl FnMut(&mut P) -> Result<T, PortError>,
) -> Result<T, PortError> {
    let mut backoff = Backoff::default();
    loop {
        turn(None);
        match call(port) {
            Err(PortError::Retry(reason)) if !stop.asked() => {
                tracing::warn!(reason, "kafka call failed, trying again");
                turn(Some(&reason));
                std::thread::sleep(backoff.next());
            }
            other => return other,
        }
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

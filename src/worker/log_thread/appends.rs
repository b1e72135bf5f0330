//! Entries on their way into the log: handed to the client, again where their fate is unknown, until they are read back.
//!
//! It never gives one up, and it never hurries: what the client does not take is tried again after waits that grow.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::stats::LogStats;
use crate::article::Identity;
use crate::kafka::port::{LogPort, PortError};

/// An append that was neither read back nor reported in this time is made again.
const APPEND_LIMIT: Duration = Duration::from_secs(40);
/// The first wait after a failure; each further one in a row doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Entries on their way.
#[derive(Debug)]
pub(super) struct Appends {
    waiting: HashMap<Identity, Waiting>,
    /// Which entry an append is of.
    tokens: HashMap<u64, Identity>,
    next_token: u64,
    /// To be handed over, in order.
    due: VecDeque<Identity>,
    /// Failures since the last success, and when the next try may be made.
    failures: u32,
    not_before: Instant,
    last_error: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    entry: Vec<u8>,
    asked: Instant,
    handed_over: Option<Instant>,
}

impl Default for Appends {
    fn default() -> Self {
        Appends {
            waiting: HashMap::new(),
            tokens: HashMap::new(),
            next_token: 0,
            due: VecDeque::new(),
            failures: 0,
            not_before: Instant::now(),
            last_error: None,
        }
    }
}

impl Appends {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether an entry of this identity waits.
    pub fn contains(&self, identity: &Identity) -> bool {
        self.waiting.contains_key(identity)
    }

    /// How long the oldest entry has waited.
    pub fn oldest_age(&self) -> Option<Duration> {
        self.waiting.values().map(|w| w.asked.elapsed()).max()
    }

    /// What the client said last.
    pub fn last_error(&self) -> &str {
        self.last_error.as_deref().unwrap_or("the brokers don't answer")
    }

    /// Puts an entry on its way, unless one of its identity is.
    pub fn add(&mut self, identity: Identity, entry: impl FnOnce() -> Vec<u8>, stats: &mut LogStats) {
        if self.contains(&identity) {
            return;
        }
        stats.appended();
        self.waiting.insert(identity, Waiting { entry: entry(), asked: Instant::now(), handed_over: None });
        self.due.push_back(identity);
    }

    /// Hands over what is due, and once more that of which nothing was heard.
    pub fn hand_over(&mut self, port: &mut impl LogPort, stats: &mut LogStats) -> Result<(), PortError> {
        for (identity, waiting) in &mut self.waiting {
            if waiting.handed_over.is_some_and(|at| at.elapsed() > APPEND_LIMIT) {
                waiting.handed_over = None;
                stats.delivery_unknown("nothing was heard of it");
                self.due.push_back(*identity);
            }
        }
        while Instant::now() >= self.not_before
            && let Some(identity) = self.due.pop_front()
        {
            let Some(waiting) = self.waiting.get_mut(&identity) else { continue };
            let token = self.next_token;
            self.next_token += 1;
            match port.append(token, &waiting.entry) {
                Ok(()) => {
                    waiting.handed_over = Some(Instant::now());
                    self.tokens.insert(token, identity);
                }
                Err(PortError::Retry(reason)) => {
                    self.due.push_front(identity);
                    stats.append_repeated(&reason);
                    self.failed(reason);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// An append was acknowledged.
    pub fn delivered(&mut self, token: u64) {
        self.tokens.remove(&token);
        self.failures = 0;
        self.last_error = None;
    }

    /// An append's fate is unknown: it is made again.
    pub fn undelivered(&mut self, token: u64, reason: String, stats: &mut LogStats) {
        let Some(identity) = self.tokens.remove(&token) else { return };
        let Some(waiting) = self.waiting.get_mut(&identity) else { return };
        stats.delivery_unknown(&reason);
        waiting.handed_over = None;
        self.due.push_back(identity);
        self.failed(reason);
    }

    /// An entry of this identity was read from the log. How long it had waited, if it is ours.
    pub fn read_back(&mut self, identity: &Identity) -> Option<Duration> {
        self.waiting.remove(identity).map(|waiting| waiting.asked.elapsed())
    }

    fn failed(&mut self, reason: String) {
        // A whole batch may fail at once: that is one failure.
        let now = Instant::now();
        if now >= self.not_before {
            self.not_before = now + (FIRST_WAIT * 2_u32.pow(self.failures.min(7))).min(LONGEST_WAIT);
            self.failures += 1;
        }
        self.last_error = Some(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::port::LogEvent;

    /// A client that takes nothing, and counts how often it was asked.
    #[derive(Default)]
    struct Closed(u32);

    impl LogPort for Closed {
        fn bounds(&mut self) -> Result<(i64, i64), PortError> {
            Ok((0, 0))
        }
        fn tail_from(&mut self, _: i64) -> Result<(), PortError> {
            Ok(())
        }
        fn offset_at_time(&mut self, _: i64) -> Result<Option<i64>, PortError> {
            Ok(None)
        }
        fn append(&mut self, _: u64, _: &[u8]) -> Result<(), PortError> {
            self.0 += 1;
            Err(PortError::Retry("closed".into()))
        }
        fn poll(&mut self, _: Duration) -> Result<Vec<LogEvent>, PortError> {
            Ok(Vec::new())
        }
        fn position(&self) -> i64 {
            0
        }
    }

    #[test]
    fn a_closed_log_is_not_tried_hot() {
        let (mut appends, mut port, mut stats) = (Appends::default(), Closed::default(), LogStats::nowhere());
        (0..100).for_each(|n| appends.add(Identity([n; 16]), || vec![n], &mut stats));
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(200) {
            appends.hand_over(&mut port, &mut stats).unwrap();
        }
        assert!((2..8).contains(&port.0), "{} tries in 200 ms", port.0);
        assert_eq!((appends.waiting.len(), appends.due.len(), appends.last_error()), (100, 100, "closed"));
    }
}

//! The log's port on the in-memory broker: appends, bounds and a tail of the fingerprint log.

use std::time::Duration;

use super::*;

/// The log's port.
#[derive(Debug)]
pub struct MemoryLog {
    pub(super) broker: MemoryBroker,
    pub(super) member: u64,
    pub(super) position: i64,
    pub(super) events: Vec<LogEvent>,
}

impl LogPort for MemoryLog {
    fn bounds(&mut self) -> Result<(i64, i64), PortError> {
        let state = self.broker.lock();
        state.alive(self.member)?;
        Ok((state.log_low as i64, state.log.len() as i64))
    }

    fn tail_from(&mut self, offset: i64) -> Result<(), PortError> {
        self.position = offset;
        Ok(())
    }

    fn offset_at_time(&mut self, timestamp: i64) -> Result<Option<i64>, PortError> {
        let state = self.broker.lock();
        let after = |i: &usize| state.log[*i].0 >= timestamp;
        Ok((state.log_low..state.log.len()).find(after).map(|i| i as i64))
    }

    fn append(&mut self, token: u64, entry: &[u8]) -> Result<(), PortError> {
        let mut state = self.broker.lock();
        let fault = state.fault(Call::Append, self.member, "")?;
        match fault {
            Some(Fault::Delayed(later)) if later > 0 => state.log_delayed.push((later, entry.to_vec())),
            _ => {
                state.reach_log(entry.to_vec());
                state.deliver_delayed();
            }
        }
        self.events.push(match fault {
            Some(_) => LogEvent::Undelivered(token, "injected".into()),
            None => LogEvent::Delivered(token),
        });
        Ok(())
    }

    fn poll(&mut self, timeout: Duration) -> Result<Vec<LogEvent>, PortError> {
        let mut state = self.broker.lock();
        state.fault(Call::Tail, self.member, "")?;
        if state.log_stalled {
            drop(state);
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
            return Ok(Vec::new());
        }
        let mut events = std::mem::take(&mut self.events);
        if self.position < state.log_low as i64 {
            return Err(PortError::Fatal("the next offset is not in the log any more".into()));
        }
        for (timestamp, value) in state.log.iter().skip(self.position as usize).take(500) {
            events.push(LogEvent::Record(LogRecord { offset: self.position, timestamp: *timestamp, value: value.clone() }));
            self.position += 1;
        }
        drop(state);
        if events.is_empty() {
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
        }
        Ok(events)
    }

    fn position(&self) -> i64 {
        self.position
    }

    fn known_end(&self) -> i64 {
        let state = self.broker.lock();
        if state.log_stalled { 0 } else { state.log.len() as i64 }
    }

    fn trouble(&self) -> Option<String> {
        self.broker.lock().log_stalled.then(|| "stalled by a test".to_owned())
    }
}

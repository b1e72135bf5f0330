//! How much memory a worker may take with these settings: the one formula, by which its limit is set. `check` prints it, docs/operating.md
//! explains it, and a test holds the files of `deploy/` to it.
//!
//! It is a bound for the worst pages, not a forecast.

use super::Settings;

/// What the transactional producer queues, in KiB.
pub const PRODUCER_QUEUE_KBYTES: usize = 131_072;
/// What the log's producer queues, in KiB.
pub const LOG_PRODUCER_QUEUE_KBYTES: usize = 32_768;
/// What the log's consumer reads ahead, in KiB.
pub const LOG_TAIL_QUEUE_KBYTES: usize = 16_384;
/// The worker's consumer reads ahead one part in so many of what may be in flight.
pub const PREFETCH_SHARE: usize = 4;

/// Bytes that a record's key, headers and framing may take beside its value.
pub const RECORD_MARGIN: u32 = 64 << 10;

/// The largest set of records, in bytes, that the worker's consumer takes where it reads so many bytes ahead.
pub fn largest_record_set(prefetch_bytes: usize) -> usize {
    prefetch_bytes / 2 + (32 << 20)
}

/// The program, its tables, and what parsing and the allocator hold.
const BASE: u64 = 200_000_000;
/// What a raw byte becomes on its way: decompressed, parsed, an event.
const TIMES_IN_FLIGHT: u64 = 4;
/// Of the index, measured in the process: 330 to 390.
const BYTES_AN_ENTRY: u64 = 400;
/// A verdict is answerable for a window after its entry.
const WINDOWS: u64 = 2;

/// Bytes by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The program itself.
    pub base: u64,
    /// Records in flight.
    pub in_flight: u64,
    /// The index of duplicates, full.
    pub index: u64,
    /// Queues of the Kafka clients, full.
    pub clients: u64,
    /// The newest records, for the status page.
    pub recent: u64,
}

impl Memory {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.base + self.in_flight + self.index + self.clients + self.recent
    }
}

impl Settings {
    /// The most that a worker takes.
    pub fn memory(&self) -> Memory {
        let queue = |own: Option<&str>, kbytes: usize| own.and_then(|value| value.trim().parse().ok()).unwrap_or(kbytes as u64) << 10;
        let read_ahead = queue(self.kafka.consumer.get("queued.max.messages.kbytes"), self.worker.max_in_flight_bytes / PREFETCH_SHARE / 1024);
        let produced = queue(self.kafka.producer.get("queue.buffering.max.kbytes"), PRODUCER_QUEUE_KBYTES);
        let log = queue(None, LOG_PRODUCER_QUEUE_KBYTES + LOG_TAIL_QUEUE_KBYTES);
        let shown = self.http.enabled && self.http.recent_events > 0 && self.http.hides_articles().is_none();
        Memory {
            base: BASE,
            in_flight: TIMES_IN_FLIGHT * self.worker.max_in_flight_bytes as u64,
            index: BYTES_AN_ENTRY * WINDOWS * u64::from(self.dedupe.window_entries),
            clients: read_ahead + produced + log,
            recent: if shown { self.http.recent_bytes as u64 } else { 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_of_the_settings() {
        let mut settings = Settings::default();
        let memory = settings.memory();
        assert_eq!((memory.base, memory.in_flight, memory.index), (200_000_000, 4 * (64 << 20), 800_000_000));
        assert_eq!((memory.clients, memory.recent), ((16 << 20) + (128 << 20) + (48 << 20), 16 << 20));
        assert_eq!(memory.total(), 1_486_539_264);

        settings.worker.max_in_flight_bytes = 1 << 30;
        settings.dedupe.window_entries = 10_000_000;
        settings.kafka.consumer.set("queued.max.messages.kbytes", "1024");
        settings.kafka.producer.set("queue.buffering.max.kbytes", "2048");
        settings.http.enabled = false;
        let memory = settings.memory();
        assert_eq!((memory.in_flight, memory.index), (4 << 30, 8_000_000_000));
        assert_eq!((memory.clients, memory.recent), ((1 << 20) + (2 << 20) + (48 << 20), 0));
    }
}

//! The record that goes out, and the size that brokers and clients count it with (Kafka's record format 2).

/// The most that record format 2 takes for a batch of one record: the batch's header, and the record's lengths and attributes.
const FRAME_BYTES: usize = 61 + 36;
/// The most that it takes for the lengths of a header.
pub const HEADER_BYTES: usize = 10;
/// A header of a record that goes out.
pub type OutputHeader = (String, Option<Vec<u8>>);

/// Which output topic; their names are settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutputTopic {
    /// `published`, `updated` and `withdrawn` events.
    Articles,
    /// Copies.
    Duplicates,
    /// Refused records.
    DeadLetters,
}

/// A record that goes out.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputRecord {
    /// Where to.
    pub topic: OutputTopic,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; only the dead letter of a tombstone has none.
    pub value: Option<Vec<u8>>,
    /// The headers.
    pub headers: Vec<OutputHeader>,
}

impl OutputRecord {
    /// Bytes of key, value and headers.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.len() + v.as_ref().map_or(0, Vec::len)).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers
    }

    /// The most bytes that it takes alone in a batch, uncompressed: what a topic's `max.message.bytes` bounds. A client
    /// compresses only where that makes a batch smaller.
    pub fn wire_size(&self) -> usize {
        FRAME_BYTES + self.size() + self.headers.len() * HEADER_BYTES
    }
}

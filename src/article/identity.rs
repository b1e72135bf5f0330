//! The three deterministic names: of a raw record, of its event, and of an article over its versions.
//!
//! All are 128-bit XXH3 hashes with fixed seeds, so every worker on every machine gives the same.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use super::limits;
use super::raw::Origin;

const IDENTITY_SEED: u64 = 0x636f_7079_6465_736b;
const EVENT_SEED: u64 = 0x6576_656e_7400_0001;
const ARTICLE_SEED: u64 = 0x6172_7469_636c_6501;

/// Which raw record this is: a hash of topic, partition, offset and record timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// The identity of the raw record at `origin` with the record timestamp `timestamp` (milliseconds).
    pub fn of(origin: &Origin, timestamp: i64) -> Identity {
        let mut bytes = Vec::with_capacity(origin.topic.len() + 21);
        bytes.extend_from_slice(origin.topic.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&origin.partition.to_le_bytes());
        bytes.extend_from_slice(&origin.offset.to_le_bytes());
        bytes.extend_from_slice(&timestamp.to_le_bytes());
        Identity(xxh3_128_with_seed(&bytes, IDENTITY_SEED).to_le_bytes())
    }

    /// The first eight bytes as an integer: a hash-table key.
    pub fn low(&self) -> u64 {
        let mut low = [0; 8];
        low.copy_from_slice(&self.0[..8]);
        u64::from_le_bytes(low)
    }
}

/// A 64-bit hash of a topic's name, by which an entry of another raw topic is told.
pub fn topic_hash(topic: &str) -> u64 {
    xxh3_64_with_seed(topic.as_bytes(), IDENTITY_SEED)
}

macro_rules! uuid_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (i, byte) in self.0.iter().enumerate() {
                    if matches!(i, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                parse_uuid(&text).map($name).ok_or_else(|| serde::de::Error::custom("not a UUID"))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "uuid", "maxLength": limits::UUID })
            }
        }
    };
}

uuid_name! {
    /// The name of one event: a UUID (version 8, RFC 9562) made from the raw record's identity.
    EventId
}
uuid_name! {
    /// The name of an article over its versions: a UUID (version 8, RFC 9562) made from its normalized URL.
    ArticleId
}

impl EventId {
    /// The event of the raw record with this identity.
    pub fn of(identity: &Identity) -> EventId {
        EventId(as_uuid(xxh3_128_with_seed(&identity.0, EVENT_SEED)))
    }
}

impl ArticleId {
    /// The article at a normalized URL.
    pub fn of_url(normalized_url: &str) -> ArticleId {
        ArticleId(as_uuid(xxh3_128_with_seed(normalized_url.as_bytes(), ARTICLE_SEED)))
    }

    /// An article without any URL: each raw record is an article of its own.
    pub fn of_origin(identity: &Identity) -> ArticleId {
        ArticleId(as_uuid(xxh3_128_with_seed(&identity.0, ARTICLE_SEED)))
    }
}

fn as_uuid(hash: u128) -> [u8; 16] {
    let mut bytes = hash.to_be_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    let mut bytes = [0; 16];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_distinct() {
        let origin = Origin { topic: "news.raw".into(), partition: 3, offset: 17 };
        let identity = Identity::of(&origin, 1_700_000_000_000);
        assert_eq!(EventId::of(&identity), EventId::of(&identity));
        assert_ne!(EventId::of(&identity).0, ArticleId::of_origin(&identity).0);
        let later = Origin { offset: 18, ..origin.clone() };
        assert_ne!(identity, Identity::of(&later, 1_700_000_000_000));
        assert_ne!(identity, Identity::of(&origin, 1_700_000_000_001));
        let text = EventId::of(&identity).to_string();
        assert_eq!(text.as_bytes()[14], b'8', "a version 8 UUID: {text}");
        assert_eq!(parse_uuid(&text), Some(EventId::of(&identity).0));
    }
}

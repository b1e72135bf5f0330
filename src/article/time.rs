//! Instants as milliseconds since the Unix epoch, written as RFC 3339 in UTC.
//!
//! Integers, because verdicts compare and subtract them and must agree on every machine.

use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::limits;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// The first moment of the year 1: RFC 3339 writes none before, and many stores hold none.
const FIRST: i64 = -62_135_596_800_000;

impl Millis {
    /// Reads an RFC 3339 instant (offset required) of the year 1 or later. `None` where it is none.
    pub fn parse(text: &str) -> Option<Millis> {
        let instant: Timestamp = text.trim().parse().ok()?;
        Some(Millis(instant.as_millisecond())).filter(|at| at.0 >= FIRST)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = (FIRST, Timestamp::MAX.as_millisecond());
        let instant = Timestamp::from_millisecond(self.0.clamp(limits.0, limits.1)).unwrap_or_default();
        if self.0 % 1000 == 0 { write!(f, "{instant:.0}") } else { write!(f, "{instant:.3}") }
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Millis::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 instant"))
    }
}

impl JsonSchema for Millis {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "maxLength": limits::TIME, "description": "RFC 3339 in UTC" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        for text in ["2019-07-03T08:15:00Z", "2019-07-03T08:15:00.250Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(Millis::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Millis::parse("2019-07-03T11:15:00+03:00").unwrap().to_string(), "2019-07-03T08:15:00Z");
        assert_eq!(Millis::parse("2019-07-03"), None);
        assert_eq!(Millis::parse("-000300-07-03T00:00:00Z"), None);
        assert!(!Millis(i64::MAX).to_string().is_empty());
    }
}

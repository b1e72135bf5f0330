//! Free librdkafka properties, and those that are refused by name.
//!
//! Tuning is the operator's; what exactly-once rests on is not. A property that would break a guarantee, or that a typed
//! setting already sets, is refused with the reason. Values never appear in a message: they may be secrets.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(feature = "worker")]
use rdkafka::ClientConfig;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::secret::MASK;

/// librdkafka properties by name. Values that may be secrets print as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

impl Properties {
    /// Name and value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a property. Whether it is refused is checked by [`super::Settings::validate`].
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().map(|(name, value)| (name, if is_sensitive(name) { MASK } else { value }))
    }
}

/// Whether a property's value may be a secret, and must not be shown.
pub fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "passphrase", ".pem", "oauthbearer.config", "assertion"].iter().any(|part| name.contains(part))
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.shown() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of librdkafka properties")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Properties, M::Error> {
                let mut all = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, toml::Value>()? {
                    all.insert(name, text_of(&value).ok_or_else(|| M::Error::custom("must be text, a number, true or false"))?);
                }
                Ok(Properties(all))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A property's value as librdkafka takes it: everything is text there.
fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}

/// Properties that are refused, and why.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Their names.
    pub names: &'static [&'static str],
    /// Why, or what to set instead.
    pub reason: &'static str,
}

/// All properties that `[kafka.client]`, `[kafka.consumer]` and `[kafka.producer]` refuse.
pub const REFUSED: &[Refused] = &[
    Refused { names: &["bootstrap.servers", "metadata.broker.list"], reason: "set kafka.bootstrap_servers instead" },
    Refused { names: &["group.id"], reason: "set kafka.group instead" },
    Refused { names: &["group.instance.id"], reason: "set kafka.group_instance_id instead" },
    Refused { names: &["session.timeout.ms"], reason: "set kafka.session_timeout_ms instead" },
    Refused { names: &["transaction.timeout.ms"], reason: "set kafka.transaction_timeout_ms instead" },
    Refused { names: &["security.protocol"], reason: "set kafka.security_protocol instead" },
    Refused { names: &["ssl.ca.location"], reason: "set kafka.ssl_ca_location instead" },
    Refused { names: &["ssl.certificate.location"], reason: "set kafka.ssl_certificate_location instead" },
    Refused { names: &["ssl.key.location"], reason: "set kafka.ssl_key_location instead" },
    Refused { names: &["ssl.key.password"], reason: "set kafka.ssl_key_password instead" },
    Refused { names: &["sasl.mechanism", "sasl.mechanisms"], reason: "set kafka.sasl_mechanism instead" },
    Refused { names: &["sasl.username"], reason: "set kafka.sasl_username instead" },
    Refused { names: &["sasl.password"], reason: "set kafka.sasl_password instead" },
    Refused { names: &["sasl.oauthbearer.method"], reason: "set kafka.sasl_mechanism instead" },
    Refused { names: &["sasl.oauthbearer.client.id", "sasl.oauthbearer.client.credentials.client.id"], reason: "set kafka.oauthbearer_client_id instead" },
    Refused {
        names: &["sasl.oauthbearer.client.secret", "sasl.oauthbearer.client.credentials.client.secret"],
        reason: "set kafka.oauthbearer_client_secret instead",
    },
    Refused { names: &["sasl.oauthbearer.token.endpoint.url"], reason: "set kafka.oauthbearer_token_endpoint_url instead" },
    Refused {
        names: &["sasl.oauthbearer.config", "enable.sasl.oauthbearer.unsecure.jwt"],
        reason: "set kafka.oauthbearer_token_file, or the settings of an identity provider, instead",
    },
    Refused { names: &["sasl.oauthbearer.extensions"], reason: "extensions of tokens can't be handed to the Kafka client" },
    Refused { names: &["sasl.oauthbearer.scope"], reason: "set kafka.oauthbearer_scope instead" },
    Refused { names: &["message.max.bytes"], reason: "set worker.max_event_bytes instead" },
    Refused { names: &["batch.size"], reason: "it follows from worker.max_event_bytes: a topic refuses a batch that is larger than its largest record" },
    Refused { names: &["log_level"], reason: "set log.filter instead" },
    Refused {
        names: &["enable.auto.commit", "auto.commit.enable", "auto.commit.interval.ms", "enable.auto.offset.store"],
        reason: "offsets are committed in the transaction that holds their events; a second way would lose records",
    },
    Refused {
        names: &["offset.store.method", "offset.store.path", "offset.store.sync.interval.ms"],
        reason: "offsets are kept by the group at the broker, in the transaction that holds their events",
    },
    Refused {
        names: &["isolation.level"],
        reason: "the worker reads committed records only; else an aborted record becomes an event and a stale offset is read after a rebalance",
    },
    Refused {
        names: &["auto.offset.reset"],
        reason: "a committed offset that no longer exists must stop the worker, not skip or repeat records; a new group begins at kafka.start_from",
    },
    Refused { names: &["transactional.id"], reason: "it is made of kafka.group and kafka.instance, so that a restarted worker fences its predecessor" },
    Refused {
        names: &["partition.assignment.strategy", "group.protocol", "group.protocol.type", "group.remote.assignor"],
        reason: "handing over a partition is written for the classic protocol with cooperative-sticky assignment",
    },
    Refused {
        names: &["enable.idempotence", "enable.gapless.guarantee", "acks", "request.required.acks"],
        reason: "a transaction and the fingerprint log need every record acknowledged by all in-sync replicas, once",
    },
    Refused { names: &["max.in.flight", "max.in.flight.requests.per.connection", "queuing.strategy"], reason: "records of a partition must keep their order" },
    Refused {
        names: &["message.timeout.ms", "delivery.timeout.ms", "message.send.max.retries", "retries"],
        reason: "a record is tried for as long as its transaction lives: set kafka.transaction_timeout_ms",
    },
    Refused { names: &["delivery.report.only.error", "produce.offset.report"], reason: "the worker waits for the report of every record, with its offset" },
    Refused { names: &["allow.auto.create.topics"], reason: "a misspelled topic must be an error, not a new topic; see copydesk topics" },
    Refused { names: &["topic.blacklist"], reason: "a hidden topic would look like one that does not exist" },
    Refused { names: &["enable.partition.eof"], reason: "the worker sets it where it needs it" },
    Refused {
        names: &["plugin.library.paths", "interceptors", "ssl.engine.location", "ssl.engine.id", "ssl.providers"],
        reason: "no foreign code is loaded into the worker",
    },
    Refused {
        names: &["enabled_events", "log.queue", "internal.termination.signal", "opaque", "default_topic_conf"],
        reason: "it belongs to the code that calls the client, not to a configuration",
    },
    Refused { names: &["test.mock.num.brokers", "test.mock.broker.rtt"], reason: "run copydesk standalone instead" },
];

/// Why a property can't be set, or `None` where it can. `value` is looked at, never repeated.
pub(super) fn refusal(name: &str, value: &str) -> Option<String> {
    if let Some(refused) = REFUSED.iter().find(|r| r.names.contains(&name)) {
        return Some(format!("refused: {}", refused.reason));
    }
    if name.ends_with("_cb") {
        return Some("refused: it belongs to the code that calls the client, not to a configuration".into());
    }
    if name == "partitioner" && value.eq_ignore_ascii_case("random") {
        return Some("refused: events of one article must go to one partition, in order".into());
    }
    client_refusal(name, value)
}

/// Without the client library nobody knows.
#[cfg(not(feature = "worker"))]
pub(super) fn client_refusal(_name: &str, _value: &str) -> Option<String> {
    None
}

/// What the client library itself says against a property: no such name, or a value out of its range. Creates no client.
#[cfg(feature = "worker")]
pub(super) fn client_refusal(name: &str, value: &str) -> Option<String> {
    let probe = ClientConfig::from_iter([(name.to_owned(), value.to_owned())]);
    let error = probe.create_native_config().err()?;
    Some(match error {
        rdkafka::error::KafkaError::ClientConfig(kind, description, _, _) => {
            if matches!(kind, rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN) {
                "the Kafka client has no property of this name, or was built without it".into()
            } else if is_sensitive(name) {
                "the Kafka client refuses this value".into()
            } else {
                format!("the Kafka client refuses this value: {description}")
            }
        }
        _ => "the Kafka client refuses this value".into(),
    })
}

#[cfg(feature = "worker")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuning_passes() {
        for (name, value) in [
            ("socket.timeout.ms", "30000"),
            ("fetch.wait.max.ms", "100"),
            ("linger.ms", "1"),
            ("compression.type", "zstd"),
            ("client.rack", "eu-1a"),
            ("partitioner", "murmur2"),
            ("debug", "eos"),
            ("enable.ssl.certificate.verification", "false"),
        ] {
            assert_eq!(refusal(name, value), None, "{name}");
        }
    }

    #[test]
    fn what_breaks_a_guarantee_is_refused() {
        for name in ["enable.auto.commit", "isolation.level", "acks", "max.in.flight", "group.protocol", "rebalance_cb"] {
            assert!(refusal(name, "true").expect(name).starts_with("refused: "), "{name}");
        }
        assert!(refusal("partitioner", "random").is_some());
    }

    #[test]
    fn the_client_knows_its_names_and_ranges() {
        assert!(refusal("socket.timeout.sm", "1").unwrap().contains("no property of this name"));
        assert!(refusal("socket.timeout.ms", "-5").unwrap().contains("refuses this value"));
        assert!(refusal("compression.type", "brotli").is_some());
    }

    /// A name in the table that the client has not would protect nothing.
    #[test]
    fn every_refused_name_exists_once() {
        let mut names: Vec<&str> = REFUSED.iter().flat_map(|r| r.names).copied().collect();
        for name in &names {
            let probe = ClientConfig::new().create_native_config().unwrap();
            assert!(probe.get(name).is_ok() || client_refusal(name, "").is_none_or(|why| !why.contains("has no property")), "{name}");
        }
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn sensitive_values_are_masked() {
        let mut properties = Properties::default();
        properties.set("ssl.keystore.password", "hunter2");
        properties.set("ssl.key.pem", "-----BEGIN hunter2");
        properties.set("linger.ms", "7");
        let shown = format!("{properties:?}{}", serde_json::to_string(&properties).unwrap());
        assert!(!shown.contains("hunter2") && shown.contains('7'), "{shown}");
        assert_eq!(properties.get("ssl.keystore.password"), Some("hunter2"));
    }
}

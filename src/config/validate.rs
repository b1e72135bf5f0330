//! Whether settings can work: ranges, names, and values that contradict each other. All of it at once.
//!
//! A rule stands here only where breaking it would break the worker, and its message says what to do.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

#[cfg(feature = "worker")]
use tracing_subscriber::EnvFilter;
use url::Url;

use super::error::ConfigError;
use super::kafka::{KafkaSettings, SaslMechanism};
use super::memory::{PREFETCH_SHARE, RECORD_MARGIN, largest_record_set};
use super::properties::{Properties, client_refusal, refusal};
use super::secret::Secret;
use super::{Settings, TopicSettings, WorkerSettings};

const MEBIBYTE: u64 = 1 << 20;

/// Headers that the worker writes itself, or passes through always.
const OWN_HEADERS: [&str; 8] = ["traceparent", "tracestate", "content-type", "content-encoding", "content-language", "version", "publisher-domain", "section"];

/// What is wrong so far.
#[derive(Default)]
struct Found(Vec<ConfigError>);

impl Found {
    fn push(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(ConfigError { place: None, key: key.into(), message: message.into() });
    }

    fn range(&mut self, key: &str, value: u64, range: RangeInclusive<u64>) {
        if !range.contains(&value) {
            self.push(key, format!("must be from {} to {}, is {value}", range.start(), range.end()));
        }
    }
}

impl Settings {
    /// Everything that is wrong with these settings; empty where they can work. No file, network or client is touched.
    pub fn validate(&self) -> Vec<ConfigError> {
        let mut found = Found::default();
        check_kafka(&self.kafka, &mut found);
        check_security(&self.kafka, &mut found);
        check_properties(&self.kafka, &mut found);
        check_topics(&self.topics, &mut found);
        if !self.kafka.single_broker {
            check_replicas(&self.topics, &mut found);
        }
        check_worker(&self.worker, &mut found);
        check_pages(self, &mut found);
        found.range("http.stall_limit_ms", self.http.stall_limit_ms.into(), 5_000..=3_600_000);
        found.range("http.recent_events", self.http.recent_events as u64, 0..=10_000);
        found.range("http.recent_bytes", self.http.recent_bytes as u64, 0..=1024 * MEBIBYTE);
        for name in self.http.host_names.iter().filter(|name| !is_host_name(name)) {
            found.push("http.host_names", format!("`{name}` is no host name: such as desk-1.example, without a port"));
        }
        #[cfg(feature = "worker")]
        if let Err(e) = EnvFilter::try_new(&self.log.filter) {
            found.push("log.filter", format!("not a filter: {e}"));
        }
        if self.log.filter.trim().is_empty() {
            found.push("log.filter", "must not be empty; off says nothing");
        }
        check_together(self, &mut found);
        found.0
    }
}

fn check_kafka(kafka: &KafkaSettings, found: &mut Found) {
    for server in kafka.bootstrap_servers.split(',') {
        if !is_server(server.trim()) {
            found.push("kafka.bootstrap_servers", format!("`{}` is not host:port", server.trim()));
        }
    }
    if kafka.group.trim().is_empty() || kafka.group.len() > 249 || kafka.group.chars().any(char::is_control) {
        found.push("kafka.group", "must be 1 to 249 printable characters");
    }
    for (key, name) in [("instance", &kafka.instance), ("group_instance_id", &kafka.group_instance_id)] {
        if let Some(name) = name
            && !is_name(name, 200)
        {
            found.push(format!("kafka.{key}"), "must be 1 to 200 letters, digits, dots, underscores or hyphens");
        }
    }
    found.range("kafka.session_timeout_ms", kafka.session_timeout_ms.into(), 1_000..=1_800_000);
    found.range("kafka.transaction_timeout_ms", kafka.transaction_timeout_ms.into(), 5_000..=900_000);
}

/// `host:port`, a protocol before it and brackets around an IPv6 address allowed.
fn is_server(server: &str) -> bool {
    let address = server.rsplit_once("://").map_or(server, |(_, address)| address);
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_fits = bare.map_or(!host.contains(':'), |inner| inner.contains(':'));
    host_fits && !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/') && port.parse().is_ok_and(|port: u16| port > 0)
}

/// What Kafka allows in a topic's name, and we in an instance's.
fn is_name(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A name as it stands in a `Host` header, `*.` before it allowed. Nothing but a whole `*` would switch the check off.
fn is_host_name(name: &str) -> bool {
    is_name(name.strip_prefix("*.").unwrap_or(name), 253)
}

fn check_security(kafka: &KafkaSettings, found: &mut Found) {
    let protocol = kafka.security_protocol;
    let mut needs = |given: bool, allowed: bool, key: &str, what: &str| {
        if given && !allowed {
            found.push(format!("kafka.{key}"), format!("has no effect with security_protocol = \"{}\": {what}", protocol.as_str()));
        }
    };
    let tls = "set ssl or sasl_ssl";
    needs(kafka.ssl_ca_location.is_some(), protocol.has_tls(), "ssl_ca_location", tls);
    needs(kafka.ssl_certificate_location.is_some(), protocol.has_tls(), "ssl_certificate_location", tls);
    needs(kafka.ssl_key_location.is_some(), protocol.has_tls(), "ssl_key_location", tls);
    needs(kafka.ssl_key_password.is_some(), protocol.has_tls(), "ssl_key_password", tls);
    needs(kafka.sasl_mechanism.is_some(), protocol.has_sasl(), "sasl_mechanism", "set sasl_ssl or sasl_plaintext");
    if protocol.has_sasl() && kafka.sasl_mechanism.is_none() {
        found.push("kafka.sasl_mechanism", format!("is needed with security_protocol = \"{}\"", protocol.as_str()));
    }

    let pair = (kafka.ssl_certificate_location.is_some(), kafka.ssl_key_location.is_some());
    if pair == (true, false) {
        found.push("kafka.ssl_key_location", "is needed with ssl_certificate_location");
    }
    if pair == (false, true) {
        found.push("kafka.ssl_certificate_location", "is needed with ssl_key_location");
    }
    if kafka.ssl_key_password.is_some() && !pair.1 {
        found.push("kafka.ssl_key_password", "has no effect without ssl_key_location");
    }
    check_mechanism(kafka, found);
}

fn check_mechanism(kafka: &KafkaSettings, found: &mut Found) {
    let by_password = matches!(kafka.sasl_mechanism, Some(SaslMechanism::Plain | SaslMechanism::ScramSha256 | SaslMechanism::ScramSha512));
    let by_token = kafka.sasl_mechanism == Some(SaslMechanism::OauthBearer);
    let filled = |s: &Option<String>| s.as_ref().map(|s| !s.is_empty());
    let filled_secret = |s: &Option<Secret>| s.as_ref().map(|s| !s.expose().is_empty());
    let from_file = kafka.oauthbearer_token_file.is_some();
    // Key, whether it is filled, whether the mechanism uses it, whether the mechanism needs it.
    let rows = [
        ("sasl_username", filled(&kafka.sasl_username), by_password, true),
        ("sasl_password", filled_secret(&kafka.sasl_password), by_password, true),
        ("oauthbearer_token_file", filled(&kafka.oauthbearer_token_file), by_token, false),
        ("oauthbearer_client_id", filled(&kafka.oauthbearer_client_id), by_token, !from_file),
        ("oauthbearer_client_secret", filled_secret(&kafka.oauthbearer_client_secret), by_token, !from_file),
        ("oauthbearer_token_endpoint_url", filled(&kafka.oauthbearer_token_endpoint_url), by_token, !from_file),
        ("oauthbearer_scope", filled(&kafka.oauthbearer_scope), by_token, false),
        ("oauthbearer_ca_location", filled(&kafka.oauthbearer_ca_location), by_token, false),
    ];
    let mechanism = kafka.sasl_mechanism.map_or("none", SaslMechanism::as_str);
    for (key, filled, used, needed) in rows {
        let key = format!("kafka.{key}");
        match filled {
            Some(false) => found.push(key, "must not be empty"),
            Some(true) if used && from_file && key != "kafka.oauthbearer_token_file" => {
                found.push(key, "has no effect with oauthbearer_token_file: set one or the other");
            }
            Some(true) if !used => found.push(key, format!("has no effect with the SASL mechanism {mechanism}")),
            None if used && needed => found.push(key, format!("is needed with the SASL mechanism {mechanism}")),
            _ => {}
        }
    }
    if let Some(url) = kafka.oauthbearer_token_endpoint_url.as_deref().filter(|url| !url.is_empty())
        && !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none())
    {
        found.push("kafka.oauthbearer_token_endpoint_url", "must be a URL without a user or a password, such as https://id.example.org/token");
    }
}

/// Free properties, and what the client itself says of the typed ones. Files are opened when a client is created, not here.
fn check_properties(kafka: &KafkaSettings, found: &mut Found) {
    let maps: [(&str, &Properties); 3] = [("client", &kafka.client), ("consumer", &kafka.consumer), ("producer", &kafka.producer)];
    for (map, properties) in maps {
        for (name, value) in properties.iter() {
            if let Some(why) = refusal(name, value) {
                found.push(format!("kafka.{map}.{name}"), why);
            }
        }
    }
    for (key, name, value) in kafka.typed_properties() {
        if let Some(why) = client_refusal(name, &value) {
            found.push(format!("kafka.{key}"), why);
        }
    }
}

fn check_topics(topics: &TopicSettings, found: &mut Found) {
    // Kafka's own metrics write a dot as an underscore, and so the broker refuses two topics that differ in that alone.
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    if topics.raw.names().is_empty() {
        found.push("topics.raw", "must name a topic at least");
    }
    for (role, name) in topics.all() {
        let key = format!("topics.{}", role.key());
        if !is_name(name, 249) || matches!(name, "." | "..") {
            found.push(key, format!("`{name}` is no topic name: 1 to 249 letters, digits, dots, underscores or hyphens"));
            continue;
        }
        match seen.insert(name.replace('.', "_"), name) {
            Some(other) if other == name => found.push(key, format!("`{name}` is named twice: the topics must be distinct")),
            Some(other) => found.push(key, format!("`{name}` and `{other}` are one to the broker: they differ only in dots and underscores")),
            None => {}
        }
    }
}

/// How often each record must be kept. With a single broker it is one, whatever these say.
fn check_replicas(topics: &TopicSettings, found: &mut Found) {
    found.range("topics.replication", topics.replication.into(), 2..=i16::MAX as u64);
    if topics.min_insync_replicas < 2 {
        found.push(
            "topics.min_insync_replicas",
            "must be 2 or more, or the loss of one broker loses records that were acknowledged; kafka.single_broker = true accepts that",
        );
    } else if topics.replication >= 2 && topics.min_insync_replicas > topics.replication {
        found.push("topics.min_insync_replicas", format!("is more than topics.replication ({}): nothing could be written", topics.replication));
    }
}

fn check_worker(worker: &WorkerSettings, found: &mut Found) {
    found.range("worker.threads", worker.threads as u64, 0..=1024);
    found.range("worker.max_in_flight_bytes", worker.max_in_flight_bytes as u64, MEBIBYTE..=(64 << 30));
    found.range("worker.batch_max_messages", worker.batch_max_messages as u64, 1..=100_000);
    found.range("worker.batch_max_bytes", worker.batch_max_bytes as u64, 1024..=(4 << 30));
    found.range("worker.batch_max_wait_ms", worker.batch_max_wait_ms.into(), 0..=60_000);
    found.range("worker.max_batches_in_flight", worker.max_batches_in_flight as u64, 1..=64);
    found.range("worker.max_event_bytes", worker.max_event_bytes as u64, 10_000..=100_000_000);
    found.range("worker.shutdown_grace_ms", worker.shutdown_grace_ms.into(), 1_000..=3_600_000);
    let mut seen: Vec<String> = Vec::new();
    for header in &worker.pass_through_headers {
        let lower = header.to_ascii_lowercase();
        if header.trim().is_empty() || header.chars().any(|c| c.is_control() || c.is_whitespace()) {
            found.push("worker.pass_through_headers", format!("`{header}` is no header name"));
        } else if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("ce_") || lower.starts_with("dlq-") {
            found.push("worker.pass_through_headers", format!("`{header}` is written by the worker itself"));
        } else if seen.contains(&lower) {
            found.push("worker.pass_through_headers", format!("`{header}` is named twice"));
        }
        seen.push(lower);
    }
}

fn check_pages(settings: &Settings, found: &mut Found) {
    let parse = &settings.parse;
    found.range("parse.max_body_bytes", parse.max_body_bytes as u64, 1024..=MEBIBYTE * 1024);
    found.range("parse.max_elements", parse.max_elements as u64, 100..=10_000_000);
    found.range("parse.max_depth", parse.max_depth as u64, 16..=4096);
    found.range("parse.max_steps", parse.max_steps as u64, 100_000..=10_000_000_000);
    found.range("parse.max_decompression_ratio", parse.max_decompression_ratio as u64, 1..=10_000);
    let dedupe = &settings.dedupe;
    found.range("dedupe.window_hours", dedupe.window_hours.into(), 1..=8_760);
    found.range("dedupe.window_entries", dedupe.window_entries.into(), 1..=1_000_000_000);
    // `version` is generation × 2⁴⁰ + offset; below 2⁵³ every JSON reader has it exactly.
    found.range("dedupe.generation", dedupe.generation.into(), 1..=(1 << 13) - 1);
    let shares = [
        ("near_similarity", dedupe.near_similarity),
        ("same_headline_similarity", dedupe.same_headline_similarity),
        ("common_text_similarity", dedupe.common_text_similarity),
        ("same_site_similarity", dedupe.same_site_similarity),
        ("number_agreement", dedupe.number_agreement),
        ("sure_similarity", dedupe.sure_similarity),
        ("unlike_similarity", dedupe.unlike_similarity),
        ("excerpt_containment", dedupe.excerpt_containment),
    ];
    shares.iter().for_each(|(key, share)| found.range(&format!("dedupe.{key}"), (*share).into(), 0..=1000));
    // An entry keeps the eight smallest sentence hashes of a text.
    found.range("dedupe.excerpt_sentences", dedupe.excerpt_sentences.into(), 1..=8);
    found.range("dedupe.max_candidates", dedupe.max_candidates.into(), 1..=100_000);
    // Sixteenths of it pay for each of several searches.
    found.range("dedupe.max_comparisons", dedupe.max_comparisons.into(), 64..=100_000);
}

/// Values that fit by themselves and not together.
fn check_together(settings: &Settings, found: &mut Found) {
    let (worker, kafka) = (&settings.worker, &settings.kafka);
    if worker.batch_max_bytes > worker.max_in_flight_bytes {
        found.push("worker.batch_max_bytes", format!("is more than max_in_flight_bytes ({}): no batch could fill", worker.max_in_flight_bytes));
    }
    if settings.parse.max_body_bytes > worker.max_in_flight_bytes {
        found.push("parse.max_body_bytes", format!("is more than worker.max_in_flight_bytes ({}): such a page could not be read", worker.max_in_flight_bytes));
    }
    let own_limit = kafka.consumer.get("receive.message.max.bytes").and_then(|value| value.trim().parse().ok());
    let readable: u64 = own_limit.unwrap_or(largest_record_set(worker.max_in_flight_bytes / PREFETCH_SHARE) as u64);
    found.range("topics.max_raw_bytes", settings.topics.max_raw_bytes.into(), 1024..=100_000_000);
    if u64::from(settings.topics.max_raw_bytes) + u64::from(RECORD_MARGIN) > readable {
        found.push("topics.max_raw_bytes", format!("is more than a worker reads at once ({readable} bytes): raise worker.max_in_flight_bytes"));
    }
    if worker.batch_max_wait_ms > kafka.transaction_timeout_ms / 2 {
        found.push("worker.batch_max_wait_ms", format!("must be at most half of kafka.transaction_timeout_ms ({})", kafka.transaction_timeout_ms));
    }
    let session = u64::from(kafka.session_timeout_ms);
    let consumer = |name: &str| kafka.consumer.get(name).and_then(|value| value.parse::<u64>().ok());
    if consumer("max.poll.interval.ms").is_some_and(|interval| interval < session) {
        found.push("kafka.consumer.max.poll.interval.ms", format!("is less than kafka.session_timeout_ms ({session})"));
    }
    if consumer("heartbeat.interval.ms").is_some_and(|interval| interval > session / 2) {
        found.push("kafka.consumer.heartbeat.interval.ms", format!("must be at most half of kafka.session_timeout_ms ({session})"));
    }
}

//! The section `[kafka]`: the cluster, who we are in it, how we are let in.
//!
//! Typed settings become librdkafka properties in one place, [`KafkaSettings::client_properties`]. What the guarantees
//! rest on is not here: the code that creates the clients sets it after these, and it can't be overridden.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::properties::Properties;
use super::secret::Secret;

/// The cluster and how to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// Brokers to begin with, `host:port` with commas between.
    pub bootstrap_servers: String,
    /// The consumer group.
    pub group: String,
    /// This instance's stable name, part of `transactional.id`. The host name where absent.
    pub instance: Option<String>,
    /// Where a group without committed offsets begins.
    pub start_from: StartFrom,
    /// Accept a cluster that can't survive the loss of a broker.
    pub single_broker: bool,
    /// Static membership; off where absent.
    pub group_instance_id: Option<String>,
    /// Milliseconds without a heartbeat after which the group goes on without this worker.
    pub session_timeout_ms: u32,
    /// Milliseconds after which the broker aborts an open transaction.
    pub transaction_timeout_ms: u32,
    /// How the connection is secured.
    pub security_protocol: SecurityProtocol,
    /// File with the certificate authorities to trust (PEM).
    pub ssl_ca_location: Option<String>,
    /// File with this client's certificate (PEM).
    pub ssl_certificate_location: Option<String>,
    /// File with this client's private key (PEM).
    pub ssl_key_location: Option<String>,
    /// Passphrase of the private key.
    pub ssl_key_password: Option<Secret>,
    /// How this client proves who it is.
    pub sasl_mechanism: Option<SaslMechanism>,
    /// User name for PLAIN and SCRAM.
    pub sasl_username: Option<String>,
    /// Password for PLAIN and SCRAM.
    pub sasl_password: Option<Secret>,
    /// OAUTHBEARER: file with a token, which something else renews; read again before the token ends.
    pub oauthbearer_token_file: Option<String>,
    /// OAUTHBEARER: the client's id at the identity provider.
    pub oauthbearer_client_id: Option<String>,
    /// OAUTHBEARER: the client's secret.
    pub oauthbearer_client_secret: Option<Secret>,
    /// OAUTHBEARER: where tokens are asked for.
    pub oauthbearer_token_endpoint_url: Option<String>,
    /// OAUTHBEARER: the scope asked for.
    pub oauthbearer_scope: Option<String>,
    /// OAUTHBEARER: file with the certificate authorities of the identity provider (PEM), beside the system's.
    pub oauthbearer_ca_location: Option<String>,
    /// Further librdkafka properties for all clients.
    pub client: Properties,
    /// Further librdkafka properties for consumers.
    pub consumer: Properties,
    /// Further librdkafka properties for producers.
    pub producer: Properties,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        KafkaSettings {
            bootstrap_servers: "localhost:9092".into(),
            group: "copydesk".into(),
            instance: None,
            start_from: StartFrom::Earliest,
            single_broker: false,
            group_instance_id: None,
            session_timeout_ms: 10_000,
            transaction_timeout_ms: 30_000,
            security_protocol: SecurityProtocol::Plaintext,
            ssl_ca_location: None,
            ssl_certificate_location: None,
            ssl_key_location: None,
            ssl_key_password: None,
            sasl_mechanism: None,
            sasl_username: None,
            sasl_password: None,
            oauthbearer_token_file: None,
            oauthbearer_client_id: None,
            oauthbearer_client_secret: None,
            oauthbearer_token_endpoint_url: None,
            oauthbearer_scope: None,
            oauthbearer_ca_location: None,
            client: Properties::default(),
            consumer: Properties::default(),
            producer: Properties::default(),
        }
    }
}

impl KafkaSettings {
    /// The librdkafka properties of every client: brokers, security, then those of `[kafka.client]`. **Holds secrets in clear.** Properties of
    /// consumers and producers come over them, and what the guarantees rest on last.
    pub fn client_properties(&self) -> Vec<(String, String)> {
        let typed = self.typed_properties().into_iter().map(|(_, name, value)| (name.to_owned(), value));
        typed.chain(self.client.iter().map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    }

    /// Key, librdkafka property and value of what is set by typed keys and belongs to every client.
    pub(super) fn typed_properties(&self) -> Vec<(&'static str, &'static str, String)> {
        let secret = |s: &Option<Secret>| s.as_ref().map(|s| s.expose().to_owned());
        let rows = [
            ("bootstrap_servers", "bootstrap.servers", Some(self.bootstrap_servers.clone())),
            ("security_protocol", "security.protocol", Some(self.security_protocol.as_str().into())),
            ("ssl_ca_location", "ssl.ca.location", self.ssl_ca_location.clone()),
            ("ssl_certificate_location", "ssl.certificate.location", self.ssl_certificate_location.clone()),
            ("ssl_key_location", "ssl.key.location", self.ssl_key_location.clone()),
            ("ssl_key_password", "ssl.key.password", secret(&self.ssl_key_password)),
            ("sasl_mechanism", "sasl.mechanism", self.sasl_mechanism.map(|m| m.as_str().into())),
            ("sasl_username", "sasl.username", self.sasl_username.clone()),
            ("sasl_password", "sasl.password", secret(&self.sasl_password)),
        ];
        rows.into_iter().filter_map(|(key, name, value)| Some((key, name, value?))).collect()
    }
}

/// How the connection to the brokers is secured. Read in either case: brokers and other clients write it in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    /// Neither encrypted nor authenticated.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL without encryption.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl<'de> Deserialize<'de> for SecurityProtocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.to_ascii_lowercase().as_str() {
            "plaintext" => Ok(SecurityProtocol::Plaintext),
            "ssl" => Ok(SecurityProtocol::Ssl),
            "sasl_plaintext" => Ok(SecurityProtocol::SaslPlaintext),
            "sasl_ssl" => Ok(SecurityProtocol::SaslSsl),
            _ => Err(serde::de::Error::custom("must be plaintext, ssl, sasl_plaintext or sasl_ssl")),
        }
    }
}

impl SecurityProtocol {
    /// librdkafka's name.
    pub fn as_str(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "plaintext",
            SecurityProtocol::Ssl => "ssl",
            SecurityProtocol::SaslPlaintext => "sasl_plaintext",
            SecurityProtocol::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether it encrypts.
    pub fn has_tls(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }

    /// Whether it authenticates by SASL.
    pub fn has_sasl(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }
}

/// A SASL mechanism that this build of the client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaslMechanism {
    /// User and password in clear, inside TLS or not.
    #[serde(rename = "PLAIN")]
    Plain,
    /// RFC 5802 with SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// RFC 5802 with SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
    /// RFC 7628, with tokens from a file or by OpenID Connect client credentials.
    #[serde(rename = "OAUTHBEARER")]
    OauthBearer,
}

impl SaslMechanism {
    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
            SaslMechanism::OauthBearer => "OAUTHBEARER",
        }
    }
}

/// Where a group without committed offsets begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFrom {
    /// At the oldest record.
    Earliest,
    /// At records that come after the start.
    Latest,
    /// At the first record that is not older.
    Time(Timestamp),
}

impl fmt::Display for StartFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartFrom::Earliest => f.write_str("earliest"),
            StartFrom::Latest => f.write_str("latest"),
            StartFrom::Time(time) => time.fmt(f),
        }
    }
}

impl Serialize for StartFrom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StartFrom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "earliest" => Ok(StartFrom::Earliest),
            "latest" => Ok(StartFrom::Latest),
            other => other
                .parse()
                .map(StartFrom::Time)
                .map_err(|_| serde::de::Error::custom("must be earliest, latest or a time with its offset, such as 2026-05-17T08:00:00Z")),
        }
    }
}

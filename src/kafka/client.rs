//! placeholder
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
/// Log.
pub fn log(client: &str, _level: RDKafkaLogLevel, facility: &str, message: &str) {
    tracing::debug!(client, facility, message);
}
/// Error.
pub fn error(client: &str, error: &KafkaError, reason: &str) {
    tracing::warn!(client, %error, reason);
}

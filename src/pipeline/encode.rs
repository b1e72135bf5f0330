//! From an outcome to the record that goes out: topic, key, headers (CloudEvents 1.0, binary mode) and value.
//!
//! Source: CloudEvents Kafka protocol binding 1.0, binary content mode.

use crate::article::event::{ARTICLE_SCHEMA, DUPLICATE_SCHEMA, Envelope};
use crate::article::parsed::Language;
use crate::article::{DeadLetter, Outcome, RawArticle, Source, Warning};

use super::finish::publisher_domain;
use super::{PipelineSettings, fit};

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
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl OutputRecord {
    /// Bytes of key, value and headers.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.len() + v.as_ref().map_or(0, Vec::len)).sum();
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len) + headers
    }
}

/// The record that goes out, and the warnings of the event in it.
pub(super) fn encode(outcome: &Outcome, raw: &RawArticle, settings: &PipelineSettings) -> (OutputRecord, Vec<Warning>) {
    match outcome {
        Outcome::Published(event) | Outcome::Withdrawn(event) => {
            let content = event.content.as_ref();
            let language = content.and_then(|c| c.language.as_ref());
            let section = content.and_then(|c| c.section.as_deref());
            let (value, warnings) = fit::article(event, settings.max_event_bytes);
            let record = OutputRecord {
                topic: OutputTopic::Articles,
                key: Some(event.envelope.article_id.to_string().into_bytes()),
                headers: event_headers(&event.envelope, &event.source, language, section, raw, settings),
                value: Some(value),
            };
            (record, warnings)
        }
        Outcome::Duplicate(event) => {
            let language = event.content.as_ref().and_then(|c| c.language.as_ref());
            let original = event.duplication.duplicate_of.as_ref().map(|d| d.article_id);
            let record = OutputRecord {
                topic: OutputTopic::Duplicates,
                key: Some(original.unwrap_or(event.envelope.article_id).to_string().into_bytes()),
                headers: event_headers(&event.envelope, &event.source, language, None, raw, settings),
                value: Some(fit::duplicate(event, settings.max_event_bytes)),
            };
            (record, Vec::new())
        }
        Outcome::DeadLetter(letter) => (dead_letter_record(letter, raw, settings.max_dead_letter_bytes), Vec::new()),
    }
}

fn event_headers(
    envelope: &Envelope,
    source: &Source,
    language: Option<&Language>,
    section: Option<&str>,
    raw: &RawArticle,
    settings: &PipelineSettings,
) -> Vec<(String, Option<Vec<u8>>)> {
    let kind = envelope.event_type.as_str();
    let schema = if envelope.schema == ARTICLE_SCHEMA { ARTICLE_SCHEMA } else { DUPLICATE_SCHEMA };
    let mut headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", &envelope.event_id.to_string()),
        header("ce_type", &format!("copydesk.article.{kind}")),
        header("ce_source", &format!("/copydesk/{}", raw.origin.topic)),
        header("ce_subject", &envelope.article_id.to_string()),
        header("ce_dataschema", schema),
        header("content-type", "application/json"),
    ];
    if let Some(time) = envelope.received_at {
        headers.push(header("ce_time", &time.to_string()));
    }
    if let Some(language) = language {
        headers.push(header("language", &language.code));
    }
    if let Some(domain) = publisher_domain(source) {
        headers.push(header("publisher-domain", domain));
    }
    if let Some(section) = section {
        headers.push(header("section", section));
    }
    let own: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
    let passed = raw.headers.iter().filter(|(name, _)| passes_through(name, settings) && !own.contains(name));
    headers.extend(passed.cloned());
    headers
}

fn passes_through(name: &str, settings: &PipelineSettings) -> bool {
    let named = settings.pass_through_headers.iter().any(|n| n.eq_ignore_ascii_case(name));
    named || name.eq_ignore_ascii_case("traceparent") || name.eq_ignore_ascii_case("tracestate")
}

fn header(name: &str, value: &str) -> (String, Option<Vec<u8>>) {
    (name.to_owned(), Some(value.as_bytes().to_vec()))
}

/// The dead letter of a raw record: key, value and headers byte for byte, the reason in `dlq-` headers.
/// Marks that an earlier stay among the dead letters left are replaced, but its count of replays is kept.
/// A value over `max_bytes` is cut, and `dlq-truncated` gives its whole length.
/// One that is to be bare has none of the record's own bytes.
pub fn dead_letter_record(letter: &DeadLetter, raw: &RawArticle, max_bytes: usize) -> OutputRecord {
    if letter.is_bare {
        let whole = raw.value.as_ref().map(Vec::len);
        let bare = RawArticle { origin: raw.origin.clone(), timestamp: raw.timestamp, key: None, value: None, headers: Vec::new() };
        let mut record = dead_letter_record(&DeadLetter { is_bare: false, ..letter.clone() }, &bare, max_bytes);
        record.headers.extend(whole.map(|bytes| header("dlq-truncated", &bytes.to_string())));
        return record;
    }
    let replays = raw.header("dlq-replays").and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    let mut headers: Vec<_> = raw.headers.iter().filter(|(name, _)| !name.starts_with("dlq-")).cloned().collect();
    headers.extend([
        header("dlq-stage", letter.stage.as_str()),
        header("dlq-code", letter.code.as_str()),
        header("dlq-message", &letter.message),
        header("dlq-topic", &raw.origin.topic),
        header("dlq-partition", &raw.origin.partition.to_string()),
        header("dlq-offset", &raw.origin.offset.to_string()),
        header("dlq-timestamp", &raw.timestamp.to_string()),
        header("dlq-replays", &replays.to_string()),
        header("dlq-worker-version", env!("CARGO_PKG_VERSION")),
    ]);
    let mut record = OutputRecord { topic: OutputTopic::DeadLetters, key: raw.key.clone(), value: raw.value.clone(), headers };
    let excess = record.size().saturating_sub(max_bytes);
    if excess > 0
        && let Some(value) = &mut record.value
    {
        let whole = value.len();
        value.truncate(whole.saturating_sub(excess + 64));
        record.headers.push(header("dlq-truncated", &whole.to_string()));
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{DeadLetterCode, Origin, Stage};

    fn raw(value: &[u8]) -> RawArticle {
        RawArticle {
            origin: Origin { topic: "news.raw".into(), partition: 2, offset: 40 },
            timestamp: 1_700_000_000_000,
            key: Some(b"k".to_vec()),
            value: Some(value.to_vec()),
            headers: vec![("url".into(), Some(b"https://a.example/".to_vec())), ("dlq-replays".into(), Some(b"2".to_vec()))],
        }
    }

    fn value_of<'a>(record: &'a OutputRecord, name: &str) -> Option<&'a str> {
        let (_, value) = record.headers.iter().find(|(n, _)| n == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    #[test]
    fn a_dead_letter_keeps_the_record_and_names_its_place() {
        let letter = DeadLetter::new(Stage::Decode, DeadLetterCode::Undecodable, "bad base64");
        let record = dead_letter_record(&letter, &raw(b"body"), 1000);
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (Some(&b"k"[..]), Some(&b"body"[..])));
        assert_eq!(value_of(&record, "url"), Some("https://a.example/"));
        for (name, value) in [
            ("dlq-stage", "decode"),
            ("dlq-code", "undecodable"),
            ("dlq-message", "bad base64"),
            ("dlq-topic", "news.raw"),
            ("dlq-partition", "2"),
            ("dlq-offset", "40"),
            ("dlq-timestamp", "1700000000000"),
            ("dlq-replays", "2"),
        ] {
            assert_eq!(value_of(&record, name), Some(value), "{name}");
        }
        assert_eq!(value_of(&record, "dlq-truncated"), None);
    }

    #[test]
    fn a_large_dead_letter_is_cut_and_says_so() {
        let letter = DeadLetter::new(Stage::Decode, DeadLetterCode::Oversize, "too large");
        let record = dead_letter_record(&letter, &raw(&[b'x'; 5000]), 2000);
        assert!(record.size() <= 2000, "{}", record.size());
        assert_eq!(value_of(&record, "dlq-truncated"), Some("5000"));
    }
}

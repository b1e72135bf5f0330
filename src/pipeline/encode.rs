//! From an outcome to the record that goes out: topic, key, headers (CloudEvents 1.0, binary mode) and value.
//!
//! Whatever came in, key, headers and value together fit the topic, counted as a broker and a client count them. Dead letters are
//! in `letter`. Source: CloudEvents Kafka protocol binding 1.0, binary content mode; Kafka's record format 2.

use crate::article::event::{ARTICLE_SCHEMA, DUPLICATE_SCHEMA, Envelope};
use crate::article::parsed::Language;
use crate::article::{Outcome, RawArticle, Source, Warning};
use crate::text::clean;

use super::finish::publisher_domain;
use super::letter::dead_letter_record;
use super::{PipelineSettings, fit, gate};

/// The most that record format 2 takes for a batch of one record: the batch's header, and the record's lengths and attributes.
const FRAME_BYTES: usize = 61 + 36;
/// The most that it takes for the lengths of a header.
pub(super) const HEADER_BYTES: usize = 10;
/// The longest value of a header that is passed through; a longer one is left out, since half of it means nothing.
const MOST_PASSED_VALUE: usize = 4096;
/// The most bytes of all headers that are passed through; no more than a quarter of the record either.
const MOST_PASSED: usize = 16 << 10;

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

/// The record that goes out, and the warnings of the event in it.
pub(super) fn encode(outcome: Outcome, raw: &RawArticle, settings: &PipelineSettings) -> (OutputRecord, Vec<Warning>) {
    match outcome {
        Outcome::Published(mut event) | Outcome::Withdrawn(mut event) => {
            gate::event(&mut event);
            let content = event.content.as_ref();
            let language = content.and_then(|c| c.language.as_ref());
            let section = content.and_then(|c| c.section.as_deref());
            let mut headers = event_headers(&event.envelope, &event.source, language, section);
            let is_cut = pass_through(raw, settings, &mut headers);
            if let Some(quality) = event.quality.as_mut().filter(|_| is_cut) {
                quality.warn(Warning::FieldCut);
            }
            let key = event.envelope.article_id;
            record(OutputTopic::Articles, key.to_string(), headers, settings, |room| fit::article(*event, room))
        }
        Outcome::Duplicate(mut event) => {
            gate::duplicate(&mut event);
            let language = event.content.as_ref().and_then(|c| c.language.as_ref());
            let mut headers = event_headers(&event.envelope, &event.source, language, None);
            pass_through(raw, settings, &mut headers);
            let original = event.duplication.duplicate_of.as_ref().map(|d| d.article_id);
            let key = original.unwrap_or(event.envelope.article_id);
            record(OutputTopic::Duplicates, key.to_string(), headers, settings, |room| (fit::duplicate(*event, room), Vec::new()))
        }
        Outcome::DeadLetter(letter) => (dead_letter_record(&letter, raw, settings.max_dead_letter_bytes), Vec::new()),
    }
}

/// A record whose value fits into what key and headers leave.
fn record(
    topic: OutputTopic,
    key: String,
    headers: Vec<OutputHeader>,
    settings: &PipelineSettings,
    value: impl FnOnce(usize) -> (Vec<u8>, Vec<Warning>),
) -> (OutputRecord, Vec<Warning>) {
    let record = OutputRecord { topic, key: Some(key.into_bytes()), value: None, headers };
    let room = settings.max_event_bytes.saturating_sub(record.wire_size());
    let (value, warnings) = value(room);
    (OutputRecord { value: Some(value), ..record }, warnings)
}

fn event_headers(envelope: &Envelope, source: &Source, language: Option<&Language>, section: Option<&str>) -> Vec<OutputHeader> {
    let kind = envelope.event_type.as_str();
    let schema = if envelope.schema == ARTICLE_SCHEMA { ARTICLE_SCHEMA } else { DUPLICATE_SCHEMA };
    let mut headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", &envelope.event_id.to_string()),
        header("ce_type", &format!("copydesk.article.{kind}")),
        header("ce_source", &format!("/copydesk/{}", envelope.origin.topic)),
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
    headers
}

/// Adds the headers that are passed through: the first of each name, cleaned. Tells whether one was too long and left out.
fn pass_through(raw: &RawArticle, settings: &PipelineSettings, headers: &mut Vec<OutputHeader>) -> bool {
    let names = ["traceparent", "tracestate"].into_iter().chain(settings.pass_through_headers.iter().map(String::as_str));
    let mut room = MOST_PASSED.min(settings.max_event_bytes / 4);
    let mut is_cut = false;
    for name in names {
        let Some((own, value)) = raw.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes())) else { continue };
        // Equal but for the case of ASCII, so as sound as the setting.
        let Ok(own) = std::str::from_utf8(own) else { continue };
        if headers.iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name)) {
            continue;
        }
        let bytes = value.as_ref().map_or(0, Vec::len);
        let takes = own.len() + bytes + HEADER_BYTES;
        if bytes > MOST_PASSED_VALUE || takes > room {
            is_cut = true;
            continue;
        }
        room -= takes;
        headers.push((own.to_owned(), value.as_deref().map(cleaned)));
    }
    is_cut
}

/// A header's value without controls. Bytes that are no UTF-8 become replacement characters.
fn cleaned(value: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(value).into_owned();
    clean::line(&mut text);
    text.into_bytes()
}

pub(super) fn header(name: &str, value: &str) -> OutputHeader {
    (name.to_owned(), Some(value.as_bytes().to_vec()))
}

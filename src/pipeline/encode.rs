//! From an outcome to the record that goes out: topic, key, headers (CloudEvents 1.0, binary mode) and value.
//!
//! Whatever came in, key, headers and value together fit the topic, counted as a broker and a client count them. Dead letters are
//! in `letter`. Source: CloudEvents Kafka protocol binding 1.0, binary content mode; Kafka's record format 2.

use crate::article::event::SCHEMA_URI;
use crate::article::output::{HEADER_BYTES, OutputHeader, OutputRecord, OutputTopic};
use crate::article::{ArticleEvent, Outcome, RawArticle, Warning};
use crate::text::clean;

use super::letter::dead_letter_record;
use super::{PipelineSettings, fit, gate};

/// The longest value of a header that is passed through; a longer one is left out, since half of it means nothing.
const MOST_PASSED_VALUE: usize = 4096;
/// The most bytes of all headers that are passed through; no more than a quarter of the record either.
const MOST_PASSED: usize = 16 << 10;

/// The headers of a record with an event, those that are passed through aside: name, value, and when it is there. `schema/headers.md` has them as
/// a table.
pub const HEADERS: [(&str, &str, &str); 12] = [
    ("ce_specversion", "`1.0`", "always"),
    ("ce_id", "`event_id/version`: unique for each distinct event", "always"),
    ("ce_source", "`/copydesk/` and the raw topic: a URI reference", "always"),
    ("ce_type", "`io.copydesk.article.` and the `event_type`", "always"),
    ("ce_subject", "`article_id`", "always"),
    ("ce_time", "`received_at`", "where the raw record has a timestamp"),
    ("ce_dataschema", "`urn:copydesk:schema:article:1`: the `$id` of the schema", "always"),
    ("content-type", "`application/json`", "always"),
    ("version", "`version`, in decimal digits", "always"),
    ("content-language", "`content.language.code`", "where known"),
    ("publisher-domain", "`source.publisher.domain`", "where known"),
    ("section", "`content.section`", "where known"),
];

/// The record that goes out, and the warnings of the event in it.
pub(super) fn encode(outcome: Outcome, raw: &RawArticle, settings: &PipelineSettings) -> (OutputRecord, Vec<Warning>) {
    match outcome {
        Outcome::Published(event) | Outcome::Withdrawn(event) => {
            let key = event.envelope.article_id;
            event_record(OutputTopic::Articles, key.to_string(), *event, raw, settings)
        }
        Outcome::Duplicate(event) => {
            let original = event.duplication.as_ref().and_then(|duplication| duplication.duplicate_of.as_ref());
            let key = original.map_or(event.envelope.article_id, |original| original.article_id);
            event_record(OutputTopic::Duplicates, key.to_string(), *event, raw, settings)
        }
        Outcome::DeadLetter(letter) => (dead_letter_record(&letter, raw, settings.max_dead_letter_bytes), Vec::new()),
    }
}

/// A record with an event, whose value fits into what key and headers leave.
fn event_record(topic: OutputTopic, key: String, mut event: ArticleEvent, raw: &RawArticle, settings: &PipelineSettings) -> (OutputRecord, Vec<Warning>) {
    gate::event(&mut event);
    let mut headers = event_headers(&event);
    let is_cut = pass_through(raw, settings, &mut headers);
    if let Some(quality) = event.quality.as_mut().filter(|_| is_cut) {
        quality.warn(Warning::FieldCut);
    }
    let record = OutputRecord { topic, key: Some(key.into_bytes()), value: None, headers };
    let room = settings.max_event_bytes.saturating_sub(record.wire_size());
    let (value, warnings) = fit::event(event, room);
    (OutputRecord { value: Some(value), ..record }, warnings)
}

fn event_headers(event: &ArticleEvent) -> Vec<OutputHeader> {
    let ArticleEvent { envelope, source, content, .. } = event;
    let topic: String = url::form_urlencoded::byte_serialize(envelope.origin.topic.as_bytes()).collect();
    let mut headers = vec![
        header("ce_specversion", "1.0"),
        header("ce_id", &format!("{}/{}", envelope.event_id, envelope.version)),
        header("ce_source", &format!("/copydesk/{topic}")),
        header("ce_type", &format!("io.copydesk.article.{}", envelope.event_type.as_str())),
        header("ce_subject", &envelope.article_id.to_string()),
    ];
    headers.extend(envelope.received_at.map(|time| header("ce_time", &time.to_string())));
    headers.push(header("ce_dataschema", SCHEMA_URI));
    headers.push(header("content-type", "application/json"));
    headers.push(header("version", &envelope.version.to_string()));
    let language = content.as_ref().and_then(|content| content.language.as_ref()).map(|language| language.code.as_str());
    let section = content.as_ref().and_then(|content| content.section.as_deref());
    let known = [("content-language", language), ("publisher-domain", source.publisher.domain.as_deref()), ("section", section)];
    headers.extend(known.into_iter().filter_map(|(name, value)| Some(header(name, value?))));
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

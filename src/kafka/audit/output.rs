//! What the audit reads of an output record: where it comes from, what it is, and to which events it refers.
//!
//! It is strict: what does not keep the contract of its topic is not an output, and is never guessed at.

use rdkafka::message::{BorrowedMessage, Message};
use serde::Deserialize;

use crate::article::event::EventType;
use crate::article::identity::{EventId, Identity};
use crate::article::outcome::DeadLetterCode;
use crate::article::raw::Origin;
use crate::article::verdict::DuplicateKind;
use crate::kafka::headers;

/// What an output says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The raw record it was made from.
    pub origin: Origin,
    /// What it is, as the report counts it.
    pub kind: String,
    /// Its name. Of a dead letter, the name that its event would have had: a copy that was judged before its original was given up refers to it.
    pub event_id: Option<EventId>,
    /// The event that it replaces.
    pub supersedes: Option<EventId>,
    /// The event that it is a copy of.
    pub duplicate_of: Option<EventId>,
}

/// Which topic it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Article,
    Duplicate,
    DeadLetter,
}

/// What is read of an event; the rest is skipped.
#[derive(Deserialize)]
struct EventKeys {
    event_id: EventId,
    event_type: EventType,
    supersedes: Option<EventId>,
    origin: Origin,
    duplication: Option<DuplicationKeys>,
}

#[derive(Deserialize)]
struct DuplicationKeys {
    kind: Option<DuplicateKind>,
    duplicate_of: Option<OriginalKeys>,
}

#[derive(Deserialize)]
struct OriginalKeys {
    event_id: EventId,
}

/// `None` for what can't be read or does not belong into its topic.
pub(super) fn parse_output(output: Output, message: &BorrowedMessage<'_>) -> Option<Parsed> {
    match output {
        Output::DeadLetter => parse_dead_letter(|name| last_header(message, name)),
        Output::Article | Output::Duplicate => parse_event(output, message.payload()?),
    }
}

fn parse_event(output: Output, value: &[u8]) -> Option<Parsed> {
    let event: EventKeys = serde_json::from_slice(value).ok()?;
    let (copy, original) = event.duplication.map_or((None, None), |d| (d.kind, d.duplicate_of));
    let is_duplicate = event.event_type == EventType::Duplicate;
    if is_duplicate != (output == Output::Duplicate) {
        return None;
    }
    let kind = if is_duplicate {
        // A duplicate says of what kind it is and of what: without that it is none.
        original.as_ref()?;
        let kind = serde_json::to_value(copy?).ok()?;
        format!("duplicate {}", kind.as_str()?)
    } else {
        event.event_type.as_str().to_owned()
    };
    Some(Parsed { origin: event.origin, kind, event_id: Some(event.event_id), supersedes: event.supersedes, duplicate_of: original.map(|o| o.event_id) })
}

fn parse_dead_letter<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Parsed> {
    let code = header("dlq-code")?;
    let known = DeadLetterCode::ALL.into_iter().find(|c| c.as_str() == code)?;
    let origin = Origin { topic: header("dlq-topic")?.into(), partition: header("dlq-partition")?.parse().ok()?, offset: header("dlq-offset")?.parse().ok()? };
    let kind = format!("dead letter {}", known.as_str());
    let event_id = EventId::of(&Identity::of(&origin, header("dlq-timestamp")?.parse().ok()?));
    Some(Parsed { origin, kind, event_id: Some(event_id), supersedes: None, duplicate_of: None })
}

/// The last header of a name: a record that was replayed may carry those of its first life before it.
fn last_header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a str> {
    let (_, value) = headers::all(message).filter(|(n, _)| *n == name.as_bytes()).last()?;
    std::str::from_utf8(value?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-8000-8000-000000000001";
    const OTHER: &str = "00000000-0000-8000-8000-000000000002";

    fn event(kind: &str, more: &str) -> Vec<u8> {
        let origin = r#"{"topic":"news.raw","partition":3,"offset":17}"#;
        format!(r#"{{"schema":"x","event_id":"{ID}","event_type":"{kind}","origin":{origin}{more}}}"#).into_bytes()
    }

    fn dead_letter(headers: &[(&str, &'static str)]) -> Option<Parsed> {
        parse_dead_letter(|name| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v))
    }

    #[test]
    fn an_update_refers_to_the_version_before() {
        let more = format!(r#","supersedes":"{OTHER}","content":{{"headline":"h"}}"#);
        let parsed = parse_event(Output::Article, &event("updated", &more)).expect("a good event");
        assert_eq!(parsed.origin, Origin { topic: "news.raw".into(), partition: 3, offset: 17 });
        assert_eq!(parsed.kind, "updated");
        assert_eq!(parsed.supersedes.map(|id| id.to_string()).as_deref(), Some(OTHER));
        assert_eq!(parsed.event_id.map(|id| id.to_string()).as_deref(), Some(ID));
    }

    #[test]
    fn a_duplicate_says_of_what() {
        let of = format!(r#""duplicate_of":{{"article_id":"{OTHER}","event_id":"{OTHER}"}}"#);
        let good = format!(r#","duplication":{{"status":"duplicate","kind":"near_copy",{of}}}"#);
        let parsed = parse_event(Output::Duplicate, &event("duplicate", &good)).expect("a good event");
        assert_eq!(parsed.kind, "duplicate near_copy");
        assert_eq!(parsed.duplicate_of.map(|id| id.to_string()).as_deref(), Some(OTHER));
        let no_kind = format!(r#","duplication":{{"status":"duplicate",{of}}}"#);
        assert_eq!(parse_event(Output::Duplicate, &event("duplicate", &no_kind)), None);
        assert_eq!(parse_event(Output::Duplicate, &event("duplicate", "")), None);
    }

    #[test]
    fn what_stands_in_the_wrong_topic_is_no_output() {
        assert_eq!(parse_event(Output::Duplicate, &event("published", "")), None);
        assert_eq!(parse_event(Output::Article, &event("duplicate", "")), None);
        assert_eq!(parse_event(Output::Article, b"{}"), None);
        assert_eq!(parse_event(Output::Article, b"\xff"), None);
        assert!(parse_event(Output::Article, &event("withdrawn", "")).is_some());
    }

    #[test]
    fn a_dead_letter_has_a_place_and_a_known_code() {
        let place = [("dlq-topic", "news.raw"), ("dlq-partition", "3"), ("dlq-offset", "17"), ("dlq-timestamp", "1700000000000")];
        let with_code = |code: &'static str| dead_letter(&[&place[..], &[("dlq-code", code)]].concat());
        let parsed = with_code("not_html").expect("a good dead letter");
        assert_eq!((parsed.kind.as_str(), parsed.origin.offset), ("dead letter not_html", 17));
        assert_eq!(parsed.event_id, Some(EventId::of(&Identity::of(&parsed.origin, 1_700_000_000_000))));
        assert_eq!(with_code("no_such_code"), None);
        assert_eq!(dead_letter(&place), None);
        assert_eq!(dead_letter(&[("dlq-code", "empty"), ("dlq-topic", "news.raw"), ("dlq-partition", "x")]), None);
    }
}

//! `/api/events`: the newest committed records for the status page, as summaries, and one as a whole.
//!
//! A summary is read out of the event's own JSON here, on the HTTP thread, never on the worker's. Texts come from pages that anybody
//! wrote: they are passed on as JSON strings, and nothing here makes markup.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::telemetry::labels::{Label, OutputKind};
use crate::telemetry::{Committed, recent};

use super::Shared;

/// Summaries in one answer, where the request does not say.
const DEFAULT_LIMIT: usize = 50;

/// Names of one kind in a summary.
const MAX_NAMES: usize = 6;

/// Characters of the text's beginning in a summary.
const LEAD_CHARACTERS: usize = 280;

/// Characters of any other text in a summary.
const MAX_CHARACTERS: usize = 500;

/// `GET /api/events?after=NUMBER&limit=N`: summaries of the newest records with greater numbers, the oldest first.
pub(super) async fn list(State(shared): State<Shared>, uri: Uri) -> Response {
    if let Some(why) = shared.hidden {
        return refused(StatusCode::FORBIDDEN, why);
    }
    let (mut after, mut limit) = (0, DEFAULT_LIMIT);
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match (name.as_ref(), value.parse::<u64>()) {
            ("after", Ok(number)) => after = number,
            ("limit", Ok(number)) => limit = usize::try_from(number).unwrap_or(usize::MAX),
            ("after" | "limit", Err(_)) => return refused(StatusCode::BAD_REQUEST, "`after` and `limit` are whole numbers"),
            _ => {}
        }
    }
    let recent = shared.metrics.recent();
    let newest = recent.after(after, limit.min(recent.max_records()));
    let events: Vec<Summary> = newest.records.iter().map(|(number, record)| Summary::of(*number, record)).collect();
    let kept = if recent.is_on() { recent.max_records() } else { 0 };
    Json(json!({ "started_millis": shared.started_millis, "kept": kept, "last": newest.last, "missed": newest.missed, "events": events })).into_response()
}

/// `GET /api/events/NUMBER`: the whole record.
pub(super) async fn one(State(shared): State<Shared>, Path(number): Path<String>) -> Response {
    if let Some(why) = shared.hidden {
        return refused(StatusCode::FORBIDDEN, why);
    }
    let Ok(number) = number.parse::<u64>() else {
        return refused(StatusCode::BAD_REQUEST, "the number is not a whole number");
    };
    match shared.metrics.recent().get(number) {
        Some(record) => Json(Whole::of(number, &record, shared.cluster.topic_of(record.kind))).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no longer kept here; it is in its topic"),
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

/// What a card shows.
#[derive(Debug, Serialize)]
struct Summary {
    number: u64,
    kind: &'static str,
    received_millis: i64,
    committed_millis: i64,
    bytes: usize,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What {
    Event(Box<EventCard>),
    Letter(LetterCard),
}

impl Summary {
    fn of(number: u64, record: &Arc<Committed>) -> Summary {
        let what = match record.kind {
            OutputKind::DeadLetter => What::Letter(LetterCard::of(record)),
            OutputKind::Published | OutputKind::Updated | OutputKind::Withdrawn | OutputKind::Duplicate => What::Event(Box::new(EventCard::of(record))),
        };
        let Committed { kind, received_millis, committed_millis, value_bytes, .. } = **record;
        Summary { number, kind: kind.as_str(), received_millis, committed_millis, bytes: value_bytes, what }
    }
}

/// The facts of an event that a card shows. All are absent where the event's JSON can't be read.
#[derive(Debug, Default, Serialize)]
struct EventCard {
    event_id: String,
    article_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    supersedes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dateline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<u32>,
    agencies: Vec<String>,
    people: Vec<String>,
    organisations: Vec<String>,
    places: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplication: Option<Value>,
}

impl EventCard {
    fn of(record: &Committed) -> EventCard {
        let Ok(event) = serde_json::from_slice::<Event>(record.value.as_deref().unwrap_or_default()) else {
            return EventCard::default();
        };
        let Event { source, content, annotations, .. } = event;
        let named = |kind: &str| first(annotations.entities.iter().filter(|e| e.kind == kind).map(|e| &e.name));
        let (people, organisations) = (named("person"), named("organisation"));
        EventCard {
            event_id: event.event_id,
            article_id: event.article_id,
            supersedes: event.supersedes,
            changes: event.changes,
            url: source.url.or(source.final_url),
            domain: source.domain,
            publisher: source.publisher.name.map(short),
            headline: content.headline.map(short),
            lead: content.text.or(content.description).map(|text| beginning(&text)),
            published: content.published,
            dateline: content.dateline.map(|d| short(d.raw)),
            language: content.language.map(|l| l.code),
            words: content.word_count,
            agencies: first(content.agency_credits.iter().map(|c| &c.agency)),
            people,
            organisations,
            places: first(annotations.places.iter().map(|p| &p.name)),
            duplication: event.duplication,
        }
    }
}

/// The first names, each once.
fn first<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        if found.len() < MAX_NAMES && !found.contains(name) {
            found.push(short(name.clone()));
        }
    }
    found
}

fn short(text: String) -> String {
    cut(text, MAX_CHARACTERS)
}

/// The first paragraph, cut.
fn beginning(text: &str) -> String {
    cut(text.lines().next().unwrap_or_default().to_owned(), LEAD_CHARACTERS)
}

fn cut(mut text: String, characters: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Why a record was refused, and where it came from.
#[derive(Debug, Serialize)]
struct LetterCard {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl LetterCard {
    fn of(record: &Committed) -> LetterCard {
        let header = |name| record.header(name).map(|text| short(text.into_owned()));
        LetterCard {
            stage: header("dlq-stage"),
            code: header("dlq-code"),
            message: header("dlq-message"),
            topic: header("dlq-topic"),
            partition: header("dlq-partition"),
            offset: header("dlq-offset"),
            url: header("url"),
            key: record.key.as_deref().map(|key| short(String::from_utf8_lossy(key).into_owned())),
        }
    }
}

/// A record as a whole.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    number: u64,
    kind: &'static str,
    topic: &'a str,
    received_millis: i64,
    committed_millis: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    headers: Vec<(&'a str, Option<String>)>,
    bytes: usize,
    /// The event, as it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
    /// The beginning of a dead letter's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<RawText>,
}

/// The beginning of a raw value as text.
#[derive(Debug, Serialize)]
struct RawText {
    text: String,
    /// There is more of it than is shown.
    cut: bool,
    /// Bytes that are no UTF-8 were replaced.
    lossy: bool,
}

impl<'a> Whole<'a> {
    fn of(number: u64, record: &'a Committed, topic: &'a str) -> Whole<'a> {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let value = record.value.as_deref();
        let event = value.filter(|_| record.kind != OutputKind::DeadLetter).and_then(|value| serde_json::from_slice(value).ok());
        Whole {
            number,
            kind: record.kind.as_str(),
            topic,
            received_millis: record.received_millis,
            committed_millis: record.committed_millis,
            key: record.key.as_ref().map(text),
            headers: record.headers.iter().map(|(name, value)| (name.as_str(), value.as_ref().map(text))).collect(),
            bytes: record.value_bytes,
            raw: if event.is_some() { None } else { value.map(|value| RawText::of(value, record.value_bytes)) },
            event,
        }
    }
}

impl RawText {
    fn of(value: &[u8], whole: usize) -> RawText {
        let shown = &value[..value.len().min(recent::DEAD_LETTER_BYTES)];
        let cut = shown.len() < whole;
        // A character that the cut went through is no fault of the page's.
        let shown = match std::str::from_utf8(shown) {
            Err(error) if cut && error.error_len().is_none() => &shown[..error.valid_up_to()],
            _ => shown,
        };
        let text = String::from_utf8_lossy(shown);
        let lossy = matches!(text, std::borrow::Cow::Owned(_));
        RawText { text: text.into_owned(), cut, lossy }
    }
}

/// The parts of an event that a card is made of; the rest is passed over while it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    event_id: String,
    article_id: String,
    supersedes: Option<String>,
    changes: Option<Value>,
    source: EventSource,
    content: EventContent,
    duplication: Option<Value>,
    annotations: EventAnnotations,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventSource {
    url: Option<String>,
    final_url: Option<String>,
    domain: Option<String>,
    publisher: EventPublisher,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventPublisher {
    name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventContent {
    headline: Option<String>,
    description: Option<String>,
    text: Option<String>,
    published: Option<Time>,
    dateline: Option<EventDateline>,
    language: Option<EventLanguage>,
    word_count: Option<u32>,
    agency_credits: Vec<EventAgency>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Time {
    at: String,
    value: String,
    precision: String,
}

#[derive(Debug, Deserialize)]
struct EventDateline {
    raw: String,
}

#[derive(Debug, Deserialize)]
struct EventLanguage {
    code: String,
}

#[derive(Debug, Deserialize)]
struct EventAgency {
    agency: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventAnnotations {
    entities: Vec<EventEntity>,
    places: Vec<EventPlace>,
}

#[derive(Debug, Deserialize)]
struct EventEntity {
    #[serde(rename = "type")]
    kind: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct EventPlace {
    name: String,
}

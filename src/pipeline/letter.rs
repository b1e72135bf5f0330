//! Dead letters: the raw record byte for byte, and the reason in `dlq-` headers, which are always whole.
//!
//! What is too large for the topic is cut: the value first, then foreign headers, the largest first, then the key; `dlq-truncated`
//! says what was cut and its whole length. A record that the brokers refuse for good gets a letter without the record.

use crate::article::{DeadLetter, RawArticle, RawHeader, limits};
use crate::text::clean;

use super::encode::header;
use crate::article::output::{HEADER_BYTES, OutputHeader, OutputRecord, OutputTopic};

/// The headers of a dead letter beside the raw record's own: name, value, and when it is there.
pub const DEAD_LETTER_HEADERS: [(&str, &str, &str); 11] = [
    ("dlq-stage", "where it was refused: `decode`, `parse`, `judge`, `finish` or `publish`", "always"),
    ("dlq-code", "why, a code", "always"),
    ("dlq-message", "why, for a person: at most 256 characters, never the page", "always"),
    ("dlq-topic", "the raw record's topic", "always"),
    ("dlq-partition", "its partition", "always"),
    ("dlq-offset", "its offset", "always"),
    ("dlq-timestamp", "its timestamp, in milliseconds since 1970; -1 for none", "always"),
    ("dlq-replays", "how often it came back from the dead letters", "always"),
    ("dlq-worker-version", "the version of the worker that refused it", "always"),
    ("dlq-escaped-names", "how many names of its headers were no UTF-8 and are percent-encoded", "where some are"),
    ("dlq-truncated", "what was cut so that it fits, and the whole lengths in bytes, e.g. `value=12000000`", "where something was"),
];

/// Bytes that the headers which tell of cuts and escapes may take.
const NOTES_BYTES: usize = 256;
/// Headers of the record that a letter keeps: clients of librdkafka read none of a record that has more than 100,000.
const MOST_HEADERS: usize = 50_000;
/// Bytes of the key that a letter without its record keeps.
const BARE_KEY_BYTES: usize = 256;

/// The dead letter of a raw record, at most `max_bytes` as a topic counts them (4,096 or more).
/// Marks that an earlier stay among the dead letters left are replaced, but its count of replays is kept.
/// One that is to be bare has a short key and nothing else of the record: see [`DeadLetter::is_bare`].
pub fn dead_letter_record(letter: &DeadLetter, raw: &RawArticle, max_bytes: usize) -> OutputRecord {
    if letter.is_bare {
        return bare_dead_letter(letter, raw);
    }
    let mut record = OutputRecord { topic: OutputTopic::DeadLetters, key: None, value: None, headers: own_headers(letter, raw) };
    let foreign: Vec<&RawHeader> = raw.headers.iter().filter(|(name, _)| !is_mark(name)).collect();
    let (key, value) = (raw.key.as_deref(), raw.value.as_deref());
    let headers: usize = foreign.iter().map(|h| taken(h)).sum();
    let whole = record.wire_size() + NOTES_BYTES + headers + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
    let mut excess = whole.saturating_sub(max_bytes);
    let mut cuts = Vec::new();
    record.value = value.map(|value| cut("value", value, &mut excess, &mut cuts));
    let kept = keep(&foreign, &mut excess, &mut cuts);
    record.key = key.map(|key| cut("key", key, &mut excess, &mut cuts));
    let mut own = std::mem::take(&mut record.headers);
    let mut escaped = 0;
    record.headers = kept
        .into_iter()
        .map(|(name, value)| {
            let text = as_text(name);
            escaped += usize::from(text.as_bytes() != name.as_slice());
            (text, value.clone())
        })
        .collect();
    record.headers.append(&mut own);
    if escaped > 0 {
        record.headers.push(header("dlq-escaped-names", &escaped.to_string()));
    }
    if !cuts.is_empty() {
        record.headers.push(header("dlq-truncated", &cuts.join(", ")));
    }
    record
}

/// The letter of a record whose letter the brokers refuse for good, whatever is cut.
fn bare_dead_letter(letter: &DeadLetter, raw: &RawArticle) -> OutputRecord {
    let mut cuts = Vec::new();
    let (key, value) = (raw.key.as_deref(), raw.value.as_deref());
    if let Some(value) = value {
        cuts.push(format!("value={}", value.len()));
    }
    let foreign: usize = raw.headers.iter().filter(|(name, _)| !is_mark(name)).map(bytes_of).sum();
    if foreign > 0 {
        cuts.push(format!("headers={foreign}"));
    }
    let mut excess = key.map_or(0, <[u8]>::len).saturating_sub(BARE_KEY_BYTES);
    let key = key.map(|key| cut("key", key, &mut excess, &mut cuts));
    let mut headers = own_headers(letter, raw);
    if !cuts.is_empty() {
        headers.push(header("dlq-truncated", &cuts.join(", ")));
    }
    OutputRecord { topic: OutputTopic::DeadLetters, key, value: None, headers }
}

/// What a letter says for itself.
fn own_headers(letter: &DeadLetter, raw: &RawArticle) -> Vec<OutputHeader> {
    let replays = raw.header("dlq-replays").and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    let mut message = letter.message.clone();
    clean::line(&mut message);
    let mut topic: String = raw.origin.topic.chars().take(limits::TOPIC).collect();
    clean::line(&mut topic);
    vec![
        header("dlq-stage", letter.stage.as_str()),
        header("dlq-code", letter.code.as_str()),
        header("dlq-message", &message),
        header("dlq-topic", &topic),
        header("dlq-partition", &raw.origin.partition.to_string()),
        header("dlq-offset", &raw.origin.offset.to_string()),
        header("dlq-timestamp", &raw.timestamp.to_string()),
        header("dlq-replays", &replays.to_string()),
        header("dlq-worker-version", env!("CARGO_PKG_VERSION")),
    ]
}

fn is_mark(name: &[u8]) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"dlq-"))
}

/// The beginning of a part, shorter by the excess that it can take off.
fn cut(name: &str, part: &[u8], excess: &mut usize, cuts: &mut Vec<String>) -> Vec<u8> {
    let off = (*excess).min(part.len());
    if off > 0 {
        cuts.push(format!("{name}={}", part.len()));
    }
    *excess -= off;
    part[..part.len() - off].to_vec()
}

/// The headers that may stay, in their order: as long as there is an excess, the largest goes.
fn keep<'r>(foreign: &[&'r RawHeader], excess: &mut usize, cuts: &mut Vec<String>) -> Vec<&'r RawHeader> {
    if *excess == 0 && foreign.len() <= MOST_HEADERS {
        return foreign.to_vec();
    }
    cuts.push(format!("headers={}", foreign.iter().map(|h| bytes_of(h)).sum::<usize>()));
    let mut by_size: Vec<usize> = (0..foreign.len()).collect();
    by_size.sort_by_key(|at| std::cmp::Reverse(taken(foreign[*at])));
    let mut stays = vec![true; foreign.len()];
    for at in by_size {
        if *excess == 0 {
            break;
        }
        stays[at] = false;
        *excess = excess.saturating_sub(taken(foreign[at]));
    }
    foreign.iter().zip(stays).filter(|(_, stays)| *stays).map(|(header, _)| *header).take(MOST_HEADERS).collect()
}

fn bytes_of((name, value): &RawHeader) -> usize {
    name.len() + value.as_ref().map_or(0, Vec::len)
}

/// Bytes that a header takes in a letter.
fn taken(header: &RawHeader) -> usize {
    let (name, value) = header;
    let name = name.utf8_chunks().map(|chunk| chunk.valid().len() + 3 * chunk.invalid().len()).sum::<usize>() + 2 * escapes(name);
    name + value.as_ref().map_or(0, Vec::len) + HEADER_BYTES
}

/// Sound characters of a name that are escaped where it is.
fn escapes(name: &[u8]) -> usize {
    if is_sound(name) { 0 } else { name.iter().filter(|b| is_escaped(**b)).count() }
}

/// Whether a client can send the name as it is.
fn is_sound(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok() && !name.iter().any(u8::is_ascii_control)
}

fn is_escaped(byte: u8) -> bool {
    byte.is_ascii_control() || byte == b'%'
}

/// A name as clients can send it: one that is no UTF-8 or has controls is percent-encoded where it is so, and `%` with it.
fn as_text(name: &[u8]) -> String {
    if let Some(text) = std::str::from_utf8(name).ok().filter(|_| is_sound(name)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match u8::try_from(c) {
                Ok(byte) if is_escaped(byte) => out.push_str(&format!("%{byte:02X}")),
                _ => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
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
        assert!(record.wire_size() <= 2000, "{}", record.wire_size());
        assert_eq!(value_of(&record, "dlq-truncated"), Some("value=5000"));
        assert_eq!(value_of(&record, "url"), Some("https://a.example/"));
    }

    #[test]
    fn key_and_headers_are_cut_after_the_value() {
        let letter = DeadLetter::new(Stage::Decode, DeadLetterCode::Oversize, "too large");
        let mut raw = raw(&[b'x'; 5000]);
        raw.headers.push((b"blob".to_vec(), Some(vec![b'y'; 60_000])));
        raw.key = Some(vec![b'k'; 30]);
        let record = dead_letter_record(&letter, &raw, 4096);
        assert_eq!((record.key.as_deref(), record.value.as_deref()), (Some(&[b'k'; 30][..]), Some(&b""[..])));
        assert_eq!(value_of(&record, "dlq-truncated"), Some("value=5000, headers=60025"));
        assert_eq!((value_of(&record, "blob"), value_of(&record, "url")), (None, Some("https://a.example/")));
        raw.key = Some(vec![b'k'; 9000]);
        let record = dead_letter_record(&letter, &raw, 4096);
        assert_eq!(value_of(&record, "dlq-truncated"), Some("value=5000, headers=60025, key=9000"));
        assert!((2000..9000).contains(&record.key.as_ref().unwrap().len()) && record.wire_size() <= 4096);
    }

    #[test]
    fn a_name_that_is_no_utf_8_is_escaped_and_counted() {
        let mut raw = raw(b"body");
        raw.headers.extend([(b"na\xff%me".to_vec(), Some(b"1".to_vec())), (b"nul\0".to_vec(), None), ("100 %".into(), None)]);
        let letter = DeadLetter::new(Stage::Decode, DeadLetterCode::Oversize, "too large");
        let record = dead_letter_record(&letter, &raw, 10_000);
        let names: Vec<&str> = record.headers.iter().map(|(name, _)| name.as_str()).take(4).collect();
        assert_eq!(names, ["url", "na%FF%25me", "nul%00", "100 %"]);
        assert_eq!(value_of(&record, "dlq-escaped-names"), Some("2"));
        for (name, _) in &raw.headers {
            assert_eq!(taken(&(name.clone(), None)), as_text(name).len() + HEADER_BYTES);
        }
    }

    #[test]
    fn a_bare_letter_has_nothing_of_the_record_but_its_place() {
        let raw = RawArticle { key: Some(vec![b'k'; 15_000_000]), ..raw(&[b'x'; 5000]) };
        let letter = DeadLetter { is_bare: true, ..DeadLetter::new(Stage::Publish, DeadLetterCode::Unpublishable, "Broker: Message size too large") };
        let record = dead_letter_record(&letter, &raw, 10_000);
        assert!(record.wire_size() < 2048 && record.value.is_none());
        assert!(record.headers.iter().all(|(name, _)| name.starts_with("dlq-")));
        assert_eq!(value_of(&record, "dlq-truncated"), Some("value=5000, headers=21, key=15000000"));
        assert_eq!((value_of(&record, "dlq-code"), value_of(&record, "dlq-offset")), (Some("unpublishable"), Some("40")));
    }
}

//! What any input must bear, whatever its bytes: no panic, bounds kept, the same answer twice. One function for each part that reads foreign bytes.
//!
//! Shared by the fuzz targets (`fuzz/`) and the test that replays their seeds and findings (`tests/seeds.rs`).

use std::sync::OnceLock;

use copydesk::article::{Millis, Origin, RawArticle, RawHeader};
use copydesk::config::ParseSettings;
use copydesk::parse::assemble::plain;
use copydesk::parse::dates;
use copydesk::parse::dates::DateContext;
use copydesk::parse::lines::Clues;
use copydesk::parse::page::json_ld;
use copydesk::parse::steps::Steps;
use copydesk::parse::trees::SHIPPED;
use copydesk::parse::{Parsed, Parser};
use copydesk::pipeline::Pipeline;

#[path = "laws.rs"]
pub mod laws;

/// The day on which all inputs were fetched.
const FETCHED: &str = "2026-06-01T00:00:00Z";
/// Milliseconds that a date may lie after the fetch: the day that zones and clocks differ by, and a zone's offset.
const AFTER: i64 = 40 * 3600 * 1000;

/// Steps that a small page may take, and steps for each of its bytes: nothing grows with the square of a page but up to a bound.
const STEPS: u64 = 200_000;
const STEPS_A_BYTE: u64 = 400;

/// Tries one part with an input.
pub type Try = fn(&[u8]);

/// The parts by the names of their targets.
pub const PARTS: [(&str, Try); 6] = [("decode", decode), ("html", html), ("json_ld", json_ld), ("dates", dates), ("text", text), ("record", record)];

/// A record: the first line tells its headers, the rest is the value.
pub fn decode(data: &[u8]) {
    let (head, value) = data.iter().position(|b| *b == b'\n').map_or((&[][..], data), |at| (&data[..at], &data[at + 1..]));
    let head = String::from_utf8_lossy(head);
    let headers = head.split(';').filter_map(|pair| pair.split_once('='));
    let headers = headers.map(|(name, value)| (name.trim().into(), Some(value.trim().as_bytes().to_vec()))).collect();
    parse(value, headers);
}

/// A whole record: a line for each header (`name=value`, `name` alone for a null value; `@key=` gives the key, `@null` takes the value), a
/// blank line, and the value. Its limits are the least there may be.
pub fn record(data: &[u8]) {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    let (mut key, mut headers, mut rest, mut is_null) = (None, Vec::new(), data, false);
    loop {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let at = line.iter().position(|b| *b == b'=');
        match (&line[..at.unwrap_or(line.len())], at.map(|at| line[at + 1..].to_vec())) {
            (b"", None) => break,
            (b"@key", value) => key = value,
            (b"@null", _) => is_null = true,
            (name, value) => headers.push((name.to_vec(), value)),
        }
    }
    let value = (!is_null).then(|| rest.to_vec());
    let pipeline = PIPELINE.get_or_init(|| laws::pipeline(10_000, 4096));
    laws::hold(pipeline, 10_000, 4096, laws::record(0, key, value, headers));
}

/// A page.
pub fn html(data: &[u8]) {
    parse(data, vec![("content-type".into(), Some(b"text/html".to_vec())), ("url".into(), Some(b"https://news.example/2026/05/a-story".to_vec()))]);
}

/// A script of JSON-LD.
pub fn json_ld(data: &[u8]) {
    let script = String::from_utf8_lossy(data);
    let read = json_ld::read(&[&script], &["https://news.example/story"]);
    assert_eq!(format!("{read:?}"), format!("{:?}", json_ld::read(&[&script], &["https://news.example/story"])));
}

/// A text in which a date may stand.
pub fn dates(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for (country, language) in [(None, None), (Some("US"), Some("en")), (Some("IR"), Some("fa")), (Some("TH"), Some("th"))] {
        let own = |part: Option<&str>| part.map(str::to_owned);
        let context = DateContext { fetched_at: Millis::parse(FETCHED), country: own(country), language: own(language), ..DateContext::default() };
        let Some(span) = dates::find_date_span(&text, &context) else { continue };
        assert!(text.get(span.start..span.end).is_some_and(|found| !found.is_empty()), "{span:?}");
        if let Some(time) = dates::publication_time(&span.found, copydesk::article::parsed::TimeSource::Visible, &context) {
            assert!(time.at.0 <= Millis::parse(FETCHED).expect("a time").0 + AFTER, "{time:?} lies in the future");
        }
    }
}

/// A flattened page.
pub fn text(data: &[u8]) {
    let page = String::from_utf8_lossy(data);
    let context = DateContext { fetched_at: Millis::parse(FETCHED), ..DateContext::default() };
    let clues = Clues { title: page.lines().next(), url: page.lines().next_back() };
    let read = plain::read(&page, &clues, &context, &SHIPPED, &Steps::new(usize::MAX));
    assert_eq!(read, plain::read(&page, &clues, &context, &SHIPPED, &Steps::new(usize::MAX)));
    assert!((0.0..=1.0).contains(&read.boilerplate_ratio));
    parse(data, vec![("content-type".into(), Some(b"text/plain".to_vec()))]);
}

fn parse(value: &[u8], mut headers: Vec<RawHeader>) {
    headers.push(("fetched-at".into(), Some(FETCHED.as_bytes().to_vec())));
    let origin = Origin { topic: "raw".into(), partition: 0, offset: 0 };
    let raw = RawArticle { origin, timestamp: -1, key: None, value: Some(value.to_vec()), headers };
    let parser = Parser::new(ParseSettings::default()).expect("the built-in rules are sound");
    let (steps, again) = (parser.budget(), parser.budget());
    let first = parser.parse_within(&raw, &steps);
    assert_eq!(format!("{first:?}"), format!("{:?}", parser.parse_within(&raw, &again)), "the same record gives the same article");
    assert_eq!(steps.taken(), again.taken(), "and takes the same steps");
    assert!(steps.taken() <= STEPS + STEPS_A_BYTE * value.len() as u64, "{} steps for {} bytes", steps.taken(), value.len());
    let Ok(Parsed::Article(article)) = first else { return };
    let content = &article.content;
    let length = content.text.as_deref().map_or(0, |text| text.chars().count());
    assert_eq!(content.character_count as usize, length);
    for paragraph in &content.paragraphs {
        assert!(paragraph.start < paragraph.end && paragraph.end as usize <= length, "{paragraph:?} of {length} characters");
    }
}

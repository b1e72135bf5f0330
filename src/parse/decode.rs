//! Decode: from a raw record to a page as text, with what the record says about it, or a refusal with its code.
//!
//! Owns both shapes of the raw topic (JSON envelope, raw body), compression, charset, and the question whether the bytes are
//! a page at all. It never looks for an article in the page, and never allocates more than the body limit and a buffer.

mod charset;
mod envelope;
mod fields;
mod headers;
mod inflate;
mod sniff;

use crate::article::input::{ContentEncoding, Hints, InputPublisher};
use crate::article::parsed::Charset;
use crate::article::{DeadLetterCode, Millis, RawArticle, Refusal, Stage, Warning, limits};
use crate::config::ParseSettings;
use crate::text::clean;
use crate::text::url::without_user;

/// A record that was decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The page, or that there is none any more.
    pub body: Body,
    /// Where it was fetched.
    pub url: Option<String>,
    /// Where redirects ended.
    pub final_url: Option<String>,
    /// When it was fetched; the record's timestamp where nobody said.
    pub fetched_at: Option<Millis>,
    /// The publisher as the crawler knows it; parts that can't be read are left out.
    pub publisher: InputPublisher,
    /// What a feed or sitemap said.
    pub hints: Hints,
    /// The charset of the body; absent for a withdrawal.
    pub charset: Option<Charset>,
    /// Keys of the envelope that are not of the contract.
    pub unknown_keys: u32,
    /// What went less than well.
    pub warnings: Vec<Warning>,
}

/// The body of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body {
    /// An HTML page.
    Html(String),
    /// A page flattened to text.
    Text(String),
    /// None: the publisher took the article back.
    #[default]
    Withdrawn,
}

impl Input {
    /// The same within the limits: strings cleaned and cut, URLs without user and password, and left out where they are too long.
    fn bounded(mut self) -> Input {
        for url in [&mut self.url, &mut self.final_url] {
            *url = url.take().and_then(|text| bounded_url(text, &mut self.warnings));
        }
        let mut is_cut = false;
        let domain = &mut self.publisher.domain;
        if domain.as_deref().is_some_and(|domain| clean::is_longer(domain, limits::DOMAIN)) {
            *domain = None;
            is_cut = true;
        }
        let hints = &mut self.hints;
        is_cut |= hints.authors.len() > limits::AUTHORS;
        hints.authors.truncate(limits::AUTHORS);
        let texts = [
            (&mut self.publisher.name, limits::NAME),
            (&mut hints.title, limits::HEADLINE),
            (&mut hints.published, limits::TIME),
            (&mut hints.updated, limits::TIME),
            (&mut hints.language, limits::LANGUAGE),
            (&mut hints.section, limits::SECTION),
        ];
        let texts = texts.into_iter().filter_map(|(text, most)| Some((text.as_mut()?, most)));
        for (text, most) in texts.chain(hints.authors.iter_mut().map(|name| (name, limits::NAME))) {
            is_cut |= clean::cut(text, most);
            clean::line(text);
        }
        if is_cut {
            self.warnings.push(Warning::FieldCut);
        }
        self
    }
}

fn bounded_url(mut text: String, warnings: &mut Vec<Warning>) -> Option<String> {
    if !clean::is_longer(&text, limits::URL) {
        clean::line(&mut text);
        let bare = without_user(&text).unwrap_or(text);
        if !clean::is_longer(&bare, limits::URL) {
            return Some(bare);
        }
    }
    warnings.push(Warning::BadUrl);
    None
}

/// The facts about bytes that are still to be decoded.
struct Encoded<'a> {
    bytes: &'a [u8],
    content_type: Option<&'a str>,
    encoding: Option<ContentEncoding>,
    /// The top-level domain of the page's host: a hint for the charset detector.
    top_level: Option<String>,
}

/// The most bytes that the body of a record may unpack to, told without unpacking it; 0 where it can't be compressed.
pub fn most_unpacked_bytes(raw: &RawArticle, settings: &ParseSettings) -> usize {
    // The envelope's key, and what may be a letter of it as a JSON escape, which no honest crawler writes.
    const SIGNS: [&[u8]; 4] = [b"content_encoding", b"\\u005", b"\\u006", b"\\u007"];
    let value = raw.value.as_deref().unwrap_or_default();
    let is_packed = raw.header("content-encoding").is_some() || SIGNS.iter().any(|sign| memchr::memmem::find(value, sign).is_some());
    if is_packed { inflate::most_bytes(value.len(), settings) } else { 0 }
}

/// Decodes one record.
pub fn decode(raw: &RawArticle, settings: &ParseSettings) -> Result<Input, Refusal> {
    let mut input = match raw.value.as_deref() {
        None => headers::tombstone(raw)?,
        Some(value) if is_envelope(raw, value) => envelope::read(value, settings)?,
        Some(value) => headers::read(raw, value, settings)?,
    };
    if input.fetched_at.is_none() && raw.timestamp >= 0 {
        input.fetched_at = Some(Millis(raw.timestamp));
    }
    if raw.timestamp >= 0 && input.fetched_at.is_some_and(|at| at.0 > raw.timestamp.saturating_add(HOUR)) {
        input.warnings.push(Warning::FetchedAtInFuture);
    }
    check_publisher(&mut input);
    for url in [&mut input.url, &mut input.final_url] {
        if url.as_deref().is_some_and(|u| !is_web_url(u)) {
            *url = None;
            input.warnings.push(Warning::BadUrl);
        }
    }
    if input.body == Body::Withdrawn && input.url.is_none() && input.final_url.is_none() {
        return Err(bad_envelope("a withdrawal needs a url"));
    }
    input.warnings.sort_unstable();
    input.warnings.dedup();
    Ok(input)
}

const HOUR: i64 = 3_600_000;

/// Shape A by its header; without one by the first byte that is not blank.
fn is_envelope(raw: &RawArticle, value: &[u8]) -> bool {
    match raw.header("content-type").map(sniff::media_type) {
        Some(media_type) if !media_type.is_empty() => matches!(media_type.as_str(), "application/json" | "text/json"),
        _ => sniff::without_bom(value).iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{'),
    }
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text.trim()).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.host_str().is_some())
}

/// Leaves out parts of the publisher that can't be read, with a warning.
fn check_publisher(input: &mut Input) {
    let publisher = &mut input.publisher;
    let mut bad = false;
    if let Some(country) = &mut publisher.country {
        *country = country.trim().to_ascii_uppercase();
        bad |= country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase());
        if bad {
            publisher.country = None;
        }
    }
    if publisher.time_zone.as_deref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        publisher.time_zone = None;
        bad = true;
    }
    if bad {
        input.warnings.push(Warning::BadPublisher);
    }
}

/// Bytes to a page: compression, kind, charset.
fn decode_body(encoded: &Encoded, settings: &ParseSettings, input: &mut Input) -> Result<(), Refusal> {
    let inflated;
    let bytes = match encoded.encoding {
        None => encoded.bytes,
        Some(encoding) => {
            inflated = inflate::inflate(encoded.bytes, encoding, settings)?;
            &inflated
        }
    };
    if bytes.len() > settings.max_body_bytes {
        return Err(oversize(bytes.len(), settings));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(empty());
    }
    sniff::refuse_binary(bytes, encoded.content_type)?;
    let decoded = charset::decode(bytes, encoded.content_type, encoded.top_level.as_deref());
    if decoded.replaced > 0 {
        input.warnings.push(Warning::CharsetReplacements);
    }
    let text = sniff::refuse_garbage(decoded.text, decoded.replaced)?;
    input.charset = Some(decoded.charset);
    set_page(input, text, encoded.content_type)
}

/// Text that is known to be a page, as HTML or as flattened text.
fn set_page(input: &mut Input, text: String, content_type: Option<&str>) -> Result<(), Refusal> {
    sniff::refuse_other_formats(&text)?;
    input.body = if sniff::is_html(&text, content_type) { Body::Html(text) } else { Body::Text(text) };
    Ok(())
}

/// The top-level domain of a URL's host, for the charset detector.
fn top_level(url: Option<&str>) -> Option<String> {
    let parsed = url::Url::parse(url?.trim()).ok()?;
    let last = parsed.domain()?.rsplit('.').next()?.to_ascii_lowercase();
    (!last.is_empty()).then_some(last)
}

fn refuse(code: DeadLetterCode, message: impl Into<String>) -> Refusal {
    Refusal::hard(Stage::Decode, code, message)
}

fn bad_envelope(message: impl Into<String>) -> Refusal {
    refuse(DeadLetterCode::BadEnvelope, message)
}

fn oversize(bytes: usize, settings: &ParseSettings) -> Refusal {
    refuse(DeadLetterCode::Oversize, format!("body of {bytes} bytes, the limit is {}", settings.max_body_bytes))
}

fn empty() -> Refusal {
    refuse(DeadLetterCode::Empty, "the body is empty")
}

#[cfg(test)]
pub(crate) mod tests;

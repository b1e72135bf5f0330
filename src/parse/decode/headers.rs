//! Shape B: the value is the page, the facts are headers; and the tombstone.

use crate::article::input::{ContentEncoding, Hints, InputPublisher};
use crate::article::{DeadLetterCode, Millis, RawArticle, Refusal, limits};
use crate::config::ParseSettings;
use crate::parse::decode::{Body, Encoded, Input, bad_envelope, bounded_url, decode_body, refuse, top_level};

/// Reads a raw body.
pub(in crate::parse) fn read(raw: &RawArticle, value: &[u8], settings: &ParseSettings) -> Result<Input, Refusal> {
    let mut input = facts(raw)?.bounded();
    let encoding = content_encoding(raw)?;
    // A key that is a URL stands in for the header, as it does for a tombstone.
    if input.url.is_none() && input.final_url.is_none() {
        input.url = url_key(raw).and_then(|url| bounded_url(url, &mut input.warnings));
    }
    let top_level = top_level(input.final_url.as_deref().or(input.url.as_deref()));
    let encoded = Encoded { bytes: value, content_type: raw.header("content-type"), encoding, top_level };
    decode_body(&encoded, settings, &mut input)?;
    Ok(input)
}

/// Reads a null value: the withdrawal of the URL in the header or the key.
pub(in crate::parse) fn tombstone(raw: &RawArticle) -> Result<Input, Refusal> {
    let mut input = facts(raw)?.bounded();
    if input.url.is_none() && input.final_url.is_none() {
        input.url = url_key(raw).and_then(|url| bounded_url(url, &mut input.warnings));
    }
    input.body = Body::Withdrawn;
    Ok(input)
}

fn url_key(raw: &RawArticle) -> Option<String> {
    let key = raw.key.as_deref().filter(|key| key.len() <= 4 * limits::URL)?;
    let key = std::str::from_utf8(key).ok()?.trim();
    crate::parse::decode::is_web_url(key).then(|| key.to_owned())
}

fn facts(raw: &RawArticle) -> Result<Input, Refusal> {
    let header = |name: &str| raw.header(name).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
    let fetched_at = match header("fetched-at") {
        None => None,
        Some(text) => Some(Millis::parse(&text).ok_or_else(|| bad_envelope("header fetched-at is no RFC 3339 instant"))?),
    };
    Ok(Input {
        url: header("url"),
        final_url: header("final-url"),
        fetched_at,
        publisher: InputPublisher {
            name: header("publisher-name"),
            domain: header("publisher-domain"),
            country: header("publisher-country"),
            time_zone: header("publisher-time-zone"),
        },
        hints: Hints {
            title: header("hint-title"),
            published: header("hint-published"),
            updated: header("hint-updated"),
            language: header("hint-language"),
            section: header("hint-section"),
            authors: authors(raw),
        },
        ..Input::default()
    })
}

/// Every `hint-authors` header, each one name or several with semicolons between them.
fn authors(raw: &RawArticle) -> Vec<String> {
    let values = raw.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"hint-authors"));
    let texts = values.filter_map(|(_, value)| std::str::from_utf8(value.as_deref()?).ok());
    texts.flat_map(|text| text.split(';')).map(str::trim).filter(|name| !name.is_empty()).take(limits::AUTHORS + 1).map(str::to_owned).collect()
}

fn content_encoding(raw: &RawArticle) -> Result<Option<ContentEncoding>, Refusal> {
    let Some(name) = raw.header("content-encoding") else { return Ok(None) };
    match name.trim().to_ascii_lowercase().as_str() {
        "" | "identity" | "none" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(ContentEncoding::Gzip)),
        "br" => Ok(Some(ContentEncoding::Br)),
        "zstd" => Ok(Some(ContentEncoding::Zstd)),
        "deflate" => Ok(Some(ContentEncoding::Deflate)),
        _ => Err(refuse(DeadLetterCode::Undecodable, "header content-encoding names no known compression")),
    }
}

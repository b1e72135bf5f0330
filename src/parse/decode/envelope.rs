//! Shape A: the JSON envelope. Exactly one body, none for a withdrawal; unknown keys are counted, wrong types and a key that comes
//! twice refused.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::article::parsed::Charset;
use crate::article::{DeadLetterCode, Refusal};
use crate::config::ParseSettings;
use crate::parse::decode::fields::Envelope;
use crate::parse::decode::{Body, Encoded, Input, bad_envelope, decode_body, empty, fields, oversize, refuse, set_page, sniff, top_level};

/// Reads an envelope and decodes its body.
pub(in crate::parse) fn read(value: &[u8], settings: &ParseSettings) -> Result<Input, Refusal> {
    let Envelope { content_type, content_encoding: encoding, html, text, body_base64: base64, facts } =
        fields::read(sniff::without_bom(value)).map_err(|error| bad_envelope(describe(&error)))?;
    let bodies = usize::from(html.is_some()) + usize::from(text.is_some()) + usize::from(base64.is_some());
    let mut input = facts.bounded();
    match (input.body == Body::Withdrawn, bodies) {
        (true, 0) => return Ok(input),
        (true, _) => return Err(bad_envelope("a withdrawal has no body")),
        (false, 0) => return Err(bad_envelope("no body: one of html, text and body_base64 is needed")),
        (false, 1) => {}
        (false, _) => return Err(bad_envelope("more than one of html, text and body_base64")),
    }
    if encoding.is_some() && base64.is_none() {
        return Err(bad_envelope("content_encoding goes with body_base64 only"));
    }
    if let Some(base64) = base64 {
        let bytes = from_base64(&base64, settings)?;
        drop(base64);
        let top_level = top_level(input.final_url.as_deref().or(input.url.as_deref()));
        let encoded = Encoded { bytes: &bytes, content_type: content_type.as_deref(), encoding, top_level };
        decode_body(&encoded, settings, &mut input)?;
        return Ok(input);
    }
    let is_text = text.is_some();
    let page = html.or(text).unwrap_or_default();
    if page.len() > settings.max_body_bytes {
        return Err(oversize(page.len(), settings));
    }
    if page.trim().is_empty() {
        return Err(empty());
    }
    input.charset = Some(Charset { used: "UTF-8".into(), from: "envelope".into() });
    let page = sniff::refuse_garbage(page.into_owned(), 0)?;
    if is_text {
        input.body = Body::Text(page);
    } else {
        set_page(&mut input, page, Some("text/html"))?;
    }
    Ok(input)
}

/// Where and what, without the value that stands there: messages never carry the body.
fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Eof => "JSON ends early",
        serde_json::error::Category::Data => "a value of the wrong type, or a key twice",
        serde_json::error::Category::Io => "unreadable",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// Standard and URL-safe alphabet, padding optional, line breaks allowed.
fn from_base64(text: &str, settings: &ParseSettings) -> Result<Vec<u8>, Refusal> {
    // Compressed or not, what comes out of base64 may not be larger than the body.
    if text.len() / 4 * 3 > settings.max_body_bytes.saturating_add(text.len() / 8) {
        return Err(oversize(text.len() / 4 * 3, settings));
    }
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let engine = GeneralPurpose::new(alphabet, config);
    let bytes = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        let joined: String = text.split_ascii_whitespace().collect();
        engine.decode(joined)
    } else {
        engine.decode(text)
    };
    bytes.map_err(|error| refuse(DeadLetterCode::Undecodable, format!("base64: {}", position_only(&error))))
}

fn position_only(error: &base64::DecodeError) -> String {
    match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => format!("a wrong character at {at}"),
        base64::DecodeError::InvalidLength(length) => format!("a wrong length, {length}"),
        _ => "wrong padding".into(),
    }
}

//! The charset of a page: byte order mark, valid UTF-8, content type, the page's own declaration, detection; in this order.
//!
//! Valid UTF-8 with characters beyond ASCII wins over every declaration: text in another charset practically never is, and
//! wrong declarations are common. Declarations in the page are read as the WHATWG HTML standard says, but further in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::article::parsed::Charset;

/// How far into a page a declaration is looked for.
const DECLARATION_BYTES: usize = 4096;
/// How many bytes the detector sees, counted from the first one beyond ASCII.
const DETECTION_BYTES: usize = 64 << 10;

/// A page as text.
pub(in crate::parse) struct Decoded {
    pub text: String,
    pub charset: Charset,
    /// Replacement characters that the decoding had to put in.
    pub replaced: usize,
}

/// Decodes a page's bytes.
pub(in crate::parse) fn decode(bytes: &[u8], content_type: Option<&str>, top_level: Option<&str>) -> Decoded {
    let (encoding, from, bytes) = choose(bytes, content_type, top_level);
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let replaced = if broken { text.chars().filter(|c| *c == '\u{fffd}').count() } else { 0 };
    // A page that says UTF-8 and is full of bytes that aren't was declared wrongly.
    if encoding == UTF_8 && from != "bom" && replaced > 0 && replaced * 4 > bytes.iter().filter(|b| !b.is_ascii()).count() {
        let encoding = detect(bytes, top_level);
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        let replaced = if broken { text.chars().filter(|c| *c == '\u{fffd}').count() } else { 0 };
        return Decoded { text: text.into_owned(), charset: named(encoding, "detected"), replaced };
    }
    Decoded { text: text.into_owned(), charset: named(encoding, from), replaced }
}

fn named(encoding: &'static Encoding, from: &str) -> Charset {
    Charset { used: encoding.name().to_owned(), from: from.to_owned() }
}

fn choose<'a>(bytes: &'a [u8], content_type: Option<&str>, top_level: Option<&str>) -> (&'static Encoding, &'static str, &'a [u8]) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (encoding, "bom", &bytes[length..]);
    }
    let has_escape = memchr::memchr(0x1b, bytes).is_some();
    let ascii = bytes.is_ascii();
    if !ascii && std::str::from_utf8(bytes).is_ok() {
        return (UTF_8, "valid_utf8", bytes);
    }
    if let Some(encoding) = content_type.and_then(charset_parameter) {
        return (encoding, "header", bytes);
    }
    if let Some(encoding) = wide_without_mark(bytes) {
        return (encoding, "detected", bytes);
    }
    if let Some(encoding) = declared(&bytes[..bytes.len().min(DECLARATION_BYTES)]) {
        return (encoding, "meta", bytes);
    }
    if ascii && !has_escape {
        return (UTF_8, "valid_utf8", bytes);
    }
    (detect(bytes, top_level), "detected", bytes)
}

/// UTF-16 without a mark: a page begins with `<` or a letter, and every other byte of its beginning is NUL.
fn wide_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..16)?;
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 6..) => Some(UTF_16LE),
        (6.., 0) => Some(UTF_16BE),
        _ => None,
    }
}

fn detect(bytes: &[u8], top_level: Option<&str>) -> &'static Encoding {
    let first = bytes.iter().position(|b| !b.is_ascii() || *b == 0x1b).unwrap_or(0);
    let end = bytes.len().min(first.saturating_add(DETECTION_BYTES));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[first..end], true);
    let hint = top_level.filter(|t| t.is_ascii()).map(str::as_bytes);
    detector.guess(hint, Utf8Detection::Allow)
}

/// The `charset` parameter of a content type.
fn charset_parameter(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let value = parameters.filter_map(|p| p.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?.1;
    Encoding::for_label(value.trim().trim_matches(['"', '\'']).as_bytes())
}

/// The charset that the page's own head declares: `<meta charset>`, `<meta http-equiv content>`, or the XML declaration.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head: String = head.iter().map(|b| if b.is_ascii() { b.to_ascii_lowercase() as char } else { '\u{fffd}' }).collect();
    if let Some(rest) = head.trim_start().strip_prefix("<?xml") {
        let declaration = rest.split("?>").next().unwrap_or_default();
        if let Some(encoding) = value_after(declaration, "encoding").and_then(label) {
            return Some(encoding);
        }
    }
    let mut rest = head.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if rest.starts_with("<!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[..end];
        if tag.starts_with("<meta")
            && let Some(encoding) = value_after(tag, "charset").and_then(label)
        {
            return Some(encoding);
        }
        rest = &rest[end..];
    }
    None
}

/// The value after `name =`, quoted or not.
fn value_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find(name)? + name.len()..];
        let Some(value) = rest.trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start();
        let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
        let end = value.find(|c: char| matches!(c, '"' | '\'' | ';' | '>' | '/') || c.is_whitespace()).unwrap_or(value.len());
        return Some(&value[..end]);
    }
}

/// A declaration that could be read can't be in UTF-16; `x-user-defined` stands for windows-1252 in pages.
fn label(text: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(text.as_bytes())?;
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return Some(UTF_8);
    }
    if encoding == encoding_rs::X_USER_DEFINED {
        return Some(WINDOWS_1252);
    }
    Some(encoding)
}

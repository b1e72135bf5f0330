//! What kind of thing the bytes are: a page, flattened text, or neither. By content type, magic bytes, and tags.

use crate::article::{DeadLetterCode, Refusal};
use crate::parse::decode::refuse;

/// How far into a page its first tag is looked for.
const SNIFF_BYTES: usize = 4096;

/// First bytes of formats that are no pages.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"RIFF", "a RIFF container"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\0\0\x01\0", "an icon"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "gzip, which no content encoding announced"),
    (b"\x28\xb5\x2f\xfd", "zstd, which no content encoding announced"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\xd0\xcf\x11\xe0", "an OLE document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"OggS", "an Ogg stream"),
    (b"ID3", "an MP3 file"),
    (b"\x1aE\xdf\xa3", "a Matroska file"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"SQLite format 3\0", "a database"),
];

/// The media type of a content type, lower case, without parameters.
pub(in crate::parse) fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The bytes after a UTF-8 byte order mark.
pub(in crate::parse) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Refuses what is no page by its content type or its first bytes.
pub(in crate::parse) fn refuse_binary(bytes: &[u8], content_type: Option<&str>) -> Result<(), Refusal> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(not_html(format!("the body is {what}")));
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(not_html("the body is an MPEG-4 file"));
    }
    let media_type = content_type.map(media_type).unwrap_or_default();
    let kind = media_type.split('/').next().unwrap_or_default();
    let binary = matches!(kind, "image" | "audio" | "video" | "font" | "model")
        || matches!(media_type.as_str(), "application/pdf" | "application/zip" | "application/javascript" | "text/javascript" | "text/css" | "text/csv");
    // A wrong content type is forgiven to what begins like a page.
    if binary && !begins_with_markup(bytes) {
        return Err(not_html(format!("the content type is {kind}, not a page")));
    }
    Ok(())
}

fn begins_with_markup(bytes: &[u8]) -> bool {
    let start = without_bom(bytes).trim_ascii_start();
    let head = start[..start.len().min(16)].to_ascii_lowercase();
    head.starts_with(b"<!doctype html") || head.starts_with(b"<html") || head.starts_with(b"<head") || head.starts_with(b"<body")
}

/// Takes NULs out; refuses text that is mostly control characters or replacements.
pub(in crate::parse) fn refuse_garbage(text: String, replaced: usize) -> Result<String, Refusal> {
    let controls = text.as_bytes().chunks(128).map(controls).sum::<usize>();
    if controls * 20 > text.len() {
        return Err(not_html("the body is binary"));
    }
    if replaced > 0 && replaced * 20 > text.chars().count() {
        return Err(refuse(DeadLetterCode::Undecodable, "the bytes fit no charset"));
    }
    if controls == 0 || !text.contains('\0') {
        return Ok(text);
    }
    Ok(text.replace('\0', ""))
}

/// The control characters of a short piece: counted in a byte, so that many are looked at in one step.
fn controls(piece: &[u8]) -> usize {
    let is_control = |b: u8| (b < 0x20) & (b != b'\t') & (b != b'\n') & (b != b'\r') & (b != 0x0c) & (b != 0x1b);
    usize::from(piece.iter().fold(0_u8, |count, b| count + u8::from(is_control(*b))))
}

/// Refuses feeds, sitemaps and JSON that came as a page.
pub(in crate::parse) fn refuse_other_formats(text: &str) -> Result<(), Refusal> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(start).is_ok() {
        return Err(not_html("the body is JSON"));
    }
    let mut rest = start;
    // The XML declaration and comments may stand before the root element.
    for _ in 0..8 {
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else {
            None
        };
        let Some(end) = end else { break };
        rest = rest[end..].trim_start();
    }
    let is_root = |name: &str| rest.get(..name.len()).is_some_and(|r| r.eq_ignore_ascii_case(name));
    match ["<rss", "<feed", "<urlset", "<sitemapindex", "<rdf:RDF", "<svg"].into_iter().find(|name| is_root(name)) {
        Some(_) => Err(not_html("the body is XML, but no page")),
        None => Ok(()),
    }
}

/// HTML or flattened text: by content type, else by tags.
pub(in crate::parse) fn is_html(text: &str, content_type: Option<&str>) -> bool {
    if begins_with_markup(text.as_bytes()) {
        return true;
    }
    let media_type = content_type.map(media_type).unwrap_or_default();
    match media_type.as_str() {
        "text/html" | "application/xhtml+xml" => has_tag(text.as_bytes()),
        "text/plain" => false,
        _ => count_tags(&text.as_bytes()[..text.len().min(SNIFF_BYTES)]) >= 2 || begins_with_tag(text),
    }
}

fn begins_with_tag(text: &str) -> bool {
    let start = text.trim_start().as_bytes();
    start.first() == Some(&b'<') && start.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'!' | b'?'))
}

fn has_tag(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'<', bytes).any(|at| is_tag_at(bytes, at))
}

fn count_tags(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'<', bytes).filter(|at| is_tag_at(bytes, *at)).count()
}

fn is_tag_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'))
}

fn not_html(message: impl Into<String>) -> Refusal {
    refuse(DeadLetterCode::NotHtml, message)
}

//! From a web archive's response record to a page: status, kind, and what a crawler left of encodings in the head.
//!
//! The body goes on as the server sent it, charset and all. A transfer or content encoding is only believed if the body bears it out: many
//! archives keep the header and store the body decoded.

use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::head::{Fields, first_line};
use super::{Page, Reason};
use crate::article::Millis;

/// Decompressed bytes that show whether a body is compressed.
const TRIAL_BYTES: usize = 4096;
/// The longest line before a chunk: its size and extensions.
const CHUNK_LINE: usize = 1024;

/// The page in a response record, or why there is none.
///
/// # Errors
/// What is no page of ours is passed over.
pub fn page(record: &Fields, block: Vec<u8>) -> Result<Page, Reason> {
    let url = record.get("warc-target-uri").map(|url| url.trim_matches(['<', '>', ' '])).filter(|url| !url.is_empty());
    let (status_line, rest) = first_line(&block);
    let status = status(status_line).ok_or(Reason::NotAResponse)?;
    if status != 200 {
        return Err(Reason::Status(status));
    }
    let fields = Fields::read(rest);
    let mut body = &block[body_start(&block)..];
    let url = url.ok_or(Reason::NoUrl)?;
    let either = |name: &str| fields.get(name).map(str::to_owned).or_else(|| fields.get(&format!("x-crawl-{name}")).map(str::to_owned));

    let unchunked = match either("transfer-encoding") {
        Some(coding) if coding.to_ascii_lowercase().contains("chunked") => unchunk(body),
        _ => None,
    };
    if let Some(whole) = &unchunked {
        body = whole;
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Reason::Empty);
    }
    let encoding = either("content-encoding").and_then(|name| known_encoding(&name)).filter(|name| decompresses(body, name));
    let content_type = match fields.get("content-type") {
        Some(text) if is_page(text) => text.to_owned(),
        Some(_) => return Err(Reason::NotText),
        // Without a type the worker would go by the first byte; a page must not be able to pass for an envelope.
        None if encoding.is_none() && is_markup(body) => "text/html".to_owned(),
        None => return Err(Reason::NotText),
    };
    let fetched_at = record.get("warc-date").and_then(Millis::parse);
    let mut headers = vec![("url", url.to_owned()), ("content-type", content_type)];
    headers.extend(encoding.map(|name| ("content-encoding", name.to_owned())));
    headers.extend(fetched_at.map(|at| ("fetched-at", at.to_string())));
    Ok(Page { key: Some(url.to_owned()), value: body.to_vec(), headers, place: String::new() })
}

fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok().filter(|status| (100..1000).contains(status))
}

/// Where the body begins: after the first empty line.
fn body_start(block: &[u8]) -> usize {
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'\n', &block[at..]) {
        let is_empty = length == 0 || (length == 1 && block[at] == b'\r');
        at += length + 1;
        if is_empty {
            return at;
        }
    }
    block.len()
}

fn is_page(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(media_type.as_str(), "text/html" | "application/xhtml+xml" | "text/plain")
}

fn is_markup(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// The body without its chunks' sizes (RFC 9112, section 7.1), as far as it goes if it was cut. None where it has no chunks.
fn unchunk(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let line_end = memchr::memchr(b'\n', &rest[..rest.len().min(CHUNK_LINE)]);
        let Some(line_end) = line_end else {
            // Cut between two chunks, or no chunks at all.
            return (rest.is_empty() && !out.is_empty()).then_some(out);
        };
        let line = std::str::from_utf8(&rest[..line_end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).ok()?;
        rest = &rest[line_end + 1..];
        if size == 0 {
            return Some(out);
        }
        if size >= rest.len() {
            // The last chunk was cut. A page whose first line is a number looks like that too, but its number is not larger than the page.
            out.extend_from_slice(rest);
            return Some(out);
        }
        out.extend_from_slice(&rest[..size]);
        rest = &rest[size..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

/// The name of the one compression that the worker is to undo; none for several or for another.
fn known_encoding(value: &str) -> Option<&'static str> {
    match value.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some("gzip"),
        "br" => Some("br"),
        "zstd" => Some("zstd"),
        "deflate" => Some("deflate"),
        _ => None,
    }
}

fn decompresses(body: &[u8], encoding: &str) -> bool {
    match encoding {
        "gzip" => gives_bytes(GzDecoder::new(body)),
        "br" => gives_bytes(brotli::Decompressor::new(body, TRIAL_BYTES)),
        "zstd" => zstd::stream::read::Decoder::with_buffer(body).is_ok_and(gives_bytes),
        _ => gives_bytes(ZlibDecoder::new(body)) || (!is_markup(body) && gives_bytes(DeflateDecoder::new(body))),
    }
}

/// Whether something comes out, and nothing is wrong but perhaps an early end.
fn gives_bytes(mut reader: impl Read) -> bool {
    let mut buffer = [0; TRIAL_BYTES];
    let mut read = 0;
    while read < TRIAL_BYTES {
        match reader.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error.kind() == io::ErrorKind::UnexpectedEof && read > 0,
        }
    }
    read > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::decode::tests::compress;

    const PAGE: &str = "<html><body><h1>Ferry back in service</h1><p>The ferry to Orl Island sails again from Monday.</p></body></html>";

    fn record() -> Fields {
        Fields::read(b"WARC-Target-URI: <https://bay.example/ferry>\r\nWARC-Date: 2031-02-03T04:05:06Z\r\n")
    }

    fn response(head: &str, body: &[u8]) -> Result<Page, Reason> {
        page(&record(), [format!("{head}\r\n\r\n").as_bytes(), body].concat())
    }

    fn compressed(encoding: &str) -> Vec<u8> {
        compress(PAGE.repeat(200).as_bytes(), encoding)
    }

    #[test]
    fn a_response_becomes_a_page_with_its_facts() {
        let page = response("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/html; charset=windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2").unwrap();
        assert_eq!(page.value, b"\xcf\xf0\xe8\xe2\xe5\xf2");
        assert_eq!(page.key.as_deref(), Some("https://bay.example/ferry"));
        let expected = [("url", "https://bay.example/ferry"), ("content-type", "text/html; charset=windows-1251"), ("fetched-at", "2031-02-03T04:05:06Z")];
        assert_eq!(page.headers, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn odd_heads_are_read() {
        for head in ["HTTP/2 200", "HTTP/1.0 200 ", "HTTP/1.1 200 OK\r\nX Bad: 1\r\nno field", "HTTP/1.1 200 OK\nA: b"] {
            let head = format!("{head}\r\ncontent-TYPE: TEXT/HTML");
            assert_eq!(response(&head, PAGE.as_bytes()).unwrap().value, PAGE.as_bytes(), "{head}");
        }
        assert_eq!(response("HTTP/1.1 200 OK", PAGE.as_bytes()).unwrap().header("content-type"), Some("text/html"));
    }

    #[test]
    fn what_is_no_page_is_passed_over_with_its_reason() {
        let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html";
        for (head, body, reason) in [
            ("HTTP/1.1 404 Not Found\r\nContent-Type: text/html", PAGE, Reason::Status(404)),
            ("HTTP/1.1 301 Moved", "", Reason::Status(301)),
            ("HTTP/1.1 200 OK\r\nContent-Type: application/json", PAGE, Reason::NotText),
            ("HTTP/1.1 200 OK\r\nContent-Type: image/png", PAGE, Reason::NotText),
            ("HTTP/1.1 200 OK", "{\"url\": \"https://elsewhere.example/\"}", Reason::NotText),
            ("20310203 bay.example 192.0.2.1", PAGE, Reason::NotAResponse),
            ("HTTP/1.1 OK", PAGE, Reason::NotAResponse),
            (html, " \r\n", Reason::Empty),
        ] {
            assert_eq!(response(head, body.as_bytes()), Err(reason), "{head}");
        }
        assert_eq!(page(&Fields::default(), format!("{html}\r\n\r\n{PAGE}").into_bytes()), Err(Reason::NoUrl));
    }

    #[test]
    fn a_compression_is_named_only_where_there_is_one() {
        for encoding in ["gzip", "br", "zstd", "deflate"] {
            for header in ["Content-Encoding", "X-Crawl-Content-Encoding"] {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{header}: {encoding}");
                let body = compressed(encoding);
                let page = response(&head, &body).unwrap();
                assert_eq!((page.header("content-encoding"), &page.value), (Some(encoding), &body), "{head}");
                let plain = response(&head, PAGE.as_bytes()).unwrap();
                assert_eq!((plain.header("content-encoding"), plain.value.as_slice()), (None, PAGE.as_bytes()), "{head}");
            }
        }
    }

    #[test]
    fn chunks_are_joined_where_there_are_any() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked";
        for (body, expected) in [
            ("5\r\nFerry\r\n6;x=y\r\n sails\r\n0\r\n\r\n", "Ferry sails"),
            ("5\r\nFerry\r\n10\r\n sai", "Ferry sai"),
            ("5\r\nFerry\r\n", "Ferry"),
            ("Ferry sails", "Ferry sails"),
            ("12 ferries\r\nsail", "12 ferries\r\nsail"),
            ("2\r\nferries sail\r\n", "2\r\nferries sail\r\n"),
        ] {
            assert_eq!(String::from_utf8(response(head, body.as_bytes()).unwrap().value).unwrap(), expected);
        }
        let body = [b"3\r\n", &compressed("gzip")[..3], b"\r\nffff\r\n", &compressed("gzip")[3..]].concat();
        let page = response(&format!("{head}\r\nContent-Encoding: gzip"), &body).unwrap();
        assert_eq!((page.header("content-encoding"), &page.value), (Some("gzip"), &compressed("gzip")));
    }
}

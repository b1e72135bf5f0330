//! Every way that input can be good or bad, in both shapes.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::*;
use crate::article::Origin;

fn record(value: Option<&[u8]>, headers: &[(&str, &str)]) -> RawArticle {
    RawArticle {
        origin: Origin { topic: "news.raw".into(), partition: 0, offset: 0 },
        timestamp: 1_780_000_000_000,
        key: None,
        value: value.map(<[u8]>::to_vec),
        headers: headers.iter().map(|(n, v)| ((*n).into(), Some(v.as_bytes().to_vec()))).collect(),
    }
}

fn decode_json(value: &serde_json::Value) -> Result<Input, Refusal> {
    decode(&record(Some(value.to_string().as_bytes()), &[]), &ParseSettings::default())
}

fn decode_raw(value: &[u8], headers: &[(&str, &str)]) -> Result<Input, Refusal> {
    decode(&record(Some(value), headers), &ParseSettings::default())
}

fn code(result: Result<Input, Refusal>) -> DeadLetterCode {
    let refusal = result.expect_err("must be refused");
    assert_eq!(refusal.dead_letter.stage, Stage::Decode);
    assert!(!refusal.dead_letter.message.is_empty());
    refusal.dead_letter.code
}

const PAGE: &str = "<!doctype html><html><body><p>The council met on Tuesday.</p></body></html>";

#[test]
fn envelopes_that_are_none() {
    use DeadLetterCode::*;
    let url = "https://example.com/a";
    for (value, expected) in [
        (json!({"url": url}), BadEnvelope),
        (json!({"html": PAGE, "text": "a"}), BadEnvelope),
        (json!({"html": PAGE, "body_base64": "YQ=="}), BadEnvelope),
        (json!({"html": 7}), BadEnvelope),
        (json!({"html": PAGE, "url": ["a"]}), BadEnvelope),
        (json!({"html": PAGE, "fetched_at": "yesterday"}), BadEnvelope),
        (json!({"html": PAGE, "fetched_at": "2026-05-16T10:00:00"}), BadEnvelope),
        (json!({"html": PAGE, "content_encoding": "gzip"}), BadEnvelope),
        (json!({"body_base64": "YQ==", "content_encoding": "lzma"}), BadEnvelope),
        (json!({"html": PAGE, "publisher": "Example"}), BadEnvelope),
        (json!({"html": PAGE, "hints": {"authors": "Jane"}}), BadEnvelope),
        (json!({"withdrawn": true}), BadEnvelope),
        (json!({"withdrawn": true, "url": "not a url"}), BadEnvelope),
        (json!({"withdrawn": true, "url": url, "html": PAGE}), BadEnvelope),
        (json!({"withdrawn": "yes", "url": url}), BadEnvelope),
        (json!({"html": ""}), Empty),
        (json!({"text": " \n\t "}), Empty),
        (json!({"body_base64": ""}), Empty),
        (json!({"body_base64": "!!!"}), Undecodable),
        (json!({"body_base64": BASE64_STANDARD.encode(PAGE), "content_encoding": "gzip"}), Undecodable),
        (json!({"body_base64": BASE64_STANDARD.encode(b"%PDF-1.7 and so on")}), NotHtml),
        (json!({"body_base64": BASE64_STANDARD.encode(b"\x89PNG\r\n\x1a\n....")}), NotHtml),
        (json!({"html": "<rss version='2.0'><channel></channel></rss>"}), NotHtml),
        (json!({"html": "{\"a\": 1}"}), NotHtml),
    ] {
        assert_eq!(code(decode_json(&value)), expected, "{value}");
    }
}

#[test]
fn bytes_that_are_no_envelope() {
    use DeadLetterCode::*;
    for (value, headers, expected) in [
        (&b"{"[..], &[][..], BadEnvelope),
        (b"{\"html\":\"x\"", &[], BadEnvelope),
        (b"{\"html\":\"\xff\"}", &[], BadEnvelope),
        (b"[1,2]", &[("content-type", "application/json")], BadEnvelope),
        (b"null", &[("content-type", "application/json")], BadEnvelope),
        (b"  {\"some\": \"json\"}", &[], BadEnvelope),
        (b"{\"some\": \"json\"}", &[("content-type", "text/html")], NotHtml),
        (b"[1,2]", &[], NotHtml),
        (b"", &[], Empty),
        (b" \n ", &[("content-type", "text/html")], Empty),
        (b"\xff\xd8\xff\xe0 jpeg", &[("content-type", "text/html")], NotHtml),
        (b"PK\x03\x04 zip", &[], NotHtml),
        (b"\x1f\x8b\x08\x00 gzip without saying so", &[], NotHtml),
        (b"GIF89a", &[], NotHtml),
        (b"\0\0\0\x20ftypisom", &[], NotHtml),
        (b"a\0b\0\x01\x02c\0d\0\x03", &[("content-type", "text/html")], NotHtml),
        (b"body { color: red }", &[("content-type", "text/css")], NotHtml),
        (b"some bytes", &[("content-type", "image/png")], NotHtml),
        (b"<?xml version='1.0'?><!-- x --><urlset></urlset>", &[], NotHtml),
        (b"<p>x</p>", &[("content-encoding", "lzma")], Undecodable),
        (b"<p>x</p>", &[("content-encoding", "br")], Undecodable),
        (b"<p>x</p>", &[("fetched-at", "soon")], BadEnvelope),
    ] {
        assert_eq!(code(decode_raw(value, headers)), expected, "{:?} {headers:?}", String::from_utf8_lossy(value));
    }
}

#[test]
fn what_is_not_of_the_contract_is_passed_over_however_deep() {
    let deep = format!("{{\"html\": \"x\", \"more\": {}{}, \"id\": [[{{\"\": 0}}]], \"k\": 1e999}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(decode(&record(Some(deep.as_bytes()), &[]), &ParseSettings::default()).unwrap().unknown_keys, 2);
    for bad in [
        "\"url\": [{\"\": 0}]",
        "\"url\": null, \"url\": null",
        "\"hints\": [1]",
        "\"hints\": {\"title\": {}}",
        "\"withdrawn\": 1",
        "\"hints\": {\"authors\": \"x\"}",
    ] {
        assert_eq!(code(decode_raw(format!("{{\"html\": \"x\", {bad}}}").as_bytes(), &[])), DeadLetterCode::BadEnvelope, "{bad}");
    }
}

/// `null` is as good as leaving the key out, for every key.
#[test]
fn null_counts_as_absent() {
    for key in ["url", "final_url", "text", "body_base64", "content_type", "content_encoding", "fetched_at", "publisher", "hints", "withdrawn", "id"] {
        let text = format!("{{\"html\": \"<p>x\", \"{key}\": null}}");
        assert!(decode(&record(Some(text.as_bytes()), &[]), &ParseSettings::default()).is_ok(), "{key}");
    }
    let text = json!({
        "html": "<p>x", "publisher": { "name": null, "domain": null, "country": null, "time_zone": null },
        "hints": { "title": null, "published": null, "updated": null, "language": null, "section": null, "authors": null },
    });
    assert!(decode(&record(Some(text.to_string().as_bytes()), &[]), &ParseSettings::default()).is_ok());
}

#[test]
fn an_envelope_in_full() {
    let value = json!({
        "id": 3, "url": "https://www.example.com/a", "final_url": "https://example.com/b", "html": PAGE, "fetched_at": "2026-05-16T12:00:00+02:00",
        "publisher": {"name": "Example", "domain": "example.com", "country": "by", "time_zone": "Europe/Minsk"},
        "hints": {"title": "T", "published": "P", "authors": ["A"]}, "crawler": {"x": [1]}, "depth": 4,
    });
    let input = decode_json(&value).unwrap();
    assert_eq!(input.body, Body::Html(PAGE.into()));
    assert_eq!(input.unknown_keys, 2);
    assert_eq!(input.publisher.country.as_deref(), Some("BY"));
    assert_eq!(input.publisher.time_zone.as_deref(), Some("Europe/Minsk"));
    assert_eq!(input.hints.authors, ["A"]);
    assert_eq!(input.fetched_at, Millis::parse("2026-05-16T10:00:00Z"));
    assert_eq!(input.charset, Some(Charset { used: "UTF-8".into(), from: "envelope".into() }));
    assert!(input.warnings.is_empty());
    // With a byte order mark, with blanks, with the content type: still an envelope.
    let text = value.to_string();
    for (prefix, headers) in [("\u{feff}", &[][..]), (" \n", &[]), ("", &[("Content-Type", "application/json; charset=utf-8")])] {
        assert_eq!(decode_raw(format!("{prefix}{text}").as_bytes(), headers).unwrap(), input);
    }
}

#[test]
fn a_raw_body_in_full() {
    let headers = [
        ("URL", "https://example.com/a"),
        ("final-url", "https://example.com/b"),
        ("content-type", "text/html"),
        ("fetched-at", "2026-05-16T10:00:00Z"),
        ("publisher-domain", "example.com"),
        ("publisher-country", "Belarus"),
        ("publisher-time-zone", "Mars/Olympus"),
        ("hint-title", "T"),
        ("hint-published", "P"),
        ("hint-authors", "A; B"),
        ("hint-authors", "C"),
    ];
    let input = decode_raw(PAGE.as_bytes(), &headers).unwrap();
    assert_eq!(input.url.as_deref(), Some("https://example.com/a"));
    assert_eq!(input.final_url.as_deref(), Some("https://example.com/b"));
    assert_eq!(input.fetched_at, Millis::parse("2026-05-16T10:00:00Z"));
    assert_eq!(input.hints.authors, ["A", "B", "C"]);
    assert_eq!(input.hints.title.as_deref(), Some("T"));
    assert_eq!(input.publisher, InputPublisher { domain: Some("example.com".into()), ..InputPublisher::default() });
    assert_eq!(input.warnings, [Warning::BadPublisher]);
    assert_eq!(input.body, Body::Html(PAGE.into()));
}

#[test]
fn withdrawals() {
    let url = "https://example.com/a";
    let of_header = decode(&record(None, &[("url", url)]), &ParseSettings::default()).unwrap();
    assert_eq!((of_header.body, of_header.url.as_deref()), (Body::Withdrawn, Some(url)));
    let mut by_key = record(None, &[]);
    by_key.key = Some(url.as_bytes().to_vec());
    assert_eq!(decode(&by_key, &ParseSettings::default()).unwrap().url.as_deref(), Some(url));
    let enveloped = decode_json(&json!({"withdrawn": true, "url": url, "fetched_at": "2026-05-16T10:00:00Z"})).unwrap();
    assert_eq!((enveloped.body, enveloped.fetched_at), (Body::Withdrawn, Millis::parse("2026-05-16T10:00:00Z")));
    for key in [None, Some(b"42".to_vec()), Some(vec![0xff])] {
        let mut bad = record(None, &[]);
        bad.key = key;
        assert_eq!(code(decode(&bad, &ParseSettings::default())), DeadLetterCode::BadEnvelope);
    }
}

#[test]
fn the_time_of_the_fetch() {
    let mut raw = record(Some(PAGE.as_bytes()), &[]);
    assert_eq!(decode(&raw, &ParseSettings::default()).unwrap().fetched_at, Some(Millis(raw.timestamp)));
    raw.timestamp = -1;
    assert_eq!(decode(&raw, &ParseSettings::default()).unwrap().fetched_at, None);
    let late = decode_raw(PAGE.as_bytes(), &[("fetched-at", "2030-01-01T00:00:00Z")]).unwrap();
    assert_eq!(late.fetched_at, Millis::parse("2030-01-01T00:00:00Z"));
    assert_eq!(late.warnings, [Warning::FetchedAtInFuture]);
}

#[test]
fn a_bad_url_is_left_out() {
    let input = decode_json(&json!({"url": "::", "html": PAGE})).unwrap();
    assert_eq!((input.url, input.warnings), (None, vec![Warning::BadUrl]));
}

/// For the tests of all who read compressed bytes.
pub(crate) fn compress(bytes: &[u8], how: &str) -> Vec<u8> {
    match how {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "raw deflate" => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut out = Vec::new();
            brotli::BrotliCompress(&mut &bytes[..], &mut out, &brotli::enc::BrotliEncoderParams::default()).unwrap();
            out
        }
        _ => ::zstd::encode_all(bytes, 3).unwrap(),
    }
}

fn name_of(how: &str) -> &str {
    if how == "raw deflate" { "deflate" } else { how }
}

#[test]
fn every_compression_in_both_shapes() {
    let page = PAGE.repeat(200);
    for how in ["gzip", "deflate", "raw deflate", "br", "zstd"] {
        let bytes = compress(page.as_bytes(), how);
        let raw = decode_raw(&bytes, &[("content-encoding", name_of(how))]).unwrap();
        assert_eq!(raw.body, Body::Html(page.clone()), "{how}");
        for alphabet in [BASE64_STANDARD.encode(&bytes), base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
            let enveloped = decode_json(&json!({"body_base64": alphabet, "content_encoding": name_of(how)})).unwrap();
            assert_eq!(enveloped.body, Body::Html(page.clone()), "{how}");
        }
    }
}

#[test]
fn damaged_streams() {
    let page = PAGE.repeat(50);
    for how in ["gzip", "deflate", "raw deflate", "br", "zstd"] {
        let whole = compress(page.as_bytes(), how);
        let header = [("content-encoding", name_of(how))];
        for cut in [1, whole.len() / 2, whole.len() - 1] {
            assert_eq!(code(decode_raw(&whole[..cut], &header)), DeadLetterCode::Undecodable, "{how} cut at {cut}");
        }
        let mut more = whole.clone();
        more.extend_from_slice(b"more bytes after the end");
        assert_eq!(code(decode_raw(&more, &header)), DeadLetterCode::Undecodable, "{how} with a tail");
    }
}

#[test]
fn bombs_and_large_bodies() {
    let settings = ParseSettings { max_body_bytes: 1 << 20, max_decompression_ratio: 50, ..ParseSettings::default() };
    let bomb = vec![b' '; 8 << 20];
    for how in ["gzip", "deflate", "br", "zstd"] {
        let bytes = compress(&bomb, how);
        let result = decode(&record(Some(&bytes), &[("content-encoding", how)]), &settings);
        assert_eq!(code(result), DeadLetterCode::Oversize, "{how}");
    }
    let large = "a".repeat((1 << 20) + 1);
    assert_eq!(code(decode(&record(Some(large.as_bytes()), &[]), &settings)), DeadLetterCode::Oversize);
    for key in ["html", "text"] {
        let value = json!({key: large}).to_string();
        assert_eq!(code(decode(&record(Some(value.as_bytes()), &[]), &settings)), DeadLetterCode::Oversize);
    }
    let value = json!({"body_base64": BASE64_STANDARD.encode("a".repeat(3 << 20))}).to_string();
    assert_eq!(code(decode(&record(Some(value.as_bytes()), &[]), &settings)), DeadLetterCode::Oversize);
}

#[test]
fn charsets() {
    let russian = "Совет собрался во вторник, чтобы обсудить новый мост через реку и дорогу к нему.";
    let japanese = "議会は火曜日に会合を開き、川に架かる新しい橋について話し合った。";
    let chinese = "议会星期二开会讨论河上的新桥和通往它的道路。";
    let polish = "Rada zebrała się we wtorek, żeby omówić nowy most. Świętość źródła.";
    for (text, label, used) in [
        (russian, "windows-1251", "windows-1251"),
        (russian, "koi8-r", "KOI8-R"),
        (japanese, "shift_jis", "Shift_JIS"),
        (japanese, "euc-jp", "EUC-JP"),
        (japanese, "iso-2022-jp", "ISO-2022-JP"),
        (chinese, "gb18030", "gb18030"),
        (chinese, "gb2312", "GBK"),
        (chinese, "big5", "Big5"),
        (polish, "iso-8859-2", "ISO-8859-2"),
        ("Café à l’ouest", "iso-8859-1", "windows-1252"),
    ] {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let text = if label == "big5" { "議會星期二開會討論河上的新橋" } else { text };
        for declared in ["header", "meta", "http-equiv", "xml"] {
            let head = match declared {
                "meta" => format!("<html><head><!-- <meta charset=koi8-u> --><meta charset=\"{label}\">"),
                "http-equiv" => format!("<html><head><META http-equiv=Content-Type content='text/html; charset={label}'>"),
                "xml" => format!("<?xml version=\"1.0\" encoding=\"{label}\"?><html>"),
                _ => "<html><head>".to_owned(),
            };
            let page = format!("{head}<p>{text}</p>");
            let (bytes, _, unmappable) = encoding.encode(&page);
            assert!(!unmappable, "{label}");
            let content_type = if declared == "header" { format!("text/html; charset=\"{label}\"") } else { "text/html".to_owned() };
            let input = decode_raw(&bytes, &[("content-type", &content_type)]).unwrap();
            assert_eq!(input.body, Body::Html(page), "{label} {declared}");
            let from = if declared == "header" { "header" } else { "meta" };
            assert_eq!(input.charset, Some(Charset { used: used.into(), from: from.into() }), "{label} {declared}");
        }
    }
}

use encoding_rs::Encoding;

#[test]
fn charsets_nobody_declared_or_declared_wrongly() {
    let russian = "Совет собрался во вторник, чтобы обсудить новый мост через реку и дорогу к нему. ".repeat(3);
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&russian);
    let page = [b"<p>".as_slice(), &bytes, b"</p>"].concat();
    let input = decode_raw(&page, &[("url", "https://example.ru/a")]).unwrap();
    assert_eq!(input.body, Body::Html(format!("<p>{russian}</p>")));
    assert_eq!(input.charset.unwrap().from, "detected");
    // Declared as UTF-8, which it is not.
    let input = decode_raw(&page, &[("content-type", "text/html; charset=utf-8")]).unwrap();
    assert_eq!(input.body, Body::Html(format!("<p>{russian}</p>")));
    // UTF-8 wins over what is declared.
    let page = format!("<meta charset=windows-1251><p>{russian}</p>");
    let input = decode_raw(page.as_bytes(), &[("content-type", "text/html; charset=iso-8859-1")]).unwrap();
    assert_eq!(input.body, Body::Html(page));
    assert_eq!(input.charset.unwrap().from, "valid_utf8");
    // `utf-16` in a page that could be read means UTF-8; `x-user-defined` means windows-1252.
    for (label, used) in [("utf-16", "UTF-8"), ("x-user-defined", "windows-1252")] {
        let input = decode_raw(format!("<meta charset={label}><p>abc</p>").as_bytes(), &[]).unwrap();
        assert_eq!(input.charset.unwrap().used, used);
    }
}

#[test]
fn wide_charsets() {
    let page = "<html><body><p>Das Rathaus öffnet.</p></body></html>";
    let little: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = page.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, from) in [
        ([&b"\xff\xfe"[..], &little].concat(), "bom"),
        ([&b"\xfe\xff"[..], &big].concat(), "bom"),
        ([&b"\xef\xbb\xbf"[..], page.as_bytes()].concat(), "bom"),
        (little, "detected"),
        (big, "detected"),
    ] {
        let input = decode_raw(&bytes, &[("content-type", "text/html")]).unwrap();
        assert_eq!(input.body, Body::Html(page.into()));
        assert_eq!(input.charset.unwrap().from, from);
    }
}

#[test]
fn replacements_are_told() {
    let page = [b"<meta charset=utf-8><p>".as_slice(), "Größe überall Öl. ".repeat(9).as_bytes(), b"\xff</p>"].concat();
    let input = decode_raw(&page, &[]).unwrap();
    assert_eq!(input.warnings, [Warning::CharsetReplacements]);
    assert_eq!(input.charset.unwrap().used, "UTF-8");
}

#[test]
fn html_or_text() {
    let text = "Menu\n\nThe council met on Tuesday.\nFooter";
    for (body, content_type, html) in [
        (PAGE, None, true),
        (PAGE, Some("text/plain"), true),
        ("<p>One</p><p>two</p>", None, true),
        ("<p>One</p>", Some("text/plain"), false),
        (text, None, false),
        (text, Some("text/html"), false),
        (text, Some("text/plain; charset=utf-8"), false),
        ("a < b and c > d", Some("text/html"), false),
        ("<div>One", Some("application/octet-stream"), true),
        (PAGE, Some("image/jpeg"), true),
    ] {
        let headers: Vec<(&str, &str)> = content_type.map(|c| ("content-type", c)).into_iter().collect();
        let input = decode_raw(body.as_bytes(), &headers).unwrap();
        assert_eq!(matches!(input.body, Body::Html(_)), html, "{body} {content_type:?}");
    }
    let enveloped = decode_json(&json!({"text": "<p>not markup</p>"})).unwrap();
    assert_eq!(enveloped.body, Body::Text("<p>not markup</p>".into()));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), which in 0..5_usize) {
        let encodings = ["identity", "gzip", "br", "zstd", "deflate"];
        let _ = decode_raw(&bytes, &[("content-encoding", encodings[which])]);
    }
}

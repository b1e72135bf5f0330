//! The bundled pages: raw records of invented publishers, compiled into the binary, that show what the worker does.
//!
//! Owns the reading of `config/samples/manifest.toml`, the only list of them, and the making of a record from its line: envelope or raw
//! body, compressed or not. It never parses a page, and never gives a record that depends on anything but those files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::article::Millis;
use crate::article::input::ContentEncoding;

const MANIFEST: &str = include_str!("../config/samples/manifest.toml");

/// Every other file of `config/samples`, by name.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// A raw record, ready to be produced to `news.raw`, and what becomes of it when all are sent in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its name, unique, of small letters, digits and hyphens.
    pub name: String,
    /// What it shows, in a line.
    pub shows: String,
    /// `published`, `updated`, `withdrawn`, or `duplicate` or `dead_letter` with the kind or code after a space.
    pub becomes: String,
    /// The record's key: the URL, where there is one.
    pub key: Option<Vec<u8>>,
    /// The record's value; none is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The record's headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// The record's timestamp, milliseconds since the epoch.
    pub timestamp: i64,
}

/// All samples in the order in which they are sent.
pub fn bundled() -> Vec<Sample> {
    read(MANIFEST).expect("a test reads the manifest that is compiled in")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    sample: Vec<Line>,
}

/// A sample in the manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    shows: String,
    becomes: String,
    /// The page, a file beside the manifest; none for a withdrawal.
    file: Option<String>,
    #[serde(rename = "as")]
    form: Form,
    at: Millis,
    url: Option<String>,
    fetched_at: Option<Millis>,
    compress: Option<ContentEncoding>,
    /// How often the page stands in the body, for pages too large to be kept here.
    #[serde(default = "once")]
    repeat: usize,
    /// Further keys of the envelope.
    #[serde(default)]
    envelope: Map<String, Value>,
    /// Further headers of the record.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// The form in which a page is sent.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// An envelope with `html`.
    Html,
    /// An envelope with `text`.
    Text,
    /// An envelope with `body_base64`.
    Base64,
    /// An envelope with `withdrawn`.
    Withdrawn,
    /// The page's bytes as the value, the facts in headers.
    Raw,
    /// No value, the URL in the headers.
    Tombstone,
}

fn once() -> usize {
    1
}

/// Reads a manifest; a message where it is wrong.
fn read(manifest: &str) -> Result<Vec<Sample>, String> {
    let manifest: Manifest = toml::from_str(manifest).map_err(|error| error.to_string())?;
    let mut samples: Vec<Sample> = Vec::with_capacity(manifest.sample.len());
    for line in manifest.sample {
        let name = line.name.clone();
        if samples.iter().any(|sample| sample.name == name) {
            return Err(format!("{name}: a second sample of this name"));
        }
        samples.push(record(line).map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(samples)
}

fn record(mut line: Line) -> Result<Sample, String> {
    let (value, headers) = match line.form {
        Form::Raw => (Some(body(&line)?), headers(&mut line)),
        Form::Tombstone => (None, headers(&mut line)),
        Form::Html | Form::Text | Form::Base64 | Form::Withdrawn => {
            let envelope = envelope(&mut line)?;
            line.headers.insert("content-type".into(), "application/json".into());
            (Some(envelope), line.headers)
        }
    };
    Ok(Sample {
        name: line.name,
        shows: line.shows,
        becomes: line.becomes,
        key: line.url.map(String::into_bytes),
        value,
        headers: headers.into_iter().map(|(name, value)| (name, Some(value.into_bytes()))).collect(),
        timestamp: line.at.0,
    })
}

/// The facts of a record without an envelope.
fn headers(line: &mut Line) -> BTreeMap<String, String> {
    let mut headers = std::mem::take(&mut line.headers);
    let facts = [("url", line.url.clone()), ("fetched-at", line.fetched_at.map(|at| at.to_string())), ("content-encoding", line.compress.map(name_of))];
    headers.extend(facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    headers
}

fn envelope(line: &mut Line) -> Result<Vec<u8>, String> {
    let mut envelope = Map::new();
    let facts = [("url", line.url.clone()), ("fetched_at", line.fetched_at.map(|at| at.to_string())), ("content_encoding", line.compress.map(name_of))];
    envelope.extend(facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))));
    envelope.append(&mut line.envelope);
    let (key, page) = match line.form {
        Form::Html => ("html", Value::from(utf8(body(line)?)?)),
        Form::Text => ("text", Value::from(utf8(body(line)?)?)),
        Form::Base64 => ("body_base64", Value::from(STANDARD.encode(body(line)?))),
        Form::Withdrawn | Form::Raw | Form::Tombstone => ("withdrawn", Value::from(true)),
    };
    envelope.insert(key.into(), page);
    Ok(Value::Object(envelope).to_string().into_bytes())
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "the page is not UTF-8: send it as base64 or raw".into())
}

fn body(line: &Line) -> Result<Vec<u8>, String> {
    let name = line.file.as_deref().ok_or("no file")?;
    let (_, page) = FILES.iter().find(|(file, _)| *file == name).ok_or_else(|| format!("no file {name}"))?;
    let page = page.repeat(line.repeat);
    match line.compress {
        None => Ok(page),
        Some(how) => compress(&page, how).map_err(|error| error.to_string()),
    }
}

fn compress(page: &[u8], how: ContentEncoding) -> io::Result<Vec<u8>> {
    match how {
        ContentEncoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(page)?;
            encoder.finish()
        }
        ContentEncoding::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(page)?;
            encoder.finish()
        }
        ContentEncoding::Br => {
            let mut out = Vec::new();
            brotli::BrotliCompress(&mut &page[..], &mut out, &brotli::enc::BrotliEncoderParams::default())?;
            Ok(out)
        }
        ContentEncoding::Zstd => zstd::encode_all(page, 0),
    }
}

fn name_of(how: ContentEncoding) -> String {
    let name = match how {
        ContentEncoding::Gzip => "gzip",
        ContentEncoding::Br => "br",
        ContentEncoding::Zstd => "zstd",
        ContentEncoding::Deflate => "deflate",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_every_file_and_no_other() {
        let manifest: Manifest = toml::from_str(MANIFEST).unwrap();
        assert_eq!(bundled().len(), manifest.sample.len());
        for (file, _) in FILES {
            assert!(manifest.sample.iter().any(|line| line.file.as_deref() == Some(file)), "{file} is sent by no sample");
        }
    }

    #[test]
    fn a_line_that_can_not_be_sent_is_named() {
        let line = |rest: &str| format!("[[sample]]\nname = \"a\"\nshows = \"\"\nbecomes = \"published\"\nat = \"2026-03-02T07:00:00Z\"\n{rest}\n");
        for (rest, message) in [
            ("as = \"raw\"", "a: no file"),
            ("as = \"raw\"\nfile = \"none.html\"", "a: no file none.html"),
            ("as = \"fax\"", "unknown variant"),
            ("as = \"tombstone\"\nfetched = \"\"", "unknown field"),
        ] {
            let error = read(&line(rest)).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        let twice = line("as = \"tombstone\"").repeat(2);
        assert!(read(&twice).unwrap_err().contains("a second sample"), "{twice}");
    }
}

//! The hostile records of `tests/hostile/`: a recipe a record, in TOML, small however large the record is.
//!
//! A recipe names the record's key, value and headers (none of them need be there). Each is made of pieces: a string, a list of
//! pieces, or one of `{ repeat = PIECE, times = N }`, `{ hex = "ff00" }`, `{ json = PIECE }` (the text as a JSON string),
//! `{ base64 = PIECE }`, `{ gzip = PIECE }`.

// Each test file uses a part of it.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::io::Write;
use std::path::Path;

use base64::Engine;
use serde::Deserialize;

/// A header as Kafka holds it.
pub type Header = (Vec<u8>, Option<Vec<u8>>);

/// A record, ready to be produced.
#[derive(Clone, Debug)]
pub struct Hostile {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}

/// How a record is made.
#[derive(Debug)]
pub struct Recipe {
    pub name: String,
    pub shows: String,
    /// `event`, or the code of the dead letter, where that is sure.
    pub becomes: Option<String>,
    parts: Parts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    shows: String,
    becomes: Option<String>,
    key: Option<Piece>,
    value: Option<Piece>,
    #[serde(default)]
    headers: Vec<HeaderParts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderParts {
    name: Piece,
    value: Option<Piece>,
    #[serde(default = "one")]
    times: usize,
}

fn one() -> usize {
    1
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Piece {
    Text(String),
    List(Vec<Piece>),
    Repeat { repeat: Box<Piece>, times: usize },
    Hex { hex: String },
    Json { json: Box<Piece> },
    Base64 { base64: Box<Piece> },
    Gzip { gzip: Box<Piece> },
}

impl Piece {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Piece::Text(text) => text.clone().into_bytes(),
            Piece::List(pieces) => pieces.iter().flat_map(Piece::bytes).collect(),
            Piece::Repeat { repeat, times } => repeat.bytes().repeat(*times),
            Piece::Hex { hex } => (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect(),
            Piece::Json { json } => serde_json::to_vec(&String::from_utf8(json.bytes()).unwrap()).unwrap(),
            Piece::Base64 { base64 } => base64::engine::general_purpose::STANDARD.encode(base64.bytes()).into_bytes(),
            Piece::Gzip { gzip } => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&gzip.bytes()).unwrap();
                encoder.finish().unwrap()
            }
        }
    }
}

impl Recipe {
    /// Makes the record.
    pub fn record(&self) -> Hostile {
        let header = |parts: &HeaderParts| vec![(parts.name.bytes(), parts.value.as_ref().map(Piece::bytes)); parts.times];
        Hostile {
            key: self.parts.key.as_ref().map(Piece::bytes),
            value: self.parts.value.as_ref().map(Piece::bytes),
            headers: self.parts.headers.iter().flat_map(header).collect(),
        }
    }
}

/// All recipes, by name.
pub fn recipes() -> Vec<Recipe> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(|file| file.extension().is_some()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let mut parts: Parts = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        Recipe { name, shows: std::mem::take(&mut parts.shows), becomes: parts.becomes.take(), parts }
    };
    files.iter().map(read).collect()
}

/// All records with their names.
pub fn records() -> Vec<(String, Hostile)> {
    recipes().into_iter().map(|recipe| (recipe.name.clone(), recipe.record())).collect()
}

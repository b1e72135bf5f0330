//! Decompression with a bound on what comes out, in bytes and as a ratio to what went in.
//!
//! Output is read a buffer at a time, so no more than the limit and a buffer is ever held. A stream that ends early and bytes
//! after its end are refused: either means that the record is not what its sender meant.

use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::article::input::ContentEncoding;
use crate::article::{DeadLetterCode, Refusal};
use crate::config::ParseSettings;
use crate::parse::decode::{oversize, refuse};

const BUFFER: usize = 64 << 10;
/// Small pages may compress as well as they like.
const RATIO_FREE_BYTES: usize = 256 << 10;
/// The largest window a zstd frame may ask for: 16 MiB, the smallest power of two that holds a body of the default limit.
const ZSTD_WINDOW_LOG_MAX: u32 = 24;

/// Why a stream could not be read to its end.
enum Failure {
    Broken,
    TooLarge,
}

/// The most bytes that so many compressed ones may become.
pub(in crate::parse) fn most_bytes(compressed: usize, settings: &ParseSettings) -> usize {
    let by_ratio = compressed.saturating_mul(settings.max_decompression_ratio).saturating_add(RATIO_FREE_BYTES);
    settings.max_body_bytes.min(by_ratio)
}

/// Decompresses a whole body.
pub(in crate::parse) fn inflate(bytes: &[u8], encoding: ContentEncoding, settings: &ParseSettings) -> Result<Vec<u8>, Refusal> {
    let limit = most_bytes(bytes.len(), settings);
    let result = match encoding {
        ContentEncoding::Gzip => read_all(MultiGzDecoder::new(bytes), limit),
        ContentEncoding::Br => read_all(brotli::Decompressor::new(bytes, BUFFER), limit),
        ContentEncoding::Zstd => zstd(bytes, limit),
        ContentEncoding::Deflate => deflate(bytes, limit),
    };
    match result {
        Ok(out) => Ok(out),
        Err(Failure::Broken) => Err(refuse(DeadLetterCode::Undecodable, format!("the {} stream is damaged, cut, or followed by other bytes", name(encoding)))),
        Err(Failure::TooLarge) if limit < settings.max_body_bytes => {
            Err(refuse(DeadLetterCode::Oversize, format!("{} bytes decompress to more than {} times as many", bytes.len(), settings.max_decompression_ratio)))
        }
        Err(Failure::TooLarge) => Err(oversize(limit.saturating_add(1), settings)),
    }
}

fn name(encoding: ContentEncoding) -> &'static str {
    match encoding {
        ContentEncoding::Gzip => "gzip",
        ContentEncoding::Br => "br",
        ContentEncoding::Zstd => "zstd",
        ContentEncoding::Deflate => "deflate",
    }
}

fn zstd(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut decoder = ::zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| Failure::Broken)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| Failure::Broken)?;
    read_all(decoder, limit)
}

/// RFC 1950 where the header says so, else raw RFC 1951, as some servers send it.
fn deflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let looks_like_zlib = bytes.len() > 2 && bytes[0] & 0x0f == 8 && (u16::from(bytes[0]) << 8 | u16::from(bytes[1])) % 31 == 0;
    if looks_like_zlib {
        let mut decoder = ZlibDecoder::new(bytes);
        match read_all(&mut decoder, limit) {
            Ok(out) if decoder.get_ref().is_empty() => return Ok(out),
            Err(Failure::TooLarge) => return Err(Failure::TooLarge),
            _ => {}
        }
    }
    let mut decoder = DeflateDecoder::new(bytes);
    let out = read_all(&mut decoder, limit)?;
    if decoder.get_ref().is_empty() { Ok(out) } else { Err(Failure::Broken) }
}

fn read_all(mut reader: impl Read, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer) {
            // The brotli reader tells of bytes after the stream's end only when it is asked again.
            Ok(0) => return if matches!(reader.read(&mut buffer), Ok(0)) { Ok(out) } else { Err(Failure::Broken) },
            Ok(n) if out.len() + n > limit => return Err(Failure::TooLarge),
            Ok(n) => out.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Failure::Broken),
        }
    }
}

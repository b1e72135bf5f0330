//! Lines of input envelopes, from a file or a pipe, plain or gzip.
//!
//! A line goes on byte for byte; it is only looked at for its URL, which becomes the key. No more than one line of the allowed length is in memory.

use std::borrow::Cow;
use std::io::{self, Read};

use serde::Deserialize;

use super::Page;
use super::stream::{Mark, Stream};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// An envelope.
    Envelope(Page),
    /// A JSON object it is not.
    Bad(String),
    /// Beyond the limit; its bytes.
    TooLong(u64),
}

/// Reads lines. Blank ones are counted and not handed out.
pub struct LineReader<R> {
    stream: Stream<R>,
    limit: usize,
    number: u64,
}

impl<R: Read> LineReader<R> {
    /// Reads on from where the stream stands, which is after so many lines; longer ones than `limit` bytes are passed over.
    pub fn new(stream: Stream<R>, limit: usize, done: u64) -> LineReader<R> {
        LineReader { stream, limit, number: done }
    }

    /// From where reading goes on.
    pub fn mark(&self) -> Mark {
        self.stream.mark()
    }

    /// Bytes of the file that are done.
    pub fn bytes_done(&self) -> u64 {
        self.stream.bytes_done()
    }

    /// Lines that are done; the number of the last one, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// The file can't be read any further, or its compression is damaged.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some((line, length)) = self.line()? else { return Ok(None) };
            self.number += 1;
            if length > self.limit as u64 {
                return Ok(Some(Line::TooLong(length)));
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(envelope(line)));
            }
        }
    }

    /// A line without its end, as far as the limit and a buffer go, and its whole length.
    fn line(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        let mut line = Vec::new();
        let mut length = 0;
        loop {
            let bytes = self.stream.fill()?;
            if bytes.is_empty() {
                if self.stream.advance()? {
                    continue;
                }
                return Ok((length > 0).then_some((line, length)));
            }
            let end = memchr::memchr(b'\n', bytes);
            let n = end.unwrap_or(bytes.len());
            if line.len() <= self.limit {
                line.extend_from_slice(&bytes[..n]);
            }
            length += n as u64;
            self.stream.consume(end.map_or(n, |end| end + 1));
            if end.is_some() {
                return Ok(Some((line, length)));
            }
        }
    }
}

/// What the key is made of. A URL of another type is the worker's to refuse.
#[derive(Deserialize)]
struct Address<'a> {
    #[serde(borrow, default)]
    url: Option<Text<'a>>,
    #[serde(borrow, default)]
    final_url: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text<'a> {
    Is(#[serde(borrow)] Cow<'a, str>),
    IsNot(serde::de::IgnoredAny),
}

impl Text<'_> {
    fn of(text: Option<Text<'_>>) -> Option<String> {
        match text {
            Some(Text::Is(url)) if !url.trim().is_empty() => Some(url.trim().to_owned()),
            _ => None,
        }
    }
}

fn envelope(line: Vec<u8>) -> Line {
    let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
    // An array would do for the reader, but not for the contract.
    let is_object = text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    match serde_json::from_slice::<Address<'_>>(text) {
        Ok(address) if is_object => {
            let key = Text::of(address.url).or(Text::of(address.final_url));
            Line::Envelope(Page { key, value: line, headers: vec![("content-type", "application/json".to_owned())], place: String::new() })
        }
        Ok(_) => Line::Bad("no JSON object".to_owned()),
        Err(error) => Line::Bad(format!("no envelope: {:?} error at column {}", error.classify(), error.column()).to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::parse::decode::tests::compress;

    fn read(bytes: &[u8], limit: usize) -> Vec<(u64, Line)> {
        let mut reader = LineReader::new(Stream::new(Cursor::new(bytes.to_vec())).unwrap(), limit, 0);
        std::iter::from_fn(|| reader.next_line().unwrap().map(|line| (reader.number(), line))).collect()
    }

    fn key(line: &Line) -> Option<&str> {
        match line {
            Line::Envelope(page) => page.key.as_deref(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn envelopes_go_on_as_they_are_and_bad_lines_are_told() {
        let text = concat!(
            "{\"url\": \"https://bay.example/1\", \"html\": \"<p>a</p>\"}\r\n",
            "\n",
            "{\"url\": \"https://bay.example/2\", \"html\": \"<p>\n",
            "[\"https://bay.example/3\", \"b\"]\n",
            "7\n",
            "{\"text\": \"no address\", \"url\": 7, \"final_url\": \"https://bay.example/\\u0034\"}\n",
            "  \n",
            "{\"text\": \"no address at all\"}"
        );
        let lines = read(text.as_bytes(), 1000);
        let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 3, 4, 5, 6, 8]);
        assert_eq!(key(&lines[0].1), Some("https://bay.example/1"));
        assert!(lines[1..4].iter().all(|(_, line)| matches!(line, Line::Bad(_))), "{lines:?}");
        assert_eq!(key(&lines[4].1), Some("https://bay.example/4"));
        assert_eq!(key(&lines[5].1), None);
        let Line::Envelope(page) = &lines[0].1 else { panic!() };
        assert_eq!(page.value, text.lines().next().unwrap().as_bytes().iter().chain(b"\r").copied().collect::<Vec<_>>());
        assert_eq!(page.headers, [("content-type", "application/json".to_owned())]);
    }

    #[test]
    fn compressed_files_and_long_lines() {
        let long = format!("{{\"url\": \"https://bay.example/long\", \"text\": \"{}\"}}\n", "x".repeat(200_000));
        let short = "{\"url\": \"https://bay.example/short\"}\n";
        let all = format!("{short}{long}{short}");
        // A line may go over from one member to the next.
        let gz = [&all[..20], &all[20..100_000], &all[100_000..]].map(|part| compress(part.as_bytes(), "gzip")).concat();
        for file in [all.as_bytes(), &gz] {
            let lines = read(file, 1000);
            assert_eq!(lines.len(), 3);
            assert_eq!(lines[1].1, Line::TooLong(long.len() as u64 - 1));
            assert_eq!((key(&lines[0].1), key(&lines[2].1)), (Some("https://bay.example/short"), Some("https://bay.example/short")));
            assert_eq!(read(file, 1_000_000).iter().filter(|(_, line)| key(line).is_some()).count(), 3);
        }
    }

    #[test]
    fn goes_on_from_every_mark() {
        let text: String = (0..50).map(|n| format!("{{\"url\": \"https://bay.example/{n}\"}}\n")).collect();
        for file in [text.clone().into_bytes(), compress(text.as_bytes(), "gzip")] {
            let mut first = LineReader::new(Stream::new(Cursor::new(file.clone())).unwrap(), 1000, 0);
            for done in 0..50 {
                let stream = Stream::open_at(Cursor::new(file.clone()), first.mark()).unwrap();
                let mut again = LineReader::new(stream, 1000, first.number());
                let line = again.next_line().unwrap().unwrap();
                assert_eq!(key(&line), Some(format!("https://bay.example/{done}").as_str()));
                assert_eq!(again.number(), done + 1);
                first.next_line().unwrap();
            }
        }
    }
}

//! Records of a web archive (WARC, ISO 28500), plain or with a gzip member a record, as crawls publish them.
//!
//! One record is in memory at a time, and none that is larger than a page may be. A record counts once its end was seen where its length says,
//! and in a gzip member its checksum is right. What is damaged is told, and reading goes on at the next record that can be found.

use std::io::{self, Read, Seek};

use super::head::{Fields, first_line};
use super::stream::{Mark, Stream, is_damage};

/// How every record begins.
const MAGIC: &[u8] = b"WARC/";
/// The most bytes of a record's own head.
const HEAD_LIMIT: usize = 64 << 10;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A response, with everything in it.
    Response {
        /// The record's fields.
        fields: Fields,
        /// The HTTP response, head and body.
        block: Vec<u8>,
    },
    /// Of another type.
    Other,
    /// A response beyond the limit.
    TooLarge {
        /// Where it was fetched.
        url: Option<String>,
        /// Its length.
        bytes: u64,
    },
    /// Unreadable, from here to where reading goes on.
    Damaged {
        /// Where it begins.
        begin: Mark,
        /// What is wrong.
        what: String,
    },
}

/// Reads an archive's records.
pub struct WarcReader<R> {
    stream: Stream<R>,
    limit: usize,
}

impl<R: Read + Seek> WarcReader<R> {
    /// Reads on from where the stream stands; responses of more bytes than `limit` are passed over.
    pub fn new(stream: Stream<R>, limit: usize) -> WarcReader<R> {
        WarcReader { stream, limit }
    }

    /// From where reading goes on.
    pub fn mark(&self) -> Mark {
        self.stream.mark()
    }

    /// Bytes of the file that are done.
    pub fn bytes_done(&self) -> u64 {
        self.stream.bytes_done()
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// The file can't be read any further.
    pub fn next_record(&mut self) -> io::Result<Option<Record>> {
        let mut begin = self.stream.mark();
        match self.record(&mut begin) {
            Err(error) if is_damage(&error) => {
                self.stream.recover(begin, MAGIC)?;
                Ok(Some(Record::Damaged { begin, what: error.to_string() }))
            }
            other => other,
        }
    }

    fn record(&mut self, begin: &mut Mark) -> io::Result<Option<Record>> {
        loop {
            self.skip_line_ends()?;
            *begin = self.stream.mark();
            if !self.stream.fill()?.is_empty() {
                break;
            }
            if !self.stream.advance()? {
                return Ok(None);
            }
            *begin = self.stream.mark();
        }
        let head = self.head()?;
        let (_, rest) = first_line(&head);
        let fields = Fields::read(rest);
        let length = fields.get("content-length").and_then(|length| length.parse::<u64>().ok());
        let length = length.ok_or_else(|| damage("the record does not say how long it is"))?;
        let is_response = fields.get("warc-type").is_some_and(|kind| kind.eq_ignore_ascii_case("response"));
        let fits = length <= self.limit as u64;
        let block = self.block(length, is_response && fits)?;
        self.check_end()?;
        Ok(Some(match (is_response, fits) {
            (false, _) => Record::Other,
            (true, false) => Record::TooLarge { url: fields.get("warc-target-uri").map(str::to_owned), bytes: length },
            (true, true) => Record::Response { fields, block },
        }))
    }

    fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.stream.fill()?;
            let n = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            if n == 0 {
                return Ok(());
            }
            self.stream.consume(n);
        }
    }

    /// The first line and the fields, up to the empty line.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head: Vec<u8> = Vec::with_capacity(1024);
        loop {
            let bytes = self.stream.fill()?;
            if bytes.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends within a record's head"));
            }
            let n = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            head.extend_from_slice(&bytes[..n]);
            self.stream.consume(n);
            let seen = head.len().min(MAGIC.len());
            if head[..seen] != MAGIC[..seen] || head.len() > HEAD_LIMIT {
                return Err(damage("no record begins here"));
            }
            if head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n") {
                return Ok(head);
            }
        }
    }

    /// Reads over the block, and keeps it if asked to.
    fn block(&mut self, length: u64, keep: bool) -> io::Result<Vec<u8>> {
        let mut block = Vec::new();
        let mut left = length;
        while left > 0 {
            let bytes = self.stream.fill()?;
            let n = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if n == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the record is cut: {left} of its {length} bytes are missing")));
            }
            if keep {
                block.extend_from_slice(&bytes[..n]);
            }
            self.stream.consume(n);
            left -= n as u64;
        }
        Ok(block)
    }

    /// After a record there is another, or nothing. Reading to a member's end checks its checksum too.
    fn check_end(&mut self) -> io::Result<()> {
        self.skip_line_ends()?;
        let bytes = self.stream.fill()?;
        let seen = bytes.len().min(MAGIC.len());
        if bytes[..seen] == MAGIC[..seen] { Ok(()) } else { Err(damage("the record is longer than it says")) }
    }
}

fn damage(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::parse::decode::tests::compress;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        compress(bytes, "gzip")
    }

    fn record(kind: &str, number: usize, block: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://bay.example/{number}\r\nContent-Length: {}\r\n\r\n", block.len()).into_bytes();
        bytes.extend_from_slice(block);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    }

    /// Five responses, a request after each. No two blocks are alike, and none can be compressed.
    fn records() -> Vec<Vec<u8>> {
        let block = |n: usize| (0..3000).map(|i: usize| xxhash_rust::xxh3::xxh3_64(&[n as u8, (i >> 8) as u8, i as u8]) as u8).collect::<Vec<u8>>();
        (0..5).flat_map(|n| [record("response", n, &block(n)), record("request", n, b"GET / HTTP/1.1\r\n\r\n")]).collect()
    }

    fn reader(file: &[u8], mark: Mark) -> WarcReader<Cursor<Vec<u8>>> {
        WarcReader::new(Stream::open_at(Cursor::new(file.to_vec()), mark).unwrap(), 10_000)
    }

    /// Each record in a word or two.
    fn read(file: &[u8], mark: Mark) -> Vec<String> {
        let mut reader = reader(file, mark);
        let mut all = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            assert!(all.len() < 1000, "it does not end");
            all.push(match record {
                Record::Response { fields, block } => format!("{} {}", fields.get("warc-target-uri").unwrap(), block.len()),
                Record::Other => "other".to_owned(),
                Record::TooLarge { url, bytes } => format!("{} too large: {bytes}", url.unwrap_or_default()),
                Record::Damaged { what, .. } => format!("damaged: {what}"),
            });
        }
        all
    }

    fn whole() -> Vec<String> {
        (0..5).flat_map(|n| [format!("https://bay.example/{n} 3000"), "other".to_owned()]).collect()
    }

    #[test]
    fn reads_plain_a_member_a_record_and_one_member_for_all() {
        let plain = records().concat();
        let members: Vec<u8> = records().iter().flat_map(|r| gzip(r)).collect();
        for file in [&plain, &members, &gzip(&plain)] {
            assert_eq!(read(file, Mark::default()), whole());
        }
        assert_eq!(read(b"", Mark::default()), Vec::<String>::new());
    }

    #[test]
    fn goes_on_from_every_mark() {
        let plain = records().concat();
        let members: Vec<u8> = records().iter().flat_map(|r| gzip(r)).collect();
        for file in [&plain, &members, &gzip(&plain)] {
            let mut first = reader(file, Mark::default());
            for done in 0..=10 {
                assert_eq!(read(file, first.mark()), whole()[done..], "after {done}");
                assert_eq!(first.next_record().unwrap().is_some(), done < 10);
            }
        }
    }

    #[test]
    fn a_cut_file_gives_what_is_whole() {
        for compress in [false, true] {
            let parts: Vec<Vec<u8>> = records().iter().map(|r| if compress { gzip(r) } else { r.clone() }).collect();
            let mut file = parts[..4].concat();
            let whole_bytes = file.len();
            file.extend_from_slice(&parts[4][..parts[4].len() / 2]);
            let found = read(&file, Mark::default());
            assert_eq!(found[..4], whole()[..4]);
            assert!(found.len() == 5 && found[4].starts_with("damaged"), "{found:?}");
            assert_eq!(read(&file[..whole_bytes], Mark::default()), whole()[..4]);
        }
    }

    #[test]
    fn damage_in_the_middle_costs_one_record() {
        let parts: Vec<Vec<u8>> = records().iter().map(|r| gzip(r)).collect();
        let start: usize = parts[..4].iter().map(Vec::len).sum();
        let file = parts.concat();
        // In the member's header, its data, its checksum; and a gap of zeros.
        for (from, to) in [(0, 2), (40, 60), (1500, 1501), (parts[4].len() - 8, parts[4].len() - 6), (100, 2000)] {
            let mut broken = file.clone();
            broken[start + from..start + to].iter_mut().for_each(|b| *b = !*b);
            let found = read(&broken, Mark::default());
            let good: Vec<&String> = found.iter().filter(|f| !f.starts_with("damaged")).collect();
            let expected: Vec<String> = whole().into_iter().enumerate().filter(|(i, _)| *i != 4).map(|(_, r)| r).collect();
            assert_eq!(good, expected.iter().collect::<Vec<_>>(), "{from}..{to}");
            assert_eq!(found.len(), 10, "{found:?}");
        }
    }

    #[test]
    fn damage_to_the_first_bytes_costs_one_record() {
        let mut file: Vec<u8> = records().iter().flat_map(|r| gzip(r)).collect();
        file[0] = b'x';
        let found = read(&file, Mark::default());
        assert!(found[0].starts_with("damaged"), "{found:?}");
        assert_eq!(found[1..], whole()[1..]);
    }

    #[test]
    fn a_wrong_length_in_a_plain_file_costs_one_record() {
        for wrong in ["2000", "4000", "9000", "x"] {
            let mut parts = records();
            let text = String::from_utf8_lossy(&parts[4][..150]).into_owned();
            let at = text.find("3000").unwrap();
            parts[4].splice(at..at + 4, wrong.bytes());
            let found = read(&parts.concat(), Mark::default());
            assert_eq!(found[..4], whole()[..4]);
            assert!(found[4].starts_with("damaged"), "{wrong}: {found:?}");
            assert_eq!(found[5..], whole()[5..], "{wrong}");
        }
    }

    #[test]
    fn large_records_are_passed_over_and_a_length_that_lies_takes_no_memory() {
        let large = record("response", 7, &vec![b'x'; 10_001]);
        let lies = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999\r\n\r\nshort".to_vec();
        let file = [gzip(&large), gzip(&lies), gzip(&records()[0])].concat();
        let found = read(&file, Mark::default());
        assert_eq!(found[0], "https://bay.example/7 too large: 10001");
        assert!(found[1].starts_with("damaged: the record is cut"), "{found:?}");
        assert_eq!(found[2..], whole()[..1]);
    }

    #[test]
    fn a_damaged_place_is_not_told_twice() {
        let parts: Vec<Vec<u8>> = records().iter().map(|r| gzip(r)).collect();
        let mut file = parts.concat();
        let start: usize = parts[..2].iter().map(Vec::len).sum();
        file[start + 200] ^= 0xff;
        let mut first = reader(&file, Mark::default());
        while !matches!(first.next_record().unwrap(), Some(Record::Damaged { .. })) {}
        assert_eq!(read(&file, first.mark()), whole()[3..]);
    }
}

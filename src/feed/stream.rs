//! A file's bytes, plain or gzip, with the mark from which reading can go on.
//!
//! A gzip file is read member by member: the end of a member is an end until [`Stream::advance`], so that a damaged one costs no other.
//! Nothing is kept but two buffers of 64 KiB, whatever the file holds.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;
use memchr::memmem;

const BUFFER: usize = 64 << 10;
/// How a gzip member begins whose method is deflate, the only one there is (RFC 1952).
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// A place in a file from which it can be read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Byte offset; in a gzip file that of a member.
    pub offset: u64,
    /// Decompressed bytes of the member before the place; 0 in a plain file.
    pub inner: u64,
}

/// A buffered reader that counts what it hands out.
struct Raw<R> {
    reader: BufReader<R>,
    offset: u64,
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(out)?;
        self.offset += n as u64;
        Ok(n)
    }
}

impl<R: Read> BufRead for Raw<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.reader.consume(n);
        self.offset += n as u64;
    }
}

impl<R: Read + Seek> Raw<R> {
    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(offset))?;
        self.offset = offset;
        Ok(())
    }

    /// Where `needle` stands at or after `from`.
    fn find(&mut self, from: u64, needle: &[u8]) -> io::Result<Option<u64>> {
        self.seek(from)?;
        let mut window: Vec<u8> = Vec::with_capacity(2 * BUFFER);
        loop {
            let chunk = self.fill_buf()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let n = chunk.len();
            window.extend_from_slice(chunk);
            self.consume(n);
            let start = self.offset - window.len() as u64;
            if let Some(at) = memmem::find(&window, needle) {
                return Ok(Some(start + at as u64));
            }
            // A needle may begin at the end of this chunk.
            window.drain(..window.len() - (needle.len() - 1).min(window.len()));
        }
    }
}

enum Kind<R> {
    Plain(Raw<R>),
    Gzip(Box<Member<R>>),
}

struct Member<R> {
    decoder: GzDecoder<Raw<R>>,
    start: u64,
    inner: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl<R: Read> Member<R> {
    fn new(raw: Raw<R>) -> Member<R> {
        let start = raw.offset;
        Member { decoder: GzDecoder::new(raw), start, inner: 0, buffer: Vec::new(), at: 0 }
    }

    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.buffer.resize(BUFFER, 0);
            self.at = 0;
            let read = self.decoder.read(&mut self.buffer);
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        Ok(&self.buffer[self.at..])
    }
}

/// A file that is being read.
pub struct Stream<R>(Option<Kind<R>>);

impl<R: Read> Stream<R> {
    /// From where the reader stands, which is the beginning. Whether it is compressed is seen from its first bytes.
    ///
    /// # Errors
    /// It can't be read.
    pub fn new(reader: R) -> io::Result<Stream<R>> {
        Stream::at(reader, 0)
    }

    fn at(reader: R, offset: u64) -> io::Result<Stream<R>> {
        let mut raw = Raw { reader: BufReader::with_capacity(BUFFER, reader), offset };
        let is_gzip = raw.fill_buf()?.starts_with(&GZIP[..2]);
        Ok(Stream(Some(if is_gzip { Kind::Gzip(Box::new(Member::new(raw))) } else { Kind::Plain(raw) })))
    }

    fn kind(&mut self) -> &mut Kind<R> {
        self.0.as_mut().expect("put back by whoever takes it")
    }

    fn raw(&self) -> &Raw<R> {
        match self.0.as_ref().expect("put back by whoever takes it") {
            Kind::Plain(raw) => raw,
            Kind::Gzip(member) => member.decoder.get_ref(),
        }
    }

    /// The bytes that come next; none at the end of the file or of a member.
    ///
    /// # Errors
    /// A damaged member has another kind than a file that can't be read: see [`is_damage`].
    pub fn fill(&mut self) -> io::Result<&[u8]> {
        match self.kind() {
            Kind::Plain(raw) => raw.fill_buf(),
            Kind::Gzip(member) => member.fill(),
        }
    }

    /// Takes so many of the bytes that [`Self::fill`] gave.
    pub fn consume(&mut self, n: usize) {
        match self.kind() {
            Kind::Plain(raw) => raw.consume(n),
            Kind::Gzip(member) => {
                member.at += n;
                member.inner += n as u64;
            }
        }
    }

    /// Goes on to the next member. False where there is none, and in a plain file.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn advance(&mut self) -> io::Result<bool> {
        let Some(Kind::Gzip(member)) = &mut self.0 else { return Ok(false) };
        if member.decoder.get_mut().fill_buf()?.is_empty() {
            return Ok(false);
        }
        if let Some(Kind::Gzip(member)) = self.0.take() {
            self.0 = Some(Kind::Gzip(Box::new(Member::new(member.decoder.into_inner()))));
        }
        Ok(true)
    }

    /// From where reading goes on.
    pub fn mark(&self) -> Mark {
        match self.0.as_ref().expect("put back by whoever takes it") {
            Kind::Plain(raw) => Mark { offset: raw.offset, inner: 0 },
            Kind::Gzip(member) => Mark { offset: member.start, inner: member.inner },
        }
    }

    /// Bytes of the file that are done, for a progress bar.
    pub fn bytes_done(&self) -> u64 {
        self.raw().offset
    }
}

impl<R: Read + Seek> Stream<R> {
    /// From a mark that an earlier stream over the same file gave.
    ///
    /// # Errors
    /// The file can't be read, or has no such place.
    pub fn open_at(mut reader: R, mark: Mark) -> io::Result<Stream<R>> {
        reader.seek(SeekFrom::Start(mark.offset))?;
        let mut stream = Stream::at(reader, mark.offset)?;
        while stream.mark().inner < mark.inner {
            let left = mark.inner - stream.mark().inner;
            let n = stream.fill()?.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if n == 0 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the file ends before the place to go on from"));
            }
            stream.consume(n);
        }
        Ok(stream)
    }

    /// After damage to what began at `begin`: goes to the next place where a record begins with `magic`, which is a line of a plain file or the
    /// beginning of a gzip member. False where there is none; the stream then stands at its end.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn recover(&mut self, begin: Mark, magic: &[u8]) -> io::Result<bool> {
        let mut raw = match self.0.take().expect("put back by whoever takes it") {
            Kind::Gzip(member) => member.decoder.into_inner(),
            Kind::Plain(mut raw) => {
                if let Some(at) = raw.find(begin.offset, &[b"\n", magic].concat())? {
                    raw.seek(at + 1)?;
                    self.0 = Some(Kind::Plain(raw));
                    return Ok(true);
                }
                // Damage to its first bytes makes a gzip file look plain.
                raw
            }
        };
        let mut from = begin.offset + 1;
        while let Some(at) = raw.find(from, &GZIP)? {
            raw.seek(at)?;
            let mut member = Member::new(raw);
            // These three bytes stand anywhere: what they begin must be a record.
            if member.fill().is_ok_and(|bytes| bytes.starts_with(magic)) {
                self.0 = Some(Kind::Gzip(Box::new(member)));
                return Ok(true);
            }
            raw = member.decoder.into_inner();
            from = at + 1;
        }
        self.0 = Some(Kind::Plain(raw));
        Ok(false)
    }
}

/// Whether an error tells of damaged contents, after which reading may go on elsewhere, and not of a file that can't be read.
pub fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::parse::decode::tests::compress;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        compress(bytes, "gzip")
    }

    fn rest<R: Read>(stream: &mut Stream<R>) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = stream.fill().unwrap().to_vec();
            stream.consume(bytes.len());
            all.extend_from_slice(&bytes);
            if bytes.is_empty() && !stream.advance().unwrap() {
                return all;
            }
        }
    }

    #[test]
    fn every_mark_is_a_place_to_go_on_from() {
        let text: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        let members = [gzip(&text[..5000]), gzip(b""), gzip(&text[5000..])].concat();
        for file in [text.clone(), members] {
            for done in [0, 1, 4999, 5000, 5001, 300_000, text.len()] {
                let mut stream = Stream::new(Cursor::new(file.clone())).unwrap();
                let mut left = done;
                while left > 0 {
                    let n = stream.fill().unwrap().len().min(left);
                    if n == 0 {
                        assert!(stream.advance().unwrap());
                    }
                    stream.consume(n);
                    left -= n;
                }
                let mut again = Stream::open_at(Cursor::new(file.clone()), stream.mark()).unwrap();
                assert_eq!(rest(&mut again), &text[done..], "{done} of {}", file.len());
            }
        }
    }

    #[test]
    fn a_needle_is_found_across_buffers() {
        for at in [0, 1, BUFFER - 3, BUFFER - 1, BUFFER, 3 * BUFFER - 2] {
            let mut bytes = vec![b'.'; at];
            bytes.extend_from_slice(b"\nWARC/1.0");
            let mut raw = Raw { reader: BufReader::with_capacity(BUFFER, Cursor::new(bytes)), offset: 0 };
            assert_eq!(raw.find(0, b"\nWARC/").unwrap(), Some(at as u64));
            assert_eq!(raw.find(at as u64 + 1, b"\nWARC/").unwrap(), None);
        }
    }
}

//! All files as one sequence of items, and the position in it.
//!
//! The same files give the same items in the same order, from any position that was given out before. One file is open at a time.

use std::fs::File;
use std::io::{self, Read, Stdin};
use std::path::Path;

use super::lines::{Line, LineReader};
use super::response;
use super::source::{Kind, SourceFile, Sources};
use super::stream::{Mark, Stream};
use super::warc::{Record, WarcReader};
use super::{Item, Page, Position, Reason};

/// Bytes that the head of a response may take beside its body.
const HEAD_BYTES: usize = 256 << 10;

/// What every page is given beside what its file says.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The publisher's domain.
    pub publisher_domain: Option<String>,
    /// When pages were fetched; where not given, the archive's date or the file's.
    pub fetched_at: Option<String>,
}

enum Open {
    Warc(WarcReader<File>),
    Lines(LineReader<File>),
}

/// The items of all files.
pub struct Sequence {
    files: Vec<SourceFile>,
    facts: Facts,
    /// Bytes of the largest page.
    limit: usize,
    position: Position,
    open: Option<Open>,
    /// Bytes of the files before the present one.
    bytes_before: u64,
}

impl Sequence {
    /// Begins, or goes on, at this position. Pages of more bytes than `limit` are passed over.
    pub fn new(sources: &Sources, facts: Facts, limit: usize, position: Position) -> Sequence {
        let bytes_before = sources.files.iter().take(position.file).map(|file| file.size).sum();
        Sequence { files: sources.files.clone(), facts, limit, position, open: None, bytes_before }
    }

    /// From where reading goes on after the items so far.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Bytes of the files that are done.
    pub fn bytes_done(&self) -> u64 {
        self.bytes_before
            + match &self.open {
                Some(Open::Warc(reader)) => reader.bytes_done(),
                Some(Open::Lines(reader)) => reader.bytes_done(),
                None => 0,
            }
    }

    /// The next item; none at the end.
    pub fn next_item(&mut self) -> Option<Item> {
        loop {
            let file = self.files.get(self.position.file)?;
            let (path, is_page) = (file.path.clone(), file.kind.is_page());
            let found = if is_page { page_of_file(file, self.limit).map(Some) } else { self.record() };
            match found {
                Ok(Some(item)) => {
                    if is_page {
                        self.next_file();
                    }
                    return Some(self.with_facts(item));
                }
                Ok(None) => self.next_file(),
                Err(error) => {
                    let rest = if self.position.record > 0 { " (the rest of the file is not sent)" } else { "" };
                    self.next_file();
                    return Some(Item::Unreadable(format!("{}: {error}{rest}", path.display())));
                }
            }
        }
    }

    fn next_file(&mut self) {
        self.bytes_before += self.files.get(self.position.file).map_or(0, |file| file.size);
        self.position = Position { file: self.position.file + 1, ..Position::default() };
        self.open = None;
    }

    /// The next record or line of the present file.
    fn record(&mut self) -> io::Result<Option<Item>> {
        let file = &self.files[self.position.file];
        if self.open.is_none() {
            let stream = Stream::open_at(file.open()?, Mark { offset: self.position.offset, inner: self.position.inner })?;
            self.open = Some(match file.kind {
                Kind::Warc => Open::Warc(WarcReader::new(stream, self.limit + HEAD_BYTES)),
                _ => Open::Lines(LineReader::new(stream, self.limit, self.position.record)),
            });
        }
        let (item, mark) = match self.open.as_mut() {
            Some(Open::Warc(reader)) => {
                let begin = reader.mark();
                let item = reader.next_record()?.map(|record| item_of_record(record, &file.path, begin));
                self.position.record += 1;
                (item, reader.mark())
            }
            Some(Open::Lines(reader)) => {
                let item = reader.next_line()?.map(|line| item_of_line(line, &file.path, reader.number()));
                self.position.record = reader.number();
                (item, reader.mark())
            }
            None => (None, Mark::default()),
        };
        (self.position.offset, self.position.inner) = (mark.offset, mark.inner);
        Ok(item)
    }

    /// What the caller says of every page wins over what its file says; envelopes say everything themselves.
    fn with_facts(&self, mut item: Item) -> Item {
        if let Item::Page(page) = &mut item
            && page.header("content-type") != Some("application/json")
        {
            if let Some(time) = &self.facts.fetched_at {
                page.headers.retain(|(name, _)| *name != "fetched-at");
                page.headers.push(("fetched-at", time.clone()));
            }
            page.headers.extend(self.facts.publisher_domain.clone().map(|domain| ("publisher-domain", domain)));
        }
        item
    }
}

fn page_of_file(file: &SourceFile, limit: usize) -> io::Result<Item> {
    let place = file.path.display().to_string();
    if file.size > limit as u64 {
        return Ok(Item::PassedOver { reason: Reason::TooLarge, place });
    }
    let mut value = Vec::new();
    // It may have grown since it was listed.
    file.open()?.take(limit as u64).read_to_end(&mut value)?;
    if value.iter().all(u8::is_ascii_whitespace) {
        return Ok(Item::PassedOver { reason: Reason::Empty, place });
    }
    let content_type = if file.kind == Kind::Html { "text/html" } else { "text/plain" };
    let mut headers = vec![("content-type", content_type.to_owned()), ("fetched-at", file.modified.to_string())];
    headers.extend(file.url.clone().map(|url| ("url", url)));
    Ok(Item::Page(Page { key: file.url.clone(), value, headers, place }))
}

fn item_of_record(record: Record, path: &Path, begin: Mark) -> Item {
    let place = |at: Mark, url: Option<&str>| match url {
        Some(url) => format!("{} at byte {}, {url}", path.display(), at.offset),
        None => format!("{} at byte {}", path.display(), at.offset),
    };
    match record {
        Record::Response { fields, block } => match response::page(&fields, block) {
            Ok(page) => Item::Page(Page { place: place(begin, page.key.as_deref()), ..page }),
            Err(reason) => Item::PassedOver { reason, place: place(begin, fields.get("warc-target-uri")) },
        },
        Record::Other => Item::PassedOver { reason: Reason::NotAResponse, place: place(begin, None) },
        Record::TooLarge { url, .. } => Item::PassedOver { reason: Reason::TooLarge, place: place(begin, url.as_deref()) },
        Record::Damaged { begin, what } => Item::Unreadable(format!("{}: {what}", place(begin, None))),
    }
}

fn item_of_line(line: Line, path: &Path, number: u64) -> Item {
    let place = format!("{}, line {number}", path.display());
    match line {
        Line::Envelope(page) => Item::Page(Page { place, ..page }),
        Line::Bad(what) => Item::Unreadable(format!("{place}: {what}")),
        Line::TooLong(_) => Item::PassedOver { reason: Reason::TooLarge, place },
    }
}

/// Envelopes from standard input: once, since nobody can go back in a pipe.
pub struct Piped {
    reader: LineReader<Stdin>,
    failed: bool,
}

impl Piped {
    /// Waits for the first bytes. Longer lines than `limit` bytes are passed over.
    ///
    /// # Errors
    /// Standard input can't be read.
    pub fn new(limit: usize) -> io::Result<Piped> {
        Ok(Piped { reader: LineReader::new(Stream::new(io::stdin())?, limit, 0), failed: false })
    }

    /// The next item; none at the end.
    pub fn next_item(&mut self) -> Option<Item> {
        if self.failed {
            return None;
        }
        match self.reader.next_line() {
            Ok(line) => Some(item_of_line(line?, Path::new("standard input"), self.reader.number())),
            Err(error) => {
                self.failed = true;
                Some(Item::Unreadable(format!("standard input: {error}")))
            }
        }
    }

    /// Bytes that were read.
    pub fn bytes_done(&self) -> u64 {
        self.reader.bytes_done()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::source::Naming;
    use super::*;
    use crate::parse::decode::tests::compress;

    fn warc(pages: std::ops::Range<usize>) -> Vec<u8> {
        let mut all = Vec::new();
        for n in pages {
            let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Archived page {n}</p>");
            let record = format!(
                "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2031-01-01T00:00:00Z\r\nWARC-Target-URI: https://bay.example/{n}\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
                block.len()
            );
            all.extend(compress(record.as_bytes(), "gzip"));
        }
        all
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("a.html", b"<p>A page</p>");
        write("b.warc.gz", &warc(0..5));
        let mut damaged = warc(5..9);
        let middle = damaged.len() / 3;
        damaged[middle] ^= 0x55;
        write("c.warc.gz", &damaged);
        write("d.jsonl", b"{\"url\": \"https://bay.example/line\"}\nnothing\n\n{\"url\": \"https://bay.example/last\"}\n");
        write("e.txt", b"  \n");
        write("f.txt", b"A page of plain text");
        folder
    }

    fn sources(folder: &Path) -> Sources {
        Sources::list(&[PathBuf::from(folder)], &Naming { url: None, base: Some("https://files.example/".parse().unwrap()) }).unwrap()
    }

    #[test]
    fn goes_on_from_every_position() {
        let folder = folder();
        let sources = sources(folder.path());
        let from = |position| Sequence::new(&sources, Facts::default(), 10_000, position);
        let mut first = from(Position::default());
        let mut all = Vec::new();
        let mut positions = vec![first.position()];
        while let Some(item) = first.next_item() {
            all.push(item);
            positions.push(first.position());
        }
        assert_eq!(first.bytes_done(), sources.bytes());
        let pages = all.iter().filter(|item| matches!(item, Item::Page(_))).count();
        let unreadable: Vec<&Item> = all.iter().filter(|item| matches!(item, Item::Unreadable(_))).collect();
        assert_eq!((pages, all.len()), (12, 15), "{all:?}");
        assert!(format!("{unreadable:?}").contains("c.warc.gz at byte") && format!("{unreadable:?}").contains("d.jsonl, line 2"), "{unreadable:?}");
        for (done, position) in positions.into_iter().enumerate() {
            let mut again = from(position);
            let rest: Vec<Item> = std::iter::from_fn(|| again.next_item()).collect();
            assert_eq!(rest, all[done..], "after {done}");
        }
    }

    #[test]
    fn facts_are_given_to_pages_and_not_to_envelopes() {
        let folder = folder();
        let facts = Facts { publisher_domain: Some("bay.example".into()), fetched_at: Some("2030-01-01T00:00:00Z".into()) };
        let pages = |facts| {
            let mut sequence = Sequence::new(&sources(folder.path()), facts, 10_000, Position::default());
            let items: Vec<Item> = std::iter::from_fn(|| sequence.next_item()).collect();
            items.into_iter().filter_map(|item| if let Item::Page(page) = item { Some(page) } else { None })
        };
        let mut kinds = [0, 0];
        for (page, plain) in pages(facts).zip(pages(Facts::default())) {
            let is_envelope = page.header("content-type") == Some("application/json");
            kinds[usize::from(is_envelope)] += 1;
            assert!(plain.header("fetched-at").is_some() != is_envelope);
            let expected = (!is_envelope).then_some("2030-01-01T00:00:00Z");
            assert_eq!((page.header("fetched-at"), page.header("publisher-domain")), (expected, expected.map(|_| "bay.example")));
        }
        assert_eq!(kinds, [10, 2]);
    }

    #[test]
    fn a_file_that_is_gone_and_one_that_is_too_large_stop_nothing() {
        let folder = folder();
        let listed = sources(folder.path());
        std::fs::remove_file(folder.path().join("b.warc.gz")).unwrap();
        let mut sequence = Sequence::new(&listed, Facts::default(), 15, Position::default());
        let items: Vec<Item> = std::iter::from_fn(|| sequence.next_item()).collect();
        assert!(items.iter().any(|item| matches!(item, Item::Unreadable(what) if what.contains("b.warc.gz"))));
        let large = items.iter().filter(|item| matches!(item, Item::PassedOver { reason: Reason::TooLarge, .. }));
        // Both envelopes and the text are longer than 15 bytes.
        assert_eq!(large.count(), 3, "{items:?}");
    }
}

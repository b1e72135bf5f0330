//! Reading tags: names and the attributes that are kept, by the tokenizer rules of the WHATWG HTML standard (section 13.2.5), simplified.
//! A tag whose `>` was forgotten ends where the next begins; a quote that is never closed ends with its tag.

use std::borrow::Cow;

use crate::parse::page::prune::Guard;
use crate::parse::page::tags;

/// The longest attribute value that is kept, in bytes.
const MAX_VALUE: usize = 8 << 10;

/// A start or end tag that was read.
pub(in crate::parse) struct Read<'a> {
    /// Where its `<` stands in the page; `None` for an element that no tag begins.
    pub(in crate::parse) begin: Option<usize>,
    pub(in crate::parse) name: Cow<'a, [u8]>,
    pub(in crate::parse) closing: bool,
    pub(in crate::parse) self_closing: bool,
    pub(in crate::parse) attributes: Vec<(&'static str, &'a str)>,
    pub(in crate::parse) end: usize,
}

impl<'a> Guard<'a> {
    /// Reads the tag at the cursor, which stands on `<`. Keeps only attributes that are wanted.
    pub(in crate::parse) fn read_tag(&mut self) -> Read<'a> {
        let closing = self.bytes[self.at + 1] == b'/';
        let mut at = self.at + 1 + usize::from(closing);
        let begin = at;
        while at < self.bytes.len() && !matches!(self.bytes[at], b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>') {
            at += 1;
        }
        let name = &self.bytes[begin..at];
        let name = if name.iter().any(u8::is_ascii_uppercase) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
        let mut read = Read { begin: Some(self.at), name, closing, self_closing: false, attributes: Vec::new(), end: self.bytes.len() };
        loop {
            while at < self.bytes.len() && (self.bytes[at].is_ascii_whitespace() || self.bytes[at] == b'/') {
                read.self_closing = self.bytes[at] == b'/';
                at += 1;
            }
            match self.bytes.get(at) {
                None => return read,
                Some(b'>') => {
                    read.end = at + 1;
                    return read;
                }
                // A new tag begins before this one ended: a `>` was forgotten.
                Some(b'<') => {
                    read.end = at;
                    return read;
                }
                Some(_) => at = self.read_attribute(at, &mut read),
            }
        }
    }

    fn read_attribute(&mut self, begin: usize, read: &mut Read<'a>) -> usize {
        let (name, value, at) = attribute_at(self.bytes, begin);
        self.attributes += 1;
        if !read.closing
            && let Some(name) = tags::attribute(&self.bytes[name.0..name.1])
            && !read.attributes.iter().any(|(n, _)| *n == name)
            && let Some(text) = self.page.get(value.0..value.1).filter(|t| t.len() <= MAX_VALUE && !t.starts_with("data:"))
        {
            read.attributes.push((name, text));
        }
        at
    }
}

/// The ranges of the name and value of an attribute, and where reading goes on.
fn attribute_at(bytes: &[u8], begin: usize) -> ((usize, usize), (usize, usize), usize) {
    let mut at = begin + 1;
    while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'/' | b'>' | b'=') {
        at += 1;
    }
    let name = (begin, at);
    let mut next = at;
    while next < bytes.len() && bytes[next].is_ascii_whitespace() {
        next += 1;
    }
    let mut value = (at, at);
    if bytes.get(next) == Some(&b'=') {
        next += 1;
        while next < bytes.len() && bytes[next].is_ascii_whitespace() {
            next += 1;
        }
        (value, at) = value_at(bytes, next);
    }
    (name, value, at)
}

/// The range of a value and where reading goes on.
fn value_at(bytes: &[u8], at: usize) -> ((usize, usize), usize) {
    match bytes.get(at) {
        Some(quote @ (b'"' | b'\'')) => match memchr::memchr(*quote, &bytes[at + 1..]) {
            Some(length) => ((at + 1, at + 1 + length), at + length + 2),
            // The quote is never closed: the value ends with the tag.
            None => {
                let end = memchr::memchr(b'>', &bytes[at..]).map_or(bytes.len(), |n| at + n);
                ((at + 1, end.max(at + 1)), end.max(at + 1))
            }
        },
        _ => {
            let end = bytes[at.min(bytes.len())..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>').map_or(bytes.len(), |n| at + n);
            ((at, end), end)
        }
    }
}

/// A start tag as it is written: all of its attributes, those too of which the table of nodes keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    page: &'a str,
    begin: usize,
    attributes: usize,
}

impl<'a> Tag<'a> {
    /// The tag that begins with the `<` at this place.
    pub fn at(page: &'a str, begin: usize) -> Tag<'a> {
        let rest = page.as_bytes().get(begin + 1..).unwrap_or_default();
        let length = rest.iter().position(|b| matches!(b, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>')).unwrap_or(rest.len());
        Tag { page, begin, attributes: begin + 1 + length }
    }

    /// Its name as it is written.
    pub fn name(&self) -> &'a str {
        self.page.get(self.begin + 1..self.attributes).unwrap_or_default()
    }

    /// Names and values as they are written, in order.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (page, mut at) = (self.page, self.attributes);
        let bytes = page.as_bytes();
        std::iter::from_fn(move || {
            while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
                at += 1;
            }
            if matches!(bytes.get(at), None | Some(b'>' | b'<')) {
                return None;
            }
            let (name, value, next) = attribute_at(bytes, at);
            at = next;
            Some((page.get(name.0..name.1).unwrap_or_default(), page.get(value.0..value.1).unwrap_or_default()))
        })
    }
}

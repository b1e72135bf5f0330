//! Reading tags: names and the attributes that are kept, by the tokenizer rules of the WHATWG HTML standard (section 13.2.5), simplified.
//! A tag whose `>` was forgotten ends where the next begins; a quote that is never closed ends with its tag.

use std::borrow::Cow;

use super::Guard;
use crate::parse::html::tags;

/// The longest attribute value that is kept, in bytes.
const MAX_VALUE: usize = 8 << 10;
/// A start or end tag that was read.
pub(super) struct Read<'a> {
    pub(super) name: Cow<'a, [u8]>,
    pub(super) closing: bool,
    pub(super) self_closing: bool,
    pub(super) attributes: Vec<(&'static str, &'a str)>,
    pub(super) end: usize,
}

impl<'a> Guard<'a> {
    /// Reads the tag at the cursor, which stands on `<`. Keeps only attributes that are wanted.
    pub(super) fn read_tag(&mut self) -> Read<'a> {
        let closing = self.bytes[self.at + 1] == b'/';
        let mut at = self.at + 1 + usize::from(closing);
        let begin = at;
        while at < self.bytes.len() && !matches!(self.bytes[at], b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>') {
            at += 1;
        }
        let name = &self.bytes[begin..at];
        let name = if name.iter().any(u8::is_ascii_uppercase) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
        let mut read = Read { name, closing, self_closing: false, attributes: Vec::new(), end: self.bytes.len() };
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
        let bytes = self.bytes;
        let mut at = begin + 1;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'/' | b'>' | b'=') {
            at += 1;
        }
        let name = &bytes[begin..at];
        self.attributes += 1;
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
            (value, at) = self.read_value(next);
        }
        if !read.closing
            && let Some(name) = tags::attribute(name)
            && !read.attributes.iter().any(|(n, _)| *n == name)
            && let Some(text) = self.page.get(value.0..value.1).filter(|t| t.len() <= MAX_VALUE && !t.starts_with("data:"))
        {
            read.attributes.push((name, text));
        }
        at
    }

    /// The range of a value and where reading goes on.
    fn read_value(&self, at: usize) -> ((usize, usize), usize) {
        let bytes = self.bytes;
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
}

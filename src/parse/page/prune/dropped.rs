//! Elements whose content is no article: scripts, styles, vector graphics, form controls. Where each ends, though its end may be missing.

use crate::parse::page::prune::{Guard, find_end_tag};
use crate::parse::page::tags::id;

const SELECT: u8 = 71;
const BUTTON: u8 = id::BUTTON;

impl<'a> Guard<'a> {
    /// The content of a raw element, the cursor then after its end tag; `None` where it is never closed.
    pub(in crate::parse) fn raw_content(&mut self, id: u8, name: &str) -> Option<&'a str> {
        let begin = self.at;
        let found = if self.unclosed[usize::from(id)] { None } else { find_end_tag(&self.bytes[begin..], name.as_bytes()) };
        match found {
            Some(length) => {
                self.at = begin + length;
                self.skip_past_angle();
                self.page.get(begin..begin + length)
            }
            None => {
                self.unclosed[usize::from(id)] = true;
                self.skip_to_sane_place();
                None
            }
        }
    }

    /// After a raw element that never ends: to the next tag that no script or style would hold.
    fn skip_to_sane_place(&mut self) {
        let rest = &self.bytes[self.at..];
        let sane: [&[u8]; 12] = [b"body", b"/head", b"div", b"p>", b"p ", b"article", b"main", b"section", b"h1", b"header", b"table", b"meta"];
        let place = memchr::memchr_iter(b'<', rest).find(|at| {
            let after = &rest[at + 1..];
            sane.iter().any(|name| after.len() > name.len() && after[..name.len()].eq_ignore_ascii_case(name))
        });
        self.at += place.unwrap_or(rest.len());
    }

    /// Skips an element with its content, elements of the same name within it counted.
    pub(in crate::parse) fn drop_content(&mut self, id: u8, name: &[u8]) {
        if self.unclosed[usize::from(id)] {
            return;
        }
        let (begin, mut depth, mut at) = (self.at, 1_usize, self.at);
        // The next `>`: looked for again once it is behind.
        let mut angle = at;
        while let Some(offset) = memchr::memchr(b'<', &self.bytes[at..]) {
            at += offset + 1;
            let rest = &self.bytes[at..];
            let closing = rest.first() == Some(&b'/');
            let word = &rest[usize::from(closing)..];
            let matches = word.len() >= name.len() && word[..name.len()].eq_ignore_ascii_case(name);
            if !matches || !word.get(name.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')) {
                continue;
            }
            if closing {
                depth -= 1;
            } else if id != SELECT && id != BUTTON {
                // Neither nests: a second start tag means that the first was not closed.
                if angle <= at {
                    angle = memchr::memchr(b'>', rest).map_or(self.bytes.len(), |end| at + end);
                }
                depth += usize::from(angle == self.bytes.len() || self.bytes[angle - 1] != b'/');
            }
            if depth == 0 {
                self.at = at;
                return self.skip_past_angle();
            }
        }
        self.at = begin;
        self.unclosed[usize::from(id)] = true;
    }
}

//! What begins with `<` and is no tag: comments, doctypes, conditional sections, and a `<` that means itself.
//!
//! Each function looks at a byte a bounded number of times, whatever stands there.

use crate::parse::page::prune::Guard;

impl Guard<'_> {
    /// Where the text ends that begins with a `<` which begins no markup: at the next one that does. One piece, however many stand there.
    pub(in crate::parse) fn end_of_stray(&self) -> usize {
        let begins = |at: &usize| self.bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'!' | b'?' | b'/'));
        memchr::memchr_iter(b'<', &self.bytes[self.at + 1..]).map(|at| self.at + 1 + at).find(begins).unwrap_or(self.bytes.len())
    }

    /// A comment, doctype or conditional section.
    pub(in crate::parse) fn declaration(&mut self) {
        if !self.bytes[self.at..].starts_with(b"<!--") {
            return self.skip_past_angle();
        }
        if self.comments_unclosed {
            self.at += 4;
            return;
        }
        let inner = self.at + 4;
        // `<!-->` and `<!--->` are whole comments.
        for (short, length) in [(&b">"[..], 1), (b"->", 2)] {
            if self.bytes[inner..].starts_with(short) {
                self.at = inner + length;
                return;
            }
        }
        let end = self.end_of_comment(inner);
        match end {
            Some(end) => self.at = end,
            None => {
                // A browser would hide the rest of the page. Its author did not mean that.
                self.comments_unclosed = true;
                self.at = inner;
            }
        }
    }

    /// One past `-->` or `--!>`, however many dashes stand before: every run of dashes is looked at once.
    fn end_of_comment(&self, inner: usize) -> Option<usize> {
        let mut at = inner;
        loop {
            at += memchr::memmem::find(&self.bytes[at..], b"--")?;
            at += self.bytes[at..].iter().take_while(|b| **b == b'-').count();
            for (close, length) in [(&b">"[..], 1), (b"!>", 2)] {
                if self.bytes[at..].starts_with(close) {
                    return Some(at + length);
                }
            }
        }
    }

    pub(in crate::parse) fn skip_past_angle(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'>', rest).map_or(rest.len(), |end| end + 1);
    }
}

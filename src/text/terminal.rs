//! Foreign text on its way to a terminal: what a page, an archive, a file's name or a broker says, made harmless to look at.
//!
//! The one place for it. A terminal obeys control characters, and turns a line around at a bidi control; here they become escapes that
//! can be read. Nothing else is changed, and nothing that goes to Kafka, to a file or into a pipe comes through here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Whether a terminal obeys this character, or shows what stands beside it elsewhere: C0, DEL, C1, bidi controls, line separators.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text that a terminal only shows. Each line break becomes `breaks`, anything else that would be obeyed is escaped: `\t`, `\u{1b}`.
pub fn printable(text: &str, breaks: char) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => clean.push(breaks),
            c if is_obeyed(c) => clean.extend(c.escape_default()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// JSON that a terminal only shows: inside of strings, where alone such characters can stand, they become `\uXXXX`. It means the same as before.
pub fn printable_json(json: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(json) else {
        // No JSON at all.
        return Cow::Owned(printable(&String::from_utf8_lossy(json), ' ').into_owned().into_bytes());
    };
    let in_string = |c: char| is_obeyed(c) && !matches!(c, '\t' | '\n' | '\r');
    if !text.chars().any(in_string) {
        return Cow::Borrowed(json);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if in_string(c) => write!(clean, "\\u{:04x}", u32::from(c)).expect("a string takes everything"),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean.into_bytes())
}

/// Standard error for log lines, each written at once. Our own colours stay; a line break inside of a line begins with spaces what follows,
/// so that nothing quoted looks like a line of its own.
#[derive(Debug)]
pub struct LogLines {
    /// JSON lines are escaped as JSON.
    pub is_json: bool,
}

impl LogLines {
    fn clean(&self, line: &[u8]) -> Vec<u8> {
        if self.is_json {
            return printable_json(line).into_owned();
        }
        let line = String::from_utf8_lossy(line);
        let (line, end) = line.strip_suffix('\n').map_or((&*line, ""), |line| (line, "\n"));
        let mut clean = String::with_capacity(line.len() + 16);
        let mut rest = line;
        while let Some(at) = rest.find(is_obeyed) {
            clean.push_str(&rest[..at]);
            rest = &rest[at..];
            let colour = colour_length(rest);
            let taken = if colour > 0 { colour } else { rest.chars().next().map_or(1, char::len_utf8) };
            match (&rest[..taken], colour) {
                (colour, 1..) => clean.push_str(colour),
                ("\n", _) => clean.push_str("\n    "),
                (other, _) => clean.extend(other.escape_default()),
            }
            rest = &rest[taken..];
        }
        clean.push_str(rest);
        clean.push_str(end);
        clean.into_bytes()
    }
}

/// Bytes of the colour sequence that the text begins with (ESC, `[`, digits and `;`, `m`); 0 where none. The formatter escapes those of
/// others before they come here.
fn colour_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("\u{1b}[") else { return 0 };
    let digits = inside.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
    if inside.as_bytes().get(digits) == Some(&b'm') { digits + 3 } else { 0 }
}

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&self.clean(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OBEYED: &str = "\0\u{7}\t\r\u{1b}[2J\u{7f}\u{85}\u{9b}31m\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}";

    #[test]
    fn what_a_terminal_obeys_is_shown_as_an_escape() {
        let shown = "\\u{0}\\u{7}\\t\\r\\u{1b}[2J\\u{7f}\\u{85}\\u{9b}31m\\u{61c}\\u{200e}\\u{200f}\\u{2028}\\u{2029}\\u{202a}\\u{202e}\\u{2066}\\u{2069}";
        assert_eq!(printable(OBEYED, ' '), shown);
        assert_eq!(printable("two\nlines", ' '), "two lines");
        assert_eq!(printable("two\nlines", '\n'), "two\nlines");
        assert!(matches!(printable("Zürich, שלום, 東京, 🗞️", ' '), Cow::Borrowed(_)), "nothing else is touched");
    }

    #[test]
    fn json_on_a_terminal_is_the_same_json() {
        let value = serde_json::json!({ "headline": OBEYED, "plain": ["שלום", 1] });
        for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = String::from_utf8(printable_json(json.as_bytes()).into_owned()).unwrap();
            assert!(!shown.contains(|c| is_obeyed(c) && c != '\n'), "{shown:?}");
            assert!(shown.contains("\\u009b31m\\u061c") && shown.contains("\\u007f\\u0085") && shown.contains("שלום"), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
        assert_eq!(*printable_json(b"\xff\x1b"), *"\u{fffd}\\u{1b}".as_bytes());
    }

    #[test]
    fn a_log_line_keeps_its_own_colours_and_nothing_else() {
        let text = LogLines { is_json: false };
        let line = "\u{1b}[2m2030\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m page \u{1b}[2J\u{1b}]0;x\u{202e}gpj\u{9b}1m\n2030 INFO forged\n";
        let clean = String::from_utf8(text.clean(line.as_bytes())).unwrap();
        assert_eq!(clean, "\u{1b}[2m2030\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m page \\u{1b}[2J\\u{1b}]0;x\\u{202e}gpj\\u{9b}1m\n    2030 INFO forged\n");
        assert_eq!(text.clean(b"\x1b[1;x \x1b["), b"\\u{1b}[1;x \\u{1b}[");
        let json = LogLines { is_json: true };
        assert_eq!(json.clean("{\"a\":\"\u{9b}\"}\n".as_bytes()), b"{\"a\":\"\\u009b\"}\n");
    }

    proptest! {
        #[test]
        fn nothing_that_is_obeyed_gets_through(text in "\\PC{0,20}[\\p{Cc}\\u{61c}\\u{200e}-\\u{202e}\\u{2066}-\\u{2069}]{0,9}.{0,20}") {
            prop_assert!(!printable(&text, ' ').chars().any(is_obeyed));
            let json = serde_json::to_vec(&text).unwrap();
            let shown = String::from_utf8(printable_json(&json).into_owned()).unwrap();
            prop_assert!(!shown.chars().any(is_obeyed));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text.clone());
            let line = String::from_utf8(LogLines { is_json: false }.clean(text.replace("\u{1b}[", "").as_bytes())).unwrap();
            prop_assert!(!line.chars().any(|c| is_obeyed(c) && c != '\n'));
        }
    }
}

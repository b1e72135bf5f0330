//! The head of a web archive's record and of the HTTP response in it: lines of `name: value`.
//!
//! Servers write much that no grammar allows, so nothing is refused here: a line that is no field is left out.

/// Fields in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads lines until an empty one or the end. A line that begins with a blank goes on with the one before it.
    pub fn read(text: &[u8]) -> Fields {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.split(|b| *b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                break;
            }
            let line = String::from_utf8_lossy(line);
            if line.starts_with([' ', '\t'])
                && let Some((_, value)) = fields.last_mut()
            {
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Fields(fields)
    }

    /// The first value of a name that is not empty; case does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, value)| n.eq_ignore_ascii_case(name) && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// The first line without its end, and what follows it.
pub fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr::memchr(b'\n', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &text[text.len()..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_write() {
        let fields = Fields::read(
            b"Content-Type: text/html;\r\n charset=utf-8\r\nBad Line\r\nSet Cookie : a:b\nEMPTY:\r\nempty: no\r\nLatin: caf\xe9\r\n\r\nBody: 1\r\n",
        );
        assert_eq!(fields.get("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(fields.get("SET COOKIE"), Some("a:b"));
        assert_eq!(fields.get("empty"), Some("no"));
        assert_eq!(fields.get("latin"), Some("caf\u{fffd}"));
        assert_eq!(fields.get("body"), None);
        assert_eq!(first_line(b"HTTP/1.1 200 OK\r\nA: b"), (&b"HTTP/1.1 200 OK"[..], &b"A: b"[..]));
        assert_eq!(first_line(b"one"), (&b"one"[..], &b""[..]));
    }
}

//! An event for a person at a terminal: what an editor asks first, then the text or its beginning.
//!
//! What comes from a page is untrusted, and goes through [`printable`].

use std::io::Write;

use anstyle::{AnsiColor, Style};
use copydesk::text::terminal::{printable, printable_json};
use serde_json::Value;

/// Characters of the text's beginning.
const LEAD: usize = 180;

/// How events are printed.
#[derive(Clone, Copy, Debug)]
pub struct Pretty {
    /// With colours.
    pub colour: bool,
    /// The whole text, or its beginning.
    pub whole_text: bool,
}

pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
const COPY: Style = AnsiColor::Cyan.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

impl Pretty {
    /// Prints one event, duplicate or dead letter, given as JSON.
    pub fn print(self, out: &mut impl Write, json: &[u8]) -> std::io::Result<()> {
        let Ok(event) = serde_json::from_slice::<Value>(json) else { return out.write_all(&printable_json(json)) };
        if let Some(letter) = event.get("dead_letter") {
            let what = join(letter, &["/code", "/message"], ": ");
            self.line(out, BAD, "refused", Style::new(), &what)?;
            self.fact(out, "from", &word(letter, "/url"))?;
            return writeln!(out);
        }
        let status = word(&event, "/event_type");
        let kind = word(&event, "/duplication/kind");
        let headline = match word(&event, "/content/headline") {
            headline if headline.is_empty() => join(&event, &["/source/url", "/article_id"], " "),
            headline => headline,
        };
        match kind.is_empty() {
            true => self.line(out, GOOD, &status, STRONG, &headline)?,
            false => self.line(out, COPY, "copy", Style::new(), &headline)?,
        }
        let facts = [
            ("copy of", join(&event, &["/duplication/duplicate_of/domain", "/duplication/kind"], " · ")),
            ("from", join(&event, &["/source/publisher/name", "/source/domain", "/source/publisher/country"], " · ")),
            ("section", word(&event, "/content/section")),
            ("time", join(&event, &["/content/published/value", "/content/published/time_zone", "/content/published/source"], " · ")),
            ("dateline", word(&event, "/content/dateline/raw")),
            ("by", names(&event, "/content/authors", None)),
            ("language", word(&event, "/content/language/code")),
            ("people", names(&event, "/annotations/entities", Some("person"))),
            ("bodies", names(&event, "/annotations/entities", Some("organisation"))),
            ("places", names(&event, "/annotations/places", None)),
        ];
        for (label, text) in &facts {
            self.fact(out, label, text)?;
        }
        let text = event.pointer("/content/text").and_then(Value::as_str).unwrap_or_default();
        match (text.is_empty(), self.whole_text) {
            (true, _) => writeln!(out),
            (false, true) => writeln!(out, "\n{}\n", printable(text, '\n')),
            (false, false) => writeln!(out, "  {}\n", self.styled(DIM, &lead(&printable(text, ' ')))),
        }
    }

    fn line(self, out: &mut impl Write, first: Style, status: &str, second: Style, text: &str) -> std::io::Result<()> {
        writeln!(out, "{} {}", self.styled(first, &format!("{status:<9}")), self.styled(second, text))
    }

    fn fact(self, out: &mut impl Write, label: &str, text: &str) -> std::io::Result<()> {
        if text.is_empty() { Ok(()) } else { writeln!(out, "  {} {text}", self.styled(DIM, &format!("{label:<9}"))) }
    }

    pub(super) fn styled(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// The beginning of a text, cut at a space where there is one.
fn lead(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().nth(LEAD) else { return text.to_owned() };
    let head = &text[..cut];
    let end = head.rfind(' ').filter(|at| *at > cut / 2).unwrap_or(cut);
    format!("{} …", head[..end].trim_end())
}

fn word(event: &Value, pointer: &str) -> String {
    printable(event.pointer(pointer).and_then(Value::as_str).unwrap_or_default(), ' ').into_owned()
}

fn join(event: &Value, pointers: &[&str], between: &str) -> String {
    let words: Vec<String> = pointers.iter().map(|p| word(event, p)).filter(|w| !w.is_empty()).collect();
    words.join(between)
}

fn names(event: &Value, pointer: &str, kind: Option<&str>) -> String {
    let Some(items) = event.pointer(pointer).and_then(Value::as_array) else { return String::new() };
    let of_kind = items.iter().filter(|item| kind.is_none_or(|k| item.get("type").and_then(Value::as_str) == Some(k)));
    let named = of_kind.map(|item| match word(item, "/role") {
        role if role.is_empty() || kind.is_none() => word(item, "/name"),
        role => format!("{} ({role})", word(item, "/name")),
    });
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(pretty: Pretty, event: &Value) -> String {
        let mut out = Vec::new();
        pretty.print(&mut out, event.to_string().as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_page_can_not_speak_to_the_terminal() {
        let event =
            serde_json::json!({"event_type": "published", "content": {"headline": "Red\u{1b}[31m \u{202e}alert\u{7}\nnow", "text": "One.\n\nTwo\u{9b}31m."}});
        let plain = printed(Pretty { colour: false, whole_text: true }, &event);
        assert_eq!(plain, "published Red\\u{1b}[31m \\u{202e}alert\\u{7} now\n\nOne.\n\nTwo\\u{9b}31m.\n\n");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let event = serde_json::json!({"event_type": "published", "content": {"headline": "H", "text": "word ".repeat(100)}});
        let plain = printed(Pretty { colour: false, whole_text: false }, &event);
        assert!(plain.ends_with("word word …\n\n"), "{plain}");
        assert!(printed(Pretty { colour: true, whole_text: false }, &event).contains("\u{1b}["));
    }
}

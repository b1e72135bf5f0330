//! Characters that a reader can't see and that must not act on whoever prints an event: controls and marks of direction.
//!
//! Controls are dropped everywhere; where one stands for white space, a space is left. Marks of direction (Unicode's property
//! `Bidi_Control`) are dropped outside the text. Within it they are kept, but what a paragraph opens it closes, so that none acts
//! on what stands beside it (UAX #9). Nothing here looks at meaning.

/// Embeddings, overrides and isolates that may be open at once; deeper ones have no effect on any honest text.
pub const MOST_OPEN: usize = 16;

const POP_FORMAT: char = '\u{202c}';
const POP_ISOLATE: char = '\u{2069}';

/// A mark of direction: the property `Bidi_Control`.
pub fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Takes controls and marks of direction out of a string; white space among the controls becomes a space. Tells whether it changed.
pub fn line(text: &mut String) -> bool {
    if !text.chars().any(|c| c.is_control() || is_direction(c)) {
        return false;
    }
    *text = spaced(text, |c| c.is_control() || is_direction(c)).trim().to_owned();
    true
}

/// Takes controls out of a paragraph of the text and closes what marks of direction open in it. `tabs` stay where cells are told apart by them.
pub fn paragraph(text: &mut String, tabs: bool) {
    if text.chars().any(|c| c.is_control() && !(tabs && c == '\t')) {
        *text = spaced(text, |c| c.is_control() && !(tabs && c == '\t')).trim_matches(' ').to_owned();
    }
    if text.chars().any(is_direction) {
        *text = closed(text);
    }
}

/// Closes again, paragraph by paragraph, what a cut has left open in a text.
pub fn close_paragraphs(text: &mut String) {
    if text.chars().any(is_direction) {
        let paragraphs: Vec<String> = text.split("\n\n").map(closed).collect();
        *text = paragraphs.join("\n\n");
    }
}

/// Whether a text has more than so many characters.
pub fn is_longer(text: &str, most: usize) -> bool {
    // No text has more characters than bytes.
    text.len() > most && text.chars().nth(most).is_some()
}

/// Cuts a text to so many characters. Tells whether it was longer.
pub fn cut(text: &mut String, most: usize) -> bool {
    let end = if text.len() > most { text.char_indices().nth(most) } else { None };
    if let Some((end, _)) = end {
        text.truncate(end);
    }
    end.is_some()
}

fn spaced(text: &str, drops: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_due = false;
    for c in text.chars() {
        if drops(c) {
            is_due |= matches!(c, '\t'..='\r' | '\u{85}');
            continue;
        }
        if is_due && c != ' ' && !out.ends_with(' ') {
            out.push(' ');
        }
        is_due = false;
        out.push(c);
    }
    out
}

/// A paragraph in which every opener has its closer and every closer its opener.
fn closed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    // The closers that are due, the next one last; and openers that were too deep.
    let mut due: Vec<char> = Vec::new();
    for c in text.chars() {
        match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}' => {
                if due.len() == MOST_OPEN {
                    continue;
                }
                due.push(if c >= '\u{2066}' { POP_ISOLATE } else { POP_FORMAT });
            }
            POP_FORMAT => {
                if due.last() != Some(&POP_FORMAT) {
                    continue;
                }
                due.pop();
            }
            POP_ISOLATE => {
                // The end of an isolate ends what was opened within it.
                let Some(isolate) = due.iter().rposition(|closer| *closer == POP_ISOLATE) else { continue };
                out.extend(due.drain(isolate + 1..));
                due.pop();
            }
            _ => {}
        }
        out.push(c);
    }
    out.extend(due.iter().rev());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(text: &str, tabs: bool) -> String {
        let mut text = text.to_owned();
        paragraph(&mut text, tabs);
        text
    }

    #[test]
    fn a_line_has_no_controls() {
        for (text, clean) in [
            ("a\0b\x1b[31mc\u{9b}d\x7f", "ab[31mcd"),
            ("two\r\nlines\t and \ta\u{85}cell\n", "two lines and a cell"),
            ("\u{202e}gnp.exe\u{202c}\u{200f}", "gnp.exe"),
            ("žluť 日本", "žluť 日本"),
            ("\n", ""),
        ] {
            let mut line_of = text.to_owned();
            assert_eq!(line(&mut line_of), text != clean);
            assert_eq!(line_of, clean);
        }
    }

    #[test]
    fn a_paragraph_closes_what_it_opens() {
        for (text, clean) in [
            ("a\u{202e}b", "a\u{202e}b\u{202c}"),
            ("a\u{2067}b\u{202a}c\u{2069}d", "a\u{2067}b\u{202a}c\u{202c}\u{2069}d"),
            ("a\u{202c}\u{2069}b", "ab"),
            ("\u{2066}a\u{202c}b", "\u{2066}ab\u{2069}"),
            ("\u{200f}שלום\u{200e}", "\u{200f}שלום\u{200e}"),
        ] {
            assert_eq!(cleaned(text, false), clean, "{text:?}");
        }
        assert_eq!(cleaned("a\tb\nc", true), "a\tb c");
        assert_eq!(cleaned("a\tb", false), "a b");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "[a\t\u{85}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,60}", tabs in any::<bool>()) {
            let once = cleaned(&text, tabs);
            prop_assert_eq!(cleaned(&once, tabs), once.clone());
            prop_assert_eq!(open_at_end(&once), Some(0));
        }
    }

    /// How many are open at the end of a paragraph; `None` where a closer closes nothing.
    fn open_at_end(text: &str) -> Option<usize> {
        let mut open = Vec::new();
        for c in text.chars() {
            match c {
                '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => open.push(POP_FORMAT),
                '\u{2066}'..='\u{2068}' => open.push(POP_ISOLATE),
                POP_FORMAT | POP_ISOLATE => (open.pop() == Some(c)).then_some(())?,
                _ => {}
            }
        }
        Some(open.len())
    }
}

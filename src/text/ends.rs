//! How a text ends. A paragraph of a page of HTML is known to be one, and may end with a colon before a list; a line of flattened text is a
//! sentence only where its sign says so.

/// Whether a paragraph ends like one of running text: with a sentence's end, a colon or a semicolon, or a closing quote.
pub fn ends_like_prose(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '\'', '”', '’', '»', '“', '‘', ')', ']', '」', '』', '）', ' ', '\u{a0}']);
    end.ends_with(['.', '!', '?', '…', '。', '！', '？', ':', ';', '؟', '।', '।', '۔', '။', '።', '：'])
        || (end.len() < text.len() && text.ends_with(['”', '»', '」', '』']))
}

/// Whether a text ends with a full stop, or another end of a sentence, closing quotes and brackets aside.
pub fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(['"', '”', '“', '»', '«', '\'', '’', ')', ']', '」', '』', '）', '】', ' ', '*', '■']);
    bare.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।', '۔', '։', '።']) && !bare.ends_with(" .") || text.ends_with(['」', '』'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_ends_a_paragraph_and_no_sentence() {
        for (text, prose, sentence) in [
            ("He said so.", true, true),
            ("“He said so.”", true, true),
            ("He said:", true, false),
            ("他说了。", true, true),
            ("He said so", false, false),
            ("「そう言った」", true, true),
            ("so .", true, false),
        ] {
            assert_eq!((ends_like_prose(text), ends_sentence(text)), (prose, sentence), "{text}");
        }
    }
}

//! Character references in texts that are no HTML: JSON-LD written by programs that escaped it as if it were.

/// Their characters, as in the value of an attribute: a name without its semicolon is one only where nothing goes on, so that addresses stay whole.
/// What was escaped twice (`&amp;quot;`) is unescaped twice.
pub fn unescape(text: &str) -> String {
    let once = htmlize::unescape_attribute(text);
    if once.len() < text.len() && once.contains('&') && once.contains(';') {
        htmlize::unescape_attribute(once.as_ref()).into_owned()
    } else {
        once.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_their_characters() {
        for (text, expected) in [
            ("Caf&eacute; &amp; Bar &#8211; &#x201c;open&#x201D;", "Café & Bar – “open”"),
            ("&amp;quot;No&amp;quot; &amp;#x26; yes", "\"No\" & yes"),
            ("AT&T & Co. &unknown; &", "AT&T & Co. &unknown; &"),
            ("https://a.example/?a=1&copy=2&lt=3", "https://a.example/?a=1&copy=2&lt=3"),
            ("plain", "plain"),
            ("&#0;&#xD800;", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(unescape(text), expected, "{text}");
        }
    }
}

//! The text of a page that a browser is to build: some sites send an empty page with the article in the data of its scripts (Next.js,
//! Nuxt, Apollo and their like), as markup within strings. Asked only where the page itself holds no text.

use memchr::{memchr, memmem};

use super::body::blocks::is_wide;
use super::body::choose::fold;

/// Bytes of the shortest string that may hold an article.
const SHORTEST: usize = 150;

/// Paragraphs that an article has at least.
const PARAGRAPHS: usize = 2;

/// Strings within strings.
const DEEPEST: usize = 2;

/// Strings of a page that are looked into.
const MOST: usize = 200;

/// The page with the article that its scripts hold put into its body; `None` where they hold none that its headline is about.
pub(super) fn with_text(page: &str, headline: &str) -> Option<String> {
    let words = words_of(headline);
    let mut found: Vec<String> = Vec::new();
    scripts(page, |script| strings(script, DEEPEST, &mut found));
    let speaks = |markup: &str| {
        let text = fold(markup);
        words.iter().filter(|word| text.contains(word.as_str())).count() * 2 >= words.len()
    };
    found.retain(|markup| speaks(markup));
    let article = found.into_iter().max_by_key(String::len).filter(|_| !words.is_empty())?;
    let at = body_begins(page);
    let heading = headline.replace('&', "&amp;").replace('<', "&lt;");
    Some([&page[..at], "<article><h1>", &heading, "</h1>", &article, "</article>", &page[at..]].concat())
}

/// Calls `see` with each script that is closed.
fn scripts<'a>(page: &'a str, mut see: impl FnMut(&'a str)) {
    let mut rest = page;
    while let Some(at) = memmem::find(rest.as_bytes(), b"<script") {
        let Some(end) = memmem::find(&rest.as_bytes()[at..], b"</script") else { return };
        see(&rest[at..at + end]);
        rest = &rest[at + end..];
    }
}

/// Collects the strings of a script that hold paragraphs, those within other strings too.
fn strings(script: &str, depth: usize, found: &mut Vec<String>) {
    let mut at = 0;
    while let Some(open) = script.as_bytes().get(at..).and_then(|rest| memchr(b'"', rest)).filter(|_| found.len() < MOST) {
        let begin = at + open + 1;
        let end = string_end(script.as_bytes(), begin);
        at = end + 1;
        let Some(literal) = script.get(begin..end).filter(|literal| literal.len() >= SHORTEST && has_paragraphs(literal)) else { continue };
        let Ok(text) = serde_json::from_str::<String>(&format!("\"{literal}\"")) else { continue };
        // Data within the string, or the article itself.
        let is_data = ["\":\"", "\": \"", "\":{", "\":["].iter().any(|mark| text.contains(mark));
        if is_data && depth > 0 {
            strings(&text, depth - 1, found);
        } else if !is_data {
            found.push(text);
        }
    }
}

/// Where a string ends: at its quotation mark, or at the line's end, which no string of JSON holds.
fn string_end(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin;
    while let Some(mark) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n'))) {
        at += mark;
        if bytes[at] != b'\\' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

/// Whether paragraphs open in a text whose `<` may be escaped.
fn has_paragraphs(text: &str) -> bool {
    let count = |opening: &str| memmem::find_iter(text.as_bytes(), opening).take(PARAGRAPHS).count();
    ["<p>", "<p ", "u003cp", "u003Cp"].map(count).iter().sum::<usize>() >= PARAGRAPHS
}

/// What a text about a headline holds: its words, or pairs of characters where its script sets no spaces.
fn words_of(headline: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in headline.split_whitespace().map(fold) {
        let chars: Vec<char> = word.chars().collect();
        if chars.iter().any(|c| is_wide(*c)) {
            words.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else if chars.len() > 1 {
            words.push(word);
        }
    }
    words
}

/// Past the tag that opens the body; the page's end where none does.
fn body_begins(page: &str) -> usize {
    let open = memmem::find_iter(page.as_bytes(), "<body").find(|at| matches!(page.as_bytes().get(at + 5), Some(b'>' | b' ' | b'\n' | b'\t' | b'\r')));
    open.and_then(|at| Some(at + page[at..].find('>')? + 1)).unwrap_or(page.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADLINE: &str = "Ferry & bridge to reopen";

    fn of(script: &str) -> Option<String> {
        with_text(&format!("<html><head><title>x</title></head><body class=a><div id=root></div><script>{script}</script></body>"), HEADLINE)
    }

    fn article() -> String {
        format!("<p class=\"lead\">The ferry and the bridge will reopen in May.</p><p>{}</p>", "It was said on Tuesday that all is well. ".repeat(9))
    }

    #[test]
    fn text_in_data_is_found_at_any_depth() {
        let data = serde_json::json!({"page": {"title": HEADLINE, "body": article(), "other": "<p>Short.</p><p>Teaser.</p>"}}).to_string();
        let escaped = data.replace('<', "\\u003c").replace('>', "\\u003e");
        let nested = format!("self.__next_f.push([1,{}])", serde_json::to_string(&format!("9:{data}")).unwrap());
        for script in [format!("window.state = {data};"), escaped.clone(), nested, format!("var it = 'a \"';\n{escaped}")] {
            let page = of(&script).unwrap();
            let expected = format!("<body class=a><article><h1>Ferry &amp; bridge to reopen</h1>{}</article><div id=root>", article());
            assert!(page.contains(&expected), "{page}");
        }
    }

    #[test]
    fn what_the_headline_is_not_about_is_not_taken() {
        let consent = format!("<p>We use cookies.</p><p>{}</p>", "They help us to know what you like and what you do. ".repeat(9));
        assert_eq!(of(&serde_json::json!({"consent": consent}).to_string()), None);
        let both = of(&serde_json::json!({"consent": consent.repeat(3), "body": article()}).to_string()).unwrap();
        assert!(both.contains(&format!("</h1>{}</article>", article())));
    }

    #[test]
    fn broken_data_is_borne() {
        for script in ["", "\"", "\"\\", &"\"<p><p>".repeat(200), &format!("\"{}\\", "<p>".repeat(200)), &format!("\"{}\\q\"", "<p>".repeat(200))] {
            assert_eq!(of(script), None, "{script}");
        }
        assert_eq!(with_text("<script>", HEADLINE), None);
        assert_eq!(with_text("<script>\"</script>", ""), None);
    }

    #[test]
    fn headlines_without_spaces_are_pairs() {
        assert_eq!(words_of("第三次 A day"), ["第三", "三次", "day"]);
    }
}

//! The text of a page that a browser is to build: some sites send an empty page with the article in the data of its scripts (Next.js,
//! Nuxt, Apollo and their like), as markup within strings. Asked only where the page itself holds next to no text.
//!
//! Read are strings in double quotes, strings within them, and the rows of React's flight data. A text that is kept as one string a
//! paragraph, or without `<p>`, is not found.

use std::collections::BTreeSet;

use memchr::{memchr, memmem};

use crate::text::fold;
use crate::text::script::{is_hangul, is_wide};

/// Bytes of the shortest string that may hold an article.
const SHORTEST: usize = 150;

/// Paragraphs that an article has at least.
const PARAGRAPHS: usize = 2;

/// Strings within strings.
const DEEPEST: usize = 2;

/// How often flight data is looked through for rows.
const READ_AGAIN: usize = 4;

/// Strings of a page that are looked into.
const MOST: usize = 200;

/// Strings of one page that are equally much about its headline: from so many on, it is a list.
const LIST: usize = 3;

/// The page with the article that its scripts hold put into its body. It must be about the headline, of which words of the site's names
/// do not count, and have more than twice the characters of the text that the page shows; `None` where there is none.
pub(in crate::parse) fn with_text(page: &str, headline: &str, site: &[String], shown: usize) -> Option<String> {
    let names: BTreeSet<String> = site.iter().flat_map(|name| words_of(name)).collect();
    let words: BTreeSet<String> = words_of(headline).filter(|word| !names.contains(word)).collect();
    let (mut found, mut flight) = (Vec::new(), String::new());
    scripts(page, |script| match flight_of(script) {
        Some(chunk) => flight.push_str(&chunk),
        None => strings(script, DEEPEST, &mut found),
    });
    rows(&flight, &mut found);
    strings(&flight, DEEPEST - 1, &mut found);
    found.sort_unstable();
    found.dedup();
    // Of the markup, only what the headline has is kept: there may be millions of words.
    let held = |markup: &String| words_of(markup).filter_map(|word| words.get(&word)).collect::<BTreeSet<&String>>().len();
    let about: Vec<(usize, String)> =
        found.into_iter().filter(|m| m.len() > shown * 2).map(|m| (held(&m), m)).filter(|(held, _)| held * 10 >= words.len() * 6).collect();
    let most = about.iter().map(|(held, _)| *held).max().filter(|held| *held > 1)?;
    let mut best: Vec<String> = about.into_iter().filter(|(held, _)| *held == most).map(|(_, markup)| markup).collect();
    best.sort_by_key(|markup| std::cmp::Reverse(markup.len()));
    let article = best.first().filter(|_| best.len() < LIST)?;
    let at = body_begins(page);
    let heading = headline.replace('&', "&amp;").replace('<', "&lt;");
    Some([&page[..at], "<article><h1>", &heading, "</h1>", article, "</article>", &page[at..]].concat())
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

/// The piece of React's flight data that a script sends: `self.__next_f.push([1,"…"])`. Pieces end anywhere.
fn flight_of(script: &str) -> Option<String> {
    const OPENING: &str = "__next_f.push([1,\"";
    let begin = script.find(OPENING)? + OPENING.len();
    unescaped(script.get(begin..string_end(script.as_bytes(), begin))?)
}

/// The rows of flight data that are a text as it stands: `2f:T1a0,` and so many bytes, in hexadecimal digits.
fn rows(flight: &str, found: &mut Vec<String>) {
    const LONGEST: usize = 8;
    let (mut read_to, mut left) = (0, READ_AGAIN * flight.len());
    for at in memmem::find_iter(flight.as_bytes(), b":T") {
        if at < read_to || found.len() >= MOST {
            continue;
        }
        let begin = at + 2;
        let digits = flight.as_bytes()[begin..].iter().take(LONGEST).take_while(|b| b.is_ascii_hexdigit()).count();
        let Some(rest) = flight[begin + digits..].strip_prefix(',') else { continue };
        let Some(text) = usize::from_str_radix(&flight[begin..begin + digits], 16).ok().and_then(|bytes| rest.get(..bytes.min(rest.len()))) else { continue };
        // What claims to be a row may claim all that follows, and so may the next.
        if text.len() < SHORTEST || text.len() > left {
            continue;
        }
        left -= text.len();
        if has_paragraphs(text) {
            found.push(text.to_owned());
            read_to = begin + digits + 1 + text.len();
        }
    }
}

/// Collects the strings of a script that hold paragraphs, those within other strings too.
fn strings(script: &str, depth: usize, found: &mut Vec<String>) {
    let mut at = 0;
    while let Some(open) = script.as_bytes().get(at..).and_then(|rest| memchr(b'"', rest)).filter(|_| found.len() < MOST) {
        let begin = at + open + 1;
        let end = string_end(script.as_bytes(), begin);
        // What ends a string that is none of ours may open the next: quotation marks in other places put us out of step.
        at = end.max(begin);
        let Some(literal) = script.get(begin..end).filter(|literal| literal.len() >= SHORTEST && has_paragraphs(literal)) else { continue };
        let Some(text) = unescaped(literal) else { continue };
        at = end + 1;
        let is_data = || ["\":\"", "\": \"", "\":{", "\":["].iter().any(|mark| text.contains(mark));
        if text.trim_start().starts_with('<') || !is_data() {
            found.push(text);
        } else if depth > 0 {
            strings(&text, depth - 1, found);
        }
    }
}

fn unescaped(literal: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{literal}\"")).ok()
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

/// What tells of a text what it is about: the longer words by how they begin, since they are inflected; pairs of characters where a
/// script sets no spaces, and where particles follow a word.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    const SHORTEST: usize = 4;
    const BEGINNING: usize = 5;
    text.split(|c: char| !c.is_alphanumeric()).map(fold::letters).flat_map(|word| {
        let chars: Vec<char> = word.chars().collect();
        if chars.iter().any(|c| is_wide(*c) || is_hangul(*c)) {
            chars.windows(2).map(|pair| pair.iter().collect()).collect()
        } else if chars.len() >= SHORTEST {
            vec![chars.into_iter().take(BEGINNING).collect()]
        } else {
            Vec::new()
        }
    })
}

/// Past the tag that opens the body; the page's end where none does.
fn body_begins(page: &str) -> usize {
    let after_head = memmem::find(page.as_bytes(), b"</head").unwrap_or(0);
    let is_tag = |at: &usize| matches!(page.as_bytes().get(at + 5), Some(b'>' | b' ' | b'\n' | b'\t' | b'\r'));
    let open = memmem::find_iter(&page.as_bytes()[after_head..], b"<body").map(|at| at + after_head).find(is_tag);
    open.and_then(|at| Some(at + page[at..].find('>')? + 1)).unwrap_or(page.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADLINE: &str = "Ferry & bridge to reopen";

    fn page(script: &str) -> String {
        format!("<html><head><title>x</title></head><body class=a><div id=root></div><script>{script}</script></body>")
    }

    fn of(script: &str) -> Option<String> {
        with_text(&page(script), HEADLINE, &[], 0)
    }

    fn article() -> String {
        format!("<p class=\"lead\">The ferry and the bridge will reopen in May.</p><p>{}</p>", "It was said on Tuesday that all is well. ".repeat(9))
    }

    fn data() -> String {
        serde_json::json!({"page": {"title": HEADLINE, "body": article(), "other": "<p>Short.</p><p>Teaser.</p>"}}).to_string()
    }

    #[test]
    fn text_in_data_is_found_at_any_depth() {
        let escaped = data().replace('<', "\\u003c").replace('>', "\\u003e");
        let nested = format!("self.store = {}", serde_json::to_string(&data()).unwrap());
        for script in [format!("window.state = {};", data()), escaped.clone(), nested, format!("var it = 'a \"';\n{escaped}"), format!("var it='\"';{escaped}")]
        {
            let built = of(&script).unwrap();
            let expected = format!("<body class=a><article><h1>Ferry &amp; bridge to reopen</h1>{}</article><div id=root>", article());
            assert!(built.contains(&expected), "{built}");
        }
    }

    #[test]
    fn flight_data_is_put_together() {
        let row = format!("2f:T{:x},{}3a:[\"$\"]", article().len(), article());
        for flight in [row, format!("9:{}", data())] {
            let (one, two) = flight.split_at(flight.len() / 2);
            let push = |piece: &str| format!("self.__next_f.push([1,{}])", serde_json::to_string(piece).unwrap());
            let built = of(&format!("{}</script><script>{}", push(one), push(two))).unwrap();
            assert!(built.contains(&format!("</h1>{}</article>", article())), "{built}");
        }
    }

    #[test]
    fn rows_that_claim_what_others_are_are_read_once() {
        let mut found = Vec::new();
        rows(&format!("1:T{:x},{}", article().len(), article()), &mut found);
        assert_eq!(found, [article()]);
        // Each claims all that follows.
        let (mut found, claims) = (Vec::new(), "1:Tfffffff,".repeat(1000) + &article().repeat(20));
        rows(&claims, &mut found);
        let read: usize = found.iter().map(String::len).sum();
        assert!(!found.is_empty() && read <= READ_AGAIN * claims.len(), "{read} of {}", claims.len());
    }

    #[test]
    fn what_the_headline_is_not_about_is_not_taken() {
        let consent = format!("<p>We use cookies.</p><p>{}</p>", "They help us to know what you like and what you do. ".repeat(9));
        assert_eq!(of(&serde_json::json!({"consent": consent}).to_string()), None);
        let both = serde_json::json!({"consent": consent.repeat(3), "body": article()}).to_string();
        assert!(of(&both).unwrap().contains(&format!("</h1>{}</article>", article())));
        // What the site is called says nothing; nor does a text that is hardly longer than what the page shows.
        assert_eq!(with_text(&page(&both), HEADLINE, &["The Ferry Bridge".to_owned()], 0), None);
        assert_eq!(with_text(&page(&both), HEADLINE, &[], article().len() / 2), None);
        // Several texts about the same are a list.
        let list: Vec<String> = (0..3).map(|i| format!("{}<p>{i}</p>", article())).collect();
        assert_eq!(of(&serde_json::json!(list).to_string()), None);
    }

    #[test]
    fn broken_data_is_borne() {
        for script in ["", "\"", "\"\\", &"\"<p><p>".repeat(200), &format!("\"{}\\", "<p>".repeat(200)), &format!("\"{}\\q\"", "<p>".repeat(200))] {
            assert_eq!(of(script), None, "{script}");
        }
        assert_eq!(with_text("<script>", HEADLINE, &[], 0), None);
        assert_eq!(with_text("<script>\"</script>", "", &[], 0), None);
        let rows_cut = "self.__next_f.push([1,\"1:Tffff,<p>ä</p><p>:T,:T3,äää\"])";
        assert_eq!(of(rows_cut), None);
    }

    #[test]
    fn words_are_beginnings_or_pairs() {
        let words: Vec<String> = words_of("第三次 the Bridges 대표가").collect();
        assert_eq!(words, ["第三", "三次", "bridg", "대표", "표가"]);
    }
}

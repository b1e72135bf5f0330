//! The guard: what goes, what stays, and what is refused; time stays linear.

use super::*;

fn pruned(page: &str) -> String {
    Dom::parse(page, &Bump::new()).to_html()
}

#[test]
fn what_carries_no_article_goes() {
    for (page, left) in [
        ("<p>a<script>var x = '<p>no</p>';</script>b</p>", "<p>ab</p>"),
        ("<style>p { }</style><p>a</p>", "<p>a</p>"),
        ("<p>a<!-- no --- -->b<!-->c<!--->d</p>", "<p>abcd</p>"),
        ("<p>a<svg><title>no</title><path/></svg>b</p>", "<p>ab</p>"),
        ("<noscript><p>no</p></noscript><template><p>no</p></template><p>a</p>", "<p>a</p>"),
        ("<select><option>no<option>no</select><textarea><p>no</textarea><p>a", "<p>a</p>"),
        ("<p onclick='x()' class=\"a\" style='color:red'>a</p>", "<p class=\"a\" style=\"color:red\">a</p>"),
        ("<img src='data:image/png;base64,AAAA' alt='x \"y\"'>", "<img alt=\"x &quot;y&quot;\">"),
        ("<button>no</button><p>a</p>", "<p>a</p>"),
        ("<![CDATA[ no ]]><?php no ?><p>a</p>", "<p>a</p>"),
        ("<p>a < b &lt; c</p>", "<p>a &lt; b &lt; c</p>"),
        ("<p title='a&amp;b&quot;'>a&nbsp;b &eacute;&#x20AC; &notit; &</p>", "<p title=\"a&amp;b&quot;\">a\u{a0}b é€ ¬it; &amp;</p>"),
        ("<iframe src='https://example.com/v'>no</iframe><p>a</p>", "<x-embed src=\"https://example.com/v\"></x-embed><p>a</p>"),
    ] {
        assert_eq!(pruned(page), left, "{page}");
    }
}

#[test]
fn what_is_never_closed_swallows_nothing() {
    for page in [
        "<!-- <p>The council met.</p>",
        "<script>var x = 1; <p>The council met.</p>",
        "<style>p {} <div><p>The council met.</p></div>",
        "<svg><path> <p>The council met.</p>",
        "<noscript><p>The council met.</p>",
        "<iframe src=x><p>The council met.</p>",
        "<title>Title <p>The council met.</p>",
        "<a title=\"never closed><p>The council met.</p>",
        "<div <p>The council met.</p>",
        "<textarea><div><p>The council met.</p></div>",
        "<script>a</script><script>b <!-- <p>The council met.</p>",
        "<button><p>The council met.</p>",
    ] {
        assert!(pruned(page).contains("<p>The council met.</p>"), "{page} → {}", pruned(page));
    }
}

#[test]
fn elements_are_closed_in_order() {
    for (page, balanced) in [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("<p>a<b>b<i>c</b>d</i>e</p>", "<p>a<x-b>b<x-i>c</x-i></x-b>de</p>"),
        ("<p><b>a<div>b</div>", "<p><x-b>a</x-b></p><div>b</div>"),
        ("<table><tr><td>a<td>b<tr><td>c</table>d", "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>d"),
        ("<table><tr><td>a</div></td></tr></table>", "<table><tbody><tr><td>a</td></tr></tbody></table>"),
        ("<td>a</td>", "a"),
        ("<a href=x>a<a href=y>b</a>", "<a href=\"x\">a</a><a href=\"y\">b</a>"),
        ("<h1>a<h2>b</h2>", "<h1>a</h1><h2>b</h2>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("</div></p><p>a</br>b</p>", "<p>a<br>b</p>"),
        ("<custom-tag><p>a</custom-tag>b", "<x-custom-tag><p>a</p></x-custom-tag>b"),
        ("<DIV CLASS=X>a</DIV>", "<div class=\"X\">a</div>"),
        ("<form><p>a</form>", "<x-form><p>a</p></x-form>"),
    ] {
        assert_eq!(pruned(page), balanced, "{page}");
    }
}

#[test]
fn json_ld_and_language_are_set_aside() {
    let page = "<html lang='de-AT'><head><script type='application/ld+json'>{\"a\":1}</script><script type=\"application/ld+json; charset=utf-8\">{\"b\":2}</script></head>";
    let arena = Bump::new();
    let steps = Steps::new(1_000_000);
    let out = prune(page, &arena, &ParseSettings::default(), &steps).unwrap();
    assert_eq!(out.json_ld, ["{\"a\":1}", "{\"b\":2}"]);
    assert_eq!(out.language.as_deref(), Some("de-AT"));
}

#[test]
fn bounds() {
    let settings = ParseSettings { max_depth: 50, max_elements: 1000, ..ParseSettings::default() };
    let code = |page: &str| prune(page, &Bump::new(), &settings, &Steps::new(1_000_000)).map(drop).expect_err("must be refused").dead_letter.code;
    assert_eq!(code(&"<div>".repeat(51)), DeadLetterCode::TooComplex);
    assert_eq!(code(&"<x-y>".repeat(51)), DeadLetterCode::TooComplex);
    assert_eq!(code(&"<p>a</p>".repeat(1001)), DeadLetterCode::TooComplex);
    assert_eq!(code(&format!("<p {}>", "a=b ".repeat(16_001)).repeat(2)), DeadLetterCode::TooComplex);
    // Unclosed formatting and unclosed paragraphs are no nesting.
    let is_read = |page: &str| prune(page, &Bump::new(), &settings, &Steps::new(1_000_000)).is_ok();
    assert!(is_read(&"<font color=red><b>a<br>".repeat(300)));
    assert!(is_read(&"<p><i>a".repeat(400)));
    assert_eq!(code(&"a</i>".repeat(3001)), DeadLetterCode::TooComplex);
}

/// Elements and texts in document order with their depth, from html5ever: what it adds by itself (`html`, `head`, `body`) left out,
/// texts that touch put together.
fn by_html5ever(html: &str) -> Vec<(usize, String)> {
    let document = scraper::Html::parse_document(&format!("<!doctype html><body>{html}"));
    let mut nodes = Vec::new();
    for node in document.tree.root().descendants() {
        let depth = node.ancestors().filter(|a| a.value().as_element().is_some_and(|e| !matches!(e.name(), "html" | "head" | "body"))).count();
        match node.value() {
            scraper::Node::Text(text) => nodes.push((depth, format!("'{}", &**text))),
            scraper::Node::Element(e) if !matches!(e.name(), "html" | "head" | "body") => nodes.push((depth, e.name().to_owned())),
            _ => {}
        }
    }
    joined(nodes)
}

fn by_guard(page: &str) -> Vec<(usize, String)> {
    let arena = Bump::new();
    let dom = Dom::parse(page, &arena);
    let mut nodes = Vec::new();
    for id in 1..dom.len() {
        let node = dom.get(id);
        let depth = dom.ancestors(id).filter(|(above, n)| *above != 0 && n.name != "body").count();
        match node.is_element() {
            true if node.name != "body" => nodes.push((depth, node.name.to_owned())),
            true => {}
            false => nodes.push((depth, format!("'{}", node.text))),
        }
    }
    joined(nodes)
}

fn joined(nodes: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for (depth, node) in nodes {
        match (out.last_mut(), node.strip_prefix('\'')) {
            (Some((d, last)), Some(text)) if *d == depth && last.starts_with('\'') => last.push_str(text),
            _ => out.push((depth, node)),
        }
    }
    out
}

proptest::proptest! {
    /// What the guard makes of any page is what html5ever makes of it once it is balanced. Texts between the cells of a table are left
    /// out here: a browser moves them before the table, the guard keeps them where they are.
    #[test]
    fn a_balanced_page_is_read_as_html5ever_reads_it(pieces in proptest::collection::vec("(</?(p|div|b|a|li|ul|dl|dd|span|h1|h2|x|br|img|form|script|svg|title|pre|section|blockquote)( class=\"?x\"?)?>|<table><tr><td>|</td></tr></table>|text|&amp;|&lt;p>|&eacute;|<!--|-->|<|\"|>)", 0..60)) {
        let page = pieces.concat();
        let html = Dom::parse(&page, &Bump::new()).to_html();
        proptest::prop_assert_eq!(by_guard(&page), by_html5ever(&html));
        // And reading what was written leaves nothing more to repair.
        proptest::prop_assert_eq!(pruned(&html).matches('<').count(), html.matches('<').count());
    }
}

//! The body on pages of shapes that sites have: what is text, what is not, and nothing twice.

use bumpalo::Bump;

use super::*;
use crate::parse::trees::SHIPPED;

const FIRST: &str = "The council of the old river town voted on Tuesday to build a second bridge, after four years of debate about its costs.";
const SECOND: &str = "“We have waited long enough,” said the mayor, who had promised the bridge in each of her three campaigns for the office.";
const THIRD: &str = "Work is to begin in spring and to take two years; the bridge will carry a tram line, two lanes of traffic and a path for cyclists.";

fn body_of(page: &str, clues: &Clues) -> Body {
    find(&Dom::parse(page, &Bump::new()), clues, &Scope::default(), &SHIPPED.body).0
}

fn texts(page: &str) -> Vec<String> {
    body_of(page, &Clues { headline: Some("Town to build a second bridge"), ..Clues::default() }).paragraphs.into_iter().map(|(_, t)| t).collect()
}

fn paragraphs() -> String {
    format!("<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>")
}

#[test]
fn the_text_without_what_stands_around_it() {
    let page = format!(
        "<body><header><nav><ul><li><a href=/>Home</a></li><li><a href=/w>World</a></li></ul></nav></header>
        <main><article><h1>Town to build a second bridge</h1><div class=byline>By Jane Roe, 16 May 2026</div>
        <figure><img src=/a.jpg><figcaption>The river on a quiet Sunday morning, seen from the tower of the church.</figcaption></figure>
        <div class=share-buttons><a href=#>Share on a network</a></div>
        {}
        <p><a href=/b>Read more: how the first bridge was built</a></p>
        <div class='newsletter-signup'><p>Sign up for our newsletter and never miss what happens in your town again.</p></div>
        <div class=author-bio><p>Jane Roe has reported on the town since 2011 and lives close to the river with two dogs.</p></div>
        </article>
        <section class=related><h2>Related articles</h2><ul><li><a href=/c>Old bridge closed for repairs until the end of the month</a></li></ul></section>
        <div id=comments><h3>Comments</h3><p>I do not believe that it will ever be built, they said the same when I was a child.</p></div></main>
        <footer><p>© The Example. All rights reserved. Reproduction without written permission is not allowed.</p></footer>",
        paragraphs()
    );
    assert_eq!(texts(&page), [FIRST, SECOND, THIRD]);
}

#[test]
fn a_text_in_line_breaks_and_old_tables() {
    let page = format!(
        "<body><table><tr><td width=120><a href=/>Home</a><br><a href=/n>News</a></td><td><h1>Town to build a second bridge</h1><font size=2>{FIRST}<br><br>{SECOND}<br>
        <br>{THIRD}</font></td></tr><tr><td colspan=2><a href=/i>Imprint</a></td></tr></table>"
    );
    assert_eq!(texts(&page), [FIRST, SECOND, THIRD]);
}

#[test]
fn a_text_that_is_split_over_containers() {
    let page = format!(
        "<body><div class=grid><h1>Town to build a second bridge</h1><div class=row><p>{FIRST}</p></div><div class=ad-slot>Advertisement</div><div class=row><p>{SECOND}</p></div><div class=row><p>{THIRD}</p></div></div>"
    );
    assert_eq!(texts(&page), [FIRST, SECOND, THIRD]);
}

#[test]
fn names_that_would_take_the_whole_text_are_not_believed() {
    let by_one: String = [FIRST, SECOND, THIRD].iter().map(|t| format!("<div class=sidebar-widget><p>{t}</p></div>")).collect();
    assert_eq!(texts(&format!("<body><div><h1>Town to build a second bridge</h1>{by_one}</div>")), [FIRST, SECOND, THIRD]);
    let whole = format!("<body class='share comments'><div class=promo><h1>Town to build a second bridge</h1>{}</div>", paragraphs());
    assert_eq!(texts(&whole), [FIRST, SECOND, THIRD]);
}

#[test]
fn kinds_of_paragraphs() {
    let page = format!(
        "<body><article><h1>Town to build a second bridge</h1><p>{FIRST}</p><h2>Who pays</h2><p>{SECOND}</p><p><strong>What comes next</strong></p><p>{THIRD}</p>
        <blockquote><p>A bridge is more than a road over water, it is a promise to those on the other side.</p></blockquote>
        <ul><li>Two lanes of traffic, one in each direction.</li><li>A tram line that ends at the market.</li></ul>
        <table><tr><th>Year</th><th>Cost</th></tr><tr><td>2026</td><td>12</td></tr></table><p>The plan can be seen in the town hall until the end of the month.</p></article>"
    );
    let found = body_of(&page, &Clues { headline: Some("Town to build a second bridge"), ..Clues::default() });
    let kinds: Vec<ParagraphKind> = found.paragraphs.iter().map(|(k, _)| *k).collect();
    use ParagraphKind::*;
    assert_eq!(kinds, [Paragraph, Subhead, Paragraph, Subhead, Paragraph, Quote, ListItem, ListItem, TableRow, TableRow, Paragraph]);
    assert_eq!(found.paragraphs[9].1, "2026\t12");
    assert!(found.confidence > 0.5 && found.boilerplate_ratio < 0.2);
}

#[test]
fn nothing_stands_twice() {
    let page = format!(
        "<body><article><h1>Town to build a second bridge</h1>{}<aside class=pullquote>We have waited long enough,</aside><p>{FIRST}</p><blockquote>said the mayor, who had promised the bridge in each</blockquote><p>{THIRD} It is late.</p></article>",
        paragraphs()
    );
    let found = texts(&page).join("\n");
    assert_eq!(found.matches("four years of debate").count(), 1);
    assert_eq!(found.matches("We have waited long enough").count(), 1);
    assert_eq!(found.matches("promised the bridge in each").count(), 1);
}

#[test]
fn article_body_stands_in_for_a_page_without_its_text() {
    let text = format!("{FIRST}\n{SECOND}\n\n{THIRD} {FIRST}");
    let page = "<body><h1>Town to build a second bridge</h1><p>Loading the article, please wait a moment.</p>";
    let found = body_of(page, &Clues { article_body: Some(&text), ..Clues::default() });
    assert_eq!(found.extractor, Some(Extractor::JsonLd));
    assert_eq!(found.paragraphs.len(), 3);
    // Where the page shows it, its own paragraphs are kept.
    let page = format!(
        "<body><h1>Town to build a second bridge</h1><div>{}</div><div><p>A notice of some length that has nothing to do with any bridge at all, but stands on every page of the site.</p></div>",
        paragraphs()
    );
    let text = format!("&lt;p&gt;{FIRST}&lt;/p&gt; {SECOND} {THIRD}");
    let found = body_of(&page, &Clues { article_body: Some(&text), headline: Some("Town to build a second bridge"), ..Clues::default() });
    assert_eq!(found.extractor, Some(Extractor::Generic));
    assert_eq!(found.paragraphs.iter().map(|(_, t)| t.as_str()).collect::<Vec<_>>(), [FIRST, SECOND, THIRD]);
    // An excerpt does not cut the text.
    let found = body_of(&page, &Clues { article_body: Some(&FIRST[..60]), ..Clues::default() });
    assert!(found.paragraphs.len() >= 3);
}

#[test]
fn the_next_article_of_an_endless_page_is_another() {
    let other = "The theatre opens its season with a play about a lighthouse keeper and the sister he has not seen in years. ".repeat(5);
    let page = format!(
        "<body><main><article><h1>Town to build a second bridge</h1>{0}{0}<p>{1}</p></article><article><h1>Theatre opens its season</h1><p>{other}</p></article></main>",
        paragraphs(),
        "The cost is put at twelve million and will be met by the state, which also pays for the tram. ".repeat(3)
    );
    assert!(!texts(&page).join(" ").contains("lighthouse"));
}

#[test]
fn words_for_screen_readers_are_not_text() {
    let page = format!(
        "<body><article><h1>Town to build a second bridge</h1><p>{FIRST}</p><p>{SECOND} <a href=/x>The plan<span class='visually-hidden'>, opens new tab</span></a> is public.</p><p>{THIRD}</p></article>"
    );
    assert!(!texts(&page).join(" ").contains("opens new tab"));
}

#[test]
fn the_text_of_a_gallery_is_its_captions() {
    let figure = |text: &str| format!("<figure><img src=a.jpg><figcaption>{text}</figcaption></figure>");
    let [one, two] = ["Fishing boats leave the harbour at dawn.", "The ferry returns in the evening sun."];
    let menu = "<nav><a href=/>Home</a></nav>";
    let found = body_of(
        &format!("<body>{menu}<article><h1>Town to build a second bridge</h1><p>21 March 2025</p>{}{}</article>", figure(one), figure(two)),
        &Clues::default(),
    );
    assert_eq!(found.paragraphs, [one, two].map(|text| (ParagraphKind::Caption, text.to_owned())));
    assert_eq!(
        texts(&format!("<body>{menu}<article><h1>Town to build a second bridge</h1>{}{}{}</article>", figure(one), paragraphs(), figure(two))),
        [FIRST, SECOND, THIRD]
    );
}

#[test]
fn what_is_hidden_is_no_text_and_what_is_streamed_is() {
    let more = "The cost is put at twelve million and will be met by the state, which also pays for the tram. ".repeat(9);
    let page = |attributes: &str| {
        format!(
            "<body><article><h1>Town to build a second bridge</h1><p>{FIRST}</p><p>{SECOND}</p><p>{more}</p><div {attributes}><p>{THIRD}</p></div></article>"
        )
    };
    assert_eq!(texts(&page("hidden id='S:1'")), [FIRST, SECOND, more.trim(), THIRD]);
    assert_eq!(texts(&page("hidden id='S:more'")), [FIRST, SECOND, more.trim()]);
    assert_eq!(texts(&page("hidden")), [FIRST, SECOND, more.trim()]);
}

#[test]
fn scripts_without_spaces() {
    let one = "市議会は火曜日、川に二本目の橋を架ける計画を可決した。費用を巡る議論は四年に及んだ。";
    let two = "市長は「十分に待った」と述べた。工事は春に始まり、二年かかる見通しだという。";
    let page = format!(
        "<body><nav><a href=/>ホーム</a></nav><div><h1>市議会、新しい橋を可決</h1><p>{one}</p><p>{two}</p></div><footer>無断転載を禁じます。すべての内容は著作権法により保護されています。</footer>"
    );
    let found = body_of(&page, &Clues { headline: Some("市議会、新しい橋を可決"), ..Clues::default() });
    assert_eq!(found.paragraphs.iter().map(|(_, t)| t.as_str()).collect::<Vec<_>>(), [one, two]);
}

#[test]
fn a_page_without_text_has_none() {
    for page in ["", "<body></body>", "<body><nav><a href=/>Home</a></nav>", "<body><img src=a.jpg>"] {
        assert!(texts(page).is_empty(), "{page}");
    }
}

proptest::proptest! {
    #[test]
    fn ranges_and_paragraphs_go_together(pieces in proptest::collection::vec("(<(p|div|li|h2|td|tr|table|a|blockquote|article|br)( class=(ad|byline|related|article-body))?>|</(p|div|a|table)>|Word and word again, at some length. |x)", 0..80)) {
        let found = body_of(&pieces.concat(), &Clues::default());
        proptest::prop_assert!(found.ranges.is_empty() || found.ranges.len() == found.paragraphs.len());
        proptest::prop_assert!(found.paragraphs.iter().all(|(_, t)| !t.is_empty() && t.trim() == t));
        proptest::prop_assert!((0.0..=1.0).contains(&found.boilerplate_ratio) && (0.0..=1.0).contains(&found.confidence));
    }
}

//! Selectors of site rules: CSS as the crate `scraper` reads it, matched against the table of the page's nodes ([`crate::parse::sites::tree`]).
//!
//! A selector that can't be read, or that names what no page keeps the content of, is refused when its rule is read: never on a page.

use std::fmt;

use cssparser::{BasicParseErrorKind, ParseErrorKind};
use scraper::selector::{Parser, Simple};
use selectors::context::SelectorCaches;
use selectors::matching::{self, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode};
use selectors::parser::{Component, ParseRelative, SelectorList, SelectorParseErrorKind};

use crate::parse::page::dom::NodeId;
use crate::parse::page::tags::{self, Treatment};
use crate::parse::sites::tree::Tree;

/// The longest selector, in bytes.
const LONGEST: usize = 2000;

/// A list of selectors: an element matches if one of them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(SelectorList<Simple>);

/// Why a selector can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector(String);

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Selector {
    /// Reads a selector such as `article h1.title, div[data-role="head"] > h1:first-of-type`.
    pub fn read(text: &str) -> Result<Selector, BadSelector> {
        if text.len() > LONGEST {
            return Err(BadSelector(format!("a selector of over {LONGEST} bytes")));
        }
        let list = SelectorList::parse(&Parser, &mut cssparser::Parser::new(text), ParseRelative::No)
            .map_err(|error| BadSelector(format!("`{text}` is no selector: {}", words(&error.kind))))?;
        for name in list.slice().iter().filter_map(subject) {
            if !is_kept(name) {
                return Err(BadSelector(format!("`{text}` selects `{name}`, but the content of `{name}` is not kept of a page")));
            }
        }
        Ok(Selector(list))
    }

    /// The elements that match, in document order. Those that are left out of the page's table can be named in a selector, but not selected.
    pub fn all<'t>(&'t self, tree: &'t Tree) -> impl Iterator<Item = NodeId> + 't {
        let mut caches = SelectorCaches::default();
        let has_steps = || !tree.steps().are_spent();
        tree.elements().take_while(move |_| has_steps()).filter_map(move |element| {
            let node = element.node()?;
            let mut context = matching::MatchingContext::new(
                MatchingMode::Normal,
                None,
                &mut caches,
                QuirksMode::NoQuirks,
                NeedsSelectorFlags::No,
                MatchingForInvalidation::No,
            );
            self.0.slice().iter().any(|selector| matching::matches_selector(selector, 0, None, &element, &mut context)).then_some(node)
        })
    }

    /// Like [`Selector::all`], without elements that stand within one before them.
    pub fn outermost(&self, tree: &Tree) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        for node in self.all(tree) {
            if found.last().is_none_or(|last| !tree.dom().holds(*last, node)) {
                found.push(node);
            }
        }
        found
    }
}

/// The name of the element that a selector selects, if it says one.
fn subject(selector: &selectors::parser::Selector<Simple>) -> Option<&str> {
    selector.iter().find_map(|part| match part {
        Component::LocalName(name) => Some(&*name.lower_name.0),
        _ => None,
    })
}

/// Whether an element of this name may stand in the table of nodes.
fn is_kept(name: &str) -> bool {
    let tag = tags::tag(name.as_bytes());
    match tag.treatment {
        Treatment::Block | Treatment::Inline | Treatment::Void | Treatment::Title => true,
        Treatment::DropRaw => !tag.name.is_empty(),
        Treatment::Unwrap => name == "body",
        Treatment::Drop | Treatment::Script => false,
    }
}

fn words(kind: &ParseErrorKind<SelectorParseErrorKind>) -> &'static str {
    use SelectorParseErrorKind as Kind;
    match kind {
        ParseErrorKind::Basic(BasicParseErrorKind::EndOfInput) => "it ends too early",
        ParseErrorKind::Basic(BasicParseErrorKind::TooManyNestedBlocks) => "it is nested too deeply",
        ParseErrorKind::Basic(_) => "a sign stands where none may stand",
        ParseErrorKind::Custom(kind) => match kind {
            Kind::EmptySelector => "a selector is empty, or begins with a combinator",
            Kind::DanglingCombinator => "a combinator needs an element on both sides",
            Kind::NoQualifiedNameInAttributeSelector | Kind::InvalidQualNameInAttr => "`[` needs the name of an attribute",
            Kind::UnexpectedTokenInAttributeSelector | Kind::ExpectedBarInAttr => "a sign stands between `[` and `]` where none may stand",
            Kind::BadValueInAttr => "the value of an attribute is neither quoted nor a name",
            Kind::ClassNeedsIdent => "a name must follow `.`",
            Kind::NoIdentForPseudo | Kind::PseudoElementExpectedColon | Kind::PseudoElementExpectedIdent => "the name of a pseudo-class must follow `:`",
            Kind::UnsupportedPseudoClassOrElement => "it has a pseudo-class or pseudo-element that is unknown here",
            Kind::ExpectedNamespace | Kind::ExplicitNamespaceUnexpectedToken => "there are no namespaces",
            Kind::UnexpectedIdent => "it has a pseudo-class that is unknown here",
            _ => "it is no CSS",
        },
    }
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::config::ParseSettings;
    use crate::parse::page::prune::prune_marked;
    use crate::parse::steps::Steps;

    const PAGE: &str = r#"<html class="js"><head><script>x</script><meta name=a data-x="B&amp;c"></head><body><div class="page wide" id=top DATA-Role='main &amp; only'>
        <article data-testid="main-story"><h1 class="title">One</h1><button>no</button><p><em>two</em></p><p class=last><EM>four</EM></article>
        <h1 class=title>Three</h1></div></body>"#;

    /// What `read` makes of a page's tree.
    fn with_tree<T>(page: &str, read: impl FnOnce(&Tree) -> T) -> T {
        let (arena, settings) = (Bump::new(), ParseSettings::default());
        let steps = Steps::new(settings.max_steps);
        let pruned = prune_marked(page, &arena, &settings, &steps, true).unwrap();
        read(&Tree::new(page, &pruned.dom, pruned.marks.as_ref().unwrap()))
    }

    fn texts_of(page: &str, selector: &str) -> Vec<String> {
        with_tree(page, |tree| Selector::read(selector).unwrap().all(tree).map(|node| tree.dom().text(node)).collect())
    }

    #[test]
    fn elements_are_found() {
        for (selector, expected) in [
            ("h1", &["One", "Three"][..]),
            ("article h1", &["One"]),
            ("#top > h1.title", &["Three"]),
            (".page.wide > article > h1", &["One"]),
            ("[data-testid^=main] .title", &["One"]),
            ("[data-testid='main-story'] em, #top > h1", &["two", "four", "Three"]),
            ("div *[class~=title]", &["One", "Three"]),
            ("#top > p", &[]),
            ("html.js > body h1[class*=\"tl\"]", &["One", "Three"]),
            // Names and attributes of which the table keeps nothing, as they are written.
            ("[data-role='main & only'] > h1", &["Three"]),
            ("[data-role=MAIN\\ \\&\\ ONLY i] > h1", &["Three"]),
            ("p > em", &["two", "four"]),
            // Places among siblings; what is left out of the table counts.
            ("article > :nth-child(3)", &["two"]),
            ("article > :nth-last-child(1)", &["four"]),
            ("p:first-of-type, p:last-child em", &["two", "four"]),
            ("h1 + p", &[]),
            ("h1 + button + p", &["two"]),
            ("h1 ~ p.last", &["four"]),
            ("p:not(.last)", &["two"]),
            ("article:has(> button) h1", &["One"]),
            ("div:has(nav)", &[]),
            (":is(h1, em):not(article *)", &["Three"]),
            ("script + meta", &[""]),
            ("html > head > meta[name=a]", &[""]),
            (":root > body > #top > h1", &["Three"]),
        ] {
            assert_eq!(texts_of(PAGE, selector), expected, "{selector}");
        }
    }

    #[test]
    fn pages_without_a_body_of_their_own() {
        let page = "<title>t</title><meta name=a><p>one<p class=b>two";
        assert_eq!(texts_of(page, "body > p"), ["one", "two"]);
        assert_eq!(texts_of(page, "head > title"), ["t"]);
        assert_eq!(texts_of("<table><td class=x>a", "body > table > tbody > tr > td.x:only-child"), ["a"]);
    }

    /// What scraper selects on the same page, where the page is written cleanly.
    #[test]
    fn it_selects_what_scraper_selects() {
        let document = scraper::Html::parse_document(PAGE);
        for selector in ["h1", "body *", "em", "[data-testid] > *", "article > :nth-child(2n+1)", ":nth-last-of-type(1)", "div > * ~ *", "[id]", "p:has(em)"] {
            let theirs: Vec<String> = document
                .select(&scraper::Selector::parse(selector).unwrap())
                .filter(|element| is_kept(element.value().name()))
                .map(|element| crate::parse::page::dom::collapse(&element.text().collect::<String>()).replace("no", ""))
                .collect();
            let own: Vec<String> = texts_of(PAGE, selector);
            let bare = |texts: &[String]| texts.iter().map(|t| t.replace(' ', "")).collect::<Vec<_>>();
            assert_eq!(bare(&own), bare(&theirs), "{selector}");
        }
    }

    #[test]
    fn the_outermost_alone() {
        let found = with_tree("<div class=a>x<div class=a>y</div></div><div class=a>z</div>", |tree| {
            Selector::read(".a").unwrap().outermost(tree).iter().map(|n| tree.dom().text(*n)).collect::<Vec<_>>()
        });
        assert_eq!(found, ["x y", "z"]);
    }

    /// Selectors that look at all siblings or at all descendants of each element end, and say that they did.
    #[test]
    fn dear_selectors_end() {
        let wide = format!("<body>{}", "<p class=a>".repeat(100_000));
        let deep = format!("<body>{}", format!("{}{}", "<div class=a>".repeat(400), "</div>".repeat(400)).repeat(200));
        for (page, selector) in [
            (&wide, ".a ~ .b"),
            (&wide, "p:nth-last-of-type(-n-3):not(.a ~ .a)"),
            (&wide, "p:has(~ .b)"),
            (&deep, "div:has(.b)"),
            (&deep, ".b .a .a .a > .a .a"),
        ] {
            let begin = std::time::Instant::now();
            with_tree(page, |tree| {
                assert_eq!(Selector::read(selector).unwrap().all(tree).count(), 0, "{selector}");
            });
            assert!(begin.elapsed().as_secs() < 10, "{selector}: {:?}", begin.elapsed());
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (selector, part) in [
            ("", "empty"),
            ("h1,", "empty"),
            ("h1..a", "must follow"),
            ("h1:hover", "unknown here"),
            ("h1::before", "unknown here"),
            ("> h1", "begins with"),
            ("h1 >", "both sides"),
            ("script", "script"),
            ("p, div > button", "button"),
            ("svg|a", "namespace"),
            ("[class=]", "no selector"),
            ("h1 {", "no selector"),
            (&"a".repeat(2001), "2000"),
            (&format!("{}a{}", ":not(".repeat(400), ")".repeat(400 - 1)), "over"),
        ] {
            let error = Selector::read(selector).unwrap_err().to_string();
            assert!(error.contains(part), "{selector}: {error}");
        }
    }
}

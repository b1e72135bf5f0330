//! Lists of articles or goods, which are refused: what can be counted of a page, and the trained trees that judge it.
//!
//! Precision first: a page that calls itself an article in JSON-LD, or whose metadata say when it was published, is never refused here.

use std::collections::HashMap;
use std::sync::LazyLock;

use bumpalo::Bump;
use url::Url;

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::blocks::Block;
use crate::parse::page::dom::{Builder, Dom};
use crate::parse::page::json_ld::JsonLd;
use crate::parse::page::meta::Meta;
use crate::parse::steps::Steps;
use crate::parse::trees::{Row, Trees, share};
use crate::text::ends::ends_like_prose;
use crate::text::quick::Quick;
use crate::text::tables::{SECTION_WORDS, words};

/// A page is refused from this score on, in thousandths of log-odds.
const REFUSE: i32 = 500;

/// Words of addresses of lists.
static LIST_WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| words(SECTION_WORDS, "list").collect());

/// What is known of a page besides its body.
pub struct Facts<'a> {
    /// Its nodes.
    pub dom: &'a Dom<'a>,
    /// Its metadata.
    pub meta: &'a Meta,
    /// Its JSON-LD.
    pub ld: &'a JsonLd,
    /// Where it was fetched.
    pub url: Option<&'a str>,
    /// Metadata say when it was published.
    pub says_when: bool,
    /// A date of publication was found, wherever.
    pub is_dated: bool,
    /// Authors that were found.
    pub authors: usize,
}

/// Whether a page with these facts is a list.
pub fn is_list(facts: &Facts, counts: &[i32], row: &[i32], trees: &Trees) -> bool {
    let of_page = |name: &str| trees.names.iter().position(|n| n == name).and_then(|at| row.get(at)).copied().unwrap_or(0);
    // Where no text was kept, only links in plenty make a list: else the page is empty.
    let judged = count_of(counts, "kept_blocks") > 0 && trees.score(row) >= REFUSE;
    !is_safe(facts) && (judged || (is_bare(counts) && og_type(facts) != 2)) && !is_item(facts, counts, &of_page)
}

/// A short item of a simple page has as little text as a list, but a date, some text besides, few links and hardly a linked heading.
fn is_item(facts: &Facts, counts: &[i32], of_page: &dyn Fn(&str) -> i32) -> bool {
    const LINKS: i32 = 20;
    const HEADINGS: i32 = 3;
    const PRICES: i32 = 3;
    const CHARS: i32 = 60;
    let says_something = count_of(counts, "kept_ends") > 0 || count_of(counts, "kept_chars") >= CHARS;
    let is_shop = count_of(counts, "prices") >= PRICES;
    facts.is_dated && says_something && !is_shop && of_page("links") < LINKS && of_page("linked_headings") < HEADINGS
}

/// Hardly any running text was kept, and the page is full of linked lines.
fn is_bare(counts: &[i32]) -> bool {
    let of = |name: &str| count_of(counts, name);
    let (running, longest, linked) = (of("kept_good"), of("longest"), of("linked_lines"));
    (running < 200 && longest < 200 && linked >= 20) || (running < 600 && longest < 250 && linked >= 60)
}

fn count_of(counts: &[i32], name: &str) -> i32 {
    COUNTS.iter().position(|n| *n == name).and_then(|at| counts.get(at)).copied().unwrap_or(0)
}

/// What the page calls itself: 0 nothing, 1 a site, 2 an article, 3 goods, 4 something else.
fn og_type(facts: &Facts) -> i32 {
    match facts.meta.get(&["og:type"]).map(str::to_ascii_lowercase).as_deref() {
        None => 0,
        Some("website") => 1,
        Some(t) if t.contains("article") => 2,
        Some(t) if t.contains("product") => 3,
        Some(_) => 4,
    }
}

/// Whether a page calls itself an article.
pub fn is_safe(facts: &Facts) -> bool {
    facts.ld.has_article || facts.says_when
}

/// The names of the columns of a row.
pub fn names() -> Vec<String> {
    let (arena, steps) = (Bump::new(), Steps::new(1));
    let dom = Builder::new(&arena, 1, &steps).finish();
    let (meta, ld) = (Meta::read(&dom), JsonLd::default());
    let facts = Facts { dom: &dom, meta: &meta, ld: &ld, url: None, says_when: false, is_dated: false, authors: 0 };
    row(&facts, &[0; COUNTS.len()], true).names.unwrap_or_default()
}

/// The row of a page.
pub fn row(facts: &Facts, counts: &[i32], with_names: bool) -> Row {
    let mut row = Row { values: Vec::with_capacity(60), names: with_names.then(Vec::new) };
    row.add("og_type", og_type(facts));
    row.flag("ld_list", facts.ld.is_list);
    row.flag("ld_article", facts.ld.has_article);
    row.flag("says_when", facts.says_when);
    row.add("authors", facts.authors.min(5));
    address(&mut row, facts.url);
    elements(&mut row, facts.dom);
    for (name, value) in COUNTS.iter().zip(counts) {
        row.add_of("body", name, *value);
    }
    row
}

/// What the address looks like.
fn address(row: &mut Row, url: Option<&str>) {
    let url = url.and_then(|u| Url::parse(u).ok());
    let path = url.as_ref().map(|u| u.path().to_ascii_lowercase()).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let last = parts.last().copied().unwrap_or_default();
    let is_list_word = |part: &str| part.split(['-', '_', '.']).any(|w| LIST_WORDS.contains(&w));
    row.add("path_parts", if url.is_some() { i32::try_from(parts.len()).unwrap_or(9) } else { -1 });
    row.add("last_length", last.len().min(200));
    row.add("last_hyphens", last.matches(['-', '_']).count());
    row.add("last_digits", last.bytes().filter(u8::is_ascii_digit).count());
    row.flag("query", url.as_ref().is_some_and(|u| u.query().is_some()));
    row.flag("slash", path.ends_with('/'));
    row.flag("extension", last.contains(".htm") || last.contains(".php") || last.contains(".asp"));
    row.flag("year", parts.iter().any(|p| p.len() == 4 && (p.starts_with("19") || p.starts_with("20")) && p.bytes().all(|b| b.is_ascii_digit())));
    row.flag("list_word", parts.iter().any(|p| is_list_word(p)));
    row.flag("list_word_last", is_list_word(last));
}

/// Elements of the page that tell.
fn elements(row: &mut Row, dom: &Dom) {
    let (mut articles, mut images, mut forms, mut firsts, mut headings, mut linked, mut links) = (0, 0, 0, 0, 0, 0, 0);
    for (node, entry) in dom.all() {
        match entry.name {
            "article" => articles += 1,
            "img" => images += 1,
            "x-form" => forms += 1,
            "a" => links += 1,
            "h1" => firsts += 1,
            "h2" | "h3" | "h4" => {
                headings += 1;
                let above = dom.get(entry.parent).name == "a";
                linked += usize::from(above || (entry.end - node < 12 && dom.elements(node).any(|(_, n)| n.name == "a")));
            }
            _ => {}
        }
    }
    row.add("articles", articles.min(100));
    row.add("images", images.min(300));
    row.add("forms", forms.min(20));
    row.add("h1", firsts.min(10));
    row.add("headings", headings.min(200));
    row.add("headings_linked", share(linked, headings));
    row.add("linked_headings", linked.min(200));
    row.add("links", links.min(2000));
}

/// The names of the counts of [`counts`].
pub const COUNTS: [&str; 22] = [
    "blocks",
    "chars",
    "good",
    "good_blocks",
    "links",
    "linked_lines",
    "kept_chars",
    "kept_blocks",
    "kept_good",
    "longest",
    "mean",
    "kept_links",
    "kept_items",
    "kept_heads",
    "prices",
    "kept_prices",
    "largest_group",
    "largest_share",
    "twins",
    "kept_share",
    "kept_good_blocks",
    "kept_ends",
];

/// What is counted of the blocks of a page, in the order of [`COUNTS`].
pub fn counts(dom: &Dom, blocks: &[Block], kept: &[usize]) -> Vec<i32> {
    let all: usize = blocks.iter().map(|b| b.chars).sum();
    let sum = |part: &mut dyn Iterator<Item = usize>| part.sum::<usize>();
    let kept: Vec<&Block> = kept.iter().map(|i| &blocks[*i]).collect();
    let kept_chars = sum(&mut kept.iter().map(|b| b.chars));
    let good: Vec<&Block> = blocks.iter().filter(|b| b.is_good()).collect();
    let kept_good: Vec<&&Block> = kept.iter().filter(|b| b.is_good()).collect();
    let has_price = |b: &Block| b.chars < 60 && b.text.contains(['$', '€', '£', '¥']) && b.text.bytes().any(|c| c.is_ascii_digit());
    let mut groups: HashMap<(&str, &str), (usize, usize), Quick> = HashMap::default();
    let mut texts: HashMap<&str, usize, Quick> = HashMap::default();
    for block in blocks.iter().filter(|b| b.chars >= 4) {
        let entry = dom.get(block.node);
        let group = groups.entry((entry.name, entry.attr("class").unwrap_or_default())).or_default();
        *group = (group.0 + 1, group.1 + block.chars);
        *texts.entry(&block.text).or_default() += 1;
    }
    let largest = groups.into_iter().filter(|((_, class), _)| !class.is_empty()).map(|(_, g)| g).max().unwrap_or_default();
    let values = [
        blocks.len(),
        all,
        sum(&mut good.iter().map(|b| b.chars)),
        good.len(),
        share(sum(&mut blocks.iter().map(|b| b.link_chars)), all),
        blocks.iter().filter(|b| b.chars >= 15 && b.linked_over(80)).count(),
        kept_chars,
        kept.len(),
        sum(&mut kept_good.iter().map(|b| b.chars)),
        kept_good.iter().map(|b| b.chars).max().unwrap_or(0),
        kept_chars.checked_div(kept.len()).unwrap_or(0),
        share(sum(&mut kept.iter().map(|b| b.link_chars)), kept_chars),
        share(kept.iter().filter(|b| b.kind == ParagraphKind::ListItem).count(), kept.len()),
        share(kept.iter().filter(|b| b.heading > 0).count(), kept.len()),
        blocks.iter().filter(|b| has_price(b)).count(),
        kept.iter().filter(|b| has_price(b)).count(),
        largest.0,
        share(largest.1, all),
        texts.values().filter(|n| **n > 1).sum::<usize>(),
        share(kept_chars, all),
        kept_good.len(),
        share(kept.iter().filter(|b| ends_like_prose(&b.text)).count(), kept.len()),
    ];
    values.into_iter().map(|v| i32::try_from(v.min(100_000)).unwrap_or(100_000)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::trees::SHIPPED;

    #[test]
    fn the_weights_are_for_these_features() {
        assert_eq!(names(), SHIPPED.lists.names);
    }
}

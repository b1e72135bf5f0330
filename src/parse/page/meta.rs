//! `meta`, `link` and `title` elements, microdata and the like: what a page's head says, by key, first come first.

use crate::parse::page::dom::{Dom, NodeId, collapse};

/// The head of a page.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Keys in lower case with their values, in document order.
    pairs: Vec<(String, String)>,
    /// `link` elements: rel, href.
    links: Vec<(String, String)>,
    /// The `title` element.
    pub title: Option<String>,
    /// The `base` element.
    pub base: Option<String>,
}

/// Elements of a head that are read.
const MAX_PAIRS: usize = 2000;

impl Meta {
    /// Reads a page's head, wherever its elements stand.
    pub fn read(dom: &Dom) -> Meta {
        let (mut meta, mut items) = (Meta::default(), Items::default());
        for (node, entry) in dom.all() {
            match entry.name {
                "meta" => {
                    let Some(content) = entry.attr("content").filter(|c| !c.is_empty()) else { continue };
                    for key in ["property", "name", "itemprop", "http-equiv"].iter().filter_map(|a| entry.attr(a)) {
                        if meta.pairs.len() < MAX_PAIRS && !(key.is_empty() || entry.attr("itemprop") == Some(key) && items.hold_otherwise(dom, node)) {
                            meta.pairs.push((key.to_ascii_lowercase(), collapse(content)));
                        }
                    }
                }
                "link" => {
                    if let (Some(rel), Some(href)) = (entry.attr("rel"), entry.attr("href"))
                        && meta.links.len() < MAX_PAIRS
                    {
                        meta.links.push((rel.to_ascii_lowercase(), href.to_owned()));
                    }
                }
                "base" => meta.base = meta.base.take().or_else(|| entry.attr("href").map(str::to_owned)),
                "title" if meta.title.is_none() => meta.title = Some(dom.text(node)).filter(|t| !t.is_empty()),
                _ => {}
            }
        }
        meta
    }

    /// The first value of the first of these keys that has one.
    pub fn get(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.pairs.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str()))
    }

    /// The same with its key.
    pub fn said(&self, keys: &'static [&'static str]) -> Option<(&'static str, &str)> {
        keys.iter().find_map(|key| self.get(&[*key]).map(|value| (*key, value)))
    }

    /// All values of these keys, in document order.
    pub fn all<'s>(&'s self, keys: &'s [&str]) -> impl Iterator<Item = &'s str> {
        self.pairs.iter().filter(|(k, _)| keys.contains(&k.as_str())).map(|(_, v)| v.as_str())
    }

    /// The value of the first of the cards `twitter:label1`, `twitter:data1` and so on whose label fits.
    pub fn label(&self, fits: impl Fn(&str) -> bool) -> Option<&str> {
        let number = |n: &usize| self.get(&[&format!("twitter:label{n}")]).is_some_and(&fits);
        (1..=3).find(number).and_then(|n| self.get(&[&format!("twitter:data{n}")]))
    }

    /// The values of the keys that fit, in document order.
    pub fn matching<'s>(&'s self, fits: impl Fn(&str) -> bool + 's) -> impl Iterator<Item = &'s str> {
        self.pairs.iter().filter(move |(k, _)| fits(k)).map(|(_, v)| v.as_str())
    }

    /// The `href` of the first link with this `rel`.
    pub fn link(&self, rel: &str) -> Option<&str> {
        self.links.iter().find(|(r, _)| r.split_ascii_whitespace().any(|w| w == rel)).map(|(_, href)| href.as_str())
    }
}

/// What the item around an element is; the children of one element share the answer.
#[derive(Default)]
struct Items {
    last: Option<(NodeId, bool)>,
}

impl Items {
    /// An `itemprop` within an item of its own (a publisher, a picture, a comment) does not speak of the article.
    fn hold_otherwise(&mut self, dom: &Dom, node: NodeId) -> bool {
        let parent = dom.get(node).parent;
        if let Some((_, other)) = self.last.filter(|(at, _)| *at == parent) {
            return other;
        }
        let item = dom.ancestors(node).find(|(_, n)| n.attr("itemscope").is_some() || n.attr("itemtype").is_some());
        let other = item.and_then(|(_, n)| n.attr("itemtype")).is_some_and(|t| !is_article_type(t));
        self.last = Some((parent, other));
        other
    }
}

/// An `itemtype` of an article or page.
pub fn is_article_type(itemtype: &str) -> bool {
    let name = itemtype.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    name.ends_with("Article") || name.ends_with("Posting") || matches!(name, "WebPage" | "CreativeWork" | "Review" | "Report" | "ItemPage")
}

/// The elements with an `itemprop`, of the article as far as can be told.
pub fn item_properties<'d>(dom: &'d Dom, property: &'d str) -> impl Iterator<Item = NodeId> + 'd {
    let mut items = Items::default();
    dom.all()
        .filter(move |(_, n)| n.name != "meta" && n.attr("itemprop").is_some_and(|p| p.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(property))))
        .map(|(id, _)| id)
        .filter(move |id| !items.hold_otherwise(dom, *id) || property == "author" || property == "name")
}

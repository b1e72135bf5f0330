//! When the article was published and changed: candidates of the page in the order of their trust. Reading a date is the business of
//! [`crate::parse::dates`]; nothing here knows a month's name.

use super::classes::{Kind, words_of};
use super::dom::{Dom, Entry, NodeId};
use super::json_ld::JsonLd;
use super::meta::{Meta, item_properties};
use crate::article::input::Hints;
use crate::article::parsed::{PublicationTime, TimeSource};
use crate::parse::dates::{self, DateContext};
use crate::parse::plain::{Label, label_in};

/// Both times, and whether a candidate lay in the future.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// First published.
    pub published: Option<PublicationTime>,
    /// Last changed.
    pub modified: Option<PublicationTime>,
    /// A candidate lay after the fetch.
    pub future: bool,
}

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "published_time",
    "published-date",
    "publication_date",
    "publicationdate",
    "published",
    "publishtime",
    "pubdate",
    "pub_date",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article_date_original",
    "articledate",
    "article:post_date",
    "cxenseparse:recs:publishtime",
    "bt:pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "dc.date.publication",
    "date.issued",
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "originalpublicationdate",
    "created",
    "datecreated",
    "article.created",
    "rbpubdate",
    "release_date",
    "shareaholic:article_published_time",
    "vr:published_time",
    "ptime",
    "displaydate",
    "date",
    "dcsext.article_pubdate",
    "mediator_published_time",
    "doc_date",
    "weibo:article:create_at",
    "dcsext.articlefirstpublished",
    "og:pubdate",
    "og:article:publishdate",
];

const MODIFIED: &[&str] = &[
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "date_modified",
    "last-modified",
    "lastmodified",
    "modified",
    "modified_time",
    "dcterms.modified",
    "dc.date.modified",
    "article.updated",
    "updated_time",
    "lastmod",
    "article:updated_time",
    "utime",
    "dateupdated",
    "revision_date",
];

/// Bytes of a line that may be a date's.
const MAX_LINE: usize = 240;

/// Elements of a page that are weighed as its date.
const MAX_CANDIDATES: usize = 2000;

/// The search for times on one page.
pub struct Search<'a> {
    /// The page.
    pub dom: &'a Dom<'a>,
    /// Its head.
    pub meta: &'a Meta,
    /// Its JSON-LD.
    pub ld: &'a JsonLd,
    /// What a feed said.
    pub hints: &'a Hints,
    /// The page's URL.
    pub url: Option<&'a str>,
    /// What is known for the reading.
    pub context: &'a DateContext,
    /// The headline's node, if it is shown.
    pub headline: Option<NodeId>,
    /// The container of the text.
    pub root: NodeId,
    /// The first node of the text.
    pub text_start: NodeId,
    /// One past its last.
    pub text_end: NodeId,
}

impl Search<'_> {
    /// Finds both times.
    pub fn run(&self) -> Times {
        let mut times = Times::default();
        let future = &mut times.future;
        let mut read = |text: &str, source: TimeSource| {
            let found = dates::find_date(text, self.context)?;
            let time = dates::publication_time(&found, source, self.context);
            *future |= time.is_none();
            time
        };
        let ld = self.ld;
        times.published = ld
            .published
            .as_deref()
            .and_then(|t| read(t, TimeSource::JsonLd))
            .or_else(|| PUBLISHED.iter().find_map(|key| self.meta.all(&[*key]).find_map(|t| read(t, TimeSource::Meta))))
            .or_else(|| self.meta.matching(names_publication).find_map(|t| read(t, TimeSource::Meta)))
            .or_else(|| self.microdata("datePublished").into_iter().find_map(|t| read(&t, TimeSource::Microdata)))
            .or_else(|| ld.created.as_deref().and_then(|t| read(t, TimeSource::JsonLd)))
            .or_else(|| self.visible().find_map(|t| read(&t, TimeSource::Visible)))
            .or_else(|| self.url.and_then(date_in_url).and_then(|t| read(&t, TimeSource::Url)))
            .or_else(|| self.hints.published.as_deref().and_then(|t| read(t, TimeSource::Hint)));
        times.modified = ld
            .modified
            .as_deref()
            .and_then(|t| read(t, TimeSource::JsonLd))
            .or_else(|| MODIFIED.iter().find_map(|key| self.meta.all(&[*key]).find_map(|t| read(t, TimeSource::Meta))))
            .or_else(|| self.microdata("dateModified").into_iter().find_map(|t| read(&t, TimeSource::Microdata)))
            .or_else(|| self.hints.updated.as_deref().and_then(|t| read(t, TimeSource::Hint)));
        times
    }

    /// Values of an `itemprop`.
    fn microdata(&self, property: &str) -> Vec<String> {
        item_properties(self.dom, property).take(4).map(|node| self.value_of(node)).filter(|t| !t.is_empty()).collect()
    }

    /// The machine-readable value of an element, else its text.
    fn value_of(&self, node: NodeId) -> String {
        let entry = self.dom.get(node);
        let value = ["datetime", "content", "data-datetime", "data-publish-date", "data-timestamp", "data-time", "data-date"]
            .iter()
            .find_map(|a| entry.attr(a))
            .filter(|v| !v.is_empty());
        value.map_or_else(|| self.dom.text_up_to(node, 160), str::to_owned)
    }

    /// Texts that a reader sees as the article's date, best first. Each source is looked at only when those before it gave no date.
    fn visible(&self) -> impl Iterator<Item = String> {
        let labelled = |label, near| std::iter::once_with(move || self.labelled(label, near)).flatten();
        let marked = std::iter::once_with(|| self.marked()).flatten();
        let lines = std::iter::once_with(|| self.lines_near_headline()).flatten();
        let near = labelled(Label::Published, true).chain(marked).chain(lines);
        near.chain(labelled(Label::Published, false)).chain(labelled(Label::Updated, true)).chain(labelled(Label::Updated, false))
    }

    /// Short texts that say of themselves, or of which the text before says, what date they hold: "Published on 2 May".
    /// `near` looks around the headline, else outside of the text.
    fn labelled(&self, wanted: Label, near: bool) -> Vec<String> {
        const MOST: usize = 6;
        let mut out: Vec<String> = Vec::new();
        let mut before = "";
        let start = self.headline.unwrap_or(self.text_start);
        let head = start.saturating_sub(60)..(self.text_start.max(start) + 8).min(self.dom.len());
        // Near the headline nothing else is looked at, but for the text right before.
        let above = || (1..head.start).rev().find(|node| !self.dom.get(*node).text.trim().is_empty());
        let nodes = if near { above().unwrap_or(head.start.max(1))..head.end } else { 1..self.dom.len() };
        for node in nodes {
            let text = self.dom.get(node).text.trim();
            if text.is_empty() {
                continue;
            }
            let above = std::mem::replace(&mut before, text);
            let has_digit = text.chars().take(MAX_LINE).any(char::is_numeric);
            // Within the text, sentences speak of publishing too: there a label counts that is little more than the date.
            let inside = !near && (self.text_start..self.text_end).contains(&node);
            let longest = if inside { 60 } else { MAX_LINE };
            if !has_digit || text.len() > longest || near != head.contains(&node) {
                continue;
            }
            let is_label = above.len() <= 60 && above.split_whitespace().count() <= 4 && !above.contains(|c: char| c.is_ascii_digit());
            let is_label = is_label && (!inside || above.ends_with(':'));
            if out.len() >= MOST || self.stands_aside(node) {
                continue;
            }
            let label = match label_in(text) {
                Label::None if is_label => label_in(above),
                label => label,
            };
            if label == wanted {
                out.push(text.to_owned());
            }
        }
        out
    }

    /// It stands in a part of the page that is about something else than the article.
    fn stands_aside(&self, node: NodeId) -> bool {
        self.dom.ancestors(node).take(12).any(|(id, n)| {
            !self.dom.holds(id, self.text_start)
                && (matches!(n.name, "nav" | "aside" | "footer") || [Kind::Comments, Kind::Related, Kind::Sidebar].iter().any(|k| n.evidence.has(*k)))
        })
    }

    /// Texts of `time` elements and of elements that call themselves a date, best first.
    fn marked(&self) -> Vec<String> {
        let mut ranked: Vec<(u32, NodeId)> = Vec::new();
        let anchor = self.headline.unwrap_or(self.text_start);
        for (node, entry) in self.dom.all() {
            let is_time = entry.name == "time" || entry.attr("datetime").is_some();
            let found = entry.evidence;
            let named = (found.has(Kind::Meta) || names_date(entry)) && entry.end - node < 40;
            if !is_time && !named || entry.name == "meta" {
                continue;
            }
            if self.stands_aside(node) {
                continue;
            }
            let distance = node.abs_diff(anchor).min(100_000);
            let before_text = node <= self.text_start;
            let mut rank = u32::try_from(distance).unwrap_or(100_000);
            rank += if is_time { 0 } else { 60 };
            rank += if entry.attr("pubdate").is_some() { 0 } else { 40 };
            rank += if before_text { 0 } else { 150 };
            // Right above the headline stands the article's own date more often than a neighbour's below the text.
            rank += if distance > 400 { 100_000 } else { 0 };
            ranked.push((rank, node));
            if ranked.len() >= MAX_CANDIDATES {
                break;
            }
        }
        ranked.sort_unstable();
        let mut texts: Vec<String> = Vec::new();
        for (rank, node) in ranked.into_iter().take(12) {
            let is_time = self.dom.get(node).name == "time" || self.dom.get(node).attr("datetime").is_some();
            let text = if is_time { self.value_of(node) } else { self.dom.text_up_to(node, 200) };
            let shown = self.dom.text_up_to(node, 200);
            if rank < 100_000 || is_time {
                texts.extend([text, shown].into_iter().filter(|t| t.chars().any(|c| c.is_numeric()) && t.chars().count() < 160));
            }
        }
        texts
    }

    /// Short lines between the headline and the text, and right around the headline.
    fn lines_near_headline(&self) -> Vec<String> {
        let from = self.headline.unwrap_or(self.text_start).saturating_sub(60);
        let to = (self.text_start + 4).min(self.dom.len());
        let mut texts = Vec::new();
        for node in from..to.max(from) {
            let text = self.dom.get(node).text.trim();
            let length = text.chars().count();
            if (6..=120).contains(&length) && text.chars().any(|c| c.is_numeric()) {
                texts.push(text.to_owned());
            }
            if texts.len() >= 40 {
                break;
            }
        }
        texts
    }
}

/// A meta key that speaks of publication, whatever the site calls it.
fn names_publication(key: &str) -> bool {
    let words = words_of(key);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    has(&["published", "publish", "publication", "pubdate", "publishdate", "publisheddate", "date"])
        && !has(&["modified", "updated", "update", "expires", "expiration", "unpublish", "last", "event", "start", "end"])
}

/// An element whose class or id speaks of a date.
fn names_date(entry: &Entry) -> bool {
    let names = ["class", "id"].iter().filter_map(|a| entry.attr(a)).flat_map(str::split_ascii_whitespace).take(12);
    // Each of the words below has one of these stems; most names have none.
    const STEMS: [&[u8]; 5] = [b"dat", b"fec", b"pub", b"pos", b"tim"];
    let may_name = |name: &&str| name.as_bytes().windows(3).any(|piece| STEMS.iter().any(|stem| piece.eq_ignore_ascii_case(stem)));
    names.filter(may_name).flat_map(words_of).any(|w| {
        matches!(
            w.as_str(),
            "date" | "dates" | "datum" | "fecha" | "published" | "publish" | "pubdate" | "posted" | "timestamp" | "datetime" | "publication" | "pub"
        )
    })
}

/// The date in a URL's path: `/2026/05/16/`, `/2026-05-16/`, `/20260516/`; `/2026/05/` is a month.
fn date_in_url(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    let path = parsed.path();
    let year = |s: &str| s.len() == 4 && s.parse::<u16>().is_ok_and(|y| (1990..=2100).contains(&y));
    let number =
        |s: &str, max: u8| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u8>().is_ok_and(|n| (1..=max).contains(&n));
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).filter(|s| !s.is_empty()).collect();
    for window in parts.windows(3) {
        if year(window[0]) && number(window[1], 12) && number(window[2], 31) {
            return Some(format!("{}-{:0>2}-{:0>2}", window[0], window[1], window[2]));
        }
    }
    for part in &parts {
        if part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()) && year(&part[..4]) && number(&part[4..6], 12) && number(&part[6..], 31) {
            return Some(format!("{}-{}-{}", &part[..4], &part[4..6], &part[6..]));
        }
    }
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let month = segments.windows(2).find(|w| year(w[0]) && w[1].len() == 2 && number(w[1], 12));
    month.map(|w| format!("{}-{}", w[0], w[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_urls() {
        for (url, expected) in [
            ("https://example.com/2026/05/16/story", Some("2026-05-16")),
            ("https://example.com/news/2026-5-6-story", Some("2026-05-06")),
            ("https://example.com/20260516/story.html", Some("2026-05-16")),
            ("https://example.com/2026/05/story", Some("2026-05")),
            ("https://example.com/story-20269916", None),
            ("https://example.com/1234/56/78", None),
            ("not a url", None),
        ] {
            assert_eq!(date_in_url(url).as_deref(), expected, "{url}");
        }
    }
}

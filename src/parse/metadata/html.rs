//! What a page of HTML says of itself beside headline, authors, times and text.

use std::sync::LazyLock;

use url::Url;

use crate::article::input::Hints;
use crate::article::parsed::{Access, Genre, Rights};
use crate::parse::choice::Choice;
use crate::parse::page::dom::{self, Dom};
use crate::parse::page::json_ld::{self, JsonLd};
use crate::parse::page::meta::Meta;
use crate::text::fold;
use crate::text::tables::{SECTION_WORDS, words};

/// The description: JSON-LD of an article, else what the head says to others.
pub fn description(meta: &Meta, ld: &JsonLd) -> Choice<Option<String>> {
    let structured = ld.description.as_deref().filter(|_| ld.has_article).map(|text| ("json_ld", text));
    let social = meta.said(&["og:description", "description", "twitter:description", "dc.description", "sailthru.description"]);
    let mut choice = Choice::first([structured, social], |text| Some(text.to_owned()));
    choice.chosen = choice.chosen.filter(|text| text.chars().count() >= 10);
    choice
}

/// The section: by the head, JSON-LD, a trail of crumbs, the feed.
pub fn section(meta: &Meta, ld: &JsonLd, headline: Option<&str>, hints: &Hints) -> Choice<Option<String>> {
    let good = |text: &str| {
        let text = dom::collapse(text);
        (!text.is_empty() && text.chars().count() <= 60 && !text.starts_with("http")).then_some(text)
    };
    let own = headline.map(fold::letters).unwrap_or_default();
    let crumb = ld.breadcrumb.iter().skip(1).map(String::as_str).rfind(|name| fold::letters(name) != own && name.chars().count() <= 40);
    let sources = [
        meta.said(&["article:section", "og:article:section", "parsely-section", "cxenseparse:section", "sailthru.section", "dcsext.articlesection"]),
        ld.sections.first().map(|text| ("json_ld", text.as_str())),
        crumb.map(|text| ("breadcrumb", text)),
        meta.said(&["section", "category", "articlesection"]),
        hints.section.as_deref().map(|text| ("hint", text)),
    ];
    Choice::first(sources, good)
}

/// The canonical URL, as the page claims it.
pub fn canonical(meta: &Meta, ld: &JsonLd) -> Choice<Option<String>> {
    let link = meta.link("canonical").map(|href| ("link", href));
    Choice::first([link, meta.said(&["og:url"]), ld.url.as_deref().map(|url| ("json_ld", url))], |url| Some(url.to_owned()))
}

/// The publisher's name, as the page says it.
pub fn publisher(meta: &Meta, ld: &JsonLd) -> Choice<Option<String>> {
    let structured = ld.publisher.as_ref().map(|p| ("json_ld", p.name.as_str()));
    Choice::first([structured, meta.said(&["og:site_name", "application-name", "dc.publisher"])], |name| Some(short(name)))
}

const MAX_TAGS: usize = 60;
const MAX_TAG_CHARS: usize = 80;
/// Tags that are looked at.
const MAX_LISTED: usize = 2000;

/// The tags: what is said one by one, else keywords, else links that call themselves tags.
pub fn tags_of(dom: &Dom, meta: &Meta, ld: &JsonLd) -> Vec<String> {
    let listed = |keys: &'static [&'static str]| meta.all(keys).flat_map(|v| v.split([',', ';']));
    let mut named = ld.keywords.iter().map(String::as_str).chain(listed(&["article:tag", "og:article:tag", "parsely-tags", "news_keywords", "sailthru.tags"]));
    if let Some(first) = named.next() {
        return distinct(std::iter::once(first).chain(named).map(dom::collapse));
    }
    let mut words = listed(&["keywords"]);
    if let Some(first) = words.next() {
        return distinct(std::iter::once(first).chain(words).map(dom::collapse));
    }
    let links = dom.all().filter(|(_, n)| n.name == "a" && n.attr("rel").is_some_and(|r| r.split_ascii_whitespace().any(|w| w == "tag")));
    distinct(links.take(MAX_TAGS).map(|(id, _)| dom::collapse(&dom.text_up_to(id, 200))))
}

/// The first tags, each once: a head may list millions.
pub fn distinct(tags: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    tags.take(MAX_LISTED).filter(|t| !t.is_empty() && t.chars().count() <= MAX_TAG_CHARS && seen.insert(t.to_lowercase())).take(MAX_TAGS).collect()
}

/// Words of sections and addresses that say what kind of article it is; the first kind that is named counts.
static GENRES: LazyLock<Vec<(&str, Genre)>> = LazyLock::new(|| {
    let kinds = [
        ("opinion", Genre::Opinion),
        ("obituary", Genre::Obituary),
        ("analysis", Genre::Analysis),
        ("interview", Genre::Interview),
        ("review", Genre::Review),
        ("advert", Genre::Advertorial),
    ];
    kinds.into_iter().flat_map(|(kind, genre)| words(SECTION_WORDS, kind).map(move |word| (word, genre))).collect()
});

/// What kind of article: by type, else by what section, genre and path say.
pub fn genre(ld: &JsonLd, section: Option<&str>, url: Option<&str>) -> Option<Genre> {
    if let Some(genre) = ld.genre.filter(|g| *g != Genre::News) {
        return Some(genre);
    }
    let path = url.and_then(|u| Url::parse(u).ok()).map(|u| u.path().to_lowercase()).unwrap_or_default();
    let mut words: Vec<String> = path.split(['/', '-', '_', '.']).map(str::to_owned).collect();
    for text in [section, ld.genre_text.as_deref()].into_iter().flatten() {
        words.extend(text.to_lowercase().split([' ', '/', '-']).map(str::to_owned));
    }
    if let Some((_, genre)) = GENRES.iter().find(|(known, _)| words.iter().any(|word| word == known)) {
        return Some(*genre);
    }
    if path.contains("branded-content") {
        return Some(Genre::Advertorial);
    }
    if path.contains("press-release") || path.contains("pressrelease") || path.contains("/pressemitteilung") {
        return Some(Genre::PressRelease);
    }
    ld.genre
}

/// Whether it is free, and the sign that it is not.
pub fn access(meta: &Meta, ld: &JsonLd) -> Option<Access> {
    let tier = meta.get(&["article:content_tier", "og:article:content_tier"]).map(str::to_ascii_lowercase);
    let free = ld.free.or(match tier.as_deref() {
        Some("free") => Some(true),
        Some("locked") => Some(false),
        _ => None,
    });
    let signal = match (ld.free, tier.as_deref()) {
        (Some(false), _) => Some("is_accessible_for_free".to_owned()),
        (_, Some(tier @ ("metered" | "locked"))) => Some(format!("content_tier:{tier}")),
        _ => None,
    };
    (free.is_some() || signal.is_some()).then_some(Access { free, paywall_signal: signal })
}

/// A name of the page's head: no longer than one of JSON-LD.
fn short(name: &str) -> String {
    dom::head(name, json_ld::MAX_NAME).trim_end().to_owned()
}

/// The holder of the rights, and their notice.
pub fn rights(meta: &Meta, ld: &JsonLd) -> Option<Rights> {
    let notice =
        ld.notice.clone().or_else(|| meta.get(&["copyright", "dc.rights", "dcterms.rights", "rights"]).map(str::to_owned)).filter(|n| n.chars().count() <= 500);
    let holder = ld.holder.clone().or_else(|| meta.get(&["dcterms.rightsholder", "dc.rightsholder"]).map(short));
    (notice.is_some() || holder.is_some()).then_some(Rights { holder, notice })
}

/// BCP 47 as the page says it: `lang` of the page, else Open Graph and the like.
pub fn declared_language(lang: Option<&str>, meta: &Meta, ld: &JsonLd) -> Option<String> {
    let locale = meta.get(&["og:locale", "content-language", "dc.language", "language", "dcterms.language"]);
    let candidates = [lang, ld.language.as_deref(), locale];
    candidates.into_iter().flatten().find_map(language_tag)
}

/// A language tag in usual case; `None` where the text is none.
pub fn language_tag(text: &str) -> Option<String> {
    let text = text.split([',', ';']).next()?.trim().replace('_', "-");
    let mut parts = text.split('-');
    let language = parts.next()?.to_ascii_lowercase();
    let sane = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
    if !sane || language == "und" || language == "xx" {
        return None;
    }
    let mut tag = language;
    for part in parts.take(3).filter(|p| p.bytes().all(|b| b.is_ascii_alphanumeric()) && (2..=8).contains(&p.len())) {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => tag.extend(part.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })),
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// `robots` with `noai`, or the TDM reservation protocol.
pub fn training_opt_out(meta: &Meta) -> Option<bool> {
    let robots = meta.all(&["robots", "googlebot", "gptbot"]).any(|v| v.to_ascii_lowercase().split(',').any(|w| matches!(w.trim(), "noai" | "noimageai")));
    let reserved = meta.get(&["tdm-reservation"]).map(|v| v.trim() == "1");
    if robots { Some(true) } else { reserved }
}

//! HTML: from a page as text to what it says: metadata and body.
//!
//! Order of work: one linear pass reads the page, prunes and bounds it ([`prune`]) and makes a flat table of its nodes ([`dom`]);
//! everything else reads that table. Nothing here recurses over a page.

pub mod authors;
pub mod body;
pub mod classes;
pub mod dom;
pub mod headline;
pub mod json_ld;
pub mod listing;
pub mod media;
pub mod meta;
pub mod prune;
pub mod ruled;
mod state;
pub mod tags;
pub mod times;

use bumpalo::Bump;
use url::Url;

use self::authors::Authors;
use self::body::{Body, Clues, Proposal};
use self::dom::{Dom, NodeId};
use self::headline::Headlines;
use self::json_ld::JsonLd;
use self::meta::Meta;
use self::ruled::Ruled;
use self::times::{Search, Times};
use crate::article::Refusal;
use crate::article::input::Hints;
use crate::article::parsed::{Access, Extractor, Genre, Image, Link, Rights, TimeSource, Video};
use crate::config::ParseSettings;
use crate::parse::dates::DateContext;
use crate::parse::sites::Rule;
use crate::parse::sites::tree::Tree;
use crate::parse::steps::Steps;
use crate::text::fold;

/// What is known of a page before it is read.
#[derive(Clone, Debug, Default)]
pub struct PageContext<'a> {
    /// Where it was fetched, redirects followed.
    pub url: Option<&'a str>,
    /// Registrable domain.
    pub domain: Option<&'a str>,
    /// The publisher's name, if known.
    pub publisher: Option<&'a str>,
    /// What a feed said.
    pub hints: Option<&'a Hints>,
    /// For reading dates.
    pub dates: DateContext,
    /// The rule of its site.
    pub rule: Option<&'a Rule>,
}

/// What a page was read from, for those who ask why.
pub struct Seen<'a> {
    /// The pruned page.
    pub dom: &'a Dom<'a>,
    /// Its metadata.
    pub meta: &'a Meta,
    /// Its JSON-LD.
    pub ld: &'a JsonLd,
    /// What a feed said.
    pub hints: &'a Hints,
    /// Its blocks, and what the rules made of them.
    pub proposal: &'a Proposal,
    /// What its site's rule found.
    pub ruled: &'a Ruled,
}

/// What a page says.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Headlines.
    pub headlines: Headlines,
    /// Byline and authors.
    pub authors: Authors,
    /// Times.
    pub times: Times,
    /// The body.
    pub body: Body,
    /// The description.
    pub description: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The kind of article.
    pub genre: Option<Genre>,
    /// Pictures.
    pub images: Vec<Image>,
    /// Videos.
    pub videos: Vec<Video>,
    /// Links in the text.
    pub links: Vec<Link>,
    /// Free or not.
    pub access: Option<Access>,
    /// Rights.
    pub rights: Option<Rights>,
    /// The canonical URL as claimed.
    pub canonical: Option<String>,
    /// The language as declared.
    pub language: Option<String>,
    /// The publisher's name as the page says it.
    pub publisher: Option<String>,
    /// The page asks not to be used for training.
    pub training_opt_out: Option<bool>,
    /// JSON-LD could not be read.
    pub broken_json_ld: bool,
    /// The page is a list, by what it says of itself and by its structure.
    pub is_list: bool,
    /// It calls itself an article.
    pub never_a_list: bool,
    /// The row by which that was judged.
    pub list_row: Vec<i32>,
}

/// Reads a page within a budget.
pub fn read(page: &str, context: &PageContext, settings: &ParseSettings, steps: &Steps) -> Result<Page, Refusal> {
    look(page, context, settings, steps, |_, _| ()).map(|(page, ())| page)
}

/// Reads a page, and lets `show` see what it was read from.
pub fn look<T>(page: &str, context: &PageContext, settings: &ParseSettings, steps: &Steps, show: impl FnOnce(&Page, &Seen) -> T) -> Result<(Page, T), Refusal> {
    let (found, seen) = read_as_sent(page, context, settings, steps, |found, seen| match built(page, found, seen, context) {
        None => Ok(show(found, seen)),
        Some(built) => Err((show, built)),
    })?;
    match seen {
        Ok(shown) => Ok((found, shown)),
        Err((show, built)) => read_as_sent(&built, context, settings, steps, show),
    }
}

/// The page as a browser would build it, where what was found of it is next to no text and the data of its scripts hold more.
fn built(page: &str, found: &Page, seen: &Seen, context: &PageContext) -> Option<String> {
    const LITTLE: usize = 200;
    let shown: usize = found.body.paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    let headline = found.headlines.headline.as_deref().filter(|_| shown < LITTLE)?;
    state::with_text(page, headline, &site_names(seen.meta, seen.ld, context), shown)
}

fn read_as_sent<T>(
    page: &str,
    context: &PageContext,
    settings: &ParseSettings,
    steps: &Steps,
    show: impl FnOnce(&Page, &Seen) -> T,
) -> Result<(Page, T), Refusal> {
    let arena = Bump::new();
    let Sources { pruned, meta, ld } = open(page, &arena, context, settings, steps)?;
    let read = assemble(page, &pruned, &meta, &ld, context, show);
    steps.check().map(|()| read)
}

/// What the body's rules and features make of a page, for the trainer of the trees.
pub fn propose(page: &str, context: &PageContext, settings: &ParseSettings) -> Result<Proposal, Refusal> {
    let (arena, steps) = (Bump::new(), Steps::new(settings.max_steps));
    let Sources { pruned, meta, ld } = open(page, &arena, context, settings, &steps)?;
    let headlines = headline::choose(&pruned.dom, &meta, &ld, &site_names(&meta, &ld, context), context.hints.and_then(|h| h.title.as_deref()));
    let description = description(&meta, &ld);
    Ok(body::propose(&pruned.dom, &clues(&headlines, description.as_deref(), &ld), true))
}

/// What a page is read from.
struct Sources<'a> {
    pruned: prune::Pruned<'a>,
    meta: Meta,
    ld: JsonLd,
}

fn open<'a>(page: &'a str, arena: &'a Bump, context: &PageContext, settings: &ParseSettings, steps: &'a Steps) -> Result<Sources<'a>, Refusal> {
    let selects = context.rule.is_some_and(|rule| !rule.select.is_empty());
    let pruned = prune::prune_marked(page, arena, settings, steps, selects)?;
    let meta = Meta::read(&pruned.dom);
    let canonical = meta.link("canonical").or_else(|| meta.get(&["og:url"]));
    let own: Vec<&str> = context.url.into_iter().chain(canonical).collect();
    let ld = json_ld::read(&pruned.json_ld, &own);
    Ok(Sources { pruned, meta, ld })
}

fn clues<'a>(headlines: &'a Headlines, description: Option<&'a str>, ld: &'a JsonLd) -> Clues<'a> {
    Clues { headline: headlines.headline.as_deref(), description, article_body: ld.body.as_deref().filter(|_| ld.has_article) }
}

fn assemble<T>(source: &str, pruned: &prune::Pruned, meta: &Meta, ld: &JsonLd, context: &PageContext, show: impl FnOnce(&Page, &Seen) -> T) -> (Page, T) {
    let (dom, lang) = (&pruned.dom, pruned.language.as_deref());
    let no_hints = Hints::default();
    let hints = context.hints.unwrap_or(&no_hints);
    let site = site_names(meta, ld, context);
    let ruled = match (context.rule, &pruned.marks) {
        (Some(rule), Some(marks)) => Ruled::read(&Tree::new(source, dom, marks), &rule.select, &context.dates.for_declared()),
        _ => Ruled::default(),
    };
    let mut headlines = headline::choose(dom, meta, ld, &site, hints.title.as_deref());
    ruled.set_headline(&mut headlines);
    let description = ruled.description.clone().or_else(|| description(meta, ld));
    let (body, proposal) = body::find(dom, &clues(&headlines, description.as_deref(), ld), &ruled.scope);
    let shown = shown_headline(dom, headlines.headline.as_deref());
    let text_start = body.ranges.first().map_or(body.root, |r| r.0);
    let text_end = body.ranges.last().map_or(dom.get(body.root).end, |r| r.1);
    let search =
        Search { page: source, dom, meta, ld, hints, url: context.url, context: &context.dates, headline: shown, root: body.root, text_start, text_end };
    let mut times = search.run();
    ruled.set_times(&mut times);
    let anchor = shown.unwrap_or(text_start);
    let near = (anchor.saturating_sub(40).min(body.root), (text_start.max(anchor) + 40).min(dom.len()));
    let place = authors::Place { near, anchor, text: (text_start, text_end) };
    let mut authors = authors::choose(dom, meta, ld, place, &hints.authors, &site);
    ruled.set_authors(&mut authors);
    let base = base_url(meta, context);
    for author in &mut authors.authors {
        author.url = author.url.take().and_then(|u| media::absolute(&u, base.as_ref()));
    }
    let section = ruled.section.clone().or_else(|| section(meta, ld, headlines.headline.as_deref(), hints));
    let facts =
        listing::Facts { dom, meta, ld, url: context.url, says_when: says_when(&times), is_dated: times.published.is_some(), authors: authors.authors.len() };
    let list_row = listing::row(&facts, &body.counts, false).values;
    let page = Page {
        genre: genre(ld, section.as_deref(), context.url),
        section,
        tags: tags_of(dom, meta, ld),
        images: media::images(dom, meta, ld, body.root, base.as_ref()),
        videos: media::videos(dom, meta, ld, body.root, base.as_ref()),
        links: media::links(dom, &body.ranges, base.as_ref(), context.domain),
        access: access(meta, ld),
        rights: rights(meta, ld),
        canonical: meta.link("canonical").or_else(|| meta.get(&["og:url"])).map(str::to_owned).or_else(|| ld.url.clone()),
        language: declared_language(lang, meta, ld),
        publisher: ld.publisher.as_ref().map(|p| p.name.clone()).or_else(|| meta.get(&["og:site_name", "application-name", "dc.publisher"]).map(short)),
        training_opt_out: training_opt_out(meta),
        broken_json_ld: ld.broken,
        // Where its site's rule found the text of an article, it is one.
        is_list: body.extractor != Some(Extractor::SiteRule) && listing::is_list(&facts, &body.counts, &list_row),
        never_a_list: listing::is_safe(&facts),
        list_row,
        headlines,
        authors,
        times,
        body,
        description,
    };
    let shown = show(&page, &Seen { dom, meta, ld, hints, proposal: &proposal, ruled: &ruled });
    (page, shown)
}

/// A page whose metadata say when it was published is an article, whatever it looks like.
fn says_when(times: &Times) -> bool {
    !times.embedded && times.published.as_ref().is_some_and(|p| matches!(p.source, TimeSource::JsonLd | TimeSource::Meta | TimeSource::Microdata))
}

/// Names that the site goes by.
fn site_names(meta: &Meta, ld: &JsonLd, context: &PageContext) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(meta.get(&["og:site_name"]).map(str::to_owned));
    names.extend(meta.get(&["application-name", "apple-mobile-web-app-title"]).map(str::to_owned));
    names.extend(ld.publisher.as_ref().map(|p| p.name.clone()));
    names.extend(context.publisher.map(str::to_owned));
    if let Some(domain) = context.domain {
        names.push(domain.to_owned());
        names.extend(domain.split('.').next().filter(|label| label.len() >= 3).map(str::to_owned));
    }
    names.retain(|name| name.chars().count() <= 60);
    names
}

/// The element that shows the headline.
fn shown_headline(dom: &Dom, headline: Option<&str>) -> Option<NodeId> {
    let wanted = fold::letters(headline?);
    let headings = dom.all().filter(|(_, n)| matches!(n.name, "h1" | "h2" | "h3"));
    let mut found = headings.filter(|(node, _)| fold::letters(&dom.text_up_to(*node, 800)).contains(&wanted)).map(|(node, n)| (n.name, node));
    let first = found.next()?;
    Some(if first.0 == "h1" { first.1 } else { found.find(|(name, _)| *name == "h1").map_or(first.1, |(_, node)| node) })
}

fn base_url(meta: &Meta, context: &PageContext) -> Option<Url> {
    let page = context.url.and_then(|u| Url::parse(u).ok());
    match (&meta.base, page) {
        (Some(base), Some(page)) => page.join(base).ok().filter(|u| matches!(u.scheme(), "http" | "https")).or(Some(page)),
        (Some(base), None) => Url::parse(base).ok().filter(|u| matches!(u.scheme(), "http" | "https")),
        (None, page) => page,
    }
}

fn description(meta: &Meta, ld: &JsonLd) -> Option<String> {
    let social = meta.get(&["og:description", "description", "twitter:description", "dc.description", "sailthru.description"]);
    let text = ld.description.clone().filter(|_| ld.has_article).or_else(|| social.map(str::to_owned))?;
    Some(text).filter(|t| t.chars().count() >= 10)
}

fn section(meta: &Meta, ld: &JsonLd, headline: Option<&str>, hints: &Hints) -> Option<String> {
    let good = |text: &str| {
        let text = dom::collapse(text);
        (!text.is_empty() && text.chars().count() <= 60 && !text.starts_with("http")).then_some(text)
    };
    let crumbs = || {
        let own = headline.map(fold::letters).unwrap_or_default();
        ld.breadcrumb.iter().skip(1).map(String::as_str).rfind(|name| fold::letters(name) != own && name.chars().count() <= 40)
    };
    meta.get(&["article:section", "og:article:section", "parsely-section", "cxenseparse:section", "sailthru.section", "dcsext.articlesection"])
        .and_then(good)
        .or_else(|| ld.sections.first().and_then(|s| good(s)))
        .or_else(|| crumbs().and_then(good))
        .or_else(|| meta.get(&["section", "category", "articlesection"]).and_then(good))
        .or_else(|| hints.section.as_deref().and_then(good))
}

const MAX_TAGS: usize = 60;
const MAX_TAG_CHARS: usize = 80;
/// Tags that are looked at.
const MAX_LISTED: usize = 2000;

fn tags_of(dom: &Dom, meta: &Meta, ld: &JsonLd) -> Vec<String> {
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
fn distinct(tags: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    tags.take(MAX_LISTED).filter(|t| !t.is_empty() && t.chars().count() <= MAX_TAG_CHARS && seen.insert(t.to_lowercase())).take(MAX_TAGS).collect()
}

/// What kind of article: by type, else by what section, genre and path say.
fn genre(ld: &JsonLd, section: Option<&str>, url: Option<&str>) -> Option<Genre> {
    if let Some(genre) = ld.genre.filter(|g| *g != Genre::News) {
        return Some(genre);
    }
    let path = url.and_then(|u| Url::parse(u).ok()).map(|u| u.path().to_lowercase()).unwrap_or_default();
    let mut words: Vec<String> = path.split(['/', '-', '_', '.']).map(str::to_owned).collect();
    for text in [section, ld.genre_text.as_deref()].into_iter().flatten() {
        words.extend(text.to_lowercase().split([' ', '/', '-']).map(str::to_owned));
    }
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if has(&[
        "opinion",
        "opinions",
        "editorial",
        "editorials",
        "oped",
        "comment",
        "commentisfree",
        "columnists",
        "column",
        "kommentar",
        "meinung",
        "opinión",
        "tribune",
        "opinions",
        "мнение",
        "мнения",
    ]) {
        return Some(Genre::Opinion);
    }
    if has(&["obituary", "obituaries", "nachruf", "nachrufe", "obituario", "obituarios"]) {
        return Some(Genre::Obituary);
    }
    if has(&["analysis", "analyse", "análisis", "аналитика"]) {
        return Some(Genre::Analysis);
    }
    if has(&["interview", "interviews", "entrevista", "интервью"]) {
        return Some(Genre::Interview);
    }
    if has(&["liveblog", "liveticker", "live"]) && path.contains("live") && ld.genre == Some(Genre::LiveBlog) {
        return Some(Genre::LiveBlog);
    }
    if has(&["reviews", "review", "rezension", "rezensionen", "recensioni"]) {
        return Some(Genre::Review);
    }
    if has(&["advertorial", "advertorials", "sponsored", "anzeige", "publireportage", "publirreportaje"]) || path.contains("branded-content") {
        return Some(Genre::Advertorial);
    }
    if path.contains("press-release") || path.contains("pressrelease") || path.contains("/pressemitteilung") {
        return Some(Genre::PressRelease);
    }
    ld.genre
}

fn access(meta: &Meta, ld: &JsonLd) -> Option<Access> {
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

fn rights(meta: &Meta, ld: &JsonLd) -> Option<Rights> {
    let notice =
        ld.notice.clone().or_else(|| meta.get(&["copyright", "dc.rights", "dcterms.rights", "rights"]).map(str::to_owned)).filter(|n| n.chars().count() <= 500);
    let holder = ld.holder.clone().or_else(|| meta.get(&["dcterms.rightsholder", "dc.rightsholder"]).map(short));
    (notice.is_some() || holder.is_some()).then_some(Rights { holder, notice })
}

/// BCP 47 as the page says it: `lang` of the page, else Open Graph and the like.
fn declared_language(lang: Option<&str>, meta: &Meta, ld: &JsonLd) -> Option<String> {
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
fn training_opt_out(meta: &Meta) -> Option<bool> {
    let robots = meta.all(&["robots", "googlebot", "gptbot"]).any(|v| v.to_ascii_lowercase().split(',').any(|w| matches!(w.trim(), "noai" | "noimageai")));
    let reserved = meta.get(&["tdm-reservation"]).map(|v| v.trim() == "1");
    if robots { Some(true) } else { reserved }
}

#[cfg(test)]
mod tests;

//! JSON-LD: what a page says of its article in schema.org's words. Broken JSON is repaired where that is safe, else left and told.
//!
//! A page's scripts are walked as a whole: graphs, arrays, references by `@id`. Nothing here is believed without the caller's own checks.

mod bounded;
mod repair;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::article::parsed::Genre;
use crate::parse::page::dom::{collapse, head};

/// An author, publisher or rights holder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// The name.
    pub name: String,
    /// Its page.
    pub url: Option<String>,
    /// Typed as an organisation.
    pub organisation: bool,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// As written.
    pub url: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// The caption.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// What JSON-LD says of the page's article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonLd {
    /// `headline`.
    pub headline: Option<String>,
    /// `alternativeHeadline`, `alternateName`.
    pub alternative: Vec<String>,
    /// `description`.
    pub description: Option<String>,
    /// `author`, else `creator`.
    pub authors: Vec<Agent>,
    /// `datePublished`.
    pub published: Option<String>,
    /// `dateCreated`, where there is no `datePublished`.
    pub created: Option<String>,
    /// `dateModified`.
    pub modified: Option<String>,
    /// `articleSection`.
    pub sections: Vec<String>,
    /// `keywords`.
    pub keywords: Vec<String>,
    /// `image`.
    pub images: Vec<Picture>,
    /// `video` and `VideoObject`.
    pub videos: Vec<String>,
    /// `articleBody`.
    pub body: Option<String>,
    /// `publisher`, else the site's organisation.
    pub publisher: Option<Agent>,
    /// `inLanguage`.
    pub language: Option<String>,
    /// `isAccessibleForFree`.
    pub free: Option<bool>,
    /// By its type.
    pub genre: Option<Genre>,
    /// `genre` as written.
    pub genre_text: Option<String>,
    /// `url` or `mainEntityOfPage`.
    pub url: Option<String>,
    /// `copyrightHolder`.
    pub holder: Option<String>,
    /// `copyrightNotice`.
    pub notice: Option<String>,
    /// Names of the breadcrumb, the home page first.
    pub breadcrumb: Vec<String>,
    /// There is an article by type.
    pub has_article: bool,
    /// The page calls itself a list, search or home page.
    pub is_list: bool,
    /// A script could not be read.
    pub broken: bool,
}

/// Objects that are looked at; a page with more is cut here.
const MAX_OBJECTS: usize = 20_000;
const MAX_ITEMS: usize = 64;

/// Values of a page's scripts that are read; what goes beyond is passed over, and told as broken.
const MAX_VALUES: usize = 100_000;

/// Bytes of a text other than the article's, as of a value in the page's head; of a name, a time or a code; and of an address.
const MAX_TEXT: usize = 8 << 10;
pub(in crate::parse) const MAX_NAME: usize = 1 << 10;
const MAX_URL: usize = 4 << 10;

/// Reads a page's scripts. `page_urls` are the URLs that the page goes by.
pub fn read(scripts: &[&str], page_urls: &[&str]) -> JsonLd {
    let mut out = JsonLd::default();
    let mut roots = Vec::new();
    let mut left = MAX_VALUES;
    for script in scripts {
        match repair::parse(script, left) {
            Some((values, budget)) => {
                roots.extend(values);
                left = budget.left();
                out.broken |= budget.is_cut();
            }
            None => out.broken |= !script.trim().is_empty(),
        }
    }
    let objects = flatten(&roots);
    let by_id: BTreeMap<&str, &Map<String, Value>> =
        objects.iter().rev().filter(|o| o.map.len() > 1).filter_map(|o| Some((o.map.get("@id")?.as_str()?, o.map))).collect();
    let page_urls: Vec<&str> = page_urls.iter().map(|url| bare_url(url)).collect();
    let mut best: Option<(i32, &Map<String, Value>)> = None;
    for object in &objects {
        let score = object.score(&page_urls);
        if score > 0 && best.is_none_or(|(s, _)| score > s) {
            best = Some((score, object.map));
        }
    }
    let reader = Reader { by_id };
    for object in &objects {
        reader.read_site(object, &mut out);
    }
    if let Some((score, map)) = best {
        out.has_article = score >= ARTICLE;
        reader.read_article(map, &mut out);
    }
    out
}

struct Object<'a> {
    map: &'a Map<String, Value>,
    /// Stands in a list of further articles.
    listed: bool,
    depth: usize,
}

/// The score of an article by type.
const ARTICLE: i32 = 100;

impl Object<'_> {
    fn types(&self) -> Vec<&str> {
        types_of(self.map)
    }

    /// How much an object is the page's article; `page_urls` are bare.
    fn score(&self, page_urls: &[&str]) -> i32 {
        let mut score = self.types().iter().map(|t| type_score(t)).max().unwrap_or(0);
        if score == 0 {
            return 0;
        }
        if self.listed {
            score -= 90;
        }
        let fields = ["headline", "datePublished", "articleBody", "author", "publisher", "image", "mainEntityOfPage"];
        score += i32::try_from(fields.iter().filter(|f| self.map.contains_key(**f)).count()).unwrap_or(0) * 3;
        let urls = ["url", "@id", "mainEntityOfPage"].iter().filter_map(|f| self.map.get(*f)).filter_map(url_of);
        let own = urls.into_iter().any(|url| page_urls.contains(&bare_url(&url)));
        score += if own { 20 } else { 0 };
        score - i32::try_from(self.depth.min(10)).unwrap_or(10)
    }
}

/// An address without scheme, query and fragment.
fn bare_url(url: &str) -> &str {
    url.split(['#', '?']).next().unwrap_or_default().trim_end_matches('/').trim_start_matches("https:").trim_start_matches("http:")
}

fn type_score(name: &str) -> i32 {
    match name {
        "WebPage" | "ItemPage" | "AboutPage" | "FAQPage" | "MedicalWebPage" => 20,
        "VideoObject" | "Recipe" | "HowTo" | "Product" | "Event" | "PodcastEpisode" | "QAPage" | "CreativeWork" => 25,
        "BlogPosting" | "LiveBlogPosting" | "SocialMediaPosting" | "DiscussionForumPosting" | "Report" | "Review" | "Blog Post" | "Report Article" => ARTICLE,
        _ if name.ends_with("Article") || name.ends_with("Posting") => ARTICLE + 2,
        _ => 0,
    }
}

fn types_of(map: &Map<String, Value>) -> Vec<&str> {
    match map.get("@type") {
        Some(Value::String(name)) => vec![bare_type(name)],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(bare_type).collect(),
        _ => Vec::new(),
    }
}

fn bare_type(name: &str) -> &str {
    name.rsplit(['/', ':', '#']).next().unwrap_or(name).trim()
}

/// All objects, in document order, with a stack instead of recursion.
fn flatten(roots: &[Value]) -> Vec<Object<'_>> {
    let mut out = Vec::new();
    let mut stack: Vec<(&Value, bool, usize)> = roots.iter().rev().map(|v| (v, false, 0)).collect();
    while let Some((value, listed, depth)) = stack.pop() {
        if out.len() >= MAX_OBJECTS {
            break;
        }
        match value {
            Value::Array(items) => stack.extend(items.iter().rev().map(|v| (v, listed, depth))),
            Value::Object(map) => {
                out.push(Object { map, listed, depth });
                for (key, inner) in map.iter().rev() {
                    let lists = matches!(
                        key.as_str(),
                        "itemListElement"
                            | "hasPart"
                            | "liveBlogUpdate"
                            | "isPartOf"
                            | "relatedLink"
                            | "blogPost"
                            | "mentions"
                            | "comment"
                            | "review"
                            | "reviews"
                            | "citation"
                            | "subjectOf"
                            | "isBasedOn"
                    );
                    if inner.is_object() || inner.is_array() {
                        stack.push((inner, listed || lists, depth + usize::from(key != "@graph")));
                    }
                }
            }
            _ => {}
        }
    }
    out
}

struct Reader<'a> {
    by_id: BTreeMap<&'a str, &'a Map<String, Value>>,
}

impl<'a> Reader<'a> {
    /// What other objects than the article say.
    fn read_site(&self, object: &Object<'a>, out: &mut JsonLd) {
        for name in object.types() {
            match name {
                "BreadcrumbList" if out.breadcrumb.is_empty() => out.breadcrumb = breadcrumb(object.map),
                "VideoObject" => {
                    let url = ["contentUrl", "embedUrl", "url"].iter().find_map(|f| url_of(object.map.get(*f)?));
                    out.videos.extend(url.filter(|_| out.videos.len() < MAX_ITEMS && !object.listed));
                }
                "NewsMediaOrganization" | "Organization" | "WebSite" if object.depth <= 1 && out.publisher.is_none() && !object.listed => {
                    out.publisher = Some(agent_of(self.resolved(object.map))).filter(|a| !a.name.is_empty());
                }
                "CollectionPage" | "SearchResultsPage" | "ProfilePage" if object.depth == 0 && !object.listed => out.is_list = true,
                _ => {}
            }
        }
    }

    fn read_article(&self, map: &Map<String, Value>, out: &mut JsonLd) {
        let text = |key: &str| map.get(key).and_then(text_of);
        out.headline = text("headline").or_else(|| text("name"));
        let name = |key: &str| map.get(key).and_then(name_of);
        out.alternative = ["alternativeHeadline", "alternateName"].iter().filter_map(|k| text(k)).collect();
        out.description = text("description");
        for key in ["author", "creator"] {
            if out.authors.is_empty() {
                out.authors = map.get(key).map(|v| self.agents(v)).unwrap_or_default();
            }
        }
        out.published = name("datePublished").or_else(|| name("uploadDate"));
        out.created = name("dateCreated");
        out.modified = name("dateModified");
        out.sections = strings(map.get("articleSection"), &[]);
        out.keywords = strings(map.get("keywords"), &[',', ';']);
        out.images = map.get("image").or_else(|| map.get("thumbnailUrl")).map(|v| self.pictures(v)).unwrap_or_default();
        out.body = ["articleBody", "text"].iter().find_map(|k| map.get(*k)?.as_str()).map(str::to_owned).filter(|b| !b.trim().is_empty());
        if let Some(publisher) = map.get("publisher").and_then(|v| self.agents(v).into_iter().next()) {
            out.publisher = Some(publisher);
        }
        out.language = match map.get("inLanguage") {
            Some(Value::Object(language)) => ["alternateName", "name"].iter().find_map(|k| name_of(language.get(*k)?)),
            other => other.and_then(name_of),
        };
        out.free = map.get("isAccessibleForFree").and_then(truth);
        out.genre = types_of(map).into_iter().find_map(genre_of);
        out.genre_text = name("genre");
        out.url = ["url", "mainEntityOfPage", "@id"].iter().find_map(|k| url_of(map.get(*k)?)).filter(|u| u.starts_with("http"));
        out.holder = map.get("copyrightHolder").and_then(|v| self.agents(v).into_iter().next()).map(|a| a.name);
        out.notice = text("copyrightNotice");
    }

    /// The object that a reference stands for.
    fn resolve<'v>(&self, value: &'v Value) -> &'v Map<String, Value>
    where
        'a: 'v,
    {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        value.as_object().map_or(&EMPTY, |map| self.resolved(map))
    }

    fn resolved<'v>(&self, map: &'v Map<String, Value>) -> &'v Map<String, Value>
    where
        'a: 'v,
    {
        if map.len() == 1
            && let Some(found) = map.get("@id").and_then(Value::as_str).and_then(|id| self.by_id.get(id))
        {
            return found;
        }
        map
    }

    fn agents(&self, value: &Value) -> Vec<Agent> {
        let many = match value {
            Value::Array(items) => items.iter().take(MAX_ITEMS).collect(),
            one => vec![one],
        };
        let mut agents: Vec<Agent> = Vec::new();
        for item in many {
            if agents.len() >= MAX_ITEMS {
                break;
            }
            // `{"name": ["A", "B"]}` stands for two.
            let names = match self.resolve(item).get("name") {
                Some(Value::Array(names)) if names.len() > 1 => {
                    names.iter().take(MAX_ITEMS).filter_map(name_of).map(|name| Agent { name, ..Agent::default() }).collect()
                }
                _ => self.agent(item).into_iter().collect::<Vec<_>>(),
            };
            agents.extend(names.into_iter().filter(|a| !a.name.is_empty()).collect::<Vec<_>>());
        }
        agents.dedup_by(|a, b| a.name == b.name);
        agents
    }

    fn agent(&self, value: &Value) -> Option<Agent> {
        match name_of(value).filter(|_| !value.is_object()) {
            Some(name) => Some(Agent { name, url: None, organisation: false }),
            None => Some(agent_of(self.resolve(value))),
        }
    }

    fn pictures(&self, value: &Value) -> Vec<Picture> {
        let many = match value {
            Value::Array(items) => items.iter().take(MAX_ITEMS).collect(),
            one => vec![one],
        };
        let picture = |item: &Value| {
            if item.is_string() {
                return url_of(item).map(|url| Picture { url, ..Picture::default() });
            }
            let map = self.resolve(item);
            let text = |key: &str| map.get(key).and_then(text_of);
            let url = ["url", "contentUrl", "@id"].iter().find_map(|k| url_of(map.get(*k)?))?;
            let credit = map
                .get("creditText")
                .and_then(name_of)
                .or_else(|| map.get("creator").or(map.get("author")).and_then(|v| self.agents(v).into_iter().next()).map(|a| a.name));
            Some(Picture {
                url,
                width: map.get("width").and_then(pixels),
                height: map.get("height").and_then(pixels),
                caption: text("caption").or_else(|| text("description")),
                credit,
            })
        };
        many.into_iter().filter_map(picture).filter(|p| !p.url.is_empty()).collect()
    }
}

/// The agent that an object describes; without a name where it has none.
fn agent_of(map: &Map<String, Value>) -> Agent {
    let part = |key: &str| map.get(key).and_then(name_of);
    let name = part("name").unwrap_or_else(|| [part("givenName"), part("familyName")].into_iter().flatten().collect::<Vec<_>>().join(" "));
    let url = ["url", "sameAs"].iter().find_map(|k| url_of(map.get(*k)?));
    let organisation = types_of(map).iter().any(|t| t.ends_with("Organization") || *t == "Corporation");
    Agent { name, url, organisation }
}

fn breadcrumb(map: &Map<String, Value>) -> Vec<String> {
    let Some(Value::Array(items)) = map.get("itemListElement") else { return Vec::new() };
    let mut steps: Vec<(i64, String)> = Vec::new();
    for (at, item) in items.iter().take(MAX_ITEMS).enumerate() {
        let name = item.get("name").or_else(|| item.get("item")?.get("name")).and_then(name_of);
        let position = item.get("position").and_then(|p| p.as_i64().or_else(|| p.as_str()?.parse().ok()));
        steps.extend(name.map(|name| (position.unwrap_or(i64::try_from(at).unwrap_or(0)), name)));
    }
    steps.sort_by_key(|(position, _)| *position);
    steps.into_iter().map(|(_, name)| name).collect()
}

fn genre_of(name: &str) -> Option<Genre> {
    Some(match name {
        "OpinionNewsArticle" => Genre::Opinion,
        "AnalysisNewsArticle" | "BackgroundNewsArticle" => Genre::Analysis,
        "AdvertiserContentArticle" => Genre::Advertorial,
        "LiveBlogPosting" => Genre::LiveBlog,
        "ReviewNewsArticle" | "Review" | "CriticReview" => Genre::Review,
        "NewsArticle" | "ReportageNewsArticle" => Genre::News,
        _ => return None,
    })
}

fn text_of(value: &Value) -> Option<String> {
    text_up_to(value, MAX_TEXT)
}

fn name_of(value: &Value) -> Option<String> {
    text_up_to(value, MAX_NAME)
}

fn text_up_to(value: &Value, most: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => collapse(&crate::parse::page::unescape::unescape(head(text, most))),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => return items.iter().find_map(|v| v.as_str().and_then(|_| text_up_to(v, most))),
        Value::Object(map) => return map.get("@value").or_else(|| map.get("name")).filter(|v| v.is_string()).and_then(|v| text_up_to(v, most)),
        _ => return None,
    };
    (!text.is_empty() && text != "null" && text != "undefined").then_some(text)
}

fn url_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(map) => map.get("@id").or_else(|| map.get("url"))?.as_str()?,
        Value::Array(items) => items.iter().find_map(|v| v.as_str())?,
        _ => return None,
    };
    let text = text.trim();
    (!text.is_empty() && text.len() <= MAX_URL).then(|| text.to_owned())
}

fn pixels(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().trim_end_matches("px").trim().parse().ok(),
        Value::Object(map) => pixels_plain(map.get("value")?),
        _ => None,
    }
}

fn pixels_plain(value: &Value) -> Option<u32> {
    if value.is_object() { None } else { pixels(value) }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match bare_type(text).to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Strings of a string or array, split where they are lists themselves.
fn strings(value: Option<&Value>, separators: &[char]) -> Vec<String> {
    let many: Vec<&Value> = match value {
        Some(Value::Array(items)) => items.iter().take(256).collect(),
        Some(one) => vec![one],
        None => return Vec::new(),
    };
    let texts = many.into_iter().filter_map(text_of);
    let parts = texts.flat_map(|t| if separators.is_empty() { vec![t] } else { t.split(separators).map(collapse).collect() });
    parts.filter(|p| !p.is_empty()).take(256).collect()
}

#[cfg(test)]
mod tests;

//! A page of HTML from its text to what it says: the reader ([`crate::parse::page`]) first, then field by field.

use bumpalo::Bump;
use url::Url;

use crate::article::Refusal;
use crate::article::input::Hints;
use crate::article::parsed::{Access, Extractor, Genre, Image, Link, Rights, TimeSource, Video};
use crate::config::ParseSettings;
use crate::parse::assemble::ruled::{RULE, Ruled};
use crate::parse::body::html as body;
use crate::parse::body::html::{Body, Clues, Proposal, fate};
use crate::parse::body::listing;
use crate::parse::byline::html as authors;
use crate::parse::byline::html::Authors;
use crate::parse::choice::Candidate;
use crate::parse::dates::DateContext;
use crate::parse::explain::Part;
use crate::parse::headline::html as headline;
use crate::parse::headline::html::Headlines;
use crate::parse::metadata::html::{access, canonical, declared_language, description, genre, publisher, rights, section, tags_of, training_opt_out};
use crate::parse::metadata::media;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::page::json_ld::JsonLd;
use crate::parse::page::meta::Meta;
use crate::parse::page::{json_ld, prune, script_data};
use crate::parse::published::html::{Search, Times};
use crate::parse::sites::Rule;
use crate::parse::sites::tree::Tree;
use crate::parse::steps::Steps;
use crate::parse::trees::Forest;
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
    /// Somebody asks for the fate of each block.
    pub explains: bool,
    /// The trees that judge it.
    pub trees: &'a Forest,
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
    /// What was weighed for the fields of which nothing else tells.
    pub weighed: Vec<(&'static str, Vec<Candidate>)>,
    /// The fate of each block, where it is asked for.
    pub parts: Vec<Part>,
}

/// Reads a page within a budget.
pub fn read(page: &str, context: &PageContext, settings: &ParseSettings, steps: &Steps) -> Result<Page, Refusal> {
    let (found, built) = read_as_sent(page, context, settings, steps)?;
    match built {
        None => Ok(found),
        Some(built) => read_as_sent(&built, context, settings, steps).map(|(found, _)| found),
    }
}

/// Reads the page that was sent. Where what was found of it is next to no text and the data of its scripts hold more, the page as a
/// browser would build it comes with it.
fn read_as_sent(page: &str, context: &PageContext, settings: &ParseSettings, steps: &Steps) -> Result<(Page, Option<String>), Refusal> {
    const LITTLE: usize = 200;
    let arena = Bump::new();
    let Sources { pruned, meta, ld } = open(page, &arena, context, settings, steps)?;
    let found = assemble(page, &pruned, &meta, &ld, context);
    steps.check()?;
    let shown: usize = found.body.paragraphs.iter().map(|(_, text)| text.chars().count()).sum();
    let headline = found.headlines.headline.as_deref().filter(|_| shown < LITTLE);
    let built = headline.and_then(|headline| script_data::with_text(page, headline, &site_names(&meta, &ld, context), shown));
    Ok((found, built))
}

/// What the body's rules and features make of a page, for the trainer of the trees.
pub fn propose(page: &str, context: &PageContext, settings: &ParseSettings) -> Result<Proposal, Refusal> {
    let (arena, steps) = (Bump::new(), Steps::new(settings.max_steps));
    let Sources { pruned, meta, ld } = open(page, &arena, context, settings, &steps)?;
    let headlines = headline::choose(&pruned.dom, &meta, &ld, &site_names(&meta, &ld, context), context.hints.and_then(|h| h.title.as_deref())).chosen;
    let description = description(&meta, &ld).chosen;
    Ok(body::propose(&pruned.dom, &clues(&headlines, description.as_deref(), &ld)))
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

fn assemble(source: &str, pruned: &prune::Pruned, meta: &Meta, ld: &JsonLd, context: &PageContext) -> Page {
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
    let mut description = description(meta, ld);
    description.overrule(RULE, ruled.description.clone(), Clone::clone);
    let headline = headlines.chosen.headline.clone();
    let (body, proposal) = body::find(dom, &clues(&headlines.chosen, description.chosen.as_deref(), ld), &ruled.scope, &context.trees.body);
    let shown = shown_headline(dom, headline.as_deref());
    let text_start = body.ranges.first().map_or(body.root, |r| r.0);
    let text_end = body.ranges.last().map_or(dom.get(body.root).end, |r| r.1);
    let mut dates = context.dates.clone();
    let language = declared_language(lang, meta, ld);
    dates.language = dates.language.or_else(|| language.clone());
    let search = Search { page: source, dom, meta, ld, hints, url: context.url, context: &dates, headline: shown, text_start, text_end };
    let mut times = search.run();
    ruled.set_times(&mut times);
    let anchor = shown.unwrap_or(text_start);
    let near = (anchor.saturating_sub(40).min(body.root), (text_start.max(anchor) + 40).min(dom.len()));
    let place = authors::Place { near, anchor, text: (text_start, text_end) };
    let mut authors = authors::choose(dom, meta, ld, place, &hints.authors, &site);
    ruled.set_authors(&mut authors);
    let base = base_url(meta, context);
    for author in &mut authors.chosen.authors {
        author.url = author.url.take().and_then(|u| media::absolute(&u, base.as_ref()));
    }
    let mut section = section(meta, ld, headline.as_deref(), hints);
    section.overrule(RULE, ruled.section.clone(), Clone::clone);
    let canonical = canonical(meta, ld);
    let publisher = publisher(meta, ld);
    let facts = listing::Facts {
        dom,
        meta,
        ld,
        url: context.url,
        says_when: says_when(&times),
        is_dated: times.published.chosen.is_some(),
        authors: authors.chosen.authors.len(),
    };
    let list_row = listing::row(&facts, &body.counts, false).values;
    Page {
        parts: if context.explains { fate::of_blocks(dom, &proposal, &body, headline.as_deref(), &ruled.scope) } else { Vec::new() },
        genre: genre(ld, section.chosen.as_deref(), context.url),
        tags: tags_of(dom, meta, ld),
        images: media::images(dom, meta, ld, body.root, base.as_ref()),
        videos: media::videos(dom, meta, ld, body.root, base.as_ref()),
        links: media::links(dom, &body.ranges, base.as_ref(), context.domain),
        access: access(meta, ld),
        rights: rights(meta, ld),
        canonical: canonical.chosen,
        language,
        publisher: publisher.chosen,
        training_opt_out: training_opt_out(meta),
        broken_json_ld: ld.broken,
        // Where its site's rule found the text of an article, it is one.
        is_list: body.extractor != Some(Extractor::SiteRule) && listing::is_list(&facts, &body.counts, &list_row, &context.trees.lists),
        never_a_list: listing::is_safe(&facts),
        list_row,
        weighed: vec![
            ("headline", headlines.candidates),
            ("description", description.candidates),
            ("authors", authors.candidates),
            ("published", std::mem::take(&mut times.published.candidates)),
            ("modified", std::mem::take(&mut times.modified.candidates)),
            ("section", section.candidates),
            ("canonical", canonical.candidates),
            ("publisher", publisher.candidates),
        ],
        headlines: headlines.chosen,
        section: section.chosen,
        authors: authors.chosen,
        description: description.chosen,
        times,
        body,
    }
}

/// A page whose metadata say when it was published is an article, whatever it looks like.
fn says_when(times: &Times) -> bool {
    !times.embedded && times.published.chosen.as_ref().is_some_and(|p| matches!(p.source, TimeSource::JsonLd | TimeSource::Meta | TimeSource::Microdata))
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
    let headings = || dom.all().filter(|(_, n)| matches!(n.name, "h1" | "h2" | "h3"));
    let folded = |node: NodeId| fold::letters(&dom.text_up_to(node, 800));
    let mut found = headings().filter(|(node, _)| folded(*node).contains(&wanted)).map(|(node, n)| (n.name, node));
    let Some(first) = found.next() else {
        // The metadata set a kicker before what the page shows.
        const SHORTEST: usize = 15;
        return headings().find(|(node, _)| Some(folded(*node)).is_some_and(|text| text.len() >= SHORTEST && wanted.ends_with(&text))).map(|(node, _)| node);
    };
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

#[cfg(test)]
mod tests;

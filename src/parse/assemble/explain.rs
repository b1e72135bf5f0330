//! Explanations: sources of a page's fields, fate of its blocks or lines. It looks at what the parse itself made of the page ([`html::look`],
//! [`plain::explain`]).

use super::html::{self, Page, PageContext, Seen};
use super::plain;
use crate::article::Refusal;
use crate::article::input::Hints;
use crate::article::parsed::{Extractor, PublicationTime, TimeSource};
use crate::config::ParseSettings;
use crate::parse::body::html::blocks::Block;
use crate::parse::dates::{self, DateContext};
use crate::parse::explain::{Explanation, Field, Part, odds};
use crate::parse::lines::Clues;
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::steps::Steps;
use crate::parse::trees::Forest;
use crate::text::fold;

/// Explains an HTML page.
pub fn of_html(page: &str, context: &PageContext, settings: &ParseSettings) -> Result<Explanation, Refusal> {
    let (_, explanation) =
        html::look(page, context, settings, &Steps::new(settings.max_steps), |page, seen| of_page(page, seen, &context.dates.for_declared()))?;
    Ok(explanation)
}

/// Explains a flattened page.
pub fn of_text(page: &str, url: Option<&str>, hints: &Hints, context: &DateContext, trees: &Forest) -> Explanation {
    let (read, parts) = plain::explain(page, &Clues { title: hints.title.as_deref(), url }, context, trees);
    let time = |time: &Option<PublicationTime>| time.as_ref().map(|t| t.value.clone());
    let raw = |time: &Option<PublicationTime>| time.as_ref().and_then(|t| t.raw.clone());
    let mut fields = Vec::new();
    let mut field = |name, chosen: Option<String>, shown: Option<String>, fed: Option<&str>| {
        let mut field = Field::new(name, chosen.as_deref());
        field.add("line", shown.as_deref(), |_, _| true);
        field.add("hint", fed, |text, chosen| text == chosen);
        fields.push(field);
    };
    field("headline", read.headline.clone(), read.headline.clone(), hints.title.as_deref());
    field("byline", read.byline.clone(), read.byline.clone(), None);
    field("section", read.section.clone(), read.section.clone(), hints.section.as_deref());
    field("published", time(&read.published), raw(&read.published), hints.published.as_deref());
    field("modified", time(&read.modified), raw(&read.modified), None);
    Explanation { fields, parts }
}

fn of_page(page: &Page, seen: &Seen, dates: &DateContext) -> Explanation {
    let fields = vec![
        headline(page, seen),
        description(page, seen),
        authors(page, seen),
        published(page, seen, dates),
        modified(page, seen, dates),
        section(page, seen),
        canonical(page, seen),
        publisher(page, seen),
    ];
    Explanation { fields, parts: parts(page, seen) }
}

fn same(text: &str, chosen: &str) -> bool {
    fold::letters(text) == fold::letters(chosen)
}

fn headline(page: &Page, seen: &Seen) -> Field {
    let mut field = Field::new("headline", page.headlines.headline.as_deref());
    field.add("site rule", seen.ruled.headline.as_deref(), same);
    field.add("json_ld", seen.ld.headline.as_deref(), same);
    for (source, key) in [("og:title", "og:title"), ("twitter", "twitter:title"), ("parsely", "parsely-title")] {
        field.add(source, seen.meta.get(&[key]), same);
    }
    field.add("title", seen.meta.title.as_deref(), same);
    for (node, _) in seen.dom.all().filter(|(_, entry)| entry.name == "h1").take(4) {
        field.add("h1", Some(&seen.dom.text_up_to(node, 400)), same);
    }
    field.add("hint", seen.hints.title.as_deref(), same);
    field
}

fn description(page: &Page, seen: &Seen) -> Field {
    let mut field = Field::new("description", page.description.as_deref());
    field.add("site rule", seen.ruled.description.as_deref(), same);
    field.add("json_ld", seen.ld.description.as_deref(), same);
    field.add("og", seen.meta.get(&["og:description"]), same);
    field.add("meta", seen.meta.get(&["description"]), same);
    field
}

fn authors(page: &Page, seen: &Seen) -> Field {
    let names: Vec<&str> = page.authors.authors.iter().map(|a| a.name.as_str()).collect();
    let mut field = Field::new("authors", Some(names.join(", ").as_str()).filter(|names| !names.is_empty()));
    // A source agrees that names everyone who was chosen.
    let names_all = |text: &str, chosen: &str| chosen.split(", ").all(|name| fold::letters(text).contains(&fold::letters(name)));
    field.add("site rule", Some(&seen.ruled.authors.join(", ")), names_all);
    let agents: Vec<&str> = seen.ld.authors.iter().map(|a| a.name.as_str()).collect();
    field.add("json_ld", Some(&agents.join(", ")), names_all);
    let head: Vec<&str> = seen.meta.all(&["author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl"]).collect();
    field.add("meta", Some(&head.join(", ")), names_all);
    field.add("byline", page.authors.byline.as_deref(), names_all);
    field.add("hint", Some(&seen.hints.authors.join(", ")), names_all);
    field
}

fn published(page: &Page, seen: &Seen, dates: &DateContext) -> Field {
    let keys = ["article:published_time", "og:published_time", "pubdate", "parsely-pub-date", "dc.date.issued", "date"];
    let declared = [("json_ld", seen.ld.published.as_deref()), ("created", seen.ld.created.as_deref()), ("meta", seen.meta.get(&keys))];
    let said = declared.into_iter().chain([("hint", seen.hints.published.as_deref())]);
    time("published", page.times.published.as_ref(), seen.ruled.published.as_ref(), said, dates)
}

fn modified(page: &Page, seen: &Seen, dates: &DateContext) -> Field {
    let keys = ["article:modified_time", "og:updated_time", "last-modified"];
    let said = [("json_ld", seen.ld.modified.as_deref()), ("meta", seen.meta.get(&keys)), ("hint", seen.hints.updated.as_deref())];
    time("modified", page.times.modified.as_ref(), seen.ruled.modified.as_ref(), said.into_iter(), dates)
}

fn time<'a>(
    name: &'static str,
    chosen: Option<&PublicationTime>,
    ruled: Option<&PublicationTime>,
    said: impl Iterator<Item = (&'static str, Option<&'a str>)>,
    dates: &DateContext,
) -> Field {
    let mut field = Field::new(name, chosen.map(|t| t.value.as_str()));
    field.add("site rule", ruled.map(|t| t.value.as_str()), |text, chosen| text == chosen);
    for (source, text) in said {
        field.add(source, text, |text, chosen| says(text, chosen, dates));
    }
    field
}

fn says(text: &str, chosen: &str, context: &DateContext) -> bool {
    let time = dates::find_date(text, context).and_then(|found| dates::publication_time(&found, TimeSource::Meta, context));
    time.is_some_and(|time| time.value == chosen)
}

fn section(page: &Page, seen: &Seen) -> Field {
    let mut field = Field::new("section", page.section.as_deref());
    field.add("site rule", seen.ruled.section.as_deref(), same);
    field.add("meta", seen.meta.get(&["article:section", "og:article:section", "parsely-section", "section"]), same);
    field.add("json_ld", seen.ld.sections.first().map(String::as_str), same);
    let breadcrumb = seen.ld.breadcrumb.join(" › ");
    field.add("breadcrumb", Some(&breadcrumb), |text, chosen| text.split(" › ").any(|part| same(part, chosen)));
    field.add("hint", seen.hints.section.as_deref(), same);
    field
}

fn canonical(page: &Page, seen: &Seen) -> Field {
    let mut field = Field::new("canonical", page.canonical.as_deref());
    let equal = |text: &str, chosen: &str| text == chosen;
    field.add("link", seen.meta.link("canonical"), equal);
    field.add("og:url", seen.meta.get(&["og:url"]), equal);
    field.add("json_ld", seen.ld.url.as_deref(), equal);
    field
}

fn publisher(page: &Page, seen: &Seen) -> Field {
    let mut field = Field::new("publisher", page.publisher.as_deref());
    field.add("json_ld", seen.ld.publisher.as_ref().map(|p| p.name.as_str()), same);
    field.add("meta", seen.meta.get(&["og:site_name", "application-name", "dc.publisher"]), same);
    field
}

fn parts(page: &Page, seen: &Seen) -> Vec<Part> {
    let proposal = seen.proposal;
    let by_json_ld = page.body.extractor == Some(Extractor::JsonLd);
    let by_rule = page.body.extractor == Some(Extractor::SiteRule);
    let part = |(index, block): (usize, &Block)| {
        let kept = page.body.kept.contains(&index);
        let score = proposal.scores.get(index).copied().flatten();
        let mut reasons = Vec::new();
        if by_rule && kept {
            reasons.push("named by the site's rule".to_owned());
        } else if by_json_ld {
            reasons.push("JSON-LD's articleBody is the text".to_owned());
        } else if !kept {
            reasons.push(why_not(page, seen, index, score));
        }
        if block.supported {
            reasons.push("in JSON-LD's articleBody".to_owned());
        }
        if let Some(kind) = block.cut {
            reasons.push(format!("marked as {}", name_of(kind)));
        }
        if proposal.kept.contains(&index) != kept {
            reasons.push(if kept { "the rules alone would drop it" } else { "the rules alone would keep it" }.to_owned());
        }
        reasons.extend(score.map(odds));
        reasons.retain(|reason| !reason.is_empty());
        Part { kept: kept && !by_json_ld, why: reasons.join(", "), place: place(seen.dom, block.node), text: block.text.clone() }
    };
    proposal.blocks.iter().enumerate().map(part).collect()
}

fn why_not(page: &Page, seen: &Seen, index: usize, score: Option<i32>) -> String {
    let block = &seen.proposal.blocks[index];
    let is_headline = page.headlines.headline.as_deref().is_some_and(|headline| same(&block.text, headline));
    let dropped = seen.ruled.scope.dropped.iter().any(|node| seen.dom.holds(*node, block.first));
    let above = |other: &usize| *other < index && fold::letters(&seen.proposal.blocks[*other].text) == fold::letters(&block.text);
    let reason = if is_headline {
        "the headline"
    } else if dropped {
        "dropped by the site's rule"
    } else if page.body.kept.iter().any(above) {
        "stands above already"
    } else if score.is_some_and(|score| score >= 0) {
        "of another article, or not of the text that JSON-LD gives"
    } else {
        ""
    };
    reason.to_owned()
}

/// The elements around a block, the nearest three, with their first class or their id.
fn place(dom: &Dom, node: NodeId) -> String {
    let name = |id: NodeId| {
        let entry = dom.get(id);
        let class = entry.attr("class").and_then(|c| c.split_ascii_whitespace().next()).map(|c| format!(".{c}"));
        let label = class.or_else(|| entry.attr("id").filter(|id| !id.is_empty()).map(|id| format!("#{id}"))).unwrap_or_default();
        format!("{}{label}", entry.name.strip_prefix("x-").unwrap_or(entry.name))
    };
    let mut names: Vec<String> = std::iter::once(node).chain(dom.ancestors(node).map(|(id, _)| id)).filter(|id| *id > 0).take(3).map(name).collect();
    names.reverse();
    names.join(" > ")
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Comments => "comments",
        Kind::Related => "links to other articles",
        Kind::Share => "buttons to share",
        Kind::Newsletter => "a newsletter or appeal",
        Kind::Advert => "an advertisement",
        Kind::Navigation => "a menu",
        Kind::Footer => "a footer",
        Kind::Sidebar => "a column beside the text",
        Kind::Author => "a note on the author",
        Kind::Tags => "tags",
        Kind::Cookie => "a cookie notice",
        Kind::Paywall => "a paywall",
        Kind::Credit => "a picture's credit",
        Kind::Caption => "a caption",
        Kind::Meta => "byline or date",
        Kind::Media => "a player or gallery",
        Kind::Hidden => "hidden from readers",
        Kind::Quote => "a sentence shown again",
        Kind::Body => "the text",
    }
}

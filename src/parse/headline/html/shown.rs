//! The headline as a reader sees it: which `h1`, `h2` or `h3` it is, told by what the metadata say, by names and by place.
//!
//! A heading that carries the site's name, a trail of crumbs or a list of other articles is none.

use crate::parse::choice::Candidate;
use crate::parse::page::classes::{Kind, words_of};
use crate::parse::page::dom::{Dom, NodeId, head, is_block, push_collapsed};
use crate::text::fold;

/// The longest headline, in characters.
pub(in crate::parse) const MAX_CHARS: usize = 400;

/// Headings that are looked at.
const MAX_HEADINGS: usize = 60;

/// Bytes of a heading's text that are read: more has too many characters, whatever they are.
const MAX_BYTES: usize = 4 * MAX_CHARS;

/// A heading of the page.
#[derive(Clone, Debug)]
pub(in crate::parse) struct Heading {
    node: NodeId,
    /// Without its kicker.
    pub(in crate::parse) text: String,
    folded: String,
    /// Its longer parts, where it is made of several.
    parts: Vec<String>,
    level: u8,
    /// By its names and its place it is no headline.
    excluded: bool,
    /// It stands in a trail of crumbs, a menu or what does not belong to the article.
    misplaced: bool,
    named: bool,
}

impl Heading {
    fn name(&self) -> &'static str {
        match self.level {
            1 => "h1",
            2 => "h2",
            3 => "h3",
            _ => "h4",
        }
    }
}

/// What is shown.
#[derive(Clone, Debug, Default)]
pub(in crate::parse) struct Shown {
    /// The headline, and how sure it is: points.
    pub(in crate::parse) headline: Option<(String, u32)>,
    /// Headings that are the site's name.
    pub(in crate::parse) site: Vec<String>,
    /// A part of the heading that the metadata say too: the heading without its kicker.
    pub(in crate::parse) part: Option<String>,
    /// The element of the headline.
    pub(in crate::parse) source: &'static str,
    /// Headings that were weighed and are not the best.
    pub(in crate::parse) others: Vec<Candidate>,
}

/// What the metadata call the article, folded.
pub(in crate::parse) struct Spoken {
    /// `og:title`, JSON-LD and the like; the page's own microdata too.
    pub(in crate::parse) titles: Vec<String>,
    /// Those of the head only.
    pub(in crate::parse) stated: Vec<String>,
    /// The headline of JSON-LD's article.
    pub(in crate::parse) structured: Option<String>,
    /// `og:title`.
    pub(in crate::parse) social: Option<String>,
    /// The `title` element, the site's name in it.
    pub(in crate::parse) whole: String,
    /// Without it.
    pub(in crate::parse) bare: String,
}

/// Finds the shown headline.
pub(in crate::parse) fn find(dom: &Dom, spoken: &Spoken, site: &[String]) -> Shown {
    let mut headings = headings(dom);
    let names_of_site = site_headings(&headings, spoken);
    // What JSON-LD says is what the page shows, where a heading at a better place shows it.
    let well_placed = |title: &Option<String>| {
        let title = title.as_ref()?;
        let shows = |h: &&Heading| !(h.misplaced || h.excluded) && (h.folded == *title || h.parts.iter().any(|part| fold::letters(part) == *title));
        headings.iter().any(|h| shows(&h)).then(|| title.clone())
    };
    let (structured, social) = (well_placed(&spoken.structured), well_placed(&spoken.social));
    for heading in &mut headings {
        // The last of the crumbs is a headline where the metadata say just the same.
        let elsewhere = structured.is_some() || social.as_ref().is_some_and(|social| *social != heading.folded);
        let confirmed = heading.level == 1 && !elsewhere && spoken.titles.contains(&heading.folded);
        heading.excluded |= heading.misplaced && !confirmed;
        heading.excluded |= names_of_site.contains(&heading.folded) || site.iter().any(|name| fold::letters(name) == heading.folded);
    }
    exclude_below(dom, &mut headings, spoken);
    let count = headings.iter().filter(|h| h.level == 1 && !h.excluded).count();
    let lone = count == 1;
    // A word or two are a section's name.
    let headed = headings.iter().any(|h| h.level == 1 && !h.excluded && h.text.chars().count() >= 15);
    let mut best: Option<(i32, i32, &Heading)> = None;
    let mut weighed: Vec<(u32, &Heading)> = Vec::new();
    for (at, heading) in headings.iter().filter(|h| !h.excluded).enumerate() {
        let agrees = agreement(heading, spoken);
        // Beside the page's heading a smaller one is the headline only in the very words of the metadata: most head a part of the text.
        let agrees = if heading.level > 1 && headed && agrees < 100 { 0 } else { agrees };
        let points = points(heading, agrees, lone, at);
        if points > 0 {
            weighed.push((weight(points, agrees), heading));
            if best.is_none_or(|(most, _, _)| points > most) {
                best = Some((points, agrees, heading));
            }
        }
    }
    let site = headings.iter().filter(|h| names_of_site.contains(&h.folded)).map(|h| h.text.clone()).collect();
    let Some((points, agrees, heading)) = best else { return Shown { site, ..Shown::default() } };
    let part = heading.parts.iter().find(|part| spoken.stated.contains(&fold::letters(part))).cloned();
    let others = weighed.iter().filter(|(_, other)| !std::ptr::eq(*other, heading));
    let others = others.map(|(weight, other)| Candidate { points: i32::try_from(*weight).ok(), ..Candidate::new(other.name(), other.text.as_str()) });
    Shown { headline: Some((heading.text.clone(), weight(points, agrees))), site, part, source: heading.name(), others: others.collect() }
}

/// Bytes of text behind the first `h1` after which another, of which the metadata know nothing, heads other articles.
const BELOW: usize = 800;

/// Leaves out what is headed so below the text: "More from the region".
fn exclude_below(dom: &Dom, headings: &mut [Heading], spoken: &Spoken) {
    let Some(first) = headings.iter().find(|h| h.level == 1 && !h.excluded).map(|h| h.node) else { return };
    for heading in headings.iter_mut().filter(|h| h.level == 1 && !h.excluded && h.node > first) {
        if agreement(heading, spoken) > 0 {
            continue;
        }
        let mut length = 0;
        let is_below = (first..heading.node).any(|id| {
            length += dom.get(id).text.len();
            length > BELOW || !dom.steps().spend(1)
        });
        heading.excluded |= is_below;
    }
}

/// The weight of a heading among the candidates for the headline.
fn weight(points: i32, agrees: i32) -> u32 {
    match points {
        60.. if agrees >= 70 => 110,
        // The page's only heading, in other words than the metadata: it gives way only where nearly all of them agree.
        45.. => 90,
        35..45 => 24,
        _ => 5,
    }
}

fn points(heading: &Heading, agrees: i32, lone: bool, at: usize) -> i32 {
    let name = if heading.named { 8 } else { 0 };
    let early = 5 - i32::try_from(at.min(5)).unwrap_or(5);
    match heading.level {
        1 if lone => agrees + 35 + name,
        1 => agrees + 15 + name + early,
        // A smaller heading counts where the metadata say just the same.
        _ if agrees >= 85 => agrees - 12 * i32::from(heading.level - 1) + 12 + name + early,
        _ => 0,
    }
}

/// How well a heading agrees with the metadata: 100 where it is the same, 0 where they have nothing in common.
fn agreement(heading: &Heading, spoken: &Spoken) -> i32 {
    let own = &heading.folded;
    let length = own.chars().count();
    let all = || spoken.titles.iter().chain([&spoken.whole]).filter(|t| !t.is_empty());
    if spoken.titles.contains(own) || heading.parts.iter().any(|part| spoken.titles.contains(&fold::letters(part))) {
        return 100;
    }
    // "Literature" stands in "Magazine | Literature | Book of the week: …" and is no headline of it.
    let is_much = |t: &str| length >= 15 || length * 3 >= t.chars().count() || t.starts_with(own.as_str()) || t.ends_with(own.as_str());
    if length >= 8 && all().any(|t| is_much(t) && t.contains(own.as_str())) || all().any(|t| similar(t, own)) {
        return 85;
    }
    if all().next().is_some() && !heading.text.contains(' ') && !all().any(|t| is_much(t)) {
        return 0;
    }
    if all().any(|t| t.chars().count() >= 15 && own.contains(t.as_str())) {
        return 70;
    }
    // A title that is the others' with the site's name says nothing more: "Return to the Example website".
    let repeats = spoken.titles.iter().any(|t| !t.is_empty() && (spoken.whole.starts_with(t.as_str()) || spoken.whole.ends_with(t.as_str())));
    let wordings = spoken.titles.iter().chain((!repeats).then_some(&spoken.whole));
    let shared = wordings.map(|t| common_words(&heading.text, t)).max().unwrap_or(0);
    i32::try_from(shared.min(60)).unwrap_or(0)
}

/// Of a hundred longer words of a heading, how many a folded text holds.
pub(in crate::parse) fn common_words(text: &str, folded: &str) -> usize {
    let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 4).map(|w| w.to_lowercase()).collect();
    let shared = words.iter().filter(|w| folded.contains(w.as_str())).count();
    shared * 100 / words.len().max(1)
}

/// At least four fifths of the shorter one's beginning is the other's.
fn similar(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(200).collect(), b.chars().take(200).collect());
    let shorter = a.len().min(b.len());
    let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    shorter >= 10 && common * 5 >= shorter * 4 && common * 2 >= a.len().max(b.len())
}

/// Headings that are the site's name: one end of the title, while the other end is a title or heading of its own.
fn site_headings(headings: &[Heading], spoken: &Spoken) -> Vec<String> {
    let is_title = |rest: &str| rest.chars().count() >= 4 && spoken.titles.iter().any(|t| t == rest);
    let is_heading = |rest: &str| rest.chars().count() >= 4 && headings.iter().any(|h| h.folded == rest);
    let is_site = |heading: &&Heading| {
        let own = heading.folded.as_str();
        // Most titles end with the site's name: what a title begins with must be contradicted by the metadata themselves.
        let leads = |title: &str| title.strip_prefix(own).is_some_and(is_title);
        // A site's name is hardly ever twice as long as a headline.
        let is_short = |rest: &str| own.len() < 2 * rest.len();
        let ends = |title: &str| title.strip_suffix(own).is_some_and(|rest| is_title(rest) || is_short(rest) && is_heading(rest));
        !spoken.titles.iter().any(|t| t == own) && [&spoken.whole, &spoken.bare].into_iter().any(|title| leads(title) || ends(title))
    };
    headings.iter().filter(|h| h.level == 1).filter(is_site).map(|h| h.folded.clone()).collect()
}

fn headings(dom: &Dom) -> Vec<Heading> {
    let mut out: Vec<Heading> = Vec::new();
    for (node, entry) in dom.all() {
        let level = match entry.name {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            "h4" => 4,
            _ => continue,
        };
        // The first ones only: further down stand other articles.
        if out.len() >= MAX_HEADINGS || level > 1 && out.iter().filter(|h| h.level == level).count() >= MAX_HEADINGS / 3 {
            continue;
        }
        let text = heading_text(dom, node);
        let folded = fold::letters(&text);
        if !folded.is_empty() && text.chars().count() <= MAX_CHARS && !out.iter().any(|h| h.folded == folded && h.level == level) {
            out.push(judge(dom, node, Heading { node, parts: parts(dom, node), text, folded, level, excluded: false, misplaced: false, named: false }));
        }
    }
    out
}

/// Whether a heading is none by its names and place, and whether it calls itself a headline.
fn judge(dom: &Dom, node: NodeId, heading: Heading) -> Heading {
    let names = |id: NodeId| {
        let entry = dom.get(id);
        ["class", "id", "data-testid", "itemprop"].iter().filter_map(|a| entry.attr(a)).flat_map(str::split_ascii_whitespace).take(12).flat_map(words_of)
    };
    let own: Vec<String> = names(node).collect();
    let has = |list: &[&str]| own.iter().any(|w| list.contains(&w.as_str()));
    let crumbs = |id: NodeId| names(id).any(|w| w.starts_with("breadcrumb"));
    let of_site = has(&["logo", "brand", "branding"]) || has(&["site"]) && has(&["title", "name"]);
    let above = || dom.ancestors(node).take(4);
    let aside = above().any(|(_, n)| n.name == "footer" || n.evidence.has(Kind::Related) || n.evidence.has(Kind::Comments));
    let home = |href: &str| {
        let path = href.split_once("://").map_or(href, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        matches!(path, "" | "/" | "./" | "#" | "index.html" | "/index.html") && !href.starts_with('#')
    };
    let links_home = above().chain(dom.elements(node)).any(|(_, n)| n.name == "a" && n.attr("href").is_some_and(home));
    let misplaced = crumbs(node) || above().any(|(id, n)| matches!(n.name, "nav" | "li") || crumbs(id));
    Heading { excluded: of_site || links_home, misplaced: misplaced || aside, named: has(&["headline", "title", "entry", "heading"]), ..heading }
}

/// The longer children of a heading that has several, texts of their own.
fn parts(dom: &Dom, heading: NodeId) -> Vec<String> {
    let mut children: Vec<NodeId> = dom.children(heading).map(|(id, _)| id).collect();
    while let [only] = children.as_slice() {
        children = dom.children(*only).map(|(id, _)| id).collect();
    }
    // Text beside elements is a part as well: a kicker in an element, then the headline.
    let (elements, bare): (Vec<NodeId>, Vec<NodeId>) = children.into_iter().take(12).partition(|id| dom.get(*id).is_element());
    let mut rest = String::new();
    for id in bare.into_iter().filter(|_| !elements.is_empty()) {
        push_collapsed(&mut rest, " ");
        push_collapsed(&mut rest, head(dom.get(id).text, MAX_BYTES));
    }
    // One level further down: the headline, then its source, in one element.
    let inner = elements.iter().take(6).flat_map(|id| dom.children(*id)).filter(|(_, n)| n.is_element()).map(|(id, _)| id);
    let deeper: Vec<NodeId> = elements.iter().take(6).copied().chain(inner.take(6)).collect();
    let texts = deeper.into_iter().map(|id| dom.text_up_to(id, MAX_BYTES)).chain([rest.trim().to_owned()]);
    texts.filter(|t| t.chars().count() >= 12).collect()
}

/// Words by which an element within a heading calls itself a kicker.
const KICKERS: [&str; 10] = ["kicker", "roofline", "topline", "overline", "eyebrow", "dachzeile", "spitzmarke", "oberzeile", "topic", "label"];

/// Whether an element within a heading calls itself a kicker.
fn is_kicker(dom: &Dom, node: NodeId) -> bool {
    dom.get(node).attr("class").is_some_and(|names| names.split_ascii_whitespace().take(8).flat_map(words_of).any(|w| KICKERS.contains(&w.as_str())))
}

/// The text of a heading without its kicker.
pub(in crate::parse) fn heading_text(dom: &Dom, heading: NodeId) -> String {
    let mut out = String::new();
    let whole = dom.text_up_to(heading, MAX_BYTES).len();
    let mut at = heading + 1;
    while at < dom.get(heading).end && out.len() <= MAX_BYTES && dom.steps().spend(1) {
        let entry = dom.get(at);
        if entry.is_element() && entry.name != "a" {
            let found = entry.evidence;
            let aside = [Kind::Meta, Kind::Hidden, Kind::Share, Kind::Paywall, Kind::Tags].iter().any(|kind| found.has(*kind));
            let aside = aside || entry.name == "time" || is_kicker(dom, at);
            let rest = aside && entry.end - at < 12 && dom.text_up_to(at, whole).len() * 2 < whole;
            if rest {
                at = entry.end;
                continue;
            }
            if is_block(entry.name) || entry.name == "br" {
                push_collapsed(&mut out, " ");
            }
        } else {
            push_collapsed(&mut out, head(entry.text, 2 * MAX_BYTES));
        }
        at += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str, titles: &[&str], whole: &str) -> Shown {
        let arena = bumpalo::Bump::new();
        let titles: Vec<String> = titles.iter().map(|t| fold::letters(t)).collect();
        let spoken = Spoken {
            stated: titles.clone(),
            social: titles.first().cloned(),
            titles,
            structured: None,
            whole: fold::letters(whole),
            bare: fold::letters(whole),
        };
        find(&Dom::parse(page, &arena), &spoken, &[])
    }

    fn headline(page: &str, titles: &[&str], whole: &str) -> Option<String> {
        of(page, titles, whole).headline.map(|(text, _)| text)
    }

    #[test]
    fn a_site_name_in_a_heading_is_no_headline() {
        let page = "<h1>A blog of rivers</h1><h2>Rain floods the old town</h2>";
        let shown = of(page, &["Rain floods the old town"], "Rain floods the old town | A blog of rivers");
        assert_eq!(shown.site, ["A blog of rivers"]);
        assert_eq!(shown.headline.map(|h| h.0).as_deref(), Some("Rain floods the old town"));
        assert_eq!(headline("<h1><a href='https://river.example/'>River notes</a></h1>", &[], "River notes"), None);
        assert_eq!(headline("<h1 class='site-title'>River notes</h1><h1>Rain floods the town</h1>", &[], "").as_deref(), Some("Rain floods the town"));
    }

    #[test]
    fn crumbs_and_lists_are_no_headline() {
        let page = "<div class=breadcrumbs><h1>Town council in uproar over the bridge</h1></div><h2>Bridge divides the council</h2>";
        assert_eq!(headline(page, &["Bridge divides the council"], "Town council in uproar").as_deref(), Some("Bridge divides the council"));
        let page = "<h1>The bridge vote</h1><section class=related-posts><h2>Rain floods the old town</h2></section>";
        assert_eq!(headline(page, &["Rain floods the old town"], "").as_deref(), Some("The bridge vote"));
    }

    #[test]
    fn the_last_crumb_counts_where_the_metadata_say_the_same_and_json_ld_is_not_shown_elsewhere() {
        let page = "<nav><h1>Council votes for the bridge</h1></nav><h2>Bridge: quarrel ends after a year</h2>";
        assert_eq!(headline(page, &["Council votes for the bridge"], "").as_deref(), Some("Council votes for the bridge"));
        let arena = bumpalo::Bump::new();
        let titles = ["Council votes for the bridge", "Bridge: quarrel ends after a year"].map(fold::letters).to_vec();
        let spoken = Spoken { structured: titles.last().cloned(), social: None, stated: titles.clone(), titles, whole: String::new(), bare: String::new() };
        let shown = find(&Dom::parse(page, &arena), &spoken, &[]);
        assert_eq!(shown.headline.map(|h| h.0).as_deref(), Some("Bridge: quarrel ends after a year"));
    }

    #[test]
    fn the_only_heading_outweighs_a_title_for_search_engines() {
        let shown = of("<h1>Why the council voted for the bridge</h1><h2>Costs</h2>", &["Bridge vote: all you need to know"], "Bridge vote");
        assert_eq!(shown.headline, Some(("Why the council voted for the bridge".to_owned(), 90)));
        let shown = of("<h1>Notes of a river</h1>", &["Council votes for bridge after all"], "");
        assert_eq!(shown.headline.map(|h| h.1), Some(24));
    }

    #[test]
    fn a_part_that_metadata_say_is_told() {
        let page = "<h2><span>Quarrel over the river</span> <span>Council votes for the bridge</span></h2>";
        assert_eq!(of(page, &["Council votes for the bridge"], "").part.as_deref(), Some("Council votes for the bridge"));
    }
}

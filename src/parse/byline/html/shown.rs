//! The byline that a reader sees: elements that call themselves an author's, and short lines that begin with "By".
//!
//! Candidates are weighed by what they say of themselves and by where they stand; only what looks like a name is taken from one.

use crate::parse::byline::Linked;
use std::collections::HashMap;

use crate::parse::byline::html::standing;
use crate::parse::names;
use crate::parse::page::classes::{Kind, words_of};
use crate::parse::page::dom::{Dom, Entry, NodeId, collapse, push_collapsed};

/// Where on the page the article stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// From the headline to the text's beginning, and a little around.
    pub near: (NodeId, NodeId),
    /// The headline, else the text's beginning.
    pub anchor: NodeId,
    /// The text.
    pub text: (NodeId, NodeId),
}

/// A byline with the names in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::parse) struct Byline {
    /// As printed.
    pub(in crate::parse) text: String,
    /// Where it stands.
    pub(in crate::parse) node: NodeId,
    pub(in crate::parse) names: Vec<Linked>,
    /// How sure it is: points.
    pub(in crate::parse) points: i32,
    /// It says "By", or an element calls it an author's.
    pub(in crate::parse) signed: bool,
    /// How many of the names stand in one line.
    pub(in crate::parse) in_line: usize,
    /// A "By" or a label stands before the names.
    pub(in crate::parse) by: bool,
    /// Each name has an element of its own that declares an author.
    pub(in crate::parse) declared: bool,
}

struct Candidate {
    node: NodeId,
    points: i32,
    single: bool,
    /// A box about the author.
    boxed: bool,
}

/// Candidates that are read; further ones are not.
const MAX_READ: usize = 40;
/// Characters of a byline.
const LONGEST: usize = 320;

/// From here on a byline outweighs what metadata say of a site or an account.
pub(in crate::parse) const SURE: i32 = 28;

/// What a text's own first lines are worth more than the page around it.
const OPENING: i32 = 25;

/// What an element is worth that is about the author: "author-bio".
const BOX: i32 = 8;

/// What an element is worth at least that calls itself an author's.
const MARKED: i32 = 20;

/// The best byline.
pub(in crate::parse) fn find(dom: &Dom, place: Place) -> Option<Byline> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let (mut seen, mut above): (HashMap<&str, i32>, _) = (HashMap::new(), None);
    for node in 1..dom.len() {
        candidates.extend(weigh(dom, node, place, &mut seen, &mut above));
    }
    candidates.sort_by_key(|c| (std::cmp::Reverse(c.points), c.node));
    candidates.truncate(MAX_READ);
    let (at, mut best) = candidates.iter().enumerate().find_map(|(at, c)| Some((at, read(dom, c)?)))?;
    let first = &candidates[at];
    best.text = as_printed(dom, first.node).unwrap_or(best.text);
    let mut siblings: Vec<&Candidate> = candidates[at + 1..].iter().filter(|c| !c.boxed && is_sibling(dom, first.node, c.node)).collect();
    siblings.sort_by_key(|c| c.node);
    // Elements that only commas part are one line.
    let (mut end, mut line) = (dom.get(first.node).end, best.in_line == best.names.len());
    for other in siblings {
        line &= other.node >= end && standing::is_parted(dom, end, other.node);
        end = dom.get(other.node).end;
        for name in read(dom, other).map(|b| b.names).unwrap_or_default() {
            if !best.names.iter().any(|(known, _)| *known == name.0) {
                best.names.push(name);
                best.in_line += usize::from(line);
                best.declared = line && dom.get(first.node).attr("rel") == Some("author");
            }
        }
    }
    complete(&mut best.names, || candidates[at + 1..].iter().filter_map(|c| read(dom, c)).flat_map(|b| b.names).collect());
    Some(best)
}

/// A lone given name becomes the full name that another byline of the page gives it: "Jane", "Written by Jane Roe".
fn complete(names: &mut [Linked], others: impl FnOnce() -> Vec<Linked>) {
    let [(name, _)] = names else { return };
    if name.contains(' ') || !names::is_given(name) {
        return;
    }
    let full = others().into_iter().find(|(other, _)| other.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(' ')));
    if let Some((full, _)) = full {
        *name = full;
    }
}

/// The whole line that a name stands in, where it begins with "By" and says nothing of a time.
fn as_printed(dom: &Dom, node: NodeId) -> Option<String> {
    let above = dom.ancestors(node).take(3).take_while(|(id, _)| dom.get(*id).end - id < 40);
    let mut lines = above.map(|(id, _)| dom.text_up_to(id, LONGEST)).take_while(|line| line.len() < LONGEST);
    lines.find(|line| names::begins_by(line) && !line.contains(char::is_numeric))
}

/// Elements of one list: the same name and class, and within the same parent or grandparent.
fn is_sibling(dom: &Dom, a: NodeId, b: NodeId) -> bool {
    const REACH: usize = 40;
    let (x, y) = (dom.get(a), dom.get(b));
    let alike = x.name == y.name && x.attr("class") == y.attr("class") && x.attr("rel") == y.attr("rel");
    let grandparent = |e: &Entry| dom.get(e.parent).parent;
    alike && !dom.holds(a, b) && !dom.holds(b, a) && a.abs_diff(b) <= REACH && (x.parent == y.parent || grandparent(x) == grandparent(y))
}

/// What stands behind the text is looked at so far, in nodes; bare names so far only.
const BEHIND: usize = 120;
const RIGHT_BEHIND: usize = 40;

/// Nodes around a text's end where a desk may sign it.
const LAST: usize = 10;

fn weigh<'a>(dom: &Dom<'a>, node: NodeId, place: Place, seen: &mut HashMap<&'a str, i32>, above: &mut Option<Above>) -> Option<Candidate> {
    let entry = dom.get(node);
    let stands = Stands::of(dom, node, place);
    let (points, single) = if entry.is_element() {
        if matches!(entry.name, "meta" | "link" | "h1" | "title" | "body" | "html" | "main" | "article" | "img") || entry.end - node > 80 {
            return None;
        }
        let points = marked(entry, seen);
        (points, points >= MARKED)
    } else if (stands.near || stands.ends) && entry.text.len() < LONGEST {
        (of_line(dom, node, place, stands), false)
    } else {
        return None;
    };
    if points == 0 {
        return None;
    }
    let boxed = points == BOX && stands.ends && !stands.near;
    let ends = !entry.is_element() && stands.ends && !stands.near && standing::begins_line(dom, node);
    let mut points = points + if stands.near { 12 } else { -8 };
    let inside = place.text.0 <= node && node < place.text.1;
    points -= if inside && !stands.near && !stands.ends { 10 } else { 0 };
    points -= surroundings(dom, node, Above::of(dom, node, place.text.0, above))?;
    // A line at the text's end is as near to the article as one below the headline.
    let from = if ends { place.text.1 } else { place.anchor };
    let distance = i32::try_from(node.abs_diff(from) / 8).unwrap_or(100);
    points -= distance.min(if single { 10 } else { 12 });
    if boxed {
        points = 1;
    }
    (points > 0).then_some(Candidate { node, points, single, boxed })
}

/// Where a node stands to the article.
#[derive(Clone, Copy)]
struct Stands {
    /// Near the headline and the text's first lines.
    near: bool,
    /// Among the last lines of the text or the first behind it.
    ends: bool,
}

impl Stands {
    fn of(dom: &Dom, node: NodeId, place: Place) -> Stands {
        // A label such as "Author:" is looked for further into the text, and in its last quarter if it is a line of its own.
        const FURTHER: usize = 40;
        let (first, last) = place.text;
        let near = place.near.0 <= node && node < place.near.1;
        let ends = last.saturating_sub(10) <= node && node < last + BEHIND;
        let further = (first..last).contains(&node) && !near && !ends;
        let (soon, late) = (node < place.near.1 + FURTHER, node >= last - (last - first) / 4);
        let text = dom.get(node).text;
        // Most texts stand elsewhere, and are not read for it.
        if !further || !(soon || late) || text.is_empty() || text.len() >= LONGEST || !names::is_labelled(text) {
            return Stands { near, ends };
        }
        let signs = late && standing::is_line(dom, node) && names::is_signature(text);
        Stands { near: soon && node >= place.near.0, ends: signs }
    }
}

/// Points for a text: 0 where it is no byline.
fn of_line(dom: &Dom, node: NodeId, place: Place, stands: Stands) -> i32 {
    let text = dom.get(node).text;
    // "Von Regeln und Brot" may be the headline itself.
    if standing::is_heading(dom, node) {
        return 0;
    }
    let by = of_by(text);
    if by > 0 {
        // "By Jane Roe" as a line of its own in the text itself: what else the page names posted it.
        let opens = stands.near && node >= place.text.0 && standing::is_line(dom, node) && names::is_signature(text);
        return by + if opens { OPENING } else { 0 };
    }
    let close = stands.near || node < place.text.1 + RIGHT_BEHIND;
    let points = match of_text(text, stands.near) {
        points if close && points > 0 => {
            let signs = stands.near || node < place.text.1 + LAST && !standing::is_link(dom, node);
            if signs && !is_subject(dom, node, place) { points } else { 0 }
        }
        _ if node.abs_diff(place.text.1) <= LAST && names::desk(text).is_some() => 10,
        _ if close => of_name(dom, node, stands.near),
        _ => 0,
    };
    if points > 0 && standing::is_alone(dom, node) && !standing::links_within(dom, node) { points } else { 0 }
}

/// Whether a name is what the page is about: the headline says it, or it links to a topic.
fn is_subject(dom: &Dom, node: NodeId, place: Place) -> bool {
    const LONGEST: usize = 300;
    let name = dom.get(node).text.trim();
    let is_heading = |name: &str| matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let told = is_heading(dom.get(place.anchor).name) && !dom.holds(place.anchor, node) && dom.text_up_to(place.anchor, LONGEST).contains(name);
    let link = dom.ancestors(node).take(3).find(|(_, n)| n.name == "a").and_then(|(_, n)| n.attr("href"));
    let tagged = || dom.ancestors(node).take(4).any(|(_, n)| n.evidence.has(Kind::Tags) || n.attr("rel") == Some("tag"));
    told || link.is_some() && tagged() || link.is_some_and(names::is_subject_page)
}

/// Points for a text that no element calls an author's, and that does not begin with "By".
fn of_text(text: &str, near: bool) -> i32 {
    let dated = || near && names::beside_date(text).is_some();
    if near && names::signs_within(text) {
        12
    } else if names::is_known(text) || names::lists_known(text) || near && (names::heads_line(text) || dated()) {
        if near { 8 } else { 12 }
    } else if names::is_known(text.trim().trim_matches(['(', ')', '[', ']', '*'])) {
        12
    } else {
        0
    }
}

/// Points of what begins with "By".
fn of_by(text: &str) -> i32 {
    if names::begins_by(text) || names::is_by(text) { 22 } else { 0 }
}

/// Points for a text that looks like a name, although no known given name begins it: beside a date near the headline, or set to the
/// right or in bold as the text's last line.
fn of_name(dom: &Dom, node: NodeId, near: bool) -> i32 {
    const BESIDE: usize = 6;
    let text = dom.get(node).text.trim().trim_end_matches(['|', '·', '•', '/', ',', ' ', '\u{a0}']);
    if text.len() > 60 || !names::is_person(text, false) {
        return 0;
    }
    if near {
        let next = (node + 1..(node + 1 + BESIDE).min(dom.len())).map(|id| dom.get(id).text).find(|t| t.chars().any(char::is_alphanumeric));
        return if next.is_some_and(names::is_dated) { 8 } else { 0 };
    }
    let mut above = dom.ancestors(node).take(2).map(|(_, entry)| entry);
    let right = |entry: &Entry| entry.attr("style").is_some_and(|s| s.replace(' ', "").contains("text-align:right"));
    if above.any(|entry| matches!(entry.name, "p" | "div") && right(entry)) { 26 } else { 0 }
}

/// What stands above the children of an element, far up: found once for all of them.
#[derive(Clone, Copy)]
struct Above {
    parent: NodeId,
    /// The nearest that holds the text as well.
    common: NodeId,
    /// That is an article's or within one.
    within_article: bool,
}

impl Above {
    fn of(dom: &Dom, node: NodeId, text: NodeId, last: &mut Option<Above>) -> Above {
        let parent = dom.get(node).parent;
        if let Some(above) = last.filter(|above| above.parent == parent) {
            return above;
        }
        let common = dom.ancestors(node).find(|(id, _)| dom.holds(*id, text)).map_or(0, |(id, _)| id);
        let of_article = |entry: &Entry| matches!(entry.name, "article" | "main") || entry.evidence.has(Kind::Body);
        let within_article = of_article(dom.get(common)) || dom.ancestors(common).any(|(_, n)| of_article(n));
        *last.insert(Above { parent, common, within_article })
    }
}

/// What is taken off for what a candidate stands in, below what holds the text as well; `None` where no byline of the article stands.
fn surroundings(dom: &Dom, node: NodeId, Above { common, within_article, .. }: Above) -> Option<i32> {
    let mut off = 0;
    for (_, above) in dom.ancestors(node).take_while(|(id, _)| *id > common).take(12) {
        let is = |kind| above.evidence.has(kind);
        let footer = is(Kind::Footer) || above.name == "footer";
        let within_article = within_article || footer && ends_article(above);
        // Within a figure stands who made the picture.
        let pictured = matches!(above.name, "figure" | "figcaption");
        // The footer of an article is not the page's.
        // "teaser-small__metadata": a byline in the same block's style as a teaser's.
        let related = is(Kind::Related) && !is(Kind::Meta);
        if is(Kind::Comments) || related || above.name == "nav" || pictured || footer && !within_article {
            return None;
        }
        off += if footer || is(Kind::Sidebar) || above.name == "aside" { 6 } else { 0 };
    }
    Some(off)
}

/// Whether a footer is an article's by its class: "post-footer".
fn ends_article(entry: &Entry) -> bool {
    const ARTICLES: [&str; 6] = ["post", "entry", "article", "story", "hentry", "beitrag"];
    let names = entry.attr("class").into_iter().flat_map(str::split_ascii_whitespace).take(8).filter(|name| name.len() <= 60);
    names.map(words_of).any(|words| words.iter().any(|w| ARTICLES.contains(&w.as_str())) && words.iter().any(|w| w == "footer"))
}

/// Points for what an element says of itself.
fn marked<'a>(entry: &Entry<'a>, seen: &mut HashMap<&'a str, i32>) -> i32 {
    let has = |attribute: &str, value: &str| entry.attr(attribute).is_some_and(|v| v.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(value)));
    let mut points = 0;
    if has("itemprop", "author") || has("rel", "author") || has("itemprop", "creator") {
        points = 34;
    }
    // A page says the same names again and again.
    for names in ["class", "id", "data-testid", "data-qa"].iter().filter_map(|a| entry.attr(a)) {
        points = points.max(*seen.entry(names).or_insert_with(|| of_names(names)));
    }
    let path = entry.attr("href").filter(|_| entry.name == "a");
    if path.is_some_and(names::is_author_page) {
        points = points.max(20) + 3;
    }
    points
}

fn of_names(names: &str) -> i32 {
    names.split_ascii_whitespace().take(16).filter(|name| name.len() <= 60).map(of_class).max().unwrap_or(0)
}

/// Points for a class: "byline", "author-name", "post__author"; little for "author-bio".
fn of_class(name: &str) -> i32 {
    // Each of the stems below holds one of these pairs; most names hold none.
    const PAIRS: [&[u8]; 6] = [b"ut", b"by", b"wr", b"rf", b"kt", b"kr"];
    if !name.as_bytes().windows(2).any(|piece| PAIRS.iter().any(|pair| piece.eq_ignore_ascii_case(pair))) {
        return 0;
    }
    let lower = name.to_ascii_lowercase();
    const STEMS: [&str; 10] = ["author", "byline", "autor", "auteur", "autore", "writer", "verfasser", "contributor", "redakteur", "skribent"];
    if !STEMS.iter().any(|stem| lower.contains(stem)) || lower.contains("authori") {
        return 0;
    }
    let words = words_of(name);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if has(&["bio", "image", "img", "avatar", "photo", "social", "follow", "related", "more", "comment", "quote", "desc", "description", "twitter", "title"]) {
        return BOX;
    }
    let word = has(&["byline", "bylines", "author", "authors", "autor", "autoren", "autores", "auteur", "autore", "writer", "verfasser", "contributor"]);
    if word { 26 + i32::from(has(&["byline", "name", "names"])) * 3 } else { 20 }
}

/// A piece of a byline: text without an element's boundary in it.
struct Segment {
    text: String,
    link: Option<String>,
}

fn segments(dom: &Dom, node: NodeId) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    let mut skip = 0;
    for id in node..dom.get(node).end.max(node + 1) {
        let entry = dom.get(id);
        if entry.is_element() && (entry.evidence.has(Kind::Hidden) || entry.evidence.has(Kind::Share)) && id != node {
            skip = skip.max(entry.end);
        }
        if id < skip || entry.text.trim().is_empty() {
            continue;
        }
        let text = collapse(entry.text);
        let link = dom.ancestors(id).take(3).find(|(_, n)| n.name == "a").and_then(|(_, n)| n.attr("href")).map(str::to_owned);
        out.push(Segment { text, link });
    }
    out
}

fn read(dom: &Dom, candidate: &Candidate) -> Option<Byline> {
    let entry = dom.get(candidate.node);
    let pieces = match entry.is_element() {
        true => segments(dom, candidate.node),
        false if names::is_by(entry.text) => following(dom, candidate.node),
        false => around(dom, candidate.node),
    };
    let mut text = String::new();
    for piece in &pieces {
        push_collapsed(&mut text, " ");
        push_collapsed(&mut text, &piece.text);
    }
    let one = |piece: &Segment, signed: bool| Byline {
        text: piece.text.clone(),
        names: vec![(piece.text.clone(), piece.link.clone())],
        points: candidate.points,
        signed,
        in_line: 1,
        node: candidate.node,
        ..Byline::default()
    };
    if candidate.boxed {
        const FIRST: usize = 3;
        return pieces.iter().take(FIRST).find(|piece| names::is_known(&piece.text)).map(|piece| one(piece, false));
    }
    if text.chars().count() > LONGEST {
        // A box about the author: only a full name at its beginning counts.
        let first = pieces.iter().find(|piece| !names::is_by(&piece.text)).filter(|piece| candidate.single && names::is_known(&piece.text))?;
        return Some(one(first, candidate.single));
    }
    let mut names = names_of(&pieces, candidate.single);
    if let ([.., piece], true) = (pieces.as_slice(), names.is_empty() && entry.is_element() && standing::is_declared(dom, candidate.node)) {
        names.extend(names::declared(&piece.text).map(|name| (name, piece.link.clone())));
    }
    let by = names::begins_by(&text) || pieces.first().is_some_and(|piece| names::is_by(&piece.text));
    let signed = candidate.single || by;
    let in_line = names.len();
    (in_line > 0).then_some(Byline { text, names, points: candidate.points, signed, in_line, node: candidate.node, by, declared: false })
}

/// A text that begins with "By", and the links that follow it within its parent.
fn around(dom: &Dom, node: NodeId) -> Vec<Segment> {
    let parent = dom.get(node).parent;
    let from = |id: NodeId| segments(dom, id);
    let mut out = from(node);
    let mut next = node + 1;
    while next < dom.get(parent).end && out.len() < 12 {
        let entry = dom.get(next);
        if entry.is_element() && !standing::is_inline(entry.name) {
            break;
        }
        out.extend(from(next));
        next = entry.end.max(next + 1);
    }
    out
}

/// A text that is "By" and nothing else, and the next text, wherever it stands; what follows that in the same line or list too.
fn following(dom: &Dom, node: NodeId) -> Vec<Segment> {
    const REACH: usize = 12;
    let Some(next) = (node + 1..(node + REACH).min(dom.len())).find(|id| !dom.get(*id).text.trim().is_empty()) else { return Vec::new() };
    if standing::is_menu_item(dom, node) {
        return Vec::new();
    }
    if dom.holds(dom.get(node).parent, next) {
        return around(dom, node);
    }
    let mut out = segments(dom, node);
    match standing::list_around(dom, next) {
        Some(list) => out.extend(segments(dom, list)),
        None => out.extend(around(dom, next)),
    }
    out
}

fn names_of(pieces: &[Segment], single: bool) -> Vec<Linked> {
    let mut out: Vec<Linked> = Vec::new();
    let (mut by, mut joined, mut photo, mut passed) = (false, false, false, false);
    // Who checked or pictured does not sign where another does: "Reviewed by", a name, "Written by", a name.
    let signs_later = |at: usize| pieces[at + 1..].iter().any(|p| names::signs_anew(&p.text));
    for (at, piece) in pieces.iter().enumerate() {
        let text = piece.text.as_str();
        if names::is_join(text) {
            // "Tested by", a name, "and", a name.
            (joined, photo) = (true, passed);
        } else if names::is_by(text) {
            (by, photo) = (true, false);
        } else if names::is_photo(text) && !names::begins_by(text) {
            photo = true;
        } else if std::mem::take(&mut photo) && (!out.is_empty() || signs_later(at - 1)) {
            by = names::signs_anew(text);
            passed = true;
        } else if let Some(found) = names::shown(text, single || by) {
            let linked = piece.link.is_some() && out.last().is_some_and(|(_, link)| link.is_some());
            if out.is_empty() || joined || linked {
                out.extend(found.into_iter().map(|name| (name, piece.link.clone())));
            }
            (by, passed) = (false, false);
            joined = ends_joined(text);
        } else {
            by = text.split_whitespace().next_back().is_some_and(names::is_by);
            // What "Tested by" names behind the author did not write.
            photo = by && !out.is_empty() && !names::signs_anew(text) && piece.link.is_none();
            (joined, passed) = (false, false);
        }
    }
    // "Redaktion" says "By" before a name; alone it signs.
    if let ([piece], true) = (pieces, single && out.is_empty()) {
        out.extend(names::desk(&piece.text).map(|name| (name, piece.link.clone())));
    }
    out
}

fn ends_joined(text: &str) -> bool {
    text.ends_with(',') || text.split_whitespace().next_back().is_some_and(names::is_join)
}

//! Authors and byline: names out of metadata and of the line that a reader sees, without "By", roles and dates.
//!
//! Whether a name is an agency's is for the table of agencies to say, not for this file.

use super::classes::Kind;
use super::dom::{Dom, NodeId, collapse};
use super::json_ld::JsonLd;
use super::meta::Meta;
use crate::article::parsed::Author;
use crate::parse::dateline;

/// Who wrote the article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Authors {
    /// The byline as printed.
    pub byline: Option<String>,
    /// The names.
    pub authors: Vec<Author>,
}

const META_KEYS: &[&str] = &[
    "author",
    "article:author",
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dc.creator.author",
    "dcterms.creator",
    "byl",
    "authors",
    "author_name",
    "citation_author",
    "cxenseparse:author",
    "dcsext.author",
];

const MAX_AUTHORS: usize = 24;

/// Words before names.
const PREFIXES: &[&str] = &[
    "by",
    "von",
    "par",
    "por",
    "di",
    "av",
    "af",
    "door",
    "przez",
    "autor",
    "autorin",
    "autorka",
    "autore",
    "author",
    "authors",
    "auteur",
    "autoren",
    "автор",
    "автори",
    "авторы",
    "аўтар",
    "text",
    "text by",
    "texte",
    "texto",
    "testo",
    "written by",
    "posted by",
    "published by",
    "words by",
    "words",
    "story by",
    "reported by",
    "reporting by",
    "report",
    "opinion by",
    "analysis by",
    "review by",
    "a cura di",
    "de",
    "от",
    "ein kommentar von",
    "eine analyse von",
    "ein interview von",
    "interview von",
    "interview by",
    "interview",
    "publié par",
    "propos recueillis par",
    "escrito por",
    "redacción",
    "di redazione",
    "tekst",
    "текст",
    "by:",
];

/// Chooses authors: JSON-LD, meta, microdata and links, the visible byline, the feed.
pub fn choose(dom: &Dom, meta: &Meta, ld: &JsonLd, near: (NodeId, NodeId), hints: &[String]) -> Authors {
    let byline = visible_byline(dom, near);
    let mut found: Vec<Author> = Vec::new();
    for agent in &ld.authors {
        split(&agent.name).iter().for_each(|name| add(&mut found, name, agent.url.clone()));
    }
    if found.is_empty() {
        meta.all(META_KEYS).flat_map(split).for_each(|name| add(&mut found, &name, None));
    }
    if found.is_empty() {
        from_markup(dom, near, &mut found);
    }
    for texts in [byline.as_slice(), hints] {
        if found.is_empty() {
            texts.iter().flat_map(|text| split(text)).for_each(|name| add(&mut found, &name, None));
        }
    }
    Authors { byline, authors: found }
}

/// Authors of a flattened page: its byline, else the feed's.
pub fn from_byline(byline: Option<&str>, hints: &[String]) -> Vec<Author> {
    let mut found = Vec::new();
    for name in byline.into_iter().flat_map(split) {
        add(&mut found, &name, None);
    }
    if found.is_empty() {
        for name in hints.iter().flat_map(|h| split(h)) {
            add(&mut found, &name, None);
        }
    }
    found
}

fn add(found: &mut Vec<Author>, name: &str, url: Option<String>) {
    let Some(name) = clean(name) else { return };
    let key = name.to_lowercase();
    if found.len() < MAX_AUTHORS && !found.iter().any(|a| a.name.to_lowercase() == key) {
        let is_agency = dateline::is_agency(&name);
        found.push(Author { name, url: url.filter(|u| u.starts_with("http")), is_agency });
    }
}

/// A name without prefix, role and date; `None` where what is left is none.
fn clean(name: &str) -> Option<String> {
    let mut name = collapse(name);
    name = without_prefix(&name);
    // A role, place or date after the name.
    for separator in [" | ", " - ", " – ", " — ", " • ", " · ", " (", ", ", " @", " / ", " in "] {
        if let Some((head, _)) = name.split_once(separator)
            && head.chars().count() >= 4
        {
            name = head.trim().to_owned();
        }
    }
    let name = name.trim_matches([',', ';', '.', ':', '|', '-', '–', '—', '/', '"', '“', '”', ' ', '·', '•', '*', '(', ')']).trim();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let words = name.split_whitespace().count();
    let lower = name.to_lowercase();
    let bad = letters < 2
        || digits > 2
        || words > 7
        || name.chars().count() > 60
        || lower.contains("http")
        || lower.contains("www.")
        || lower.contains('@')
        || matches!(
            lower.as_str(),
            "admin"
                | "administrator"
                | "editor"
                | "staff"
                | "unknown"
                | "none"
                | "null"
                | "undefined"
                | "guest"
                | "webmaster"
                | "user"
                | "root"
                | "superuser"
                | "anonymous"
                | "n/a"
                | "false"
                | "true"
                | "redaktion"
                | "online"
                | "home"
                | "posted"
                | "by"
                | "author"
        );
    (!bad).then(|| name.to_owned())
}

fn without_prefix(name: &str) -> String {
    let mut rest = name.trim().to_owned();
    for _ in 0..3 {
        let lower = rest.to_lowercase();
        let prefix = PREFIXES.iter().filter(|p| lower.strip_prefix(**p).is_some_and(|after| after.starts_with([' ', ':', '\u{a0}']))).max_by_key(|p| p.len());
        let Some(prefix) = prefix else { break };
        // Lower-casing may change lengths: count characters, not bytes.
        let after: String = rest.chars().skip(prefix.chars().count()).collect();
        let after = after.trim_start_matches([' ', ':', '\u{a0}']).to_owned();
        // "de Gaulle" is a name: a one-word particle is taken off only before two words or more.
        let particle = matches!(*prefix, "de" | "di" | "af" | "av" | "von" | "от") && after.split_whitespace().count() < 2;
        if after.is_empty() || particle {
            break;
        }
        rest = after;
    }
    rest
}

/// The names of a list.
fn split(text: &str) -> Vec<String> {
    let mut text = collapse(text);
    for joiner in [" and ", " und ", " et ", " y ", " e ", " och ", " og ", " en ", " i ", " и ", " & ", " with ", " mit "] {
        text = text.replace(joiner, ";");
    }
    let parts: Vec<&str> = text.split([';', '|', '\n', '•', '、', '，']).collect();
    let mut out = Vec::new();
    for part in parts {
        let commas: Vec<&str> = part.split(',').map(str::trim).collect();
        // "Doe, Jane" is one name, "Jane Doe, John Roe" are two, "Jane Doe, Correspondent" is one and a role.
        let several = commas.len() > 1 && commas.iter().all(|c| looks_like_name(c));
        if several {
            out.extend(commas.into_iter().map(str::to_owned));
        } else {
            out.push(part.trim().to_owned());
        }
    }
    out.retain(|name| !name.is_empty());
    out
}

/// Two to four words, each with a capital, none a role's.
fn looks_like_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let roles = [
        "editor",
        "correspondent",
        "reporter",
        "writer",
        "news",
        "staff",
        "times",
        "press",
        "post",
        "senior",
        "chief",
        "political",
        "business",
        "sports",
        "director",
        "redakteur",
        "professor",
        "university",
    ];
    (2..=4).contains(&words.len())
        && words.iter().all(|w| {
            w.starts_with(|c: char| c.is_uppercase() || !c.is_ascii())
                || matches!(*w, "van" | "von" | "de" | "der" | "den" | "di" | "da" | "la" | "le" | "bin" | "al")
        })
        && !words.iter().any(|w| roles.contains(&w.to_lowercase().as_str()))
}

/// `rel=author`, `itemprop=author`, and elements that call themselves an author's name, near the headline first.
fn from_markup(dom: &Dom, near: (NodeId, NodeId), found: &mut Vec<Author>) {
    let mut names: Vec<(bool, NodeId)> = Vec::new();
    for (node, entry) in dom.all() {
        let property = entry.attr("itemprop").is_some_and(|p| p.split_ascii_whitespace().any(|w| w == "author"));
        let rel = entry.name == "a" && entry.attr("rel").is_some_and(|r| r.split_ascii_whitespace().any(|w| w == "author"));
        let href = entry.name == "a"
            && entry
                .attr("href")
                .is_some_and(|h| ["/author/", "/authors/", "/autor/", "/auteur/", "/profile/", "/by/", "/staff/"].iter().any(|p| h.contains(p)));
        if (property || rel || href) && near.0 <= node && node < near.1 {
            names.push((property || rel, node));
        }
    }
    let certain = names.iter().any(|(certain, _)| *certain);
    for (_, node) in names.iter().filter(|(c, _)| *c || !certain) {
        if dom.get(*node).name == "meta" {
            continue;
        }
        let inner = dom.elements(*node).find(|(_, n)| n.attr("itemprop") == Some("name")).map(|(id, _)| id);
        let text = inner.and_then(|id| dom.get(id).attr("content").map(str::to_owned)).unwrap_or_else(|| dom.text_up_to(inner.unwrap_or(*node), 300));
        if text.chars().count() > 120 {
            continue;
        }
        let url = dom.get(*node).attr("href").map(str::to_owned);
        for name in split(&text) {
            add(found, &name, url.clone());
        }
        if found.len() >= 8 {
            break;
        }
    }
}

/// The line that says who wrote it: an element named so, or a short line that begins with "By".
fn visible_byline(dom: &Dom, near: (NodeId, NodeId)) -> Option<String> {
    let mut best: Option<(u8, String)> = None;
    for node in near.0..near.1.min(dom.len()) {
        let entry = dom.get(node);
        if !entry.is_element() || entry.end - node > 60 || matches!(entry.name, "meta" | "link" | "h1" | "title") {
            continue;
        }
        let class = [entry.attr("class"), entry.attr("itemprop"), entry.attr("rel"), entry.attr("id"), entry.attr("data-testid")]
            .into_iter()
            .flatten()
            .any(|c| ["byline", "author", "autor", "writer"].iter().any(|w| c.to_ascii_lowercase().contains(w)));
        let rank = if class && entry.evidence.has(Kind::Meta) { 2 } else { u8::from(class) };
        let text = dom.text_up_to(node, 400);
        let length = text.chars().count();
        if !(3..=160).contains(&length) {
            continue;
        }
        let says_by = ["By ", "By: ", "BY ", "Von ", "Par ", "Por ", "Автор: "].iter().any(|p| text.starts_with(p)) && length < 100;
        let rank = rank + if says_by { 2 } else { 0 };
        if rank >= 2 && best.as_ref().is_none_or(|(r, _)| rank > *r) {
            best = Some((rank, text));
        }
    }
    best.map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        split(text).iter().filter_map(|n| clean(n)).collect()
    }

    #[test]
    fn names_without_what_stands_around_them() {
        for (text, expected) in [
            ("By Jane Roe and John Doe", vec!["Jane Roe", "John Doe"]),
            ("Von Jana Müller", vec!["Jana Müller"]),
            ("Jane Roe, Political Correspondent", vec!["Jane Roe"]),
            ("Jane Roe, John Doe & Max Poe", vec!["Jane Roe", "John Doe", "Max Poe"]),
            ("Charles de Gaulle", vec!["Charles de Gaulle"]),
            ("Автор: Иван Иванов", vec!["Иван Иванов"]),
            ("admin", vec![]),
            ("https://example.com/jane", vec![]),
            ("Jane Roe | The Example", vec!["Jane Roe", "The Example"]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }
}

//! The headline: what the page's visible heading, its metadata and its title agree on, without the site's name.

use super::body::choose::fold;
use super::classes::Kind;
use super::dom::{Dom, NodeId, collapse, is_block, push_collapsed};
use super::json_ld::JsonLd;
use super::meta::Meta;

/// Headlines of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headlines {
    /// The best.
    pub headline: Option<String>,
    /// Others, by weight.
    pub alternatives: Vec<String>,
}

/// What a headline is known by.
struct Candidate {
    text: String,
    folded: String,
    weight: u32,
}

/// The longest headline, in characters.
const MAX_CHARS: usize = 400;

/// Chooses the headline. `site` holds names of the site: publisher, `og:site_name`, domain.
pub fn choose(dom: &Dom, meta: &Meta, ld: &JsonLd, site: &[String], hint: Option<&str>) -> Headlines {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut add = |text: Option<String>, weight: u32| {
        let Some(text) = text.map(|t| without_site(&collapse(&t), site)).filter(|t| !t.is_empty() && t.chars().count() <= MAX_CHARS) else { return };
        let folded = fold(&text);
        // A site's name is nobody's headline.
        if folded.is_empty() || site.iter().any(|name| fold(name) == folded) {
            return;
        }
        match candidates.iter_mut().find(|c| c.folded == folded) {
            Some(known) => known.weight += weight,
            None => candidates.push(Candidate { text, folded, weight }),
        }
    };
    let social = meta.get(&["og:title"]).map(str::to_owned);
    let headings = first_headings(dom);
    let structured = ld.headline.clone().filter(|_| ld.has_article);
    let spoken_for = [social.as_deref(), structured.as_deref(), meta.title.as_deref(), meta.get(&["twitter:title"])].map(|t| fold(t.unwrap_or_default()));
    let mut confirmed = false;
    for heading in &headings {
        let folded = fold(heading);
        let agrees = folded.chars().count() >= 8 && spoken_for.iter().any(|t| t.contains(&folded) || (!t.is_empty() && similar(t, &folded)));
        if agrees && !confirmed {
            confirmed = true;
            add(Some(heading.clone()), 45);
        }
    }
    if !confirmed && let [only] = headings.as_slice() {
        add(Some(only.clone()), 18);
    }
    add(structured, 30);
    add(ld.headline.clone().filter(|_| !ld.has_article), 6);
    add(social, 28);
    add(meta.get(&["parsely-title", "sailthru.title", "dc.title", "dcterms.title", "dcsext.articletitle", "headline"]).map(str::to_owned), 12);
    add(item_headline(dom), 20);
    add(meta.get(&["twitter:title"]).map(str::to_owned), 10);
    add(meta.title.clone().map(|t| without_site_of_title(&t, site)), 14);
    add(hint.map(str::to_owned), 8);
    add(headings.first().cloned().filter(|_| !confirmed), 4);
    // One that is the end or the start of another speaks for it as well: kickers and colons come and go.
    for at in 0..candidates.len() {
        let support: u32 = candidates
            .iter()
            .enumerate()
            .filter(|(other, c)| *other != at && candidates[at].folded.chars().count() >= 15 && c.folded.contains(&candidates[at].folded))
            .map(|(_, c)| c.weight / 3)
            .sum();
        candidates[at].weight += support;
    }
    candidates.sort_by_key(|c| std::cmp::Reverse(c.weight));
    let mut texts = candidates.into_iter().map(|c| c.text);
    Headlines { headline: texts.next(), alternatives: texts.take(4).collect() }.with(&ld.alternative)
}

impl Headlines {
    fn with(mut self, more: &[String]) -> Headlines {
        for text in more {
            let known = self.headline.iter().chain(&self.alternatives).any(|t| fold(t) == fold(text));
            if !known && self.alternatives.len() < 6 && text.chars().count() <= MAX_CHARS {
                self.alternatives.push(text.clone());
            }
        }
        self
    }
}

/// Texts of the `h1` elements, kickers within them left out, at most eight.
fn first_headings(dom: &Dom) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (node, entry) in dom.all() {
        if entry.name == "h1" && out.len() < 8 {
            let text = heading_text(dom, node);
            if !text.is_empty() && !out.contains(&text) {
                out.push(text);
            }
        }
    }
    out
}

/// The text of a heading without its kicker.
fn heading_text(dom: &Dom, heading: NodeId) -> String {
    let mut out = String::new();
    let whole = dom.text_up_to(heading, 4 * MAX_CHARS).len();
    let mut at = heading + 1;
    while at < dom.get(heading).end {
        let entry = dom.get(at);
        if entry.is_element() && entry.name != "a" {
            let found = entry.evidence;
            let aside = [Kind::Meta, Kind::Hidden, Kind::Share, Kind::Paywall, Kind::Tags].iter().any(|kind| found.has(*kind));
            let rest = aside && entry.end - at < 12 && dom.text_up_to(at, whole).len() * 2 < whole;
            if rest {
                at = entry.end;
                continue;
            }
            if is_block(entry.name) || entry.name == "br" || entry.name == "span" {
                let separate = entry.name != "span";
                if separate {
                    push_collapsed(&mut out, " ");
                }
            }
        } else {
            push_collapsed(&mut out, entry.text);
        }
        at += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

fn item_headline(dom: &Dom) -> Option<String> {
    let node = super::meta::item_properties(dom, "headline").next()?;
    Some(heading_text(dom, node)).filter(|t| !t.is_empty())
}

/// At least four fifths of the shorter one's beginning is the other's.
fn similar(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(200).collect(), b.chars().take(200).collect());
    let shorter = a.len().min(b.len());
    let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    shorter >= 10 && common * 5 >= shorter * 4 && common * 2 >= a.len().max(b.len())
}

const SEPARATORS: [&str; 14] = [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", " / ", " › ", "| ", " : ", "｜"];

/// A headline without the site's name at either end.
fn without_site(text: &str, site: &[String]) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let before = text.len();
        for separator in SEPARATORS {
            if let Some((head, tail)) = text.rsplit_once(separator)
                && names_site(tail, site)
                && !head.trim().is_empty()
            {
                text = head.trim().to_owned();
                break;
            }
            if let Some((head, tail)) = text.split_once(separator)
                && names_site(head, site)
                && tail.trim().chars().count() >= 10
            {
                text = tail.trim().to_owned();
                break;
            }
        }
        if text.len() == before {
            break;
        }
    }
    text
}

/// A title also loses a last part that is short, even if it is not known to be the site's name: sections and slogans stand there.
fn without_site_of_title(text: &str, site: &[String]) -> String {
    let text = without_site(text, site);
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", "｜"] {
        if let Some((head, tail)) = text.rsplit_once(separator) {
            let (long, short) = (head.chars().count(), tail.chars().count());
            if long >= 25 && short * 3 < long && tail.split_whitespace().count() <= 4 {
                return head.trim().to_owned();
            }
        }
    }
    text
}

/// Whether a part of a title is the site's name: the same, or one that holds the other.
fn names_site(part: &str, site: &[String]) -> bool {
    let part = fold(part);
    if part.is_empty() || part.chars().count() > 60 {
        return false;
    }
    site.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).any(|name| {
        let bare = name.strip_prefix("the").unwrap_or(&name).to_owned();
        let own = part.strip_prefix("the").unwrap_or(&part);
        own == bare
            || (bare.chars().count() >= 3 && own.starts_with(&bare) && own.chars().count() <= bare.chars().count() + 12)
            || (own.chars().count() >= 4 && bare.contains(own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str) -> Headlines {
        let arena = bumpalo::Bump::new();
        let dom = Dom::parse(page, &arena);
        let meta = Meta::read(&dom);
        choose(&dom, &meta, &JsonLd::default(), &["The Example Times".into(), "example".into()], None)
    }

    #[test]
    fn the_site_name_is_taken_off() {
        let found =
            of("<title>Council votes for bridge - Politics | The Example Times</title><h1><span class=kicker>Politics</span>Council votes for bridge</h1>");
        assert_eq!(found.headline.as_deref(), Some("Council votes for bridge"));
        let found = of("<meta property='og:title' content='Example: a story of a word that long was lost'><title>Example</title>");
        assert_eq!(found.headline.as_deref(), Some("Example: a story of a word that long was lost"));
        assert_eq!(of("<title>The Example Times</title><h1>The Example Times</h1>").headline, None);
    }

    #[test]
    fn the_confirmed_heading_wins() {
        let found = of(
            "<h1>The Example Times</h1><h1>Rain floods the old town</h1><title>Rain floods the old town | Example</title><meta property='og:title' content='Flood!'>",
        );
        assert_eq!(found.headline.as_deref(), Some("Rain floods the old town"));
        assert_eq!(found.alternatives, ["Flood!"]);
    }
}

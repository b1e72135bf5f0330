//! Selectors of site rules: the part of CSS selectors that names elements by element, class, id, attributes and ancestors.
//!
//! They are matched against the table of the pruned page ([`super::super::html::dom`]), so elements and attributes that are dropped there
//! can't be named, and are refused when the rule is read. No pseudo-classes, no siblings: a rule that needs them is better left out.

use std::fmt;

use super::super::html::dom::{Dom, Entry, NodeId};
use super::super::html::tags::{self, Treatment};

/// A list of selectors: an element matches if one of them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    alternatives: Vec<Vec<Step>>,
}

/// One compound selector and how it is bound to the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// It must be a child of what the step before names, not any descendant.
    child: bool,
    /// The element's name in the table; empty for any.
    name: &'static str,
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    attribute: &'static str,
    how: How,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Present,
    Equals,
    HasWord,
    StartsWith,
    EndsWith,
    Contains,
}

/// Why a selector can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector(String);

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Selector {
    /// Reads a selector such as `article h1.title, div[data-testid="head"] > h1`.
    pub fn read(text: &str) -> Result<Selector, BadSelector> {
        let alternatives = split_list(text).into_iter().map(read_steps).collect::<Result<Vec<_>, _>>()?;
        Ok(Selector { alternatives })
    }

    /// The elements that match, in document order.
    pub fn all<'d>(&'d self, dom: &'d Dom) -> impl Iterator<Item = NodeId> + 'd {
        dom.all().filter(|(node, entry)| self.alternatives.iter().any(|steps| fits(dom, *node, entry, steps))).map(|(node, _)| node)
    }

    /// Like [`Selector::all`], without elements that stand within one before them.
    pub fn outermost(&self, dom: &Dom) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        for node in self.all(dom) {
            if found.last().is_none_or(|last| !dom.holds(*last, node)) {
                found.push(node);
            }
        }
        found
    }
}

fn bad<T>(message: impl Into<String>) -> Result<T, BadSelector> {
    Err(BadSelector(message.into()))
}

/// The parts between commas that stand outside of brackets and quotes.
fn split_list(text: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from, mut parts) = (0_usize, None, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn read_steps(text: &str) -> Result<Vec<Step>, BadSelector> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return bad("an empty selector");
    }
    let mut steps = Vec::new();
    let mut child = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('>') {
            if child || steps.is_empty() {
                return bad("`>` needs an element on both sides");
            }
            child = true;
            rest = after.trim_start();
            continue;
        }
        let (step, after) = read_step(rest, child)?;
        steps.push(step);
        child = false;
        rest = after.trim_start();
    }
    if child { bad("`>` needs an element on both sides") } else { Ok(steps) }
}

fn read_step(text: &str, child: bool) -> Result<(Step, &str), BadSelector> {
    let (name, mut rest) = ident(text);
    let mut step = Step { child, name: element(name)?, tests: Vec::new() };
    if name.is_empty() {
        rest = rest.strip_prefix('*').unwrap_or(rest);
    }
    while let Some(mark) = rest.chars().next().filter(|c| !c.is_whitespace() && *c != '>') {
        let (test, after) = match mark {
            '.' | '#' => {
                let (value, after) = ident(&rest[1..]);
                if value.is_empty() {
                    return bad(format!("a name must follow `{mark}`"));
                }
                let (attribute, how) = if mark == '.' { ("class", How::HasWord) } else { ("id", How::Equals) };
                (Test { attribute, how, value: value.to_owned() }, after)
            }
            '[' => read_attribute(rest)?,
            other => return bad(format!("`{other}` is not understood; there are names, .class, #id, [attribute], spaces, `>` and commas")),
        };
        step.tests.push(test);
        rest = after;
    }
    if name.is_empty() && step.tests.is_empty() && !text.starts_with('*') { bad("an element is missing") } else { Ok((step, rest)) }
}

fn read_attribute(text: &str) -> Result<(Test, &str), BadSelector> {
    let quoted = text.find(['"', '\'']).filter(|at| text.find(']').is_some_and(|end| *at < end));
    let search_from = match quoted {
        Some(at) => at + 1 + text[at + 1..].find(&text[at..=at]).ok_or_else(|| BadSelector("a quote is not closed".to_owned()))?,
        None => 0,
    };
    let Some(end) = text[search_from..].find(']').map(|at| at + search_from) else { return bad("`]` is missing") };
    let inner = text[1..end].trim();
    let (name, after) = ident(inner);
    let Some(attribute) = tags::attribute(name.as_bytes()) else {
        return bad(format!("the attribute `{name}` is not kept of a page, so it can't be asked for"));
    };
    let after = after.trim_start();
    let (how, value) = match after.find('=') {
        None if after.is_empty() => (How::Present, ""),
        Some(at) => {
            let how = match &after[..at] {
                "" => How::Equals,
                "~" => How::HasWord,
                "^" => How::StartsWith,
                "$" => How::EndsWith,
                "*" => How::Contains,
                other => return bad(format!("`{other}=` is not understood")),
            };
            (how, after[at + 1..].trim().trim_matches(['"', '\'']))
        }
        None => return bad(format!("`[{inner}]` is not understood")),
    };
    if how != How::Present && value.is_empty() {
        return bad(format!("`[{inner}]` asks for an empty value"));
    }
    Ok((Test { attribute, how, value: value.to_owned() }, &text[end + 1..]))
}

/// The name at the start of a text, and what follows.
fn ident(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(text.len());
    text.split_at(end)
}

/// The name of an element in the table; empty for any.
fn element(name: &str) -> Result<&'static str, BadSelector> {
    if name.is_empty() {
        return Ok("");
    }
    let tag = tags::tag(name.to_ascii_lowercase().as_bytes());
    match tag.treatment {
        _ if name == "body" => Ok("body"),
        Treatment::Block | Treatment::Inline | Treatment::Void if !tag.name.is_empty() => Ok(tag.name),
        Treatment::Block | Treatment::Inline | Treatment::Void => bad(format!("the element `{name}` is unknown")),
        _ => bad(format!("the element `{name}` is not kept of a page, so it can't be asked for")),
    }
}

fn fits(dom: &Dom, node: NodeId, entry: &Entry, steps: &[Step]) -> bool {
    let Some((last, before)) = steps.split_last() else { return true };
    if !last.fits(dom, entry) {
        return false;
    }
    if before.is_empty() {
        return true;
    }
    // The nearest ancestors first.
    let mut above = dom.ancestors(node);
    if last.child {
        return above.next().is_some_and(|(node, entry)| fits(dom, node, entry, before));
    }
    // Where descendants alone lead up from here, what the nearest fit does not stand in, one further up does not either.
    let is_loose = before.iter().skip(1).all(|step| !step.child);
    let previous = &before[before.len() - 1];
    let mut fitting = above.filter(|(_, entry)| previous.fits(dom, entry));
    if is_loose {
        return fitting.next().is_some_and(|(node, entry)| fits(dom, node, entry, before));
    }
    fitting.any(|(node, entry)| fits(dom, node, entry, before))
}

impl Step {
    fn fits(&self, dom: &Dom, entry: &Entry) -> bool {
        entry.is_element() && (self.name.is_empty() || self.name == entry.name) && self.tests.iter().all(|test| test.fits(dom, entry))
    }
}

impl Test {
    fn fits(&self, dom: &Dom, entry: &Entry) -> bool {
        let Some(value) = entry.attr(self.attribute) else { return false };
        dom.steps().spend_text(value.len());
        let wanted = self.value.as_str();
        match self.how {
            How::Present => true,
            How::Equals => value == wanted,
            How::HasWord => value.split_ascii_whitespace().any(|word| word == wanted),
            How::StartsWith => value.starts_with(wanted),
            How::EndsWith => value.ends_with(wanted),
            How::Contains => value.contains(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;

    const PAGE: &str = r#"<body><div class="page wide" id=top><article data-testid="main-story"><h1 class="title">One</h1><p><em>two</em></p></article>
        <h1 class=title>Three</h1></div></body>"#;

    fn texts(selector: &str) -> Vec<String> {
        let arena = Bump::new();
        let dom = Dom::parse(PAGE, &arena);
        Selector::read(selector).unwrap().all(&dom).map(|node| dom.text(node)).collect()
    }

    #[test]
    fn elements_are_found() {
        for (selector, expected) in [
            ("h1", &["One", "Three"][..]),
            ("article h1", &["One"]),
            ("#top > h1.title", &["Three"]),
            (".page.wide > article > h1", &["One"]),
            ("[data-testid^=main] .title", &["One"]),
            ("[data-testid='main-story'] em, #top > h1", &["two", "Three"]),
            ("div *[class~=title]", &["One", "Three"]),
            ("#top > p", &[]),
            ("body h1[class*=\"tl\"]", &["One", "Three"]),
        ] {
            assert_eq!(texts(selector), expected, "{selector}");
        }
    }

    #[test]
    fn the_outermost_alone() {
        let arena = Bump::new();
        let dom = Dom::parse("<div class=a>x<div class=a>y</div></div><div class=a>z</div>", &arena);
        let found = Selector::read(".a").unwrap().outermost(&dom);
        assert_eq!(found.iter().map(|n| dom.text(*n)).collect::<Vec<_>>(), ["x y", "z"]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (selector, part) in [
            ("", "empty"),
            ("h1,", "empty"),
            ("h1..a", "must follow"),
            ("h1:first-child", "`:`"),
            ("> h1", "both sides"),
            ("h1 >", "both sides"),
            ("[onclick]", "onclick"),
            ("script", "script"),
            ("foo-bar", "unknown"),
            ("[class=]", "empty value"),
            ("[class='a]", "quote"),
            ("[class", "]"),
        ] {
            let error = Selector::read(selector).unwrap_err().to_string();
            assert!(error.contains(part), "{selector}: {error}");
        }
    }
}

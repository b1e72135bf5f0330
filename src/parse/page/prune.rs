//! The HTML parser: one linear pass that takes out what carries no article (scripts, styles, vector graphics, comments, hidden
//! templates, form controls, inlined data), sets JSON-LD aside, and makes the table of the rest, balanced and within bounds.
//!
//! The general parsers take quadratic time on deep nesting and on formatting elements that are opened again and again, and build trees
//! that nobody here needs. In this pass every element is closed, in order; levels and elements are counted. What it makes is what
//! html5ever makes of the same page once it is balanced: a test holds them against each other.
//! It must never swallow an article: what is never closed (a comment, a script) ends at the next sane place, not at the page's end.

mod dropped;
mod marks;
pub(crate) mod read;
mod skip;
mod tables;

use bumpalo::Bump;

use crate::article::{DeadLetterCode, Refusal, Stage};
use crate::config::ParseSettings;
use crate::parse::page::dom::{Builder, Dom, NodeId};
pub use crate::parse::page::prune::marks::{Mark, Marks};
use crate::parse::page::prune::read::Read;
use crate::parse::page::tags::{self, Tag, Treatment, id};
use crate::parse::steps::Steps;

/// A page within bounds.
#[derive(Debug)]
pub struct Pruned<'a> {
    /// Its table.
    pub dom: Dom<'a>,
    /// The texts of its JSON-LD scripts, in order.
    pub json_ld: Vec<&'a str>,
    /// The `lang` of its `html` element.
    pub language: Option<String>,
    /// Where its tags stand, if that was asked for.
    pub marks: Option<Marks>,
}

/// Formatting elements within each other; further ones are left out.
const MAX_INLINE_RUN: usize = 24;
/// Attributes per element that the page may have, on average.
const ATTRIBUTES_PER_ELEMENT: usize = 16;
/// JSON-LD scripts that are kept, and the bytes of one.
const MAX_JSON_LD: usize = 64;
const MAX_JSON_LD_BYTES: usize = 2 << 20;

/// Texts for each element that a page may have: where tags part them that begin and end nothing.
const TEXTS_PER_ELEMENT: usize = 3;

/// Reads a page. Time and memory are linear in its length. The table takes what its walks cost from `steps`.
pub fn prune<'a>(page: &'a str, arena: &'a Bump, settings: &ParseSettings, steps: &'a Steps) -> Result<Pruned<'a>, Refusal> {
    prune_marked(page, arena, settings, steps, false)
}

/// Like [`prune`], and marks where tags stand if `mark` says so.
pub fn prune_marked<'a>(page: &'a str, arena: &'a Bump, settings: &ParseSettings, steps: &'a Steps, mark: bool) -> Result<Pruned<'a>, Refusal> {
    let mut guard = Guard::new(page, arena, settings, steps);
    guard.marks = mark.then(Marks::default);
    guard.run()?;
    if guard.body != 0 {
        guard.out.close(guard.body);
    }
    Ok(Pruned { dom: guard.out.finish(), json_ld: guard.json_ld, language: guard.language, marks: guard.marks })
}

struct Open {
    id: u8,
    inline: bool,
    /// Hash of a name that the table does not hold, else 0.
    hash: u32,
    node: NodeId,
}

struct Guard<'a> {
    page: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: Builder<'a>,
    json_ld: Vec<&'a str>,
    language: Option<String>,
    elements: usize,
    texts: usize,
    stack: Vec<Open>,
    /// How many of each id are open.
    open: [u16; id::COUNT + 1],
    /// How many inline elements stand on top of the stack.
    inline_run: usize,
    attributes: usize,
    /// Raw elements whose end tag was looked for in vain: it isn't looked for again.
    unclosed: [bool; id::COUNT + 1],
    comments_unclosed: bool,
    /// The `body` element, which ends with the page; 0 before it.
    body: NodeId,
    marks: Option<Marks>,
    left_out: usize,
    has_title: bool,
    max_depth: usize,
    max_elements: usize,
}

impl<'a> Guard<'a> {
    fn new(page: &'a str, arena: &'a Bump, settings: &ParseSettings, steps: &'a Steps) -> Guard<'a> {
        Guard {
            page,
            bytes: page.as_bytes(),
            at: 0,
            out: Builder::new(arena, page.len() / 64 + 16, steps),
            json_ld: Vec::new(),
            language: None,
            elements: 0,
            texts: 0,
            stack: Vec::new(),
            open: [0; id::COUNT + 1],
            inline_run: 0,
            attributes: 0,
            unclosed: [false; id::COUNT + 1],
            comments_unclosed: false,
            body: 0,
            marks: None,
            left_out: 0,
            has_title: false,
            max_depth: settings.max_depth,
            max_elements: settings.max_elements,
        }
    }

    fn run(&mut self) -> Result<(), Refusal> {
        while self.at < self.bytes.len() {
            let Some(offset) = memchr::memchr(b'<', &self.bytes[self.at..]) else {
                self.text(&self.page[self.at..]);
                break;
            };
            self.text(&self.page[self.at..self.at + offset]);
            self.at += offset;
            self.markup()?;
            if self.texts > self.max_elements.saturating_mul(TEXTS_PER_ELEMENT) {
                return Err(too_complex(format!("more than {} texts", self.max_elements * TEXTS_PER_ELEMENT)));
            }
        }
        self.close_down_to(0);
        Ok(())
    }

    /// What begins with `<`.
    fn markup(&mut self) -> Result<(), Refusal> {
        match self.bytes.get(self.at + 1) {
            Some(b'!') => self.declaration(),
            Some(b'?') => self.skip_past_angle(),
            Some(b'/') if self.bytes.get(self.at + 2).is_some_and(u8::is_ascii_alphabetic) => {
                let read = self.read_tag();
                self.at = read.end;
                self.end_tag(&read);
            }
            Some(b'/') => self.skip_past_angle(),
            Some(byte) if byte.is_ascii_alphabetic() => {
                let read = self.read_tag();
                self.at = read.end;
                self.start_tag(read)?;
            }
            _ => {
                let end = self.end_of_stray();
                self.text(&self.page[self.at..end]);
                self.at = end;
            }
        }
        Ok(())
    }

    fn start_tag(&mut self, read: Read<'a>) -> Result<(), Refusal> {
        if self.attributes > self.max_elements.saturating_mul(ATTRIBUTES_PER_ELEMENT) {
            return Err(too_complex(format!("more than {} attributes", self.max_elements * ATTRIBUTES_PER_ELEMENT)));
        }
        let tag = tags::tag(&read.name);
        match tag.treatment {
            Treatment::Script => {
                self.mark_left_out(&read);
                let json = read.attributes.iter().any(|(n, v)| *n == "type" && v.to_ascii_lowercase().contains("ld+json"));
                let content = self.raw_content(tag.id, "script");
                if let Some(text) = content.filter(|t| json && t.len() <= MAX_JSON_LD_BYTES && self.json_ld.len() < MAX_JSON_LD) {
                    self.json_ld.push(text);
                }
            }
            Treatment::DropRaw => {
                let name = String::from_utf8_lossy(&read.name).into_owned();
                if !read.self_closing || tag.name.is_empty() {
                    self.raw_content(tag.id, &name);
                }
                if !tag.name.is_empty() {
                    let node = self.element(tag.name, &read.attributes)?;
                    self.mark(node, &read);
                } else {
                    self.mark_left_out(&read);
                }
            }
            Treatment::Title => self.title(&read)?,
            Treatment::Drop => {
                self.mark_left_out(&read);
                if !read.self_closing {
                    self.drop_content(tag.id, &read.name);
                }
            }
            Treatment::Unwrap => self.unwrap(&read)?,
            Treatment::Void => {
                let node = self.element(tag.name, &read.attributes)?;
                self.mark(node, &read);
            }
            Treatment::Block => self.open_block(tag, &read)?,
            Treatment::Inline => self.open_inline(tag, &read)?,
        }
        Ok(())
    }

    /// `html` and `body` give their attributes; the rest of the unwrapped goes.
    fn unwrap(&mut self, read: &Read<'a>) -> Result<(), Refusal> {
        match &*read.name {
            b"html" => {
                if let Some(marks) = &mut self.marks {
                    marks.html = marks.html.or(read.begin);
                }
                if self.language.is_some() {
                    return Ok(());
                }
                let lang = read.attributes.iter().find(|(n, _)| *n == "lang");
                self.language = lang.map(|(_, v)| v.trim().to_owned()).filter(|v| !v.is_empty());
            }
            b"body" if self.body == 0 => {
                self.close_down_to(0);
                self.body = self.element("body", &read.attributes)?;
                self.mark(self.body, read);
            }
            b"wbr" | b"input" | b"col" | b"param" | b"track" | b"area" => self.mark_left_out(read),
            _ => {}
        }
        Ok(())
    }

    /// The first title is the page's; of others nothing is kept.
    fn title(&mut self, read: &Read<'a>) -> Result<(), Refusal> {
        let begin = self.at;
        if std::mem::replace(&mut self.has_title, true) {
            self.at += memchr::memchr(b'<', &self.bytes[begin..]).unwrap_or(self.bytes.len() - begin);
            return Ok(());
        }
        let end = memchr::memchr(b'<', &self.bytes[begin..]).map_or(self.bytes.len(), |n| begin + n);
        // A title may hold a `<` of its own; it ends at its end tag, if that is near.
        let near = self.page[begin..].char_indices().map(|(i, _)| begin + i).find(|i| *i >= begin + 2000).unwrap_or(self.bytes.len());
        let end = find_end_tag(&self.bytes[begin..near], b"title").map_or(end, |n| begin + n);
        let title = self.element("title", &[])?;
        self.mark(title, read);
        self.out.text(title, &self.page[begin..end]);
        self.out.close(title);
        self.at = end;
        Ok(())
    }

    fn open_block(&mut self, tag: Tag, read: &Read<'a>) -> Result<(), Refusal> {
        match tag.id {
            id::TBODY | id::TR | id::TD | id::CAPTION => {
                if self.open[usize::from(id::TABLE)] == 0 {
                    return Ok(());
                }
                self.close_table_parts(tag.id);
                self.open_missing_table_parts(tag.id)?;
            }
            id::LI => self.close_within(&[id::LI], |open| id::LIST.contains(&open)),
            id::DT | id::DD => self.close_within(&[id::DT, id::DD], |open| open == 32),
            _ => {
                if let Some(top) = self.stack.last() {
                    let in_table = matches!(top.id, id::TABLE | id::TBODY | id::TR);
                    if in_table && tag.id != id::TABLE {
                        // What stands between cells would be moved before the table; its content is kept there.
                        return Ok(());
                    }
                }
                if tag.id == id::TABLE {
                    self.close_table_around();
                }
            }
        }
        self.close_within(&[id::P], |_| false);
        if id::HEADING.contains(&tag.id) && self.stack.last().is_some_and(|top| id::HEADING.contains(&top.id)) {
            self.close_down_to(self.stack.len() - 1);
        }
        self.push(tag, read)
    }

    fn open_inline(&mut self, tag: Tag, read: &Read<'a>) -> Result<(), Refusal> {
        if self.inline_run >= MAX_INLINE_RUN && tag.id != id::A {
            return Ok(());
        }
        if self.stack.last().is_some_and(|top| matches!(top.id, id::TABLE | id::TBODY | id::TR)) {
            return Ok(());
        }
        if tag.id == id::A && self.open[usize::from(id::A)] > 0 {
            let top = self.stack.len() - self.inline_run;
            match self.stack[top..].iter().position(|open| open.id == id::A) {
                Some(offset) => self.close_down_to(top + offset),
                // A link around blocks that was not closed: one link within another is none.
                None => return Ok(()),
            }
        }
        self.push(tag, read)
    }

    /// Closes the innermost open element of these ids, unless a barrier or `stop` comes first.
    fn close_within(&mut self, ids: &[u8], stop: impl Fn(u8) -> bool) {
        if ids.iter().all(|id| self.open[usize::from(*id)] == 0) {
            return;
        }
        for height in (0..self.stack.len()).rev() {
            let open = self.stack[height].id;
            if ids.contains(&open) {
                return self.close_down_to(height);
            }
            if tags::is_barrier(open) || stop(open) {
                return;
            }
        }
    }

    fn end_tag(&mut self, read: &Read<'a>) {
        let tag = tags::tag(&read.name);
        let hash = if tag.id == 0 { hash_of(&read.name) } else { 0 };
        if &*read.name == b"br" && self.elements < self.max_elements {
            // `</br>` is a line break that its author spelt in his own way.
            self.elements += 1;
            self.out.element(self.top(), "br", &[]);
        }
        if !matches!(tag.treatment, Treatment::Block | Treatment::Inline) || self.open[usize::from(tag.id)] == 0 {
            return;
        }
        for height in (0..self.stack.len()).rev() {
            let open = &self.stack[height];
            if open.id == tag.id && open.hash == hash {
                return self.close_down_to(height);
            }
            let known_inline = tag.treatment == Treatment::Inline && tag.id != 0;
            if (known_inline && !open.inline) || (tags::is_barrier(open.id) && !matches!(tag.id, id::TABLE | id::TBODY | id::TR | id::TD)) {
                return;
            }
            if open.id == id::TABLE && tag.id != id::TABLE {
                return;
            }
        }
    }

    fn push(&mut self, tag: Tag, read: &Read<'a>) -> Result<(), Refusal> {
        if self.stack.len() >= self.max_depth {
            return Err(too_complex(format!("more than {} levels of nesting", self.max_depth)));
        }
        let inline = tag.treatment == Treatment::Inline && tag.id != 0;
        let Some(name) = self.name_of(tag, &read.name) else { return Ok(()) };
        let node = self.element(name, &read.attributes)?;
        self.mark(node, read);
        let hash = if tag.id == 0 { hash_of(&read.name) } else { 0 };
        self.stack.push(Open { id: tag.id, inline, hash, node });
        self.open[usize::from(tag.id)] += 1;
        self.inline_run = if inline { self.inline_run + 1 } else { 0 };
        Ok(())
    }

    /// The name in the table; `None` for a name that no element has.
    fn name_of(&self, tag: Tag, name: &[u8]) -> Option<&'a str> {
        if !tag.name.is_empty() {
            return Some(tag.name);
        }
        let sane = name.len() <= 64 && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        sane.then(|| &*self.out.arena().alloc_str(&format!("x-{}", String::from_utf8_lossy(name))))
    }

    /// The innermost open element.
    fn top(&self) -> NodeId {
        self.stack.last().map_or(self.body, |open| open.node)
    }

    fn text(&mut self, text: &'a str) {
        self.texts += usize::from(!text.is_empty());
        self.out.text(self.top(), text);
    }

    /// An element at this place; it ends at once unless it goes onto the stack.
    fn element(&mut self, name: &'a str, attributes: &[(&'static str, &'a str)]) -> Result<NodeId, Refusal> {
        self.elements += 1;
        if self.elements > self.max_elements {
            return Err(too_complex(format!("more than {} elements", self.max_elements)));
        }
        Ok(self.out.element(self.top(), name, attributes))
    }

    fn close_down_to(&mut self, height: usize) {
        while self.stack.len() > height {
            let Some(open) = self.stack.pop() else { return };
            self.open[usize::from(open.id)] -= 1;
            self.out.close(open.node);
        }
        self.inline_run = self.stack.iter().rev().take_while(|open| open.inline).count();
    }
}

fn too_complex(message: String) -> Refusal {
    Refusal::hard(Stage::Parse, DeadLetterCode::TooComplex, message)
}

/// FNV-1a, 32 bits.
fn hash_of(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Where the end tag of a raw element stands.
fn find_end_tag(bytes: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'<', bytes).find(|at| {
        let rest = &bytes[at + 1..];
        rest.first() == Some(&b'/')
            && rest.len() > name.len()
            && rest[1..=name.len()].eq_ignore_ascii_case(name)
            && rest.get(name.len() + 1).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
    })
}

#[cfg(test)]
mod tests;

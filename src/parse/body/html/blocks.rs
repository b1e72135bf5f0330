//! Blocks: the stretches of text between the borders of block elements, with what can be counted of them.

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::lines::{self, Line};
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, Entry, NodeId, is_block, push_collapsed};
use crate::text::ends::ends_like_prose;
use crate::text::script::is_wide;

/// A stretch of text.
#[derive(Clone, Debug)]
pub struct Block {
    /// The text, white space collapsed.
    pub text: String,
    /// Characters that are not white space; those of scripts without spaces, which say more, count twice.
    pub chars: usize,
    /// Of them, within links.
    pub link_chars: usize,
    /// Of them, bold.
    pub bold_chars: usize,
    /// Of them, slanted.
    pub slanted_chars: usize,
    /// The block element that it stands in.
    pub node: NodeId,
    /// Its first text node.
    pub first: NodeId,
    /// Its last text node.
    pub last: NodeId,
    /// What it is by its element.
    pub kind: ParagraphKind,
    /// Level of a heading, else 0.
    pub heading: u8,
    /// Why it is left out.
    pub cut: Option<Kind>,
    /// JSON-LD's `articleBody` holds it.
    pub supported: bool,
    /// What the table of lines says of it.
    pub line: Option<Line>,
    good: bool,
}

impl Block {
    /// Whether more than `percent` of its characters are within links.
    pub fn linked_over(&self, percent: usize) -> bool {
        self.link_chars * 100 > self.chars * percent
    }

    /// Running text: long or ending like a sentence, and not mostly links.
    pub fn is_good(&self) -> bool {
        self.good
    }

    fn is_running(&self) -> bool {
        if self.heading > 0 || self.kind == ParagraphKind::TableRow || self.linked_over(45) {
            return false;
        }
        let wide = self.text.chars().take(40).filter(|c| is_wide(*c)).count() >= 8;
        let (long, short) = if wide { (80, 24) } else { (110, 30) };
        self.chars >= long || (self.chars >= short && ends_like_prose(&self.text))
    }
}

/// Characters that are not white space, wide ones twice.
pub fn mass(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|b| !matches!(b, b' ' | b'\t'..=b'\r')).count();
    }
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

struct Builder<'d, 'a> {
    dom: &'d Dom<'a>,
    out: Vec<Block>,
    text: String,
    link_chars: usize,
    bold_chars: usize,
    slanted_chars: usize,
    chars: usize,
    first: Option<NodeId>,
    last: NodeId,
    /// Line breaks since the last text.
    breaks: usize,
}

/// An element that the walk is in.
struct Frame {
    end: NodeId,
    node: NodeId,
    block: bool,
    link: bool,
    bold: bool,
    slanted: bool,
    cell: bool,
    /// A row of several cells.
    of_data: bool,
}

/// How many of the elements that the walk is in are of a kind.
#[derive(Default)]
struct Within {
    links: usize,
    bold: usize,
    slanted: usize,
    cells: usize,
}

impl Within {
    fn enter(&mut self, frame: &Frame) {
        self.links += usize::from(frame.link);
        self.bold += usize::from(frame.bold);
        self.slanted += usize::from(frame.slanted);
        self.cells += usize::from(frame.cell);
    }

    fn leave(&mut self, frame: &Frame) {
        self.links -= usize::from(frame.link);
        self.bold -= usize::from(frame.bold);
        self.slanted -= usize::from(frame.slanted);
        self.cells -= usize::from(frame.cell);
    }
}

/// Blocks of a page that are read: an article has a few hundred, the largest pages of any kind that were met ten thousand elements. As
/// many as lines of a flattened page.
pub const MOST: usize = 10_000;

/// The blocks of a page in document order, the first [`MOST`].
pub fn build(dom: &Dom) -> Vec<Block> {
    let mut builder =
        Builder { dom, out: Vec::new(), text: String::new(), link_chars: 0, bold_chars: 0, slanted_chars: 0, chars: 0, first: None, last: 0, breaks: 0 };
    let mut frames: Vec<Frame> = Vec::new();
    let mut within = Within::default();
    let mut at = 1;
    while at < dom.len() && builder.out.len() < MOST {
        while frames.last().is_some_and(|f| f.end <= at) {
            let Some(frame) = frames.pop() else { break };
            within.leave(&frame);
            if frame.block {
                builder.flush(&frames, Some(frame.node));
            } else if frame.cell && !builder.text.is_empty() && !builder.text.ends_with('\t') {
                builder.text.truncate(builder.text.trim_end().len());
                builder.text.push('\t');
            }
        }
        let entry = dom.get(at);
        if entry.is_element() {
            match entry.name {
                "title" | "x-video" | "head" => {
                    at = entry.end;
                    continue;
                }
                "span" | "x-b" | "x-i" | "a" | "label" if is_out_of_sight(entry) => {
                    at = entry.end;
                    continue;
                }
                "br" => builder.line_break(&frames),
                "hr" => builder.flush(&frames, None),
                _ => {}
            }
            let cell = matches!(entry.name, "td" | "th") && in_data_table(dom, at, &frames);
            let block = is_block(entry.name) && !cell && !(entry.name == "p" && within.cells > 0);
            if block {
                builder.flush(&frames, None);
            }
            if entry.end > at + 1 {
                let (link, bold, slanted) = (entry.name == "a", entry.name == "x-b", entry.name == "x-i");
                let of_data = entry.name == "tr" && has_cells(dom, at);
                let frame = Frame { end: entry.end, node: at, block, link, bold, slanted, cell, of_data };
                within.enter(&frame);
                frames.push(frame);
            }
        } else {
            builder.add(at, entry.text, &within);
        }
        at += 1;
    }
    while let Some(frame) = frames.pop() {
        if frame.block {
            builder.flush(&frames, Some(frame.node));
        }
    }
    builder.flush(&frames, None);
    builder.out.truncate(MOST);
    builder.out
}

impl Builder<'_, '_> {
    fn add(&mut self, at: NodeId, text: &str, within: &Within) {
        let count = mass(text);
        if count > 0 {
            self.first.get_or_insert(at);
            self.last = at;
            self.breaks = 0;
            self.chars += count;
            self.link_chars += if within.links > 0 { count } else { 0 };
            self.bold_chars += if within.bold > 0 { count } else { 0 };
            self.slanted_chars += if within.slanted > 0 { count } else { 0 };
        }
        push_collapsed(&mut self.text, text);
    }

    /// One break is a space; two end the block.
    fn line_break(&mut self, frames: &[Frame]) {
        if self.first.is_none() {
            return;
        }
        self.breaks += 1;
        if self.breaks >= 2 {
            self.flush(frames, None);
        } else {
            push_collapsed(&mut self.text, " ");
        }
    }

    fn flush(&mut self, frames: &[Frame], closing: Option<NodeId>) {
        self.breaks = 0;
        let Some(first) = self.first.take() else {
            self.text.clear();
            return;
        };
        let node = closing.or_else(|| frames.iter().rev().find(|f| f.block).map(|f| f.node)).unwrap_or(0);
        let mut text = std::mem::take(&mut self.text);
        text.truncate(text.trim_end().len());
        let (kind, heading) = kind_of(self.dom, node);
        let mut block = Block {
            line: lines::line(&text),
            text,
            chars: std::mem::take(&mut self.chars),
            link_chars: std::mem::take(&mut self.link_chars),
            bold_chars: std::mem::take(&mut self.bold_chars),
            slanted_chars: std::mem::take(&mut self.slanted_chars),
            node,
            first,
            last: self.last,
            kind,
            heading,
            cut: None,
            supported: false,
            good: false,
        };
        block.good = block.is_running();
        self.out.push(block);
    }
}

/// Words within a paragraph that only a screen reader says ("opens new tab"), or nobody.
fn is_out_of_sight(entry: &Entry) -> bool {
    if entry.sight.says_hidden() || entry.sight.has_no_display() {
        return true;
    }
    let Some(class) = entry.attr("class") else { return false };
    // Each of the words below begins with one of these pairs; most names hold none.
    let pairs: [&[u8]; 3] = [b"sr", b"sc", b"vi"];
    let may_be_quiet = class.as_bytes().windows(2).any(|piece| pairs.iter().any(|pair| piece.eq_ignore_ascii_case(pair)));
    let class = if may_be_quiet { class.to_ascii_lowercase() } else { String::new() };
    let quiet = ["sr-only", "sr_only", "screen-reader", "screenreader", "visually-hidden", "visuallyhidden", "visually_hidden"];
    quiet.iter().any(|word| class.contains(word))
}

/// What a block is by the elements around it.
fn kind_of(dom: &Dom, node: NodeId) -> (ParagraphKind, u8) {
    let mut at = node;
    for step in 0..8 {
        let heading = match dom.get(at).name {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            "h4" => 4,
            "h5" => 5,
            "h6" => 6,
            "li" | "dt" | "dd" if step < 4 => return (ParagraphKind::ListItem, 0),
            "blockquote" => return (ParagraphKind::Quote, 0),
            "figcaption" | "caption" => return (ParagraphKind::Caption, 0),
            "tr" => return (ParagraphKind::TableRow, 0),
            "td" | "th" | "article" | "body" | "" => return (ParagraphKind::Paragraph, 0),
            _ => 0,
        };
        if heading > 0 {
            return (ParagraphKind::Subhead, heading);
        }
        at = dom.get(at).parent;
    }
    (ParagraphKind::Paragraph, 0)
}

/// Whether a row has several cells: asked once a row, however many it has.
fn has_cells(dom: &Dom, row: NodeId) -> bool {
    dom.children(row).filter(|(_, n)| matches!(n.name, "td" | "th")).nth(1).is_some()
}

/// Whether a cell is one of a table of data: its innermost table has rows of several cells, none of which holds blocks of text.
fn in_data_table(dom: &Dom, cell: NodeId, frames: &[Frame]) -> bool {
    if !frames.iter().rev().find(|f| dom.get(f.node).name == "tr").is_some_and(|row| row.of_data) {
        return false;
    }
    let span = dom.get(cell).end - cell;
    span < 60 && !dom.elements(cell).any(|(_, n)| matches!(n.name, "div" | "table" | "h1" | "h2" | "h3" | "h4" | "ul" | "ol" | "article" | "section"))
}

//! The page's own `articleBody` (JSON-LD): which blocks it supports, and whether it is the better text.

use std::collections::HashSet;

use xxhash_rust::xxh3::Xxh3;

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::blocks::{Block, mass};
use crate::parse::page::dom::collapse;
use crate::parse::page::unescape::unescape;
use crate::text::script::is_wide;

/// Words per shingle.
const SHINGLE: usize = 4;
/// Bytes of a tag in it.
const LONGEST_TAG: usize = 2000;
/// An `articleBody` of fewer shingles says nothing.
const MIN_SHINGLES: usize = 40;

/// An `articleBody` next to the blocks of its page.
pub struct Support {
    text: String,
    chars: usize,
    holds: Vec<bool>,
    /// Characters of blocks that it holds.
    found: usize,
}

impl Support {
    /// Compares an `articleBody` with the blocks.
    pub fn new(article_body: &str, blocks: &[Block]) -> Support {
        let text = undoubled(without_markup(article_body));
        let own: HashSet<u64> = shingles(&text).into_iter().collect();
        let chars = mass(&text);
        if own.len() < MIN_SHINGLES {
            return Support { text, chars: 0, holds: vec![false; blocks.len()], found: 0 };
        }
        let mut found = 0;
        let holds = blocks
            .iter()
            .map(|block| {
                let theirs = shingles(&block.text);
                let common = theirs.iter().filter(|s| own.contains(s)).count();
                let holds = theirs.len() >= 3 && common * 10 >= theirs.len() * 7;
                found += if holds { block.chars } else { 0 };
                holds
            })
            .collect();
        Support { text, chars, holds, found }
    }

    /// Whether it holds a block.
    pub fn holds(&self, block: usize) -> bool {
        self.holds.get(block).copied().unwrap_or(false)
    }

    /// Whether most of it stands on the page and it is no mere excerpt of the `running` text that was chosen: then what it does not hold is suspect.
    pub fn rules(&self, running: usize) -> bool {
        self.chars > 0 && self.found * 10 >= self.chars * 8 && self.found * 10 >= running * 6
    }

    /// Whether it is about as long as a text of so many characters.
    pub fn covers(&self, chars: usize) -> bool {
        self.chars * 10 >= chars * 8 && chars * 10 >= self.chars * 8
    }

    /// Whether it is the better text: a good deal longer, while the page shows little of it.
    pub fn is_better_than(&self, found: usize, paragraphs: &[(ParagraphKind, String)]) -> bool {
        self.chars >= 200 && self.found * 10 < self.chars * 6 && (self.chars * 10 > found * 13 || paragraphs.is_empty())
    }

    /// Its paragraphs.
    pub fn paragraphs(&self) -> Vec<(ParagraphKind, String)> {
        self.text.split('\n').map(collapse).filter(|p| !p.is_empty()).map(|p| (ParagraphKind::Paragraph, p)).collect()
    }
}

/// Some pages put their text into `articleBody` twice in a row: what begins again in the middle goes.
fn undoubled(mut text: String) -> String {
    let at = |n: usize| text.char_indices().nth(n).map(|(i, _)| i);
    // A dateline may stand before one of the copies only, so the probe begins a little later.
    let (Some(from), Some(to)) = (at(100), at(180)) else { return text };
    let Some(again) = text[to..].find(&text[from..to]).map(|i| to + i) else { return text };
    let common: usize = text[from..].chars().zip(text[again..].chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    if common * 10 < (text.len() - again) * 8 || again * 5 < text.len() * 2 {
        return text;
    }
    let before: usize = text[..from].chars().rev().zip(text[..again].chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    text.truncate(again - before);
    text
}

/// Some pages put HTML into `articleBody`, once or twice escaped.
fn without_markup(text: &str) -> String {
    let text = unescape(text);
    if !text.contains('<') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at..];
        let is_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        // No further than a tag is long: each `<` of a text of nothing else would be looked behind to its end.
        let near = &tag.as_bytes()[..tag.len().min(LONGEST_TAG)];
        match if is_tag { memchr::memchr(b'>', near) } else { None } {
            Some(end) => {
                let name: String = tag[1..end].trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                if matches!(name.to_ascii_lowercase().as_str(), "p" | "br" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "blockquote" | "tr") {
                    out.push('\n');
                }
                rest = &tag[end + 1..];
            }
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Hashes of four words in a row; a character counts as a word in scripts without spaces.
fn shingles(text: &str) -> Vec<u64> {
    let mut words: Vec<u64> = Vec::new();
    let mut word = String::new();
    let mut take = |word: &mut String| {
        if !word.is_empty() {
            let mut hasher = Xxh3::with_seed(7);
            hasher.update(word.as_bytes());
            words.push(hasher.digest());
            word.clear();
        }
    };
    for c in text.chars() {
        if c.is_alphanumeric() {
            if is_wide(c) {
                take(&mut word);
                word.push(c);
                take(&mut word);
            } else {
                word.extend(c.to_lowercase());
            }
        } else if c != '\u{ad}' {
            take(&mut word);
        }
    }
    take(&mut word);
    let combine = |window: &[u64]| window.iter().fold(0_u64, |hash, word| hash.rotate_left(13).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ word);
    if words.len() < SHINGLE { Vec::new() } else { words.windows(SHINGLE).map(combine).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_stands_twice_is_read_once() {
        let once: String = (0..40).map(|i| format!("Sentence number {i} of the story is about the bridge. ")).collect();
        assert_eq!(undoubled(format!("OLD TOWN - {once}{once}")), format!("OLD TOWN - {once}").trim_end());
        assert_eq!(undoubled(format!("{once}OLD TOWN - {once}")), format!("{once}OLD TOWN - "));
        assert_eq!(undoubled(once.clone()), once);
        // A sentence of the text that is quoted further on is no second copy.
        let quoted = format!("{once}{}{}", &once[..260], once.replace("bridge", "tram"));
        assert_eq!(undoubled(quoted.clone()), quoted);
    }
}

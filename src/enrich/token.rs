//! Words of a text with their places, and what stands between them. Names are found over these, never over bytes.
//!
//! A word keeps its hash in folded form (lower case, Latin letters without marks), so that tables are matched by integers.
//! Never allocates per word but for folding words that are not ASCII.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::fold;
use crate::text::script::is_word_of_names;
use crate::text::tables::{ABBREVIATIONS, words};
use xxhash_rust::xxh3::xxh3_64;

/// What stands before a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing: letters of a script without spaces.
    None,
    /// Blank space within a sentence.
    Space,
    /// A hyphen.
    Hyphen,
    /// A full stop of an initial or an abbreviation.
    Stop,
    /// A comma.
    Comma,
    /// The end of a sentence, or the start of the text.
    Sentence,
    /// The end of a paragraph.
    Paragraph,
    /// An opening quotation mark.
    OpenQuote,
    /// A closing quotation mark.
    CloseQuote,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// An ampersand.
    And,
    /// A dash, colon, slash or anything else.
    Other,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// Bytes in the text.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// Scalar values before it.
    pub(super) char_start: u32,
    /// Scalar values up to its end.
    pub(super) char_end: u32,
    /// Hash of the folded word.
    pub(super) key: u64,
    /// What stands before it.
    pub(super) gap: Gap,
    /// Its first letter is a capital.
    pub(super) cap: bool,
    /// All its letters are capitals, two at least.
    pub(super) upper: bool,
    /// An initial: one capital, with or without its full stop.
    pub(super) initial: bool,
    /// It has digits.
    pub(super) digit: bool,
    /// It stands first in its sentence.
    pub(super) first: bool,
    /// `'s` follows.
    pub(super) possessive: bool,
    /// It stands in a paragraph that is mostly in capitals.
    pub(super) shouted: bool,
}

/// A text's words.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// In order.
    pub(super) list: Vec<Token>,
    /// Keys of the words that the text also has in lower case.
    pub(super) lower: HashSet<u64>,
}

impl<'a> Tokens<'a> {
    /// Splits a text. `language` is ISO 639-1 and decides what an apostrophe is.
    pub(super) fn of(text: &'a str, language: &str) -> Tokens<'a> {
        Splitter::new(text, language).run()
    }

    /// The word as printed.
    pub(super) fn word(&self, at: usize) -> &'a str {
        let token = &self.list[at];
        &self.text[token.start..token.end]
    }

    /// The words from `from` to `to` (exclusive) as printed, with what stands between.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[self.list[from].start..self.list[to - 1].end]
    }

    /// Whether a word continues the one before it within a name.
    pub(super) fn joins(&self, at: usize) -> bool {
        at > 0 && !self.list[at - 1].possessive && matches!(self.list[at].gap, Gap::Space | Gap::Hyphen | Gap::None)
    }
}

/// The hash of a word in folded form.
pub(super) fn key_of(word: &str) -> u64 {
    if word.is_ascii() && word.len() <= 64 {
        let mut buffer = [0u8; 64];
        let bytes = &mut buffer[..word.len()];
        bytes.copy_from_slice(word.as_bytes());
        bytes.make_ascii_lowercase();
        return xxh3_64(bytes);
    }
    xxh3_64(fold::name(word).as_bytes())
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '`' | '´')
}

/// Abbreviations whose full stop ends no sentence, folded.
static SHORT: LazyLock<HashSet<&str>> = LazyLock::new(|| words(ABBREVIATIONS, "names").collect());

struct Splitter<'a> {
    text: &'a str,
    /// `d'`, `l'`, `dell'` are words of their own.
    elides: bool,
    /// A suffix after an apostrophe is no part of a name.
    suffixes: bool,
    out: Vec<Token>,
    lower: HashSet<u64>,
    gap_start: usize,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a str, language: &str) -> Splitter<'a> {
        Splitter {
            text,
            elides: matches!(language, "fr" | "it" | "ca"),
            suffixes: matches!(language, "tr" | "az" | "fi" | "et"),
            out: Vec::with_capacity(text.len() / 6),
            lower: HashSet::new(),
            gap_start: 0,
        }
    }

    fn run(mut self) -> Tokens<'a> {
        let mut chars = self.text.char_indices().peekable();
        let mut count: u32 = 0;
        while let Some((at, c)) = chars.next() {
            if !c.is_alphanumeric() {
                count += 1;
                continue;
            }
            let (start, char_start) = (at, count);
            count += 1;
            let mut end = at + c.len_utf8();
            if !is_word_of_names(c) {
                while let Some(&(next_at, next)) = chars.peek() {
                    let goes_on = if next.is_alphanumeric() { !is_word_of_names(next) } else { self.within_word(start, next_at, next) };
                    if !goes_on {
                        break;
                    }
                    chars.next();
                    count += 1;
                    end = next_at + next.len_utf8();
                }
            }
            self.push(start, end, char_start, count);
        }
        self.mark_shouted();
        Tokens { text: self.text, list: self.out, lower: self.lower }
    }

    /// Whether a mark belongs to the word that began at `start`: the apostrophe of O'Brien, the full stops of U.S.
    fn within_word(&self, start: usize, at: usize, mark: char) -> bool {
        let before = &self.text[start..at];
        let mut after = self.text[at + mark.len_utf8()..].chars();
        let next = after.next().unwrap_or(' ');
        if is_apostrophe(mark) {
            if self.suffixes || !next.is_alphabetic() {
                return false;
            }
            let one_more = after.next().is_some_and(char::is_alphabetic);
            let elided = self.elides && before.chars().nth(4).is_none() && (before.starts_with(char::is_lowercase) || self.first_here());
            return !elided && (one_more || !matches!(next, 's' | 'S'));
        }
        if mark == '.' {
            // The stop of a longer name stands within its first letters, or it has none.
            let dotted = before.chars().nth(1).is_none() || before.contains('.');
            let capital = before.chars().next_back().is_some_and(char::is_uppercase);
            if dotted && capital {
                // `U.S` goes on; `U.S.` takes its last full stop only where one stands within it.
                return next.is_uppercase() && after.next().is_none_or(|c| !c.is_alphabetic()) || before.contains('.') && !next.is_alphanumeric();
            }
        }
        false
    }

    fn first_here(&self) -> bool {
        self.out.is_empty() || self.text[self.gap_start..].starts_with(['.', '\n', '!', '?'])
    }

    fn push(&mut self, start: usize, end: usize, char_start: u32, char_end: u32) {
        let word = &self.text[start..end];
        let gap = self.gap(start);
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        let first_letter = letters.next();
        let rest = letters.clone().count();
        let cap = first_letter.is_some_and(|c| c.is_uppercase() || is_word_of_names(c));
        let upper = first_letter.is_some_and(char::is_uppercase) && rest > 0 && letters.all(char::is_uppercase);
        let following = self.text[end..].strip_prefix(is_apostrophe);
        let possessive = following.is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!(chars.next(), Some('s' | 'S')) && !chars.next().is_some_and(char::is_alphanumeric)
        });
        let first = match gap {
            Gap::Sentence | Gap::Paragraph => true,
            Gap::OpenQuote | Gap::Open => self.out.is_empty() || self.opens_sentence(start),
            _ => false,
        };
        let key = key_of(word);
        if !cap && first_letter.is_some() {
            self.lower.insert(key);
        }
        // The `s` of a possessive is no word.
        let is_suffix = word == "s" && self.out.last().is_some_and(|last| last.possessive && self.text[last.end..start].chars().all(is_apostrophe));
        if !is_suffix {
            self.out.push(Token {
                start,
                end,
                char_start,
                char_end,
                key,
                gap,
                cap,
                upper,
                initial: cap && rest == 0 && !first_letter.is_some_and(is_word_of_names) && !word.contains('.'),
                digit: word.bytes().any(|b| b.is_ascii_digit()),
                first,
                possessive,
                shouted: false,
            });
        }
        self.gap_start = end;
    }

    /// What stands between the last word and `start`.
    fn gap(&self, start: usize) -> Gap {
        let between = &self.text[self.gap_start..start];
        let Some(last) = self.out.last() else {
            return Gap::Sentence;
        };
        if between.is_empty() {
            return Gap::None;
        }
        if between == " " {
            return Gap::Space;
        }
        if between.contains('\n') {
            return Gap::Paragraph;
        }
        let trimmed = between.trim();
        let trimmed = if last.possessive { trimmed.trim_start_matches(is_apostrophe) } else { trimmed };
        match trimmed {
            "" => return Gap::Space,
            "-" | "‑" | "\u{ad}" if !between.contains(' ') => return Gap::Hyphen,
            "," => return Gap::Comma,
            "&" => return Gap::And,
            "." if self.soft_stop(last) => return Gap::Stop,
            _ => {}
        }
        if trimmed.contains(['.', '!', '?', '…', '。', '！', '？']) {
            return Gap::Sentence;
        }
        if trimmed.contains(['(', '[']) {
            return Gap::Open;
        }
        if trimmed.contains([')', ']']) {
            return Gap::Close;
        }
        if trimmed.ends_with(['“', '«', '„', '‹', '‘', '"', '「', '『']) && between.starts_with([' ', '(', ',', ':', '\u{a0}']) {
            return Gap::OpenQuote;
        }
        if trimmed.contains(['”', '»', '“', '"', '’', '」', '』', '«']) {
            return Gap::CloseQuote;
        }
        if trimmed.starts_with(is_apostrophe) && trimmed.chars().count() == 1 {
            return if self.elides || last.possessive { Gap::Space } else { Gap::Other };
        }
        if trimmed.starts_with(',') { Gap::Comma } else { Gap::Other }
    }

    /// Whether the full stop after a word ends no sentence.
    fn soft_stop(&self, last: &Token) -> bool {
        last.initial || SHORT.contains(fold::name(&self.text[last.start..last.end]).as_str())
    }

    fn opens_sentence(&self, start: usize) -> bool {
        let before = self.text[self.gap_start..start].trim_end_matches(|c: char| !matches!(c, '.' | '!' | '?' | ':' | '\n' | '…') && !c.is_alphanumeric());
        !before.is_empty() && before.ends_with(['.', '!', '?', ':', '\n', '…'])
    }

    /// In a paragraph of capitals a capital says nothing.
    fn mark_shouted(&mut self) {
        let mut from = 0;
        while from < self.out.len() {
            let to = (from + 1..self.out.len()).find(|at| self.out[*at].gap == Gap::Paragraph).unwrap_or(self.out.len());
            let upper = self.out[from..to].iter().filter(|token| token.upper).count();
            let shouted = upper >= 3 && upper * 3 >= (to - from) * 2;
            self.out[from..to].iter_mut().for_each(|token| token.shouted = shouted);
            from = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, language: &str) -> Vec<String> {
        let tokens = Tokens::of(text, language);
        (0..tokens.list.len()).map(|at| tokens.word(at).to_owned()).collect()
    }

    #[test]
    fn splits_apostrophes_by_language() {
        assert_eq!(words("Ireland's O'Brien met N'Golo", "en"), ["Ireland", "O'Brien", "met", "N'Golo"]);
        assert_eq!(words("chef de l'Élysée", "fr"), ["chef", "de", "l", "Élysée"]);
        assert_eq!(words("Ankara'da dün", "tr"), ["Ankara", "da", "dün"]);
    }

    #[test]
    fn keeps_dotted_acronyms_whole_and_initials_apart() {
        assert_eq!(words("The U.S. Senate and J. Smith.", "en"), ["The", "U.S.", "Senate", "and", "J", "Smith"]);
    }

    #[test]
    fn counts_scalar_values() {
        let tokens = Tokens::of("Żółw — Łódź", "pl");
        assert_eq!((tokens.list[1].char_start, tokens.list[1].char_end), (7, 11));
    }

    #[test]
    fn a_sentence_ends_at_a_full_stop_but_not_after_an_initial() {
        let tokens = Tokens::of("Mr. Brown left. Nobody J. Doe.", "en");
        let firsts: Vec<bool> = tokens.list.iter().map(|token| token.first).collect();
        assert_eq!(firsts, [true, false, false, true, false, false]);
    }
}

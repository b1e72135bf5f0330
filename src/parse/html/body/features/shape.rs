//! What can be counted of a block's own text and element.

use crate::article::parsed::ParagraphKind;
use crate::parse::html::body::blocks::{Block, ends_sentence, is_wide};
use crate::parse::html::body::lines::{self, Line};
use crate::parse::trees::{Row, share};

/// A block's counts.
pub(super) struct Shape {
    pub(super) words: usize,
    pub(super) commas: usize,
    stops: usize,
    digits: usize,
    letters: usize,
    capitals: usize,
    capital_words: usize,
    marks: usize,
    pub(super) ends_sentence: bool,
    end: i32,
    start: i32,
    wide: bool,
    pub(super) line: i32,
    pub(super) good: bool,
    sign: i32,
}

impl Shape {
    pub(super) fn of(block: &Block) -> Shape {
        let text = block.text.as_str();
        let mut shape = Shape {
            words: 0,
            commas: 0,
            stops: 0,
            digits: 0,
            letters: 0,
            capitals: 0,
            capital_words: 0,
            marks: 0,
            ends_sentence: ends_sentence(text),
            end: end_of(text),
            start: start_of(text),
            wide: false,
            line: match lines::line(text) {
                None => 0,
                Some(Line::Boilerplate) => 1,
                Some(Line::End) => 2,
            },
            good: block.is_good(),
            sign: 0,
        };
        shape.count(text);
        shape
    }

    fn count(&mut self, text: &str) {
        let (mut before, mut wide) = (' ', 0);
        for c in text.chars() {
            if c.is_alphabetic() {
                self.letters += 1;
                self.capitals += usize::from(c.is_uppercase());
            } else if c.is_numeric() {
                self.digits += 1;
            }
            if c.is_alphanumeric() && !before.is_alphanumeric() && !matches!(before, '\'' | '’') {
                self.words += 1;
                self.capital_words += usize::from(c.is_uppercase());
            }
            wide += usize::from(is_wide(c));
            self.commas += usize::from(matches!(c, ',' | '，' | '、' | '،'));
            let spaced_stop = c.is_whitespace() && matches!(before, '.' | '!' | '?' | '”' | '"');
            self.stops += usize::from(spaced_stop || matches!(c, '。' | '।' | '۔'));
            self.marks += usize::from(matches!(c, '|' | '•' | '·' | '›' | '→' | '»' | '/' | '#' | '\t'));
            self.sign |= match c {
                '©' => 1,
                '@' => 2,
                '|' => 4,
                '\t' => 8,
                _ => 0,
            };
            before = c;
        }
        self.wide = wide >= 4;
        // A word of a script without spaces has about two characters.
        self.words += wide / 2;
    }

    pub(super) fn add_to(&self, row: &mut Row, block: &Block) {
        row.add("chars", block.chars.min(5000));
        row.add("words", self.words.min(1000));
        row.add("word_length", (block.chars * 10).checked_div(self.words).unwrap_or(0).min(1000));
        row.add("link_share", share(block.link_chars, block.chars));
        row.add("link_chars", block.link_chars.min(5000));
        row.add("bold_share", share(block.bold_chars, block.chars));
        row.add("slanted_share", share(block.slanted_chars, block.chars));
        row.add("kind", kind_number(block.kind));
        row.add("heading", block.heading);
        row.add("commas", self.commas);
        row.add("stops", self.stops);
        row.add("digit_share", share(self.digits, block.chars));
        row.add("letter_share", share(self.letters, block.chars));
        row.add("capital_share", share(self.capitals, self.letters));
        row.add("capital_words", share(self.capital_words, self.words));
        row.add("marks", self.marks);
        row.add("sign", self.sign);
        row.flag("ends_sentence", self.ends_sentence);
        row.add("end", self.end);
        row.add("start", self.start);
        row.flag("wide", self.wide);
        row.add("line", self.line);
        row.flag("good", self.good);
        row.flag("supported", block.supported);
        row.add("cut", block.cut.map_or(0, |kind| kind as usize + 1));
    }
}

pub(super) fn kind_number(kind: ParagraphKind) -> i32 {
    match kind {
        ParagraphKind::Paragraph => 0,
        ParagraphKind::Subhead => 1,
        ParagraphKind::Quote => 2,
        ParagraphKind::ListItem => 3,
        ParagraphKind::Caption => 4,
        ParagraphKind::TableRow => 5,
    }
}

fn end_of(text: &str) -> i32 {
    match text.chars().next_back() {
        Some('.' | '。' | '।' | '۔') => 1,
        Some(':' | '：') => 2,
        Some('?' | '!' | '？' | '！' | '؟') => 3,
        Some('…') => 4,
        Some('"' | '”' | '»' | '“' | '’' | '\'' | '」' | '』') => 5,
        Some(')' | ']' | '）' | '】') => 6,
        Some(',' | ';' | '-' | '–') => 7,
        Some(c) if c.is_numeric() => 8,
        _ => 0,
    }
}

fn start_of(text: &str) -> i32 {
    match text.chars().next() {
        Some('"' | '“' | '„' | '«' | '»' | '「' | '‘' | '\'') => 1,
        Some('-' | '–' | '—' | '•' | '*' | '·' | '▪' | '■' | '●') => 2,
        Some('(' | '[' | '（' | '【') => 3,
        Some(c) if c.is_numeric() => 4,
        Some(c) if c.is_lowercase() => 5,
        Some(c) if c.is_alphabetic() => 0,
        _ => 6,
    }
}

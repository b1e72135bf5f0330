//! What can be counted of a block's own text and element.

use crate::article::parsed::ParagraphKind;
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::lines::Line;
use crate::parse::trees::{Row, share};
use crate::text::ends::ends_like_prose;
use crate::text::script::is_wide;

/// What neighbours and sums want to know of a block.
pub(in crate::parse) struct Shape {
    pub(in crate::parse) ends_sentence: bool,
    pub(in crate::parse) line: i32,
    pub(in crate::parse) good: bool,
}

/// What is counted of a block's characters.
#[derive(Default)]
struct Counts {
    words: usize,
    commas: usize,
    stops: usize,
    digits: usize,
    letters: usize,
    capitals: usize,
    capital_words: usize,
    marks: usize,
    wide: bool,
    sign: i32,
}

impl Shape {
    pub(in crate::parse) fn of(block: &Block) -> Shape {
        let line = match block.line {
            None => 0,
            Some(Line::Boilerplate) => 1,
            Some(Line::End) => 2,
        };
        Shape { ends_sentence: ends_like_prose(&block.text), line, good: block.is_good() }
    }

    pub(in crate::parse) fn add_to(&self, row: &mut Row, block: &Block) {
        let counts = Counts::of(&block.text);
        row.add("chars", block.chars.min(5000));
        row.add("words", counts.words.min(1000));
        row.add("word_length", (block.chars * 10).checked_div(counts.words).unwrap_or(0).min(1000));
        row.add("link_share", share(block.link_chars, block.chars));
        row.add("link_chars", block.link_chars.min(5000));
        row.add("bold_share", share(block.bold_chars, block.chars));
        row.add("slanted_share", share(block.slanted_chars, block.chars));
        row.add("kind", kind_number(block.kind));
        row.add("heading", block.heading);
        row.add("commas", counts.commas);
        row.add("stops", counts.stops);
        row.add("digit_share", share(counts.digits, block.chars));
        row.add("letter_share", share(counts.letters, block.chars));
        row.add("capital_share", share(counts.capitals, counts.letters));
        row.add("capital_words", share(counts.capital_words, counts.words));
        row.add("marks", counts.marks);
        row.add("sign", counts.sign);
        row.flag("ends_sentence", self.ends_sentence);
        row.add("end", end_of(&block.text));
        row.add("start", start_of(&block.text));
        row.flag("wide", counts.wide);
        row.add("line", self.line);
        row.flag("good", self.good);
        row.flag("supported", block.supported);
        row.add("cut", block.cut.map_or(0, |kind| kind as usize + 1));
    }
}

impl Counts {
    fn of(text: &str) -> Counts {
        let mut counts = Counts::default();
        counts.count(text);
        counts
    }

    fn count(&mut self, text: &str) {
        let (mut before, mut after_word, mut wide) = (' ', false, 0);
        for c in text.chars() {
            let (letter, digit) = (c.is_alphabetic(), c.is_numeric());
            let capital = letter && c.is_uppercase();
            self.letters += usize::from(letter);
            self.capitals += usize::from(capital);
            self.digits += usize::from(digit && !letter);
            if (letter || digit) && !after_word && !matches!(before, '\'' | '’') {
                self.words += 1;
                self.capital_words += usize::from(capital || c.is_uppercase());
            }
            if c.is_whitespace() {
                self.stops += usize::from(matches!(before, '.' | '!' | '?' | '”' | '"'));
            }
            if !(letter || c == ' ') {
                self.sign_of(c);
            }
            wide += usize::from(is_wide(c));
            (before, after_word) = (c, letter || digit);
        }
        self.wide = wide >= 4;
        // A word of a script without spaces has about two characters.
        self.words += wide / 2;
    }

    /// Marks and signs: no letter is one.
    fn sign_of(&mut self, c: char) {
        self.commas += usize::from(matches!(c, ',' | '，' | '、' | '،'));
        self.stops += usize::from(matches!(c, '。' | '।' | '۔'));
        self.marks += usize::from(matches!(c, '|' | '•' | '·' | '›' | '→' | '»' | '/' | '#' | '\t'));
        self.sign |= match c {
            '©' => 1,
            '@' => 2,
            '|' => 4,
            '\t' => 8,
            _ => 0,
        };
    }
}

pub(in crate::parse) fn kind_number(kind: ParagraphKind) -> i32 {
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

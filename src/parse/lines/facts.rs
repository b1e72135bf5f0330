//! What is told of a line by itself, as numbers: each fact once, under the name that it has in the rows of the trees.

use crate::parse::lines::Line;
use crate::parse::names::is_full_name;
use crate::parse::trees::{Row, share};
use crate::parse::vocabulary;

/// A fact of a line, and of whether it is taken for text.
#[derive(Clone, Copy)]
pub(in crate::parse) struct Fact {
    pub(in crate::parse) name: &'static str,
    pub(in crate::parse) of: fn(&Line, bool) -> usize,
    /// What is told where the page has no line.
    pub(in crate::parse) absent: i32,
}

impl Fact {
    pub(in crate::parse) const fn new(name: &'static str, of: fn(&Line, bool) -> usize) -> Fact {
        Fact { name, of, absent: -1 }
    }
}

pub(in crate::parse) const LENGTH: Fact = Fact::new("length", |l, _| l.length);
pub(in crate::parse) const WORDS: Fact = Fact::new("words", |l, _| l.words);
pub(in crate::parse) const WORDS_BESIDE: Fact = Fact::new("words", |l, _| l.words.min(300));
pub(in crate::parse) const SMALL: Fact = Fact::new("small", |l, _| l.small);
pub(in crate::parse) const MARKS: Fact = Fact::new("marks", |l, _| l.marks);
pub(in crate::parse) const SEPARATORS: Fact = Fact::new("separators", |l, _| l.separators);
pub(in crate::parse) const DIGITS: Fact = Fact::new("digits", |l, _| l.digits);
pub(in crate::parse) const REPEATS: Fact = Fact::new("repeats", |l, _| l.repeats.min(20));
pub(in crate::parse) const DATE_LENGTH: Fact = Fact::new("date_length", |l, _| l.date.as_ref().map_or(0, |d| share(d.end - d.start, l.text.len())));
pub(in crate::parse) const ENDS: Fact = Fact::new("ends", |l, _| usize::from(l.ends_sentence));
pub(in crate::parse) const ENDS_SENTENCE: Fact = Fact { name: "ends_sentence", ..ENDS };
pub(in crate::parse) const ENDS_COLON: Fact = Fact::new("ends_colon", |l, _| usize::from(l.ends_colon));
pub(in crate::parse) const SEEN_ABOVE: Fact = Fact::new("seen_above", |l, _| usize::from(l.seen_above));
pub(in crate::parse) const UI: Fact = Fact::new("ui", |l, _| usize::from(l.is_ui));
pub(in crate::parse) const BOILERPLATE: Fact = Fact::new("boilerplate", |l, _| usize::from(l.is_boilerplate));
pub(in crate::parse) const RELATED: Fact = Fact::new("related", |l, _| usize::from(l.is_related));
pub(in crate::parse) const END: Fact = Fact::new("end", |l, _| usize::from(l.is_end));
pub(in crate::parse) const COMMENTS: Fact = Fact::new("comments", |l, _| usize::from(l.is_comments));
pub(in crate::parse) const CAPTION: Fact = Fact::new("caption", |l, _| usize::from(l.is_caption));
pub(in crate::parse) const BYLINE: Fact = Fact::new("byline", |l, _| usize::from(l.is_byline));
pub(in crate::parse) const DATE_LINE: Fact = Fact::new("date_line", |l, _| usize::from(l.is_date_line()));
pub(in crate::parse) const PROSE: Fact = Fact::new("prose", |l, _| usize::from(l.is_prose()));
pub(in crate::parse) const QUIET: Fact = Fact::new("quiet", |l, _| usize::from(l.is_quiet()));
pub(in crate::parse) const FULL_NAME: Fact = Fact::new("full_name", |l, _| usize::from(is_full_name(&l.text)));
pub(in crate::parse) const KIND: Fact = Fact::new("kind", |l, _| kind_of(l));
pub(in crate::parse) const KEPT: Fact = Fact::new("kept", |_, kept| usize::from(kept));

/// What kind of line it is: the first that fits.
fn kind_of(line: &Line) -> usize {
    let kinds = [line.is_end || line.is_comments, line.is_boilerplate, line.is_related, line.is_caption, line.is_date_line(), line.is_quiet()];
    kinds.into_iter().position(|is| is).map_or(0, |kind| kind + 1)
}

/// How many of a line's words belong to what surrounds articles, by kind.
pub(in crate::parse) fn machine_words(row: &mut Row, line: &Line) {
    for (count, name) in vocabulary::count(&line.text).iter().zip(vocabulary::KINDS) {
        row.add_of("words", name, *count);
    }
}

//! The body of a flattened page: the run of lines whose points sum highest, and what each of its lines is.
//!
//! Running text gives points by its words, machinery takes some: an article with a box of links in its middle stays whole, and a list of
//! teasers with a sentence each stays out.

pub(crate) mod rank;

use crate::article::parsed::ParagraphKind;
use crate::parse::lines::{Line, Run, above, sums};

/// Points of a run at least.
const LEAST: i32 = 8;

/// Points of a line by what it is. Running text has one for each word, up to so many, divided in a feed or alone.
const END: i32 = -30;
const COMMENTS: i32 = -45;
const BOILERPLATE: i32 = -12;
const RELATED: i32 = -6;
const DATE: i32 = -4;
const QUIET: i32 = -2;
const CAPTION: i32 = -2;
const SENTENCES_OF_CAPTION: i32 = -1;
const SENTENCE: i32 = 3;
const LIKE_PROSE: i32 = -2;
const FEW_WORDS: i32 = -3;
const OTHER: i32 = -4;
const MOST_WORDS: usize = 60;
const MOST_SEPARATORS: usize = 6;
const DIVISOR: i32 = 4;

/// Lines around one in which dates or replies that keep coming make a feed.
const FEED: usize = 6;

/// Words from which on a standing phrase, a pointer to another article or a caption is text.
const BOILERPLATE_TEXT: usize = 60;
pub(in crate::parse) const RELATED_TEXT: usize = 30;
pub(in crate::parse) const CAPTION_TEXT: usize = 45;

/// Words from which on text stands for itself, and up to which text alone is a teaser.
const LONG: usize = 50;
const TEASER: usize = 25;

/// Past how many quiet lines a neighbour counts as one, and lines of a list that a colon opened.
const QUIET_REACH: usize = 4;
const LONGEST_LIST: usize = 12;

/// Words of a subhead, of one that is a sentence, and of the number of a picture.
const SUBHEAD: usize = 14;
const SHORT_SUBHEAD: usize = 10;
const PICTURE_NUMBER: usize = 4;

/// Words of a standfirst, and lines below the headline where it stands; words of a line in the text without a mark at its end.
const STANDFIRST: usize = 9;
const STANDFIRST_REACH: usize = 2;
const UNMARKED: usize = 10;

/// Words of a line that says a little, and of a hundred those that begin small: in a sentence, in a line of text, in one that is like it.
const FEW: usize = 3;
const SOME_SMALL: usize = 30;
const MOSTLY_SMALL: usize = 45;
const SMALL: usize = 60;

/// Lines around one, and how many of them are text where it is within the text.
const AROUND: usize = 5;
const LEAST_AROUND: usize = 3;

/// The run with the most points; empty where no line reads like an article.
pub(in crate::parse) fn find(lines: &[Line]) -> Run {
    let feed = Feed::of(lines);
    let points = (0..lines.len()).map(|i| match points_of(lines, i) {
        points if points > 0 && feed.holds(i) => points / DIVISOR,
        points => points,
    });
    let (mut best, mut best_sum) = (0..0, 0);
    let (mut start, mut sum) = (0, 0);
    for (i, points) in points.enumerate() {
        if sum <= 0 {
            (start, sum) = (i, 0);
        }
        sum += points;
        if sum > best_sum {
            (best, best_sum) = (start..i + 1, sum);
        }
    }
    if best_sum < LEAST { 0..0 } else { best }
}

/// Where dates or replies keep coming, posts or teasers stand one after the other.
struct Feed {
    /// How many date lines stand before each place.
    dates: Vec<usize>,
    /// How many marks of comments stand before each place.
    replies: Vec<usize>,
}

impl Feed {
    fn of(lines: &[Line]) -> Feed {
        Feed { dates: sums(lines, |_, l| usize::from(l.is_date_line())), replies: sums(lines, |_, l| usize::from(l.is_comments)) }
    }

    /// Whether a line stands within a feed: the end of an article has its marks after it only.
    fn holds(&self, i: usize) -> bool {
        let (from, to) = (i.saturating_sub(FEED), (i + FEED + 1).min(self.dates.len() - 1));
        let (dates_before, dates) = (self.dates[i] - self.dates[from], self.dates[to] - self.dates[from]);
        let (replies_before, replies) = (self.replies[i] - self.replies[from], self.replies[to] - self.replies[from]);
        dates_before >= 1 && dates >= 3 || replies_before >= 1 && replies >= 2
    }
}

/// What a line says for or against its standing in the body.
fn points_of(lines: &[Line], i: usize) -> i32 {
    let line = &lines[i];
    let machinery = [
        (line.is_comments && line.repeats == 1, COMMENTS),
        (line.is_end || line.is_comments, END),
        (line.is_boilerplate, BOILERPLATE),
        (line.is_quiet(), QUIET),
        (line.is_date_line(), DATE),
        (line.is_related, RELATED),
    ];
    if let Some((_, points)) = machinery.into_iter().find(|(is, _)| *is) {
        return points;
    }
    if line.is_prose() {
        let words = i32::try_from(line.words.min(MOST_WORDS)).unwrap_or(i32::MAX);
        if line.seen_above {
            return 0;
        }
        if line.is_caption && line.words < CAPTION_TEXT {
            return SENTENCES_OF_CAPTION;
        }
        return if is_isolated(lines, i) { words / DIVISOR } else { words };
    }
    if line.ends_sentence && line.words >= FEW && line.small >= SOME_SMALL && line.repeats == 1 {
        return SENTENCE;
    }
    if line.is_caption {
        return CAPTION;
    }
    let separators = i32::try_from(line.separators.min(MOST_SEPARATORS)).unwrap_or(i32::MAX);
    let base = if line.words <= FEW {
        FEW_WORDS
    } else if line.small >= SMALL {
        LIKE_PROSE
    } else {
        OTHER
    };
    base - separators
}

/// Text with no other text near it is a teaser or a notice, unless it is long.
fn is_isolated(lines: &[Line], i: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(|l| l.is_prose() && !l.is_boilerplate);
    let before = next_above(lines, i);
    let after = next_below(lines, i);
    // Past a subhead stands a section of the text; in a list of teasers, headings and single sentences take turns.
    let past = |at: Option<usize>, next: Step| {
        let beyond = at.filter(|a| is_subhead(lines, *a)).and_then(|a| next(lines, a)).filter(|b| text(Some(*b)));
        beyond.is_some_and(|b| lines[b].words >= LONG || text(next(lines, b)))
    };
    lines[i].words < LONG && !text(before) && !text(after) && !past(before, next_above) && !past(after, next_below) && !after_list(lines, i)
}

/// A list that a colon opened ends right above.
fn after_list(lines: &[Line], i: usize) -> bool {
    let first = above(lines, i, LONGEST_LIST).iter().rev().take_while(|l| !l.is_prose() && !l.is_end && !l.is_date_line()).find(|l| l.ends_colon);
    first.is_some_and(|l| l.words >= FEW)
}

/// The next line that says something, in one direction.
type Step = fn(&[Line], usize) -> Option<usize>;

/// The nearest line above that says something, a few quiet ones aside.
fn next_above(lines: &[Line], i: usize) -> Option<usize> {
    (i.saturating_sub(QUIET_REACH)..i).rev().find(|at| !lines[*at].is_aside())
}

/// The nearest line below that says something.
fn next_below(lines: &[Line], i: usize) -> Option<usize> {
    (i + 1..(i + 1 + QUIET_REACH).min(lines.len())).find(|at| !lines[*at].is_aside())
}

/// A short line without a full stop between two of running text.
fn is_subhead(lines: &[Line], i: usize) -> bool {
    let line = &lines[i];
    let prose = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(Line::is_prose);
    let is_heading = line.words <= SUBHEAD && !line.is_ui && !line.is_date_line() && !line.is_related && !line.is_end && line.repeats == 1;
    // "Image 1 of 3" and the like belong to the picture beside them.
    let beside_caption = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|at| lines.get(at)).any(|l| l.is_caption && !l.is_prose());
    is_heading && !(beside_caption && line.words <= PICTURE_NUMBER) && prose(next_above(lines, i)) && prose(next_below(lines, i)) && line.separators == 0
}

/// The lines of a run that are text, machinery left out, and what each is.
pub(in crate::parse) fn paragraphs(lines: &[Line], run: &Run, headline: Option<usize>) -> Vec<(usize, ParagraphKind)> {
    let mut out: Vec<(usize, ParagraphKind)> = Vec::new();
    if let Some(i) = headline.and_then(|h| standfirst(lines, h, run)) {
        out.push((i, ParagraphKind::Paragraph));
    }
    // A line that ends with a colon opens a list: short lines after it are its items, up to the next running text.
    let mut in_list = false;
    for i in run.clone() {
        let line = &lines[i];
        if Some(i) == headline {
            continue;
        }
        let kind = kind_of(lines, i, run);
        in_list = line.ends_colon && line.words >= FEW || in_list && !line.is_prose() && !line.is_boilerplate && !line.is_end;
        if let Some(kind) = kind {
            out.push((i, kind));
        } else if in_list && line.words > 0 && !line.is_quiet() && !line.is_caption && !line.is_related && !line.is_date_line() {
            out.push((i, if line.ends_colon { ParagraphKind::Paragraph } else { ParagraphKind::ListItem }));
        }
    }
    while out.last().is_some_and(|(_, kind)| *kind == ParagraphKind::Subhead) {
        out.pop();
    }
    out
}

/// The standfirst: a sentence right under the headline, with byline and date between it and the body.
fn standfirst(lines: &[Line], headline: usize, run: &Run) -> Option<usize> {
    (headline + 1..(headline + 1 + STANDFIRST_REACH).min(run.start)).find(|i| {
        let line = &lines[*i];
        let is_other = line.is_byline && !line.ends_sentence || line.is_caption || line.is_date_line() || line.is_boilerplate || line.is_related || line.is_end;
        line.words >= STANDFIRST && line.small >= MOSTLY_SMALL && line.separators <= 1 && !is_other && !line.seen_above
    })
}

/// What a line of the body is; `None` for machinery.
fn kind_of(lines: &[Line], i: usize, run: &Run) -> Option<ParagraphKind> {
    let line = &lines[i];
    if line.is_quiet() || line.is_date_line() && !line.is_prose() || line.seen_above || line.is_end {
        return None;
    }
    if line.is_boilerplate && line.words < BOILERPLATE_TEXT || line.is_related && line.words < RELATED_TEXT {
        return None;
    }
    if line.is_caption && line.words < CAPTION_TEXT {
        return None;
    }
    if line.is_prose() {
        let teaser = is_isolated(lines, i) && line.words < TEASER && !lines_of_text_near(lines, i, run);
        return (!teaser).then(|| quote_or_paragraph(line));
    }
    if is_list_item(&line.text) && line.words >= FEW {
        return Some(ParagraphKind::ListItem);
    }
    if line.ends_sentence && line.words >= 2 && line.small >= SOME_SMALL {
        return Some(quote_or_paragraph(line));
    }
    if is_subhead(lines, i) {
        return Some(if line.ends_colon || line.words > SHORT_SUBHEAD { ParagraphKind::Paragraph } else { ParagraphKind::Subhead });
    }
    let long = line.words >= UNMARKED && line.small >= MOSTLY_SMALL && line.separators <= 1;
    let in_text = neighbour_is_text(lines, i);
    if long && in_text {
        return Some(ParagraphKind::Paragraph);
    }
    let speech = line.text.starts_with(['“', '"', '«', '„', '—', '–']) && line.words >= FEW;
    (speech && in_text).then_some(ParagraphKind::Paragraph)
}

fn quote_or_paragraph(line: &Line) -> ParagraphKind {
    if is_list_item(&line.text) { ParagraphKind::ListItem } else { ParagraphKind::Paragraph }
}

fn neighbour_is_text(lines: &[Line], i: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(|l| l.is_prose() || l.ends_sentence && l.words >= FEW);
    text(next_above(lines, i)) || text(next_below(lines, i))
}

/// Several lines of text stand around it.
fn lines_of_text_near(lines: &[Line], i: usize, run: &Run) -> bool {
    let from = i.saturating_sub(AROUND).max(run.start);
    let to = (i + AROUND + 1).min(run.end);
    (from..to).filter(|at| *at != i && lines[*at].is_prose()).count() >= LEAST_AROUND
}

fn is_list_item(text: &str) -> bool {
    if text.starts_with(['•', '▪', '●', '‣', '◦', '■']) || text.starts_with("- ") || text.starts_with("* ") {
        return true;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits) && (text[digits..].starts_with(". ") || text[digits..].starts_with(") "))
}

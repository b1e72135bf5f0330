//! The body of a flattened page: the run of lines whose points sum highest, and what each of its lines is.
//!
//! Running text gives points by its words, machinery takes some: an article with a box of links in its middle stays whole, and a list of
//! teasers with a sentence each stays out.

pub(crate) mod rank;

use crate::article::parsed::ParagraphKind;
use crate::parse::lines::{Line, Run};

/// The run with the most points; empty where no line reads like an article.
pub(in crate::parse) fn find(lines: &[Line]) -> Run {
    let feed = Feed::of(lines);
    let points: Vec<i32> = (0..lines.len())
        .map(|i| {
            let points = points_of(lines, i);
            if points > 0 && feed.holds(i) { points / 4 } else { points }
        })
        .collect();
    let (mut best, mut best_sum) = (0..0, 0);
    let (mut start, mut sum) = (0, 0);
    for (i, points) in points.iter().enumerate() {
        if sum <= 0 {
            (start, sum) = (i, 0);
        }
        sum += points;
        if sum > best_sum {
            (best, best_sum) = (start..i + 1, sum);
        }
    }
    const LEAST: i32 = 8;
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
        Feed { dates: running_count(lines, Line::is_date_line), replies: running_count(lines, |l| l.is_comments) }
    }

    /// Whether a line stands within a feed: the end of an article has its marks after it only.
    fn holds(&self, i: usize) -> bool {
        const REACH: usize = 6;
        let (from, to) = (i.saturating_sub(REACH), (i + REACH + 1).min(self.dates.len() - 1));
        let (dates_before, dates) = (self.dates[i] - self.dates[from], self.dates[to] - self.dates[from]);
        let (replies_before, replies) = (self.replies[i] - self.replies[from], self.replies[to] - self.replies[from]);
        dates_before >= 1 && dates >= 3 || replies_before >= 1 && replies >= 2
    }
}

/// How many lines before each place are of a kind.
fn running_count(lines: &[Line], is_kind: fn(&Line) -> bool) -> Vec<usize> {
    let mut out = Vec::with_capacity(lines.len() + 1);
    out.push(0);
    for line in lines {
        out.push(out[out.len() - 1] + usize::from(is_kind(line)));
    }
    out
}

/// What a line says for or against its standing in the body.
fn points_of(lines: &[Line], i: usize) -> i32 {
    let line = &lines[i];
    if line.is_end || line.is_comments {
        return if line.is_comments && line.repeats == 1 { -45 } else { -30 };
    }
    if line.is_boilerplate {
        return -12;
    }
    if line.is_quiet() {
        return -2;
    }
    if line.is_date_line() {
        return -4;
    }
    if line.is_related {
        return -6;
    }
    if line.is_prose() {
        let words = i32::try_from(line.words.min(60)).unwrap_or(60);
        if line.seen_above {
            return 0;
        }
        if line.is_caption && line.words < 45 {
            return -1;
        }
        return if is_isolated(lines, i) { words / 4 } else { words };
    }
    if line.ends_sentence && line.words >= 3 && line.small >= 30 && line.repeats == 1 {
        return 3;
    }
    if line.is_caption {
        return -2;
    }
    let separators = i32::try_from(line.separators.min(6)).unwrap_or(6);
    let base = if line.words <= 3 {
        -3
    } else if line.small >= 60 && line.words >= 4 {
        -2
    } else {
        -4
    };
    base - separators
}

/// Text with no other text near it is a teaser or a notice, unless it is long.
fn is_isolated(lines: &[Line], i: usize) -> bool {
    const LONG: usize = 50;
    let text = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(|l| l.is_prose() && !l.is_boilerplate);
    let before = above(lines, i);
    let after = below(lines, i);
    // Past a subhead stands a section of the text; in a list of teasers, headings and single sentences take turns.
    let past = |at: Option<usize>, next: Step| {
        let beyond = at.filter(|a| is_subhead(lines, *a)).and_then(|a| next(lines, a)).filter(|b| text(Some(*b)));
        beyond.is_some_and(|b| lines[b].words >= LONG || text(next(lines, b)))
    };
    lines[i].words < LONG && !text(before) && !text(after) && !past(before, above) && !past(after, below) && !after_list(lines, i)
}

/// A list that a colon opened ends right above.
fn after_list(lines: &[Line], i: usize) -> bool {
    const LONGEST: usize = 12;
    let items = lines[i.saturating_sub(LONGEST)..i].iter().rev();
    let first = items.take_while(|l| !l.is_prose() && !l.is_end && !l.is_date_line()).find(|l| l.ends_colon);
    first.is_some_and(|l| l.words >= 3)
}

/// The next line that says something, in one direction.
type Step = fn(&[Line], usize) -> Option<usize>;

/// The nearest line above that says something, a few quiet ones aside.
fn above(lines: &[Line], i: usize) -> Option<usize> {
    (i.saturating_sub(QUIET_REACH)..i).rev().find(|at| !lines[*at].is_aside())
}

/// The nearest line below that says something.
fn below(lines: &[Line], i: usize) -> Option<usize> {
    (i + 1..(i + 1 + QUIET_REACH).min(lines.len())).find(|at| !lines[*at].is_aside())
}

/// Past how many quiet lines a neighbour counts as one.
const QUIET_REACH: usize = 4;

/// A short line without a full stop between two of running text.
fn is_subhead(lines: &[Line], i: usize) -> bool {
    let line = &lines[i];
    let prose = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(Line::is_prose);
    let is_heading = line.words <= 14 && !line.is_ui && !line.is_date_line() && !line.is_related && !line.is_end && line.repeats == 1;
    // "Image 1 of 3" and the like belong to the picture beside them.
    let beside_caption = [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|at| lines.get(at)).any(|l| l.is_caption && !l.is_prose());
    is_heading && !(beside_caption && line.words <= 4) && prose(above(lines, i)) && prose(below(lines, i)) && line.separators == 0
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
        in_list = line.ends_colon && line.words >= 3 || in_list && !line.is_prose() && !line.is_boilerplate && !line.is_end;
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
    (headline + 1..(headline + 3).min(run.start)).find(|i| {
        let line = &lines[*i];
        let is_other = line.is_byline && !line.ends_sentence || line.is_caption || line.is_date_line() || line.is_boilerplate || line.is_related || line.is_end;
        line.words >= 9 && line.small >= 45 && line.separators <= 1 && !is_other && !line.seen_above
    })
}

/// What a line of the body is; `None` for machinery.
fn kind_of(lines: &[Line], i: usize, run: &Run) -> Option<ParagraphKind> {
    let line = &lines[i];
    if line.is_quiet() || line.is_date_line() && !line.is_prose() || line.seen_above || line.is_end {
        return None;
    }
    if line.is_boilerplate && line.words < 60 || line.is_related && line.words < 30 {
        return None;
    }
    if line.is_caption && line.words < 45 {
        return None;
    }
    if line.is_prose() {
        let teaser = is_isolated(lines, i) && line.words < 25 && !lines_of_text_near(lines, i, run);
        return (!teaser).then(|| quote_or_paragraph(line));
    }
    if is_list_item(&line.text) && line.words >= 3 {
        return Some(ParagraphKind::ListItem);
    }
    if line.ends_sentence && line.words >= 2 && line.small >= 30 {
        return Some(quote_or_paragraph(line));
    }
    if is_subhead(lines, i) {
        return Some(if line.ends_colon || line.words > 10 { ParagraphKind::Paragraph } else { ParagraphKind::Subhead });
    }
    let long = line.words >= 10 && line.small >= 45 && line.separators <= 1;
    let in_text = neighbour_is_text(lines, i);
    if long && in_text {
        return Some(ParagraphKind::Paragraph);
    }
    let speech = line.text.starts_with(['“', '"', '«', '„', '—', '–']) && line.words >= 3;
    (speech && in_text).then_some(ParagraphKind::Paragraph)
}

fn quote_or_paragraph(line: &Line) -> ParagraphKind {
    if is_list_item(&line.text) { ParagraphKind::ListItem } else { ParagraphKind::Paragraph }
}

fn neighbour_is_text(lines: &[Line], i: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|a| lines.get(a)).is_some_and(|l| l.is_prose() || l.ends_sentence && l.words >= 3);
    text(above(lines, i)) || text(below(lines, i))
}

/// Three lines of text or more stand within five lines of it.
fn lines_of_text_near(lines: &[Line], i: usize, run: &Run) -> bool {
    let from = i.saturating_sub(5).max(run.start);
    let to = (i + 6).min(run.end);
    (from..to).filter(|at| *at != i && lines[*at].is_prose()).count() >= 3
}

fn is_list_item(text: &str) -> bool {
    if text.starts_with(['•', '▪', '●', '‣', '◦', '■']) || text.starts_with("- ") || text.starts_with("* ") {
        return true;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits) && (text[digits..].starts_with(". ") || text[digits..].starts_with(") "))
}

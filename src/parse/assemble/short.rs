//! Short items: a page with too little running text for [`crate::parse::body::plain`], but with sentences right below a line that says when the
//! article appeared or who wrote it, or a gallery's captions there. A list has many such places, an article one.

use crate::article::parsed::ParagraphKind;
use crate::parse::headline::plain as head;
use crate::parse::lines::{Line, Run};

/// Words that an item has at least.
const LEAST: usize = 8;

/// Lines between the date and the first sentence, and between two sentences.
const APART: usize = 3;

/// Places with sentences below a date: from so many on, the page is a list.
const LIST: usize = 3;

/// Captions that a gallery has at least.
const CAPTIONS: usize = 3;

/// The lines from the first to the last sentence of the item; `None` where the page holds none, or several.
pub(in crate::parse) fn find(lines: &[Line]) -> Option<Run> {
    let is_gallery = |run: &Run| run.clone().filter(|i| is_picture(&lines[*i])).count() >= CAPTIONS;
    item(lines, is_sentence).or_else(|| item(lines, is_picture).filter(is_gallery))
}

/// The headline above an item: the best by points, else the nearest line above its date.
pub(in crate::parse) fn headline(lines: &[Line], run: &Run) -> Option<usize> {
    const REACH: usize = 6;
    let says = |line: &Line| !(line.is_date_line() || line.is_byline || line.is_quiet()) && line.text.contains(char::is_alphabetic);
    let nearest = || (run.start.saturating_sub(REACH)..run.start).rev().find(|i| says(&lines[*i]));
    head::headline(lines, run).filter(|i| *i < run.start).or_else(|| nearest().filter(|i| head::may_be_headline(&lines[*i])))
}

/// The text of an item, in order: its sentences, else its captions.
pub(in crate::parse) fn paragraphs(lines: &[Line], run: &Run, headline: Option<usize>) -> Vec<(usize, ParagraphKind)> {
    let all = |is_text: fn(&Line) -> bool, kind| {
        run.clone().filter(|i| Some(*i) != headline && is_text(&lines[*i])).map(|i| (i, kind)).collect::<Vec<(usize, ParagraphKind)>>()
    };
    let sentences = all(is_sentence, ParagraphKind::Paragraph);
    if sentences.is_empty() { all(is_picture, ParagraphKind::Caption) } else { sentences }
}

fn item(lines: &[Line], is_text: fn(&Line) -> bool) -> Option<Run> {
    let mut items: Vec<(usize, Run)> = Vec::new();
    // Below begin the readers' comments, which have names and dates of their own.
    for (anchor, line) in lines.iter().enumerate().take_while(|(_, line)| !line.is_comments) {
        let within = items.last().is_some_and(|(_, run)| anchor < run.end);
        let is_anchor = line.is_date_line() || line.is_byline && !line.ends_sentence && !within;
        if !is_anchor {
            continue;
        }
        let Some(run) = text_below(lines, anchor, is_text) else { continue };
        let words: usize = run.clone().filter(|i| is_text(&lines[*i])).map(|i| lines[i].words).sum();
        match items.last_mut() {
            // A byline and a date above the same sentences.
            Some((most, last)) if last.end >= run.start => {
                *most = words.max(*most);
                *last = last.start.min(run.start)..last.end.max(run.end);
            }
            _ => items.push((words, run)),
        }
    }
    if items.len() >= LIST {
        return None;
    }
    let all: usize = items.iter().map(|(words, _)| words).sum();
    let (words, run) = items.into_iter().max_by_key(|(words, run)| (*words, std::cmp::Reverse(run.start)))?;
    // "Read more" right below a sentence, and again on the page: a teaser.
    let is_teaser = lines.get(run.end).is_some_and(|line| line.is_related && line.repeats > 1);
    (words >= LEAST && words * 3 > all * 2 && !is_teaser).then_some(run)
}

/// The run of text below a line.
fn text_below(lines: &[Line], anchor: usize, is_text: fn(&Line) -> bool) -> Option<Run> {
    let mut run: Option<Run> = None;
    let mut at = anchor + 1;
    while let Some(line) = lines.get(at).filter(|line| !(line.is_end || line.is_comments || line.is_related || line.is_boilerplate)) {
        if is_text(line) {
            run = Some(run.map_or(at, |run| run.start)..at + 1);
        } else if at - run.as_ref().map_or(anchor, |run| run.end - 1) > APART || run.is_some() && line.is_date_line() {
            break;
        }
        at += 1;
    }
    run
}

/// A line that is a sentence or more.
fn is_sentence(line: &Line) -> bool {
    // "… ums Leben gekommen. (dpa)"
    let is_signed = line.marks > 0 && line.text.ends_with(')') && line.words >= LEAST && line.small >= 45 && line.separators == 0;
    let reads = line.is_prose() || line.ends_sentence && line.words >= 4 && line.small >= 30 || is_signed;
    reads && !is_other(line) && !line.is_caption
}

/// A line that describes a picture.
fn is_picture(line: &Line) -> bool {
    const WORDS: usize = 5;
    line.is_caption && line.words >= WORDS && !is_other(line)
}

fn is_other(line: &Line) -> bool {
    line.is_boilerplate || line.is_related || line.is_end || line.is_comments || line.is_ui || line.seen_above || line.is_date_line()
}

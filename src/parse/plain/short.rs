//! Short items: a page with too little running text for [`super::body`], but with sentences right below a line that says when the
//! article appeared or who wrote it. A list has many such places, an article one.

use super::body::Run;
use super::lines::Line;
use crate::article::parsed::ParagraphKind;

/// Words that an item has at least.
const LEAST: usize = 8;

/// Lines between the date and the first sentence, and between two sentences.
const APART: usize = 3;

/// Places with sentences below a date: from so many on, the page is a list.
const LIST: usize = 3;

/// The lines from the first to the last sentence of the item; `None` where the page holds none, or several.
pub(super) fn find(lines: &[Line]) -> Option<Run> {
    let mut items: Vec<(usize, Run)> = Vec::new();
    for (anchor, _) in lines.iter().enumerate().filter(|(_, line)| line.is_date_line() || line.is_byline && !line.ends_sentence) {
        let Some(run) = below(lines, anchor) else { continue };
        let words = run.clone().filter(|i| is_sentence(&lines[*i])).map(|i| lines[i].words).sum();
        match items.last_mut() {
            // A byline and a date above the same sentences.
            Some((_, last)) if last.end >= run.start => *last = last.start.min(run.start)..last.end.max(run.end),
            _ => items.push((words, run)),
        }
    }
    let all: usize = items.iter().map(|(words, _)| words).sum();
    let is_list = items.len() >= LIST;
    items
        .into_iter()
        .max_by_key(|(words, run)| (*words, std::cmp::Reverse(run.start)))
        .filter(|(words, _)| *words >= LEAST && words * 2 > all && !is_list)
        .map(|(_, run)| run)
}

/// The sentences of an item, in order.
pub(super) fn paragraphs(lines: &[Line], run: &Run, headline: Option<usize>) -> Vec<(usize, ParagraphKind)> {
    run.clone().filter(|i| Some(*i) != headline && is_sentence(&lines[*i])).map(|i| (i, ParagraphKind::Paragraph)).collect()
}

/// The run of sentences below a line.
fn below(lines: &[Line], anchor: usize) -> Option<Run> {
    let mut run: Option<Run> = None;
    let mut at = anchor + 1;
    while let Some(line) = lines.get(at).filter(|line| !(line.is_end || line.is_comments || line.is_related || line.is_boilerplate)) {
        if is_sentence(line) {
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
    let reads = line.is_prose() || line.ends_sentence && line.words >= 4 && line.small >= 30;
    reads
        && !(line.is_boilerplate
            || line.is_related
            || line.is_end
            || line.is_comments
            || line.is_ui
            || line.is_caption
            || line.seen_above
            || line.is_date_line())
}

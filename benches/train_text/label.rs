//! Labels: how much of a block is in the true text of its page.
//!
//! A block of four words and more by its runs of four words; a shorter one, which proves nothing by itself, by whether the true text has
//! it between what its neighbours have.

use std::collections::HashMap;

/// The words of a text; a character each in scripts without spaces.
pub fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let wide = copydesk::text::script::is_wide(c) && !copydesk::text::script::is_hangul(c);
        if wide || !(c.is_alphanumeric() || c == '_') {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            if wide {
                out.push(c.to_string());
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Words of a run.
const RUN: usize = 4;
/// How far from its neighbours a short block is looked for.
const REACH: usize = 40;

/// The share of each block that the true text has.
pub fn label(truth: &str, blocks: &[&str]) -> Vec<f32> {
    let truth = words(truth);
    let mut places: HashMap<&[String], usize> = HashMap::new();
    for (at, run) in truth.windows(RUN).enumerate() {
        places.entry(run).or_insert(at);
    }
    let words: Vec<Vec<String>> = blocks.iter().map(|b| words(b)).collect();
    let mut out = vec![0.0; blocks.len()];
    // Where the text of a block stands in the truth: first word and one past the last.
    let mut spans: Vec<Option<(usize, usize)>> = vec![None; blocks.len()];
    for (index, words) in words.iter().enumerate().filter(|(_, w)| w.len() >= RUN) {
        let found: Vec<usize> = words.windows(RUN).filter_map(|run| places.get(run).copied()).collect();
        let runs = words.len() + 1 - RUN;
        out[index] = found.len() as f32 / runs as f32;
        if found.len() * 2 >= runs {
            spans[index] = Some((found[0], found[found.len() - 1] + RUN));
        }
    }
    for (index, words) in words.iter().enumerate().filter(|(_, w)| !w.is_empty() && w.len() < RUN) {
        let before = spans[index.saturating_sub(12)..index].iter().rev().flatten().next().map(|s| s.1);
        let after = spans[index..(index + 12).min(spans.len())].iter().flatten().next().map(|s| s.0);
        let (from, to) = match (before, after) {
            (Some(from), Some(to)) if from <= to => (from, to.min(from + 4 * REACH)),
            (Some(from), _) => (from, (from + REACH).min(truth.len())),
            (None, Some(to)) => (to.saturating_sub(REACH), to),
            (None, None) => continue,
        };
        if truth[from..to].windows(words.len()).any(|run| run == words.as_slice()) {
            out[index] = 1.0;
        }
    }
    out
}

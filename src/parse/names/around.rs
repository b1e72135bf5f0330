//! What stands in a line beside the names of those who wrote: degrees, those who checked it, whom an interview is with, a date.
//!
//! Each function takes one of these off; what is left is for [`crate::parse::names`] to read.

use std::borrow::Cow;

use super::words::WORDS;
use super::{is_dated, is_known, is_month};

/// Marks between the parts of a line.
const PARTERS: [char; 5] = ['|', '·', '•', '—', '–'];

/// Bytes of a line with a name and a date.
const LONGEST: usize = 100;

/// Words of such a line that are neither: a place, "Updated".
const MOST_OTHER: usize = 3;

/// A list of names without degrees: "Jane Roe, PhD and Max Poe, MPH".
pub(super) fn without_degrees(text: &str) -> Cow<'_, str> {
    // In a line of capitals a degree looks like any other word.
    if !text.contains(',') || !text.chars().any(char::is_lowercase) {
        return Cow::Borrowed(text);
    }
    let mut pieces = text.split(',');
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = behind_degrees(piece);
        let goes_on = rest.starts_with([';', '|', '·', '•', '—', '–', '(']) || rest.split_whitespace().next().is_some_and(super::is_join);
        let parter = if rest.len() == piece.len() || !(rest.is_empty() || goes_on) { "," } else { " " };
        kept.push_str(parter);
        kept.push_str(rest);
    }
    Cow::Owned(kept)
}

/// Whether a list of names has degrees in it.
pub(super) fn has_degree(text: &str) -> bool {
    text.split(',').skip(1).any(|piece| behind_degrees(piece).len() < piece.len())
}

/// What follows the degrees that a piece begins with; the piece itself where it begins with none.
fn behind_degrees(piece: &str) -> &str {
    let mut rest = piece;
    loop {
        let next = rest.trim_start();
        let end = next.find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '/' | '(')).unwrap_or(next.len());
        if !is_degree(&next[..end]) {
            break;
        }
        rest = next[end..].trim_start();
    }
    rest
}

fn is_degree(word: &str) -> bool {
    let printed = word.contains('.') || word.chars().filter(|c| c.is_uppercase()).count() >= 2;
    printed && WORDS.degree.contains(word.trim_end_matches('.').to_lowercase().as_str())
}

/// A line without the parts that name who checked it, edited it or made its pictures: "Medically reviewed by Max Poe — Written by Jane Roe".
pub(super) fn without_checkers(text: &str) -> Cow<'_, str> {
    if !text.contains(PARTERS) {
        return Cow::Borrowed(text);
    }
    let kept: String = text.split_inclusive(PARTERS).filter(|part| !names_checker(part)).collect();
    let kept = kept.trim().trim_end_matches(PARTERS).trim_end();
    if kept.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(kept.to_owned()) }
}

/// Whether a part begins with "Reviewed by" or the like, and says nothing of another.
fn names_checker(part: &str) -> bool {
    const SOON: usize = 3;
    let words: Vec<&str> = part.split_whitespace().collect();
    let is_by = |word: &&str| WORDS.within.contains(word);
    let checks = |(at, word): (usize, &&str)| is_checked(word) && (word.ends_with(':') || words.get(at + 1).is_some_and(&is_by));
    words.iter().enumerate().take(SOON).any(checks) && words.iter().filter(|word| is_by(word)).count() <= 1
}

/// Whether a word says that somebody checked a text, or made its pictures.
pub(super) fn is_checked(word: &str) -> bool {
    WORDS.photo.contains(word.trim_end_matches(':').to_lowercase().as_str())
}

/// A line about an interview without the one who was asked: "Ein Interview von Jana Roe mit Max Poe".
pub(super) fn without_guest(text: &str) -> &str {
    let opens = text.split_whitespace().next().is_some_and(|word| WORDS.interview.contains(word.to_lowercase().as_str()));
    let bare = |word: &str| word.trim().trim_matches([':', ',', '.']).to_lowercase();
    let (mut at, mut asked, mut signed, mut guest) = (0, false, false, None);
    for word in text.split_inclusive(' ') {
        match guest {
            // "Max Poe im Gespräch mit Jane Roe" names one who asked.
            None if asked && (signed || opens) && WORDS.guest.contains(word.trim()) => guest = Some(at),
            None if asked && WORDS.within.contains(&word.trim()) => signed = true,
            // "Interview with Max Poe by Jane Roe".
            Some(_) if WORDS.within.contains(&word.trim()) => return &text[at..],
            _ => asked |= WORDS.interview.contains(bare(word).as_str()),
        }
        at += word.len();
    }
    guest.map_or(text, |at| text[..at].trim_end())
}

/// The full name in a line that says a date and little else: "Jane Roe, Oslo, 12 May 2026".
pub(in crate::parse) fn beside_date(text: &str) -> Option<String> {
    if text.len() > LONGEST || !is_dated(text) {
        return None;
    }
    let words: Vec<&str> = text.split_inclusive(|c: char| c.is_whitespace() || c == ',' || PARTERS.contains(&c)).collect();
    let has_digit = |word: Option<&&str>| word.is_some_and(|w| w.contains(|c: char| c.is_ascii_digit()));
    let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
    for (at, piece) in words.iter().enumerate() {
        let ends = piece.ends_with(|c: char| !c.is_whitespace() && (c == ',' || PARTERS.contains(&c)));
        let word = piece.trim().trim_end_matches(',').trim_matches(PARTERS);
        let bare = word.trim_matches(['.', ':', '(', ')']).to_lowercase();
        let beside_number = || has_digit(words.get(at + 1)) || at.checked_sub(1).is_some_and(|before| has_digit(words.get(before)));
        let of_date =
            has_digit(Some(piece)) || is_month(&bare) && beside_number() || WORDS.after.contains(bare.as_str()) || WORDS.dated.contains(bare.as_str());
        if !of_date && !word.is_empty() {
            runs.last_mut().expect("there is one from the start").push(word);
        }
        if (of_date || ends) && runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(Vec::new());
        }
    }
    let named = runs.iter().map(|run| run.join(" ")).position(|run| is_known(&run))?;
    let others: usize = runs.iter().enumerate().filter(|(at, _)| *at != named).map(|(_, run)| run.len()).sum();
    (others <= MOST_OTHER).then(|| runs[named].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_end_no_list() {
        for (text, expected) in [
            ("Dr. Ann Roe, PhD and Jane Poe, MPH | Example", "Dr. Ann Roe and Jane Poe | Example"),
            ("Ellen Roe, VMD; Max Poe, BA, M.D. & Gary Roe, DVM", "Ellen Roe ; Max Poe & Gary Roe"),
            ("Jane Roe, Max Poe", "Jane Roe, Max Poe"),
            ("Jane Roe, Ma Li", "Jane Roe, Ma Li"),
            ("JANE ROE, MA LI", "JANE ROE, MA LI"),
        ] {
            assert_eq!(without_degrees(text).split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn who_checked_or_was_asked_did_not_write() {
        for text in ["Medically reviewed by Max Poe — Written by Jane Roe", "Written by Jane Roe | Fact checked by Max Poe"] {
            assert_eq!(without_checkers(text), "Written by Jane Roe", "{text}");
        }
        assert_eq!(without_checkers("Jane Roe – Example"), "Jane Roe – Example");
        assert_eq!(without_guest("Ein Interview von Jana Roe mit Max Poe."), "Ein Interview von Jana Roe");
        assert_eq!(without_guest("Interview with Max Poe by Jane Roe"), "by Jane Roe");
        assert_eq!(without_guest("Entretien réalisé par Jane Roe avec Max Poe"), "Entretien réalisé par Jane Roe");
        for text in ["By Jane Roe with Max Poe", "Max Poe im Gespräch mit Jane Roe"] {
            assert_eq!(without_guest(text), text);
        }
    }

    #[test]
    fn a_name_beside_a_date() {
        for text in [
            "Jane Roe 12 May 2026",
            "12 May 2026 Jane Roe",
            "May 12, 2026 | Jane Roe",
            "12.05.2026, Jane Roe",
            "Jane Roe, Oslo, 12.05.2026",
            "Jane Roe am 12. Mai 2026",
        ] {
            assert_eq!(beside_date(text).as_deref(), Some("Jane Roe"), "{text}");
        }
        for text in ["12 May 2026", "Jane Roe", "Jane Roe was born in Oslo on 12 May 1970", "Updated May 12, 2026", "May 12, 2026 | New Bridge"] {
            assert_eq!(beside_date(text), None, "{text}");
        }
    }
}

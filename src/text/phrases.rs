//! Sets of phrases, looked for in a folded text ([`super::scan::Scan`]).

use std::collections::HashMap;

use super::fold;
use super::quick::Quick;
use super::script::runs_on;

/// Forms of which one may stand at a place of a text, the longest winning.
#[derive(Debug, Default)]
pub struct Phrases {
    by_first: HashMap<char, Vec<Vec<char>>, Quick>,
    /// The ASCII characters that some form begins with.
    ascii: u128,
}

impl Phrases {
    /// A set of these forms, folded as texts are.
    pub fn new<'a>(forms: impl IntoIterator<Item = &'a str>) -> Phrases {
        let mut by_first: HashMap<char, Vec<Vec<char>>, Quick> = HashMap::default();
        for form in forms {
            let folded: Vec<char> = form.trim().chars().map(fold::character).collect();
            if let Some(first) = folded.first() {
                by_first.entry(*first).or_default().push(folded);
            }
        }
        for forms in by_first.values_mut() {
            forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            forms.dedup();
        }
        let ascii = by_first.keys().filter(|c| c.is_ascii()).fold(0, |set, c| set | 1 << u32::from(*c));
        Phrases { by_first, ascii }
    }

    /// Whether some form begins with a character; may say so of a character that is not ASCII where none does.
    pub fn may_begin(&self, c: char) -> bool {
        !c.is_ascii() || self.ascii & 1 << u32::from(c) != 0
    }

    /// The end of the form that stands at `start`, as a whole word where its script has spaces.
    pub fn end_at(&self, chars: &[char], start: usize) -> Option<usize> {
        let first = chars.get(start).filter(|c| self.may_begin(**c))?;
        let forms = self.by_first.get(first)?;
        let second = chars.get(start + 1);
        let fits = |form: &&Vec<char>| (form.len() < 2 || form.get(1) == second) && chars[start..].starts_with(form) && word_ends(chars, start + form.len());
        forms.iter().find(fits).map(|form| start + form.len())
    }
}

/// Whether a word may end before `at`: no letter follows, or the script sets no spaces.
pub fn word_ends(chars: &[char], at: usize) -> bool {
    let Some(last) = at.checked_sub(1).and_then(|i| chars.get(i)) else { return true };
    let next_is_letter = chars.get(at).is_some_and(|c| c.is_alphabetic());
    !next_is_letter || !last.is_alphabetic() || runs_on(*last)
}

//! What a field was chosen from: candidates as values, so that nobody has to guess afterwards why.

/// What was chosen, and what was weighed for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice<T> {
    /// What was chosen.
    pub chosen: T,
    /// What was weighed, in the order of the page or of trust.
    pub candidates: Vec<Candidate>,
}

/// What a source says for a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The source: a key of the head, the kind of element or line, `json_ld`, `hint`, `site rule`.
    pub source: &'static str,
    /// What it says, as the field would have it; as it stands there, where that can't be read.
    pub value: String,
    /// Where it stands: the elements around it, or the line; empty for the head and for the record.
    pub place: String,
    /// What it was worth, where points decide.
    pub points: Option<i32>,
}

/// Characters of a value that can't be read.
const UNREAD: usize = 120;

impl Candidate {
    /// Of a source that has no place and no points.
    pub fn new(source: &'static str, value: impl Into<String>) -> Candidate {
        Candidate { source, value: value.into(), ..Candidate::default() }
    }

    /// Of a source whose value can't be read.
    pub fn unread(source: &'static str, text: &str) -> Candidate {
        Candidate::new(source, text.chars().take(UNREAD).collect::<String>())
    }
}

impl Choice<Option<String>> {
    /// The first of some sources, in the order of trust, whose text `read` takes.
    pub fn first<'a>(sources: impl IntoIterator<Item = Option<(&'static str, &'a str)>>, read: impl Fn(&str) -> Option<String>) -> Choice<Option<String>> {
        let mut choice = Choice { chosen: None, candidates: Vec::new() };
        for (source, text) in sources.into_iter().flatten() {
            let value = read(text);
            choice.candidates.push(match &value {
                Some(value) => Candidate::new(source, value.as_str()),
                None => Candidate::unread(source, text),
            });
            choice.chosen = choice.chosen.take().or(value);
        }
        choice
    }
}

impl<T> Choice<Option<T>> {
    /// Takes what a better source says, if it says anything; `tell` writes it.
    pub fn overrule(&mut self, source: &'static str, better: Option<T>, tell: impl Fn(&T) -> String) {
        if let Some(better) = better {
            self.candidates.insert(0, Candidate::new(source, tell(&better)));
            self.chosen = Some(better);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_can_be_read_is_chosen_and_all_are_told() {
        let read = |text: &str| (text.len() > 3).then(|| text.to_uppercase());
        let mut choice = Choice::first([Some(("a", "one")), None, Some(("b", "three")), Some(("c", "seven"))], read);
        assert_eq!(choice.chosen.as_deref(), Some("THREE"));
        let told: Vec<(&str, &str)> = choice.candidates.iter().map(|c| (c.source, c.value.as_str())).collect();
        assert_eq!(told, [("a", "one"), ("b", "THREE"), ("c", "SEVEN")]);
        choice.overrule("d", None, Clone::clone);
        choice.overrule("e", Some("eleven".to_owned()), Clone::clone);
        assert_eq!((choice.chosen.as_deref(), choice.candidates[0].source, choice.candidates.len()), (Some("eleven"), "e", 4));
    }
}

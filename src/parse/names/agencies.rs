//! The table of agencies and desks (`config/agencies.tsv`), and the search for their names in short texts.
//!
//! A short form counts in its own case or in capitals only: "AP" is an agency, "ap" a word.

use crate::text::fold::lower;
use crate::text::script::runs_on;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::tables::{AGENCIES, rows};

/// A form that names an agency in a text.
#[derive(Debug)]
struct Form {
    text: &'static str,
    agency: &'static str,
    /// Lower case, for long forms.
    folded: Option<String>,
}

#[derive(Debug)]
pub(in crate::parse) struct Agencies {
    /// By folded form, for texts that are a name and nothing else.
    by_name: HashMap<String, &'static str>,
    /// The longest first.
    forms: Vec<Form>,
    desks: Vec<String>,
    /// Words for agencies that are not named.
    unnamed: Vec<String>,
    credits: Vec<String>,
}

pub(in crate::parse) static AGENCIES_TABLE: LazyLock<Agencies> = LazyLock::new(Agencies::load);

impl Agencies {
    fn load() -> Agencies {
        let (mut by_name, mut forms) = (HashMap::new(), Vec::new());
        let (mut desks, mut unnamed, mut credits) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows(AGENCIES) {
            let [kind, name, cell] = row[..] else { continue };
            for text in cell.split('|') {
                match kind {
                    "agency" => {
                        by_name.entry(lower(text)).or_insert(name);
                        let folded = is_long(text).then(|| lower(text));
                        forms.push(Form { text, agency: name, folded });
                    }
                    "desk" => desks.push(lower(text)),
                    "unnamed" => unnamed.push(lower(text)),
                    "credit" => credits.push(lower(text)),
                    _ => {}
                }
            }
        }
        forms.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then_with(|| a.text.cmp(b.text)));
        Agencies { by_name, forms, desks, unnamed, credits }
    }

    /// The agency that a text names and nothing else: `Reuters`, `ТАСС`, `dpa/AFP` (the first of them).
    pub(in crate::parse) fn named(&self, text: &str) -> Option<&'static str> {
        let name = text.trim().trim_matches(['(', ')', '[', ']', '.', ',', ' ', '/', '©']);
        // "/Корр. БЕЛТА/": the agency's correspondent.
        let name = ["Корр. ", "корр. ", "Corr. "].iter().find_map(|word| name.strip_prefix(word)).unwrap_or(name);
        if let Some(agency) = self.by_name.get(&lower(name)) {
            return Some(agency);
        }
        let parts: Vec<&str> = name.split(['/', ',', '+', '&', ';', '、', '・']).flat_map(|p| p.split(" - ")).map(str::trim).collect();
        if parts.len() < 2 || parts.len() > 5 {
            return None;
        }
        parts.iter().find_map(|part| self.by_name.get(&lower(part))).copied()
    }

    /// The agencies that a text names among other words, in order of the table's longest forms, each once.
    pub(in crate::parse) fn within(&self, text: &str) -> Vec<&'static str> {
        const LONGEST: usize = 400;
        let text: String = text.chars().take(LONGEST).collect();
        let folded = lower(&text);
        let mut found: Vec<(usize, usize, &'static str)> = Vec::new();
        for form in &self.forms {
            let (hay, needle) = match &form.folded {
                Some(folded_form) => (folded.as_str(), folded_form.as_str()),
                None => (text.as_str(), form.text),
            };
            let Some(at) = find_word(hay, needle) else { continue };
            let covered = found.iter().any(|(start, end, _)| *start <= at && at < *end);
            if !covered && found.iter().all(|(_, _, agency)| *agency != form.agency) {
                found.push((at, at + needle.len(), form.agency));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(_, _, agency)| agency).collect()
    }

    /// Whether a text names a desk: "News desk", "Redaktion", "Agenturen".
    pub(in crate::parse) fn is_desk(&self, text: &str) -> bool {
        let folded = lower(text);
        let words = folded.split_whitespace().count();
        words <= 5 && self.desks.iter().any(|desk| find_word(&folded, desk).is_some())
    }

    /// Whether a text says that news agencies wrote, without their names: "Agencies", "Agenturen".
    pub(in crate::parse) fn is_unnamed(&self, text: &str) -> bool {
        self.unnamed.contains(&lower(text))
    }

    /// Whether a line is a credit: it begins with "Reporting by", "Quelle:" and the like.
    pub(in crate::parse) fn is_credit_line(&self, text: &str) -> bool {
        let folded = lower(text.trim_start_matches(['(', '[', '*', '-', '–', '—', ' ']));
        self.credits.iter().any(|credit| folded.starts_with(credit.as_str()))
    }

    /// The agency whose form stands at the beginning of a text, and its length in bytes.
    pub(in crate::parse) fn at_start(&self, text: &str) -> Option<(&'static str, usize)> {
        let form = self.forms.iter().find(|f| text.starts_with(f.text) && ends_word(text, f.text.len()))?;
        Some((form.agency, form.text.len()))
    }
}

fn is_long(form: &str) -> bool {
    form.chars().count() > 5 && form.chars().any(char::is_lowercase)
}

/// Where a needle stands in a text as a word of its own, in bytes.
fn find_word(hay: &str, needle: &str) -> Option<usize> {
    hay.match_indices(needle).map(|(at, _)| at).find(|at| {
        let before = hay[..*at].chars().next_back();
        let first = needle.chars().next().unwrap_or(' ');
        let begins = before.is_none_or(|c| !c.is_alphanumeric()) || runs_on(first);
        begins && ends_word(hay, at + needle.len())
    })
}

fn ends_word(text: &str, end: usize) -> bool {
    let last = text[..end].chars().next_back().unwrap_or(' ');
    text[end..].chars().next().is_none_or(|c| !c.is_alphanumeric()) || runs_on(last)
}

/// Whether a name is a news agency's, by the table, or says no more than that agencies wrote.
pub fn is_agency(name: &str) -> bool {
    AGENCIES_TABLE.named(name).is_some() || AGENCIES_TABLE.is_unnamed(name)
}

/// Whether a name is nobody's own: an agency's, or a desk's or newsroom's.
pub fn is_collective(name: &str) -> bool {
    is_agency(name) || AGENCIES_TABLE.is_desk(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_loads() {
        let mut agencies = std::collections::BTreeSet::new();
        for row in rows(AGENCIES) {
            assert_eq!(row.len(), 3, "{row:?}");
            assert!(["agency", "desk", "unnamed", "credit", "own", "telegram"].contains(&row[0]), "{row:?}");
            for form in row[2].split('|') {
                assert!(!form.trim().is_empty(), "{row:?}");
                if row[0] == "agency" {
                    assert_eq!(AGENCIES_TABLE.named(form), Some(row[1]), "{form} stands in two rows");
                    agencies.insert(row[1]);
                }
            }
        }
        assert!(agencies.len() >= 40);
    }

    #[test]
    fn finds_names_among_words() {
        let within = |text| AGENCIES_TABLE.within(text);
        assert_eq!(within("By Jane Roe, Associated Press Writer"), ["Associated Press"]);
        assert_eq!(within("von Max Muster, dpa, und AFP"), ["dpa", "AFP"]);
        assert!(within("an ap for the phone").is_empty());
        assert!(within("MAPS and APPS").is_empty());
        assert_eq!(within("来源：新华社北京分社"), ["Xinhua"]);
    }

    #[test]
    fn agencies_and_desks() {
        for name in ["Reuters", "AFP", "dpa/AFP", "ТАСС", "The Associated Press", "新华社", "Agencies"] {
            assert!(is_agency(name) && is_collective(name), "{name}");
        }
        for name in ["News Desk", "Redaktion", "Staff writer"] {
            assert!(!is_agency(name) && is_collective(name), "{name}");
        }
        for name in ["Jane Roe", "Anna Martel", "", "Patricia Apps"] {
            assert!(!is_agency(name) && !is_collective(name), "{name}");
        }
    }
}

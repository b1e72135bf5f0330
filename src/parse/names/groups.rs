//! Names that are no person's: companies, institutes, agencies behind a name, and roles.
//!
//! By the words of such names alone; which agencies and desks there are, the table of agencies says.

use super::agencies::{AGENCIES_TABLE, is_agency, is_collective};
use super::words::WORDS;
use super::{begins_given, is_given, is_known, is_person, is_word, without_by};

/// Whether a text says a role and nothing else: "Online Editor".
pub(in crate::parse) fn is_role(text: &str) -> bool {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    words.clone().count() >= 2 && words.all(|word| WORDS.role.contains(word.as_str()))
}

/// Whether a text behind a "by" is a company's name: "Blue River Security", "3i Global".
pub(super) fn is_group(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (Some((first, rest)), Some(last)) = (words.split_first(), words.last()) else { return false };
    let last = last.to_lowercase();
    let numbered = first.starts_with(|c: char| c.is_ascii_digit()) && first.contains(char::is_alphabetic);
    let capital = |word: &str| word.starts_with(char::is_uppercase) || WORDS.particle.contains(word) || word == "&";
    let of_name = |word: &str| WORDS.trade.contains(word.to_lowercase().as_str()) || !is_word(&word.to_lowercase());
    let named = numbered || WORDS.trade.contains(last.as_str()) || WORDS.firm.contains(&last.as_str()) || WORDS.group_last.contains(&last);
    let known_last = numbered || WORDS.trade.contains(last.as_str()) || !is_word(&last) || WORDS.firm.contains(&last.as_str());
    (2..=5).contains(&words.len())
        && named
        && known_last
        && (numbered || first.starts_with(char::is_uppercase))
        && rest.iter().all(|word| capital(word))
        && words[..words.len() - 1].iter().all(|word| of_name(word))
}

/// Whether a text begins as an organisation's name does: "Center for", "Université de".
pub(super) fn begins_group(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| WORDS.group_first.contains(&word.to_lowercase())) && text.contains(' ')
}

/// Whether what an "and" seems to join is one organisation's or role's name: "Center for River Evaluation and Research".
pub(super) fn is_one_name(text: &str, parts: &[String]) -> bool {
    let [first, .., last] = parts else { return false };
    let ending = last.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    const MOST: usize = 6;
    let short = || text.split_whitespace().count() <= MOST && AGENCIES_TABLE.within(text).is_empty();
    let ends_group = || last.contains(' ') && short() && (WORDS.group_last.contains(&ending) || WORDS.firm.contains(&ending.as_str()));
    let is_role = || !first.contains(' ') && !is_given(first) && last.contains(' ') && WORDS.role.contains(ending.as_str());
    let people = || parts.iter().any(|part| is_known(without_by(part).0) || is_collective(part));
    (begins_group(text) || ends_group() || is_role()) && !people()
}

/// A name, and the agency that stands behind it without a comma: "Jane Roe The Associated Press".
pub(super) fn without_agency(name: String) -> Vec<String> {
    const MOST: usize = 4;
    let ends = name.match_indices(' ').map(|(at, _)| at).skip(1);
    // A single short word may be a family name.
    let is_sure = |behind: &str| behind.contains(' ') || behind.len() >= 6 || behind.chars().all(char::is_uppercase) && name.chars().any(char::is_lowercase);
    let fits = |at: &usize| {
        let (person, behind) = (&name[..*at], name[*at..].trim());
        behind.split(' ').count() <= MOST && is_sure(behind) && is_agency(behind) && is_person(person, false)
    };
    let end = ends.into_iter().take(MOST).find(fits);
    end.map_or_else(|| vec![name.clone()], |at| vec![name[..at].to_owned(), name[at..].trim().to_owned()])
}

/// Whether a name is a company's, a club's or an authority's by one of its words: "Acme Ltd", "Hanns-Example-Stiftung e.V.".
pub(in crate::parse) fn is_organisation(name: &str) -> bool {
    let lower = name.to_lowercase();
    let firm = |word: &str| WORDS.firm.iter().any(|known| if known.len() >= 6 { word.ends_with(known) } else { word == *known });
    !begins_given(name) && lower.split_whitespace().skip(1).any(|word| firm(word.trim_matches(['.', ',', '(', ')'])))
}

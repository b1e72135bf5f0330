//! From stretches of words to entities: which mentions are one person or one organisation, its fullest name, its other names,
//! its role, how much the article is about it. In the order of first mention.

use super::document::Document;
use super::family::{family_at, family_key};
use super::inflect::{nominative_surname, nominatives};
use super::organisations::OrganisationSpan;
use super::people::PersonSpan;
use super::tables::{KeyMap, KeySet, extend};
use super::token::{Tokens, key_of};
use crate::article::parsed::{Entity, EntityKind, Mention};
use crate::text::fold;

/// One entity in the making.
struct Draft {
    kind: EntityKind,
    known: Option<u32>,
    /// Key of the given name; of the whole name for an organisation.
    key: u64,
    /// Key of the family name; of the acronym for an organisation.
    family: u64,
    mentions: Vec<(usize, usize)>,
    role: Option<(usize, usize)>,
    full: bool,
}

/// The entities of a text. `headline` is asked for salience only.
pub(super) fn assemble(document: &Document<'_>, people: &[PersonSpan], organisations: &[OrganisationSpan], headline: Option<&str>) -> Vec<Entity> {
    let mut drafts = people_drafts(document, people);
    drafts.extend(organisation_drafts(document, organisations));
    drafts.iter_mut().for_each(|draft| draft.mentions.sort_unstable());
    drafts.sort_by_key(|draft| (draft.mentions.first().copied(), draft.kind));
    let tokens = headline.map(|headline| Tokens::of(headline, document.language));
    let headline: KeySet = tokens.iter().flat_map(|tokens| &tokens.list).filter(|token| token.cap).map(|token| token.key).collect();
    drafts.iter().map(|draft| entity(document, draft, &headline)).collect()
}

/// Keys of the family names of people.
pub(super) fn family_keys(document: &Document<'_>, people: &[PersonSpan]) -> KeySet {
    people.iter().map(|span| document.token(family_at(document, span)).key).collect()
}

fn given_key(document: &Document<'_>, at: usize) -> u64 {
    let folded = fold::name(document.word(at));
    key_of(super::inflect::stem(&folded, document.language))
}

fn people_drafts(document: &Document<'_>, people: &[PersonSpan]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for span in people.iter().filter(|span| span.full) {
        let family = family_key(document, family_at(document, span));
        let given = given_key(document, span.from);
        let initial = document.token(span.from).initial;
        let same = drafts.iter().position(|draft| {
            (span.known.is_some() && draft.known == span.known)
                || draft.family == family && (draft.key == given || initial && starts_with(document, draft, span.from))
        });
        let index = same.unwrap_or_else(|| {
            drafts.push(Draft { kind: EntityKind::Person, known: span.known, key: given, family, mentions: Vec::new(), role: None, full: true });
            drafts.len() - 1
        });
        take(&mut drafts[index], span);
    }
    for span in people.iter().filter(|span| !span.full) {
        let family = family_key(document, span.from);
        let known = |draft: &Draft| span.known.is_some() && draft.known == span.known;
        // Of two people of one family name, the one named last before the mention is meant.
        let nearest = drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.family == family || known(draft))
            .max_by_key(|(_, draft)| {
                let before = draft.mentions.iter().filter(|(from, _)| *from < span.from).map(|(from, _)| *from).max();
                (known(draft), before, draft.full)
            })
            .map(|(index, _)| index);
        let index = nearest.unwrap_or_else(|| {
            drafts.push(Draft { kind: EntityKind::Person, known: span.known, key: 0, family, mentions: Vec::new(), role: None, full: false });
            drafts.len() - 1
        });
        take(&mut drafts[index], span);
    }
    drafts
}

fn starts_with(document: &Document<'_>, draft: &Draft, initial: usize) -> bool {
    let letter = document.word(initial).chars().next();
    draft.mentions.first().is_some_and(|(from, _)| document.word(*from).chars().next() == letter)
}

fn take(draft: &mut Draft, span: &PersonSpan) {
    draft.mentions.push((span.from, span.to));
    draft.known = draft.known.or(span.known);
    // The first role that the text gives.
    if draft.role.is_none() {
        draft.role = span.role.map(|role| (role.from, role.to));
    }
}

fn organisation_drafts(document: &Document<'_>, spans: &[OrganisationSpan]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for span in spans {
        let key = name_key(document, span.from, span.to);
        let acronym = span.acronym.map_or(0, |at| document.token(at).key);
        let alone = if span.to == span.from + 1 { document.token(span.from).key } else { 0 };
        let same = drafts.iter().position(|draft| {
            (span.known.is_some() && draft.known == span.known) || draft.key == key || (alone != 0 && draft.family == alone && document.token(span.from).upper)
        });
        let index = same.unwrap_or_else(|| {
            drafts.push(Draft { kind: EntityKind::Organisation, known: span.known, key, family: acronym, mentions: Vec::new(), role: None, full: true });
            drafts.len() - 1
        });
        let draft = &mut drafts[index];
        draft.mentions.push((span.from, span.to));
        draft.known = draft.known.or(span.known);
        if let Some(at) = span.acronym {
            draft.family = acronym;
            draft.mentions.push((at, at + 1));
        }
    }
    add_defined_acronyms(document, spans, &mut drafts);
    drafts
}

/// An acronym that the text defines is met again without brackets.
fn add_defined_acronyms(document: &Document<'_>, spans: &[OrganisationSpan], drafts: &mut [Draft]) {
    let mut covered = vec![false; document.len()];
    for span in spans {
        covered[span.from..span.to].fill(true);
        if let Some(at) = span.acronym {
            covered[at] = true;
        }
    }
    let mut by_acronym: KeyMap<usize> = KeyMap::default();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.family != 0) {
        by_acronym.entry(draft.family).or_insert(index);
    }
    for at in (0..document.len()).filter(|at| !covered[*at]) {
        let capitals = document.word(at).chars().filter(|c| c.is_uppercase()).count();
        if capitals < 2 {
            continue;
        }
        if let Some(index) = by_acronym.get(&document.token(at).key) {
            drafts[*index].mentions.push((at, at + 1));
        }
    }
}

fn name_key(document: &Document<'_>, from: usize, to: usize) -> u64 {
    (from..to).fold(0, |before, at| {
        let folded = fold::name(document.word(at));
        extend(before, key_of(super::inflect::stem(&folded, document.language)))
    })
}

fn entity(document: &Document<'_>, draft: &Draft, headline: &KeySet) -> Entity {
    let printed = |(from, to): &(usize, usize)| document.tokens.slice(*from, *to);
    let name = match draft.kind {
        EntityKind::Person => person_name(document, draft),
        _ => organisation_name(document, draft),
    };
    let mut aliases: Vec<String> = Vec::new();
    for form in draft.mentions.iter().map(|mention| printed(mention).to_owned()) {
        if form != name && !aliases.contains(&form) && !is_inflected(document, &form, &name) {
            aliases.push(form);
        }
    }
    let table = match draft.kind {
        EntityKind::Person => &document.tables.people,
        _ => &document.tables.organisations,
    };
    let mentions = draft
        .mentions
        .iter()
        .map(|(from, to)| Mention { start: document.token(*from).char_start, end: document.token(*to - 1).char_end, text: printed(&(*from, *to)).to_owned() })
        .collect();
    Entity {
        kind: draft.kind,
        name,
        aliases,
        wikidata: draft.known.and_then(|known| table[known as usize].wikidata).map(str::to_owned),
        role: draft.role.map(|(from, to)| role_text(document, from, to)),
        salience: salience(document, draft, headline),
        mentions,
    }
}

/// A role as printed, in one line, the full stop of an abbreviation at its end included.
fn role_text(document: &Document<'_>, from: usize, to: usize) -> String {
    let mut text = document.tokens.slice(from, to).split_whitespace().collect::<Vec<_>>().join(" ");
    if to < document.len() && document.token(to).gap == super::token::Gap::Stop {
        text.push('.');
    }
    text
}

/// A form that differs from the name by an ending only is no other name.
fn is_inflected(document: &Document<'_>, form: &str, name: &str) -> bool {
    let stems =
        |text: &str| -> Vec<String> { text.split_whitespace().map(|word| super::inflect::stem(&fold::name(word), document.language).to_owned()).collect() };
    let (form_stems, name_stems) = (stems(form), stems(name));
    let is_part = name_stems.ends_with(&form_stems);
    is_part && !name.split_whitespace().any(|word| word == form)
}

/// The fullest name, in the nominative as far as the forms tell.
fn person_name(document: &Document<'_>, draft: &Draft) -> String {
    let words = |(from, to): &(usize, usize)| to - from;
    let Some(longest) = draft.mentions.iter().map(words).max() else { return String::new() };
    // A well-known family name stands for the full name, which only the English tables have in the nominative.
    if let Some(known) = draft.known.filter(|_| longest == 1 && document.language == "en") {
        return document.tables.people[known as usize].name.to_owned();
    }
    let candidates = draft.mentions.iter().filter(|mention| words(mention) == longest);
    // A mention whose given name the table has as it is stands in the nominative, mostly; the shortest of them.
    let nominative = candidates
        .clone()
        .filter(|(from, _)| longest == 1 || document.given(*from).is_some())
        .min_by_key(|(from, to)| (document.tokens.slice(*from, *to).chars().count(), *from));
    let Some((from, to)) = nominative.or(candidates.clone().next()).copied() else { return String::new() };
    let printed = document.tokens.slice(from, to);
    let slavic = matches!(document.language, "ru" | "uk" | "pl");
    if slavic
        && longest > 1
        && document.given(from).is_none()
        && let Some(name) = to_nominative(document, from, to)
    {
        return name;
    }
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "Владимиром Путиным" → "Владимир Путин", by the given name's nominative.
fn to_nominative(document: &Document<'_>, from: usize, to: usize) -> Option<String> {
    let given = document.word(from);
    let folded = fold::name(given);
    let mut found = None;
    nominatives(&folded, document.language, |candidate| {
        found = document.tables.given.get(&key_of(candidate)).map(|entry| (candidate.to_owned(), entry.gender));
        found.is_some()
    });
    let (candidate, gender) = found?;
    let common = given
        .chars()
        .zip(candidate.chars().chain(std::iter::repeat('\0')))
        .take_while(|(a, b)| fold::name(&a.to_string()) == fold::name(&b.to_string()))
        .count();
    let ending: String = given.chars().skip(common).collect();
    let kept: String = given.chars().take(common).collect();
    let added: String = candidate.chars().skip(common).collect();
    let surname = document.word(to - 1);
    let surname = nominative_surname(surname, &ending, gender).unwrap_or_else(|| surname.to_owned());
    if to - from > 2 {
        return None;
    }
    Some(format!("{kept}{added} {surname}"))
}

/// The fullest printed name; an acronym is another name.
fn organisation_name(document: &Document<'_>, draft: &Draft) -> String {
    let printed = |(from, to): &(usize, usize)| document.tokens.slice(*from, *to);
    let fullest = draft.mentions.iter().max_by_key(|(from, to)| {
        let text = printed(&(*from, *to));
        (to - from, text.chars().any(char::is_lowercase), std::cmp::Reverse(*from))
    });
    fullest.map(printed).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How much the article is about it: by count, by an early first mention, by the headline. 0 to 1 in hundredths.
fn salience(document: &Document<'_>, draft: &Draft, headline: &KeySet) -> f32 {
    let count = draft.mentions.len().min(8) as u32;
    let first = draft.mentions.first().map_or(0, |(from, _)| *from);
    let position = 20 - (20 * first / document.len().max(1)) as u32;
    let in_headline = |at: usize| headline.contains(&document.token(at).key);
    let named = draft.mentions.iter().any(|(from, to)| in_headline(to - 1) && (draft.kind == EntityKind::Person || in_headline(*from)));
    let points = count * 7 + position + if named { 24 } else { 0 };
    points.min(100) as f32 / 100.0
}

//! Places: which of the gazetteer's places a text means, which it is about.
//!
//! A name counts where the text gives reason to read it as a place; among places of one name, the one that goes with the other
//! countries and cities of the text is meant, then the bigger. Integers only; ties go to the order of the gazetteer.

use std::collections::BTreeMap;

use super::document::Document;
use super::gazetteer::{GazetteerPlace, PlaceKind, PlaceMatch, gazetteer};
use super::tables::{KeySet, is_printed};
use super::token::Gap;
use crate::article::parsed::{Mention, Place, PlaceRole};
use crate::text::script::is_word_of_names;

/// What the article says beside its text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting<'a> {
    pub(super) headline: Option<&'a str>,
    pub(super) dateline: Option<&'a str>,
    /// The publisher's country.
    pub(super) country: Option<&'a str>,
}

/// What countries a text speaks of.
#[derive(Debug, Default)]
struct Context {
    /// Country to how often it is told beyond doubt.
    countries: BTreeMap<&'static str, u32>,
    /// States of the US and the like that are named: (country, code).
    regions: BTreeMap<(&'static str, &'static str), u32>,
    /// How many of them are of the US.
    states: usize,
}

/// What a name is judged by.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    context: &'a Context,
    /// Family names of the text's people.
    family: &'a KeySet,
    /// Words of people and organisations.
    covered: &'a [bool],
}

/// A place that the text names.
#[derive(Debug)]
struct Found {
    place: u32,
    score: i32,
    mentions: Vec<(usize, usize)>,
}

/// The places of a text. `covered` marks words of people and organisations; `family` holds family names of people in the text.
pub(super) fn find(document: &Document<'_>, covered: &[bool], family: &KeySet, setting: Setting<'_>) -> Vec<Place> {
    let places = &gazetteer().places;
    let context = context(document, covered, setting);
    let mut found: Vec<Found> = Vec::new();
    let mut known: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, found_match) in document.places.iter().enumerate() {
        if covered[found_match.from..found_match.to].contains(&true) {
            continue;
        }
        let Some((place, score)) = best(document, index, &context, setting) else { continue };
        if !believable(document, index, &places[place as usize], Evidence { context: &context, family, covered }) {
            continue;
        }
        add(&mut found, &mut known, place, score, Some((found_match.from, found_match.to)));
    }
    let dateline = setting.dateline.and_then(|name| dateline_place(name, document.language, &context));
    if let Some(place) = dateline {
        add(&mut found, &mut known, place, 90, None);
    }
    let focus = focus(document, &found, dateline, setting);
    let mut out: Vec<Place> = Vec::with_capacity(found.len());
    // The dateline stands before the text.
    found.sort_by_key(|found| (Some(found.place) != dateline, found.mentions.first().copied()));
    for entry in &found {
        out.push(event_place(document, entry, role_of(entry.place, dateline, focus)));
    }
    out
}

fn add(found: &mut Vec<Found>, known: &mut BTreeMap<u32, usize>, place: u32, score: i32, mention: Option<(usize, usize)>) {
    let index = *known.entry(place).or_insert_with(|| {
        found.push(Found { place, score, mentions: Vec::new() });
        found.len() - 1
    });
    let entry = &mut found[index];
    entry.score = entry.score.max(score);
    entry.mentions.extend(mention);
}

fn role_of(place: u32, dateline: Option<u32>, focus: Option<u32>) -> PlaceRole {
    if Some(place) == dateline {
        PlaceRole::Dateline
    } else if Some(place) == focus {
        PlaceRole::Focus
    } else {
        PlaceRole::Mentioned
    }
}

fn event_place(document: &Document<'_>, found: &Found, role: PlaceRole) -> Place {
    let place = &gazetteer().places[found.place as usize];
    let mentions = found
        .mentions
        .iter()
        .map(|(from, to)| Mention {
            start: document.token(*from).char_start,
            end: document.token(*to - 1).char_end,
            text: document.tokens.slice(*from, *to).to_owned(),
        })
        .collect();
    Place {
        name: place.name.to_owned(),
        kind: place.kind.name().to_owned(),
        country: Some(place.country.to_owned()).filter(|country| !country.is_empty()),
        admin1: (place.kind == PlaceKind::City).then(|| gazetteer().admin1_name(place)).flatten().map(str::to_owned),
        latitude: place.position.map(|(latitude, _)| latitude),
        longitude: place.position.map(|(_, longitude)| longitude),
        geonames: place.geonames,
        role,
        confidence: found.score.clamp(30, 99) as f32 / 100.0,
        mentions,
    }
}

/// Counts countries by names that can mean nothing else, by adjectives, by capitals and big cities.
fn context(document: &Document<'_>, covered: &[bool], setting: Setting<'_>) -> Context {
    let places = &gazetteer().places;
    let mut context = Context::default();
    for found in &document.places {
        let inside = covered[found.from..found.to].contains(&true);
        let mut countries: Vec<&'static str> = found.candidates.iter().map(|at| places[*at as usize].country).collect();
        countries.sort_unstable();
        countries.dedup();
        if let [country] = countries[..]
            && !country.is_empty()
        {
            let place = &places[found.candidates[0] as usize];
            let weight = match place.kind {
                PlaceKind::Country => 4,
                PlaceKind::Region => 3,
                _ if place.word || inside => 0,
                _ if place.capital || place.population >= 500 => 2,
                _ => 1,
            };
            *context.countries.entry(country).or_default() += if inside { weight / 2 } else { weight };
            if place.kind == PlaceKind::Region {
                *context.regions.entry((country, place.admin1)).or_default() += 1;
            }
        } else if let Some(place) = found.candidates.iter().map(|at| &places[*at as usize]).find(|place| place.kind == PlaceKind::City)
            && !inside
            && (place.capital || place.population >= 2_000)
        {
            *context.countries.entry(place.country).or_default() += 1;
        }
    }
    for country in document.demonym_at.iter().flatten() {
        *context.countries.entry(country).or_default() += 2;
    }
    if let Some(dateline) = setting.dateline
        && let Some(place) = gazetteer().lookup(&usual_case(dateline), document.language).first()
    {
        *context.countries.entry(places[*place as usize].country).or_default() += 3;
    }
    context.states = context.regions.keys().filter(|(country, _)| *country == "US").count();
    context
}

/// The most likely place of a name, and how sure that is (0 to 99).
fn best(document: &Document<'_>, index: usize, context: &Context, setting: Setting<'_>) -> Option<(u32, i32)> {
    let found = &document.places[index];
    let mut scored: Vec<(i32, u32)> = found.candidates.iter().map(|place| (score(document, index, *place, context, setting), *place)).collect();
    scored.sort_by_key(|(score, place)| (-score, *place));
    let (top, place) = *scored.first()?;
    let margin = scored.get(1).map_or(60, |(second, _)| top - second);
    let base = match gazetteer().places[place as usize].kind {
        PlaceKind::Country | PlaceKind::Continent => 75,
        PlaceKind::Region => 65,
        PlaceKind::City => 55,
    };
    Some((place, (base + margin.clamp(0, 60) / 2 - if found.guessed { 5 } else { 0 }).clamp(30, 98)))
}

fn score(document: &Document<'_>, index: usize, place: u32, context: &Context, setting: Setting<'_>) -> i32 {
    let place = &gazetteer().places[place as usize];
    let found = &document.places[index];
    let mut score: i32 = match place.kind {
        PlaceKind::Continent => 60,
        PlaceKind::Country => 60,
        PlaceKind::Region => 40,
        // Tenfold people, ten more.
        PlaceKind::City => (place.population.max(1).ilog2() as i32) * 3 + if place.capital { 15 } else { 0 },
    };
    // What the name itself told of its own country must not prove it.
    let told = context.countries.get(place.country).copied().unwrap_or(0).min(12) as i32;
    score += told * 3;
    if place.kind == PlaceKind::City && !place.admin1.is_empty() {
        score += context.regions.get(&(place.country, place.admin1)).copied().unwrap_or(0).min(4) as i32 * 4;
    }
    if setting.country == Some(place.country) {
        score += 8;
    }
    if place.kind == PlaceKind::Country && found.candidates.len() > 1 {
        // The country of a name that is also a state's: other countries beside it speak for it, states against it.
        let own = [place.country, "US"].iter().filter(|country| context.countries.contains_key(**country)).count();
        let own = if place.country == "US" { own / 2 } else { own };
        let others = (context.countries.len() - own).min(4) as i32;
        let states = context.states.min(4) as i32;
        score += others * 10 - states * 12;
    }
    score + beside(document, index, place)
}

/// "City, Region" and "City, Country": what stands after a comma or in brackets decides.
fn beside(document: &Document<'_>, index: usize, place: &GazetteerPlace) -> i32 {
    let places = &gazetteer().places;
    let found = &document.places[index];
    let goes_with = |other: &PlaceMatch| {
        other.candidates.iter().any(|at| {
            let other = &places[*at as usize];
            other.country == place.country
                && match (place.kind, other.kind) {
                    (PlaceKind::City, PlaceKind::Country) => true,
                    (PlaceKind::City, PlaceKind::Region) => other.admin1 == place.admin1 || other.admin1.is_empty() || place.admin1.is_empty(),
                    (PlaceKind::Region, PlaceKind::City) => other.admin1 == place.admin1,
                    (PlaceKind::Region, PlaceKind::Country) => true,
                    (PlaceKind::Country, PlaceKind::City) => true,
                    _ => false,
                }
        })
    };
    let mut score = 0;
    if let Some(next) = document.places.get(index + 1)
        && next.from == found.to
        && matches!(document.token(next.from).gap, Gap::Comma | Gap::Open)
        && goes_with(next)
    {
        score += 50;
    }
    if index > 0 {
        let previous = &document.places[index - 1];
        if previous.to == found.from && matches!(document.token(found.from).gap, Gap::Comma | Gap::Open) && goes_with(previous) {
            score += 50;
        }
    }
    score
}

/// Whether the text reads the name as a place.
fn believable(document: &Document<'_>, index: usize, place: &GazetteerPlace, evidence: Evidence<'_>) -> bool {
    let Evidence { context, family, covered } = evidence;
    let found = &document.places[index];
    let tables = document.tables;
    let first = document.token(found.from);
    let single = found.to == found.from + 1;
    let key = first.key;
    let preposition = found.from > 0 && document.is("preposition", found.from - 1) && matches!(first.gap, Gap::Space);
    let located = preposition || beside(document, index, place) > 0;
    if single && document.is_common(found.from) && (first.first || place.word) {
        return false;
    }
    if single && document.is("starter", found.from) {
        return false;
    }
    let person = single && (tables.given.contains_key(&key) || tables.surnames.contains(&key));
    if single && family.contains(&key) && !located && place.kind != PlaceKind::Country {
        return false;
    }
    if !standing_free(document, found, place, located, covered) {
        return false;
    }
    // "Toyota" is the firm, mostly.
    let firm = single && tables.organisation_names.get(super::tables::extend(0, key)).is_some();
    if firm && !(located && context.countries.get(place.country).is_some_and(|told| *told > 2)) {
        return false;
    }
    if place.kind != PlaceKind::City {
        return true;
    }
    let other_evidence = context.countries.get(place.country).copied().unwrap_or(0);
    // Its own mention told of the country too.
    let own = if place.capital || place.population >= 500 { 2 } else { 1 };
    let in_context = other_evidence > own;
    if place.word {
        return located && in_context && !first.first;
    }
    if person && !place.capital {
        return located;
    }
    if place.capital || place.population >= 300 {
        return located || in_context || !first.first || !single;
    }
    located && (in_context || preposition) || in_context && !first.first
}

/// Whether the capitals beside the name leave it a place: "Paris Match" and "Jack London" do not.
fn standing_free(document: &Document<'_>, found: &PlaceMatch, place: &GazetteerPlace, located: bool, covered: &[bool]) -> bool {
    if document.word(found.from).starts_with(is_word_of_names) {
        return true;
    }
    let from = found.from;
    if from > 0 && document.tokens.joins(from) && document.token(from - 1).cap && !document.token(from - 1).shouted {
        let before = from - 1;
        let hyphen = document.token(from).gap == Gap::Hyphen;
        if document.is("club", before) && place.kind != PlaceKind::Country {
            return false;
        }
        let free = document.is_starter(before)
            || covered[before]
            || document.is("before", before)
            || document.is("preposition", before)
            || document.is("calendar", before)
            || document.demonym_at[before].is_some()
            || document.place_at[before].is_some()
            || document.head_before(from).is_some()
            || (document.token(before).first && document.given(before).is_none() && !hyphen)
            || document.token(before).upper && place.kind == PlaceKind::Country
            || (document.language == "de" && document.given(before).is_none() && !hyphen);
        if !free {
            return false;
        }
    }
    let to = found.to;
    if to < document.len() && document.tokens.joins(to) && document.token(to).cap && !document.token(to).shouted {
        let hyphen = document.token(to).gap == Gap::Hyphen;
        if document.is("club", to) && place.kind != PlaceKind::Country {
            return false;
        }
        let after_article = from > 0 && is_printed("declined article", document.language, document.word(from - 1));
        let free = document.is("after", to)
            || covered[to] && !hyphen
            || document.is("calendar", to)
            || document.place_at[to].is_some()
            || document.demonym_at[to].is_some()
            || document.head_at(to).is_some()
            || document.is("modifier", to)
            || (document.language == "de" && !hyphen && !after_article)
            || (place.kind == PlaceKind::Country && document.given(from).is_none() && !hyphen);
        // "Berlin-Mitte" is in Berlin; "Paris-Nice" is a race.
        return free || (located && place.kind != PlaceKind::City && !hyphen);
    }
    true
}

/// `MOSCOW` → `Moscow`; `NEW YORK` → `New York`. Mixed case stays.
fn usual_case(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut start = true;
    for c in name.chars() {
        if start {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
        start = !c.is_alphanumeric();
    }
    out
}

/// The dateline's place: a city before a region before a country, the one whose country the text speaks of, then the biggest.
fn dateline_place(name: &str, language: &'static str, context: &Context) -> Option<u32> {
    let places = &gazetteer().places;
    let lookup = |name: &str| {
        let mut found = gazetteer().lookup(name, language);
        // "Springfield, Ill." and "Minsk, Belarus".
        if found.is_empty() {
            found = name.split(',').next().map(|first| gazetteer().lookup(first.trim(), language)).unwrap_or_default();
        }
        found
    };
    let named = name.split(',').nth(1).map(|second| gazetteer().lookup(second.trim(), language)).unwrap_or_default();
    let candidates = lookup(&usual_case(name));
    candidates.into_iter().max_by_key(|at| {
        let place = &places[*at as usize];
        let told = context.countries.get(place.country).copied().unwrap_or(0).min(12);
        let with = named.iter().any(|other| {
            let other = &places[*other as usize];
            other.country == place.country && (other.kind == PlaceKind::Country || other.admin1 == place.admin1)
        });
        let city = place.kind == PlaceKind::City;
        (with, city && place.population >= 300, told / 4, city, place.population, std::cmp::Reverse(*at))
    })
}

/// The place that the article is about: named most, early and in the headline. The dateline's place is not asked.
fn focus(document: &Document<'_>, found: &[Found], dateline: Option<u32>, setting: Setting<'_>) -> Option<u32> {
    let in_headline: Vec<u32> = match setting.headline {
        Some(headline) => {
            let tokens = super::token::Tokens::of(headline, document.language);
            gazetteer().find(&tokens, document.language).into_iter().flat_map(|found| found.candidates).collect()
        }
        None => Vec::new(),
    };
    let early = document.len() / 5;
    let weight = |entry: &Found| {
        let count = entry.mentions.len().min(12) as u32;
        let starts_early = entry.mentions.first().is_some_and(|(from, _)| *from <= early);
        count * 2 + u32::from(starts_early) * 2 + u32::from(in_headline.contains(&entry.place)) * 3
    };
    let best =
        found.iter().filter(|entry| Some(entry.place) != dateline).max_by_key(|entry| (weight(entry), std::cmp::Reverse(entry.mentions.first().copied())))?;
    (weight(best) >= 4).then_some(best.place)
}

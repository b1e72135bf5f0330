//! The gazetteer: countries, their parts, cities, read once from `config/gazetteer/`; and what places a text may name.
//!
//! Says what a name could mean, never which of it is meant: that is `places`.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::inflect::nominatives;
use super::tables::{Names, extend};
use super::token::{Tokens, key_of};
use crate::text::fold;
use crate::text::script::is_word_of_names;
use crate::text::tables::{CITIES, COUNTRIES, COUNTRY_NAMES, REGIONS, rows};

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PlaceKind {
    /// A part of the world.
    Continent,
    /// A country or a territory with a code.
    Country,
    /// A state, a province, a part of a country.
    Region,
    /// A city.
    City,
}

impl PlaceKind {
    /// As in the event.
    pub(super) fn name(self) -> &'static str {
        match self {
            PlaceKind::Continent => "continent",
            PlaceKind::Country => "country",
            PlaceKind::Region => "region",
            PlaceKind::City => "city",
        }
    }
}

/// A place of the gazetteer.
#[derive(Clone, Debug)]
pub(super) struct GazetteerPlace {
    /// Usual English name.
    pub(super) name: &'static str,
    pub(super) kind: PlaceKind,
    /// ISO 3166-1 alpha-2; empty for a continent.
    pub(super) country: &'static str,
    /// GeoNames' code of the first-order division; empty where there is none.
    pub(super) admin1: &'static str,
    /// Degrees.
    pub(super) position: Option<(f64, f64)>,
    /// GeoNames' id.
    pub(super) geonames: Option<u32>,
    /// Thousands of people.
    pub(super) population: u32,
    /// The name is also a common word.
    pub(super) word: bool,
    /// A country's capital.
    pub(super) capital: bool,
}

/// A way to name a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    place: u32,
    /// Language of the form; empty for all.
    language: &'static str,
    /// Counts only in capitals as printed.
    acronym: bool,
}

/// The gazetteer.
#[derive(Debug, Default)]
pub(super) struct Gazetteer {
    pub(super) places: Vec<GazetteerPlace>,
    names: Names<Form>,
    /// Names of first-order divisions by country and code.
    admin1: HashMap<(&'static str, &'static str), &'static str>,
}

/// A stretch of words that may name places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceMatch {
    pub(super) from: usize,
    pub(super) to: usize,
    /// In the order of the gazetteer: countries, regions, cities by size.
    pub(super) candidates: Vec<u32>,
    /// The name was found by taking an ending off.
    pub(super) guessed: bool,
}

/// The gazetteer, read at the first use.
pub(super) fn gazetteer() -> &'static Gazetteer {
    static GAZETTEER: OnceLock<Gazetteer> = OnceLock::new();
    GAZETTEER.get_or_init(read)
}

fn read() -> Gazetteer {
    let mut gazetteer = Gazetteer::default();
    let mut by_code: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut capitals: HashMap<&'static str, &'static str> = HashMap::new();
    for row in rows(COUNTRIES) {
        by_code.insert(row[0], gazetteer.places.len() as u32);
        if let Some(capital) = row.get(3).filter(|id| !id.is_empty()) {
            capitals.insert(capital, row[0]);
        }
        gazetteer.places.push(GazetteerPlace {
            name: row[1],
            kind: PlaceKind::Country,
            country: row[0],
            admin1: "",
            position: None,
            geonames: row[2].parse().ok(),
            population: 0,
            word: false,
            capital: false,
        });
    }
    for row in rows(COUNTRY_NAMES) {
        let [code, language, forms] = row[..] else { continue };
        let Some(place) = by_code.get(code).copied() else { continue };
        // English names are met in every language.
        let language = if language == "en" { "" } else { language };
        for form in forms.split('|') {
            gazetteer.names.add(form, Form { place, language, acronym: is_acronym(form) });
        }
    }
    gazetteer.read_regions();
    gazetteer.read_cities(&capitals);
    gazetteer
}

/// `US`, `РФ`, `EEUU`: short and all in capitals. `U.S.` is told by its full stops.
fn is_acronym(form: &str) -> bool {
    form.chars().count() <= 4 && form.chars().all(|c| c.is_uppercase())
}

impl Gazetteer {
    fn read_regions(&mut self) {
        for row in rows(REGIONS) {
            let [kind, country, admin1, name, geonames, position, others] = row[..] else { continue };
            let place = self.places.len() as u32;
            if !admin1.is_empty() {
                self.admin1.insert((country, admin1), name.strip_suffix(" State").unwrap_or(name));
            }
            self.places.push(GazetteerPlace {
                name,
                kind: if kind == "continent" { PlaceKind::Continent } else { PlaceKind::Region },
                country,
                admin1,
                position: position.split_once(',').and_then(|(lat, lon)| Some((lat.parse().ok()?, lon.parse().ok()?))),
                geonames: geonames.parse().ok(),
                population: 0,
                word: false,
                capital: false,
            });
            for form in std::iter::once(name).chain(others.split('|').filter(|form| !form.is_empty())) {
                // A form may be bound to a language: `de:Bayern`.
                let (language, form) = match form.split_once(':') {
                    Some((language, form)) => (super::tables::known_language(language), form),
                    None => ("", form),
                };
                self.names.add(form, Form { place, language, acronym: is_acronym(form) });
            }
        }
    }

    fn read_cities(&mut self, capitals: &HashMap<&'static str, &'static str>) {
        for row in rows(CITIES) {
            let [id, name, country, admin1, latitude, longitude, thousands, flags, others] = row[..] else { continue };
            let place = self.places.len() as u32;
            self.places.push(GazetteerPlace {
                name,
                kind: PlaceKind::City,
                country,
                admin1,
                position: latitude.parse().ok().zip(longitude.parse().ok()),
                geonames: id.parse().ok(),
                population: thousands.parse().unwrap_or(0),
                word: flags.contains('w'),
                capital: capitals.contains_key(id),
            });
            let big = self.places[place as usize].population >= 300 || self.places[place as usize].capital;
            for form in std::iter::once(name).chain(others.split('|').filter(|form| !form.is_empty())) {
                // Names of three letters are words of some language or other.
                if !big && form.is_ascii() && form.len() < 4 {
                    continue;
                }
                self.names.add(form, Form { place, language: "", acronym: false });
            }
        }
    }

    /// The name of a first-order division, where the tables have it.
    pub(super) fn admin1_name(&self, place: &GazetteerPlace) -> Option<&'static str> {
        self.admin1.get(&(place.country, place.admin1)).copied()
    }

    /// The longest names of places that a text may have, in order, without overlap.
    pub(super) fn find(&self, tokens: &Tokens<'_>, language: &'static str) -> Vec<PlaceMatch> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < tokens.list.len() {
            match self.longest_at(tokens, at, language) {
                Some(found) => {
                    at = found.to;
                    out.push(found);
                }
                None => at += 1,
            }
        }
        out
    }

    /// What a name by itself may mean, e.g. a dateline's.
    pub(super) fn lookup(&self, name: &str, language: &'static str) -> Vec<u32> {
        let tokens = Tokens::of(name, language);
        match self.longest_at(&tokens, 0, language) {
            Some(found) if found.to == tokens.list.len() => found.candidates,
            _ => Vec::new(),
        }
    }

    fn longest_at(&self, tokens: &Tokens<'_>, from: usize, language: &'static str) -> Option<PlaceMatch> {
        let first = &tokens.list[from];
        if !first.cap || first.digit {
            return None;
        }
        // Scripts without spaces: a letter amid a longer stretch may begin a name.
        let mut best = None;
        let mut before = 0;
        for to in from + 1..=(from + 8).min(tokens.list.len()) {
            let last = &tokens.list[to - 1];
            if to > from + 1 && !(tokens.joins(to - 1) || matches!(last.gap, super::token::Gap::Stop)) {
                break;
            }
            let hash = extend(before, last.key);
            let exact = self.candidates(hash, tokens, from, to, language, false);
            if !exact.is_empty() {
                best = Some(PlaceMatch { from, to, candidates: exact, guessed: false });
            } else if last.cap
                && !last.upper
                && !tokens.word(to - 1).starts_with(is_word_of_names)
                && let Some(guess) = self.guess(before, tokens, from, to, language)
            {
                best = Some(guess);
            }
            if !self.names.begins(hash) {
                break;
            }
            before = hash;
        }
        best
    }

    /// A name whose last word has an ending of its language.
    fn guess(&self, before: u64, tokens: &Tokens<'_>, from: usize, to: usize, language: &'static str) -> Option<PlaceMatch> {
        if matches!(language, "" | "en" | "fr" | "es" | "it" | "pt" | "tr") {
            return None;
        }
        let folded = fold::name(tokens.word(to - 1));
        let mut found = Vec::new();
        nominatives(&folded, language, |candidate| {
            found = self.candidates(extend(before, key_of(candidate)), tokens, from, to, language, true);
            !found.is_empty()
        });
        (!found.is_empty()).then_some(PlaceMatch { from, to, candidates: found, guessed: true })
    }

    fn candidates(&self, hash: u64, tokens: &Tokens<'_>, from: usize, to: usize, language: &'static str, guessed: bool) -> Vec<u32> {
        let Some(forms) = self.names.get(hash) else { return Vec::new() };
        let as_acronym = to == from + 1 && tokens.list[from].upper && !tokens.list[from].shouted;
        let mut out: Vec<u32> = forms
            .iter()
            .filter(|form| form.language.is_empty() || form.language == language)
            .filter(|form| !form.acronym || (as_acronym && !guessed))
            .map(|form| form.place)
            .filter(|place| !guessed || self.may_be_guessed(*place))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Small cities are too many to guess endings for.
    fn may_be_guessed(&self, place: u32) -> bool {
        let place = &self.places[place as usize];
        place.kind != PlaceKind::City || place.capital || place.population >= 200
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let count = |text: &'static str| rows(text).count();
        let all = count(COUNTRIES) + count(REGIONS) + count(CITIES);
        assert_eq!(gazetteer().places.len(), all);
        for place in &gazetteer().places {
            assert!(place.geonames.is_some() || place.kind != PlaceKind::City, "{}", place.name);
            assert!(place.country.len() == 2 || place.kind == PlaceKind::Continent, "{}", place.name);
            assert!(place.position.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0), "{}", place.name);
        }
        assert!(gazetteer().places.iter().filter(|place| place.capital).count() > 180);
    }

    #[test]
    fn names_in_cases_and_languages() {
        let first = |text: &str, language: &'static str| {
            let tokens = Tokens::of(text, language);
            let found = gazetteer().find(&tokens, language);
            found.first().map(|found| gazetteer().places[found.candidates[0] as usize].name)
        };
        assert_eq!(first("Он приехал в Москву вчера", "ru"), Some("Moscow"));
        assert_eq!(first("переговоры в Минске", "ru"), Some("Minsk"));
        assert_eq!(first("w Warszawie", "pl"), Some("Warsaw"));
        assert_eq!(first("у Києві", "uk"), Some("Kyiv"));
        assert_eq!(first("in München", "de"), Some("Munich"));
        assert_eq!(first("les Émirats arabes unis", "fr"), Some("United Arab Emirates"));
        assert_eq!(first("美国总统访问", "zh"), Some("United States"));
        assert_eq!(first("let us go", "en"), None);
        assert_eq!(first("the US said", "en"), Some("United States"));
    }
}

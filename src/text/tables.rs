//! The tables of `config/` that people read and write: what each is, and the one reader of them.
//!
//! All are compiled in. A line that begins with `#` is a remark; cells are parted by tabs, words within a cell by `|`. Who uses a
//! table says what its rows mean, and has a test that reads each of them.

macro_rules! tables {
    ($($(#[$what:meta])+ $name:ident = $text:expr;)+) => {
        $($(#[$what])+ pub const $name: &str = $text;)+
        /// All of them.
        #[cfg(test)]
        const ALL: &[&str] = &[$($name),+];
    };
}

tables! {
    /// Abbreviations after which a full stop ends no sentence.
    ABBREVIATIONS = include_str!("../../config/abbreviations.tsv");
    /// News agencies, desks, credits.
    AGENCIES = include_str!("../../config/agencies.tsv");
    /// What stands in and around bylines.
    AUTHOR_WORDS = include_str!("../../config/author_words.tsv");
    /// Weights: which block of a page is its text.
    BODY_TREES = include_str!("../../config/body_trees.txt");
    /// Words of classes and ids that say what an element is.
    BOILERPLATE_CLASSES = include_str!("../../config/boilerplate_classes.tsv");
    /// Weights: which line of a flattened page is the byline.
    BYLINE_TREES = include_str!("../../config/byline_trees.txt");
    /// Endings of cases.
    CASE_ENDINGS = include_str!("../../config/case_endings.tsv");
    /// Weights: which date of a flattened page is that of publication.
    DATE_TREES = include_str!("../../config/date_trees.txt");
    /// Words in and around dates and times.
    DATE_WORDS = include_str!("../../config/date_words.tsv");
    /// Places that datelines name.
    DATELINE_PLACES = include_str!("../../config/dateline_places.tsv");
    /// Weights: which line of a flattened page is the headline.
    HEADLINE_TREES = include_str!("../../config/headline_trees.txt");
    /// Letters, words and countries that tell languages apart.
    LANGUAGES = include_str!("../../config/languages.tsv");
    /// Weights: which lines of a flattened page are its text.
    LINE_TREES = include_str!("../../config/line_trees.txt");
    /// Weights: whether a page is a list of articles.
    LIST_TREES = include_str!("../../config/list_trees.txt");
    /// Words of what surrounds articles.
    MACHINE_WORDS = include_str!("../../config/machine_words.tsv");
    /// Names of months and weekdays.
    MONTHS = include_str!("../../config/months.tsv");
    /// What names are told by, as printed.
    NAME_WORDS = include_str!("../../config/name_words.tsv");
    /// What pages say that are no article.
    NOTICES = include_str!("../../config/notices.tsv");
    /// Known organisations.
    ORGANISATIONS = include_str!("../../config/organisations.tsv");
    /// Phrases that tell the parts of a page apart.
    PAGE_PHRASES = include_str!("../../config/page_phrases.tsv");
    /// Publishers by domain.
    PUBLISHERS = include_str!("../../config/publishers.tsv");
    /// Words of roles.
    ROLES = include_str!("../../config/roles.tsv");
    /// Words of sections, genres and addresses.
    SECTION_WORDS = include_str!("../../config/section_words.tsv");
    /// Query parameters that are no part of an article's address.
    TRACKING_PARAMETERS = include_str!("../../config/tracking_parameters.txt");
    /// Markers of time zones.
    ZONE_MARKERS = include_str!("../../config/zone_markers.tsv");
    /// Time zones and top-level domains of countries.
    ZONES_BY_COUNTRY = include_str!("../../config/zones_by_country.tsv");
    /// Cities.
    CITIES = include_str!("../../config/gazetteer/cities.tsv");
    /// Countries by code.
    COUNTRIES = include_str!("../../config/gazetteer/countries.tsv");
    /// Names of countries by language.
    COUNTRY_NAMES = include_str!("../../config/gazetteer/country_names.tsv");
    /// Adjectives and peoples of countries.
    DEMONYMS = include_str!("../../config/gazetteer/demonyms.tsv");
    /// Given names.
    GIVEN_NAMES = include_str!("../../config/gazetteer/given_names.tsv");
    /// Well-known people.
    KNOWN_PEOPLE = include_str!("../../config/gazetteer/known_people.tsv");
    /// Words with a capital that are no names.
    NOT_NAMES = include_str!("../../config/gazetteer/not_names.tsv");
    /// Words of organisations' names.
    ORGANISATION_WORDS = include_str!("../../config/gazetteer/organisation_words.tsv");
    /// Words beside names of places.
    PLACE_WORDS = include_str!("../../config/gazetteer/place_words.tsv");
    /// First-order divisions of countries.
    REGIONS = include_str!("../../config/gazetteer/regions.tsv");
    /// Verbs of speech.
    SPEECH = include_str!("../../config/gazetteer/speech.tsv");
    /// Family names.
    SURNAMES = include_str!("../../config/gazetteer/surnames.tsv");
}

/// The lines of a table with their numbers from 0, without remarks and blank lines.
pub fn lines(table: &str) -> impl Iterator<Item = (usize, &str)> {
    table.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
}

/// The rows of a table: their cells.
pub fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    lines(table).map(|(_, line)| line.split('\t').collect())
}

/// The words of a use: those in the last cell of the rows whose first names it, alone or among others, parted by commas.
pub fn words<'a>(table: &'static str, of: &'a str) -> impl Iterator<Item = &'static str> + use<'a> {
    rows(table).filter(move |row| row[0].split(',').any(|name| name == of)).flat_map(|row| row[row.len() - 1].split('|'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_table_of_the_folder_is_named_here() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let files = [root.clone(), root.join("gazetteer")].into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        let paths = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "tsv" || e == "txt"));
        let texts: Vec<String> = paths.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(texts.len(), ALL.len());
        assert!(ALL.iter().all(|table| table.starts_with("# ") && rows(table).next().is_some() && texts.iter().any(|text| text == table)));
    }

    /// A fact stands once: in these tables no word has two rows, but as many uses as it needs.
    #[test]
    fn no_word_has_two_rows() {
        for table in [ABBREVIATIONS, PAGE_PHRASES] {
            let mut seen = std::collections::BTreeSet::new();
            for row in rows(table) {
                assert_eq!(row.len(), 2, "{row:?}");
                for word in row[1].split('|') {
                    assert!(word == word.to_lowercase() && !word.trim().is_empty() && seen.insert(word.trim()), "{word}");
                }
            }
        }
    }

    #[test]
    fn words_are_those_of_a_use() {
        assert_eq!(words("# a\tx\na,b\tp|q\n\nab\tr\nb\tde\ts", "b").collect::<Vec<_>>(), ["p", "q", "s"]);
    }
}

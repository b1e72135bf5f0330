//! Behaviour of the annotators on short reports written for the purpose, in the languages of the tables; laws on any text.

use proptest::prelude::*;

use super::*;
use crate::article::ArticleId;
use crate::article::parsed::{Content, Dateline, EntityKind, PlaceRole, Publisher, Quality, Source};

fn article(text: &str, language: &str) -> ParsedArticle {
    ParsedArticle {
        article_id: ArticleId::of_url("https://news.example/a"),
        source: Source::default(),
        content: Content {
            text: Some(text.to_owned()),
            language: Some(Language { code: language.to_owned(), confidence: 1.0, declared: None, script: None }),
            ..Content::default()
        },
        quality: Quality::of_a_test(),
        unknown_keys: 0,
    }
}

fn annotated(article: &ParsedArticle) -> Annotations {
    let (annotations, warnings) = Enricher::new(EnrichSettings::default()).annotate(article);
    assert!(warnings.is_empty());
    check_spans(article.content.text.as_deref().unwrap_or(""), &annotations);
    annotations
}

fn annotate_text(text: &str, language: &str) -> Annotations {
    annotated(&article(text, language))
}

/// Every mention is the text at its offsets; the order is that of first mention.
fn check_spans(text: &str, annotations: &Annotations) {
    let chars: Vec<char> = text.chars().collect();
    let mentions = annotations.entities.iter().flat_map(|entity| &entity.mentions);
    for mention in mentions.chain(annotations.places.iter().flat_map(|place| &place.mentions)) {
        let there: String = chars[mention.start as usize..mention.end as usize].iter().collect();
        assert_eq!(there, mention.text);
    }
    let starts: Vec<u32> = annotations.entities.iter().map(|entity| entity.mentions[0].start).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    for entity in &annotations.entities {
        assert!((0.0..=1.0).contains(&entity.salience));
    }
}

fn of_kind(annotations: &Annotations, kind: EntityKind) -> Vec<&str> {
    annotations.entities.iter().filter(|entity| entity.kind == kind).map(|entity| entity.name.as_str()).collect()
}

fn people(annotations: &Annotations) -> Vec<&str> {
    of_kind(annotations, EntityKind::Person)
}

fn organisations(annotations: &Annotations) -> Vec<&str> {
    of_kind(annotations, EntityKind::Organisation)
}

fn entity<'a>(annotations: &'a Annotations, name: &str) -> &'a Entity {
    annotations.entities.iter().find(|entity| entity.name == name).unwrap_or_else(|| panic!("{name}: {annotations:?}"))
}

fn role<'a>(annotations: &'a Annotations, name: &str) -> &'a str {
    entity(annotations, name).role.as_deref().unwrap_or("")
}

fn places(annotations: &Annotations) -> Vec<(&str, &str)> {
    annotations.places.iter().map(|place| (place.name.as_str(), place.country.as_deref().unwrap_or(""))).collect()
}

fn place<'a>(annotations: &'a Annotations, name: &str) -> &'a Place {
    annotations.places.iter().find(|place| place.name == name).unwrap_or_else(|| panic!("{name}: {:?}", annotations.places))
}

#[test]
fn english_report_with_roles_before_and_after() {
    let found = annotate_text(
        "Estonian Foreign Minister Margus Tamm met his Finnish counterpart Laura Niemi in Tallinn on Monday.\n\n\
         \"We agreed on everything,\" Tamm said. Peter Novak, head of the Baltic Ports Association, welcomed the deal. \
         The Baltic Ports Association (BPA) has 40 members. The BPA was founded in Riga.\n\n\
         Niemi's visit is her first to Estonia.",
        "en",
    );
    assert_eq!(people(&found), ["Margus Tamm", "Laura Niemi", "Peter Novak"]);
    assert_eq!(role(&found, "Margus Tamm"), "Estonian Foreign Minister");
    assert_eq!(role(&found, "Laura Niemi"), "Finnish counterpart");
    assert_eq!(role(&found, "Peter Novak"), "head of the Baltic Ports Association");
    assert_eq!(entity(&found, "Margus Tamm").aliases, ["Tamm"]);
    assert_eq!(entity(&found, "Laura Niemi").mentions.len(), 2);
    let association = entity(&found, "Baltic Ports Association");
    assert_eq!(association.aliases, ["BPA"]);
    assert_eq!(association.mentions.len(), 4);
    assert_eq!(places(&found), [("Tallinn", "EE"), ("Riga", "LV"), ("Estonia", "EE")]);
}

#[test]
fn organisations_by_their_words() {
    let found = annotate_text(
        "The Ministry of Health and Acme Widgets Ltd signed the contract. A spokesman for the National Farmers Union \
         said the University of Bristol had been asked. Nothing came of it, the Council said.",
        "en",
    );
    assert_eq!(organisations(&found), ["Ministry of Health", "Acme Widgets Ltd", "National Farmers Union", "University of Bristol"]);
    assert_eq!(places(&found), []);
}

#[test]
fn georgia_is_a_country_among_countries_and_a_state_among_states() {
    let country = annotate_text("Armenia, Azerbaijan and Georgia signed the treaty. Georgia will host the talks.", "en");
    assert_eq!(place(&country, "Georgia").country.as_deref(), Some("GE"));
    let state = annotate_text("Voters in Georgia, Florida and North Carolina went to the polls. In Atlanta, Georgia, lines were long.", "en");
    let georgia = place(&state, "Georgia");
    assert_eq!((georgia.country.as_deref(), georgia.kind.as_str()), (Some("US"), "region"));
    assert!(state.places.iter().all(|place| place.country.as_deref() != Some("GE")));
}

#[test]
fn a_city_goes_with_the_region_named_after_it() {
    let found = annotate_text("The plant in Birmingham, Alabama, will close. Workers in Springfield, Illinois, stay.", "en");
    assert_eq!(place(&found, "Birmingham").country.as_deref(), Some("US"));
    assert_eq!(place(&found, "Birmingham").admin1.as_deref(), Some("Alabama"));
    assert_eq!(place(&found, "Springfield").admin1.as_deref(), Some("Illinois"));
    let british = annotate_text("A man was arrested in Birmingham, West Midlands police said. London and Leeds are calm.", "en");
    assert_eq!(place(&british, "Birmingham").country.as_deref(), Some("GB"));
}

#[test]
fn names_of_people_and_things_are_no_places() {
    let found = annotate_text("Paris Hilton arrived late. Jack London wrote it. The Chicago Tribune reported on Sydney Brown, who never saw China.", "en");
    assert_eq!(places(&found), [("China", "CN")]);
    let nice = annotate_text("It was a nice day. Nice people were reading. Reading is fun.", "en");
    assert_eq!(places(&nice), []);
}

#[test]
fn known_people_and_organisations_have_ids() {
    let found = annotate_text("Angela Merkel spoke at NATO headquarters in Brussels. Merkel thanked the World Health Organization.", "en");
    assert_eq!(entity(&found, "Angela Merkel").wikidata.as_deref(), Some("Q567"));
    assert_eq!(entity(&found, "Angela Merkel").mentions.len(), 2);
    assert_eq!(entity(&found, "NATO").wikidata.as_deref(), Some("Q7184"));
    assert_eq!(entity(&found, "World Health Organization").wikidata.as_deref(), Some("Q7817"));
}

#[test]
fn things_are_no_people() {
    let found = annotate_text(
        "The Nobel Prize and the World Cup were discussed on Monday. Breaking News Today. Prime Minister of Japan. \
         Happy New Year. The Grand Hotel burned down.",
        "en",
    );
    assert_eq!(people(&found), Vec::<&str>::new());
}

#[test]
fn a_title_makes_a_family_name_known() {
    let found = annotate_text("President Vasquez left early. Mr. Okonkwo stayed. Later Vasquez returned.", "en");
    assert_eq!(people(&found), ["Vasquez", "Okonkwo"]);
    assert_eq!(role(&found, "Vasquez"), "President");
    assert_eq!(entity(&found, "Vasquez").mentions.len(), 2);
}

#[test]
fn russian_names_return_to_the_nominative() {
    let found = annotate_text(
        "Президент России Владимир Путин провёл в Москве переговоры с министром обороны Казахстана Русланом Жаксылыковым. \
         Об этом сообщил пресс-секретарь Дмитрий Песков. По словам Пескова, встреча в Астане отложена. \
         В Министерстве обороны Казахстана не ответили.",
        "ru",
    );
    assert_eq!(people(&found), ["Владимир Путин", "Руслан Жаксылыков", "Дмитрий Песков"]);
    assert_eq!(entity(&found, "Владимир Путин").wikidata.as_deref(), Some("Q7747"));
    assert_eq!(role(&found, "Владимир Путин"), "Президент России");
    assert_eq!(role(&found, "Руслан Жаксылыков"), "министром обороны Казахстана");
    assert_eq!(entity(&found, "Дмитрий Песков").mentions.len(), 2);
    let names = places(&found);
    assert!(names.contains(&("Russia", "RU")) && names.contains(&("Moscow", "RU")) && names.contains(&("Astana", "KZ")));
}

#[test]
fn ukrainian_report() {
    let found = annotate_text(
        "Прем’єр-міністр Польщі Дональд Туск прибув до Києва. Його зустрів міністр Олексій Коваленко. \
         Туск заявив, що Україна отримає допомогу. У Львові він не був.",
        "uk",
    );
    assert_eq!(people(&found), ["Дональд Туск", "Олексій Коваленко"]);
    assert_eq!(role(&found, "Дональд Туск"), "Прем’єр-міністр Польщі");
    assert_eq!(places(&found), [("Poland", "PL"), ("Kyiv", "UA"), ("Ukraine", "UA"), ("Lviv", "UA")]);
}

#[test]
fn german_report() {
    let found = annotate_text(
        "Bundeskanzler Olaf Scholz hat in München den Vorschlag der Europäischen Union gelobt. Außenministerin Petra Hoffmann \
         widersprach ihm. Das Institut für Weltwirtschaft warnte vor Folgen für Deutschlands Wirtschaft. \
         Scholz reist morgen nach Warschau.",
        "de",
    );
    assert_eq!(people(&found), ["Olaf Scholz", "Petra Hoffmann"]);
    assert_eq!(role(&found, "Petra Hoffmann"), "Außenministerin");
    assert!(organisations(&found).contains(&"Europäischen Union"));
    assert!(organisations(&found).contains(&"Institut für Weltwirtschaft"));
    assert_eq!(places(&found), [("Munich", "DE"), ("Germany", "DE"), ("Warsaw", "PL")]);
}

#[test]
fn french_report() {
    let found = annotate_text(
        "Le ministre de l'Intérieur Bernard Lemaire s'est rendu à Marseille. Claire Dubois, présidente de la région, l'attendait. \
         « C'est grave », a déclaré Claire Dubois. L'Allemagne et l'Italie ont réagi.",
        "fr",
    );
    assert_eq!(people(&found), ["Bernard Lemaire", "Claire Dubois"]);
    assert_eq!(role(&found, "Bernard Lemaire"), "ministre de l'Intérieur");
    assert_eq!(role(&found, "Claire Dubois"), "présidente de la région");
    assert_eq!(places(&found), [("Marseille", "FR"), ("Germany", "DE"), ("Italy", "IT")]);
}

#[test]
fn spanish_italian_and_portuguese_reports() {
    let spanish =
        annotate_text("La ministra de Defensa, Carmen Robledo, viajó a Sevilla con el alcalde José Luis Sanz. El Ministerio de Defensa no comentó.", "es");
    assert_eq!(people(&spanish), ["Carmen Robledo", "José Luis Sanz"]);
    assert_eq!(role(&spanish, "José Luis Sanz"), "alcalde");
    assert_eq!(organisations(&spanish), ["Ministerio de Defensa"]);
    let italian = annotate_text("Il sindaco di Milano Giorgio Ferrari ha incontrato a Torino Lucia Conti, rettrice dell'Università di Bologna.", "it");
    assert_eq!(people(&italian), ["Giorgio Ferrari", "Lucia Conti"]);
    assert_eq!(role(&italian, "Giorgio Ferrari"), "sindaco di Milano");
    assert_eq!(organisations(&italian), ["Università di Bologna"]);
    let portuguese = annotate_text("O presidente Ricardo Almeida chegou a Lisboa. Segundo Joana Pires, a Espanha apoia Portugal.", "pt");
    assert_eq!(people(&portuguese), ["Ricardo Almeida", "Joana Pires"]);
    assert_eq!(places(&portuguese), [("Lisbon", "PT"), ("Spain", "ES"), ("Portugal", "PT")]);
}

#[test]
fn polish_report() {
    let found = annotate_text(
        "Premier Polski Jan Wolski spotkał się w Warszawie z prezydentem Litwy. Rozmowa z Olafem Scholzem odbyła się w Berlinie. \
         Wolski mówił o Ukrainie.",
        "pl",
    );
    assert_eq!(people(&found), ["Jan Wolski", "Olaf Scholz"]);
    assert_eq!(entity(&found, "Olaf Scholz").wikidata.as_deref(), Some("Q61053"));
    let names = places(&found);
    for expected in [("Warsaw", "PL"), ("Lithuania", "LT"), ("Berlin", "DE"), ("Ukraine", "UA")] {
        assert!(names.contains(&expected), "{expected:?} in {names:?}");
    }
}

#[test]
fn chinese_and_japanese_places() {
    let chinese = annotate_text("法国总统昨日抵达北京，与中国领导人会谈。", "zh");
    assert_eq!(places(&chinese), [("France", "FR"), ("Beijing", "CN"), ("China", "CN")]);
    let japanese = annotate_text("ドイツの首相が東京を訪問した。", "ja");
    assert_eq!(places(&japanese), [("Germany", "DE"), ("Tokyo", "JP")]);
}

#[test]
fn the_dateline_gives_a_place_and_its_agency_an_organisation() {
    let mut report = article("Grain exports fell in May, Nordpress reported. Farmers in Romania protested in Romania's capital.", "en");
    report.content.dateline = Some(Dateline {
        raw: "BUCHAREST, 3 June (Nordpress)".to_owned(),
        place: Some("BUCHAREST".to_owned()),
        date: None,
        agency: Some("Nordpress".to_owned()),
    });
    report.content.headline = Some("Romania: farmers protest".to_owned());
    let found = annotated(&report);
    let bucharest = place(&found, "Bucharest");
    assert_eq!((bucharest.role, bucharest.country.as_deref(), bucharest.mentions.len()), (PlaceRole::Dateline, Some("RO"), 0));
    assert_eq!(bucharest.geonames, Some(683506));
    assert_eq!(place(&found, "Romania").role, PlaceRole::Focus);
    assert_eq!(organisations(&found), ["Nordpress"]);
}

#[test]
fn the_headline_and_the_count_make_salience() {
    let text = "Anna Lind opened the fair. Lind thanked the guests. Lind left at noon. Karl Berg was there too.";
    let mut report = article(text, "en");
    report.content.headline = Some("Lind opens fair".to_owned());
    let found = annotated(&report);
    assert!(entity(&found, "Anna Lind").salience > entity(&found, "Karl Berg").salience);
}

#[test]
fn producers_are_switched_off_one_by_one() {
    let report = article("Anna Lind came to Oslo.", "en");
    let only_places = Enricher::new(EnrichSettings { entities: false, places: true });
    let (found, _) = only_places.annotate(&report);
    assert!(found.entities.is_empty() && found.places.len() == 1);
    assert_eq!(only_places.models().len(), 2);
    let only_entities = Enricher::new(EnrichSettings { entities: true, places: false });
    let (found, _) = only_entities.annotate(&report);
    assert!(found.entities.len() == 1 && found.places.is_empty());
    let off = Enricher::new(EnrichSettings { entities: false, places: false });
    assert!(off.annotate(&report).0.is_empty());
}

#[test]
fn a_panic_is_caught() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome: Option<u32> = guarded(|| panic!("an annotator"));
    std::panic::set_hook(hook);
    assert_eq!(outcome, None);
    assert_eq!(guarded(|| 1), Some(1));
}

#[test]
fn the_publishers_country_breaks_ties() {
    let mut report = article("Police in Cambridge closed two streets. Nobody was hurt in Cambridge.", "en");
    let country = |report: &ParsedArticle| place(&annotated(report), "Cambridge").country.clone();
    report.source.publisher = Publisher { country: Some("US".to_owned()), ..Publisher::default() };
    assert_eq!(country(&report).as_deref(), Some("US"));
    report.source.publisher.country = Some("GB".to_owned());
    assert_eq!(country(&report).as_deref(), Some("GB"));
}

#[test]
fn a_long_line_costs_no_more_than_its_length() {
    let text = "President of the Council of the Bank of New York Anna Lind-Berg, 45, head of ".repeat(4_000);
    let started = std::time::Instant::now();
    let _ = annotate_text(&text, "en");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_annotated_the_same_twice(text in "\\PC{0,200}", language in prop::sample::select(vec!["en", "de", "fr", "ru", "pl", "zh", ""])) {
        let report = article(&text, language);
        let first = annotated(&report);
        prop_assert_eq!(first, annotated(&report));
    }

    #[test]
    fn words_of_names_in_any_order(words in prop::collection::vec(prop::sample::select(vec![
        "President", "Anna", "Lind", "of", "the", "Bank", "Georgia", ",", ".", "(", ")", "BPA", "said", "U.S.", "'s", "\n\n", "“", "”",
        "Paris", "New", "York", "Ministry", "and", "de", "Jean", "-", "45", "министр", "России", "Иван", "Петров",
    ]), 0..60), language in prop::sample::select(vec!["en", "fr", "ru", "de", "it"])) {
        annotate_text(&words.join(" "), language);
    }

    #[test]
    fn any_text_has_a_plausible_language_or_none(text in "\\PC{0,300}", declared in prop::option::of("[a-zA-Z_-]{0,8}")) {
        if let Some(language) = Enricher::language(&text, declared.as_deref(), None) {
            prop_assert!((0.0..=1.0).contains(&language.confidence));
            prop_assert!(matches!(language.code.len(), 2 | 3));
        }
    }
}

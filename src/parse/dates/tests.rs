use super::*;
use proptest::prelude::*;

fn context(country: &str, language: &str) -> DateContext {
    let part = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    DateContext { fetched_at: Millis::parse("2024-04-24T09:00:00Z"), time_zone: None, country: part(country), language: part(language) }
}

/// The date as `YYYY-MM-DD[ HH:MM[:SS]][±HH:MM]`, a month as `YYYY-MM`.
fn read(text: &str, context: &DateContext) -> String {
    let Some(found) = find_date(text, context) else { return "none".into() };
    let mut out = found.date.to_string();
    match found.precision {
        Precision::Month => out.truncate(7),
        Precision::Day => {}
        Precision::Minute => out += &found.time.unwrap().strftime(" %H:%M").to_string(),
        Precision::Second => out += &found.time.unwrap().strftime(" %H:%M:%S").to_string(),
    }
    out + &found.offset.map(offset_name).unwrap_or_default()
}

fn all(country: &str, language: &str, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expected)| (*text, read(text, &context(country, language)), *expected))
        .filter(|(_, found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "text, found, expected: {wrong:#?}");
}

#[test]
fn machine_forms() {
    all(
        "",
        "",
        &[
            ("2022-05-16T14:42:10Z", "2022-05-16 14:42:10+00:00"),
            ("2022-05-16T14:42:10.123+03:00", "2022-05-16 14:42:10+03:00"),
            ("2022-05-16T14:42:10-0500", "2022-05-16 14:42:10-05:00"),
            ("2022-05-16T14:42:10,5+03", "2022-05-16 14:42:10+03:00"),
            ("2022-05-16T14:42+0530", "2022-05-16 14:42+05:30"),
            ("2022-05-16 14:42:10", "2022-05-16 14:42:10"),
            ("2022-05-16", "2022-05-16"),
            ("20220516", "2022-05-16"),
            ("2022/05/16", "2022-05-16"),
            ("Mon, 16 May 2022 14:42:10 +0300", "2022-05-16 14:42:10+03:00"),
            ("Mon, 16 May 2022 14:42:10 GMT", "2022-05-16 14:42:10+00:00"),
            ("Mon May 16 14:42:10 2022", "2022-05-16 14:42:10"),
            ("Mon May 16 14:42:10 UTC 2022", "2022-05-16 14:42:10+00:00"),
            ("1652701330", "2022-05-16 11:42:10+00:00"),
            ("1652701330000", "2022-05-16 11:42:10+00:00"),
        ],
    );
}

#[test]
fn english_forms() {
    all(
        "GB",
        "en",
        &[
            ("16 May 2022, 14:42", "2022-05-16 14:42"),
            ("May 16, 2022 2:42 p.m.", "2022-05-16 14:42"),
            ("Monday 16th of May 2022 at 2.42pm", "2022-05-16 14:42"),
            ("Published: 12:05 AM, May 16th, 2022", "2022-05-16 00:05"),
            ("Sept. 3, 2021 | 10:15 AM ET", "2021-09-03 10:15-04:00"),
            ("14:42 BST, 16 May 2022", "2022-05-16 14:42+01:00"),
            ("Flag Wednesday, 24 April 2024", "2024-04-24"),
            ("16-May-2022 14:42 GMT+3", "2022-05-16 14:42+03:00"),
            ("16 May 22", "2022-05-16"),
            ("16 May 22 people came and went away", "none"),
            ("May 2022", "2022-05"),
            ("16/05/2022", "2022-05-16"),
            ("05/16/2022", "2022-05-16"),
            ("04/03/2022", "2022-03-04"),
            ("May 14-16, 2022", "2022-05-14"),
            ("14-16 May 2022", "2022-05-16"),
            ("no date here at 14:42", "none"),
            ("version 1.2.2022.7", "none"),
            ("in 2022 may 300 people", "none"),
            ("31 June 2022", "none"),
            ("16 May 2031", "none"),
            ("16 May 1822", "none"),
            ("10 May, 14:42", "2023-05-10 14:42"),
            ("on 10 May he said nothing of it to anyone", "none"),
        ],
    );
    all("US", "en", &[("04/03/2022", "2022-04-03"), ("4/3/2022 5:01 PM EST", "2022-04-03 17:01-05:00")]);
}

#[test]
fn other_languages() {
    all(
        "",
        "",
        &[
            ("16 мая 2022, 14:42", "2022-05-16 14:42"),
            ("14:42, 16 мая 2022 г.", "2022-05-16 14:42"),
            ("16 мая 2022 года в 14:42 МСК", "2022-05-16 14:42+03:00"),
            ("16 траўня 2022", "2022-05-16"),
            ("16 травня 2022, 14:42", "2022-05-16 14:42"),
            ("16.05.2022 14:42", "2022-05-16 14:42"),
            ("16. Mai 2022 um 14.42 Uhr", "2022-05-16 14:42"),
            ("Publié le 16 mai 2022 à 14h42", "2022-05-16 14:42"),
            ("le 1er août 2021 à 9 h 05", "2021-08-01 09:05"),
            ("16 de mayo de 2022 a las 14:42", "2022-05-16 14:42"),
            ("16 maggio 2022 alle ore 14:42", "2022-05-16 14:42"),
            ("16 de maio de 2022 às 14h42", "2022-05-16 14:42"),
            ("16 maja 2022, godz. 14:42", "2022-05-16 14:42"),
            ("16. května 2022 14:42", "2022-05-16 14:42"),
            ("2022. május 16., hétfő 14:42", "2022-05-16 14:42"),
            ("2022 m. gegužės 16 d. 14:42", "2022-05-16 14:42"),
            ("2022. gada 16. maijs, 14:42", "2022-05-16 14:42"),
            ("16. toukokuuta 2022 klo 14.42", "2022-05-16 14:42"),
            ("16 maj 2022 kl. 14.42", "2022-05-16 14:42"),
            ("16 Mayıs 2022 Pazartesi 14:42", "2022-05-16 14:42"),
            ("16 Μαΐου 2022, 14:42", "2022-05-16 14:42"),
            ("16 במאי 2022", "2022-05-16"),
            ("16 مايو 2022", "2022-05-16"),
            ("١٦ أيار ٢٠٢٢", "2022-05-16"),
            ("16 كانون الأول 2022", "2022-12-16"),
            ("۲۶ اردیبهشت ۱۴۰۱ ۱۴:۴۲", "2022-05-16 14:42"),
            ("۱۴۰۱/۰۲/۲۶", "2022-05-16"),
            ("१६ मई २०२२", "2022-05-16"),
            ("16 พฤษภาคม 2565 14:42", "2022-05-16 14:42"),
            ("2022年5月16日 14:42", "2022-05-16 14:42"),
            ("2022年5月16日(月) 14時42分", "2022-05-16 14:42"),
            ("令和4年5月16日", "2022-05-16"),
            ("2022年05月16日下午2:42", "2022-05-16 14:42"),
            ("2022. 5. 16. 14:42", "2022-05-16 14:42"),
            ("2022.05.16. 오후 2:42", "2022-05-16 14:42"),
            ("2022년 5월 16일", "2022-05-16"),
            ("16 tháng 5, 2022 14:42", "2022-05-16 14:42"),
            ("16 Mei 2022 14:42 WIB", "2022-05-16 14:42+07:00"),
            ("16 maí 2022", "2022-05-16"),
            ("2022ko maiatzaren 16an", "2022-05-16"),
        ],
    );
}

#[test]
fn shared_names_by_language() {
    all("", "hr", &[("16. listopada 2022", "2022-10-16")]);
    all("", "pl", &[("16 listopada 2022", "2022-11-16")]);
    all("", "cs", &[("16. srpna 2022", "2022-08-16")]);
}

#[test]
fn relative_to_the_fetch() {
    all(
        "BY",
        "",
        &[
            ("20 minutes ago", "2024-04-24 11:40+03:00"),
            ("2 hours ago", "2024-04-24"),
            ("il y a 3 jours", "2024-04-21"),
            ("vor 2 Wochen", "2024-04-10"),
            ("15 минут назад", "2024-04-24 11:45+03:00"),
            ("hace 2 días", "2024-04-22"),
            ("13小时前", "2024-04-23"),
            ("3시간 전", "2024-04-24"),
            ("vor 1 Monat", "2024-03"),
            ("Сегодня, 10:15", "2024-04-24 10:15"),
            ("yesterday at 10:15", "2024-04-23 10:15"),
            ("Hoy", "2024-04-24"),
            ("Today in history", "none"),
            ("two hours", "none"),
            ("2 hours", "none"),
        ],
    );
    let timeless = DateContext::default();
    for text in ["2 hours ago", "today, 10:15", "16 May, 14:42"] {
        assert_eq!(find_date(text, &timeless), None);
    }
}

#[test]
fn zone_of_the_publisher() {
    let context = DateContext { time_zone: Some("Europe/Minsk".into()), ..context("", "en") };
    let time = publication_time(&find_date("16 May 2022, 14:42", &context).unwrap(), TimeSource::Visible, &context).unwrap();
    assert_eq!(time.value, "2022-05-16T11:42:00Z");
    assert_eq!((time.precision, time.time_zone_known), (Precision::Minute, true));
    assert_eq!((time.time_zone.as_deref(), time.raw.as_deref()), (Some("Europe/Minsk"), Some("16 May 2022, 14:42")));
    assert_eq!(instant(&time), Millis::parse("2022-05-16T11:42:00Z"));
}

#[test]
fn zone_of_offset_country_or_none() {
    let cases = [
        ("16 May 2022, 14:42 GMT+3", "", "2022-05-16T11:42:00Z", Some("+03:00")),
        ("16 May 2022, 14:42", "FR", "2022-05-16T12:42:00Z", Some("Europe/Paris")),
        ("16 January 2022, 14:42", "FR", "2022-01-16T13:42:00Z", Some("Europe/Paris")),
        ("16 May 2022, 14:42", "US", "2022-05-16T14:42:00Z", None),
        ("16 May 2022", "FR", "2022-05-16", Some("Europe/Paris")),
        ("May 2022", "", "2022-05", None),
    ];
    for (text, country, value, zone) in cases {
        let context = context(country, "en");
        let time = publication_time(&find_date(text, &context).unwrap(), TimeSource::Meta, &context).unwrap();
        assert_eq!((time.value.as_str(), time.time_zone.as_deref()), (value, zone), "{text}");
        assert_eq!(time.time_zone_known, zone.is_some());
    }
    let context = context("FR", "");
    let day = publication_time(&find_date("16 May 2022", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!(instant(&day), Millis::parse("2022-05-15T22:00:00Z"));
}

#[test]
fn local_time_marked_as_utc() {
    let context = DateContext { time_zone: Some("Asia/Tokyo".into()), ..context("", "") };
    let time = publication_time(&find_date("2024-04-24T17:30:00Z", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!(time.value, "2024-04-24T08:30:00Z");
    let time = publication_time(&find_date("2024-04-24T08:30:00Z", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!(time.value, "2024-04-24T08:30:00Z");
}

#[test]
fn nothing_from_the_future() {
    let context = context("", "");
    assert_eq!(read("25 April 2024", &context), "2024-04-25");
    assert_eq!(read("27 April 2024", &context), "none");
    assert_eq!(read("27 April 2024 (posted 20 April 2024)", &context), "2024-04-20");
    let found = find_date("25 April 2024 23:00 -0500", &context).unwrap();
    assert_eq!(publication_time(&found, TimeSource::Meta, &context), None);
}

#[test]
fn years_nearest_to_a_day() {
    let civil = |text: &str| date_at_start(text, &DateContext::default()).unwrap().0;
    assert_eq!(nearest_year(civil("31 Dec"), "2022-01-02").unwrap().to_string(), "2021-12-31");
    assert_eq!(nearest_year(civil("1 января"), "2021-12-31").unwrap().to_string(), "2022-01-01");
    assert_eq!(nearest_year(civil("16 May"), "2022-05-16T11:42:00Z").unwrap().to_string(), "2022-05-16");
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", fetched in any::<Option<i64>>()) {
        let context = DateContext { fetched_at: fetched.map(Millis), ..context("US", "en") };
        if let Some(span) = find_date_span(&text, &context) {
            prop_assert_eq!(&text[span.start..span.end], span.found.raw.as_str());
            let time = publication_time(&span.found, TimeSource::Visible, &context);
            prop_assert!(time.is_none_or(|t| instant(&t).is_some()));
        }
    }

    #[test]
    fn reads_what_is_written(days in 0i32..12_000, minute in 0i8..60, hour in 0i8..24, form in 0usize..5) {
        let date = Date::constant(1991, 1, 1).checked_add(Span::new().days(days)).unwrap();
        let at = date.at(hour, minute, 0, 0);
        let form = ["%d.%m.%Y %H:%M", "%B %d, %Y %I:%M %p", "%Y-%m-%dT%H:%M", "%H:%M, %-d %b %Y", "%Y年%-m月%-d日 %H:%M"][form];
        let found = find_date(&at.strftime(form).to_string(), &DateContext::default()).unwrap();
        prop_assert_eq!((found.date, found.time), (date, Some(at.time())));
    }
}

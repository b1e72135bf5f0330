use super::*;
use proptest::prelude::*;

fn context(country: &str, language: &str) -> DateContext {
    let part = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    DateContext {
        fetched_at: Millis::parse("2023-11-09T09:00:00Z"),
        time_zone: None,
        country: part(country),
        language: part(language),
        ..DateContext::default()
    }
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
            ("2021-05-17T15:38:10Z", "2021-05-17 15:38:10+00:00"),
            ("2021-05-17T15:38:10.123+03:00", "2021-05-17 15:38:10+03:00"),
            ("2021-05-17T15:38:10-0500", "2021-05-17 15:38:10-05:00"),
            ("2021-05-17T15:38:10,5+03", "2021-05-17 15:38:10+03:00"),
            ("2021-05-17T15:38+0530", "2021-05-17 15:38+05:30"),
            ("2021-05-17 15:38:10", "2021-05-17 15:38:10"),
            ("2021-05-17", "2021-05-17"),
            ("20210517", "2021-05-17"),
            ("2021/05/17", "2021-05-17"),
            ("Mon, 17 May 2021 15:38:10 +0300", "2021-05-17 15:38:10+03:00"),
            ("Mon, 17 May 2021 15:38:10 GMT", "2021-05-17 15:38:10+00:00"),
            ("Mon May 17 15:38:10 2021", "2021-05-17 15:38:10"),
            ("Mon May 17 15:38:10 UTC 2021", "2021-05-17 15:38:10+00:00"),
            ("1621255090", "2021-05-17 12:38:10+00:00"),
            ("1621255090000", "2021-05-17 12:38:10+00:00"),
        ],
    );
}

#[test]
fn english_forms() {
    all(
        "GB",
        "en",
        &[
            ("17 May 2021, 15:38", "2021-05-17 15:38"),
            ("May 17, 2021 3:38 p.m.", "2021-05-17 15:38"),
            ("Monday 17th of May 2021 at 3.38pm", "2021-05-17 15:38"),
            ("Published: 12:05 AM, May 17th, 2021", "2021-05-17 00:05"),
            ("Sept. 3, 2021 | 10:15 AM ET", "2021-09-03 10:15-04:00"),
            ("15:38 BST, 17 May 2021", "2021-05-17 15:38+01:00"),
            ("Edition Thursday, 9 November 2023", "2023-11-09"),
            ("17-May-2021 15:38 GMT+3", "2021-05-17 15:38+03:00"),
            ("17 May 21", "2021-05-17"),
            ("17 May 21 people came and went away", "none"),
            ("May 2021", "2021-05"),
            ("17/05/2021", "2021-05-17"),
            ("05/17/2021", "2021-05-17"),
            ("04/03/2021", "2021-03-04"),
            ("May 14-17, 2021", "2021-05-14"),
            ("14-17 May 2021", "2021-05-17"),
            ("no date here at 15:38", "none"),
            ("version 1.2.2021.7", "none"),
            ("in 2021 may 300 people", "none"),
            ("31 June 2021", "none"),
            ("17 May 2031", "none"),
            ("17 May 1822", "none"),
            ("10 May, 15:38", "2023-05-10 15:38"),
            ("on 10 May he said nothing of it to anyone", "none"),
        ],
    );
    all("", "", &[("04/03/2023 7:38:01 PM", "2023-04-03 19:38:01"), ("04/03/2023 19:38", "2023-03-04 19:38")]);
    all("US", "en", &[("04/03/2021", "2021-04-03"), ("4/3/2021 5:01 PM EST", "2021-04-03 17:01-05:00")]);
}

#[test]
fn other_languages() {
    all(
        "",
        "",
        &[
            ("17 мая 2021, 15:38", "2021-05-17 15:38"),
            ("15:38, 17 мая 2021 г.", "2021-05-17 15:38"),
            ("17 мая 2021 года в 15:38 МСК", "2021-05-17 15:38+03:00"),
            ("17 траўня 2021", "2021-05-17"),
            ("17 травня 2021, 15:38", "2021-05-17 15:38"),
            ("17.05.2021 15:38", "2021-05-17 15:38"),
            ("17. Mai 2021 um 15.38 Uhr", "2021-05-17 15:38"),
            ("Publié le 17 mai 2021 à 15h38", "2021-05-17 15:38"),
            ("le 1er août 2021 à 9 h 05", "2021-08-01 09:05"),
            ("17 de mayo de 2021 a las 15:38", "2021-05-17 15:38"),
            ("17 maggio 2021 alle ore 15:38", "2021-05-17 15:38"),
            ("17 de maio de 2021 às 15h38", "2021-05-17 15:38"),
            ("17 maja 2021, godz. 15:38", "2021-05-17 15:38"),
            ("17. května 2021 15:38", "2021-05-17 15:38"),
            ("2021. május 17., hétfő 15:38", "2021-05-17 15:38"),
            ("2021 m. gegužės 17 d. 15:38", "2021-05-17 15:38"),
            ("2021. gada 17. maijs, 15:38", "2021-05-17 15:38"),
            ("17. toukokuuta 2021 klo 15.38", "2021-05-17 15:38"),
            ("17 maj 2021 kl. 15.38", "2021-05-17 15:38"),
            ("17 Mayıs 2021 Pazartesi 15:38", "2021-05-17 15:38"),
            ("17 Μαΐου 2021, 15:38", "2021-05-17 15:38"),
            ("17 במאי 2021", "2021-05-17"),
            ("17 مايو 2021", "2021-05-17"),
            ("١٧ أيار ٢٠٢١", "2021-05-17"),
            ("17 كانون الأول 2021", "2021-12-17"),
            ("۲۷ اردیبهشت ۱۴۰۰ ۱۵:۳۸", "2021-05-17 15:38"),
            ("۱۴۰۰/۰۲/۲۷", "2021-05-17"),
            ("१७ मई २०२१", "2021-05-17"),
            ("17 พฤษภาคม 2564 15:38", "2021-05-17 15:38"),
            ("2021年5月17日 15:38", "2021-05-17 15:38"),
            ("2021年5月17日(月) 15時38分", "2021-05-17 15:38"),
            ("令和3年5月17日", "2021-05-17"),
            ("2021年05月17日下午3:38", "2021-05-17 15:38"),
            ("2021. 5. 17. 15:38", "2021-05-17 15:38"),
            ("2021.05.17. 오후 3:38", "2021-05-17 15:38"),
            ("2021년 5월 17일", "2021-05-17"),
            ("17 tháng 5, 2021 15:38", "2021-05-17 15:38"),
            ("17 Mei 2021 15:38 WIB", "2021-05-17 15:38+07:00"),
            ("17 maí 2021", "2021-05-17"),
            ("2021ko maiatzaren 17an", "2021-05-17"),
        ],
    );
}

#[test]
fn shared_names_by_language() {
    all("", "hr", &[("17. listopada 2021", "2021-10-17")]);
    all("", "pl", &[("17 listopada 2021", "2021-11-17")]);
    all("", "cs", &[("17. srpna 2021", "2021-08-17")]);
}

#[test]
fn relative_to_the_fetch() {
    all(
        "BY",
        "",
        &[
            ("20 minutes ago", "2023-11-09 11:40+03:00"),
            ("2 hours ago", "2023-11-09"),
            ("il y a 3 jours", "2023-11-06"),
            ("vor 2 Wochen", "2023-10-26"),
            ("15 минут назад", "2023-11-09 11:45+03:00"),
            ("hace 2 días", "2023-11-07"),
            ("13小时前", "2023-11-08"),
            ("3시간 전", "2023-11-09"),
            ("vor 1 Monat", "2023-10"),
            ("Сегодня, 10:15", "2023-11-09 10:15"),
            ("yesterday at 10:15", "2023-11-08 10:15"),
            ("Hoy", "2023-11-09"),
            ("Today in history", "none"),
            ("Published 3 weeks ago on October 17, 2022 by the desk", "2022-10-17"),
            ("two hours", "none"),
            ("2 hours", "none"),
        ],
    );
    let timeless = DateContext::default();
    for text in ["2 hours ago", "today, 10:15", "17 May, 15:38"] {
        assert_eq!(find_date(text, &timeless), None);
    }
}

#[test]
fn zone_of_the_publisher() {
    let context = DateContext { time_zone: Some("Europe/Minsk".into()), ..context("", "en") };
    let time = publication_time(&find_date("17 May 2021, 15:38", &context).unwrap(), TimeSource::Visible, &context).unwrap();
    assert_eq!(time.value, "2021-05-17T15:38:00+03:00");
    assert_eq!((time.precision, time.time_zone_known), (Precision::Minute, true));
    assert_eq!((time.time_zone.as_deref(), time.raw.as_deref()), (Some("Europe/Minsk"), Some("17 May 2021, 15:38")));
    assert_eq!(Some(time.at), Millis::parse("2021-05-17T12:38:00Z"));
}

#[test]
fn zone_of_offset_country_or_none() {
    let cases = [
        ("17 May 2021, 15:38 GMT+3", "", "2021-05-17T15:38:00+03:00", Some("+03:00")),
        ("17 May 2021, 15:38", "FR", "2021-05-17T15:38:00+02:00", Some("Europe/Paris")),
        ("17 January 2021, 15:38", "FR", "2021-01-17T15:38:00+01:00", Some("Europe/Paris")),
        ("17 May 2021, 15:38", "US", "2021-05-17T15:38:00", None),
        ("17 May 2021", "FR", "2021-05-17", Some("Europe/Paris")),
        ("May 2021", "", "2021-05", None),
    ];
    for (text, country, value, zone) in cases {
        let context = context(country, "en");
        let time = publication_time(&find_date(text, &context).unwrap(), TimeSource::Meta, &context).unwrap();
        assert_eq!((time.value.as_str(), time.time_zone.as_deref()), (value, zone), "{text}");
        assert_eq!(time.time_zone_known, zone.is_some());
    }
    let context = context("FR", "");
    let day = publication_time(&find_date("17 May 2021", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!(Some(day.at), Millis::parse("2021-05-16T22:00:00Z"));
}

#[test]
fn local_time_marked_as_utc() {
    let context = DateContext { time_zone: Some("Asia/Tokyo".into()), ..context("", "") };
    let time = publication_time(&find_date("2023-11-09T17:30:00Z", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!((time.value.as_str(), Some(time.at)), ("2023-11-09T17:30:00+09:00", Millis::parse("2023-11-09T08:30:00Z")));
    let time = publication_time(&find_date("2023-11-09T08:30:00Z", &context).unwrap(), TimeSource::Meta, &context).unwrap();
    assert_eq!((time.value.as_str(), Some(time.at)), ("2023-11-09T17:30:00+09:00", Millis::parse("2023-11-09T08:30:00Z")));
}

/// Systems that keep all times in UTC say nothing of the day on which readers saw the page: the publisher's zone does.
#[test]
fn utc_is_told_in_the_publishers_day() {
    let context = DateContext { time_zone: Some("Europe/Minsk".into()), ..context("", "") };
    let of = |text: &str| publication_time(&find_date(text, &context).unwrap(), TimeSource::Meta, &context).unwrap();
    let time = of("2021-05-16T23:30:00Z");
    assert_eq!((time.value.as_str(), time.time_zone.as_deref()), ("2021-05-17T02:30:00+03:00", Some("Europe/Minsk")));
    assert_eq!(Some(time.at), Millis::parse("2021-05-16T23:30:00Z"));
    assert_eq!(of("2021-05-16T23:30:00+01:00").value, "2021-05-16T23:30:00+01:00", "an offset of its own stands");
    let day = of("2021-05-16T21:00:00Z");
    assert_eq!((day.value.as_str(), day.precision, Some(day.at)), ("2021-05-17", Precision::Day, Millis::parse("2021-05-16T21:00:00Z")));
}

#[test]
fn a_month_begins_with_its_first_day() {
    let context = context("FR", "fr");
    let month = publication_time(&find_date("mai 2021", &context).unwrap(), TimeSource::Visible, &context).unwrap();
    assert_eq!((month.value.as_str(), Some(month.at)), ("2021-05", Millis::parse("2021-04-30T22:00:00Z")));
}

#[test]
fn nothing_from_the_future() {
    let context = context("", "");
    assert_eq!(read("10 November 2023", &context), "2023-11-10");
    assert_eq!(read("12 November 2023", &context), "none");
    assert_eq!(read("12 November 2023 (posted 5 November 2023)", &context), "2023-11-05");
    let found = find_date("10 November 2023 23:00 -0500", &context).unwrap();
    assert_eq!(publication_time(&found, TimeSource::Meta, &context), None);
}

#[test]
fn years_nearest_to_a_day() {
    let civil = |text: &str| date_at_start(text, &DateContext::default()).unwrap().0;
    assert_eq!(nearest_year(civil("31 Dec"), "2022-01-02").unwrap().to_string(), "2021-12-31");
    assert_eq!(nearest_year(civil("1 января"), "2021-12-31").unwrap().to_string(), "2022-01-01");
    assert_eq!(nearest_year(civil("17 May"), "2021-05-17T12:38:00Z").unwrap().to_string(), "2021-05-17");
}

#[test]
fn the_first_moment_of_a_day_is_the_day() {
    let berlin = DateContext { time_zone: Some("Europe/Berlin".into()), ..context("", "") };
    for (text, expected) in [
        ("2022-02-11T00:00:00+01:00", "2022-02-11"),
        ("2021-12-07T23:00Z", "2021-12-08"),
        ("2022-02-11 00:00:00", "2022-02-11"),
        ("2022-02-11T00:00:01+01:00", "2022-02-11T00:00:01+01:00"),
    ] {
        let time = publication_time(&find_date(text, &berlin).unwrap(), TimeSource::Meta, &berlin).unwrap();
        assert_eq!((time.value.as_str(), time.precision == Precision::Day), (expected, expected.len() == 10), "{text}");
    }
    let anywhere = context("", "");
    let time = publication_time(&find_date("2022-02-11T00:00:00+03:00", &anywhere).unwrap(), TimeSource::Meta, &anywhere).unwrap();
    assert_eq!((time.value.as_str(), Some(time.at)), ("2022-02-11", Millis::parse("2022-02-10T21:00:00Z")));
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", fetched in any::<Option<i64>>()) {
        let context = DateContext { fetched_at: fetched.map(Millis), ..context("US", "en") };
        if let Some(span) = find_date_span(&text, &context) {
            prop_assert_eq!(&text[span.start..span.end], span.found.raw.as_str());
            let time = publication_time(&span.found, TimeSource::Visible, &context);
            let is_exact = |t: &PublicationTime| matches!(t.precision, Precision::Second | Precision::Minute) && t.time_zone_known;
            prop_assert!(time.is_none_or(|t| !is_exact(&t) || Millis::parse(&t.value) == Some(t.at)));
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

#[test]
fn a_preposition_is_no_half_of_a_day_and_a_short_date_has_a_short_year() {
    all("DE", "de", &[("am 23.-26.8.2017", "2017-08-26"), ("8.5.12", "2012-05-08"), ("Version 8.5.12", "none"), ("下午3:38, 17 May 2021", "2021-05-17 15:38")]);
}

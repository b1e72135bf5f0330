use super::*;
use crate::article::Millis;
use proptest::prelude::*;

fn context() -> DateContext {
    DateContext { fetched_at: Millis::parse("2022-06-01T00:00:00Z"), ..DateContext::default() }
}

/// place | date | agency | raw | the text after it
fn read(text: &str) -> String {
    let Some(found) = find_dateline(text, Some("2022-05-17"), &context()) else { return "none".into() };
    let d = found.dateline;
    let part = |p: Option<String>| p.unwrap_or_default();
    format!("{}|{}|{}|{}|{}", part(d.place), part(d.date), part(d.agency), d.raw, &text[found.bytes..])
}

fn all(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases.iter().map(|(text, expected)| (*text, read(text), *expected)).filter(|(_, found, expected)| found != expected).collect();
    assert!(wrong.is_empty(), "text, found, expected: {wrong:#?}");
}

#[test]
fn habits_of_many_languages() {
    all(&[
        ("VILNIUS, 17 May (BNS) – Ministers met.", "Vilnius|2022-05-17|BNS|VILNIUS, 17 May (BNS)|Ministers met."),
        ("İZMİR (AA) - Vapurlar durdu.", "İzmir||Anadolu|İZMİR (AA)|Vapurlar durdu."),
        ("DİYARBAKIR (AA) - Vapurlar durdu.", "Diyarbakır||Anadolu|DİYARBAKIR (AA)|Vapurlar durdu."),
        ("PARIS (AP) — Trains stopped.", "Paris||Associated Press|PARIS (AP)|Trains stopped."),
        ("LONDON, May 15 (Reuters) - Shares fell.", "London|2022-05-15|Reuters|LONDON, May 15 (Reuters)|Shares fell."),
        (
            "МУРМАНСК, 4 мар - РИА Новости, Анна Котова. Снег растаял.",
            "Мурманск|2022-03-04|RIA Novosti|МУРМАНСК, 4 мар - РИА Новости, Анна Котова|Снег растаял.",
        ),
        (
            "МУРМАНСК, 4 мар - РИА Новости, Анна Котова, Пётр Лисин. Снег растаял.",
            "Мурманск|2022-03-04|RIA Novosti|МУРМАНСК, 4 мар - РИА Новости, Анна Котова, Пётр Лисин|Снег растаял.",
        ),
        ("МОСКВА, 17 мая - РИА Новости. Снег растаял.", "Москва|2022-05-17|RIA Novosti|МОСКВА, 17 мая - РИА Новости|Снег растаял."),
        ("ТУЛА, 17 мая. /ТАСС/. Завод открыт.", "Тула|2022-05-17|TASS|ТУЛА, 17 мая. /ТАСС/|Завод открыт."),
        ("BERLIN (dpa) - Der Zug hielt.", "Berlin||dpa|BERLIN (dpa)|Der Zug hielt."),
        ("Köln (dpa) Der Dom bleibt.", "Köln||dpa|Köln (dpa)|Der Dom bleibt."),
        ("Frankfurt/Main (dpa) - Der Dax stieg.", "Frankfurt/Main||dpa|Frankfurt/Main (dpa)|Der Dax stieg."),
        ("MADRID, 17 May. (EUROPA PRESS) - El tren paró.", "Madrid|2022-05-17|Europa Press|MADRID, 17 May. (EUROPA PRESS)|El tren paró."),
        ("ROMA (ANSA) - Il treno.", "Roma||ANSA|ROMA (ANSA)|Il treno."),
        ("ROMA, 17 MAG - Il treno.", "Roma|2022-05-17||ROMA, 17 MAG|Il treno."),
        ("(ANSA) - ROMA, 17 MAG - Il treno.", "Roma|2022-05-17|ANSA|(ANSA) - ROMA, 17 MAG|Il treno."),
        ("PARIS, 17 mai (AFP) - Le train.", "Paris|2022-05-17|AFP|PARIS, 17 mai (AFP)|Le train."),
        ("WARSZAWA (PAP) Pociąg.", "Warszawa||PAP|WARSZAWA (PAP)|Pociąg."),
        ("RIO DE JANEIRO – O trem.", "Rio de Janeiro|||RIO DE JANEIRO|O trem."),
        ("Kyiv, Ukraine – The train left.", "Kyiv, Ukraine|||Kyiv, Ukraine|The train left."),
        ("WASHINGTON — The train left.", "Washington|||WASHINGTON|The train left."),
        ("ALBANY, N.Y. (AP) — The train left.", "Albany, N.Y.||Associated Press|ALBANY, N.Y. (AP)|The train left."),
        ("ST. LOUIS (AP) -- The train left.", "St. Louis||Associated Press|ST. LOUIS (AP)|The train left."),
        ("Oslo, 31 December (NTB) – Ice.", "Oslo|2021-12-31|NTB|Oslo, 31 December (NTB)|Ice."),
        ("Washington (CNN) — The train.", "Washington||CNN|Washington (CNN)|The train."),
        ("PITTSBURGH, May 17, 2022 /PRNewswire/ -- A firm.", "Pittsburgh|2022-05-17|PR Newswire|PITTSBURGH, May 17, 2022 /PRNewswire/|A firm."),
        ("БИШКЕК, 17 мая. /Кабар/. Поезд.", "Бишкек|2022-05-17|Kabar|БИШКЕК, 17 мая. /Кабар/|Поезд."),
        ("May 15 (Reuters) - Shares fell.", "|2022-05-15|Reuters|May 15 (Reuters)|Shares fell."),
        ("LISBON (May 15, 2022) — Shares fell.", "Lisbon|2022-05-15||LISBON (May 15, 2022)|Shares fell."),
        ("VIENNA/BUDAPEST, May 15 (Reuters) - Shares fell.", "Vienna/Budapest|2022-05-15|Reuters|VIENNA/BUDAPEST, May 15 (Reuters)|Shares fell."),
        ("MEXICO CITY (AP) — Shares fell.", "Mexico City||Associated Press|MEXICO CITY (AP)|Shares fell."),
        ("FARGO, N.D. – Shares fell on Monday for the third day.", "Fargo, N.D.|||FARGO, N.D.|Shares fell on Monday for the third day."),
        ("VIENNA/THE HAGUE, May 15 (Reuters) - Shares fell.", "Vienna/The Hague|2022-05-15|Reuters|VIENNA/THE HAGUE, May 15 (Reuters)|Shares fell."),
        ("HILO, Hawaii (IslandNews) - Shares fell.", "Hilo, Hawaii||IslandNews|HILO, Hawaii (IslandNews)|Shares fell."),
        ("Paris, le 16 mai 2022 (AFP) — Le train part.", "Paris|2022-05-16|AFP|Paris, le 16 mai 2022 (AFP)|Le train part."),
        ("Roma, 16 mag. (askanews) - Il treno.", "Roma|2022-05-16|askanews|Roma, 16 mag. (askanews)|Il treno."),
        ("Київ. 16 травня. УКРІНФОРМ. Потяг прибув.", "Київ|2022-05-16|Ukrinform|Київ. 16 травня. УКРІНФОРМ|Потяг прибув."),
        ("ГОМЕЛЬ, 17 мая /Корр. БЕЛТА/. Поезд.", "Гомель|2022-05-17|BelTA|ГОМЕЛЬ, 17 мая /Корр. БЕЛТА/|Поезд."),
        ("लखनऊ, 16 मई (भाषा)। पुल खुला।", "लखनऊ|2022-05-16|PTI|लखनऊ, 16 मई (भाषा)|पुल खुला।"),
        ("नयी दिल्ली, 16 मई (भाषा) पुल खुला।", "नयी दिल्ली|2022-05-16|PTI|नयी दिल्ली, 16 मई (भाषा)|पुल खुला।"),
        ("القاهرة - 16 مايو (أ ف ب) - وصل القطار", "القاهرة|2022-05-16|AFP|القاهرة - 16 مايو (أ ف ب)|وصل القطار"),
        ("القاهرة في 16 مايو /قنا/ وصل القطار", "القاهرة|2022-05-16|QNA|القاهرة في 16 مايو /قنا/|وصل القطار"),
        ("BUCUREŞTI (Agerpres) - Trenul.", "Bucureşti||Agerpres|BUCUREŞTI (Agerpres)|Trenul."),
        ("القاهرة (رويترز) - وصل القطار", "القاهرة||Reuters|القاهرة (رويترز)|وصل القطار"),
    ]);
}

#[test]
fn habits_of_east_asia() {
    all(&[
        ("新华社上海5月17日电 列车开通。", "上海|2022-05-17|Xinhua|新华社上海5月17日电|列车开通。"),
        ("（新华社上海5月17日电）列车开通。", "上海|2022-05-17|Xinhua|（新华社上海5月17日电）|列车开通。"),
        ("中新网上海5月17日电（记者 张三）列车开通。", "上海|2022-05-17|China News Service|中新网上海5月17日电|列车开通。"),
        ("本报上海5月17日讯 列车开通。", "上海|2022-05-17||本报上海5月17日讯|列车开通。"),
        ("上海5月17日电 列车开通。", "上海|2022-05-17||上海5月17日电|列车开通。"),
        ("（中央社記者王小明台北15日電）列車開通。", "台北|2022-05-15|Central News Agency|（中央社記者王小明台北15日電）|列車開通。"),
        ("【パリ＝共同】列車が出た。", "パリ||Kyodo News|【パリ＝共同】|列車が出た。"),
        ("［東京　１７日　ロイター］ － 列車が出た。", "東京|2022-05-17|Reuters|［東京　１７日　ロイター］|列車が出た。"),
        ("(부산=연합뉴스) 홍길동 기자 = 열차가 출발했다.", "부산||Yonhap|(부산=연합뉴스)|열차가 출발했다."),
        ("[부산=뉴시스] 열차가 출발했다.", "부산||Newsis|[부산=뉴시스]|열차가 출발했다."),
        ("【速報】列車が出た。", "none"),
        ("上海5月17日的天气很好。", "none"),
        ("（写真＝共同）列車が出た。", "none"),
    ]);
}

#[test]
fn ordinary_sentences_stay() {
    for text in [
        "Moscow is the capital.",
        "Moscow – the largest city of Europe – has many trains.",
        "Москва — столица России.",
        "Paris (France) is a city.",
        "London, on 17 May, saw rain.",
        "Berlin – eine große Stadt.",
        "NATO said so.",
        "Reuters reported on Monday that it rained.",
        "AP courses are popular with students.",
        "The European Union (EU) – a union of states – agreed.",
        "Microsoft - The company that makes it - said no.",
        "Monday, 17 May 2022",
        "NEW YORK — ",
        "ACME – Red",
        "GATEWAY --> ROUTER One two three four five six seven",
        "May 17 – The train left.",
        "Google (Alphabet) said it would.",
        "",
        "—",
        "(",
    ] {
        assert_eq!(read(text), "none", "{text}");
    }
}

#[test]
fn year_of_the_dateline() {
    let found = |published| find_dateline("OSLO, 31 Dec (NTB) - Ice.", published, &context()).unwrap().dateline.date;
    assert_eq!(found(Some("2022-01-01")).as_deref(), Some("2021-12-31"));
    assert_eq!(found(Some("2021-12-31")).as_deref(), Some("2021-12-31"));
    assert_eq!(found(None).as_deref(), Some("2021-12-31"));
    let timeless = find_dateline("OSLO, 31 Dec (NTB) - Ice.", None, &DateContext::default()).unwrap();
    assert_eq!(timeless.dateline.date, None);
    // Never after the fetch, though that may be the nearer day.
    let fetched = DateContext { fetched_at: crate::article::Millis::parse("2022-12-20T00:00:00Z"), ..DateContext::default() };
    assert_eq!(find_dateline("OSLO, 31 Dec (NTB) - Ice.", None, &fetched).unwrap().dateline.date.as_deref(), Some("2021-12-31"));
}

#[test]
fn credits() {
    let credits = |dateline: Option<&Dateline>, byline, paragraphs: &[&str]| -> Vec<String> {
        find_credits(dateline, byline, paragraphs).into_iter().map(|c| format!("{}:{}", c.agency, c.evidence)).collect()
    };
    let dateline = Dateline { agency: Some("BNS".into()), ..Dateline::default() };
    assert_eq!(credits(Some(&dateline), Some("By A. Writer, AFP"), &["Text.", "More. (BNS)"]), ["BNS:dateline", "AFP:byline"]);
    assert_eq!(credits(None, None, &["Text of a story. (Reuters)"]), ["Reuters:credit_line"]);
    assert_eq!(credits(None, None, &["Снег. /ТАСС/."]), ["TASS:credit_line"]);
    assert_eq!(credits(None, None, &["Text.", "Reporting by A. Writer in Oslo; editing by B. Editor for Reuters"]), ["Reuters:credit_line"]);
    assert_eq!(credits(None, None, &["Text.", "© 2022 AFP"]), ["AFP:copyright"]);
    assert_eq!(credits(None, None, &["Text.", "Quelle: dpa/AFP"]), ["dpa:credit_line", "AFP:credit_line"]);
    assert!(credits(None, Some("By Ann Apple"), &["He told Reuters that it rained.", "It rained (a lot)."]).is_empty());
}

proptest! {
    #[test]
    fn never_panics(text in "[A-ZА-Я]{0,8}[ ,./()\\-–—=]{0,3}\\PC{0,40}") {
        if let Some(found) = find_dateline(&text, Some("2022-05-17"), &context()) {
            prop_assert!(text.is_char_boundary(found.bytes) && found.bytes < text.len());
            prop_assert!(text.trim_start().starts_with(&found.dateline.raw));
        }
        let _ = find_credits(None, Some(&text), &[&text]);
    }
}

//! Records to articles and refusals, end to end.

use serde_json::json;

use super::*;
use crate::article::parsed::{Extractor, ParagraphKind};
use crate::article::{ArticleId, DeadLetterCode, Origin, Stage, Warning};

fn record(value: impl ToString) -> RawArticle {
    let origin = Origin { topic: "news.raw".into(), partition: 0, offset: 7 };
    RawArticle { origin, timestamp: 1_780_000_000_000, key: None, value: Some(value.to_string().into_bytes()), headers: Vec::new() }
}

fn parse(value: &serde_json::Value) -> Result<Parsed, Refusal> {
    Parser::new(ParseSettings::default()).unwrap().parse(&record(value))
}

fn article(value: &serde_json::Value) -> ParsedArticle {
    match parse(value) {
        Ok(Parsed::Article(article)) => *article,
        other => panic!("no article: {other:?}"),
    }
}

const PAGE: &str = "<html lang=de><head><title>Stadt baut zweite Brücke – Beispiel</title><link rel=canonical href='https://www.example.com/region/bruecke'></head><body><h1>Stadt baut zweite Brücke</h1>
<p>Der Rat der alten Stadt am Fluss hat am Dienstag beschlossen, eine zweite Brücke zu bauen, nach vier Jahren Streit über die Kosten.</p>
<h2>Wer bezahlt</h2><p>Die Arbeiten beginnen im Frühjahr und dauern zwei Jahre, sagte die Bürgermeisterin bei der Sitzung im Rathaus.</p></body></html>";

#[test]
fn a_page_becomes_an_article() {
    let url = "https://www.example.com/region/bruecke?utm_source=x";
    let found = article(&json!({"url": url, "html": PAGE, "extra": 1}));
    assert_eq!(found.article_id, ArticleId::of_url("example.com/region/bruecke"));
    assert_eq!(found.source.url_key.as_deref(), Some("example.com/region/bruecke"));
    assert_eq!(found.source.canonical_url.as_deref(), Some("https://www.example.com/region/bruecke"));
    assert_eq!(found.source.url.as_deref(), Some(url));
    assert_eq!(found.source.domain.as_deref(), Some("example.com"));
    assert_eq!(found.content.headline.as_deref(), Some("Stadt baut zweite Brücke"));
    assert_eq!(found.content.language.as_ref().unwrap().declared.as_deref(), Some("de"));
    assert_eq!(found.quality.extractor, Extractor::Generic);
    assert_eq!(found.unknown_keys, 1);
    let kinds: Vec<ParagraphKind> = found.content.paragraphs.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ParagraphKind::Paragraph, ParagraphKind::Subhead, ParagraphKind::Paragraph]);
    let text: Vec<char> = found.content.text.as_deref().unwrap().chars().collect();
    let second = &found.content.paragraphs[1];
    assert_eq!(text[second.start as usize..second.end as usize].iter().collect::<String>(), "Wer bezahlt");
}

#[test]
fn identity_without_a_url_is_the_record() {
    let found = article(&json!({"html": PAGE}));
    assert_eq!(found.source.url_key, None);
    let origin = Origin { topic: "news.raw".into(), partition: 0, offset: 7 };
    assert_eq!(found.article_id, ArticleId::of_origin(&crate::article::Identity::of(&origin, 1_780_000_000_000)));
    // What the page calls its own says where it is from.
    assert_eq!(found.source.domain.as_deref(), Some("example.com"));
    let by_final = article(&json!({"html": PAGE, "final_url": "https://example.com/region/bruecke"}));
    assert_eq!(by_final.article_id, ArticleId::of_url("example.com/region/bruecke"));
}

#[test]
fn a_foreign_canonical_is_not_believed() {
    let found = article(&json!({"html": PAGE, "url": "https://other.example.org/a"}));
    assert_eq!(found.source.canonical_url, None);
    assert_eq!(found.source.domain.as_deref(), Some("example.org"));
}

#[test]
fn withdrawals_keep_the_name_of_their_article() {
    let Ok(Parsed::Withdrawal(found)) = parse(&json!({"withdrawn": true, "url": "https://www.example.com/region/bruecke"})) else { panic!("no withdrawal") };
    assert_eq!(found.article_id, ArticleId::of_url("example.com/region/bruecke"));
}

#[test]
fn refusals_of_the_parse() {
    let deep = format!("<html>{}", "<div>".repeat(600));
    let links: String = (0..40)
        .map(|i| format!("<div class=item><h3><a href=/{i}>Headline number {i} of this long list of news</a></h3><p>Short teaser of it, no. {i}.</p></div>"))
        .collect();
    for (page, code, readable) in [
        (deep.as_str(), DeadLetterCode::TooComplex, false),
        ("<html><body><nav><a href=/>Home</a></nav></body></html>", DeadLetterCode::Empty, false),
        ("<html><script>var x;</script></html>", DeadLetterCode::Empty, false),
        (
            &format!(
                "<html><body>{links}<p>Thirty words of nothing in particular that stand at the end of this list, so that it is not empty.</p></body></html>"
            ),
            DeadLetterCode::NotAnArticle,
            true,
        ),
    ] {
        let refusal = parse(&json!({"url": "https://www.example.com/", "html": page})).expect_err("must be refused");
        assert_eq!(refusal.dead_letter.code, code, "{}", &page[..60.min(page.len())]);
        assert_eq!(refusal.dead_letter.stage, Stage::Parse);
        assert_eq!(refusal.article.is_some(), readable);
    }
}

#[test]
fn warnings_of_all_stages_meet() {
    let page = PAGE.replace("</head>", "<script type='application/ld+json'>{ broken</script></head>");
    let found = article(&json!({"html": page, "url": "mailto:x@example.com", "publisher": {"country": "Atlantis"}, "fetched_at": "2040-01-01T00:00:00Z"}));
    assert_eq!(found.quality.warnings, [Warning::BrokenJsonLd, Warning::FetchedAtInFuture, Warning::BadUrl, Warning::BadPublisher]);
}

#[test]
fn the_same_record_gives_the_same_article() {
    let value = json!({"html": PAGE, "url": "https://example.com/a"});
    assert_eq!(format!("{:?}", article(&value)), format!("{:?}", article(&value)));
}

#[test]
fn a_dateline_with_its_year_dates_a_page_that_nothing_else_dates() {
    let text = "Nobody knows yet what the bridge will cost, and nobody in the town hall wants to say so before the vote. ".repeat(3);
    let page = |place: &str| {
        format!(
            "<html lang=en><body><h1>Town to build a second bridge</h1><p>{place} The council of the old town voted for it. {text}</p><p>{text}</p></body></html>"
        )
    };
    let dated = article(&json!({"html": page("OSLO, 7 June 2021 —"), "fetched_at": "2022-01-01T00:00:00Z"}));
    let published = dated.content.published.expect("the dateline has a year");
    assert_eq!((published.value.as_str(), published.source), ("2021-06-07", crate::article::parsed::TimeSource::Dateline));
    let undated = article(&json!({"html": page("OSLO, 7 June —"), "fetched_at": "2022-01-01T00:00:00Z"}));
    assert_eq!(undated.content.published, None);
}

#[test]
fn a_record_without_a_timestamp_is_received_now() {
    let published = |time: &str, timestamp: i64| {
        let page = PAGE.replace("<head>", &format!("<head><meta property='article:published_time' content='{time}'>"));
        let raw = RawArticle { timestamp, ..record(json!({"html": page, "fetched_at": "2026-06-01T00:00:00Z"})) };
        let now = Millis::parse("2026-08-01T00:00:00Z").unwrap();
        match Parser::new(ParseSettings::default()).unwrap().with_now(now).parse(&raw) {
            Ok(Parsed::Article(article)) => {
                assert_eq!(article.source.fetched_at, Millis::parse("2026-06-01T00:00:00Z"));
                article.content.published.map(|time| time.value)
            }
            other => panic!("no article: {other:?}"),
        }
    };
    assert_eq!(published("2026-07-19T09:45:39Z", -1).as_deref(), Some("2026-07-19T09:45:39Z"));
    assert_eq!(published("2040-07-19T09:45:39Z", -1), None);
    // The record's own time is the bound where it has one.
    assert_eq!(published("2026-07-19T09:45:39Z", 1_780_000_000_000), None);
}

#[test]
fn the_clock_of_a_pages_header_is_not_its_date() {
    let page = "<header><b>Tuesday, March 10, 2026</b> <time>10 March 2026</time></header><h1>Town approves a tram line</h1>\
        <p>The council of the harbour town approved a tram line on Tuesday that will link the old market with the quays by 2029.</p>\
        <p>Mayor Helen Strand said that the first tracks would be laid in autumn, and that the line would pay for itself.</p>";
    let published = |page: &str| article(&json!({"html": page, "fetched_at": "2026-03-10T12:00:00Z"})).content.published.map(|p| p.value);
    assert_eq!(published(page), None);
    let dated = page.replace("</h1>", "</h1><p class=date>March 4, 2026</p>");
    assert_eq!(published(&dated).as_deref(), Some("2026-03-04"));
}

#[test]
fn a_page_that_a_browser_builds_is_read_from_its_data() {
    let text = "<p>The council of the harbour town approved a tram line on Tuesday that will link the old market with the quays by 2029.</p>\
        <p>Mayor Helen Strand said that the first tracks would be laid in autumn, and that the line would pay for itself.</p>";
    let data = json!({"story": {"headline": "Town approves a tram line", "body": text, "teaser": "<p>Read on.</p>"}}).to_string().replace('<', "\\u003c");
    let page = format!("<title>Town approves a tram line</title><body><div id=__next></div><script id=__NEXT_DATA__>{data}</script></body>");
    let article = article(&json!({"html": page}));
    assert_eq!(article.content.headline.as_deref(), Some("Town approves a tram line"));
    assert_eq!(article.content.paragraphs.len(), 2);
    assert!(article.content.text.unwrap().starts_with("The council of the harbour town"));
}

#[test]
fn a_short_item_of_a_simple_page_is_no_list() {
    let menu: String = ["Home", "News", "Sport", "Weather"].map(|name| format!("<li><a href=/{name}>{name}</a></li>")).concat();
    let page = |main: &str| json!({"html": format!("<html><head><title>The Courier</title></head><body><nav><ul>{menu}</ul></nav><main>{main}</main><footer>© 2024 The Courier</footer></body></html>"), "fetched_at": "2024-05-20T00:00:00Z"});
    let item = "<h1>Tödlicher Unfall auf der A7</h1><span class=date>16.05.2024, 08:12 Uhr</span>\
        <div class=text>Bei einem Unfall auf der A7 bei Soltau ist ein Motorradfahrer ums Leben gekommen. (dpa)</div>";
    assert_eq!(article(&page(item)).content.published.map(|p| p.value).as_deref(), Some("2024-05-16T08:12:00"));
    let gallery = "<h1>Spring in the harbour</h1><time datetime=2024-05-16>16 May 2024</time><figure><img src=/1.jpg><figcaption>Fishing boats leave the \
        harbour at dawn.</figcaption></figure><figure><img src=/2.jpg><figcaption>The ferry returns in the evening sun.</figcaption></figure>";
    assert_eq!(article(&page(gallery)).content.paragraphs.len(), 2);
    // A shop's list and cards of other articles have a date too.
    let teaser =
        |i: usize| format!("<div class=teaser><h2><a href=/n{i}>Ferry number {i} is back in service</a></h2><p>The ferry {i} has run again.</p></div>");
    let cards = format!("<p>Thursday, 16 May 2024</p>{}", (0..8).map(teaser).collect::<String>());
    let goods = |i: usize| format!("<div class=product><a href=/p{i}><img src=/{i}.jpg>Blue chair {i}</a><span>€ 4{i}.00</span></div>");
    let shop = format!("<h1>Chairs</h1><p>Offers until 16 May 2024</p>{}", (0..12).map(goods).collect::<String>());
    for list in [cards, shop] {
        let refusal = parse(&page(&list)).expect_err("must be refused");
        assert_eq!(refusal.dead_letter.code, DeadLetterCode::NotAnArticle, "{list}");
    }
}

#[test]
fn an_error_page_is_no_article() {
    let page = "<title>404 Not Found</title><h1>Not Found</h1><p>The requested URL was not found on this server. Please check the address.</p>";
    for value in [
        json!({"html": page}),
        json!({"text": "Example News\n\nPage not found\n\nThe page you are looking for does not exist, or it may have been moved to another address. Please check what you typed, or search for the story.\n\nIf you came here from another page of ours, please tell our readers' desk, and we will mend the link as soon as we can.\n"}),
    ] {
        let refusal = parse(&value).expect_err("must be refused");
        assert_eq!(refusal.dead_letter.code, DeadLetterCode::NotAnArticle, "{value}");
    }
    // A page that says when it was published is an article, whatever its headline.
    let dated = page.replace("<h1>", "<meta property='article:published_time' content='2026-05-16T10:00:00Z'><h1>");
    assert_eq!(article(&json!({"html": dated, "fetched_at": "2026-05-17T10:00:00Z"})).content.headline.as_deref(), Some("Not Found"));
}

#[test]
fn an_explanation_says_what_the_event_says() {
    let explain = |value: &serde_json::Value| Parser::new(ParseSettings::default()).unwrap().explain(&record(value)).1;
    let field = |explained: &Explanation, name: &str| explained.fields.iter().find(|f| f.name == name).unwrap().clone();
    let html = explain(&json!({"url": "https://www.example.com/2026/05/16/bruecke", "html": PAGE}));
    assert_eq!(field(&html, "headline").chosen.as_deref(), Some("Stadt baut zweite Brücke"));
    let headline = field(&html, "headline");
    let agreeing: Vec<_> = headline.candidates.iter().filter(|c| headline.agrees(c)).map(|c| c.source).collect();
    assert_eq!(agreeing, ["h1"]);
    assert_eq!(html.parts.iter().filter(|p| p.kept).count(), 3);
    assert!(html.parts.iter().any(|p| !p.kept && p.why.contains("the headline")));
    // The URL dates both pages; no line does.
    let line = "Der Rat der alten Stadt am Fluss hat am Dienstag beschlossen, eine zweite Brücke zu bauen, nach vier Jahren Streit über die Kosten.";
    let text = explain(
        &json!({"url": "https://www.example.com/2026/05/16/bruecke", "text": format!("Startseite\n\nStadt baut zweite Brücke\n\n{line}\n\n{line} Es geht.\n")}),
    );
    for explained in [&html, &text] {
        let published = field(explained, "published");
        assert_eq!(published.chosen.as_deref(), Some("2026-05-16"));
        assert!(published.candidates.iter().any(|c| published.agrees(c) && c.source == "url"), "{published:?}");
    }
    assert_eq!(explain(&json!({"url": "https://www.example.com/a", "withdrawn": true})), Explanation::default());
}

#[test]
fn a_page_of_more_blocks_than_are_read_is_cut_and_says_so() {
    let many: String = (0..body::html::blocks::MOST + 10).map(|i| format!("<p>Sentence number {i} of this very long page stands here.")).collect();
    let found = article(&json!({"html": format!("<h1>All sentences</h1>{many}")}));
    assert!(found.quality.truncated && found.quality.warnings.contains(&Warning::TextCut));
    assert!(found.content.paragraphs.len() <= body::html::blocks::MOST);
    assert!(!article(&json!({"html": PAGE})).quality.truncated);
}

/// Steps of a page, and its refusal's code, if it has one.
fn steps_of(page: &str, kind: &str) -> (u64, Option<DeadLetterCode>) {
    let raw = RawArticle { headers: vec![("content-type".into(), Some(kind.into()))], ..record(page) };
    let parser = Parser::new(ParseSettings::default()).unwrap();
    let steps = parser.budget();
    let read = parser.parse_within(&raw, &steps);
    (steps.taken(), read.err().map(|refusal| refusal.dead_letter.code))
}

#[test]
fn steps_grow_with_a_page_and_not_with_its_square() {
    let deep = |tag: &str, n: usize| format!("{}{}", tag.repeat(n.min(400)), "<p>The council said on Tuesday that it will be so.</p>".repeat(n));
    type Page = fn(usize) -> String;
    let shapes: [(&str, Page); 8] = [
        ("text/html", |n| format!("<table><tr>{}", "<td>a</td>".repeat(n))),
        ("text/html", |n| format!("<table>{}", "<tr><td>a</b>x</b>y".repeat(n))),
        ("text/html", |n| format!("<h1>A bridge</h1>{}", "<h2><div>".repeat(200) + &"<p>The council said so.</p>".repeat(n))),
        ("text/html", |n| format!("<h1>A bridge</h1>{}", "<a class=author href=/author/jane>Jane Roe</a> ".repeat(n))),
        ("text/html", |n| format!("<h1>A bridge</h1><article>{}", "<embed src=https://v.example/a>".repeat(n))),
        ("text/plain", |n| "12 May 2026\nBy Jane Roe\nThe council said on Tuesday, as before, that it will be so.\n".repeat(n)),
        ("text/plain", |n| "a\n".repeat(n)),
        ("text/html", |n| format!("<script>{}</script>", "\"published\":\"2026-05-16\",".repeat(n))),
    ];
    let nested =
        ["<figure>", "<article>", "<div class=article-body>", "<div class=caption>", "<div hidden>", "<div style='top:0'>", "<x-a>", "<div datetime=2026>"];
    const CONSTANT: u64 = 100_000;
    let check = |name: &str, kind: &str, make: &dyn Fn(usize) -> String| {
        let [(small, refused), (large, _)] = [2000, 4000].map(|n| steps_of(&make(n), kind));
        assert!(small > 0 && refused != Some(DeadLetterCode::TooComplex), "{name}: {refused:?}");
        assert!(large * 2 <= small * 5 + CONSTANT, "{name}: {small} steps, twice as much of it {large}");
    };
    for (at, (kind, make)) in shapes.iter().enumerate() {
        check(&format!("shape {at}"), kind, make);
    }
    for tag in nested {
        check(tag, "text/html", &|n| deep(tag, n));
    }
}

#[test]
fn a_page_beyond_its_steps_is_refused_with_the_limit() {
    let line = |i: usize| format!("The council of ward {i} said on Tuesday, as it had said before, that the bridge will be built.\n");
    let text = "Town to build a second bridge\n12 May 2026\n".to_owned() + &(0..50).map(line).collect::<String>();
    for (kind, page) in [("html", PAGE.to_owned()), ("text", text)] {
        let raw = record(json!({ kind: page }));
        let with = |max_steps: usize| Parser::new(ParseSettings { max_steps, ..ParseSettings::default() }).unwrap();
        let steps = with(1_000_000).budget();
        assert!(with(1_000_000).parse_within(&raw, &steps).is_ok(), "{kind}");
        let enough = usize::try_from(steps.taken()).unwrap() + 1;
        assert!(with(enough).parse(&raw).is_ok(), "{kind}");
        for few in [1, enough / 9, enough / 2, enough - 1] {
            let letter = with(few).parse(&raw).unwrap_err().dead_letter;
            assert_eq!((letter.stage, letter.code), (Stage::Parse, DeadLetterCode::TooComplex), "{kind}, {few} of {enough}");
            assert!(letter.message.contains(&format!("more than {few} steps")), "{}", letter.message);
        }
    }
}

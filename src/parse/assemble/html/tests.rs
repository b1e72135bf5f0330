//! Metadata of whole pages.

use crate::parse::assemble::html::{read as read_within, *};

const TEXT: &str = "<p>The council of the old river town voted on Tuesday to build a second bridge, after four years of debate about its costs.</p>
<p>Work is to begin in spring and to take two years; the <a href='/tram'>tram line</a> comes later, <a href='https://other.example.org/x'>the state</a> says.</p>";

/// Within a budget that no page here needs.
fn read(page: &str, context: &PageContext, settings: &ParseSettings) -> Result<Page, Refusal> {
    read_within(page, context, settings, &Steps::new(settings.max_steps))
}

fn page(head: &str, body: &str) -> Page {
    let text = format!("<html lang=en-gb><head>{head}</head><body><article><h1>Town to build a second bridge</h1>{body}{TEXT}</article></body></html>");
    let context = PageContext { url: Some("https://www.example.com/opinion/2026/bridge"), domain: Some("example.com"), ..PageContext::default() };
    read(&text, &context, &ParseSettings::default()).unwrap()
}

#[test]
fn open_graph_and_meta() {
    let found = page(
        "<title>Town to build a second bridge | The Example</title><meta property='og:site_name' content='The Example'><meta property=og:title content='Second bridge for the town'>
        <meta name=description content='Four years of debate end.'><meta property=article:section content=Region><meta name=news_keywords content='bridge, town, bridge'>
        <meta name=author content='By Jane Roe and John Doe'><meta property=og:image content='/lead.jpg'><meta property='og:image:width' content=1200>
        <link rel=canonical href='/opinion/2026/bridge'><meta name=robots content='max-image-preview:large, noai'><meta property='article:content_tier' content=locked>
        <meta name=copyright content='© 2026 The Example'>",
        "",
    );
    assert_eq!(found.headlines.headline.as_deref(), Some("Town to build a second bridge"));
    assert_eq!(found.headlines.alternatives, ["Second bridge for the town"]);
    assert_eq!(found.description.as_deref(), Some("Four years of debate end."));
    assert_eq!(found.section.as_deref(), Some("Region"));
    assert_eq!(found.tags, ["bridge", "town"]);
    assert_eq!(found.authors.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Jane Roe", "John Doe"]);
    assert_eq!((found.images[0].url.as_str(), found.images[0].width, found.images[0].is_lead), ("https://www.example.com/lead.jpg", Some(1200), true));
    assert_eq!(found.canonical.as_deref(), Some("/opinion/2026/bridge"));
    assert_eq!(found.training_opt_out, Some(true));
    assert_eq!(found.access, Some(Access { free: Some(false), paywall_signal: Some("content_tier:locked".into()) }));
    assert_eq!(found.rights.unwrap().notice.as_deref(), Some("© 2026 The Example"));
    assert_eq!(found.language.as_deref(), Some("en-GB"));
    assert_eq!(found.publisher.as_deref(), Some("The Example"));
    assert_eq!(found.genre, Some(Genre::Opinion));
    let links: Vec<_> = found.links.iter().map(|l| (l.url.as_str(), l.anchor.as_deref().unwrap(), l.internal)).collect();
    assert_eq!(links, [("https://www.example.com/tram", "tram line", true), ("https://other.example.org/x", "the state", false)]);
    assert!(!found.is_list);
}

#[test]
fn json_ld_and_microdata() {
    let found = page(
        r#"<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"Town to build a second bridge","author":[{"@type":"Person","name":"Jane Roe","url":"/jane"}],
        "isAccessibleForFree":true,"image":["/a.jpg"],"video":{"@type":"VideoObject","contentUrl":"https://cdn.example.com/v.mp4"},"copyrightHolder":{"name":"Example Ltd"}}</script>
        <script type="application/ld+json">{"@type":"BreadcrumbList","itemListElement":[{"position":1,"name":"Home"},{"position":2,"name":"Traffic"},{"position":3,"name":"Town to build a second bridge"}]}</script>
        <script type="application/ld+json">{ broken</script>"#,
        "<figure><img src=/a.jpg width=640><figcaption>The river. <span class=credit>Photo: Max Poe</span></figcaption></figure>",
    );
    assert_eq!(found.genre, Some(Genre::LiveBlog));
    assert_eq!(found.section.as_deref(), Some("Traffic"));
    assert_eq!(found.authors.authors[0].name, "Jane Roe");
    assert_eq!(found.access, Some(Access { free: Some(true), paywall_signal: None }));
    assert_eq!(found.videos[0].url, "https://cdn.example.com/v.mp4");
    assert_eq!(found.rights.unwrap().holder.as_deref(), Some("Example Ltd"));
    assert_eq!(found.images.len(), 1);
    assert_eq!(found.images[0].caption.as_deref(), Some("The river."));
    assert_eq!(found.images[0].credit.as_deref(), Some("Photo: Max Poe"));
    assert!(found.broken_json_ld);
    let byline = page("", "<p class=byline itemprop=author><span itemprop=name>Jane Roe</span>, 16 May 2026</p>");
    assert_eq!(byline.authors.authors[0].name, "Jane Roe");
    assert!(byline.authors.byline.unwrap().contains("Jane Roe"));
}

#[test]
fn a_list_of_links_is_told_and_an_article_is_none() {
    let items: String = (0..40)
        .map(|i| format!("<div class=item><h3><a href=/{i}>Headline number {i} of this long list of news</a></h3><p>Short teaser of it.</p></div>"))
        .collect();
    let text = format!("<html><head><title>Latest news</title></head><body>{items}</body></html>");
    assert!(read(&text, &PageContext::default(), &ParseSettings::default()).unwrap().is_list);
    let more =
        format!("{items}<p>The mayor, who had promised the bridge in each of her three campaigns, spoke of a good day for everyone who crosses the river.</p>");
    assert!(!page("", &more).is_list);
}

#[test]
fn language_tags() {
    for (text, tag) in [
        ("EN_us", Some("en-US")),
        ("zh-hans-CN", Some("zh-Hans-CN")),
        ("de", Some("de")),
        ("x", None),
        ("", None),
        ("und", None),
        ("english", None),
        ("pt-BR, pt", Some("pt-BR")),
    ] {
        assert_eq!(crate::parse::metadata::html::language_tag(text).as_deref(), tag, "{text}");
    }
}

fn dated(body: &str) -> Option<String> {
    page("", body).times.published.chosen.map(|time| time.value)
}

#[test]
fn a_date_is_known_by_its_label() {
    for (body, expected) in [
        ("<div class=info><h5>Datum: </h5>05.04.2022</div><div class=date>11.02.2022</div>", Some("2022-04-05")),
        ("<div>Published on <b>May 3, 2022</b></div>", Some("2022-05-03")),
        ("<div>Last updated: 3 May 2022</div>", Some("2022-05-03")),
        ("", None),
    ] {
        assert_eq!(dated(body).as_deref(), expected, "{body}");
    }
    let footer = format!(
        "<p>{}</p><div>Dieser Artikel wurde am 7. Mai 2019 von Jana Müller geschrieben</div>",
        "The river rose again, and the town waited, as it did. ".repeat(8)
    );
    assert_eq!(dated(&footer).as_deref(), Some("2019-05-07"));
}

fn dated_page(head: &str, body: &str, url: &str, received_at: Option<&str>) -> Times {
    use crate::article::Millis;
    use crate::parse::dates::DateContext;
    let text = format!("<html lang=en-gb><head>{head}</head><body><article><h1>Town to build a second bridge</h1>{body}{TEXT}</article></body></html>");
    let dates = DateContext { fetched_at: Millis::parse("2026-06-01T00:00:00Z"), received_at: received_at.and_then(Millis::parse), ..DateContext::default() };
    read(&text, &PageContext { url: Some(url), dates, ..PageContext::default() }, &ParseSettings::default()).unwrap().times
}

#[test]
fn declared_times_may_be_as_late_as_the_reception() {
    let head = |time: &str| format!("<meta property='article:published_time' content='{time}'>");
    let value =
        |head: &str, body: &str| dated_page(head, body, "https://www.example.com/bridge", Some("2026-08-01T00:00:00Z")).published.chosen.map(|p| p.value);
    assert_eq!(value(&head("2026-07-19T09:45:39Z"), "").as_deref(), Some("2026-07-19T09:45:39Z"));
    assert_eq!(value("", "<time datetime='2026-07-19T09:45:39Z'>a while ago</time>").as_deref(), Some("2026-07-19T09:45:39Z"));
    // What readers are shown stays bound by the fetch, and nothing is of a time to come.
    assert_eq!(value("", "<div class=date>19 July 2026</div>"), None);
    assert_eq!(value(&head("2040-01-02T03:04:05Z"), ""), None);
    assert_eq!(dated_page(&head("2026-07-19T09:45:39Z"), "", "https://www.example.com/bridge", None).published.chosen, None);
}

#[test]
fn of_several_declared_days_the_one_that_is_shown() {
    let head = "<meta property='article:published_time' content='2019-02-05T16:07:00Z'><meta name=pubdate content='2023-08-30T10:00:00Z'>";
    let of = |body: &str| dated_page(head, body, "https://www.example.com/bridge", None).published.chosen.unwrap().value;
    assert_eq!(of("<div class=date>30 August 2023</div>"), "2023-08-30T10:00:00Z");
    assert_eq!(of("<div class=date>Updated 30 August 2023</div>"), "2019-02-05T16:07:00Z");
    assert_eq!(of(""), "2019-02-05T16:07:00Z");
}

#[test]
fn the_day_in_the_url_outweighs_other_days_on_the_page() {
    let of = |body: &str| dated_page("", body, "https://www.example.com/2015/01/08/bridge", None).published.chosen.unwrap();
    let time = of("<p>This was first published on October 7, 2008.</p>");
    assert_eq!((time.value.as_str(), time.source), ("2015-01-08", TimeSource::Url));
    assert_eq!(of("<time datetime='2015-01-08T10:07:06Z'>January 8, 2015</time>").value, "2015-01-08T10:07:06Z");
}

#[test]
fn embedded_data_date_a_page_that_shows_nothing() {
    let script = "<script>window.state = {\"publishedAt\":\"2022-01-31T15:58:43Z\"}</script>";
    let found = dated_page("", script, "https://www.example.com/bridge", None);
    assert!(found.embedded && !says_when(&found));
    let time = found.published.chosen.unwrap();
    assert_eq!(time.value, "2022-01-31T15:58:43Z");
    let time = dated_page("", &format!("<div class=date>2 May 2022</div>{script}"), "https://www.example.com/bridge", None).published.chosen.unwrap();
    assert_eq!(time.value, "2022-05-02");
}

/// The value of a page at `https://www.example.com/bridge`, and of one whose text stands in other mark-up.
fn published(head: &str, body: &str) -> Option<String> {
    dated_page(head, body, "https://www.example.com/bridge", None).published.chosen.map(|time| time.value)
}

#[test]
fn a_weak_key_yields_to_a_day_that_is_shown_and_a_strong_one_does_not() {
    let weak = "<meta name=date content='2025-03-09T10:00:00Z'>";
    assert_eq!(published(weak, "<div class=date>4 May 2023</div>").as_deref(), Some("2023-05-04"));
    assert_eq!(published(weak, "<div class=date>9 March 2025</div>").as_deref(), Some("2025-03-09T10:00:00Z"));
    assert_eq!(published(weak, "").as_deref(), Some("2025-03-09T10:00:00Z"));
    let strong = "<meta name=citation_date content='2025-03-09'>";
    assert_eq!(published(strong, "<div class=date>9 May 2025</div>").as_deref(), Some("2025-03-09"));
}

#[test]
fn an_earlier_day_that_the_article_shows_is_that_of_its_first_publication() {
    let head = "<meta property='article:published_time' content='2025-03-09T10:00:00Z'>";
    for (body, expected) in [
        ("<div class=date>4 May 2023</div>", "2023-05-04"),
        ("<div class=date>4 May 2025</div>", "2025-03-09T10:00:00Z"),
        ("<div class=date>4 May</div>", "2025-03-09T10:00:00Z"),
        ("<div class=date>Updated 4 May 2023</div>", "2025-03-09T10:00:00Z"),
        ("<div class=date>Received 4 May 2023</div>", "2025-03-09T10:00:00Z"),
        ("<div class=date>03/09/2025</div>", "2025-03-09T10:00:00Z"),
        ("<blockquote><time>4 May 2023</time></blockquote>", "2025-03-09T10:00:00Z"),
    ] {
        assert_eq!(published(head, body).as_deref(), Some(expected), "{body}");
    }
}

#[test]
fn a_time_without_text_confirms_nothing() {
    let head = "<meta property='article:published_time' content='2022-12-04T10:00:00Z'><meta name=pubdate content='2022-12-09T10:00:00Z'>";
    let body = "<div class=date>4 December 2022</div><time datetime='2022-12-09T08:00:00Z'></time>";
    assert_eq!(published(head, body).as_deref(), Some("2022-12-04T10:00:00Z"));
}

#[test]
fn a_time_in_utc_is_told_in_the_zone_of_the_page() {
    let ld = |time: &str| format!("<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"datePublished\":\"{time}\"}}</script>");
    let early = ld("2023-11-09T02:30:00Z");
    for (body, expected) in [
        ("<time datetime='2023-11-08T21:30:00-05:00'>last night</time>", "2023-11-08T21:30:00-05:00"),
        ("<div class=date>8 November 2023, 6:30 p.m.</div>", "2023-11-08T18:30:00-08:00"),
        ("<div class=date>8 November 2023</div>", "2023-11-08T21:30:00-05:00"),
        ("<div class=date>9 November 2023</div>", "2023-11-09T02:30:00Z"),
        ("", "2023-11-09T02:30:00Z"),
    ] {
        assert_eq!(published(&early, body).as_deref(), Some(expected), "{body}");
    }
    let modified = early.replace("\"datePublished\"", "\"dateModified\":\"2023-11-10T09:00:00-06:00\",\"datePublished\"");
    assert_eq!(published(&modified, "").as_deref(), Some("2023-11-08T20:30:00-06:00"));
}

#[test]
fn dates_of_the_articles_foot_in_pieces_and_before_its_first_words() {
    for (body, expected) in [
        ("<div><span>Apr</span> <span>04</span> <span>2013</span></div>", Some("2013-04-04")),
        ("<div>8.<a href=/2010>Dezember 2010</a> um 09:43</div>", Some("2010-12-08T09:43:00")),
        ("<time datetime='2017-03-01T12:00:00Z'>03/01/2017</time>", Some("2017-03-01T12:00:00Z")),
        ("<div class=date>24 نيسان / أبريل 2020</div>", Some("2020-04-24")),
        ("<p>(12 May 2023) The council met again in the old hall by the river, and talked of the bridge for hours.</p>", Some("2023-05-12")),
        ("<p>On 12 May 2023 the council met again in the old hall by the river, and talked of the bridge for hours.</p>", None),
    ] {
        assert_eq!(published("", body).as_deref(), expected, "{body}");
    }
    let paragraphs = "<p>The river rose again, and the town waited for the council, as it did in all the years before.</p>".repeat(12);
    let page = |foot: &str| {
        let text = format!("<html><body><article><h1>Town to build a second bridge</h1>{paragraphs}{foot}</article><p>End.</p></body></html>");
        read(&text, &PageContext::default(), &ParseSettings::default()).unwrap().times.published.chosen.map(|time| time.value)
    };
    assert_eq!(page("<footer><time>August 12, 2025</time></footer>").as_deref(), Some("2025-08-12"));
    assert_eq!(page("").as_deref(), None);
}

#[test]
fn the_order_of_day_and_month_is_that_of_the_pages_language() {
    let of = |lang: &str| {
        let text =
            format!("<html lang={lang}><body><article><h1>Town to build a second bridge</h1><div class=date>03/04/2025</div>{TEXT}</article></body></html>");
        read(&text, &PageContext::default(), &ParseSettings::default()).unwrap().times.published.chosen.unwrap().value
    };
    assert_eq!((of("en").as_str(), of("fr").as_str()), ("2025-03-04", "2025-04-03"));
}

#[test]
fn the_review_of_a_recipe_is_not_the_page() {
    let ld = r#"<script type=application/ld+json>{"@type":"Recipe","datePublished":"2006-10-10","author":{"@type":"Person","name":"Jane Roe"},
        "reviews":[{"@type":"Review","datePublished":"2020-04-12","author":{"@type":"Person","name":"Max Poe"}}]}</script>"#;
    assert_eq!(published(ld, "").as_deref(), Some("2006-10-10"));
}

#[test]
fn the_headline_that_is_shown_without_its_kicker_is_still_where_dates_stand() {
    let head = "<meta property='og:title' content='The river: Town to build a second bridge'><script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"The river: Town to build a second bridge\"}</script>";
    let links = "<a href=/x>Other news</a>".repeat(30);
    let found = published(head, &format!("<div>4 May 2023</div>{links}"));
    assert_eq!(found.as_deref(), Some("2023-05-04"));
}

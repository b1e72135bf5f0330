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

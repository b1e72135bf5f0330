//! Metadata of whole pages.

use super::*;

const TEXT: &str = "<p>The council of the old river town voted on Tuesday to build a second bridge, after four years of debate about its costs.</p>
<p>Work is to begin in spring and to take two years; the <a href='/tram'>tram line</a> comes later, <a href='https://other.example.org/x'>the state</a> says.</p>";

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
        assert_eq!(language_tag(text).as_deref(), tag, "{text}");
    }
}

fn dated(body: &str) -> Option<String> {
    page("", body).times.published.map(|time| time.value)
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

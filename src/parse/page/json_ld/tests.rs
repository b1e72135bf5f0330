//! JSON-LD as sites write it, and as they break it.

use super::*;

fn of(script: &str) -> JsonLd {
    read(&[script], &["https://example.com/a"])
}

#[test]
fn reads_an_article_in_a_graph() {
    let ld = of(r##"{"@context":"https://schema.org","@graph":[
        {"@type":"Organization","@id":"#org","name":"The Example"},
        {"@type":["WebPage","ItemPage"],"name":"Page"},
        {"@type":"Person","@id":"#jane","name":"Jane Roe","url":"https://example.com/jane"},
        {"@type":"NewsArticle","headline":"A &amp; B","datePublished":"2026-05-16T11:42:00Z","author":[{"@id":"#jane"},"John Doe"],
         "publisher":{"@id":"#org"},"articleSection":["World"],"keywords":"a, b;c","image":{"@type":"ImageObject","url":"/i.jpg","width":"640px","height":480},
         "isAccessibleForFree":"False","inLanguage":"en-GB"},
        {"@type":"BreadcrumbList","itemListElement":[{"position":2,"item":{"name":"World"}},{"position":1,"name":"Home"}]}]}"##);
    assert_eq!(ld.headline.as_deref(), Some("A & B"));
    assert_eq!(ld.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Jane Roe", "John Doe"]);
    assert_eq!(ld.authors[0].url.as_deref(), Some("https://example.com/jane"));
    assert_eq!(ld.publisher.as_ref().unwrap().name, "The Example");
    assert_eq!(ld.keywords, ["a", "b", "c"]);
    assert_eq!((ld.images[0].width, ld.images[0].height), (Some(640), Some(480)));
    assert_eq!(ld.free, Some(false));
    assert_eq!(ld.genre, Some(Genre::News));
    assert_eq!(ld.breadcrumb, ["Home", "World"]);
    assert!(ld.has_article && !ld.broken);
}

#[test]
fn repairs_what_is_broken() {
    for script in [
        "{\"@type\":\"Article\",\"headline\":\"Two\nlines\",}",
        "<!-- {\"@type\":\"Article\",\"headline\":\"Two\tlines\"} -->",
        "//<![CDATA[\n{\"@type\":\"Article\",\"headline\":\"Two lines\"}\n//]]>",
        "{\"@type\":\"Article\",\"headline\":\"Two lines\"};",
        "{\"@type\":\"WebSite\"}\n{\"@type\":\"Article\",\"headline\":\"Two \\lines\"}",
        "[{\"@type\":\"Article\",\"headline\":\"Two lines\",,\"x\":[1,2,]}]",
    ] {
        let ld = of(script);
        assert_eq!(ld.headline.as_deref(), Some("Two lines"), "{script}");
        assert!(!ld.broken);
    }
    assert!(of("{\"@type\":\"Article\",\"headline\":").broken);
    assert!(!of("  ").broken);
}

#[test]
fn the_page_is_not_an_article_of_its_list() {
    let ld = of(
        r#"{"@type":"CollectionPage","mainEntity":{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Other","url":"https://example.com/b"}]}}"#,
    );
    assert!(ld.is_list && !ld.has_article);
}

#[test]
fn deep_json_is_refused_not_followed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(of(&deep).broken);
}

#[test]
fn more_values_than_are_read_are_passed_over_and_told() {
    let article = r#"{"@type":"NewsArticle","headline":"A bridge"}"#;
    let ld = of(&format!("[{article}{}]", ",{\"\":0}".repeat(MAX_VALUES)));
    assert_eq!((ld.headline.as_deref(), ld.broken), (Some("A bridge"), true));
    // The scripts of a page share what there is.
    let half = format!("[0{}]", ",0".repeat(MAX_VALUES / 2));
    assert!(!read(&[&half, article], &[]).broken);
    let ld = read(&[article, &half, &half, article], &[]);
    assert_eq!((ld.headline.as_deref(), ld.broken), (Some("A bridge"), true));
}

#[test]
fn strings_are_cut_where_they_come_in() {
    let long = "The Example ".repeat(100_000);
    let names: Vec<String> = (0..1000).map(|i| format!("Jane Roe {i}")).collect();
    let ld = of(&serde_json::json!({"@type": "NewsArticle", "headline": long, "description": long, "author": [{"name": names}, {"name": names}], "url": long,
        "articleSection": long, "keywords": long, "publisher": {"name": long, "url": long}, "copyrightHolder": {"name": long}, "copyrightNotice": long,
        "datePublished": long, "genre": long, "inLanguage": long, "image": [{"url": "/a.jpg", "caption": long, "creditText": long}, long]})
    .to_string());
    let texts = [&ld.headline, &ld.description, &ld.notice, &ld.images[0].caption, &ld.images[0].credit, &ld.genre_text, &ld.language, &ld.published];
    assert!(texts.into_iter().all(|text| text.as_ref().is_some_and(|text| text.len() <= MAX_TEXT)));
    let publisher = ld.publisher.as_ref().unwrap();
    assert!([&publisher.name, ld.holder.as_ref().unwrap()].into_iter().all(|name| name.len() <= MAX_NAME));
    assert_eq!((&publisher.url, &ld.url, ld.images.len()), (&None, &None, 1));
    assert!(ld.sections[0].len() <= MAX_TEXT && ld.authors.len() <= 2 * MAX_ITEMS);
}

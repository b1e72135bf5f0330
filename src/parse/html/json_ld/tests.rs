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

//! Every site rule gives what it says it gives, on a test page of our own that is built like the publisher's (`tests/sites/DOMAIN.html`).

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeSet;
use std::path::Path;

use copydesk::article::{Origin, ParsedArticle, RawArticle};
use copydesk::config::ParseSettings;
use copydesk::parse::{Parsed, Parser};
use toml::{Table, Value};

/// An article; none where the page is refused.
fn parse(parser: &Parser, domain: &str, page: &[u8]) -> Option<ParsedArticle> {
    let header = |name: &str, value: &str| (name.into(), Some(value.as_bytes().to_vec()));
    let headers = vec![
        header("content-type", "text/html"),
        header("url", &format!("https://www.{domain}/news/2026/a-story")),
        header("fetched-at", "2026-03-06T08:00:00Z"),
    ];
    let origin = Origin { topic: "raw".into(), partition: 0, offset: 0 };
    let raw = RawArticle { origin, timestamp: -1, key: None, value: Some(page.to_vec()), headers };
    match parser.parse(&raw) {
        Ok(Parsed::Article(article)) => Some(*article),
        Ok(Parsed::Withdrawal(_)) => panic!("{domain}: a page is no withdrawal"),
        Err(_) => None,
    }
}

/// A page as it is read with the rules of the binary, or without any.
fn read(site_rules: bool, domain: &str, page: &[u8]) -> Option<ParsedArticle> {
    parse(&Parser::new(ParseSettings { site_rules, ..ParseSettings::default() }).unwrap(), domain, page)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

/// What an article does not give of what is expected of it.
fn misses(expect: &Table, article: &ParsedArticle) -> Vec<String> {
    let content = &article.content;
    let text = content.text.as_deref().unwrap_or_default();
    let (headline, section) = (content.headline.as_deref(), content.section.as_deref());
    let published = content.published.as_ref().map(|t| t.at.to_string());
    let authors: Vec<_> = content.authors.iter().map(|a| a.name.as_str()).collect();
    let missed = |(key, wanted): (&String, &Value)| {
        let (holds, found) = match key.as_str() {
            "headline" => (headline == wanted.as_str(), format!("{headline:?}")),
            "section" => (section == wanted.as_str(), format!("{section:?}")),
            "published" => (published.as_deref() == wanted.as_str(), format!("{published:?}")),
            "authors" => (authors == texts(wanted), format!("{authors:?}")),
            "paragraphs" => (content.paragraphs.len() as i64 == wanted.as_integer().unwrap(), text.to_owned()),
            "first" => (text.starts_with(wanted.as_str().unwrap()), text.to_owned()),
            "last" => (text.ends_with(wanted.as_str().unwrap()), text.to_owned()),
            "without" => (!texts(wanted).iter().any(|part| text.contains(part)), text.to_owned()),
            other => panic!("expect.{other} is unknown"),
        };
        (!holds).then(|| format!("{key}: {wanted} is expected, not {found}"))
    };
    expect.iter().filter_map(missed).collect()
}

#[test]
fn every_rule_does_on_its_page_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut rules, mut countries) = (0, BTreeSet::new());
    for entry in std::fs::read_dir(root.join("config/sites")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let rule: Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let domain = texts(&rule["domains"])[0].to_owned();
        assert_eq!(path.file_stem().unwrap().to_str(), Some(domain.as_str()), "a rule is named after its first domain");
        let page = std::fs::read(root.join("tests/sites").join(format!("{domain}.html"))).unwrap_or_else(|e| panic!("the test page of {domain}: {e}"));
        let expect = rule["expect"].as_table().unwrap();
        assert!(expect.len() >= 3, "{domain} expects next to nothing");
        for domain in texts(&rule["domains"]) {
            let missed = misses(expect, &read(true, domain, &page).unwrap());
            assert!(missed.is_empty(), "{domain}: {missed:#?}");
        }
        // The page shows what the rule is there for: without rules, something of it is wrong, or the page is refused.
        assert!(read(false, &domain, &page).is_none_or(|article| !misses(expect, &article).is_empty()), "{domain}: without rules nothing is wrong");
        countries.insert(rule["country"].as_str().unwrap().to_owned());
        rules += 1;
    }
    assert!(rules >= 20 && countries.len() >= 10, "{rules} rules of {countries:?}");
}

#[test]
fn an_operators_own_rules_replace_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("news.example.toml"), "domains = ['news.example']\nname = 'The Example'\n[select]\nheadline = '.real'\nbody = '#story'")
        .unwrap();
    let page = b"<title>Wrong</title><h1>Wrong</h1><p class=real>Right</p><div id=story><p>Short.</p></div><p>This sentence is long enough to be taken for the text of an article, but it is none.</p>";
    let settings = ParseSettings { site_rules_dir: Some(folder.path().to_owned()), ..ParseSettings::default() };
    let article = parse(&Parser::new(settings.clone()).unwrap(), "news.example", page).unwrap();
    assert_eq!((article.content.headline.as_deref(), article.content.text.as_deref()), (Some("Right"), Some("Short.")));
    assert_eq!(article.source.publisher.name.as_deref(), Some("The Example"));

    std::fs::write(folder.path().join("broken.example.toml"), "domains = ['broken.example']\n[select]\nbody = 'div:first'").unwrap();
    let error = Parser::new(settings).unwrap_err().to_string();
    assert!(error.contains("broken.example.toml") && error.contains("select.body"), "{error}");
    let gone = ParseSettings { site_rules_dir: Some(folder.path().join("gone")), ..ParseSettings::default() };
    assert!(Parser::new(gone).unwrap_err().to_string().contains("site_rules_dir"));
}

#[test]
fn check_refuses_a_rule_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let check = || {
        let setting = format!("parse.site_rules_dir={}", folder.path().display());
        std::process::Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["check", "--offline", "--set", &setting]).output().unwrap()
    };
    std::fs::write(folder.path().join("news.example.toml"), "domains = ['news.example']").unwrap();
    assert!(check().status.success());
    std::fs::write(folder.path().join("news.example.toml"), "domains = ['news.example']\ntime_zone = 'Mars/Base'").unwrap();
    let refused = check();
    assert_eq!(refused.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Mars/Base"), "{refused:?}");
}

/// A page of a site with a rule, made to hurt its selectors: it is read in time, and as if there were no rule.
#[test]
fn a_dear_selector_costs_no_more_than_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("news.example.toml"),
        "domains = ['news.example']\n[select]\nheadline = 'p:has(~ .b), .b ~ .a, h1'\ndrop = 'div:has(.b)'",
    )
    .unwrap();
    let parser = Parser::new(ParseSettings { site_rules_dir: Some(folder.path().to_owned()), ..ParseSettings::default() }).unwrap();
    let story = "<title>The bell</title><h1>The bell rings again</h1><p>The bell of the old church rings again every evening, as the parish said.</p>";
    let wide = format!("<body>{story}{}", "<p class=a>x</p>".repeat(60_000));
    let begin = std::time::Instant::now();
    let article = parse(&parser, "news.example", wide.as_bytes()).unwrap();
    assert_eq!(article.content.headline.as_deref(), Some("The bell rings again"));
    // What the reader itself refuses never comes to a selector.
    assert!(parse(&parser, "news.example", format!("{story}{}", "<div>".repeat(100_000)).as_bytes()).is_none());
    assert!(parse(&parser, "news.example", format!("{story}{}", "<p>x".repeat(2_500_000)).as_bytes()).is_none());
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

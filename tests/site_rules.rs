//! Every site rule gives what it says it gives, on a test page of our own that is built like the publisher's (`tests/sites/DOMAIN.html`).

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::path::Path;

use copydesk::article::{Origin, ParsedArticle, RawArticle};
use copydesk::config::ParseSettings;
use copydesk::parse::{Parsed, Parser};
use toml::{Table, Value};

fn parse(settings: ParseSettings, domain: &str, page: &[u8]) -> ParsedArticle {
    let header = |name: &str, value: &str| (name.into(), Some(value.as_bytes().to_vec()));
    let headers = vec![
        header("content-type", "text/html"),
        header("url", &format!("https://www.{domain}/news/2026/a-story")),
        header("fetched-at", "2026-03-06T08:00:00Z"),
    ];
    let origin = Origin { topic: "raw".into(), partition: 0, offset: 0 };
    let raw = RawArticle { origin, timestamp: -1, key: None, value: Some(page.to_vec()), headers };
    match Parser::new(settings).unwrap().parse(&raw).unwrap() {
        Parsed::Article(article) => *article,
        Parsed::Withdrawal(_) => panic!("{domain}: a page is no withdrawal"),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

fn check(domain: &str, expect: &Table, article: &ParsedArticle) {
    let content = &article.content;
    let text = content.text.as_deref().unwrap_or_default();
    for (key, wanted) in expect {
        match key.as_str() {
            "headline" => assert_eq!(content.headline.as_deref(), wanted.as_str(), "{domain}"),
            "section" => assert_eq!(content.section.as_deref(), wanted.as_str(), "{domain}"),
            "published" => assert_eq!(content.published.as_ref().map(|t| t.at.to_string()).as_deref(), wanted.as_str(), "{domain}"),
            "authors" => assert_eq!(content.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), texts(wanted), "{domain}"),
            "paragraphs" => assert_eq!(content.paragraphs.len() as i64, wanted.as_integer().unwrap(), "{domain}: {text}"),
            "first" => assert!(text.starts_with(wanted.as_str().unwrap()), "{domain}: {text}"),
            "last" => assert!(text.ends_with(wanted.as_str().unwrap()), "{domain}: {text}"),
            "without" => texts(wanted).iter().for_each(|part| assert!(!text.contains(part), "{domain}: {part} in {text}")),
            other => panic!("{domain}: expect.{other} is unknown"),
        }
    }
}

#[test]
fn every_rule_does_on_its_page_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rules = 0;
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
            check(domain, expect, &parse(ParseSettings::default(), domain, &page));
        }
        // A rule that changes nothing is none.
        let with = parse(ParseSettings::default(), &domain, &page);
        let without = parse(ParseSettings { site_rules: false, ..ParseSettings::default() }, &domain, &page);
        assert_ne!((with.content, with.quality.extractor), (without.content, without.quality.extractor), "{domain}");
        rules += 1;
    }
    assert!(rules >= 2);
}

#[test]
fn an_operators_own_rules_replace_the_built_in_ones() {
    let folder = std::env::temp_dir().join(format!("copydesk-site-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("news.example.toml"), "domains = ['news.example']\nname = 'The Example'\n[select]\nheadline = '.real'\nbody = '#story'")
        .unwrap();
    let page = b"<title>Wrong</title><h1>Wrong</h1><p class=real>Right</p><div id=story><p>Short.</p></div><p>This sentence is long enough to be taken for the text of an article, but it is none.</p>";
    let settings = ParseSettings { site_rules_dir: Some(folder.clone()), ..ParseSettings::default() };
    let article = parse(settings.clone(), "news.example", page);
    assert_eq!((article.content.headline.as_deref(), article.content.text.as_deref()), (Some("Right"), Some("Short.")));
    assert_eq!(article.source.publisher.name.as_deref(), Some("The Example"));

    std::fs::write(folder.join("broken.example.toml"), "domains = ['broken.example']\n[select]\nbody = 'div:first'").unwrap();
    let error = Parser::new(settings).unwrap_err().to_string();
    assert!(error.contains("broken.example.toml") && error.contains("select.body"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
    let gone = ParseSettings { site_rules_dir: Some(folder), ..ParseSettings::default() };
    assert!(Parser::new(gone).unwrap_err().to_string().contains("site_rules_dir"));
}

#[test]
fn check_refuses_a_rule_that_cannot_be_read() {
    let folder = std::env::temp_dir().join(format!("copydesk-site-rules-checked-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let check = || {
        let setting = format!("parse.site_rules_dir={}", folder.display());
        std::process::Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["check", "--offline", "--set", &setting]).output().unwrap()
    };
    std::fs::write(folder.join("news.example.toml"), "domains = ['news.example']").unwrap();
    assert!(check().status.success());
    std::fs::write(folder.join("news.example.toml"), "domains = ['news.example']\ntime_zone = 'Mars/Base'").unwrap();
    let refused = check();
    assert_eq!(refused.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Mars/Base"), "{refused:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

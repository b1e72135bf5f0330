//! Site rules: what is known of one publisher's pages, as a small declarative file (`config/sites/DOMAIN.toml`): its name, country and
//! zone, and selectors for fields that its pages hide from the generic way.
//!
//! A rule says where a field stands and never what it says. Where a selector finds nothing, the generic way goes on as if there were no rule.

pub(crate) mod selector;
pub mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::ParseSettings;
use crate::parse::publishers::{PublisherRow, publisher_of};
use crate::parse::sites::selector::Selector;
use crate::text::tables::{COUNTRIES, rows};
use crate::text::url::MAX_HOST;

/// The rules of the binary: file names and texts.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sites.rs"));

/// The rule of one publisher.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// The publisher's name.
    pub name: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// IANA zone of the times that its pages print without one.
    pub time_zone: Option<String>,
    /// Where fields stand.
    pub select: Select,
}

/// Selectors of fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// The headline: the first element.
    pub headline: Option<Selector>,
    /// The description: the first element.
    pub description: Option<Selector>,
    /// The section: the first element.
    pub section: Option<Selector>,
    /// The authors: every element, a name or a byline each.
    pub authors: Option<Selector>,
    /// The time of publication: the first element, its `datetime` or `content` before its text.
    pub published: Option<Selector>,
    /// The time of the last change, likewise.
    pub modified: Option<Selector>,
    /// The text: every element; all that is in them is text, but for what `drop` takes out.
    pub body: Option<Selector>,
    /// What is never text, whoever finds it.
    pub drop: Option<Selector>,
}

impl Select {
    /// Nothing is selected.
    pub fn is_empty(&self) -> bool {
        *self == Select::default()
    }
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    domains: Vec<String>,
    name: Option<String>,
    country: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    select: BTreeMap<String, String>,
    /// What the rule's test page must give; read by the tests alone.
    #[serde(default)]
    #[allow(dead_code, reason = "a rule may carry what its test expects")]
    expect: toml::Table,
}

/// What is wrong with the rules, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteErrors(pub Vec<String>);

impl fmt::Display for SiteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for SiteErrors {}

/// All rules.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    by_domain: BTreeMap<String, Arc<Rule>>,
    hash: u64,
    /// Whether anything is known of a publisher beforehand, the table of publishers too.
    known: bool,
}

impl Sites {
    /// The rules that the settings ask for: those of the binary, and those of the operator's folder, which replace a built-in rule of the same
    /// domain. Every rule is checked.
    pub fn of(settings: &ParseSettings) -> Result<Sites, SiteErrors> {
        let mut sites = Sites::default();
        if !settings.site_rules {
            return Ok(sites);
        }
        sites.known = true;
        let mut errors = Vec::new();
        for (file, text) in BUILT_IN {
            sites.add(file, text, &mut errors);
        }
        sites.hash = 0;
        if let Some(folder) = &settings.site_rules_dir {
            match read_folder(folder) {
                Ok(files) => {
                    let mut own = Sites::default();
                    files.iter().for_each(|(file, text)| own.add(file, text, &mut errors));
                    sites.by_domain.extend(own.by_domain);
                    sites.hash = own.hash;
                }
                Err(error) => errors.push(format!("parse.site_rules_dir: {}: {error}", folder.display())),
            }
        }
        if errors.is_empty() { Ok(sites) } else { Err(SiteErrors(errors)) }
    }

    /// The rule of a host: that of the host itself, else of the nearest domain above it.
    pub fn rule(&self, host: &str) -> Option<&Rule> {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        if host.len() > MAX_HOST {
            return None;
        }
        let mut rest = host.as_str();
        loop {
            if let Some(rule) = self.by_domain.get(rest) {
                return Some(rule);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// The row of a host in the table of publishers; none without site rules, since it is knowledge of single sites too.
    pub fn publisher(&self, host: &str) -> Option<&'static PublisherRow> {
        publisher_of(host).filter(|_| self.known)
    }

    /// Over the operator's own rules; 0 where there are none. The built-in ones are part of the binary's tables.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many domains have a rule.
    pub fn len(&self) -> usize {
        self.by_domain.len()
    }

    /// There is no rule.
    pub fn is_empty(&self) -> bool {
        self.by_domain.is_empty()
    }

    fn add(&mut self, file: &str, text: &str, errors: &mut Vec<String>) {
        self.hash = self.hash.rotate_left(17) ^ xxh3_64(file.as_bytes()).wrapping_add(xxh3_64(text.as_bytes()));
        let (domains, rule) = match read(text) {
            Ok(read) => read,
            Err(found) => return errors.extend(found.into_iter().map(|error| format!("{file}: {error}"))),
        };
        let rule = Arc::new(rule);
        for domain in domains {
            if self.by_domain.insert(domain.clone(), rule.clone()).is_some() {
                errors.push(format!("{file}: `{domain}` has a rule already"));
            }
        }
    }
}

/// The `.toml` files of a folder by name.
fn read_folder(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).map_err(|error| std::io::Error::new(error.kind(), format!("{name}: {error}")))?;
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}

/// Reads one rule; every mistake is told.
fn read(text: &str) -> Result<(Vec<String>, Rule), Vec<String>> {
    let written: Written = toml::from_str(text).map_err(|error| vec![error.to_string().trim().replace('\n', " ")])?;
    let mut errors = Vec::new();
    if written.domains.is_empty() {
        errors.push("`domains` is empty".to_owned());
    }
    for domain in &written.domains {
        if !domain.contains('.') || *domain != domain.to_lowercase() || domain.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':')) {
            errors.push(format!("domains: `{domain}` is no site's host in small letters"));
        } else if psl::domain_str(domain).is_none() {
            errors.push(format!("domains: `{domain}` is not one site's"));
        }
    }
    if let Some(country) = written.country.as_ref().filter(|country| !is_country(country)) {
        errors.push(format!("country: `{country}` is unknown; two capital letters are expected (ISO 3166-1)"));
    }
    if let Some(zone) = written.time_zone.as_ref().filter(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        errors.push(format!("time_zone: `{zone}` is unknown"));
    }
    let mut select = Select::default();
    for (field, text) in &written.select {
        let place = match field.as_str() {
            "headline" => &mut select.headline,
            "description" => &mut select.description,
            "section" => &mut select.section,
            "authors" => &mut select.authors,
            "published" => &mut select.published,
            "modified" => &mut select.modified,
            "body" => &mut select.body,
            "drop" => &mut select.drop,
            _ => {
                errors.push(format!("select: there is no field `{field}`"));
                continue;
            }
        };
        match Selector::read(text) {
            Ok(selector) => *place = Some(selector),
            Err(error) => errors.push(format!("select.{field}: {error}")),
        }
    }
    let rule = Rule { name: written.name, country: written.country, time_zone: written.time_zone, select };
    if errors.is_empty() { Ok((written.domains, rule)) } else { Err(errors) }
}

/// Whether ISO 3166-1 has a code of two letters.
fn is_country(code: &str) -> bool {
    rows(COUNTRIES).any(|row| row[0] == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_domain_has_the_rule() {
        let mut sites = Sites::default();
        let mut errors = Vec::new();
        sites.add("a.toml", "domains = ['news.example', 'other.example']\nname = 'News'", &mut errors);
        sites.add("b.toml", "domains = ['sport.news.example']\nname = 'Sport'", &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        let name = |host: &str| sites.rule(host).and_then(|r| r.name.clone());
        assert_eq!(name("www.news.example").as_deref(), Some("News"));
        assert_eq!(name("live.sport.news.example.").as_deref(), Some("Sport"));
        assert_eq!(name("OTHER.example").as_deref(), Some("News"));
        assert_eq!(name("example"), None);
    }

    #[test]
    fn every_mistake_is_told() {
        let errors = read("domains = ['News Example']\ncountry = 'gb'\ntime_zone = 'Mars/Base'\n[select]\nheadline = 'h1:hover'\nfoo = 'p'").unwrap_err();
        assert!(read("domains = ['co.uk']\ncountry = 'XX'").is_err_and(|errors| errors.len() == 2));
        for part in ["News Example", "country", "Mars/Base", "select.headline", "`foo`"] {
            assert!(errors.iter().any(|e| e.contains(part)), "{part}: {errors:?}");
        }
        assert!(read("domains = ['a.example']\nzone = 'UTC'").unwrap_err()[0].contains("zone"));
        let mut twice = Vec::new();
        let mut sites = Sites::default();
        sites.add("a.toml", "domains = ['a.example']", &mut twice);
        sites.add("b.toml", "domains = ['a.example']", &mut twice);
        assert_eq!(twice.len(), 1);
    }

    #[test]
    fn the_rules_of_the_binary_are_sound() {
        let sites = Sites::of(&ParseSettings::default()).unwrap();
        assert!(!sites.is_empty());
        let none = Sites::of(&ParseSettings { site_rules: false, ..ParseSettings::default() }).unwrap();
        assert!(none.is_empty());
    }
}

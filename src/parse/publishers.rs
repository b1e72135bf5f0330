//! The table of publishers (`config/publishers.tsv`): name, country and time zone by registrable domain; zones by country.
//!
//! Facts of the table fill what an envelope does not say; they never override it.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::tables::{PUBLISHERS, ZONES_BY_COUNTRY, rows};
use crate::text::url::MAX_HOST;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherRow {
    /// Registrable domain.
    pub domain: &'static str,
    /// The publisher's name.
    pub name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// IANA zone of the times its pages print.
    pub time_zone: &'static str,
}

static BY_DOMAIN: LazyLock<HashMap<&'static str, PublisherRow>> = LazyLock::new(|| {
    let row = |cells: Vec<&'static str>| match cells[..] {
        [domain, name, country, time_zone] => Some((domain, PublisherRow { domain, name, country, time_zone })),
        _ => None,
    };
    rows(PUBLISHERS).filter_map(row).collect()
});

/// Countries: zone (where there is one) and top-level domain (where it is used as the country's).
static BY_COUNTRY: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rows(ZONES_BY_COUNTRY).filter(|r| r.len() >= 2 && !r[1].is_empty()).map(|r| (r[0], r[1])).collect());

static BY_TLD: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| rows(ZONES_BY_COUNTRY).filter(|r| r.len() == 3).flat_map(|r| r[2].split(',').map(move |tld| (tld, r[0]))).collect());

/// The row of a host or registrable domain.
pub fn publisher_of(domain: &str) -> Option<&'static PublisherRow> {
    let host = domain.trim().trim_end_matches('.').to_ascii_lowercase();
    if host.len() > MAX_HOST {
        return None;
    }
    let mut rest = host.as_str();
    // From the longest suffix to the shortest: "news.example.co.uk", "example.co.uk", "co.uk".
    loop {
        if let Some(row) = BY_DOMAIN.get(rest) {
            return Some(row);
        }
        rest = rest.split_once('.')?.1;
    }
}

/// The zone of a country with one (nearly) only: ISO 3166-1 alpha-2 to IANA.
pub fn zone_of_country(country: &str) -> Option<&'static str> {
    BY_COUNTRY.get(country.to_ascii_uppercase().as_str()).copied()
}

/// The country of a host by its top-level domain, where that is a country's and used as such.
pub fn country_of_host(host: &str) -> Option<&'static str> {
    let host = host.trim().trim_end_matches('.').to_lowercase();
    let (_, tld) = host.rsplit_once('.')?;
    BY_TLD.get(tld).filter(|_| !tld.is_empty()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_publisher_loads() {
        let mut seen = std::collections::BTreeSet::new();
        for cells in rows(PUBLISHERS) {
            assert_eq!(cells.len(), 4, "{cells:?}");
            let [domain, name, country, zone] = cells[..] else { panic!() };
            assert!(seen.insert(domain), "{domain} twice");
            assert!(domain.contains('.') && domain == domain.to_lowercase() && !name.is_empty());
            assert!(country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()), "{cells:?}");
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{cells:?}");
            assert_eq!(psl::domain_str(domain), Some(domain), "a registrable domain");
            assert_eq!(publisher_of(&format!("www.{domain}")).map(|r| r.name), Some(name));
        }
        assert!(seen.len() >= 80);
    }

    #[test]
    fn every_country_loads() {
        for cells in rows(ZONES_BY_COUNTRY) {
            assert!(cells.len() == 3 && cells[0].len() == 2, "{cells:?}");
            if !cells[1].is_empty() {
                assert!(jiff::tz::TimeZone::get(cells[1]).is_ok(), "{cells:?}");
                assert_eq!(zone_of_country(cells[0]), Some(cells[1]));
            }
            for tld in cells[2].split(',').filter(|t| !t.is_empty()) {
                assert_eq!(country_of_host(&format!("news.example.{tld}")), Some(cells[0]), "{cells:?}");
            }
        }
    }

    #[test]
    fn unknown_hosts_are_unknown() {
        assert_eq!(publisher_of("example.invalid"), None);
        assert_eq!(publisher_of(""), None);
        assert_eq!(zone_of_country("US"), None);
        assert_eq!(zone_of_country("by"), Some("Europe/Minsk"));
        assert_eq!(country_of_host("example.com"), None);
        assert_eq!(country_of_host("example.tv"), None);
        assert_eq!(country_of_host("www.example.co.uk"), Some("GB"));
    }
}

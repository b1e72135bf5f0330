//! The table of publishers (`config/publishers.tsv`): name, country and time zone by registrable domain; zones by country.

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

/// The row of a host or registrable domain.
pub fn publisher_of(domain: &str) -> Option<&'static PublisherRow> {
    let _ = domain;
    None
}

/// The zone of a country with one (nearly) only: ISO 3166-1 alpha-2 to IANA.
pub fn zone_of_country(country: &str) -> Option<&'static str> {
    let _ = country;
    None
}

/// The country of a host by its top-level domain, where that is a country's and used as such.
pub fn country_of_host(host: &str) -> Option<&'static str> {
    let _ = host;
    None
}

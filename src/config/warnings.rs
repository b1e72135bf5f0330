//! What works and should not stay: settings by which a password or an article can be read, or a broker be taken for another.
//!
//! They are said at every start and by `check`, and stop nothing. No value of a secret appears here.

use url::{Host, Url};

use super::kafka::{KafkaSettings, SaslMechanism};
use super::properties::Properties;
use super::{HttpSettings, Settings, ShowArticles};

impl Settings {
    /// A sentence for each.
    pub fn warnings(&self) -> Vec<String> {
        let mut found = Vec::new();
        open_passwords(&self.kafka, &mut found);
        open_secret(&self.kafka, &mut found);
        unchecked_brokers(&self.kafka, &mut found);
        open_articles(&self.http, &mut found);
        found
    }
}

fn open_passwords(kafka: &KafkaSettings, found: &mut Vec<String>) {
    let what = match kafka.sasl_mechanism {
        Some(SaslMechanism::Plain) => "the password",
        Some(SaslMechanism::OauthBearer) => "the token",
        // The password itself is never sent.
        Some(SaslMechanism::ScramSha256 | SaslMechanism::ScramSha512) | None => return,
    };
    if !kafka.security_protocol.has_tls() {
        let mechanism = kafka.sasl_mechanism.map_or("", SaslMechanism::as_str);
        found.push(format!(
            "kafka.sasl_mechanism: {mechanism} without TLS: {what} can be read on the way to the brokers; set kafka.security_protocol = \"sasl_ssl\""
        ));
    }
}

/// Whether a URL leads to the machine that it is asked on.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The client's secret goes to the provider with each request.
fn open_secret(kafka: &KafkaSettings, found: &mut Vec<String>) {
    let url = kafka.oauthbearer_token_endpoint_url.as_deref().and_then(|url| Url::parse(url).ok());
    if url.is_some_and(|url| url.scheme() == "http" && !is_this_machine(&url)) {
        found.push("kafka.oauthbearer_token_endpoint_url is not https: the secret and the tokens can be read on the way".into());
    }
}

/// What a client is told by free properties of its own wins over those of all clients.
fn unchecked_brokers(kafka: &KafkaSettings, found: &mut Vec<String>) {
    if !kafka.security_protocol.has_tls() {
        return;
    }
    let maps: [(&str, &Properties); 3] = [("client", &kafka.client), ("consumer", &kafka.consumer), ("producer", &kafka.producer)];
    for (map, properties) in maps {
        let is = |name: &str, values: &[&str]| properties.get(name).is_some_and(|value| values.contains(&value.trim().to_ascii_lowercase().as_str()));
        if is("enable.ssl.certificate.verification", &["false", "f", "0"]) {
            found.push(format!(
                "kafka.{map}.enable.ssl.certificate.verification is off: anybody can pass for a broker; name the authority in kafka.ssl_ca_location"
            ));
        }
        if is("ssl.endpoint.identification.algorithm", &["none"]) {
            found.push(format!("kafka.{map}.ssl.endpoint.identification.algorithm is none: who has any certificate of the authority can pass for a broker"));
        }
    }
}

fn open_articles(http: &HttpSettings, found: &mut Vec<String>) {
    if http.enabled && http.show_articles == ShowArticles::Always && !http.listen.ip().is_loopback() {
        found.push(format!("http.show_articles is \"always\": whoever reaches {} reads the newest articles; there is no password", http.listen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(text: &str) -> Vec<String> {
        Settings::load(Some((text, "copydesk.toml")), [], &[]).unwrap().warnings()
    }

    fn sasl(protocol: &str, mechanism: &str) -> Vec<String> {
        warnings(&format!(
            "kafka.security_protocol = \"{protocol}\"\nkafka.sasl_mechanism = \"{mechanism}\"\nkafka.sasl_username = \"desk\"\nkafka.sasl_password = \"hunter2\""
        ))
    }

    #[test]
    fn a_password_in_the_clear_is_warned_of() {
        let found = sasl("sasl_plaintext", "PLAIN");
        assert!(matches!(&found[..], [one] if one.starts_with("kafka.sasl_mechanism: PLAIN without TLS") && !one.contains("hunter2")), "{found:?}");
        assert_eq!(sasl("sasl_ssl", "PLAIN"), [""; 0]);
        assert_eq!(sasl("sasl_plaintext", "SCRAM-SHA-512"), [""; 0]);
        assert_eq!(Settings::default().warnings(), [""; 0]);
        let mut token = Settings::default();
        token.kafka.sasl_mechanism = Some(SaslMechanism::OauthBearer);
        assert!(token.warnings()[0].contains("the token can be read"), "{:?}", token.warnings());
    }

    #[test]
    fn a_provider_in_the_clear_is_warned_of() {
        let of = |url: &str| {
            let mut settings = Settings::default();
            settings.kafka.oauthbearer_token_endpoint_url = Some(url.into());
            settings.warnings().len()
        };
        assert_eq!(of("http://id.example/token"), 1);
        assert_eq!(["https://id.example/token", "http://127.0.0.1:80/token", "http://localhost/", "http://[::1]/"].map(of), [0; 4]);
    }

    #[test]
    fn brokers_that_are_not_checked_are_warned_of() {
        for map in ["client", "consumer", "producer"] {
            let set = |protocol: &str, line: &str| warnings(&format!("kafka.security_protocol = \"{protocol}\"\nkafka.{map}.{line}"));
            for off in [
                "enable.ssl.certificate.verification = false",
                "enable.ssl.certificate.verification = \"0\"",
                "ssl.endpoint.identification.algorithm = \"NONE\"",
            ] {
                let found = set("ssl", off);
                assert!(matches!(&found[..], [one] if one.starts_with(&format!("kafka.{map}."))), "{off}: {found:?}");
                assert_eq!(set("plaintext", off), [""; 0], "there is nothing to check");
            }
            for on in ["enable.ssl.certificate.verification = true", "ssl.endpoint.identification.algorithm = \"https\""] {
                assert_eq!(set("ssl", on), [""; 0], "{on}");
            }
        }
    }

    #[test]
    fn articles_for_everybody_are_warned_of() {
        assert_eq!(warnings("http.show_articles = \"always\""), [""; 0]);
        assert_eq!(warnings("http.listen = \"0.0.0.0:9464\""), [""; 0]);
        assert!(warnings("http.show_articles = \"always\"\nhttp.listen = \"0.0.0.0:9464\"")[0].contains("0.0.0.0:9464"));
    }
}

//! A token by the client-credentials grant of OAuth 2.0 (RFC 6749, section 4.4), as OpenID Connect providers offer it.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use attohttpc::ProxySettings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::config::{Secret, is_this_machine, read_limited};
use crate::text::terminal::printable;

/// How long the provider may take, from the connection to the last byte. The name is resolved before.
const LIMIT: Duration = Duration::from_secs(8);
/// The most bytes of an answer that are read.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// The most bytes of a file with authorities.
const MAX_AUTHORITIES_BYTES: usize = 8 << 20;

/// Who asks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The URL of the token endpoint.
    pub endpoint: String,
    /// The client's id at the provider.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// The scope asked for; none where the provider needs none.
    pub scope: Option<String>,
    /// File with the certificate authorities to trust beside the system's (PEM).
    pub authorities: Option<PathBuf>,
}

/// What the provider gives (RFC 6749, 5.1).
#[derive(Deserialize)]
pub struct Grant {
    /// The token.
    pub access_token: String,
    /// Seconds.
    #[serde(default, deserialize_with = "seconds")]
    pub expires_in: Option<f64>,
}

/// Why it gives nothing (RFC 6749, 5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
}

impl ClientCredentials {
    /// Asks. The error is a sentence without the secret.
    pub fn ask(&self) -> Result<Grant, String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = &self.scope {
            form.append_pair("scope", scope);
        }
        let mut request = attohttpc::post(&self.endpoint)
            .timeout(LIMIT)
            .connect_timeout(LIMIT)
            .read_timeout(LIMIT)
            .proxy_settings(self.proxies())
            // Elsewhere the secret has no business.
            .follow_redirects(false)
            .header("authorization", self.authorization())
            .header("accept", "application/json");
        if let Some(path) = &self.authorities {
            let failed = |reason: String| format!("can't read the authorities in {}: {reason}", path.display());
            let text = read_limited(path, MAX_AUTHORITIES_BYTES).map_err(|e| failed(e.to_string()))?;
            let all = native_tls::Certificate::stack_from_pem(text.as_bytes()).map_err(|e| failed(e.to_string()))?;
            if all.is_empty() {
                return Err(failed("there is no certificate in it".into()));
            }
            for authority in all {
                request = request.add_root_certificate(authority);
            }
        }
        let response =
            request.text(form.finish()).header("content-type", "application/x-www-form-urlencoded").send().map_err(|e| self.clean(&e.to_string()))?;
        let (status, _, reader) = response.split();
        let mut body = Vec::new();
        reader.take(MAX_ANSWER_BYTES).read_to_end(&mut body).map_err(|e| self.clean(&e.to_string()))?;
        if !status.is_success() {
            let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
            let words = [refusal.error, refusal.error_description].into_iter().flatten().collect::<Vec<_>>().join(": ");
            return Err(format!("it answers {}{}{}", status.as_u16(), if words.is_empty() { "" } else { ", " }, self.clean(&words)));
        }
        serde_json::from_slice(&body).map_err(|_| "its answer is no JSON object with an access_token".to_owned())
    }

    /// Those of the environment, but not on the way to this machine itself.
    fn proxies(&self) -> ProxySettings {
        if Url::parse(&self.endpoint).is_ok_and(|url| is_this_machine(&url)) { ProxySettings::builder().build() } else { ProxySettings::from_env() }
    }

    /// Id and secret are form-encoded before they are joined (RFC 6749, 2.3.1).
    fn authorization(&self) -> String {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(&self.client_id), encoded(self.client_secret.expose()))))
    }

    /// The endpoint as it is shown: without a query, which may hold what nobody should see.
    pub fn shown(&self) -> String {
        self.endpoint.split(['?', '#']).next().unwrap_or_default().to_owned()
    }

    /// What came from outside: one line, not too long. Where the secret is in it, in any form in which it was sent, it is not shown at all.
    fn clean(&self, text: &str) -> String {
        let secret = self.client_secret.expose();
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let authorization = self.authorization();
        let sent = authorization.strip_prefix("Basic ").unwrap_or(&authorization);
        if [secret, &encoded, sent].iter().any(|form| text.contains(form)) {
            return "what it says holds the secret, and is not shown".to_owned();
        }
        let short: String = text.chars().take(300).collect();
        printable(&short, ' ').replace('\n', " ")
    }
}

/// A number; some providers write it in quotes.
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(f64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Number(number) => Some(number),
        Either::Text(text) => text.trim().parse().ok(),
        Either::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// A provider that answers once; its request comes back.
    fn provider(answer: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(stream.try_clone().expect("the same socket"));
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                request.push_str(&line);
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("the form");
            request.push_str(&String::from_utf8(body).expect("text"));
            stream.write_all(answer.as_bytes()).expect("answered");
            request
        });
        (format!("http://{address}/token"), thread)
    }

    fn credentials(endpoint: String) -> ClientCredentials {
        let (client_id, client_secret) = ("desk 1".into(), Secret::new("hunter:2"));
        ClientCredentials { endpoint, client_id, client_secret, scope: Some("kafka write".into()), authorities: None }
    }

    #[test]
    fn it_asks_as_the_standard_says() {
        let (endpoint, thread) = provider("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"access_token\":\"abc\",\"expires_in\":\"300\",\"x\":1}");
        let grant = credentials(endpoint).ask().expect("a token");
        assert_eq!((grant.access_token.as_str(), grant.expires_in), ("abc", Some(300.0)));
        let request = thread.join().expect("it answered");
        assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
        let lower = request.to_ascii_lowercase();
        assert!(lower.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
        // desk+1:hunter%3A2
        assert!(request.contains("Basic ZGVzaysxOmh1bnRlciUzQTI="), "{request}");
        assert!(request.ends_with("grant_type=client_credentials&scope=kafka+write"), "{request}");
    }

    #[test]
    fn what_goes_wrong_is_said_in_one_line_without_the_secret() {
        let cases = [
            (
                "HTTP/1.1 401 No\r\nconnection: close\r\n\r\n{\"error\":\"invalid_client\",\"error_description\":\"bad\\u001b\\n of x\"}",
                "it answers 401, invalid_client: bad\\u{1b}  of x",
            ),
            ("HTTP/1.1 401 No\r\nconnection: close\r\n\r\n{\"error\":\"bad hunter:2\"}", "it answers 401, what it says holds the secret"),
            ("HTTP/1.1 401 No\r\nconnection: close\r\n\r\n{\"error\":\"bad hunter%3A2\"}", "it answers 401, what it says holds the secret"),
            ("HTTP/1.1 401 No\r\nconnection: close\r\n\r\n{\"error\":\"got Basic ZGVzaysxOmh1bnRlciUzQTI=\"}", "it answers 401, what it says holds"),
            ("HTTP/1.1 500 No\r\nconnection: close\r\n\r\noops", "it answers 500"),
            ("HTTP/1.1 302 No\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n", "it answers 302"),
            ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "no JSON object with an access_token"),
            ("nonsense\r\n\r\n", "nvalid"),
        ];
        for (answer, expected) in cases {
            let (endpoint, thread) = provider(answer);
            let Err(said) = credentials(endpoint).ask() else { panic!("{answer}") };
            assert!(said.contains(expected) && !said.contains("hunter") && !said.contains(['\n', '\u{1b}']), "{said:?}");
            thread.join().expect("it answered");
        }
        let unreachable = credentials("http://127.0.0.1:1/token".into()).ask();
        assert!(unreachable.is_err());
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "no certificate").expect("written");
        let Err(said) = (ClientCredentials { authorities: Some(path), ..credentials("https://127.0.0.1:1/".into()) }).ask() else { panic!("accepted") };
        assert!(said.contains("ca.pem"), "{said}");
    }
}

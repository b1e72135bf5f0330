//! Tokens for SASL OAUTHBEARER (RFC 7628): read from a file that something else renews, or asked for at an identity provider
//! (`tokens/endpoint.rs`). The clients of one process share them.
//!
//! A client asks for a token before the one it has ends, on whatever thread polls it. A token is never logged and never in an error.

pub mod endpoint;
mod first;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use serde::Deserialize;

use endpoint::ClientCredentials;

/// The most bytes of a token: what brokers take of a client's first message by default (`sasl.server.max.receive.size`) is eight times as much.
const MAX_TOKEN_BYTES: usize = 64 << 10;
/// How long a token is taken for good that does not say how long it is.
const UNTOLD_LIFETIME_MS: i64 = 5 * 60_000;
/// In tenths of its lifetime: a token that is younger is given to the next client too. A client asks for another at eight tenths.
const SHARED_TENTHS: i64 = 7;

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A file, read each time.
    File(PathBuf),
    /// An identity provider.
    ClientCredentials(ClientCredentials),
}

/// Why there is no token. No text holds a token or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The file of the token can't be read.
    #[error("can't read the token in {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The identity provider gave none.
    #[error("no token from {endpoint}: {reason}")]
    Endpoint {
        /// Where it was asked for.
        endpoint: String,
        /// Why.
        reason: String,
    },
}

/// A token that can be used.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    value: String,
    principal: String,
    /// Milliseconds since 1970.
    obtained: i64,
    /// Milliseconds since 1970.
    expires: i64,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("principal", &self.principal).field("obtained", &self.obtained).field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// The tokens of one process.
#[derive(Clone, Debug)]
pub struct Tokens {
    source: TokenSource,
    newest: Arc<Mutex<Option<Token>>>,
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Tokens) -> bool {
        self.source == other.source
    }
}

impl Eq for Tokens {}

impl Tokens {
    /// Asks for nothing yet.
    pub fn new(source: TokenSource) -> Tokens {
        Tokens { source, newest: Arc::default() }
    }

    /// A token that is good now.
    pub fn token(&self) -> Result<Token, TokenError> {
        self.token_at(now_ms())
    }

    fn token_at(&self, now: i64) -> Result<Token, TokenError> {
        match &self.source {
            TokenSource::File(path) => {
                let failed = |reason: String| TokenError::File { path: path.clone(), reason };
                let text = crate::config::read_limited(path, MAX_TOKEN_BYTES).map_err(|e| failed(e.to_string()))?;
                usable(text.trim(), "copydesk", None, now).map_err(failed)
            }
            TokenSource::ClientCredentials(credentials) => {
                // Held while it is asked for: the other clients want the same.
                let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(token) = newest.as_ref().filter(|token| now < token.shared_until() && now >= token.obtained) {
                    return Ok(token.clone());
                }
                let failed = |reason: String| TokenError::Endpoint { endpoint: credentials.endpoint.clone(), reason };
                let grant = credentials.ask().map_err(failed)?;
                let token = usable(&grant.access_token, &credentials.client_id, grant.expires_in, now).map_err(failed)?;
                *newest = Some(token.clone());
                Ok(token)
            }
        }
    }

    /// Gives a new client its first token, so that it need not wait until it asks for one.
    pub(super) fn give<C: ClientContext>(&self, client: &Client<C>) -> Result<(), String> {
        let token = self.token().map_err(|e| e.to_string())?;
        first::set(client, &token.value, &token.principal, token.expires)
    }
}

impl Token {
    fn shared_until(&self) -> i64 {
        self.obtained + (self.expires - self.obtained) / 10 * SHARED_TENTHS
    }

    pub(super) fn for_client(self) -> OAuthToken {
        OAuthToken { token: self.value, principal_name: self.principal, lifetime_ms: self.expires }
    }
}

/// What is read of a token that is a JWT (RFC 7519); other tokens say nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    exp: Option<f64>,
    sub: Option<String>,
}

/// A text as a token, where it can be one and has not ended.
fn usable(text: &str, principal: &str, expires_in_s: Option<f64>, now: i64) -> Result<Token, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    // RFC 6750, 2.1.
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if text.len() > MAX_TOKEN_BYTES || !text.chars().all(is_token) {
        return Err("it is no bearer token: one word of letters, digits and -._~+/=".into());
    }
    let claims = claims(text);
    let at = |seconds: f64| (seconds * 1000.0) as i64;
    let told = [claims.exp.map(at), expires_in_s.map(|seconds| now.saturating_add(at(seconds)))];
    let expires = told.into_iter().flatten().min().unwrap_or(now + UNTOLD_LIFETIME_MS);
    if expires <= now {
        return Err(format!("it ended {} s ago", (now - expires) / 1000));
    }
    let principal = claims.sub.filter(|subject| !subject.is_empty()).unwrap_or_else(|| principal.to_owned());
    Ok(Token { value: text.to_owned(), principal, obtained: now, expires })
}

fn claims(token: &str) -> Claims {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return Claims::default() };
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_jwt_says_its_end_and_its_subject() {
        let token = usable(&jwt(r#"{"sub":"desk","exp":2000.5}"#), "client", None, 1_000_000).unwrap();
        assert_eq!((token.principal.as_str(), token.obtained, token.expires), ("desk", 1_000_000, 2_000_500));
        assert_eq!(token.shared_until(), 1_700_350);
        // The shorter of what the token and its giver say.
        assert_eq!(usable(&jwt(r#"{"exp":2000}"#), "client", Some(10.0), 1_000_000).unwrap().expires, 1_010_000);
        assert_eq!(usable(&jwt(r#"{"exp":1e300}"#), "client", None, 0).unwrap().expires, i64::MAX);
    }

    #[test]
    fn other_tokens_are_good_for_a_while() {
        let token = usable("opaque~token", "client", None, 1_000).unwrap();
        assert_eq!((token.principal.as_str(), token.expires), ("client", 301_000));
        for broken in ["a.b.c", &jwt("[]"), &jwt(r#"{"exp":"soon"}"#), &jwt(r#"{"sub":""}"#)] {
            assert_eq!(usable(broken, "client", None, 0).unwrap().expires, UNTOLD_LIFETIME_MS, "{broken}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        for (text, why) in [("", "empty"), ("two words", "no bearer token"), ("line\nbreak", "no bearer token"), ("ключ", "no bearer token")] {
            let said = usable(text, "client", None, 0).unwrap_err();
            assert!(said.contains(why) && (text.is_empty() || !said.contains(text)), "{said}");
        }
        assert_eq!(usable(&jwt(r#"{"exp":10}"#), "client", None, 25_000).unwrap_err(), "it ended 15 s ago");
        assert!(usable("x", "client", Some(0.0), 5).unwrap_err().contains("ended"));
        assert!(!format!("{:?}", usable("hunter2", "client", None, 0).unwrap()).contains("hunter2"));
    }

    #[test]
    fn a_file_is_read_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let tokens = Tokens::new(TokenSource::File(path.clone()));
        let missing = tokens.token_at(0).unwrap_err().to_string();
        assert!(missing.starts_with("can't read the token in ") && missing.contains("token"), "{missing}");
        std::fs::write(&path, "first\n").expect("written");
        assert_eq!(tokens.token_at(0).unwrap().value, "first");
        std::fs::write(&path, "  second  \r\n").expect("written");
        assert_eq!(tokens.token_at(0).unwrap().value, "second");
        std::fs::write(&path, "x".repeat(MAX_TOKEN_BYTES + 10)).expect("written");
        assert!(tokens.token_at(0).is_err());
    }
}

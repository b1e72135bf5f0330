//! Tokens for SASL OAUTHBEARER (RFC 7628): read from a file that something else renews, or asked for at an identity provider
//! (`tokens/endpoint.rs`). The clients of one process share them.
//!
//! A client asks for a token before the one it has ends, on whatever thread polls it. A token is never logged and never in an error.

pub mod endpoint;
mod first;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use serde::Deserialize;
use serde_json::Value;

use endpoint::ClientCredentials;

use crate::text::panic;

/// The most bytes of a token: what brokers take of a client's first message by default (`sasl.server.max.receive.size`) is eight times as much.
const MAX_TOKEN_BYTES: usize = 64 << 10;
/// How long a token is taken for good that does not say how long it is.
const UNTOLD_LIFETIME_MS: i64 = 5 * 60_000;
/// The longest lifetime that is believed: the client library counts in microseconds, and would overflow.
const MAX_LIFETIME_MS: i64 = 365 * 24 * 3_600_000;
/// How long a provider that gave nothing is left alone: as long as a client waits before it asks again.
const PAUSE_MS: i64 = 10_000;
/// How long a thread that polls a client waits for an answer where there is no token that is good, whatever takes its time.
const PATIENCE: Duration = Duration::from_secs(8);
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
    known: Arc<(Mutex<Known>, Condvar)>,
}

/// What the provider gave last.
#[derive(Debug, Default)]
struct Known {
    token: Option<Token>,
    /// When it gave none, and why.
    failure: Option<(i64, TokenError)>,
    /// A thread asks now; it tells when it has an answer.
    is_asked: bool,
}

/// Two are one where their tokens come from one place; what was read of it is no matter.
impl PartialEq for Tokens {
    fn eq(&self, other: &Tokens) -> bool {
        self.source == other.source
    }
}

impl Eq for Tokens {}

impl Tokens {
    /// Asks for nothing yet.
    pub fn new(source: TokenSource) -> Tokens {
        Tokens { source, known: Arc::default() }
    }

    /// A token that is good now.
    pub fn token(&self) -> Result<Token, TokenError> {
        self.token_by(now_ms)
    }

    fn token_by(&self, clock: impl Fn() -> i64 + Clone + Send + 'static) -> Result<Token, TokenError> {
        match &self.source {
            TokenSource::File(path) => {
                let failed = |reason: String| TokenError::File { path: path.clone(), reason };
                let text = read_token(path).map_err(|e| failed(e.to_string()))?;
                usable(text.trim(), "copydesk", None, clock()).map_err(failed)
            }
            TokenSource::ClientCredentials(credentials) => self.of_provider(credentials, clock),
        }
    }

    /// The token that is there, as long as it is good. It is asked for another in time, on a thread of its own: whoever polls a client waits for one only
    /// where there is none.
    fn of_provider(&self, credentials: &ClientCredentials, clock: impl Fn() -> i64 + Clone + Send + 'static) -> Result<Token, TokenError> {
        let (known, answered) = &*self.known;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock();
        // A clock that was set back makes all that is known doubtful.
        let is_past = |time: i64| time <= now;
        let token = known.token.clone().filter(|token| is_past(token.obtained) && now < token.expires);
        if let Some(token) = token.as_ref().filter(|token| now < token.shared_until()) {
            return Ok(token.clone());
        }
        if let Some((_, failure)) = known.failure.as_ref().filter(|(at, _)| is_past(*at) && now < at + PAUSE_MS) {
            return token.ok_or_else(|| failure.clone());
        }
        let failed = |reason: String| TokenError::Endpoint { endpoint: credentials.shown(), reason };
        if !known.is_asked {
            known.failure = None;
            known.is_asked = true;
            if let Err(error) = self.ask(credentials.clone(), clock) {
                known.is_asked = false;
                return token.ok_or_else(|| failed(format!("no thread to ask on: {error}")));
            }
        }
        if let Some(token) = token {
            return Ok(token);
        }
        let (known, _) = answered.wait_timeout_while(known, PATIENCE, |known| known.is_asked).unwrap_or_else(PoisonError::into_inner);
        if known.is_asked {
            return Err(failed(format!("no answer in {} s", PATIENCE.as_secs())));
        }
        match &known.failure {
            Some((_, failure)) => Err(failure.clone()),
            None => known.token.clone().ok_or_else(|| failed("it was not asked".to_owned())),
        }
    }

    /// Asks on a thread of its own, which leaves what comes of it in what is known: a token or a failure, whatever happens.
    fn ask(&self, credentials: ClientCredentials, clock: impl Fn() -> i64 + Send + 'static) -> std::io::Result<()> {
        let shared = self.known.clone();
        let asking = move || {
            let asked = catch_unwind(AssertUnwindSafe(|| credentials.ask()));
            let granted = asked.unwrap_or_else(|panic| Err(format!("asking panicked: {}", panic::message(panic.as_ref()))));
            let (known, answered) = &*shared;
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock();
            known.is_asked = false;
            match granted.and_then(|grant| usable(&grant.access_token, &credentials.client_id, grant.expires_in, now)) {
                Ok(token) => known.token = Some(token),
                Err(reason) => {
                    let failure = TokenError::Endpoint { endpoint: credentials.shown(), reason };
                    if let Some(token) = known.token.as_ref().filter(|token| now < token.expires) {
                        tracing::warn!(target: "copydesk::kafka", "{failure}; the token that is there is good for {} s more", (token.expires - now) / 1000);
                    }
                    known.failure = Some((now, failure));
                }
            }
            answered.notify_all();
        };
        std::thread::Builder::new().name("token".into()).spawn(asking).map(drop)
    }

    /// Gives a new client its first token, so that it need not wait until it asks for one.
    pub(super) fn give<C: ClientContext>(&self, client: &Client<C>) -> Result<(), String> {
        let token = self.token().map_err(|e| e.to_string())?;
        first::set(client, &token.value, &token.principal, token.expires)
    }
}

/// A file, and nothing that an opening may wait for.
fn read_token(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    crate::config::read_limited(path, MAX_TOKEN_BYTES)
}

impl Token {
    fn shared_until(&self) -> i64 {
        self.obtained + (self.expires - self.obtained) / 10 * SHARED_TENTHS
    }

    pub(super) fn for_client(self) -> OAuthToken {
        OAuthToken { token: self.value, principal_name: self.principal, lifetime_ms: self.expires }
    }
}

/// What is read of a token that is a JWT (RFC 7519); other tokens say nothing. Each claim by itself: one of another type hides no other.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Claims {
    exp: Value,
    sub: Value,
}

/// A text as a token, where it can be one and has not ended.
fn usable(text: &str, principal: &str, expires_in_s: Option<f64>, now: i64) -> Result<Token, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    // RFC 6750, 2.1.
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if text.len() > MAX_TOKEN_BYTES || !text.chars().all(is_token) {
        return Err("it is no bearer token: the token alone is wanted, one word of letters, digits and -._~+/=".into());
    }
    let claims = claims(text);
    let at = |seconds: f64| (seconds * 1000.0) as i64;
    let expires_in_s = expires_in_s.filter(|seconds| seconds.is_finite());
    let told = [claims.exp.as_f64().map(at), expires_in_s.map(|seconds| now.saturating_add(at(seconds)))];
    let expires = told.into_iter().flatten().min().unwrap_or(now + UNTOLD_LIFETIME_MS).min(now + MAX_LIFETIME_MS);
    if expires <= now {
        return Err(format!("it ended {} s ago", now.saturating_sub(expires) / 1000));
    }
    // The client library takes a C string.
    let principal = claims.sub.as_str().filter(|subject| !subject.is_empty() && !subject.contains('\0')).unwrap_or(principal).to_owned();
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
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

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
        assert_eq!(usable(&jwt(r#"{"exp":1e300}"#), "client", None, 0).unwrap().expires, MAX_LIFETIME_MS);
    }

    #[test]
    fn other_tokens_are_good_for_a_while() {
        let token = usable("opaque~token", "client", None, 1_000).unwrap();
        assert_eq!((token.principal.as_str(), token.expires), ("client", 301_000));
        let numbered = usable(&jwt(r#"{"sub":7,"exp":2000}"#), "client", None, 0).unwrap();
        assert_eq!((numbered.principal.as_str(), numbered.expires), ("client", 2_000_000));
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
        assert!(usable("x", "client", Some(-1e300), 5).unwrap_err().contains("ended"));
        assert_eq!(usable("x", "client", Some(f64::NAN), 0).unwrap().expires, UNTOLD_LIFETIME_MS);
        assert!(!format!("{:?}", usable("hunter2", "client", None, 0).unwrap()).contains("hunter2"));
    }

    /// It answers each of these in turn, counts how often it is asked, and then listens no more.
    fn provider(answers: &'static [&'static str]) -> (Tokens, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}/", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a client");
                counter.fetch_add(1, Ordering::Relaxed);
                let _ = stream.read(&mut [0; 4096]);
                let _ = write!(stream, "HTTP/1.1 {answer}");
            }
        });
        let client_secret = crate::config::Secret::new("hunter2");
        let credentials = ClientCredentials { endpoint, client_id: "desk".into(), client_secret, scope: None, authorities: None };
        (Tokens::new(TokenSource::ClientCredentials(credentials)), asked)
    }

    #[test]
    fn a_token_is_shared_and_outlives_a_provider_that_fails() {
        const GOOD: &str = "200 OK\r\nconnection: close\r\n\r\n{\"access_token\":\"first\",\"expires_in\":100}";
        const NEXT: &str = "200 OK\r\nconnection: close\r\n\r\n{\"access_token\":\"second\",\"expires_in\":100}";
        const BAD: &str = "503 No\r\nconnection: close\r\n\r\n";
        let (tokens, asked) = provider(&[BAD, GOOD, BAD, NEXT]);
        let at = |seconds: i64| tokens.clone().token_by(move || seconds * 1000).map(|token| token.value);
        let count = || asked.load(Ordering::Relaxed);
        assert!(at(0).is_err() && at(5).is_err() && count() == 1, "it is left alone for a while");
        assert_eq!((at(20), at(89)), (Ok("first".into()), Ok("first".into())));
        assert_eq!(count(), 2);
        // Time for another, and there is none: the first is still good, and nobody waits.
        let answered = |tokens: &Tokens| while tokens.known.0.lock().unwrap().is_asked {};
        assert_eq!(at(100), Ok("first".into()));
        answered(&tokens);
        assert_eq!((at(105), count()), (Ok("first".into()), 3));
        assert_eq!(at(111), Ok("first".into()));
        answered(&tokens);
        assert_eq!((at(112), count()), (Ok("second".into()), 4));
        // Nobody listens any more.
        assert_eq!(at(205), Ok("second".into()));
        answered(&tokens);
        assert!(at(216).is_err());
        // A clock that was set back.
        assert!(at(50).is_err());
    }

    #[test]
    fn a_file_is_read_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let tokens = Tokens::new(TokenSource::File(path.clone()));
        let missing = tokens.token_by(|| 0).unwrap_err().to_string();
        assert!(missing.starts_with("can't read the token in ") && missing.contains("token"), "{missing}");
        std::fs::write(&path, "first\n").expect("written");
        assert_eq!(tokens.token_by(|| 0).unwrap().value, "first");
        std::fs::write(&path, "  second  \r\n").expect("written");
        assert_eq!(tokens.token_by(|| 0).unwrap().value, "second");
        std::fs::write(&path, "x".repeat(MAX_TOKEN_BYTES + 10)).expect("written");
        assert!(tokens.token_by(|| 0).is_err());
    }
}

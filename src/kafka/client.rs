//! How every command reaches the brokers: addresses and client properties, one place for what a client logs, and the few
//! blocking calls that topics and audit share.
//!
//! It must never let a secret out: not in `Debug`, not in an error, not in a log line. It holds no client and no thread;
//! the settings that a guarantee rests on (isolation, commits, idempotence) are its callers' and can't be set from outside.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::tokens::Tokens;
use crate::config::is_sensitive;

/// How long a repeated line of a client is held back.
const REPEAT_INTERVAL: Duration = Duration::from_secs(30);
/// How many different lines are remembered for that.
const REPEAT_KEYS: usize = 64;
/// How long a command tries to reach the brokers.
pub const REACH_TIMEOUT: Duration = Duration::from_secs(30);

/// Client properties that the guarantees rest on, or that have a setting of their own: nobody sets them from outside.
const RESERVED: [&str; 16] = [
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.protocol",
    "isolation.level",
    "log.queue",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "request.required.acks",
    "acks",
    "transactional.id",
    "transaction.timeout.ms",
];

/// Why a call to the brokers failed. The texts hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Client properties that can't be used, one sentence each.
    #[error("{}", .0.join("; "))]
    Properties(Vec<String>),
    /// No broker could be reached, or none let us in.
    #[error("can't reach the brokers at {bootstrap}: {reason}")]
    Unreachable {
        /// The addresses that were tried.
        bootstrap: String,
        /// What the client said last.
        reason: String,
    },
    /// There is no token to log in with.
    #[error("can't log in: {0}")]
    Token(String),
    /// A call failed.
    #[error("can't {doing}: {reason}")]
    Call {
        /// What was being done.
        doing: String,
        /// What the client said.
        reason: String,
    },
}

impl ClientError {
    /// The call that was to do `doing` failed with `error`.
    pub fn call(doing: impl Into<String>, error: &KafkaError) -> ClientError {
        ClientError::Call { doing: doing.into(), reason: describe(error) }
    }
}

/// An error of the client library in words, without the value of any setting (its own text repeats the value of a bad
/// property, even a password).
pub fn describe(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, text, key, _) if is_sensitive(key) => {
            let known = if text.contains("No such") { "is not a client property" } else { "has a value that can't be used" };
            format!("{key} {known}")
        }
        KafkaError::ClientConfig(_, text, _, _) => text.clone(),
        other => match other.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => other.to_string(),
        },
    }
}

/// Where the brokers are, and the properties by which to reach them: `security.protocol`, `sasl.*`, `ssl.*` and any other
/// client property that is not the worker's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `host:port`, separated by commas.
    pub bootstrap: String,
    /// Client properties by name.
    pub properties: BTreeMap<String, String>,
    /// Where tokens come from, for SASL OAUTHBEARER.
    pub tokens: Option<Tokens>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.properties.iter().map(|(k, v)| (k.as_str(), if is_sensitive(k) { "***" } else { v.as_str() }));
        f.debug_struct("Connection")
            .field("bootstrap", &self.bootstrap)
            .field("properties", &shown.collect::<BTreeMap<_, _>>())
            .field("tokens", &self.tokens)
            .finish()
    }
}

impl Connection {
    /// Brokers that need no properties.
    pub fn new(bootstrap: impl Into<String>) -> Connection {
        Connection { bootstrap: bootstrap.into(), properties: BTreeMap::new(), tokens: None }
    }

    /// Refuses properties that don't exist, have a value that can't be used, or are the worker's own. All of them are reported at once.
    pub fn validate(&self) -> Result<(), ClientError> {
        let mut problems = Vec::new();
        if self.bootstrap.trim().is_empty() {
            problems.push("no broker address is given".to_owned());
        }
        for (key, value) in &self.properties {
            if RESERVED.contains(&key.as_str()) {
                problems.push(format!("the client property {key} is set by copydesk itself"));
                continue;
            }
            let alone = ClientConfig::new().set(key, value).create_native_config();
            if let Err(error) = alone {
                problems.push(format!("bad client property: {}", describe(&error)));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ClientError::Properties(problems)) }
    }

    /// The base that each client is built on; `role` becomes part of its `client.id`. What a guarantee needs, the caller sets
    /// on top of it.
    pub fn config(&self, role: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Info);
        // Small requests wait for each other otherwise: a fetch behind a produce on the same connection.
        config.set("socket.nagle.disable", "true");
        config.set("client.id", format!("copydesk-{role}"));
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        if self.properties.contains_key("debug") {
            config.set_log_level(RDKafkaLogLevel::Debug);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    /// What brings the client's own log lines and errors into ours.
    pub fn bridge(&self, role: &str) -> Bridge {
        let secrets = self.properties.iter().filter(|(key, value)| is_sensitive(key) && !value.is_empty());
        Bridge {
            role: role.to_owned(),
            tokens: self.tokens.clone(),
            secrets: secrets.map(|(_, value)| value.clone()).collect(),
            repeats: Mutex::new(Repeats::default()),
            last_error: Mutex::new(None),
        }
    }

    /// A consumer for one command, that has reached the brokers: no member of any group, it commits nothing.
    pub fn consumer(&self, role: &str, settings: &[(&str, &str)]) -> Result<BaseConsumer<Bridge>, ClientError> {
        let mut config = self.config(role);
        config.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
        for (key, value) in settings {
            config.set(*key, *value);
        }
        let consumer: BaseConsumer<Bridge> = config.create_with_context(self.bridge(role)).map_err(|error| ClientError::Properties(vec![describe(&error)]))?;
        self.authenticate(consumer.client()).map_err(ClientError::Token)?;
        self.reach(&consumer, REACH_TIMEOUT)?;
        Ok(consumer)
    }

    /// Gives a new client its first token, where it needs one. Later ones it asks for itself.
    pub fn authenticate<C: ClientContext>(&self, client: &Client<C>) -> Result<(), String> {
        self.tokens.as_ref().map_or(Ok(()), |tokens| tokens.give(client))
    }

    /// The same for a client of the worker, which goes on asking until there is a token.
    pub(super) fn authenticate_later<C: ClientContext>(&self, client: &Client<C>) {
        if let Err(reason) = self.authenticate(client) {
            tracing::warn!(target: "copydesk::kafka", "{reason}");
        }
    }

    /// Waits until a broker answers. Wrong credentials and certificates end it at once, since no retry mends them.
    pub fn reach(&self, consumer: &BaseConsumer<Bridge>, limit: Duration) -> Result<(), ClientError> {
        let deadline = Instant::now() + limit;
        loop {
            // Any topic will do: the client connects to no broker until something is asked, and the metadata of all topics is a lot.
            let answer = consumer.fetch_metadata(Some("__consumer_offsets"), Duration::from_secs(1));
            // Errors come as events: without this nobody would learn why. A poll without time would return after one log line.
            while let Some(Err(_)) = consumer.poll(Duration::from_millis(20)) {}
            if answer.is_ok() {
                return Ok(());
            }
            let last = consumer.context().last_error();
            let hopeless = matches!(last, Some((RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL, _)));
            if hopeless || Instant::now() >= deadline {
                let reason = last.map_or_else(|| "no answer".to_owned(), |(_, text)| text);
                return Err(ClientError::Unreachable { bootstrap: self.bootstrap.clone(), reason });
            }
        }
    }
}

/// Brings a client's log lines and errors into ours, a repeated one once in 30 s, and keeps secrets out of them.
pub struct Bridge {
    role: String,
    tokens: Option<Tokens>,
    secrets: Vec<String>,
    /// Callbacks come on whatever thread polls, so this small book-keeping is locked, for the time of a lookup.
    repeats: Mutex<Repeats>,
    last_error: Mutex<Option<(RDKafkaErrorCode, String)>>,
}

impl Bridge {
    /// The newest error that the client reported, in words.
    pub fn last_error(&self) -> Option<(RDKafkaErrorCode, String)> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn without_secrets(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }

    /// The text to log, or `None` while it is held back as a repeat.
    fn admit(&self, kind: &str, text: &str, now: Instant) -> Option<String> {
        let text = self.without_secrets(text);
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        let held = repeats.admit(kind, &text, now)?;
        Some(if held == 0 { text } else { format!("{text} ({held} more like it)") })
    }
}

impl ClientContext for Bridge {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        let tokens = self.tokens.as_ref().ok_or("no source of tokens is set")?;
        Ok(tokens.token()?.for_client())
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        let Some(text) = self.admit(facility, text, Instant::now()) else { return };
        let client = self.role.as_str();
        match level {
            // These lines come a second time, as an error.
            _ if matches!(facility, "FAIL" | "ERROR") => {
                tracing::debug!(target: "copydesk::kafka", client, facility, "{text}")
            }
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(target: "copydesk::kafka", client, facility, "{text}")
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "copydesk::kafka", client, facility, "{text}")
            }
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(target: "copydesk::kafka", client, facility, "{text}")
            }
            RDKafkaLogLevel::Debug => tracing::debug!(target: "copydesk::kafka", client, facility, "{text}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
        let words = self.without_secrets(reason);
        {
            let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
            // "all brokers are down" follows each failure, and says less than it.
            if last.is_none() || code != RDKafkaErrorCode::AllBrokersDown {
                *last = Some((code, words));
            }
        }
        let Some(text) = self.admit(&format!("{code:?}"), reason, Instant::now()) else { return };
        let client = self.role.as_str();
        match code {
            RDKafkaErrorCode::Fatal | RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL => {
                tracing::error!(target: "copydesk::kafka", client, code = ?code, "{text}")
            }
            // An outage is no error of ours: the client goes on by itself when the brokers are back.
            _ => tracing::warn!(target: "copydesk::kafka", client, code = ?code, "{text}"),
        }
    }
}

impl ConsumerContext for Bridge {}

/// Which lines were logged lately. Two lines are alike if they differ in digits only.
#[derive(Default)]
struct Repeats {
    lines: HashMap<String, Line>,
}

struct Line {
    logged: Instant,
    held: u64,
}

impl Repeats {
    /// How many like it were held back since it was logged last, or `None` if this one is to be held back too.
    fn admit(&mut self, kind: &str, text: &str, now: Instant) -> Option<u64> {
        let mut key = String::with_capacity(kind.len() + text.len());
        key.push_str(kind);
        let digits_alike = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
        for c in digits_alike.take(300) {
            if c != '0' || !key.ends_with('0') {
                key.push(c);
            }
        }
        if let Some(line) = self.lines.get_mut(&key) {
            if now.saturating_duration_since(line.logged) < REPEAT_INTERVAL {
                line.held += 1;
                return None;
            }
            let held = std::mem::take(&mut line.held);
            line.logged = now;
            return Some(held);
        }
        if self.lines.len() >= REPEAT_KEYS {
            let oldest = self.lines.iter().min_by_key(|(_, line)| line.logged).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.lines.remove(&key));
        }
        self.lines.insert(key, Line { logged: now, held: 0 });
        Some(0)
    }
}

/// Waits for an answer of the admin client on this thread; `None` after `limit`. The client answers from a thread of its own, so
/// no runtime is needed, and it may be called where one runs already.
pub fn wait_for<F: Future>(future: F, limit: Duration) -> Option<F::Output> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let deadline = Instant::now() + limit;
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return Some(answer);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        std::thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_password() -> Connection {
        let mut connection = Connection::new("localhost:9092");
        connection.properties.insert("sasl.password".into(), "hunter2".into());
        connection.properties.insert("sasl.username".into(), "desk".into());
        connection
    }

    #[test]
    fn secrets_stay_out_of_debug_and_logs() {
        let connection = with_password();
        let shown = format!("{connection:?}");
        assert!(shown.contains("desk") && shown.contains("***") && !shown.contains("hunter2"), "{shown}");
        let bridge = connection.bridge("test");
        let line = bridge.admit("CONF", "sasl.password = hunter2", Instant::now()).expect("a first line is logged");
        assert_eq!(line, "sasl.password = ***");
        bridge.error(KafkaError::Global(RDKafkaErrorCode::Authentication), "bad password hunter2");
        assert_eq!(bridge.last_error(), Some((RDKafkaErrorCode::Authentication, "bad password ***".to_owned())));
    }

    #[test]
    fn bad_properties_are_all_reported_without_secrets() {
        let mut connection = with_password();
        assert_eq!(connection.validate(), Ok(()));
        connection.properties.insert("isolation.level".into(), "read_uncommitted".into());
        connection.properties.insert("sasl.pasword".into(), "hunter3".into());
        connection.properties.insert("security.protocol".into(), "carrier_pigeon".into());
        connection.bootstrap = " ".into();
        let Err(ClientError::Properties(problems)) = connection.validate() else { panic!("accepted") };
        assert_eq!(problems.len(), 4, "{problems:?}");
        let text = problems.join("\n");
        assert!(text.contains("no broker address"), "{text}");
        assert!(text.contains("isolation.level is set by copydesk itself"), "{text}");
        assert!(text.contains("sasl.pasword"), "{text}");
        assert!(text.contains("security.protocol"), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }

    #[test]
    fn a_line_is_logged_once_and_then_with_a_count() {
        let mut repeats = Repeats::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(repeats.admit("FAIL", "broker 1: refused after 12ms", start), Some(0));
        assert_eq!(repeats.admit("FAIL", "broker 1: refused after 3ms", after(1)), None);
        assert_eq!(repeats.admit("FAIL", "broker 12: refused after 345ms", after(29)), None);
        assert_eq!(repeats.admit("FAIL", "something else", after(29)), Some(0));
        assert_eq!(repeats.admit("FAIL", "broker 1: refused after 7ms", after(31)), Some(2));
        assert_eq!(repeats.admit("FAIL", "broker 1: refused after 7ms", after(62)), Some(0));
    }

    #[test]
    fn what_is_remembered_of_lines_is_bounded() {
        let mut repeats = Repeats::default();
        let start = Instant::now();
        for i in 0..1000u32 {
            let text: String = (0..10).map(|bit| if i >> bit & 1 == 1 { 'x' } else { 'o' }).collect();
            assert_eq!(repeats.admit("X", &text, start + Duration::from_millis(i.into())), Some(0));
        }
        assert_eq!(repeats.lines.len(), REPEAT_KEYS);
    }

    #[test]
    fn nobody_listens() {
        // A port that nothing listens on: bound and let go again.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let connection = Connection::new(listener.local_addr().expect("bound").to_string());
        drop(listener);
        let consumer = connection.config("test").create_with_context(connection.bridge("test")).expect("plain settings");
        let error = connection.reach(&consumer, Duration::from_millis(1500)).expect_err("nobody there");
        assert!(error.to_string().starts_with("can't reach the brokers at 127.0.0.1:"), "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[test]
    fn waiting_has_a_limit() {
        assert_eq!(wait_for(std::future::ready(7), Duration::from_secs(1)), Some(7));
        assert_eq!(wait_for(std::future::pending::<u8>(), Duration::from_millis(20)), None);
    }
}

//! A worker over TLS that proves who it is, by each way there is, with no right more than it needs.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use copydesk::kafka::client::Connection;
use copydesk::kafka::tokens::TokenSource;
use copydesk::kafka::tokens::endpoint::ClientCredentials;
use copydesk::kafka::topics;
use support::acls::{Operation, Resource, allow};
use support::desk::{Desk, PATIENCE, end, page};
use support::tls::Certificates;
use support::{Cluster, Options, plan, wait_until};

const USERS: [(&str, &str); 1] = [("worker", "worker-secret")];

fn secured() -> Cluster {
    Cluster::start(Options { secured: true, users: USERS.to_vec(), ..Options::default() })
}

/// The least that a worker of this desk, of the name `one`, needs.
fn grant(cluster: &Cluster, desk: &Desk) {
    use Operation::{DescribeConfigs, Read, Write};
    let outputs = ["articles", "duplicates", "dead-letters"].map(|kind| desk.topic(kind));
    let name = copydesk::kafka::setup::transactional_id(&desk.group, "one");
    let topic = |name, operation| (Resource::Topic, name, operation);
    let mut rules = vec![
        topic(desk.raw_topic.as_str(), Read),
        topic(desk.log_topic.as_str(), Read),
        topic(desk.log_topic.as_str(), Write),
        topic(desk.log_topic.as_str(), DescribeConfigs),
        (Resource::Group, desk.group.as_str(), Read),
        (Resource::TransactionalId, name.as_str(), Write),
    ];
    rules.extend(outputs.iter().map(|output| topic(output.as_str(), Write)));
    allow(&cluster.connection(), "worker", &rules);
}

#[test]
fn the_least_rights_are_enough_and_each_is_needed() {
    let cluster = secured();
    let admin = Desk::open(cluster.connection(), "secure", 2, true);
    admin.fill(&(0..60).map(page).collect::<Vec<_>>());
    let desk = admin.as_user(cluster.connection_as("worker", "worker-secret"));

    // Without rights it says so and ends; the password is in no line of it.
    let mut denied = desk.worker("one");
    assert_ne!(denied.process.wait(PATIENCE), 0, "{}", denied.log());
    assert!(!denied.log().contains("worker-secret"), "{}", denied.log());

    grant(&cluster, &desk);
    let worker = desk.worker("one");
    admin.wait_until_done();
    end(worker);
    admin.audit();

    // A name that it may not carry.
    let mut other = desk.worker("two");
    assert_ne!(other.process.wait(PATIENCE), 0, "{}", other.log());
    assert!(other.log().to_lowercase().contains("authoriz"), "{}", other.log());

    let mut check = desk.command(&["check", "--set", "kafka.instance=one", "--as-worker"]);
    assert_eq!(check.process.wait(Duration::from_secs(90)), 0, "{}{}", check.process.output(), check.log());
    assert!(!check.process.output().contains("worker-secret"), "{}", check.process.output());
}

/// Pages come out under this connection, with the rights of `worker`.
fn works_as(cluster: &Cluster, name: &str, connection: Connection, settings: &[String]) {
    let admin = Desk::open(cluster.connection(), name, 2, true);
    admin.fill(&(0..40).map(page).collect::<Vec<_>>());
    let mut desk = admin.as_user(connection);
    desk.settings.extend_from_slice(settings);
    grant(cluster, &desk);
    let worker = desk.worker("one");
    admin.wait_until_done();
    end(worker);
    admin.audit();
    let mut check = desk.command(&["check", "--set", "kafka.instance=one", "--as-worker"]);
    assert_eq!(check.process.wait(Duration::from_secs(90)), 0, "{name}: {}{}", check.process.output(), check.log());
}

/// Passwords, certificates and tokens, each against a broker that checks them.
#[test]
fn each_way_to_prove_who_one_is() {
    let cluster = secured();
    works_as(&cluster, "plain", cluster.connection_by_password("PLAIN", "worker", "worker-secret"), &[]);
    works_as(&cluster, "certificate", cluster.connection_by_certificate(), &[]);

    let file = cluster.folder().join("token");
    let source = || TokenSource::File(file.clone());
    std::fs::write(&file, cluster.certificates().token("worker", Duration::from_secs(600))).expect("written");
    let settings = [format!("kafka.oauthbearer_token_file = {:?}", file.display().to_string())];
    works_as(&cluster, "token", cluster.connection_by_token(source()), &settings);

    // Topics are made by a client of another kind, which asks for no token by itself.
    std::fs::write(&file, cluster.certificates().token("admin", Duration::from_secs(600))).expect("written");
    let made = topics::create(&cluster.connection_by_token(source()), &copydesk::kafka::plan::Plan { single_broker: true, ..plan("by-token") });
    assert!(made.as_ref().is_ok_and(|reports| reports.iter().all(|r| r.created)), "{made:?}");

    // A token that somebody else signed, one that has ended, none at all.
    let good = std::fs::read_to_string(&file).expect("written");
    let signed_otherwise = format!("{}AAAA", &good[..good.len() - 4]);
    for (token, why) in [(signed_otherwise.as_str(), "invalid"), ("e30.eyJleHAiOjEwMDB9.c2ln", "it ended"), ("", "it is empty")] {
        std::fs::write(&file, token).expect("written");
        let refused = topics::check(&cluster.connection_by_token(source()), &plan("by-token")).expect_err("refused").to_string();
        assert!(refused.to_lowercase().contains(why) && !refused.contains("c2ln"), "{why}: {refused}");
    }
}

/// An identity provider over TLS that asks for `desk` and `provider-secret`, and gives tokens that end soon.
struct Provider {
    endpoint: String,
    /// How many tokens it gave.
    given: AtomicUsize,
    /// It takes connections and says nothing.
    is_silent: AtomicBool,
    certificates: Certificates,
    lifetime: Duration,
}

impl Provider {
    fn start(cluster: &Cluster, lifetime: Duration) -> Arc<Provider> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("https://{}/token", listener.local_addr().expect("an address"));
        let certificates = cluster.certificates().clone();
        let [certificate, key] = certificates.of_server();
        let identity = native_tls::Identity::from_pkcs8(&certificate, &key).expect("a certificate and its key");
        let acceptor = native_tls::TlsAcceptor::new(identity).expect("a server");
        let provider = Arc::new(Provider { endpoint, given: AtomicUsize::new(0), is_silent: AtomicBool::new(false), certificates, lifetime });
        let own = provider.clone();
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let stream = stream.expect("a client");
                if own.is_silent.load(Ordering::Relaxed) {
                    held.push(stream);
                } else if let Ok(stream) = acceptor.accept(stream) {
                    own.answer(stream);
                }
            }
        });
        provider
    }

    fn answer(&self, mut stream: impl Read + Write) {
        let mut request = Vec::new();
        let mut part = [0; 4096];
        // The form is short: it comes with the head, or right after it.
        while !String::from_utf8_lossy(&request).contains("grant_type=client_credentials") {
            match stream.read(&mut part) {
                Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
                _ => return,
            }
        }
        let is_known = String::from_utf8_lossy(&request).contains(&STANDARD.encode("desk:provider-secret"));
        let (status, body) = if is_known {
            self.given.fetch_add(1, Ordering::Relaxed);
            let token = self.certificates.token("worker", self.lifetime);
            ("200 OK", serde_json::json!({ "access_token": token, "token_type": "Bearer", "expires_in": self.lifetime.as_secs() }))
        } else {
            ("401 Unauthorized", serde_json::json!({ "error": "invalid_client" }))
        };
        let body = body.to_string();
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        let _ = stream.flush();
    }

    fn credentials(&self) -> ClientCredentials {
        ClientCredentials {
            endpoint: self.endpoint.clone(),
            client_id: "desk".into(),
            client_secret: copydesk::config::Secret::new("provider-secret"),
            scope: None,
            authorities: Some(self.certificates.authority.clone()),
        }
    }

    fn settings(&self, secret: &str) -> [String; 4] {
        [
            "kafka.oauthbearer_client_id = \"desk\"".to_owned(),
            format!("kafka.oauthbearer_client_secret = {secret:?}"),
            format!("kafka.oauthbearer_token_endpoint_url = {:?}", self.endpoint),
            format!("kafka.oauthbearer_ca_location = {:?}", self.certificates.authority.display().to_string()),
        ]
    }
}

/// The worker outlives many tokens: of a provider that it asks again, and in a file that something else renews. A provider that hangs for longer than
/// a token is good holds it up, and no more.
#[test]
fn tokens_are_renewed_while_it_runs() {
    let cluster = secured();
    let lifetime = Duration::from_secs(12);
    let provider = Provider::start(&cluster, lifetime);
    let file = cluster.folder().join("short");
    renew(&cluster, &file, lifetime);
    let by_file = [format!("kafka.oauthbearer_token_file = {:?}", file.display().to_string())];
    let by_provider = provider.settings("provider-secret");
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        // A sidecar, so to speak.
        scope.spawn(|| {
            while done.load(Ordering::Relaxed) < 2 {
                renew(&cluster, &file, lifetime);
                std::thread::sleep(lifetime / 4);
            }
        });
        let source = TokenSource::ClientCredentials(provider.credentials());
        let both = [("provider", source, &by_provider[..]), ("file", TokenSource::File(file.clone()), &by_file[..])];
        for (name, source, settings) in both {
            let (cluster, done, provider) = (&cluster, &done, &provider);
            scope.spawn(move || {
                // Also where it fails, or the sidecar would never end.
                let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
                    let connection = cluster.connection_by_token(source);
                    outlives(cluster, name, connection, settings, lifetime, &provider.is_silent);
                }));
                done.fetch_add(1, Ordering::Relaxed);
                outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            });
        }
    });
    // One for all four clients of the worker each time, and what commands and the beginning took.
    let given = provider.given.load(Ordering::Relaxed);
    let renewals = (started.elapsed().as_secs_f64() / (0.7 * lifetime.as_secs_f64())).ceil() as usize;
    assert!((3..=renewals + 4).contains(&given), "{given} tokens were given in {:?}", started.elapsed());

    let mut wrong = Desk::open(cluster.connection(), "wrong", 1, true).as_user(cluster.connection_by_token(TokenSource::File(file)));
    wrong.settings.extend(provider.settings("not-the-secret"));
    let mut refused = wrong.worker("one");
    assert_eq!(refused.process.wait(PATIENCE), 69, "{}", refused.log());
    assert!(refused.log().contains("it answers 401, invalid_client") && !refused.log().contains("not-the-secret"), "{}", refused.log());
}

fn renew(cluster: &Cluster, file: &Path, lifetime: Duration) {
    let unfinished = file.with_extension("part");
    std::fs::write(&unfinished, cluster.certificates().token("worker", lifetime)).expect("written");
    std::fs::rename(unfinished, file).expect("renamed");
}

fn outlives(cluster: &Cluster, name: &str, connection: Connection, settings: &[String], lifetime: Duration, silence: &AtomicBool) {
    let admin = Desk::open(cluster.connection(), name, 2, true);
    let mut desk = admin.as_user(connection);
    desk.settings.extend_from_slice(settings);
    grant(cluster, &desk);
    let mut worker = desk.worker("one");
    let started = Instant::now();
    for round in 0..4 {
        let next = lifetime * round;
        wait_until("the next round", PATIENCE, || started.elapsed() >= next);
        if name == "provider" {
            // Nobody answers in the third round, and what was there ends in it.
            if round == 3 {
                wait_until("the worker to say that it got no token", PATIENCE, || worker.log().contains("no token from https://127.0.0.1:"));
            }
            silence.store(round == 2, Ordering::Relaxed);
        }
        let first = 20 * round as usize;
        admin.fill(&(first..first + 20).map(page).collect::<Vec<_>>());
        if round != 2 {
            admin.wait_until_done();
        }
        assert!(worker.process.is_running(), "{}", worker.log());
    }
    let log = worker.log();
    end(worker);
    admin.audit();
    assert!(!log.contains("eyJ"), "a token in the log: {log}");
}

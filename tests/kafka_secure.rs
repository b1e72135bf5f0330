//! A worker over TLS that proves who it is, by each way there is, with no right more than it needs.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use copydesk::kafka::client::Connection;
use copydesk::kafka::tokens::TokenSource;
use copydesk::kafka::tokens::endpoint::ClientCredentials;
use copydesk::kafka::topics;
use support::acls::{Operation, Resource, allow};
use support::desk::{Desk, PATIENCE, end, page};
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

/// An identity provider that asks for `desk` and `provider-secret`, and gives tokens that end soon.
fn provider(cluster: &Cluster, lifetime: Duration) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}/token", listener.local_addr().expect("an address"));
    let given = Arc::new(AtomicUsize::new(0));
    let (counter, certificates) = (given.clone(), cluster.certificates().clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            let mut reader = BufReader::new(stream.try_clone().expect("the same socket"));
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                head.push_str(&line);
            }
            let mut form = vec![0; length];
            let _ = reader.read_exact(&mut form);
            let known = head.contains(&STANDARD.encode("desk:provider-secret")) && form.starts_with(b"grant_type=client_credentials");
            let (status, body) = if known {
                counter.fetch_add(1, Ordering::Relaxed);
                (
                    "200 OK",
                    serde_json::json!({ "access_token": certificates.token("worker", lifetime), "token_type": "Bearer", "expires_in": lifetime.as_secs() }),
                )
            } else {
                ("401 Unauthorized", serde_json::json!({ "error": "invalid_client" }))
            };
            let body = body.to_string();
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        }
    });
    (endpoint, given)
}

/// The worker outlives many tokens: of a provider that it asks again, and in a file that something else renews.
#[test]
fn tokens_are_renewed_while_it_runs() {
    let cluster = secured();
    let lifetime = Duration::from_secs(6);
    let (endpoint, given) = provider(&cluster, lifetime);
    let secret = copydesk::config::Secret::new("provider-secret");
    let credentials = ClientCredentials { endpoint: endpoint.clone(), client_id: "desk".into(), client_secret: secret, scope: None, authorities: None };
    let by_provider = [
        "kafka.oauthbearer_client_id = \"desk\"".to_owned(),
        "kafka.oauthbearer_client_secret = \"provider-secret\"".to_owned(),
        format!("kafka.oauthbearer_token_endpoint_url = {endpoint:?}"),
    ];
    let file = cluster.folder().join("short");
    renew(&cluster, &file, lifetime);
    let by_file = [format!("kafka.oauthbearer_token_file = {:?}", file.display().to_string())];
    let source = TokenSource::ClientCredentials(credentials);
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // A sidecar, so to speak.
        scope.spawn(|| {
            while done.load(Ordering::Relaxed) < 2 {
                renew(&cluster, &file, lifetime);
                std::thread::sleep(lifetime / 3);
            }
        });
        let both = [("provider", source, &by_provider[..]), ("file", TokenSource::File(file.clone()), &by_file[..])];
        for (name, source, settings) in both {
            let (cluster, done) = (&cluster, &done);
            scope.spawn(move || {
                // Also where it fails, or the other thread would never end.
                let outcome = std::panic::catch_unwind(|| outlives(cluster, name, cluster.connection_by_token(source), settings, lifetime));
                done.fetch_add(1, Ordering::Relaxed);
                outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            });
        }
    });
    // One for all four clients of a worker, each time.
    let given = given.load(Ordering::Relaxed);
    assert!((3..=30).contains(&given), "{given} tokens were given");

    let mut wrong = Desk::open(cluster.connection(), "wrong", 1, true).as_user(cluster.connection_by_token(TokenSource::File(file)));
    wrong.settings.extend(by_provider);
    wrong.settings.push("kafka.oauthbearer_client_secret = \"not-the-secret\"".into());
    let mut refused = wrong.worker("one");
    assert_eq!(refused.process.wait(PATIENCE), 69, "{}", refused.log());
    assert!(refused.log().contains("it answers 401, invalid_client") && !refused.log().contains("not-the-secret"), "{}", refused.log());
}

fn renew(cluster: &Cluster, file: &Path, lifetime: Duration) {
    let unfinished = file.with_extension("part");
    std::fs::write(&unfinished, cluster.certificates().token("worker", lifetime)).expect("written");
    std::fs::rename(unfinished, file).expect("renamed");
}

fn outlives(cluster: &Cluster, name: &str, connection: Connection, settings: &[String], lifetime: Duration) {
    let admin = Desk::open(cluster.connection(), name, 2, true);
    let mut desk = admin.as_user(connection);
    desk.settings.extend_from_slice(settings);
    grant(cluster, &desk);
    let mut worker = desk.worker("one");
    let started = Instant::now();
    for round in 0..4 {
        let next = lifetime * round;
        wait_until("the next round", PATIENCE, || started.elapsed() >= next);
        let first = 20 * round as usize;
        admin.fill(&(first..first + 20).map(page).collect::<Vec<_>>());
        admin.wait_until_done();
        assert!(worker.process.is_running(), "{}", worker.log());
    }
    let log = worker.log();
    end(worker);
    admin.audit();
    assert!(!log.contains("eyJ"), "a token in the log: {log}");
}

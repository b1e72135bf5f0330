//! Tests of the test fixture itself, and of rights, on real brokers.

mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use copydesk::kafka::audit::audit;
use copydesk::kafka::topics::{self, Plan};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::Producer;
use support::acls::{Operation, Resource, allow};
use support::client::{self, Isolation, NewRecord, in_transaction};
use support::process::exists;
use support::{Cluster, Options, errors, four, plan, shared_cluster, unique, wait_until};

const PATIENCE: Duration = Duration::from_secs(60);

// ---- the fixture ----

#[test]
fn records_come_back_as_they_were_written() {
    let connection = shared_cluster().connection();
    let topic = unique("echo");
    client::create_topics(&connection, &[(&topic, 3)]);
    let records = [
        NewRecord::new("first").key("k").partition(2).timestamp(1_700_000_000_000).header("url", "https://news.example/1"),
        NewRecord { value: None, ..NewRecord::new("").key("gone").partition(0) },
        NewRecord::new(vec![0xff, 0x00]).partition(2),
    ];
    client::produce(&connection, &topic, &records);
    let read = client::read_all(&connection, &topic, Isolation::Committed);
    let places: Vec<_> = read.iter().map(|r| (r.partition, r.offset)).collect();
    assert_eq!(places, [(0, 0), (2, 0), (2, 1)]);
    assert_eq!((read[0].key.as_deref(), read[0].value.as_deref()), (Some(&b"gone"[..]), None));
    assert_eq!((read[1].text().as_str(), read[1].timestamp), ("first", Some(1_700_000_000_000)));
    assert_eq!(read[1].header("url"), Some("https://news.example/1"));
    assert_eq!(read[2].value.as_deref(), Some(&[0xff, 0x00][..]));
    assert_eq!(client::ends(&connection, &topic, Isolation::Committed)[&2], (0, 2));
}

#[test]
fn isolation_hides_what_was_aborted() {
    let connection = shared_cluster().connection();
    let topic = unique("isolation");
    client::create_topics(&connection, &[(&topic, 1)]);
    let producer = client::transactional(&connection, &unique("writer"));
    in_transaction(&producer, true, || client::send(&producer, &topic, &NewRecord::new("kept")));
    in_transaction(&producer, false, || client::send(&producer, &topic, &NewRecord::new("dropped")));
    let texts = |isolation| -> Vec<String> { client::read_all(&connection, &topic, isolation).iter().map(client::Record::text).collect() };
    assert_eq!(texts(Isolation::Committed), ["kept"]);
    assert_eq!(texts(Isolation::Uncommitted), ["kept", "dropped"]);
}

#[test]
fn a_killed_broker_comes_back_with_its_data() {
    let mut cluster = Cluster::start(Options::default());
    let connection = cluster.connection();
    client::create_topics(&connection, &[("kept", 2)]);
    client::produce(&connection, "kept", &[NewRecord::new("one").partition(1)]);
    let first_process = cluster.process_id(1);
    cluster.kill9(1);
    assert!(!exists(first_process));
    cluster.restart(1);
    assert_ne!(cluster.process_id(1), first_process);
    client::produce(&connection, "kept", &[NewRecord::new("two").partition(1)]);
    cluster.stop(1);
    cluster.restart(1);
    let read = client::read_all(&connection, "kept", Isolation::Committed);
    assert_eq!(read.iter().map(client::Record::text).collect::<Vec<_>>(), ["one", "two"]);
    let (folder, last_process) = (cluster.folder().to_owned(), cluster.process_id(1));
    drop(cluster);
    assert!(!exists(last_process) && !folder.exists());
}

#[test]
fn a_paused_broker_answers_again_when_resumed() {
    let mut cluster = Cluster::start(Options::default());
    let connection = cluster.connection();
    client::create_topics(&connection, &[("slow", 1)]);
    let producer = client::producer(&connection, &[]);
    cluster.pause(1);
    client::send(&producer, "slow", &NewRecord::new("late"));
    assert!(producer.flush(Duration::from_millis(1500)).is_err(), "a paused broker acknowledged a record");
    cluster.resume(1);
    producer.flush(PATIENCE).expect("acknowledged after the pause");
    assert_eq!(client::read_all(&connection, "slow", Isolation::Committed).len(), 1);
}

const HOLDER: &str = "COPYDESK_TEST_HOLDS_A_BROKER";

/// Not a test by itself: the next one runs it as a process of its own, and kills that.
#[test]
fn holder_of_a_broker() {
    if std::env::var_os(HOLDER).is_some() {
        let cluster = shared_cluster();
        println!("\nholding {} {}", cluster.process_id(1), cluster.folder().display());
        std::thread::sleep(Duration::from_secs(600));
    }
}

#[test]
fn brokers_and_their_data_go_with_the_test_process() {
    use std::io::{BufRead, BufReader};
    let this = std::env::current_exe().expect("this file");
    let mut holder = Command::new(this)
        .args(["--exact", "holder_of_a_broker", "--nocapture"])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(holder.stdout.take().expect("piped"));
    let line = output.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("holding ").map(str::to_owned));
    let line = line.expect("it says what it holds");
    let (broker, folder) = line.split_once(' ').expect("a process id and a folder");
    let broker: u32 = broker.parse().expect("a process id");
    assert!(exists(broker) && std::path::Path::new(folder).exists());
    holder.kill().expect("killed");
    holder.wait().expect("our child");
    wait_until("the broker to die", PATIENCE, || !exists(broker));
    wait_until("the data to go", PATIENCE, || !std::path::Path::new(folder).exists());
}

// ---- TLS, SCRAM and access rules ----

#[test]
fn users_may_do_what_they_are_allowed() {
    let users = vec![("worker", "worker-secret")];
    let mut cluster = Cluster::start(Options { secured: true, users, ..Options::default() });
    let admin = cluster.connection();
    let plan = Plan { single_broker: true, ..plan("desk") };
    topics::create(&admin, &plan).expect("made");
    let worker = cluster.connection_as("worker", "worker-secret");

    let blind = errors(&topics::check(&worker, &plan).expect("an answer"));
    assert_eq!(blind.len(), 5, "without any rule no topic is seen: {blind:?}");

    use Operation::{DescribeConfigs, Read, Write};
    let topic = |name, operation| (Resource::Topic, name, operation);
    let rules = [
        topic(plan.topics.raw.first(), Read),
        topic(plan.topics.articles.as_str(), Write),
        topic(plan.topics.duplicates.as_str(), Write),
        topic(plan.topics.dead_letters.as_str(), Write),
        topic(plan.topics.fingerprints.as_str(), Read),
        topic(plan.topics.fingerprints.as_str(), Write),
        (Resource::Group, "desk", Read),
        (Resource::TransactionalId, "desk-1", Write),
    ];
    allow(&admin, "worker", &rules);
    wait_until("the rules to hold", PATIENCE, || {
        let findings = topics::check(&worker, &plan).expect("an answer");
        errors(&findings) == ["error: desk.fingerprints: its settings can't be read (this user needs the right DescribeConfigs)"] && findings.len() == 6
    });
    let names = plan.topics.all();
    allow(&admin, "worker", &names.iter().map(|(_, name)| topic(*name, DescribeConfigs)).collect::<Vec<_>>());
    wait_until("the rules to hold", PATIENCE, || topics::check(&worker, &plan).expect("an answer").len() == 1);

    let producer = client::transactional(&worker, "desk-1");
    in_transaction(&producer, true, || client::send(&producer, &plan.topics.articles, &NewRecord::new("allowed")));
    assert_eq!(client::read_all(&admin, &plan.topics.articles, Isolation::Committed).len(), 1);
    let other = client::producer(&worker, &[("transactional.id", "desk-2")]);
    let refused = other.init_transactions(PATIENCE).expect_err("not its name");
    assert_eq!(refused.rdkafka_error_code(), Some(RDKafkaErrorCode::TransactionalIdAuthorizationFailed), "{refused}");

    // The audit reads outputs too; without that right it says so at once.
    let topics = &plan.topics;
    let refused = audit(&worker, "desk", topics).expect_err("may not read articles");
    assert!(refused.to_string().contains("can't read desk.articles"), "{refused}");
    assert_eq!(audit(&admin, "desk", topics).map(|r| four(&r)), Ok([0, 0, 1, 0]), "one record that is no event");
    cluster.stop(1);
}

#[test]
fn wrong_credentials_are_said_at_once_and_without_the_password() {
    let cluster = Cluster::start(Options { secured: true, ..Options::default() });
    let started = std::time::Instant::now();
    let wrong = cluster.connection_as("admin", "not-the-password");
    let error = topics::check(&wrong, &Plan::default()).expect_err("refused").to_string();
    assert!(error.contains("can't reach the brokers at 127.0.0.1:") && error.contains("invalid credentials"), "{error}");
    assert!(!error.contains("not-the-password"), "{error}");

    let mut distrustful = cluster.connection();
    distrustful.properties.remove("ssl.ca.location");
    let error = topics::check(&distrustful, &Plan::default()).expect_err("refused").to_string();
    assert!(error.contains("certificate verify failed"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

// ---- the worker as a process ----

#[test]
fn a_process_reports_its_end() {
    use support::process::{Folder, Process};
    let folder = Folder::new("copydesk-process-");
    let command = |text: &str| -> Vec<std::ffi::OsString> { ["sh", "-c", text].map(Into::into).to_vec() };
    let mut quick = Process::start("quick", folder.path(), &command("echo out; echo err >&2; echo $HELLO; exit 7"), &[("HELLO", "hello".to_owned())]);
    assert_eq!(quick.wait(PATIENCE), 7);
    assert_eq!((quick.output().as_str(), quick.errors().as_str()), ("out\nhello\n", "err\n"));
    let mut patient = Process::start("patient", folder.path(), &command("trap 'exit 3' TERM; while :; do sleep 0.05; done"), &[]);
    wait_until("it runs", PATIENCE, || exists(patient.id()));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(patient.terminate(PATIENCE), 3);
    let mut stubborn = Process::start("stubborn", folder.path(), &command("exec sleep 600"), &[]);
    assert!(stubborn.is_running());
    stubborn.kill9();
    assert_eq!(stubborn.exit_code(), Some(137));
    let dropped = Process::start("dropped", folder.path(), &command("exec sleep 600"), &[]);
    let id = dropped.id();
    drop(dropped);
    assert!(!exists(id));
}

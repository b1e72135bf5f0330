//! Rights on real brokers: what a user is told who may not do something. And that brokers leave nothing behind.

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
use support::{Cluster, Options, errors, four, plan, shared_cluster, wait_until};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
#[ignore = "no test by itself: the next one runs it as a process of its own, and kills that"]
fn holder_of_a_broker() {
    let cluster = shared_cluster();
    println!("\nholding {} {}", cluster.process_id(1), cluster.folder().display());
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn brokers_and_their_data_go_with_the_test_process() {
    use std::io::{BufRead, BufReader};
    let this = std::env::current_exe().expect("this file");
    let mut holder = Command::new(this)
        .args(["--exact", "holder_of_a_broker", "--ignored", "--nocapture"])
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

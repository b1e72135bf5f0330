//! A worker over TLS, with SCRAM and no right more than it needs.

mod support;

use std::time::Duration;

use support::acls::{Operation, Resource, allow};
use support::desk::{Desk, PATIENCE, end, page};
use support::{Cluster, Options};

#[test]
fn the_least_rights_are_enough_and_each_is_needed() {
    let users = vec![("worker", "worker-secret")];
    let cluster = Cluster::start(Options { tls_scram: true, users, ..Options::default() });
    let admin = Desk::open(cluster.connection(), "secure", 2, true);
    admin.fill(&(0..60).map(page).collect::<Vec<_>>());
    let desk = admin.as_user(cluster.connection_as("worker", "worker-secret"));

    // Without rights it says so and ends; the password is in no line of it.
    let mut denied = desk.worker("one");
    assert_ne!(denied.process.wait(PATIENCE), 0, "{}", denied.log());
    assert!(!denied.log().contains("worker-secret"), "{}", denied.log());

    use Operation::{DescribeConfigs, Read, Write};
    let outputs = ["articles", "duplicates", "dead-letters"].map(|kind| admin.topic(kind));
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

//! The topics on real brokers: made, printed for other tools, and compared with the plan.

mod support;

use copydesk::config::{TopicRole, TopicSetting};
use copydesk::kafka::topics::{self, Plan, TopicsError};
use support::client::{self, Isolation, NewRecord, in_transaction};
use support::{Cluster, Options, errors, plan, shared_cluster, unique};

#[test]
fn topics_are_made_once_and_found_good() {
    let connection = shared_cluster().connection();
    let plan = Plan { single_broker: true, ..plan(&unique("made")) };
    let missing = errors(&topics::check(&connection, &plan).expect("checked"));
    assert_eq!(missing.len(), 5, "{missing:?}");
    assert!(missing[4].contains("the fingerprint log doesn't exist"), "{missing:?}");

    let reports = topics::create(&connection, &plan).expect("made");
    let made: Vec<_> = reports.iter().map(|r| (r.role, r.created, r.findings.len())).collect();
    let roles = [TopicRole::Raw, TopicRole::Articles, TopicRole::Duplicates, TopicRole::DeadLetters, TopicRole::Fingerprints];
    assert_eq!(made, roles.map(|role| (role, true, 0)), "{reports:#?}");

    let again = topics::create(&connection, &plan).expect("made before");
    assert!(again.iter().all(|r| !r.created && r.findings.is_empty()), "{again:#?}");
    let findings = topics::check(&connection, &plan).expect("checked");
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].to_string().contains("kafka.single_broker: there is one copy"), "{findings:?}");

    client::produce(&connection, &plan.topics.fingerprints, &[NewRecord::new("entry").timestamp(1)]);
    let entry = &client::read_all(&connection, &plan.topics.fingerprints, Isolation::Committed)[0];
    assert!(entry.log_append_time && entry.timestamp > Some(1), "{entry:?}");
}

#[test]
fn an_existing_topic_is_judged_and_left() {
    let connection = shared_cluster().connection();
    let plan = Plan { single_broker: true, ..plan(&unique("compared")) };
    let settings = [("cleanup.policy", "compact"), ("retention.ms", "3600000")];
    client::create_topics_with(&connection, &[(&plan.topics.fingerprints, 3, &settings), (&plan.topics.articles, 5, &[])]);
    let reports = topics::create(&connection, &plan).expect("the others are made");
    let log = reports.iter().find(|r| r.role == TopicRole::Fingerprints).expect("reported");
    assert!(!log.created);
    let text = errors(&log.findings).join("\n");
    for part in ["has 3 partitions", "cleanup.policy is compact", "timestamp.type is CreateTime", "retention.ms keeps 1 h"] {
        assert!(text.contains(part), "{part} in:\n{text}");
    }
    let articles = reports.iter().find(|r| r.role == TopicRole::Articles).expect("reported");
    assert!(errors(&articles.findings).join("\n").contains("max.message.bytes is 1048588"), "{articles:?}");
    assert_eq!(client::ends(&connection, &plan.topics.articles, Isolation::Committed).len(), 5);
}

/// The printed commands, run by Kafka's own tool, make what `create` makes.
#[test]
fn printed_commands_make_the_topics() {
    let connection = shared_cluster().connection();
    let plan = Plan { single_broker: true, ..plan(&unique("printed")) };
    for line in plan.commands(&connection.bootstrap, None).lines() {
        let arguments = line.strip_prefix("kafka-topics.sh ").expect("the tool").split(' ').map(Into::into).collect::<Vec<_>>();
        let (code, output) = support::jars::run_tool("org.apache.kafka.tools.TopicCommand", &arguments);
        assert!(code == 0 && output.contains("Created topic"), "{line}: {output}");
    }
    let reports = topics::create(&connection, &plan).expect("made before");
    assert!(reports.iter().all(|r| !r.created && r.findings.is_empty()), "{reports:#?}");
}

/// Where the brokers lack a setting, topics are made without it; brokers that have it are then held to the plan.
#[test]
fn topics_are_made_without_what_is_accepted() {
    let connection = shared_cluster().connection();
    let mut plan = Plan { single_broker: true, ..plan(&unique("without")) };
    plan.topics.accept_unsupported = vec![TopicSetting::MaxMessageBytes];
    let reports = topics::create(&connection, &plan).expect("an answer");
    let articles = reports.iter().find(|r| r.role == TopicRole::Articles).expect("reported");
    assert!(articles.created && errors(&articles.findings)[0].contains("max.message.bytes is 1048588"), "{articles:?}");
}

#[test]
fn three_replicas_need_three_brokers() {
    let connection = shared_cluster().connection();
    let mut plan = plan(&unique("alone"));
    let reports = topics::create(&connection, &plan).expect("an answer");
    for report in &reports {
        assert!(!report.created);
        assert!(errors(&report.findings)[0].contains("there are fewer brokers"), "{report:?}");
    }
    plan.topics.articles = plan.topics.raw.first().to_owned();
    let refused = topics::create(&connection, &plan).expect_err("a contradiction");
    assert!(matches!(refused, TopicsError::Plan(_)), "{refused}");
}

#[test]
fn three_brokers_lose_one_and_go_on() {
    let mut cluster = Cluster::start(Options::three());
    let connection = cluster.connection();
    let plan = plan("desk");
    let reports = topics::create(&connection, &plan).expect("made");
    assert!(reports.iter().all(|r| r.created && r.findings.is_empty()), "{reports:#?}");
    assert_eq!(topics::check(&connection, &plan), Ok(Vec::new()));

    cluster.kill9(2);
    let producer = client::transactional(&connection, "writer");
    in_transaction(&producer, true, || {
        for i in 0..20 {
            client::send(&producer, &plan.topics.articles, &NewRecord::new(format!("{i}")).partition(i % 2));
        }
    });
    assert_eq!(client::read_all(&connection, &plan.topics.articles, Isolation::Committed).len(), 20);
    cluster.restart(2);
    assert_eq!(topics::check(&connection, &plan), Ok(Vec::new()));
}

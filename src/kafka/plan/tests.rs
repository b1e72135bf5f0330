use super::*;
use crate::config::TopicSetting;

/// A topic exactly as the plan makes it.
fn as_planned(plan: &Plan, role: TopicRole) -> ActualTopic {
    let desired = plan.desired().into_iter().find(|d| d.role == role).expect("planned");
    ActualTopic {
        partitions: usize::try_from(desired.partitions).expect("positive"),
        replication: desired.replication.into(),
        leaderless: 0,
        configs: desired.configs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
    }
}

fn log_with(changes: &[(&str, &str)]) -> Vec<Finding> {
    let plan = Plan::default();
    let mut actual = as_planned(&plan, TopicRole::Fingerprints);
    for (key, value) in changes {
        actual.configs.insert((*key).into(), (*value).into());
    }
    plan.compare(TopicRole::Fingerprints, &plan.topics.fingerprints, &actual)
}

#[test]
fn a_plan_keeps_its_own_promises() {
    for single_broker in [false, true] {
        let plan = Plan { single_broker, ..Plan::default() };
        assert_eq!(plan.validate(), Ok(()));
        for (role, name) in plan.topics.all() {
            assert_eq!(plan.compare(role, name, &as_planned(&plan, role)), [], "{role:?}");
        }
    }
}

#[test]
fn the_log_is_made_as_promised() {
    let desired = Plan::default().desired();
    let log = desired.iter().find(|d| d.role == TopicRole::Fingerprints).expect("planned");
    assert_eq!((log.partitions, log.replication), (1, 3));
    let config = |key: &str| log.configs[key].as_str();
    assert_eq!(config("cleanup.policy"), "delete");
    assert_eq!(config("message.timestamp.type"), "LogAppendTime");
    assert_eq!(config("min.insync.replicas"), "2");
    assert_eq!(config("unclean.leader.election.enable"), "false");
    assert_eq!(config("retention.ms"), (14u64 * 24 * 3_600_000).to_string());
}

#[test]
fn each_broken_promise_of_the_log_is_an_error() {
    let broken = [
        ("cleanup.policy", "compact"),
        ("cleanup.policy", "compact,delete"),
        ("message.timestamp.type", "CreateTime"),
        ("min.insync.replicas", "1"),
        ("unclean.leader.election.enable", "true"),
        ("retention.ms", "86400000"),
        ("retention.bytes", "1000000"),
    ];
    for change in broken {
        let findings = log_with(&[change]);
        assert_eq!(findings.len(), 1, "{change:?}: {findings:?}");
        assert_eq!(findings[0].severity, Severity::Error, "{change:?}");
    }
    assert_eq!(log_with(&[("retention.ms", "-1"), ("retention.bytes", "840000000")]), []);
    // Two windows of 72 h and an outage of 72 h, to the millisecond.
    assert_eq!(log_with(&[("retention.ms", "777600000")]), []);
    assert_eq!(log_with(&[("retention.ms", "777599999")]).len(), 1);
}

#[test]
fn the_log_has_one_partition_and_three_replicas() {
    let plan = Plan::default();
    let mut actual = as_planned(&plan, TopicRole::Fingerprints);
    actual.partitions = 3;
    actual.replication = 1;
    let findings = plan.compare(TopicRole::Fingerprints, "log", &actual);
    let texts: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert_eq!(
        texts,
        [
            "error: log: has 3 partitions, must have exactly 1",
            "error: log: has 1 replica, should have 3",
            "error: log: min.insync.replicas is 2, but it has 1 replica: nothing can be written",
        ]
    );
}

#[test]
fn outputs_must_not_lose_records() {
    let plan = Plan::default();
    let severity = |role, key: &str, value: &str| {
        let mut actual = as_planned(&plan, role);
        actual.configs.insert(key.into(), value.into());
        let findings = plan.compare(role, "topic", &actual);
        assert_eq!(findings.len(), 1, "{role:?} {key}={value}: {findings:?}");
        findings[0].severity
    };
    assert_eq!(severity(TopicRole::DeadLetters, "cleanup.policy", "compact"), Severity::Error);
    assert_eq!(severity(TopicRole::Duplicates, "cleanup.policy", "compact"), Severity::Error);
    assert_eq!(severity(TopicRole::Articles, "cleanup.policy", "compact"), Severity::Warning);
    assert_eq!(severity(TopicRole::Articles, "max.message.bytes", "1048588"), Severity::Error);
    assert_eq!(severity(TopicRole::DeadLetters, "max.message.bytes", "1048588"), Severity::Warning);
    assert_eq!(severity(TopicRole::Articles, "min.insync.replicas", "4"), Severity::Error);
}

#[test]
fn settings_that_may_not_be_read_are_not_taken_for_good() {
    let plan = Plan::default();
    for (role, expected) in [(TopicRole::Fingerprints, Severity::Error), (TopicRole::Articles, Severity::Warning)] {
        let actual = ActualTopic { configs: BTreeMap::new(), ..as_planned(&plan, role) };
        let findings = plan.compare(role, "topic", &actual);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, expected);
        assert!(findings[0].what.contains("DescribeConfigs"), "{}", findings[0]);
    }
}

#[test]
fn what_brokers_do_not_offer_is_told_from_what_is_wrong() {
    let compared = |accept_unsupported: &[TopicSetting], missing: &str, role: TopicRole| {
        let plan = Plan { topics: TopicSettings { accept_unsupported: accept_unsupported.to_vec(), ..TopicSettings::default() }, ..Plan::default() };
        let mut actual = as_planned(&Plan::default(), role);
        actual.configs.remove(missing).expect("planned");
        plan.compare(role, "topic", &actual).iter().map(Finding::to_string).collect::<Vec<_>>()
    };
    for (setting, role) in [
        (TopicSetting::MinInsyncReplicas, TopicRole::Fingerprints),
        (TopicSetting::UncleanLeaderElection, TopicRole::Fingerprints),
        (TopicSetting::RetentionBytes, TopicRole::Fingerprints),
        (TopicSetting::MaxMessageBytes, TopicRole::Articles),
    ] {
        let name = setting.as_str();
        let found = compared(&[], name, role);
        assert!(
            matches!(&found[..], [one] if one.starts_with(&format!("error: topic: these brokers do not offer {name}: ")) && one.contains("accept_unsupported")),
            "{found:?}"
        );
        let found = compared(&[setting], name, role);
        assert!(matches!(&found[..], [one] if one.starts_with("warning: ")), "{found:?}");
    }
    // Verdicts rest on the log's own clock.
    let found = compared(&TopicSetting::ALL, "message.timestamp.type", TopicRole::Fingerprints);
    assert!(matches!(&found[..], [one] if one.starts_with("error: ") && one.contains("no going without it")), "{found:?}");
    // What is offered and wrong stays wrong, whatever is accepted.
    let plan = Plan { topics: TopicSettings { accept_unsupported: TopicSetting::ALL.to_vec(), ..TopicSettings::default() }, ..Plan::default() };
    let mut actual = as_planned(&Plan::default(), TopicRole::Fingerprints);
    actual.configs.insert("min.insync.replicas".into(), "1".into());
    assert_eq!(plan.compare(TopicRole::Fingerprints, "log", &actual).iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Error]);
    // And a topic is made without what is accepted.
    assert!(plan.desired().iter().all(|topic| TopicSetting::ALL.iter().all(|setting| !topic.configs.contains_key(setting.as_str()))));
}

#[test]
fn replicas_are_those_of_the_settings() {
    let plan = Plan { topics: TopicSettings { replication: 5, min_insync_replicas: 3, ..TopicSettings::default() }, ..Plan::default() };
    let mut actual = as_planned(&plan, TopicRole::Fingerprints);
    assert_eq!(plan.compare(TopicRole::Fingerprints, "log", &actual), []);
    actual.replication = 4;
    actual.configs.insert("min.insync.replicas".into(), "2".into());
    let found: Vec<String> = plan.compare(TopicRole::Fingerprints, "log", &actual).iter().map(Finding::to_string).collect();
    assert_eq!(found, ["error: log: has 4 replicas, should have 5", "error: log: min.insync.replicas is 2, must be 3"]);
    let single = Plan { single_broker: true, ..plan };
    assert!(single.desired().iter().all(|topic| topic.replication == 1 && topic.configs["min.insync.replicas"] == "1"));
}

#[test]
fn a_plan_that_contradicts_itself_is_refused_whole() {
    let plan = Plan {
        topics: TopicSettings { articles: "news.raw".into(), duplicates: "a b".into(), dead_letters: "x".repeat(250), ..TopicSettings::default() },
        raw_partitions: 0,
        log_retention: Duration::from_secs(3600),
        ..Plan::default()
    };
    let Err(PlanError(problems)) = plan.validate() else { panic!("accepted") };
    assert_eq!(problems.len(), 5, "{problems:#?}");
    assert_eq!(problems[0], "news.raw can't be both the raw topic and the topic of articles");
    assert!(problems[4].contains("1 h, but two windows and the longest outage take 216 h"), "{}", problems[4]);
}

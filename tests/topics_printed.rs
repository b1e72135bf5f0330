//! `copydesk topics create --print` as an operator runs it: no broker is asked, and what comes out can be used as it is.
//! That the commands make the topics, `tests/kafka_topics.rs` shows.

use std::process::{Command, Output};

use serde_json::Value;

fn create(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    // Nobody listens there.
    command.args(["topics", "create", "--set", "kafka.bootstrap_servers=127.0.0.1:1"]);
    command.args(arguments).output().expect("it runs")
}

fn printed(arguments: &[&str]) -> String {
    let done = create(arguments);
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[test]
fn commands_have_the_settings() {
    let own = [
        "--print",
        "commands",
        "--partitions",
        "24",
        "--set",
        "topics.raw=crawl,wire",
        "--set",
        "topics.replication=5",
        "--set",
        "topics.max_raw_bytes=1000000",
    ];
    let text = printed(&own);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    let of = |topic: &str| *lines.iter().find(|line| line.contains(&format!(" --topic={topic} "))).expect(topic);
    for topic in ["crawl", "wire"] {
        assert!(of(topic).contains(" --partitions 24 --replication-factor 5 ") && of(topic).contains(" --config max.message.bytes=1065536"), "{text}");
    }
    assert!(of("news.fingerprints").contains(" --partitions 1 --replication-factor 5 "), "{text}");
    assert!(!text.contains("--command-config"), "a cluster in the clear needs none");
    let secured = printed(&["--print", "commands", "--set", "kafka.security_protocol=ssl"]);
    assert!(secured.lines().all(|line| line.contains(" --command-config client.properties ")), "{secured}");
}

#[test]
fn resources_are_yaml_with_text_for_values() {
    let text = printed(&["--print", "strimzi", "--strimzi-cluster", "desk", "--set", "kafka.single_broker=true"]);
    let documents: Vec<Value> = text.split("---\n").filter(|part| !part.is_empty()).map(|part| serde_saphyr::from_str(part).expect("YAML")).collect();
    assert_eq!(documents.len(), 5, "{text}");
    for document in &documents {
        assert_eq!((&document["apiVersion"], &document["kind"]), (&"kafka.strimzi.io/v1".into(), &"KafkaTopic".into()));
        assert_eq!(document["metadata"]["labels"]["strimzi.io/cluster"], "desk");
        assert_eq!(document["spec"]["replicas"], 1);
        let config = document["spec"]["config"].as_object().expect("settings");
        assert!(config.len() >= 4 && config.values().all(Value::is_string), "{config:?}");
    }
    let log = documents.iter().find(|document| document["spec"]["topicName"] == "news.fingerprints").expect("the log");
    assert_eq!(log["spec"]["config"]["message.timestamp.type"], "LogAppendTime");
}

#[test]
fn what_can_not_be_printed_is_refused() {
    for (arguments, why) in [
        (&["--print", "strimzi"][..], "--strimzi-cluster"),
        (&["--print", "strimzi", "--strimzi-cluster", "No Name"], "no name of a Kubernetes resource"),
        (&["--print", "commands", "--strimzi-cluster", "desk"], "goes with --print strimzi"),
        (&["--print", "terraform"], "possible values"),
        (&["--print", "commands", "--partitions", "0"], "partitions must be 1 or more"),
        (&["--print", "commands", "--set", "topics.min_insync_replicas=1"], "must be 2 or more"),
    ] {
        let refused = create(arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && refused.stdout.is_empty() && said.contains(why), "{arguments:?}: {said}");
    }
}

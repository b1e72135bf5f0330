//! The plan for those who make topics by other means than `copydesk topics create`: as commands of Kafka's own tool, and as resources of the
//! Strimzi operator for Kubernetes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{DesiredTopic, Plan};

impl Plan {
    /// A `kafka-topics.sh` command for each topic. Topics that exist are left as they are. `command_config` is the file that says how the brokers
    /// are reached, where they ask for more than an address.
    pub fn commands(&self, bootstrap: &str, command_config: Option<&str>) -> String {
        let mut text = String::new();
        let reach = command_config.map(|file| format!(" --command-config {}", quoted(file))).unwrap_or_default();
        for topic in self.desired() {
            let DesiredTopic { name, partitions, replication, configs, .. } = &topic;
            let _ = write!(text, "kafka-topics.sh --bootstrap-server {}{reach} --create --if-not-exists --topic={name}", quoted(bootstrap));
            let _ = write!(text, " --partitions {partitions} --replication-factor {replication}");
            for (key, value) in configs {
                let _ = write!(text, " --config {key}={value}");
            }
            text.push('\n');
        }
        text
    }

    /// A `KafkaTopic` of the API `kafka.strimzi.io/v1` (Strimzi 0.49 and later) for each topic, as YAML documents. `cluster` is the name of the
    /// `Kafka` resource.
    pub fn strimzi(&self, cluster: &str) -> String {
        let mut text = String::new();
        let mut taken = BTreeSet::new();
        for topic in self.desired() {
            let mut resource = resource_name(&topic.name);
            // Two topics that differ in what Kubernetes does not allow.
            let base = resource.clone();
            for n in 2.. {
                if taken.insert(resource.clone()) {
                    break;
                }
                resource = format!("{base}-{n}");
            }
            let _ = write!(
                text,
                "---\napiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata:\n  name: {resource:?}\n  labels:\n    strimzi.io/cluster: {cluster:?}\nspec:\n  \
                 topicName: {:?}\n  partitions: {}\n  replicas: {}\n  config:\n",
                topic.name, topic.partitions, topic.replication
            );
            for (key, value) in &topic.configs {
                // Quoted, so that each is taken as the text that it is.
                let _ = writeln!(text, "    {key}: {value:?}");
            }
        }
        text
    }
}

/// A name that Kubernetes takes (RFC 1123 subdomain) for this topic.
fn resource_name(topic: &str) -> String {
    let lower = topic.to_ascii_lowercase();
    let labels = lower.split('.').map(|label| label.replace('_', "-").trim_matches('-').to_owned()).filter(|label| !label.is_empty());
    let name = labels.collect::<Vec<_>>().join(".");
    if name.is_empty() { "topic".to_owned() } else { name }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:,/".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RawTopics, TopicSettings};

    #[test]
    fn words_are_safe_in_a_shell() {
        assert_eq!(quoted("a:9092,b-1.example:9092"), "a:9092,b-1.example:9092");
        assert_eq!(quoted("[::1]:9092"), "'[::1]:9092'");
        assert_eq!(quoted("a'$(b)"), r"'a'\''$(b)'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn names_are_those_that_kubernetes_takes() {
        assert_eq!(resource_name("news.raw"), "news.raw");
        assert_eq!(resource_name("News_Raw.v2"), "news-raw.v2");
        assert_eq!(resource_name("_private..x_"), "private.x");
        assert_eq!(resource_name("___"), "topic");
        let plan = Plan { topics: TopicSettings { raw: RawTopics(vec!["a_b".into(), "A-b".into()]), ..TopicSettings::default() }, ..Plan::default() };
        let text = plan.strimzi("kafka");
        assert!(text.contains("name: \"a-b\"\n") && text.contains("name: \"a-b-2\"\n"), "{text}");
    }

    #[test]
    fn all_that_is_made_is_printed() {
        let plan = Plan::default();
        let (commands, yaml) = (plan.commands("b:9092", Some("client.properties")), plan.strimzi("desk"));
        assert_eq!(commands.lines().count(), 5);
        assert_eq!(yaml.matches("kind: KafkaTopic").count(), 5);
        for topic in plan.desired() {
            let line = commands.lines().find(|line| line.contains(&format!(" --topic={} ", topic.name))).expect("a command");
            assert!(line.starts_with("kafka-topics.sh --bootstrap-server b:9092 --command-config client.properties --create --if-not-exists "), "{line}");
            assert!(line.contains(&format!(" --partitions {} --replication-factor 3", topic.partitions)), "{line}");
            let document = yaml.split("---\n").find(|text| text.contains(&format!("topicName: {:?}\n", topic.name))).expect("a document");
            assert!(document.contains("strimzi.io/cluster: \"desk\"") && document.contains("replicas: 3"), "{document}");
            for (key, value) in &topic.configs {
                assert!(line.contains(&format!(" --config {key}={value}")), "{line}");
                assert!(document.contains(&format!("    {key}: {value:?}\n")), "{document}");
            }
        }
        assert!(!plan.commands("b:9092", None).contains("command-config"));
    }
}

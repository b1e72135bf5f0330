//! Makes the planned topics, and checks those that there are.
//!
//! A topic that exists is never changed or deleted: an operator's settings are compared with the plan, not overruled. What is promised of a topic
//! stands in `plan`; here are only the calls to the brokers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, OwnedResourceSpecifier, ResourceSpecifier, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;

pub use super::plan::{ActualTopic, DesiredTopic, Finding, Plan, PlanError, Severity};

use super::client::{Bridge, ClientError, Connection, describe, wait_for};
use super::read::CALL_TIMEOUT;
use crate::config::TopicRole;

/// How long new topics may take to get their leaders.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);

/// And how long until their settings can be read; a user may also have no right to.
const SETTINGS_LIMIT: Duration = Duration::from_secs(10);

/// What became of one planned topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicReport {
    /// What it is for.
    pub role: TopicRole,
    /// Its name.
    pub topic: String,
    /// Whether it was made now; an existing one is left as it is.
    pub created: bool,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Why the topics can't be made or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicsError {
    /// The plan contradicts itself.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The brokers.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Makes the topics of the plan that don't exist, and compares them all with it. A topic that the brokers refuse to make is an error
/// among its findings; the others are made all the same. Running it again changes nothing.
pub fn create(connection: &Connection, plan: &Plan) -> Result<Vec<TopicReport>, TopicsError> {
    plan.validate()?;
    let consumer = connection.consumer("topics", &[])?;
    let admin = admin(connection)?;
    let desired = plan.desired();
    let answers = create_topics(&admin, &desired)?;

    let made: Vec<&str> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(name, _)| name.as_str()).collect();
    wait_for_leaders(&consumer, &made)?;

    let mut findings = compare_all(&consumer, &admin, plan, &made)?;
    let mut reports = Vec::with_capacity(desired.len());
    for topic in desired {
        let mut report = TopicReport {
            role: topic.role,
            created: answers.get(&topic.name).is_some_and(Result::is_ok),
            findings: findings.remove(&topic.name).unwrap_or_default(),
            topic: topic.name,
        };
        match answers.get(&report.topic) {
            None | Some(Ok(()) | Err(RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Some(Err(code)) => {
                // Why it isn't there says more than that it isn't there.
                let what = why_not_made(*code, topic.replication, &topic.configs);
                report.findings = vec![Finding { topic: report.topic.clone(), what, severity: Severity::Error }];
            }
        }
        reports.push(report);
    }
    Ok(reports)
}

/// What is not as it should be, over all topics of the plan: empty when every promise can be kept. Only with `single_broker` there
/// is always a warning, since nothing then survives the loss of the broker's disk.
pub fn check(connection: &Connection, plan: &Plan) -> Result<Vec<Finding>, TopicsError> {
    plan.validate()?;
    let consumer = connection.consumer("topics", &[])?;
    let mut by_topic = compare_all(&consumer, &admin(connection)?, plan, &[])?;
    let mut findings = Vec::new();
    for (_, name) in plan.topics.all() {
        findings.append(&mut by_topic.remove(name).unwrap_or_default());
    }
    if plan.single_broker {
        findings.push(Finding {
            topic: plan.topics.fingerprints.clone(),
            what: "kafka.single_broker: there is one copy of the data, and the loss of its disk loses articles and decisions".into(),
            severity: Severity::Warning,
        });
    }
    Ok(findings)
}

fn admin(connection: &Connection) -> Result<AdminClient<Bridge>, ClientError> {
    let admin = AdminClient::from_config_and_context(&connection.config("admin"), connection.bridge("admin"))
        .map_err(|error| ClientError::Properties(vec![describe(&error)]))?;
    // It asks for no token by itself, so this one must do for the few calls that it lives for.
    connection.authenticate(admin.inner()).map_err(ClientError::Token)?;
    Ok(admin)
}

type CreateAnswers = BTreeMap<String, Result<(), RDKafkaErrorCode>>;

fn create_topics(admin: &AdminClient<Bridge>, desired: &[DesiredTopic]) -> Result<CreateAnswers, ClientError> {
    let wanted: Vec<NewTopic<'_>> = desired
        .iter()
        .map(|topic| {
            let new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(topic.replication.into()));
            topic.configs.iter().fold(new, |new, (key, value)| new.set(key, value))
        })
        .collect();
    let options = AdminOptions::new().request_timeout(Some(CALL_TIMEOUT)).operation_timeout(Some(CALL_TIMEOUT));
    let answer = wait_for(admin.create_topics(&wanted, &options), CALL_TIMEOUT * 2);
    let answers = answered("make topics", answer)?;
    Ok(answers
        .into_iter()
        .map(|answer| match answer {
            Ok(name) => (name, Ok(())),
            Err((name, code)) => (name, Err(code)),
        })
        .collect())
}

fn answered<T>(doing: &str, answer: Option<Result<T, rdkafka::error::KafkaError>>) -> Result<T, ClientError> {
    match answer {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(ClientError::call(doing, &error)),
        None => Err(ClientError::Call { doing: doing.to_owned(), reason: "no answer".to_owned() }),
    }
}

fn why_not_made(code: RDKafkaErrorCode, replication: u16, configs: &BTreeMap<&'static str, String>) -> String {
    match code {
        RDKafkaErrorCode::InvalidReplicationFactor => {
            format!(
                "can't be made with {replication} replicas: there are fewer brokers, or they ask for another number (set topics.replication; for one broker kafka.single_broker)"
            )
        }
        // The client library does not hand on which it is.
        RDKafkaErrorCode::InvalidConfig => {
            let asked: Vec<String> = configs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!(
                "can't be made: the brokers refuse one of its settings ({}); what they do not offer, topics.accept_unsupported leaves out",
                asked.join(", ")
            )
        }
        RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            "can't be made: this user needs the right Create".to_owned()
        }
        code => format!("can't be made: {code}"),
    }
}

/// New topics are known to the controller first, and to the brokers a moment later.
fn wait_for_leaders(consumer: &BaseConsumer<Bridge>, topics: &[&str]) -> Result<(), ClientError> {
    let deadline = Instant::now() + SETTLE_LIMIT;
    for topic in topics {
        loop {
            let settled = describe_topic(consumer, topic)?.is_some_and(|found| found.leaderless == 0);
            if settled || Instant::now() >= deadline {
                // One that still has no leader is a finding.
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(())
}

/// The findings by topic. Topics that were made a moment ago may not be known yet to the broker that is asked for their settings.
fn compare_all(
    consumer: &BaseConsumer<Bridge>,
    admin: &AdminClient<Bridge>,
    plan: &Plan,
    made: &[&str],
) -> Result<BTreeMap<String, Vec<Finding>>, ClientError> {
    let mut existing = BTreeMap::new();
    for (_, name) in plan.topics.all() {
        if let Some(topic) = describe_topic(consumer, name)? {
            existing.insert(name.to_owned(), topic);
        }
    }
    let deadline = Instant::now() + SETTINGS_LIMIT;
    loop {
        read_configs(admin, &mut existing)?;
        let settled = made.iter().all(|name| existing.get(*name).is_none_or(|topic| !topic.configs.is_empty()));
        if settled || Instant::now() >= deadline {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut findings = BTreeMap::new();
    for (role, name) in plan.topics.all() {
        let found = match existing.get(name) {
            Some(actual) => plan.compare(role, name, actual),
            None => vec![Finding {
                topic: name.to_owned(),
                what: format!("{} doesn't exist, or this user may not see it", role.describe()),
                severity: Severity::Error,
            }],
        };
        findings.insert(name.to_owned(), found);
    }
    Ok(findings)
}

/// Partitions and replicas; `None` where there is no such topic, or it may not be seen.
fn describe_topic(consumer: &BaseConsumer<Bridge>, topic: &str) -> Result<Option<ActualTopic>, ClientError> {
    let doing = || format!("read the metadata of {topic}");
    let metadata = consumer.fetch_metadata(Some(topic), CALL_TIMEOUT).map_err(|e| ClientError::call(doing(), &e))?;
    let Some(found) = metadata.topics().iter().find(|t| t.name() == topic) else { return Ok(None) };
    match found.error().map(RDKafkaErrorCode::from) {
        None | Some(RDKafkaErrorCode::LeaderNotAvailable) => {}
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::TopicAuthorizationFailed) => return Ok(None),
        Some(code) => return Err(ClientError::Call { doing: doing(), reason: code.to_string() }),
    }
    let partitions = found.partitions();
    Ok(Some(ActualTopic {
        partitions: partitions.len(),
        replication: partitions.iter().map(|p| p.replicas().len()).min().unwrap_or(0),
        leaderless: partitions.iter().filter(|p| p.leader() < 0).count(),
        configs: BTreeMap::new(),
    }))
}

/// Fills in the settings. The client library does not hand on the error of a single topic, it gives no entries instead; so a topic
/// that may not be described keeps none, which is a finding.
fn read_configs(admin: &AdminClient<Bridge>, topics: &mut BTreeMap<String, ActualTopic>) -> Result<(), ClientError> {
    let wanted: Vec<ResourceSpecifier<'_>> = topics.keys().map(|name| ResourceSpecifier::Topic(name)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let options = AdminOptions::new().request_timeout(Some(CALL_TIMEOUT));
    let answer = wait_for(admin.describe_configs(&wanted, &options), CALL_TIMEOUT * 2);
    for resource in answered("read the settings of topics", answer)? {
        let resource = resource.map_err(|code| ClientError::Call { doing: "read the settings of topics".to_owned(), reason: code.to_string() })?;
        let OwnedResourceSpecifier::Topic(name) = &resource.specifier else { continue };
        if let Some(topic) = topics.get_mut(name) {
            topic.configs = resource.entries.iter().filter_map(|e| Some((e.name.clone(), e.value.clone()?))).collect();
        }
    }
    Ok(())
}

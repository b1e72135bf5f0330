//! `copydesk skip PARTITION OFFSET`: gives up the record that kills a worker. It becomes a dead letter with the code `skipped`.

use std::time::{Duration, Instant};

use clap::Args;
use copydesk::article::{Identity, Origin};
use copydesk::config::Settings;
use copydesk::dedupe::skip_entry;
use copydesk::kafka::embedded::Brokers;
use copydesk::kafka::log::KafkaLog;
use copydesk::kafka::port::{LogEvent, LogPort, PortError};
use copydesk::kafka::read::{self, Stretch};
use rdkafka::Message;

use super::connection;
use crate::cli::Failure;

/// Give up a raw record: the workers dead-letter it unread, with the code `skipped`.
#[derive(Debug, Args)]
pub struct SkipArgs {
    /// Partition of the raw topic.
    partition: i32,
    /// Offset of the record.
    offset: i64,
    /// Which raw topic, where there are several.
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
}

const LIMIT: Duration = Duration::from_secs(60);

/// Runs the command.
pub fn run(args: &SkipArgs, settings: &Settings) -> Result<(), Failure> {
    let connection = connection(settings)?;
    let topic = super::raw_topic(args.topic.as_deref(), settings, "it could be of any")?;
    let stretch = Stretch { partition: args.partition, from: args.offset, to: args.offset + 1 };
    let mut found = None;
    read::read_committed(&connection, &settings.kafka.group, topic, &[stretch], |record| {
        found = (record.offset() == args.offset).then(|| record.timestamp().to_millis().unwrap_or(-1));
    })
    .map_err(|e| Failure::unavailable(e.to_string()))?;
    let timestamp = found.ok_or_else(|| Failure::input(format!("there is no record at offset {} of partition {} of {topic}", args.offset, args.partition)))?;
    let origin = Origin { topic: topic.into(), partition: args.partition, offset: args.offset };
    let entry = skip_entry(Identity::of(&origin, timestamp), &settings.dedupe, topic).encode();
    let mut log = KafkaLog::new(connection, Brokers::Cluster, &settings.kafka.group, &settings.topics.fingerprints).map_err(failed)?;
    let (_, end) = log.bounds().map_err(failed)?;
    log.tail_from(end).map_err(failed)?;
    log.append(0, &entry).map_err(failed)?;
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        for event in log.poll(Duration::from_millis(100)).map_err(failed)? {
            match event {
                LogEvent::Delivered(_) => {
                    println!("given up: {topic} partition {} offset {}; workers that run or start will dead-letter it", args.partition, args.offset);
                    return Ok(());
                }
                LogEvent::Undelivered(_, reason) => return Err(Failure::unavailable(format!("the log did not take it: {reason}"))),
                LogEvent::Record(_) => {}
            }
        }
    }
    Err(Failure::unavailable("the log did not answer in 60 s; run it again"))
}

fn failed(error: PortError) -> Failure {
    Failure::unavailable(error.to_string())
}

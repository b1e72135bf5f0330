//! A stage: a real worker over the in-memory broker, scraped all the while, and a record of all that its scrapes ever showed.
//!
//! Nothing is filled in by hand here: what a scrape shows comes from the threads that count.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use copydesk::article::{Origin, RawArticle, RawHeader};
use copydesk::kafka::memory::MemoryBroker;
use copydesk::pipeline::{Pipeline, PipelineSettings};
use copydesk::stop::Stop;
use copydesk::telemetry::{Component, Health, Metrics};
use copydesk::worker::EngineSettings;

use super::support::memory::{self, worker};

/// How long anything may take that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// What scrapes showed.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every series, histograms by their count; and whether it ever was other than zero.
    pub series: BTreeMap<String, bool>,
    /// A scrape at the end of each play.
    pub pages: Vec<String>,
}

impl Seen {
    fn take(&mut self, page: &str) {
        for line in page.lines().filter(|line| line.starts_with("copydesk_")) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            if name.ends_with("_bucket") || name.ends_with("_sum") {
                continue;
            }
            let known = self.series.entry(without_open_labels(series)).or_default();
            *known |= value.parse::<f64>().unwrap() != 0.0;
        }
    }

    /// Adds what another play has shown.
    pub fn add(&mut self, other: Seen) {
        for (series, reached) in other.series {
            *self.series.entry(series).or_default() |= reached;
        }
        self.pages.extend(other.pages);
    }
}

/// Labels whose values are no closed set are taken out.
fn without_open_labels(series: &str) -> String {
    let Some((name, labels)) = series.split_once('{') else { return series.to_owned() };
    let open = ["topic=", "partition=", "broker=", "version=", "revision=", "librdkafka=", "sha="];
    let closed: Vec<&str> = labels.trim_end_matches('}').split(',').filter(|label| !open.iter().any(|o| label.starts_with(o))).collect();
    if closed.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", closed.join(",")) }
}

/// What a play needs.
pub struct Stage {
    pub broker: MemoryBroker,
    pub pipeline: PipelineSettings,
    pub settings: EngineSettings,
}

impl Stage {
    /// Two partitions, default settings, small batches.
    pub fn new() -> Stage {
        Stage {
            broker: MemoryBroker::new(2),
            pipeline: memory::pipeline_settings(),
            settings: EngineSettings { max_in_flight_bytes: 64 << 20, batch_max_messages: 20, shutdown_grace: Duration::from_secs(20), ..memory::settings() },
        }
    }

    /// Appends a raw record; the record as the worker will read it.
    pub fn produce(&self, value: Option<Vec<u8>>, headers: Vec<RawHeader>, timestamp: i64) -> RawArticle {
        let offset = self.broker.produce_raw(0, None, value.clone(), headers.clone(), timestamp);
        RawArticle { origin: Origin { topic: "news.raw".into(), partition: 0, offset }, timestamp, key: None, value, headers }
    }

    /// Lets a worker work while `script` runs, and ends it then.
    pub fn play(self, script: impl FnOnce(&Play)) -> Seen {
        let health = Arc::new(Health::new(PATIENCE));
        let metrics = Arc::new(memory::metrics(&health));
        let (stop, over) = (Stop::default(), AtomicBool::new(false));
        let seen = Mutex::new(Seen::default());
        let scrape = || {
            let page = metrics.render(jiff::Timestamp::now().as_millisecond());
            seen.lock().unwrap().take(&page);
            page
        };
        let pipeline = Arc::new(Pipeline::new(self.pipeline).unwrap());
        let worker = worker(&self.broker, "one", pipeline.clone(), self.settings.clone(), metrics.clone());
        std::thread::scope(|scope| {
            let works = scope.spawn(|| worker.run(&stop, &health));
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    scrape();
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            // A script that fails must not leave the others running.
            let end = End(&stop, &over);
            script(&Play { broker: &self.broker, pipeline, settings: self.settings.clone(), health: &health, metrics: &metrics, seen: &seen, stop: &stop });
            stop.ask();
            works.join().unwrap().unwrap();
            drop(end);
        });
        let page = scrape();
        let mut seen = seen.into_inner().unwrap();
        seen.pages.push(page);
        seen
    }
}

struct End<'a>(&'a Stop, &'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.ask();
        self.1.store(true, Ordering::Relaxed);
    }
}

/// A worker at work.
pub struct Play<'a> {
    pub broker: &'a MemoryBroker,
    pub health: &'a Health,
    pipeline: Arc<Pipeline>,
    settings: EngineSettings,
    metrics: &'a Metrics,
    seen: &'a Mutex<Seen>,
    stop: &'a Stop,
}

impl Play<'_> {
    /// Waits until this series has been other than zero.
    pub fn until(&self, series: &str) {
        self.wait(series, || self.reached(series));
    }

    /// Whether this series has been other than zero.
    pub fn reached(&self, series: &str) -> bool {
        self.seen.lock().unwrap().series.get(series) == Some(&true)
    }

    /// Waits until so many output records are committed.
    pub fn until_committed(&self, records: usize) {
        self.wait("the commits", || memory::committed(self.broker) >= records);
    }

    /// Waits until the worker has read so many entries of the log.
    pub fn until_read(&self, entries: u64) {
        self.wait("the entries", || self.metrics.log().read >= entries);
    }

    /// Another worker of the group joins for a while.
    pub fn visit(&self, while_there: impl FnOnce()) {
        let (stop, over) = (Stop::default(), AtomicBool::new(false));
        let visitor = worker(self.broker, "two", self.pipeline.clone(), self.settings.clone(), memory::unread());
        std::thread::scope(|scope| {
            let health = Health::new(PATIENCE);
            let stop = &stop;
            let works = scope.spawn(move || visitor.run(stop, &health));
            let end = End(stop, &over);
            while_there();
            drop(end);
            works.join().unwrap().unwrap();
        });
    }

    /// Asks the worker to stop.
    pub fn stop(&self) {
        self.stop.ask();
    }

    fn wait(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(
                Instant::now() < deadline,
                "{what} did not come; worker {:?}, log {:?}",
                self.health.state(Component::Worker),
                self.health.state(Component::Log)
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

//! `copydesk standalone`: everything in one process, nothing installed: an embedded broker, the bundled pages, the real worker,
//! its events printed, metrics and status page. For seeing what it does; nothing outlives it.
//!
//! Events go to standard output (cards on a terminal, else JSON lines), everything else to standard error.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use copydesk::config::{Settings, TopicSettings};
use copydesk::http::{HttpError, HttpServer};
use copydesk::kafka::client::ClientError;
use copydesk::kafka::embedded::{Brokers, Bystander, EmbeddedBroker, Plain};
use copydesk::samples::{self, Sample};
use copydesk::stop::Stop;
use copydesk::telemetry::logging;

use super::port_settings;
use super::service::Service;
use crate::cli::Failure;
use crate::cli::pretty::Pretty;

/// See it work: an embedded broker, bundled pages, events on this terminal, a status page. Nothing needs to be installed.
#[derive(Debug, Args)]
pub struct StandaloneArgs {
    /// End when the bundled pages are through.
    #[arg(long)]
    once: bool,
    /// Send no bundled pages: wait for yours.
    #[arg(long, conflicts_with = "once")]
    no_samples: bool,
    /// JSON lines, on a terminal too.
    #[arg(long)]
    json: bool,
}

/// Bundled pages on their way at once: few enough for what the broker keeps.
const ON_THE_WAY: usize = 16;

/// The same where somebody watches them go by.
const WATCHED: usize = 2;

/// Ports that are tried after the one that is taken.
const NEXT_PORTS: u16 = 100;

/// Runs the command.
pub fn run(args: &StandaloneArgs, settings: &Settings) -> Result<(), Failure> {
    let mut settings = settings.clone();
    // The events are what is to be seen here.
    let filter = if settings.log.filter == Settings::default().log.filter { "warn" } else { &settings.log.filter };
    logging::init(settings.log.format, filter).map_err(|e| Failure::config(e.to_string()))?;

    let topics = settings.topics.clone();
    let names: Vec<&str> = topics.all().into_iter().map(|(_, name)| name).collect();
    let broker = EmbeddedBroker::start(&names).map_err(|e| Failure::unavailable(e.to_string()))?;
    settings.kafka.bootstrap_servers = broker.bootstrap();
    settings.kafka.single_broker = true;
    settings.kafka.instance.get_or_insert_with(|| "standalone".into());
    let mut port = port_settings(&settings)?;
    port.brokers = Brokers::Embedded;
    // How a real cluster is reached does not matter here.
    port.connection.properties.clear();

    let service = Service::new(&settings)?;
    let server = serve(&service, &mut settings)?;
    let page = server.as_ref().map(|(address, _)| *address);
    if let Some(address) = page {
        eprintln!("status page: http://{address}/");
    }
    let pages = if args.no_samples { Vec::new() } else { samples::bundled() };
    let bystander = Bystander::new(&broker.bootstrap(), &topics.outputs()).map_err(|e| Failure::unavailable(e.to_string()))?;
    let mut show = Show {
        bystander,
        topics,
        pretty: (!args.json && std::io::stdout().is_terminal()).then(|| Pretty { colour: crate::cli::colour(), whole_text: false }),
        stop: service.stop.clone(),
        counts: Counts::default(),
    };
    let bootstrap = broker.bootstrap();
    let once = args.once;
    let shown = std::thread::Builder::new().name("show".into()).spawn(move || {
        let result = show.all(pages, once, &bootstrap, page);
        // Nobody reads any more, or it was all that was wanted.
        show.stop.ask();
        result
    });
    let shown = shown.map_err(|e| Failure::worker(format!("no thread could be started: {e}")))?;
    let stop = service.stop.clone();
    let worked = service.work(&settings, port);
    stop.ask();
    let shown = shown.join().map_err(|_| Failure::worker("the printing thread panicked"))?;
    if let Some((_, server)) = server {
        server.stop();
    }
    worked.and(shown)
}

/// Serves on the wanted port, or on the next free one, and says so.
fn serve(service: &Service, settings: &mut Settings) -> Result<Option<(SocketAddr, HttpServer)>, Failure> {
    let wanted = settings.http.listen;
    for step in 0..=NEXT_PORTS {
        let Some(port) = wanted.port().checked_add(step) else { break };
        settings.http.listen.set_port(port);
        match service.serve(settings) {
            Err(HttpError::PortTaken(_)) => {}
            Err(error) => return Err(Failure::config(error.to_string())),
            Ok(server) => {
                if step > 0
                    && let Some((address, _)) = &server
                {
                    eprintln!("port {} is taken: taking {}", wanted.port(), address.port());
                }
                return Ok(server);
            }
        }
    }
    Err(Failure::config(format!("port {} and the {NEXT_PORTS} after it are taken; set http.listen to another", wanted.port())))
}

/// Milliseconds since the epoch.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What came out.
#[derive(Default)]
struct Counts {
    events: usize,
    copies: usize,
    dead_letters: usize,
}

impl Counts {
    fn all(&self) -> usize {
        self.events + self.copies + self.dead_letters
    }
}

/// Sends the bundled pages and prints what the worker publishes, read from its topics as any consumer reads them.
struct Show {
    bystander: Bystander,
    topics: TopicSettings,
    pretty: Option<Pretty>,
    stop: Stop,
    counts: Counts,
}

impl Show {
    fn all(&mut self, pages: Vec<Sample>, once: bool, bootstrap: &str, page: Option<SocketAddr>) -> Result<(), Failure> {
        let unavailable = |e: ClientError| Failure::unavailable(e.to_string());
        let total = pages.len();
        let on_the_way = if once { ON_THE_WAY } else { WATCHED };
        let mut waiting = pages.into_iter();
        let mut sent = 0;
        let mut told = false;
        while !self.stop.asked() {
            while sent < self.counts.all() + on_the_way
                && let Some(sample) = waiting.next()
            {
                // Sent now, whatever its list says: else lag and latency would be those of a page that waited for months.
                let record = Plain { key: sample.key, value: sample.value, headers: sample.headers, timestamp: now() };
                self.bystander.send(self.topics.raw.first(), &record).map_err(unavailable)?;
                sent += 1;
            }
            for (topic, record) in self.next_in_order() {
                match self.print(&topic, &record) {
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Err(Failure::quiet()),
                    other => other.map_err(|e| Failure::output(e.to_string()))?,
                }
            }
            if !told && self.counts.all() >= total {
                told = true;
                self.say_sum(total);
                if once {
                    return Ok(());
                }
                say_how_to_send(bootstrap, self.topics.raw.first(), page);
            }
        }
        Ok(())
    }

    /// What was published in this moment, in the order in which the pages came in: the topics are read side by side, and a copy
    /// without its original before it is hard to follow.
    fn next_in_order(&self) -> Vec<(String, Plain)> {
        let mut records: Vec<(String, Plain)> = self.bystander.next(Duration::from_millis(100)).into_iter().collect();
        while !records.is_empty()
            && records.len() < ON_THE_WAY
            && let Some(record) = self.bystander.next(Duration::from_millis(15))
        {
            records.push(record);
        }
        records.sort_by_cached_key(|(_, record)| raw_offset(record));
        records
    }

    fn print(&mut self, topic: &str, record: &Plain) -> std::io::Result<()> {
        let json = if topic == self.topics.dead_letters { dead_letter(record) } else { record.value.clone().unwrap_or_default() };
        match topic {
            topic if topic == self.topics.dead_letters => self.counts.dead_letters += 1,
            topic if topic == self.topics.duplicates => self.counts.copies += 1,
            _ => self.counts.events += 1,
        }
        let mut out = std::io::stdout().lock();
        match self.pretty {
            Some(pretty) => pretty.print(&mut out, &json)?,
            None => crate::cli::json_line(&mut out, &json)?,
        }
        out.flush()
    }

    fn say_sum(&self, pages: usize) {
        let Counts { events, copies, dead_letters } = self.counts;
        if pages > 0 {
            eprintln!("{pages} pages: {events} events, {copies} copies, {dead_letters} refused");
        }
    }
}

/// Where in the raw topic a published record comes from.
fn raw_offset(record: &Plain) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Event {
        origin: copydesk::article::Origin,
    }
    match header(record, "dlq-offset") {
        Some(offset) => offset.parse().ok(),
        None => serde_json::from_slice::<Event>(record.value.as_deref()?).ok().map(|event| event.origin.offset),
    }
}

fn header<'a>(record: &'a Plain, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    record.headers.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.as_deref()).map(String::from_utf8_lossy)
}

/// A dead letter as a line of JSON: its reason, and where it came from; the raw page stays in the topic.
fn dead_letter(record: &Plain) -> Vec<u8> {
    let header = |name| header(record, name);
    let key = record.key.as_deref().map(String::from_utf8_lossy);
    let letter = serde_json::json!({ "dead_letter": {
        "stage": header("dlq-stage"), "code": header("dlq-code"), "message": header("dlq-message"), "offset": header("dlq-offset"), "url": header("url").or(key),
    } });
    letter.to_string().into_bytes()
}

/// The one line for a newcomer, with this program as it was called.
fn say_how_to_send(bootstrap: &str, raw: &str, page: Option<SocketAddr>) {
    let program = std::env::args().next().unwrap_or_else(|| "copydesk".into());
    eprintln!(
        "send your own page: {program} feed --bootstrap {bootstrap} page.html   or: kcat -P -b {bootstrap} -t {raw} -k https://site.example/page page.html"
    );
    if let Some(address) = page {
        eprintln!("watch it on http://{address}/   Ctrl-C ends it");
    }
}

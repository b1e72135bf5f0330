//! `copydesk feed`: pages from files, folders and web archives to the raw topic, with a state file to go on from.
//!
//! It owns the order of things: a batch is read and sent, all of it is acknowledged, then the position after it is written down.

mod progress;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use copydesk::article::Millis;
use copydesk::config::Settings;
use copydesk::feed::pace::Target;
use copydesk::feed::sender::{Outcome, SendError, Sender};
use copydesk::feed::sequence::{Facts, Piped, Sequence};
use copydesk::feed::source::{self, Naming, Sources};
use copydesk::feed::state::{Identity, State};
use copydesk::feed::{Item, Page, Position, Reason, Report};
use copydesk::kafka::failpoint;
use copydesk::stop::Stop;
use copydesk::text::terminal::printable;
use url::Url;

use self::progress::Progress;
use super::{connection, service};
use crate::cli::{Failure, say};

/// A batch also ends after so many bytes, and after so long, so that little is repeated after a crash of a slow run.
const BATCH_BYTES: usize = 32 << 20;
const BATCH_TIME: Duration = Duration::from_secs(5);

/// Send pages to the raw topic.
///
/// SOURCES are .html, .htm and .txt files (one page each), .jsonl and .jsonl.gz (input envelopes, one a line), .warc and .warc.gz (web archives, such as
/// Common Crawl's news), and folders of these, read in the order of names. `-` is standard input, with envelopes.
///
/// Pages are keyed by URL. A page of an archive has the URL it was fetched from; an envelope says its own. A page of a file has --url, or --base-url with its
/// path below the folder, or http://localhost/ with its absolute path. That names it whenever it is sent again, but names no publisher, and a file of the
/// same path on another machine would be a newer version of it. What a page says of itself is not taken for its URL.
#[derive(Debug, Args)]
pub struct FeedArgs {
    /// Files, folders, or `-`.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The URL of the page, where there is one only.
    #[arg(long, value_name = "URL", conflicts_with = "base_url")]
    url: Option<String>,
    /// What the paths of files are appended to, below the folder that is given.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The raw topic to send to, where there are several.
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// When pages were fetched (RFC 3339). Else an archive's date, or when the file was changed.
    #[arg(long, value_name = "TIME")]
    fetched_at: Option<String>,
    /// The publisher's domain of all pages; envelopes say their own.
    #[arg(long, value_name = "DOMAIN")]
    publisher_domain: Option<String>,
    /// Send so many pages, no more.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Send so many pages a second at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Pages a batch. After each, the place to go on from is written down; after a crash no more than one batch comes again.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// Go on with an unfinished run.
    #[arg(long)]
    resume: bool,
    /// Where the place to go on from is written. It is removed at the end.
    #[arg(long, value_name = "FILE", default_value = ".copydesk-feed.json")]
    state: PathBuf,
    /// Say what would be sent, and send nothing.
    #[arg(long, conflicts_with_all = ["resume", "rate"])]
    dry_run: bool,
    /// The brokers, over kafka.bootstrap_servers.
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap: Option<String>,
}

/// Runs the command.
pub fn run(args: &FeedArgs, settings: &Settings) -> Result<(), Failure> {
    let naming = naming(args)?;
    let is_piped = args.sources.iter().any(|source| source.as_os_str() == "-");
    if is_piped && args.sources.len() > 1 {
        return Err(Failure::usage("`-` is read alone"));
    }
    if is_piped && args.resume {
        return Err(Failure::usage("standard input can't be read again from the middle: --resume needs files"));
    }
    let sources = if is_piped { Sources::default() } else { Sources::list(&args.sources, &naming).map_err(Failure::input)? };
    if args.url.is_some() && !matches!(&sources.files[..], [file] if file.kind.is_page()) {
        return Err(Failure::usage("--url names one page: give one .html, .htm or .txt file, or --base-url"));
    }
    let mut settings = settings.clone();
    if let Some(bootstrap) = &args.bootstrap {
        settings.kafka.bootstrap_servers = bootstrap.clone();
    }
    let limit = settings.topics.max_raw_bytes;
    let stop = Stop::default();
    let progress = Progress::new(if is_piped { None } else { Some(sources.bytes()) });
    let (out, state) = if args.dry_run {
        (Out::Paper, None)
    } else {
        service::listen_for_signals(stop.clone())?;
        let topic = super::raw_topic(args.topic.as_deref(), &settings, "pages go to one")?;
        let target = Target::find(&connection(&settings)?, topic, &settings.kafka.group).map_err(|e| Failure::unavailable(e.to_string()))?;
        let state = if is_piped { None } else { Some(begin(args, identity(args, topic, &target), &sources)?) };
        (Out::Topic(Box::new(sender(&settings, topic, target, limit, &stop, &progress)?)), state)
    };
    let reading = match is_piped {
        true => Reading::Piped(Piped::new(limit as usize).map_err(|e| Failure::input(format!("standard input: {e}")))?),
        false => {
            let facts = Facts { publisher_domain: args.publisher_domain.clone(), fetched_at: args.fetched_at.clone() };
            let position = state.as_ref().map_or(Position::default(), |state| state.position);
            Reading::Files(Box::new(Sequence::new(&sources, facts, limit as usize, position)))
        }
    };
    let mut run = Run::new(args, out, reading, state, stop, progress);
    run.note_listing(&sources);
    run.all()
}

fn naming(args: &FeedArgs) -> Result<Naming, Failure> {
    let web = |name: &str, text: &str| {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.ok_or_else(|| Failure::usage(format!("{name} {text:?} is no URL that begins with http:// or https://")))
    };
    if let Some(time) = args.fetched_at.as_deref().filter(|time| Millis::parse(time).is_none()) {
        return Err(Failure::usage(format!("--fetched-at {time:?} is no RFC 3339 time, such as 2026-05-17T08:00:00Z")));
    }
    if let Some(url) = &args.url {
        web("--url", url)?;
    }
    let base = args.base_url.as_deref().map(|url| web("--base-url", url)).transpose()?;
    if base.as_ref().is_some_and(|url| url.query().is_some() || url.fragment().is_some()) {
        return Err(Failure::usage("--base-url can't have a ? or a #: paths are appended to it"));
    }
    Ok(Naming { url: args.url.clone(), base })
}

fn identity(args: &FeedArgs, topic: &str, target: &Target) -> Identity {
    Identity {
        topic: topic.to_owned(),
        cluster: target.cluster.clone(),
        url: args.url.clone(),
        base_url: args.base_url.clone(),
        publisher_domain: args.publisher_domain.clone(),
        fetched_at: args.fetched_at.clone(),
    }
}

/// A new run's state, written at once, or with --resume that of the unfinished one.
fn begin(args: &FeedArgs, identity: Identity, sources: &Sources) -> Result<State, Failure> {
    let name = args.state.display();
    let found = State::load(&args.state).map_err(Failure::input)?;
    let state = match (found, args.resume) {
        (None, true) => return Err(Failure::usage(format!("there is no unfinished run to go on with: no {name}"))),
        (Some(old), false) => {
            return Err(Failure::usage(format!(
                "a run is unfinished ({} pages sent, see {name}): go on with --resume, start over after `rm {name}`, or take another --state",
                old.report.sent
            )));
        }
        (None, false) => State::new(identity, sources.marks.clone()),
        (Some(old), true) => {
            let difference = source::difference(&old.sources, &sources.marks).or_else(|| old.identity.difference(&identity));
            if let Some(difference) = difference {
                return Err(Failure::usage(format!("can't go on with the unfinished run: {difference} (start over after `rm {name}`)")));
            }
            old
        }
    };
    state.save(&args.state).map_err(|e| Failure::output(format!("{name}: {e}")))?;
    if State::is_exposed(&args.state) {
        say(&format!("others can write to the folder of {name}, and so change where this run goes on: take another --state"));
    }
    Ok(state)
}

fn sender(settings: &Settings, topic: &str, target: Target, limit: u32, stop: &Stop, progress: &Progress) -> Result<Sender, Failure> {
    let failed = |e: copydesk::kafka::client::ClientError| Failure::unavailable(e.to_string());
    let properties = settings.kafka.producer.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let line = progress.clone();
    let notify = Box::new(move |text: &str| line.say(text));
    let sender = Sender::new(&connection(settings)?, &properties, topic, limit, stop.clone(), notify).map_err(failed)?;
    Ok(sender.paced(target.pace().map_err(failed)?))
}

enum Out {
    Topic(Box<Sender>),
    /// What would be sent is printed.
    Paper,
}

enum Reading {
    Files(Box<Sequence>),
    Piped(Piped),
}

impl Reading {
    fn next(&mut self) -> Option<Item> {
        match self {
            Reading::Files(files) => files.next_item(),
            Reading::Piped(lines) => lines.next_item(),
        }
    }

    fn position(&self) -> Position {
        match self {
            Reading::Files(files) => files.position(),
            Reading::Piped(_) => Position::default(),
        }
    }

    fn bytes_done(&self) -> u64 {
        match self {
            Reading::Files(files) => files.bytes_done(),
            Reading::Piped(lines) => lines.bytes_done(),
        }
    }
}

struct Run<'a> {
    args: &'a FeedArgs,
    out: Out,
    reading: Reading,
    state: Option<State>,
    stop: Stop,
    progress: Progress,
    report: Report,
    started: Instant,
    /// Pages and bytes of the batch at hand, and when it began.
    batch: (u32, usize, Instant),
    /// Pages that were read in this run.
    pages: u64,
}

impl Run<'_> {
    fn new(args: &FeedArgs, out: Out, reading: Reading, state: Option<State>, stop: Stop, progress: Progress) -> Run<'_> {
        let report = state.as_ref().map_or_else(Report::default, |state| state.report.clone());
        let now = Instant::now();
        Run { args, out, reading, state, stop, progress, report, started: now, batch: (0, 0, now), pages: 0 }
    }

    /// Counts what was seen while the files were listed: once in a run, also in one that goes on.
    fn note_listing(&mut self, sources: &Sources) {
        if self.reading.position() == Position::default() && self.report == Report::default() {
            self.report.pass_over(Reason::OtherFile, sources.other_files);
            for (reason, path) in &sources.left_out {
                self.report.pass_over(*reason, 1);
                self.progress.name(&format!("not read: {}: {reason}", path.display()));
            }
            sources.unreadable.iter().for_each(|what| self.unreadable(what));
        }
    }

    fn all(&mut self) -> Result<(), Failure> {
        let before = self.report.sent;
        while !self.stop.asked() && self.args.limit.is_none_or(|limit| before + self.pages < limit) {
            let begin = self.reading.position();
            let Some(item) = self.reading.next() else { break };
            match item {
                Item::Page(page) => match self.page(&page) {
                    Err(SendError::Stopped) => return self.interrupted(begin),
                    other => other.map_err(|e| self.broken(&e))?,
                },
                Item::PassedOver { reason, place } => {
                    self.report.pass_over(reason, 1);
                    if reason == Reason::TooLarge {
                        self.progress.name(&format!("too large: {place}"));
                    }
                }
                Item::Unreadable(what) => self.unreadable(&what),
            }
            let (pages, bytes, since) = self.batch;
            if pages >= self.args.batch || bytes >= BATCH_BYTES || since.elapsed() >= BATCH_TIME {
                self.checkpoint(self.reading.position())?;
            }
            self.progress.show(self.report.sent + u64::from(self.batch.0), self.pages, self.reading.bytes_done());
        }
        if self.stop.asked() {
            return self.interrupted(self.reading.position());
        }
        self.checkpoint(self.reading.position())?;
        if self.state.is_some() {
            State::remove(&self.args.state).map_err(|e| Failure::output(format!("{}: {e}", self.args.state.display())))?;
        }
        self.progress.end();
        self.summary();
        match self.report.unreadable {
            0 => Ok(()),
            n => Err(Failure::found(format!("{n} thing(s) could not be read; everything else is {}", if self.args.dry_run { "listed" } else { "sent" }))),
        }
    }

    fn page(&mut self, page: &Page) -> Result<(), SendError> {
        if let Some(rate) = self.args.rate {
            let due = self.started + Duration::from_secs(self.pages) / rate;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        match &mut self.out {
            Out::Topic(sender) => sender.send(page)?,
            Out::Paper => {
                let fact = |name: &str| page.header(name).unwrap_or("-").to_owned();
                let url = page.key.as_deref().unwrap_or("-");
                let facts = [url, &fact("content-type"), &format!("{} bytes", page.value.len()), &fact("fetched-at"), &page.place];
                println!("{}", facts.map(|fact| printable(fact, ' ')).join("\t"));
            }
        }
        self.pages += 1;
        self.batch.0 += 1;
        self.batch.1 += page.size();
        Ok(())
    }

    /// Waits until everything so far is acknowledged, and writes down that it is.
    fn checkpoint(&mut self, position: Position) -> Result<(), Failure> {
        let outcome = match &mut self.out {
            Out::Topic(sender) => sender.settle(),
            Out::Paper => Ok(Outcome { sent: u64::from(self.batch.0), bytes: self.batch.1 as u64, too_large: Vec::new() }),
        };
        let outcome = outcome.map_err(|e| self.broken(&e))?;
        self.report.sent += outcome.sent;
        self.report.bytes += outcome.bytes;
        for url in &outcome.too_large {
            self.report.pass_over(Reason::TooLarge, 1);
            self.progress.name(&format!("too large for the topic: {url}"));
        }
        self.batch = (0, 0, Instant::now());
        let Some(state) = &mut self.state else { return Ok(()) };
        failpoint::reached("feed_acknowledged");
        state.position = position;
        state.report = self.report.clone();
        state.save(&self.args.state).map_err(|e| Failure::output(format!("{}: {e}", self.args.state.display())))
    }

    fn interrupted(&mut self, position: Position) -> Result<(), Failure> {
        self.checkpoint(position)?;
        self.progress.end();
        self.summary();
        let way_on = if self.state.is_some() { "; --resume goes on" } else { "" };
        Err(Failure::found(format!("stopped before the end{way_on}")))
    }

    /// The batch at hand is lost to counting: going on repeats it.
    fn broken(&self, error: &SendError) -> Failure {
        self.progress.end();
        let way_on = if self.state.is_some() { "; --resume goes on after the last whole batch" } else { "" };
        Failure::unavailable(format!("{error} ({} pages are sent{way_on})", self.report.sent))
    }

    fn unreadable(&mut self, what: &str) {
        self.report.unreadable += 1;
        self.progress.name(&format!("unreadable: {what}"));
    }

    fn summary(&self) {
        let seconds = self.started.elapsed().as_secs_f64();
        let report = &self.report;
        let verb = if self.args.dry_run { "would be sent" } else { "sent" };
        let (megabytes, rate) = (report.bytes as f64 / 1e6, self.pages as f64 / seconds.max(0.001));
        let again = if self.pages != report.sent && self.args.resume { format!(", {} of them now", self.pages) } else { String::new() };
        eprintln!("{verb}: {} pages{again}, {megabytes:.1} MB, in {seconds:.1} s ({rate:.0} pages/s)", report.sent);
        for (reason, count) in &report.passed_over {
            say(&format!("passed over: {count}, {reason}"));
        }
        if report.unreadable > 0 {
            eprintln!("unreadable: {}", report.unreadable);
        }
    }
}

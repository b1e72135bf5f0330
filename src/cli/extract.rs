//! `copydesk extract`: pages from files or stdin to events on stdout, without Kafka, through the same pipeline and index.
//!
//! One event a line, in input order. A page's times are its own `fetched_at`, or none; the clock only says which declared times lie in
//! the future.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use copydesk::article::Ruling;
use copydesk::article::identity::topic_hash;
use copydesk::article::{DeadLetterCode, Entry, EntryKind, Millis, Origin, RawArticle, RawHeader, Stage, Verdict, VerdictKind};
use copydesk::config::Settings;
use copydesk::dedupe::{Applied, Index};
use copydesk::pipeline::{Fate, Finished, Pipeline, Prepared};

use super::pretty::Pretty;
use super::{Failure, explain};
use copydesk::parse::explain::Explanation;

/// The name under which all inputs of one call share a log.
const LOG_NAME: &str = "extract";

/// A chunk of input that is worked on at once: so many pages or bytes.
const CHUNK_PAGES: usize = 256;
const CHUNK_BYTES: usize = 32 << 20;

/// Turn pages into events, without Kafka.
#[derive(Debug, Args)]
pub struct ExtractArgs {
    /// Pages (HTML or text, one a file), or with --jsonl files of input envelopes. None, or `-`: stdin.
    files: Vec<PathBuf>,
    /// One input envelope a line.
    #[arg(long)]
    jsonl: bool,
    /// Judge the pages against each other, in input order.
    #[arg(long)]
    dedupe: bool,
    /// Threads; 0 for one a core.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// For people.
    #[arg(long)]
    pretty: bool,
    /// For people: the event, which evidence won for each field, and which parts of the page were kept or dropped, and why.
    #[arg(long)]
    explain: bool,
    /// Read every page the generic way, as if there were no rules for its site.
    #[arg(long)]
    no_site_rules: bool,
    /// When the pages of files were fetched (RFC 3339).
    #[arg(long, value_name = "TIME")]
    fetched_at: Option<String>,
    /// Where the page of a file was fetched.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The publisher's domain of the pages of files.
    #[arg(long, value_name = "DOMAIN")]
    publisher_domain: Option<String>,
}

struct Input {
    raw: RawArticle,
    id: Option<serde_json::Value>,
}

/// Runs the command.
pub fn run(args: &ExtractArgs, settings: &Settings) -> Result<(), Failure> {
    if let Some(time) = &args.fetched_at
        && Millis::parse(time).is_none()
    {
        return Err(Failure::usage(format!("--fetched-at {time:?} is no RFC 3339 time, such as 2026-05-17T08:00:00Z")));
    }
    let threads = if args.threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { args.threads };
    let mut settings = settings.clone();
    settings.parse.site_rules &= !args.no_site_rules;
    let pipeline = Pipeline::new(super::pipeline_settings(&settings)?).map_err(|e| Failure::config(e.to_string()))?.with_now(now());
    let judge = args.dedupe.then(|| Index::new(pipeline.rules().clone(), &[LOG_NAME]));
    let mut run = Run {
        pipeline,
        judge,
        threads,
        log_time: 0,
        log_offset: 0,
        explain: args.explain,
        pretty: (args.pretty || args.explain).then_some(Pretty { colour: super::colour(), whole_text: true }),
        out: BufWriter::new(std::io::stdout().lock()),
    };
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files[..] };
    let mut chunk = Vec::new();
    let mut bytes = 0;
    let mut add = |input: Input, run: &mut Run<'_>, chunk: &mut Vec<Input>| -> Result<(), Failure> {
        bytes += input.raw.size();
        chunk.push(input);
        if chunk.len() >= CHUNK_PAGES || bytes >= CHUNK_BYTES {
            bytes = 0;
            run.work(std::mem::take(chunk))?;
        }
        Ok(())
    };
    for file in files {
        if args.jsonl {
            for line in lines(file)? {
                if let Some(input) = line? {
                    add(input, &mut run, &mut chunk)?;
                }
            }
        } else {
            add(page(file, args)?, &mut run, &mut chunk)?;
        }
    }
    run.work(chunk)?;
    run.out.flush().map_err(output_failed)
}

/// The time now, to which a page may declare itself published.
fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn open(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let opened = std::fs::File::open(file).map_err(|e| Failure::input(format!("{}: {e}", file.display())))?;
    Ok(Box::new(opened))
}

fn name_of(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}

/// The envelopes of a file, blank lines left out, each with its line number from 0 as offset.
fn lines(file: &Path) -> Result<impl Iterator<Item = Result<Option<Input>, Failure>>, Failure> {
    /// An id that takes more is not echoed.
    const MOST_ID_BYTES: usize = 4096;
    #[derive(serde::Deserialize)]
    struct Id<'a> {
        #[serde(borrow)]
        id: Option<&'a serde_json::value::RawValue>,
    }
    let name = name_of(file);
    let topic: std::sync::Arc<str> = name.as_str().into();
    let reader = BufReader::with_capacity(1 << 20, open(file)?);
    Ok(reader.split(b'\n').enumerate().map(move |(number, line)| {
        let line = line.map_err(|e| Failure::input(format!("{name}, line {}: {e}", number + 1)))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let id = serde_json::from_slice::<Id>(&line).ok().and_then(|i| i.id).filter(|id| id.get().len() <= MOST_ID_BYTES);
        let id = id.and_then(|id| serde_json::from_str(id.get()).ok());
        let origin = Origin { topic: topic.clone(), partition: 0, offset: i64::try_from(number).unwrap_or(i64::MAX) };
        let headers = vec![header("content-type", "application/json")];
        Ok(Some(Input { raw: RawArticle { origin, timestamp: -1, key: None, value: Some(line), headers }, id }))
    }))
}

fn page(file: &Path, args: &ExtractArgs) -> Result<Input, Failure> {
    let mut value = Vec::new();
    open(file)?.read_to_end(&mut value).map_err(|e| Failure::input(format!("{}: {e}", file.display())))?;
    let mut headers = Vec::new();
    let extension = file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("html" | "htm" | "xhtml") => headers.push(header("content-type", "text/html")),
        Some("txt" | "text") => headers.push(header("content-type", "text/plain")),
        _ => {}
    }
    let facts = [("fetched-at", &args.fetched_at), ("url", &args.url), ("publisher-domain", &args.publisher_domain)];
    headers.extend(facts.iter().filter_map(|(name, value)| value.as_deref().map(|v| header(name, v))));
    let origin = Origin { topic: name_of(file).into(), partition: 0, offset: 0 };
    Ok(Input { raw: RawArticle { origin, timestamp: -1, key: None, value: Some(value), headers }, id: None })
}

fn header(name: &str, value: &str) -> RawHeader {
    (name.into(), Some(value.as_bytes().to_vec()))
}

struct Run<'a> {
    pipeline: Pipeline,
    judge: Option<Index>,
    threads: usize,
    /// Running maximum of `fetched_at`: the log's clock.
    log_time: i64,
    log_offset: i64,
    pretty: Option<Pretty>,
    explain: bool,
    out: BufWriter<std::io::StdoutLock<'a>>,
}

impl Run<'_> {
    fn work(&mut self, inputs: Vec<Input>) -> Result<(), Failure> {
        let pipeline = &self.pipeline;
        let explain = self.explain;
        let prepared = in_order(self.threads, &inputs, |input| match explain {
            true => pipeline.explain(&input.raw),
            false => (pipeline.prepare(&input.raw), Explanation::default()),
        });
        let ruled: Vec<(Input, (Prepared, Explanation), Ruling)> = inputs
            .into_iter()
            .zip(prepared)
            .map(|(input, prepared)| {
                let ruling = self.rule(&prepared.0);
                (input, prepared, ruling)
            })
            .collect();
        let pipeline = &self.pipeline;
        let finished = in_order(self.threads, &ruled, |(input, (prepared, _), ruling)| pipeline.finish(&input.raw, prepared.clone(), ruling.clone()));
        for ((input, (_, explanation), _), finished) in ruled.iter().zip(finished) {
            self.print(input.id.as_ref(), &finished).map_err(output_failed)?;
            if let (true, Some(pretty)) = (self.explain, self.pretty) {
                explain::print(pretty, &mut self.out, explanation).map_err(output_failed)?;
            }
        }
        Ok(())
    }

    /// What the log would say: with `--dedupe` the same index, else every page is a first article.
    fn rule(&mut self, prepared: &Prepared) -> Ruling {
        let entry = match prepared {
            Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. } => entry,
            Prepared::Article { refusal: Some(_), .. } | Prepared::Refused(_) => return Ruling::Refused,
        };
        let offset = self.log_offset;
        self.log_offset += 1;
        let Some(index) = &mut self.judge else { return Ruling::Verdict(first(entry, offset)) };
        let mut entry = entry.as_ref().clone();
        entry.topic = topic_hash(LOG_NAME);
        self.log_time = self.log_time.max(entry.fetched_at);
        match index.apply(offset, self.log_time, &entry) {
            Applied::Verdict(verdict) => Ruling::Verdict(verdict),
            Applied::Repeated => index.verdict(&entry.identity).map_or(Ruling::Refused, Ruling::Verdict),
            Applied::Skip | Applied::Generation | Applied::OtherTopic => Ruling::Refused,
        }
    }

    fn print(&mut self, id: Option<&serde_json::Value>, finished: &Finished) -> std::io::Result<()> {
        let text = match finished.fate {
            Fate::DeadLetter(stage, code) => dead_letter(stage, code, finished),
            Fate::Published { .. } | Fate::Duplicate(_) | Fate::Withdrawn => finished.record.value.clone().unwrap_or_default(),
        };
        if let Some(pretty) = self.pretty {
            return pretty.print(&mut self.out, &text);
        }
        match id {
            Some(id) => {
                let rest = text.get(1..).unwrap_or_default();
                super::json_line(&mut self.out, &[format!("{{\"id\":{id},").as_bytes(), rest].concat())
            }
            None => super::json_line(&mut self.out, &text),
        }
    }
}

fn first(entry: &Entry, offset: i64) -> Verdict {
    let kind = match entry.kind {
        EntryKind::Withdrawal => VerdictKind::Withdrawn { supersedes: None },
        EntryKind::Article | EntryKind::Skip | EntryKind::Generation => VerdictKind::Published,
    };
    let version = (u64::from(entry.generation) << 40) + offset.unsigned_abs();
    Verdict { log_offset: offset, version, content_hash: entry.content_hash, headline_hash: entry.headline_hash, kind }
}

fn dead_letter(stage: Stage, code: DeadLetterCode, finished: &Finished) -> Vec<u8> {
    let message = finished.record.headers.iter().find(|(name, _)| name == "dlq-message").and_then(|(_, value)| value.as_deref());
    let message = String::from_utf8_lossy(message.unwrap_or_default());
    let letter = serde_json::json!({ "dead_letter": { "stage": stage.as_str(), "code": code.as_str(), "message": message } });
    letter.to_string().into_bytes()
}

fn output_failed(error: std::io::Error) -> Failure {
    // A reader that has seen enough is no failure of ours.
    if error.kind() == std::io::ErrorKind::BrokenPipe { Failure::quiet() } else { Failure::output(error.to_string()) }
}

/// Maps over items on so many threads; the results stand in the items' order.
fn in_order<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads <= 1 || items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.min(items.len()))
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else { return done };
                        done.push((index, work(item)));
                    }
                })
            })
            .collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("the pipeline isolates panics")).collect()
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

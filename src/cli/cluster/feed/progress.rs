//! What a run shows while it works: a bar on a terminal, else a line every few seconds; and what is named.
//!
//! All of it goes to standard error. Names are few: the rest is only counted.

use std::cell::Cell;
use std::io::IsTerminal;
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::say;

/// Lines of plain progress come this far apart.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// The bar moves so often.
const BAR_INTERVAL: Duration = Duration::from_millis(100);
/// So many things are named, one a line.
const NAMED: u32 = 20;

/// Shows progress. Copies show the same.
#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    /// Bytes to be read, where that is known.
    total: Option<u64>,
    begun: Instant,
    /// Bytes that were done before this run.
    first: Rc<Cell<Option<u64>>>,
    last_shown: Rc<Cell<Instant>>,
    named: Rc<Cell<u32>>,
}

impl Progress {
    /// For so many bytes, where that is known.
    pub fn new(total: Option<u64>) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = if total.is_some() { "{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left" } else { "{spinner} {bytes}  {msg}" };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is a constant"));
        let now = Instant::now();
        Progress { bar, is_terminal, total, begun: now, first: Rc::default(), last_shown: Rc::new(Cell::new(now)), named: Rc::default() }
    }

    /// So many pages were sent in all and in this run, so many bytes of the sources are done.
    pub fn show(&self, pages: u64, now: u64, bytes: u64) {
        let first = self.first.get().unwrap_or_else(|| {
            self.first.set(Some(bytes));
            self.bar.reset_eta();
            bytes
        });
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        if self.last_shown.get().elapsed() < if self.is_terminal { BAR_INTERVAL } else { LINE_INTERVAL } {
            return;
        }
        self.last_shown.set(Instant::now());
        if self.is_terminal {
            self.bar.set_position(bytes);
            self.bar.set_message(format!("{pages} pages, {:.0}/s", now as f64 / seconds));
            return;
        }
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let of = self.total.map(|total| {
            let speed = (bytes.saturating_sub(first) as f64 / seconds).max(1.0);
            let left = Duration::from_secs_f64((total.saturating_sub(bytes) as f64 / speed).min(1e9));
            format!(" of {:.1}, {} left", megabytes(total), HumanDuration(left))
        });
        eprintln!("{pages} pages, {:.0}/s, {:.1} MB{}", now as f64 / seconds, megabytes(bytes), of.unwrap_or_default());
    }

    /// Says something, above the bar.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Names something, as long as not too much was named.
    pub fn name(&self, text: &str) {
        let named = self.named.get() + 1;
        self.named.set(named);
        match named {
            ..=NAMED => self.say(text),
            _ if named == NAMED + 1 => self.say("(what follows of these is only counted)"),
            _ => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

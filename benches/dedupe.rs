//! What a verdict costs, whatever comes: `cargo bench --bench dedupe -- streams [COUNT [NAME]]` (the default) or `-- growth [ENTRIES]`.
//!
//! `streams` judges streams that are easy and streams that are made to be dear, each three times with a full window. `growth` fills an index until its
//! window is full, three times, and then lets a night's entries leave at once. Both end with exit code 1 where a goal is missed.
//! A machine that others use stops a thread now and then. So means are of the thread's processor time, the median of the runs; and as all runs do the
//! same, each entry's time is the least of the three. The worst verdict is the 99.999th percentile of these. Beside it stands the most earlier
//! entries that a verdict looked at, which does not depend on the machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use copydesk::article::identity::topic_hash;
use copydesk::article::{ArticleId, Entry, EntryKind, Identity};
use copydesk::config::DedupeRules;
use copydesk::dedupe::Index;

const TOPIC: &str = "news.raw";
const HOUR: i64 = 3_600_000;

/// Goals of a verdict: its mean, its worst, and entries a second where they are ordinary; and of what stops the thread.
const MEAN: Duration = Duration::from_micros(100);
const WORST: Duration = Duration::from_millis(1);
const ORDINARY_A_SECOND: f64 = 60_000.0;
const STOP: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let number = words.get(1).and_then(|word| word.replace('_', "").parse().ok());
    let is_good = match words.first().map(String::as_str) {
        None | Some("streams") => streams(number.unwrap_or(300_000), &words.get(2..).unwrap_or_default().join(" ")),
        Some("growth") => growth(number.unwrap_or(2_000_000)),
        Some(other) => {
            eprintln!("no such part: {other}; there are streams and growth");
            false
        }
    };
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// SplitMix64: the same streams at every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A stream of articles.
struct Stream {
    name: &'static str,
    /// Sites that the articles come from, and templates that they are made by; 0 templates: nothing in common.
    sites: u64,
    templates: u64,
    /// The template of a page is its site's, not any.
    is_by_site: bool,
    /// Rows of the signature in 64 that a page has of its own: between so many and so many.
    own_rows: (u64, u64),
    /// Sentences in 8 that a page has of its own: up to so many.
    own_sentences: u64,
    /// Numbers in 8 that a page has of its own: up to so many.
    own_numbers: u64,
    /// One in so many pages has the very text of its template; 0: none.
    same_text: u64,
    is_ordinary: bool,
}

const STREAMS: [Stream; 6] = [
    Stream {
        name: "random",
        sites: 5_000,
        templates: 0,
        is_by_site: false,
        own_rows: (64, 64),
        own_sentences: 8,
        own_numbers: 8,
        same_text: 0,
        is_ordinary: true,
    },
    Stream {
        name: "one templated site",
        sites: 1,
        templates: 1,
        is_by_site: true,
        own_rows: (6, 50),
        own_sentences: 5,
        own_numbers: 4,
        same_text: 0,
        is_ordinary: false,
    },
    Stream {
        name: "5,000 templated sites",
        sites: 5_000,
        templates: 5_000,
        is_by_site: true,
        own_rows: (6, 50),
        own_sentences: 5,
        own_numbers: 4,
        same_text: 0,
        is_ordinary: false,
    },
    Stream {
        name: "one text everywhere",
        sites: 5_000,
        templates: 1,
        is_by_site: false,
        own_rows: (0, 22),
        own_sentences: 2,
        own_numbers: 1,
        same_text: 3,
        is_ordinary: false,
    },
    Stream {
        name: "20,000 stories everywhere",
        sites: 5_000,
        templates: 20_000,
        is_by_site: false,
        own_rows: (0, 22),
        own_sentences: 2,
        own_numbers: 1,
        same_text: 3,
        is_ordinary: false,
    },
    Stream {
        name: "one frame on 5,000 sites",
        sites: 5_000,
        templates: 1,
        is_by_site: false,
        own_rows: (8, 40),
        own_sentences: 4,
        own_numbers: 2,
        same_text: 0,
        is_ordinary: false,
    },
];

impl Stream {
    fn entry(&self, number: u64, dice: &mut Dice) -> Entry {
        let mut identity = [0; 16];
        identity[..8].copy_from_slice(&dice.next().to_le_bytes());
        identity[8..].copy_from_slice(&number.to_le_bytes());
        let mut entry = Entry::bare(EntryKind::Article, 1, topic_hash(TOPIC), 0, Identity(identity));
        let site = dice.below(self.sites);
        entry.article_id = ArticleId(identity);
        entry.content_hash = identity;
        entry.domain = format!("site{site}.example");
        (entry.fetched_at, entry.received_at) = (number as i64, number as i64);
        let template = match self.templates {
            0 => None,
            _ if self.is_by_site => Some(site),
            templates => Some(dice.below(templates)),
        };
        let mut text = Dice(template.map_or_else(|| dice.next(), |template| template << 20));
        entry.headline_hash = if template.is_some() { 1 + text.next() } else { dice.next() };
        entry.signature = std::array::from_fn(|_| text.next() as u8);
        entry.numbers = std::array::from_fn(|_| text.next() as u8);
        entry.sentences = std::array::from_fn(|_| text.next() as u32 | 1);
        (entry.number_count, entry.sentence_count, entry.shingle_count) = (12, 8 + dice.below(30) as u16, 200 + dice.below(40) as u16);
        if self.same_text > 0 && dice.below(self.same_text) == 0 {
            entry.content_hash = [template.unwrap_or(0) as u8 | 1; 16];
            entry.content_hash[..8].copy_from_slice(&template.unwrap_or(0).to_le_bytes());
        } else {
            let own_rows = self.own_rows.0 + dice.below(self.own_rows.1 - self.own_rows.0 + 1);
            (0..own_rows).for_each(|_| entry.signature[dice.below(64) as usize] = dice.next() as u8);
            (0..dice.below(self.own_sentences + 1)).for_each(|_| entry.sentences[dice.below(8) as usize] = dice.next() as u32 | 1);
            (0..dice.below(self.own_numbers + 1)).for_each(|_| entry.numbers[dice.below(8) as usize] = dice.next() as u8);
            if dice.below(4) > 0 {
                entry.headline_hash = dice.next();
            }
        }
        entry.sentences.sort_unstable();
        entry
    }
}

/// Entries that are made before they are judged.
const BATCH: u64 = 500;

/// What runs of a stream took.
struct Runs {
    /// Of each entry, the least.
    times: Vec<Duration>,
    /// Processor time of each run, an entry.
    means: Vec<Duration>,
    index: Index,
}

impl Runs {
    /// Judges `before` entries, and then `count` that are measured. `hours` lie between the first and the last of them.
    fn of(stream: &Stream, window: u32, before: u64, count: u64, hours: i64) -> Runs {
        let all = before + count;
        let mut runs = Runs { times: vec![Duration::MAX; count as usize], means: Vec::new(), index: Index::new(DedupeRules::default(), &[TOPIC]) };
        for _ in 0..3 {
            runs.index = Index::new(DedupeRules { window_entries: window, ..DedupeRules::default() }, &[TOPIC]);
            let (mut dice, mut busy) = (Dice(7), Duration::ZERO);
            let mut number = 0;
            while number < all {
                let entries: Vec<Entry> = (number..all.min(number + BATCH)).map(|number| stream.entry(number, &mut dice)).collect();
                let began = processor_time();
                for (number, entry) in (number..).zip(&entries) {
                    let started = Instant::now();
                    runs.index.apply(number as i64, number as i64 * hours * HOUR / all as i64, entry);
                    if let Some(least) = number.checked_sub(before).and_then(|place| runs.times.get_mut(place as usize)) {
                        *least = started.elapsed().min(*least);
                    }
                }
                if number >= before {
                    busy += processor_time().saturating_sub(began);
                }
                number += entries.len() as u64;
            }
            runs.means.push(busy / count as u32);
        }
        runs
    }

    fn mean(&self) -> Duration {
        median(self.means.iter().copied())
    }

    fn a_second(&self) -> f64 {
        1.0 / self.mean().as_secs_f64()
    }
}

/// Time that this thread has had a processor, or where the system does not tell, time.
fn processor_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn quantile(sorted: &[Duration], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize].as_nanos() as f64 / 1000.0
}

/// The streams whose names begin so.
fn streams(count: u64, name: &str) -> bool {
    let window = 200_000;
    println!("{count} verdicts each with a full window of {window} entries, default rules, three runs");
    println!(
        "{:<26} {:>8} {:>8} {:>9} {:>9} {:>9} {:>7} {:>5} {:>6}",
        "stream", "mean µs", "p99 µs", "p99.999", "worst µs", "applied/s", "looks", "most", "cut %"
    );
    let mut is_good = true;
    for stream in STREAMS.iter().filter(|stream| stream.name.starts_with(name)) {
        let mut runs = Runs::of(stream, window, window.into(), count, 1);
        runs.times.sort_unstable();
        let [p99, worst, last] = [0.99, 0.999_99, 1.0].map(|share| quantile(&runs.times, share));
        let (work, all, mean) = (runs.index.work(), (u64::from(window) + count) as f64, runs.mean());
        let (looks, cut) = (work.comparisons as f64 / all, 100.0 * work.cut as f64 / all);
        println!(
            "{:<26} {:>8.1} {p99:>8.1} {worst:>9.1} {last:>9.1} {:>9.0} {looks:>7.1} {:>5} {cut:>6.2}",
            stream.name,
            mean.as_nanos() as f64 / 1000.0,
            runs.a_second(),
            work.most
        );
        is_good &= check(mean <= MEAN, "the mean of a verdict", stream.name);
        is_good &= check(worst <= WORST.as_micros() as f64, "the worst verdict", stream.name);
        is_good &= check(work.most <= DedupeRules::default().max_comparisons, "the count of comparisons", stream.name);
        is_good &= check(!stream.is_ordinary || runs.a_second() >= ORDINARY_A_SECOND, "entries applied a second", stream.name);
    }
    is_good
}

fn growth(count: u64) -> bool {
    let mut runs = Runs::of(&STREAMS[0], count as u32, 0, count, 64);
    runs.times.sort_unstable();
    let longest = runs.times.last().copied().unwrap_or_default();
    let over = runs.times.iter().filter(|time| **time > WORST).count();
    println!(
        "grown to {count} entries: {:.1} µs an entry, longest stop {:.1} ms, {over} over 1 ms, {:.0} bytes an entry",
        runs.mean().as_nanos() as f64 / 1000.0,
        longest.as_secs_f64() * 1000.0,
        runs.index.bytes() as f64 / runs.index.len() as f64
    );
    // A night without news, then an entry: a fifth of the window is out at once.
    let entry = STREAMS[0].entry(count, &mut Dice(9));
    let (mut leaving, mut is_done) = (Vec::new(), false);
    while !is_done {
        let began = processor_time();
        is_done = runs.index.make_room(count as i64, (72 + 13) * HOUR, &entry);
        leaving.push(processor_time().saturating_sub(began));
    }
    let (longest_leave, all) = (leaving.iter().max().copied().unwrap_or_default(), leaving.iter().sum::<Duration>());
    let calls = leaving.len();
    println!("a night's entries left in {calls} calls: longest {:.1} ms, {:.2} s in all", longest_leave.as_secs_f64() * 1000.0, all.as_secs_f64());
    check(longest <= STOP, "the longest stop", "growing") & check(longest_leave <= STOP, "the longest stop", "leaving")
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn check(is_met: bool, what: &str, of: &str) -> bool {
    if !is_met {
        println!("  MISSED: {what}, {of}");
    }
    is_met
}

//! The parse stage against the HTML parser alone, on the same pages in the same run, one thread:
//! `cargo bench --bench parse` (all), `-- speed`, `-- worst`.
//!
//! speed: decode to `ParsedArticle` beside `scraper::Html::parse_document` on the unpruned page, and the share of each sub-stage.
//! worst: pages made to hurt, up to 10 MiB, beside `parse_document` on ordinary pages of as many bytes; memory as a child's peak. It
//! ends with 1 where a page is over the bound.
//! Pages are those of the extraction data (`COPYDESK_DATA`, by default `../shared/data`); without it, pages that it makes up.

use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use copydesk::article::{Origin, RawArticle};
use copydesk::config::ParseSettings;
use copydesk::parse::decode::{self, Body};
use copydesk::parse::html::body::{self, Clues};
use copydesk::parse::html::meta::Meta;
use copydesk::parse::html::{self, PageContext, headline, json_ld, prune};
use copydesk::parse::{Parsed, Parser};
use scraper::Html;

/// Ordinary pages beside which a worst page is held.
const ORDINARY: usize = 100;

/// Pages of a run: enough of each collection, little enough for three rounds in two minutes.
const PAGES: usize = 600;
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("one") => one(arguments[1].parse().expect("a number")),
        Some("speed") => speed(),
        Some("worst") => worst(),
        _ => {
            speed();
            worst();
        }
    }
}

struct Page {
    raw: RawArticle,
    text: String,
}

fn raw(body: Vec<u8>, kind: &str, url: Option<&str>, number: usize) -> RawArticle {
    let mut headers = vec![("content-type".into(), Some(kind.as_bytes().to_vec())), ("fetched-at".into(), Some(b"2026-06-01T00:00:00Z".to_vec()))];
    headers.extend(url.map(|u| ("url".into(), Some(u.as_bytes().to_vec()))));
    let origin = Origin { topic: "bench".into(), partition: 0, offset: number as i64 };
    RawArticle { origin, timestamp: 1_780_272_000_000, key: None, value: Some(body), headers }
}

/// Every so-many-th labelled page, so that all collections are in.
fn pages() -> Vec<Page> {
    let folder = std::env::var_os("COPYDESK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from).join("extraction");
    let settings = ParseSettings::default();
    let mut pages = Vec::new();
    if let Ok(list) = std::fs::read_to_string(folder.join("pages.jsonl")) {
        let lines: Vec<&str> = list.lines().collect();
        for line in lines.iter().step_by((lines.len() / PAGES).max(1)) {
            let page: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let Ok(packed) = std::fs::read(folder.join(page["html_path"].as_str().unwrap_or_default())) else { continue };
            let mut body = Vec::new();
            flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut body).expect("gzip");
            pages.push((body, page["url"].as_str().filter(|u| u.starts_with("http")).map(str::to_owned)));
        }
    } else {
        println!("no data at {}: made-up pages", folder.display());
        pages.extend((0..PAGES).map(|n| (ordinary(n).into_bytes(), Some(format!("https://courier.example/{n}")))));
    }
    let page = |(number, (body, url)): (usize, (Vec<u8>, Option<String>))| {
        let raw = raw(body, "text/html", url.as_deref(), number);
        match decode::decode(&raw, &settings).ok()?.body {
            Body::Html(text) => Some(Page { raw, text }),
            Body::Text(_) | Body::Withdrawn => None,
        }
    };
    pages.into_iter().enumerate().filter_map(page).collect()
}

fn ordinary(number: usize) -> String {
    let paragraph = |i: usize| {
        format!(
            "<p class=\"body-text\">The council of ward {number} voted to spend {i} crowns on <a href=\"/b/{i}\">the bridge</a>, and speaker {i} said that work begins in {} weeks.</p>\n",
            i % 9
        )
    };
    let teaser = |i: usize| format!("<li class=\"teaser\"><a href=\"/t/{i}\"><img src=\"/i/{i}.jpg\" alt=\"\"><span>Teaser number {i}</span></a></li>\n");
    let (body, list): (String, String) = ((0..30).map(paragraph).collect(), (0..200).map(teaser).collect());
    format!(
        "<!doctype html><html><head><title>Ward {number} votes</title><script>var a = {{}};</script></head><body><nav><ul>{list}</ul></nav><article><h1>Ward {number} votes</h1>{body}</article></body></html>"
    )
}

/// Seconds of one sub-stage over all pages.
fn time<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = black_box(work());
    *total += started.elapsed();
    result
}

fn speed() {
    let pages = pages();
    let bytes: usize = pages.iter().map(|p| p.raw.value.as_ref().map_or(0, Vec::len)).sum();
    let settings = ParseSettings::default();
    let parser = Parser::new(settings.clone()).expect("the built-in rules are sound");
    println!("speed: {} pages, {:.1} MB, one thread, {ROUNDS} rounds, medians", pages.len(), bytes as f64 / 1e6);
    let mut rows: Vec<[f64; 8]> = Vec::new();
    for _ in 0..ROUNDS {
        let mut spent = [Duration::ZERO; 8];
        for page in &pages {
            let [alone, stage, decoded, pruned_in, read, parts @ ..] = &mut spent;
            time(alone, || Html::parse_document(&page.text));
            // A refusal takes its time as well.
            let _ = time(stage, || parser.parse(&page.raw));
            let _ = time(decoded, || decode::decode(&page.raw, &settings));
            let _ = time(pruned_in, || prune::prune(&page.text, &Bump::new(), &settings).map(|pruned| pruned.dom.len()));
            let _ = time(read, || html::read(&page.text, &PageContext::default(), &settings));
            time_parts(parts, &page.text, &settings);
        }
        rows.push(spent.map(|d| d.as_secs_f64()));
    }
    let [alone, stage, decoded, pruned, read, head, headline, body] = std::array::from_fn(|column| median(rows.iter().map(|r| r[column]).collect()));
    let rate = |seconds: f64| format!("{:>7.1} pages/s {:>7.1} MB/s", pages.len() as f64 / seconds, bytes as f64 / 1e6 / seconds);
    println!("  parse_document alone   {}", rate(alone));
    println!("  the whole parse stage  {}   {:.2} × parse_document", rate(stage), stage / alone);
    let rest_of_read = (read - pruned).max(0.0);
    let after = (stage - decoded - read).max(0.0);
    let shares = [("decode", decoded), ("prune, table of nodes", pruned), ("fields and body", rest_of_read), ("assemble", after)];
    let parts = [("  meta, JSON-LD", head), ("  headline", headline), ("  body", body)];
    for (name, seconds) in shares.into_iter().chain(parts) {
        println!("    {name:<22} {:>5.1} %  {:.2} × parse_document", 100.0 * seconds / stage, seconds / alone);
    }
}

/// The larger parts of what is read from the table of nodes.
fn time_parts(parts: &mut [Duration], page: &str, settings: &ParseSettings) {
    let [head_time, headline_time, body_time] = parts else { return };
    let arena = Bump::new();
    let Ok(pruned) = prune::prune(page, &arena, settings) else { return };
    let (meta, ld) = time(head_time, || (Meta::read(&pruned.dom), json_ld::read(&pruned.json_ld, &[])));
    let headlines = time(headline_time, || headline::choose(&pruned.dom, &meta, &ld, &[], None));
    let clues = Clues { headline: headlines.headline.as_deref(), description: None, article_body: ld.body.as_deref().filter(|_| ld.has_article) };
    time(body_time, || body::find(&pruned.dom, &clues, &body::Scope::default()));
}

/// The names of the pages made to hurt.
const WORST: [&str; 15] = [
    "deep nesting",
    "deep formatting",
    "a million attributes",
    "one element, long attributes",
    "unclosed paragraphs",
    "unclosed tags of all kinds",
    "entities",
    "broken entities",
    "a huge table",
    "base64 images",
    "unclosed comments",
    "a sea of links",
    "one long word",
    "json-ld, deep and broken",
    "a comment of dashes",
];

/// Flattened pages, by what they are lines of.
const FLATTENED: [&str; 5] = ["text: names", "text: dates", "text: headlines", "text: short lines", "text: one line"];

/// Pieces that a page repeats to the end.
const REPEATED: [&str; 37] = [
    "<ul><li>",
    "<b><p>",
    "<a href=x><div>",
    "<font a=1><p>",
    "<table><tr><td>",
    "<table>",
    "<!--",
    "<!",
    "<script>",
    "<svg>",
    "<template>",
    "<select>",
    "</p>",
    "</div>",
    "<",
    "<a b=\"c",
    "<title>",
    "<p>a</p><br>",
    "<![CDATA[",
    "</section><div></div>",
    "<p>a<x-q>b</x-r>",
    "<script type='application/ld+json'>[[[[",
    "<i><b><u>x</b>",
    "<h1>a</h1>",
    "<figure><img src=a>",
    "<div class=date>1 May</div>",
    "<div class='article-body related'>x</div>",
    "<h3>Comments</h3>",
    "<div class=item><h3><a href=/a>A headline of some length</a></h3></div>",
    "<span class=kicker>a</span>",
    "<article><h2>a</h2><p>Some text of a sentence, and more of it.</p></article>",
    "<blockquote>Some text of a sentence, and more of it, again.</blockquote>",
    "<a class=author rel=author href=/author/x>By Jane Roe</a> ",
    "ublish",
    "\"publishedAt",
    "<time>",
    "<time>1 May</time>",
];

const WORST_BYTES: usize = 10 << 20;
/// What no page may exceed: times an ordinary page's `parse_document` per byte, and times its own size in memory.
const BOUND: (f64, f64) = (3.0, 20.0);

fn worst_page(number: usize) -> String {
    if let Some(kind) = number.checked_sub(WORST.len() + REPEATED.len()) {
        return flattened(kind, WORST_BYTES - (64 << 10));
    }
    let head = "<!doctype html><html><head><title>Worst</title></head><body><h1>Worst of all pages</h1><article>";
    let piece: &dyn Fn(usize) -> String = match number {
        0 => &|_| "<div>".into(),
        1 => &|i| format!("<b class=c{}><i>x", i % 7),
        2 => &|i| format!("<p a{i}=1 b{i}=2 c{i}=3 d{i}=4 e{i}=5 f{i}=6 g{i}=7 h{i}=8>t</p>"),
        3 => &|i| format!("<p title=\"{}\">text {i}, it is said.</p>", "long ".repeat(400)),
        4 => &|i| format!("<p>paragraph {i}, which has no end"),
        5 => &|i| format!("<{} id={i}>text, ", ["ul", "li", "table", "tr", "td", "select", "option", "a", "form", "h2", "dl", "dd"][i % 12]),
        6 => &|_| "&amp;&lt;&#x41;&nbsp;&eacute;".into(),
        7 => &|_| "&ampamp&#xfffffff;&#;&notit;&&&".into(),
        8 => &|i| format!("<tr><td>{i}<td>cell<td><b>cell</b>"),
        9 => &|i| format!("<p>Text {i}, as said.</p><img src=\"data:image/png;base64,{}\">", "iVBORw0KGgo".repeat(900)),
        10 => &|i| format!("<!-- {i} <p>text"),
        11 => &|i| format!("<a href=\"/p/{i}\">link {i}</a> "),
        12 => &|_| "word".into(),
        14 => &|i| if i == 0 { "<!-- ".into() } else { "-".repeat(1000) },
        15.. => &|_| REPEATED[number - WORST.len()].into(),
        _ => &|i| format!("<script type=\"application/ld+json\">{}{{\"@type\":\"NewsArticle\",\"headline\":\"H {i}\"", "[".repeat(200)),
    };
    let mut page = head.to_owned();
    if number == 8 {
        page.push_str("<table>");
    }
    let mut i = 0;
    while page.len() < WORST_BYTES - (64 << 10) {
        page.push_str(&piece(i));
        i += 1;
    }
    page
}

/// A flattened page of some bytes.
fn flattened(kind: usize, bytes: usize) -> String {
    let paragraph = |i: usize| format!("Paragraph {i} says {}as the council of the town had said before, on Tuesday.", "what the others say, ".repeat(46));
    let line: &dyn Fn(usize) -> String = match kind {
        0 => &|i| format!("Jane Roe{}\n{}\n", ["son", "ley", "an", "e"][i % 4], paragraph(i)),
        1 => &|i| format!("{} March 2025, 10:15\n{}\n", 1 + i % 28, paragraph(i)),
        2 => &|i| format!("Town number {i} builds a bridge across its river\n{}\n", paragraph(i)),
        3 => &|i| format!("Line {i}\n"),
        _ => &|_| "what the others say, ".into(),
    };
    let mut page = "Worst of all pages\n".to_owned();
    let mut i = 0;
    while page.len() < bytes {
        page.push_str(&line(i));
        i += 1;
    }
    page
}

/// Seconds per byte of `parse_document` on these pages.
fn ordinary_rate(pages: &[Page]) -> f64 {
    let mut spent = Duration::ZERO;
    for page in pages {
        time(&mut spent, || Html::parse_document(&page.text));
    }
    spent.as_secs_f64() / pages.iter().map(|page| page.text.len()).sum::<usize>() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Seconds, their ratio to the ordinary, memory's ratio to the page's size, what became of the page.
type Run = (f64, f64, f64, String);

fn worst() {
    let mut ordinary = pages();
    ordinary.truncate(ORDINARY);
    let per_byte = median((0..ROUNDS).map(|_| ordinary_rate(&ordinary)).collect());
    println!(
        "worst: pages of {} MiB, medians of {ROUNDS} runs; an ordinary page of as many bytes takes parse_document {:.0} ms",
        WORST_BYTES >> 20,
        per_byte * WORST_BYTES as f64 * 1e3
    );
    let program = std::env::current_exe().expect("this program");
    let mut over = 0;
    for (number, name) in WORST.iter().chain(&REPEATED).chain(&FLATTENED).enumerate() {
        // Each run beside its own measure of the ordinary: others use the machine too.
        let runs: Option<Vec<Run>> = (0..ROUNDS)
            .map(|_| {
                let ordinary = ordinary_rate(&ordinary);
                run_one(&program, number).map(|(seconds, bytes, peak, outcome)| (seconds, seconds / (ordinary * bytes), peak / bytes, outcome))
            })
            .collect();
        let Some(runs) = runs else {
            println!("  {name:<30} ended without an answer");
            over += 1;
            continue;
        };
        let [seconds, time, memory] = [|r: &Run| r.0, |r: &Run| r.1, |r: &Run| r.2].map(|column| median(runs.iter().map(column).collect()));
        let outcome = &runs[0].3;
        let mark = if time > BOUND.0 || memory > BOUND.1 { "OVER " } else { "" };
        over += usize::from(!mark.is_empty());
        let name: String = name.chars().take(30).collect();
        println!("  {name:<30} {:>7.0} ms  {time:>5.2} × ordinary  {memory:>5.1} × its size in memory  {mark}{outcome}", seconds * 1e3);
    }
    if over > 0 {
        println!("{over} pages are over {} × ordinary or {} × their size", BOUND.0, BOUND.1);
        std::process::exit(1);
    }
}

/// Runs a worst page in a process of its own; `None` where that does not end well.
fn run_one(program: &std::path::Path, number: usize) -> Option<(f64, f64, f64, String)> {
    let output = std::process::Command::new(program).args(["one", &number.to_string()]).output().expect("a child");
    let text = String::from_utf8_lossy(&output.stdout);
    let [seconds, bytes, peak, outcome] = text.trim().splitn(4, ' ').collect::<Vec<_>>()[..] else { return None };
    let number = |field: &str| field.parse::<f64>().expect("a number");
    Some((number(seconds), number(bytes), number(peak), outcome.to_owned()))
}

/// One worst page in a process of its own: its time, its bytes, the growth of the peak, and what became of it.
fn one(number: usize) {
    let page = worst_page(number);
    let bytes = page.len();
    let kind = if number < WORST.len() + REPEATED.len() { "text/html" } else { "text/plain" };
    let raw = raw(page.into_bytes(), kind, Some("https://worst.example/page"), number);
    let parser = Parser::new(ParseSettings::default()).expect("the built-in rules are sound");
    // A worker's tables are read at its start.
    let _ = parser.parse(&self::raw(ordinary(0).into_bytes(), "text/html", None, 0));
    let _ = parser.parse(&self::raw(flattened(2, 16 << 10).into_bytes(), "text/plain", None, 0));
    let before = peak_bytes();
    let started = Instant::now();
    let outcome = match parser.parse(&raw) {
        Ok(Parsed::Article(article)) => format!("article of {} characters", article.content.text.as_deref().unwrap_or_default().chars().count()),
        Ok(Parsed::Withdrawal(_)) => "withdrawal".into(),
        Err(refusal) => format!("refused: {}", refusal.dead_letter.code.as_str()),
    };
    println!("{} {bytes} {} {outcome}", started.elapsed().as_secs_f64(), peak_bytes() - before);
}

/// The most memory that this process has had in RAM.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse::<usize>().expect("kilobytes") * 1024
}

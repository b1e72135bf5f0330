//! Pages of 10 MiB made to hurt the reader of HTML, and flattened ones, each in a process of its own, beside `parse_document` on
//! ordinary pages of as many bytes.

use std::time::Instant;

use copydesk::config::ParseSettings;
use copydesk::parse::{Parsed, Parser};

use super::{ORDINARY, ROUNDS, flattened_line, median, ordinary, ordinary_rate, pages, peak_bytes};

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
    let line: &dyn Fn(usize) -> String = match kind {
        0 => &|i| format!("Jane Roe{}\n{}\n", ["son", "ley", "an", "e"][i % 4], flattened_line(i)),
        1 => &|i| format!("{} March 2025, 10:15\n{}\n", 1 + i % 28, flattened_line(i)),
        2 => &|i| format!("Town number {i} builds a bridge across its river\n{}\n", flattened_line(i)),
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

/// Seconds, their ratio to the ordinary, memory's ratio to the page's size, what became of the page.
type Run = (f64, f64, f64, String);

pub fn worst() {
    let ordinary = pages(ORDINARY);
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
pub fn one(number: usize) {
    let page = worst_page(number);
    let bytes = page.len();
    let kind = if number < WORST.len() + REPEATED.len() { "text/html" } else { "text/plain" };
    let raw = super::raw(page.into_bytes(), kind, Some("https://worst.example/page"), number);
    let parser = Parser::new(ParseSettings::default()).expect("the built-in rules are sound");
    // A worker's tables are read at its start.
    let _ = parser.parse(&super::raw(ordinary(0).into_bytes(), "text/html", None, 0));
    let _ = parser.parse(&super::raw(flattened(2, 16 << 10).into_bytes(), "text/plain", None, 0));
    let before = peak_bytes();
    let started = Instant::now();
    let outcome = match parser.parse(&raw) {
        Ok(Parsed::Article(article)) => format!("article of {} characters", article.content.text.as_deref().unwrap_or_default().chars().count()),
        Ok(Parsed::Withdrawal(_)) => "withdrawal".into(),
        Err(refusal) => format!("refused: {}", refusal.dead_letter.code.as_str()),
    };
    println!("{} {bytes} {} {outcome}", started.elapsed().as_secs_f64(), peak_bytes() - before);
}

//! Pages made to hurt each of the parts that read a page, through the whole pipeline (`prepare`, `finish` with its annotators), each in a
//! process of its own at two sizes. A page of less than [`LEAST`] bytes is held against one of so many: what it may hold is bounded by
//! counts (elements, blocks, values), not by its size. The laws: none takes over [`TIMES`] as long as an ordinary page of as many bytes, none grows over
//! [`GROWTH`] times where its size doubles, none takes over [`MEMORY`] times its size.
//!
//! A page is a head, pieces to the end, and a tail; `shapes NAME…` measures those whose names hold a word.

use std::time::{Duration, Instant};

use copydesk::article::Ruling;
use copydesk::article::{RawArticle, Verdict, VerdictKind};
use copydesk::pipeline::{Fate, Pipeline, PipelineSettings, Prepared};

use super::{ORDINARY, ROUNDS, flattened_line, median, ordinary, pages, peak_bytes, raw, time};

const TIMES: f64 = 3.0;
const GROWTH: f64 = 3.0;
const MEMORY: f64 = 20.0;

/// Bytes of the smaller page of most shapes; the larger has twice as many.
const BYTES: usize = 4 << 20;

/// What a page may take at least: as much as one of so many bytes.
const LEAST: f64 = (4 << 20) as f64;

/// Seconds below which growth is noise.
const NOISE: f64 = 0.1;

/// A page made to hurt.
struct Shape {
    name: &'static str,
    /// Bytes of the smaller page.
    bytes: usize,
    kind: &'static str,
    url: &'static str,
    make: fn(usize) -> String,
}

const fn html(name: &'static str, make: fn(usize) -> String) -> Shape {
    Shape { name, bytes: BYTES, kind: "text/html", url: "https://worst.example/page", make }
}

/// A page of so little beside its elements that a larger one would have too many of them.
const fn dense(name: &'static str, make: fn(usize) -> String) -> Shape {
    Shape { bytes: BYTES / 4, ..html(name, make) }
}

const fn text(name: &'static str, make: fn(usize) -> String) -> Shape {
    Shape { name, bytes: BYTES, kind: "text/plain", url: "https://worst.example/page", make }
}

/// A page of some bytes: a head, pieces, a tail.
fn page(bytes: usize, head: &str, piece: impl Fn(usize) -> String, tail: &str) -> String {
    let mut page = head.to_owned();
    let mut i = 0;
    while page.len() + tail.len() < bytes {
        page.push_str(&piece(i));
        i += 1;
    }
    page.push_str(tail);
    page
}

/// The same with a title and a headline before it.
fn body(bytes: usize, head: &str, piece: impl Fn(usize) -> String) -> String {
    page(bytes, &format!("<!doctype html><title>Council votes for the bridge</title><body><h1>Council votes for the bridge</h1>{head}"), piece, "")
}

/// An article's paragraph.
fn paragraph(i: usize) -> String {
    format!("<p>The council of ward {i} voted on Tuesday to build the bridge over its river, and the mayor said that work begins in May.</p>\n")
}

/// An article with something in its head.
fn head(bytes: usize, piece: impl Fn(usize) -> String) -> String {
    let text: String = (0..20).map(paragraph).collect();
    page(bytes, "<!doctype html><head><title>Council votes for the bridge</title>", piece, &format!("</head><body><h1>Council votes for the bridge</h1>{text}"))
}

/// An article with a script of JSON-LD.
fn ld(bytes: usize, open: &str, piece: impl Fn(usize) -> String, close: &str) -> String {
    const SCRIPT: usize = 2_000_000;
    let script = |bytes: usize| page(bytes, &format!("<script type=\"application/ld+json\">{open}"), &piece, &format!("{close}</script>"));
    let scripts: String = (0..bytes / SCRIPT).map(|_| script(SCRIPT)).collect();
    let text: String = (0..20).map(paragraph).collect();
    format!("<!doctype html><head><title>Council votes for the bridge</title>{scripts}</head><body><h1>Council votes for the bridge</h1>{text}")
}

/// An article of JSON-LD with a field that is one long string.
fn ld_text(bytes: usize, field: &str, piece: &str) -> String {
    ld(bytes, &format!("{{\"@type\":\"NewsArticle\",\"headline\":\"Council votes for the bridge\",{field}:\""), |_| piece.to_owned(), "\"}")
}

/// Running text of some words on the page, for the annotators.
fn running(bytes: usize, words: impl Fn(usize) -> String) -> String {
    body(bytes, "", |i| {
        let mut line = "<p>The mayor said on Tuesday, as was told before, that".to_owned();
        (i * 40..i * 40 + 40).for_each(|word| line.push_str(&format!(" {}", words(word))));
        line + ", and so on.</p>\n"
    })
}

/// A name that no other number has.
fn name(mut i: usize) -> String {
    let mut name = String::new();
    for syllables in [["Ba", "De", "Ki", "Lo", "Mu", "Na", "Re", "Si"], ["ran", "del", "kin", "los", "mur", "nas", "ret", "sov"]] {
        name.push_str(syllables[i % 8]);
        i /= 8;
    }
    while i > 0 {
        name.push_str(["a", "e", "i", "o", "ul", "an", "er", "is"][i % 8]);
        i /= 8;
    }
    name
}

/// 8,000 bytes of words.
fn long(word: &str) -> String {
    word.repeat(8000 / word.len())
}

const SHAPES: &[Shape] = &[
    // The body.
    dense("body: one row of cells", |n| body(n, "<table><tr>", |_| "<td>a</td>".into())),
    dense("body: rows of one cell and texts", |n| body(n, "<table>", |_| "<tr><td>a</td></b>x</b>y".into())),
    dense("body: tables in cells", |n| body(n, "", |i| if i % 100 == 99 { "</table>".repeat(100) } else { "<table><tr><td>a<td>b".into() })),
    html("body: long styles above blocks", |n| {
        let levels: String = (0..22).map(|_| format!("<div style=\"{}\">", long("top:0;"))).collect();
        body(n, &levels, paragraph)
    }),
    dense("body: hidden blocks, deep", |n| body(n, &"<div aria-hidden=true hidden>".repeat(400), |_| "<p hidden>The council said so.</p>".into())),
    dense("body: long itemprops above blocks", |n| {
        let levels: String = (0..22).map(|_| format!("<div itemprop=\"{}\">", long("body "))).collect();
        body(n, &levels, |i| format!("<div><p>{i} The council said so.</p></div>"))
    }),
    dense("body: figures in figures", |n| body(n, &"<figure>".repeat(450), |_| "<p>a</p>".into())),
    html("body: articles in articles", |n| body(n, &"<article>".repeat(450), paragraph)),
    html("body: texts in texts, by name", |n| body(n, &"<div class=article-body>".repeat(450), |i| paragraph(i).replacen("<p", "<p class=article-body", 1))),
    dense("body: captions without pictures", |n| body(n, &"<div class=caption>".repeat(450), |_| "<p>a</p>".into())),
    dense("body: breaks within many names", |n| body(n, &"<x-a>".repeat(480), |_| "Some text of it.<br><br>".into())),
    dense("body: texts parted by nothing", |n| body(n, &"<div>".repeat(480), |_| "some text of it</q>".into())),
    html("body: blocks and a long description", |n| {
        let description = format!("<meta name=description content=\"{}\">", long("The council said that "));
        body(n, &description, |i| format!("<p>The council said that {}</p>", i % 10))
    }),
    html("body: quotes of a long text", |n| {
        let quotes: String = (0..64).map(|i| format!("<blockquote>{} {i}</blockquote>", "The council said that it will be so. ".repeat(20))).collect();
        body(n, &quotes, |i| paragraph(i).replace("voted", "The council said that it will be so. The council said"))
    }),
    dense("body: closing lines, deep", |n| body(n, &"<div>".repeat(400), |i| format!("<h3>Comments</h3><p>{i}</p>"))),
    html("body: one long class each", |n| body(n, "", |i| format!("<p class=\"{}\">The council said so, {i}.</p>", long("lead wide ")))),
    html("body: a page of spaces", |n| body(n, "", |_| format!("<p class=\"{}\">a{}</p>", " ".repeat(4000), " ".repeat(4000)))),
    // Tags.
    html("tags: nested drops without an end", |n| body(n, "", |_| "<svg ".into())),
    dense("tags: links around blocks", |n| body(n, "", |i| format!("<a href=/{i}><div>a</div>"))),
    // Headline.
    html("headline: headings in headings", |n| body(n, &"<h1><div>".repeat(240), |i| format!("<p>The council said so, {i}.</p>"))),
    html("headline: headings that are too long", |n| body(n, "", |i| format!("<h2>{i} {}</h2>", "A bridge too far. ".repeat(30)))),
    dense("headline: linked headings", |n| body(n, "", |i| format!("<div class=card><h3><a href=/{i}>Town {i} builds a bridge</a></h3></div>"))),
    dense("headline: a heading of many elements", |n| body(n, "<h1>", |_| "<span class=kicker></span>".into())),
    // JSON-LD.
    html("ld: a body of angles", |n| ld_text(n, "\"articleBody\"", "<")),
    html("ld: a body of open tags", |n| ld_text(n, "\"articleBody\"", "<a &amp")),
    html("ld: a body of words", |n| ld_text(n, "\"articleBody\"", "a b c d e f. ")),
    html("ld: organisations in graphs", |n| {
        ld(n, "", |_| "{\"@type\":\"Organization\",\"name\":\"\",\"@graph\":[".repeat(30) + "{}" + &"]}".repeat(30) + "\n", "")
    }),
    html("ld: empty keys", |n| ld(n, "[0", |_| ",{\"\":0}".into(), "]")),
    html("ld: a long description", |n| ld_text(n, "\"description\"", "The council said that ")),
    html("ld: many authors", |n| {
        ld(n, "{\"@type\":\"NewsArticle\",\"author\":{\"name\":[\"Jane Roe\"", |i| format!(",\"{} {}\"", name(i), name(i / 7)), "]}}")
    }),
    html("ld: long keywords", |n| ld_text(n, "\"keywords\"", "a,")),
    html("ld: a long publisher", |n| ld_text(n, "\"publisher\":{\"name\":\"Courier\"},\"copyrightHolder\"", "The Courier ")),
    html("ld: articles and a long address", |n| {
        let canonical = format!("<link rel=canonical href=\"https://worst.example/{}\">", long("a/"));
        let url = format!("https://worst.example/{}", "a/".repeat(40));
        canonical + &ld(n, "[0", |i| format!(",{{\"@type\":\"Article\",\"url\":\"{url}{i}\",\"@id\":\"{url}\"}}"), "]")
    }),
    html("ld: deep and broken", |n| ld(n, "", |_| "[".repeat(100) + "{\"a\":", "")),
    html("ld: types without end", |n| ld(n, "[{\"@type\":[\"Article\"", |_| ",\"NewsArticle\"".into(), "]}]")),
    // Meta.
    html("meta: authors of months", |n| head(n, |_| format!("<meta name=author content=\"{}\">", long("May and March ")))),
    html("meta: dates that are none", |n| head(n, |i| format!("<meta name=date content=\"{}{i}\">", long("12 Foo 4:1 ")))),
    html("meta: keywords of a letter", |n| head(n, |_| format!("<meta name=keywords content=\"{}\">", long("a,")))),
    html("meta: keywords, each another", |n| head(n, |i| format!("<meta name=news_keywords content=\"{i}{}\">", ",word of a tag".repeat(9)))),
    dense("meta: items of other items", |n| {
        body(n, &format!("<div itemscope itemtype=https://schema.org/Person>{}", "<div>".repeat(450)), |_| "<b itemprop=datePublished>a</b>".into())
    }),
    html("meta: links", |n| head(n, |i| format!("<link rel=\"{}\" href=/{i}>", "alternate ".repeat(20)))),
    // Dates.
    html("dates: shown everywhere", |n| body(n, "", |i| format!("<div class=date>{} May 12:{}</div>", i % 31, i % 60))),
    dense("dates: numbers in short texts", |n| body(n, "", |i| format!("<i>{i} of 9</i> "))),
    dense("dates: times around all", |n| body(n, &"<div datetime=2026>".repeat(450), |i| format!("<p>{i}</p>"))),
    html("dates: in data", |n| body(n, "<script>", |i| format!("\"published\":\"2026-05-16T{i}\","))),
    text("dates: lines of digits", |n| page(n, "A bridge\n", |_| "1".repeat(239) + "\n", "")),
    text("dates: lines of dates", |n| {
        page(n, "A bridge\n", |i| format!("{} May 2026, 10:{:02} and 3 May 2025, on 4 June 2024{}\n", 1 + i % 28, i % 60, " or on 5.6.20".repeat(12)), "")
    }),
    // Bylines and names.
    dense("byline: authors, deep", |n| body(n, &"<div>".repeat(450), |_| "<a class=author>Jane Roe</a> ".into())),
    html("byline: lines behind empty elements", |n| body(n, &format!("<div>{}", "<i></i>".repeat(20_000)), |_| "By Jane Roe<br>".into())),
    dense("byline: a list of names", |n| body(n, "<div class=byline>By ", |i| format!("<a rel=author>{} {}</a>, ", name(i), name(i / 3)))),
    text("byline: lines of names", |n| {
        page(
            n,
            "A bridge\nJane Roe\nThe council voted on Tuesday, after a long debate, to build the bridge.\n",
            |i| format!("By {} {}\n{}\n", name(i), name(i / 3), "word".repeat(250)),
            "",
        )
    }),
    Shape { url: "https://apnews.com/article/a", ..html("byline: authors by a rule", |n| body(n, "", |_| "<div class=Page-authors>Jane Roe</div>".into())) },
    // Lists, media, data of scripts.
    dense("lists: items in items", |n| body(n, "", |i| if i % 200 == 199 { "</ul>".repeat(200) } else { format!("<ul><li><a href=/{i}>Item {i}</a>") })),
    dense("lists: cards", |n| {
        body(n, "", |i| format!("<article class=card><h2><a href=/{i}>Town {i} builds a bridge</a></h2><img src=/{i}.jpg><p>$ {i}</p></article>"))
    }),
    dense("media: players", |n| body(n, "<article>", |i| format!("<embed src=https://v{i}.example/a>"))),
    html("media: figures", |n| {
        body(n, "<article>", |i| format!("<figure><img srcset=\"/{i}.jpg 1x\"><figcaption>Picture {i} of the bridge</figcaption></figure>"))
    }),
    html("data: rows that claim all", |n| body(n, "<script>self.__next_f.push([1,\"", |_| "1:Tfffffff,".into()) + "\"])</script>"),
    html("data: strings of words", |n| {
        body(n, "<script>{", |i| {
            format!("\"a\":\"<p>Council votes for the bridge {}</p><p>{}</p>\",", i, (0..200).map(|w| name(i * 200 + w) + " ").collect::<String>())
        }) + "}</script>"
    }),
    html("data: strings in strings", |n| body(n, "<script>", |_| "\"\\\"<p><p>\\\\\\\"".into()) + "</script>"),
    // Flattened pages.
    text("lines: one", |n| page(n, "", |_| "what the others say, ".into(), "")),
    text("lines: one word", |n| page(n, "A bridge\n", |_| "word".into(), "")),
    text("lines: tiny", |n| page(n, "", |_| "a\n".into(), "")),
    text("lines: phrases", |n| page(n, "A bridge\n", |_| "photo share read also photo credit by sign up ".repeat(18) + "\n", "")),
    text("lines: running text", |n| page(n, "A bridge\n", |i| flattened_line(i) + "\n", "")),
    text("lines: wrapped to a column", |n| page(n, "A bridge\n", |i| format!("the council of the old town said that bridge {i} will be built\n"), "")),
    text("lines: Thai", |n| page(n, "สะพาน\n", |_| "สภาเมืองลงมติสร้างสะพานข้ามแม่น้ำ ".repeat(9) + "\n", "")),
    text("lines: Chinese", |n| page(n, "老城建桥\n", |_| "市议会周二投票决定建造新桥，市长表示工程将于五月开始。".repeat(9) + "\n", "")),
    text("lines: crumbs", |n| page(n, "", |i| format!("Home > News > Town {i} builds a bridge\n12 May 2026\n"), "")),
    // Datelines and credits.
    html("datelines: a place without end", |n| body(n, "", |_| format!("<p>{} – The council voted, as was said.</p>", "NEW YORK, Mass. ".repeat(300)))),
    html("datelines: signed paragraphs", |n| {
        body(n, "", |i| {
            format!(
                "<p>The council of ward {i} voted on Tuesday to build the bridge over its river. ({})</p>",
                ["Reuters", "AFP", "AP", "dpa", "TASS", "Foo Bar"][i % 6]
            )
        })
    }),
    text("datelines: brackets", |n| page(n, "A bridge\n", |_| "(".repeat(400) + "The council voted on Tuesday, as was said before. (Reuters\n", "")),
    // Annotators.
    html("names: initials", |n| running(n, |_| "A.B.C.D.E.F.G.H.".repeat(40))),
    html("names: people", |n| running(n, |i| format!("Jane {} of {}", name(i), name(i / 2)))),
    html("names: organisations", |n| running(n, |i| format!("{} Council ({}C) and {}C", name(i), &name(i)[..1], &name(i)[..1]))),
    html("names: acronyms", |n| running(n, |i| format!("the {} Ministry (AB) AB CD", name(i)))),
    html("names: places", |n| running(n, |i| ["Georgia", "Paris, Texas", "Springfield", "Washington"][i % 4].to_owned())),
    html("names: joined by hyphens", |n| running(n, |i| format!("{}-", name(i)).repeat(20))),
    html("names: apostrophes", |n| running(n, |_| "O'a'b'c'd'e".repeat(20))),
    // Text.
    html("text: stops", |n| body(n, "", |_| format!("<p>The council voted{} It was so.</p>", ". ".repeat(900)))),
    html("text: marks on one letter", |n| body(n, "", |_| format!("<p>The council voted on Tuesday. a{}</p>", "\u{301}\u{323}".repeat(900)))),
    html("text: references", |n| body(n, "", |_| "<p>&amp;&lt;&#x41;&eacute; The council voted, &notit; on Tuesday.</p>".into())),
];

/// What came of a page at both sizes.
struct Run {
    /// Seconds of the smaller and of the larger.
    seconds: [f64; 2],
    bytes: f64,
    peak: f64,
    outcome: String,
}

pub fn shapes(words: &[String]) {
    let sample = pages(ORDINARY);
    let pipeline = pipeline();
    let rate = || {
        let mut spent = Duration::ZERO;
        sample.iter().for_each(|page| time(&mut spent, || through(&pipeline, &page.raw)).clear());
        spent.as_secs_f64() / sample.iter().map(|page| page.raw.value.as_ref().map_or(0, Vec::len)).sum::<usize>() as f64
    };
    rate();
    let wanted = |shape: &Shape| words.is_empty() || words.iter().any(|word| shape.name.contains(word.as_str()));
    println!(
        "shapes: pages of {} and {} MiB through the whole pipeline, medians of {ROUNDS}; an ordinary page of {} MiB takes {:.0} ms",
        BYTES >> 20,
        BYTES >> 19,
        BYTES >> 19,
        rate() * 2e3 * BYTES as f64
    );
    let program = std::env::current_exe().expect("this program");
    let (mut over, mut measured) = (0, 0);
    for (number, shape) in SHAPES.iter().enumerate().filter(|(_, shape)| wanted(shape)) {
        measured += 1;
        // Each run beside its own measure of the ordinary: others use the machine too.
        let runs: Option<Vec<(f64, Run)>> = (0..ROUNDS).map(|_| Some((rate(), run_one(&program, number)?))).collect();
        let Some(runs) = runs else {
            println!("  {:<38} OVER ended without an answer", shape.name);
            over += 1;
            continue;
        };
        let column = |of: fn(&(f64, Run)) -> f64| median(runs.iter().map(of).collect());
        let (seconds, times) = (column(|(_, run)| run.seconds[1]), column(|(rate, run)| run.seconds[1] / (rate * run.bytes.max(LEAST))));
        // Both sizes are measured one after the other, and others use the machine too: the least of each has least of theirs in it.
        let least = |size: usize| runs.iter().map(|(_, run)| run.seconds[size]).fold(f64::INFINITY, f64::min);
        let (growth, memory) = (least(1) / least(0), column(|(_, run)| run.peak / run.bytes.max(LEAST)));
        let is_over = times > TIMES || memory > MEMORY || seconds > NOISE && growth > GROWTH;
        over += usize::from(is_over);
        println!(
            "  {:<38} {:>6.0} ms  {times:>5.2} × ordinary  grows {growth:>5.2} ×  {memory:>5.1} × its size  {}{}",
            shape.name,
            seconds * 1e3,
            if is_over { "OVER " } else { "" },
            runs[0].1.outcome
        );
    }
    println!("{measured} shapes, {over} over a bound ({TIMES} × ordinary, {GROWTH} × from n to 2n, {MEMORY} × the size)");
    if over > 0 {
        std::process::exit(1);
    }
}

fn pipeline() -> Pipeline {
    Pipeline::new(PipelineSettings::default()).expect("the built-in rules are sound")
}

/// A record through the whole pipeline, published where it is an article; what became of it.
fn through(pipeline: &Pipeline, raw: &RawArticle) -> String {
    let prepared = pipeline.prepare(raw);
    let ruling = match &prepared {
        Prepared::Article { entry, refusal: None, .. } => {
            let (content_hash, headline_hash) = (entry.content_hash, entry.headline_hash);
            Ruling::Verdict(Verdict { log_offset: 0, version: 1, content_hash, headline_hash, kind: VerdictKind::Published })
        }
        _ => Ruling::Refused,
    };
    let finished = pipeline.finish(raw, prepared, ruling);
    match finished.fate {
        Fate::DeadLetter(_, code) => code.as_str().to_owned(),
        _ => format!("an event of {} bytes", finished.record.size()),
    }
}

/// Runs a shape in a process of its own; `None` where that does not end well.
fn run_one(program: &std::path::Path, number: usize) -> Option<Run> {
    let output = std::process::Command::new(program).args(["shape", &number.to_string()]).output().expect("a child");
    let text = String::from_utf8_lossy(&output.stdout);
    let [first, second, bytes, peak, outcome] = text.trim().splitn(5, ' ').collect::<Vec<_>>()[..] else { return None };
    let number = |field: &str| field.parse::<f64>().expect("a number");
    Some(Run { seconds: [number(first), number(second)], bytes: number(bytes), peak: number(peak), outcome: outcome.to_owned() })
}

/// A shape in a process of its own: its times at both sizes, its bytes, the growth of the peak, and what became of it.
pub fn one(number: usize) {
    let shape = &SHAPES[number];
    let record = |bytes: usize| raw((shape.make)(bytes).into_bytes(), shape.kind, Some(shape.url), number);
    let pipeline = pipeline();
    // A worker's tables are read at its start.
    through(&pipeline, &raw(ordinary(0).into_bytes(), "text/html", None, 0));
    let line = |i: usize| flattened_line(i) + "\n";
    through(&pipeline, &raw(page(16 << 10, "A bridge\n", line, "").into_bytes(), "text/plain", None, 0));
    let (smaller, larger) = (record(shape.bytes), record(2 * shape.bytes));
    let before = peak_bytes();
    let started = Instant::now();
    through(&pipeline, &smaller);
    let first = started.elapsed();
    let started = Instant::now();
    let outcome = through(&pipeline, &larger);
    let second = started.elapsed();
    let bytes = larger.value.as_ref().map_or(0, Vec::len);
    println!("{} {} {bytes} {} {outcome}", first.as_secs_f64(), second.as_secs_f64(), peak_bytes() - before);
}

//! The parse stage against the HTML parser alone, on the same pages in the same run, one thread:
//! `cargo bench --bench parse` (all), `-- speed`, `-- rules`, `-- steps`, `-- worst`, `-- shapes`.
//!
//! speed: decode to `ParsedArticle` beside `scraper::Html::parse_document` on the unpruned page, and the share of each sub-stage.
//! rules: what a site rule's selectors cost on pages of some 100 KB, beside a second parse by html5ever.
//! steps: how many steps ordinary pages take of those that they may take (`parse.max_steps`), as HTML and flattened.
//! worst ([`worst`]): pages made to hurt the reader of HTML. shapes ([`shapes`]): pages made to hurt each of the parts behind it, through
//! the whole pipeline, at two sizes. Both beside ordinary pages of as many bytes, memory as a child's peak; they end with 1 where a page
//! is over a bound.
//! Pages are those of the extraction data (`COPYDESK_DATA`, by default `../shared/data`); without it, pages that it makes up.

mod shapes;
mod worst;

use std::hint::black_box;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use copydesk::article::{Origin, RawArticle};
use copydesk::config::ParseSettings;
use copydesk::parse::Parser;
use copydesk::parse::assemble::html;
use copydesk::parse::assemble::html::PageContext;
use copydesk::parse::assemble::ruled::Ruled;
use copydesk::parse::body::html as body;
use copydesk::parse::body::html::Clues;
use copydesk::parse::dates::DateContext;
use copydesk::parse::decode;
use copydesk::parse::decode::Body;
use copydesk::parse::headline::html as headline;
use copydesk::parse::page::meta::Meta;
use copydesk::parse::page::{json_ld, prune};
use copydesk::parse::sites::Sites;
use copydesk::parse::sites::tree::Tree;
use copydesk::parse::steps::Steps;
use copydesk::parse::trees::SHIPPED;
use scraper::Html;

/// Ordinary pages beside which a worst page is held.
const ORDINARY: usize = 100;

/// Pages of a run: enough of each collection, little enough for three rounds in two minutes.
const PAGES: usize = 600;
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("one") => worst::one(arguments[1].parse().expect("a number")),
        Some("shape") => shapes::one(arguments[1].parse().expect("a number")),
        Some("speed") => speed(),
        Some("rules") => rules(),
        Some("steps") => steps(),
        Some("worst") => worst::worst(),
        Some("shapes") => shapes::shapes(&arguments[1..]),
        _ => {
            speed();
            rules();
            steps();
            worst::worst();
            shapes::shapes(&[]);
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

/// So many of the labelled pages, each so-many-th, so that all collections are in.
fn pages(most: usize) -> Vec<Page> {
    let folder = std::env::var_os("COPYDESK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from).join("extraction");
    let settings = ParseSettings::default();
    let mut pages = Vec::new();
    if let Ok(list) = std::fs::read_to_string(folder.join("pages.jsonl")) {
        let lines: Vec<&str> = list.lines().collect();
        for line in lines.iter().step_by((lines.len() / most).max(1)) {
            let page: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let Ok(packed) = std::fs::read(folder.join(page["html_path"].as_str().unwrap_or_default())) else { continue };
            let mut body = Vec::new();
            flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut body).expect("gzip");
            pages.push((body, page["url"].as_str().filter(|u| u.starts_with("http")).map(str::to_owned)));
        }
    } else {
        println!("no data at {}: made-up pages", folder.display());
        pages.extend((0..most.min(PAGES)).map(|n| (ordinary(n).into_bytes(), Some(format!("https://courier.example/{n}")))));
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

/// A line of running text on a flattened page.
fn flattened_line(i: usize) -> String {
    format!("Paragraph {i} says {}as the council of the town had said before, on Tuesday.", "what the others say, ".repeat(46))
}

/// Seconds of one sub-stage over all pages.
fn time<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = black_box(work());
    *total += started.elapsed();
    result
}

/// What a rule costs on a page of some 100 KB: marking tags, the tree of selectors, selecting.
fn rules() {
    let (settings, some_100_kb) = (ParseSettings::default(), 80_000..=125_000);
    let pages: Vec<Page> = pages(PAGES).into_iter().filter(|page| some_100_kb.contains(&page.text.len())).collect();
    let sites = Sites::of(&settings).expect("the built-in rules are sound");
    let rules: Vec<_> = ["apnews.com", "tagesanzeiger.ch", "euronews.com", "waz.de"].iter().filter_map(|host| sites.rule(host)).collect();
    let mut spent = [Duration::ZERO; 5];
    for page in pages.iter().cycle().take(pages.len() * ROUNDS) {
        let [whole, plain, marked, selected, parsed] = &mut spent;
        let _ = time(whole, || html::read(&page.text, &PageContext::default(), &settings, &Steps::new(settings.max_steps)));
        let _ = time(plain, || prune::prune(&page.text, &Bump::new(), &settings, &Steps::new(settings.max_steps)).map(|pruned| pruned.dom.len()));
        let (arena, steps) = (Bump::new(), Steps::new(settings.max_steps));
        let Ok(pruned) = time(marked, || prune::prune_marked(&page.text, &arena, &settings, &steps, true)) else { continue };
        let Some(marks) = &pruned.marks else { continue };
        for rule in &rules {
            time(selected, || Ruled::read(&Tree::new(&page.text, &pruned.dom, marks), &rule.select, &DateContext::default()).scope.dropped.len());
        }
        time(parsed, || Html::parse_document(&page.text));
    }
    let count = (pages.len() * ROUNDS).max(1) as f64;
    let [whole, plain, marked, selected, parsed] = spent.map(|d| d.as_secs_f64() * 1e3 / count);
    println!("rules: {} pages of 80 to 125 KB, one thread, {ROUNDS} rounds, milliseconds a page", pages.len());
    println!("  reading without a rule      {whole:>7.3}");
    println!("  a rule: marking the tags    {:>7.3}", marked - plain);
    println!("  a rule: tree and selectors  {:>7.3}", selected / rules.len().max(1) as f64);
    println!("  html5ever once more         {parsed:>7.3}");
}

fn speed() {
    let pages = pages(PAGES);
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
            let _ = time(pruned_in, || prune::prune(&page.text, &Bump::new(), &settings, &Steps::new(settings.max_steps)).map(|pruned| pruned.dom.len()));
            let _ = time(read, || html::read(&page.text, &PageContext::default(), &settings, &Steps::new(settings.max_steps)));
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

/// Steps of all labelled pages, and of their texts as flattened pages.
fn steps() {
    let parser = Parser::new(ParseSettings::default()).expect("the built-in rules are sound");
    let pages = pages(usize::MAX);
    let taken = |raw: &RawArticle| {
        let steps = parser.budget();
        let _ = parser.parse_within(raw, &steps);
        steps.taken()
    };
    let flattened = |page: &Page| {
        let arena = Bump::new();
        let (settings, steps) = (ParseSettings::default(), parser.budget());
        let dom = prune::prune(&page.text, &arena, &settings, &steps).ok()?.dom;
        let lines: Vec<&str> = (0..dom.len()).map(|node| dom.get(node).text.trim()).filter(|line| !line.is_empty()).collect();
        Some(raw(lines.join("\n").into_bytes(), "text/plain", None, 0))
    };
    let html: Vec<u64> = pages.iter().map(|page| taken(&page.raw)).collect();
    let text: Vec<u64> = pages.iter().filter_map(flattened).map(|raw| taken(&raw)).collect();
    println!("steps: a page may take {}", ParseSettings::default().max_steps);
    for (name, mut steps) in [("HTML", html), ("flattened", text)] {
        steps.sort_unstable();
        let at = |thousandths: usize| steps[(steps.len() - 1) * thousandths / 1000];
        println!("  {name:<10} {} pages: median {}, 99 % {}, 99.9 % {}, most {}", steps.len(), at(500), at(990), at(999), at(1000));
    }
}

/// The larger parts of what is read from the table of nodes.
fn time_parts(parts: &mut [Duration], page: &str, settings: &ParseSettings) {
    let [head_time, headline_time, body_time] = parts else { return };
    let (arena, steps) = (Bump::new(), Steps::new(settings.max_steps));
    let Ok(pruned) = prune::prune(page, &arena, settings, &steps) else { return };
    let (meta, ld) = time(head_time, || (Meta::read(&pruned.dom), json_ld::read(&pruned.json_ld, &[])));
    let headlines = time(headline_time, || headline::choose(&pruned.dom, &meta, &ld, &[], None));
    let clues = Clues { headline: headlines.chosen.headline.as_deref(), description: None, article_body: ld.body.as_deref().filter(|_| ld.has_article) };
    time(body_time, || body::find(&pruned.dom, &clues, &body::Scope::default(), &SHIPPED.body));
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

/// The most memory that this process has had in RAM.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse::<usize>().expect("kilobytes") * 1024
}

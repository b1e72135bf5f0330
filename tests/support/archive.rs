//! Web archives of invented pages: each article of its own words, so that none is a copy of another, as records of a gzip member each.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

const BEGINNINGS: [&str; 24] = [
    "bar", "cal", "dor", "ember", "fal", "gren", "hol", "ivor", "jas", "kel", "lor", "mar", "nor", "ost", "pel", "quar", "ros", "sel", "tor", "ul", "ver",
    "wes", "yor", "zan",
];
const MIDDLES: [&str; 12] = ["a", "e", "i", "o", "an", "en", "il", "or", "um", "ith", "ast", "ond"];
const ENDS: [&str; 16] = ["ber", "den", "ford", "gate", "ham", "ing", "ket", "ley", "ment", "ness", "ple", "rick", "son", "tion", "ward", "wick"];
const SMALL: [&str; 14] = ["the", "of", "and", "to", "in", "for", "with", "on", "by", "from", "that", "was", "after", "between"];

/// Numbers that look random and are the same every time (splitmix64).
pub struct Numbers(u64);

impl Numbers {
    /// A sequence for each seed.
    pub fn new(seed: u64) -> Numbers {
        // Not a multiple of the step: the sequences would be one, shifted.
        Numbers(seed.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % n as u64) as usize
    }
}

fn word(numbers: &mut Numbers) -> String {
    [BEGINNINGS[numbers.below(24)], MIDDLES[numbers.below(12)], ENDS[numbers.below(16)]].concat()
}

fn sentence(numbers: &mut Numbers, words: usize) -> String {
    let mut text = String::new();
    for i in 0..words {
        let next = if i % 3 == 1 { SMALL[numbers.below(SMALL.len())].to_owned() } else { word(numbers) };
        if i == 0 {
            text.push_str(&next[..1].to_uppercase());
            text.push_str(&next[1..]);
        } else {
            text.push(' ');
            text.push_str(&next);
        }
    }
    text
}

/// Where article number so and so was fetched.
pub fn url(number: usize) -> String {
    format!("https://www.gazette{}.example/news/{number}", number % 40)
}

/// The page of an article of a few hundred words.
pub fn html(number: usize) -> String {
    let mut numbers = Numbers::new(number as u64 + 1);
    let headline = sentence(&mut numbers, 8);
    let paragraphs = 5 + numbers.below(5);
    let mut body = String::new();
    for _ in 0..paragraphs {
        let sentences: Vec<String> = (0..3).map(|_| format!("{}.", sentence(&mut numbers, 18))).collect();
        body.push_str(&format!("<p>{}</p>\n", sentences.join(" ")));
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{headline}</title></head><body><nav><a href=\"/\">Home</a></nav><article><h1>{headline}</h1>\n{body}</article></body></html>"
    )
}

/// A record with this block, in a gzip member of its own.
pub fn record(kind: &str, url: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: 2031-05-06T07:08:09Z\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype={kind}\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    [head.as_bytes(), block, b"\r\n\r\n"].iter().for_each(|part| encoder.write_all(part).expect("memory takes it"));
    encoder.finish().expect("memory takes it")
}

/// A response record.
pub fn response(url: &str, status: &str, content_type: &str, body: &str) -> Vec<u8> {
    record("response", url, format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

/// An archive of these articles, in order, with what else stands in archives: requests, pages that were not found, pictures.
pub fn warc(articles: std::ops::Range<usize>) -> Vec<u8> {
    let mut file = record("warcinfo", "", b"software: none\r\n");
    for number in articles {
        let url = url(number);
        file.extend(record("request", &url, b"GET / HTTP/1.1\r\n\r\n"));
        file.extend(response(&url, "200 OK", "text/html; charset=utf-8", &html(number)));
        if number % 50 == 7 {
            file.extend(response(&format!("{url}/gone"), "404 Not Found", "text/html", "gone"));
            file.extend(response(&format!("{url}.png"), "200 OK", "image/png", "\u{fffd}PNG"));
        }
    }
    file
}

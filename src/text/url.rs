//! URLs: normalization (versioned), registrable domain, credibility of what a page calls its own.
//!
//! The normalized form is a lossy key, not an address: it says which article a URL names, whatever the device, the link it was
//! shared by, or the server's spelling. It must be idempotent, and never merge two sites.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use url::{Host, Url};

use super::tables::{TRACKING_PARAMETERS, lines};

/// The version of [`normalize`]: a change of its output needs a higher one.
pub const NORMALIZATION_VERSION: u16 = 1;

/// Bytes of the longest host name (RFC 1035, section 2.3.4).
pub const MAX_HOST: usize = 253;

static TRACKING: LazyLock<Tracking> = LazyLock::new(|| Tracking::read(TRACKING_PARAMETERS));

/// Names and beginnings of tracking parameters.
struct Tracking {
    names: BTreeSet<&'static str>,
    prefixes: Vec<&'static str>,
}

impl Tracking {
    fn read(table: &'static str) -> Tracking {
        let (prefixes, names): (Vec<_>, Vec<_>) = lines(table).map(|(_, row)| row).partition(|row| row.ends_with('*'));
        Tracking { names: names.into_iter().collect(), prefixes: prefixes.into_iter().map(|row| row.trim_end_matches('*')).collect() }
    }

    fn holds(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.names.contains(name.as_str()) || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// The lossy key form of a URL from which `article_id` is made: without scheme, `www.`, mobile and AMP variants, tracking parameters,
/// fragment, index page and trailing slash; parameters sorted. `None` where it is no http(s) URL.
pub fn normalize(url: &str) -> Option<String> {
    let mut url = web_url(url)?;
    // An AMP cache's URL holds the publisher's.
    if let Some(inner) = behind_amp_cache(&url) {
        url = inner;
    }
    let mut key = host_key(&url)?;
    if let Some(port) = url.port() {
        // Ports 80 and 443 are the same site by either scheme.
        if !matches!(port, 80 | 443) {
            key.push_str(&format!(":{port}"));
        }
    }
    key.push_str(&path_key(url.path()));
    let query = query_key(&url);
    if !query.is_empty() {
        key.push('?');
        key.push_str(&query);
    }
    if let Some(route) = url.fragment().filter(|f| f.starts_with('!') && f.len() > 1) {
        // A hash-bang is the address within an application, not a place on a page.
        key.push('#');
        key.push_str(route);
    }
    Some(key)
}

/// A URL without the user and password that it holds; `None` where it holds none.
pub fn without_user(url: &str) -> Option<String> {
    if !url.contains('@') {
        return None;
    }
    let mut parsed = web_url(url)?;
    let authority = url.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#', '\\']).next()).unwrap_or_default();
    // An empty user, which the parser does not tell, is taken out too.
    if parsed.username().is_empty() && parsed.password().is_none() && !authority.contains('@') {
        return None;
    }
    // Neither can fail: a web URL has a host.
    let _ = parsed.set_password(None);
    let _ = parsed.set_username("");
    Some(parsed.into())
}

/// The registrable domain of a URL's or a bare host, by the Public Suffix List, lower case. A host that the list calls a suffix itself
/// (a co-operative of sites such as a national news portal) stands for itself.
pub fn registrable_domain(url_or_host: &str) -> Option<String> {
    let text = url_or_host.trim();
    let parsed = if text.contains("://") { Url::parse(text).ok()? } else { Url::parse(&format!("http://{}", text.trim_start_matches("//"))).ok()? };
    match parsed.host()? {
        Host::Domain(host) => {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            if host.is_empty() || !host.contains('.') {
                return (!host.is_empty()).then_some(host);
            }
            Some(psl::domain_str(&host).map(str::to_owned).unwrap_or(host))
        }
        address => Some(address.to_string()),
    }
}

/// The canonical URL that a page at `page_url` claims, absolute, if it is credible: same registrable domain, no home page for a deeper page.
pub fn credible_canonical(claimed: &str, page_url: Option<&str>) -> Option<String> {
    let claimed = claimed.trim();
    if claimed.is_empty() {
        return None;
    }
    let Some(page) = page_url.and_then(web_url) else {
        return web_url(claimed).filter(|url| !is_home(url)).map(without_fragment);
    };
    let url = page.join(claimed).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())?;
    let same_site = registrable_domain(url.as_str()) == registrable_domain(page.as_str());
    if !same_site && behind_amp_cache(&page).is_none() {
        return None;
    }
    if is_home(&url) && !is_home(&page) {
        return None;
    }
    Some(without_fragment(url))
}

fn without_fragment(mut url: Url) -> String {
    if !url.fragment().is_some_and(|f| f.starts_with('!')) {
        url.set_fragment(None);
    }
    url.into()
}

fn is_home(url: &Url) -> bool {
    path_key(url.path()).is_empty() && query_key(url).is_empty()
}

fn web_url(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = match text.strip_prefix("//") {
        Some(rest) => Url::parse(&format!("https://{rest}")),
        None => Url::parse(text),
    };
    // A longer host is nobody's, and its labels would be looked up one after the other.
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| host.trim_end_matches('.').len() <= MAX_HOST))
}

/// The host without its port, user and variant labels. A label is taken off only if a registrable domain remains.
fn host_key(url: &Url) -> Option<String> {
    let Host::Domain(host) = url.host()? else { return Some(url.host()?.to_string()) };
    let mut host = host.trim_end_matches('.').to_ascii_lowercase();
    while let Some((label, rest)) = host.split_once('.') {
        let variant = matches!(label, "www" | "m" | "mobile" | "amp" | "wap" | "touch") || is_numbered_www(label);
        if !variant || psl::domain_str(rest).is_none() {
            break;
        }
        host = rest.to_owned();
    }
    (!host.is_empty()).then_some(host)
}

fn is_numbered_www(label: &str) -> bool {
    label.strip_prefix("www").is_some_and(|digits| !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The path with one spelling of percent-encoding, without empty segments, index page, AMP marks and trailing slash.
fn path_key(path: &str) -> String {
    let mut segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(one_spelling).collect();
    while let Some(last) = segments.last_mut() {
        let lower = last.to_ascii_lowercase();
        if is_index(&lower) || matches!(lower.as_str(), "amp" | "amp.html" | "amphtml") {
            segments.pop();
            continue;
        }
        if let Some(stem) = [".amp.html", ".amp.htm", ".amp"].iter().find_map(|ending| lower.strip_suffix(ending)).filter(|stem| !stem.is_empty()) {
            let html = if lower.ends_with(".amp") { "" } else { ".html" };
            *last = format!("{}{html}", &last[..stem.len()]);
            continue;
        }
        break;
    }
    let marks = segments.iter().take_while(|segment| segment.eq_ignore_ascii_case("amp")).count();
    segments[marks..].iter().fold(String::new(), |path, segment| path + "/" + segment)
}

fn is_index(name: &str) -> bool {
    let Some((stem, ending)) = name.split_once('.') else { return false };
    matches!(stem, "index" | "default") && matches!(ending, "html" | "htm" | "php" | "asp" | "aspx" | "jsp" | "shtml" | "xhtml")
}

/// The parameters that say which article it is, sorted.
fn query_key(url: &Url) -> String {
    let Some(query) = url.query() else { return String::new() };
    let mut kept: Vec<String> = Vec::new();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = one_spelling(name);
        if name.is_empty() || TRACKING.holds(&name) {
            continue;
        }
        let value = one_spelling(value);
        kept.push(if value.is_empty() { name } else { format!("{name}={value}") });
    }
    kept.sort_unstable();
    kept.dedup();
    kept.join("&")
}

/// One spelling of percent-encoding: unreserved characters plain, everything else encoded in upper case (RFC 3986, section 6.2.2).
fn one_spelling(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, width) = match (bytes[at], bytes.get(at + 1..at + 3).and_then(hex_pair)) {
            (b'%', Some(byte)) => (byte, 3),
            (byte, _) => (byte, 1),
        };
        let escaped = width == 3;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || (!escaped && byte.is_ascii_graphic() && byte != b'%') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        at += width;
    }
    out
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

/// The publisher's URL behind an AMP cache or viewer: `*.cdn.ampproject.org/c/s/host/path`, `google.*/amp/s/host/path`.
fn behind_amp_cache(url: &Url) -> Option<Url> {
    let host = url.domain()?;
    let is_cache = host.ends_with(".ampproject.org");
    let is_viewer = registrable_domain(host).is_some_and(|domain| domain.starts_with("google.")) && url.path().starts_with("/amp/");
    if !is_cache && !is_viewer {
        return None;
    }
    let mut segments = url.path().trim_start_matches('/').splitn(3, '/');
    let first = segments.next()?;
    if !matches!(first, "c" | "v" | "a" | "amp") {
        return None;
    }
    let second = segments.next()?;
    let third = segments.next().unwrap_or_default();
    let (scheme, rest) = if second == "s" { ("https", third.to_owned()) } else { ("http", format!("{second}/{third}")) };
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    let inner = web_url(&format!("{scheme}://{rest}{query}"))?;
    (inner.domain()?.contains('.') && !inner.domain()?.ends_with(".ampproject.org")).then_some(inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variants_of_one_article_have_one_key() {
        let key = "example.com/news/2026/05/story-1?id=7";
        for url in [
            "https://example.com/news/2026/05/story-1?id=7",
            "http://www.example.com/news/2026/05/story-1/?id=7",
            "https://m.example.com/news/2026/05/story-1?utm_source=x&id=7&fbclid=y#comments",
            "https://www.example.com:443/news//2026/05/story-1?id=7&",
            "https://amp.example.com/news/2026/05/story-1/amp/?id=7",
            "https://example.com/amp/news/2026/05/story-1?id=7&amp=1",
            "HTTPS://WWW2.Example.COM./news/2026/05/%73tory-1?id=7",
            "https://example-com.cdn.ampproject.org/c/s/example.com/news/2026/05/story-1?id=7",
            "https://www.google.co.uk/amp/s/www.example.com/news/2026/05/story-1?id=7",
            "//example.com/news/2026/05/story-1?id=7",
            " https://user:secret@example.com/news/2026/05/story-1/index.html?id=7 ",
        ] {
            assert_eq!(normalize(url).as_deref(), Some(key), "{url}");
        }
    }

    #[test]
    fn different_articles_keep_different_keys() {
        for (a, b) in [
            ("https://example.com/a?id=1", "https://example.com/a?id=2"),
            ("https://news.example.com/a", "https://example.com/a"),
            ("https://example.com/A", "https://example.com/a"),
            ("https://example.com:8080/a", "https://example.com/a"),
            ("https://example.com/a%2Fb", "https://example.com/a/b"),
            ("https://example.com/#!/a", "https://example.com/#!/b"),
            ("https://example.com/?p=1", "https://example.com/?p=2"),
            ("https://one.blogspot.com/a", "https://two.blogspot.com/a"),
            ("https://m.com/a", "https://amp.com/a"),
        ] {
            assert_ne!(normalize(a), normalize(b), "{a} {b}");
            assert!(normalize(a).is_some() && normalize(b).is_some());
        }
    }

    #[test]
    fn spells_and_sorts() {
        assert_eq!(normalize("https://example.com/новости?b=2&a=1").as_deref(), Some("example.com/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8?a=1&b=2"));
        assert_eq!(normalize("https://example.com/story.amp.html").as_deref(), Some("example.com/story.html"));
        assert_eq!(normalize("https://example.com/index.php").as_deref(), Some("example.com"));
        assert_eq!(normalize("https://пример.рф/а").as_deref(), Some("xn--e1afmkfd.xn--p1ai/%D0%B0"));
        for bad in ["", "mailto:a@example.com", "javascript:void(0)", "example.com/a", "http://", "ftp://example.com/a"] {
            assert_eq!(normalize(bad), None, "{bad}");
        }
    }

    #[test]
    fn registrable_domains() {
        for (host, domain) in [
            ("https://www.bbc.co.uk/news", "bbc.co.uk"),
            ("eng.paper.by", "paper.by"),
            ("EXAMPLE.com.", "example.com"),
            ("one.blogspot.com", "one.blogspot.com"),
            ("http://192.0.2.7:81/a", "192.0.2.7"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(registrable_domain(host).as_deref(), Some(domain), "{host}");
        }
        assert_eq!(registrable_domain(""), None);
        assert_eq!(registrable_domain("not a host"), None);
    }

    #[test]
    fn canonical_is_believed_only_where_credible() {
        let page = Some("https://www.example.com/news/story?utm_source=x");
        assert_eq!(credible_canonical("/news/story#top", page).as_deref(), Some("https://www.example.com/news/story"));
        assert_eq!(credible_canonical("https://amp.example.com/news/story", page).as_deref(), Some("https://amp.example.com/news/story"));
        assert_eq!(credible_canonical("https://other.example.org/news/story", page), None);
        assert_eq!(credible_canonical("https://www.example.com/", page), None);
        assert_eq!(credible_canonical("https://www.example.com/index.html", page), None);
        assert_eq!(credible_canonical("https://example.com/", Some("https://example.com/")).as_deref(), Some("https://example.com/"));
        assert_eq!(credible_canonical("https://example.org/a", None).as_deref(), Some("https://example.org/a"));
        assert_eq!(credible_canonical("/a", None), None);
        assert_eq!(credible_canonical("  ", page), None);
    }

    #[test]
    fn every_row_of_the_table_is_used() {
        for (_, row) in lines(TRACKING_PARAMETERS) {
            assert_eq!(row, row.trim().to_ascii_lowercase(), "rows are lower case");
            let name = row.replace('*', "x1");
            assert_eq!(normalize(&format!("https://example.com/a?{name}=1")).as_deref(), Some("example.com/a"), "{row}");
        }
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(
            host in "(www\\.|m\\.|amp\\.|www2\\.|news\\.){0,3}[a-z]{1,8}\\.(com|co\\.uk|by|blogspot\\.com)",
            path in "(/(amp|index\\.html|[a-zA-Z0-9._%~ é-]{0,8})){0,5}/?",
            query in "(\\?([a-z_]{1,6}=[a-zA-Z0-9%+ ]{0,5}&?){0,4})?",
        ) {
            if let Some(key) = normalize(&format!("https://{host}{path}{query}")) {
                prop_assert_eq!(normalize(&format!("https://{key}")), Some(key));
            }
        }

        #[test]
        fn never_panics(text in ".{0,200}") {
            let _ = normalize(&text);
            let _ = registrable_domain(&text);
            let _ = credible_canonical(&text, Some("https://example.com/a"));
        }
    }
}

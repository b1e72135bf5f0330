//! URLs: normalization (versioned), registrable domain, credibility of what a page calls its own.

/// The version of [`normalize`]: a change of its output needs a higher one.
pub const NORMALIZATION_VERSION: u16 = 1;

/// The lossy key form of a URL from which `article_id` is made: without scheme, `www.`, mobile and AMP variants, tracking parameters,
/// fragment, index page and trailing slash; parameters sorted. `None` where it is no http(s) URL.
pub fn normalize(url: &str) -> Option<String> {
    let _ = url;
    None
}

/// The registrable domain of a URL's or a bare host, by the Public Suffix List, lower case.
pub fn registrable_domain(url_or_host: &str) -> Option<String> {
    let _ = url_or_host;
    None
}

/// The canonical URL that a page at `page_url` claims, absolute, if it is credible: same registrable domain, no home page for a deeper page.
pub fn credible_canonical(claimed: &str, page_url: Option<&str>) -> Option<String> {
    let _ = (claimed, page_url);
    None
}

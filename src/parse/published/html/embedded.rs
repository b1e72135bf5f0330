//! The date of publication in the data that a page embeds in its scripts. A last resort, for pages that show and declare nothing: it
//! counts only where all such values of the page name the same day.

/// Keys of embedded data that hold when an article was published.
const KEYS: &[&str] = &[
    "datePublished",
    "publishedAt",
    "published_at",
    "publishDate",
    "publishedDate",
    "publicationDate",
    "publication_date",
    "publish_date",
    "published_date",
    "date_published",
    "firstPublished",
    "firstPublishedAt",
    "published",
    "publishedOn",
    "publishTime",
    "publish_time",
    "published_time",
    "publishedTime",
    "publicationTime",
];

/// What most of the keys have in common.
const CORE: &str = "ublish";

/// Bytes of the longest key.
const LONGEST_KEY: usize = 24;

/// Values that are compared.
const MAX_VALUES: usize = 100;

/// The value of `"publishedAt": "2026-05-16T10:00:00Z"` and its like anywhere in the page, if the page names one day only.
pub(in crate::parse) fn published(page: &str) -> Option<&str> {
    let mut first: Option<&str> = None;
    for (at, _) in page.match_indices(CORE).filter(|(at, _)| is_key(page, *at)).take(MAX_VALUES) {
        let Some(value) = value_after(&page[at..]) else { continue };
        let day = value.get(..10)?;
        if first.is_some_and(|other| !other.starts_with(day)) {
            return None;
        }
        first = first.or(Some(value));
    }
    first
}

/// Whether the core of a key stands within a key in quotation marks.
fn is_key(page: &str, at: usize) -> bool {
    // No key is longer: a page of nothing but letters costs no more than another.
    let bytes = page.as_bytes();
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
    let before = bytes[at.saturating_sub(LONGEST_KEY)..at].iter().rev().take_while(is_part).count();
    let length = bytes[at..].iter().take(LONGEST_KEY).take_while(is_part).count();
    let from = at - before;
    bytes[..from].ends_with(b"\"") && page.get(from..at + length).is_some_and(|key| KEYS.contains(&key))
}

/// The date after the key's end: a string that begins `2026-05-16`.
fn value_after(rest: &str) -> Option<&str> {
    let (key, rest) = rest.split_at_checked(rest.bytes().take(LONGEST_KEY + 2).position(|b| b == b'"')?)?;
    let rest = rest.strip_prefix('"')?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('\\').filter(|_| key.ends_with('\\')).unwrap_or(rest).strip_prefix('"')?;
    let value = &rest[..rest.find(['"', '\\']).filter(|end| (10..=40).contains(end))?];
    let is_day = |b: &[u8]| b.iter().enumerate().all(|(i, c)| if matches!(i, 4 | 7) { *c == b'-' } else { c.is_ascii_digit() });
    value.as_bytes().get(..10).is_some_and(is_day).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_counts_two_do_not() {
        for (page, expected) in [
            (r#"{"publishedAt":"2026-05-16T10:00:00Z","x":1}"#, Some("2026-05-16T10:00:00Z")),
            (r#"{\"published_at\": \"2026-05-16\"} {"datePublished" : "2026-05-16T09:00"}"#, Some("2026-05-16")),
            (r#"{"publishedAt":"2026-05-16"},{"publishedAt":"2026-05-17"}"#, None),
            (r#"{"unpublishedAt":"2026-05-16"} "publishedAt":null "published": "soon, we hope so" publishedAt: "2026-05-16""#, None),
            ("", None),
        ] {
            assert_eq!(published(page), expected, "{page}");
        }
    }
}

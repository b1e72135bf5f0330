//! Named points at which a test build aborts the process, as a crash would: no destructor runs, nothing is flushed.
//!
//! `COPYDESK_FAILPOINT=after_produce:3` aborts when the point is reached for the third time. In a build without the feature
//! `failpoints` this file does nothing.

/// A point was reached: the process is aborted if it was asked for.
#[cfg(feature = "failpoints")]
pub fn reached(name: &str) {
    if strikes(name) {
        eprintln!("failpoint {name} reached: aborting");
        std::process::abort();
    }
}

/// Whether what the point is named for goes wrong now.
#[cfg(feature = "failpoints")]
pub fn strikes(name: &str) -> bool {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static HITS: AtomicU64 = AtomicU64::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("COPYDESK_FAILPOINT").ok()?;
        let (point, count) = text.split_once(':').unwrap_or((&text, "1"));
        Some((point.to_owned(), count.parse().unwrap_or(1)))
    });
    wanted.as_ref().is_some_and(|(point, count)| point == name && HITS.fetch_add(1, Ordering::Relaxed) + 1 == *count)
}

/// A point was reached.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn reached(_name: &str) {}

/// Whether what the point is named for goes wrong now.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn strikes(_name: &str) -> bool {
    false
}

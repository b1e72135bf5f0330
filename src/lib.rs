//! copydesk: a streaming news-pipeline worker.
//!
//! Raw article pages come in from one Kafka topic; each is parsed, judged against everything seen before, enriched, and
//! published as a normalized event, exactly once. The reading order is the order of the data:
//!
//! | module | owns |
//! |---|---|
//! | [`article`] | the types a message goes through, event, verdict, dead letter, log entry and its codec |
//! | [`text`] | scripts, foldings, phrases, sentences, tokens, normal forms, URLs; the tables of `config/` |
//! | [`parse`] | a room a field: headline, byline, published, body, metadata, dateline; below them lines, names, dates, sites, page, decode |
//! | [`dedupe`] | fingerprint, index, `apply(entry, log_time) → verdict` |
//! | [`enrich`] | language, entities, places |
//! | [`pipeline`] | `prepare(raw)` and `finish(prepared, verdict)`: the library that `extract` uses |
//! | [`samples`] | the bundled pages, as raw records |
//! | [`worker`] | both threads: loop, batch, pool, transaction, lifecycle, and the log thread; the only place that counts outcomes |
//! | [`kafka`] | the real clients: consumer and transaction, log, tokens, topics, audit |
//! | [`feed`] | pages from files and web archives to the raw topic, with a place to go on from |
//! | [`http`] | health, metrics, status page |
//! | [`config`], [`telemetry`], [`stop`] | leaves: settings; metrics, logging; being asked to stop |
//!
//! From [`pipeline`] down nothing knows Kafka, tokio or metrics, and Cargo holds that: the feature `worker` (default) brings [`worker`], [`kafka`], [`feed`],
//! [`http`] and [`telemetry`] with all that they need. Without it this is the library that `extract` and other programs use.

pub mod article;
pub mod config;
pub mod dedupe;
pub(crate) mod enrich;
#[cfg(feature = "worker")]
pub mod feed;
#[cfg(feature = "worker")]
pub mod http;
#[cfg(feature = "worker")]
pub mod kafka;
pub mod parse;
pub mod pipeline;
pub mod samples;
#[cfg(feature = "worker")]
pub mod stop;
#[cfg(feature = "worker")]
pub mod telemetry;
pub mod text;
#[cfg(feature = "worker")]
pub mod worker;

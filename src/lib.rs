//! copydesk: a streaming news-pipeline worker.
//!
//! Raw article pages come in from one Kafka topic; each is parsed, judged against everything seen before, enriched, and
//! published as a normalized event, exactly once. The reading order is the order of the data:
//!
//! | module | owns |
//! |---|---|
//! | [`article`] | the types a message goes through, event, verdict, dead letter, log entry and its codec |
//! | [`text`] | sentences, tokens, normalization, URLs |
//! | [`parse`] | decode, HTML, metadata, dates, body, plain text, dateline, site rules, notices, explanation |
//! | [`dedupe`] | fingerprint, index, `apply(entry, log_time) → verdict` |
//! | [`enrich`] | language, entities, places |
//! | [`pipeline`] | `prepare(raw)` and `finish(prepared, verdict)`: the library that `extract` uses |
//! | [`samples`] | the bundled pages, as raw records |
//! | [`worker`] | loop, batch, pool, lifecycle; the only place that counts outcomes |
//! | [`kafka`] | the real client: consumer and transaction, log, tokens, topics, audit |
//! | [`feed`] | pages from files and web archives to the raw topic, with a place to go on from |
//! | [`http`] | health, metrics, status page |
//! | [`config`], [`telemetry`] | leaves: settings, metrics, logging |
//!
//! From [`pipeline`] down nothing knows Kafka, tokio or metrics, and Cargo holds that: the feature `worker` (default) brings [`worker`], [`kafka`], [`feed`],
//! [`http`] and [`telemetry`] with all that they need. Without it this is the library that `extract` and other programs use.

pub mod article;
pub mod config;
pub mod dedupe;
pub mod enrich;
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

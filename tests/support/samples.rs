//! Every bundled page with what becomes of it, all through one pipeline and one index, in order.

use std::sync::OnceLock;

use copydesk::article::Ruling;
use copydesk::article::{Origin, RawArticle};
use copydesk::config::DedupeRules;
use copydesk::dedupe::{Applied, Index};
use copydesk::pipeline::{Finished, Pipeline, PipelineSettings, Prepared};
use copydesk::samples::{Sample, bundled};

/// The log's clock: all samples are judged at once.
const LOG_TIME: i64 = 1_772_800_000_000;

fn pipeline() -> Pipeline {
    Pipeline::new(PipelineSettings {
        // The real one changes with every table.
        config_hash: "of this test".into(),
        max_dead_letter_bytes: 1_000_000,
        ..PipelineSettings::default()
    })
    .unwrap()
}

/// A sample as the record that the worker reads.
pub fn raw(offset: usize, sample: &Sample) -> RawArticle {
    RawArticle {
        origin: Origin { topic: "news.raw".into(), partition: 0, offset: i64::try_from(offset).unwrap() },
        timestamp: sample.timestamp,
        key: sample.key.clone(),
        value: sample.value.clone(),
        headers: sample.headers.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone())).collect(),
    }
}

/// All samples with what becomes of them, worked out once for all tests.
pub fn desk() -> &'static [(Sample, Finished)] {
    static DESK: OnceLock<Vec<(Sample, Finished)>> = OnceLock::new();
    DESK.get_or_init(|| {
        let pipeline = pipeline();
        let mut index = Index::new(DedupeRules::default(), &["news.raw"]);
        let mut log_offset = 0;
        let mut work = |(offset, sample): (usize, Sample)| {
            let raw = raw(offset, &sample);
            let prepared = pipeline.prepare(&raw);
            let ruling = match &prepared {
                Prepared::Article { entry, refusal: None, .. } | Prepared::Withdrawal { entry, .. } => {
                    let Applied::Verdict(verdict) = index.apply(log_offset, LOG_TIME, entry) else { panic!("{}: no verdict", sample.name) };
                    log_offset += 1;
                    Ruling::Verdict(verdict)
                }
                Prepared::Article { .. } | Prepared::Refused(_) => Ruling::Refused,
            };
            let finished = pipeline.finish(&raw, prepared, ruling);
            (sample, finished)
        };
        bundled().into_iter().enumerate().map(&mut work).collect()
    })
}

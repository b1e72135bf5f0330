//! Every bundled page with what becomes of it, all through one pipeline and one index, in order.

use std::sync::OnceLock;

use copydesk::article::{Origin, RawArticle};
use copydesk::config::DedupeRules;
use copydesk::dedupe::Index;
use copydesk::pipeline::{Fate, Finished, Pipeline, PipelineSettings};
use copydesk::samples::{Sample, bundled};

#[path = "laws.rs"]
pub mod laws;

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
            let finished = laws::publish_at(&pipeline, &mut index, &raw, log_offset, LOG_TIME);
            log_offset += i64::from(!matches!(finished.fate, Fate::DeadLetter(..)));
            (sample, finished)
        };
        bundled().into_iter().enumerate().map(&mut work).collect()
    })
}

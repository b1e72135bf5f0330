//! What trees learn from: the rows of pages, each page in the fold that its site fell into.

use std::path::Path;

use copydesk::parse::trees::Trees;
use copydesk::text::url::registrable_domain;
use serde_json::Value;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::boost::{self, Growth, Rows};
use crate::each;

/// Parts of the pages, by site; each is judged by trees of the others.
pub const FOLDS: usize = 5;

/// The fold of a page.
pub fn fold_of(page: &Value) -> usize {
    let site = page["url"].as_str().and_then(registrable_domain).or_else(|| page["id"].as_str().map(str::to_owned)).unwrap_or_default();
    (xxh3_64(site.as_bytes()) % FOLDS as u64) as usize
}

/// What there is to learn.
pub struct Lesson {
    /// The names of the features.
    names: Vec<String>,
    /// How the trees are grown.
    growth: Growth,
    /// The rows of each page, with its fold.
    pages: Vec<(usize, Rows)>,
}

impl Lesson {
    /// A lesson of pages: names of the features (none where a page has no row), fold and rows of each.
    pub fn new(growth: Growth, pages: impl IntoIterator<Item = (Vec<String>, usize, Rows)>) -> Lesson {
        let mut lesson = Lesson { names: Vec::new(), growth, pages: Vec::new() };
        for (names, fold, rows) in pages {
            if lesson.names.is_empty() {
                lesson.names = names;
            }
            lesson.pages.push((fold, rows));
        }
        lesson
    }

    /// Weights from all pages.
    pub fn weights(&self) -> String {
        boost::train(&self.without(FOLDS), &self.names, self.growth)
    }

    /// For each fold, trees that have not seen its sites. What was learned stays in `kept`, by the name of all that it depends on.
    pub fn models(&self, kept: &Path) -> Vec<Trees> {
        std::fs::create_dir_all(kept).expect("OUT can be written");
        let folds: Vec<usize> = (0..FOLDS).collect();
        each(&folds, |fold| {
            let rows = self.without(*fold);
            let file = kept.join(format!("{:016x}.txt", self.name(&rows)));
            let weights = std::fs::read_to_string(&file).unwrap_or_else(|_| {
                let weights = boost::train(&rows, &self.names, self.growth);
                // Whoever ends the trainer now must not leave half of it.
                std::fs::write(file.with_extension("part"), &weights)
                    .and_then(|()| std::fs::rename(file.with_extension("part"), &file))
                    .expect("OUT can be written");
                weights
            });
            Trees::read(&weights).expect("what was written can be read")
        })
    }

    /// The rows of all pages but those of a fold.
    fn without(&self, fold: usize) -> Rows {
        let mut all = Rows::default();
        for (_, rows) in self.pages.iter().filter(|(of, _)| *of != fold) {
            all.values.extend_from_slice(&rows.values);
            all.truth.extend_from_slice(&rows.truth);
            all.weight.extend_from_slice(&rows.weight);
        }
        all
    }

    /// A hash of what weights are made of: rows, names, growth and the trainer.
    fn name(&self, rows: &Rows) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(include_bytes!("boost.rs"));
        hash.update(format!("{:?} {:?}", self.growth, self.names).as_bytes());
        for row in &rows.values {
            hash.update(&row.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        }
        for value in rows.truth.iter().chain(&rows.weight) {
            hash.update(&value.to_le_bytes());
        }
        hash.digest()
    }
}

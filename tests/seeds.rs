//! Seeds and findings of the fuzz targets (`fuzz/seeds/PART/`), replayed: what once broke a part must not break it again.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/inputs.rs"]
mod inputs;

use std::path::Path;

#[test]
fn every_seed_is_borne() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (part, check) in inputs::PARTS {
        let seeds: Vec<_> = std::fs::read_dir(folder.join(part)).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(!seeds.is_empty(), "{part} has no seeds");
        for seed in seeds {
            println!("{}", seed.display());
            check(&std::fs::read(&seed).unwrap());
        }
    }
}

#[test]
fn every_bundled_page_cut_short_is_borne() {
    for sample in copydesk::samples::bundled() {
        let value = sample.value.unwrap_or_default();
        for cut in [value.len() / 7, value.len() / 3, value.len() * 4 / 5] {
            for (_, check) in inputs::PARTS {
                check(&value[..cut]);
            }
        }
    }
}

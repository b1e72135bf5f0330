//! Hashes the tables in `config/` that are compiled in, so that every event can name them (`pipeline.config_hash`), and lists the
//! sample pages and site rules that are compiled in.
//!
//! It must never read anything but `config/`: the same sources give the same hash on every machine.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=config");
    let mut files = Vec::new();
    collect(Path::new("config"), &mut files);
    files.sort();
    // FNV-1a, 64 bit: good enough to tell versions of a table apart.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        let name = file.to_string_lossy().replace('\\', "/");
        let bytes = std::fs::read(&file).unwrap_or_default();
        for byte in name.bytes().chain([0]).chain(bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo::rustc-env=COPYDESK_TABLES_HASH={hash}");
    list("config/samples", "samples.rs", "include_bytes", |extension| extension != "toml" && extension != "md");
    list("config/sites", "sites.rs", "include_str", |extension| extension == "toml");
}

/// Writes the files of a folder as a Rust expression: an array of names and contents.
fn list(folder: &str, target: &str, include: &str, wanted: fn(&str) -> bool) {
    let folder = std::env::current_dir().expect("cargo sets the folder of the package").join(folder);
    let mut list = String::from("&[\n");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| wanted(&e.to_string_lossy()))) {
        let name = path.file_name().unwrap_or_default();
        list.push_str(&format!("({name:?}, {include}!({path:?})),\n"));
    }
    list.push(']');
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it for a build script");
    std::fs::write(Path::new(&out).join(target), list).expect("the build's own folder can be written");
}

/// All tables: not the settings, and not the sample pages.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path != Path::new("config/samples") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e != "md" && (e != "toml" || path.starts_with("config/sites"))) {
            files.push(path);
        }
    }
}

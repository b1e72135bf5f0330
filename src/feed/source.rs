//! Which files there are: arguments and folders to one list in a fixed order, with what tells whether they are still the same.
//!
//! Folders are read in the order of names, depth first. A file's kind comes from its name; its contents are not touched here.
//! A folder may hold what others put there: a link out of it, or to a folder, is not followed, and nothing but a regular file is opened,
//! now and when its turn comes. A link that is an argument itself was meant.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use url::Url;
use walkdir::{DirEntry, WalkDir};
use xxhash_rust::xxh3::Xxh3;

use super::Reason;
use crate::article::Millis;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One HTML page.
    Html,
    /// One page of plain text.
    Text,
    /// Input envelopes, one a line.
    Lines,
    /// A web archive.
    Warc,
}

impl Kind {
    /// By the file's name.
    pub fn of(path: &Path) -> Option<Kind> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").filter(|stem| stem.ends_with(".jsonl") || stem.ends_with(".warc")).unwrap_or(&name);
        let (stem, extension) = name.rsplit_once('.')?;
        match extension {
            _ if stem.is_empty() => None,
            "html" | "htm" => Some(Kind::Html),
            "txt" => Some(Kind::Text),
            "jsonl" => Some(Kind::Lines),
            "warc" => Some(Kind::Warc),
            _ => None,
        }
    }

    /// Whether the file is one page.
    pub fn is_page(self) -> bool {
        matches!(self, Kind::Html | Kind::Text)
    }
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is, as given or found.
    pub path: PathBuf,
    /// What it holds.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// When it was changed last.
    pub modified: Millis,
    /// The URL of the page, where it is one.
    pub url: Option<String>,
    /// The argument it belongs to, absolute and without links: it must lie there.
    root: PathBuf,
}

impl SourceFile {
    /// Opens the file, if it is still what it was when it was listed: a regular file below its argument.
    ///
    /// # Errors
    /// It is gone, can't be read, or has become a way out.
    pub fn open(&self) -> io::Result<File> {
        let real = self.path.canonicalize()?;
        if !real.starts_with(&self.root) {
            return Err(io::Error::other("it has become a link that leaves the folder"));
        }
        // Without waiting: else a pipe in its place would hold us for ever.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(real)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file any more")) }
    }
}

/// One argument, as it was when the run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMark {
    /// Absolute.
    pub path: PathBuf,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Over the names, sizes and times of its files, in their order.
    pub digest: String,
}

/// Everything that is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// One for each argument.
    pub marks: Vec<SourceMark>,
    /// The files of all arguments, in order.
    pub files: Vec<SourceFile>,
    /// Files of folders that are no pages by their names.
    pub other_files: u64,
    /// What is not followed or not opened, and why.
    pub left_out: Vec<(Reason, PathBuf)>,
    /// Sentences about what can't be read.
    pub unreadable: Vec<String>,
}

/// How pages of files get their URLs.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// The URL of the only page.
    pub url: Option<String>,
    /// What a file's path below its argument is appended to.
    pub base: Option<Url>,
}

impl Sources {
    /// Lists the files of the arguments.
    ///
    /// # Errors
    /// A sentence, where an argument is not there or of no known kind.
    pub fn list(arguments: &[PathBuf], naming: &Naming) -> Result<Sources, String> {
        let mut all = Sources::default();
        for argument in arguments {
            let path = argument.canonicalize().map_err(|e| format!("{}: {e}", argument.display()))?;
            if !path.is_dir() && Kind::of(argument).is_none() {
                return Err(format!("{}: not a .html, .htm, .txt, .jsonl, .jsonl.gz, .warc or .warc.gz file", argument.display()));
            }
            if !path.is_dir() && !path.is_file() {
                return Err(format!("{}: {}; envelopes from a pipe go to standard input: `copydesk feed - <PIPE`", argument.display(), Reason::NotAFile));
            }
            all.add(argument, &path, naming);
        }
        Ok(all)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    fn add(&mut self, argument: &Path, path: &Path, naming: &Naming) {
        let mut digest = Xxh3::new();
        let (mut files, mut bytes) = (0, 0);
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) if entry.file_type().is_dir() => continue,
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable.push(error.to_string());
                    continue;
                }
            };
            // Of a link, what it leads to.
            let data = match fs::metadata(entry.path()) {
                Ok(data) => data,
                Err(error) => {
                    self.unreadable.push(format!("{}: {error}", entry.path().display()));
                    continue;
                }
            };
            if let Some(reason) = left_out(&entry, &data, path) {
                self.left_out.push((reason, entry.into_path()));
                continue;
            }
            // A link given as an argument has its kind from its own name.
            let named = if entry.depth() == 0 { argument } else { entry.path() };
            let Some(kind) = Kind::of(named) else {
                self.other_files += 1;
                continue;
            };
            let (size, modified) = (data.len(), data.modified().ok());
            let nanoseconds = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default().as_nanos();
            let below = entry.path().strip_prefix(path).unwrap_or(entry.path());
            digest.update(below.as_os_str().as_encoded_bytes());
            digest.update(&[0]);
            digest.update(&size.to_le_bytes());
            digest.update(&nanoseconds.to_le_bytes());
            files += 1;
            bytes += size;
            let url = kind.is_page().then(|| naming.of(entry.path(), below)).flatten();
            let modified = Millis(i64::try_from(nanoseconds / 1_000_000).unwrap_or(i64::MAX));
            self.files.push(SourceFile { path: argument.join(below), kind, size, modified, url, root: path.to_path_buf() });
            if let (0, Some(file)) = (entry.depth(), self.files.last_mut()) {
                file.path = argument.to_path_buf();
            }
        }
        self.marks.push(SourceMark { path: path.to_path_buf(), files, bytes, digest: format!("{:032x}", digest.digest128()) });
    }
}

/// Why an entry of a folder is not read, whatever its name.
fn left_out(entry: &DirEntry, data: &Metadata, root: &Path) -> Option<Reason> {
    let lies_below = |path: &Path| path.canonicalize().is_ok_and(|real| real.starts_with(root));
    if entry.path_is_symlink() && (data.is_dir() || !lies_below(entry.path())) {
        return Some(Reason::Link);
    }
    (!data.is_file()).then_some(Reason::NotAFile)
}

impl Naming {
    /// The URL of a page: as given, below the base, or as if this machine served its files. A `file:` URL names no article, so a page under
    /// one would be a new article each time it is sent.
    fn of(&self, path: &Path, below: &Path) -> Option<String> {
        if let Some(url) = &self.url {
            return Some(url.clone());
        }
        let Some(base) = &self.base else {
            let url = Url::from_file_path(path).ok()?;
            return Some(format!("http://localhost{}", url.path()));
        };
        let below = if below.as_os_str().is_empty() { Path::new(path.file_name()?) } else { below };
        let mut url = base.clone();
        {
            let mut segments = url.path_segments_mut().ok()?;
            segments.pop_if_empty();
            for part in below.components() {
                segments.push(&part.as_os_str().to_string_lossy());
            }
        }
        Some(url.into())
    }
}

/// The first difference between what a run began with and what there is now, in a sentence.
pub fn difference(then: &[SourceMark], now: &[SourceMark]) -> Option<String> {
    if then.len() != now.len() || then.iter().zip(now).any(|(a, b)| a.path != b.path) {
        let list = |marks: &[SourceMark]| marks.iter().map(|m| m.path.display().to_string()).collect::<Vec<_>>().join(" ");
        return Some(format!("it began with other sources: {}", list(then)));
    }
    let (then, now) = then.iter().zip(now).find(|(a, b)| a != b)?;
    let path = now.path.display();
    Some(match (then.files == now.files, then.bytes == now.bytes) {
        (false, _) => format!("{path} has changed since: {} files then, {} now", then.files, now.files),
        (true, false) => format!("{path} has changed since: {} bytes then, {} now", then.bytes, now.bytes),
        (true, true) => format!("{path} has changed since: a file was renamed or written again"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::url::normalize;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, *file).unwrap();
        }
        folder
    }

    fn list(folder: &Path, naming: &Naming) -> Sources {
        Sources::list(&[folder.to_path_buf()], naming).unwrap()
    }

    #[test]
    fn folders_are_read_in_the_order_of_names() {
        let folder = folder(&["b.html", "a/z.warc.gz", "a/b.txt", "c.jsonl", "a.htm", "notes.md", "a/.html", "page.html.gz", "d.JSONL.GZ"]);
        let found = list(folder.path(), &Naming::default());
        let names: Vec<String> = found.files.iter().map(|f| f.path.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a/b.txt", "a/z.warc.gz", "a.htm", "b.html", "c.jsonl", "d.JSONL.GZ"]);
        assert_eq!(found.other_files, 3);
        assert_eq!((found.marks[0].files, found.marks[0].bytes), (6, found.bytes()));
        assert_eq!(found, list(folder.path(), &Naming::default()));
    }

    #[test]
    fn a_page_of_a_file_has_a_url_that_names_it() {
        let folder = folder(&["2031/a b#1?.html", "c.txt", "d.jsonl"]);
        let urls = |naming: &Naming| list(folder.path(), naming).files.into_iter().map(|f| f.url).collect::<Vec<_>>();
        let base = |text: &str| Naming { url: None, base: Some(text.parse().unwrap()) };
        for text in ["https://bay.example/news", "https://bay.example/news/"] {
            let expected = [Some("https://bay.example/news/2031/a%20b%231%3F.html".to_owned()), Some("https://bay.example/news/c.txt".to_owned()), None];
            assert_eq!(urls(&base(text)), expected);
        }
        let local = urls(&Naming::default());
        assert!(local[0].as_ref().unwrap().starts_with("http://localhost/") && local[0].as_ref().unwrap().ends_with("/2031/a%20b%231%3F.html"), "{local:?}");
        let keys: Vec<_> = local[..2].iter().map(|url| normalize(url.as_ref().unwrap()).unwrap()).collect();
        assert_ne!(keys[0], keys[1]);

        let file = [folder.path().join("c.txt")];
        let url = |naming: &Naming| Sources::list(&file, naming).unwrap().files[0].url.clone().unwrap();
        assert_eq!(url(&base("https://bay.example/")), "https://bay.example/c.txt");
        assert_eq!(url(&Naming::default()), local[1].clone().unwrap());
        assert_eq!(url(&Naming { url: Some("https://bay.example/7".into()), base: None }), "https://bay.example/7");
    }

    #[test]
    fn what_has_changed_is_said() {
        let folder = folder(&["a.html", "b.html"]);
        let then = list(folder.path(), &Naming::default()).marks;
        let now = || list(folder.path(), &Naming::default()).marks;
        assert_eq!(difference(&then, &now()), None);
        std::fs::rename(folder.path().join("b.html"), folder.path().join("c.html")).unwrap();
        assert!(difference(&then, &now()).unwrap().contains("renamed"));
        std::fs::write(folder.path().join("a.html"), "longer than it was").unwrap();
        assert!(difference(&then, &now()).unwrap().contains("bytes then"));
        std::fs::write(folder.path().join("d.html"), "new").unwrap();
        assert!(difference(&then, &now()).unwrap().contains("2 files then, 3 now"));
        assert!(difference(&then, &[]).unwrap().contains("other sources"));
    }

    /// Makes a named pipe, which no open may wait for.
    fn pipe(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_files_that_lie_in_the_folder_are_read() {
        use std::os::unix::fs::symlink;
        let outside = folder(&["secret.html", "sub/more.html"]);
        let inside = folder(&["a.html", "b/c.html"]);
        let path = |name: &str| inside.path().join(name);
        symlink(outside.path().join("secret.html"), path("d.html")).unwrap();
        symlink(outside.path().join("sub"), path("e")).unwrap();
        symlink(path("b"), path("f")).unwrap();
        symlink("../a.html", path("b/inside.html")).unwrap();
        symlink("nowhere.html", path("broken.html")).unwrap();
        symlink("/dev/zero", path("g.txt")).unwrap();
        pipe(&path("h.jsonl"));
        let _socket = std::os::unix::net::UnixListener::bind(path("i.warc")).unwrap();

        let found = list(inside.path(), &Naming::default());
        let names: Vec<&Path> = found.files.iter().map(|f| f.path.strip_prefix(inside.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("a.html"), Path::new("b/c.html"), Path::new("b/inside.html")]);
        let left_out: Vec<(Reason, &Path)> =
            found.left_out.iter().map(|(reason, p)| (*reason, p.strip_prefix(inside.path().canonicalize().unwrap()).unwrap())).collect();
        let (link, no_file) = (Reason::Link, Reason::NotAFile);
        assert_eq!(
            left_out,
            [(link, "d.html"), (link, "e"), (link, "f"), (link, "g.txt"), (no_file, "h.jsonl"), (no_file, "i.warc")].map(|(r, p)| (r, Path::new(p)))
        );
        assert!(matches!(&found.unreadable[..], [what] if what.contains("broken.html")), "{:?}", found.unreadable);

        // A link that is named was meant; a pipe that is named can't be read twice.
        let named = |name: &str| Sources::list(&[path(name)], &Naming::default());
        assert_eq!((named("d.html").unwrap().files.len(), named("e").unwrap().files.len()), (1, 1));
        assert!(named("h.jsonl").unwrap_err().contains("go to standard input"));
        assert!(named("g.txt").unwrap_err().contains("a pipe, a socket or a device"));
    }

    #[test]
    fn a_file_that_was_replaced_since_is_no_way_out() {
        let outside = folder(&["secret.html"]);
        let inside = folder(&["a.html", "b.html", "c/d.html"]);
        let found = list(inside.path(), &Naming::default());
        let path = |name: &str| inside.path().join(name);
        assert!(found.files.iter().all(|file| file.open().is_ok()));
        std::fs::remove_file(path("a.html")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.html"), path("a.html")).unwrap();
        std::fs::remove_file(path("b.html")).unwrap();
        pipe(&path("b.html"));
        std::fs::remove_dir_all(path("c")).unwrap();
        std::fs::write(outside.path().join("d.html"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), path("c")).unwrap();
        let errors: Vec<String> = found.files.iter().map(|file| file.open().unwrap_err().to_string()).collect();
        let link = "it has become a link that leaves the folder";
        assert_eq!(errors, [link, "it is no file any more", link]);
    }

    #[test]
    fn arguments_that_are_nothing_to_read_are_refused() {
        let folder = folder(&["notes.md"]);
        let error = |name: &str| Sources::list(&[folder.path().join(name)], &Naming::default()).unwrap_err();
        assert!(error("notes.md").contains("not a .html"), "{}", error("notes.md"));
        assert!(error("none.html").contains("No such file"), "{}", error("none.html"));
    }
}

//! The state file of an unfinished run: what it reads, where it goes, and up to where everything is acknowledged.
//!
//! It is replaced as a whole (written beside, synced, renamed), so a crash at any time leaves the old or the new one. It is written only when
//! every page before its position is acknowledged: going on from it skips nothing.
//!
//! It may lie where others can write. A link that they plant in its place, or beside it, is never followed: it would let a run read or
//! overwrite any file of its user.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::source::SourceMark;
use super::{Position, Report};

/// The version of the file's form.
const FORMAT: u32 = 1;

/// What makes a run this run: to go on with other values would skip pages or give them other names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The topic.
    pub topic: String,
    /// The cluster's id, where it has one.
    pub cluster: Option<String>,
    /// `--url`.
    pub url: Option<String>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--publisher-domain`.
    pub publisher_domain: Option<String>,
    /// `--fetched-at`.
    pub fetched_at: Option<String>,
}

impl Identity {
    /// The first difference to what is wanted now, in a sentence.
    pub fn difference(&self, now: &Identity) -> Option<String> {
        let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let rows = [
            ("topic", self.topic.clone(), now.topic.clone()),
            ("cluster", words(&self.cluster), words(&now.cluster)),
            ("--url", words(&self.url), words(&now.url)),
            ("--base-url", words(&self.base_url), words(&now.base_url)),
            ("--publisher-domain", words(&self.publisher_domain), words(&now.publisher_domain)),
            ("--fetched-at", words(&self.fetched_at), words(&now.fetched_at)),
        ];
        let (name, then, now) = rows.into_iter().find(|(_, then, now)| then != now)?;
        Some(format!("its {name} was {then} and is now {now}"))
    }
}

/// An unfinished run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    format: u32,
    /// Where it goes and under which names.
    pub identity: Identity,
    /// What it reads.
    pub sources: Vec<SourceMark>,
    /// Everything before is acknowledged or passed over.
    pub position: Position,
    /// What has become of that.
    pub report: Report,
}

impl State {
    /// A run at its beginning.
    pub fn new(identity: Identity, sources: Vec<SourceMark>) -> State {
        State { format: FORMAT, identity, sources, position: Position::default(), report: Report::default() }
    }

    /// Reads a state file; none where there is none.
    ///
    /// # Errors
    /// A sentence, where it can't be read or is not a state file of this form.
    pub fn load(path: &Path) -> Result<Option<State>, String> {
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
        let mut file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Err(format!("{}: is a link: name the file itself", path.display())),
            opened => opened.map_err(|e| format!("{}: {e}", path.display()))?,
        };
        let mut bytes = Vec::new();
        let read = file.metadata().and_then(|data| if data.is_file() { file.read_to_end(&mut bytes) } else { Err(io::Error::other("no regular file")) });
        read.map_err(|e| format!("{}: {e}", path.display()))?;
        let state: State = serde_json::from_slice(&bytes).map_err(|_| format!("{}: not a state file of `copydesk feed`", path.display()))?;
        if state.format != FORMAT {
            return Err(format!("{}: written by another version of copydesk", path.display()));
        }
        Ok(Some(state))
    }

    /// Replaces the state file.
    ///
    /// # Errors
    /// It can't be written; the old one then still stands.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text.push(b'\n');
        // What a crash left there, or a link: it is taken away, never written through.
        State::remove(Path::new(&beside))?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(folder_of(path))?.sync_all()
    }

    /// Whether everybody on the machine can write to the file's folder.
    pub fn is_exposed(path: &Path) -> bool {
        fs::metadata(folder_of(path)).is_ok_and(|folder| folder.permissions().mode() & 0o002 != 0)
    }

    /// Removes the state file of a finished run.
    ///
    /// # Errors
    /// It can't be removed.
    pub fn remove(path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let identity = Identity { topic: "news.raw".into(), cluster: Some("one".into()), ..Identity::default() };
        let mut state = State::new(identity, vec![SourceMark { path: "/data/a.warc.gz".into(), files: 1, bytes: 7, digest: "0f".into() }]);
        state.position = Position { file: 3, offset: 1 << 40, inner: 5, record: 1234 };
        state.report.passed_over.insert("status 404".into(), 9);
        state.report.sent = 500;
        state
    }

    #[test]
    fn comes_back_as_it_was_and_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        assert_eq!(State::load(&path), Ok(None));
        let mut state = state();
        state.save(&path).unwrap();
        assert_eq!(State::load(&path), Ok(Some(state.clone())));
        // What a crash while writing leaves behind does no harm.
        fs::write(folder.path().join("state.json.new"), "{\"for").unwrap();
        assert_eq!(State::load(&path), Ok(Some(state.clone())));
        state.position.record = 1;
        state.save(&path).unwrap();
        assert_eq!(State::load(&path), Ok(Some(state)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        State::remove(&path).unwrap();
        State::remove(&path).unwrap();
        assert_eq!(State::load(&path), Ok(None));
    }

    #[test]
    fn a_planted_link_is_no_way_out() {
        use std::os::unix::fs::symlink;
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (path, beside, victim) = (folder.path().join("state.json"), folder.path().join("state.json.new"), outside.path().join("victim"));
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, &path).unwrap();
        symlink(&victim, &beside).unwrap();
        assert!(State::load(&path).unwrap_err().contains("is a link"));
        state().save(&path).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        assert_eq!(State::load(&path), Ok(Some(state())));
        let data = fs::symlink_metadata(&path).unwrap();
        assert!(data.is_file() && data.permissions().mode() & 0o777 == 0o600, "{:o}", data.permissions().mode());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(State::load(&path).unwrap_err().contains("no regular file"));

        assert!(!State::is_exposed(&path));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(State::is_exposed(&path));
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        for text in ["", "{}", "{\"format\": 1}", "[]"] {
            fs::write(&path, text).unwrap();
            assert!(State::load(&path).unwrap_err().contains("not a state file"), "{text}");
        }
        let other = serde_json::to_string(&State { format: 2, ..state() }).unwrap();
        fs::write(&path, other).unwrap();
        assert!(State::load(&path).unwrap_err().contains("another version"));
    }

    #[test]
    fn another_run_is_told_apart() {
        let then = state().identity;
        assert_eq!(then.difference(&then.clone()), None);
        let now = Identity { cluster: Some("two".into()), ..then.clone() };
        assert_eq!(then.difference(&now).as_deref(), Some("its cluster was one and is now two"));
        let now = Identity { base_url: Some("https://bay.example/".into()), ..then.clone() };
        assert_eq!(then.difference(&now).as_deref(), Some("its --base-url was none and is now https://bay.example/"));
    }
}

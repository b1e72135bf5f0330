//! The state file of an unfinished run: what it reads, where it goes, and up to where everything is acknowledged.
//!
//! It is replaced as a whole (written beside, synced, renamed), so a crash at any time leaves the old or the new one. It is written only when
//! every page before its position is acknowledged: going on from it skips nothing.

use std::fs::{self, File};
use std::io::{self, Write};
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
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|e| format!("{}: {e}", path.display()))?,
        };
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
        let mut file = File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
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

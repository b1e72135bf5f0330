//! A value that must not be seen: a password, a key's passphrase, a client secret.
//!
//! It prints, debugs and serializes as `***`; the only way to the text is [`Secret::expose`]. It must never
//! appear in an error message, a log line or the output of `check`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands where a secret would.
pub(crate) const MASK: &str = "***";

/// The most bytes a secret's file may have.
const MAX_FILE_BYTES: usize = 64 << 10;

/// A secret text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// Reads a secret from a file, as Docker and Kubernetes mount them: UTF-8, one line end at the end is not part of it.
    pub fn from_file(path: &Path) -> io::Result<Secret> {
        let mut text = read_limited(path, MAX_FILE_BYTES)?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Secret(text))
    }

    /// The text. Hand it to the client that needs it and to nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A small file of text; one that is larger is an error, and is not read to its end.
pub fn read_limited(path: &Path, max_bytes: usize) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(max_bytes as u64 + 1).read_to_string(&mut text)?;
    if text.len() > max_bytes {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("larger than {} KiB", max_bytes >> 10)));
    }
    Ok(text)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_only_its_mask() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_file_loses_one_line_end() {
        let folder = tempfile::tempdir().unwrap();
        for (content, secret) in [("p4ss\n", "p4ss"), ("p4ss\r\n", "p4ss"), ("p4ss", "p4ss"), (" p4ss \n\n", " p4ss \n"), ("", "")] {
            let path = folder.path().join("secret");
            std::fs::write(&path, content).unwrap();
            assert_eq!(Secret::from_file(&path).unwrap().expose(), secret);
        }
        let large = folder.path().join("large");
        std::fs::write(&large, vec![b'a'; (64 << 10) + 1]).unwrap();
        assert!(Secret::from_file(&large).is_err());
        assert!(Secret::from_file(&folder.path().join("none")).is_err());
    }
}

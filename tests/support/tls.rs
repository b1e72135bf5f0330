//! A certificate authority and a broker's certificate, made with the `openssl` command, for one cluster.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files of one cluster.
pub struct Certificates {
    /// The authority's certificate: what clients trust.
    pub authority: PathBuf,
    /// Key, certificate and authority in one file, as a broker wants them.
    pub keystore: PathBuf,
}

/// Makes them in `folder`, for `localhost` and 127.0.0.1.
pub fn make(folder: &Path) -> Certificates {
    let authority = folder.join("authority.pem");
    let keystore = folder.join("keystore.pem");
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("the folder can be written");
    let new_key = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"];
    let days = ["-days", "30"];
    let own = ["-x509", "-keyout", "authority.key", "-out", "authority.pem"];
    openssl(folder, &[&new_key[..], &["/CN=copydesk test authority"], &days, &own].concat());
    openssl(folder, &[&new_key[..], &["/CN=localhost", "-keyout", "broker.key", "-out", "broker.csr"]].concat());
    let sign = ["x509", "-req", "-in", "broker.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    openssl(folder, &[&sign[..], &days, &["-extfile", "names", "-out", "broker.pem"]].concat());
    let parts = ["broker.key", "broker.pem", "authority.pem"];
    let whole: String = parts.iter().map(|name| fs::read_to_string(folder.join(name)).expect("just made")).collect();
    fs::write(&keystore, whole).expect("the folder can be written");
    Certificates { authority, keystore }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let run = Command::new("openssl").args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let done = run.expect("the tests of TLS need the `openssl` command");
    assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

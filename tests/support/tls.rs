//! What a secured cluster and its clients prove who they are with, made with the `openssl` command: a certificate authority, certificates of a broker
//! and of a client, and a key that tokens are signed with.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The files of one cluster.
#[derive(Clone)]
pub struct Certificates {
    /// The authority's certificate: what clients trust.
    pub authority: PathBuf,
    /// Key, certificate and authority in one file, as a broker wants them.
    pub keystore: PathBuf,
    /// A client's certificate, for a user of the name `worker`.
    pub client: PathBuf,
    /// And its key.
    pub client_key: PathBuf,
    /// The key set (RFC 7517) that a broker checks tokens by.
    pub key_set: PathBuf,
    folder: PathBuf,
}

impl Certificates {
    /// The broker's certificate and key (PEM), for another server on this machine.
    pub fn of_server(&self) -> [Vec<u8>; 2] {
        ["broker.pem", "broker.key"].map(|name| fs::read(self.folder.join(name)).expect("just made"))
    }

    /// A signed token (RFC 7519, RS256) for the audience `kafka`.
    pub fn token(&self, subject: &str, lifetime: Duration) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let header = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": "tests" });
        let claims = serde_json::json!({ "sub": subject, "aud": "kafka", "scope": "kafka", "iat": now, "exp": now + lifetime.as_secs() });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let mut tool = Command::new("openssl");
        tool.args(["dgst", "-sha256", "-sign", "tokens.key"]).current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut tool = tool.spawn().expect("the `openssl` command");
        tool.stdin.take().expect("piped").write_all(signed.as_bytes()).expect("written");
        let signature = tool.wait_with_output().expect("it ends");
        assert!(signature.status.success(), "openssl dgst failed");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.stdout))
    }
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
    openssl(folder, &[&new_key[..], &["/CN=worker", "-keyout", "client.key", "-out", "client.csr"]].concat());
    let sign = ["x509", "-req", "-in", "client.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-out", "client.pem"];
    openssl(folder, &[&sign[..], &days].concat());
    let key_set = folder.join("keys.json");
    fs::write(&key_set, make_key_set(folder)).expect("the folder can be written");
    let (client, client_key) = (folder.join("client.pem"), folder.join("client.key"));
    Certificates { authority, keystore, client, client_key, key_set, folder: folder.to_owned() }
}

fn make_key_set(folder: &Path) -> String {
    openssl(folder, &["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "tokens.key"]);
    let modulus = openssl(folder, &["rsa", "-in", "tokens.key", "-noout", "-modulus"]);
    let hex = modulus.trim().strip_prefix("Modulus=").expect("a modulus").as_bytes();
    let bytes: Vec<u8> = hex.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).expect("ASCII"), 16).expect("hex")).collect();
    let key = serde_json::json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "tests", "n": URL_SAFE_NO_PAD.encode(bytes), "e": "AQAB" });
    serde_json::json!({ "keys": [key] }).to_string()
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let run = Command::new("openssl").args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let done = run.expect("the tests of TLS need the `openssl` command");
    assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

//! Apache Kafka itself: fetched once with Maven into a cache folder, then used by all test processes.
//!
//! `COPYDESK_KAFKA_VERSION` says which version (`.ci/long` tries several). The folder is `apache-kafka-VERSION` in `COPYDESK_KAFKA_CACHE`, or in Cargo's
//! target folder. A locked file makes others wait while one fetches, and the jars appear in one step, so a fetch that was broken off leaves
//! nothing half.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::kafka::server_properties;
use super::ports;
use super::process::{Folder, Process};
use super::wait_until;

/// The version of Kafka, where nothing else is asked for.
const VERSION: &str = "4.3.1";

/// `kafka-tools` has the command-line tools; `slf4j-simple` lets the broker's warnings reach a file; without it Kafka says nothing at all.
const POM: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>copydesk</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"#;

/// The flags of each JVM: a small heap, one collector thread, the quick compiler only. The brokers share the machine with the tests.
const FLAGS: [&str; 6] = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
];

/// The jars, and an archive of their loaded classes that halves the start of a broker.
pub struct Jars {
    class_path: String,
    archive: PathBuf,
}

impl Jars {
    /// The jars, fetched if need be. Panics with what is missing on this machine.
    pub fn get() -> &'static Jars {
        static JARS: OnceLock<Jars> = OnceLock::new();
        JARS.get_or_init(Jars::prepare)
    }

    /// The command that runs a class of Kafka.
    pub fn java(&self, class: &str, heap_mb: u32, arguments: &[OsString]) -> Vec<OsString> {
        let mut command: Vec<OsString> = vec!["java".into(), format!("-Xmx{heap_mb}m").into()];
        command.extend(FLAGS.iter().map(Into::into));
        if self.archive.exists() {
            command.push(format!("-XX:SharedArchiveFile={}", self.archive.display()).into());
        }
        command.extend(["-cp".into(), (&self.class_path).into(), class.into()]);
        command.extend_from_slice(arguments);
        command
    }

    fn prepare() -> Jars {
        check_java();
        let cache = cache_folder();
        fs::create_dir_all(&cache).expect("the cache folder can be made");
        let lock = fs::File::create(cache.join("lock")).expect("the cache folder can be written");
        lock.lock().expect("the cache can be locked");
        let libraries = cache.join("libs");
        if !libraries.exists() {
            fetch(&cache, &libraries);
        }
        let mut names: Vec<PathBuf> = fs::read_dir(&libraries).expect("the jars are there").map(|e| e.expect("a jar").path()).collect();
        // In a fixed order: the archive of classes is only good for the class path that it was made with.
        names.sort();
        let class_path = names.iter().map(|p| p.to_string_lossy()).collect::<Vec<_>>().join(":");
        let jars = Jars { class_path, archive: cache.join(format!("classes-{}.jsa", java_version_name())) };
        if !jars.archive.exists() {
            jars.make_archive();
        }
        jars
    }

    /// Starts a broker for a moment, and keeps what classes it loaded. Where that fails, brokers start slower, and that is all.
    fn make_archive(&self) {
        let folder = Folder::new("copydesk-archive-");
        let (port, controller) = (ports::claim(), ports::claim());
        let voters = format!("1@127.0.0.1:{}", controller.number);
        let data = folder.path().join("data");
        let properties = server_properties(1, 1, port.number, controller.number, &voters, &data);
        let file = folder.path().join("server.properties");
        fs::write(&file, properties).expect("the folder can be written");
        format_storage(self, folder.path(), &file, "AAAAAAAAAAAAAAAAAAAAAQ", &[]);
        let unfinished = self.archive.with_extension("part");
        let mut command = self.java("kafka.Kafka", 256, &[file.into()]);
        command.insert(1, format!("-XX:ArchiveClassesAtExit={}", unfinished.display()).into());
        let mut broker = Process::start("broker", folder.path(), &command, &[]);
        wait_until("a broker that listens", Duration::from_secs(120), || {
            let listens = std::net::TcpStream::connect(("127.0.0.1", port.number)).is_ok();
            listens || !broker.is_running()
        });
        broker.terminate(Duration::from_secs(120));
        let _ = fs::rename(&unfinished, &self.archive);
    }
}

/// Runs the tool that prepares a broker's folder.
pub fn format_storage(jars: &Jars, folder: &Path, properties: &Path, cluster_id: &str, users: &[String]) {
    let mut arguments: Vec<OsString> = ["format", "-t", cluster_id, "-c"].iter().map(Into::into).chain([properties.into()]).collect();
    for user in users {
        arguments.extend(["-S".into(), user.into()]);
    }
    let mut tool = Process::start("format", folder, &jars.java("kafka.tools.StorageTool", 128, &arguments), &[]);
    let code = tool.wait(Duration::from_secs(120));
    assert_eq!(code, 0, "the storage can't be formatted: {}{}", tool.output(), tool.errors());
}

fn cache_folder() -> PathBuf {
    let target = || Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder in Cargo's target folder").to_owned();
    std::env::var_os("COPYDESK_KAFKA_CACHE").map_or_else(target, PathBuf::from).join(format!("apache-kafka-{}", version()))
}

/// The version of Kafka that the tests run on.
pub fn version() -> String {
    std::env::var("COPYDESK_KAFKA_VERSION").ok().filter(|version| !version.is_empty()).unwrap_or_else(|| VERSION.to_owned())
}

/// Runs one of Kafka's command-line tools; its exit code and what it wrote.
pub fn run_tool(class: &str, arguments: &[OsString]) -> (i32, String) {
    let folder = Folder::new("copydesk-tool-");
    let mut tool = Process::start("tool", folder.path(), &Jars::get().java(class, 128, arguments), &[]);
    let code = tool.wait(Duration::from_secs(120));
    (code, format!("{}{}", tool.output(), tool.errors()))
}

fn fetch(cache: &Path, libraries: &Path) {
    let unfinished = cache.join("unfinished");
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).expect("the cache folder can be written");
    let version = version();
    fs::write(unfinished.join("pom.xml"), POM.replace("VERSION", &version)).expect("the cache folder can be written");
    let run = Command::new("mvn")
        .args(["-B", "-q", "-ntp", "dependency:copy-dependencies", "-DoutputDirectory=libs"])
        .current_dir(&unfinished)
        .stdin(Stdio::null())
        .output();
    match run {
        Err(error) => panic!(
            "the tests on a real broker need Maven to fetch Apache Kafka {version} once, and `mvn` can't be run ({error}): install it, \
             or put the jars of org.apache.kafka:kafka_2.13:{version}, kafka-tools and slf4j-simple into {}",
            libraries.display()
        ),
        Ok(done) if !done.status.success() => {
            panic!("Maven could not fetch Apache Kafka {version}:\n{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
        }
        Ok(_) => fs::rename(unfinished.join("libs"), libraries).expect("within one folder"),
    }
    let _ = fs::remove_dir_all(&unfinished);
}

/// What `java -version` says: `openjdk version "17.0.15" 2025-04-15`.
fn java_version() -> Result<String, String> {
    let run = Command::new("java").arg("-version").stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&run.stderr).into_owned();
    text.split('"').nth(1).map(str::to_owned).ok_or(text)
}

fn java_version_name() -> String {
    java_version().unwrap_or_default().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn check_java() {
    let version = java_version();
    let major = version.as_deref().ok().and_then(|v| v.split(['.', '-', '+']).next()?.parse::<u32>().ok());
    assert!(major.is_some_and(|major| major >= 17), "the tests on a real broker need a JDK or JRE of version 17 or newer as `java`, found {version:?}");
}

//! Child processes that end with the test process, however that ends.
//!
//! A child runs under a small shell that holds a pipe from us. When the pipe closes, because the child is dropped or because the
//! test process is gone (panic, Ctrl-C, kill -9), the shell kills the child. The shell is in a process group of its own, so that
//! Ctrl-C reaches the test process only.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Arguments: file for the output, file for the errors, command. Prints the child's process id, and ends with the child's code
/// (128 + signal where a signal ended it).
const GUARD: &str = r#"
exec 3<&0
out=$1; err=$2; shift 2
"$@" </dev/null >"$out" 2>"$err" 3<&- & child=$!
echo "$child"
exec >&- 2>&-
( read -r nothing <&3; kill -9 "$child" ) & guard=$!
wait "$child"; code=$?
kill "$guard"
exit "$code"
"#;

/// Removes a folder when the pipe closes. What the dying children still write is removed at the next try.
const SWEEPER: &str = r#"
read -r nothing
for try in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$1" 2>/dev/null
  [ -e "$1" ] || exit 0
  sleep 0.3
done
"#;

/// A child process.
pub struct Process {
    shell: Child,
    pipe: Option<ChildStdin>,
    child: u32,
    code: Option<i32>,
    output: PathBuf,
    errors: PathBuf,
}

impl Process {
    /// Starts `command`, its output and errors written to files in `folder` that are named after `name`.
    pub fn start(name: &str, folder: &Path, command: &[OsString], environment: &[(&str, String)]) -> Process {
        let output = folder.join(format!("{name}.out"));
        let errors = folder.join(format!("{name}.err"));
        let mut shell = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .args([&output, &errors])
            .args(command)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let mut line = String::new();
        let from_shell = shell.stdout.take().expect("piped");
        BufReader::new(from_shell).read_line(&mut line).expect("the shell says the process id");
        let child = line.trim().parse().expect("a process id");
        let pipe = shell.stdin.take();
        Process { shell, pipe, child, code: None, output, errors }
    }

    /// The same of our program, as it was built with these tests.
    pub fn program(name: &str, folder: &Path, arguments: &[impl AsRef<OsStr>], environment: &[(&str, String)]) -> Process {
        let program = OsStr::new(env!("CARGO_BIN_EXE_copydesk"));
        let command: Vec<OsString> = std::iter::once(program).chain(arguments.iter().map(AsRef::as_ref)).map(OsStr::to_owned).collect();
        Process::start(name, folder, &command, environment)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child
    }

    /// What it has written to its standard output.
    pub fn output(&self) -> String {
        read(&self.output)
    }

    /// What it has written to its standard error.
    pub fn errors(&self) -> String {
        read(&self.errors)
    }

    /// Sends a signal by name: `TERM`, `KILL`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        signal(self.child, name);
    }

    /// Its exit code if it has ended: 128 + signal where a signal ended it.
    pub fn exit_code(&mut self) -> Option<i32> {
        if self.code.is_none() {
            let status = self.shell.try_wait().expect("the shell is our child")?;
            self.code = Some(status.code().unwrap_or(-1));
        }
        self.code
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.exit_code().is_none()
    }

    /// Waits until it ends by itself; panics after `limit` with what it wrote last.
    pub fn wait(&mut self, limit: Duration) -> i32 {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(code) = self.exit_code() {
                return code;
            }
            if Instant::now() >= deadline {
                panic!("process {} still runs after {} s\n{}", self.child, limit.as_secs(), tail(&self.errors()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(&mut self, limit: Duration) -> i32 {
        self.signal("TERM");
        self.wait(limit)
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill9(&mut self) {
        self.signal("KILL");
        self.wait(Duration::from_secs(30));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The shell kills the child, and ends.
        drop(self.pipe.take());
        // It can't fail in a way that we could mend here.
        let _ = self.shell.wait();
    }
}

/// A temporary folder that is removed even if this process is killed.
pub struct Folder {
    folder: tempfile::TempDir,
    sweeper: Child,
}

impl Folder {
    /// A new, empty folder.
    pub fn new(prefix: &str) -> Folder {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary folder");
        let sweeper = Command::new("sh")
            .args(["-c", SWEEPER, "sweeper"])
            .arg(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        Folder { folder, sweeper }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        // It removes the folder; `TempDir` finds nothing left to do.
        let _ = self.sweeper.wait();
    }
}

/// Sends a signal by name to a process of ours.
pub fn signal(process: u32, name: &str) {
    // `kill` is built into the shell; that it fails means the process is gone already.
    let _ = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\" 2>/dev/null", "kill", name, &process.to_string()]).status();
}

/// Whether there is a process with this id.
pub fn exists(process: u32) -> bool {
    let check = Command::new("sh").args(["-c", "kill -s 0 \"$1\" 2>/dev/null", "kill", &process.to_string()]).status();
    check.is_ok_and(|status| status.success())
}

/// The last lines of a text.
pub fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

fn read(file: &Path) -> String {
    let bytes = File::open(file).and_then(|mut file| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).map(|_| bytes)
    });
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

//! Python for tests: virtual environments below `target/`, each made once for what a file of requirements names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Runs a program to its end and returns its output; panics with its errors.
pub fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e} (tests/run installs python3 and python3-venv)"));
    assert!(done.status.success(), "{command:?}\n{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("programs print UTF-8")
}

/// A Python that has what `requirements` names. `options` are pip's; `name` is the environment's folder, of no other file of requirements.
pub fn with(requirements: &Path, name: &str, options: &[&str]) -> PathBuf {
    /// The tests of one process run at the same time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = std::fs::read_to_string(requirements).expect("the requirements are there");
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, made_for) = (venv.join("bin/python"), venv.join("made-for.txt"));
    if std::fs::read_to_string(&made_for).is_ok_and(|made_for| made_for == wanted) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(options).arg("-r").arg(requirements));
    std::fs::write(made_for, wanted).expect("the environment can be written to");
    python
}

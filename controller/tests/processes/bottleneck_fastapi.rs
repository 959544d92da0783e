//! The ladder against real software: FastAPI on uvicorn with the limits that its libraries have.
//! `bench/twin/run` does the same with more of them, and with PostgreSQL and nginx.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::runs::{Process, have_or_skip, venv};

const TWIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/twin");
/// Longest time of a search.
const SEARCH: Duration = Duration::from_secs(420);

/// Searches the service of this name; the script compares the verdict with the truth, and the counts of the
/// report with the service's own.
fn search(name: &str) {
    let wanted = std::fs::read_to_string(Path::new(TWIN).join("requirements.txt")).unwrap();
    let Some(python) = have_or_skip(venv::packages("twin", &wanted)) else { return };
    let _searching = testkit::runs::searching();
    let folder = testkit::runs::folder();
    let programs = Path::new(env!("CARGO_BIN_EXE_controller")).parent().unwrap();
    let mut command = Command::new(Path::new(TWIN).join("run"));
    command.args(["--seeds", "1", "--users", "eager", "--only", name]).arg("--bin").arg(programs);
    // What gives way has been seen by then; the rest would narrow down how many users it holds.
    command.args(["--search-time", "150s"]);
    command.arg("--python").arg(python.join("python")).arg("--out").arg(folder.path().join("table.md"));
    Process::start(name, command).wait(SEARCH).expect_code(0);
}

#[test]
fn a_thread_pool_of_ten_is_found_in_a_fastapi_service() {
    search("pool");
}

#[test]
fn the_threads_of_a_synchronous_generator_are_found_in_a_fastapi_service() {
    search("chunk");
}

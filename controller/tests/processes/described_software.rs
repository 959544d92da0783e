//! Real chat software by an API file of a few lines: what the report counts is what the software itself counts, and no
//! secret of a user stands in the results. `bench/described` does the same with more of them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::runs::prerequisite::program;
use testkit::runs::{Process, beside_others, binaries, have_or_skip};

const DESCRIBED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/described");
/// Longest time of an installation from PyPI and of a run of twenty seconds, for two services.
const BOTH: Duration = Duration::from_secs(500);

fn described(services: &str) {
    if have_or_skip(program("python3", "apt-get install python3-venv")).is_none() {
        return;
    }
    let _beside = beside_others();
    // Asked for, so that it is there.
    let worker = binaries::worker();
    let programs = Path::new(worker.get_program()).parent().unwrap();
    let environments = binaries::target().parent().unwrap().join("described");
    let mut command = Command::new(DESCRIBED);
    command.args(["--only", services, "--bin"]).arg(programs).arg("--venvs").arg(environments);
    let ended = Process::start("described", command).wait(BOTH);
    ended.expect_code(0);
}

#[test]
fn llama_cpp_is_counted_as_it_counts_by_openais_api_and_by_its_own() {
    described("llama,llama-native");
}

#[test]
fn litellm_is_counted_as_the_model_behind_it_counts_with_a_key_for_each_user() {
    described("litellm");
}

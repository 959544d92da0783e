//! A generator without enough processor accuses itself, not the service.

use std::process::{Child, Command, Stdio};

use testkit::runs::prerequisite::program;
use testkit::runs::{Backend, Controller, Process, Results, alone_without_searches, binaries, have_or_skip};

/// Longest time that the search may take.
const SEARCH: std::time::Duration = std::time::Duration::from_secs(420);

/// A shell that does nothing but use the first core, ended with the value.
struct Spinner(Child);

impl Spinner {
    fn start() -> Spinner {
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "sh", "-c", "ulimit -t 60; while :; do :; done"]);
        Spinner(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_starved_generator_accuses_itself_and_not_the_service() {
    if have_or_skip(program("taskset", "apt-get install util-linux")).is_none() {
        return;
    }
    let _alone = alone_without_searches();
    let backend =
        Backend::start(&["--stream-slots", "0", "--ttft", "30ms", "--tokens", "20", "--token-gap", "10ms"]);
    let load = ["--shape", "ladder", "--max-users", "16", "--classes", "crud", "--think", "0"];
    let mut controller = Controller::start(&backend.url(), &load);
    let spinners = [Spinner::start(), Spinner::start(), Spinner::start()];
    let worker = binaries::worker();
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(worker.get_program()).args([
        "--controller",
        &controller.address,
        "--threads",
        "1",
    ]);
    let _worker = Process::start("worker", command);
    controller.process.wait(SEARCH).expect_code(1);
    drop(spinners);
    let results = Results::read(&controller.results());
    let limits = &results.summary["limits"];
    assert_eq!(limits["cause"]["kind"], "generator", "{limits:#}");
    assert!(
        limits["rungs"].as_array().unwrap().iter().all(|rung| rung["verdict"] == "invalid"),
        "{limits:#}"
    );
    assert_eq!(limits["users"]["low"], 0, "nothing is said of the service: {limits:#}");
}

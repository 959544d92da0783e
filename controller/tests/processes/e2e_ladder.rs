//! `--shape ladder` against sandboxes whose limit is known: the right cause, the right number, nothing
//! invented, and counts that are the server's. `bench/limits` does the same with more seeds.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use testkit::runs::prerequisite::program;
use testkit::runs::sandbox::totals;
use testkit::runs::{
    Backend, Controller, Process, Results, alone_without_searches, binaries, have_or_skip, searching,
};

/// A stream of about 230 ms.
const SMALL: [&str; 10] = [
    "--ttft",
    "30ms",
    "--ttft-sigma",
    "0.3",
    "--tokens",
    "20",
    "--tokens-sigma",
    "0.3",
    "--token-gap",
    "10ms",
];
/// Longest time that a search may take here.
const SEARCH: std::time::Duration = std::time::Duration::from_secs(420);

/// Searches up to `max_users`, and checks what must be true whatever was found.
fn search(sandbox: &[&str], threshold: &str, max_users: &str, exit: i32) -> Value {
    let _searching = searching();
    let backend = Backend::start(&[sandbox, &["--seed", "11"]].concat());
    let load = ["--shape", "ladder", "--max-users", max_users, "--threshold", threshold, "--seed", "11"];
    let users = ["--classes", "stream", "--think", "0", "--local-workers", "1"];
    let mut controller = Controller::start(&backend.url(), &[&load[..], &users].concat());
    controller.process.wait(SEARCH).expect_code(exit);
    let results = Results::read(&controller.results());
    let server: BTreeMap<String, u64> = totals(&backend.settled());
    let mut reported = results.json_counts();
    reported.remove("Aggregated");
    assert_eq!(reported, server, "the counts are the server's");
    let limits = results.summary["limits"].clone();
    let rungs = limits["rungs"].as_array().unwrap();
    assert_eq!(rungs[0]["users"], 1, "{limits:#}");
    limits
}

fn cause(limits: &Value) -> &str {
    limits["cause"]["kind"].as_str().unwrap()
}

fn with(flags: &[&'static str]) -> Vec<&'static str> {
    [flags, &SMALL].concat()
}

#[test]
fn ten_slots_are_ten_slots() {
    let limits = search(&with(&["--stream-slots", "10"]), "ttft.p95<150ms", "64", 0);
    assert_eq!(cause(&limits), "slot_pool", "{limits:#}");
    let slots = |end: &str| limits["slot_limit"][end].as_f64().unwrap();
    assert!((9.0..=11.0).contains(&slots("estimate")), "{limits:#}");
    assert!(slots("low") <= 10.0 && 10.0 <= slots("high"), "{limits:#}");
    // Beyond the slots each user adds 23 ms to the 31 ms of an unloaded server.
    let users = &limits["users"];
    assert_eq!(users["verdict"], "found", "{limits:#}");
    let (low, high) = (users["low"].as_u64().unwrap(), users["high"].as_u64().unwrap());
    assert!(10 <= low && low < high && high <= 16, "{limits:#}");
}

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
    let backend = Backend::start(&with(&["--stream-slots", "0"]));
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
    assert_eq!(cause(limits), "generator", "{limits:#}");
    assert!(
        limits["rungs"].as_array().unwrap().iter().all(|rung| rung["verdict"] == "invalid"),
        "{limits:#}"
    );
    assert_eq!(limits["users"]["low"], 0, "nothing is said of the service: {limits:#}");
}

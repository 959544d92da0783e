//! The edges of a run: how long it was, its last second, and the place that it writes to.

#![allow(clippy::disallowed_methods, reason = "no runtime: these wait for processes")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{
    Backend, Controller, Finished, Process, RUN, START, apart, beside_others, binaries, folder,
};

/// A run of `length` with three users who never wait.
fn command(host: &str, length: &str, place: &Path, args: &[&str]) -> Command {
    let mut command = binaries::controller();
    command.args(["--host", host, "--bind", "127.0.0.1:0", "--local-workers", "1", "-u", "3", "-r", "100"]);
    command.args(["-t", length, "--think", "0", "--classes", "crud"]).args(args).current_dir(place);
    command
}

fn summary(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("summary.json")).unwrap()).unwrap()
}

/// Users and requests of each second.
fn seconds(folder: &Path) -> Vec<(u64, f64)> {
    let report = report::read_prefix(&folder.join("constant")).unwrap();
    report.history.iter().map(|row| (row.users, row.rps)).collect()
}

/// The folders of runs that nobody named one for.
fn places(root: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(root.join("results")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_run_is_as_long_as_its_shape_and_has_no_second_that_it_had_not() {
    let _alone = apart();
    let backend = Backend::start(QUICK);
    for (length, seconds_long) in [("900ms", 0.9), ("1300ms", 1.3), ("2s", 2.0)] {
        let root = folder();
        Process::start("controller", command(&backend.url(), length, root.path(), &["--results", "run"]))
            .wait(RUN)
            .expect_code(0);
        let (json, rows) = (summary(&root.path().join("run")), seconds(&root.path().join("run")));
        let run = &json["run"];
        let lasted = run["duration_s"].as_f64().unwrap();
        assert!((seconds_long..seconds_long + 0.2).contains(&lasted), "{length}: {lasted} s");
        assert_eq!(run["users_peak"], 3, "{length}: {rows:?}");
        assert_eq!(rows.len() as f64, seconds_long.ceil(), "{length}: {rows:?}");
        assert!(rows.iter().all(|(_, rps)| *rps > 0.0), "{length}: {rows:?}");
        let sum: f64 = rows.iter().map(|(_, rps)| rps).sum();
        assert_eq!(sum, json["total"]["count"].as_f64().unwrap(), "{length}");
        let notes = json["notes"].to_string();
        assert!(!notes.contains("median latency of 0.0 ms"), "{notes}");
    }
}

#[test]
fn runs_that_begin_in_the_same_second_have_folders_of_their_own() {
    let _alone = beside_others();
    let (backend, root) = (Backend::start(QUICK), folder());
    let start = || Process::start("controller", command(&backend.url(), "1s", root.path(), &[]));
    let mut runs: Vec<Process> = (0..4).map(|_| start()).collect();
    let ended: Vec<Finished> = runs.iter_mut().map(|run| run.wait(RUN)).collect();
    let mut printed = BTreeSet::new();
    for run in &ended {
        run.expect_code(0);
        let at = run.stdout.split("Written to ").nth(1).unwrap().split(':').next().unwrap();
        printed.insert(root.path().join(at).canonicalize().unwrap());
    }
    assert_eq!(printed.len(), 4, "{printed:?}");
    let there: BTreeSet<PathBuf> =
        places(root.path()).iter().map(|place| place.canonicalize().unwrap()).collect();
    assert_eq!(printed, there);
    for place in &there {
        let sum: f64 = seconds(place).iter().map(|(_, rps)| rps).sum();
        assert_eq!(sum, summary(place)["total"]["count"].as_f64().unwrap(), "{place:?}");
    }
}

#[test]
fn a_folder_that_a_run_writes_to_is_refused_to_another() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let mut first = Controller::start(
        &backend.url(),
        &["-u", "2", "-t", "3s", "--think", "50ms..100ms", "--local-workers", "1"],
    );
    let history = first.results().join("constant_stats_history.csv");
    wait_until(|| history.exists());
    let place = first.results();
    let args = ["--results", place.to_str().unwrap()];
    let refused = Process::start("controller", command(&backend.url(), "1s", place.parent().unwrap(), &args))
        .wait(START);
    refused.expect_code(2);
    assert!(refused.stderr.contains("--results: another run is writing to `"), "{}", refused.stderr);
    let own = first.passed(RUN);
    assert_eq!(own.csv_counts(), own.json_counts());
}

#[test]
fn what_could_not_be_written_meanwhile_degrades_the_run_and_is_written_later() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let flags =
        ["-u", "2", "-t", "6s", "--think", "50ms..100ms", "--local-workers", "1", "--fail-on-degraded"];
    let mut run = Controller::start(&backend.url(), &flags);
    let (place, aside) = (run.results(), run.results().with_file_name("aside"));
    wait_until(|| place.join("constant_stats.csv").exists());
    std::thread::sleep(Duration::from_millis(1_200));
    std::fs::rename(&place, &aside).unwrap();
    std::thread::sleep(Duration::from_millis(2_200));
    std::fs::rename(&aside, &place).unwrap();
    let ended = run.process.wait(RUN);
    ended.expect_code(1);
    assert!(ended.stderr.contains("unwritten"), "{}", ended.stderr);
    let json = summary(&place);
    assert!(json["run"]["degraded"].as_array().unwrap().contains(&"unwritten".into()), "{json}");
    let sum: f64 = seconds(&place).iter().map(|(_, rps)| rps).sum();
    assert_eq!(sum, json["total"]["count"].as_f64().unwrap(), "every second is there at last");
}

#[test]
fn only_what_is_there_is_listed() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let mut run =
        Controller::start(&backend.url(), &["-u", "2", "-t", "3s", "--think", "0", "--local-workers", "1"]);
    let place = run.results();
    wait_until(|| place.join("constant_stats.csv").exists());
    std::fs::create_dir(place.join("REPORT.md")).unwrap();
    let ended = run.process.wait(RUN);
    ended.expect_code(1);
    let listed = ended.stdout.split("Written to ").nth(1).unwrap();
    assert!(!listed.contains("REPORT.md") && listed.contains("summary.json"), "{listed}");
    assert!(ended.stderr.contains("REPORT.md"), "{}", ended.stderr);
}

#[track_caller]
fn wait_until(is: impl Fn() -> bool) {
    let since = Instant::now();
    while !is() {
        assert!(since.elapsed() < START, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

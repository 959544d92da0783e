//! `kill -9` of the controller at a random second: what is on disk is whole and young, and the load ends.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use testkit::runs::chaos::{self, LEASE, Watch};
use testkit::runs::results::number;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, Process, RUN, Results, START, beside_others, binaries, folder};

/// Kills, and how many of them at a time: each is a backend, a controller and a worker.
const KILLS: usize = 10;
const AT_A_TIME: usize = 5;
/// What on disk may be behind the run.
const BEHIND: Duration = Duration::from_secs(2);
/// How long workers look for their controller: longer than a lease.
const PATIENCE: &str = "7s";

const LOAD: &[&str] = &["-u", "8", "-t", "60s", "--think", "50ms..150ms", "--seed", "6"];

#[test]
fn whenever_the_controller_dies_its_files_are_whole_and_the_load_ends() {
    let _alone = beside_others();
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut dice = rand_pcg::Pcg64::seed_from_u64(seed);
    let moments: Vec<Duration> =
        (0..KILLS).map(|_| Duration::from_millis(dice.random_range(300..7_000))).collect();
    let moments = Mutex::new(moments.into_iter());
    let next = || moments.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(moment) = next() {
                    kill_at(moment);
                }
            });
        }
    });
}

/// Kills the controller `moment` after the first request.
fn kill_at(moment: Duration) {
    let backend = Backend::start(QUICK);
    let watch = Watch::start(backend.addr);
    let mut controller = Controller::start(&backend.url(), LOAD);
    let mut worker = controller.worker_with("orphan", &["--patience", PATIENCE]);
    chaos::until("the first request", START, || watch.first_request().is_some());
    chaos::pause((watch.first_request().unwrap() + moment).saturating_duration_since(Instant::now()));
    let killed = Instant::now();
    controller.process.kill();

    let counted = read_files(&controller.results());
    let (then, now) = (chaos::requests(&watch.at(killed - BEHIND)), chaos::requests(&watch.at(killed)));
    assert!(
        counted >= then,
        "killed after {moment:?}: {counted} on disk, {then} two seconds before the kill"
    );
    // The last look before the kill is a moment old: what came since can be in a delta.
    assert!(counted <= chaos::requests(&backend.counts()), "{counted} on disk, {now} on the server");
    expect_a_report(&controller.results(), counted);

    chaos::pause((killed + LEASE).saturating_duration_since(Instant::now()));
    let after = chaos::requests(&backend.counts());
    let ended = worker.wait(START);
    ended.expect_code(1);
    assert!(ended.stderr.contains("no controller answered at"), "{}", ended.stderr);
    assert!(killed.elapsed() > Duration::from_secs(6), "it had its patience: {}", ended.stderr);
    assert_eq!(chaos::requests(&backend.settled()), after, "killed after {moment:?}: load after the lease");
}

/// Parses every file in the folder, and returns the requests that the totals hold.
fn read_files(folder: &Path) -> u64 {
    let table = |name: &str| -> Vec<testkit::runs::results::Row> {
        let mut reader = csv::Reader::from_path(folder.join(format!("constant_{name}.csv"))).unwrap();
        reader.deserialize().collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with("constant_") || name.starts_with('.'), "{name} is no file of this run");
    }
    for name in ["failures", "exceptions", "stages", "streams", "workers"] {
        table(name);
    }
    let stats = table("stats");
    let total =
        stats.iter().find(|row| row["Name"] == "Aggregated").map_or(0, |row| number(&row["Request Count"]));
    let parts = stats.iter().filter(|row| row["Name"] != "Aggregated");
    assert_eq!(parts.map(|row| number(&row["Request Count"])).sum::<u64>(), total, "a set of one moment");
    let history = table("stats_history");
    let written = history.last().map_or(0, |row| number(&row["Total Request Count"]));
    assert!(written >= total, "the history is written first: {written} in it, {total} in the totals");
    total
}

/// `controller report` makes a report of what is on disk.
fn expect_a_report(folder: &Path, counted: u64) {
    let out = folder.join("dead.md");
    let mut command: Command = binaries::controller();
    command.arg("report").arg(folder).arg(&out);
    Process::start("report", command).wait(START).expect_code(0);
    let report = fs::read_to_string(out).unwrap();
    let total = report.lines().find(|line| line.contains("**Aggregated**"));
    let total = total.map(|line| number(line.split('|').nth(3).unwrap().trim()));
    assert_eq!(total.unwrap_or(0), counted, "{report}");
}

#[test]
fn a_worker_joins_a_restarted_controller_as_new() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let mut dead = Controller::start(&backend.url(), LOAD);
    let mut worker = dead.worker_with("heir", &["--patience", "60s"]);
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(Duration::from_secs(2));
    dead.process.kill();
    chaos::pause(LEASE);
    backend.reset();

    let folder = folder();
    let mut command = binaries::controller();
    command.args([
        "--host",
        &backend.url(),
        "--bind",
        &dead.address,
        "-u",
        "8",
        "-t",
        "4s",
        "--think",
        "50ms",
    ]);
    command.args(["--seed", "7", "--results"]).arg(folder.path().join("run"));
    let mut controller = Process::start("restarted", command);
    controller.wait(RUN).expect_code(0);
    let ended = worker.wait(START);
    ended.expect_code(0);
    assert!(ended.stderr.contains("another run: the old one's rest is dropped"), "{}", ended.stderr);
    let results = Results::read(&folder.path().join("run"));
    chaos::expect_exact(&results, &backend.settled());
    let row = chaos::worker(&results, "heir");
    assert_eq!(
        (row["State"].as_str(), number(&row["Peak Users"]), row["Lost Spans"].as_str()),
        ("finished", 8, "")
    );
    assert_eq!((row["Refused"].as_str(), row["Duplicates"].as_str()), ("0", "0"));
}

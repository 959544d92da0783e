//! Every graceful end, exact to the request.

use std::time::{Duration, Instant};

use testkit::runs::results::number;
use testkit::runs::sandbox::{QUICK, with_status};
use testkit::runs::{Backend, Controller, Process, RUN, Results, START, beside_others, binaries, chaos, run};

/// Streams that last ten seconds: no user of them comes to an end by itself in these runs.
const LONG_STREAMS: &[&str] = &[
    "--stream-slots",
    "0",
    "--ttft",
    "100ms",
    "--ttft-sigma",
    "0",
    "--tokens",
    "100",
    "--tokens-sigma",
    "0",
    "--token-gap",
    "100ms",
];

/// A run of 20 users that has begun, with workers called w1, w2 and so on.
fn begun(backend: &Backend, args: &[&str], workers: usize) -> (Controller, Vec<Process>) {
    let expected = workers.to_string();
    let mut all = vec!["-u", "20", "--seed", "8", "--expect-workers", &expected];
    all.extend(args);
    let controller = Controller::start(&backend.url(), &all);
    let workers = (1..=workers).map(|number| controller.worker(&format!("w{number}"))).collect();
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    (controller, workers)
}

/// All workers end well.
fn all_end(workers: &mut [Process]) {
    for worker in workers {
        worker.wait(START).expect_code(0);
    }
}

fn end_of(results: &Results) -> &str {
    results.summary["run"]["end"].as_str().unwrap()
}

#[test]
fn the_end_of_the_shape() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let results = run(&backend.url(), &["-u", "20", "-t", "4s", "--think", "20ms", "--seed", "8"], 2);
    chaos::expect_exact(&results, &backend.settled());
    assert_eq!(end_of(&results), "completed");
    assert_eq!((results.number("/total/failures"), results.number("/total/cut")), (0, 0));
}

#[test]
fn ctrl_c_on_the_controller() {
    interrupted_by("INT");
}

#[test]
fn sigterm_to_the_controller() {
    interrupted_by("TERM");
}

fn interrupted_by(signal: &str) {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, mut workers) = begun(&backend, &["--think", "20ms"], 2);
    chaos::pause(Duration::from_secs(2));
    controller.process.signal(signal);
    let results = controller.passed(RUN);
    all_end(&mut workers);
    chaos::expect_exact(&results, &backend.settled());
    assert_eq!(end_of(&results), "interrupted");
    assert_eq!((results.number("/total/failures"), results.number("/total/cut")), (0, 0));
    assert!(chaos::note(&results, "interrupted").is_some());
}

#[test]
fn ctrl_c_twice_leaves_at_once_with_a_report() {
    let _alone = beside_others();
    let backend = Backend::start(LONG_STREAMS);
    let (mut controller, mut workers) = begun(&backend, &["--classes", "stream"], 2);
    chaos::pause(Duration::from_secs(3));
    controller.process.signal("INT");
    chaos::pause(Duration::from_millis(500));
    assert!(controller.process.is_running(), "it drains: streams take ten seconds");
    let second = Instant::now();
    controller.process.signal("INT");
    controller.process.wait(START).expect_code(1);
    assert!(second.elapsed() < Duration::from_secs(5), "at once, not after the drain");

    let results = Results::read(&controller.results());
    chaos::expect_consistent(&results);
    assert_eq!(end_of(&results), "aborted");
    let counts = backend.counts();
    assert!(chaos::requests(&counts) >= results.count() && results.count() >= 20, "{counts:?}");
    // Nobody is left to report to: the workers stop their users at once, and end.
    all_end(&mut workers);
    let settled = backend.settled();
    assert!(second.elapsed() < Duration::from_secs(8), "the load ends with the run");
    assert_eq!((settled.streams.aborted, settled.streams.completed), (20, 0), "{settled:?}");
    let mut report = binaries::controller();
    report.arg("report").arg(controller.results()).arg(controller.results().join("again.md"));
    Process::start("report", report).wait(START).expect_code(0);
}

#[test]
fn ctrl_c_on_a_worker_hands_its_users_over_and_loses_nothing() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, mut workers) = begun(&backend, &["-t", "8s", "--think", "20ms"], 2);
    chaos::pause(Duration::from_secs(2));
    workers[0].signal("INT");
    workers[0].wait(START).expect_code(0);
    assert!(controller.process.is_running(), "the run goes on");
    let results = controller.passed(RUN);
    all_end(&mut workers[1..]);
    chaos::expect_exact(&results, &backend.settled());
    assert_eq!(chaos::worker(&results, "w1")["State"], "left");
    let row = chaos::worker(&results, "w2");
    assert_eq!((row["State"].as_str(), number(&row["Peak Users"])), ("finished", 20));
    let users = chaos::users_by_second(&results);
    assert!(
        users[4..7].iter().all(|users| *users == 20),
        "handed over, with no lease to wait for: {users:?}"
    );
    assert!(
        !chaos::is_degraded_by(&results, "worker_lost") && !chaos::is_degraded_by(&results, "worker_away")
    );
    assert_eq!(results.number("/total/cut"), 0);
}

#[test]
fn a_worker_that_comes_late_gets_its_share() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, mut workers) = begun(&backend, &["-t", "7s", "--think", "20ms"], 1);
    chaos::pause(Duration::from_secs(2));
    workers.push(controller.worker("late"));
    let results = controller.passed(RUN);
    all_end(&mut workers);
    chaos::expect_exact(&results, &backend.settled());
    assert_eq!(number(&chaos::worker(&results, "late")["Peak Users"]), 10);
    assert_eq!(chaos::worker(&results, "late")["Lost Spans"], "");
    let users = chaos::users_by_second(&results);
    assert!(users.iter().all(|users| *users <= 20) && users[5] == 20, "{users:?}");
}

#[test]
fn a_worker_that_leaves_and_comes_back() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let (mut controller, mut workers) = begun(&backend, &["-t", "10s", "--think", "20ms"], 2);
    chaos::pause(Duration::from_secs(2));
    workers[0].signal("INT");
    workers[0].wait(START).expect_code(0);
    chaos::pause(Duration::from_secs(1));
    workers[0] = controller.worker("w1");
    let results = controller.passed(RUN);
    all_end(&mut workers);
    chaos::expect_exact(&results, &backend.settled());
    let rows = chaos::workers(&results, "w1");
    let mut states: Vec<_> =
        rows.iter().map(|row| (row["State"].as_str(), number(&row["Peak Users"]))).collect();
    states.sort_unstable();
    assert_eq!(states, [("finished", 10), ("left", 10)]);
}

#[test]
fn a_stop_timeout_shorter_than_a_stream_cuts_and_says_so() {
    let _alone = beside_others();
    let backend = Backend::start(LONG_STREAMS);
    let load = ["-t", "3s", "--classes", "stream", "--stop-timeout", "1s"];
    let (mut controller, mut workers) = begun(&backend, &load, 2);
    let results = controller.passed(RUN);
    all_end(&mut workers);
    let counts = backend.settled();
    chaos::expect_exact(&results, &counts);
    assert_eq!((results.number("/total/failures"), results.failures().len()), (0, 0));
    assert_eq!((results.number("/total/cut"), results.number("/streams/cut")), (20, 20));
    assert_eq!((counts.streams.aborted, counts.streams.completed), (20, 0));
    // What was cut had its answer's head: the server saw no failure either.
    assert_eq!(with_status(&counts, 200), 20);
    let note = chaos::note(&results, "cut").unwrap();
    assert!(note.starts_with("20 requests were still in flight"), "{note}");
    assert!(!chaos::is_degraded_by(&results, "cut"));
}

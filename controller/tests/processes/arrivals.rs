//! Open loads: users arrive when the seed says so, whoever carries it out and whatever becomes of them.

use std::collections::BTreeMap;
use std::time::Duration;

use common::arrivals::{Arrival, ArrivalPlan, ArrivalUnit};
use common::class::{CLASSES, ClassSet};
use common::shape::Shape;
use jiff::Timestamp;
use serde_json::Value;
use testkit::runs::chaos::{self, LEASE};
use testkit::runs::recorder::Recorder;
use testkit::runs::results::number;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, RUN, Results, START, apart, run};

/// How far an arrival may be from its moment here: on a machine that also compiles, and far less than anything that
/// moved it on purpose would.
const NEAR: Duration = Duration::from_millis(900);

/// Streams, one by one, at an even pace, of one worker.
const TWENTY_A_SECOND: [&str; 10] = [
    "--arrivals",
    "constant:20/s",
    "--arrive",
    "request",
    "--classes",
    "stream",
    "-t",
    "10s",
    "--expect-workers",
    "1",
];

/// What the seed says.
fn schedule(rate: &str, seconds: u64, seed: u64) -> BTreeMap<u64, Arrival> {
    let shape = Shape::arriving(rate.parse().unwrap(), Duration::from_secs(seconds), ClassSet::ALL).unwrap();
    let (path, spacing) = (shape.rate_path().unwrap(), shape.spacing().unwrap());
    let plan = ArrivalPlan { path, spacing, unit: ArrivalUnit::Session, seed };
    plan.due().map(|arrival| (user_number(&arrival), arrival)).collect()
}

/// What the header of an arrival's user says.
fn user_number(arrival: &Arrival) -> u64 {
    arrival.number * CLASSES as u64 + arrival.class.index() as u64
}

fn arrivals(results: &Results) -> BTreeMap<String, u64> {
    let Value::Object(counts) = &results.summary["arrivals"] else {
        panic!("{:?}", results.summary["arrivals"])
    };
    counts.iter().map(|(name, count)| (name.clone(), count.as_u64().unwrap())).collect()
}

fn sum(results: &Results, column: &str) -> u64 {
    results.csv("streams_history").iter().map(|row| number(&row[column])).sum()
}

fn metric(results: &Results, name: &str, figure: &str) -> f64 {
    results.summary["streams"]["metrics"][name][figure].as_f64().unwrap()
}

/// Each arrival that came did so at its moment: the run began at one and the same time for all of them.
fn expect_on_time(seen: &BTreeMap<u64, Duration>, schedule: &BTreeMap<u64, Arrival>) {
    let behind = |(user, at): (&u64, &Duration)| *at - Duration::from_micros(schedule[user].at_us).min(*at);
    let mut all: Vec<Duration> = seen.iter().map(behind).collect();
    all.sort_unstable();
    let median = all[all.len() / 2];
    let far = all.iter().filter(|behind| behind.abs_diff(median) > NEAR).count();
    assert_eq!(far, 0, "of {} arrivals, {:?} to {:?} around {median:?}", all.len(), all[0], all.last());
}

#[test]
fn one_worker_and_two_let_the_same_people_come_at_the_same_times() {
    let _apart = apart();
    let schedule = schedule("25/s", 6, 11);
    std::thread::scope(|scope| {
        for workers in [1, 2] {
            scope.spawn({
                let schedule = &schedule;
                move || expect_schedule(schedule, workers)
            });
        }
    });
}

/// With so many workers everybody comes whom the schedule has, at that time, and nobody else.
fn expect_schedule(schedule: &BTreeMap<u64, Arrival>, workers: usize) {
    let recorder = Recorder::start();
    let load = ["--arrivals", "25/s", "-t", "6s", "--seed", "11", "--think", "50ms"];
    let results = run(&recorder.url(), &load, workers);
    let seen = recorder.first_seen();
    assert_eq!(seen.keys().collect::<Vec<_>>(), schedule.keys().collect::<Vec<_>>(), "{workers} workers");
    expect_on_time(&seen, schedule);
    let counts = arrivals(&results);
    let all = schedule.len() as u64;
    assert_eq!((counts["due"], counts["started"]), (all, all), "{counts:?}");
    assert_eq!(sum(&results, "Arrivals"), all);
    let asked: u64 = recorder.log().values().map(|asked| asked.len() as u64).sum();
    assert_eq!(results.count(), asked);
    for row in results.csv("workers") {
        assert!(number(&row["Request Count"]) > 0, "{} had nothing to do", row["Worker"]);
    }
}

#[test]
fn single_requests_are_as_many_as_the_service_counts() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let load = [
        "--arrivals",
        "constant:50/s",
        "--arrive",
        "request",
        "--classes",
        "stream",
        "-t",
        "4s",
        "--max-users",
        "40",
    ];
    let results = run(&backend.url(), &load, 2);
    let server = backend.settled();
    chaos::expect_exact(&results, &server);
    let counts = arrivals(&results);
    assert_eq!((counts["due"], counts["started"], counts["lost"]), (200, 200, 0), "{counts:?}");
    assert_eq!(server.streams.completed, 200);
    for name in ["start_delay", "from_start", "from_due"] {
        assert_eq!(metric(&results, name, "count"), 200.0, "{name}");
    }
    assert!(metric(&results, "from_due", "max") >= metric(&results, "from_start", "min"));
    assert!(results.summary["run"]["users_target_peak"].is_null());
    assert!(results.summary["stages"][0]["users_target"].is_null(), "nobody aims at --max-users");
    assert!(results.summary["limits"].is_null());
    assert!(results.csv("streams_history").iter().all(|row| row["Target Users"] == "N/A"));
}

#[test]
fn a_stages_rate_goes_to_the_next_ones_in_a_straight_line() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let folder = testkit::runs::folder();
    let file = folder.path().join("tide.toml");
    let text = "[[stage]]\nduration = 4\narrivals = \"constant:40/s\"\nramp = \"4s\"\n\
                [[stage]]\nname = \"lull\"\nduration = 2\narrivals = \"constant:0/s\"\n\
                [[stage]]\nduration = 2\narrivals = \"constant:10/s\"\n";
    std::fs::write(&file, text).unwrap();
    let load = ["--shape", file.to_str().unwrap(), "--arrive", "request", "--classes", "stream"];
    let results = run(&backend.url(), &load, 1);
    // The area below the rate: 4 s × 20/s, nothing, 2 s × 10/s.
    assert_eq!(backend.settled().streams.started, 100);
    assert_eq!(arrivals(&results)["started"], 100);
    let stages: Vec<(String, u64)> = results
        .csv("stages")
        .iter()
        .map(|row| (row["Stage"].clone(), number(&row["Request Count"])))
        .collect();
    assert_eq!(stages[1].0, "lull");
    let by_second: Vec<u64> =
        results.csv("streams_history").iter().map(|row| number(&row["Arrivals"])).collect();
    let first: u64 = by_second[..2].iter().sum();
    let second: u64 = by_second[2..4].iter().sum();
    assert!(first < second, "a quarter of those of the ramp come in its first half: {by_second:?}");
}

#[test]
fn who_finds_no_place_is_dropped_and_counted() {
    let _apart = apart();
    let slow = [
        "--stream-slots",
        "0",
        "--ttft",
        "700ms",
        "--ttft-sigma",
        "0",
        "--tokens",
        "4",
        "--tokens-sigma",
        "0",
    ];
    let backend = Backend::start(&slow);
    let load = [
        "--arrivals",
        "constant:20/s",
        "--arrive",
        "request",
        "--classes",
        "stream",
        "-t",
        "4s",
        "--max-users",
        "3",
        "--fail-on-degraded",
    ];
    let mut controller = Controller::start(&backend.url(), &[&load[..], &["--expect-workers", "2"]].concat());
    let mut workers = ["w1", "w2"].map(|name| controller.worker(name));
    let ended = controller.process.wait(RUN);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("not_offered"), "{}", ended.stderr);
    workers.iter_mut().for_each(|worker| drop(worker.wait(START)));
    let results = Results::read(&controller.results());
    let server = backend.settled();
    assert!(server.streams.peak <= 3, "{} at once", server.streams.peak);
    let counts = arrivals(&results);
    assert_eq!((counts["due"], counts["missed"], counts["lost"]), (80, 0, 0), "{counts:?}");
    assert_eq!(counts["started"], server.streams.started);
    assert_eq!(counts["started"] + counts["dropped"], 80);
    assert!(counts["dropped"] >= 40, "3 users ask no more than some 4 times a second: {counts:?}");
    assert_eq!(sum(&results, "Dropped Arrivals"), counts["dropped"]);
    let note = chaos::note(&results, "not_offered").unwrap();
    assert!(note.starts_with(&format!("{} of 80 arrivals did not come: ", counts["dropped"])), "{note}");
}

#[test]
fn a_killed_workers_arrivals_are_named_as_lost_and_none_is_moved() {
    let _apart = apart();
    let schedule = schedule("30/s", 12, 5);
    let recorder = Recorder::start();
    let load = ["--arrivals", "30/s", "-t", "12s", "--seed", "5", "--think", "50ms", "--expect-workers", "2"];
    let mut controller = Controller::start(&recorder.url(), &load);
    let mut killed = controller.worker("w1");
    let mut other = controller.worker("w2");
    chaos::until("the first request", START, || !recorder.first_seen().is_empty());
    chaos::pause(Duration::from_secs(4));
    let at = Timestamp::now();
    killed.kill();
    controller.process.wait(RUN).expect_code(0);
    other.wait(START).expect_code(0);
    let results = Results::read(&controller.results());
    let at = chaos::run_clock(&results, at);

    let seen = recorder.first_seen();
    assert!(seen.keys().all(|user| schedule.contains_key(user)), "nobody else came");
    expect_on_time(&seen, &schedule);
    let missing: Vec<f64> = schedule
        .iter()
        .filter(|(user, _)| !seen.contains_key(user))
        .map(|(_, arrival)| arrival.at_us as f64 / 1e6)
        .collect();
    // What it had been handed: up to two seconds and a half ahead, and what the tick before the kill added.
    let (from, to) = (at - NEAR.as_secs_f64(), at + 2.5 + NEAR.as_secs_f64());
    assert!(missing.iter().all(|due| (from..to).contains(due)), "killed at {at}: {missing:?}");
    assert!(missing.len() >= 5, "half of those of two seconds: {missing:?}");
    let counts = arrivals(&results);
    assert_eq!(counts["due"], schedule.len() as u64, "{counts:?}");
    assert_eq!(counts["dropped"] + counts["missed"], 0, "{counts:?}");
    // It may have let some come of which it could not tell any more.
    let (lost, missing) = (counts["lost"], missing.len() as u64);
    assert!((missing..=missing + 60).contains(&lost), "{missing} did not come, {lost} are named as lost");
    let note = chaos::note(&results, "worker_lost").unwrap();
    let named = format!(
        "What became of {lost} arrivals that were handed to it is not known either, and none was moved"
    );
    assert!(note.contains(&named), "{note}");
    assert!(chaos::is_degraded_by(&results, "not_offered"));
}

#[test]
fn a_service_that_stands_still_shows_in_the_time_from_when_each_was_due() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let mut controller = Controller::start(&backend.url(), &TWENTY_A_SECOND);
    let mut worker = controller.worker("w1");
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(Duration::from_secs(2));
    backend.process.signal("STOP");
    chaos::pause(Duration::from_secs(5));
    backend.process.signal("CONT");
    controller.process.wait(RUN).expect_code(0);
    worker.wait(START).expect_code(0);
    let results = Results::read(&controller.results());
    let counts = arrivals(&results);
    assert_eq!((counts["due"], counts["started"]), (200, 200), "nobody waited for the service: {counts:?}");
    assert!(metric(&results, "from_due", "max") >= 4_800.0);
    assert!(metric(&results, "from_due", "p99") >= 4_000.0, "a hundred of 200 came meanwhile");
}

#[test]
fn a_worker_that_stands_still_lets_people_come_late_and_says_so() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let mut controller = Controller::start(&backend.url(), &TWENTY_A_SECOND);
    let mut worker = controller.worker("w1");
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(Duration::from_secs(2));
    worker.signal("STOP");
    chaos::pause(Duration::from_secs(2));
    worker.signal("CONT");
    controller.process.wait(RUN).expect_code(0);
    worker.wait(START).expect_code(0);
    let results = Results::read(&controller.results());
    let counts = arrivals(&results);
    assert_eq!((counts["due"], counts["started"]), (200, 200), "{counts:?}");
    assert!((25..=200).contains(&counts["late"]), "some forty were due meanwhile: {counts:?}");
    let (due, start) = (metric(&results, "from_due", "max"), metric(&results, "from_start", "max"));
    assert!(
        due >= 1_800.0 && start < due - 1_000.0,
        "{due} ms from when it was due, {start} ms from the start"
    );
    assert!(chaos::note(&results, "late_arrivals").is_some());
}

#[test]
fn past_its_lease_nobody_comes_and_who_does_not_is_counted() {
    let _apart = apart();
    let recorder = Recorder::start();
    let schedule = schedule("20/s", 20, 3);
    let load = ["--arrivals", "20/s", "-t", "20s", "--seed", "3", "--think", "50ms", "--expect-workers", "2"];
    let mut controller = Controller::start(&recorder.url(), &load);
    let mut frozen = controller.worker("w1");
    let mut other = controller.worker("w2");
    chaos::until("the first request", START, || !recorder.first_seen().is_empty());
    chaos::pause(Duration::from_secs(3));
    frozen.signal("STOP");
    chaos::pause(LEASE + Duration::from_secs(3));
    frozen.signal("CONT");
    controller.process.wait(RUN).expect_code(0);
    for worker in [&mut frozen, &mut other] {
        worker.wait(START).expect_code(0);
    }
    let results = Results::read(&controller.results());
    let counts = arrivals(&results);
    let seen = recorder.first_seen();
    assert!(seen.keys().all(|user| schedule.contains_key(user)));
    assert_eq!(counts["due"], schedule.len() as u64, "{counts:?}");
    assert_eq!(counts["lost"], 0, "it came back, and told: {counts:?}");
    assert_eq!(counts["started"], seen.len() as u64, "{counts:?}");
    assert!(counts["missed"] > 0, "{counts:?}");
}

#[test]
fn a_stopped_run_withdraws_who_was_not_due_yet() {
    let _apart = apart();
    let backend = Backend::start(QUICK);
    let load = ["--arrivals", "50/s", "--arrive", "request", "--classes", "stream", "--expect-workers", "1"];
    let mut controller = Controller::start(&backend.url(), &load);
    let mut worker = controller.worker("w1");
    chaos::until("some requests", START, || chaos::requests(&backend.counts()) > 50);
    controller.process.signal("INT");
    controller.process.wait(RUN).expect_code(0);
    worker.wait(START).expect_code(0);
    let results = Results::read(&controller.results());
    chaos::expect_exact(&results, &backend.settled());
    let counts = arrivals(&results);
    let before_its_stream = counts["started"] - backend.counts().streams.started;
    assert!(before_its_stream <= 2, "who creates a thread at the very moment of the stop: {counts:?}");
    assert_eq!((counts["dropped"], counts["lost"]), (0, 0), "{counts:?}");
    assert!(counts["missed"] <= 2, "who is due at the very moment of the stop: {counts:?}");
}

//! `kill -9` of a worker in mid-run: the run goes on, and the report says exactly what is missing.

use std::time::Duration;

use jiff::Timestamp;
use testkit::runs::chaos::{self, LEASE};
use testkit::runs::results::number;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, Controller, RUN, Results, START, apart};

/// Users of the run, spread over three workers.
const USERS: u64 = 60;
/// What a user waits between two requests: it bounds what a user can do in a given time.
const THINK: f64 = 0.1;
/// When the worker is killed, after the first request.
const KILL_AT: Duration = Duration::from_millis(4_700);

struct Killed {
    results: Results,
    server: backend::Counts,
    /// Run clock of the kill.
    at: f64,
    code: i32,
    said: String,
}

fn kill_one(flags: &[&str]) -> Killed {
    let backend = Backend::start(QUICK);
    let mut args = vec!["-u", "60", "-t", "16s", "--think", "100ms", "--expect-workers", "3", "--seed", "5"];
    args.extend(flags);
    let mut controller = Controller::start(&backend.url(), &args);
    let mut workers: Vec<_> = ["w1", "w2", "w3"].map(|name| controller.worker(name)).into_iter().collect();
    chaos::until("the first request", START, || chaos::requests(&backend.counts()) > 0);
    chaos::pause(KILL_AT);
    let at = Timestamp::now();
    workers.remove(1).kill();
    let ended = controller.process.wait(RUN);
    for worker in &mut workers {
        worker.wait(START).expect_code(0);
    }
    let results = Results::read(&controller.results());
    let at = chaos::run_clock(&results, at);
    let (code, said) = (ended.status.code().unwrap(), ended.stderr);
    Killed { results, server: backend.settled(), at, code, said }
}

#[test]
fn a_killed_worker_costs_no_more_than_what_it_had_not_delivered() {
    let _apart = apart();
    let killed = kill_one(&[]);
    assert_eq!(killed.code, 0, "{}", killed.said);
    let Killed { results, server, at, .. } = &killed;
    chaos::expect_consistent(results);

    let row = chaos::worker(results, "w2");
    let covered: f64 = row["Last Delta"].parse().unwrap();
    assert!((at - 2.0..=*at).contains(&covered), "killed at {at}, covered until {covered}");
    let (report, server) = (results.csv_counts(), totals(server));
    let mut lost = 0;
    for (endpoint, server) in &server {
        let report = report[endpoint];
        assert!(report <= *server, "{endpoint}: {report} in the report, {server} on the server");
        lost += server - report;
    }
    // Twenty users, each with at most one request per think time, and one in flight.
    let most = row["Peak Users"].parse::<f64>().unwrap() * ((at - covered) / THINK + 1.0);
    assert!((1..=most as u64).contains(&lost), "{lost} lost, at most {most} could be");
}

#[test]
fn its_users_are_moved_within_a_lease_and_the_report_names_who_when_and_what() {
    let _apart = apart();
    let killed = kill_one(&["--fail-on-degraded"]);
    assert_eq!(killed.code, 1, "{}", killed.said);
    assert!(killed.said.contains("worker_lost"), "{}", killed.said);
    let Killed { results, at, .. } = &killed;

    let users = chaos::users_by_second(results);
    assert_eq!(users.iter().max(), Some(&USERS), "never above the target: {users:?}");
    let again = (at + LEASE.as_secs_f64() + 1.0).ceil() as usize; // the first second that ends after it
    assert!(users[again - 1..15].iter().all(|users| *users == USERS), "killed at {at}: {users:?}");
    assert!(users[at.ceil() as usize..].contains(&40), "a third was missing: {users:?}");

    let row = chaos::worker(results, "w2");
    assert_eq!((row["State"].as_str(), number(&row["Peak Users"])), ("lost", 20));
    let covered: f64 = row["Last Delta"].parse().unwrap();
    let span = format!("{covered:.1}–");
    assert!(row["Lost Spans"].starts_with(&span), "{row:?}");
    let note = chaos::note(results, "worker_lost").unwrap();
    let (second, rest) =
        note.strip_prefix("Worker w2 was lost at second ").unwrap().split_once(": ").unwrap();
    let second: f64 = second.parse().unwrap();
    assert!((at + 3.0..at + LEASE.as_secs_f64() + 0.5).contains(&second), "killed at {at}: {note}");
    assert!(
        rest.starts_with(&format!("what its 20 users did after second {covered:.1} is not in")),
        "{note}"
    );
    let json = results.summary["workers"].as_array().unwrap();
    let json = json.iter().find(|worker| worker["name"] == "w2").unwrap();
    assert_eq!(json["state"], "lost");
    assert!(json["lost_spans"][0].as_str().unwrap().starts_with(&span), "{json}");
    assert!(chaos::is_degraded_by(results, "worker_lost"));
}

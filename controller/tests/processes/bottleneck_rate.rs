//! `--shape ladder --arrivals search` against sandboxes whose capacity is known by a formula: slots divided by how long an
//! answer holds one. `bench/RATES.md` has more of them, in virtual time too.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Controller, Results, searching};

/// Longest time that a search may take here.
const SEARCH: Duration = Duration::from_secs(420);
/// A stream of 200 ms: 30 ms to the first of 18 tokens, 10 ms to each further one.
const EVEN: [&str; 10] =
    ["--ttft", "30ms", "--ttft-sigma", "0", "--tokens", "18", "--tokens-sigma", "0", "--token-gap", "10ms"];

/// Searches with these flags, and checks what must be true whatever was found.
fn search(sandbox: &[&str], flags: &[&str], exit: i32) -> Results {
    let _searching = searching();
    let backend = Backend::start(&[sandbox, &["--seed", "11"]].concat());
    let load = ["--shape", "ladder", "--arrivals", "search", "--seed", "11", "--local-workers", "1"];
    let mut controller = Controller::start(&backend.url(), &[&load[..], flags].concat());
    controller.process.wait(SEARCH).expect_code(exit);
    let results = Results::read(&controller.results());
    let server: BTreeMap<String, u64> = totals(&backend.settled());
    let mut reported = results.json_counts();
    reported.remove("Aggregated");
    assert_eq!(reported, server, "the counts are the server's");
    results
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("{of} is no number"))
}

#[test]
fn ten_slots_of_200_ms_hold_50_a_second() {
    let flags = ["--arrive", "request", "--classes", "stream", "--threshold", "ttft.p95<20s"];
    let results = search(&[&["--stream-slots", "10"], &EVEN[..]].concat(), &flags, 0);
    let limits = &results.summary["limits"];
    let rate = &limits["rate"];
    assert_eq!(rate["verdict"], "found", "{limits:#}");
    // Timers of the sandbox are late by a part of a millisecond for each of 18 tokens, never early.
    let truth = 50.0;
    let (point, low) = (number(&rate["point"]), number(&rate["low"]));
    assert!((truth * 0.93..=truth * 1.01).contains(&point), "{limits:#}");
    assert!(low <= truth && low <= point && point <= number(&rate["high"]), "{limits:#}");
    let passed = limits["rungs"].as_array().unwrap().iter().filter(|rung| rung["verdict"] == "pass");
    assert!(passed.clone().all(|rung| number(&rung["rate"]) <= truth), "{limits:#}");
    assert!(passed.count() > 0, "{limits:#}");
}

#[test]
fn places_that_run_out_are_no_limit_of_the_service() {
    let flags =
        ["--max-users", "12", "--arrive", "request", "--classes", "stream", "--threshold", "ttft.p95<20s"];
    let results = search(&[&["--stream-slots", "0"], &EVEN[..]].concat(), &flags, 0);
    let limits = &results.summary["limits"];
    assert_eq!(limits["rate"]["verdict"], "no_failure_in_range", "{limits:#}");
    let headline = limits["headline"][0].as_str().unwrap();
    assert!(headline.contains("--max-users"), "{headline}");
}

//! `--shape ladder` against sandboxes whose limit is known: the right cause, the right number, nothing
//! invented, and counts that are the server's. `bench/limits` does the same with more seeds.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::runs::sandbox::totals;
use testkit::runs::{Backend, Controller, Results, searching};

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

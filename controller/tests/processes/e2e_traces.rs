//! A request of the report is found by its trace: in the request log, beside failures, and among the slowest.

use std::collections::BTreeSet;
use std::fs;

use common::request_log::{LoggedRequest, Moment, Outcome};
use common::slowest::SLOWEST;
use serde_json::Value;
use testkit::runs::sandbox::QUICK;
use testkit::runs::{Backend, Controller, RUN, Results, START, beside_others};

/// A time of a request.
type TimeOf = fn(&LoggedRequest<'static>) -> Option<Moment>;

/// A run of two workers against a service that fails now and then, and what they logged.
fn logged(flags: &[&str]) -> (Results, Vec<LoggedRequest<'static>>) {
    let backend: Vec<&str> = QUICK.iter().copied().chain(["--fault", "http_500=5%"]).collect();
    let backend = Backend::start(&backend);
    let load = ["-u", "24", "-r", "24", "-t", "4s", "--seed", "7", "--think", "20ms..60ms"];
    let args = [&["--expect-workers", "2", "--log", "all.jsonl"], load.as_slice(), flags].concat();
    let mut controller = Controller::start(&backend.url(), &args);
    let mut workers = [controller.worker("w1"), controller.worker("w2")];
    let results = controller.passed(RUN);
    let mut requests = Vec::new();
    for (worker, name) in workers.iter_mut().zip(["w1", "w2"]) {
        worker.wait(START).expect_code(0);
        let log =
            fs::read_to_string(controller.results().with_file_name(format!("all.{name}.jsonl"))).unwrap();
        let lines = log.lines().filter(|line| !common::request_log::is_mark(line.as_bytes()));
        requests.extend(lines.map(|line| serde_json::from_str::<LoggedRequest<'static>>(line).unwrap()));
    }
    (results, requests)
}

fn traces(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().filter_map(|row| Some(row["trace"].as_str()?.to_owned())).collect()
}

#[test]
fn failures_and_the_slowest_name_traces_of_the_log_and_no_two_requests_share_one() {
    let _beside = beside_others();
    let (results, requests) = logged(&[]);
    let ids: BTreeSet<&str> = requests.iter().filter_map(|request| request.trace.as_deref()).collect();
    assert_eq!((ids.len(), requests.len() as u64), (requests.len(), results.count()));
    let of_run: BTreeSet<&str> = ids.iter().map(|id| &id[..8]).collect();
    assert_eq!(of_run.len(), 1, "both workers are of one run");

    let failed = |trace: &String| {
        requests.iter().any(|one| one.trace.as_deref() == Some(trace) && one.outcome == Outcome::Failed)
    };
    let of_failures = traces(&results.summary["failures"]);
    assert_eq!(of_failures.len(), results.summary["failures"].as_array().unwrap().len());
    assert!(!of_failures.is_empty() && of_failures.iter().all(failed));
    assert!(results.markdown.contains(&of_failures[0]), "{}", results.markdown);

    let rows = results.summary["slowest"].as_array().unwrap();
    let answers = |what: &str| {
        rows.iter().filter(|row| row["name"] == "/chat/stream" && row["what"] == what).collect::<Vec<_>>()
    };
    let times: [(&str, TimeOf); 2] = [("answer", |one| one.latency()), ("first_token", |one| one.ttft())];
    for (what, time) in times {
        let mut logged: Vec<u64> = requests
            .iter()
            .filter(|one| one.call == "POST /chat/stream" && one.outcome == Outcome::Ok)
            .filter_map(|one| Some(time(one)?.nearest_us()))
            .collect();
        logged.sort_unstable_by(|a, b| b.cmp(a));
        let told: Vec<u64> =
            answers(what).iter().map(|row| (row["ms"].as_f64().unwrap() * 1000.0).round() as u64).collect();
        assert_eq!(told, logged[..SLOWEST], "{what}");
    }
    for row in answers("answer") {
        let trace = row["trace"].as_str().unwrap();
        let one = requests.iter().find(|one| one.trace.as_deref() == Some(trace)).unwrap();
        assert_eq!(row["user"].as_u64(), Some(one.user));
    }
    assert_eq!(results.csv("slowest").len(), rows.len());
}

#[test]
fn without_traceparent_there_is_no_trace_anywhere() {
    let _beside = beside_others();
    let (results, requests) = logged(&["--no-traceparent"]);
    assert!(!requests.is_empty() && requests.iter().all(|request| request.trace.is_none()));
    assert!(
        traces(&results.summary["failures"]).is_empty() && traces(&results.summary["slowest"]).is_empty()
    );
    assert!(!results.summary["slowest"].as_array().unwrap().is_empty());
}

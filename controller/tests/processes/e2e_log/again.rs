//! The report once more, from nothing but the logs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use testkit::runs::{Process, Results, START, binaries};

/// What is divided by how long a run took, which logs tell as far as their last request.
const BY_DURATION: [&str; 3] = ["rps", "failures_per_s", "tokens_per_s"];

/// The summary that `controller report LOGS` makes.
pub fn report(place: &Path, logs: &[&str]) -> Value {
    let mut command = binaries::controller();
    command.arg("report").args(logs).args(["again.md", "--json", "again.json", "--html", "again.html"]);
    command.current_dir(place);
    let ended = Process::start("controller report", command).wait(START);
    ended.expect_code(0);
    assert!(fs::read_to_string(place.join("again.md")).unwrap().contains("from_log"));
    serde_json::from_slice(&fs::read(place.join("again.json")).unwrap()).unwrap()
}

/// The kinds of its notes.
pub fn notes(made: &Value) -> Vec<&str> {
    made["notes"].as_array().unwrap().iter().filter_map(|note| note["kind"].as_str()).collect()
}

/// Panics unless the logs say what the run's own report says, to the digit.
pub fn expect_the_same(place: &Path, logs: &[&str], own: &Results) {
    let made = report(place, logs);
    let own = &own.summary;
    for part in ["total", "endpoints"] {
        assert_eq!(comparable(&made[part]), comparable(&own[part]), "{part}");
    }
    let mut streams = own["streams"].clone();
    streams["metrics"].as_object_mut().unwrap().remove("icl");
    assert_eq!(comparable(&made["streams"]), comparable(&streams));
    assert_eq!(failures(&made), failures(own));
    assert_eq!(slowest(&made), slowest(own));
    let figures = ["count", "failures", "cut", "p50_ms", "p95_ms", "p99_ms", "ttft_p50_ms", "ttft_p95_ms"];
    let stages = |of: &Value| -> Vec<Value> {
        let stages = of["stages"].as_array().unwrap().iter();
        stages.map(|stage| json!(figures.map(|figure| &stage[figure]))).collect()
    };
    assert_eq!(stages(&made), stages(own));
    assert_eq!(made["run"]["seed"], own["run"]["seed"]);
}

fn comparable(value: &Value) -> Value {
    match value {
        Value::Array(all) => all.iter().map(comparable).collect(),
        Value::Object(all) => {
            // The metric `tokens_per_s` is a distribution.
            let is_rate = |(name, value): &(&String, &Value)| {
                BY_DURATION.contains(&name.as_str()) && !value.is_object()
            };
            let kept = all.iter().filter(|field| !is_rate(field));
            kept.map(|(name, value)| (name.clone(), comparable(value))).collect()
        }
        other => other.clone(),
    }
}

fn failures(of: &Value) -> Vec<String> {
    let row = |row: &Value| {
        let fields = ["method", "name", "class", "text", "occurrences"].map(|field| row[field].to_string());
        fields.join(" ")
    };
    let mut all: Vec<String> = of["failures"].as_array().unwrap().iter().map(row).collect();
    all.sort();
    all
}

fn slowest(of: &Value) -> Vec<String> {
    let row =
        |row: &Value| ["what", "name", "ms", "user", "trace"].map(|field| row[field].to_string()).join(" ");
    of["slowest"].as_array().unwrap().iter().map(row).collect()
}

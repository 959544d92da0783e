//! The other shapes: what each of them sends, and what its report holds.

use common::text::number::{milliseconds, rounded};
use testkit::runs::results::number;
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, Results, beside_others, folder, run};

const CHAT: &str = "POST /chat/stream";

#[test]
fn mock_sends_nothing_to_the_stream_and_reports_the_first_table() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["--shape", "mock", "--time-scale", "0.1", "--seed", "7", "--think", "100ms..300ms"];
    let results = run(&backend.url(), &load, 1);
    let server = exact(&backend, &results);
    assert!(!server.contains_key(CHAT), "{server:?}");
    assert!(server["POST /threads/[id]/messages"] > 0, "canned answers are posted: {server:?}");
    assert_eq!(results.number("/streams/started"), 0);
    let figures = key_figures(&results);
    for label in ["Failure rate", "Peak throughput (one second)", "p95", "p99"] {
        assert!(figures.iter().any(|(name, _)| name == label), "no {label} in {figures:?}");
    }
    let requests = figures.iter().find(|(name, _)| name == "Requests").unwrap();
    assert_eq!(number(&requests.1), results.count());
    for endpoint in server.keys() {
        let label = format!("Median of `{endpoint}`");
        assert!(
            figures
                .iter()
                .any(|(name, value)| *name == label && (value.ends_with(" ms") || value.ends_with(" µs"))),
            "no {label}"
        );
    }
    assert!(!figures.iter().any(|(name, _)| name.contains("TTFT") || name.contains(CHAT)), "{figures:?}");
}

#[test]
fn the_variable_leaves_the_stream_alone_too() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["-u", "6", "-t", "2s", "--seed", "7", "--think", "50ms", "--local-workers", "1"];
    let change = |command: &mut std::process::Command| {
        command.env("LOADTEST_MOCK_LLM", "1");
    };
    let results =
        testkit::runs::Controller::start_with(&backend.url(), &load, change).passed(testkit::runs::RUN);
    assert!(!exact(&backend, &results).contains_key(CHAT));
}

#[test]
fn full_reports_the_second_table() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    let load = ["--shape", "full", "--time-scale", "0.03", "--seed", "7", "--think", "200ms..600ms"];
    let results = run(&backend.url(), &load, 1);
    let server = exact(&backend, &results);
    assert_eq!(server[CHAT], results.number("/streams/completed"));
    let figures = key_figures(&results);
    let streams = &results.summary["streams"];
    let expected = [
        ("Stream median (E2E)", &streams["metrics"]["e2e"]["p50"], milliseconds as fn(f64) -> String),
        ("TTFT p95", &streams["metrics"]["ttft"]["p95"], milliseconds),
        ("TTFT p99", &streams["metrics"]["ttft"]["p99"], milliseconds),
        ("Tokens", &streams["tokens_per_s"], |rate| format!("{} tokens/s", rounded(rate))),
    ];
    for (label, in_json, said) in expected {
        let (_, value) =
            figures.iter().find(|(name, _)| name == label).unwrap_or_else(|| panic!("no {label}"));
        let in_json = in_json.as_f64().unwrap();
        assert!(in_json > 0.0 && *value == said(in_json), "{label}: {in_json} {value}");
    }
    // Eight numbered tokens in every stream, all of them counted by the server too.
    assert_eq!(results.number("/streams/tokens"), 8 * server[CHAT]);
    assert_eq!(results.number("/streams/tokens_reported"), 8 * server[CHAT]);
    assert_eq!(results.number("/streams/metrics/icl/count"), 7 * server[CHAT]);
}

#[test]
fn crud_only_never_streams() {
    let _alone = beside_others();
    let backend = Backend::start(QUICK);
    // 500 users think longer than usual, so that a small machine carries them.
    let load = ["--shape", "crud-only", "--time-scale", "0.02", "--seed", "7", "--think", "1s..2s"];
    let results = run(&backend.url(), &load, 2);
    let server = exact(&backend, &results);
    assert!(!server.contains_key(CHAT), "{server:?}");
    assert_eq!(results.summary["run"]["classes"], serde_json::json!(["crud"]));
    assert_eq!(results.summary["run"]["users_target_peak"], 500);
}

#[test]
fn a_shape_of_a_file_runs_stage_by_stage() {
    let _alone = beside_others();
    let place = folder();
    let path = place.path().join("evening.toml");
    std::fs::write(&path, EVENING).unwrap();
    let backend = Backend::start(QUICK);
    let load = ["--shape", path.to_str().unwrap(), "--seed", "7", "--think", "50ms..150ms"];
    let results = run(&backend.url(), &load, 2);
    exact(&backend, &results);
    assert_eq!(results.shape, "evening");
    let stages: Vec<_> = results.csv("stages").iter().map(|row| row["Stage"].clone()).collect();
    assert_eq!(stages, ["warm up", "dinner", "night"]);
    let counts: Vec<_> = results.csv("stages").iter().map(|row| number(&row["Request Count"])).collect();
    assert!(counts.iter().take(2).all(|count| *count > 0), "{counts:?}");
    assert_eq!(counts.iter().sum::<u64>(), results.count());
}

/// Checks every count against the server's and returns them.
fn exact(backend: &Backend, results: &Results) -> std::collections::BTreeMap<String, u64> {
    let server = totals(&backend.settled());
    let mut reported = results.csv_counts();
    assert_eq!(reported.remove("Aggregated"), Some(results.count()));
    assert_eq!(reported, server);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    server
}

fn key_figures(results: &Results) -> Vec<(String, String)> {
    results.table("Key figures")[1..].iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

const EVENING: &str = r#"
name = "evening"

[[stage]]
name = "warm up"
duration = "1s"
users = 6
spawn_rate = 12

[[stage]]
name = "dinner"
duration = "2s"
users = 18
spawn_rate = 24

[[stage]]
name = "night"
duration = "1s"
users = 0
spawn_rate = 36
"#;

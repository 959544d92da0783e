//! Failures whose texts differ in a number alone, and what the service calls them.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use testkit::runs::beside_others;

use super::kinds::{json_of, rest, run, start};

/// A header's value that the service quotes as what it calls a failure.
const KEY: &str = "tenant-7qz-of-load";

/// Each second thread finds no connection to the database, each other one loses its locks, and now and then a query is
/// wrong.
fn by_state(method: &str, path: &str, _: &str, number: u64) -> Response {
    if (method, path) != ("POST", "/threads") {
        return rest(method);
    }
    let state = ["53300", "40001", "53300", "42601"][(number % 4) as usize];
    let error = json!({"message": format!("pq {number}: SQLSTATE {state}"), "type": "db_error", "code": KEY});
    json_of(StatusCode::INTERNAL_SERVER_ERROR, json!({"error": error}).to_string())
}

#[test]
fn texts_that_differ_in_a_number_are_rows_by_what_gave_way() {
    let _beside = beside_others();
    let (at, seen) = start(by_state);
    let key = format!("x-tenant: {KEY}");
    let flags = ["--classes", "crud", "--header", &key, "--threshold", "failures<1%"];
    let (results, code) = run(&format!("http://{at}"), "", &flags);
    assert_eq!(code, 99);
    let rows = results.summary["failures"].as_array().unwrap();
    let counts: BTreeMap<&str, u64> = rows
        .iter()
        .map(|row| (row["text"].as_str().unwrap(), row["occurrences"].as_u64().unwrap()))
        .collect();
    let words = "HTTP 500: pq #: SQLSTATE # (type db_error, code ***)";
    let kinds = ["", "  (database connections)", "  (locks)"].map(|cause| format!("{words}{cause}"));
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), kinds, "{rows:?}");
    let refused = seen.lock().unwrap()[&("POST /threads".to_owned(), false)];
    assert_eq!(counts.values().sum::<u64>(), refused, "every one counts");
    // Each example is of its row's own cause.
    for (kind, state) in kinds.iter().zip(["42601", "53300", "40001"]) {
        let row = rows.iter().find(|row| row["text"] == kind.as_str()).unwrap();
        assert!(row["example"].as_str().unwrap().contains(state), "{row}");
    }
    assert!(!format!("{}{}", results.summary, results.markdown).contains("7qz"), "{}", results.markdown);
}

//! Services as people have them, a run of each: below a path, behind another name, with ids of any form, compressed,
//! failing at once, each time in other words, and answering well without a word.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use testkit::runs::{Controller, RUN, Results, beside_others, folder};

use crate::e2e_users::serve;

/// What came: a request's method and path, and whether the service liked it.
pub(super) type Seen = Arc<Mutex<BTreeMap<(String, bool), u64>>>;
/// The answer to a method, a path, a host, and the number of the request.
pub(super) type Answer = fn(&str, &str, &str, u64) -> Response;

pub(super) fn start(answer: Answer) -> (SocketAddr, Seen) {
    let (seen, last) = (Seen::default(), Arc::new(Mutex::new(0)));
    let shared = Arc::clone(&seen);
    let app = Router::new().fallback(move |request: Request| {
        let number = {
            let mut last = last.lock().unwrap();
            *last += 1;
            *last
        };
        let host = request.headers().get(header::HOST).map_or("", |host| host.to_str().unwrap()).to_owned();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = answer(&method, &path, &host, number);
        if !request.headers().contains_key("x-loadtest-probe") {
            let key = (format!("{method} {path}"), response.status().is_success());
            *shared.lock().unwrap().entry(key).or_default() += 1;
        }
        async { response }
    });
    (serve(app), seen)
}

pub(super) fn json_of(status: StatusCode, body: impl Into<String>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

/// The REST calls of the default API.
pub(super) fn rest(method: &str) -> Response {
    match method {
        "GET" => json_of(StatusCode::OK, "[]"),
        "POST" => json_of(StatusCode::CREATED, "{}"),
        "DELETE" => StatusCode::NO_CONTENT.into_response(),
        _ => json_of(StatusCode::OK, "{}"),
    }
}

/// A run of two seconds; its results and its exit code.
pub(super) fn run(host: &str, file: &str, flags: &[&str]) -> (Results, i32) {
    let place = folder();
    let api = place.path().join("kind.toml");
    fs::write(&api, file).unwrap();
    let own = ["-u", "3", "-t", "2s", "--think", "10ms..40ms", "--local-workers", "1", "--api"];
    let mut controller = Controller::start(host, &[&own[..], &[api.to_str().unwrap()], flags].concat());
    let ended = controller.process.wait(RUN);
    let code = ended.status.code().unwrap();
    let results = Results::read(&controller.results());
    let all_failed = results.number("/total/count") == results.number("/total/failures");
    // A missed threshold comes first; of the others one of which every request failed has measured nothing.
    assert!(code == 99 || code == i32::from(all_failed), "{code}: {}", ended.stderr);
    (results, code)
}

const CRUD: [&str; 2] = ["--classes", "crud"];
pub(super) const STREAM: [&str; 2] = ["--classes", "stream"];

#[test]
fn a_service_below_a_path_or_behind_another_name_is_reached() {
    let _beside = beside_others();
    let (at, seen) = start(|method, path, _, _| match path.strip_prefix("/api/v2/threads") {
        Some(_) => rest(method),
        None => StatusCode::NOT_FOUND.into_response(),
    });
    let (results, _) = run(&format!("http://{at}/api/v2"), "", &CRUD);
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    assert!(seen.lock().unwrap().keys().all(|(_, liked)| *liked));
    assert!(results.json_counts().contains_key("GET /threads"), "rows are named without it");

    let (at, seen) = start(|method, _, host, _| match host {
        "chat.internal" => rest(method),
        _ => (StatusCode::MISDIRECTED_REQUEST, "no such host").into_response(),
    });
    let there = at.to_string();
    let (results, _) = run("http://chat.internal", "", &[&CRUD[..], &["--connect-to", &there]].concat());
    assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
    assert!(!seen.lock().unwrap().is_empty());
}

/// Knows the ids that it gave, to the letter, in paths.
fn by_id(
    method: &str,
    path: &str,
    id: fn(u64) -> String,
    in_path: fn(u64) -> String,
    number: u64,
) -> Response {
    let Some(rest_of) = path.strip_prefix("/threads/") else {
        return match method {
            "POST" => json_of(StatusCode::CREATED, format!("{{\"id\":{}}}", id(number))),
            _ => rest(method),
        };
    };
    let given = rest_of.strip_suffix("/messages").unwrap_or(rest_of);
    match (1..number).any(|number| in_path(number) == given) {
        true => rest(method),
        false => (StatusCode::NOT_FOUND, format!("unknown thread {given}")).into_response(),
    }
}

#[test]
fn ids_of_any_form_are_kept_to_the_letter() {
    let _beside = beside_others();
    let services: [Answer; 3] = [
        // As chat platforms name them, 300 bytes long.
        |method, path, _, number| {
            by_id(
                method,
                path,
                |n| format!("\"19:{}{n}@thread.v2\"", "m".repeat(300)),
                |n| format!("19%3A{}{n}%40thread.v2", "m".repeat(300)),
                number,
            )
        },
        // A number beyond what a double holds.
        |method, path, _, number| {
            by_id(
                method,
                path,
                |n| (9_007_199_254_740_993 + n).to_string(),
                |n| (9_007_199_254_740_993 + n).to_string(),
                number,
            )
        },
        // Everything that a path reserves.
        |method, path, _, number| {
            by_id(
                method,
                path,
                |n| format!("\"a/b%2F c?d#{n}\""),
                |n| format!("a%2Fb%252F%20c%3Fd%23{n}"),
                number,
            )
        },
    ];
    for answer in services {
        let (at, seen) = start(answer);
        let (results, _) = run(&format!("http://{at}"), "thread_id_field = 'id'", &CRUD);
        assert_eq!(results.number("/total/failures"), 0, "{}", results.markdown);
        let known =
            seen.lock().unwrap().keys().filter(|(row, liked)| row.contains("/threads/") && *liked).count();
        assert!(known > 2, "{:?}", seen.lock().unwrap());
    }
}

#[test]
fn what_comes_compressed_unasked_is_named_in_streams_and_in_calls() {
    let _beside = beside_others();
    let (at, _) = start(|_, path, _, _| {
        let kind = if path == "/chat/stream" { "text/event-stream" } else { "application/json" };
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_ENCODING, "gzip")];
        (headers, vec![0x1f, 0x8b, 8, 0, 0]).into_response()
    });
    for classes in [STREAM, CRUD] {
        let (results, _) = run(&format!("http://{at}"), "thread_id_field = 'id'", &classes);
        let failures = results.csv("failures");
        assert!(!failures.is_empty());
        for row in &failures {
            assert!(row["Error"].starts_with("encoded: the body is compressed (gzip) though no"), "{row:?}");
        }
    }
}

#[test]
fn failures_that_all_differ_are_a_row_and_fast_ones_meet_no_bound() {
    let _beside = beside_others();
    let (at, seen) = start(|method, path, _, number| match (method, path) {
        ("GET", "/threads") => rest(method),
        ("POST", "/threads") => rest(method),
        ("GET", _) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("Traceback: <Task {number} at 0x7f3a{number:08x}>"))
                .into_response()
        }
        ("PATCH", _) => {
            let words =
                format!("request {number:08x}-7425-40de-944b-e07fc1f90ae7: no room for {number} of 100");
            json_of(
                StatusCode::SERVICE_UNAVAILABLE,
                json!({"error": {"message": words}, "at": number}).to_string(),
            )
        }
        ("DELETE", _) => (StatusCode::BAD_GATEWAY, "<html><title>502 Bad Gateway</title>").into_response(),
        _ => {
            let place = json!({"loc": ["body", "content"], "msg": format!("too long by {number}")});
            json_of(StatusCode::UNPROCESSABLE_ENTITY, json!({"detail": [place]}).to_string())
        }
    });
    let (results, code) =
        run(&format!("http://{at}"), "", &[&CRUD[..], &["--threshold", "p95<500ms"]].concat());
    assert_eq!(code, 99, "a bound that failures alone meet is missed");
    let refused: u64 =
        seen.lock().unwrap().iter().filter(|((_, liked), _)| !liked).map(|(_, count)| count).sum();
    assert_eq!(results.number("/total/failures"), refused);
    let rows = results.summary["failures"].as_array().unwrap();
    let words: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    for wanted in [
        "HTTP 500: Traceback: <Task # at #>",
        "HTTP 503: request #: no room for # of #",
        "HTTP 502: 502 Bad Gateway",
        "HTTP 422: body.content: too long by #",
    ] {
        assert_eq!(words.iter().filter(|text| **text == wanted).count(), 1, "{wanted}: {words:?}");
    }
    assert_eq!(rows.len(), 4, "{words:?}");
    for row in rows.iter().filter(|row| row["text"].as_str().unwrap().contains('#')) {
        assert!(!row["example"].as_str().unwrap().contains('#'), "{row}");
    }
}

#[test]
fn answers_that_end_well_without_a_word_are_no_success() {
    let _beside = beside_others();
    let (at, seen) = start(|method, path, _, _| match path {
        "/chat/stream" => {
            let events = "data: {\"type\":\"start\"}\n\ndata: {\"type\":\"done\"}\n\n";
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        _ => rest(method),
    });
    let flags = [&STREAM[..], &["--threshold", "e2e.p95<5s"]].concat();
    let (results, code) = run(&format!("http://{at}"), "", &flags);
    let asked = seen.lock().unwrap()[&("POST /chat/stream".to_owned(), true)];
    assert_eq!((code, results.number("/streams/failed")), (99, asked));
    assert_eq!(results.failures()["empty_answer"], asked);
    assert!(results.markdown.contains("showed no text"), "{}", results.markdown);
    // Whoever says that this is fine gets it.
    let (results, code) = run(&format!("http://{at}"), "[stream]\nempty_answer = 'ok'\n", &STREAM);
    assert_eq!((code, results.number("/streams/failed")), (0, 0));
}

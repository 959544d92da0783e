//! Answers in which there is nothing to read: they end well without a word, or are compressed though nobody asked.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use testkit::runs::{Results, beside_others};

use super::kinds::{Answer, STREAM, Seen, json_of, rest, run, start};

/// Questions that came.
fn asked(seen: &Seen, row: &str) -> u64 {
    let seen = seen.lock().unwrap();
    [true, false].iter().filter_map(|liked| seen.get(&(row.to_owned(), *liked))).sum()
}

/// What a run of streams on such a service has: its results, its exit code, the questions.
fn asked_of(answer: Answer, file: &str, row: &str) -> (Results, i32, u64) {
    let (at, seen) = start(answer);
    let flags = [&STREAM[..], &["--threshold", "e2e.p95<5s", "--threshold", "failures<1%"]].concat();
    let (results, code) = run(&format!("http://{at}"), file, &flags);
    (results, code, asked(&seen, row))
}

/// Ollama, whose model is being loaded: one line, which is well and complete.
fn loading(method: &str, path: &str, _: &str, _: u64) -> Response {
    match (method, path) {
        ("POST", "/api/chat") => {
            let line = json!({"model": "m", "message": {"role": "assistant", "content": ""}, "done": true,
                              "done_reason": "load"});
            ([(header::CONTENT_TYPE, "application/x-ndjson")], format!("{line}\n")).into_response()
        }
        _ => json_of(StatusCode::OK, "{}"),
    }
}

#[test]
fn a_model_that_only_loads_has_answered_nobody() {
    let _beside = beside_others();
    let (results, code, asked) = asked_of(loading, "preset = 'ollama'\n", "POST /api/chat");
    assert!(asked > 10, "{asked}");
    assert_eq!((code, results.failures()["empty_answer"]), (99, asked), "{}", results.markdown);
    assert_eq!(results.number("/streams/completed"), 0);
    assert!(results.markdown.contains("showed no text"), "{}", results.markdown);
    let passed = |row: &&serde_json::Value| row["verdict"] == "pass";
    assert_eq!(results.summary["thresholds"].as_array().unwrap().iter().filter(passed).count(), 0);
}

/// Anthropic, which refuses every third question: all that a message has, but no block in it.
fn refusing(method: &str, path: &str, _: &str, number: u64) -> Response {
    if (method, path) != ("POST", "/v1/messages") {
        return json_of(StatusCode::OK, "{\"data\":[]}");
    }
    let words = [
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes."}}),
        json!({"type": "content_block_stop", "index": 0}),
    ];
    let refuses = number.is_multiple_of(3);
    let reason = if refuses { "refusal" } else { "end_turn" };
    let first = json!({"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 9}}});
    let last = [
        json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let all = [first].into_iter().chain(words.into_iter().filter(|_| !refuses)).chain(last);
    let events: String =
        all.map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())).collect();
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}

#[test]
fn refusals_without_a_word_are_counted_beside_good_answers() {
    let _beside = beside_others();
    let (results, code, asked) = asked_of(refusing, "preset = 'anthropic'\n", "POST /v1/messages");
    let empty = results.failures()["empty_answer"];
    // Requests are numbered as they come, a probe or two among them.
    assert!(empty.abs_diff(asked / 3) <= 2 && empty > 3, "{empty} of {asked}");
    assert_eq!((code, results.number("/streams/failed")), (99, empty), "{}", results.markdown);
    assert_eq!(results.number("/streams/completed"), asked - empty);
    let first_text = results.summary["streams"]["metrics"]["ttft"]["count"].as_u64();
    assert_eq!(first_text, Some(asked - empty), "an answer without text has no first text");
}

/// What whoever cannot decompress sees of a compressed text.
const PACKED: [u8; 12] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56];

/// A proxy that compresses its own errors alone, and calls plain bodies so in capital letters.
fn packed_errors(method: &str, path: &str, _: &str, number: u64) -> Response {
    match path {
        "/chat/stream" if number.is_multiple_of(2) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
            (StatusCode::BAD_GATEWAY, headers, PACKED.to_vec()).into_response()
        }
        "/chat/stream" => {
            let headers =
                [(header::CONTENT_TYPE, "text/event-stream"), (header::CONTENT_ENCODING, "Identity")];
            let events = "data: {\"type\":\"token\",\"content\":\"a\"}\n\ndata: {\"type\":\"done\"}\n\n";
            (headers, events).into_response()
        }
        _ => rest(method),
    }
}

/// No face of the run shows the bytes of a compressed body.
fn expect_readable(results: &Results) {
    for face in
        [results.summary.to_string(), results.markdown.clone(), format!("{:?}", results.csv("failures"))]
    {
        assert!(!face.contains(['\u{FFFD}', '\u{1f}']) && !face.contains("\\u001f"), "{face}");
    }
}

#[test]
fn an_error_that_comes_compressed_is_told_by_its_status_and_that() {
    let _beside = beside_others();
    let (results, code, asked) = asked_of(packed_errors, "", "POST /chat/stream");
    let failures = results.csv("failures");
    assert_eq!((code, failures.len()), (99, 1), "plain bodies are read: {failures:?}");
    assert!(failures[0]["Error"].contains("HTTP 502, its body compressed (gzip)"), "{failures:?}");
    let failed = results.number("/streams/failed");
    assert!(failed > 3 && results.number("/streams/completed") == asked - failed, "{failed} of {asked}");
    expect_readable(&results);
}

/// A service that answers in two parts, behind something that compresses the first with Brotli.
fn packed_question(method: &str, path: &str, _: &str, _: u64) -> Response {
    match (method, path.ends_with("/runs")) {
        ("POST", true) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "br")];
            (StatusCode::CREATED, headers, PACKED.to_vec()).into_response()
        }
        _ => rest(method),
    }
}

#[test]
fn an_id_in_a_compressed_answer_is_no_wrong_path() {
    let _beside = beside_others();
    let file = "[chat]\npath = '/runs'\nbody = '{}'\ncapture = { run = 'id' }\n\
                [chat.events]\npath = '/runs/${run}/events'\n";
    let (results, code, asked) = asked_of(packed_question, file, "POST /runs");
    let failures = results.csv("failures");
    assert_eq!((code, failures.len()), (99, 1), "{failures:?}");
    let told = &failures[0]["Error"];
    assert!(told.starts_with("encoded: the body is compressed (br) though no"), "{failures:?}");
    assert!(!told.contains("capture"), "{failures:?}");
    assert_eq!(results.number("/streams/failed"), asked, "a question that fails is a failed stream");
    expect_readable(&results);
}

//! The model's APIs, streamed and whole: what a client reads, and what is counted of it.

mod failures;
mod heard;

use std::net::SocketAddr;

use backend::{BackendSettings, FinishedRequest, RequestOutcome, Running};
use serde_json::{Value, json};

use crate::support::http::{Reply, open};
use crate::support::{MS, count, quick, start};
use heard::{Heard, streamed, whole};

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const EMBEDDINGS: &str = "/v1/embeddings";

async fn model(change: impl FnOnce(&mut BackendSettings)) -> Running {
    let mut settings = BackendSettings { model: true, ..quick() };
    change(&mut settings);
    start(settings).await
}

async fn post(addr: SocketAddr, path: &str, body: &Value) -> Reply {
    open(addr, "POST", path, Some(&body.to_string()), "").await.finish().await
}

/// A request of each API by its path: six words are asked.
fn asked(path: &str, model: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "one two three [0a1b2c3d] five six"}]);
    match path {
        CHAT => json!({"model": model, "messages": messages, "stream": stream,
            "stream_options": {"include_usage": true}}),
        RESPONSES => json!({"model": model, "input": messages, "stream": stream}),
        _ => json!({"model": model, "messages": messages, "stream": stream, "max_tokens": 1024}),
    }
}

/// The tool `f`, as each API has it.
fn with_tool(path: &str, mut body: Value) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    body["tools"] = match path {
        CHAT => json!([{"type": "function", "function": {"name": "f", "parameters": schema}}]),
        RESPONSES => json!([{"type": "function", "name": "f", "parameters": schema}]),
        _ => json!([{"name": "f", "input_schema": schema}]),
    };
    body
}

async fn hear(addr: SocketAddr, path: &str, body: &Value) -> Heard {
    let reply = post(addr, path, body).await;
    assert_eq!((reply.status, reply.complete), (200, true), "{path}: {}", reply.body);
    let is_stream = body["stream"] == true;
    let kind = if is_stream { "text/event-stream" } else { "application/json" };
    assert_eq!(reply.headers["content-type"], kind);
    if is_stream { streamed(path, &reply.body) } else { whole(path, &reply.json()) }
}

fn words(letter: char, count: u32) -> String {
    (0..count).map(|n| format!("{letter}{n} ")).collect()
}

/// How each API says that an answer ended by itself, by its length, by calls.
fn ends(path: &str) -> [&'static str; 3] {
    match path {
        CHAT => ["stop", "length", "tool_calls"],
        RESPONSES => ["completed", "incomplete", "completed"],
        _ => ["end_turn", "max_tokens", "tool_use"],
    }
}

async fn told(addr: SocketAddr) -> Vec<FinishedRequest> {
    let reply = open(addr, "GET", "/_sandbox/requests", None, "").await.finish().await;
    reply.body.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn every_api_gives_the_same_answer_streamed_and_whole_and_all_are_counted() {
    let server = model(|_| {}).await;
    let addr = server.addr();
    let mut seq = 0;
    for path in [CHAT, RESPONSES, MESSAGES] {
        for stream in [true, false] {
            let [stop, length, calls] = ends(path);
            let reasoning_told = |tokens| if path == MESSAGES { 0 } else { tokens };
            let text = hear(addr, path, &asked(path, "sandbox?tokens=9", stream)).await;
            let expected = Heard {
                text: words('w', 9),
                finish: stop.to_owned(),
                usage: [6, 0, 9, 0],
                ended: true,
                ..Heard::default()
            };
            assert_eq!(text, expected, "{path} {stream}");

            let thought = hear(addr, path, &asked(path, "m?tokens=3&reasoning=4", stream)).await;
            assert_eq!((thought.reasoning, thought.text), (words('r', 4), words('w', 3)));
            assert_eq!(thought.usage, [6, 0, 7, reasoning_told(4)]);

            let called = hear(addr, path, &with_tool(path, asked(path, "m?tools=1", stream))).await;
            let arguments = r#"{"city":"w0 w1"}"#;
            assert_eq!(called.calls, [("f".to_owned(), arguments.to_owned())], "{path} {stream}");
            assert_eq!((called.finish.as_str(), called.text.as_str()), (calls, ""));
            assert_eq!(called.usage[2], arguments.len() as u64 / 4);

            let mut short = asked(path, "m?tokens=9", stream);
            let field = if path == RESPONSES { "max_output_tokens" } else { "max_tokens" };
            short[field] = json!(4);
            let short = hear(addr, path, &short).await;
            assert_eq!((short.text, short.finish.as_str(), short.usage[2]), (words('w', 4), length, 4));

            let told = told(addr).await;
            let tokens: Vec<u32> = told[seq..].iter().map(|one| one.tokens).collect();
            assert_eq!(tokens, [9, 7, 4, 4], "{path} {stream}");
            for one in &told[seq..] {
                assert_eq!((one.path.as_str(), one.status, one.outcome), (path, 200, RequestOutcome::Ok));
                assert_eq!(one.nonce.as_deref(), Some("0a1b2c3d"));
                assert!(one.model.is_some() && one.started_us.is_some() && one.first_us.is_some());
                assert_eq!(one.gaps_us == 0, !stream, "{one:?}");
            }
            seq += 4;
        }
    }
    let counts = server.counts();
    assert_eq!((counts.streams.started, counts.streams.completed, counts.streams.in_progress), (24, 24, 0));
    for path in [CHAT, RESPONSES, MESSAGES] {
        assert_eq!(count(&counts, &format!("POST {path}"), 200), 8);
    }
    assert_eq!((counts.requests.len(), server.ttft().count), (3, 24));
}

#[tokio::test]
async fn after_a_tool_has_answered_comes_text() {
    let server = model(|s| (s.tools, s.tokens) = (2, 2)).await;
    let addr = server.addr();
    for path in [CHAT, RESPONSES, MESSAGES] {
        let body = with_tool(path, asked(path, "m", true));
        assert_eq!(hear(addr, path, &body).await.calls.len(), 2, "{path}");
        let (mut refused, mut answered) = (body.clone(), body);
        refused["tool_choice"] = if path == MESSAGES { json!({"type": "none"}) } else { json!("none") };
        assert_eq!(hear(addr, path, &refused).await.text, "w0 w1 ");
        let field = if path == RESPONSES { "input" } else { "messages" };
        let result = match path {
            CHAT => json!({"role": "tool", "tool_call_id": "c", "content": "it rains"}),
            RESPONSES => json!({"type": "function_call_output", "call_id": "c", "output": "it rains"}),
            _ => json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "it rains"}]}]}),
        };
        answered[field].as_array_mut().unwrap().push(result);
        let heard = hear(addr, path, &answered).await;
        assert_eq!((heard.text.as_str(), heard.usage[0]), ("w0 w1 ", 8), "{path}");
    }
}

#[tokio::test]
async fn a_name_sets_the_pace_to_the_token() {
    let server = model(|s| s.ttft = 600_000 * MS).await;
    let begun = std::time::Instant::now();
    let heard = hear(server.addr(), CHAT, &asked(CHAT, "x?ttft=60ms&tokens=21&token-gap=4ms", true)).await;
    assert!(heard.ended && begun.elapsed() >= 140 * MS);
    let told = told(server.addr()).await;
    let started = told[0].started_us.unwrap();
    assert!(told[0].first_us.unwrap() - started >= 60_000 && told[0].last_us.unwrap() - started >= 140_000);
}

#[tokio::test]
async fn cached_words_are_told_as_each_api_has_them() {
    let server = model(|s| s.prefix_cache = true).await;
    let prompt = words('p', 40);
    for (path, fresh) in [(CHAT, 40), (MESSAGES, 8)] {
        server.reset();
        let mut body = asked(path, "m", false);
        body["messages"][0]["content"] = json!(prompt);
        hear(server.addr(), path, &body).await;
        assert_eq!(hear(server.addr(), path, &body).await.usage[..2], [fresh, 32], "{path}");
    }
}

#[tokio::test]
async fn slots_and_batches_hold_for_streams_and_whole_answers_alike() {
    for batch in [false, true] {
        let server = model(|s| match batch {
            true => (s.stream_slots, s.engine.batch_slots) = (0, Some(2)),
            false => s.stream_slots = 2,
        })
        .await;
        let addr = server.addr();
        let mut all = Vec::new();
        for n in 0..10 {
            let path = [CHAT, RESPONSES, MESSAGES][n % 3];
            let body = asked(path, "m?ttft=20ms&tokens=4", n % 2 == 0);
            all.push(tokio::spawn(async move { hear(addr, path, &body).await }));
        }
        for one in all {
            let heard = one.await.unwrap();
            assert!(heard.ended && heard.text == words('w', 4));
        }
        let streams = server.counts().streams;
        assert_eq!((streams.completed, streams.producing_peak), (10, 2), "batch {batch}");
    }
}

#[tokio::test]
async fn json_is_given_where_it_is_asked_for() {
    let server = model(|_| {}).await;
    let schema = json!({"type": "object", "properties": {"ok": {"type": "boolean"}}});
    let mut chat = asked(CHAT, "m", true);
    chat["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}});
    let mut responses = asked(RESPONSES, "m", false);
    responses["text"] = json!({"format": {"type": "json_schema", "name": "n", "schema": schema}});
    for (path, body) in [(CHAT, chat), (RESPONSES, responses)] {
        assert_eq!(hear(server.addr(), path, &body).await.text, r#"{"ok":true}"#, "{path}");
    }
}

#[tokio::test]
async fn models_and_embeddings_answer_at_once() {
    let server = model(|s| s.stream_slots = 1).await;
    let addr = server.addr();
    let get =
        |path: &'static str| async move { open(addr, "GET", path, None, "").await.finish().await.json() };
    assert_eq!(get("/v1/models").await["data"][0]["id"], "sandbox");
    assert_eq!(get("/v1/models/gpt-x").await["id"], "gpt-x");
    let asked = |text: &str| json!({"model": "e", "input": text, "dimensions": 8});
    let one = post(addr, EMBEDDINGS, &asked("two words")).await.json();
    assert_eq!(one, post(addr, EMBEDDINGS, &asked("two words")).await.json());
    assert_ne!(one["data"], post(addr, EMBEDDINGS, &asked("other words")).await.json()["data"]);
    assert_eq!(
        (one["usage"]["prompt_tokens"].as_u64(), one["data"][0]["embedding"][7].is_number()),
        (Some(2), true)
    );
    let counts = server.counts();
    assert_eq!((count(&counts, "GET /v1/models", 200), count(&counts, "GET /v1/models/[id]", 200)), (1, 1));
    assert_eq!((count(&counts, "POST /v1/embeddings", 200), counts.streams.started), (3, 0));
    assert_eq!(told(addr).await.len(), 3);
}

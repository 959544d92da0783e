//! The model's APIs, streamed and whole: what a client reads, and what is counted of it.

use std::net::SocketAddr;

use backend::{BackendSettings, Counts, FinishedRequest, RequestOutcome, Running};
use serde_json::{Value, json};

use crate::support::http::{Reply, open};
use crate::support::{MS, count, eventually, quick, start};

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

/// What any client reads of an answer.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    reasoning: String,
    text: String,
    calls: Vec<(String, String)>,
    finish: String,
    /// Prompt, cached, completion and reasoning tokens.
    usage: [u64; 4],
    error: bool,
    ended: bool,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn usage_of(path: &str, usage: &Value) -> [u64; 4] {
    let at = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    match path {
        CHAT => [
            at("/prompt_tokens"),
            at("/prompt_tokens_details/cached_tokens"),
            at("/completion_tokens"),
            at("/completion_tokens_details/reasoning_tokens"),
        ],
        RESPONSES => [
            at("/input_tokens"),
            at("/input_tokens_details/cached_tokens"),
            at("/output_tokens"),
            at("/output_tokens_details/reasoning_tokens"),
        ],
        _ => [at("/input_tokens"), at("/cache_read_input_tokens"), at("/output_tokens"), 0],
    }
}

fn whole(path: &str, body: &Value) -> Heard {
    let mut heard = Heard { usage: usage_of(path, &body["usage"]), ended: true, ..Heard::default() };
    match path {
        CHAT => {
            let choice = &body["choices"][0];
            let message = &choice["message"];
            heard.finish = text(&choice["finish_reason"]).to_owned();
            heard.text = text(&message["content"]).to_owned();
            heard.reasoning = text(&message["reasoning_content"]).to_owned();
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let (name, arguments) = (&call["function"]["name"], &call["function"]["arguments"]);
                heard.calls.push((text(name).to_owned(), text(arguments).to_owned()));
            }
        }
        RESPONSES => {
            heard.finish = text(&body["status"]).to_owned();
            for item in body["output"].as_array().into_iter().flatten() {
                match text(&item["type"]) {
                    "reasoning" => heard.reasoning += text(&item["summary"][0]["text"]),
                    "message" => heard.text += text(&item["content"][0]["text"]),
                    _ => heard
                        .calls
                        .push((text(&item["name"]).to_owned(), text(&item["arguments"]).to_owned())),
                }
            }
        }
        _ => {
            heard.finish = text(&body["stop_reason"]).to_owned();
            for block in body["content"].as_array().into_iter().flatten() {
                match text(&block["type"]) {
                    "thinking" => heard.reasoning += text(&block["thinking"]),
                    "text" => heard.text += text(&block["text"]),
                    _ => heard.calls.push((text(&block["name"]).to_owned(), block["input"].to_string())),
                }
            }
        }
    }
    heard
}

/// Puts a stream together again.
fn streamed(path: &str, body: &str) -> Heard {
    let mut heard = Heard::default();
    for data in body.lines().filter_map(|line| line.strip_prefix("data: ")) {
        if data == "[DONE]" {
            heard.ended = true;
            continue;
        }
        let event: Value = serde_json::from_str(data).unwrap();
        let delta = &event["delta"];
        match (path, text(&event["type"])) {
            (CHAT, _) => {
                heard.error |= event.get("error").is_some();
                let (choice, delta) = (&event["choices"][0], &event["choices"][0]["delta"]);
                heard.text += text(&delta["content"]);
                heard.reasoning += text(&delta["reasoning_content"]);
                heard.finish += text(&choice["finish_reason"]);
                for call in delta["tool_calls"].as_array().into_iter().flatten() {
                    if let Some(name) = call["function"]["name"].as_str() {
                        heard.calls.push((name.to_owned(), String::new()));
                    }
                    let place = call["index"].as_u64().unwrap() as usize;
                    heard.calls[place].1 += text(&call["function"]["arguments"]);
                }
                if event["usage"].is_object() {
                    heard.usage = usage_of(path, &event["usage"]);
                }
            }
            (_, "response.output_text.delta") => heard.text += text(delta),
            (_, "response.reasoning_summary_text.delta") => heard.reasoning += text(delta),
            (_, "response.output_item.added") if event["item"]["type"] == "function_call" => {
                heard.calls.push((text(&event["item"]["name"]).to_owned(), String::new()));
            }
            (_, "response.function_call_arguments.delta") => heard.calls.last_mut().unwrap().1 += text(delta),
            (_, "response.completed" | "response.incomplete") => {
                // The response at the end is the one that a whole answer is.
                let all = whole(path, &event["response"]);
                assert_eq!(
                    (&all.text, &all.reasoning, &all.calls),
                    (&heard.text, &heard.reasoning, &heard.calls)
                );
                (heard.finish, heard.usage, heard.ended) = (all.finish, all.usage, true);
            }
            (_, "response.failed" | "error") => heard.error = true,
            (_, "message_start") => heard.usage = usage_of(path, &event["message"]["usage"]),
            (_, "content_block_start") if event["content_block"]["type"] == "tool_use" => {
                heard.calls.push((text(&event["content_block"]["name"]).to_owned(), String::new()));
            }
            (_, "content_block_delta") => {
                heard.text += text(&delta["text"]);
                heard.reasoning += text(&delta["thinking"]);
                if let Some(part) = delta["partial_json"].as_str() {
                    heard.calls.last_mut().unwrap().1 += part;
                }
            }
            (_, "message_delta") => {
                heard.finish = text(&delta["stop_reason"]).to_owned();
                heard.usage[2] = usage_of(path, &event["usage"])[2];
            }
            (_, "message_stop") => heard.ended = true,
            _ => {}
        }
    }
    heard
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
async fn errors_have_the_shape_of_their_api() {
    let server = model(|s| {
        (s.stream_slots, s.admission.queue_limit) = (1, Some(0));
    })
    .await;
    let addr = server.addr();
    for path in [CHAT, RESPONSES, MESSAGES, EMBEDDINGS] {
        let is_anthropic = path == MESSAGES;
        let kind = |reply: &Reply| reply.json()["error"]["type"].as_str().unwrap().to_owned();
        for (body, status) in [("{", 400), (r#"{"model":"m"}"#, 400)] {
            let reply = open(addr, "POST", path, Some(body), "").await.finish().await;
            assert_eq!((reply.status, kind(&reply).as_str()), (status, "invalid_request_error"), "{path}");
            assert_eq!(reply.json()["type"] == "error", is_anthropic);
        }
        if path == EMBEDDINGS {
            continue;
        }
        let reply = post(addr, path, &asked(path, "m?colour=red", true)).await;
        assert_eq!(reply.status, 400);
        assert!(reply.body.contains("token-gap"), "{}", reply.body);
        let reply = post(addr, path, &asked(path, "m?fault=http_429", true)).await;
        assert_eq!((reply.status, reply.headers["retry-after"].as_str()), (429, "1"));
        assert_eq!(kind(&reply), if is_anthropic { "rate_limit_error" } else { "requests" });
        assert_eq!(post(addr, path, &asked(path, "m?fault=http_500", false)).await.status, 500);

        let held = open(addr, "POST", path, Some(&asked(path, "m?ttft=1h", true).to_string()), "").await;
        let reply = post(addr, path, &asked(path, "m", true)).await;
        assert_eq!(reply.status, if is_anthropic { 529 } else { 503 });
        drop(held);
        eventually(&server, |counts| counts.streams.in_progress == 0).await;
    }
    for (method, path) in [("POST", "/v1/completions"), ("GET", "/nothing")] {
        let reply = open(addr, method, path, None, "").await.finish().await;
        assert_eq!(reply.status, 404);
        assert!(reply.json()["error"]["message"].as_str().unwrap().contains(CHAT));
    }
    let without = start(quick()).await;
    assert_eq!(post(without.addr(), CHAT, &asked(CHAT, "m", true)).await.status, 404);
    assert_eq!(count(&without.counts(), "OTHER", 404), 1);
}

#[tokio::test]
async fn faults_strike_streams_and_whole_answers_and_are_counted() {
    let server = model(|s| s.stall = 30 * MS).await;
    let addr = server.addr();
    for path in [CHAT, RESPONSES, MESSAGES] {
        for stream in [true, false] {
            let reply = post(addr, path, &asked(path, "m?fault=error_event", stream)).await;
            match stream {
                true => assert!(streamed(path, &reply.body).error, "{}", reply.body),
                false => assert_eq!(reply.status, 500, "{}", reply.body),
            }
            let reply = post(addr, path, &asked(path, "m?fault=no_terminal", stream)).await;
            assert_eq!((reply.status, reply.complete), (200, true));
            match stream {
                true => assert!(!streamed(path, &reply.body).ended),
                false => assert!(serde_json::from_str::<Value>(&reply.body).is_err()),
            }
            assert!(!post(addr, path, &asked(path, "m?fault=cut", stream)).await.complete);
            assert!(hear(addr, path, &asked(path, "m?fault=stall", stream)).await.ended);
            assert!(post(addr, path, &asked(path, "m?fault=html", stream)).await.body.contains("<title>"));
        }
    }
    let Counts { faults, streams, .. } = server.counts();
    assert_eq!(
        (faults.error_event, faults.no_terminal, faults.cut, faults.stall, faults.html),
        (6, 6, 6, 6, 6)
    );
    assert_eq!((streams.started, streams.completed, streams.in_progress), (24, 6, 0));
    let failed = told(addr).await.iter().filter(|one| one.outcome == RequestOutcome::Failed).count();
    assert_eq!(failed, 24);
}

#[tokio::test]
async fn a_whole_answer_whose_reader_leaves_frees_its_slot() {
    let server = model(|s| s.stream_slots = 1).await;
    let request = asked(CHAT, "m?ttft=1h", false).to_string();
    let text =
        format!("POST {CHAT} HTTP/1.1\r\nhost: t\r\ncontent-length: {}\r\n\r\n{request}", request.len());
    let held = crate::support::http::send(server.addr(), &text).await;
    eventually(&server, |counts| counts.streams.producing == 1).await;
    drop(held);
    let counts = eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!((counts.streams.producing, count(&counts, &format!("POST {CHAT}"), 499)), (0, 1));
    let told = told(server.addr()).await;
    assert_eq!((told[0].status, told[0].outcome), (499, RequestOutcome::Left));
    assert!(hear(server.addr(), CHAT, &asked(CHAT, "m", false)).await.ended);
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

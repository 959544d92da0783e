//! Every endpoint and every status.

use crate::support::http::{call, open};
use crate::support::{MS, ask, count, quick, start, thread};
use serde_json::json;

#[tokio::test]
async fn threads_live_from_creation_to_deletion() {
    let server = start(quick()).await;
    let addr = server.addr();
    assert_eq!(call(addr, "GET", "/threads", None).await.json(), json!([]));

    let body = r#"{"id":"a","title":"first"}"#;
    let created = call(addr, "POST", "/threads", Some(body)).await;
    assert_eq!((created.status, created.json()), (201, json!({"id": "a", "title": "first"})));
    assert_eq!(call(addr, "POST", "/threads", Some(body)).await.status, 409);

    let renamed = call(addr, "PATCH", "/threads/a", Some(r#"{"title":"second"}"#)).await;
    assert_eq!((renamed.status, renamed.json()), (200, json!({"id": "a", "title": "second"})));
    let listed = call(addr, "GET", "/threads", None).await;
    assert_eq!((listed.status, listed.json()), (200, json!([{"id": "a", "title": "second"}])));

    let deleted = call(addr, "DELETE", "/threads/a", None).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    assert_eq!(call(addr, "DELETE", "/threads/a", None).await.status, 404);
    assert_eq!(call(addr, "PATCH", "/threads/a", Some(r#"{"title":"x"}"#)).await.status, 404);
}

#[tokio::test]
async fn messages_keep_their_order_and_their_ids_are_unique() {
    let server = start(quick()).await;
    let addr = server.addr();
    let path = "/threads/t/messages";
    let first = r#"{"id":"m1","role":"user","content":"hello"}"#;
    assert_eq!(call(addr, "GET", path, None).await.status, 404);
    assert_eq!(call(addr, "POST", path, Some(first)).await.status, 404);
    thread(addr, "t").await;
    assert_eq!(call(addr, "GET", path, None).await.json(), json!([]));

    let added = call(addr, "POST", path, Some(first)).await;
    let expected = json!({"id": "m1", "role": "user", "content": "hello"});
    assert_eq!((added.status, added.json()), (201, expected.clone()));
    assert_eq!(call(addr, "POST", path, Some(first)).await.status, 409);
    let second = r#"{"id":"m0","role":"assistant","content":"hi"}"#;
    assert_eq!(call(addr, "POST", path, Some(second)).await.status, 201);
    let listed = call(addr, "GET", path, None).await;
    assert_eq!(listed.json(), json!([expected, {"id": "m0", "role": "assistant", "content": "hi"}]));
}

#[tokio::test]
async fn ids_have_at_most_36_characters() {
    let server = start(quick()).await;
    let addr = server.addr();
    let fits = "é".repeat(36);
    let long = "x".repeat(37);
    thread(addr, &fits).await;
    for id in [long.as_str(), ""] {
        let body = format!(r#"{{"id":"{id}","title":"t"}}"#);
        let reply = call(addr, "POST", "/threads", Some(&body)).await;
        assert_eq!((reply.status, reply.json()), (422, json!({"detail": "an id has 1 to 36 characters"})));
    }
    let message = format!(r#"{{"id":"{long}","role":"user","content":"c"}}"#);
    thread(addr, "t").await;
    assert_eq!(call(addr, "POST", "/threads/t/messages", Some(&message)).await.status, 422);
    assert_eq!(call(addr, "GET", &format!("/threads/{long}/messages"), None).await.status, 422);
    let question = format!(r#"{{"thread_id":"{long}","message":"m"}}"#);
    assert_eq!(call(addr, "POST", "/chat/stream", Some(&question)).await.status, 422);
}

#[tokio::test]
async fn bad_bodies_and_unknown_paths_are_refused() {
    let server = start(quick()).await;
    let addr = server.addr();
    assert_eq!(call(addr, "POST", "/threads", Some("{")).await.status, 422);
    assert_eq!(call(addr, "POST", "/threads", Some(r#"{"id":"a"}"#)).await.status, 422);
    let huge = format!(r#"{{"id":"a","title":"{}"}}"#, "x".repeat(64 * 1024));
    assert_eq!(call(addr, "POST", "/threads", Some(&huge)).await.status, 413);
    assert_eq!(call(addr, "GET", "/nothing", None).await.status, 404);
    assert_eq!(call(addr, "PUT", "/threads", None).await.status, 405);
    let counts = server.counts();
    assert_eq!(count(&counts, "POST /threads", 422), 2);
    assert_eq!(count(&counts, "POST /threads", 413), 1);
    assert_eq!(count(&counts, "OTHER", 404), 1);
    assert_eq!(count(&counts, "OTHER", 405), 1);
}

#[tokio::test]
async fn own_pages_answer_and_are_not_counted() {
    let server = start(quick()).await;
    let addr = server.addr();
    let health = call(addr, "GET", "/healthz", None).await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok"));
    let name = call(addr, "GET", "/", None).await;
    assert_eq!(name.json(), json!({"name": "backend", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(call(addr, "GET", "/_sandbox/nothing", None).await.status, 404);
    assert_eq!(server.counts(), backend::Counts::default());
}

#[tokio::test]
async fn a_chat_stream_sends_every_event_and_keeps_both_turns() {
    let server = start(quick()).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let stream = ask(addr).await;
    assert_eq!((stream.status, stream.headers["content-type"].as_str()), (200, "text/event-stream"));
    let reply = stream.finish().await;
    let mut expected: String =
        (0..6).map(|i| format!("data: {{\"type\":\"token\",\"content\":\"w{i} \",\"i\":{i}}}\n\n")).collect();
    expected.push_str("data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":6}}\n\n");
    assert_eq!((reply.body, reply.complete), (expected, true));

    let kept = call(addr, "GET", "/threads/t/messages", None).await.json();
    let turns: Vec<_> = kept.as_array().unwrap().iter().map(|m| (&m["role"], &m["content"])).collect();
    let (user, assistant) = (json!("user"), json!("assistant"));
    let (question, answer) = (json!("hello"), json!("w0 w1 w2 w3 w4 w5 "));
    assert_eq!(turns, [(&user, &question), (&assistant, &answer)]);
}

#[tokio::test]
async fn a_stream_in_no_thread_is_404_and_starts_nothing() {
    let server = start(quick()).await;
    assert_eq!(ask(server.addr()).await.finish().await.status, 404);
    assert_eq!(server.counts().streams.started, 0);
}

#[tokio::test]
async fn a_thread_deleted_under_its_stream_ends_it_with_an_error_event() {
    let server = start(backend::BackendSettings { ttft: 50 * MS, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let stream = ask(addr).await;
    assert_eq!(call(addr, "DELETE", "/threads/t", None).await.status, 204);
    let reply = stream.finish().await;
    let last = "data: {\"type\":\"error\",\"message\":\"the answer is not stored: no such thread\"}\n\n";
    assert!(reply.body.ends_with(last) && reply.complete, "{reply:?}");
    let streams = server.counts().streams;
    assert_eq!((streams.started, streams.failed, streams.completed), (1, 1, 0));
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = start(quick()).await;
    let two = "GET /healthz HTTP/1.1\r\nhost: t\r\n\r\nGET /healthz HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n";
    let mut socket = crate::support::http::send(server.addr(), two).await;
    let mut text = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut socket, &mut text).await.unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
}

#[tokio::test]
async fn a_stop_ends_what_is_open_within_a_second() {
    let server = start(backend::BackendSettings { ttft: 600_000 * MS, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let stream = ask(addr).await;
    let idle = open(addr, "GET", "/healthz", None, "").await;
    server.stop().await;
    assert!(!stream.finish().await.complete);
    let mut idle = idle;
    assert_eq!(idle.chunkless().await, "ok");
    assert!(idle.is_closed().await);
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

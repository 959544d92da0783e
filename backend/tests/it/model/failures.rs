//! What the model refuses, what faults make of its answers, and readers who leave.

use backend::{Counts, RequestOutcome};
use serde_json::Value;

use super::heard::streamed;
use super::{CHAT, EMBEDDINGS, MESSAGES, RESPONSES, asked, hear, model, post, told};
use crate::support::http::{Reply, open, send};
use crate::support::{MS, count, eventually, quick, start};

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
    let held = send(server.addr(), &text).await;
    eventually(&server, |counts| counts.streams.producing == 1).await;
    drop(held);
    let counts = eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!((counts.streams.producing, count(&counts, &format!("POST {CHAT}"), 499)), (0, 1));
    let told = told(server.addr()).await;
    assert_eq!((told[0].status, told[0].outcome), (499, RequestOutcome::Left));
    assert!(hear(server.addr(), CHAT, &asked(CHAT, "m", false)).await.ended);
}

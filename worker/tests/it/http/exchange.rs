//! What a user's connection does with answers that are as they should be, and with its requests.

use std::time::Duration;

use crate::http::peer::{self, Peer, Step, answer, chunk, json, send};
use common::api::{Answer, Encoding};
use common::failure::FailureClass;
use http::{HeaderValue, Method};
use worker::http::{Client, Exchange, Request};

fn get(path: &str) -> Request<'_> {
    Request {
        method: &Method::GET,
        path: path.as_bytes(),
        body: None,
        answer: Answer::Json,
        timeout: Duration::from_secs(10),
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

async fn ok(client: &mut Client, request: Request<'_>) -> Exchange {
    let exchange = client.exchange(request).await;
    assert_eq!(exchange.outcome, Ok(()));
    assert!(exchange.start.at <= exchange.ended.at);
    assert!(!client.in_flight());
    exchange
}

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    use Step::Request as Read;
    let script =
        vec![Read, json("[1,2]"), Read, json(""), Read, answer("204 No Content", "", ""), Read, json("[]")];
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    let mut got = Vec::new();
    for _ in 0..4 {
        let exchange = ok(&mut client, get("/threads")).await;
        got.push((exchange.status, exchange.bytes, exchange.connect.is_some()));
    }
    assert_eq!(got, [(200, 5, true), (200, 0, false), (204, 0, false), (200, 2, false)]);
    assert_eq!((peer.connections(), client.reconnects()), (1, 0));
}

#[tokio::test]
async fn requests_are_written_as_the_api_wants_them() {
    let script = vec![Step::Request, json("{}"), Step::Request, answer("204 No Content", "", "")];
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    let user = HeaderValue::from_static("17");
    let post = Request {
        method: &Method::POST,
        body: Some(b"{\"id\":\"lt-1\"}"),
        user: Some(&user),
        ..get("/threads?a=b")
    };
    ok(&mut client, post).await;
    ok(&mut client, Request { method: &Method::DELETE, answer: Answer::Any, ..get("/threads/lt-1") }).await;

    let lines = |request: &str| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> = head.lines().map(str::to_owned).collect();
        lines[1..].sort();
        (lines, body.to_owned())
    };
    let agent = format!("user-agent: loadtests/{}", env!("CARGO_PKG_VERSION"));
    let host = format!("host: {}", peer.address);
    let requests = peer.requests();
    assert_eq!(requests.len(), 2);
    let (head, body) = lines(&requests[0]);
    let expected = [
        "POST /threads?a=b HTTP/1.1",
        "content-length: 13",
        "content-type: application/json",
        &host,
        &agent,
        "x-loadtest-user: 17",
    ];
    assert_eq!((head, body), (expected.map(str::to_owned).to_vec(), "{\"id\":\"lt-1\"}".to_owned()));
    let (head, body) = lines(&requests[1]);
    let expected = ["DELETE /threads/lt-1 HTTP/1.1", &host, &agent];
    assert_eq!((head, body), (expected.map(str::to_owned).to_vec(), String::new()));
}

#[tokio::test]
async fn chunks_trailers_and_informational_answers_are_understood() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let script = vec![
        Step::Request,
        send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        send(head),
        chunk("[1"),
        Step::Pause(5),
        chunk(",2]"),
        send("0\r\nx-sum: 1\r\n\r\n"),
        Step::Request,
        json("[]"),
    ];
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    assert_eq!(ok(&mut client, get("/")).await.bytes, 5);
    assert_eq!(ok(&mut client, get("/")).await.connect, None);
}

#[tokio::test]
async fn an_answer_may_close_its_connection() {
    let closing = answer("200 OK", "content-type: application/json\r\nconnection: close\r\n", "{}");
    let old = send("HTTP/1.0 200 OK\r\ncontent-type: application/problem+json\r\n\r\n{\"a\":1}");
    let unsized_body = send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[1,2,3]");
    let scripts = [closing, old, unsized_body].map(|answer| vec![Step::Request, answer]);
    let peer = Peer::start(scripts.into()).await;
    let mut client = peer.client().await;
    for bytes in [2, 7, 7] {
        let exchange = ok(&mut client, get("/")).await;
        assert_eq!((exchange.bytes, exchange.connect.is_some()), (bytes, true));
    }
    assert_eq!((peer.connections(), peer.requests().len(), client.reconnects()), (3, 3, 0));
}

#[tokio::test]
async fn a_connection_closed_between_requests_is_no_failure() {
    let late = send("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
    let endings = [vec![], vec![Step::Reset], vec![late]];
    for ending in endings {
        let first = [vec![Step::Request, json("[]"), Step::Pause(10)], ending.clone()].concat();
        let peer = Peer::start(vec![first, vec![Step::Request, json("[]"), Step::Hold]]).await;
        let mut client = peer.client().await;
        ok(&mut client, get("/a")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let exchange = ok(&mut client, get("/b")).await;
        assert!(exchange.connect.is_some(), "{ending:?}");
        assert_eq!((peer.connections(), peer.requests().len()), (2, 2), "{ending:?}");
        assert_eq!(client.reconnects(), 1, "{ending:?}");
    }
}

#[tokio::test]
async fn a_connection_closed_as_the_request_comes_is_opened_again_for_what_may_be_sent_twice() {
    for (method, again) in [(Method::GET, true), (Method::DELETE, true), (Method::POST, false)] {
        let first = vec![Step::Request, json("[]"), Step::Request];
        let peer = Peer::start(vec![first, vec![Step::Request, json("[]"), Step::Hold]]).await;
        let mut client = peer.client().await;
        ok(&mut client, get("/a")).await;
        let exchange = client.exchange(Request { method: &method, ..get("/b") }).await;
        assert_eq!((client.reconnects(), peer.requests().len()), (u64::from(again), 2 + usize::from(again)));
        let class = exchange.outcome.as_ref().err().map(|failure| failure.class);
        assert_eq!(class, (!again).then_some(FailureClass::IdleClosed), "{exchange:?}");
    }
    // Part of an answer came: the service has acted on it.
    let first = vec![Step::Request, json("[]"), Step::Request, send("HTTP/1.1 2")];
    let peer = Peer::start(vec![first]).await;
    let mut client = peer.client().await;
    ok(&mut client, get("/a")).await;
    let failure = client.exchange(get("/b")).await.outcome.unwrap_err();
    assert_eq!((failure.class, peer.requests().len()), (FailureClass::Transport, 2));
}

#[tokio::test]
async fn any_answer_will_do_where_the_api_does_not_care() {
    let script = vec![Step::Request, answer("200 OK", "content-type: text/plain\r\n", "<p>")];
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    let exchange = ok(&mut client, Request { answer: Answer::Any, ..get("/") }).await;
    assert_eq!(exchange.bytes, 3);
}

#[tokio::test]
async fn a_name_with_several_addresses_is_tried_until_one_answers() {
    // `localhost` is often ::1 first; the peer listens on 127.0.0.1 alone.
    let scripts = vec![vec![Step::Request, json("[]")], vec![Step::Request, json("[]")]];
    let peer = Peer::start(scripts).await;
    let mut plan = peer.plan();
    plan.base_url = format!("http://localhost:{}/", peer.address.port());
    for _ in 0..2 {
        ok(&mut peer::client(&plan).await, get("/")).await;
    }
    assert!(peer.requests()[0].contains(&format!("host: localhost:{}\r\n", peer.address.port())));
}

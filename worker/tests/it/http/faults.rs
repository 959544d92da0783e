//! Every way in which a peer can fail or attack a request, and the class that it gets.

use std::time::Duration;

use crate::http::peer::{self, Peer, Step, answer, chunk, json, send};
use common::api::{Answer, Encoding};
use common::failure::FailureClass;
use common::plan::Plan;
use http::Method;
use worker::http::{Exchange, Failure, Request, RequestLimits, Target, TargetError};

const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

fn get(timeout_ms: u64) -> Request<'static> {
    Request {
        method: &Method::GET,
        path: b"/threads",
        body: None,
        answer: Answer::Json,
        timeout: Duration::from_millis(timeout_ms),
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

/// Sends one request to a peer that answers it with `steps`, then another that goes well. The
/// second shows that the first left nothing behind; returns whether it used the same connection.
async fn fail(steps: Vec<Step>, timeout_ms: u64) -> (Exchange, Failure, bool) {
    let script = [vec![Step::Request], steps, vec![Step::Request, json("[]"), Step::Hold]].concat();
    let peer = Peer::start(vec![script, vec![Step::Request, json("[]"), Step::Hold]]).await;
    let plan = Plan { max_body: 100_000, ..peer.plan() };
    let mut client = peer::client(&plan).await;
    let exchange = client.exchange(get(timeout_ms)).await;
    assert!(!client.in_flight());
    assert_eq!(peer.requests().len(), 1, "a failed request is never sent again");
    let failure = exchange.outcome.clone().unwrap_err();
    let next = client.exchange(get(10_000)).await;
    assert_eq!(next.outcome, Ok(()), "after {failure}");
    (exchange, failure, next.connect.is_none())
}

/// As [`fail`], and looks at the class and a part of the text.
async fn assert_fails(steps: Vec<Step>, class: FailureClass, part: &str) -> (Exchange, bool) {
    let (exchange, failure, kept) = fail(steps, 10_000).await;
    assert_eq!(failure.class, class, "{failure}");
    assert!(failure.text.contains(part), "`{part}` in {failure}");
    (exchange, kept)
}

#[tokio::test]
async fn statuses_have_classes_and_explain_themselves() {
    use FailureClass::*;
    let cases = [
        ("302 Found", "location: /login\r\n", "", Redirect, "HTTP 302 to /login, not followed"),
        ("304 Not Modified", "", "", Redirect, "HTTP 304"),
        ("404 Not Found", "content-type: application/json\r\n", "{}", Http4xx, "HTTP 404: {}"),
        (
            "429 Too Many Requests",
            "retry-after: 7\r\n",
            "slow\u{1b}[2J\r\ndown\0",
            Http429,
            "HTTP 429 (retry after 7s): slow [2J down",
        ),
        (
            "503 Service Unavailable",
            "",
            "upstream connect error",
            Http5xx,
            "HTTP 503: upstream connect error",
        ),
        ("500 Internal Server Error", "", "", Http5xx, "HTTP 500"),
    ];
    for (status, headers, body, class, text) in cases {
        let (exchange, kept) = assert_fails(vec![answer(status, headers, body)], class, text).await;
        assert_eq!(exchange.outcome.unwrap_err().text, text);
        assert_eq!(exchange.status.to_string(), status[..3]);
        assert_eq!(exchange.bytes, body.len() as u64);
        assert_eq!(exchange.retry_after, (class == Http429).then_some(Duration::from_secs(7)));
        assert!(kept, "{status}");
    }
}

#[tokio::test]
async fn an_error_page_of_any_length_is_read_to_a_bound() {
    let long = "x".repeat(10_000);
    let (exchange, kept) =
        assert_fails(vec![answer("500 Oops", "", &long)], FailureClass::Http5xx, "HTTP 500: xxx").await;
    assert_eq!((exchange.bytes, kept), (10_000, true));
    assert_eq!(exchange.outcome.unwrap_err().text.len(), common::failure::TEXT_LIMIT);
    let endless = vec![send("HTTP/1.1 500 Oops\r\n\r\n"), Step::Flood(vec![b'x'; 10_000])];
    let (exchange, kept) = assert_fails(endless, FailureClass::Http5xx, "HTTP 500: xxx").await;
    assert!(!kept);
    assert!((65_536..1_000_000).contains(&exchange.bytes), "{}", exchange.bytes);
    // A page that never comes does not hide that there was an answer.
    let silent = vec![send("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 9\r\n\r\nbad"), Step::Hold];
    let (_, failure, kept) = fail(silent, 200).await;
    assert_eq!((failure.text.as_str(), kept), ("HTTP 502: bad", false));
}

#[tokio::test]
async fn an_answer_of_another_type_is_a_failure() {
    let html = answer("200 OK", "content-type: text/html; charset=utf-8\r\n", "<h1>Login</h1>");
    let text = "expected application/json, got text/html: <h1>Login</h1>";
    let (exchange, kept) = assert_fails(vec![html], FailureClass::WrongContentType, text).await;
    assert_eq!((exchange.status, exchange.bytes, kept), (200, 14, true));
    let text = "expected application/json, got no content type: {}";
    assert_fails(vec![answer("200 OK", "", "{}")], FailureClass::WrongContentType, text).await;
}

#[tokio::test]
async fn what_is_not_http_is_a_transport_failure() {
    let junk = |text: &str| vec![send(text), Step::Hold];
    let cases = [
        junk("SSH-2.0-OpenSSH_9.2\r\n"),
        junk("HTTP/1.1 abc OK\r\n\r\n"),
        junk("HTTP/9.9 200 OK\r\n\r\n"),
        junk("HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        junk("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        junk("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}"),
        junk("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n"),
        vec![Step::Send(vec![0; 100]), Step::Hold],
        vec![Step::Reset],
        vec![send("HTTP/1.1 200 OK\r\ncontent-"), Step::Reset],
    ];
    for steps in cases {
        let shown = format!("{steps:?}");
        let (exchange, _, kept) = fail(steps, 10_000).await;
        let failure = exchange.outcome.unwrap_err();
        assert_eq!(
            (failure.class, kept, exchange.status),
            (FailureClass::Transport, false, 0),
            "{shown}: {failure}"
        );
        assert!(!failure.text.is_empty(), "{shown}");
    }
    let switching = send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
    assert_fails(vec![switching, Step::Hold], FailureClass::Transport, "HTTP 101").await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let status = || send("HTTP/1.1 200 OK\r\n");
    let endless = vec![status(), Step::Flood(b"x-a: b\r\n".repeat(100))];
    assert_fails(endless, FailureClass::Transport, "message head is too large").await;
    let one_line = vec![send("HTTP/1.1 200 OK\r\nx-a: "), Step::Flood(vec![b'x'; 1000])];
    assert_fails(one_line, FailureClass::Transport, "message head is too large").await;
    let many = "x-a: b\r\n".repeat(101);
    let many = vec![answer("200 OK", &many, "")];
    assert_fails(many, FailureClass::Transport, "message head is too large").await;
    // Informational answers without end are stopped by the clock.
    let (_, failure, _) = fail(vec![Step::Flood(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100))], 100).await;
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
}

#[tokio::test]
async fn bodies_are_bounded() {
    let flood = || Step::Flood(vec![b'1'; 10_000]);
    let head =
        |length: &str| send(&format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}\r\n"));
    let cases = [
        vec![head(""), flood()],
        vec![head("content-length: 4611686018427387904\r\n"), flood()],
        vec![send(CHUNKED), send("7fffffffffffffff\r\n"), flood()],
        vec![send(CHUNKED), Step::Flood(b"a\r\n0123456789\r\n".repeat(100))],
    ];
    for steps in cases {
        let (exchange, kept) =
            assert_fails(steps, FailureClass::OversizeBody, "more than 100000 bytes").await;
        assert_eq!((exchange.status, kept), (200, false));
        assert!((100_001..=200_000).contains(&exchange.bytes), "{}", exchange.bytes);
    }
    let exact = vec![json(&"1".repeat(100_001))];
    assert_fails(exact, FailureClass::OversizeBody, "more than 100000 bytes").await;
}

#[tokio::test]
async fn hostile_or_cut_chunks_are_transport_failures() {
    let cases = [
        vec![send(CHUNKED), send("fffffffffffffffff\r\n"), Step::Hold],
        vec![send(CHUNKED), send("xyz\r\n"), Step::Hold],
        vec![send(CHUNKED), send("3;"), Step::Flood(vec![b'e'; 1000])],
        vec![send(CHUNKED), send("0\r\n"), Step::Flood(b"x-a: b\r\n".repeat(100))],
        vec![send(CHUNKED), chunk("[1,2]"), send("5\r\n[3"), Step::Reset],
    ];
    for steps in cases {
        let shown = format!("{steps:?}");
        let (_, failure, kept) = fail(steps, 10_000).await;
        assert_eq!((failure.class, kept), (FailureClass::Transport, false), "{shown}: {failure}");
    }
}

/// A peer that ends the connection instead of the answer.
#[tokio::test]
async fn an_answer_cut_short_is_a_transport_failure() {
    let cases = [
        vec![],
        vec![send("HTTP/1.1 200 OK\r\ncontent-")],
        vec![send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n[1,")],
        vec![send(CHUNKED), chunk("[1,2]")],
        vec![send(CHUNKED), send("5\r\n[3")],
    ];
    for steps in cases {
        let shown = format!("{steps:?}");
        let peer = Peer::start(vec![[vec![Step::Request], steps].concat()]).await;
        let exchange = peer.client().await.exchange(get(10_000)).await;
        let failure = exchange.outcome.unwrap_err();
        assert_eq!(failure.class, FailureClass::Transport, "{shown}: {failure}");
        assert_eq!((peer.requests().len(), peer.connections()), (1, 1), "{shown}");
    }
}

#[tokio::test]
async fn a_request_the_peer_may_have_seen_is_not_sent_again() {
    // The kept connection takes the second request and breaks.
    for end in [vec![], vec![Step::Reset]] {
        let script = [vec![Step::Request, json("[]"), Step::Request], end].concat();
        let peer = Peer::start(vec![script, vec![Step::Request, json("[]")]]).await;
        let mut client = peer.client().await;
        assert_eq!(client.exchange(get(10_000)).await.outcome, Ok(()));
        let second = client.exchange(Request { method: &Method::POST, ..get(10_000) }).await;
        assert_eq!(second.outcome.unwrap_err().class, FailureClass::IdleClosed);
        assert_eq!((second.connect, peer.requests().len(), client.reconnects()), (None, 2, 0));
    }
}

#[tokio::test]
async fn a_timeout_counts_wherever_the_peer_stops() {
    let slow = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[";
    let cases = [
        (vec![Step::Hold], "there was no answer within 200ms", 0),
        (vec![send("HTTP/1.1 200"), Step::Hold], "there was no answer within 200ms", 0),
        (vec![send(slow), Step::Hold], "the answer was not complete within 200ms", 200),
    ];
    for (steps, text, status) in cases {
        let (exchange, failure, kept) = fail(steps, 200).await;
        assert_eq!((failure.class, failure.text.as_str()), (FailureClass::Timeout, text));
        assert_eq!((exchange.status, kept), (status, false));
        assert_eq!(
            exchange.time().seen,
            Duration::from_millis(200),
            "not the moment at which that was noticed"
        );
    }
}

#[tokio::test]
async fn nobody_listening_is_a_connect_failure() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let plan = Plan { base_url: format!("http://{free}"), ..Plan::default() };
    let mut client = peer::client(&plan).await;
    let exchange = client.exchange(get(10_000)).await;
    let failure = exchange.outcome.unwrap_err();
    assert_eq!((failure.class, exchange.connect, exchange.status), (FailureClass::Connect, None, 0));
    assert_eq!(failure.text, format!("{free}: Connection refused (os error 111)"));
    assert!(!client.in_flight());
}

#[tokio::test]
async fn a_host_that_does_not_accept_is_given_up() {
    // With its queue full the kernel answers no further attempt.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(connected.unwrap());
    }
    let plan = Plan { base_url: format!("http://{address}"), ..Plan::default() };
    let target = Target::resolve(&plan).await.unwrap();
    let limits = RequestLimits { connect: Duration::from_millis(50), ..RequestLimits::from(&plan) };
    let mut client = worker::http::Client::new(target, limits, None);
    let failure = client.exchange(get(10_000)).await.outcome.unwrap_err();
    let text = "no connection to the target within 50ms";
    assert_eq!((failure.class, failure.text.as_str()), (FailureClass::Connect, text));
    let failure = client.exchange(get(20)).await.outcome.unwrap_err();
    let text = "there was no connection within 20ms";
    assert_eq!((failure.class, failure.text.as_str()), (FailureClass::Timeout, text));
    let dropped = tokio::time::timeout(Duration::from_millis(20), client.exchange(get(10_000))).await;
    assert!(dropped.is_err());
    assert!(!client.in_flight(), "nothing was sent");
}

#[tokio::test]
async fn a_name_without_address_is_found_before_any_load() {
    let plan = Plan { base_url: "http://no-such-host.invalid".to_owned(), ..Plan::default() };
    let error = Target::resolve(&plan).await.unwrap_err();
    assert!(matches!(&error, TargetError::Lookup { host, .. } if host == "no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn a_cut_request_stays_in_flight_until_the_next_call() {
    let peer =
        Peer::start(vec![vec![Step::Request, Step::Hold], vec![Step::Request, json("[]"), Step::Hold]]).await;
    let mut client = peer.client().await;
    assert!(!client.in_flight());
    tokio::select! {
        _ = client.exchange(get(10_000)) => panic!("the peer does not answer"),
        () = peer.until_requests(1) => {}
    }
    assert!(client.in_flight());
    // The socket goes with the future, not with the user.
    peer.until_gone(1).await;
    assert!(client.in_flight());
    assert_eq!(client.exchange(get(10_000)).await.outcome, Ok(()));
    assert!(!client.in_flight());
    assert_eq!((peer.connections(), client.reconnects()), (2, 0));
}

//! Every way in which a stream can fail, and the class that it gets.

use std::time::Duration;

use crate::http::peer::{Peer, Step, answer, chunk, json, send};
use common::api::{Answer, Encoding, StreamDialect};
use common::failure::FailureClass;
use http::Method;
use worker::chat::{Dialect, StreamLimits, StreamReport, read};
use worker::http::Request;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const TEXT: &str = "data: {\"type\":\"token\",\"content\":\"word \"}\n\n";
const DONE: &str = "data: {\"type\":\"done\"}\n\n";
const LAST: &str = "0\r\n\r\n";
const LONG: Duration = Duration::from_secs(10);
const LIMITS: StreamLimits = StreamLimits { timeout: LONG, idle: LONG, stall: LONG };

fn request(answer: Answer) -> Request<'static> {
    let body = Some(b"{}".as_slice());
    Request {
        method: &Method::POST,
        path: b"/chat/stream",
        body,
        answer,
        timeout: LONG,
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

fn dialect() -> Dialect {
    Dialect::compile(&StreamDialect { max_event: 1000, ..StreamDialect::default() }).unwrap()
}

/// Asks a peer that answers with `steps`, then sends a request that goes well. Returns the report
/// and whether the second used the same connection.
async fn fail(steps: Vec<Step>, limits: StreamLimits) -> (StreamReport, bool) {
    let shown = format!("{steps:?}");
    let script = [vec![Step::Request], steps, vec![Step::Request, json("[]"), Step::Hold]].concat();
    let peer = Peer::start(vec![script, vec![Step::Request, json("[]"), Step::Hold]]).await;
    let mut client = peer.client().await;
    let dialect = dialect();
    let report = read(&mut client, request(Answer::Sse), &dialect, &limits, |_| ()).await;
    assert!(report.outcome.is_err(), "{shown}");
    assert_eq!(
        (report.e2e(), report.tpot(), report.milli_tokens_per_second()),
        (None, None, None),
        "{shown}"
    );
    assert!(!client.in_flight(), "{shown}");
    assert_eq!(peer.requests().len(), 1, "a question is never asked again: {shown}");
    let next = client.exchange(request(Answer::Json)).await;
    assert_eq!(next.outcome, Ok(()), "{shown}");
    (report, next.connect.is_none())
}

async fn assert_fails(steps: Vec<Step>, class: FailureClass, text: &str) -> (StreamReport, bool) {
    let (report, kept) = fail(steps, LIMITS).await;
    let failure = report.outcome.clone().unwrap_err();
    assert_eq!((failure.class, failure.text.as_str()), (class, text));
    (report, kept)
}

#[tokio::test]
async fn an_end_without_the_terminal_event_is_truncated() {
    let text = "the stream ended without its terminal event";
    let steps = vec![send(HEAD), chunk(TEXT), chunk(TEXT), send(LAST)];
    let (report, kept) = assert_fails(steps, FailureClass::Truncated, text).await;
    assert_eq!((report.status, report.chunks, report.tokens, kept), (200, 2, 2, true));
    assert!(report.ttft.is_some());
    let (report, _) = assert_fails(vec![send(HEAD), send(LAST)], FailureClass::Truncated, text).await;
    assert_eq!((report.first_byte, report.first_event, report.bytes), (None, None, 0));
}

#[tokio::test]
async fn an_end_inside_an_event_is_a_cut_frame() {
    let text = "the stream ended inside an event";
    for cut in [&TEXT[..TEXT.len() - 1], &TEXT[..9], &DONE[..DONE.len() - 3]] {
        let (report, kept) =
            assert_fails(vec![send(HEAD), chunk(TEXT), chunk(cut), send(LAST)], FailureClass::CutFrame, text)
                .await;
        assert_eq!((report.chunks, kept), (1, true));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_inside_the_body_is_a_cut_frame() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 999\r\n\r\n";
    let cases = [
        vec![send(HEAD), chunk(TEXT), send("29\r\ndata: {")],
        vec![send(HEAD), chunk(TEXT)],
        vec![send(HEAD)],
        vec![send(head), send(TEXT)],
        vec![send(HEAD), chunk(TEXT), send("2")],
        vec![send(HEAD), chunk(TEXT), send("zz\r\n")],
        vec![send(HEAD), chunk(TEXT), send("fffffffffffffffff\r\n")],
    ];
    for ending in [None, Some(Step::Reset)] {
        for steps in &cases {
            // A pause, so that a reset does not overtake what was sent before it.
            let pause = [Step::Pause(20)];
            let script = [&[Step::Request][..], steps, &pause, ending.as_slice()].concat();
            let peer = Peer::start(vec![script]).await;
            let dialect = dialect();
            let report =
                read(&mut peer.client().await, request(Answer::Sse), &dialect, &LIMITS, |_| ()).await;
            let failure = report.outcome.unwrap_err();
            assert_eq!((failure.class, report.status), (FailureClass::CutFrame, 200), "{steps:?}: {failure}");
            assert_eq!(report.chunks, u64::from(report.first_event.is_some()));
        }
    }
}

#[tokio::test]
async fn no_answer_at_all_is_a_transport_failure() {
    for steps in [vec![Step::Reset], vec![send("HTTP/1.1 200"), Step::Reset], vec![send("hello\r\n\r\n")]] {
        let (report, kept) = fail(steps, LIMITS).await;
        assert_eq!(
            (report.outcome.unwrap_err().class, report.status, kept),
            (FailureClass::Transport, 0, false)
        );
        assert_eq!((report.headers, report.first_byte), (None, None));
    }
}

#[tokio::test]
async fn an_error_event_is_a_failure_in_its_own_words() {
    let error = "data: {\"type\":\"error\",\"message\":\"rate\\n\\u001blimited\"}\n\n";
    let steps = vec![send(HEAD), chunk(TEXT), chunk(error), send(LAST)];
    let (report, kept) = assert_fails(steps, FailureClass::ErrorEvent, "rate limited").await;
    assert_eq!((report.chunks, kept), (1, true));
    // What comes after it changes nothing, not even a terminal event.
    let steps = vec![send(HEAD), chunk(&format!("{error}{DONE}")), send(LAST)];
    assert_fails(steps, FailureClass::ErrorEvent, "rate limited").await;
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_refused() {
    use FailureClass::*;
    let cases = [
        (
            "200 OK",
            "content-type: text/html\r\n",
            "<h1>Hi</h1>",
            WrongContentType,
            "expected text/event-stream, got text/html: <h1>Hi</h1>",
        ),
        (
            "200 OK",
            "content-type: application/json\r\n",
            "{}",
            WrongContentType,
            "expected text/event-stream, got application/json: {}",
        ),
        ("204 No Content", "", "", WrongContentType, "expected text/event-stream, got no content type"),
        ("302 Found", "location: /login\r\n", "", Redirect, "HTTP 302 to /login, not followed"),
        (
            "429 Too Many Requests",
            "retry-after: 3\r\n",
            "slow down",
            Http429,
            "HTTP 429 (retry after 3s): slow down",
        ),
        (
            "422 Nope",
            "content-type: application/json\r\n",
            "{\"detail\":1}",
            Http4xx,
            "HTTP 422: {\"detail\":1}",
        ),
        ("503 Busy", "content-type: text/event-stream\r\n", "data: x\n\n", Http5xx, "HTTP 503: data: x"),
    ];
    for (status, headers, body, class, text) in cases {
        let (report, kept) = assert_fails(vec![answer(status, headers, body)], class, text).await;
        assert_eq!((report.status.to_string().as_str(), kept), (&status[..3], true));
        assert_eq!(report.retry_after, (class == Http429).then_some(Duration::from_secs(3)));
        assert_eq!((report.bytes, report.first_byte, report.chunks), (body.len() as u64, None, 0));
        assert!(report.headers.is_some());
    }
}

#[tokio::test]
async fn an_event_is_bounded() {
    let text = "an event of more than 1000 bytes; set `max_event` in the API's [stream] if it may be";
    let long = format!("data: {}", "x".repeat(1001));
    let steps = vec![send(HEAD), chunk(TEXT), chunk(&long), Step::Hold];
    let (report, kept) = assert_fails(steps, FailureClass::OversizeEvent, text).await;
    assert_eq!((report.chunks, kept), (1, false));
    let endless = vec![send(HEAD), chunk("data: "), Step::Flood(b"a\r\n0123456789\r\n".repeat(100))];
    assert_fails(endless, FailureClass::OversizeEvent, text).await;
    let lines = vec![send(HEAD), Step::Flood(b"8\r\ndata: x\n\r\n".repeat(100))];
    assert_fails(lines, FailureClass::OversizeEvent, text).await;
}

#[tokio::test]
async fn silence_is_bounded_after_the_first_event() {
    let idle = Duration::from_millis(300);
    let limits = StreamLimits { idle, ..LIMITS };
    let (report, kept) = fail(vec![send(HEAD), chunk(TEXT), Step::Hold], limits).await;
    let failure = report.outcome.clone().unwrap_err();
    assert_eq!(
        (failure.class, failure.text.as_str(), kept),
        (FailureClass::IdleTimeout, "nothing came for 300ms", false)
    );
    assert!(report.time().seen >= idle);
    // A comment breaks the silence; before the first event there is none to break.
    let ping = [Step::Pause(150), chunk(": ping\n\n")];
    let start = [send(HEAD), Step::Pause(350), chunk(TEXT)];
    let steps = [&start[..], &ping, &ping, &ping, &[Step::Hold]].concat();
    let (report, _) = fail(steps, limits).await;
    assert_eq!(report.outcome.unwrap_err().class, FailureClass::IdleTimeout);
    assert_eq!(report.comments, 3);
}

#[tokio::test]
async fn the_whole_stream_is_bounded() {
    let limits = StreamLimits { timeout: Duration::from_millis(200), ..LIMITS };
    let never = [
        (vec![Step::Hold], "there was no answer within 200ms"),
        (vec![send(HEAD), Step::Hold], "the stream had not ended within 200ms"),
        (vec![send(HEAD), chunk(TEXT), Step::Hold], "the stream had not ended within 200ms"),
        (
            vec![send(HEAD), Step::Flood(b"8\r\n: ping\n\n\r\n".repeat(100))],
            "the stream had not ended within 200ms",
        ),
        (
            vec![send(HEAD), Step::Flood(b"a\r\ndata: {}\n\n\r\n".repeat(100))],
            "the stream had not ended within 200ms",
        ),
    ];
    for (steps, text) in never {
        let (report, kept) = fail(steps, limits).await;
        let failure = report.outcome.clone().unwrap_err();
        assert_eq!((failure.class, failure.text.as_str(), kept), (FailureClass::Timeout, text, false));
        assert_eq!(report.time().seen, limits.timeout, "not the moment at which that was noticed");
    }
}

//! Streams as services write them, and the stamps that are taken of them.

use std::time::{Duration, Instant};

use crate::http::peer::{Peer, Step, answer, chunk, json, send};
use common::api::{Answer, Encoding, StreamDialect};
use common::failure::FailureClass;
use http::Method;
use worker::chat::{Chunk, Dialect, StreamLimits, StreamReport, read};
use worker::http::{Client, Request};

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
const TEXT: &str = "data: {\"type\":\"token\",\"content\":\"word \"}\n\n";
const DONE: &str = "data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":7}}\n\n";
const LAST: &str = "0\r\n\r\n";

fn question() -> Request<'static> {
    Request {
        method: &Method::POST,
        path: b"/chat/stream",
        body: Some(b"{\"message\":\"why?\"}"),
        answer: Answer::Sse,
        timeout: Duration::ZERO,
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    }
}

fn limits() -> StreamLimits {
    let second = Duration::from_secs(10);
    StreamLimits { timeout: second, idle: second, stall: second }
}

fn dialect() -> Dialect {
    Dialect::compile(&StreamDialect { max_event: 1000, ..StreamDialect::default() }).unwrap()
}

async fn ask(client: &mut Client, limits: StreamLimits) -> (StreamReport, Vec<Duration>) {
    let dialect = dialect();
    let mut gaps = Vec::new();
    let on_chunk = |chunk| match chunk {
        Chunk::First { .. } => {}
        Chunk::After { gap, .. } => gaps.push(gap.seen),
    };
    let report = read(client, question(), &dialect, &limits, on_chunk).await;
    assert!(!client.in_flight());
    assert_eq!(gaps.len() as u64, report.chunks.saturating_sub(1));
    (report, gaps)
}

/// One stream from a peer that answers with these steps.
async fn stream(steps: Vec<Step>, limits: StreamLimits) -> (StreamReport, Vec<Duration>) {
    let peer = Peer::start(vec![[vec![Step::Request], steps].concat()]).await;
    ask(&mut peer.client().await, limits).await
}

/// The stamps are in the order in which things come.
fn assert_ordered(report: &StreamReport) {
    let stamps = [report.headers, report.first_byte, report.first_event, report.ttft, report.e2e()];
    let stamps: Vec<_> = stamps.into_iter().map(|stamp| stamp.unwrap().seen).collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(report.connect.is_none_or(|connect| connect <= stamps[0]));
    assert!(report.ttft.unwrap().seen + report.output.unwrap().seen <= report.e2e().unwrap().seen);
    assert_eq!(report.e2e().unwrap().seen, report.ended.at - report.start.at);
}

#[tokio::test]
async fn a_stream_is_read_with_all_its_stamps_and_its_connection_kept() {
    let script = vec![
        Step::Request,
        send(HEAD),
        Step::Pause(5),
        chunk(": ping\n\n"),
        Step::Pause(5),
        chunk("data: {\"type\":\"start\"}\n\n"),
        Step::Pause(5),
        chunk(TEXT),
        Step::Pause(5),
        chunk(&TEXT.repeat(2)),
        Step::Pause(5),
        chunk(&DONE[..9]),
        Step::Pause(5),
        chunk(&DONE[9..]),
        Step::Pause(5),
        send(LAST),
        Step::Request,
        json("[]"),
    ];
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    let (report, gaps) = ask(&mut client, limits()).await;
    assert_eq!(report.outcome, Ok(()));
    assert_ordered(&report);
    assert!(report.connect.is_some());
    // Each of these came in a frame of its own.
    let stamps = [report.headers, report.first_byte, report.first_event, report.ttft, report.e2e()];
    let stamps = stamps.map(|stamp| stamp.unwrap().seen);
    assert!(stamps.is_sorted_by(|earlier, later| earlier < later), "{stamps:?}");
    assert_eq!((report.status, report.chunks, report.comments), (200, 3, 1));
    assert_eq!((report.tokens, report.has_usage, report.stalled), (7, true, false));
    let text = report.output.unwrap();
    assert_eq!(gaps, [text.seen, Duration::ZERO]);
    let body = 8 + 24 + 3 * TEXT.len() + DONE.len();
    assert_eq!(report.bytes, body as u64);
    assert_eq!(report.tpot().unwrap().seen, text.seen / 6);
    // The first was alone in its frame, the last was the last of its own.
    assert!(text.is_sure(), "{text:?}");

    let next =
        client.exchange(Request { answer: Answer::Json, timeout: Duration::from_secs(10), ..question() });
    let next = next.await;
    assert_eq!((next.outcome, next.connect), (Ok(()), None));
    let request = &peer.requests()[0];
    assert!(request.contains("\r\naccept: text/event-stream\r\n"), "{request}");
    assert!(!request.to_lowercase().contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn carriage_returns_and_pings_are_no_tokens() {
    let text = TEXT.replace('\n', "\r\n");
    let steps = vec![
        send(HEAD),
        chunk(&format!(": ping - 2026\r\n\r\n{text}")),
        chunk(&text[..text.len() - 1]),
        Step::Pause(5),
        chunk(&text[text.len() - 1..]),
        chunk(": ping\r\n\r\n"),
        chunk(&format!("event: message\r\nid: 1\r\n{text}")),
        chunk("data: {\"type\":\"done\"}\r\n\r\n"),
        send(LAST),
    ];
    let (report, _) = stream(steps, limits()).await;
    assert_eq!(report.outcome, Ok(()));
    assert_ordered(&report);
    assert_eq!((report.chunks, report.tokens, report.has_usage, report.comments), (3, 3, false, 2));
}

#[tokio::test]
async fn one_frame_has_one_stamp() {
    let body = [TEXT, TEXT, TEXT, DONE].concat();
    let whole = answer("200 OK", "content-type: text/event-stream\r\n", &body);
    let (report, gaps) = stream(vec![whole], limits()).await;
    assert_eq!(report.outcome, Ok(()));
    let stamps = [report.first_byte, report.first_event, report.ttft, report.e2e()];
    let stamps = stamps.map(|stamp| stamp.unwrap().seen);
    assert!(stamps.iter().all(|stamp| *stamp == stamps[0]), "{stamps:?}");
    let (ttft, text) = (report.ttft.unwrap(), report.output.unwrap());
    // At the least it took the handshake, which the kernel measures.
    assert!(ttft.least() <= report.connect.unwrap(), "{report:?}");
    assert_eq!((text.least(), text.most() < ttft.most()), (Duration::ZERO, true), "{ttft:?}");
    assert_eq!(gaps, [Duration::ZERO; 2]);
    assert_eq!((report.tpot().unwrap().seen, report.milli_tokens_per_second()), (Duration::ZERO, None));
}

#[tokio::test]
async fn a_body_that_ends_with_its_connection_can_be_complete() {
    let head = "HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let (report, _) = stream(vec![send(head), send(TEXT), send(DONE)], limits()).await;
    assert_eq!(report.outcome, Ok(()));
    assert_ordered(&report);
    let (report, _) = stream(vec![send(head), send(TEXT)], limits()).await;
    assert_eq!(report.outcome.unwrap_err().class, FailureClass::Truncated);
}

#[tokio::test]
async fn a_server_that_stays_open_after_the_end_is_left() {
    for rest in [vec![Step::Hold], vec![Step::Flood(chunk_bytes(": ping\n\n"))]] {
        let script = [vec![Step::Request, send(HEAD), chunk(TEXT), chunk(DONE)], rest].concat();
        let peer = Peer::start(vec![script, vec![Step::Request, json("[]")]]).await;
        let mut client = peer.client().await;
        let (report, _) = ask(&mut client, limits()).await;
        assert_eq!(report.outcome, Ok(()));
        assert_eq!(report.bytes, (TEXT.len() + DONE.len()) as u64);
        assert_ordered(&report);
        peer.until_gone(1).await;
        let next = Request { answer: Answer::Json, timeout: Duration::from_secs(10), ..question() };
        let next = client.exchange(next).await;
        assert_eq!((next.outcome, next.connect.is_some(), client.reconnects()), (Ok(()), true, 0));
    }
}

fn chunk_bytes(data: &str) -> Vec<u8> {
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}

#[tokio::test]
async fn the_wait_for_the_bodys_end_is_in_no_stamp() {
    let (report, _) = stream(vec![send(HEAD), chunk(TEXT), chunk(DONE), Step::Hold], limits()).await;
    assert_eq!(report.outcome, Ok(()));
    assert!(report.ended.at.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_connection_closed_before_the_question_is_no_failure() {
    let first = vec![Step::Request, send(HEAD), chunk(TEXT), chunk(DONE), send(LAST), Step::Pause(10)];
    let peer = Peer::start(vec![first.clone(), first]).await;
    let mut client = peer.client().await;
    for reconnects in [0, 1] {
        let (report, _) = ask(&mut client, limits()).await;
        assert_eq!((report.outcome, report.connect.is_some()), (Ok(()), true));
        assert_eq!(client.reconnects(), reconnects);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(peer.requests().len(), 2);
}

#[tokio::test]
async fn gaps_and_stalls_are_between_chunks_of_text() {
    let stall = Duration::from_millis(30);
    let quick = StreamLimits { stall, ..limits() };
    let stalling =
        [send(HEAD), chunk(TEXT), Step::Pause(60), chunk(": ping\n\n"), Step::Pause(60), chunk(TEXT)];
    let ending = [chunk(DONE), send(LAST)];
    let (report, gaps) = stream([&stalling[..], &ending].concat(), quick).await;
    assert_eq!((report.outcome, report.stalled), (Ok(()), true));
    assert!(gaps[0] >= stall);
    // Waiting for the first text is no stall, and neither is waiting for the end.
    let waiting = [send(HEAD), Step::Pause(40), chunk(TEXT), Step::Pause(40)];
    let (report, gaps) = stream([&waiting[..], &ending].concat(), quick).await;
    assert_eq!((report.outcome, report.stalled, gaps.len()), (Ok(()), false, 0));
}

#[tokio::test]
async fn a_cut_stream_stays_in_flight_until_the_next_call() {
    let peer = Peer::start(vec![vec![Step::Request, send(HEAD), chunk(TEXT), Step::Hold]]).await;
    let mut client = peer.client().await;
    let (dialect, limits) = (dialect(), limits());
    tokio::select! {
        _ = read(&mut client, question(), &dialect, &limits, |_| ()) => panic!("the stream does not end"),
        () = peer.until_requests(1) => {}
    }
    assert!(client.in_flight());
    peer.until_gone(1).await;
    assert!(client.in_flight());
}

#[tokio::test]
async fn an_earlier_deadline_moves_the_timer_and_a_later_one_too() {
    // Stream, short request, stream: each with its own deadline on one timer.
    let stream = [Step::Request, send(HEAD), chunk(TEXT), Step::Pause(30), chunk(DONE), send(LAST)];
    let script = [&stream[..], &[Step::Request, json("[]")], &stream].concat();
    let peer = Peer::start(vec![script]).await;
    let mut client = peer.client().await;
    let begun = Instant::now();
    for round in 0..2 {
        let (report, _) = ask(&mut client, StreamLimits { idle: Duration::from_secs(5), ..limits() }).await;
        assert_eq!((report.outcome, report.connect.is_some()), (Ok(()), round == 0));
        if round == 0 {
            let next = Request { answer: Answer::Json, timeout: Duration::from_secs(1), ..question() };
            assert_eq!(client.exchange(next).await.outcome, Ok(()));
        }
    }
    assert!(begun.elapsed() >= Duration::from_millis(60));
}

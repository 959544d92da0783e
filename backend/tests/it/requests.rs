//! Every request for an answer is told of, once, with its stamps.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use backend::{BackendSettings, FinishedHeader, FinishedRequest, RequestOutcome};

use crate::support::http::{Exchange, call, open};
use crate::support::{MS, ask, eventually, quick, start, thread};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn page(addr: SocketAddr, query: &str) -> (FinishedHeader, Vec<FinishedRequest>) {
    let reply = call(addr, "GET", &format!("/_sandbox/requests{query}"), None).await;
    assert_eq!((reply.status, reply.headers["content-type"].as_str()), (200, "application/x-ndjson"));
    let mut lines = reply.body.lines();
    let header = serde_json::from_str(lines.next().unwrap()).unwrap();
    (header, lines.map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn ask_traced(addr: SocketAddr, message: &str) -> Exchange {
    let body = format!(r#"{{"thread_id":"t","message":"{message}"}}"#);
    let traceparent = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n");
    open(addr, "POST", "/chat/stream", Some(&body), &traceparent).await
}

fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64
}

#[tokio::test]
async fn a_stream_is_told_of_as_soon_as_its_end_was_read() {
    let server = start(BackendSettings { tokens: 6, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let before = now_us();
    for seq in 1..=10 {
        let stream = ask_traced(addr, "[0a1b2c3d] What?").await;
        let id = stream.headers["x-request-id"].clone();
        assert!(stream.finish().await.body.contains("done"));
        let (header, requests) = page(addr, &format!("?after={}", seq - 1)).await;
        assert_eq!((header.oldest, header.newest, header.dropped), (1, seq, 0));
        assert_eq!((header.received, header.open), (seq, 0));
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!((request.seq, &request.request), (seq, &id));
        assert_eq!((request.trace.as_deref(), request.nonce.as_deref()), (Some(TRACE), Some("0a1b2c3d")));
        assert_eq!((request.path.as_str(), &request.model), ("/chat/stream", &None));
        assert_eq!((request.status, request.outcome, request.tokens), (200, RequestOutcome::Ok, 6));
        let stamps = [
            before,
            request.received_us,
            request.started_us.unwrap(),
            request.first_us.unwrap(),
            request.last_us.unwrap(),
            request.ended_us,
            header.now_us,
        ];
        assert!(stamps.is_sorted(), "{stamps:?}");
        // By absolute deadlines: a token that is late makes the gap behind it shorter.
        assert!(stamps[3] - stamps[2] >= 5_000 && stamps[4] - stamps[2] >= 15_000, "{request:?}");
        assert_eq!(request.gaps_us, stamps[4] - stamps[3]);
    }
}

#[tokio::test]
async fn every_way_to_end_has_its_outcome() {
    let faults = |fault: &str| vec![format!("{fault}=1").parse().unwrap()];
    for (fault, status, outcome) in [
        ("no_terminal", 200, RequestOutcome::Failed),
        ("error_event", 200, RequestOutcome::Failed),
        ("cut", 200, RequestOutcome::Failed),
        ("http_500", 500, RequestOutcome::Failed),
        ("html", 200, RequestOutcome::Failed),
        ("http_429", 429, RequestOutcome::Refused),
    ] {
        let server = start(BackendSettings { faults: faults(fault), ..quick() }).await;
        let addr = server.addr();
        let made = open(addr, "POST", "/threads", Some(r#"{"id":"t","title":""}"#), "").await;
        let starts = made.status == 201;
        ask(addr).await.finish().await;
        let (_, requests) = page(addr, "").await;
        let found: Vec<_> = requests.iter().map(|r| (r.status, r.outcome, r.started_us.is_some())).collect();
        assert_eq!(found, [(status, outcome, starts)], "{fault}");
    }
}

#[tokio::test]
async fn those_who_leave_and_those_who_are_refused_are_told_of_too() {
    let mut settings = BackendSettings { stream_slots: 1, ttft: 600_000 * MS, ..quick() };
    settings.admission.cap = Some(2);
    let server = start(settings).await;
    let addr = server.addr();
    assert_eq!(ask(addr).await.status, 404);
    thread(addr, "t").await;
    let (producing, queued) = (ask(addr).await, ask(addr).await);
    eventually(&server, |counts| counts.streams.producing == 1).await;
    assert_eq!(ask(addr).await.status, 429);
    assert_eq!(open(addr, "POST", "/chat/stream", Some("{"), "").await.status, 422);
    drop(queued);
    eventually(&server, |counts| counts.streams.aborted == 1).await;
    drop(producing);
    eventually(&server, |counts| counts.streams.aborted == 2).await;
    let half = "POST /chat/stream HTTP/1.1\r\nhost: t\r\ncontent-length: 100\r\n\r\n{";
    drop(crate::support::http::send(addr, half).await);
    eventually(&server, |counts| counts.total("POST /chat/stream") == 6).await;
    let (header, requests) = page(addr, "").await;
    let found: Vec<_> = requests.iter().map(|r| (r.status, r.outcome, r.started_us.is_some())).collect();
    let (refused, left) = (RequestOutcome::Refused, RequestOutcome::Left);
    let expected = [
        (404, refused, false),
        (429, refused, false),
        (422, refused, false),
        (200, left, false),
        (200, left, true),
        (499, left, false),
    ];
    assert_eq!(found, expected);
    assert_eq!((header.received, header.open), (6, 0));
    assert!(requests.iter().all(|r| r.first_us.is_none() && r.last_us.is_none() && r.tokens == 0));
}

#[tokio::test]
async fn only_the_newest_are_kept_and_what_is_lost_is_counted() {
    let server = start(BackendSettings { keep_requests: 3, ..quick() }).await;
    let addr = server.addr();
    for _ in 0..5 {
        assert_eq!(ask(addr).await.finish().await.status, 404);
    }
    let (header, requests) = page(addr, "?after=1&limit=2").await;
    assert_eq!((header.oldest, header.newest, header.dropped), (3, 5, 2));
    assert_eq!(requests.iter().map(|request| request.seq).collect::<Vec<_>>(), [3, 4]);
    for bad in ["?after=-1", "?after=x", "?limit=100001", "?limit=two"] {
        assert_eq!(call(addr, "GET", &format!("/_sandbox/requests{bad}"), None).await.status, 400, "{bad}");
    }
    server.reset();
    let (header, requests) = page(addr, "").await;
    assert_eq!((header.oldest, header.newest, header.dropped, header.received), (6, 5, 0, 0));
    assert!(requests.is_empty());
}

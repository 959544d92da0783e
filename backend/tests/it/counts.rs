//! The counters are exact, and exact at once.

use std::time::Duration;

use crate::support::http::{call, open, send};
use crate::support::{MS, ask, count, eventually, quick, start, thread};
use backend::{BackendSettings, Counts, ServedStreams, UserCounts};

#[tokio::test]
async fn the_page_shows_what_was_answered_as_soon_as_it_was() {
    let server = start(quick()).await;
    let addr = server.addr();
    thread(addr, "t").await;
    for n in 1..=20 {
        assert_eq!(call(addr, "GET", "/threads", None).await.status, 200);
        let reply = ask(addr).await.finish().await;
        assert!(reply.body.contains("done"));
        let page: Counts =
            serde_json::from_str(&call(addr, "GET", "/_sandbox/counts", None).await.body).unwrap();
        assert_eq!(count(&page, "GET /threads", 200), n);
        assert_eq!(count(&page, "POST /chat/stream", 200), n);
        assert_eq!((page.streams.started, page.streams.completed, page.streams.in_progress), (n, n, 0));
        assert_eq!((page.streams.peak, page.streams.producing, page.streams.producing_peak), (1, 0, 1));
    }
}

#[tokio::test]
async fn the_page_has_exactly_the_published_keys() {
    let server = start(quick()).await;
    let addr = server.addr();
    thread(addr, "t").await;
    call(addr, "GET", "/threads/t/messages", None).await;
    let expected = serde_json::json!({
        "requests": {"POST /threads": {"201": 1}, "GET /threads/[id]/messages": {"200": 1}},
        "probes": 0,
        "streams": {"started": 0, "completed": 0, "aborted": 0, "failed": 0,
                    "in_progress": 0, "peak": 0, "producing": 0, "producing_peak": 0},
        "faults": {"no_terminal": 0, "error_event": 0, "cut": 0, "stall": 0,
                   "http_500": 0, "http_429": 0, "html": 0},
        "users": {"now": 0, "peak": 0, "recent": 0},
        "db": {"connections_opened": 0, "operations": 0},
        "limits": {"chunks": 0, "chunks_queued_peak": 0, "loop_turns": 0, "loop_queued_peak": 0,
                   "db_connections": 0, "db_connections_peak": 0, "db_refused": 0, "rate_limited": 0,
                   "queue_refused": 0, "capped": 0, "batch_steps": 0, "slots_added": 0},
    });
    assert_eq!(call(addr, "GET", "/_sandbox/counts", None).await.json(), expected);
    let ttft = serde_json::json!({"count": 0, "p50_us": 0, "p99_us": 0, "max_us": 0});
    assert_eq!(call(addr, "GET", "/_sandbox/ttft", None).await.json(), ttft);
}

#[tokio::test]
async fn a_peer_that_leaves_before_the_answer_is_one_499() {
    let server = start(BackendSettings { faults: vec!["http_500=1".parse().unwrap()], ..quick() }).await;
    let half = "POST /threads HTTP/1.1\r\nhost: t\r\ncontent-length: 100\r\n\r\n{\"id\":";
    for _ in 0..10 {
        drop(send(server.addr(), half).await);
    }
    let counts = eventually(&server, |counts| counts.total("POST /threads") == 10).await;
    assert_eq!(count(&counts, "POST /threads", 499), 10);
    assert_eq!(counts.faults.http_500, 0);
}

/// A request and the end of its connection come in one look at the socket: the test never yields in
/// between, and the server shares its thread.
#[tokio::test]
async fn a_peer_that_was_gone_before_its_request_was_read_is_counted() {
    let server = start(quick()).await;
    for _ in 0..10 {
        let mut socket = std::net::TcpStream::connect(server.addr()).unwrap();
        let request = "DELETE /threads/t HTTP/1.1\r\nhost: t\r\nx-loadtest-user: 4\r\n\r\n";
        std::io::Write::write_all(&mut socket, request.as_bytes()).unwrap();
    }
    let counts = eventually(&server, |counts| counts.total("DELETE /threads/[id]") == 10).await;
    assert_eq!(counts.requests.len(), 1, "{counts:?}");
}

#[tokio::test]
async fn a_stream_whose_reader_leaves_is_aborted_queued_or_not() {
    let server = start(BackendSettings { stream_slots: 1, ttft: 600_000 * MS, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let (producing, queued) = (ask(addr).await, ask(addr).await);
    eventually(&server, |counts| counts.streams.producing == 1).await;
    drop(queued);
    let counts = eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!((counts.streams.in_progress, counts.streams.producing), (1, 1));
    drop(producing);
    let counts = eventually(&server, |counts| counts.streams.aborted == 2).await;
    let expected =
        ServedStreams { started: 2, aborted: 2, peak: 2, producing_peak: 1, ..ServedStreams::default() };
    assert_eq!(counts.streams, expected);
    assert_eq!(count(&counts, "POST /chat/stream", 200), 2);
}

#[tokio::test]
async fn users_are_counted_apart() {
    let server =
        start(BackendSettings { ttft: 600 * MS, user_window: Duration::from_secs(600), ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let question = Some(r#"{"thread_id":"t","message":"m"}"#);
    let mut streams = Vec::new();
    for header in [
        "x-loadtest-user: 7\r\n",
        "x-loadtest-user: 7\r\n",
        "x-loadtest-user: 9\r\n",
        "x-loadtest-user: x\r\n",
    ] {
        streams.push(open(addr, "POST", "/chat/stream", question, header).await);
    }
    assert_eq!(server.counts().users, UserCounts { now: 2, peak: 2, recent: 2 });
    for stream in streams {
        stream.finish().await;
    }
    open(addr, "GET", "/threads", None, "x-loadtest-user: 11\r\n").await;
    assert_eq!(server.counts().users, UserCounts { now: 0, peak: 2, recent: 3 });
}

#[tokio::test]
async fn a_probe_is_no_load_and_meets_no_fault() {
    let faults = vec!["http_500=100%".parse().unwrap()];
    let server = start(BackendSettings { faults, ..quick() }).await;
    let addr = server.addr();
    let probe = open(addr, "GET", "/threads", None, "x-loadtest-probe: preflight\r\n").await;
    assert_eq!(probe.status, 200);
    assert_eq!(server.counts(), Counts { probes: 1, ..Counts::default() });
    assert_eq!(call(addr, "GET", "/threads", None).await.status, 500);
    server.reset();
    assert_eq!(server.counts(), Counts::default());
}

#[tokio::test]
async fn a_reset_zeroes_everything_but_what_is_in_progress() {
    let server = start(BackendSettings { ttft: 800 * MS, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    ask(addr).await.finish().await;
    assert_eq!(server.ttft().count, 1);
    let question = Some(r#"{"thread_id":"t","message":"m"}"#);
    let stream = open(addr, "POST", "/chat/stream", question, "x-loadtest-user: 1\r\n").await;
    eventually(&server, |counts| counts.streams.producing == 1).await;
    assert_eq!(call(addr, "POST", "/_sandbox/reset", None).await.status, 204);
    let streams = ServedStreams {
        in_progress: 1,
        peak: 1,
        producing: 1,
        producing_peak: 1,
        ..ServedStreams::default()
    };
    let expected = Counts { streams, users: UserCounts { now: 1, peak: 1, recent: 1 }, ..Counts::default() };
    assert_eq!(server.counts(), expected);
    assert_eq!(server.ttft().count, 0);
    stream.finish().await;
    assert_eq!((server.counts().streams.completed, server.counts().streams.in_progress), (1, 0));
}

#[tokio::test]
async fn the_first_token_delay_is_observed() {
    let server = start(BackendSettings { ttft: 40 * MS, stream_slots: 0, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    for _ in 0..5 {
        ask(addr).await.finish().await;
    }
    let page: backend::TtftSummary =
        serde_json::from_str(&call(addr, "GET", "/_sandbox/ttft", None).await.body).unwrap();
    assert_eq!((page.count, page.clone()), (5, server.ttft()));
    // Timers never fire early; the bucket's middle may lie 0.1 % below.
    assert!(page.p50_us >= 39_960 && page.p50_us <= page.p99_us && page.p99_us <= page.max_us, "{page:?}");
}

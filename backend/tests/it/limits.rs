//! The virtual limits, each against its closed form as a client sees it.
//!
//! Times are asserted from below only: a limit may never be exceeded, however
//! slow the machine; and counts are exact.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::support::http::{Reply, call, open, send};
use crate::support::{MS, ask, count, eventually, quick, start, thread};
use backend::{BackendSettings, LimitCounts, LimitFlags, RateLimit};

/// Quick streams under `limits`, with as many slots as are asked for.
fn limited(limits: LimitFlags) -> BackendSettings {
    BackendSettings { stream_slots: 0, limits, ..quick() }
}

/// Opens `count` streams, one after another, and reads all to their ends.
async fn streams(addr: SocketAddr, count: usize) -> Vec<Reply> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(ask(addr).await);
    }
    let mut replies = Vec::new();
    for stream in open {
        replies.push(stream.finish().await);
    }
    replies
}

/// The same request on `count` connections at once.
async fn at_once(addr: SocketAddr, count: usize) -> Vec<Reply> {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..count {
        calls.spawn(async move { call(addr, "GET", "/threads", None).await });
    }
    calls.join_all().await
}

#[tokio::test]
async fn chunk_threads_make_no_more_than_their_number_over_the_gap() {
    let limits = LimitFlags { threads_per_chunk: Some(2), ..LimitFlags::default() };
    let server =
        start(BackendSettings { ttft: 400 * MS, tokens: 20, token_gap: 5 * MS, ..limited(limits) }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    for reply in streams(server.addr(), 6).await {
        assert!(reply.body.ends_with("{\"completion_tokens\":20}}\n\n"), "{}", reply.body);
    }
    // Six first tokens and 114 gaps on two threads.
    assert!(begun.elapsed() >= (6 * 400 * MS + 114 * 5 * MS) / 2, "{:?}", begun.elapsed());
    let counts = server.counts();
    // All produce at once: it is the chunks that queue, six but for the two on the threads.
    assert_eq!((counts.streams.completed, counts.streams.producing_peak), (6, 6));
    let expected = LimitCounts { chunks: 120, chunks_queued_peak: 4, ..LimitCounts::default() };
    assert_eq!(counts.limits, expected);
}

#[tokio::test]
async fn an_event_loop_takes_its_time_for_every_request_and_event() {
    let cost = 3 * MS;
    let limits = LimitFlags { event_cpu: Some(cost), ..LimitFlags::default() };
    let server = start(limited(limits)).await;
    let addr = server.addr();
    let begun = Instant::now();
    thread(addr, "t").await;
    for reply in streams(addr, 10).await {
        assert!(reply.body.ends_with("{\"completion_tokens\":6}}\n\n"), "{}", reply.body);
    }
    assert!(at_once(addr, 20).await.iter().all(|reply| reply.status == 200));
    let probe = open(addr, "GET", "/threads", None, "x-loadtest-probe: canary\r\n").await;
    assert_eq!((probe.status, call(addr, "GET", "/healthz", None).await.status), (200, 200));
    assert_eq!(call(addr, "GET", "/nowhere", None).await.status, 404);
    // A stream is its request, its tokens and its terminal event.
    let turns = 1 + 10 * (1 + 6 + 1) + 20 + 1 + 1 + 1;
    assert!(begun.elapsed() >= cost * turns as u32, "{:?}", begun.elapsed());
    let counts = server.counts();
    assert_eq!((counts.limits.loop_turns, counts.probes), (turns, 1));
    assert_eq!((counts.total("GET /threads"), counts.streams.completed), (20, 10));
    // Looking at the counts costs nothing.
    call(addr, "GET", "/_sandbox/counts", None).await;
    assert_eq!(server.counts().limits.loop_turns, turns);
}

#[tokio::test]
async fn fifty_microseconds_are_kept_too() {
    let limits = LimitFlags { event_cpu: Some(Duration::from_micros(50)), ..LimitFlags::default() };
    let settings = BackendSettings { tokens: 1_000, token_gap: Duration::ZERO, ..limited(limits) };
    let server = start(settings).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    streams(server.addr(), 8).await;
    assert!(begun.elapsed() >= 8_000 * MS / 20, "{:?}", begun.elapsed());
    assert_eq!(server.counts().limits.loop_turns, 1 + 8 * 1_002);
}

#[tokio::test]
async fn a_cheap_endpoint_waits_behind_whatever_came_before_it() {
    let cost = 200 * MS;
    let server = start(limited(LimitFlags { event_cpu: Some(cost), ..LimitFlags::default() })).await;
    let addr = server.addr();
    let begun = Instant::now();
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(send(addr, "GET /threads HTTP/1.1\r\nhost: t\r\n\r\n").await);
    }
    eventually(&server, |counts| counts.limits.loop_turns == 4).await;
    let canary = open(addr, "GET", "/threads", None, "x-loadtest-probe: canary\r\n").await;
    assert_eq!(canary.status, 200);
    assert!(begun.elapsed() >= 5 * cost, "{:?}", begun.elapsed());
    let counts = server.counts();
    assert_eq!((counts.probes, counts.total("GET /threads"), counts.limits.loop_turns), (1, 4, 5));
}

fn null_pool(connect: Duration, max: usize) -> LimitFlags {
    LimitFlags {
        db_connect: Some(connect),
        db_connect_sigma: 0.0,
        db_max: Some(max),
        ..LimitFlags::default()
    }
}

#[tokio::test]
async fn one_connection_too_many_is_a_500_with_the_sqlstate() {
    let server = start(limited(null_pool(600 * MS, 3))).await;
    let replies = at_once(server.addr(), 5).await;
    let (good, bad): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((good.len(), bad.len()), (3, 2));
    for reply in bad {
        assert_eq!((reply.status, reply.json()["sqlstate"].as_str()), (500, Some("53300")));
        assert!(reply.body.contains("sorry, too many clients already"), "{}", reply.body);
    }
    let counts = server.counts();
    assert_eq!((count(&counts, "GET /threads", 200), count(&counts, "GET /threads", 500)), (3, 2));
    let limits = counts.limits;
    assert_eq!((limits.db_connections, limits.db_connections_peak, limits.db_refused), (3, 3, 2));
}

#[tokio::test]
async fn a_stream_opens_two_connections_before_its_headers_and_one_before_its_end() {
    let server = start(limited(null_pool(20 * MS, 1))).await;
    thread(server.addr(), "t").await;
    assert_eq!(server.counts().limits.db_connections, 1);
    let begun = Instant::now();
    let stream = ask(server.addr()).await;
    assert!(begun.elapsed() >= 40 * MS);
    assert_eq!(server.counts().limits.db_connections, 3);
    assert!(stream.finish().await.body.contains("done"));
    assert!(begun.elapsed() >= 60 * MS + 15 * MS);
    let probe = open(server.addr(), "GET", "/threads", None, "x-loadtest-probe: canary\r\n").await;
    assert_eq!(probe.status, 200);
    let counts = server.counts();
    let expected = LimitCounts { db_connections: 5, db_connections_peak: 1, ..LimitCounts::default() };
    assert_eq!((counts.limits, counts.probes), (expected, 1));
}

#[tokio::test]
async fn an_answer_without_a_connection_ends_in_an_error_event() {
    let server = start(BackendSettings { ttft: 250 * MS, ..limited(null_pool(800 * MS, 1)) }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let stream = ask(addr).await;
    // Holds the one connection while the stream's last token is sent.
    let other = tokio::spawn(async move { call(addr, "GET", "/threads", None).await });
    let reply = stream.finish().await;
    let last = "\"the answer is not stored: FATAL: sorry, too many clients already\"}\n\n";
    assert!(reply.body.ends_with(last), "{}", reply.body);
    assert_eq!(other.await.unwrap().status, 200);
    assert_eq!((server.counts().streams.failed, server.counts().limits.db_refused), (1, 1));
}

#[tokio::test]
async fn streams_beyond_the_rate_are_429_with_the_time_to_wait() {
    let rate_limit = Some(RateLimit { per_second: 0.01 });
    let server = start(limited(LimitFlags { rate_limit, ..LimitFlags::default() })).await;
    let addr = server.addr();
    thread(addr, "t").await;
    assert!(ask(addr).await.finish().await.body.contains("done"));
    for _ in 0..5 {
        let reply = ask(addr).await.finish().await;
        assert_eq!(reply.status, 429);
        let after: u64 = reply.headers["retry-after"].parse().unwrap();
        assert!((1..=100).contains(&after), "{after}");
        assert_eq!(call(addr, "GET", "/threads", None).await.status, 200);
    }
    let counts = server.counts();
    assert_eq!((count(&counts, "POST /chat/stream", 200), count(&counts, "POST /chat/stream", 429)), (1, 5));
    assert_eq!((counts.limits.rate_limited, counts.streams.started, counts.faults.http_429), (5, 1, 0));
}

#[tokio::test]
async fn an_idle_bucket_admits_a_second_at_once() {
    let rate_limit = Some("3.5/s".parse().unwrap());
    let settings = BackendSettings {
        ttft: Duration::ZERO,
        ..limited(LimitFlags { rate_limit, ..LimitFlags::default() })
    };
    let server = start(settings).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let replies = streams(server.addr(), 60).await;
    let admitted = replies.iter().filter(|reply| reply.status == 200).count();
    let most = 3 + (3.5 * begun.elapsed().as_secs_f64()).ceil() as usize;
    assert!((3..=most).contains(&admitted), "{admitted} of at most {most}");
    assert_eq!(server.counts().limits.rate_limited as usize, 60 - admitted);
}

#[tokio::test]
async fn a_buffering_proxy_sends_the_whole_stream_at_its_end() {
    let buffered = LimitFlags { buffer_proxy: true, ..LimitFlags::default() };
    let (plain, proxied) = (start(quick()).await, start(limited(buffered)).await);
    thread(plain.addr(), "t").await;
    thread(proxied.addr(), "t").await;
    let begun = Instant::now();
    let stream = ask(proxied.addr()).await;
    // The headers come no sooner than the last token: 5 ms and five gaps of 2 ms.
    assert!(begun.elapsed() >= 15 * MS);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(proxied.counts().streams.completed, 1);
    let reply = stream.finish().await;
    assert!(reply.complete && reply.headers.contains_key("content-length"));
    assert_eq!(reply.body, ask(plain.addr()).await.finish().await.body);
}

#[tokio::test]
async fn faults_pass_through_a_buffering_proxy() {
    for (fault, complete) in [("cut=1", false), ("error_event=1", true), ("no_terminal=1", true)] {
        let buffered = LimitFlags { buffer_proxy: true, ..LimitFlags::default() };
        let settings = BackendSettings { faults: vec![fault.parse().unwrap()], ..limited(buffered) };
        let server = start(settings).await;
        thread(server.addr(), "t").await;
        let reply = ask(server.addr()).await.finish().await;
        assert_eq!((reply.status, reply.complete), (200, complete), "{fault}");
        assert!(reply.body.contains("w2") && !reply.body.contains("done"), "{fault}: {}", reply.body);
        let faults = server.counts().faults;
        assert_eq!(faults.cut + faults.error_event + faults.no_terminal, 1);
    }
}

#[tokio::test]
async fn who_leaves_a_buffering_proxy_aborts_the_stream() {
    let buffered = LimitFlags { buffer_proxy: true, ..LimitFlags::default() };
    let server = start(BackendSettings { ttft: 600_000 * MS, ..limited(buffered) }).await;
    thread(server.addr(), "t").await;
    let body = r#"{"thread_id":"t","message":"m"}"#;
    let length = body.len();
    let request = format!("POST /chat/stream HTTP/1.1\r\nhost: t\r\ncontent-length: {length}\r\n\r\n{body}");
    let socket = send(server.addr(), &request).await;
    eventually(&server, |counts| counts.streams.producing == 1).await;
    drop(socket);
    let counts = eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!((counts.streams.in_progress, counts.streams.producing), (0, 0));
    eventually(&server, |counts| count(counts, "POST /chat/stream", 499) == 1).await;
}

#[tokio::test]
async fn all_limits_hold_together() {
    let limits = LimitFlags {
        threads_per_chunk: Some(2),
        event_cpu: Some(Duration::from_micros(200)),
        rate_limit: "0.001/s".parse().ok(),
        buffer_proxy: true,
        ..null_pool(10 * MS, 2)
    };
    let server = start(BackendSettings { stream_slots: 3, ..limited(limits) }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    assert!(ask(addr).await.finish().await.body.contains("done"));
    assert_eq!(ask(addr).await.finish().await.status, 429);
    let expected = LimitCounts {
        chunks: 6,
        loop_turns: 1 + (1 + 6 + 1) + 1,
        db_connections: 1 + 3,
        db_connections_peak: 1,
        rate_limited: 1,
        ..LimitCounts::default()
    };
    assert_eq!(server.counts().limits, expected);
    server.reset();
    assert_eq!(server.counts(), backend::Counts::default());
}

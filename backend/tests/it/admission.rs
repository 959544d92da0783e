//! Admission in front of the slots, as a client sees it. Times are asserted from below only, counts
//! are exact.

use std::time::Duration;

use std::net::SocketAddr;
use std::time::Instant;

use crate::support::http::{Exchange, Reply};
use crate::support::{MS, ask, count, eventually, quick, start, thread};
use backend::{AdmissionFlags, BackendSettings};

fn settings(stream_slots: usize, admission: AdmissionFlags) -> BackendSettings {
    BackendSettings { stream_slots, ttft: 400 * MS, admission, ..quick() }
}

/// Opens `count` streams, one after another.
async fn open(addr: SocketAddr, count: usize) -> Vec<Exchange> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(ask(addr).await);
    }
    open
}

async fn finish(open: Vec<Exchange>) -> Vec<Reply> {
    let mut replies = Vec::new();
    for stream in open {
        replies.push(stream.finish().await);
    }
    replies
}

#[tokio::test]
async fn streams_go_through_one_by_one_and_none_is_refused() {
    let admission = AdmissionFlags { admission_rate: "20/s".parse().ok(), ..AdmissionFlags::default() };
    let server = start(BackendSettings { ttft: Duration::ZERO, ..settings(0, admission) }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let replies = finish(open(server.addr(), 9).await).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.body.contains("done")));
    // The first at once, the ninth after eight intervals of 50 ms.
    assert!(begun.elapsed() >= 8 * 50 * MS, "{:?}", begun.elapsed());
    assert_eq!(server.counts().limits, backend::LimitCounts::default());
}

#[tokio::test]
async fn a_full_queue_sheds_with_503_and_the_time_to_wait() {
    let admission = AdmissionFlags { queue_limit: Some(2), ..AdmissionFlags::default() };
    let server = start(BackendSettings { ttft: 900 * MS, ..settings(3, admission) }).await;
    let addr = server.addr();
    // A refused question is no stream, and a 404 gives its seat back.
    for _ in 0..9 {
        assert_eq!(ask(addr).await.finish().await.status, 404);
    }
    thread(addr, "t").await;
    let streams = open(addr, 5).await;
    for _ in 0..4 {
        let refused = ask(addr).await.finish().await;
        assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (503, "1"));
    }
    assert!(finish(streams).await.iter().all(|reply| reply.body.contains("done")));
    assert!(ask(addr).await.finish().await.body.contains("done"));
    let counts = server.counts();
    assert_eq!((count(&counts, "POST /chat/stream", 503), counts.limits.queue_refused), (4, 4));
    assert_eq!((counts.streams.peak, counts.streams.producing_peak, counts.streams.started), (5, 3, 6));
}

#[tokio::test]
async fn beyond_the_cap_is_a_429_and_who_leaves_makes_room() {
    let admission = AdmissionFlags { cap: Some(3), ..AdmissionFlags::default() };
    let server = start(BackendSettings { ttft: 600_000 * MS, ..settings(0, admission) }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let mut streams = open(addr, 3).await;
    let refused = ask(addr).await.finish().await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (429, "1"));
    streams.pop();
    eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!(ask(addr).await.status, 200);
    let counts = server.counts();
    assert_eq!((counts.limits.capped, counts.limits.rate_limited, counts.streams.peak), (1, 0, 3));
}

#[tokio::test]
async fn a_wait_comes_before_each_slot() {
    let admission = AdmissionFlags { slot_wait: Some(150 * MS), ..AdmissionFlags::default() };
    let server = start(settings(1, admission)).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let mut stream = ask(server.addr()).await;
    assert_eq!(server.counts().streams.producing, 0);
    stream.wait_for("\"i\":0").await;
    assert!(begun.elapsed() >= (150 + 400) * MS, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_autoscaler_doubles_the_slots_once() {
    let admission = AdmissionFlags { scale_out: Some(300 * MS), ..AdmissionFlags::default() };
    let server = start(BackendSettings { ttft: 600_000 * MS, ..settings(2, admission) }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let streams = open(server.addr(), 7).await;
    eventually(&server, |counts| counts.streams.producing == 4).await;
    assert!(begun.elapsed() >= 300 * MS, "{:?}", begun.elapsed());
    tokio::time::sleep(400 * MS).await;
    let counts = server.counts();
    assert_eq!((counts.streams.producing_peak, counts.limits.slots_added), (4, 2));
    drop(streams);
}

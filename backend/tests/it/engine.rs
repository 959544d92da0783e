//! The engine whose pace depends on the load, as a client sees it. Times are asserted from below
//! only, counts are exact.

use std::time::Instant;

use crate::support::{MS, ask, eventually, quick, start, thread};
use backend::{BackendSettings, EngineFlags};

fn batch(slots: usize) -> BackendSettings {
    let engine = EngineFlags {
        batch_slots: Some(slots),
        batch_step: Some(10 * MS),
        batch_per_seq: Some(2 * MS),
        prefill: Some(30 * MS),
        ..EngineFlags::default()
    };
    // The delays of the slots have no part in it.
    BackendSettings { stream_slots: 0, ttft: 600_000 * MS, token_gap: 600_000 * MS, engine, ..quick() }
}

#[tokio::test]
async fn a_batch_decodes_in_steps_and_the_others_wait() {
    let server = start(BackendSettings { tokens: 20, ..batch(2) }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..6 {
        streams.push(ask(server.addr()).await);
    }
    for stream in streams {
        assert!(stream.finish().await.body.ends_with("{\"completion_tokens\":20}}\n\n"));
    }
    // Six sequences of 20 tokens, two in a step; a step is 10 ms, each sequence in it 2 ms.
    let least = 60 * 10 * MS + 120 * 2 * MS + 6 * 30 * MS;
    assert!(begun.elapsed() >= least, "{:?} of {least:?}", begun.elapsed());
    let counts = server.counts();
    assert_eq!((counts.streams.completed, counts.streams.producing_peak), (6, 2));
    // At most a step more for each sequence that was alone in one.
    assert!((60..=100).contains(&counts.limits.batch_steps), "{}", counts.limits.batch_steps);
}

#[tokio::test]
async fn faults_keep_their_shape_in_a_batch() {
    for (fault, complete) in [("cut=1", false), ("error_event=1", true), ("stall=1", true)] {
        let faults = vec![fault.parse().unwrap()];
        let server = start(BackendSettings { faults, stall: 300 * MS, ..batch(2) }).await;
        thread(server.addr(), "t").await;
        let begun = Instant::now();
        let reply = ask(server.addr()).await.finish().await;
        assert_eq!((reply.complete, reply.body.contains("w2")), (complete, true), "{fault}: {}", reply.body);
        let stalled = fault == "stall=1";
        assert_eq!(reply.body.contains("done"), stalled, "{fault}");
        let least = if stalled { 30 * MS + 6 * 12 * MS + 300 * MS } else { 30 * MS + 4 * 12 * MS };
        assert!(begun.elapsed() >= least, "{fault}: {:?}", begun.elapsed());
        let faults = server.counts().faults;
        assert_eq!(faults.cut + faults.error_event + faults.stall, 1);
    }
}

#[tokio::test]
async fn who_leaves_a_batch_makes_room() {
    let server = start(BackendSettings { tokens: 4096, ..batch(1) }).await;
    thread(server.addr(), "t").await;
    let first = ask(server.addr()).await;
    let mut second = ask(server.addr()).await;
    eventually(&server, |counts| counts.streams.producing == 1).await;
    drop(first);
    second.wait_for("\"i\":3}").await;
    let counts = server.counts();
    assert_eq!((counts.streams.aborted, counts.streams.producing, counts.streams.producing_peak), (1, 1, 1));
}

#[tokio::test]
async fn each_stream_beyond_the_slots_slows_all() {
    let engine = EngineFlags { collapse: Some(20 * MS), ..EngineFlags::default() };
    let server = start(BackendSettings { stream_slots: 1, ttft: 200 * MS, engine, ..quick() }).await;
    thread(server.addr(), "t").await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(ask(server.addr()).await);
    }
    let begun = Instant::now();
    for stream in streams.drain(..) {
        assert!(stream.finish().await.body.contains("done"));
    }
    // Beside three, two and one others; but for the first token of the first, which began alone.
    let chunks = 5 * 3 + 6 * 2 + 6;
    let least = 3 * 200 * MS + 20 * MS * chunks;
    assert!(begun.elapsed() >= least, "{:?} of {least:?}", begun.elapsed());
    assert_eq!(server.counts().streams.producing_peak, 1);
}

#[tokio::test]
async fn a_cold_engine_is_three_times_as_slow_at_first() {
    let engine = EngineFlags { warm_up: Some(250 * MS), ..EngineFlags::default() };
    let server = start(BackendSettings { ttft: 100 * MS, engine, ..quick() }).await;
    thread(server.addr(), "t").await;
    tokio::time::sleep(300 * MS).await;
    // It is the first stream that begins it.
    for least in [300 * MS, 100 * MS] {
        let begun = Instant::now();
        ask(server.addr()).await.wait_for("\"i\":0}").await;
        assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    }
}

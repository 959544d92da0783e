//! Pace, pings, line ends, slots and seeds of chat streams.

use std::time::{Duration, Instant};

use crate::support::http::call;
use crate::support::{MS, ask, quick, start, thread};
use backend::{BackendSettings, Newline};

#[tokio::test]
async fn line_ends_are_crlf_on_request() {
    let settings =
        BackendSettings { sse_newline: Newline::Crlf, ping: 5 * MS, ttft: 30 * MS, tokens: 2, ..quick() };
    let server = start(settings).await;
    thread(server.addr(), "t").await;
    let reply = ask(server.addr()).await.finish().await;
    let events: Vec<&str> =
        reply.body.split_terminator("\r\n\r\n").filter(|event| *event != ": ping").collect();
    let expected = [
        "data: {\"type\":\"token\",\"content\":\"w0 \",\"i\":0}",
        "data: {\"type\":\"token\",\"content\":\"w1 \",\"i\":1}",
        "data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":2}}",
    ];
    assert_eq!(events, expected);
    assert!(reply.body.starts_with(": ping\r\n\r\n"));
    assert_eq!(reply.body.matches('\n').count(), reply.body.matches("\r\n").count());
}

#[tokio::test]
async fn pings_come_while_a_stream_waits_for_its_slot() {
    let server = start(BackendSettings { stream_slots: 1, ttft: 600 * MS, ping: 20 * MS, ..quick() }).await;
    thread(server.addr(), "t").await;
    let first = ask(server.addr()).await;
    let mut second = ask(server.addr()).await;
    // The second cannot have its slot before the first has had its 600 ms.
    for _ in 0..5 {
        assert_eq!(second.chunk().await.as_deref(), Some(": ping\n\n"));
    }
    assert!(first.finish().await.body.contains("done"));
    assert!(second.finish().await.body.contains("done"));
}

#[tokio::test]
async fn without_pings_there_are_none() {
    let server = start(BackendSettings { ping: Duration::ZERO, ttft: 50 * MS, ..quick() }).await;
    thread(server.addr(), "t").await;
    assert!(!ask(server.addr()).await.finish().await.body.contains("ping"));
}

#[tokio::test]
async fn three_slots_never_hold_more_than_three_streams() {
    let server = start(BackendSettings { stream_slots: 3, ttft: 600 * MS, ..quick() }).await;
    thread(server.addr(), "t").await;
    let mut streams = Vec::new();
    for _ in 0..11 {
        streams.push(ask(server.addr()).await);
    }
    for stream in streams {
        assert!(stream.finish().await.body.contains("done"));
    }
    let streams = server.counts().streams;
    assert_eq!((streams.started, streams.completed, streams.peak), (11, 11, 11));
    assert_eq!((streams.producing, streams.producing_peak), (0, 3));
}

#[tokio::test]
async fn a_slot_goes_to_the_stream_that_waited_longest() {
    let server = start(BackendSettings { stream_slots: 1, ttft: 60 * MS, ..quick() }).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..8 {
        let (mut stream, sender) = (ask(addr).await, sender.clone());
        tokio::spawn(async move {
            stream.wait_for("\"i\":0").await;
            sender.send(n).unwrap();
            stream.finish().await;
        });
    }
    drop(sender);
    let mut seen = Vec::new();
    while let Some(n) = order.recv().await {
        seen.push(n);
    }
    assert_eq!(seen, (0..8).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_limit_lets_all_produce() {
    let server = start(BackendSettings { stream_slots: 0, ttft: 600 * MS, ..quick() }).await;
    thread(server.addr(), "t").await;
    let mut streams = Vec::new();
    for _ in 0..40 {
        streams.push(ask(server.addr()).await);
    }
    for stream in streams {
        stream.finish().await;
    }
    assert_eq!(server.counts().streams.producing_peak, 40);
}

#[tokio::test]
async fn deadlines_are_absolute_and_never_early() {
    let server = start(BackendSettings { ttft: 50 * MS, tokens: 100, token_gap: 3 * MS, ..quick() }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let mut stream = ask(server.addr()).await;
    stream.wait_for("\"i\":0}").await;
    assert!(begun.elapsed() >= 50 * MS);
    stream.wait_for("\"i\":99}").await;
    assert!(begun.elapsed() >= 50 * MS + 99 * 3 * MS);
}

#[tokio::test]
async fn a_zero_gap_sends_the_answer_at_once() {
    let server = start(BackendSettings { tokens: 4096, token_gap: Duration::ZERO, ..quick() }).await;
    thread(server.addr(), "t").await;
    let mut stream = ask(server.addr()).await;
    assert!(stream.chunk().await.unwrap().ends_with("\"i\":4095}\n\n"));
    assert!(stream.finish().await.body.ends_with("{\"completion_tokens\":4096}}\n\n"));
}

/// Lengths of the first answers of a server, by their terminal events.
async fn lengths(seed: u64) -> Vec<String> {
    let settings = BackendSettings {
        seed,
        tokens: 40,
        tokens_sigma: 0.5,
        token_gap: Duration::ZERO,
        ttft_sigma: 0.45,
        ..quick()
    };
    let server = start(settings).await;
    thread(server.addr(), "t").await;
    let mut all = Vec::new();
    for _ in 0..2 {
        for _ in 0..10 {
            let reply = ask(server.addr()).await.finish().await;
            let last = reply.body.trim_end().rsplit("\n\n").next().unwrap();
            all.push(last.to_owned());
        }
        call(server.addr(), "POST", "/_sandbox/reset", None).await;
    }
    all
}

#[tokio::test]
async fn a_seed_repeats_its_run_also_after_a_reset() {
    let one = lengths(1).await;
    assert_eq!(one, lengths(1).await);
    assert_eq!(one[..10], one[10..]);
    assert_ne!(one, lengths(2).await);
}

//! Each fault is delivered as described and counted exactly.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::support::http::{Reply, call, open};
use crate::support::{MS, ask, count, eventually, quick, start, thread};
use backend::{BackendSettings, FaultCounts};

const DONE: &str = "data: {\"type\":\"done\",\"usage\":{\"completion_tokens\":6}}\n\n";
const ERROR: &str = "data: {\"type\":\"error\",\"message\":\"the model failed on purpose\"}\n\n";

/// The quick server with faults; its threads are made before any can be met.
fn with(faults: &[&str]) -> BackendSettings {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    BackendSettings { faults, stall: 60 * MS, stream_slots: 0, ..quick() }
}

fn tokens(n: u32) -> String {
    (0..n).map(|i| format!("data: {{\"type\":\"token\",\"content\":\"w{i} \",\"i\":{i}}}\n\n")).collect()
}

/// What a reader makes of a response that it read to the end.
fn class(reply: &Reply) -> &'static str {
    let is_html = reply.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    match reply.status {
        500 => "http_500",
        429 => "http_429",
        200 if is_html => "html",
        200 if !reply.complete => "cut",
        200 if reply.body.ends_with(ERROR) => "error_event",
        200 if reply.body.ends_with(DONE) => "done",
        200 if reply.body == tokens(6) => "no_terminal",
        _ => "other",
    }
}

/// Makes thread `t` however many faults stand in the way.
async fn insist_on_thread(addr: std::net::SocketAddr) {
    loop {
        let reply = call(addr, "POST", "/threads", Some(r#"{"id":"t","title":"t"}"#)).await;
        if reply.status == 201 {
            return;
        }
    }
}

#[tokio::test]
async fn three_hundred_streams_with_every_fault_agree_to_the_digit() {
    let kinds = ["no_terminal", "error_event", "cut", "stall", "http_500", "http_429", "html"];
    let server = start(with(&kinds.map(|kind| format!("{kind}=10%")).each_ref().map(String::as_str))).await;
    let addr = server.addr();
    insist_on_thread(addr).await;
    server.reset();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..300 {
        readers.spawn(async move { class(&ask(addr).await.finish().await) });
    }
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for class in readers.join_all().await {
        *seen.entry(class).or_default() += 1;
    }
    let counts = server.counts();
    let of = |class: &str| seen.get(class).copied().unwrap_or(0);
    let expected = FaultCounts {
        no_terminal: of("no_terminal"),
        error_event: of("error_event"),
        cut: of("cut"),
        stall: counts.faults.stall,
        http_500: of("http_500"),
        http_429: of("http_429"),
        html: of("html"),
    };
    assert_eq!((of("other"), &counts.faults), (0, &expected));
    let streams = &counts.streams;
    assert_eq!((streams.completed, streams.aborted, streams.failed), (of("done"), 0, 0));
    let ended = streams.completed + expected.no_terminal + expected.error_event + expected.cut;
    assert_eq!((streams.started, streams.in_progress), (ended, 0));
    assert_eq!(count(&counts, "POST /chat/stream", 200), streams.started + expected.html);
    assert_eq!(counts.total("POST /chat/stream"), 300);
    for kind in kinds {
        let n = if kind == "stall" { counts.faults.stall } else { of(kind) };
        // Binomial(300, 0.1): six sigmas of 5.2 about 30 stop short of zero.
        assert!((1..=61).contains(&n), "{kind}: {n}");
    }
}

#[tokio::test]
async fn every_endpoint_meets_the_faults_that_are_no_streams() {
    let server = start(with(&["http_500=20%", "http_429=0.2", "html=0.2", "cut=0.4"])).await;
    let addr = server.addr();
    let calls = [
        ("GET", "/threads", None),
        ("PATCH", "/threads/none", Some(r#"{"title":"x"}"#)),
        ("DELETE", "/threads/none", None),
        ("GET", "/threads/none/messages", None),
        ("POST", "/threads/none/messages", Some(r#"{"id":"m","role":"user","content":"c"}"#)),
    ];
    let mut seen: BTreeMap<(&str, u16), u64> = BTreeMap::new();
    let mut html = 0;
    for _ in 0..60 {
        for (method, path, body) in calls {
            let reply = call(addr, method, path, body).await;
            html += u64::from(class(&reply) == "html");
            *seen.entry((method, reply.status)).or_default() += 1;
        }
    }
    let faults = server.counts().faults;
    let all = |status| seen.iter().filter(|((_, s), _)| *s == status).map(|(_, n)| n).sum::<u64>();
    let expected = FaultCounts { http_500: all(500), http_429: all(429), html, ..FaultCounts::default() };
    assert_eq!(faults, expected);
    for method in ["GET", "PATCH", "DELETE", "POST"] {
        assert!(seen.contains_key(&(method, 500)) && seen.contains_key(&(method, 429)), "{seen:?}");
    }
    let counted: u64 = server.counts().requests.values().flat_map(BTreeMap::values).sum();
    assert_eq!(counted, 300);
}

#[tokio::test]
async fn own_pages_and_unknown_paths_meet_no_fault() {
    let server = start(with(&["http_500=1"])).await;
    assert_eq!(call(server.addr(), "GET", "/healthz", None).await.status, 200);
    assert_eq!(call(server.addr(), "GET", "/nothing", None).await.status, 404);
    assert_eq!(call(server.addr(), "GET", "/threads", None).await.status, 500);
}

#[tokio::test]
async fn a_429_says_when_to_come_back() {
    let server = start(with(&["http_429=1"])).await;
    let reply = call(server.addr(), "GET", "/threads", None).await;
    assert_eq!((reply.status, reply.headers["retry-after"].as_str()), (429, "1"));
}

#[tokio::test]
async fn a_cut_leaves_half_an_event_in_an_unfinished_message() {
    let server = start(with(&["cut=1"])).await;
    thread(server.addr(), "t").await;
    for n in 1..=20 {
        let mut stream = ask(server.addr()).await;
        while stream.chunk().await.is_some_and(|chunk| !chunk.is_empty()) {}
        let (whole, half) = stream.body.rsplit_once("\n\n").unwrap();
        assert_eq!(format!("{whole}\n\n"), tokens(3));
        assert!(
            !half.is_empty() && "data: {\"type\":\"token\",\"content\":\"w3 \"".starts_with(half),
            "{half}"
        );
        // Neither a last chunk nor anything else: the connection is gone.
        assert!(stream.is_closed().await);
        assert_eq!(server.counts().faults.cut, n);
    }
}

#[tokio::test]
async fn an_error_event_follows_half_of_the_tokens() {
    let server = start(with(&["error_event=1"])).await;
    thread(server.addr(), "t").await;
    let reply = ask(server.addr()).await.finish().await;
    assert_eq!((reply.body, reply.complete), (tokens(3) + ERROR, true));
    assert_eq!(server.counts().faults.error_event, 1);
}

#[tokio::test]
async fn without_its_terminal_event_a_stream_still_ends_cleanly() {
    let server = start(with(&["no_terminal=1"])).await;
    thread(server.addr(), "t").await;
    let reply = ask(server.addr()).await.finish().await;
    assert_eq!((reply.body, reply.complete), (tokens(6), true));
    assert_eq!((server.counts().faults.no_terminal, server.counts().streams.completed), (1, 0));
}

#[tokio::test]
async fn a_stall_is_silent_and_then_goes_on() {
    let server =
        start(BackendSettings { stall: 400 * MS, ping: 20 * MS, ttft: Duration::ZERO, ..with(&["stall=1"]) })
            .await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let mut stream = ask(server.addr()).await;
    stream.wait_for("\"i\":2}").await;
    assert_eq!(server.counts().faults.stall, 0);
    // The very next bytes are a token: no ping breaks the silence.
    assert!(stream.chunk().await.unwrap().starts_with("data: {\"type\":\"token\",\"content\":\"w3 \""));
    assert!(begun.elapsed() >= 400 * MS);
    let reply = stream.finish().await;
    assert_eq!(reply.body.replace(": ping\n\n", ""), tokens(6) + DONE);
    let counts = server.counts();
    assert_eq!((counts.faults.stall, counts.streams.completed), (1, 1));
}

#[tokio::test]
async fn a_single_token_stalls_before_its_terminal_event() {
    let server = start(BackendSettings { tokens: 1, ..with(&["stall=1"]) }).await;
    thread(server.addr(), "t").await;
    let begun = Instant::now();
    let reply = ask(server.addr()).await.finish().await;
    assert!(reply.body.ends_with("{\"completion_tokens\":1}}\n\n") && begun.elapsed() >= 60 * MS);
    assert_eq!(server.counts().faults.stall, 1);
}

#[tokio::test]
async fn a_fault_that_the_reader_did_not_wait_for_is_not_counted() {
    let server = start(BackendSettings { stall: 600_000 * MS, ..with(&["stall=1"]) }).await;
    thread(server.addr(), "t").await;
    let mut stream = ask(server.addr()).await;
    stream.wait_for("\"i\":2}").await;
    drop(stream);
    let counts = eventually(&server, |counts| counts.streams.aborted == 1).await;
    assert_eq!(counts.faults, FaultCounts::default());
    let missing = Some(r#"{"thread_id":"none","message":"m"}"#);
    assert_eq!(call(server.addr(), "POST", "/chat/stream", missing).await.status, 404);
    assert_eq!(server.counts().faults, FaultCounts::default());
}

#[tokio::test]
async fn an_injected_answer_leaves_the_connection_usable() {
    let server = start(with(&["http_500=1"])).await;
    let body = r#"{"id":"a","title":"t"}"#;
    let mut exchange = open(server.addr(), "POST", "/threads", Some(body), "").await;
    assert_eq!(exchange.status, 500);
    exchange.chunkless().await;
    let again = exchange.again("GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n").await;
    assert_eq!(again.status, 200);
}

/// What twenty requests in a row meet.
async fn faults_of_twenty(seed: u64) -> Vec<&'static str> {
    let server =
        start(BackendSettings { seed, ..with(&["cut=0.2", "http_500=0.2", "no_terminal=0.2"]) }).await;
    insist_on_thread(server.addr()).await;
    server.reset();
    let mut all = Vec::new();
    for _ in 0..20 {
        all.push(class(&ask(server.addr()).await.finish().await));
    }
    all
}

#[tokio::test]
async fn a_seed_gives_the_same_faults_again() {
    let one = faults_of_twenty(1).await;
    assert_eq!(one, faults_of_twenty(1).await);
    assert_ne!(one, faults_of_twenty(2).await);
}

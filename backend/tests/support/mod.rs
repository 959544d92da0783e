//! What the tests of the backend share.

#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

pub mod http;

use std::net::SocketAddr;
use std::time::Duration;

use backend::{Counts, Running, Settings};

pub const MS: Duration = Duration::from_millis(1);

/// A server on a free port whose streams are short and fixed: first token after
/// 5 ms, six tokens, 2 ms apart.
pub fn quick() -> Settings {
    Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ttft: 5 * MS,
        ttft_sigma: 0.0,
        tokens: 6,
        tokens_sigma: 0.0,
        token_gap: 2 * MS,
        ..Settings::default()
    }
}

pub async fn start(settings: Settings) -> Running {
    backend::start(settings).await.unwrap()
}

/// Waits for a state that the server reaches on its own, as when it notices
/// that a peer has gone; gives up after ten seconds.
pub async fn eventually(server: &Running, what: impl Fn(&Counts) -> bool) -> Counts {
    for _ in 0..1_000 {
        let counts = server.counts();
        if what(&counts) {
            return counts;
        }
        tokio::time::sleep(10 * MS).await;
    }
    panic!("never came: {:?}", server.counts());
}

/// The count of one endpoint under one status.
pub fn count(counts: &Counts, endpoint: &str, status: u16) -> u64 {
    counts.requests.get(endpoint).and_then(|statuses| statuses.get(&status)).copied().unwrap_or(0)
}

/// Makes the thread that streams are asked in.
pub async fn thread(addr: SocketAddr, id: &str) {
    let body = format!(r#"{{"id":"{id}","title":"t"}}"#);
    let reply = http::call(addr, "POST", "/threads", Some(&body)).await;
    assert_eq!(reply.status, 201);
}

/// Opens a chat stream in thread `t`.
pub async fn ask(addr: SocketAddr) -> http::Exchange {
    http::open(addr, "POST", "/chat/stream", Some(r#"{"thread_id":"t","message":"hello"}"#), "").await
}

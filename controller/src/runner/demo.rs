//! What `--demo` shows: a service whose limit a minute is enough to find.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::class::ClassSet;
use common::shape::{Shape, Stage};

/// A sandbox that lets ten streams run at once.
///
/// An answer takes some 0.6 s (40 tokens, median), so ten slots give about 16 a second. A user asks for one
/// about every five seconds, all classes taken together: some 80 users fill the slots.
pub(crate) fn sandbox(seed: u64) -> backend::BackendSettings {
    backend::BackendSettings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        stream_slots: 10,
        ttft: Duration::from_millis(200),
        ttft_sigma: 0.3,
        tokens: 40,
        tokens_sigma: 0.3,
        token_gap: Duration::from_millis(10),
        seed,
        ..backend::BackendSettings::default()
    }
}

/// A minute in which the load passes what the sandbox holds: two stages below, two above, since a plateau
/// is proven by throughput that stays where it is while users are added.
pub(crate) fn shape() -> Shape {
    Shape {
        name: "demo".to_owned(),
        stages: vec![
            stage("24 users", 10, 24, 24.0),
            stage("48 users", 10, 48, 24.0),
            stage("96 users", 11, 96, 48.0),
            stage("144 users", 12, 144, 48.0),
            stage("216 users", 13, 216, 72.0),
            stage("ramp down", 3, 0, 108.0),
        ],
        mock_llm: false,
    }
}

fn stage(name: &str, seconds: u64, users: u32, spawn_rate: f64) -> Stage {
    let duration = Duration::from_secs(seconds);
    Stage { name: name.to_owned(), duration, users, spawn_rate, classes: ClassSet::ALL }
}

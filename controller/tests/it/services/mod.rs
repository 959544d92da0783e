//! The limit search against services whose truth is known, in virtual time: the whole run (timeline, leases,
//! deltas, rungs, verdict) is the real one; the worker's users and the service are simulated, event by event.
//!
//! ```text
//! Run ── target users ──▶ Users ── ask ──▶ Service
//!  ▲                        ▲                 │
//!  └── one delta a second ──┴── tokens, end ──┘
//! ```
//!
//! A search of three minutes takes a second. `processes/bottleneck_sandbox.rs` holds one of them against real ones.

mod model;
mod queue;
mod search;
mod twins;
mod worker;

use model::Service;
use search::{Found, search};
use verdict::limits::{CauseKind, UserVerdict};

/// Seeds of each service.
const SEEDS: u64 = 3;

/// Streams of about 230 ms, by what is the least of what they wait for.
fn usual() -> Service {
    Service { ttft_us: 30_000, tokens: 20.0, gap_us: 10_000, ..Service::default() }
}

fn each_seed(service: &Service, threshold: &str, max_users: u32, check: impl Fn(&Found)) {
    for seed in 0..SEEDS {
        check(&search(service, threshold, max_users, seed));
    }
}

#[test]
fn a_pool_is_found_with_its_slots() {
    for slots in [10, 24] {
        let service = Service { slots: Some(slots), ..usual() };
        each_seed(&service, "ttft.p95<150ms", 64, |found| {
            assert_eq!(found.cause(), CauseKind::SlotPool, "{found:#?}");
            let slot_limit = found.limits.slot_limit.unwrap();
            assert!((slot_limit.estimate - slots as f64).abs() <= 1.0, "{found:#?}");
            assert!(slot_limit.low <= slots as f64 && slots as f64 <= slot_limit.high, "{found:#?}");
            let users = &found.limits.users;
            assert_eq!(users.verdict, UserVerdict::Found, "{found:#?}");
            assert!(slots as u64 <= users.low && users.low < users.high.unwrap(), "{found:#?}");
        });
    }
}

#[test]
fn a_thread_for_each_chunk_is_found() {
    let service =
        Service { ttft_us: 100_000, tokens: 30.0, gap_us: 5_000, chunk_threads: Some(16), ..usual() };
    each_seed(&service, "icl.p95<20ms", 64, |found| {
        assert_eq!(found.cause(), CauseKind::ThreadPerChunk, "{found:#?}");
        assert_eq!(found.limits.slot_limit, None);
    });
}

#[test]
fn a_full_event_loop_is_found() {
    let service = Service { event_cpu_us: 1_000, ..usual() };
    each_seed(&service, "icl.p95<40ms", 64, |found| {
        assert_eq!(found.cause(), CauseKind::EventLoop, "{found:#?}");
        assert_eq!(found.limits.slot_limit, None);
    });
}

#[test]
fn a_database_without_connections_is_found() {
    let service = Service { tokens: 8.0, connections: Some(20), connect_us: 40_000, ..usual() };
    each_seed(&service, "failures<1%", 64, |found| {
        assert_eq!(found.cause(), CauseKind::DatabaseConnections, "{found:#?}");
        assert!(found.limits.users.low >= 16, "nothing fails up to 20 users: {found:#?}");
    });
}

#[test]
fn a_rate_limiter_is_found() {
    let service = Service { rate_limit: Some(20.0), ..usual() };
    each_seed(&service, "failures<1%", 16, |found| {
        assert_eq!(found.cause(), CauseKind::RateLimit, "{found:#?}");
    });
}

#[test]
fn a_buffering_proxy_is_found() {
    let service = Service { is_buffered: true, ..usual() };
    each_seed(&service, "ttft.p95<2s", 16, |found| {
        assert_eq!(found.cause(), CauseKind::BufferingProxy, "{found:#?}");
        assert_eq!(found.limits.slot_limit, None);
    });
}

#[test]
fn where_there_is_no_limit_none_is_invented() {
    each_seed(&usual(), "ttft.p95<150ms", 32, |found| {
        assert_eq!(found.cause(), CauseKind::NoneInRange, "{found:#?}");
        assert_eq!(found.limits.users.verdict, UserVerdict::NoFailureInRange, "{found:#?}");
        assert_eq!((found.limits.slot_limit, found.limits.knee), (None, None), "{found:#?}");
    });
}

#[test]
fn what_the_report_counts_is_what_the_service_counted() {
    let service = Service { slots: Some(4), ..usual() };
    let found = search(&service, "ttft.p95<150ms", 16, 1);
    assert_eq!(found.reported, found.served);
    assert!(found.served > 100, "{found:#?}");
}

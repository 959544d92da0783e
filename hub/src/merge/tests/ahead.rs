//! Deltas of workers whose clock is ahead, because the controller's stood still.

use super::*;

#[test]
fn what_an_early_clock_measured_is_kept_and_ends_now() {
    let (mut ledger, now) = (Ledger::new(RUN), Duration::from_secs(10));
    for seq in 1..=60 {
        let early =
            wire::Delta { from_us: (40 + seq) * 1_000_000, to_us: (41 + seq) * 1_000_000, ..delta(seq) };
        assert_eq!(ledger.merge(0, &PROCESS, "w", early, now), Ok(MergeOutcome::New));
    }
    let account = ledger.account(0);
    assert_eq!((account.merged, account.refused_deltas(), account.requests), (60, 0, 300));
    assert_eq!(account.covered, now);
    assert_eq!(ledger.seconds.end(), 10, "no second is opened that has not been");
    assert!(ledger.failures.values().all(|failure| failure.last <= now + Duration::from_secs(2)));
}

#[test]
fn an_interval_that_began_before_now_loses_only_its_end() {
    let mut ledger = Ledger::new(RUN);
    let long = wire::Delta { from_us: 0, to_us: 60_000_000, ..delta(1) };
    ledger.merge(0, &PROCESS, "w", long, Duration::from_secs(10)).unwrap();
    assert_eq!(ledger.account(0).covered, Duration::from_secs(10));
}

#[test]
fn before_the_first_moment_of_the_run_there_is_still_an_interval() {
    let mut ledger = Ledger::new(RUN);
    let early = wire::Delta { from_us: 9_000_000, to_us: 10_000_000, ..delta(1) };
    assert_eq!(ledger.merge(0, &PROCESS, "w", early, Duration::ZERO), Ok(MergeOutcome::New));
}

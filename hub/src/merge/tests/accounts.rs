//! What one worker contributed.

use common::stats::SparseHistogram;

use super::*;

#[test]
fn an_account_adds_up_what_its_worker_sent() {
    let mut ledger = ledger_of(3);
    let account = ledger.account(0);
    assert_eq!((account.merged, account.requests, account.failures), (3, 15, 3), "cut requests are requests");
    assert_eq!((account.covered, account.gaps.len()), (Duration::from_secs(3), 0));
    assert_eq!((account.peak_users, account.cpu_peak, account.memory_peak), (5, 500, 1 << 20));
}

#[test]
fn the_accounts_add_up_to_the_totals() {
    let mut ledger = ledger_of(3);
    for seq in 1..=5 {
        let other = wire::Delta { incarnation: vec![3; 16], ..delta(seq) };
        ledger.merge(1, &[3; 16], "v", other, LATE).unwrap();
    }
    let requests: u64 = ledger.accounts.iter().map(|account| account.requests).sum();
    let failures: u64 = ledger.accounts.iter().map(|account| account.failures).sum();
    assert_eq!((requests, failures), (ledger.totals.run.all().count(), ledger.totals.run.all().failures));
    assert_eq!(requests, 8 * 5);
}

#[test]
fn an_account_keeps_the_worst_of_its_workers_health() {
    let mut ledger = Ledger::new(RUN);
    for (seq, cpu_permille, late) in [(1, 300, 1), (2, 950, 7), (3, 901, 2), (4, 900, 0)] {
        let health = wire::Health {
            cpu_permille,
            memory_bytes: seq,
            timers: 10,
            timers_late: late,
            lateness: SparseHistogram::repeated(late * 100, 10).encode(),
            own_stamps: 9,
            lost_us: late * 10_000_000,
            coalesced: 1,
            reopened: seq,
            ..wire::Health::default()
        };
        merge(&mut ledger, wire::Delta { health: Some(health), ..delta(seq) }).unwrap();
    }
    let account = ledger.account(0);
    assert_eq!((account.cpu_peak, account.memory_peak, account.load.lost_seconds), (950, 4, 3));
    assert_eq!((account.timers, account.timers_late, account.lateness.max()), (40, 10, Some(700)));
    assert_eq!((account.lateness.count(), account.own_stamps), (40, 36));
    assert_eq!((account.coalesced, account.reopened), (4, 10));
}

#[test]
fn a_span_for_which_nothing_came_is_a_gap() {
    let mut ledger = ledger_of(1);
    merge(&mut ledger, wire::Delta { from_us: 4_000_000, to_us: 5_000_000, ..delta(2) }).unwrap();
    let account = ledger.account(0);
    assert_eq!(account.gaps, [Duration::from_secs(1)..Duration::from_secs(4)]);
    assert_eq!(account.covered, Duration::from_secs(5));
}

#[test]
fn a_clock_that_is_corrected_a_little_makes_no_gap() {
    let mut ledger = ledger_of(1);
    merge(&mut ledger, wire::Delta { from_us: 1_400_000, to_us: 2_000_000, ..delta(2) }).unwrap();
    assert_eq!(ledger.account(0).gaps, []);
}

#[test]
fn a_late_joiner_has_no_gap_before_it_came() {
    let mut ledger = Ledger::new(RUN);
    merge(&mut ledger, wire::Delta { from_us: 60_000_000, to_us: 61_000_000, ..delta(1) }).unwrap();
    assert_eq!(ledger.account(0).gaps, []);
}

#[test]
fn a_worker_that_says_nothing_of_its_health_is_taken_for_well() {
    let mut ledger = Ledger::new(RUN);
    merge(&mut ledger, wire::Delta { health: None, ..delta(1) }).unwrap();
    let account = ledger.account(0);
    assert_eq!(
        (account.cpu_peak, account.memory_peak, account.load.lost_seconds, account.load.lost_permille),
        (0, 0, 0, 0)
    );
}

//! Duplicates, gaps, strangers: each delta counts once, in its turn.

use proptest::prelude::*;

use super::*;

#[test]
fn a_delta_that_comes_again_is_counted_and_changes_nothing_else() {
    let mut ledger = ledger_of(3);
    for seq in [3, 1, 2, 3] {
        assert_eq!(merge(&mut ledger, delta(seq)), Ok(MergeOutcome::Duplicate));
    }
    assert_eq!(ledger.totals.run, ledger_of(3).totals.run);
    assert_eq!(ledger.account(0).duplicates, 4);
    assert_eq!((ledger.account(0).merged, ledger.account(0).next_seq), (3, 4));
}

#[test]
fn a_duplicate_changes_nothing_whatever_it_says() {
    let mut ledger = ledger_of(1);
    let other = wire::Delta { stages: vec![stage(5), stage(6)], to_us: 5, ..delta(1) };
    assert_eq!(merge(&mut ledger, other), Ok(MergeOutcome::Duplicate));
    assert_eq!(ledger.totals.run, ledger_of(1).totals.run);
}

#[test]
fn a_delta_beyond_a_gap_counts_when_the_gap_is_filled() {
    let mut ledger = ledger_of(1);
    assert_eq!(merge(&mut ledger, delta(3)), Err(DeltaError::Gap { expected: 2, got: 3 }));
    assert_eq!(merge(&mut ledger, delta(2)), Ok(MergeOutcome::New));
    assert_eq!(merge(&mut ledger, delta(3)), Ok(MergeOutcome::New));
    assert_eq!(ledger.totals.run, ledger_of(3).totals.run);
}

#[test]
fn each_worker_has_numbers_of_its_own() {
    let mut ledger = ledger_of(2);
    let other = wire::Delta { incarnation: vec![3; 16], ..delta(1) };
    assert_eq!(ledger.merge(1, &[3; 16], "v", other, LATE), Ok(MergeOutcome::New));
    assert_eq!((ledger.account(0).next_seq, ledger.account(1).next_seq), (3, 2));
    assert_eq!(ledger.totals.run, ledger_of(3).totals.run);
}

#[test]
fn a_stranger_cannot_use_up_the_number_that_is_due() {
    let mut ledger = Ledger::new(RUN);
    let foreign = wire::Delta { run: vec![9; 16], ..delta(1) };
    assert_eq!(merge(&mut ledger, foreign), Err(DeltaError::OtherRun));
    let borrowed = wire::Delta { incarnation: vec![9; 16], ..delta(1) };
    assert_eq!(merge(&mut ledger, borrowed), Err(DeltaError::OtherIncarnation));
    assert_eq!(merge(&mut ledger, delta(1)), Ok(MergeOutcome::New));
}

proptest! {
    /// However often and in whatever order deltas come, and then all of them once more in order.
    #[test]
    fn whatever_the_order_each_delta_counts_once(order in prop::collection::vec(1..10u64, 0..60)) {
        let mut ledger = Ledger::new(RUN);
        for seq in order {
            let due = ledger.account(0).next_seq;
            let merged = merge(&mut ledger, delta(seq));
            let expected = match seq.cmp(&due) {
                std::cmp::Ordering::Less => Ok(MergeOutcome::Duplicate),
                std::cmp::Ordering::Equal => Ok(MergeOutcome::New),
                std::cmp::Ordering::Greater => Err(DeltaError::Gap { expected: due, got: seq }),
            };
            prop_assert_eq!(merged, expected);
        }
        for seq in 1..10 {
            let _ = merge(&mut ledger, delta(seq));
        }
        prop_assert_eq!(&ledger.totals.run, &ledger_of(9).totals.run);
        prop_assert_eq!(ledger.account(0).merged, 9);
    }
}

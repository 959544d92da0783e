//! One delta from the wire into a ledger that holds something already.

use std::time::Duration;

use common::protocol as wire;
use hub::merge::{DeltaError, Ledger, MergeOutcome};
use prost::Message;

use super::books::{Books, assert_consistent};
use super::dice::Dice;
use super::valid::{INCARNATION, NOW_US, RUN, STAGES, delta};

/// Panics if a delta of these bytes breaks a promise.
///
/// - No bytes panic.
/// - A delta that counts keeps all sums equal; one that does not changes none of them.
/// - The same delta again changes nothing, from another worker it counts just as much.
pub fn decode_and_merge(input: &[u8]) {
    let Ok(wire) = wire::Delta::decode(input) else { return };
    let mut ledger = Ledger::new(RUN).with_segments(STAGES as usize);
    assert_eq!(merge(&mut ledger, 0, delta(&mut Dice(&[5; 99]), 1)), Ok(MergeOutcome::New));
    let (before, requests) = (Books::of(&ledger), ledger.totals.run.all().count());

    let first = merge(&mut ledger, 1, wire.clone());
    let (after, merged) = (Books::of(&ledger), ledger.totals.run.all().count() - requests);
    if first != Ok(MergeOutcome::New) {
        assert_eq!(after, before);
    }

    let again = merge(&mut ledger, 1, wire.clone());
    assert!(again != Ok(MergeOutcome::New), "a delta counted twice");
    assert_eq!(Books::of(&ledger), after);

    assert_eq!(merge(&mut ledger, 2, wire), first);
    assert_eq!(ledger.totals.run.all().count(), requests + 2 * merged);
    assert_consistent(&ledger);
}

/// What the controller does with a delta of this worker.
pub fn merge(ledger: &mut Ledger, worker: usize, delta: wire::Delta) -> Result<MergeOutcome, DeltaError> {
    let names = ["w0", "w1", "w2"];
    let merged = ledger.merge(worker, &INCARNATION, names[worker], delta, Duration::from_micros(NOW_US));
    ledger.sum_in_progress();
    merged
}

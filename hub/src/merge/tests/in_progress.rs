//! Requests in progress: what each worker said last.

use super::*;
use common::segment::Segment;

const OTHER: [u8; 16] = [3; 16];

/// Streams in progress and those without text, with what those have waited, of the whole run and of a segment.
fn states(ledger: &mut Ledger, segment: u32) -> [(u64, u64, u64); 2] {
    ledger.sum_in_progress();
    let totals = &ledger.totals;
    let segment = totals.segments.get(&Segment::from_number(segment)).cloned().unwrap_or_default();
    [&totals.run, &segment].map(|stage| {
        let waiting = &stage.streams.waiting;
        (stage.streams.in_progress, waiting.count(), waiting.sum())
    })
}

#[test]
fn what_a_worker_says_takes_the_place_of_what_it_said() {
    let mut ledger = ledger_of(3);
    assert_eq!(states(&mut ledger, 0), [(3, 2, 4_700_000); 2], "three times the same, and no sum over time");
    let mut next = delta(4);
    next.stages = vec![stage(1)];
    merge(&mut ledger, next).unwrap();
    assert_eq!(
        states(&mut ledger, 0),
        [(3, 2, 4_700_000), (0, 0, 0)],
        "no word of the segment: nothing of it"
    );
    assert_eq!(states(&mut ledger, 1), [(3, 2, 4_700_000); 2]);
}

/// Calls that have taken long, of the whole run and of a segment.
fn calls(ledger: &mut Ledger, segment: u32) -> [(u64, u64); 2] {
    ledger.sum_in_progress();
    let totals = &ledger.totals;
    let segment = totals.segments.get(&Segment::from_number(segment)).cloned().unwrap_or_default();
    [&totals.run, &segment].map(|stage| {
        let waiting = stage.calls().waiting;
        (waiting.count(), waiting.sum())
    })
}

#[test]
fn calls_in_progress_count_while_their_worker_says_so() {
    let mut ledger = ledger_of(3);
    let other = |seq| wire::Delta { incarnation: OTHER.to_vec(), ..delta(seq) };
    ledger.merge(1, &OTHER, "v", other(1), LATE).unwrap();
    assert_eq!(calls(&mut ledger, 0), [(2, 4_000_000); 2]);
    let mut ended = delta(4);
    ended.stages[0].endpoints[0].waiting = None;
    merge(&mut ledger, ended).unwrap();
    assert_eq!(calls(&mut ledger, 0), [(1, 2_000_000); 2]);
    ledger.forget_in_progress(1);
    assert_eq!(calls(&mut ledger, 0), [(0, 0); 2]);
    assert_eq!(ledger.totals.run.calls().count(), 25, "five deltas of three with an outcome and two cut");
}

#[test]
fn workers_add_up_until_one_is_gone() {
    let mut ledger = ledger_of(1);
    let other = |seq| wire::Delta { incarnation: OTHER.to_vec(), ..delta(seq) };
    ledger.merge(1, &OTHER, "v", other(1), LATE).unwrap();
    assert_eq!(states(&mut ledger, 0), [(6, 4, 9_400_000); 2]);
    ledger.forget_in_progress(1);
    assert_eq!(states(&mut ledger, 0), [(3, 2, 4_700_000); 2]);
    ledger.forget_in_progress(1);
    ledger.merge(1, &OTHER, "v", other(2), LATE).unwrap();
    assert_eq!(states(&mut ledger, 0), [(6, 4, 9_400_000); 2], "it came back, and speaks for itself");
    ledger.forget_in_progress(0);
    ledger.forget_in_progress(1);
    assert_eq!(states(&mut ledger, 0), [(0, 0, 0); 2]);
}

#[test]
fn a_delta_that_does_not_count_leaves_the_states_as_they_are() {
    let mut ledger = ledger_of(1);
    merge(&mut ledger, delta(1)).unwrap();
    let mut spoilt = delta(2);
    spoilt.stages[0].streams.as_mut().unwrap().in_progress = 1;
    merge(&mut ledger, spoilt).unwrap_err();
    assert_eq!(states(&mut ledger, 0), [(3, 2, 4_700_000); 2]);
}

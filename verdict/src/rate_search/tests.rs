//! The parts of the search, by numbers that are known.

use super::capacity::Capacity;
use super::counts::{Count, counts, since_workers_were_lost, stay};
use super::growth::Growth;
use super::plan::{Next, Outcome, Plan, Purpose, rounded, rounded_down, shown};
use crate::{Arrived, Second};

fn count(arrived: f64, ended: f64, present: f64) -> Count {
    Count { arrived, ended, present, requests: ended, ..Count::default() }
}

/// So many come each second, and so many leave as long as anybody is there.
fn queue(arrived: f64, served: f64, seconds: usize) -> Vec<Count> {
    let mut present: f64 = 0.0;
    let second = |_| {
        let ended = served.min(present + arrived);
        present += arrived - ended;
        count(arrived, ended, present)
    };
    (0..seconds).map(second).collect()
}

#[test]
fn who_leaves_is_who_came_and_is_not_there() {
    let second = |started, present| Second {
        arrivals: Some(Arrived { started, present, ..Arrived::default() }),
        ..Second::default()
    };
    let counts = counts(&[second(9, 4), second(5, 3), second(0, 1)]);
    assert_eq!(counts.iter().map(|count| count.ended).collect::<Vec<_>>(), [6.0, 2.0]);
    assert_eq!(stay(&counts), Some(0.5));
}

#[test]
fn who_is_with_a_worker_that_dies_has_not_left() {
    let second = |workers, present| Second {
        arrivals: Some(Arrived { started: 10, present, workers, ..Arrived::default() }),
        ..Second::default()
    };
    // Two workers, of which one dies with the sixty of its own; ten come a second and four leave.
    let seconds = [(2, 100), (2, 106), (2, 112), (1, 58), (1, 64), (1, 70)];
    let seconds: Vec<Second> = seconds.map(|(workers, present)| second(workers, present)).to_vec();
    let ended = |seconds: &[Second]| counts(seconds).iter().map(|count| count.ended).collect::<Vec<_>>();
    assert_eq!(ended(&seconds), [4.0, 4.0, 64.0, 4.0, 4.0], "as if sixty had left");
    assert_eq!(ended(since_workers_were_lost(&seconds)), [4.0, 4.0]);
    assert_eq!(since_workers_were_lost(&seconds[..3]).len(), 3);
    assert_eq!(since_workers_were_lost(&[]), []);
    let seconds: Vec<Second> =
        [(1, 64), (2, 70), (2, 76)].map(|(workers, present)| second(workers, present)).to_vec();
    assert_eq!(since_workers_were_lost(&seconds).len(), 3, "one that joins has only who came");
    let seconds: Vec<Second> =
        [(1, 64), (2, 130), (2, 136)].map(|(workers, present)| second(workers, present)).to_vec();
    assert_eq!(since_workers_were_lost(&seconds).len(), 2, "one that was silent has more");
}

#[test]
fn growth_beyond_chance_is_sure_and_a_full_queue_is_not() {
    assert!(Growth::of(&queue(20.0, 10.0, 12)).is_sure(), "twice what is served");
    assert!(!Growth::of(&queue(20.0, 10.0, 4)).is_sure(), "too short to tell");
    assert!(!Growth::of(&queue(10.0, 10.0, 600)).is_suspect());
    // One more each second of a hundred: no chance makes 1,000 of 100,000, whatever the bound.
    assert!(Growth::of(&queue(100.0, 98.0, 4_000)).is_sure());
    assert!(!Growth::of(&[]).is_sure());
}

#[test]
fn capacity_is_what_leaves_beneath_a_backlog_without_what_failed() {
    let mut counts = queue(20.0, 10.0, 60);
    let of = |counts: &[Count]| Capacity::of(counts).unwrap();
    assert!((of(&counts).per_s - 10.0).abs() < 1e-9 && of(&counts).relative() < 0.03);
    counts.iter_mut().for_each(|count| count.failed = 5.0);
    assert!((of(&counts).per_s - 5.0).abs() < 1e-9);
    assert!(Capacity::of(&counts[..4]).is_none());
    let capacity = |per_s, half| Capacity { per_s, half, seconds: 60.0 };
    let (one, other) = (capacity(10.0, 1.0), capacity(11.0, 1.0));
    assert!((one.with(other).per_s - 10.5).abs() < 1e-9 && one.with(other).half < 0.8);
    let later = capacity(20.0, 1.0);
    assert_eq!(one.with(later), later, "it does more by now");
}

#[test]
fn a_climb_ends_with_growth_then_capacity_is_measured_then_a_rate_below_it_is_held() {
    let mut plan = Plan::default();
    let mut learn = |rate, purpose, outcome, served, present| {
        plan.learn(rate, purpose, outcome, served);
        plan.next(rate, purpose, outcome, present)
    };
    let rung = |rate, purpose| Next::Rung { rate, purpose };
    let about = |per_s, half, seconds| Some(Capacity { per_s, half, seconds });
    assert_eq!(learn(1.0, Purpose::Climb, Outcome::SeemsHeld, None, 0.2), rung(4.0, Purpose::Climb));
    assert_eq!(learn(4.0, Purpose::Climb, Outcome::SeemsHeld, None, 0.8), rung(8.0, Purpose::Climb));
    assert_eq!(
        learn(8.0, Purpose::Climb, Outcome::Grew, about(5.0, 0.4, 10.0), 20.0),
        rung(5.16, Purpose::Full),
        "above what was served by more than the error that is wanted"
    );
    assert_eq!(
        learn(5.16, Purpose::Full, Outcome::Grew, about(5.0, 0.05, 200.0), 30.0),
        rung(4.87, Purpose::Hold),
        "2.5 % below it"
    );
    assert_eq!(learn(4.87, Purpose::Hold, Outcome::Held, None, 10.0), Next::End);
}

#[test]
fn what_the_places_end_is_held_once_more_and_no_limit() {
    let mut plan = Plan::default();
    plan.learn(1.0, Purpose::Climb, Outcome::SeemsHeld, None);
    plan.learn(4.0, Purpose::Climb, Outcome::Capped, None);
    let held = Next::Rung { rate: 1.0, purpose: Purpose::Hold };
    assert_eq!(plan.next(4.0, Purpose::Climb, Outcome::Capped, 10.0), held);
    plan.learn(1.0, Purpose::Hold, Outcome::Held, None);
    assert_eq!(plan.next(1.0, Purpose::Hold, Outcome::Held, 1.0), Next::End);
}

#[test]
fn rates_have_three_digits() {
    assert_eq!((rounded(6.2345), rounded(123_456.0), rounded(0.016_666)), (6.23, 123_000.0, 0.0167));
    assert_eq!((rounded_down(4.879), shown(6.2)), (4.87, "6.2/s".to_owned()));
}

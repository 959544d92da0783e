use std::time::Duration;

use proptest::prelude::*;

use crate::class::ClassSet;
use crate::shape::{Shape, Stage, Target};

fn stage(us: u64, users: u32, spawn_rate: f64) -> Stage {
    let duration = Duration::from_micros(us);
    Stage { name: "stage".to_owned(), duration, users, spawn_rate, classes: ClassSet::ALL, arrivals: None }
}

fn shape(stages: Vec<Stage>) -> Shape {
    Shape { name: "test".to_owned(), stages, mock_llm: false }
}

/// The chart of the module's page: 4 users at 1/s for 8 s, then 1 user at 2/s for 4 s.
fn chart() -> Shape {
    shape(vec![stage(8_000_000, 4, 1.0), stage(4_000_000, 1, 2.0)])
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn the_target_walks_as_charted() {
    let table = [
        (0, Some((0, 1)), "the first user comes with the stage"),
        (999, Some((0, 1)), "the second is not due yet"),
        (1_000, Some((0, 2)), "the second is due after 1 s at 1/s"),
        (2_500, Some((0, 3)), "between two steps nothing changes"),
        (3_000, Some((0, 4)), "the goal is reached"),
        (7_999, Some((0, 4)), "and held to the stage's end"),
        (8_000, Some((1, 3)), "the boundary belongs to the next stage, whose first step is at once"),
        (8_500, Some((1, 2)), "2/s is one every 500 ms, down as well as up"),
        (9_000, Some((1, 1)), "the goal is reached"),
        (11_999, Some((1, 1)), "and held to the last instant"),
        (12_000, None, "the end"),
        (u64::MAX, None, "long after the end"),
    ];
    for (at, expected, sentence) in table {
        let target = chart().target(ms(at));
        assert_eq!(target.map(|target| (target.stage, target.users)), expected, "at {at} ms {sentence}");
    }
}

#[test]
fn changes_come_once_each_and_in_order() {
    let changes_between = |from, until| -> Vec<(u64, Option<u32>)> {
        let changes = chart();
        let changes = changes.changes(ms(from), ms(until));
        changes.map(|(at, target)| (at.as_millis() as u64, target.map(|target| target.users))).collect()
    };
    let whole = [
        (1_000, Some(2)),
        (2_000, Some(3)),
        (3_000, Some(4)),
        (8_000, Some(3)),
        (8_500, Some(2)),
        (9_000, Some(1)),
        (12_000, None),
    ];
    assert_eq!(changes_between(0, u64::MAX), whole, "the start itself is no change; the end is one");
    assert_eq!(changes_between(2_000, 8_000), whole[2..4], "`from` is left out and `until` is not");
    assert_eq!(changes_between(3_000, 7_999), [], "a plateau has no changes");
    assert_eq!(changes_between(8_000, 3_000), [], "an empty span has none either");
    assert_eq!(changes_between(12_000, u64::MAX), [], "nor has the time after the end");
}

#[test]
fn a_clock_that_never_waits_hands_over_what_was_reached() {
    let shape = shape(vec![stage(2_500_000, 100, 1.0), stage(1_500_000, 0, 1.0), stage(1_000_000, 5, 1.0)]);
    let users: Vec<u32> = (0..10).map(|half| shape.target(ms(500 * half)).unwrap().users).collect();
    assert_eq!(users, [1, 1, 2, 2, 3, 2, 2, 1, 2, 2]);
    assert_eq!(shape.peak_users(), 3, "100 was wanted and 3 reached");
    assert_eq!(shape.stage_bounds(1), (ms(2_500), ms(4_000)));
    assert_eq!(shape.stage_bounds(9), (ms(5_000), ms(5_000)), "no such stage");
}

#[test]
fn a_fast_ramp_is_smooth_and_a_long_one_does_not_drift() {
    let fast = shape(vec![stage(60_000_000, 300, 100.0)]);
    let steps = fast.changes(Duration::ZERO, ms(2_980)).map(|(at, _)| at);
    assert!(steps.eq((1..=298).map(|k| ms(10 * k))), "100/s is one every 10 ms");

    // A third of a second is no whole number of microseconds; after a day it is still exact.
    let day = 86_400;
    let slow = shape(vec![stage(2 * day * 1_000_000, 1_000_000, 3.0)]);
    let before = Duration::from_secs(day) - Duration::from_micros(1);
    assert_eq!(slow.target(before).unwrap().users, 259_200);
    assert_eq!(slow.target(Duration::from_secs(day)).unwrap().users, 259_201);
}

#[test]
fn parts_of_a_microsecond_do_not_matter() {
    let between = Duration::from_nanos(2_999_999_999);
    assert_eq!(chart().target(between).unwrap().users, 3);
    assert_eq!(chart().changes(between, ms(3_000)).count(), 1);
    assert_eq!(chart().changes(ms(0), between).count(), 2);
}

#[test]
fn odd_shapes_built_by_hand_do_no_harm() {
    assert_eq!(shape(Vec::new()).target(Duration::ZERO), None);
    assert_eq!(shape(Vec::new()).changes(Duration::ZERO, Duration::MAX).count(), 0);
    for rate in [f64::NAN, f64::INFINITY, -1.0, 0.0, f64::MAX] {
        let odd = shape(vec![stage(0, 5, rate), stage(10, 3, rate), stage(0, 9, rate)]);
        assert_eq!(odd.duration(), Duration::from_micros(10));
        assert_eq!(odd.changes(Duration::ZERO, Duration::MAX).last().unwrap().1, None);
    }
    let endless = shape(vec![stage(u64::MAX, 1, 1.0), stage(u64::MAX, 2, 1.0)]);
    assert_eq!(endless.duration(), Duration::from_micros(u64::MAX));
}

fn stages() -> impl Strategy<Value = Vec<Stage>> {
    // Stages of up to 3 ms: at the fastest rate, of a step every 10 µs, a ramp has room in most.
    let rate = prop_oneof![0.01f64..100_000.0, 5_000.0f64..=100_000.0, Just(30_000.0), Just(70_000.0)];
    let stage = (1u64..3_000, 0u32..40, rate).prop_map(|(us, users, rate)| stage(us, users, rate));
    prop::collection::vec(stage, 1..5)
}

proptest! {
    #[test]
    fn folding_changes_gives_the_target_at_every_instant(stages in stages(), from in 0u64..4_000) {
        let shape = shape(stages);
        let us = Duration::from_micros;
        let mut changes = shape.changes(us(from), Duration::MAX).peekable();
        let mut folded = shape.target(us(from));
        for at in from + 1..=from.max(shape.duration().as_micros() as u64) + 2 {
            while let Some((_, target)) = changes.next_if(|(when, _)| *when == us(at)) {
                prop_assert_ne!(target, folded, "a change changes something");
                folded = target;
            }
            prop_assert_eq!(folded, shape.target(us(at)), "at {} µs", at);
        }
        prop_assert!(changes.next().is_none());
    }

    #[test]
    fn the_target_moves_by_one_user_at_a_time(stages in stages()) {
        let shape = shape(stages);
        let mut before: Option<Target> = shape.target(Duration::ZERO);
        prop_assert!(before.unwrap().users <= 1);
        for (_, target) in shape.changes(Duration::ZERO, Duration::MAX) {
            if let (Some(before), Some(target)) = (before, target) {
                prop_assert!(before.users.abs_diff(target.users) <= 1);
            }
            before = target;
        }
        prop_assert_eq!(before, None);
    }

    #[test]
    fn the_peak_is_the_highest_target(stages in stages()) {
        let shape = shape(stages);
        let first = shape.target(Duration::ZERO);
        let later = shape.changes(Duration::ZERO, Duration::MAX).map(|(_, target)| target);
        let highest = std::iter::once(first).chain(later).flatten().map(|target| target.users).max();
        prop_assert_eq!(highest, Some(shape.peak_users()));
    }

    #[test]
    fn adjoining_spans_have_what_the_whole_has(stages in stages(), cut in 0u64..9_000) {
        let shape = shape(stages);
        let cut = Duration::from_micros(cut);
        let whole: Vec<_> = shape.changes(Duration::ZERO, Duration::MAX).collect();
        let parts: Vec<_> =
            shape.changes(Duration::ZERO, cut).chain(shape.changes(cut, Duration::MAX)).collect();
        prop_assert_eq!(whole, parts);
    }
}

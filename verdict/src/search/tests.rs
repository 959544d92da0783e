//! The search against services that are known.

use super::bracket::{Bracket, Next, RungResult};
use super::*;
use proptest::prelude::*;

/// The rungs of a search over a service that holds so many users.
fn rungs(holds: u32, max_users: u32) -> Vec<u32> {
    let mut search = Bracket::new(1, max_users);
    let (mut users, mut all) = (1, vec![1]);
    loop {
        let found = if users <= holds { RungResult::Fine } else { RungResult::Missed };
        match search.next(users, found, true, 0.1) {
            Next::Rung { users: next, .. } => {
                users = next;
                all.push(next);
            }
            Next::End => return all,
        }
        assert!(all.len() < 40, "{all:?}");
    }
}

#[test]
fn rungs_double_go_beyond_and_close_in() {
    assert_eq!(
        rungs(11, 1000),
        [1, 2, 4, 8, 16, 32, 12, 10, 11, 11, 1],
        "a longer one at the answer, the first again"
    );
    assert_eq!(rungs(0, 1000), [1, 2], "one user is too many: one rung beyond, and that is all");
    assert_eq!(
        rungs(100, 10),
        [1, 2, 4, 8, 10, 1],
        "nothing in range is not confirmed, it was the last rung"
    );
    assert_eq!(rungs(9, 10), [1, 2, 4, 8, 10, 9, 9, 1]);
    assert_eq!(rungs(100, 1), [1]);
}

#[test]
fn a_generator_that_gives_out_ends_the_climb() {
    let mut search = Bracket::new(1, 100);
    assert_eq!(search.next(1, RungResult::Fine, true, 0.1), Next::Rung { users: 2, purpose: Purpose::Climb });
    for _ in 0..2 {
        assert_eq!(
            search.next(2, RungResult::Invalid, true, 0.1),
            Next::Rung { users: 2, purpose: Purpose::Climb },
            "once more"
        );
    }
    assert_eq!(search.next(2, RungResult::Invalid, true, 0.1), Next::End);
}

#[test]
fn a_longer_rung_that_misses_is_tried_with_fewer_users() {
    let mut search = Bracket::new(1, 8);
    for (users, found, next) in [(1, RungResult::Fine, 2), (2, RungResult::Fine, 4), (4, RungResult::Fine, 8)]
    {
        assert_eq!(search.next(users, found, true, 0.1), Next::Rung { users: next, purpose: Purpose::Climb });
    }
    assert_eq!(
        search.next(8, RungResult::Missed, true, 0.1),
        Next::Rung { users: 6, purpose: Purpose::Refine }
    );
    assert_eq!(
        search.next(6, RungResult::Fine, true, 0.1),
        Next::Rung { users: 7, purpose: Purpose::Refine }
    );
    assert_eq!(
        search.next(7, RungResult::Fine, true, 0.1),
        Next::Rung { users: 7, purpose: Purpose::Confirm }
    );
    assert_eq!(
        search.next(7, RungResult::Missed, true, 0.1),
        Next::Rung { users: 5, purpose: Purpose::Confirm }
    );
    let mut twice = search.clone();
    let control = Next::Rung { users: 1, purpose: Purpose::Control };
    assert_eq!(search.next(5, RungResult::Fine, true, 0.1), control, "the first again");
    assert_eq!(search.next(1, RungResult::Fine, true, 0.1), Next::End);
    assert_eq!(
        twice.next(5, RungResult::Missed, true, 0.1),
        Next::Rung { users: 4, purpose: Purpose::Confirm }
    );
    assert_eq!(twice.next(4, RungResult::Missed, true, 0.1), control, "three are enough");
}

proptest! {
    #[test]
    fn the_answer_is_within_a_tenth(holds in 1..500u32, max_users in 1..600u32) {
        let all = rungs(holds, max_users);
        let low = all.iter().filter(|users| **users <= holds).max().copied().unwrap_or(0);
        prop_assert!(all.iter().all(|users| (1..=max_users).contains(users)), "{all:?}");
        if holds >= max_users {
            prop_assert_eq!(low, max_users);
        } else {
            let high = all.iter().filter(|users| **users > holds).min().copied().unwrap();
            prop_assert!(f64::from(high - low) <= (0.1 * f64::from(low)).max(1.0), "{low} to {high}: {all:?}");
            let before_control = &all[..all.len() - usize::from(all.len() > 2)];
            prop_assert_eq!(*before_control.last().unwrap(), low, "the answer is confirmed: {:?}", &all);
        }
    }
}

#[test]
fn ramps_are_gentle_but_never_long() {
    assert_eq!(Pace::spawn_rate(2, 1), 1.0);
    assert_eq!(Pace::spawn_rate(32, 16), 16.0);
    assert_eq!(Pace::spawn_rate(200, 100), 50.0);
    assert_eq!(Pace::spawn_rate(1000, 500), 100.0);
    assert_eq!(Pace::default().settling(2, 1), Duration::from_secs(2));
}

#[test]
fn a_rung_that_only_seemed_to_miss_does_not_end_the_climb() {
    let mut search = Bracket::new(1, 64);
    let beyond = |users| Next::Rung { users, purpose: Purpose::Beyond };
    let climb = |users| Next::Rung { users, purpose: Purpose::Climb };
    assert_eq!(search.next(1, RungResult::SeemsMissed, false, 0.1), beyond(2));
    assert_eq!(search.next(2, RungResult::Fine, false, 0.1), climb(4));
    assert_eq!(search.next(4, RungResult::Missed, false, 0.1), beyond(8));
    let refine = Next::Rung { users: 3, purpose: Purpose::Refine };
    assert_eq!(search.next(8, RungResult::Fine, true, 0.1), refine, "a sure miss stands");
}

/// Finding 10: with a look each second, 16 % of the rungs at the boundary were claimed.
#[test]
fn a_rung_exactly_at_its_bound_is_seldom_claimed() {
    use common::stats::Metric;
    use common::totals::StageTotals;
    use rand::{RngExt, SeedableRng};

    let endpoints = common::api::Api::default().endpoints();
    let shape = common::shape::Shape::builtin("staged").unwrap();
    let context =
        crate::threshold::ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams: None };
    let rule = crate::threshold::resolve(&crate::threshold::parse("ttft.p95<1s").unwrap(), &context).unwrap();
    let mut dice = rand::rngs::StdRng::seed_from_u64(5);
    let mut claimed = 0;
    for _ in 0..1000 {
        let mut totals = StageTotals::default();
        let mut is_claimed = false;
        // As many first tokens as a rung has at its three looks.
        for more in [100, 50, 100] {
            for _ in 0..more {
                let us = if dice.random::<f64>() < 0.95 { 400_000 } else { 2_000_000 };
                totals.streams.metrics[Metric::Ttft as usize].record(us);
                totals.streams.counts.begun += 1;
                totals.streams.counts.completed += 1;
            }
            let sample = crate::threshold::sample(&rule, &totals, 60.0);
            let validity = crate::validity::Validity::default();
            let judged = crate::threshold::judge(&rule.threshold, &sample, &validity, Confidence::LOOK);
            is_claimed |= judged.verdict != crate::threshold::Verdict::Undetermined;
        }
        claimed += usize::from(is_claimed);
    }
    assert!(claimed <= 50, "{claimed} of 1000 rungs at their bound were said to pass or to fail");
}

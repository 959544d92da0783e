//! The search against services that are known.

use super::bracket::{Bracket, Next, RungResult};
use super::outlook::Outlook;
use super::*;
use proptest::prelude::*;

mod driven;

/// What is known where nothing can be foreseen, or where the limit is expected at so many users.
fn outlook(is_full: bool, crossing: Option<f64>) -> Outlook {
    Outlook { is_flat: true, is_told: true, is_full, crossing, narrow: 0.1, proven: 1, can_prove: true }
}

fn next(search: &mut Bracket, users: u32, found: RungResult, outlook: &Outlook) -> Next {
    search.learn(users, found);
    search.next(users, found, outlook)
}

/// The rungs of a search over a service that holds so many users and is expected to hold `guess`.
fn rungs(holds: u32, max_users: u32, guess: Option<f64>) -> Vec<u32> {
    let mut search = Bracket::new(1, max_users);
    let (mut users, mut all) = (1, vec![1]);
    loop {
        let found = if users <= holds { RungResult::Fine } else { RungResult::Missed };
        match next(&mut search, users, found, &outlook(guess.is_some(), guess)) {
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
        rungs(11, 1000, None),
        [1, 2, 4, 8, 16, 32, 12, 10, 11, 11, 1],
        "a longer one at the answer, the first again"
    );
    assert_eq!(rungs(0, 1000, None), [1, 2], "one user is too many: one rung beyond, and that is all");
    assert_eq!(
        rungs(100, 10, None),
        [1, 2, 4, 8, 10, 1],
        "nothing in range is not confirmed, it was the last rung"
    );
    assert_eq!(rungs(9, 10, None), [1, 2, 4, 8, 10, 9, 9, 1]);
    assert_eq!(rungs(100, 1, None), [1]);
}

#[test]
fn a_limit_that_is_foreseen_takes_two_rungs_around_it_and_none_beyond() {
    assert_eq!(rungs(37, 1000, Some(38.0)), [1, 2, 4, 8, 16, 32, 64, 40, 36, 36, 1], "the last one is held");
    assert_eq!(
        rungs(60, 1000, Some(62.0)),
        [1, 2, 4, 8, 16, 32, 64, 128, 58, 58, 1],
        "the plateau is not seen"
    );
    let surprised = rungs(52, 1000, Some(38.0));
    assert_eq!(&surprised[..9], [1, 2, 4, 8, 16, 32, 64, 40, 44], "a wrong guess");
    assert_eq!(&surprised[9..], [54, 49, 49, 1], "then halves");
}

#[test]
fn the_first_rung_is_held_until_it_is_clear_that_it_misses() {
    let nothing = outlook(false, None);
    let mut search = Bracket::new(1, 2);
    assert_eq!(
        next(&mut search, 1, RungResult::SeemsMissed, &nothing),
        Next::Rung { users: 2, purpose: Purpose::Beyond }
    );
    let held = Next::Rung { users: 1, purpose: Purpose::Confirm };
    assert_eq!(next(&mut search, 2, RungResult::SeemsMissed, &nothing), held);
    assert_eq!(next(&mut search, 1, RungResult::SeemsMissed, &nothing), Next::End, "once");
}

#[test]
fn a_dead_service_ends_the_search_at_once() {
    let mut search = Bracket::new(4, 100);
    assert_eq!(next(&mut search, 4, RungResult::Silent, &outlook(false, None)), Next::End);
}

#[test]
fn a_generator_that_gives_out_ends_the_climb() {
    let mut search = Bracket::new(1, 100);
    let mut next = |users, found| next(&mut search, users, found, &outlook(false, None));
    let again = Next::Rung { users: 2, purpose: Purpose::Climb };
    assert_eq!(next(1, RungResult::Fine), again);
    for _ in 0..2 {
        assert_eq!(next(2, RungResult::Invalid), again, "once more");
    }
    assert_eq!(next(2, RungResult::Invalid), Next::End);
}

#[test]
fn the_most_users_go_on_until_they_are_clear() {
    let nothing = outlook(false, None);
    let mut clear = Bracket::new(1, 2);
    let mut unclear = clear.clone();
    let next = |search: &mut Bracket, users, found| next(search, users, found, &nothing);
    let climb = Next::Rung { users: 2, purpose: Purpose::Climb };
    let control = Next::Rung { users: 1, purpose: Purpose::Control };
    assert_eq!(next(&mut clear, 1, RungResult::SeemsFine), climb);
    assert_eq!(next(&mut clear, 2, RungResult::Fine), control);
    assert_eq!(next(&mut unclear, 1, RungResult::SeemsFine), climb);
    let confirm = Next::Rung { users: 2, purpose: Purpose::Confirm };
    assert_eq!(next(&mut unclear, 2, RungResult::SeemsFine), confirm);
    assert_eq!(next(&mut unclear, 2, RungResult::SeemsFine), control, "once");
}

#[test]
fn a_longer_rung_that_misses_is_tried_with_fewer_users() {
    let mut search = Bracket::new(1, 8);
    let nothing = outlook(false, None);
    for (users, then) in [(1, 2), (2, 4), (4, 8)] {
        let climb = Next::Rung { users: then, purpose: Purpose::Climb };
        assert_eq!(next(&mut search, users, RungResult::Fine, &nothing), climb);
    }
    let refine = |users| Next::Rung { users, purpose: Purpose::Refine };
    let confirm = |users| Next::Rung { users, purpose: Purpose::Confirm };
    assert_eq!(next(&mut search, 8, RungResult::Missed, &nothing), refine(6));
    assert_eq!(next(&mut search, 6, RungResult::Fine, &nothing), refine(7));
    assert_eq!(next(&mut search, 7, RungResult::Fine, &nothing), confirm(7));
    assert_eq!(next(&mut search, 7, RungResult::Missed, &nothing), confirm(5));
    let mut twice = search.clone();
    let control = Next::Rung { users: 1, purpose: Purpose::Control };
    assert_eq!(next(&mut search, 5, RungResult::Fine, &nothing), control, "the first again");
    assert_eq!(next(&mut search, 1, RungResult::Fine, &nothing), Next::End);
    assert_eq!(next(&mut twice, 5, RungResult::Missed, &nothing), control, "two are enough");
}

#[test]
fn an_answer_that_stays_unclear_is_followed_by_clearly_fewer_users_until_they_pass() {
    let unclear = Outlook { proven: 0, ..outlook(true, Some(36.0)) };
    let below = |users| Next::Rung { users, purpose: Purpose::Below };
    let control = Next::Rung { users: 4, purpose: Purpose::Control };
    let mut search = Bracket::new(4, 64);
    for (users, found) in
        [(4, RungResult::SeemsFine), (8, RungResult::SeemsFine), (16, RungResult::SeemsFine)]
    {
        next(&mut search, users, found, &unclear);
    }
    next(&mut search, 32, RungResult::SeemsFine, &unclear);
    next(&mut search, 64, RungResult::Missed, &unclear);
    assert_eq!(
        next(&mut search, 38, RungResult::Missed, &unclear),
        Next::Rung { users: 34, purpose: Purpose::Refine }
    );
    let held = Next::Rung { users: 34, purpose: Purpose::Confirm };
    assert_eq!(next(&mut search, 34, RungResult::SeemsFine, &unclear), held);
    let hopeless = Outlook { can_prove: false, ..unclear };
    assert_eq!(
        next(&mut search.clone(), 34, RungResult::SeemsFine, &hopeless),
        control,
        "too slow to show it"
    );
    let proven = Outlook { proven: 16, ..unclear };
    assert_eq!(
        next(&mut search.clone(), 34, RungResult::SeemsFine, &proven),
        control,
        "fewer were shown to pass"
    );
    assert_eq!(next(&mut search, 34, RungResult::SeemsFine, &unclear), below(26));
    assert_eq!(next(&mut search.clone(), 26, RungResult::Fine, &proven), control);
    assert_eq!(next(&mut search, 26, RungResult::SeemsMissed, &unclear), below(20));
    assert_eq!(next(&mut search, 20, RungResult::SeemsMissed, &unclear), control, "twice");
}

#[test]
fn a_service_that_does_more_by_now_is_climbed_again() {
    let nothing = Outlook { is_flat: false, ..outlook(false, None) };
    let mut search = Bracket::new(8, 64);
    next(&mut search, 8, RungResult::Fine, &nothing);
    next(&mut search, 16, RungResult::Missed, &nothing);
    next(&mut search, 32, RungResult::Missed, &nothing);
    next(&mut search, 64, RungResult::Missed, &nothing);
    search.forget();
    let climb = Next::Rung { users: 24, purpose: Purpose::Climb };
    assert_eq!(next(&mut search, 12, RungResult::Fine, &nothing), climb);
    next(&mut search, 24, RungResult::Missed, &nothing);
    search.forget();
    assert_eq!(search.bounds(), (12, Some(24)), "once");
}

proptest! {
    #[test]
    fn the_answer_is_within_an_eighth(
        holds in 1..500u32,
        max_users in 1..600u32,
        guess in proptest::option::of(1.0..600.0f64),
    ) {
        let all = rungs(holds, max_users, guess);
        let low = all.iter().filter(|users| **users <= holds).max().copied().unwrap_or(0);
        prop_assert!(all.iter().all(|users| (1..=max_users).contains(users)), "{all:?}");
        if holds >= max_users {
            prop_assert_eq!(low, max_users);
        } else {
            let high = all.iter().filter(|users| **users > holds).min().copied().unwrap();
            prop_assert!(f64::from(high - low) <= (0.125 * f64::from(low)).max(1.0), "{low} to {high}: {all:?}");
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
    let growing = Outlook { is_flat: false, ..outlook(false, None) };
    let mut next = |users, found| next(&mut search, users, found, &growing);
    let beyond = |users| Next::Rung { users, purpose: Purpose::Beyond };
    let climb = |users| Next::Rung { users, purpose: Purpose::Climb };
    assert_eq!(next(1, RungResult::SeemsMissed), beyond(2));
    assert_eq!(next(2, RungResult::Fine), climb(4));
    assert_eq!(next(4, RungResult::Missed), beyond(8));
    assert_eq!(next(8, RungResult::Fine), beyond(16), "a sure miss stands");
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
        // As many first tokens as a rung has at its five looks.
        for more in [100, 50, 100, 150, 250] {
            for _ in 0..more {
                let us = if dice.random::<f64>() < 0.95 { 400_000 } else { 2_000_000 };
                totals.streams.metrics[Metric::Ttft as usize].record(us);
                totals.streams.counts.begun += 1;
                totals.streams.counts.completed += 1;
            }
            let sample = crate::threshold::Measured::of(&rule, &totals, 60.0);
            let validity = crate::validity::Validity::default();
            let judged = crate::threshold::judge(&rule.threshold, &sample, &validity, Confidence::LOOK);
            is_claimed |= judged.verdict != crate::threshold::Verdict::Undetermined;
        }
        claimed += usize::from(is_claimed);
    }
    assert!(claimed <= 50, "{claimed} of 1000 rungs at their bound were said to pass or to fail");
}

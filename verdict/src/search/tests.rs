//! The search against services that are known.

use super::bracket::{Next, RungResult, Search};
use super::*;
use proptest::prelude::*;

/// The rungs of a search over a service that holds so many users.
fn rungs(holds: u32, max_users: u32) -> Vec<u32> {
    let mut search = Search::new(max_users);
    let (mut users, mut all) = (1, vec![1]);
    loop {
        let found = if users <= holds { RungResult::Fine } else { RungResult::Missed };
        match search.next(users, found) {
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
    assert_eq!(rungs(11, 1000), [1, 2, 4, 8, 16, 32, 12, 10, 11, 11], "the last one is the longer one");
    assert_eq!(rungs(0, 1000), [1, 2], "one user is too many: one rung beyond, and that is all");
    assert_eq!(rungs(100, 10), [1, 2, 4, 8, 10], "nothing in range is not confirmed, it was the last rung");
    assert_eq!(rungs(9, 10), [1, 2, 4, 8, 10, 9, 9]);
    assert_eq!(rungs(100, 1), [1]);
}

#[test]
fn a_generator_that_gives_out_ends_the_climb() {
    let mut search = Search::new(100);
    assert_eq!(search.next(1, RungResult::Fine), Next::Rung { users: 2, confirms: false });
    for _ in 0..2 {
        assert_eq!(
            search.next(2, RungResult::Invalid),
            Next::Rung { users: 2, confirms: false },
            "once more"
        );
    }
    assert_eq!(search.next(2, RungResult::Invalid), Next::End);
}

#[test]
fn a_longer_rung_that_misses_is_tried_with_fewer_users() {
    let mut search = Search::new(8);
    for (users, found, next) in [(1, RungResult::Fine, 2), (2, RungResult::Fine, 4), (4, RungResult::Fine, 8)]
    {
        assert_eq!(search.next(users, found), Next::Rung { users: next, confirms: false });
    }
    assert_eq!(search.next(8, RungResult::Missed), Next::Rung { users: 6, confirms: false });
    assert_eq!(search.next(6, RungResult::Fine), Next::Rung { users: 7, confirms: false });
    assert_eq!(search.next(7, RungResult::Fine), Next::Rung { users: 7, confirms: true });
    assert_eq!(search.next(7, RungResult::Missed), Next::Rung { users: 5, confirms: true });
    let mut twice = search.clone();
    assert_eq!(search.next(5, RungResult::Fine), Next::End);
    assert_eq!(twice.next(5, RungResult::Missed), Next::Rung { users: 4, confirms: true });
    assert_eq!(twice.next(4, RungResult::Missed), Next::End, "three are enough");
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
            prop_assert_eq!(*all.last().unwrap(), low, "the answer is confirmed");
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

//! How many users of each class every worker is to have.
//!
//! On `n` workers a class with target `t` has a base of `t / n` users on every worker, and the `t % n`
//! users left over each take one seat of their class at a worker. Seats without a user are put beside
//! them until all workers have the same number, so a worker has at most one seat of each kind. Dealing
//! the kinds one after another round the table does it, as no kind has more than `n` seats:
//!
//! ```text
//! n = 4, seats c c c s m m  (and 2 empty ones, -)
//!
//!   worker   0  1  2  3
//!            c  c  c  s
//!            m  m  -  -
//! ```
//!
//! From there seats change hands in rounds until they are worth most to those who have them. What a
//! seat is worth to a worker:
//!
//! 1. most of all, that it holds the user for the seat already: so the fewest users move;
//! 2. then, for an empty seat, that it holds any user: so a newcomer is filled first;
//! 3. then, that its other seats are of the classes that users to come will be of: such a worker
//!    cannot take those users, so it had better take this one. That does not matter now, but it
//!    makes a growing fleet of users move less later (on 1 to 5 workers, not at all).

use super::split::class_targets;
use crate::class::{CLASSES, ClassSet, PerClass, UserClass};

/// The kinds of seats: the classes, and the empty seat.
const KINDS: usize = CLASSES + 1;
const EMPTY: usize = CLASSES;
type Kinds<T> = [T; KINDS];

/// Every round over distinct kinds. In `[a, b, c]` one worker swaps its `a` for a `b`, the next its
/// `b` for a `c`, the last its `c` for an `a`.
#[rustfmt::skip]
const ROUNDS: [&[usize]; 20] = [
    &[0, 1], &[0, 2], &[0, 3], &[1, 2], &[1, 3], &[2, 3],
    &[0, 1, 2], &[0, 2, 1], &[0, 1, 3], &[0, 3, 1], &[0, 2, 3], &[0, 3, 2], &[1, 2, 3], &[1, 3, 2],
    &[0, 1, 2, 3], &[0, 1, 3, 2], &[0, 2, 1, 3], &[0, 2, 3, 1], &[0, 3, 1, 2], &[0, 3, 2, 1],
];

/// Each worker's share of each class. `held` says how many users of each class the workers have
/// now; of all balanced shares, these leave the most of them where they are.
///
/// A round leaves every worker its number of seats and every kind its own. When no round gains, the
/// sum of the worths is the highest possible: seats and workers are a flow network, a flow is optimal
/// when no cycle of its residual network gains, every such cycle is a round, and a cycle that visits a
/// kind twice is two shorter ones. The sum is an integer that rises, so the rounds end.
pub(super) fn shares(targets: &PerClass<u32>, held: &[PerClass<u32>]) -> Vec<PerClass<u32>> {
    // More workers than u32 counts do not exist; a share of 0 would be right for them.
    let workers = u32::try_from(held.len()).unwrap_or(u32::MAX);
    if workers == 0 {
        return Vec::new();
    }
    let base = targets.map(|target| target / workers);
    let coming = coming(targets, workers);
    let worths: Vec<Kinds<i64>> = held.iter().map(|held| worth(held, &base, &coming)).collect();
    let mut seats = deal(&targets.map(|target| target % workers), held.len());
    while let Some(round) = best_round(&seats, &worths) {
        // A worker may have two parts in a round. They concern four different kinds, or else it would
        // both have and lack the one that they share.
        for Swap { worker, give, take, .. } in round {
            seats[worker][give] = false;
            seats[worker][take] = true;
        }
    }
    seats.iter().map(|seats| std::array::from_fn(|class| base[class] + u32::from(seats[class]))).collect()
}

/// Deals the seats round the table, the empty ones last. Answers which kinds each worker has.
fn deal(seats: &PerClass<u32>, workers: usize) -> Vec<Kinds<bool>> {
    let mut dealt = vec![[false; KINDS]; workers];
    let mut places = (0..workers).cycle();
    let empty = workers - seats.iter().map(|seats| *seats as usize).sum::<usize>() % workers;
    let seats = seats.iter().map(|seats| *seats as usize).chain([empty]);
    for (kind, seats) in seats.enumerate() {
        for worker in places.by_ref().take(seats) {
            dealt[worker][kind] = true;
        }
    }
    dealt
}

/// One worker's part in a round.
#[derive(Clone, Copy)]
struct Swap {
    gain: i64,
    worker: usize,
    give: usize,
    take: usize,
}

/// The round that gains most; `None` if none gains.
fn best_round(seats: &[Kinds<bool>], worths: &[Kinds<i64>]) -> Option<Vec<Swap>> {
    let mut best = Kinds::<Kinds<Option<Swap>>>::default();
    for (worker, (seats, worth)) in seats.iter().zip(worths).enumerate() {
        for give in (0..KINDS).filter(|kind| seats[*kind]) {
            for take in (0..KINDS).filter(|kind| !seats[*kind]) {
                let gain = worth[take] - worth[give];
                if best[give][take].is_none_or(|best| gain > best.gain) {
                    best[give][take] = Some(Swap { gain, worker, give, take });
                }
            }
        }
    }
    let swaps = |round: &&[usize]| -> Option<Vec<Swap>> {
        let takes = round.iter().cycle().skip(1);
        round.iter().zip(takes).map(|(give, take)| best[*give][*take]).collect()
    };
    let gain = |round: &Vec<Swap>| round.iter().map(|swap| swap.gain).sum::<i64>();
    ROUNDS.iter().filter_map(swaps).max_by_key(gain).filter(|round| gain(round) > 0)
}

/// What each kind of seat is worth to a worker that holds these users. A worth of one rank is more
/// than a whole round, of [`KINDS`] swaps at most, can change in the ranks below.
fn worth(held: &PerClass<u32>, base: &PerClass<u32>, coming: &PerClass<i64>) -> Kinds<i64> {
    let rank_3: i64 = coming.iter().sum();
    let rank_2 = KINDS as i64 * rank_3 + 1;
    let rank_1 = KINDS as i64 * (rank_2 + rank_3) + 1;
    let has_user = |class: &usize| held[*class] > base[*class];
    let unfit_for: i64 = (0..CLASSES).filter(has_user).map(|class| coming[class]).sum();
    let mut worth = [unfit_for; KINDS];
    (0..CLASSES).filter(has_user).for_each(|class| worth[class] = rank_1);
    worth[EMPTY] = if held.iter().any(|users| *users > 0) { rank_2 } else { 0 };
    worth
}

/// How much of each class is about to come, should the users go on growing: until all workers have
/// as many seats as the first of them, and until all have one more. The nearer users count twice.
fn coming(targets: &PerClass<u32>, workers: u32) -> PerClass<i64> {
    let present: Vec<UserClass> =
        UserClass::ALL.into_iter().filter(|class| targets[class.index()] > 0).collect();
    let Some(classes) = ClassSet::of(&present) else {
        return [0; CLASSES];
    };
    let users = targets.iter().fold(0, |sum: u32, target| sum.saturating_add(*target));
    let level = workers - users % workers;
    [level, level.saturating_add(workers)].into_iter().fold([0; CLASSES], |sum, more| {
        let grown = class_targets(users.saturating_add(more), classes);
        std::array::from_fn(|class| sum[class] + i64::from(grown[class].saturating_sub(targets[class])))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// How many users stay where they are.
    fn kept(shares: &[PerClass<u32>], held: &[PerClass<u32>]) -> u32 {
        let pairs = shares.iter().flatten().zip(held.iter().flatten());
        pairs.map(|(share, held)| share.min(held)).sum()
    }

    fn is_balanced(targets: &PerClass<u32>, shares: &[PerClass<u32>]) -> bool {
        let even = |numbers: &[u32]| {
            numbers.iter().max().zip(numbers.iter().min()).is_none_or(|(max, min)| max - min <= 1)
        };
        let of_class = |class: usize| shares.iter().map(|share| share[class]).collect::<Vec<_>>();
        let totals: Vec<u32> = shares.iter().map(|share| share.iter().sum()).collect();
        let exact = |class: usize| of_class(class).iter().sum::<u32>() == targets[class];
        even(&totals) && (0..CLASSES).all(|class| exact(class) && even(&of_class(class)))
    }

    /// The most users that any balanced shares keep, found by trying all of them.
    fn most_kept(targets: &PerClass<u32>, held: &[PerClass<u32>]) -> Option<u32> {
        let workers = held.len() as u32;
        let share = |worker: u32, code: u32| -> PerClass<u32> {
            std::array::from_fn(|class| {
                targets[class] / workers + (code >> (worker * CLASSES as u32 + class as u32) & 1)
            })
        };
        (0..1u32 << (workers * CLASSES as u32))
            .map(|code| (0..workers).map(|worker| share(worker, code)).collect::<Vec<_>>())
            .filter(|shares| is_balanced(targets, shares))
            .map(|shares| kept(&shares, held))
            .max()
    }

    proptest! {
        #[test]
        fn shares_keep_as_many_users_as_any_balanced_shares(
            targets in prop::array::uniform3(0u32..9),
            held in prop::collection::vec(prop::array::uniform3(0u32..6), 1..=4),
        ) {
            let shares = shares(&targets, &held);
            prop_assert!(is_balanced(&targets, &shares), "{shares:?}");
            prop_assert_eq!(Some(kept(&shares, &held)), most_kept(&targets, &held));
        }

        #[test]
        fn large_fleets_are_balanced(
            targets in prop::array::uniform3(0u32..5_000),
            held in prop::collection::vec(prop::array::uniform3(0u32..60), 1..=120),
        ) {
            prop_assert!(is_balanced(&targets, &shares(&targets, &held)));
        }
    }
}

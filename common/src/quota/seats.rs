//! Each worker's fair share: how many users of each class it is to hold.
//!
//! With `n` workers and a class target of `t`, every worker gets `t / n` users of the class, and
//! `t % n` workers get one more: they have a *seat* of that class. Two things are wanted of the
//! seats: a worker has at most one of each class, and any two workers' numbers of seats differ by
//! at most one, so that their totals do too.
//!
//! Let `q` be all seats over `n`, rounded down. Give out *empty* seats as a fourth kind, as many
//! as it takes for `n × (q + 1)` seats in all; then both wishes read: every worker has exactly
//! `q + 1` seats, at most one of each kind. Dealing the kinds one after another round the table
//! does it, whatever the numbers, because no kind has more than `n` seats:
//!
//! ```text
//! n = 4, seats c c c s m m  (q = 1, so 2 empty ones, -)
//!
//!   worker   0  1  2  3
//!            c  c  c  s
//!            m  m  -  -
//! ```
//!
//! From there workers trade ([`super::trade`]) until the seats are worth most to those who have
//! them. What a seat is worth to a worker:
//!
//! 1. most of all, that it holds the user for the seat already: so the fewest users move;
//! 2. then, for an empty seat, that it holds any user: so a newcomer is filled first;
//! 3. then, that its other seats are of the classes that users to come will be of: such a worker
//!    cannot take those users, so it had better take this one. That does not matter now, but it
//!    makes a growing fleet of users move less later (on 1 to 5 workers, not at all).

use super::split::class_targets;
use super::trade::{KINDS, Table, Worth};
use crate::class::{CLASSES, ClassSet, PerClass, UserClass};

/// The kind of seat that is no user's; the others are the classes.
const EMPTY: usize = CLASSES;
const _: () = assert!(KINDS == CLASSES + 1);

/// Each worker's share of each class. `held` says how many users of each class the workers have
/// now; of all balanced shares, these leave the most of them where they are.
pub(super) fn shares(targets: &PerClass<u32>, held: &[PerClass<u32>]) -> Vec<PerClass<u32>> {
    // More workers than u32 counts do not exist; a share of 0 would be right for them.
    let workers = u32::try_from(held.len()).unwrap_or(u32::MAX);
    if workers == 0 {
        return Vec::new();
    }
    let base = targets.map(|target| target / workers);
    let seats = targets.map(|target| target % workers);
    let sorts = held.iter().map(|held| sort(held, &base)).collect();
    let mut table = Table::new(deal(&seats, held.len()), sorts, worth(&coming(targets, workers)));
    table.trade();
    let share = |seats: &u8| std::array::from_fn(|class| base[class] + u32::from(has(*seats, class)));
    table.seats().iter().map(share).collect()
}

/// Whether a set of kinds, one bit each, has this one.
pub(super) fn has(kinds: u8, kind: usize) -> bool {
    kinds >> kind & 1 == 1
}

/// Deals the seats round the table, the empty ones last. Answers each worker's set of kinds.
fn deal(seats: &PerClass<u32>, workers: usize) -> Vec<u8> {
    let dealt: usize = seats.iter().map(|seats| *seats as usize).sum();
    let empty = workers * (dealt / workers + 1) - dealt;
    let kinds = seats.iter().map(|seats| *seats as usize).chain([empty]).enumerate();
    let deck = kinds.flat_map(|(kind, seats)| std::iter::repeat_n(kind, seats));
    let mut hands = vec![0u8; workers];
    for (worker, kind) in (0..workers).cycle().zip(deck) {
        hands[worker] |= 1 << kind;
    }
    hands
}

/// What seats are worth to a worker depends on a set of kinds, its sort: the classes of which it
/// holds more than the `base`, and the empty kind if it holds any user.
fn sort(held: &PerClass<u32>, base: &PerClass<u32>) -> u8 {
    let above = (0..CLASSES).filter(|class| held[*class] > base[*class]);
    let known = held.iter().any(|users| *users > 0).then_some(EMPTY);
    above.chain(known).fold(0, |set, kind| set | 1 << kind)
}

/// The worth of each kind of seat to each sort of worker. A worth of one rank is more than a whole
/// trade, of [`KINDS`] swaps at most, can change in the ranks below.
fn worth(coming: &PerClass<i64>) -> Worth {
    let rank_3: i64 = coming.iter().sum();
    let rank_2 = KINDS as i64 * rank_3 + 1;
    let rank_1 = KINDS as i64 * (rank_2 + rank_3) + 1;
    std::array::from_fn(|sort| {
        let has = |kind: &usize| has(sort as u8, *kind);
        let unfit_for: i64 = (0..CLASSES).filter(has).map(|class| coming[class]).sum();
        std::array::from_fn(|kind| match (kind, has(&kind)) {
            (EMPTY, true) => rank_2,
            (EMPTY, false) => 0,
            (_, true) => rank_1,
            (_, false) => unfit_for,
        })
    })
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

use proptest::prelude::*;

use super::fleet::Fleet;
use crate::class::{CLASSES, ClassSet, UserClass};
use crate::quota::{Holding, place};

fn crud(indices: &[u32]) -> Holding {
    Holding::from([indices.iter().copied().collect(), [].into(), [].into()])
}

fn no_stream() -> ClassSet {
    "crud,mixed".parse().unwrap()
}

/// The indices that each worker holds.
type Workers = &'static [&'static [u32]];

#[test]
fn one_class_is_spread_as_the_sentence_says() {
    let table: [(u32, Workers, &[u32], Workers, &str); 10] = [
        (0, &[&[], &[]], &[], &[&[], &[]], "no users, nothing to hold"),
        (4, &[], &[], &[], "no workers, no holdings"),
        (6, &[&[], &[]], &[], &[&[0, 2, 4], &[1, 3, 5]], "an empty fleet: users alternate"),
        (5, &[&[], &[]], &[], &[&[0, 2, 4], &[1, 3]], "the remainder goes to the earlier worker"),
        (4, &[&[], &[0, 1, 2, 3]], &[], &[&[], &[0, 1]], "2 and 3 still run: they go to nobody yet"),
        (4, &[&[], &[0, 1]], &[2], &[&[3], &[0, 1]], "3 has stopped and 2 has not"),
        (4, &[&[3], &[0, 1]], &[], &[&[2, 3], &[0, 1]], "2 has stopped too"),
        (2, &[&[1, 3], &[0, 2]], &[], &[&[1], &[0]], "users above the target are given up"),
        (3, &[&[0, 1], &[1, 2]], &[], &[&[0, 1], &[2]], "held twice: the earlier one keeps it"),
        (3, &[&[0, 1, 2]], &[1], &[&[0, 2]], "what is blocked is held by nobody"),
    ];
    for (target, members, blocked, expected, sentence) in table {
        let members: Vec<Holding> = members.iter().map(|indices| crud(indices)).collect();
        let expected: Vec<Holding> = expected.iter().map(|indices| crud(indices)).collect();
        let blocked = crud(blocked);
        assert_eq!(place(&[target, 0, 0], &members, &blocked), expected, "{sentence}");
    }
}

#[test]
fn the_seats_of_one_class_follow_those_of_the_class_before() {
    let placed = place(&[3, 1, 2], &vec![Holding::default(); 4], &Holding::default());
    let counts: Vec<_> = placed.iter().map(Holding::counts).collect();
    assert_eq!(counts, [[1, 0, 1], [1, 0, 1], [1, 0, 0], [0, 1, 0]]);
}

#[test]
fn a_ramp_up_on_few_workers_and_its_way_back_move_nobody_who_stays() {
    for workers in 1..=5 {
        let mut fleet = Fleet::with_history(workers, [0], ClassSet::ALL);
        for users in 1..=240 {
            fleet.aim(users, ClassSet::ALL);
            assert_eq!(fleet.settle().iter().sum::<u64>(), 0, "{workers} workers up to {users}");
        }
        for users in (0..240).rev() {
            fleet.aim(users, ClassSet::ALL);
            assert_eq!(fleet.settle().iter().sum::<u64>(), 1, "{workers} workers down to {users}");
        }
    }
}

/// A ramp is placed a window at a time, and its users start and stop one by one.
#[test]
fn a_ramp_in_windows_is_even_at_each_of_its_steps_and_moves_nobody() {
    for (workers, window) in [(2, 7), (3, 1), (3, 10), (3, 25), (3, 100), (4, 13), (5, 50)] {
        let mut fleet = Fleet::with_history(workers, [0], ClassSet::ALL);
        for users in (0..=200).step_by(window) {
            fleet.aim(users, ClassSet::ALL);
            assert_eq!(fleet.settle().iter().sum::<u64>(), 0, "{workers} workers up to {users} by {window}");
            fleet.assert_even_within(users, ClassSet::ALL);
        }
        let top: u32 = fleet.targets.iter().sum();
        for users in (0..=200u32.min(top)).rev().step_by(window) {
            let leave = u64::from(fleet.targets.iter().sum::<u32>() - users);
            fleet.aim(users, ClassSet::ALL);
            let gone = fleet.settle().iter().sum::<u64>();
            assert_eq!(gone, leave, "{workers} workers down to {users} by {window}");
            fleet.assert_even_within(users, ClassSet::ALL);
        }
    }
}

#[test]
fn a_thousand_workers_are_balanced_and_lose_little() {
    let mut fleet = Fleet::default();
    fleet.aim(20_000, ClassSet::ALL);
    let empty = vec![Holding::default(); 1_000];
    fleet.members = place(&fleet.targets, &empty, &Holding::default());
    let gone = fleet.members.remove(500);
    let next = place(&fleet.targets, &fleet.members, &Holding::default());
    let moved: u64 = fleet.members.iter().zip(&next).map(|(before, after)| before.minus(after).total()).sum();
    assert_eq!(moved, 0, "only the lost worker's users move");
    assert_eq!(next.iter().map(Holding::total).sum::<u64>(), 20_000);
    assert_eq!(gone.total(), 20);
}

/// One thing that happens to a fleet.
#[derive(Debug, Clone)]
enum Event {
    Join(usize),
    Lose(usize),
    Aim(u32, ClassSet),
    Confirm(usize),
}

fn classes() -> impl Strategy<Value = ClassSet> {
    prop_oneof![Just(ClassSet::ALL), Just(no_stream()), Just(ClassSet::only(UserClass::Stream))]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => any::<usize>().prop_map(Event::Join),
        2 => any::<usize>().prop_map(Event::Lose),
        3 => (0u32..120, classes()).prop_map(|(users, classes)| Event::Aim(users, classes)),
        4 => any::<usize>().prop_map(Event::Confirm),
    ]
}

/// One for each class, and one for the empty seat.
const KINDS_OF_SEATS: u64 = CLASSES as u64 + 1;

/// How many users a newcomer makes change places, and how many it is given.
fn moved_by_a_newcomer(mut fleet: Fleet, position: usize) -> (u64, u64) {
    fleet.join(position);
    let newcomer = position % fleet.members.len();
    let moved = fleet.settle().iter().sum();
    (moved, fleet.members[newcomer].total())
}

#[test]
fn a_rare_newcomer_makes_one_user_more_than_there_are_classes_change_places() {
    let fleet = Fleet::with_history(25, [5, 208], ClassSet::ALL);
    assert_eq!(moved_by_a_newcomer(fleet, 0), (12, 8));
}

proptest! {
    #[test]
    fn whatever_happens_no_user_runs_twice_and_the_fleet_converges(
        workers in 0usize..6,
        events in prop::collection::vec(event(), 0..40),
    ) {
        let mut fleet = Fleet { members: vec![Holding::default(); workers], ..Fleet::default() };
        for event in events {
            match event {
                Event::Join(position) => fleet.join(position),
                Event::Lose(position) => fleet.lose(position),
                Event::Aim(users, classes) => fleet.aim(users, classes),
                Event::Confirm(which) => fleet.confirm(which),
            }
            fleet.place();
        }
        fleet.running_elsewhere.clear();
        fleet.settle();
    }

    #[test]
    fn calls_while_nothing_is_confirmed_take_away_no_more(
        workers in 1usize..8, users in 0u32..200, then in 0u32..200, joins in 0usize..3,
    ) {
        let mut fleet = Fleet::with_history(workers, [users], ClassSet::ALL);
        (0..joins).for_each(|_| fleet.join(0));
        fleet.aim(then, ClassSet::ALL);
        fleet.place();
        let after = fleet.members.clone();
        prop_assert!(fleet.place().iter().all(|moved| *moved == 0));
        prop_assert_eq!(fleet.members, after);
    }

    #[test]
    fn a_newcomer_is_given_its_share_and_hardly_anybody_else_moves(
        workers in 1usize..30, users in 0u32..400, classes in classes(), position in any::<usize>(),
        history in prop::collection::vec(0u32..400, 0..4),
    ) {
        let fleet = Fleet::with_history(workers, history.into_iter().chain([users]), classes);
        let (moved, given) = moved_by_a_newcomer(fleet, position);
        let total = u64::from(users);
        prop_assert!(given <= total.div_ceil(workers as u64 + 1));
        prop_assert!(moved <= given + KINDS_OF_SEATS, "{moved} moved, {given} to the newcomer");
    }

    #[test]
    fn survivors_of_a_lost_worker_give_up_at_most_one_user_of_a_class(
        workers in 2usize..30, users in 0u32..400, classes in classes(), lost in any::<usize>(),
        history in prop::collection::vec(0u32..400, 0..4),
    ) {
        let mut fleet = Fleet::with_history(workers, history.into_iter().chain([users]), classes);
        fleet.members.remove(lost % workers); // its lease has ended already
        let before = fleet.members.clone();
        fleet.settle();
        for (before, after) in before.iter().zip(&fleet.members) {
            let gone = before.minus(after).counts();
            for (class, target) in fleet.targets.into_iter().enumerate() {
                let base_grows = target / (workers as u32 - 1) > target / workers as u32;
                prop_assert!(gone[class] <= u32::from(!base_grows));
            }
        }
    }
}

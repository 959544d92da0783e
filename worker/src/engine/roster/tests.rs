use super::*;
use common::class::UserClass;
use proptest::prelude::*;

const GRACE: Duration = Duration::from_secs(30);

fn key(index: u32) -> UserKey {
    (UserClass::Crud, index)
}

/// A roster, and a clock in seconds.
struct Scene {
    zero: Instant,
    roster: Roster,
}

impl Scene {
    fn new() -> Scene {
        Scene { zero: Instant::now(), roster: Roster::new(GRACE) }
    }

    fn at(&self, second: u64) -> Instant {
        self.zero + Duration::from_secs(second)
    }

    fn slot(&self, index: u32, start: u64, stop: Option<u64>) -> UserSlot {
        UserSlot {
            class: UserClass::Crud,
            index,
            start: self.at(start),
            stop: stop.map(|stop| self.at(stop)),
        }
    }

    fn apply(&mut self, now: u64, epoch: u64, slots: &[(u32, u64, Option<u64>)]) -> Vec<Action> {
        let slots: Vec<UserSlot> =
            slots.iter().map(|(index, start, stop)| self.slot(*index, *start, *stop)).collect();
        let now = self.at(now);
        self.roster.apply(now, epoch, &slots)
    }

    fn tick(&mut self, now: u64) -> Vec<Action> {
        let now = self.at(now);
        self.roster.tick(now)
    }

    fn stop_all(&mut self, now: u64, grace: u64) -> Vec<Action> {
        let now = self.at(now);
        self.roster.stop_all(now, Duration::from_secs(grace))
    }

    fn ended(&mut self, now: u64, index: u32) -> Vec<Action> {
        let now = self.at(now);
        self.roster.ended(now, key(index), false)
    }

    fn due(&self) -> Option<u64> {
        self.roster.next_deadline().map(|due| due.duration_since(self.zero).as_secs())
    }
}

#[test]
fn users_start_at_their_time_and_those_of_the_past_at_once() {
    let mut scene = Scene::new();
    let started = scene.apply(10, 1, &[(0, 3, None), (1, 10, None), (2, 12, None), (3, 15, None)]);
    assert_eq!(started, [Action::Start(key(0)), Action::Start(key(1))]);
    assert_eq!(scene.due(), Some(12));
    assert_eq!(scene.tick(11), []);
    assert_eq!(scene.tick(20), [Action::Start(key(2)), Action::Start(key(3))]);
    assert_eq!(scene.due(), None);
}

#[test]
fn what_is_missing_stops_and_what_is_known_stays() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, None), (1, 0, None), (2, 9, None)]);
    assert_eq!(scene.apply(1, 2, &[(1, 5, None)]), [Action::Stop(key(0))]);
    assert!(!scene.roster.is_settled());
    assert_eq!(scene.roster.applied(), 1);
    assert_eq!(scene.ended(2, 0), []);
    assert_eq!(scene.roster.applied(), 2);
    assert_eq!(scene.due(), None, "user 2 is not wanted any more and never starts");
}

#[test]
fn an_older_epoch_changes_nothing_and_the_same_one_may_come_again() {
    let mut scene = Scene::new();
    scene.apply(0, 5, &[(0, 0, None)]);
    assert_eq!(scene.apply(1, 4, &[]), []);
    assert_eq!(scene.apply(1, 5, &[(0, 0, None)]), []);
    assert_eq!(scene.apply(1, 5, &[]), [Action::Stop(key(0))]);
}

#[test]
fn a_user_is_cut_when_its_grace_is_over_and_counts_until_its_end() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, None)]);
    scene.apply(10, 2, &[]);
    assert_eq!(scene.due(), Some(40));
    assert_eq!(scene.tick(39), []);
    assert_eq!(scene.tick(40), [Action::Cut(key(0))]);
    assert_eq!((scene.roster.applied(), scene.roster.is_idle()), (1, false));
    assert_eq!(scene.tick(50), []);
    scene.ended(51, 0);
    assert_eq!((scene.roster.applied(), scene.roster.is_idle()), (2, true));
}

#[test]
fn a_stop_time_is_obeyed_once_and_a_changed_one_is_taken_over() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, Some(20)), (1, 0, Some(20)), (2, 0, None)]);
    assert_eq!(scene.apply(5, 2, &[(0, 0, Some(8)), (1, 0, None), (2, 0, Some(9))]), []);
    assert_eq!(scene.tick(8), [Action::Stop(key(0))]);
    assert_eq!(scene.ended(9, 0), []);
    assert_eq!(scene.tick(9), [Action::Stop(key(2))]);
    assert_eq!(scene.apply(30, 3, &[(0, 0, Some(8)), (1, 0, None), (2, 0, Some(9))]), []);
    assert_eq!(scene.roster.applied(), 3, "who stops by its time is not excluded by an epoch");
    assert_eq!(scene.due(), Some(39), "user 2 still lives, until its grace is over");
}

#[test]
fn a_user_wanted_again_starts_after_its_former_life() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, None)]);
    assert_eq!(scene.apply(1, 2, &[]), [Action::Stop(key(0))]);
    assert_eq!(scene.apply(2, 3, &[(0, 2, None)]), []);
    assert_eq!(scene.roster.applied(), 3, "epoch 3 does not exclude it");
    assert_eq!(scene.ended(5, 0), [Action::Start(key(0))]);
    // And one that stopped by its time, when that is taken back.
    assert_eq!(scene.apply(6, 4, &[(0, 2, Some(6))]), [Action::Stop(key(0))]);
    assert_eq!(scene.ended(7, 0), []);
    assert_eq!(scene.apply(8, 5, &[(0, 2, None)]), [Action::Start(key(0))]);
}

#[test]
fn stop_all_ends_everybody_and_a_second_one_only_sooner() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, None), (1, 0, None), (2, 99, None)]);
    assert_eq!(scene.stop_all(1, 10), [Action::Stop(key(0)), Action::Stop(key(1))]);
    assert_eq!(scene.due(), Some(11));
    scene.ended(2, 0);
    assert_eq!(scene.stop_all(2, 60), []);
    assert_eq!(scene.due(), Some(11));
    assert_eq!(scene.stop_all(3, 0), [Action::Cut(key(1))]);
    scene.ended(3, 1);
    assert!(scene.roster.is_idle());
    assert_eq!(scene.stop_all(4, u64::MAX), []);
}

#[test]
fn a_user_that_panicked_comes_back_after_a_second() {
    let mut scene = Scene::new();
    scene.apply(0, 1, &[(0, 0, None)]);
    let now = scene.at(5);
    assert_eq!(scene.roster.ended(now, key(0), true), []);
    assert!(!scene.roster.is_idle());
    assert_eq!(scene.due(), Some(6));
    assert_eq!(scene.tick(6), [Action::Start(key(0))]);
}

#[derive(Debug, Clone)]
enum Event {
    Apply(Vec<(u32, u64, Option<u64>)>),
    StopAll(u64),
    End(u32),
    Pass,
}

fn event() -> impl Strategy<Value = Event> {
    let slot = (0..4u32, 0..60u64, prop::option::of(0..60u64));
    prop_oneof![
        prop::collection::vec(slot, 0..5).prop_map(Event::Apply),
        (0..20u64).prop_map(Event::StopAll),
        (0..4u32).prop_map(Event::End),
        Just(Event::Pass),
    ]
}

proptest! {
    #[test]
    fn no_user_ever_runs_twice_and_counts_agree_with_the_actions(
        events in prop::collection::vec(event(), 0..60),
    ) {
        let mut scene = Scene::new();
        let (mut alive, mut stopping) = (BTreeSet::new(), BTreeSet::new());
        for (second, event) in (0..).zip(events) {
            let mut actions = match event {
                Event::Apply(mut slots) => {
                    slots.sort();
                    slots.dedup_by_key(|slot| slot.0);
                    scene.apply(second, second, &slots)
                }
                Event::StopAll(grace) => scene.stop_all(second, grace),
                Event::End(index) if alive.remove(&key(index)) => {
                    stopping.remove(&key(index));
                    scene.ended(second, index)
                }
                Event::End(_) | Event::Pass => Vec::new(),
            };
            actions.extend(scene.tick(second));
            for action in actions {
                match action {
                    Action::Start(key) => prop_assert!(alive.insert(key), "{key:?} started twice"),
                    Action::Stop(key) => prop_assert!(alive.contains(&key) && stopping.insert(key)),
                    Action::Cut(key) => prop_assert!(alive.contains(&key) && stopping.contains(&key)),
                }
            }
            prop_assert_eq!(scene.roster.alive, alive.len());
            prop_assert!(scene.due().is_none_or(|due| due > second), "what is due was done");
        }
        scene.stop_all(1000, 0);
        for key in alive {
            scene.ended(1000, key.1);
        }
        prop_assert!(scene.roster.is_idle() && scene.roster.is_settled());
        prop_assert_eq!(scene.roster.applied(), scene.roster.epoch);
        prop_assert!(scene.roster.users.is_empty() && scene.roster.deadlines.is_empty());
    }
}

//! What a key means: an order like those of the dashboard, so that it stands in the report like them.

use std::time::Duration;

use common::shape::MAX_USERS;
use hub::control::ControlRequest;
use hub::run::Steering;

use crate::view::LivePhase;

/// Each change of the users is a stage of the report, so keys that follow each other this fast are one.
const PAUSE: Duration = Duration::from_millis(700);

/// A key that steers the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// `+`: a tenth more users, at least one.
    More,
    /// `-`: a tenth fewer, at least one.
    Fewer,
    /// `p`: pause, or go on.
    Pause,
}

impl Key {
    /// The key that sends this byte. `=` and `_` share their keys with `+` and `-`.
    pub(super) fn of(byte: u8) -> Option<Key> {
        match byte {
            b'+' | b'=' => Some(Key::More),
            b'-' | b'_' => Some(Key::Fewer),
            b'p' | b'P' => Some(Key::Pause),
            _ => None,
        }
    }
}

/// The keys that were pressed and are no order yet.
#[derive(Debug, Default)]
pub(super) struct Presses {
    /// The users they ask for, and when the last of them was pressed.
    wanted: Option<(u32, Duration)>,
}

impl Presses {
    /// A key at `now`, while a run is steered like this; the order that it is at once.
    pub(super) fn press(
        &mut self,
        key: Key,
        steering: Option<Steering>,
        now: Duration,
    ) -> Option<ControlRequest> {
        let steering = steering?;
        match key {
            Key::Pause if steering.paused => Some(ControlRequest::Resume),
            Key::Pause => {
                self.wanted = None;
                Some(ControlRequest::Pause)
            }
            // Who pauses does not expect that another key makes users run.
            Key::More | Key::Fewer if steering.paused => None,
            Key::More | Key::Fewer => {
                let users = self.wanted.map_or(steering.users, |(users, _)| users);
                let step = (users / 10).max(1);
                let next = match key {
                    Key::More => users.saturating_add(step).min(MAX_USERS),
                    _ => users.saturating_sub(step),
                };
                self.wanted = Some((next, now));
                None
            }
        }
    }

    /// The order that keys have become by `now`.
    pub(super) fn due(&mut self, steering: Option<Steering>, now: Duration) -> Option<ControlRequest> {
        let (users, _) = self.wanted.take_if(|(_, last)| now >= *last + PAUSE)?;
        let steering = steering.filter(|now| now.users != users)?;
        Some(ControlRequest::Users { users, spawn_rate: steering.spawn_rate })
    }

    /// The users that they ask for.
    pub(super) fn wanted(&self) -> Option<u32> {
        self.wanted.map(|(users, _)| users)
    }
}

/// The keys that do something now, in one line.
pub(super) fn legend(phase: LivePhase, steered: Option<bool>) -> &'static str {
    match (phase, steered) {
        (LivePhase::Waiting | LivePhase::Gathering, _) => "q ends the run before it begins",
        (LivePhase::Running, Some(false)) => "q stops the run   + more users   - fewer users   p pauses",
        (LivePhase::Running, Some(true)) => "q stops the run   p goes on with the users it had",
        (LivePhase::Running, None) => "q stops the run: what is in flight finishes, then comes the report",
        _ => "q leaves at once, with what has arrived by then",
    }
}

#[cfg(test)]
mod tests {
    use common::class::ClassSet;
    use common::shape::Shape;

    use super::*;

    fn at(users: u32) -> Steering {
        let shape = Shape::constant(1, 2.0, Duration::from_secs(60), ClassSet::ALL).unwrap();
        let mut steering = Steering::of(&shape).unwrap();
        steering.users = users;
        steering
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn keys_change_the_users_by_a_tenth_and_those_that_follow_fast_are_one_order() {
        let mut presses = Presses::default();
        let steering = Some(at(20));
        for (key, wanted) in [(Key::More, 22), (Key::More, 24), (Key::More, 26), (Key::Fewer, 24)] {
            assert_eq!(presses.press(key, steering, ms(1000)), None);
            assert_eq!(presses.wanted(), Some(wanted));
        }
        assert_eq!(presses.due(steering, ms(1699)), None);
        assert_eq!(
            presses.due(steering, ms(1700)),
            Some(ControlRequest::Users { users: 24, spawn_rate: 2.0 })
        );
        assert_eq!((presses.due(steering, ms(9000)), presses.wanted()), (None, None));
    }

    #[test]
    fn at_least_one_user_at_a_time_and_never_out_of_range() {
        for (users, key, wanted) in
            [(5, Key::More, 6), (5, Key::Fewer, 4), (0, Key::Fewer, 0), (MAX_USERS, Key::More, MAX_USERS)]
        {
            let (mut presses, steering) = (Presses::default(), Some(at(users)));
            presses.press(key, steering, ms(0));
            assert_eq!(presses.wanted(), Some(wanted), "{users} {key:?}");
            assert_eq!(presses.due(steering, ms(700)).is_some(), users != wanted);
        }
    }

    #[test]
    fn p_pauses_and_goes_on_and_nothing_else_counts_in_between() {
        let mut presses = Presses::default();
        let (going, mut paused) = (at(8), at(8));
        paused.paused = true;
        presses.press(Key::More, Some(going), ms(0));
        assert_eq!(presses.press(Key::Pause, Some(going), ms(1)), Some(ControlRequest::Pause));
        assert_eq!(
            presses.due(Some(paused), ms(900)),
            None,
            "what was pressed before the pause is forgotten"
        );
        assert_eq!(presses.press(Key::More, Some(paused), ms(900)), None);
        assert_eq!(presses.wanted(), None);
        assert_eq!(presses.press(Key::Pause, Some(paused), ms(901)), Some(ControlRequest::Resume));
    }

    #[test]
    fn a_shape_of_its_own_is_not_steered() {
        let mut presses = Presses::default();
        for key in [Key::More, Key::Fewer, Key::Pause] {
            assert_eq!(presses.press(key, None, ms(0)), None);
        }
        assert_eq!(presses.due(None, ms(900)), None);
    }

    #[test]
    fn only_these_keys_are_ours() {
        assert_eq!(
            (Key::of(b'+'), Key::of(b'-'), Key::of(b'P')),
            (Some(Key::More), Some(Key::Fewer), Some(Key::Pause))
        );
        assert!((0..=u8::MAX).filter(|byte| !b"+=-_pP".contains(byte)).all(|byte| Key::of(byte).is_none()));
    }
}

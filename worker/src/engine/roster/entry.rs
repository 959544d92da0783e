//! One user of a core: what is wanted of it, and its state.

use std::time::{Duration, Instant};

use common::class::UserKey;

use super::Action;
use crate::engine::user_slot::UserSlot;

/// How long a user that panicked stays away.
pub(super) const PANIC_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Entry {
    key: UserKey,
    wanted: Option<UserSlot>,
    life: LifeState,
}

#[derive(Debug, Clone, Copy)]
enum LifeState {
    /// Does not run, and must not start before this.
    Absent(Option<Instant>),
    Running,
    /// Stopping; cut at this.
    Stopping(Instant),
    /// Cut, but its task has not ended yet.
    Cut,
}

impl Entry {
    pub(super) fn new(key: UserKey) -> Entry {
        Entry { key, wanted: None, life: LifeState::Absent(None) }
    }

    pub(super) fn want(&mut self, slot: Option<UserSlot>) {
        self.wanted = slot;
    }

    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.life, LifeState::Absent(_))
    }

    /// Runs though it is not wanted.
    pub(super) fn is_leaving(&self) -> bool {
        self.wanted.is_none() && self.is_alive()
    }

    /// Neither wanted nor running: its entry can be removed.
    pub(super) fn is_gone(&self) -> bool {
        self.wanted.is_none() && !self.is_alive()
    }

    /// Starts, stops or cuts the user as wanted. Returns when to look again.
    pub(super) fn settle(
        &mut self,
        now: Instant,
        stop_timeout: Duration,
        actions: &mut Vec<Action>,
    ) -> Option<Instant> {
        let wanted = self.wanted.filter(|slot| slot.stop.is_none_or(|stop| stop > now));
        match (self.life, wanted) {
            (LifeState::Absent(not_before), Some(slot)) => {
                let due = not_before.map_or(slot.start, |not_before| not_before.max(slot.start));
                if due > now {
                    return Some(due);
                }
                self.life = LifeState::Running;
                actions.push(Action::Start(self.key));
                slot.stop
            }
            (LifeState::Running, Some(slot)) => slot.stop,
            (LifeState::Running, None) => self.stop(now, now + stop_timeout, actions),
            (LifeState::Stopping(cut_at), _) => self.cut_when_due(now, cut_at, actions),
            (LifeState::Absent(_), None) | (LifeState::Cut, _) => None,
        }
    }

    /// The user is no longer wanted, and cut at `cut_at` unless sooner. Returns when to look again.
    pub(super) fn dismiss(
        &mut self,
        now: Instant,
        cut_at: Instant,
        actions: &mut Vec<Action>,
    ) -> Option<Instant> {
        self.wanted = None;
        match self.life {
            LifeState::Running => self.stop(now, cut_at, actions),
            LifeState::Stopping(before) => self.cut_when_due(now, cut_at.min(before), actions),
            LifeState::Absent(_) | LifeState::Cut => None,
        }
    }

    /// The user has ended.
    pub(super) fn end(&mut self, now: Instant, panicked: bool) {
        self.life = LifeState::Absent(panicked.then(|| now + PANIC_PAUSE));
    }

    fn stop(&mut self, now: Instant, cut_at: Instant, actions: &mut Vec<Action>) -> Option<Instant> {
        actions.push(Action::Stop(self.key));
        self.cut_when_due(now, cut_at, actions)
    }

    fn cut_when_due(&mut self, now: Instant, cut_at: Instant, actions: &mut Vec<Action>) -> Option<Instant> {
        if cut_at > now {
            self.life = LifeState::Stopping(cut_at);
            return Some(cut_at);
        }
        self.life = LifeState::Cut;
        actions.push(Action::Cut(self.key));
        None
    }
}

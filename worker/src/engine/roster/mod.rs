//! Which of a core's users run, and what must happen next: orders and time in, actions out. Pure.
//!
//! ```text
//!            start due              stopped              grace over
//!   absent ────────────▶ running ─────────────▶ stopping ──────────▶ cut
//!      ▲                    │ (panic)              │                  │
//!      └────────────────────┴──── ended ───────────┴──────────────────┘
//! ```
//!
//! What is ordered and what runs are kept apart. An order changes only what is wanted. A user that is
//! stopping never resumes: if it is wanted again, it starts anew after it has ended. So one user never runs
//! twice at the same time.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::class::UserKey;

use super::user_slot::UserSlot;
use entry::Entry;

/// A longer grace is as good as this, and cannot overflow the clock.
const LONGEST_GRACE: Duration = Duration::from_secs(365 * 24 * 3600);

/// What the core has to do to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Start(UserKey),
    /// Stop it: it finishes what is in flight and cleans up.
    Stop(UserKey),
    /// End it at once.
    Cut(UserKey),
}

/// All users of one core.
#[derive(Debug)]
pub(super) struct Roster {
    users: BTreeMap<UserKey, (Entry, Option<Instant>)>,
    /// When each user must be looked at again; its own copy is kept beside its entry.
    deadlines: BTreeSet<(Instant, UserKey)>,
    stop_timeout: Duration,
    /// Of the latest orders.
    epoch: u64,
    /// Highest epoch whose excluded users have all ended.
    applied: u64,
    /// Users that run though they are not wanted.
    leaving: usize,
    /// Users that run or are stopping.
    alive: usize,
}

impl Roster {
    pub(super) fn new(stop_timeout: Duration) -> Roster {
        Roster {
            users: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            stop_timeout,
            epoch: 0,
            applied: 0,
            leaving: 0,
            alive: 0,
        }
    }

    /// Exactly these users are wanted. A lower epoch than the latest changes nothing.
    pub(super) fn apply(&mut self, now: Instant, epoch: u64, slots: &[UserSlot]) -> Vec<Action> {
        if epoch < self.epoch {
            return Vec::new();
        }
        self.epoch = epoch;
        let wanted: BTreeMap<UserKey, UserSlot> = slots.iter().map(|slot| (slot.key(), *slot)).collect();
        let keys: BTreeSet<UserKey> = self.users.keys().chain(wanted.keys()).copied().collect();
        let stop_timeout = self.stop_timeout;
        let mut actions = Vec::new();
        for key in keys {
            self.update(key, |entry| {
                entry.want(wanted.get(&key).copied());
                entry.settle(now, stop_timeout, &mut actions)
            });
        }
        self.note_applied();
        actions
    }

    /// No user is wanted. Those that run are cut after `grace`, or sooner if that was ordered before.
    pub(super) fn stop_all(&mut self, now: Instant, grace: Duration) -> Vec<Action> {
        let keys: Vec<UserKey> = self.users.keys().copied().collect();
        let cut_at = now + grace.min(LONGEST_GRACE);
        let mut actions = Vec::new();
        for key in keys {
            self.update(key, |entry| entry.dismiss(now, cut_at, &mut actions));
        }
        self.note_applied();
        actions
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Action> {
        let stop_timeout = self.stop_timeout;
        let mut actions = Vec::new();
        while let Some((_, key)) = self.deadlines.first().copied().filter(|(due, _)| *due <= now) {
            self.update(key, |entry| entry.settle(now, stop_timeout, &mut actions));
        }
        actions
    }

    /// A user has ended.
    pub(super) fn ended(&mut self, now: Instant, key: UserKey, panicked: bool) -> Vec<Action> {
        let stop_timeout = self.stop_timeout;
        let mut actions = Vec::new();
        self.update(key, |entry| {
            entry.end(now, panicked);
            entry.settle(now, stop_timeout, &mut actions)
        });
        self.note_applied();
        actions
    }

    /// A user has come that leaves by itself.
    pub(super) fn arrived(&mut self, now: Instant, (class, index): UserKey) {
        let slot = UserSlot { class, index, start: now, stop: None };
        self.update((class, index), |entry| {
            entry.want(Some(slot));
            entry.settle(now, Duration::ZERO, &mut Vec::new())
        });
    }

    /// It has left, or was stopped and has ended.
    pub(super) fn left(&mut self, now: Instant, key: UserKey) {
        self.update(key, |entry| {
            entry.want(None);
            entry.end(now, false);
            None
        });
        self.note_applied();
    }

    /// When [`Roster::tick`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// Highest epoch whose excluded users have all ended.
    pub(super) fn applied(&self) -> u64 {
        self.applied
    }

    /// Only wanted users run.
    pub(super) fn is_settled(&self) -> bool {
        self.leaving == 0
    }

    /// No user runs, and none will without new orders.
    pub(super) fn is_idle(&self) -> bool {
        self.alive == 0 && self.deadlines.is_empty()
    }

    /// Changes one user; `change` returns when to look at it again. Updates all counts.
    fn update(&mut self, key: UserKey, change: impl FnOnce(&mut Entry) -> Option<Instant>) {
        let (entry, deadline) = self.users.entry(key).or_insert_with(|| (Entry::new(key), None));
        let (alive, leaving) = (entry.is_alive(), entry.is_leaving());
        if let Some(due) = deadline.take() {
            self.deadlines.remove(&(due, key));
        }
        *deadline = change(entry);
        if let Some(due) = *deadline {
            self.deadlines.insert((due, key));
        }
        self.alive = self.alive + usize::from(entry.is_alive()) - usize::from(alive);
        self.leaving = self.leaving + usize::from(entry.is_leaving()) - usize::from(leaving);
        if entry.is_gone() {
            self.users.remove(&key);
        }
    }

    fn note_applied(&mut self) {
        if self.leaving == 0 {
            self.applied = self.epoch;
        }
    }
}

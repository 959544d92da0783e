//! Which of a core's users live, and what must happen next: orders and time in, actions out.
//!
//! ```text
//!            start due            told to stop           grace over
//!   absent ────────────▶ running ─────────────▶ stopping ──────────▶ cut
//!      ▲                    │ (panic)              │                  │
//!      └────────────────────┴──── ended ───────────┴──────────────────┘
//! ```
//!
//! What is wanted and what lives are kept apart. An order changes only what is wanted; a life that
//! is being stopped is never taken back: if its user is wanted again, a new life begins after the
//! old one has ended. So one user never runs twice at a time.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::slot::{Slot, UserKey};
use entry::Entry;

/// A longer grace is as good as this, and cannot overflow the clock.
const LONGEST_GRACE: Duration = Duration::from_secs(365 * 24 * 3600);

/// What the core has to do to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Begin its life.
    Start(UserKey),
    /// Tell it to stop: finish what is in flight, clean up.
    Stop(UserKey),
    /// End it where it stands.
    Cut(UserKey),
}

/// Everything known of one core's users.
#[derive(Debug)]
pub(super) struct Roster {
    users: BTreeMap<UserKey, (Entry, Option<Instant>)>,
    /// When to look at whom again; each user's own copy stands beside its entry.
    deadlines: BTreeSet<(Instant, UserKey)>,
    stop_timeout: Duration,
    /// Of the latest orders.
    epoch: u64,
    /// Highest epoch for which nobody it excludes lived any more.
    applied: u64,
    /// Living users that are not wanted.
    leaving: usize,
    /// Living users.
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

    /// Exactly these users are wanted. An epoch below the latest changes nothing.
    pub(super) fn apply(&mut self, now: Instant, epoch: u64, slots: &[Slot]) -> Vec<Action> {
        if epoch < self.epoch {
            return Vec::new();
        }
        self.epoch = epoch;
        let wanted: BTreeMap<UserKey, Slot> = slots.iter().map(|slot| (slot.key(), *slot)).collect();
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

    /// Nobody is wanted, and whoever lives is cut after `grace`, or sooner if that was said before.
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

    /// A user's life is over.
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

    /// When [`Roster::tick`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// Highest epoch for which every user it excludes has ended.
    pub(super) fn applied(&self) -> u64 {
        self.applied
    }

    /// Nobody lives but who is wanted.
    pub(super) fn is_settled(&self) -> bool {
        self.leaving == 0
    }

    /// Nobody lives and nobody will without new orders.
    pub(super) fn is_idle(&self) -> bool {
        self.alive == 0 && self.deadlines.is_empty()
    }

    /// Changes one user; the answer of `change` is when to look at it again. All counts follow.
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

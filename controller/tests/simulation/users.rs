//! The users of a model worker, by the rules of the engine's roster: an order changes only what is
//! wanted, and a life that is being stopped is never taken back.
//!
//! A user does one request after another. Asked to stop, it finishes the one in flight; cut, it ends
//! at once. All times are of the worker's clock, in microseconds.

use std::collections::BTreeMap;

use common::class::UserClass;
use common::quota::ScheduledUser;
use rand::RngExt;
use rand_pcg::Pcg64;

/// What identifies a user.
pub type Key = (UserClass, u32);

/// What happened to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Started,
    Stopping,
    Ended,
}

/// When a user is to run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub start: u64,
    pub stop: Option<u64>,
}

/// What a worker measured since the last interval. `bytes` are random, so that two samples can be
/// distinguished in a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    pub requests: u64,
    pub cut: u64,
    pub bytes: u64,
}

impl std::ops::AddAssign for Measured {
    fn add_assign(&mut self, other: Measured) {
        self.requests += other.requests;
        self.cut += other.cut;
        self.bytes += other.bytes;
    }
}

#[derive(Debug, Clone, Copy)]
enum Life {
    Absent,
    Running { done_at: u64 },
    Stopping { done_at: u64, cut_at: u64 },
}

#[derive(Debug, Clone, Copy)]
struct User {
    wanted: Option<Wanted>,
    life: Life,
}

/// All users of one worker process.
#[derive(Debug)]
pub struct Users {
    users: BTreeMap<Key, User>,
    stop_timeout: u64,
    longest_request: u64,
    epoch: u64,
    applied: u64,
    /// What was measured since it was last taken.
    pub measured: Measured,
    changes: Vec<(Key, Change)>,
}

impl Users {
    pub fn new(stop_timeout: u64, longest_request: u64) -> Users {
        Users {
            users: BTreeMap::new(),
            stop_timeout,
            longest_request,
            epoch: 0,
            applied: 0,
            measured: Measured::default(),
            changes: Vec::new(),
        }
    }

    /// Exactly these are wanted.
    pub fn apply(&mut self, now: u64, epoch: u64, slots: &[(ScheduledUser, Wanted)], rng: &mut Pcg64) {
        self.epoch = epoch;
        for user in self.users.values_mut() {
            user.wanted = None;
        }
        for (slot, wanted) in slots {
            let key = (slot.class, slot.index);
            let user = self.users.entry(key).or_insert(User { wanted: None, life: Life::Absent });
            user.wanted = Some(*wanted);
        }
        self.settle(now, rng);
    }

    /// Nobody is wanted; who lives is cut after `grace`, or sooner if that was said before.
    pub fn stop_all(&mut self, now: u64, grace: u64, rng: &mut Pcg64) {
        self.settle(now, rng);
        for (key, user) in &mut self.users {
            user.wanted = None;
            match &mut user.life {
                Life::Running { done_at } => {
                    user.life = Life::Stopping { done_at: *done_at, cut_at: now + grace };
                    self.changes.push((*key, Change::Stopping));
                }
                Life::Stopping { cut_at, .. } => *cut_at = (*cut_at).min(now + grace),
                Life::Absent => {}
            }
        }
        self.settle(now, rng);
    }

    /// Does what is due at `now`.
    pub fn settle(&mut self, now: u64, rng: &mut Pcg64) {
        for (key, user) in &mut self.users {
            while user.step(now, self.stop_timeout, self.longest_request, &mut self.measured, rng) {
                self.changes.push((*key, user.last_change()));
            }
        }
        self.users.retain(|_, user| user.wanted.is_some() || user.is_alive());
        if !self.users.values().any(|user| user.wanted.is_none()) {
            self.applied = self.epoch;
        }
    }

    /// What happened since the last call, oldest first.
    pub fn changes(&mut self) -> Vec<(Key, Change)> {
        std::mem::take(&mut self.changes)
    }

    /// When [`Self::settle`] has something to do.
    pub fn next_due(&self, now: u64) -> Option<u64> {
        self.users.values().filter_map(|user| user.next_due(now)).min()
    }

    /// Highest epoch for which every user that it excludes has ended.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Nobody lives and nobody will without new orders.
    pub fn is_idle(&self, now: u64) -> bool {
        self.users.values().all(|user| !user.is_alive() && user.next_due(now).is_none())
    }

    /// Who was to start while the process stood still may start, but finds the lease over: nobody hears of it.
    pub fn do_not_start(&mut self) {
        self.users.retain(|_, user| user.is_alive());
    }

    /// Who runs.
    pub fn running(&self) -> Vec<Key> {
        let runs = |user: &User| matches!(user.life, Life::Running { .. });
        self.users.iter().filter(|(_, user)| runs(user)).map(|(key, _)| *key).collect()
    }

    /// (running, stopping) of each class.
    pub fn counts(&self) -> [(u32, u32); 3] {
        let mut counts = [(0, 0); 3];
        for ((class, _), user) in &self.users {
            match user.life {
                Life::Running { .. } => counts[class.index()].0 += 1,
                Life::Stopping { .. } => counts[class.index()].1 += 1,
                Life::Absent => {}
            }
        }
        counts
    }
}

impl User {
    fn is_alive(&self) -> bool {
        !matches!(self.life, Life::Absent)
    }

    /// The change that led to the present life.
    fn last_change(&self) -> Change {
        match self.life {
            Life::Absent => Change::Ended,
            Life::Running { .. } => Change::Started,
            Life::Stopping { .. } => Change::Stopping,
        }
    }

    /// One transition that is due; whether there was one.
    fn step(&mut self, now: u64, grace: u64, longest: u64, measured: &mut Measured, rng: &mut Pcg64) -> bool {
        let wanted = self.wanted.filter(|wanted| wanted.stop.is_none_or(|stop| stop > now));
        match self.life {
            Life::Running { done_at } => {
                let mut done_at = done_at;
                while done_at <= now {
                    measured.answer(rng);
                    done_at += rng.random_range(1_000..=longest);
                }
                self.life = match wanted {
                    Some(_) => Life::Running { done_at },
                    None => Life::Stopping { done_at, cut_at: now + grace },
                };
                wanted.is_none()
            }
            Life::Stopping { done_at, cut_at } => {
                let ends = done_at <= now || cut_at <= now;
                if ends && done_at <= now {
                    measured.answer(rng);
                } else if ends {
                    measured.cut += 1;
                }
                if ends {
                    self.life = Life::Absent;
                }
                ends
            }
            Life::Absent => {
                let starts = wanted.is_some_and(|wanted| wanted.start <= now);
                if starts {
                    self.life = Life::Running { done_at: now + rng.random_range(1_000..=longest) };
                }
                starts
            }
        }
    }

    /// When something changes that others must see.
    fn next_due(&self, now: u64) -> Option<u64> {
        match (self.life, self.wanted) {
            // What a running user has done is caught up with when somebody looks.
            (Life::Running { .. }, wanted) => wanted.and_then(|wanted| wanted.stop),
            (Life::Stopping { done_at, cut_at }, _) => Some(done_at.min(cut_at)),
            (Life::Absent, Some(wanted)) if wanted.stop.is_none_or(|stop| stop > now.max(wanted.start)) => {
                Some(wanted.start)
            }
            (Life::Absent, _) => None,
        }
    }
}

impl Measured {
    fn answer(&mut self, rng: &mut Pcg64) {
        self.requests += 1;
        self.bytes += rng.random_range(1..1_000_000);
    }
}

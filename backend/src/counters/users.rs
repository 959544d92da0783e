//! Distinct users, named by a request header.

use std::array;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Gauge, get};
use crate::counts::UserCounts;

const SHARDS: usize = 16;
/// A shard smaller than this is not worth pruning.
const SMALL: usize = 256;

/// The users that have a request in progress or had one lately.
#[derive(Debug)]
pub(crate) struct UserCounters {
    window: Duration,
    shards: [Mutex<UserShard>; SHARDS],
    /// Users with at least one request in progress.
    in_progress: Gauge,
}

#[derive(Debug, Default)]
struct UserShard {
    users: HashMap<u64, UserActivity>,
    /// Size at which users that have left are removed: twice the size after the last
    /// removal. So the mean cost of a request is constant, and memory stays within
    /// twice the users of one window.
    prune_at: usize,
}

#[derive(Debug)]
struct UserActivity {
    open: u32,
    last: Instant,
}

impl UserActivity {
    fn is_recent(&self, now: Instant, window: Duration) -> bool {
        self.open > 0 || now.saturating_duration_since(self.last) <= window
    }
}

impl UserCounters {
    pub(crate) fn new(window: Duration) -> Self {
        Self { window, shards: array::from_fn(|_| Mutex::default()), in_progress: Gauge::default() }
    }

    /// A request of user `index` begins; it ends when the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, index: u64, now: Instant) -> Arc<Presence> {
        let mut shard = self.shard(index);
        if shard.users.len() >= shard.prune_at.max(SMALL) {
            shard.users.retain(|_, seen| seen.is_recent(now, self.window));
            shard.prune_at = shard.users.len() * 2;
        }
        let seen = shard.users.entry(index).or_insert(UserActivity { open: 0, last: now });
        seen.open += 1;
        seen.last = now;
        if seen.open == 1 {
            self.in_progress.up();
        }
        Arc::new(Presence { users: Arc::clone(self), index })
    }

    fn leave(&self, index: u64, now: Instant) {
        let mut shard = self.shard(index);
        if let Some(seen) = shard.users.get_mut(&index) {
            seen.open -= 1;
            seen.last = now;
            if seen.open == 0 {
                self.in_progress.down();
            }
        }
    }

    fn shard(&self, index: u64) -> MutexGuard<'_, UserShard> {
        let place = (index % SHARDS as u64) as usize;
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self, now: Instant) -> UserCounts {
        let recent = (0..SHARDS as u64).map(|place| {
            let shard = self.shard(place);
            shard.users.values().filter(|seen| seen.is_recent(now, self.window)).count() as u64
        });
        UserCounts {
            now: get(&self.in_progress.now),
            peak: get(&self.in_progress.peak),
            recent: recent.sum(),
        }
    }

    pub(super) fn reset(&self) {
        for place in 0..SHARDS as u64 {
            self.shard(place).users.retain(|_, seen| seen.open > 0);
        }
        self.in_progress.reset_peak();
    }
}

/// One request of a user in progress.
#[derive(Debug)]
pub(crate) struct Presence {
    users: Arc<UserCounters>,
    index: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.users.leave(self.index, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_user_is_recent_through_the_window_and_in_progress_only_with_a_request() {
        let users = Arc::new(UserCounters::new(Duration::from_secs(2)));
        let now = Instant::now();
        let open = [users.enter(1, now), users.enter(1, now), users.enter(17, now)];
        assert_eq!(users.snapshot(now), UserCounts { now: 2, peak: 2, recent: 2 });
        drop(open);
        drop(users.enter(3, Instant::now()));
        assert_eq!(users.snapshot(Instant::now()), UserCounts { now: 0, peak: 2, recent: 3 });
        tokio::time::advance(Duration::from_millis(2_001)).await;
        assert_eq!(users.snapshot(Instant::now()), UserCounts { now: 0, peak: 2, recent: 0 });
        users.reset();
        assert_eq!(users.snapshot(Instant::now()), UserCounts::default());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_left_are_forgotten() {
        let users = Arc::new(UserCounters::new(Duration::from_secs(1)));
        for index in 0..100_000 {
            drop(users.enter(index, Instant::now()));
            if index % 1_000 == 0 {
                tokio::time::advance(Duration::from_secs(2)).await;
            }
        }
        let kept: usize = (0..SHARDS as u64).map(|place| users.shard(place).users.len()).sum();
        assert!(kept <= SHARDS * SMALL, "{kept}");
    }
}

//! What a core was told and has not read yet.
//!
//! Orders are absolute, so a newer one replaces an older one that was not read: the mailbox of a
//! core that is too busy to look does not grow.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::slot::Slot;
use crate::interval::Interval;

/// Everything to be done, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Number of the latest order; the core tells it back when nobody is left whom it excludes.
    pub(super) number: u64,
    /// Stages, and the moment from which requests belong to each.
    pub(super) stages: Vec<(u32, Instant)>,
    /// End everybody within this.
    pub(super) stop_all: Option<Duration>,
    /// Exactly these are to run.
    pub(super) schedule: Option<Schedule>,
    /// Answer with what was measured.
    pub(super) reports: Vec<oneshot::Sender<Interval>>,
    /// Leave everything and end the thread; comes before all else.
    pub(super) shutdown: bool,
}

/// Exactly these users are to run on the core.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Number of the quota behind it.
    pub(super) epoch: u64,
    /// Its users.
    pub(super) users: Vec<Slot>,
}

/// Between the engine's owner, on any thread, and one core.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    orders: Mutex<Orders>,
    rung: Notify,
}

impl Mailbox {
    /// Changes what is to be done, and wakes the core.
    pub(super) fn put(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner));
        self.rung.notify_one();
    }

    /// Waits until there may be something to do.
    pub(super) async fn ring(&self) {
        self.rung.notified().await;
    }

    /// Takes what is to be done.
    pub(super) fn take(&self) -> Orders {
        std::mem::take(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Orders {
    /// See [`Orders::stages`]. The last word on a stage holds.
    pub(super) fn stage(&mut self, stage: u32, from: Instant) {
        self.stages.retain(|(waiting, _)| *waiting != stage);
        self.stages.push((stage, from));
    }

    /// See [`Orders::schedule`]. An epoch below the one that waits is old news.
    pub(super) fn schedule(&mut self, number: u64, epoch: u64, users: Vec<Slot>) {
        self.number = number;
        if self.schedule.as_ref().is_none_or(|waiting| waiting.epoch <= epoch) {
            self.schedule = Some(Schedule { epoch, users });
        }
    }

    /// See [`Orders::stop_all`]. What was scheduled before is not to run; its epoch counts.
    pub(super) fn stop_all(&mut self, number: u64, grace: Duration) {
        self.number = number;
        self.stop_all = Some(self.stop_all.map_or(grace, |sooner| sooner.min(grace)));
        if let Some(schedule) = &mut self.schedule {
            schedule.users.clear();
        }
    }
}

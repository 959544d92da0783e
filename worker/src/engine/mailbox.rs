//! Orders that a core has not read yet.
//!
//! CoreOrders are absolute, so a newer one replaces an older one that was not read: the mailbox of a
//! core that is too busy to look does not grow.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::arrivals::ExpectedArrival;
use super::user_slot::UserSlot;
use crate::gate::LeaseEnds;
use crate::interval::Interval;

/// Everything that a core must do, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct CoreOrders {
    /// Number of the latest order; the core reports it once all users that it excludes have ended.
    pub(super) number: u64,
    /// Stages, and the moment from which requests belong to each.
    pub(super) stages: Vec<(u32, Instant)>,
    /// End all users within this time.
    pub(super) stop_all: Option<Duration>,
    /// Those who arrive now, beside the users of a schedule.
    pub(super) arrivals: Vec<ExpectedArrival>,
    /// Exactly these users run.
    pub(super) schedule: Option<UserSchedule>,
    /// How long users may send. After the schedule: what a quota takes away must not profit by its lease.
    pub(super) lease: Option<LeaseEnds>,
    /// Answer each with what was measured.
    pub(super) reports: Vec<oneshot::Sender<Interval>>,
    /// End the thread at once; comes before everything else.
    pub(super) shutdown: bool,
}

/// Exactly these users run on the core.
#[derive(Debug, Default)]
pub(super) struct UserSchedule {
    /// Epoch of the quota that it follows.
    pub(super) epoch: u64,
    pub(super) users: Vec<UserSlot>,
}

/// Carries orders from the engine's owner, on any thread, to one core.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    orders: Mutex<CoreOrders>,
    changed: Notify,
}

impl Mailbox {
    /// Changes the orders and wakes the core.
    pub(super) fn put(&self, change: impl FnOnce(&mut CoreOrders)) {
        change(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    /// Waits until the orders may have changed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes the orders.
    pub(super) fn take(&self) -> CoreOrders {
        std::mem::take(&mut self.orders.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CoreOrders {
    /// See [`CoreOrders::stages`]. A later call for the same stage replaces the earlier one.
    pub(super) fn stage(&mut self, stage: u32, from: Instant) {
        self.stages.retain(|(waiting, _)| *waiting != stage);
        self.stages.push((stage, from));
    }

    /// See [`CoreOrders::schedule`]. An epoch below the waiting one changes nothing.
    pub(super) fn schedule(&mut self, number: u64, epoch: u64, users: Vec<UserSlot>) {
        self.number = number;
        if self.schedule.as_ref().is_none_or(|waiting| waiting.epoch <= epoch) {
            self.schedule = Some(UserSchedule { epoch, users });
        }
    }

    /// See [`CoreOrders::stop_all`]. Users that were scheduled before do not start; their epoch still counts.
    pub(super) fn stop_all(&mut self, number: u64, grace: Duration) {
        self.number = number;
        self.stop_all = Some(self.stop_all.map_or(grace, |sooner| sooner.min(grace)));
        if let Some(schedule) = &mut self.schedule {
            schedule.users.clear();
        }
    }
}

//! Which user runs, and when.

use std::time::Instant;

use common::class::{UserClass, UserKey};

/// One user of a schedule. The caller has translated the run's clock to this process's [`Instant`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserSlot {
    /// What it does.
    pub class: UserClass,
    /// Its number among the users of its class.
    pub index: u32,
    /// When it starts; one in the past means at once.
    pub start: Instant,
    /// When it stops by itself; `None`: only when an order excludes it.
    pub stop: Option<Instant>,
}

impl UserSlot {
    /// The user that the slot is for.
    pub fn key(&self) -> UserKey {
        (self.class, self.index)
    }
}

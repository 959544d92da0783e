//! Who is to run, and when.

use std::time::Instant;

use common::class::UserClass;

/// What tells users apart: class and index.
pub type UserKey = (UserClass, u32);

/// One user's place in a schedule. Times are [`std::time::Instant`]s of this process; whoever reads
/// the run's clock translates before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// What the user does.
    pub class: UserClass,
    /// Its number among the users of its class.
    pub index: u32,
    /// When it starts; in the past: at once.
    pub start: Instant,
    /// When it is told to stop; `None`: not before an order says so.
    pub stop: Option<Instant>,
}

impl Slot {
    /// The user that the slot is for.
    pub fn key(&self) -> UserKey {
        (self.class, self.index)
    }
}

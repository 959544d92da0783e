//! Runs with real processes: a [`Backend`], a [`Controller`] and workers, each a process of its own on a free
//! loopback port, killed by its pid when the value is dropped.

pub mod binaries;
pub mod browser;
pub mod chaos;
mod checksum;
mod controller;
pub mod docker;
pub mod impaired;
pub mod lab;
pub mod netns;
pub mod page;
mod process;
pub mod quotas;
pub mod recorder;
pub mod relay;
pub mod results;
pub mod sandbox;
mod tmux;
pub mod validator;
pub mod venv;
pub mod web;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tempfile::TempDir;

pub use crate::prerequisite::{self, have_or_skip};
pub use controller::{Controller, run};
pub use process::{Finished, Process};
pub use results::Results;
pub use sandbox::Backend;
pub use tmux::Tmux;

/// Longest time that a process may take to come up, on a machine that also compiles.
pub const START: Duration = Duration::from_secs(60);
/// Longest time that a run of a few seconds may take to its end.
pub const RUN: Duration = Duration::from_secs(180);

/// Who has the machine: tests of one program run side by side, and there are few cores.
static MACHINE: RwLock<()> = RwLock::new(());

/// For a run whose times or CPU are judged: no other run goes on meanwhile.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Searches take minutes in which they mostly wait; only what fills the cores on purpose, or searches itself on
/// a machine that must be quiet, may not run beside them.
static SEARCHES: RwLock<()> = RwLock::new(());

/// For a search of some minutes: whatever else goes on.
pub fn searching() -> RwLockReadGuard<'static, ()> {
    SEARCHES.read().unwrap_or_else(PoisonError::into_inner)
}

/// For what neither a search nor any other run may disturb, or stand.
pub fn alone_without_searches() -> [RwLockWriteGuard<'static, ()>; 2] {
    [SEARCHES.write().unwrap_or_else(PoisonError::into_inner), alone()]
}

/// For a run of which counts, files and words are judged, and which mostly waits.
pub fn beside_others() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that goes with the value.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("loadtests-").tempdir().unwrap()
}

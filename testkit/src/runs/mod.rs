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
mod machine;
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

use std::time::Duration;

use tempfile::TempDir;

pub use crate::prerequisite::{self, have_or_skip};
pub use controller::{Controller, run};
pub use machine::{Turn, alone, alone_without_searches, apart, beside_others, searching};
pub use process::{Finished, Process};
pub use results::Results;
pub use sandbox::Backend;
pub use tmux::Tmux;

/// Longest time that a process may take to come up, on a machine that also compiles.
pub const START: Duration = Duration::from_secs(60);
/// Longest time that a run of a few seconds may take to its end.
pub const RUN: Duration = Duration::from_secs(180);

/// A folder that goes with the value.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("loadtests-").tempdir().unwrap()
}

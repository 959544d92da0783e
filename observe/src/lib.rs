//! Evidence from inside: what the service, its database and its processes say of themselves while the load runs.
//!
//! ```text
//! target ─┬─ http://…/metrics ─ page ─▶ exposition ─▶ choice ─┐
//!         ├─ postgres://…     ─ own queries ──────────────────┤
//!         ├─ pid:N            ─ /proc ────────────────────────┼─▶ Sample ─▶ rates ─▶ Look, once a second
//!         ├─ cgroup:PATH      ─ /sys/fs/cgroup ───────────────┤
//!         └─ docker:CONTAINER ─ the daemon's socket ─▶ cgroup ┘
//! ```
//!
//! Each observer is a task with a deadline of its own, on a thread beside the run's. A target that is slow, gone, huge
//! or hostile costs its own series and a note, never the run.

#![forbid(unsafe_code)]

mod bounded;
mod cgroup;
mod choice;
mod docker;
mod exposition;
mod glob;
mod metrics_page;
mod observers;
mod postgres;
mod process;
mod rates;
mod target;

pub use choice::{Choice, GlobError};
pub use metrics_page::Trust;
pub use observers::Observers;
pub use target::{Observe, TargetError};

/// Most observers of a run.
pub const MOST_OBSERVERS: usize = 16;

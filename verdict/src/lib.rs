//! What the figures of a run mean: whether the load generator was the limit (`validity`), whether
//! thresholds were kept (`threshold`), how many users the service holds and what gives way first (`limits`).
//!
//! ```text
//! totals, seconds, timeline ──▶ validity ──▶ threshold ──▶ limits ──▶ rows of a report
//! ```
//!
//! Everything here is pure: no clock, no socket, no disk.

#![forbid(unsafe_code)]

pub mod behind;
mod evidence;
mod failures;
pub mod limits;
mod note;
pub mod observed;
pub mod rate_search;
pub mod search;
mod second;
pub mod threshold;
pub mod validity;

pub use evidence::{Canary, Evidence, Sources};
pub use failures::FailureKinds;
pub use note::{Note, NoteKind, Severity};
pub use second::{Arrived, GeneratorLoad, Second};

//! Drives the worker's SSE parser.

mod drive;
mod fuzz;

pub use drive::{NO_LIMIT, OwnedItem, Run, bytewise, run, whole};
pub use fuzz::{fuzz_one, split};

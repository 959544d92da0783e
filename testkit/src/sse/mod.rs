//! Drives the worker's SSE parser.

mod drive;
mod fuzz;

pub use drive::{NO_LIMIT, Run, Seen, bytewise, run, whole};
pub use fuzz::{fuzz_one, split};

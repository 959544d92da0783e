//! What bad input gets from the worker: one clear line on standard error that says what to do, and the
//! exit code 2, or 1 where a controller could not be reached.

#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod addresses;
mod flags;
mod process;
mod refusals;

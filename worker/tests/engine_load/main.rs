//! The load engine against a real server that counts for itself.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod counts;
mod failures;
mod orders;
mod run;
mod seeds;
mod service;
mod stops;

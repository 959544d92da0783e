//! What the tests of several crates share. A dev-dependency only; what one crate alone needs stays in
//! that crate's tests.

#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "only tests use it; what a name says is not said again")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod postgres;
pub mod prerequisite;
#[cfg(feature = "reports")]
pub mod reports;
#[cfg(feature = "runs")]
pub mod runs;
#[cfg(feature = "sse")]
pub mod sse;

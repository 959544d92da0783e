//! What needs more than the crate itself.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a helper is a failed test too")]

mod protocol;

//! The hub as the controller uses it, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a helper is a failed test too")]

mod run;

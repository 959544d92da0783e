//! Everything of the controller that needs no process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod services;

//! All tests of the worker that need no access to its private parts, in one program.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod chat;
mod cli;
mod engine;
mod http;
mod sse;

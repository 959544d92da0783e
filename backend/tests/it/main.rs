//! The sandbox backend from outside: over HTTP and by its command line.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod admission;
mod api;
mod command_line;
mod counts;
mod engine;
mod faults;
mod limits;
mod model;
mod postgres;
mod requests;
mod streams;
mod support;

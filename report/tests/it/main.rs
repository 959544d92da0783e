//! Every face of a report with every kind of row, and what is read back.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic in a helper is a failed test too")]

mod behind;
mod faces;
mod files;
mod html;
mod junit;
mod metrics;
mod observed;
mod reading;
mod schema;

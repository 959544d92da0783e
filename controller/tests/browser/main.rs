//! The dashboard in a real browser.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]
#![allow(clippy::await_holding_lock, reason = "one run at a time; each test has a runtime of its own")]

mod dashboard_browser;
mod drawn;
mod fits;
mod html_browser;
mod viewed;

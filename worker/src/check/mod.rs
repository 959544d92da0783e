//! Is this machine ready: for so many users of a worker (`worker --check`), for a run (`controller doctor`)?
//!
//! ```text
//! /proc, /sys, clocks, a connection to itself ─▶ Machine ─▶ assess ─┐
//! the way to a controller, to the service      ─────────▶ Finding ─┴▶ Findings ─▶ text
//! ```
//!
//! What judges is pure; what looks judges nothing.

mod cgroup;
mod clock;
mod finding;
mod limits;
mod machine;
mod proxies;
mod text;
mod way;

use std::process::ExitCode;

pub use clock::Clock;
pub use finding::{Finding, Findings, Verdict};
pub use limits::assess;
pub use machine::{Machine, Timers};
pub use text::render;
pub use way::controller;

use crate::link::Route;

/// Looks at this machine, and at the way to the controller if one is named, and prints what was found: 0 when
/// nothing is in the way of so many users, else 1.
#[expect(clippy::print_stdout, reason = "this is what --check is for")]
pub(crate) async fn check(users: u64, door: Option<(Route, Option<String>)>) -> ExitCode {
    let machine = Machine::look().await;
    let door = match &door {
        Some((route, token)) => Some(controller(route, token.as_deref()).await),
        None => None,
    };
    let mut findings = assess(&machine, users);
    findings.all.push(machine.proxies(None));
    findings.all.extend(door);
    print!("{}", render(&findings));
    match findings.suffices() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

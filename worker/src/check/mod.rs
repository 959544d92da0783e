//! `worker --check`: how many users this machine has room for, and which of its limits binds first.

mod limits;
mod machine;
mod text;

use std::process::ExitCode;

pub use limits::{LimitVerdict, MachineLimit, MachineLimits, assess};
pub use machine::{Machine, Timers};

/// Looks at this machine and prints what was found: 0 when there is room for `users`, else 1.
#[expect(clippy::print_stdout, reason = "this is what --check is for")]
pub async fn check(users: u64) -> ExitCode {
    let machine =
        Machine::read(|path| std::fs::read_to_string(path).ok()).with_timers(Timers::measure().await);
    let findings = assess(&machine, users);
    println!("{}", text::render(&findings));
    match findings.suffices() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

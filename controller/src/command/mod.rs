//! What the controller does, command by command, and the exit codes it answers with.

mod api;
mod certs;
mod compare;
mod doctor;
mod log;
mod manual;
mod report;
mod run;
mod trial;

pub(crate) use api::api;
pub(crate) use certs::certs;
pub(crate) use compare::compare;
pub(crate) use doctor::doctor;
pub(crate) use log::log;
pub(crate) use manual::{completions, manual};
pub(crate) use report::report;
pub(crate) use run::run;
pub(crate) use trial::trial;

use crate::exit::Exit;

/// A random word, new for each page; only scripts that carry it run.
fn nonce() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Says on standard error what is wrong, in one line.
fn complain(exit: Exit, error: &dyn std::error::Error) -> Exit {
    eprintln!("controller: {error}");
    exit
}

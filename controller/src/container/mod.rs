//! What the container image needs beside the three programs: one binary under several names, a health
//! check without a shell, and results that belong to whoever the folder belongs to.

mod health;
mod owner;
mod sockets;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// What this binary does, by the name that it is called with. The image holds the binary once: the
/// controller contains the worker and the backend anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `controller`, and every other name.
    Controller,
    /// `worker`.
    Worker,
    /// `backend`.
    Backend,
    /// `health`: whether the container's program is well.
    Health,
    /// `as-owner-of DIR COMMAND [ARG…]`: becomes the folder's owner, then the command.
    AsOwnerOf,
}

impl Program {
    /// The program that is meant when the first word of the command line is `name`.
    pub(crate) fn called(name: Option<OsString>) -> Program {
        let name = name.unwrap_or_default();
        match Path::new(&name).file_name().and_then(|name| name.to_str()) {
            Some("worker") => Program::Worker,
            Some("backend") => Program::Backend,
            Some("health") => Program::Health,
            Some("as-owner-of") => Program::AsOwnerOf,
            _ => Program::Controller,
        }
    }
}

/// `health`: 0 and a sentence when the container's program is well, else 1.
pub(crate) fn health() -> ExitCode {
    match health::check() {
        Ok(well) => {
            eprintln!("health: {well}");
            ExitCode::SUCCESS
        }
        Err(ill) => {
            eprintln!("health: {ill}");
            ExitCode::FAILURE
        }
    }
}

/// `as-owner-of`: returns only when the command cannot be started.
pub(crate) fn as_owner_of() -> ExitCode {
    eprintln!("as-owner-of: {}", owner::become_owner(std::env::args_os().skip(1)));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides() {
        let table = [
            ("controller", Program::Controller),
            ("/usr/bin/worker", Program::Worker),
            ("./backend", Program::Backend),
            ("health", Program::Health),
            ("as-owner-of", Program::AsOwnerOf),
            ("controller-1.2", Program::Controller),
            ("", Program::Controller),
        ];
        for (name, program) in table {
            assert_eq!(Program::called(Some(name.into())), program, "{name:?}");
        }
        assert_eq!(Program::called(None), Program::Controller);
    }
}

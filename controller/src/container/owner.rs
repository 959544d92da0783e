//! Files on the host that belong to the caller, whoever that is: the container's program runs as the
//! owner of the folder that is mounted for them.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Why the command did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnerError {
    /// No folder or no command.
    #[error("write: as-owner-of DIR COMMAND [ARG…]")]
    Usage,
    /// The folder cannot be looked at.
    #[error("{folder}: {source}; mount the folder that is to hold the results there")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The command cannot be started.
    #[error(
        "cannot run {command:?} as user {user}: {source}; name a program of the image, and let the container \
         have the capabilities SETUID and SETGID, or start it as that user"
    )]
    Exec {
        /// The command.
        command: OsString,
        /// The user that it was to run as.
        user: u32,
        /// Why.
        source: io::Error,
    },
}

/// Turns this process into `DIR COMMAND [ARG…]`'s command, run by the owner of `DIR` when we are root,
/// else by who we are. The process number stays, so signals reach the command.
pub(super) fn become_owner(mut words: impl Iterator<Item = OsString>) -> OwnerError {
    let (Some(folder), Some(command)) = (words.next(), words.next()) else {
        return OwnerError::Usage;
    };
    let folder = PathBuf::from(folder);
    let (owner, group) = match std::fs::metadata(&folder) {
        Ok(meta) => (meta.uid(), meta.gid()),
        Err(source) => return OwnerError::Folder { folder, source },
    };
    let us = std::fs::metadata("/proc/self").map_or(0, |meta| meta.uid());
    let mut program = Command::new(&command);
    program.args(words);
    if us == 0 && owner != 0 {
        program.uid(owner).gid(group);
    }
    let source = program.exec();
    OwnerError::Exec { command, user: if us == 0 { owner } else { us }, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(words: &[&str]) -> String {
        become_owner(words.iter().map(OsString::from)).to_string()
    }

    #[test]
    fn what_cannot_start_says_why() {
        assert_eq!(message(&["/tmp"]), "write: as-owner-of DIR COMMAND [ARG…]");
        assert!(message(&["/no/such", "true"]).contains("mount the folder"));
        assert!(message(&["/", "/no/such/program"]).starts_with("cannot run \"/no/such/program\" as user "));
    }
}

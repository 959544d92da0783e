//! The limit on open files of this process; each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Soft and hard limit; `u64::MAX` is none.
pub fn limits() -> (u64, u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    (current.unwrap_or(u64::MAX), maximum.unwrap_or(u64::MAX))
}

/// Raises the soft limit to the hard one.
///
/// # Errors
/// What the system said.
pub fn raise_limit() -> std::io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

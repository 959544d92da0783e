//! What a test needs and a machine may lack.

use std::env;
use std::io::Write;

/// What was found, or `None` after printing what is missing and how to get it. With
/// `LOADTEST_REQUIRE_ALL=1` a missing prerequisite fails the test instead: where everything is meant to
/// be installed, a skipped test must not look like a passed one.
pub fn have_or_skip<T>(found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(missing) if env::var("LOADTEST_REQUIRE_ALL").is_ok_and(|all| all == "1") => {
            panic!("LOADTEST_REQUIRE_ALL=1, but: {missing}");
        }
        Err(missing) => {
            // Past the capture of a test that passes: a skipped test must be seen.
            let _ = writeln!(std::io::stderr(), "skipped: {missing}");
            None
        }
    }
}

/// Whether a program is installed; if not, the error ends in `how` to get it.
pub fn program(name: &str, how: &str) -> Result<(), String> {
    let found = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    if found { Ok(()) } else { Err(format!("`{name}` is missing; {how}")) }
}

/// Whether the test runs as root, as network namespaces want.
pub fn root() -> Result<(), String> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1));
    match uid {
        Some("0") => Ok(()),
        _ => Err("this test makes network namespaces; run it as root".to_owned()),
    }
}

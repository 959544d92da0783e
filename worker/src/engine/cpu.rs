//! CPU time of the load threads, where the system tells it (Linux).

use std::path::PathBuf;
use std::time::Duration;

/// Where the CPU time of the calling thread can be read from any thread.
pub(super) fn source_of_this_thread() -> Option<PathBuf> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    let source = PathBuf::from("/proc").join(link).join("schedstat");
    source.exists().then_some(source)
}

/// CPU time so far. The file's first number is nanoseconds on a CPU (`proc_pid_schedstat(5)`).
pub(super) fn read(source: &PathBuf) -> Option<Duration> {
    let text = std::fs::read_to_string(source).ok()?;
    Some(Duration::from_nanos(text.split_ascii_whitespace().next()?.parse().ok()?))
}

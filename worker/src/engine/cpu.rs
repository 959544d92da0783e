//! CPU time of the load threads, where the system provides it (Linux).

use std::path::PathBuf;
use std::time::Duration;

/// Where the CPU time of the calling thread can be read from any thread.
pub(super) fn source_of_this_thread() -> Option<PathBuf> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    let source = PathBuf::from("/proc").join(link).join("schedstat");
    source.exists().then_some(source)
}

/// Processor time of a thread so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// Time on a core.
    pub used: Duration,
    /// Time for which it was ready to run and had to wait for a core.
    pub waited: Duration,
}

/// The file's first two numbers are nanoseconds on a core and waiting for one (`proc_pid_schedstat(5)`).
pub(super) fn read(source: &PathBuf) -> Option<CpuTime> {
    let text = std::fs::read_to_string(source).ok()?;
    let mut numbers = text.split_ascii_whitespace().map(|number| number.parse().map(Duration::from_nanos));
    Some(CpuTime { used: numbers.next()?.ok()?, waited: numbers.next()?.ok()? })
}

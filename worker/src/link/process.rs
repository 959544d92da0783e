//! What the operating system says of this process.

use std::time::Duration;

use crate::engine::CpuTime;

/// The name of this host; empty where the system does not report it.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Resident memory in bytes; 0 where the system does not report it.
pub fn memory_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()));
    // Every Linux this runs on has pages of 4 KiB; a wrong guess only misreports memory.
    pages.unwrap_or(0) * 4096
}

/// How much of the time between two readings a `time` of the threads took, in thousandths: that of the
/// thread with the most of it.
pub(crate) fn greatest_permille(
    before: &[CpuTime],
    after: &[CpuTime],
    time: fn(&CpuTime) -> Duration,
    elapsed: Duration,
) -> u32 {
    let spent =
        before.iter().zip(after).map(|(before, after)| time(after).saturating_sub(time(before))).max();
    let share = spent.unwrap_or_default().as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
    (share * 1000.0).round().clamp(0.0, 1000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_thread_counts() {
        let times =
            |ms: &u64| CpuTime { used: Duration::from_millis(*ms), waited: Duration::from_millis(ms / 2) };
        let at = |ms: &[u64]| ms.iter().map(times).collect::<Vec<_>>();
        let permille = |before: &[u64], after: &[u64], time: fn(&CpuTime) -> Duration| {
            greatest_permille(&at(before), &at(after), time, Duration::from_secs(1))
        };
        assert_eq!(permille(&[0, 100], &[250, 1000], |time| time.used), 900);
        assert_eq!(permille(&[0, 100], &[250, 1000], |time| time.waited), 450);
        assert_eq!(permille(&[], &[], |time| time.used), 0);
    }
}

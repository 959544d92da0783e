//! Durations as micro- and milliseconds.

use std::time::Duration;

/// A timer that fires more than this after it was due counts as late, microseconds. Timers have a granularity
/// of a millisecond, so anything below says nothing.
pub const LATE_TIMER_US: u64 = 1000;

/// Whole microseconds; the rest is cut off. A duration too long for `u64` is `u64::MAX`.
pub fn whole(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Whole milliseconds, as the protocol has its timeouts; the rest is cut off.
pub fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// The nearest whole microsecond: for samples, so that their mean is not half a microsecond low.
#[inline]
pub fn nearest(duration: Duration) -> u64 {
    duration.as_secs() * 1_000_000 + u64::from(duration.subsec_nanos() + 500) / 1000
}

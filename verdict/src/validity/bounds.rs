//! Every number by which the load generator counts as the limit. Who asks that question asks this room,
//! and keeps no number of its own.

/// CPU of a load thread above which its core counts as full, thousandths.
pub(super) const FULL_CORE: u32 = 900;
/// Time that a ready load thread waited for a core above which it counts as starved, thousandths.
pub(super) const STARVED: u32 = 250;

/// Users missing count from more than one in so many: twice as sharp as the answer of a search, which is a
/// tenth wide. One user alone never counts: at the end of a stage the next one's first may be wanted already.
pub(super) const MISSING_SHARE: u32 = 20;

/// A whole run is weakened by so many bad seconds; one or two are chance, a ramp, or users that were moved.
pub(super) const BAD_SECONDS: usize = 3;
/// A rung or a stage is weakened by one bad second in so many: its users hold still, so its figures suffer in
/// proportion.
pub(super) const BAD_SHARE: usize = 4;

/// Lateness up to one in so many parts of the median latency is lost in it.
pub(super) const LATE_SHARE_OF_MEDIAN: u64 = 100;
/// A worker's timers are late when more than one in so many is: 99 % speak for those that were not.
pub(super) const LATE_TIMERS_SHARE: u64 = 100;
/// Fewest timers that have such a share: one late timer of a handful is chance, and the first ones meet a
/// starting process.
pub(super) const MIN_TIMERS: u64 = 100;
/// Lateness beyond which a second's looks at the streams came at the wrong moments, microseconds.
pub(super) const LATE_LOOK_US: u64 = 20_000;

/// Lateness above one in so many parts of a time's bound leaves nothing to say about that time.
pub(super) const LATE_SHARE_OF_BOUND: u64 = 10;
/// The same for what is not a time, microseconds.
pub(super) const LATE_FOR_COUNTS_US: u64 = 100_000;

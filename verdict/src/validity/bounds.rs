//! Every number by which the load generator counts as the limit. Who asks that question asks this room,
//! and keeps no number of its own.

/// Share of its users' time above which the generator took too much of it, thousandths: as many as may be missing.
pub(super) const LOST: u32 = 50;

/// Users missing count from more than one in so many: twice as sharp as the answer of a search, which is a
/// tenth wide. One user alone never counts: at the end of a stage the next one's first may be wanted already.
pub(super) const MISSING_SHARE: u32 = 20;

/// A whole run is weakened by so many bad seconds; one or two are chance, a ramp, or users that were moved.
const BAD_SECONDS: usize = 3;
/// And only where they are one in so many: what a few of an hour held moves no figure of it.
const BAD_SHARE_OF_RUN: usize = 100;
/// A rung or a stage is weakened by one bad second in so many: its users hold still, so its figures suffer in
/// proportion.
pub(super) const BAD_SHARE: usize = 4;

/// Lateness beyond which a second's looks at the streams came at the wrong moments, microseconds.
pub(super) const LATE_LOOK_US: u64 = 20_000;

/// Whether so many bad ones of all its seconds weaken a whole run.
pub(super) fn weakens_run(bad: usize, seconds: usize) -> bool {
    bad >= BAD_SECONDS && bad * BAD_SHARE_OF_RUN >= seconds
}

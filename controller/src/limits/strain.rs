//! Whether the load generator itself was the limit in a span of seconds.

use super::Beat;
use crate::threshold::Spoilt;

/// CPU of a load thread from which a core counts as full, thousandths.
const FULL: u32 = 900;
/// Time that a ready load thread waited for a core from which it counts as starved, thousandths.
const STARVED: u32 = 250;
/// Lateness of timers worth a word, microseconds.
const LATE: u64 = 5_000;
/// The share of the seconds that must be so: a single one is chance.
const SHARE: usize = 4;

/// What the seconds say of the generator.
pub fn spoilt(beats: &[Beat]) -> Spoilt {
    let often = |count: usize| count > 0 && count * SHARE >= beats.len();
    let count = |is: fn(&Beat) -> bool| beats.iter().filter(|beat| is(beat)).count();
    let mut late: Vec<u64> = beats.iter().map(|beat| beat.strain.late_us).collect();
    late.sort_unstable();
    let late = late.get(late.len() * 3 / 4).copied().unwrap_or(0);
    Spoilt {
        cpu: often(count(|beat| beat.strain.cpu_permille > FULL || beat.strain.wait_permille > STARVED)),
        late_us: if late > LATE { late } else { 0 },
        below_target: often(count(|beat| {
            beat.target > beat.users && (beat.target - beat.users) * 10 > beat.target
        })),
    }
}

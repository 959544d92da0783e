//! Whether the load generator itself was the limit in a span of seconds.

use super::Spoilt;
use crate::Beat;

/// How hard the load generator itself had it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strain {
    /// CPU of the busiest load thread, thousandths of a core.
    pub cpu_permille: u32,
    /// Longest time that a load thread waited for a core, thousandths.
    pub wait_permille: u32,
    /// Lateness of timers, 99 %, microseconds.
    pub late_us: u64,
}

impl Strain {
    /// The worst of both.
    pub fn add(&mut self, other: Strain) {
        self.cpu_permille = self.cpu_permille.max(other.cpu_permille);
        self.wait_permille = self.wait_permille.max(other.wait_permille);
        self.late_us = self.late_us.max(other.late_us);
    }
}

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
            // At the end of a stage the next one's first user may be wanted, and not there yet.
            let missing = beat.target.saturating_sub(beat.users);
            missing > 1 && u64::from(missing) * 10 > u64::from(beat.target)
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(beats: &[(u32, u32)]) -> bool {
        let beat = |(target, users): &(u32, u32)| Beat { target: *target, users: *users, ..Beat::default() };
        spoilt(&beats.iter().map(beat).collect::<Vec<_>>()).below_target
    }

    #[test]
    fn users_are_missing_when_more_than_one_in_ten_is_too_often() {
        let table = [
            (&[(2, 2), (2, 2), (3, 2)][..], false, "the next stage's first user is wanted at the end"),
            (&[(100, 90); 4], false, "a tenth"),
            (&[(100, 89); 4], true, "more than a tenth"),
            (&[(100, 89), (100, 100), (100, 100), (100, 100), (100, 100)], false, "one second of five"),
            (&[(8, 5), (8, 8), (8, 8), (8, 8)], true, "one second of four"),
            (&[], false, "nothing is known"),
        ];
        for (beats, expected, why) in table {
            assert_eq!(below(beats), expected, "{why}");
        }
    }
}

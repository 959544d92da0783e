//! The slow end of a rung's times: whether everything stands still now and then, whether a few chunks stall, and
//! whether a share of the first tokens is slow while the others are not.

use common::stats::{Histogram, Metric, Percentile};

use super::course::Course;
use super::{GROWN, SLOWER};
use crate::limits::Rung;

/// What takes so much longer than usual has been held up, seconds.
const HELD_UP: f64 = 0.08;
/// And so many times as long.
const TIMES: f64 = 3.0;
/// Fewest of such waits that are no chance.
const FEWEST: u64 = 3;
/// Share of the time that everything stands still, from which it is worth a word.
const STANDS: f64 = 0.004;
/// Shares that differ by less than this factor may be the same, seen in two ways.
const ALIKE: f64 = 4.0;
/// Gaps of the median chunk that grew by less than this factor stay, and means that grew by more do not.
const MEDIAN_STAYS: f64 = 1.25;
const MEAN_GROWS: f64 = 1.4;
/// Most of the gaps that stall: if more do, the others are the exception.
const FEW: f64 = 0.15;
/// Samples from which two groups can be distinguished.
const SAMPLES: u64 = 30;
/// Least share of a group, and most of what may lie between two: of all, or of the smaller group.
const GROUP: f64 = 0.08;
const BETWEEN: f64 = 0.02;
const BETWEEN_OF_GROUP: f64 = 0.2;
/// Two groups lie apart by this factor, and their middles by that one.
const APART: f64 = 1.8;
const SLOW: f64 = 3.0;
/// A group's share on two rungs that differs by less is the same.
const SAME_SHARE: f64 = 0.12;
/// Users of two rungs on which it is the same differ by this factor.
const OTHER_USERS: f64 = 1.4;

/// Share of the seconds in which nothing comes, from which everybody waits at once: no part of several does that.
pub(super) const ALL_WAIT: f64 = 0.15;

/// Waits that were much longer than usual.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct HeldUp {
    pub count: u64,
    pub of: u64,
    /// How much longer they took, all together, seconds.
    pub seconds: f64,
}

impl HeldUp {
    /// Of waits in seconds, each with how often it was seen.
    fn of(usual: f64, waits: impl Iterator<Item = (f64, u64)>) -> HeldUp {
        waits.fold(HeldUp::default(), |sum, (wait, count)| {
            let is_held_up = wait >= usual + HELD_UP && wait >= TIMES * usual;
            let (held, longer) = if is_held_up { (count, (wait - usual) * count as f64) } else { (0, 0.0) };
            HeldUp { count: sum.count + held, of: sum.of + count, seconds: sum.seconds + longer }
        })
    }

    fn gaps(rung: &Rung) -> HeldUp {
        let gaps = &rung.totals.streams.metrics[Metric::Icl as usize];
        HeldUp::of(rung.icl.p50, gaps.buckets().map(|(us, count)| (us as f64 / 1e6, count)))
    }

    fn cheap(rung: &Rung) -> HeldUp {
        let Some(usual) = rung.canary() else { return HeldUp::default() };
        HeldUp::of(usual, rung.cheap.iter().filter(|time| time.is_finite()).map(|time| (*time, 1)))
    }

    fn add(self, other: HeldUp) -> HeldUp {
        let (count, of, seconds) =
            (self.count + other.count, self.of + other.of, self.seconds + other.seconds);
        HeldUp { count, of, seconds }
    }

    /// How long one is held up on average, seconds.
    pub(super) fn mean(self) -> f64 {
        self.seconds / self.count.max(1) as f64
    }

    fn share(self) -> f64 {
        self.count as f64 / self.of.max(1) as f64
    }
}

/// How often and for how long everything stood still, by the streams and by the canary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stops {
    pub gaps: HeldUp,
    pub cheap: HeldUp,
    /// Share of the time that streams which sent text stood still.
    pub share: f64,
}

impl Stops {
    pub(super) fn of(rungs: &[&Rung]) -> Stops {
        let all =
            |of: fn(&Rung) -> HeldUp| rungs.iter().map(|rung| of(rung)).fold(HeldUp::default(), HeldUp::add);
        let sending: f64 = rungs.iter().map(|rung| rung.producing * rung.seconds.len() as f64).sum();
        let gaps = all(HeldUp::gaps);
        Stops { gaps, cheap: all(HeldUp::cheap), share: gaps.seconds / sending.max(1e-6) }
    }

    /// Whether cheap requests were held up as streams were. One that comes while everything stands still waits for half
    /// of what is left, on average.
    fn are_of_everything(&self) -> bool {
        let by_cheap = 2.0 * self.cheap.seconds / (self.cheap.of.max(1) as f64 * self.gaps.mean().max(1e-6));
        let is_alike = |ratio: f64| (1.0 / ALIKE..=ALIKE).contains(&ratio);
        self.cheap.count >= FEWEST && self.gaps.count >= FEWEST && is_alike(by_cheap / self.share.max(1e-6))
    }
}

/// Whether all streams and cheap requests stand still together now and then, with few users as with those that missed,
/// and nothing else grew.
pub(super) fn pauses(course: &Course<'_>) -> bool {
    let Some(missed) = first_miss(course) else { return false };
    let low: Vec<&Rung> = course.rungs.iter().filter(|rung| rung.users * 2 <= missed.users).collect();
    let low = if low.is_empty() { vec![course.base] } else { low };
    let (before, then) = (Stops::of(&low), Stops::of(&[missed]));
    let all: Vec<&Rung> = low.iter().copied().chain([missed]).collect();
    let waits =
        missed.ttft.p50 >= GROWN * course.base.ttft.p50 && missed.ttft.p50 - course.base.ttft.p50 >= SLOWER;
    before.gaps.count >= FEWEST
        && before.share >= STANDS
        && then.share <= ALIKE * before.share
        && Stops::of(&all).are_of_everything()
        && !waits
}

/// Whether all streams and cheap requests stand still together where a criterion is missed, while most of what comes is as
/// fast as ever. With few users it may not be seen: what is collected, or the call that blocks, grows with the load.
pub(super) fn pauses_under_load(course: &Course<'_>) -> bool {
    let Some(missed) = first_miss(course) else { return false };
    let (base, top) = (course.base, course.top);
    let loaded: Vec<&Rung> = course.rungs.iter().filter(|rung| rung.users >= missed.users).collect();
    let stops = Stops::of(&loaded);
    stops.share >= STANDS
        && stops.are_of_everything()
        && top.icl.p50 <= MEDIAN_STAYS * base.icl.p50 + 0.001
        && top.ttft.p50 <= GROWN * base.ttft.p50 + SLOWER
        && is_fast_between(course)
}

/// The first rung that missed a criterion, whatever more users kept to.
pub(super) fn first_miss<'a>(course: &Course<'a>) -> Option<&'a Rung> {
    use crate::limits::RungVerdict;
    course.missed.or_else(|| course.rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail))
}

/// Whether the canary is answered as fast as ever at times, though not at most times: between two stops.
pub(super) fn is_fast_between(course: &Course<'_>) -> bool {
    let usual = course.base.canary().unwrap_or(0.0);
    let cheap = &course.top.cheap;
    cheap.get(cheap.len() / 5).is_some_and(|fast| *fast <= 2.0 * usual + 0.005)
}

/// Whether few chunks came very late where a criterion was missed, while most came as with few users.
pub(super) fn stalls(course: &Course<'_>) -> bool {
    let Some(missed) = course.missed else { return false };
    let base = course.base;
    let has_enough = |rung: &Rung| rung.icl.count >= 2 * SAMPLES;
    let held_up = HeldUp::gaps(missed);
    let cheap_stays = course.cheap_wait(missed) <= base.canary().unwrap_or(0.0) + 0.02;
    has_enough(base)
        && has_enough(missed)
        && missed.icl.p50 <= MEDIAN_STAYS * base.icl.p50 + 0.001
        && missed.icl.mean >= MEAN_GROWS * base.icl.mean
        && held_up.count >= FEWEST
        && held_up.share() <= FEW
        && Stops::of(&[missed]).share >= TIMES * Stops::of(&[base]).share
        && cheap_stays
}

/// Two groups of times with nothing between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Groups {
    /// Share of the slow one.
    pub share: f64,
    /// Medians, seconds.
    pub fast: f64,
    pub slow: f64,
}

impl Groups {
    fn of(times: &Histogram) -> Option<Groups> {
        if times.count() < SAMPLES {
            return None;
        }
        let all = times.count() as f64;
        let buckets: Vec<(f64, f64)> =
            times.buckets().map(|(us, count)| (us as f64 / 1e6, count as f64 / all)).collect();
        let up_to = |bound: f64| {
            buckets.iter().take_while(|(time, _)| *time <= bound).map(|(_, share)| share).sum::<f64>()
        };
        let median = |from: f64, share: f64| {
            let mut seen = 0.0;
            let reaches = |(_, of): &&(f64, f64)| {
                seen += of;
                seen >= from + share / 2.0
            };
            buckets.iter().find(reaches).map(|(time, _)| *time)
        };
        let mut best: Option<(f64, Groups)> = None;
        for (time, _) in &buckets {
            let (fast, with_between) = (up_to(*time), up_to(time * APART));
            let (between, slow) = (with_between - fast, 1.0 - with_between);
            let is_better = best.is_none_or(|(least, _)| between < least);
            let most = BETWEEN.max(BETWEEN_OF_GROUP * fast.min(slow));
            if fast < GROUP || slow < GROUP || between > most || !is_better {
                continue;
            }
            let groups = Groups { share: slow, fast: median(0.0, fast)?, slow: median(with_between, slow)? };
            if groups.slow >= SLOW * groups.fast && groups.slow - groups.fast >= SLOWER {
                best = Some((between, groups));
            }
        }
        best.map(|(_, groups)| groups)
    }
}

/// Two rungs on which the same share of the first tokens, or less of them with more users, is slow.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlowShare<'a> {
    pub first: (&'a Rung, Groups),
    pub last: (&'a Rung, Groups),
}

/// Whether a share of the first tokens is slow, whatever the users, while the others are as fast as ever. In one queue
/// for all, that share grows with the users until everybody waits.
pub(super) fn slow_share<'a>(course: &Course<'a>) -> Option<SlowShare<'a>> {
    let missed = course.missed?;
    let first_tokens = |rung: &Rung| rung.totals.streams.metrics[Metric::Ttft as usize].count();
    // One in which the service became faster has two groups for another reason; one whose queue still fills has not.
    let speaks = |rung: &&&Rung| !rung.is_improving() && first_tokens(rung) >= SAMPLES;
    let rungs: Vec<&Rung> = course.rungs.iter().collect();
    let groups =
        |rung: &&'a Rung| Some((*rung, Groups::of(&rung.totals.streams.metrics[Metric::Ttft as usize])?));
    let last = rungs.iter().rev().filter(speaks).find_map(groups)?;
    let first = rungs.iter().filter(speaks).find_map(groups)?;
    // With more users yet, the slow ones may not have had their first token before the rung ended.
    let is_fast = |rung: &&&Rung| {
        rung.totals.streams.metrics[Metric::Ttft as usize]
            .percentile(Percentile::P50)
            .is_some_and(|us| us as f64 / 1e6 <= GROWN * first.1.fast + SLOWER / 2.0)
    };
    if !rungs.iter().filter(|rung| rung.users > last.0.users).filter(speaks).all(|rung| is_fast(&rung)) {
        return None;
    }
    let is_apart = f64::from(last.0.users) >= OTHER_USERS * f64::from(first.0.users.max(1));
    let is_same =
        last.1.share <= first.1.share + SAME_SHARE && last.1.fast <= GROWN * first.1.fast + SLOWER / 2.0;
    let goes_on = first.0.idle() < ALL_WAIT && last.0.idle() < ALL_WAIT;
    (is_apart && is_same && goes_on && last.0.users >= missed.users).then_some(SlowShare { first, last })
}

/// Whether some first tokens wait with the most users while most are as fast as ever: what everybody passes through holds
/// everybody up. The rungs that missed are looked at together, since each may have few.
pub(super) fn only_some_wait(course: &Course<'_>) -> bool {
    let Some(missed) = course.missed else { return false };
    let mut times = Histogram::default();
    let loaded = course.rungs.iter().filter(|rung| rung.users >= missed.users);
    loaded.for_each(|rung| times.add(&rung.totals.streams.metrics[Metric::Ttft as usize]));
    let (base, top) = (course.base.ttft, course.top.ttft);
    top.p50 <= GROWN * base.p50 + SLOWER / 2.0 && Groups::of(&times).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(groups: &[(u64, u64)]) -> Histogram {
        let mut times = Histogram::default();
        for (ms, count) in groups {
            (0..*count).for_each(|sample| times.record((ms * 1000) * (100 + sample % 20) / 100));
        }
        times
    }

    #[test]
    fn two_groups_are_not_taken_for_one_wide_group() {
        let two = Groups::of(&times(&[(100, 50), (2000, 50)])).unwrap();
        assert!((two.share - 0.5).abs() < 0.01, "{two:?}");
        assert!((0.1..0.12).contains(&two.fast) && (2.0..2.4).contains(&two.slow), "{two:?}");
        let noisy = Groups::of(&times(&[(100, 46), (190, 4), (250, 4), (2000, 46)])).unwrap();
        assert!((0.4..0.6).contains(&noisy.share), "few lie between on a machine that others use: {noisy:?}");
        let table: [(&str, &[(u64, u64)]); 4] = [
            ("too few", &[(100, 10), (2000, 10)]),
            ("one slow of twenty", &[(100, 95), (2000, 5)]),
            ("twice is no other group", &[(100, 50), (200, 50)]),
            ("a slope", &[(100, 20), (160, 20), (250, 20), (400, 20), (640, 20), (1000, 20)]),
        ];
        for (what, groups) in table {
            assert_eq!(Groups::of(&times(groups)), None, "{what}");
        }
    }
}

//! Was the load generator itself the limit? The one answer to that, for rungs, runs and the notes on them.
//!
//! | the answer | what it does to a verdict |
//! | --- | --- |
//! | `lost`: the generator took more than a twentieth of its users' time | less load was offered: a pass is undetermined, and so is a rate that was too low; any other fail stands |
//! | `below_target`: fewer users than asked for | a pass is undetermined, a fail stands |
//!
//! No lateness is in a time: the kernel stamps what comes. Where a stamp leaves something open, the samples themselves
//! say how much ([`common::stats::Uncertain`]). Anything else that weakens a run (a lost worker, clamped values) leaves
//! the verdicts alone: the samples that there are were measured well.

mod bounds;
mod load;

use std::ops::Range;

use crate::Second;
use bounds::{BAD_SHARE, weakens_run};
pub use load::{WorkerLoad, spoils_looks};
use load::{is_below_target, takes_load};

/// Whether the load generator was the limit in a span of the run, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// It took too much of its users' time.
    pub lost: bool,
    /// Fewer users ran than were asked for.
    pub below_target: bool,
}

impl Validity {
    /// Of a span of the run, a rung or a stage, by the share of its seconds that were bad.
    pub(crate) fn of_span(seconds: &[Second]) -> Validity {
        let often = |is: fn(&Second) -> bool| {
            let bad = seconds.iter().filter(|second| is(second)).count();
            bad > 0 && bad * BAD_SHARE >= seconds.len()
        };
        Validity { lost: often(|second| takes_load(&second.load)), below_target: often(is_below_target) }
    }

    /// Of the whole run, by its workers and by its seconds up to the shape's end. It is judged worker by
    /// worker: among ten that are well, one that is not would vanish in a mean.
    pub fn of_run<'a>(mut workers: impl Iterator<Item = &'a WorkerLoad>, seconds: &[Second]) -> Validity {
        Validity {
            lost: workers.any(WorkerLoad::takes_load),
            below_target: longest_shortfall(seconds).is_some(),
        }
    }

    /// Why a pass is not one.
    pub(crate) fn why_no_pass(&self) -> Option<&'static str> {
        if self.lost {
            Some("it held, but the load generator was late and offered less load (generator); add workers")
        } else if self.below_target {
            Some("it held, but with fewer users than the shape asks for (below_target); add workers")
        } else {
            None
        }
    }

    /// Why a rate that was too low is no fail.
    pub(crate) fn why_no_low_rate(&self) -> Option<&'static str> {
        self.lost
            .then_some("the load generator was late and sent less than it could (generator); add workers")
    }
}

/// The longest row of seconds without a break in which users were missing, if it is long enough to matter.
pub fn longest_shortfall(seconds: &[Second]) -> Option<Range<usize>> {
    let mut from = 0;
    let rows = seconds.chunk_by(|a, b| is_below_target(a) == is_below_target(b)).map(|row| {
        from += row.len();
        (from - row.len()..from, is_below_target(&row[0]))
    });
    let short = rows.filter(|(row, is_short)| *is_short && weakens_run(row.len(), seconds.len()));
    short.map(|(row, _)| row).max_by_key(Range::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GeneratorLoad;

    fn seconds(all: &[(u32, u32)]) -> Vec<Second> {
        all.iter()
            .map(|(target, users)| Second { target: *target, users: *users, ..Second::default() })
            .collect()
    }

    #[test]
    fn users_are_missing_on_a_rung_when_more_than_one_in_twenty_is_too_often() {
        let table = [
            (&[(2, 2), (2, 2), (3, 2)][..], false, "the next stage's first user is wanted at the end"),
            (&[(100, 95); 4], false, "one in twenty"),
            (&[(100, 94); 4], true, "more than that"),
            (&[(100, 89), (100, 100), (100, 100), (100, 100), (100, 100)], false, "one second of five"),
            (&[(8, 5), (8, 8), (8, 8), (8, 8)], true, "one second of four"),
            (&[], false, "nothing is known"),
        ];
        for (all, expected, why) in table {
            let validity = Validity::of_span(&seconds(all));
            assert_eq!(validity.below_target, expected, "{why}");
        }
    }

    #[test]
    fn users_are_missing_in_a_run_after_three_seconds_in_a_row() {
        let (short, full) = ((10, 5), (10, 10));
        let table = [
            (vec![full, short, short, full, short], None),
            (vec![full, short, short, short, full], Some(1..4)),
            (vec![short, short, short, full, short, short, short, short], Some(4..8)),
            ([vec![short; 3], vec![full; 298]].concat(), None),
        ];
        for (all, expected) in table {
            assert_eq!(longest_shortfall(&seconds(&all)), expected, "{all:?}");
        }
    }

    #[test]
    fn a_run_is_as_valid_as_its_worst_worker() {
        let worker = |lost_permille: u32, seconds: u32| {
            let mut worker = WorkerLoad::default();
            (0..seconds).for_each(|_| worker.add(&GeneratorLoad { lost_permille, late_us: 70_000 }));
            worker
        };
        let of = |bad: WorkerLoad| Validity::of_run([worker(50, 60), bad].iter(), &[]);
        let sound = Validity::default();
        assert_eq!(of(worker(50, 60)), sound, "one twentieth, and late timers alone");
        assert_eq!(of(worker(51, 2)), sound, "two seconds are chance");
        assert_eq!(of(worker(51, 3)), Validity { lost: true, ..sound });
        let in_an_hour = |bad: u32| {
            let mut worker = worker(51, bad);
            let well = GeneratorLoad::default();
            (bad..3600).for_each(|_| worker.add(&well));
            of(worker).lost
        };
        assert_eq!((in_an_hour(35), in_an_hour(36)), (false, true), "one in a hundred");
        let late = |seconds: usize| {
            let lost_permille = |second| if second < seconds { 51 } else { 0 };
            let all = (0..8).map(|second| GeneratorLoad { lost_permille: lost_permille(second), late_us: 0 });
            let all: Vec<_> = all.map(|load| Second { load, ..Second::default() }).collect();
            Validity::of_span(&all).lost
        };
        assert_eq!((late(1), late(2)), (false, true), "two of eight seconds of a rung");
    }
}

//! Was the load generator itself the limit? The one answer to that, for rungs, runs and the notes on them.
//!
//! | the answer | what it does to a verdict |
//! | --- | --- |
//! | `cpu`: a load thread had too little processor time | every verdict is undetermined: nobody knows how much of a time was its own |
//! | `late_us`: timers fired late by so much (99 %) | a time may be that much shorter than measured, and a rate higher; more than a tenth of a time's bound, or more than 100 ms for anything else, and the verdict is undetermined |
//! | `below_target`: fewer users than asked for | a pass is undetermined, a fail stands |
//!
//! Anything else that weakens a run (a lost worker, clamped values) leaves the verdicts alone: the samples
//! that there are were measured well.

mod bounds;
mod load;

use std::ops::Range;

use common::stats::Histogram;

use crate::Second;
use bounds::{BAD_SECONDS, BAD_SHARE, LATE_FOR_COUNTS_US, LATE_SHARE_OF_BOUND};
pub use load::{WorkerLoad, spoils_looks};
use load::{is_below_target, is_short_of_cpu, late_floor_us};

/// Whether the load generator was the limit in a span of the run, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// A load thread had too little processor time.
    pub cpu: bool,
    /// Lateness of timers in microseconds; 0 when it is lost in the latencies.
    pub late_us: u64,
    /// Fewer users ran than were asked for.
    pub below_target: bool,
}

impl Validity {
    /// Of a span of the run, a rung or a stage, by the share of its seconds that were bad. `latency`: of the requests
    /// that were measured there.
    pub fn of_span(seconds: &[Second], latency: &Histogram) -> Validity {
        let often = |is: fn(&Second) -> bool| {
            let bad = seconds.iter().filter(|second| is(second)).count();
            bad > 0 && bad * BAD_SHARE >= seconds.len()
        };
        let mut late: Vec<u64> = seconds.iter().map(|second| second.load.late_us).collect();
        late.sort_unstable();
        let late_us = late.get(late.len() * (BAD_SHARE - 1) / BAD_SHARE).copied().unwrap_or(0);
        Validity {
            cpu: often(|second| is_short_of_cpu(&second.load)),
            late_us: if late_us > late_floor_us(latency) { late_us } else { 0 },
            below_target: often(is_below_target),
        }
    }

    /// Of the whole run, by its workers and by its seconds up to the shape's end. It is judged worker by
    /// worker: among ten that are well, one that is not would vanish in a mean.
    pub fn of_run<'a>(
        workers: impl Iterator<Item = &'a WorkerLoad> + Clone,
        seconds: &[Second],
        latency: &Histogram,
    ) -> Validity {
        let late = workers.clone().any(|worker| worker.is_late(latency));
        let worst = workers.clone().map(|worker| worker.late_p99_us).max().unwrap_or(0);
        Validity {
            cpu: workers.clone().any(WorkerLoad::is_short_of_cpu),
            late_us: if late { worst } else { 0 },
            below_target: longest_shortfall(seconds).is_some(),
        }
    }

    /// Why no verdict is possible on a figure with this bound (microseconds, `None` for what is not a time).
    pub fn why_undetermined(&self, time_bound: Option<u64>) -> Option<String> {
        let limit = time_bound.map_or(LATE_FOR_COUNTS_US, |bound| bound / LATE_SHARE_OF_BOUND);
        if self.cpu {
            Some("the load generator was the bottleneck (cpu); spread the users over more workers".to_owned())
        } else {
            (self.late_us > limit).then(|| self.lateness())
        }
    }

    /// Why a pass is not one.
    pub fn why_no_pass(&self) -> Option<String> {
        let why = "it held, but with fewer users than the shape asks for (below_target); add workers";
        self.below_target.then(|| why.to_owned())
    }

    /// That timers were late, in words.
    pub fn lateness(&self) -> String {
        let ms = self.late_us as f64 / 1000.0;
        format!(
            "the load generator's own timers were {ms:.1} ms late (late_timers), too much to tell; give it a less busy \
             machine or fewer users"
        )
    }
}

/// The longest row of seconds without a break in which users were missing, if it is long enough to matter.
pub fn longest_shortfall(seconds: &[Second]) -> Option<Range<usize>> {
    let mut from = 0;
    let rows = seconds.chunk_by(|a, b| is_below_target(a) == is_below_target(b)).map(|row| {
        from += row.len();
        (from - row.len()..from, is_below_target(&row[0]))
    });
    let short = rows.filter(|(row, is_short)| *is_short && row.len() >= BAD_SECONDS);
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
            let validity = Validity::of_span(&seconds(all), &Histogram::default());
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
        ];
        for (all, expected) in table {
            assert_eq!(longest_shortfall(&seconds(&all)), expected, "{all:?}");
        }
    }

    #[test]
    fn a_run_is_as_valid_as_its_worst_worker() {
        let load = |cpu_permille, wait_permille| GeneratorLoad { cpu_permille, wait_permille, late_us: 7000 };
        let worker = |load: GeneratorLoad, seconds: u32, timers_late| {
            let mut worker = WorkerLoad { timers: 1000, timers_late, ..WorkerLoad::default() };
            (0..seconds).for_each(|_| worker.add(&load));
            worker
        };
        let of = |bad: WorkerLoad| {
            let all = [worker(load(900, 250), 60, 10), bad];
            Validity::of_run(all.iter(), &[], &Histogram::default())
        };
        let sound = Validity::default();
        assert_eq!(of(worker(load(900, 250), 60, 10)), sound, "one timer in a hundred is late");
        assert_eq!(of(worker(load(901, 0), 2, 0)), sound, "two seconds are chance");
        assert_eq!(of(worker(load(901, 0), 3, 0)), Validity { cpu: true, ..sound });
        assert_eq!(of(worker(load(0, 251), 3, 0)), Validity { cpu: true, ..sound }, "it waited for a core");
        assert_eq!(of(worker(load(0, 0), 1, 11)), Validity { late_us: 7000, ..sound });
    }
}

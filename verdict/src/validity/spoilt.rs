//! What the load generator itself did to the figures.
//!
//! | the run's degradation | what it does to a verdict |
//! | --- | --- |
//! | `cpu`: a worker's core was full | every verdict is undetermined: nobody knows how much of a time was its own |
//! | `late_timers`: timers fired late by *l* (99 %, in the worst second) | a time may be *l* shorter than measured, and a rate higher; more than a tenth of a time's bound, or more than 100 ms for anything else, and it is undetermined |
//! | `below_target`: fewer users than asked for | a pass is undetermined, a fail stands |
//!
//! Other degradations (a lost worker, clamped values) leave the verdicts alone: the samples that there
//! are were measured well.

use crate::threshold::{BoundUnit, Interval, Measure, Threshold};

/// Lateness above one in so many parts of a bound is too much.
const SHARE: u64 = 10;
/// Lateness that is too much for what is no time, microseconds.
const LATE_US: u64 = 100_000;

/// What makes a run's figures unfit for a verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spoilt {
    /// A worker's core was full.
    pub cpu: bool,
    /// Lateness of timers in microseconds, if that is worth a note; else 0.
    pub late_us: u64,
    /// Fewer users ran than were asked for.
    pub below_target: bool,
}

impl Spoilt {
    /// What the names of a run's degradations mean for its thresholds.
    /// `late_us`: lateness of timers, 99 %, of the worst worker in its worst second.
    pub fn of(degraded: &[String], late_us: u64) -> Spoilt {
        let is = |kind: &str| degraded.iter().any(|known| known == kind);
        Spoilt {
            cpu: is("cpu"),
            late_us: if is("late_timers") { late_us } else { 0 },
            below_target: is("below_target"),
        }
    }

    /// Why nothing can be told of a threshold.
    pub(crate) fn all(&self, threshold: &Threshold) -> Option<String> {
        let limit = match threshold.measure.unit() {
            BoundUnit::Time => threshold.bound / SHARE,
            BoundUnit::Percent | BoundUnit::PerSecond => LATE_US,
        };
        if self.cpu {
            Some("the load generator was the bottleneck (cpu); see the notes".to_owned())
        } else {
            (self.late_us > limit).then(|| self.late())
        }
    }

    /// Where the truth lies, given that waiting of the generator may be part of what was measured.
    pub(crate) fn widened(&self, threshold: &Threshold, interval: Interval) -> Interval {
        let late = self.late_us as f64;
        match (threshold.measure, threshold.measure.unit()) {
            (_, BoundUnit::Time) => Interval { low: interval.low - late, ..interval },
            (Measure::Rate, _) if self.late_us > 0 => Interval { high: f64::INFINITY, ..interval },
            _ => interval,
        }
    }

    /// Why a pass is none.
    pub(crate) fn passes(&self) -> Option<String> {
        let why = "it held, but with fewer users than the shape asks for (below_target); see the notes";
        self.below_target.then(|| why.to_owned())
    }

    /// That timers were late.
    pub(crate) fn late(&self) -> String {
        let ms = self.late_us as f64 / 1000.0;
        format!(
            "the load generator's own timers were {ms:.1} ms late (late_timers), too much to tell; see the notes"
        )
    }
}

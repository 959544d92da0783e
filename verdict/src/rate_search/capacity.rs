//! What the service can do, measured where it always has something to do.
//!
//! While a backlog stays, as many leave each second as the service can do, and only its own times vary, not the
//! arrivals: that tells capacity closer than any look at how long queues are. The error is that of means over parts of
//! the time (batch means: Schmeiser, *Operations Research* 30, 1982), since neighbouring seconds share their answers.

use super::counts::{Count, mean, sum};

/// Fewest and most parts.
const PARTS: (usize, usize) = (5, 24);
/// Seconds of a part.
const PART: usize = 3;
/// No estimate is surer than this share of it; nor surer than that of so many answers whose lengths vary by this share:
/// few parts may agree by chance, and the first moment at which they do would be taken.
const SUREST: f64 = 0.004;
const VARIES: f64 = 0.25;

/// Who leaves each second, at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Capacity {
    pub per_s: f64,
    /// Half of its 95 % interval.
    pub half: f64,
    /// For how long it was measured.
    pub seconds: f64,
}

impl Capacity {
    /// Of a span in which there was a backlog; `None` when it is too short. Who left with a failure was not served.
    pub(super) fn of(counts: &[Count]) -> Option<Capacity> {
        let parts = (counts.len() / PART).clamp(PARTS.0, PARTS.1);
        if counts.len() < parts || sum(counts, |count| count.ended) < 10.0 {
            return None;
        }
        let bounds = |part: usize| part * counts.len() / parts;
        let rates: Vec<f64> =
            (0..parts).map(|part| served(&counts[bounds(part)..bounds(part + 1)])).collect();
        let usual = rates.iter().sum::<f64>() / parts as f64;
        let spread = rates.iter().map(|rate| (rate - usual).powi(2)).sum::<f64>() / (parts - 1) as f64;
        let error = (spread / parts as f64).sqrt();
        let per_s = served(counts);
        // At either end one answer more or less may fall into the span.
        let seconds = counts.len() as f64;
        let few = 1.96 * VARIES / (per_s * seconds).max(1.0).sqrt();
        let half = (student(parts - 1) * error).max(1.0 / seconds).max(SUREST.max(few) * per_s);
        Some(Capacity { per_s, half, seconds })
    }

    pub(super) fn low(&self) -> f64 {
        self.per_s - self.half
    }

    pub(super) fn high(&self) -> f64 {
        self.per_s + self.half
    }

    /// Half of the interval as a share.
    pub(super) fn relative(&self) -> f64 {
        if self.per_s > 0.0 { self.half / self.per_s } else { f64::INFINITY }
    }

    /// Both together, where they may be of one number; else the later one.
    pub(super) fn with(self, later: Capacity) -> Capacity {
        let is_one = self.low() <= later.high() && later.low() <= self.high();
        // By their time, not by their errors: the one that seems surer may be so by chance.
        let seconds = self.seconds + later.seconds;
        let (before, after) = (self.seconds / seconds, later.seconds / seconds);
        match is_one {
            true => Capacity {
                per_s: self.per_s * before + later.per_s * after,
                half: (self.half * before).hypot(later.half * after),
                seconds,
            },
            false => later,
        }
    }
}

/// Who left each second without a failure.
fn served(counts: &[Count]) -> f64 {
    let failed = sum(counts, |count| count.failed) / sum(counts, |count| count.requests).max(1.0);
    mean(counts, |count| count.ended) * (1.0 - failed.min(1.0))
}

/// Student's t, 95 %, with so many degrees of freedom: within 3 % from 4 on.
fn student(freedom: usize) -> f64 {
    let freedom = freedom as f64;
    1.96 + 2.37 / freedom + 2.8 / (freedom * freedom)
}

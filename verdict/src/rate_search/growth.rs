//! Whether the number of those who are there grows without end.
//!
//! Who is there are those who came less those who left. At most as many leave as the service can do; above that the
//! number grows by the difference for as long as the load lasts, below it wanders about a level. Closest to growth comes
//! a service that is asked for exactly what it can do: its queue is a random walk held up at zero, whose steps vary as
//! arrivals and services do (Whitt, *Stochastic-Process Limits*, 2002, 5.7 and 9.3: reflected Brownian motion). Growth
//! beyond what that walk does by chance is no chance, whatever the load:
//!
//! ```text
//! there   ╱ grew                bound: √(v · (n + m) · (ln((n + m) / m) + 2 ln(1 / α)))
//!       ╱ ⋰⋰⋰                  n: who arrived, v: variance of the steps for each, at least that of a Poisson process
//!     ╱⋰⋰
//!    ⋰───────── arrivals
//! ```
//!
//! The bound holds for all looks at once (the normal mixture of Robbins, *Annals of Mathematical Statistics* 41, 1970),
//! so it may be looked at each second. A queue near capacity moves slowly, and so its seconds are no samples of each
//! other: the walk takes that in, a mean over seconds does not.

use super::counts::{Count, mean, sum};

/// A walk that does not grow is taken for one that does at most so often, over all looks together.
const MISTAKEN: f64 = 0.005;
/// Arrivals at which the bound is tightest.
const TIGHTEST: f64 = 30.0;
/// Parts of a span by which the variance of its steps is estimated.
const PARTS: usize = 8;
/// A growth below this share of the arrivals is too slow to be told from chance in any time that is worth it.
const SLOWEST: f64 = 0.01;

/// How the number of those who are there changed over a span.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Growth {
    /// Each second.
    pub per_s: f64,
    /// As a share of the bound: above 1 it is no chance.
    pub load: f64,
}

impl Growth {
    pub(super) fn of(counts: &[Count]) -> Growth {
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return Growth::default() };
        let after = &counts[1..];
        let arrived = sum(after, |count| count.arrived);
        let grew = last.present - first.present;
        let per_s = grew / after.len().max(1) as f64;
        if arrived < 1.0 || per_s < SLOWEST * arrived / after.len().max(1) as f64 {
            return Growth { per_s, load: 0.0 };
        }
        let all = arrived + TIGHTEST;
        let bound = (variance(after) * all * ((all / TIGHTEST).ln() + 2.0 * (1.0 / MISTAKEN).ln())).sqrt();
        Growth { per_s, load: grew / bound }
    }

    /// Whether it is beyond chance.
    pub(super) fn is_sure(&self) -> bool {
        self.load > 1.0
    }

    /// Whether it may be more than chance.
    pub(super) fn is_suspect(&self) -> bool {
        self.load > 0.4
    }
}

/// Variance of the steps of the walk for each arrival: by parts of the span, whose steps are sums of many; not below 1,
/// that of a Poisson process, since few parts may seem calmer than they are.
fn variance(counts: &[Count]) -> f64 {
    let parts = PARTS.min(counts.len() / 2);
    if parts < PARTS {
        return 1.0;
    }
    let bounds = |part: usize| part * counts.len() / parts;
    let steps: Vec<f64> = (0..parts)
        .map(|part| {
            let seconds = &counts[bounds(part)..bounds(part + 1)];
            sum(seconds, |count| count.arrived - count.ended)
        })
        .collect();
    let usual = steps.iter().sum::<f64>() / parts as f64;
    let spread = steps.iter().map(|step| (step - usual).powi(2)).sum::<f64>() / (parts - 1) as f64;
    (spread / (mean(counts, |count| count.arrived) * counts.len() as f64 / parts as f64)).max(1.0)
}

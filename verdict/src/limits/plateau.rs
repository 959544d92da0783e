//! Where throughput stops growing.

use super::{Estimate, Rung};

/// Users must grow by this factor for two rungs to prove a plateau.
const GROWTH: f64 = 1.5;
/// Throughput that grows by less than this share of what the users grow by has stopped growing.
const FLAT: f64 = 0.25;
/// A rung whose throughput per user is at least this share of the best one is not saturated.
const LINEAR: f64 = 0.85;
/// 95 % of a normal distribution lie within so many standard errors.
const Z: f64 = 1.96;

/// Throughput at its highest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plateau {
    /// Users of the first rung on it.
    pub from_users: u32,
    /// Throughput there: streams per second, or requests per second where there are no streams.
    pub rate: f64,
    /// Standard error of `rate`.
    pub error: f64,
    pub rps: f64,
    /// Users at which it begins, by the intersection of the two straight lines.
    pub knee: Option<Estimate>,
}

/// The plateau that the rungs prove: at least two, the largest with at least 1.5 times the users of the
/// smallest and nearly its throughput. `rungs` are valid and ascend in users.
pub(super) fn plateau(rungs: &[Rung]) -> Option<Plateau> {
    let largest = rungs.last()?;
    let top = largest.throughput();
    let on_it: Vec<&Rung> = rungs.iter().filter(|rung| is_flat(rung, largest, top)).collect();
    let first = on_it.first()?;
    if f64::from(largest.users) < GROWTH * f64::from(first.users) || top <= 0.0 {
        return None;
    }
    // What the first rung lacks may be the knee's rounding: the others say how high it is.
    let high = &on_it[usize::from(on_it.len() > 2)..];
    let seconds = |rung: &Rung| (rung.to - rung.from).max(1e-9);
    let total: f64 = high.iter().map(|rung| seconds(rung)).sum();
    let rate = high.iter().map(|rung| rung.throughput() * seconds(rung)).sum::<f64>() / total;
    let error = high.iter().map(|rung| (rung.rate_error * seconds(rung)).powi(2)).sum::<f64>().sqrt() / total;
    let rps = high.iter().map(|rung| rung.rps * seconds(rung)).sum::<f64>() / total;
    let knee = knee(rungs, rate, error);
    Some(Plateau { from_users: first.users, rate, error, rps, knee })
}

/// Whether throughput from `rung` to the largest one grew by no more than a little of what users did.
fn is_flat(rung: &Rung, largest: &Rung, top: f64) -> bool {
    let users = f64::from(largest.users) / f64::from(rung.users.max(1)) - 1.0;
    let rate = top / rung.throughput().max(1e-9) - 1.0;
    rung.users == largest.users || rate <= (FLAT * users).min(0.12)
}

/// The intersection of throughput per user, where it is linear, with the plateau.
fn knee(rungs: &[Rung], rate: f64, error: f64) -> Option<Estimate> {
    let per_user = |rung: &&Rung| rung.throughput() / f64::from(rung.users.max(1));
    let best = rungs.iter().map(|rung| per_user(&rung)).fold(0.0, f64::max);
    let linear: Vec<&Rung> = rungs.iter().filter(|rung| per_user(rung) >= LINEAR * best).collect();
    // Of the unsaturated rungs the larger ones have more samples, and so more weight.
    let users: f64 = linear.iter().map(|rung| f64::from(rung.users)).sum();
    let slope = linear.iter().map(|rung| rung.throughput()).sum::<f64>() / users;
    if slope.is_nan() || slope <= 0.0 || rate / slope <= f64::from(linear.first()?.users) * 0.5 {
        return None;
    }
    let slope_error = linear.iter().map(|rung| rung.rate_error.powi(2)).sum::<f64>().sqrt() / users;
    let estimate = rate / slope;
    let relative = ((error / rate).powi(2) + (slope_error / slope).powi(2)).sqrt();
    let width = Z * relative * estimate;
    Some(Estimate { estimate, low: (estimate - width).max(0.0), high: estimate + width })
}

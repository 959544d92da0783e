//! Where throughput stops growing, or falls.
//!
//! ```text
//! throughput
//!     |         knee ╭──●────────●     on the plateau: every rung from there to the last
//!     |          ╱ ●╯
//!     |       ●╱
//!     |    ●╱
//!     |  ●╱
//!     └──────────────────────────────▶ users
//! ```

use super::rows::ascending;
use super::slots::at_peak;
use super::{Estimate, Rung};

/// Users must grow by this factor for two rungs to prove a plateau.
const GROWTH: f64 = 1.5;
/// Throughput that grows by less than this share of what the users grow by has stopped growing.
const FLAT: f64 = 0.25;
/// Nor may it grow by more than this share, however many users there are more.
const MOST_FLAT: f64 = 0.12;
/// Growth that error may hide must still be less than this share of the users' growth.
const DISTINCT: f64 = 0.6;
/// One side of a normal distribution, 95 %.
const ONE_SIDE: f64 = 1.645;
/// A rung whose throughput per user is at least this share of the best one is not saturated.
const LINEAR: f64 = 0.85;
/// Throughput that lost more than this share of its best, beyond chance, falls.
const FALLEN: f64 = 0.15;
/// One rung that lost no more than this, where all others hold, had bad luck: a neighbour on the machine does that.
const DIPPED: f64 = 0.3;
/// Streams at once that are more than before by this factor, and one, are another service's.
const MORE: f64 = 1.25;
/// Share of the looks at which the most were seen from which a rung was full.
const WALL: f64 = 0.15;
/// Users of a rung that is clearly beyond the knee are this many times the most that it may be.
const BEYOND: f64 = 1.1;
/// Standard errors that are beyond chance.
const BEYOND_CHANCE: f64 = 3.0;
/// 95 % of a normal distribution lie within so many standard errors.
const Z: f64 = 1.96;

/// Throughput at its highest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plateau {
    /// Users of the first rung on it.
    pub from_users: u32,
    /// Throughput there, as [`Rung::throughput`].
    pub rate: f64,
    /// Standard error of `rate`.
    pub error: f64,
    pub rps: f64,
    /// Streams completed per second.
    pub streams: f64,
    /// Users at which it begins, by the intersection of the two straight lines.
    pub knee: Option<Estimate>,
}

/// Throughput that fell although users grew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fall {
    /// Users and throughput at its best.
    pub best: (u32, f64),
    /// Users and throughput of the last rung.
    pub last: (u32, f64),
}

/// The plateau that the last rungs prove: at least two, the largest with at least 1.5 times the users of the
/// smallest and nearly its throughput, and nothing in between that is otherwise. `rungs` are valid and ascend.
pub(super) fn plateau(rungs: &[Rung]) -> Option<Plateau> {
    let largest = rungs.last().filter(|rung| rung.throughput() > 0.0)?;
    if rungs.iter().any(|rung| exceeds(rung, largest)) {
        return None;
    }
    let on_it = rungs.iter().rev().take_while(|rung| is_flat(rung, largest)).count();
    let on_it = &rungs[rungs.len() - on_it..];
    let first = on_it.first()?;
    if f64::from(largest.users) < GROWTH * f64::from(first.users) {
        return None;
    }
    // What the first rung lacks may be the knee's rounding: the others say how high it is.
    let high = &on_it[usize::from(on_it.len() > 2)..];
    let seconds = |rung: &Rung| (rung.to - rung.from).max(1e-9);
    let total: f64 = high.iter().map(seconds).sum();
    let mean = |of: fn(&Rung) -> f64| high.iter().map(|rung| of(rung) * seconds(rung)).sum::<f64>() / total;
    let rate = mean(Rung::throughput);
    let error = high.iter().map(|rung| (rung.flow.error * seconds(rung)).powi(2)).sum::<f64>().sqrt() / total;
    let knee = knee(rungs, rate, error).filter(|knee| is_sharp(knee, rungs, rate));
    let (rps, streams) = (mean(|rung| rung.rps), mean(|rung| rung.rate));
    Some(Plateau { from_users: first.users, rate, error, rps, streams, knee })
}

/// Whether rungs, in any order, show that throughput has stopped growing, or falls.
pub fn stops_growing(rungs: &[Rung]) -> bool {
    let valid = current(ascending(rungs.iter().filter(|rung| rung.is_valid()).cloned().collect()));
    let valid = without_dip(&valid);
    plateau(valid).is_some() || fall(valid).is_some()
}

/// Whether throughput from `rung` to the largest one grew by no more than a little of what users did, and by
/// clearly less than they did where chance has its say.
fn is_flat(rung: &Rung, largest: &Rung) -> bool {
    let users = f64::from(largest.users) / f64::from(rung.users.max(1)) - 1.0;
    let growth = largest.throughput() / rung.throughput().max(1e-9) - 1.0;
    let error = rung.flow.relative().hypot(largest.flow.relative());
    let is_little = growth <= (FLAT * users).min(MOST_FLAT);
    rung.users == largest.users || (is_little && growth + ONE_SIDE * error <= DISTINCT * users)
}

/// Whether the last rung has clearly less throughput than the best one before it, which had fewer users. What became
/// better since says nothing of users.
pub(super) fn fall(rungs: &[Rung]) -> Option<Fall> {
    let last = rungs.last()?;
    let before = rungs.iter().filter(|rung| rung.users < last.users && rung.from <= last.from);
    let best = before.max_by(|a, b| a.throughput().total_cmp(&b.throughput()))?;
    exceeds(best, last)
        .then(|| Fall { best: (best.users, best.throughput()), last: (last.users, last.throughput()) })
}

/// Without the last rung, where it alone has less throughput than those before it, and not by so much that it must be
/// for its users.
pub(super) fn without_dip(rungs: &[Rung]) -> &[Rung] {
    let [before @ .., second, last] = rungs else { return rungs };
    let most = rungs.iter().map(Rung::throughput).fold(0.0, f64::max);
    let is_little = last.throughput() > (1.0 - DIPPED) * most;
    let others_hold = before.len() > 1 && !before.iter().any(|rung| exceeds(rung, second));
    match fall(rungs) {
        Some(_) if is_little && others_hold => &rungs[..rungs.len() - 1],
        _ => rungs,
    }
}

/// Whether a rung has more throughput than another, by much and beyond chance.
fn exceeds(more: &Rung, less: &Rung) -> bool {
    let difference = more.throughput() - less.throughput();
    difference > FALLEN * more.throughput()
        && difference > BEYOND_CHANCE * more.flow.error.hypot(less.flow.error)
}

/// Without the rungs that no longer speak of the service, as of one that has scaled out since.
pub(super) fn current(rungs: Vec<Rung>) -> Vec<Rung> {
    let outdated: Vec<bool> = rungs.iter().map(|rung| is_outdated(rung, &rungs)).collect();
    rungs.into_iter().zip(outdated).filter(|(_, outdated)| !outdated).map(|(rung, _)| rung).collect()
}

/// Whether fewer users exceeded a rung later on, and more users too; or fewer had clearly more streams at once than it
/// ever had, though it was full or had less throughput.
fn is_outdated(rung: &Rung, rungs: &[Rung]) -> bool {
    let (later, before): (Vec<&Rung>, Vec<&Rung>) = rungs.iter().partition(|other| other.from > rung.from);
    let exceeding = || later.iter().filter(|other| exceeds(other, rung));
    let most = f64::from(rung.producing_peak);
    let was_full = at_peak(&[rung], most) >= WALL;
    let does_more = |other: &&&Rung| {
        let has_more = most > 0.0 && f64::from(other.producing_peak) >= MORE * most + 1.0;
        other.users < rung.users && has_more && (was_full || exceeds(other, rung))
    };
    // One that does less the more it is asked, and so did before, is the same service.
    let fell_before = before.iter().any(|other| other.users < rung.users && exceeds(other, rung));
    exceeding().any(|other| other.users < rung.users) && exceeding().any(|other| other.users > rung.users)
        || !fell_before && later.iter().any(|other| does_more(&other))
}

/// Users of the rungs, in any order, that no longer speak of the service.
pub fn outdated(rungs: &[Rung]) -> Vec<u32> {
    let valid = ascending(rungs.iter().filter(|rung| rung.is_valid()).cloned().collect());
    valid.iter().filter(|rung| is_outdated(rung, &valid)).map(|rung| rung.users).collect()
}

/// Whether throughput is about the plateau's from the knee on. Where it comes there little by little, no number of users is
/// where it stops growing.
fn is_sharp(knee: &Estimate, rungs: &[Rung], rate: f64) -> bool {
    let beyond = rungs.iter().filter(|rung| f64::from(rung.users) > BEYOND * knee.high);
    beyond
        .filter(|rung| rate - rung.throughput() > BEYOND_CHANCE * rung.flow.error)
        .all(|rung| rung.throughput() >= LINEAR * rate)
}

/// Whether each rung that is left out, of those in the order of time, came right after more users.
pub(super) fn carries_over(rungs: &[Rung]) -> bool {
    let outdated = outdated(rungs);
    let comes_after_more =
        |users: &u32| rungs.windows(2).any(|pair| pair[1].users == *users && pair[0].users > *users);
    !outdated.is_empty() && outdated.iter().all(comes_after_more)
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
    let slope_error = linear.iter().map(|rung| rung.flow.error.powi(2)).sum::<f64>().sqrt() / users;
    let estimate = rate / slope;
    let relative = ((error / rate).powi(2) + (slope_error / slope).powi(2)).sqrt();
    let width = Z * relative * estimate;
    Some(Estimate { estimate, low: (estimate - width).max(0.0), high: estimate + width })
}

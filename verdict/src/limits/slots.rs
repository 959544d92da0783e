//! How many streams the server runs at once, where a pool holds a slot for the length of a stream.
//!
//! Two independent ways, on the plateau:
//!
//! | | what | wrong where |
//! | --- | --- | --- |
//! | P | most streams that sent text at once | never all of them do so: then too low; text outlasts its slot: too high |
//! | L | streams sending text, and those that are served and have none yet: first tokens per second × the time to first token of an unloaded server | part of that time passes before the slot is taken: too high |
//!
//! Where P grows along the plateau it is no wall, and the number is that of Little's law: streams completed per second ×
//! their length unloaded. Where P and L agree the interval is that of chance; where they disagree it holds both.

use super::{Estimate, Plateau, Rung};

/// Standard errors to either side for 95 %, with a few dozen seconds to estimate them from.
const Z: f64 = 2.1;
/// What times of whole milliseconds and rounded means leave unknown, as a share.
const COARSE: f64 = 0.02;
/// Most streams at once that grow by more than this along the plateau are no wall.
const GROWN: f64 = 1.2;
/// P and L that differ by less than this say the same number.
const SAME: f64 = 0.8;
/// Share of the looks at which the most were seen from which P is a wall and not the tail of chance.
const WALL: f64 = 0.05;
/// The same where a rate would make it too.
const SURE_WALL: f64 = 0.15;
/// Share of a rung's streams that are refused where there is no room left.
const REFUSES: f64 = 0.1;

/// The number of slots. `rungs` are valid and ascend in users.
pub(super) fn slots(rungs: &[Rung], plateau: &Plateau) -> Option<Estimate> {
    let saturated: Vec<&Rung> = rungs.iter().filter(|rung| rung.users >= plateau.from_users).collect();
    let peak = f64::from(saturated.iter().map(|rung| rung.producing_peak).max().filter(|peak| *peak > 0)?);
    let unloaded = unloaded_ttft(rungs, plateau)?;
    let seconds = |rung: &Rung| rung.seconds.len().max(1) as f64;
    let total: f64 = saturated.iter().map(|rung| seconds(rung)).sum();
    let mean = |of: &dyn Fn(&Rung) -> f64| {
        saturated.iter().map(|rung| of(rung) * seconds(rung)).sum::<f64>() / total
    };
    let first_tokens = mean(&|rung| rung.first_tokens() as f64 / seconds(rung));
    let by_flow = mean(&|rung| rung.producing) + first_tokens * unloaded;
    let width = (Z * plateau.error / plateau.rate + COARSE) * by_flow;
    let estimate = match (by_flow - peak).abs() < SAME || at_peak(&saturated, peak) >= WALL {
        true => peak,
        false => by_flow.round().max(peak),
    };
    let low = (by_flow - width).floor().min(peak);
    let high = (by_flow + width).ceil().max(peak);
    // Where more users make more streams send, that number is no wall: text outlasts the slots.
    let lengths = unloaded_length(rungs, plateau);
    if let (true, Some(length)) = (peak_grows(&saturated), lengths) {
        let by_length = plateau.streams * length;
        let width = (Z * plateau.error / plateau.rate + COARSE) * by_length;
        let estimate = by_length.round().max(1.0);
        return Some(Estimate { estimate, low: (by_length - width).floor().clamp(1.0, estimate), high });
    }
    Some(Estimate { estimate, low: low.max(1.0).min(estimate), high: high.max(estimate) })
}

/// Whether about as many streams were the most at once on each rung of the plateau.
pub(super) fn is_one_number(rungs: &[Rung], plateau: &Plateau) -> bool {
    let peaks =
        || rungs.iter().filter(|rung| rung.users >= plateau.from_users).map(|rung| rung.producing_peak);
    matches!((peaks().min(), peaks().max()), (Some(least), Some(most)) if most - least <= 1)
}

/// Whether the most that were seen at once and Little's law say about the same number: a pool that is full is always
/// full, where a rate lets in as many as it happens to.
pub(super) fn agree(slots: &Estimate) -> bool {
    slots.low >= SAME * slots.estimate
}

/// How many streams are let in at once where the others are refused: claimed if that many were seen often, as one
/// number on every rung that refuses; where it may be a rate that refuses, on at least two.
pub(super) fn cap(rungs: &[Rung], is_sure: bool) -> Option<Estimate> {
    let refuses = |rung: &&Rung| rung.share(rung.refused()) >= REFUSES;
    let refusing: Vec<&Rung> = rungs.iter().filter(refuses).collect();
    let peaks = || refusing.iter().map(|rung| rung.producing_peak);
    let (least, most) = (peaks().min()?, peaks().max().filter(|most| *most > 0)?);
    let is_one = most - least <= u32::from(is_sure) && refusing.len() > usize::from(!is_sure);
    let (least, most) = (f64::from(least), f64::from(most));
    let is_wall = at_peak(&refusing, most) >= if is_sure { WALL } else { SURE_WALL };
    (is_one && is_wall).then_some(Estimate { estimate: most, low: least, high: most + 1.0 })
}

/// Whether the rung of most users saw clearly more streams send at once than the first on the plateau.
fn peak_grows(saturated: &[&Rung]) -> bool {
    let peak = |rung: &&&Rung| f64::from(rung.producing_peak);
    match (saturated.first(), saturated.last()) {
        (Some(first), Some(last)) => peak(&last) > peak(&first) * GROWN + 1.0,
        _ => false,
    }
}

/// Mean length of a stream while few users run, seconds.
fn unloaded_length(rungs: &[Rung], plateau: &Plateau) -> Option<f64> {
    let is_low = |rung: &&Rung| f64::from(rung.users) <= f64::from(plateau.from_users) * 0.5;
    rungs.iter().filter(is_low).rev().find_map(Rung::answer).or_else(|| rungs.first()?.answer())
}

/// Share of the looks on these rungs that saw `peak` streams sending text.
pub(super) fn at_peak(rungs: &[&Rung], peak: f64) -> f64 {
    let looks = common::stats::LOOKS as f64;
    let seconds = || rungs.iter().flat_map(|rung| &rung.seconds);
    let seen: u32 = seconds()
        .filter(|second| f64::from(second.producing_peak) >= peak)
        .map(|second| second.looks_at_peak)
        .sum();
    f64::from(seen) / (seconds().count().max(1) as f64 * looks)
}

/// Mean time to first token while at most half of the knee's users run; of the smallest rung when none is
/// that small.
pub(super) fn unloaded_ttft(rungs: &[Rung], plateau: &Plateau) -> Option<f64> {
    let knee = plateau.knee.map_or(f64::from(plateau.from_users), |knee| knee.estimate);
    let low: Vec<&Rung> = rungs
        .iter()
        .filter(|rung| f64::from(rung.users) <= (knee * 0.6).max(1.0) && rung.ttft.count > 0)
        .collect();
    let count: u64 = low.iter().map(|rung| rung.ttft.count).sum();
    match count {
        0 => rungs.iter().find(|rung| rung.ttft.count > 0).map(|rung| rung.ttft.mean),
        _ => Some(low.iter().map(|rung| rung.ttft.mean * rung.ttft.count as f64).sum::<f64>() / count as f64),
    }
}

//! How many streams the server runs at once, where a pool holds a slot for the length of a stream.
//!
//! Three estimators, by their agreement:
//!
//! | | what | known to be |
//! | --- | --- | --- |
//! | P | most streams that sent text at once | never too high; exact when streams talk for most of their life |
//! | L | throughput of the plateau × the length of a stream that does not wait | unbiased, ± its standard error |
//! | K | the knee, less the users that think | unbiased, coarser |
//!
//! A slot is held for T + D: T the time to first token of an unloaded server (waiting for a slot is no part
//! of it), D from there to the end, measured on the plateau itself.

use super::{Estimate, Plateau, Rung};

/// Two estimators agree within this share.
const AGREE: f64 = 0.15;
/// Standard errors to either side for 95 %, with a few dozen seconds to estimate them from.
const Z: f64 = 2.1;

/// The number of slots, if the estimators agree. `rungs` are valid and ascend in users.
pub(super) fn slots(rungs: &[Rung], plateau: &Plateau) -> Option<Estimate> {
    let saturated = || rungs.iter().filter(|rung| rung.users >= plateau.from_users);
    let peak = f64::from(saturated().map(|rung| rung.producing_peak).max()?);
    let unloaded = unloaded_ttft(rungs, plateau)?;
    let talking = saturated().filter_map(Rung::decode).reduce(f64::max)?;
    let held: f64 = {
        let weights = || saturated().filter_map(|rung| Some((rung.decode()?, rung.e2e.count as f64)));
        let total: f64 = weights().map(|(_, weight)| weight).sum();
        unloaded + weights().map(|(time, weight)| time * weight).sum::<f64>() / total.max(1.0)
    };
    let by_rate = plateau.rate * held;
    let width = Z * plateau.error * held + 0.02 * by_rate;
    if peak < 1.0 || by_rate.is_nan() || by_rate <= 0.0 {
        return None;
    }
    if (by_rate - peak).abs() / peak.max(by_rate) > AGREE && talking / (unloaded + talking) > 0.7 {
        return None;
    }
    // P is a bound that holds, whatever L says; L tells how much further the truth may lie.
    let (low, high) = ((by_rate - width).max(peak), (by_rate + width).max(peak));
    Some(Estimate { estimate: by_rate.max(peak).round(), low: low.floor(), high: high.ceil() })
}

/// Mean time to first token while at most half of the knee's users run; of the smallest rung when none is
/// that small.
fn unloaded_ttft(rungs: &[Rung], plateau: &Plateau) -> Option<f64> {
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

//! Rungs of more users speak for those of fewer: what they keep to, fewer keep to as well. So what a rung has too few
//! samples to show, it may show together with the ones above it: with as many of them, from the next one on, as are
//! clear together. The one closest to the limit, which is seldom clear, need not be among them.

use common::totals::StageTotals;

use super::rows::ascending;
use super::{Rung, RungVerdict, current, limit};
use crate::threshold::{Confidence, Measure, Rule};

/// `rungs`, valid and ascending, of which those that are undetermined by themselves pass if they do together with what
/// was measured of the next ones below the first miss. `all` has further rungs of the same users.
pub(super) fn with_more(rungs: &mut [Rung], all: &[Rung], rules: &[Rule], confidence: Confidence) {
    // More users make more throughput, so rungs above say nothing of a rate.
    if rules.iter().any(|rule| matches!(rule.threshold.measure, Measure::Rate)) {
        return;
    }
    let missed =
        rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail).map_or(u32::MAX, |rung| rung.users);
    let speaks = |rung: &&Rung| rung.is_valid() && rung.users < missed && rung.verdict() != RungVerdict::Fail;
    let mut speaking: Vec<&Rung> = all.iter().filter(speaks).collect();
    speaking.sort_by_key(|rung| rung.users);
    for rung in
        rungs.iter_mut().filter(|rung| rung.verdict() == RungVerdict::Undetermined && rung.seems_fine())
    {
        let mut totals = StageTotals::default();
        let above = speaking.chunk_by(|one, next| one.users == next.users);
        for same_users in above.skip_while(|same| same[0].users < rung.users) {
            same_users.iter().for_each(|other| totals.add(&other.totals));
            let together = rung.judged_by(&totals, rules, confidence);
            if together.verdict() == RungVerdict::Pass {
                *rung = together;
                break;
            }
        }
    }
}

/// Most users of whom rungs, in the order of time, show that they keep to the criteria; 0 of none.
pub fn proven(rungs: &[Rung], rules: &[Rule]) -> u32 {
    let valid = rungs.iter().filter(|rung| rung.is_valid()).cloned().collect();
    let mut valid = current(ascending(valid));
    with_more(&mut valid, rungs, rules, Confidence::LOOK);
    limit(&valid, rules).low as u32
}

//! Rungs of more users speak for those of fewer: what they keep to, fewer keep to as well. So what a rung has too few
//! samples to show, it may show together with the ones above it.

use common::totals::StageTotals;

use super::{Rung, RungVerdict};
use crate::threshold::{Confidence, Measure, Rule};

/// `rungs`, valid and ascending, of which those that are undetermined by themselves pass if all that was measured from
/// their users up to the first miss does. `all` has further rungs of the same users.
pub(super) fn with_more(rungs: &mut [Rung], all: &[Rung], rules: &[Rule], confidence: Confidence) {
    // More users make more throughput, so rungs above say nothing of a rate.
    if rules.iter().any(|rule| matches!(rule.threshold.measure, Measure::Rate)) {
        return;
    }
    let missed =
        rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail).map_or(u32::MAX, |rung| rung.users);
    let speaks = |rung: &&Rung| rung.is_valid() && rung.users < missed && rung.verdict() != RungVerdict::Fail;
    for rung in
        rungs.iter_mut().filter(|rung| rung.verdict() == RungVerdict::Undetermined && rung.seems_fine())
    {
        let mut totals = StageTotals::default();
        let above = all.iter().filter(speaks).filter(|other| other.users >= rung.users);
        above.for_each(|other| totals.add(&other.totals));
        let together = rung.judged_by(&totals, rules, confidence);
        if together.verdict() == RungVerdict::Pass {
            *rung = together;
        }
    }
}

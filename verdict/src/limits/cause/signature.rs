//! What happened to each figure as users were added.

use crate::limits::{Plateau, Rung};

/// Growth of a median from which it counts as grown.
const GROWN: f64 = 1.5;
/// The same for gaps between chunks, whose median is steady.
const GAP_GROWN: f64 = 1.35;
/// Seconds that a cheap request must lose to count as slowed, whatever the ratio.
const CHEAP_LOST: f64 = 0.003;
/// The share of its streams' length after which a first token counts as held back until the end.
const HELD_BACK: f64 = 0.85;
/// A gap below this is not a wait: chunks came together.
const TOGETHER: f64 = 0.001;
/// Share of requests that must have failed for one reason to be told from chance.
const TELLING: f64 = 0.02;

/// The figures that tell causes apart, between an unloaded rung and the most loaded one.
#[derive(Debug, Clone)]
pub(super) struct Signature<'a> {
    /// The smallest rung with samples.
    pub(super) base: &'a Rung,
    /// The largest rung with samples.
    pub(super) top: &'a Rung,
    pub(super) plateau: Option<&'a Plateau>,
    pub(super) rungs: &'a [Rung],
}

impl<'a> Signature<'a> {
    /// The signature of valid rungs that ascend in users; `None` without two of them.
    pub(super) fn of(rungs: &'a [Rung], plateau: Option<&'a Plateau>) -> Option<Signature<'a>> {
        let measured = |rung: &&Rung| rung.requests > 0;
        let (base, top) = (rungs.iter().find(measured)?, rungs.iter().rfind(measured)?);
        (base.users < top.users).then_some(Signature { base, top, plateau, rungs })
    }

    pub(super) fn has_streams(&self) -> bool {
        self.base.ttft.count > 0 && self.top.ttft.count > 0
    }

    pub(super) fn ttft(&self) -> f64 {
        self.top.ttft.p50 / self.base.ttft.p50.max(1e-6)
    }

    pub(super) fn icl(&self) -> f64 {
        self.top.icl.p50 / self.base.icl.p50.max(0.000_2)
    }

    pub(super) fn ttft_grew(&self) -> bool {
        self.has_streams() && self.ttft() >= GROWN
    }

    pub(super) fn icl_grew(&self) -> bool {
        self.has_streams() && self.icl() >= GAP_GROWN
    }

    /// Whether a cheap request beside the streams slowed down: as much as the gaps did, or more than
    /// chance.
    pub(super) fn cheap_grew(&self) -> Option<bool> {
        let (before, after) = (self.base.canary?, self.top.canary?);
        let lost = after - before;
        let gaps_lost = (self.top.icl.p50 - self.base.icl.p50).max(0.0);
        Some(after >= 2.0 * before && lost >= CHEAP_LOST.max(gaps_lost * 0.2))
    }

    /// Greatest share of a rung's requests that were refused with 429.
    pub(super) fn limited(&self) -> f64 {
        self.greatest(|rung| rung.failure_kinds.limited)
    }

    /// Greatest share of a rung's requests that failed for want of a database connection.
    pub(super) fn database(&self) -> f64 {
        self.greatest(|rung| rung.failure_kinds.database)
    }

    /// Whether enough of a rung's requests failed so.
    pub(super) fn is_telling(share: f64) -> bool {
        share >= TELLING
    }

    /// Whether streams come all at once at their end, on every rung.
    pub(super) fn is_held_back(&self) -> bool {
        self.rungs.iter().filter(|rung| rung.e2e.count > 0).all(|rung| {
            rung.chunks >= 3.0 && rung.ttft.p50 >= HELD_BACK * rung.e2e.p50 && rung.icl.p50 < TOGETHER
        }) && self.has_streams()
    }

    /// Whether the streams that send text at once stopped growing although users did.
    pub(super) fn producing_is_flat(&self) -> bool {
        let Some(plateau) = self.plateau else { return false };
        let peaks = self.rungs.iter().filter(|rung| rung.users >= plateau.from_users);
        let peaks: Vec<u32> = peaks.map(|rung| rung.producing_peak).collect();
        let (least, most) =
            (peaks.iter().min().copied().unwrap_or(0), peaks.iter().max().copied().unwrap_or(0));
        most > 0
            && f64::from(most - least) <= (0.3 * f64::from(most)).max(1.0)
            && f64::from(most) < 0.8 * self.top.open
    }

    /// Share of the top rung's requests that failed.
    pub(super) fn failures(&self) -> f64 {
        self.rungs.iter().map(Rung::failure_share).fold(0.0, f64::max)
    }

    fn greatest(&self, count: fn(&Rung) -> u64) -> f64 {
        let share = |rung: &Rung| count(rung) as f64 / rung.requests.max(1) as f64;
        self.rungs.iter().map(share).fold(0.0, f64::max)
    }
}
